//! What somebody finds who steals the database without the master key.

use crate::world::{MASTER, POLL, World, answers, citizen_id, day, keep, person, rng, submit};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use migration::{connection, testing, vault::Migrator};
use questionnaire::{Answer, Typed, audience::StoredFacts};
use sea_orm::{
    ConnectionTrait as _, DbBackend, IsolationLevel, Statement, TransactionOptions,
    TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;
use sha2::Sha256;
use std::{collections::BTreeMap, fs, time::Duration};
use uuid::Uuid;
use vault::{Draft, Emptied, MasterKey, Vault};

crate::on_both_engines! {
    what_was_written_cannot_be_found,
    the_store_and_the_master_key_alone_open_an_answer,
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
    let draft = Draft { typed: BTreeMap::from([("why".to_owned(), typed)]) };
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

/// As each poll's notice says. Of accounts nothing is needed but to say whose it is.
async fn the_store_and_the_master_key_alone_open_an_answer(world: World) {
    let mut answers = answers("green");
    answers.insert("why".into(), Answer::Text(WRITTEN.into()));
    submit(&world.vault, 1, &answers, StoredFacts::default(), day(1)).await.unwrap();
    let rows = world.rows("SELECT pseudonym, content FROM response").await;
    let bytes = |column: &str| rows[0].try_get::<Vec<u8>>("", column).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&world.poll_key().await).unwrap();
    mac.update(b"content-key/v1\0");
    let key: [u8; 32] = mac.finalize().into_bytes().into();
    let aad = [b"response/v1\0".as_slice(), POLL.as_bytes(), &bytes("pseudonym")].concat();
    let content = bytes("content");
    let (nonce, sealed) = content.split_first_chunk::<24>().unwrap();
    let payload = Payload { msg: sealed, aad: &aad };
    let opened = XChaCha20Poly1305::new(&key.into()).decrypt(&XNonce::from(*nonce), payload);
    assert!(contains(&opened.unwrap(), WRITTEN.as_bytes()));
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

/// Everything that PostgreSQL has on the disk in this database, its own tables, too.
async fn all_files(world: &World) -> Vec<u8> {
    world.db.execute_unprepared("CHECKPOINT").await.unwrap();
    let files = "SELECT pg_read_binary_file(path) AS content \
                 FROM (SELECT 'base/' || d.oid || '/' || pg_ls_dir('base/' || d.oid) AS path \
                 FROM pg_database d WHERE datname = current_database()) AS files";
    let files = world.rows(files).await;
    files.iter().flat_map(|row| row.try_get::<Vec<u8>>("", "content").unwrap()).collect()
}

/// The database plans by samples, which it keeps in a table of its own.
#[tokio::test]
async fn what_was_sampled_to_plan_by_goes_with_the_rows() {
    let world = World::on_postgres().await;
    let polls: Vec<Uuid> = (1..10).map(Uuid::from_u128).chain([POLL]).collect();
    for poll in &polls {
        world.vault.create_poll_key(*poll, &mut rng(poll.as_u64_pair().1)).await.unwrap();
    }
    for number in 0..10 {
        submit(&world.vault, number, &answers("green"), StoredFacts::default(), day(1))
            .await
            .unwrap();
    }
    // Lists that nobody else has.
    let lists = "UPDATE response SET counted = '[\"\",\"NEEDLE' || record_key || '\"]'";
    world.db.execute_unprepared(lists).await.unwrap();
    world.db.execute_unprepared("ANALYZE").await.unwrap();
    let contents = world.rows("SELECT content FROM response").await;
    let keys = world.rows("SELECT wrapped FROM poll_key WHERE state <> 'new'").await;
    let [content, key] = [&contents[0], &keys[0]].map(|row| {
        let sealed: Vec<u8> = row.try_get_by_index(0).unwrap();
        sealed[24..64].to_vec()
    });
    let sampled = async |part: &str| {
        let sql = format!("pg_stats WHERE CAST(pg_stats AS text) LIKE '%{part}%'");
        world.count(&sql).await > 0
    };
    // What the search would find.
    assert!(sampled("NEEDLE").await);
    assert!(!sampled(&hex::encode(&key)).await && !sampled(&hex::encode(&content)).await);
    world.vault.close(POLL).await.unwrap();
    world.end_retention(day(30)).await;
    assert!(!contains(&all_files(&world).await, &key));
    assert!(!sampled("NEEDLE").await, "nobody asks for a sample anew but the vault");
    // What an operator does: server/operations/postgresql/README.md, "What stays in the files".
    for table in ["response", "draft", "pg_catalog.pg_statistic"] {
        world.db.execute_unprepared(&format!("VACUUM FULL {table}")).await.unwrap();
    }
    let files = all_files(&world).await;
    assert!(!contains(&files, &content) && !contains(&files, b"NEEDLE"));
}

/// What was sampled before goes at the upgrade.
#[tokio::test]
async fn a_key_that_an_earlier_schema_sampled_is_no_sample_any_more() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    let before = Migrator::migrations().iter().position(|one| one.name() == "m0013_unsampled");
    Migrator::up(&db, Some(u32::try_from(before.unwrap()).unwrap())).await.unwrap();
    let keys = "INSERT INTO poll_key (poll_id, state, wrapped) \
                SELECT gen_random_uuid(), 'new', sha256(int4send(n)) FROM generate_series(1, 10) n";
    db.execute_unprepared(keys).await.unwrap();
    let samples = async || {
        db.execute_unprepared("ANALYZE poll_key").await.unwrap();
        let sql = "SELECT COUNT(*) AS n FROM pg_stats WHERE attname = 'wrapped'";
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        row.unwrap().try_get::<i64>("", "n").unwrap()
    };
    assert_eq!(samples().await, 1);
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(samples().await, 0);
}

/// A version before noted that nothing was left of a poll whose rows it had only made shorter.
#[tokio::test]
async fn the_file_of_an_earlier_version_is_written_anew_once() {
    let file = testing::SqliteFile::new();
    let db = connection::open(&file.url()).await.unwrap();
    let before = Migrator::migrations().iter().position(|one| one.name() == "m0013_unsampled");
    Migrator::up(&db, Some(u32::try_from(before.unwrap()).unwrap())).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes(MASTER));
    vault.create_poll_key(POLL, &mut rng(1)).await.unwrap();
    let gone = "UPDATE poll_key SET wrapped = x'', destroyed_on = '2026-01-01', bare = TRUE";
    db.execute_unprepared(gone).await.unwrap();
    assert!(vault.to_empty().await.unwrap().is_empty());
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(vault.to_empty().await.unwrap(), [POLL]);
    assert_eq!(vault.empty(POLL, day(30), 1).await.unwrap(), Emptied::Done);
    assert!(vault.to_empty().await.unwrap().is_empty());
    assert_eq!(vault.files_written_anew(), 1);
}

/// Nobody runs whom a prepared transaction belongs to, and it is seen in no lock that is looked at.
#[tokio::test]
async fn a_prepared_transaction_still_sees_a_key() {
    let url = testing::lone_postgres().await.unwrap();
    let world = World::new(url, None).await;
    world.vault.close(POLL).await.unwrap();
    let prepared = "BEGIN; CREATE TABLE later (n int); PREPARE TRANSACTION 'later'";
    world.db.execute_unprepared(prepared).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Held);
    }
    world.db.execute_unprepared("ROLLBACK PREPARED 'later'").await.unwrap();
    // Also one that is prepared while it is waited for.
    let running = world.db.begin().await.unwrap();
    running.execute_unprepared("CREATE TABLE later (n int)").await.unwrap();
    let preparing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        running.execute_unprepared("PREPARE TRANSACTION 'meanwhile'").await.unwrap();
        running.rollback().await.unwrap();
    };
    let (held, ()) = tokio::join!(world.vault.empty(POLL, day(31), 9), preparing);
    assert_eq!(held.unwrap(), Emptied::Held);
    world.db.execute_unprepared("ROLLBACK PREPARED 'meanwhile'").await.unwrap();
    while world.vault.empty(POLL, day(31), 9).await.unwrap() == Emptied::Held {}
    assert!(world.vault.to_empty().await.unwrap().is_empty());
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
    let soon = tokio::time::timeout(Duration::from_mins(1), gone).await;
    assert_eq!(soon.expect("it does not wait"), Emptied::Held);
    reading.rollback().await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Done);
}
