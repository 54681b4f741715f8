//! A store of an earlier schema, brought to the newest one, gives the same figures.

use crate::world::{POLL, day, questionnaire};
use disclosure::{Parameters, Plan, protect};
use migration::{connection, testing, vault::Migrator};
use questionnaire::Audience;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, TransactionTrait as _, Value};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;
use vault::{MasterKey, Vault};

/// With answers in rows of their own.
const BEFORE_COUNTED: u32 = 2;

async fn run(db: &DatabaseConnection, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.unwrap();
}

/// With tables that are not divided.
const BEFORE_PARTITIONS: u32 = 3;

async fn rows_of_answers_are_counted_after_the_upgrade(url: &str) {
    let db = connection::open(url).await.unwrap();
    Migrator::up(&db, Some(BEFORE_COUNTED)).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes([1; 32]));
    // By hand: the vault writes what the newest schema has.
    let key = "INSERT INTO poll_key (poll_id, state, wrapped) VALUES ($1, $2, $3)";
    run(&db, key, vec![POLL.into(), "open".into(), vec![1_u8].into()]).await;
    for number in 0..30_u8 {
        let id = Uuid::from_u128(u128::from(number) + 1);
        let response = "INSERT INTO response (id, poll_id, pseudonym, record_key, special_consent, \
                        content, received_on) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let (pseudonym, nothing) = (vec![number; 32], Vec::<u8>::new());
        let (record_key, consent) = (i64::from(number), false);
        let values = vec![
            id.into(),
            POLL.into(),
            pseudonym.into(),
            record_key.into(),
            consent.into(),
            nothing.into(),
            day(1).into(),
        ];
        run(&db, response, values).await;
        // Ten skipped the question.
        let answers: &[&str] = if number < 20 { &["", "red"] } else { &[] };
        for category in answers {
            let answer = "INSERT INTO answer (response_id, question, category) VALUES ($1, $2, $3)";
            run(&db, answer, vec![id.into(), "colour".into(), (*category).into()]).await;
        }
    }
    Migrator::up(&db, None).await.unwrap();
    vault.close(POLL).await.unwrap();
    let raw = vault.tables(POLL, &questionnaire(), &Audience::default(), &[], false).await.unwrap();
    let release = protect(raw, &Plan::default(), &Parameters::default());
    assert_eq!(release.responses(), Some(30));
    let headline = release.question("colour").unwrap().headline().unwrap();
    let counts: Vec<_> = headline.options().iter().map(disclosure::OptionCount::count).collect();
    assert_eq!((headline.exact(), headline.base(), counts), (true, 20, vec![20, 0, 0]));
}

async fn a_newer_servers_schema_is_left_as_it_is(url: &str) {
    let db = connection::open(url).await.unwrap();
    migration::up::<Migrator>(&db).await.unwrap();
    let newer = "INSERT INTO vault_migration (version, applied_at) VALUES ('m9999_newer', 0)";
    db.execute_unprepared(newer).await.unwrap();
    // A server of this version starts beside it, and again.
    migration::up::<Migrator>(&db).await.unwrap();
    assert_eq!(migration::lacking::<Migrator>(&db).await.unwrap(), 0);
    // What lacks something of ours was migrated by nobody who knows it.
    let lost = "DELETE FROM vault_migration WHERE version LIKE 'm0010%'";
    db.execute_unprepared(lost).await.unwrap();
    assert_eq!(migration::lacking::<Migrator>(&db).await.unwrap(), 1);
    assert!(migration::up::<Migrator>(&db).await.is_err());
}

#[tokio::test]
async fn a_newer_servers_schema_is_left_as_it_is_on_sqlite() {
    let file = testing::SqliteFile::new();
    a_newer_servers_schema_is_left_as_it_is(&file.url()).await;
}

#[tokio::test]
async fn a_newer_servers_schema_is_left_as_it_is_on_postgres() {
    a_newer_servers_schema_is_left_as_it_is(&testing::postgres().await.unwrap()).await;
}

/// Everything in the three tables that are built anew on PostgreSQL.
async fn everything(db: &DatabaseConnection) -> Vec<String> {
    let mut all = Vec::new();
    for table in ["response", "draft", "released"] {
        let rows = texts(db, &format!("SELECT CAST(t AS text) FROM {table} t")).await;
        all.extend(rows.into_iter().map(|row| format!("{table} {row}")));
    }
    all.sort();
    all
}

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// How many rows a table has, where there is one.
async fn rows_in(db: &DatabaseConnection, table: &str) -> Option<usize> {
    let exists = format!("SELECT 'yes' WHERE to_regclass('{table}') IS NOT NULL");
    if texts(db, &exists).await.is_empty() {
        return None;
    }
    let count = format!("SELECT CAST(COUNT(*) AS text) FROM {table}");
    texts(db, &count).await[0].parse().ok()
}

/// A store of the version before, in which many people have answered.
async fn filled(url: &str, people: u32) -> DatabaseConnection {
    let db = connection::open(url).await.unwrap();
    Migrator::up(&db, Some(BEFORE_PARTITIONS)).await.unwrap();
    let poll = POLL;
    for sql in [
        format!("INSERT INTO poll_key VALUES ('{poll}', 'open', '\\x01', NULL, 2)"),
        format!(
            "INSERT INTO response SELECT CAST(lpad(to_hex(n), 32, '0') AS uuid), '{poll}', \
             sha256(CAST(n AS text)::bytea), n, 'north', NULL, 'female', false, '\\x0102', \
             '2026-03-01', NULL, 1 + n % 2, '[\"\"]' FROM generate_series(1, {people}) AS n"
        ),
        format!(
            "INSERT INTO draft SELECT '{poll}', sha256(CAST(n AS text)::bytea), '\\x03', \
             '2026-03-01' FROM generate_series(1, {people} / 3) AS n"
        ),
        format!(
            "INSERT INTO released SELECT '{poll}', sha256(CAST(-n AS text)::bytea) \
             FROM generate_series(1, {people} / 50) AS n"
        ),
    ] {
        db.execute_unprepared(&sql).await.unwrap();
    }
    db
}

/// In how many parts of each table rows are.
async fn parts(db: &DatabaseConnection, table: &str) -> usize {
    let sql = format!("SELECT DISTINCT CAST(CAST(tableoid AS regclass) AS text) FROM {table}");
    texts(db, &sql).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_divided_or_whole_and_none_is_lost() {
    let db = filled(&testing::postgres().await.unwrap(), 12_000).await;
    let before = everything(&db).await;
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(everything(&db).await, before);
    for (table, in_parts) in [("response", 16), ("draft", 1), ("released", 1)] {
        assert_eq!(parts(&db, table).await, in_parts, "{table}");
    }
    // Each part, and all of them together, has one key, which begins with the poll.
    let keys = "SELECT pg_get_indexdef(indexrelid, 1, true) || ' ' || count(*) \
                FROM pg_index JOIN pg_class ON pg_class.oid = indrelid \
                WHERE relname ~ '^response(_[0-9]+)?$' AND indisunique AND indisvalid \
                AND indisprimary GROUP BY pg_get_indexdef(indexrelid, 1, true)";
    assert_eq!(texts(&db, keys).await, ["poll_id 17"]);
    // Nothing of the move is left behind.
    let left = "SELECT proname::text FROM pg_proc WHERE proname LIKE '%\\_follow' UNION ALL \
                SELECT relname::text FROM pg_class WHERE relname ~ '_(divided|whole|anew|first)' \
                OR relname LIKE 'draft\\_%' AND relkind = 'r'";
    assert_eq!(texts(&db, left).await, Vec::<String>::new());
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(everything(&db).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_cut_short_is_taken_up() {
    let url = testing::postgres().await.unwrap();
    let db = filled(&url, 12_000).await;
    let before = everything(&db).await;
    // Somebody reads the table all the time, so that it cannot be exchanged.
    let reader = db.begin().await.unwrap();
    reader.execute_unprepared("SELECT COUNT(*) FROM response").await.unwrap();
    let moving = connection::open(&url).await.unwrap();
    let moving = tokio::spawn(async move { Migrator::up(&moving, None).await });
    while rows_in(&db, "response_divided").await != Some(12_000) {
        assert!(!moving.is_finished());
        tokio::task::yield_now().await;
    }
    // The server dies.
    moving.abort();
    assert!(moving.await.unwrap_err().is_cancelled());
    reader.rollback().await.unwrap();
    assert_eq!(everything(&db).await, before);
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(everything(&db).await, before);
    assert_eq!(parts(&db, "response").await, 16);
}

/// With drafts that are divided.
const BEFORE_WHOLE: u32 = 2;

/// The other way round, from a divided table: what is written by a server of the version before
/// between two attempts is in the new table, too.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_made_whole_while_people_type() {
    let url = testing::postgres().await.unwrap();
    let db = filled(&url, 12_000).await;
    Migrator::up(&db, Some(BEFORE_WHOLE)).await.unwrap();
    assert_eq!(parts(&db, "draft").await, 16);
    let reader = db.begin().await.unwrap();
    reader.execute_unprepared("SELECT COUNT(*) FROM draft").await.unwrap();
    let moving = connection::open(&url).await.unwrap();
    let moving = tokio::spawn(async move { Migrator::up(&moving, None).await });
    while rows_in(&db, "draft_whole").await != Some(4_000) {
        assert!(!moving.is_finished());
        tokio::task::yield_now().await;
    }
    moving.abort();
    assert!(moving.await.unwrap_err().is_cancelled());
    reader.rollback().await.unwrap();
    // One goes, one changes, one comes.
    for sql in [
        "DELETE FROM draft WHERE pseudonym = sha256('7'::bytea)".to_owned(),
        "UPDATE draft SET content = '\\x04' WHERE pseudonym = sha256('8'::bytea)".to_owned(),
        format!("INSERT INTO draft VALUES ('{POLL}', sha256('new'::bytea), '\\x05', '2026-03-02')"),
    ] {
        db.execute_unprepared(&sql).await.unwrap();
    }
    let before = everything(&db).await;
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(everything(&db).await, before);
    assert_eq!(parts(&db, "draft").await, 1);
    db.execute_unprepared("DELETE FROM draft").await.unwrap();
    assert_eq!(rows_in(&db, "draft").await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let file = testing::SqliteFile::new();
    rows_of_answers_are_counted_after_the_upgrade(&file.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    rows_of_answers_are_counted_after_the_upgrade(&testing::postgres().await.unwrap()).await;
}
