//! What somebody finds who steals the database without the master key.

use crate::world::{MASTER, POLL, World, answers, citizen_id, day, keep, person, rng, submit};
use migration::connection;
use questionnaire::{Answer, Typed, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, IsolationLevel, TransactionOptions, TransactionTrait as _};
use std::{collections::BTreeMap, fs, time::Duration};
use uuid::Uuid;
use vault::{Draft, Emptied, MasterKey, Vault};

crate::on_both_engines! {
    what_was_written_cannot_be_found,
    a_destroyed_key_cannot_be_found,
    what_another_master_key_wrapped_cannot_be_found,
}

const WRITTEN: &str = "the bridge at the mill";
const TYPED: &str = "an unfinished thought";

/// Everything that the database keeps, as bytes: the files of SQLite; the rows of PostgreSQL with
/// their binary columns in hexadecimal, and the file in which it has the keys.
async fn everything(world: &World) -> Vec<u8> {
    if let Some(file) = &world.file {
        let files = fs::read_dir(file.folder()).unwrap();
        return files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    }
    let mut all = Vec::new();
    for table in ["poll_key", "response", "draft", "live_batch", "released"] {
        let rows = world.rows(&format!("SELECT CAST(t AS text) AS row FROM {table} t")).await;
        all.extend(
            rows.iter().flat_map(|row| row.try_get::<String>("", "row").unwrap().into_bytes()),
        );
    }
    all.extend(file_of_keys(world).await);
    all
}

/// What PostgreSQL has on the disk in the table of keys.
async fn file_of_keys(world: &World) -> Vec<u8> {
    world.db.execute_unprepared("CHECKPOINT").await.unwrap();
    let file = "SELECT pg_read_binary_file(pg_relation_filepath('poll_key'))";
    world.rows(file).await[0].try_get_by_index(0).unwrap()
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    let hexadecimal = hex::encode(part);
    [part, hexadecimal.as_bytes()].iter().any(|part| all.windows(part.len()).any(|at| at == *part))
}

async fn what_was_written_cannot_be_found(world: World) {
    let mut answers = answers("green");
    answers.insert("why".into(), Answer::Text(WRITTEN.into()));
    submit(&world.vault, 1, &answers, StoredFacts::default(), day(1)).await.unwrap();
    let typed = Typed { text: Some(TYPED.into()), ..Typed::default() };
    let draft = Draft { typed: BTreeMap::from([("why".to_owned(), typed)]), position: None };
    keep(&world.vault, 2, POLL, &draft).await;
    let all = everything(&world).await;
    // The search does find what is there.
    assert!(contains(&all, b"green"));
    for secret in [WRITTEN, TYPED, "bridge", "thought"] {
        assert!(!contains(&all, secret.as_bytes()), "{secret:?} can be read");
    }
    for number in [1, 2] {
        let id = citizen_id(number);
        assert!(!contains(&all, id.as_bytes()) && !contains(&all, id.to_string().as_bytes()));
    }
    let receipt = world.vault.own(&person(1).await, POLL).await.unwrap().unwrap().reference;
    assert!(!contains(&all, receipt.as_bytes()));
}

async fn a_destroyed_key_cannot_be_found(world: World) {
    submit(&world.vault, 1, &answers("green"), StoredFacts::default(), day(1)).await.unwrap();
    let bytes = async |sql: &str| world.rows(sql).await[0].try_get_by_index::<Vec<u8>>(0).unwrap();
    let wrapped = bytes("SELECT wrapped FROM poll_key").await;
    let content = bytes("SELECT content FROM response").await;
    let before = everything(&world).await;
    assert!(contains(&before, &wrapped) && contains(&before, &content[..64]));
    assert!(contains(&before, b"green"), "until then it is counted");
    world.vault.close(POLL).await.unwrap();
    world.end_retention(day(30)).await;
    let after = everything(&world).await;
    assert!(!contains(&after, b"green"));
    assert!(!contains(&after, &wrapped[24..]) && !contains(&after, &content[24..64]));
}

/// Whoever has the master key that was replaced, and a copy of the files that was made later, has nothing.
async fn what_another_master_key_wrapped_cannot_be_found(world: World) {
    let wrapped = async || {
        let rows = world.rows("SELECT wrapped FROM poll_key").await;
        rows[0].try_get_by_index::<Vec<u8>>(0).unwrap()
    };
    let before = wrapped().await;
    assert!(contains(&everything(&world).await, &before[24..]));
    let new = MasterKey::replacing([43; 32], Some(MASTER));
    let vault = Vault::new(connection::open(&world.url).await.unwrap(), new);
    assert_eq!(vault.rewrap(&mut rng(7)).await.unwrap(), 1);
    let all = everything(&world).await;
    assert!(!contains(&all, &before[24..]) && contains(&all, &wrapped().await[24..]));
}

/// Whoever counts a poll holds the table of keys. Nobody waits for it for long, and the rest is done later.
#[tokio::test]
async fn a_table_of_keys_that_is_held_is_written_anew_later() {
    let world = World::on_postgres().await;
    let wrapped =
        world.rows("SELECT wrapped FROM poll_key").await[0].try_get_by_index::<Vec<u8>>(0).unwrap();
    world.vault.close(POLL).await.unwrap();
    // Who reads something else does not hold it, but can still see the key.
    let isolation = TransactionOptions {
        isolation_level: Some(IsolationLevel::RepeatableRead),
        ..TransactionOptions::default()
    };
    let [counting, reading] = [(); 2].map(|()| world.db.begin_with_options(isolation));
    let (counting, reading) = (counting.await.unwrap(), reading.await.unwrap());
    counting.execute_unprepared("SELECT state FROM poll_key").await.unwrap();
    reading.execute_unprepared("SELECT COUNT(*) FROM response").await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    for other in [counting, reading] {
        assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Held);
        assert!(contains(&file_of_keys(&world).await, &wrapped[24..]));
        other.commit().await.unwrap();
    }
    while world.vault.empty(POLL, day(31), 9).await.unwrap() == Emptied::Held {}
    assert!(!contains(&file_of_keys(&world).await, &wrapped[24..]));
    assert!(world.vault.to_empty().await.unwrap().is_empty());
}

/// A backup reads for minutes, for instance.
#[tokio::test]
async fn whoever_reads_holds_up_no_answer_when_a_key_goes() {
    let world = World::on_sqlite().await;
    submit(&world.vault, 1, &answers("green"), StoredFacts::default(), day(1)).await.unwrap();
    let other = Uuid::from_u128(77);
    world.vault.create_poll_key(other, &mut rng(3)).await.unwrap();
    world.vault.open(other).await.unwrap();
    let reading = world.db.begin().await.unwrap();
    reading.execute_unprepared("SELECT COUNT(*) FROM poll_key").await.unwrap();
    world.vault.close(POLL).await.unwrap();
    let gone = async {
        world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
        world.vault.empty(POLL, day(31), 9).await.unwrap()
    };
    let soon = tokio::time::timeout(Duration::from_secs(5), gone).await;
    assert_eq!(soon.expect("it does not wait"), Emptied::Held);
    reading.rollback().await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Done);
}
