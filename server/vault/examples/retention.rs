//! Measures the end of a retention on PostgreSQL: a poll's key is destroyed and its rows emptied
//! while people answer another poll. One line a figure, `name | measured | reference | ratio |
//! goal | ok` or `short`; exit status 1 if any is short.
//!
//! `cargo run --release -p vault --example retention -- [RESPONSES]`, one million by default. `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use migration::{connection, testing};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait as _;
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;
use vault::{Emptied, MasterKey, Vault};

const POLL: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
/// The longest that a step may hold its rows.
const STEP_GOAL: Duration = Duration::from_millis(500);
/// The longest that severing everybody may take.
const KEY_GOAL: Duration = Duration::from_millis(100);
/// The longest that the last steps may take, compared with the first.
const LAST_GOAL: f64 = 2.0;
/// Steps of which the first and the last are compared.
const SOME: usize = 20;

async fn fill(db: &DatabaseConnection, responses: u64) {
    let poll = POLL.simple();
    db.execute_unprepared(&format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         special_consent, content, received_on, batch, counted) \
         SELECT md5(i::text)::uuid, '{poll}', sha256(i::text::bytea), i, 'r1', '25-34', 'female', \
         false, decode(repeat(md5(i::text), 18), 'hex') || '\\x0000000000000000', '2026-03-01', \
         CASE WHEN i % 20 = 0 THEN NULL ELSE 1 + i / 50 END, \
         '[\"\",\"q1=\",\"q1=a\",\"q2=\",\"q2=b\",\"q3=\",\"q3=c\"]' \
         FROM generate_series(1, {responses}) i"
    ))
    .await
    .unwrap();
    db.execute_unprepared("VACUUM ANALYZE response").await.unwrap();
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    #[expect(clippy::disallowed_methods, reason = "this is what a benchmark is for")]
    let start = Instant::now();
    let done = work.await;
    (done, start.elapsed())
}

/// Answers to another poll, one after another, until told to stop: how long each took.
async fn others(db: DatabaseConnection, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let sql = "INSERT INTO response (id, poll_id, pseudonym, record_key, special_consent, content, \
               received_on, batch) VALUES ($1, $2, sha256(CAST($3 AS text)::bytea), 7, false, \
               '\\x01', '2026-03-01', 1) ON CONFLICT (pseudonym, poll_id) DO UPDATE SET content = \
               excluded.content";
    let mut took = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let number = u128::try_from(took.len()).unwrap();
        let values = [Uuid::from_u128(number).into(), OTHER.into(), number.to_string().into()];
        let answer = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let (done, time) = timed(db.execute_raw(answer)).await;
        done.unwrap();
        took.push(time);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    took
}

/// The poll's rows, and how many of them still hold something.
async fn rows(db: &DatabaseConnection) -> (i64, i64) {
    let sql = "SELECT count(*) AS present, count(*) FILTER (WHERE octet_length(content) > 0 \
               OR record_key <> 0 OR region IS NOT NULL OR batch IS NULL) AS full_still \
               FROM response WHERE poll_id = $1";
    let counts = Statement::from_sql_and_values(DbBackend::Postgres, sql, [POLL.into()]);
    let counts = db.query_one_raw(counts).await.unwrap().unwrap();
    (counts.try_get("", "present").unwrap(), counts.try_get("", "full_still").unwrap())
}

fn worst(times: &[Duration]) -> Duration {
    times.iter().max().copied().unwrap_or_default()
}

fn mean(times: &[Duration]) -> f64 {
    times.iter().map(Duration::as_secs_f64).sum::<f64>()
        / f64::from(u32::try_from(times.len().max(1)).unwrap())
}

#[tokio::main]
async fn main() -> ExitCode {
    let responses =
        std::env::args().nth(1).map_or(1_000_000, |number| number.parse::<u64>().unwrap());
    let url = testing::tended_postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes([1; 32]));
    for poll in [POLL, OTHER] {
        vault.create_poll_key(poll, &mut StdRng::seed_from_u64(1)).await.unwrap();
    }
    fill(&db, responses).await;
    vault.close(POLL).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let answering = others(connection::open(&url).await.unwrap(), stop.clone());
    let answering = tokio::spawn(answering);

    let today = chrono::NaiveDate::default();
    let (destroyed, key) = timed(vault.destroy_poll_key(POLL, today)).await;
    destroyed.unwrap();
    let mut steps = Vec::new();
    let mut done = false;
    while !done {
        let (finished, took) = timed(vault.empty_rows(POLL, &mut 1)).await;
        done = finished.unwrap();
        steps.push(took);
    }
    // Of the whole table, however many rows of it were emptied, and nobody's row is held.
    let mut overwriting = Duration::ZERO;
    done = false;
    while !done {
        let noted =
            vault.note_emptied(&[POLL], overwriting.is_zero(), today + chrono::Days::new(1));
        let (noted, took) = timed(noted).await;
        done = noted.unwrap() == Emptied::Done;
        overwriting += took;
    }
    stop.store(true, Ordering::SeqCst);
    let answers = answering.await.unwrap();
    // Steps that leave rows out would be quick ones.
    assert_eq!(rows(&db).await, (i64::try_from(responses).unwrap(), 0), "every row is emptied");
    assert!(!answers.is_empty(), "somebody answered meanwhile");

    let total: Duration = steps.iter().sum();
    let some = SOME.min(steps.len());
    let ratio = mean(&steps[steps.len() - some..]) / mean(&steps[..some]);
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    let mut all_well = true;
    let mut line = |name: &str, measured: String, ratio: String, goal: String, ok: bool| {
        all_well &= ok;
        println!("{name} | {measured} | | {ratio} | {goal} | {}", if ok { "ok" } else { "short" });
    };
    let none = String::new;
    let key_ok = key <= KEY_GOAL;
    line("destroying the key", milliseconds(key), none(), milliseconds(KEY_GOAL), key_ok);
    let longest = worst(&steps);
    line(
        &format!("longest of {} steps over {responses} responses", steps.len()),
        milliseconds(longest),
        none(),
        milliseconds(STEP_GOAL),
        longest <= STEP_GOAL,
    );
    line(
        "the last steps against the first",
        format!("{:.1} ms", mean(&steps[steps.len() - some..]) * 1000.0),
        format!("{ratio:.2}"),
        format!("{LAST_GOAL:.2}"),
        ratio <= LAST_GOAL,
    );
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    line("all steps", seconds(total), none(), none(), true);
    line("overwriting what they held, in the files", seconds(overwriting), none(), none(), true);
    let slowest = worst(&answers);
    line(
        &format!("slowest of {} answers to another poll meanwhile", answers.len()),
        milliseconds(slowest),
        none(),
        milliseconds(STEP_GOAL),
        slowest <= STEP_GOAL,
    );
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
