//! The master key is replaced while the portal runs: nobody loses an account, a fact or an answer.

use crate::{
    portal::{self, MASTER},
    running::{command, said, write_config},
};
use chrono::{DateTime, Utc};
use migration::testing::SqliteFile;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _,
    Statement,
};
use serde_json::{Value, json};
use server::{
    accounts::{
        attributes::{Attribute, STATED},
        portal_key::{self, PortalKeyError},
        sign_in::Subjects,
    },
    clock::SystemClock,
    config::{Config, keys::Keys},
    entropy::SystemEntropy,
    store::{account, portal_key as table},
};
use std::sync::Arc;
use uuid::Uuid;
use veche::startup::{self, Assembly};

const NEW: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn with_keys(config: &Config, keys: Value) -> Config {
    let keys: Keys = serde_json::from_value(keys).unwrap();
    Config { keys, ..config.clone() }
}

async fn assembled(config: &Config) -> Result<Assembly, startup::StartupError> {
    let stores = startup::open_stores(config).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    startup::assemble(config, stores, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

async fn new_account(db: &DatabaseConnection, id: Uuid, subject: &[u8]) {
    let row = account::ActiveModel {
        id: Set(id),
        subject: Set(subject.to_vec()),
        provider: Set("https://id.example/".to_owned()),
        created_at: Set(DateTime::<Utc>::UNIX_EPOCH),
        last_sign_in_at: Set(DateTime::<Utc>::UNIX_EPOCH),
        language: Set(None),
        inbox_seen_at: Set(None),
        staff_code: Set(None),
    };
    account::Entity::insert(row).exec_without_returning(db).await.unwrap();
}

/// How the portal knows a person.
async fn anna(config: &Config) -> [u8; 32] {
    let db = startup::open_stores(config).await.unwrap().portal;
    let key = portal_key::load(&db, &config.keys.masters().unwrap(), &SystemEntropy).await;
    Subjects::new(&*key.unwrap()).of("https://id.example/", "anna").hash
}

#[tokio::test]
async fn what_the_old_key_wrapped_opens_under_the_new_one() {
    let files = [SqliteFile::new(), SqliteFile::new()];
    let old = portal::config(&files, &Value::Null);
    let both = with_keys(&old, json!({ "master": NEW, "previous": MASTER }));
    let new = with_keys(&old, json!({ "master": NEW }));

    let before = assembled(&old).await.unwrap();
    let subject = anna(&old).await;
    let person = Uuid::from_u128(7);
    new_account(&before.platform.db, person, &subject).await;
    let fact = Attribute {
        name: "birth_date".to_owned(),
        value: "1988-04-12".into(),
        source: STATED.to_owned(),
        verified: false,
        obtained_at: before.platform.now(),
    };
    before.attributes.save(&before.platform.db, person, &fact).await.unwrap();
    let value = async |config: &Config| {
        let all = assembled(config).await.unwrap().attributes.all(person).await.unwrap();
        all[0].value.clone()
    };

    assert!(assembled(&new).await.is_err(), "a server with a wrong key does not start");
    assert_eq!((anna(&both).await, value(&both).await), (subject, fact.value.clone()));
    let masters = both.keys.masters().unwrap();
    let db = &before.platform.db;
    assert!(portal_key::rewrap(db, &masters, &SystemEntropy).await.unwrap());
    assert!(!portal_key::rewrap(db, &masters, &SystemEntropy).await.unwrap(), "once is enough");
    assert_eq!((anna(&new).await, value(&new).await), (subject, fact.value));
    let gone = portal_key::load(db, &old.keys.masters().unwrap(), &SystemEntropy).await;
    assert!(matches!(gone, Err(PortalKeyError::Unreadable)), "the old key opens nothing");
}

/// Whoever has the master key that was replaced, and a copy of the database's files that was made later.
#[tokio::test]
async fn nothing_remains_in_the_files_of_what_the_old_key_wrapped() {
    let [portal, vault] = [(); 2].map(|()| migration::testing::postgres());
    let stores = json!({ "portal": portal.await.unwrap(), "vault": vault.await.unwrap() });
    let files = [SqliteFile::new(), SqliteFile::new()];
    let mut config = portal::config(&files, &Value::Null);
    config.stores = serde_json::from_value(stores).unwrap();
    let before = assembled(&config).await.unwrap();
    let db = &before.platform.db;
    let bytes = async |sql: &str| -> Vec<u8> {
        let asked = Statement::from_string(DbBackend::Postgres, sql);
        db.query_one_raw(asked).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    };
    let file = async || {
        db.execute_unprepared("CHECKPOINT").await.unwrap();
        bytes("SELECT pg_read_binary_file(pg_relation_filepath('portal_key'))").await
    };
    let contains = |all: &[u8], part: &[u8]| all.windows(part.len()).any(|at| at == part);
    let old = bytes("SELECT wrapped FROM portal_key").await;
    assert!(contains(&file().await, &old[24..]));
    let both = with_keys(&config, json!({ "master": NEW, "previous": MASTER }));
    let masters = both.keys.masters().unwrap();
    assert!(portal_key::rewrap(db, &masters, &SystemEntropy).await.unwrap());
    let new = bytes("SELECT wrapped FROM portal_key").await;
    let file = file().await;
    assert!(!contains(&file, &old[24..]) && contains(&file, &new[24..]));
}

/// Before there was a key of the portal, the master key was it.
#[tokio::test]
async fn a_store_from_before_keeps_its_people() {
    let files = [SqliteFile::new(), SqliteFile::new()];
    let old = portal::config(&files, &Value::Null);
    let stores = startup::open_stores(&old).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    let master = old.keys.master().unwrap();
    let subject = Subjects::new(&*master).of("https://id.example/", "anna").hash;
    new_account(&stores.portal, Uuid::from_u128(7), &subject).await;
    let both = with_keys(&old, json!({ "master": NEW, "previous": MASTER }));
    assert_eq!(anna(&both).await, subject, "even where the key is replaced at once");
    let new = with_keys(&old, json!({ "master": NEW }));
    assert_eq!(anna(&new).await, subject);
}

#[tokio::test]
async fn of_servers_that_start_together_one_makes_the_key() {
    let stores = json!({
        "portal": migration::testing::postgres().await.unwrap(),
        "vault": migration::testing::postgres().await.unwrap(),
    });
    let files = [SqliteFile::new(), SqliteFile::new()];
    let mut config = portal::config(&files, &Value::Null);
    config.stores = serde_json::from_value(stores).unwrap();
    let stores = startup::open_stores(&config).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    let (a, b, c, d) = tokio::join!(anna(&config), anna(&config), anna(&config), anna(&config));
    assert_eq!([b, c, d], [a; 3]);
    assert_eq!(table::Entity::find().all(&stores.portal).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_command_leads_through_it() {
    let folder = SqliteFile::new();
    let at = "127.0.0.1:8000".parse().unwrap();
    let keys = |keys: Value| write_config(&folder, at, &json!({ "keys": keys }));
    let config = keys(json!({}));
    let (done, words) = said(command(&config, &["migrate"]));
    assert!(done, "{words}");
    let (done, words) = said(command(&config, &["rotate-key"]));
    assert!(!done && words.contains("[keys] previous is not set"), "{words}");
    // With several servers one round is not enough.
    assert!(words.contains("four rounds") && words.contains("RUNBOOK.md, \"Keys\""), "{words}");
    assert!(include_str!("../../../operations/RUNBOOK.md").contains("\n## Keys\n"));
    let config = keys(json!({ "previous": MASTER }));
    let (done, words) = said(command(&config, &["rotate-key"]));
    assert!(!done && words.contains("must not be the same"), "{words}");

    // A portal that ran under the old key.
    let store = format!("sqlite:{}", folder.folder().join("portal.sqlite").display());
    let db = migration::connection::open(&store).await.unwrap();
    let old: Keys = serde_json::from_value(json!({ "master": MASTER })).unwrap();
    portal_key::load(&db, &old.masters().unwrap(), &SystemEntropy).await.unwrap();
    let config = keys(json!({ "master": NEW, "previous": MASTER }));
    let (done, words) = said(command(&config, &["rotate-key"]));
    assert!(done && words.contains("1 of the portal and 0 of polls wrapped anew"), "{words}");
    let (done, words) = said(command(&config, &["rotate-key"]));
    assert!(done && words.contains("0 of the portal and 0 of polls"), "{words}");

    let config = keys(json!({ "master": NEW }));
    let (_, words) = said(command(&config, &["doctor"]));
    assert!(words.contains("ok     portal's key"), "{words}");
    db.execute_unprepared("UPDATE portal_key SET wrapped = x'00'").await.unwrap();
    let (_, words) = said(command(&config, &["doctor"]));
    assert!(words.contains("wrong  portal's key"), "{words}");
}
