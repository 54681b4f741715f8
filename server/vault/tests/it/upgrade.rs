//! A store of an earlier schema, brought to the newest one, gives the same figures.

use crate::world::{POLL, day, questionnaire, rng};
use disclosure::{Parameters, Plan, protect};
use migration::{connection, testing, vault::Migrator};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement, Value};
use sea_orm_migration::MigratorTrait as _;
use uuid::Uuid;
use vault::{MasterKey, Vault};

/// With answers in rows of their own.
const BEFORE_COUNTED: u32 = 2;

async fn run(db: &DatabaseConnection, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.unwrap();
}

async fn rows_of_answers_are_counted_after_the_upgrade(url: &str) {
    let db = connection::open(url).await.unwrap();
    Migrator::up(&db, Some(BEFORE_COUNTED)).await.unwrap();
    let vault = Vault::new(db.clone(), MasterKey::from_bytes([1; 32]));
    vault.create_poll_key(POLL, &mut rng(0)).await.unwrap();
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
    let raw = vault.tables(POLL, &questionnaire(), &[], false).await.unwrap();
    let release = protect(raw, &Plan::default(), &Parameters::default());
    assert_eq!(release.responses(), Some(30));
    let headline = release.question("colour").unwrap().headline().unwrap();
    let counts: Vec<_> = headline.options().iter().map(disclosure::OptionCount::count).collect();
    assert_eq!((headline.exact(), headline.base(), counts), (true, 20, vec![20, 0, 0]));
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
