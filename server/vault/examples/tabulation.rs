//! Measures counting a closed poll on PostgreSQL: `Vault::tables` against the bare `GROUP BY`
//! over the same rows in the same run, and how much the memory of the server grows by it, against
//! counting a thousand responses. One line a figure,
//! `name | measured | reference | ratio | goal | ok` or `short`; exit status 1 if any is short.
//!
//! `cargo run --release -p vault --example tabulation -- [RESPONSES]`, ten million by default: that takes
//! some 10 GB of disk and half an hour, nearly all of it for filling. `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use migration::{connection, testing};
use questionnaire::{Audience, Kind, Label, Order, Question, Questionnaire, Text};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait as _;
use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant},
};
use uuid::Uuid;
use vault::{MasterKey, Vault};

const POLL: Uuid = Uuid::from_u128(1);
/// What the memory is compared with.
const SMALL: Uuid = Uuid::from_u128(2);
const FEW: u64 = 1000;
const QUESTIONS: [&str; 3] = ["q1", "q2", "q3"];
const OPTIONS: [&str; 4] = ["a", "b", "c", "d"];
const REGIONS: [&str; 8] = ["r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"];
/// Each is measured so often, in turns; the quickest counts.
const ROUNDS: u32 = 3;
/// At most so many times the bare `GROUP BY`.
const TIME_GOAL: f64 = 2.0;
/// Flat: the groups are some thousands, whatever the number of responses. So many kB more than
/// for the small poll, of which nearly every response is a group of its own.
const MEMORY_GOAL: u64 = 16 * 1024;

/// What is compared with: how many people of each cell gave which answers, and nothing else.
const BARE: &str = "SELECT counted, region, age_band, gender, COUNT(*) FROM response \
    WHERE poll_id = $1 GROUP BY counted, region, age_band, gender";

fn questionnaire() -> Questionnaire {
    let label =
        |code: &str| Label { code: code.into(), text: Text::both(code, code), exclusive: false };
    let question = |code: &str| Question {
        code: code.into(),
        title: Text::both(code, code),
        hint: Text::default(),
        required: true,
        kind: Kind::SingleChoice { options: OPTIONS.map(label).to_vec(), order: Order::Fixed },
    };
    Questionnaire { questions: QUESTIONS.map(question).to_vec() }
}

/// Responses as the vault stores them, sealed contents and all, of people of every sort.
async fn fill(db: &DatabaseConnection, poll: Uuid, responses: u64) {
    let id = poll.simple();
    let list = |codes: &[&str]| codes.join("','");
    let pick = |codes: &str, by: u32| {
        let hash = format!("get_byte(decode(md5(i::text), 'hex'), {by})");
        format!("(ARRAY['{codes}'])[1 + {hash} % array_length(ARRAY['{codes}'], 1)]")
    };
    let bands = questionnaire::AgeBand::ALL.map(questionnaire::AgeBand::code);
    let genders = questionnaire::Gender::ALL.map(questionnaire::Gender::code);
    let (region, band, gender) =
        (pick(&list(&REGIONS), 0), pick(&list(&bands), 1), pick(&list(&genders), 2));
    let marks = (3..).zip(QUESTIONS).map(|(place, question)| {
        let option = pick(&list(&OPTIONS), place);
        format!("\"{question}=\",\"{question}=' || {option} || '\"")
    });
    let marks = marks.collect::<Vec<_>>().join(",");
    db.execute_unprepared(&format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         special_consent, content, received_on, batch, counted) \
         SELECT md5('{id}' || i)::uuid, '{poll}', sha256(i::text::bytea), \
         ('x' || substr(md5('k' || i), 1, 8))::bit(32)::bigint & 4294967295, \
         {region}, {band}, {gender}, false, \
         decode(repeat(md5(i::text), 18), 'hex') || '\\x0000000000000000', '2026-03-01', 1, \
         '[\"\",{marks}]' \
         FROM generate_series(1, {responses}) i"
    ))
    .await
    .unwrap();
    db.execute_unprepared("VACUUM ANALYZE response").await.unwrap();
}

/// A figure of this process in kB, as the kernel counts it.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What it gives and how long it takes.
async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    #[expect(clippy::disallowed_methods, reason = "this is what a benchmark is for")]
    let start = Instant::now();
    let done = work.await;
    (done, start.elapsed())
}

/// A closed poll with so many responses.
async fn prepare(db: &DatabaseConnection, vault: &Vault, poll: Uuid, responses: u64) {
    vault.create_poll_key(poll, &mut StdRng::seed_from_u64(1)).await.unwrap();
    let ((), filling) = timed(fill(db, poll, responses)).await;
    eprintln!("filled with {responses} responses in {} s", filling.as_secs());
    vault.close(poll).await.unwrap();
}

/// Counts a poll as the server does; how long it takes, and by how many kB the process grows.
async fn count(vault: &Vault, poll: Uuid, responses: u64) -> (Duration, u64) {
    let (questionnaire, regions) = (questionnaire(), REGIONS.map(str::to_owned));
    // The peak counts from here on.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS:");
    let everybody = Audience::default();
    let counting = vault.tables(poll, &questionnaire, &everybody, &regions, false);
    let (tables, took) = timed(counting).await;
    let growth = memory("VmHWM:").saturating_sub(before);
    let release = disclosure::protect(
        tables.unwrap(),
        &disclosure::Plan::default(),
        &disclosure::Parameters::default(),
    );
    assert_eq!(release.responses(), Some(responses), "everybody is counted");
    (took, growth)
}

#[tokio::main]
async fn main() -> ExitCode {
    let responses =
        std::env::args().nth(1).map_or(10_000_000, |number| number.parse::<u64>().unwrap());
    let db = connection::open(&testing::tended_postgres().await.unwrap()).await.unwrap();
    migration::vault::Migrator::up(&db, None).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes([1; 32]));
    prepare(&db, &vault, SMALL, FEW).await;
    prepare(&db, &vault, POLL, responses).await;

    // Before the reference, whose rows would make the heap so large that nothing grows it any more; and
    // after what the first one of all brings along.
    count(&vault, SMALL, FEW).await;
    let little = count(&vault, SMALL, FEW).await.1;
    let much = count(&vault, POLL, responses).await.1;

    let (mut reference, mut measured) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let bare = Statement::from_sql_and_values(DbBackend::Postgres, BARE, [POLL.into()]);
        let (rows, took) = timed(db.query_all_raw(bare)).await;
        assert!(!rows.unwrap().is_empty());
        reference = reference.min(took);
        measured = measured.min(count(&vault, POLL, responses).await.0);
    }

    let verdict = |ok| if ok { "ok" } else { "short" };
    let ratio = measured.as_secs_f64() / reference.as_secs_f64();
    let (time_ok, memory_ok) = (ratio <= TIME_GOAL, much <= little + MEMORY_GOAL);
    println!(
        "tabulation of {responses} responses against the bare GROUP BY | {:.2} s | {:.2} s | {ratio:.2} | at most {TIME_GOAL:.1} | {}",
        measured.as_secs_f64(),
        reference.as_secs_f64(),
        verdict(time_ok)
    );
    println!(
        "memory by which tabulation grows the server, against {FEW} responses | {much} kB | {little} kB | | at most {MEMORY_GOAL} kB more | {}",
        verdict(memory_ok)
    );
    if time_ok && memory_ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
