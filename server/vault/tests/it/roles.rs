//! What each role of the database may do on PostgreSQL, tried as that role.

use crate::world::{POLL, World, answers, day, questionnaire, rng, submit};
use disclosure::{Parameters, Plan, protect};
use migration::{Store, connection, roles, testing};
use questionnaire::{Audience, audience::StoredFacts};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::MigratorTrait as _;
use std::collections::BTreeSet;
use vault::{tabulate, write_anew_at_last};

/// Only for the throw-away databases of tests.
const PASSWORD: &str = "tried";

/// The address of the same database for another role.
fn for_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (_, place) = rest.split_once('@').unwrap();
    format!("{scheme}://{role}:{PASSWORD}@{place}")
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The tables of a schema, each with one of its columns.
async fn tables(admin: &DatabaseConnection, schema: &str) -> Vec<(String, String)> {
    let sql = format!(
        "SELECT table_name || ' ' || column_name FROM information_schema.columns \
         WHERE table_schema = '{schema}' AND ordinal_position = 1"
    );
    let split = |text: String| {
        let (table, column) = text.split_once(' ').unwrap();
        (format!("{schema}.{table}"), column.to_owned())
    };
    texts(admin, &sql).await.into_iter().map(split).collect()
}

#[track_caller]
fn denied<T>(done: Result<T, DbErr>, what: &str) {
    match done {
        Ok(_) => panic!("{what}: allowed"),
        Err(error) => assert!(error.to_string().contains("permission denied"), "{what}: {error}"),
    }
}

/// Reading, adding, changing and deleting are refused on each table of the schema.
async fn has_nothing_in(role: &DatabaseConnection, admin: &DatabaseConnection, schema: &str) {
    let tables = tables(admin, schema).await;
    assert!(tables.len() > 5, "{tables:?}");
    for (table, column) in tables {
        for sql in [
            format!("SELECT {column} FROM {table}"),
            format!("SELECT 1 FROM {table}"),
            format!("INSERT INTO {table} DEFAULT VALUES"),
            format!("UPDATE {table} SET {column} = NULL"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            denied(role.execute_unprepared(&sql).await, &sql);
        }
    }
}

/// Nothing tells the role when an answer comes in: neither locks, nor what is counted of tables.
async fn sees_nobody_answering(role: &DatabaseConnection) {
    for sql in [
        "SELECT 1 FROM pg_locks",
        "SELECT pg_blocking_pids(1)",
        "SELECT backend_xid FROM pg_stat_activity",
        "SELECT n_tup_ins FROM pg_stat_all_tables",
        "SELECT idx_scan FROM pg_stat_all_indexes",
        "SELECT heap_blks_hit FROM pg_statio_all_tables",
        "SELECT calls FROM pg_stat_user_functions",
        "SELECT tup_inserted FROM pg_stat_database",
        "SELECT pg_stat_get_backend_userid(1)",
        "SELECT pg_stat_get_backend_idset()",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_advisory_lock_shared(1)",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT pg_advisory_xact_lock_shared(1)",
        "SELECT pg_try_advisory_lock(1)",
        "SELECT pg_try_advisory_lock_shared(1)",
        "SELECT pg_try_advisory_xact_lock(1)",
        "SELECT pg_try_advisory_xact_lock_shared(1)",
    ] {
        denied(role.execute_unprepared(sql).await, sql);
    }
}

/// Every right of a role on tables, columns and functions of both stores, as the database knows it.
async fn rights(admin: &DatabaseConnection, role: &str) -> BTreeSet<String> {
    let sql = format!(
        "SELECT table_schema || '.' || table_name || ' ' || privilege_type \
         FROM information_schema.role_table_grants WHERE grantee IN ('{role}', 'PUBLIC') \
         AND table_schema IN ('portal', 'vault') \
         UNION SELECT c.table_schema || '.' || c.table_name || '.' || c.column_name || ' ' \
         || c.privilege_type FROM information_schema.column_privileges c \
         WHERE c.grantee IN ('{role}', 'PUBLIC') AND c.table_schema IN ('portal', 'vault') \
         AND NOT has_table_privilege('{role}', c.table_schema || '.' || c.table_name, \
         c.privilege_type) \
         UNION SELECT routine_schema || '.' || routine_name || '() EXECUTE' \
         FROM information_schema.routine_privileges WHERE grantee IN ('{role}', 'PUBLIC') \
         AND routine_schema IN ('portal', 'vault')"
    );
    texts(admin, &sql).await.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_has_its_own_rights_and_no_others() {
    let url = testing::postgres().await.unwrap();
    let admin = connection::open(&url).await.unwrap();
    // As the script says: before the first migration, and again after it.
    admin.execute_unprepared(roles::SQL).await.unwrap();
    for role in ["veche_portal", "veche_vault", "veche_publisher"] {
        let sql = format!("ALTER ROLE {role} PASSWORD '{PASSWORD}'");
        admin.execute_unprepared(&sql).await.unwrap();
    }
    let portal = connection::open(&for_role(&url, "veche_portal")).await.unwrap();
    migration::portal::Migrator::up(&portal, None).await.unwrap();
    // The vault as it is used, under its own role.
    let world = World::new(for_role(&url, "veche_vault"), None).await;
    // A right that somebody gave by mistake is taken back, and so is a membership.
    for mistake in [
        "ALTER ROLE veche_portal NOINHERIT",
        "GRANT veche_vault TO veche_portal",
        "GRANT SELECT ON vault.response TO veche_portal",
        "GRANT SELECT ON vault.response TO veche_publisher",
        "GRANT EXECUTE ON FUNCTION vault.take_responses TO veche_publisher",
        "GRANT EXECUTE ON FUNCTION pg_lock_status TO veche_portal, PUBLIC",
    ] {
        admin.execute_unprepared(mistake).await.unwrap();
    }
    let mistaken = connection::open(&for_role(&url, "veche_publisher")).await.unwrap();
    let by_mistake = roles::rights(&mistaken).await.unwrap();
    assert!(by_mistake.contains("vault.take_responses() EXECUTE"), "{by_mistake:?}");
    let become_the_vault = "SET ROLE veche_vault; SELECT content FROM vault.response; RESET ROLE";
    portal.execute_unprepared(become_the_vault).await.unwrap();
    let faults = roles::store_faults(&portal, Store::Portal).await.unwrap();
    assert_eq!(faults, ["veche_portal is a member of veche_vault"]);
    admin.execute_unprepared(roles::SQL).await.unwrap();
    assert!(roles::store_faults(&portal, Store::Portal).await.unwrap().is_empty());
    denied(portal.execute_unprepared(become_the_vault).await, become_the_vault);

    has_nothing_in(&portal, &admin, "vault").await;
    has_nothing_in(&world.db, &admin, "portal").await;
    sees_nobody_answering(&portal).await;
    for (role, other) in [("veche_portal", "vault."), ("veche_vault", "portal.")] {
        let rights = rights(&admin, role).await;
        assert!(!rights.is_empty());
        // Nor would there be any if the schema were opened.
        assert!(!rights.iter().any(|right| right.starts_with(other)), "{role}: {rights:?}");
    }
    // Nobody else gets in at all.
    let connect = "SELECT has_database_privilege('public', current_database(), 'CONNECT')::text";
    assert_eq!(texts(&admin, connect).await, ["false"]);

    for number in 0..20 {
        let facts = StoredFacts::default();
        submit(&world.vault, number, &answers("red"), facts, day(1)).await.unwrap();
    }
    world.vault.draw_live_batch(POLL, &questionnaire(), &mut rng(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    // Both still know whom to wait for before they overwrite a key.
    for (store, table) in [(&world.db, "poll_key"), (&portal, "portal_key")] {
        write_anew_at_last(store, table).await.unwrap();
    }
    publisher(&url, &admin).await;
}

/// The publisher can count a closed poll and store what came out, and that is all. It need not store it: that is
/// for servers of a version before.
async fn publisher(url: &str, admin: &DatabaseConnection) {
    let publisher = connection::open(&for_role(url, "veche_publisher")).await.unwrap();
    let raw = tabulate(&publisher, POLL, &questionnaire(), &Audience::default(), &[], false)
        .await
        .unwrap();
    let release = protect(raw, &Plan::default(), &Parameters::default());
    assert_eq!(release.responses(), Some(20));
    let expected = [&roles::PUBLISHER_IN_PORTAL[..], &roles::PUBLISHER_IN_VAULT].concat();
    // As the database lists its grants, and as the role itself is told that it may.
    for rights in [rights(admin, "veche_publisher").await, roles::rights(&publisher).await.unwrap()]
    {
        assert_eq!(rights.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
    let [needed, allowed] = [roles::PUBLISHER_IN_VAULT, roles::PUBLISHER_IN_PORTAL];
    assert!(roles::publisher_faults(&publisher, &needed, &allowed).await.unwrap().is_empty());
    for sql in [
        "SELECT content FROM vault.response",
        "SELECT counted FROM vault.response",
        "EXPLAIN SELECT 1 FROM vault.response",
        "SELECT pseudonym FROM vault.response",
        "SELECT wrapped FROM vault.poll_key",
        "SELECT 1 FROM vault.draft",
        "SELECT 1 FROM vault.released",
        "UPDATE vault.response SET counted = '[]'",
        "DELETE FROM vault.response",
        "UPDATE portal.release SET digest = ''",
        "DELETE FROM portal.release",
        "UPDATE portal.poll SET state = 'open'",
        "SELECT 1 FROM portal.account",
        "SELECT 1 FROM portal.session",
        "SELECT vault.take_responses('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', \
         '{}', '{}', '{}', '{}', '{}')",
        "CREATE TABLE vault.copy (n int)",
        "CREATE TABLE public.copy (n int)",
        "CREATE TEMPORARY TABLE copy (n int)",
    ] {
        denied(publisher.execute_unprepared(sql).await, sql);
    }
    sees_nobody_answering(&publisher).await;
    publisher.execute_unprepared("SELECT content FROM release").await.unwrap();
}
