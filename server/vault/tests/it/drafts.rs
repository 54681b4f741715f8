//! What was typed is found again, by its own person only, until it is sent.

use crate::world::{POLL, World, another_rng, answers, day, keep, person, rng, submit};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use migration::{connection, growth};
use questionnaire::{Typed, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;
use vault::{Draft, Error, Unsent, Vault};

crate::on_both_engines! {
    a_draft_is_found_on_another_device,
    sending_and_withdrawing_end_the_draft,
    a_draft_stays_to_be_seen_after_closing,
    what_many_type_and_look_at_at_once_is_each_ones_own,
    what_is_made_of_another_draft_undoes_nothing,
    of_two_that_are_made_of_the_same_one_is_kept,
}

/// Keeps a draft that was made of another one.
async fn save(
    vault: &Vault,
    number: u32,
    draft: &Draft,
    made_of: Option<&Unsent>,
) -> Result<(), Error> {
    let me = person(number).await;
    vault.save_draft(&me, POLL, draft, made_of, day(1), &mut another_rng()).await
}

/// Typed, and not valid: kept all the same.
fn typed(text: &str) -> Draft {
    let typed = Typed { text: Some(text.into()), ..Typed::default() };
    let years = "years".to_owned();
    Draft { typed: BTreeMap::from([(years.clone(), typed)]), position: Some(years) }
}

async fn a_draft_is_found_on_another_device(world: World) {
    let me = person(1).await;
    for text in ["thirty", "thirty-one"] {
        keep(&world.vault, 1, POLL, &typed(text)).await;
    }
    let elsewhere = world.another_vault().await;
    assert!(elsewhere.draft(&me, POLL).await.unwrap() == Some(typed("thirty-one")));
    assert!(elsewhere.draft(&person(2).await, POLL).await.unwrap().is_none());
    let kept = elsewhere.kept_draft(&me, POLL).await.unwrap();
    assert!(kept == Some((typed("thirty-one"), day(1))));
    assert!(elsewhere.kept_draft(&person(2).await, POLL).await.unwrap().is_none());
    let polls = [POLL, Uuid::nil()];
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().drafts, BTreeSet::from([POLL]));
    assert_eq!(
        elsewhere.standings(&person(2).await, &polls).await.unwrap().drafts,
        BTreeSet::new()
    );
    // A draft is not an answer.
    assert_eq!(elsewhere.standings(&me, &polls).await.unwrap().answered, BTreeSet::new());
    elsewhere.discard_draft(&me, POLL).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    assert_eq!(world.count("draft").await, 0);
}

async fn sending_and_withdrawing_end_the_draft(world: World) {
    let me = person(1).await;
    let others = person(2).await;
    keep(&world.vault, 2, POLL, &typed("2")).await;
    keep(&world.vault, 1, POLL, &typed("1")).await;
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    keep(&world.vault, 1, POLL, &typed("1")).await;
    world.vault.withdraw(&me, POLL).await.unwrap();
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    assert!(world.vault.draft(&others, POLL).await.unwrap() == Some(typed("2")));
}

async fn a_draft_stays_to_be_seen_after_closing(world: World) {
    let me = person(1).await;
    let unsent = keep(&world.vault, 1, POLL, &typed("1")).await;
    world.vault.close(POLL).await.unwrap();
    let late = save(&world.vault, 1, &typed("2"), Some(&unsent)).await;
    assert!(matches!(late, Err(Error::NotOpen)));
    assert!(world.vault.draft(&me, POLL).await.unwrap() == Some(typed("1")));
    world.end_retention(day(9)).await;
    assert_eq!(world.count("draft").await, 0);
}

async fn what_many_type_and_look_at_at_once_is_each_ones_own(world: World) {
    let other = Uuid::from_u128(7);
    world.vault.create_poll_key(other, &mut rng(7)).await.unwrap();
    world.vault.open(other).await.unwrap();
    let world = Arc::new(world);
    let mut people = JoinSet::new();
    for number in 0..150_u32 {
        let world = world.clone();
        people.spawn(async move {
            let (me, vault) = (person(number).await, &world.vault);
            let polls = [vec![POLL], vec![POLL, other], vec![other]][number as usize % 3].clone();
            for &poll in &polls {
                keep(vault, number, poll, &typed(&format!("{number} {poll}"))).await;
            }
            if number % 5 == 0 {
                let (facts, said) = (StoredFacts::default(), answers("red"));
                submit(vault, number, &said, facts, day(1)).await.unwrap();
            }
            let found = vault.standings(&me, &[POLL, other, Uuid::nil()]).await.unwrap();
            let mut begun: BTreeSet<Uuid> = polls.iter().copied().collect();
            let mut sent = BTreeSet::new();
            if number % 5 == 0 {
                begun.remove(&POLL);
                sent.insert(POLL);
            }
            assert_eq!((&found.drafts, &found.answered), (&begun, &sent), "{number}");
            for poll in [POLL, other] {
                let expected = begun.contains(&poll).then(|| typed(&format!("{number} {poll}")));
                assert!(vault.draft(&me, poll).await.unwrap() == expected, "{number}");
            }
        });
    }
    while let Some(done) = people.join_next().await {
        done.unwrap();
    }
}

async fn what_is_made_of_another_draft_undoes_nothing(world: World) {
    let (vault, me) = (&world.vault, person(1).await);
    let kept = async || vault.draft(&me, POLL).await.unwrap();
    let late = async |text: &str, made_of: Option<&Unsent>| {
        assert!(matches!(save(vault, 1, &typed(text), made_of).await, Err(Error::Overtaken)));
    };
    let first = keep(vault, 1, POLL, &typed("first")).await;
    late("of none", None).await;
    let second = keep(vault, 1, POLL, &typed("second")).await;
    late("of the first", Some(&first)).await;
    assert!(kept().await == Some(typed("second")));
    // The same words again are another draft.
    let again = keep(vault, 1, POLL, &typed("second")).await;
    late("of the second", Some(&second)).await;
    assert!(kept().await == Some(typed("second")));
    // One that is gone is nothing to make another of, and another person's is not either.
    vault.discard_draft(&me, POLL).await.unwrap();
    late("of what is gone", Some(&again)).await;
    let others = keep(vault, 2, POLL, &typed("others")).await;
    late("of another's", Some(&others)).await;
    vault.discard_draft(&me, POLL).await.unwrap();
    assert!(kept().await.is_none());
    assert!(vault.draft(&person(2).await, POLL).await.unwrap() == Some(typed("others")));
}

/// Two windows of each of many: one of them is told, and nobody else is held up by it.
async fn of_two_that_are_made_of_the_same_one_is_kept(world: World) {
    let world = Arc::new(world);
    let mut windows = JoinSet::new();
    for number in 0..60_u32 {
        // Half of them have begun.
        let made_of = match number % 2 {
            0 => None,
            _ => Some(keep(&world.vault, number, POLL, &typed("begun")).await),
        };
        let made_of = Arc::new(made_of);
        for window in ["left", "right"] {
            let (world, made_of) = (world.clone(), made_of.clone());
            windows.spawn(async move {
                let kept = save(&world.vault, number, &typed(window), (*made_of).as_ref()).await;
                (number, window, kept)
            });
        }
    }
    let mut kept = BTreeMap::new();
    while let Some(done) = windows.join_next().await {
        match done.unwrap() {
            (number, window, Ok(())) => assert!(kept.insert(number, window).is_none()),
            (_, _, result) => assert!(matches!(result, Err(Error::Overtaken))),
        }
    }
    assert_eq!(kept.len(), 60);
    for (number, window) in kept {
        let found = world.vault.draft(&person(number).await, POLL).await.unwrap();
        assert!(found == Some(typed(window)), "{number}");
    }
}

/// Until it waits for somebody else's transaction.
async fn waits<T>(world: &World, late: &JoinHandle<T>) {
    while world.waiting().await < 1 {
        assert!(!late.is_finished(), "it waits");
        tokio::task::yield_now().await;
    }
}

/// A statement that was sent when nobody answered, and runs when its request is long forgotten and
/// something else was typed: its transaction waits, as it would in a dead connection, for a row that
/// is changed meanwhile. Held up at will on PostgreSQL only.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_comes_late_is_not_put_over_what_was_typed_since() {
    let world = Arc::new(World::on_postgres().await);
    let unsent = keep(&world.vault, 1, POLL, &typed("first")).await;
    let other = connection::open(&world.url).await.unwrap();
    let since = other.begin().await.unwrap();
    since.execute_unprepared("UPDATE draft SET content = 'typed since'").await.unwrap();
    let late = {
        let world = world.clone();
        tokio::spawn(async move { save(&world.vault, 1, &typed("late"), Some(&unsent)).await })
    };
    waits(&world, &late).await;
    since.commit().await.unwrap();
    assert!(matches!(late.await.unwrap(), Err(Error::Overtaken)));
    let row = "SELECT FROM draft WHERE content = 'typed since'";
    let row = Statement::from_string(DbBackend::Postgres, row);
    assert!(other.query_one_raw(row).await.unwrap().is_some());
}

/// A draft that is thrown away, late, when something else was typed. Held up at will on PostgreSQL
/// only.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_since_is_not_thrown_away() {
    let world = Arc::new(World::on_postgres().await);
    let unsent = keep(&world.vault, 1, POLL, &typed("first")).await;
    let other = connection::open(&world.url).await.unwrap();
    let since = other.begin().await.unwrap();
    since.execute_unprepared("LOCK TABLE draft IN EXCLUSIVE MODE").await.unwrap();
    let late = {
        let world = world.clone();
        tokio::spawn(async move { world.vault.discard_draft(&person(1).await, POLL).await })
    };
    waits(&world, &late).await;
    // Whoever asked for it has given it up; the statement has not.
    late.abort();
    let sealed = URL_SAFE_NO_PAD.decode(unsent.to_carry()).unwrap();
    let typed_since = "UPDATE draft SET content = 'typed since' WHERE content = $1";
    let typed_since =
        Statement::from_sql_and_values(DbBackend::Postgres, typed_since, [sealed.into()]);
    assert_eq!(since.execute_raw(typed_since).await.unwrap().rows_affected(), 1);
    since.commit().await.unwrap();
    while world.waiting().await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.count("draft").await, 1);
}

/// So many responses of nobody.
const RESPONSES: &str = "INSERT INTO response (id, poll_id, pseudonym, record_key, special_consent, \
    content, received_on, counted) \
    SELECT gen_random_uuid(), poll_id, sha256(n::text::bytea), 1, false, \
    decode(repeat('ab', 300), 'hex'), '2026-03-01', '[]' \
    FROM poll_key, generate_series(1, $1) n";

/// The statement by which the vault looked people up last, as the server has it of the connection that
/// sent it: the test plans that and not one of its own.
async fn looked_up_by(world: &World) -> String {
    let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() \
               AND query LIKE 'SELECT asked.%'";
    let rows = world.rows(sql).await;
    assert_eq!(rows.len(), 1, "one connection looks people up");
    rows[0].try_get("", "query").unwrap()
}

/// Until then the database plans for tables that are all but empty, and reads the whole of them.
#[tokio::test]
async fn tables_that_have_grown_are_analysed_and_rows_are_looked_up() {
    let world = World::on_postgres().await;
    let db = connection::open(&world.url).await.unwrap();
    assert_eq!(growth::analyse(&db).await.unwrap(), 0);
    let drafts = "INSERT INTO draft (poll_id, pseudonym, content, saved_on) \
        SELECT gen_random_uuid(), sha256(n::text::bytea), sha256('typed'), '2026-03-01' \
        FROM generate_series(1, $1) n";
    let add = async |sql: &str, rows: i32| {
        let add = Statement::from_sql_and_values(DbBackend::Postgres, sql, [rows.into()]);
        db.execute_raw(add).await.unwrap();
    };
    add(drafts, 300).await;
    assert_eq!(growth::analyse(&db).await.unwrap(), 0, "it is a few pages");
    for rows in [700, 1_200, 14_000] {
        add(drafts, rows).await;
        assert_eq!(growth::analyse(&db).await.unwrap(), 1, "it has doubled");
        assert_eq!(growth::analyse(&db).await.unwrap(), 0, "and it is known");
    }
    add(drafts, 16_000).await;
    assert_eq!(growth::analyse(&db).await.unwrap(), 0, "it is large already");
    add(RESPONSES, 40_000).await;
    assert_eq!(growth::analyse(&db).await.unwrap(), 16, "all parts");
    let me = person(1).await;
    assert!(world.vault.draft(&me, POLL).await.unwrap().is_none());
    let look_for_drafts = looked_up_by(&world).await;
    assert!(world.vault.standings(&me, &[POLL]).await.unwrap().answered.is_empty());
    let look_for_both = looked_up_by(&world).await;
    // As the portal's connections plan: once, for lists of any length.
    for (name, look, keys) in [
        ("drafts", look_for_drafts, vec!["draft_pkey"]),
        ("both", look_for_both, vec!["draft_pkey", "response_0_pkey"]),
    ] {
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared("SET LOCAL plan_cache_mode = force_generic_plan").await.unwrap();
        tx.execute_unprepared(&format!("PREPARE look_for_{name} AS {look}")).await.unwrap();
        let plan = format!("EXPLAIN EXECUTE look_for_{name} ('{{}}', '{{}}')");
        let plan =
            tx.query_all_raw(Statement::from_string(DbBackend::Postgres, plan)).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let plan = plan.join("\n");
        for key in keys {
            assert!(plan.contains(&format!(" using {key} on ")), "{plan}");
        }
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}

/// While the parts are small yet, a joined list is found by reading all of them.
#[tokio::test]
async fn how_far_somebody_is_is_looked_up_while_a_poll_is_young() {
    let world = World::on_postgres().await;
    let db = connection::open(&world.url).await.unwrap();
    // Planned while there is nothing.
    let (me, polls) = (person(1).await, [POLL]);
    assert!(world.vault.standings(&me, &polls).await.unwrap().answered.is_empty());
    let add = Statement::from_sql_and_values(DbBackend::Postgres, RESPONSES, [4_000.into()]);
    db.execute_raw(add).await.unwrap();
    assert_eq!(growth::analyse(&db).await.unwrap(), 16, "all parts");
    // A connection tells what it has done once a second, so what it did before is told with the first.
    let scans = "SELECT SUM(seq_scan)::bigint AS read, SUM(idx_scan)::bigint AS looked_up \
        FROM pg_stat_user_tables WHERE relname ~ '^response_[0-9]+$'";
    let mut told: Vec<(i64, i64)> = Vec::new();
    while told.len() < 3 {
        assert!(world.vault.standings(&me, &polls).await.unwrap().answered.is_empty());
        let row = Statement::from_string(DbBackend::Postgres, scans);
        let row = db.query_one_raw(row).await.unwrap().unwrap();
        let now = (row.try_get("", "read").unwrap(), row.try_get("", "looked_up").unwrap());
        if told.last() != Some(&now) {
            told.push(now);
        }
    }
    // Another connection of the store may tell late what it read at first.
    let (read, looked_up) = (told[2].0 - told[1].0, told[2].1 - told[1].1);
    assert!(read * 4 < looked_up, "parts are not read as a whole: {told:?}");
}
