//! The end of a retention: severed at once, emptied step by step.

use crate::world::{POLL, World, answers, day, person, questionnaire, rng, submit};
use questionnaire::{Audience, audience::StoredFacts};
use sea_orm::{
    ConnectionTrait as _, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use std::fs;
use uuid::Uuid;
use vault::{Emptied, Error};

crate::on_both_engines! {
    the_key_alone_severs_everybody,
    rows_are_emptied_some_at_a_time_by_whoever_is_there,
}

/// More than one step takes, in each of the three places.
const MANY: u32 = 4_500;

impl World {
    /// Responses and drafts as if so many people had sent and begun one: a third of the responses
    /// in no batch, and of some what earlier versions wrote when they had emptied them.
    async fn fill(&self, poll: Uuid, from: u32) {
        let backend = self.db.get_database_backend();
        let (numbers, bytes, uuid) = match backend {
            DbBackend::Postgres => (
                format!("generate_series({from}, {}) AS n", from + MANY - 1),
                "decode(lpad(to_hex(n), 64, '0'), 'hex')",
                "CAST(lpad(to_hex(n), 32, '0') AS uuid)",
            ),
            _ => (
                format!(
                    "(WITH RECURSIVE c(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM c \
                     WHERE n < {}) SELECT n FROM c)",
                    from + MANY - 1
                ),
                "unhex(printf('%064x', n))",
                "unhex(printf('%032x', n))",
            ),
        };
        let id = match backend {
            DbBackend::Postgres => format!("CAST('{poll}' AS uuid)"),
            _ => format!("unhex('{}')", poll.simple()),
        };
        for sql in [
            format!(
                "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
                 counted, special_consent, content, received_on, changed_on, batch) \
                 SELECT {uuid}, {id}, {bytes}, n, 'north', '65+', 'female', '[\"\"]', n % 2 = 0, \
                 {bytes}, '2026-03-01', '2026-03-02', CASE WHEN n % 3 = 0 THEN NULL ELSE n % 7 - 1 END FROM {numbers}"
            ),
            format!(
                "INSERT INTO draft (poll_id, pseudonym, content, saved_on) \
                 SELECT {id}, {bytes}, {bytes}, '2026-03-01' FROM {numbers}"
            ),
        ] {
            self.db.execute_unprepared(&sql).await.unwrap();
        }
    }
}

/// Where rows become shorter, SQLite leaves what they were in places that nothing is in any more.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_in_the_file_of_what_was_emptied() {
    let world = World::on_sqlite().await;
    let fill = format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         counted, special_consent, content, received_on, batch) \
         SELECT randomblob(16), unhex('{}'), randomblob(32), abs(random() % 4294967296), \
         'north', '65+', 'female', printf('[\"\",\"colour=\",\"colour=GRN%07dX\"]', n), \
         false, randomblob(296), '2026-03-01', 1 \
         FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) \
         SELECT n FROM c)",
        POLL.simple()
    );
    world.db.execute_unprepared(&fill).await.unwrap();
    let marks = || {
        let files = fs::read_dir(world.file.as_ref().unwrap().folder()).unwrap();
        let all: Vec<u8> = files.flat_map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        all.windows(11).filter(|at| at.starts_with(b"GRN") && at.ends_with(b"X")).count()
    };
    assert!(marks() >= 20_000, "the search finds what is there");
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    let writing = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let mut steps = 99;
    assert!(world.vault.empty_rows(POLL, &mut steps).await.unwrap());
    let held = world.db.begin_with_options(writing).await.unwrap();
    let noted = world.vault.note_emptied(&[POLL], true, day(30)).await;
    assert_eq!(noted.unwrap(), Emptied::Held, "on the day itself, too");
    held.rollback().await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(30), 99).await.unwrap(), Emptied::Done);
    assert_eq!((world.count("response").await, marks()), (20_000, 0), "within minutes");
    assert_eq!(world.vault.empty(POLL, day(31), 1).await.unwrap(), Emptied::Done);
    assert!(world.vault.to_empty().await.unwrap().is_empty());
}

/// It is not noted that nothing is left while the file cannot be written anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_writes_is_written_anew_later() {
    let world = World::on_sqlite().await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(30), 9).await.unwrap(), Emptied::Done);
    let writing = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let held = world.db.begin_with_options(writing).await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Held);
    assert_eq!(world.vault.to_empty().await.unwrap(), [POLL]);
    held.rollback().await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Done);
    assert!(world.vault.to_empty().await.unwrap().is_empty());
}

/// Whoever reads keeps the log from being emptied, and the file is not written anew for it again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_only_the_log_is_held_is_written_anew_once() {
    let world = World::on_sqlite().await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(29)).await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(29), 9).await.unwrap(), Emptied::Done);
    assert_eq!(world.vault.files_written_anew(), 1);
    // Nothing is in the log, so it is in nobody's way until something is.
    let reading = world.db.begin().await.unwrap();
    reading.execute_unprepared("SELECT COUNT(*) FROM poll_key").await.unwrap();
    for _ in 0..3 {
        assert_eq!(world.vault.empty(POLL, day(30), 9).await.unwrap(), Emptied::Held);
        assert_eq!(world.vault.files_written_anew(), 2);
    }
    assert_eq!(world.vault.to_empty().await.unwrap(), [POLL]);
    // What was destroyed since is noted the day after only, and has it written anew then.
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Held);
    reading.rollback().await.unwrap();
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Done);
    assert!(world.vault.to_empty().await.unwrap().is_empty());
    assert_eq!(world.vault.files_written_anew(), 3);
}

/// Each try fills the disk again, and whoever writes meanwhile is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_anew_is_tried_again_the_day_after() {
    let world = World::on_sqlite().await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(29)).await.unwrap();
    // A table that cannot be made once more.
    let odd = "CREATE TABLE odd (name text PRIMARY KEY); PRAGMA writable_schema = ON; \
               UPDATE sqlite_schema SET sql = replace(sql, 'text', 'text COLLATE unknown') \
               WHERE name = 'odd'; PRAGMA writable_schema = OFF";
    world.db.execute_unprepared(odd).await.unwrap();
    assert!(world.vault.empty(POLL, day(30), 9).await.is_err());
    world.db.execute_unprepared("DROP TABLE odd").await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.vault.empty(POLL, day(30), 9).await.unwrap(), Emptied::PutOff);
    }
    assert_eq!(world.vault.to_empty().await.unwrap(), [POLL]);
    assert_eq!(world.vault.files_written_anew(), 0);
    assert_eq!(world.vault.empty(POLL, day(31), 9).await.unwrap(), Emptied::Done);
    assert!(world.vault.to_empty().await.unwrap().is_empty());
    assert_eq!(world.vault.files_written_anew(), 1);
}

async fn the_key_alone_severs_everybody(world: World) {
    let me = person(1).await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    assert!(matches!(world.vault.empty(POLL, day(30), 1).await, Err(Error::NotDestroyed)));
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    // A server that dies here has left nobody's answers to be found.
    assert!(matches!(world.vault.own(&me, POLL).await, Err(Error::KeyDestroyed)));
    assert!(
        world.rows("SELECT wrapped FROM poll_key").await[0]
            .try_get_by_index::<Vec<u8>>(0)
            .unwrap()
            .is_empty()
    );
    // Another one finds what is left to do.
    let another = world.another_vault().await;
    assert_eq!(another.to_empty().await.unwrap(), [POLL]);
    // Whoever else is at this database can hold it up.
    while another.empty(POLL, day(30), 2).await.unwrap() == Emptied::Held {}
    assert_eq!(another.to_empty().await.unwrap(), [POLL], "something may still be on its way");
    while another.empty(POLL, day(31), 2).await.unwrap() == Emptied::Held {}
    assert!(another.to_empty().await.unwrap().is_empty());
    let again = another.empty(POLL, day(31), 1).await.unwrap();
    assert_eq!(again, Emptied::Done, "repeated, it changes nothing");
}

async fn rows_are_emptied_some_at_a_time_by_whoever_is_there(world: World) {
    let other = Uuid::from_u128(12);
    world.vault.create_poll_key(other, &mut rng(1)).await.unwrap();
    world.fill(POLL, 1).await;
    world.fill(other, 1 + MANY).await;
    world.vault.close(POLL).await.unwrap();
    world.vault.destroy_poll_key(POLL, day(30)).await.unwrap();
    let left = async |poll: Uuid| {
        let id = match world.db.get_database_backend() {
            DbBackend::Postgres => format!("'{poll}'"),
            _ => format!("unhex('{}')", poll.simple()),
        };
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM response WHERE poll_id = {id} AND (length(content) > 0 \
             OR batch IS NULL OR batch >= 0 OR changed_on IS NOT NULL OR received_on > '2000-01-01' \
             OR special_consent OR record_key <> 0 OR counted <> '[]' OR region IS NOT NULL \
             OR age_band IS NOT NULL OR gender IS NOT NULL)) + (SELECT COUNT(*) FROM draft WHERE poll_id = {id}) \
             AS n"
        );
        world.rows(&sql).await[0].try_get::<i64>("", "n").unwrap()
    };
    let mut before = i64::from(2 * MANY);
    assert_eq!(left(POLL).await, before);
    // Each step is another server's, the one before having died.
    let mut steps = 0;
    while world.another_vault().await.empty(POLL, day(30), 1).await.unwrap() == Emptied::Partly {
        let now = left(POLL).await;
        assert!((1..=1_000).contains(&(before - now)), "a step takes some and no more");
        (before, steps) = (now, steps + 1);
    }
    // Three thousand of batches, fifteen hundred of none, and 4,500 drafts.
    assert_eq!((steps, left(POLL).await), (3 + 2 + 5, 0));
    assert_eq!(left(other).await, i64::from(2 * MANY), "another poll's are as they were");
    // Nothing is counted any more: what protected the figures is gone with the rest.
    let counted =
        world.vault.tables(POLL, &questionnaire(), &Audience::default(), &[], false).await;
    assert!(matches!(counted, Err(Error::KeyDestroyed)));
}
