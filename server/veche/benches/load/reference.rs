//! What the machine does without the portal.

use crate::{
    client::{Load, now},
    portal::{free_port, until_listening},
    world::{Engine, World},
};
use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use hyper::body::Bytes;
use migration::{connection, testing};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use std::{
    fs,
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

/// Answers every request with a file, until the process is killed.
pub async fn bare_handler(arguments: &str) {
    let (port, file) = arguments.split_once(':').unwrap();
    let bytes = Bytes::from(fs::read(file).unwrap());
    let answer = move || async move { ([(CONTENT_TYPE, "text/html; charset=utf-8")], bytes) };
    let address = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    axum::serve(listener, Router::new().fallback(get(answer))).await.unwrap();
}

/// Pages a second of a bare handler, a process of its own, that gives these bytes.
pub async fn bare(page: &Bytes, connections: usize, during: Duration) -> f64 {
    let file = std::env::temp_dir().join(format!("veche-bare-{}", std::process::id()));
    fs::write(&file, page).unwrap();
    let port = free_port();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("--bare")
        .arg(format!("{port}:{}", file.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    until_listening(address);
    let rate = Load::new(address, connections).pages_a_second("/", None, during).await;
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_file(file).unwrap();
    rate
}

/// A response like those that the portal stores, of nobody.
fn insert(world: &World, id: &str, pseudonym: &str) -> String {
    let content = "ab".repeat(296);
    let content = match world.engine {
        Engine::Postgres => format!("'\\x{content}'"),
        Engine::Sqlite => format!("x'{content}'"),
    };
    format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         special_consent, content, received_on, batch, counted) VALUES ({id}, {}, {pseudonym}, \
         12345678, '03', '30-44', 'female', false, {content}, '2026-11-26', 1, \
         '[\"\",\"one=\",\"one=a\",\"two=\",\"two=b\",\"three=\",\"three=c\"]');",
        world.poll_literal()
    )
}

/// A database alone, with the vault's schema, that is given the same rows.
pub enum Alone {
    /// By pgbench, on the portal's own server: its arguments.
    Pgbench(Vec<String>),
    /// By one writer, with the portal's own settings.
    Sqlite { db: DatabaseConnection, insert: String, _file: testing::SqliteFile },
}

/// Seconds that pgbench writes in a turn.
const SECONDS: u32 = 3;
/// Responses that SQLite is given in a turn.
const ONE_BY_ONE: u32 = 2_000;

impl Alone {
    /// pgbench with so many clients: as it comes, a transaction of one INSERT a response, or at its
    /// fastest, with prepared statements, as the portal's are, and nothing said about transactions.
    pub async fn pgbench(world: &World, clients: usize, fastest: bool) -> Self {
        let url = testing::durable_postgres().await.unwrap();
        vault(&url, world, "'\\x00'").await;
        let random = "sha256((random()::text || random()::text)::bytea)";
        let insert = insert(world, "gen_random_uuid()", random);
        let (file, script, protocol) = if fastest {
            ("insert.sql", insert, "prepared")
        } else {
            ("transaction.sql", format!("BEGIN;\n{insert}\nEND;\n"), "simple")
        };
        let script_file = world.folder().join(file);
        fs::write(&script_file, script).unwrap();
        Self::Pgbench(vec![
            "--no-vacuum".to_owned(),
            format!("--protocol={protocol}"),
            "--jobs=2".to_owned(),
            format!("--time={SECONDS}"),
            format!("--client={clients}"),
            format!("--file={}", script_file.display()),
            url.replace("postgres://", "postgresql://"),
        ])
    }

    /// One transaction after the other.
    pub async fn sqlite(world: &World) -> Self {
        let file = testing::SqliteFile::new();
        let db = vault(&file.url(), world, "x'00'").await;
        Self::Sqlite { db, insert: insert(world, "randomblob(16)", "randomblob(32)"), _file: file }
    }

    /// Responses a second, one transaction of one INSERT each.
    pub async fn a_second(&mut self) -> f64 {
        match self {
            Self::Pgbench(arguments) => {
                let output = Command::new("pgbench").args(arguments).output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let line = text.lines().find(|line| line.starts_with("tps = "));
                let line =
                    line.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
                line.split_whitespace().nth(2).unwrap().parse().unwrap()
            }
            Self::Sqlite { db, insert, .. } => {
                let start = now();
                for _ in 0..ONE_BY_ONE {
                    let options = TransactionOptions {
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..TransactionOptions::default()
                    };
                    let tx = db.begin_with_options(options).await.unwrap();
                    tx.execute_unprepared(insert).await.unwrap();
                    tx.commit().await.unwrap();
                }
                f64::from(ONE_BY_ONE) / start.elapsed().as_secs_f64()
            }
        }
    }
}

/// An empty vault in which the poll is open.
async fn vault(url: &str, world: &World, key: &str) -> DatabaseConnection {
    let db = connection::open(url).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let poll = world.poll_literal();
    let open =
        format!("INSERT INTO poll_key (poll_id, state, wrapped) VALUES ({poll}, 'open', {key})");
    db.execute_unprepared(&open).await.unwrap();
    db
}
