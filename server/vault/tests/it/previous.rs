//! A rolling upgrade: servers of an earlier version go on, with the statements that they have
//! prepared, while a new one brings the schema up and after it has.
//!
//! The statements are those of the version that knew the first three migrations, as PostgreSQL logged them,
//! letter for letter: from there the way to the newest schema leads over every table that is built anew. Of
//! later versions there is the statement that takes responses, for the key that is exchanged under it; what
//! was added after that, a column with a default and a function, no statement of theirs asks for. A migration
//! that changes what an earlier version asks for needs that version's statements here. The whole program of
//! an earlier version is tried by `e2e/upgrade`.

use crate::world::{POLL, day};
use migration::{connection, portal, testing, vault::Migrator};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _, Value,
};
use sea_orm_migration::MigratorTrait as _;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The newest schema that the version knows whose statements these are.
const SCHEMA: u32 = 3;

const SUBMIT: &str = r#"INSERT INTO "response" ("id", "poll_id", "pseudonym", "record_key", "region", "age_band", "gender", "special_consent", "content", "received_on", "changed_on", "batch", "counted") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT ("pseudonym", "poll_id") DO UPDATE SET "region" = "excluded"."region", "age_band" = "excluded"."age_band", "gender" = "excluded"."gender", "special_consent" = "excluded"."special_consent", "content" = "excluded"."content", "counted" = "excluded"."counted", "changed_on" = $14 RETURNING "id", "poll_id", "pseudonym", "record_key", "region", "age_band", "gender", "special_consent", "content", "received_on", "changed_on", "batch", "counted""#;
const KEEP_OUT: &str = r#"UPDATE "response" SET "batch" = $1 WHERE "response"."id" = $2"#;
const OWN: &str = r#"SELECT "response"."id", "response"."poll_id", "response"."pseudonym", "response"."record_key", "response"."region", "response"."age_band", "response"."gender", "response"."special_consent", "response"."content", "response"."received_on", "response"."changed_on", "response"."batch", "response"."counted" FROM "response" WHERE "response"."pseudonym" = $1 AND "response"."poll_id" = $2 LIMIT $3"#;
const HAS_ANSWERED: &str =
    r#"SELECT "response"."poll_id" FROM "response" WHERE "response"."pseudonym" IN ($1, $2)"#;
const WITHDRAW: &str = r#"DELETE FROM "response" WHERE "response"."pseudonym" = $1 AND "response"."poll_id" = $2 RETURNING "id", "poll_id", "pseudonym", "record_key", "region", "age_band", "gender", "special_consent", "content", "received_on", "changed_on", "batch", "counted""#;
const FORGET: &str = r#"UPDATE "response" SET "pseudonym" = $1, "content" = $2 WHERE "response"."pseudonym" = $3 AND "response"."poll_id" = $4"#;
const SAVE_DRAFT: &str = r#"INSERT INTO "draft" ("poll_id", "pseudonym", "content", "saved_on") VALUES ($1, $2, $3, $4) ON CONFLICT ("poll_id", "pseudonym") DO UPDATE SET "content" = "excluded"."content", "saved_on" = "excluded"."saved_on""#;
const DELETE_DRAFT: &str =
    r#"DELETE FROM "draft" WHERE "draft"."poll_id" = $1 AND "draft"."pseudonym" = $2"#;
const NOTE_RELEASED: &str = r#"INSERT INTO "released" ("poll_id", "token") VALUES ($1, $2) ON CONFLICT ("poll_id", "token") DO NOTHING"#;
const MAKE_KEY: &str = r#"INSERT INTO "poll_key" ("poll_id", "state", "wrapped", "destroyed_on", "batch") VALUES ($1, $2, $3, $4, $5) ON CONFLICT ("poll_id") DO NOTHING"#;
const WAITING: &str = r#"SELECT "poll_key"."poll_id", "poll_key"."batch", COUNT("response"."batch") AS "waiting" FROM "poll_key" LEFT JOIN "response" ON "poll_key"."poll_id" = "response"."poll_id" AND "poll_key"."batch" = "response"."batch" WHERE "poll_key"."state" = $1 GROUP BY "poll_key"."poll_id", "poll_key"."batch""#;
const EMPTY: &str =
    r#"UPDATE "response" SET "content" = $1, "batch" = $2 WHERE "response"."poll_id" = $3"#;

async fn run(db: &DatabaseConnection, sql: &str, values: Vec<Value>) -> u64 {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    db.execute_raw(statement).await.unwrap().rows_affected()
}

async fn count(db: &DatabaseConnection, of: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM {of}");
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// Waits until there is something of this.
async fn until_there_is(db: &DatabaseConnection, of: &str) {
    for _ in 0..12_000 {
        if count(db, of).await > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("in vain: {of}");
}

/// A person as the version before files them.
fn pseudonym(number: u32) -> Vec<u8> {
    let mut bytes = vec![0; 28];
    bytes.extend(number.to_be_bytes());
    bytes
}

fn id(number: u32) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

async fn submit(db: &DatabaseConnection, number: u32, content: u8) {
    let none = None::<String>;
    let values = vec![
        id(number).into(),
        POLL.into(),
        pseudonym(number).into(),
        i64::from(number).into(),
        none.clone().into(),
        none.clone().into(),
        none.into(),
        false.into(),
        vec![content].into(),
        day(1).into(),
        None::<chrono::NaiveDate>.into(),
        Some(1).into(),
        r#"[""]"#.into(),
        day(2).into(),
    ];
    assert_eq!(run(db, SUBMIT, values).await, 1);
}

async fn withdraw(db: &DatabaseConnection, number: u32) -> u64 {
    run(db, WITHDRAW, vec![pseudonym(number).into(), POLL.into()]).await
}

/// Servers of the version before.
const SERVERS: u32 = 4;

/// Brings the schema up while one person after the other comes to servers of the version before, by
/// connections that have prepared their statements on the schema that it was; who came.
async fn upgrade_while_people_come<F: Future<Output = ()> + Send + 'static>(
    url: &str,
    comes: impl Fn(DatabaseConnection, u32) -> F + Clone + Send + 'static,
) -> Vec<u32> {
    let done = Arc::new(AtomicBool::new(false));
    let come = Arc::new(AtomicU32::new(0));
    let mut servers = JoinSet::new();
    for server in 0..SERVERS {
        let (db, done) = (connection::open(url).await.unwrap(), done.clone());
        let (come, comes) = (come.clone(), comes.clone());
        servers.spawn(async move {
            let mut people = Vec::new();
            while !done.load(Ordering::SeqCst) || people.len() < 20 {
                let number = u32::try_from(people.len()).unwrap() * SERVERS + server;
                comes(db.clone(), number).await;
                come.fetch_add(1, Ordering::SeqCst);
                people.push(number);
            }
            people
        });
    }
    while come.load(Ordering::SeqCst) < 2 * SERVERS {
        tokio::task::yield_now().await;
    }
    let before = come.load(Ordering::SeqCst);
    Migrator::up(&connection::open(url).await.unwrap(), None).await.unwrap();
    let during = come.load(Ordering::SeqCst) - before;
    // With the new schema, on connections that have prepared their statements on the old one.
    let enough = come.load(Ordering::SeqCst) + 8 * SERVERS;
    while come.load(Ordering::SeqCst) < enough {
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    let people = servers.join_all().await;
    assert!(during > 0, "nobody could answer while the schema changed");
    people.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_the_version_before_go_on_while_the_schema_changes() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    Migrator::up(&db, Some(SCHEMA)).await.unwrap();
    let key = || {
        vec![
            POLL.into(),
            "open".into(),
            vec![1_u8].into(),
            None::<chrono::NaiveDate>.into(),
            1.into(),
        ]
    };
    run(&db, MAKE_KEY, key()).await;
    // Enough to be copied in several rounds, and never touched by the servers below.
    let fill = format!(
        "INSERT INTO response SELECT CAST(md5(CAST(n AS text)) AS uuid), '{POLL}', \
         sha256(CAST(n AS text)::bytea), n, NULL, NULL, NULL, false, '\\x01', '2026-03-01', NULL, \
         1, '[\"\"]' FROM generate_series(1, 20000) AS n"
    );
    db.execute_unprepared(&fill).await.unwrap();
    // People send, change, withdraw every third, begin a draft.
    let numbers = upgrade_while_people_come(&url, |db, number| async move {
        submit(&db, number, 1).await;
        submit(&db, number, 2).await;
        if number.is_multiple_of(3) {
            assert_eq!(withdraw(&db, number).await, 1, "{number}");
            let token = vec![POLL.into(), pseudonym(number).into()];
            assert_eq!(run(&db, NOTE_RELEASED, token).await, 1);
        }
        let me = || vec![POLL.into(), pseudonym(number).into()];
        let draft = [me(), vec![vec![9_u8].into(), day(1).into()]].concat();
        assert_eq!(run(&db, SAVE_DRAFT, draft).await, 1);
        if number.is_multiple_of(2) {
            assert_eq!(run(&db, DELETE_DRAFT, me()).await, 1);
        }
    })
    .await;

    // Everybody is there once, as they sent it last, and nobody who withdrew.
    let (mut responses, mut drafts, mut released) = (20_000, 0, 0);
    for number in numbers {
        let own = vec![pseudonym(number).into(), POLL.into(), 1_u64.into()];
        let own = Statement::from_sql_and_values(DbBackend::Postgres, OWN, own);
        let own = db.query_one_raw(own).await.unwrap();
        if number.is_multiple_of(3) {
            assert!(own.is_none(), "{number} withdrew");
            released += 1;
        } else {
            let content: Vec<u8> = own.unwrap().try_get("", "content").unwrap();
            assert_eq!(content, [2], "{number}");
            responses += 1;
        }
        drafts += i64::from(!number.is_multiple_of(2));
    }
    assert_eq!(count(&db, "response").await, responses);
    assert_eq!(count(&db, "draft").await, drafts);
    assert_eq!(count(&db, "released").await, released);

    // The other statements of that version, on the new schema.
    submit(&db, 0, 5).await;
    let me = || Value::from(pseudonym(0));
    assert_eq!(run(&db, HAS_ANSWERED, vec![me(), pseudonym(1).into()]).await, 2);
    assert_eq!(run(&db, KEEP_OUT, vec![None::<i32>.into(), id(0).into()]).await, 1);
    let waiting = Statement::from_sql_and_values(DbBackend::Postgres, WAITING, ["open".into()]);
    let waiting = db.query_one_raw(waiting).await.unwrap().unwrap();
    assert_eq!(waiting.try_get::<i64>("", "waiting").unwrap(), responses);
    // A pseudonym that changes takes its row into another part.
    let nobody: Value = vec![7_u8; 32].into();
    let forget = vec![nobody, Vec::<u8>::new().into(), me(), POLL.into()];
    assert_eq!(run(&db, FORGET, forget).await, 1);
    assert_eq!(run(&db, MAKE_KEY, key()).await, 0);
    let empty = vec![Vec::<u8>::new().into(), None::<i32>.into(), POLL.into()];
    assert_eq!(run(&db, EMPTY, empty).await, u64::try_from(responses + 1).unwrap());
}

/// The newest schema that knows the key of responses by their pseudonym first.
const PSEUDONYM_FIRST: u32 = 9;

/// A round of one response, as the version before takes it and this one does.
const TAKE: &str = r#"SELECT outcome FROM take_responses(ARRAY[]::bigint[], ARRAY[$1]::uuid[], ARRAY[$2]::uuid[], ARRAY[$3]::bytea[], ARRAY[1]::bigint[], ARRAY[''], ARRAY[''], ARRAY[''], ARRAY[false], ARRAY[$4]::bytea[], ARRAY['2026-03-01']::date[], ARRAY['[""]'], ARRAY[true], ARRAY['\x']::bytea[], ARRAY['\x']::bytea[])"#;

async fn take(db: &DatabaseConnection, number: u32, content: u8) -> String {
    let content = vec![content];
    let values: [Value; 4] =
        [id(number).into(), POLL.into(), pseudonym(number).into(), content.into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, TAKE, values);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_taken_while_their_key_is_exchanged() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    Migrator::up(&db, Some(PSEUDONYM_FIRST)).await.unwrap();
    let key = format!("INSERT INTO poll_key VALUES ('{POLL}', 'open', '\\x01', NULL, 1)");
    db.execute_unprepared(&key).await.unwrap();
    // As the migration leaves it that dies before its end: the next one begins again.
    let cut_short = "CREATE UNIQUE INDEX response_3_poll_first ON response_3 (poll_id, pseudonym)";
    db.execute_unprepared(cut_short).await.unwrap();
    let people = upgrade_while_people_come(&url, |db, number| async move {
        assert_eq!(take(&db, number, 1).await, "first", "{number}");
        assert_eq!(take(&db, number, 2).await, "change", "{number}");
    })
    .await;
    let people = i64::try_from(people.len()).unwrap();
    assert_eq!(count(&db, "response").await, people);
    assert_eq!(count(&db, "response WHERE content = '\\x02'").await, people);
}

/// The portal's newest schema in which accounts have no tag.
const BEFORE_TAG: u32 = 5;

/// Whoever reads for long, a backup for instance, holds up a change of the table, but not everybody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_waits_for_a_reader_keeps_nobody_else_waiting() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    portal::Migrator::up(&db, Some(BEFORE_TAG)).await.unwrap();
    let reader = db.begin().await.unwrap();
    reader.execute_unprepared("SELECT COUNT(*) FROM account").await.unwrap();
    let migrating = connection::open(&url).await.unwrap();
    let migrating =
        tokio::spawn(async move { migration::up::<portal::Migrator>(&migrating).await });
    let waits = "pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'ALTER TABLE account%' AND wait_event_type = 'Lock'";
    while count(&db, waits).await == 0 {
        assert!(!migrating.is_finished());
        tokio::task::yield_now().await;
    }
    let soon = std::time::Duration::from_mins(1);
    let read = tokio::time::timeout(soon, count(&db, "account")).await;
    assert_eq!(read.expect("nobody waits behind a migration"), 0);
    assert!(!migrating.is_finished(), "it goes on trying");
    reader.rollback().await.unwrap();
    migrating.await.unwrap().unwrap();
    assert_eq!(count(&db, "account WHERE tag IS NOT NULL").await, 0);
}

/// A server of the version before that starts while this one migrates waits for its turn in one
/// statement, which is older than the index that this one builds.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_version_before_that_waits_its_turn_holds_nobody_for_ever() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    Migrator::up(&db, Some(PSEUDONYM_FIRST)).await.unwrap();
    // Whoever is in the way, so that this one has its turn and has not begun.
    let reader = db.begin().await.unwrap();
    reader.execute_unprepared("LOCK TABLE response IN SHARE MODE").await.unwrap();
    let migrating = connection::open(&url).await.unwrap();
    let migrating = tokio::spawn(async move { migration::up::<Migrator>(&migrating).await });
    let held = "pg_locks WHERE locktype = 'advisory' AND granted \
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    until_there_is(&db, held).await;
    let before = connection::open(&url).await.unwrap();
    let before = tokio::spawn(async move {
        let turn = before.begin().await.unwrap();
        turn.execute_unprepared("SELECT pg_advisory_xact_lock(1986225000, 1)").await.unwrap();
    });
    let waits = held.replace("granted", "NOT granted");
    until_there_is(&db, &waits).await;
    reader.rollback().await.unwrap();
    let error = migrating.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("lock timeout"), "{error}");
    before.await.unwrap();
    migration::up::<Migrator>(&db).await.unwrap();
}

/// A transaction that went on from question to question would now and then be found looking at the
/// database by the index that whoever has the turn builds beside writers, which waits for its end.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_its_turn_keeps_no_transaction() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    let turn = db.begin().await.unwrap();
    turn.execute_unprepared("SELECT pg_advisory_xact_lock(1986225000, 1)").await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    let waits = format!("{url}{separator}application_name=waits");
    let waits = connection::open(&waits).await.unwrap();
    let waits = tokio::spawn(async move { migration::up::<Migrator>(&waits).await });
    let begun = "pg_stat_activity WHERE application_name = 'waits' AND xact_start";
    let mut since = None;
    while since.is_none() {
        let sql = format!("SELECT MIN(xact_start)::text AS since FROM {begun} IS NOT NULL");
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        since = row.try_get::<Option<String>>("", "since").unwrap();
    }
    let since = since.unwrap();
    let asked = format!(
        "pg_stat_activity WHERE application_name = 'waits' \
         AND state_change > timestamptz '{since}' + interval '1 second'"
    );
    until_there_is(&db, &asked).await;
    assert_eq!(count(&db, &format!("{begun} <= '{since}'")).await, 0, "one transaction goes on");
    turn.rollback().await.unwrap();
    waits.await.unwrap().unwrap();
}

/// A server that has lost its power, or stands still, says so to nobody. What it held is let go of within a
/// minute, and what it asked for is given up within seconds.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_notices_a_server_that_is_gone() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    let alone = connection::rounds(&db, &db);
    for (name, value) in [
        ("idle_in_transaction_session_timeout", "1min"),
        ("client_connection_check_interval", "5s"),
    ] {
        for db in [&db, &alone] {
            let sql = format!("SELECT current_setting('{name}') AS value");
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            let row = db.query_one_raw(statement).await.unwrap().unwrap();
            assert_eq!(row.try_get::<String>("", "value").unwrap(), value, "{name}");
        }
    }
}

/// The parts of a young table are analysed by other servers all the time; whoever does that looks at the
/// database, which an index that is built beside writers waits for.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_while_others_analyse_the_table() {
    let url = testing::postgres().await.unwrap();
    let db = connection::open(&url).await.unwrap();
    Migrator::up(&db, Some(PSEUDONYM_FIRST)).await.unwrap();
    let key = format!("INSERT INTO poll_key VALUES ('{POLL}', 'open', '\\x01', NULL, 1)");
    db.execute_unprepared(&key).await.unwrap();
    // Enough that each part has grown.
    for number in 0..600 {
        assert_eq!(take(&db, number, 1).await, "first");
    }
    let grown = "pg_class WHERE relname = 'response_0' AND pg_relation_size(oid) > 0";
    assert_eq!(count(&db, grown).await, 1);
    let writer = db.begin().await.unwrap();
    let write = "LOCK TABLE response_0 IN ROW EXCLUSIVE MODE";
    writer.execute_unprepared(write).await.unwrap();
    let migrating = connection::open(&url).await.unwrap();
    let migrating = tokio::spawn(async move { migration::up::<Migrator>(&migrating).await });
    let building = "pg_stat_activity WHERE datname = current_database() \
                    AND query LIKE 'CREATE UNIQUE INDEX%' AND wait_event_type = 'Lock'";
    until_there_is(&db, building).await;
    let analysing = connection::open(&url).await.unwrap();
    // As the version before does it; this one leaves out what somebody holds.
    let analysing =
        tokio::spawn(async move { analysing.execute_unprepared("ANALYZE response_0").await });
    let waits = "pg_stat_activity WHERE datname = current_database() \
                 AND query LIKE 'ANALYZE%' AND wait_event_type = 'Lock'";
    until_there_is(&db, waits).await;
    // Longer than the database waits before it looks for who waits in a circle: one second.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    writer.commit().await.unwrap();
    migrating.await.unwrap().unwrap();
    analysing.await.unwrap().unwrap();
}
