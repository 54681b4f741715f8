//! A database from which no word comes any more, as after a loss of power: no answer, and no sign
//! that the connection is gone.

use crate::world::{MASTER, World, answers, day, submit};
use migration::connection;
use questionnaire::audience::StoredFacts;
use sea_orm::{
    ConnectionTrait as _, TransactionOptions, TransactionTrait as _,
    sqlx::{PgPool, postgres::PgConnectOptions},
};
use std::{future::pending, str::FromStr as _, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, split},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    time::{Instant, sleep, timeout},
};
use vault::{Error, MasterKey, Vault};

/// A way to PostgreSQL on which, once it is silent, nothing goes either way; nobody is told, and
/// those who come later find the way free.
struct Wire {
    url: String,
    silence: watch::Sender<()>,
    /// Whether what the database answers waits on the way.
    held: watch::Sender<bool>,
}

impl Wire {
    async fn to(url: &str) -> Self {
        let there = PgConnectOptions::from_str(url).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        // The rest of the address stays, but for a socket of Unix.
        let (scheme, rest) = url.split('?').next().unwrap().split_once("://").unwrap();
        let (name, rest) = rest.split_once('@').unwrap();
        let (_, database) = rest.split_once('/').unwrap();
        let url = format!("{scheme}://{name}@{here}/{database}");
        let (silence, _) = watch::channel(());
        let (held, _) = watch::channel(false);
        let carried = (silence.clone(), held.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let silent = (carried.0.subscribe(), carried.1.subscribe());
                if let Some(folder) = there.get_socket() {
                    let socket = folder.join(format!(".s.PGSQL.{}", there.get_port()));
                    let server = UnixStream::connect(socket).await.unwrap();
                    tokio::spawn(carry(client, server, silent));
                } else {
                    let at = (there.get_host(), there.get_port());
                    tokio::spawn(carry(client, TcpStream::connect(at).await.unwrap(), silent));
                }
            }
        });
        Self { url, silence, held }
    }

    /// From now on nothing comes over the connections that there are: each has stopped when this
    /// returns. What is answered halfway would be another matter, since the pool asks once more by
    /// itself, and waits for that without an end.
    async fn falls_silent(&self) {
        self.silence.send_replace(());
        self.silence.closed().await;
    }
}

async fn carry(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite,
    (mut silent, mut held): (watch::Receiver<()>, watch::Receiver<bool>),
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = split(server);
    let back = async {
        let mut answer = [0; 8192];
        while let Ok(length @ 1..) = from_server.read(&mut answer).await {
            if held.wait_for(|held| !held).await.is_err() {
                return;
            }
            if to_client.write_all(&answer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        () = back => {}
        // Both ends stay open.
        _ = silent.changed() => {
            drop(silent);
            pending::<()>().await;
        }
    }
}

/// Waits until all connections but those that are in use are back in the pool: each goes there when
/// it has answered that it is well.
async fn at_rest(pool: &PgPool, used: usize) {
    for _ in 0..12_000 {
        if pool.num_idle() + used >= pool.size() as usize {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("{} of {} connections rest", pool.num_idle(), pool.size());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_silent_is_given_up_and_not_used_again() {
    let world = World::on_postgres().await;
    let wire = Wire::to(&world.url).await;
    let db = connection::open(&wire.url).await.unwrap();
    let pool = db.get_postgres_connection_pool();
    let ask = async || db.execute_unprepared("SELECT 1").await;
    let begun = db.begin().await.unwrap();
    ask().await.unwrap();
    assert_eq!(pool.size(), 2);
    at_rest(pool, 1).await;
    wire.falls_silent().await;
    // A transaction whose rollback nobody hears, and somebody who gives up waiting.
    drop(begun);
    assert!(timeout(Duration::from_millis(500), ask()).await.is_err());
    let given_up = Instant::now();
    while pool.size() > 0 {
        assert!(given_up.elapsed() < Duration::from_mins(1), "{} are held", pool.size());
        sleep(Duration::from_millis(50)).await;
    }
    ask().await.unwrap();
    assert_eq!(pool.size(), 1);
}

/// What is written next is committed then.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_before_a_transaction_has_begun_leaves_none_behind() {
    let world = World::on_postgres().await;
    let wire = Wire::to(&world.url).await;
    let db = connection::open(&wire.url).await.unwrap();
    at_rest(db.get_postgres_connection_pool(), 0).await;
    wire.held.send_replace(true);
    let begun = connection::begin(&db, TransactionOptions::default());
    assert!(timeout(Duration::from_millis(500), begun).await.is_err());
    wire.held.send_replace(false);
    at_rest(db.get_postgres_connection_pool(), 0).await;
    db.execute_unprepared("CREATE TABLE written_next (number int)").await.unwrap();
    assert_eq!(world.count("written_next").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_into_silence_is_not_acknowledged_and_the_next_is_stored() {
    let world = World::on_postgres().await;
    let wire = Wire::to(&world.url).await;
    let db = connection::open(&wire.url).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes(MASTER));
    let send = async |number| {
        submit(&vault, number, &answers("red"), StoredFacts::default(), day(1)).await
    };
    send(1).await.unwrap();
    at_rest(db.get_postgres_connection_pool(), 0).await;
    wire.falls_silent().await;
    let began = Instant::now();
    // On a busy machine the connection may have rested for so long that it is tried before it is used.
    let second = send(2).await;
    assert!(matches!(second, Ok(_) | Err(Error::Db(_))), "{:?}", second.err());
    assert!(began.elapsed() < Duration::from_mins(1), "while a request is still waited for");
    // Also where all the connections that wait in the pool are silent.
    let again = Instant::now();
    send(3).await.unwrap();
    assert!(again.elapsed() < Duration::from_mins(1));
    assert_eq!(world.count("response").await, 2 + i64::from(second.is_ok()));
}
