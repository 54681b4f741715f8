//! The demonstration: made once, through the same doors as real data; and the doctor.

use crate::{
    portal::TestPortal,
    running::{command, said},
};
use migration::testing::SqliteFile;
use ports::states::State;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _, Statement};
use secrecy::ExposeSecret as _;
use server::{
    accounts::issuers,
    clock::SystemClock,
    demo::{config as setup, seed},
    doctor,
    entropy::SystemEntropy,
    polls::record::Poll,
    statistics::release,
    store::{account, department, poll, staff_role},
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use veche::startup;

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_is_made_once_and_shows_every_state() {
    let folder = SqliteFile::new();
    let config = setup::config(folder.folder(), 8000, &SystemEntropy).unwrap();
    let stores = startup::open_stores(&config).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let assembly = startup::assemble(&config, stores, clock, entropy).await.unwrap();
    let (platform, vault) = (&assembly.platform, &assembly.vault);
    assert!(seed::seed(&config, platform, vault).await.unwrap());

    let rows = poll::Entity::find().all(&platform.db).await.unwrap();
    let polls: Vec<Poll> = rows.into_iter().map(|row| row.try_into().unwrap()).collect();
    let mut states = BTreeMap::new();
    for poll in &polls {
        *states.entry(poll.state).or_insert(0) += 1;
    }
    let expected = [
        (State::Draft, 1),
        (State::InReview, 1),
        (State::Scheduled, 1),
        (State::Open, 2),
        (State::Published, 2),
    ];
    assert_eq!(states, expected.into());

    let mut published: Vec<_> = polls.iter().filter(|p| p.state == State::Published).collect();
    published.sort_by_key(|poll| poll.published_at);
    let [before, published] = published[..] else { panic!("two are published") };
    assert_eq!(before.questionnaire.shared_with(&published.questionnaire), ["visits", "content"]);
    let release = release::load(&platform.db, published.id).await.unwrap().unwrap();
    assert!(release.tables.responses().unwrap() >= 300);
    for question in release.tables.questions() {
        let headline = question.headline().unwrap();
        assert!(headline.options().iter().all(|option| option.count() > 0), "{}", question.code());
        assert!(question.breakdowns().iter().all(|table| !table.rows().is_empty()));
    }
    assert!(published.outcome.is_some());
    for open in polls.iter().filter(|poll| poll.state == State::Open) {
        // The vault tells nobody how many.
        let id = open.id.simple();
        let count = format!("SELECT COUNT(*) AS n FROM response WHERE poll_id = x'{id}'");
        let count = Statement::from_string(DbBackend::Sqlite, count);
        let so_far = assembly.stores.vault.query_one_raw(count).await.unwrap().unwrap();
        assert!(so_far.try_get::<i64>("", "n").unwrap() >= 30);
    }

    let count = || async {
        (
            account::Entity::find().count(&platform.db).await.unwrap(),
            department::Entity::find().count(&platform.db).await.unwrap(),
            staff_role::Entity::find().count(&platform.db).await.unwrap(),
        )
    };
    let before = count().await;
    assert_eq!((before.1, before.2), (2, 8), "departments and roles");
    assert!(!seed::seed(&config, platform, vault).await.unwrap());
    assert_eq!(count().await, before);
}

#[test]
fn without_a_built_client_the_demonstration_says_where_it_looked_and_what_to_do() {
    let folder = SqliteFile::new();
    let here = folder.folder().canonicalize().unwrap();
    let elsewhere = here.join("elsewhere");
    for (named, looked_in) in [(None, here.join("dist")), (Some(&elsewhere), elsewhere.clone())] {
        let mut demo = command(Path::new("/nowhere/veche.toml"), &["demo"]);
        demo.current_dir(&here).envs(named.map(|pages| (setup::PAGES, pages)));
        let (done, text) = said(demo);
        assert!(!done, "{text}");
        for part in [looked_in.to_str().unwrap(), "`make run`", "`make client`", setup::PAGES] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!here.join("data/portal.sqlite").exists(), "nobody is invented before that");
    }
}

fn wrong(checks: &[doctor::Check]) -> Vec<&str> {
    checks.iter().filter(|check| check.wrong().is_some()).map(|check| check.what.as_str()).collect()
}

#[tokio::test]
async fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let folder = SqliteFile::new();
    let mut config = setup::config(folder.folder(), 8000, &SystemEntropy).unwrap();
    config.provider.issuer = "http://127.0.0.1:9/".parse().unwrap();
    config.server.pages = folder.folder().join("nothing");
    let examine = |config: &server::config::Config| {
        let config = config.clone();
        async move { doctor::examine(Ok(config), Arc::new(SystemClock)).await }
    };
    let checks = examine(&config).await;
    let stores = ["portal's database", "vault's database"];
    let world = ["identity provider", "built client"];
    assert_eq!(wrong(&checks), [stores, world].concat());
    let first = checks.iter().find(|check| check.what == stores[0]).unwrap();
    assert!(first.to_string().contains("run `veche migrate`"), "{first}");

    startup::migrate(&startup::open_stores(&config).await.unwrap()).await.unwrap();
    let pages = folder.folder().join("dist");
    std::fs::create_dir(&pages).unwrap();
    let index =
        r#"<link href="/pkg/a-0123456789abcdef.css"><script src="/pkg/a-0123456789abcdef.js">"#;
    std::fs::write(pages.join("index.html"), index).unwrap();
    config.server.pages = pages;
    let checks = examine(&config).await;
    assert_eq!(wrong(&checks), ["identity provider"]);
    assert!(checks.iter().any(|check| check.what == "master key"));
    assert!(checks[0].to_string().starts_with("ok "), "{}", checks[0]);

    config.portal.time_zone = "Moscow".to_owned();
    let checks = examine(&config).await;
    assert_eq!(wrong(&checks), ["portal.time_zone", "identity provider"]);
}

fn doubted(checks: &[doctor::Check], what: &str) -> Option<String> {
    let check = checks.iter().find(|check| check.what == what)?;
    if let doctor::Verdict::Doubtful(words) = &check.verdict { Some(words.clone()) } else { None }
}

#[tokio::test]
async fn the_doctor_doubts_what_people_are_not_told() {
    let folder = SqliteFile::new();
    let mut config = setup::config(folder.folder(), 8000, &SystemEntropy).unwrap();
    let keys = ["address", "officer", "legal_basis", "recipients", "authority"];
    let keys = keys.map(|key| format!("portal.{key}"));
    let checks = doctor::examine(Ok(config.clone()), Arc::new(SystemClock)).await;
    for key in &keys {
        assert_eq!(doubted(&checks, key), None, "the demonstration tells it");
    }
    let portal = &mut config.portal;
    for text in [
        &mut portal.address,
        &mut portal.officer,
        &mut portal.legal_basis,
        &mut portal.recipients,
        &mut portal.authority,
    ] {
        *text = questionnaire::Text::default();
    }
    let checks = doctor::examine(Ok(config), Arc::new(SystemClock)).await;
    for key in &keys {
        let words = doubted(&checks, key).unwrap_or_default();
        assert!(words.starts_with("people are not told"), "{key}: {words}");
    }
}

#[tokio::test]
async fn the_doctor_counts_the_accounts_of_another_issuer() {
    let portal = TestPortal::new().await;
    portal.account(&questionnaire::Facts::default()).await;
    let mut config = portal.config.clone();
    let checks = doctor::examine(Ok(config.clone()), Arc::new(SystemClock)).await;
    assert_eq!(doubted(&checks, "accounts"), None);
    let (db, issuer) = (&portal.platform.db, config.provider.issuer_id().to_owned());
    assert!(!issuers::another_at_first(db, &issuer).await.unwrap());
    config.provider.issuer = "http://127.0.0.1:9/elsewhere".parse().unwrap();
    let checks = doctor::examine(Ok(config.clone()), Arc::new(SystemClock)).await;
    let words = doubted(&checks, "accounts").unwrap_or_default();
    assert!(words.starts_with("1 are of another issuer"), "{words}");
    assert!(words.contains("new, empty account"), "{words}");
    assert!(issuers::another_at_first(db, config.provider.issuer_id()).await.unwrap());
}

#[tokio::test]
async fn the_doctor_finds_another_master_key() {
    let folder = SqliteFile::new();
    let config = setup::config(folder.folder(), 8000, &SystemEntropy).unwrap();
    let stores = startup::open_stores(&config).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let assembly = startup::assemble(&config, stores, clock.clone(), entropy).await.unwrap();
    let mut random = server::entropy::AsRng(&*assembly.platform.entropy);
    let poll = assembly.platform.uuid();
    assembly.vault.create_poll_key(poll, &mut random).await.unwrap();
    let key = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=\n";
    std::fs::write(folder.folder().join("master.key"), key).unwrap();
    let checks = doctor::examine(Ok(config), clock).await;
    assert!(wrong(&checks).contains(&"master key"), "{checks:?}");
}

#[tokio::test]
async fn the_doctor_finds_a_damaged_file() {
    let folder = SqliteFile::new();
    let config = setup::config(folder.folder(), 8000, &SystemEntropy).unwrap();
    let stores = startup::open_stores(&config).await.unwrap();
    startup::migrate(&stores).await.unwrap();
    stores.portal.close().await.unwrap();
    stores.vault.close().await.unwrap();
    let url = config.stores.vault.read().unwrap();
    let url = url.expose_secret();
    let file =
        url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    // The last page is some table's or index's.
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x5a);
    std::fs::write(file, bytes).unwrap();
    let checks = doctor::examine(Ok(config.clone()), Arc::new(SystemClock)).await;
    let vault = checks.iter().find(|check| check.what == "vault's database").unwrap();
    assert!(vault.wrong().is_some_and(|words| words.contains("damaged")), "{checks:?}");
    assert!(!wrong(&checks).contains(&"portal's database"), "{checks:?}");
}
