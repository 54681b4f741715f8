//! Responses that are there already, so that it shows whether their number makes a difference.

use crate::world::{Engine, World};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

/// Rows of one statement: which of them are still to be checked for their poll, the database keeps
/// in memory.
const AT_ONCE: u64 = 500_000;

/// Puts so many responses of a poll into the vault by the database alone: as the vault stores
/// them, of people of every sort, under pseudonyms of nobody.
pub async fn fill(world: &World, poll: Uuid, responses: u64) {
    let step = usize::try_from(AT_ONCE).unwrap();
    for from in (1..=responses).step_by(step) {
        let to = responses.min(from + AT_ONCE - 1);
        let rows = match world.engine {
            Engine::Postgres => postgres(poll, from, to),
            Engine::Sqlite => sqlite(poll, from, to),
        };
        let fill = format!(
            "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
             special_consent, content, received_on, batch, counted) {rows}"
        );
        world.vault.execute_unprepared(&fill).await.unwrap();
    }
    settle(world).await;
}

/// Lets the database finish with what it was given, so that what is measured next does not pay
/// for it.
pub async fn settle(world: &World) {
    let finish = match world.engine {
        Engine::Postgres => ["VACUUM ANALYZE response", "CHECKPOINT"],
        Engine::Sqlite => ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
    };
    for step in finish {
        world.vault.execute_unprepared(step).await.unwrap();
    }
}

/// One of some words, by a number that the database makes.
fn pick(words: &[&str], number: &str) -> String {
    let cases = words.iter().enumerate().map(|(at, word)| format!(" WHEN {at} THEN '{word}'"));
    format!("CASE {number} % {}{} END", words.len(), cases.collect::<String>())
}

/// Region, age band, gender, and what is counted, each by a number of its own.
fn facts_and_marks(number: impl Fn(usize) -> String) -> [String; 4] {
    let bands = questionnaire::AgeBand::ALL.map(questionnaire::AgeBand::code);
    let genders = questionnaire::Gender::ALL.map(questionnaire::Gender::code);
    let marks = (3..).zip(["one", "two", "three"]).map(|(at, question)| {
        let option = pick(&["a", "b", "c", "d", "e"], &number(at));
        format!("\"{question}=\",\"{question}=' || {option} || '\"")
    });
    [
        pick(&["01", "02", "03", "04", "05", "06", "07", "08"], &number(0)),
        pick(&bands, &number(1)),
        pick(&genders, &number(2)),
        format!("'[\"\",{}]'", marks.collect::<Vec<_>>().join(",")),
    ]
}

/// In the order of their pseudonyms, so that a statement passes the index once; in any order each
/// row would be another page of it.
fn postgres(poll: Uuid, from: u64, to: u64) -> String {
    let [region, band, gender, counted] =
        facts_and_marks(|at| format!("get_byte(hash, {})", 20 + at));
    let content = ["hash"; 9].join(" || ");
    format!(
        "SELECT encode(substr(hash, 1, 16), 'hex')::uuid, '{poll}', hash, \
         ('x' || encode(substr(hash, 17, 4), 'hex'))::bit(32)::bigint & 4294967295, \
         {region}, {band}, {gender}, false, {content}, '2026-03-01', 1, {counted} \
         FROM (SELECT sha256(('{}' || i)::bytea) AS hash FROM generate_series({from}, {to}) i \
         ORDER BY hash) AS one",
        poll.simple()
    )
}

fn sqlite(poll: Uuid, from: u64, to: u64) -> String {
    let [region, band, gender, counted] = facts_and_marks(|_| "abs(random())".to_owned());
    format!(
        "WITH RECURSIVE one(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM one WHERE i < {to}) \
         SELECT randomblob(16), x'{}', randomblob(32), abs(random()) % 4294967296, \
         {region}, {band}, {gender}, 0, randomblob(288), '2026-03-01', 1, {counted} FROM one",
        poll.simple()
    )
}
