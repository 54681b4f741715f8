//! What PostgreSQL takes its tables for while they grow, and by which plans it looks people up then.

use crate::world::{POLL, World, draft_of, person};
use migration::{connection, growth};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement, TransactionTrait as _};
use std::time::Duration;
use tokio::time::Instant;

/// Longest that a connection may take to tell what it has done.
const LONG: Duration = Duration::from_mins(1);

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
    assert!(draft_of(&world.vault, &me, POLL).await.unwrap().is_none());
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
    let began = Instant::now();
    while told.len() < 3 {
        assert!(world.vault.standings(&me, &polls).await.unwrap().answered.is_empty());
        let row = Statement::from_string(DbBackend::Postgres, scans);
        let row = db.query_one_raw(row).await.unwrap().unwrap();
        let now: (i64, i64) =
            (row.try_get("", "read").unwrap(), row.try_get("", "looked_up").unwrap());
        // Another connection of the store may tell late what it read at first: that is no step.
        if told.last().is_none_or(|last| last.1 != now.1) {
            told.push(now);
        }
        assert!(began.elapsed() < LONG, "nothing is looked up: {now:?} after {told:?}");
    }
    // Within a step it does not weigh much.
    let (read, looked_up) = (told[2].0 - told[1].0, told[2].1 - told[1].1);
    assert!(read * 4 < looked_up, "parts are not read as a whole: {told:?}");
}

/// Whoever holds a table is not waited for: that table is left for the next look.
#[tokio::test]
async fn a_table_that_is_held_is_analysed_once_it_is_free() {
    let world = World::on_postgres().await;
    // More than the eight pages from which on a table is worth a look.
    let filler = "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 100)";
    world.db.execute_unprepared(filler).await.unwrap();
    let known = async || world.count("pg_class WHERE relname = 'filler' AND relpages >= 8").await;
    let held = world.db.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE filler IN SHARE UPDATE EXCLUSIVE MODE").await.unwrap();
    let look = tokio::time::timeout(LONG, growth::analyse(&world.db)).await;
    assert_eq!(look.expect("it does not wait").unwrap(), 1, "it has grown");
    assert_eq!(known().await, 0, "it is held");
    held.rollback().await.unwrap();
    growth::analyse(&world.db).await.unwrap();
    assert_eq!(known().await, 1);
}
