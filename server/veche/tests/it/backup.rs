//! A backup of a portal that is being used, and its way back into an empty place.

use crate::{
    portal::{self, Browser, MASTER, TestPortal, noon},
    running::{command, said, write_config},
};
use chrono::TimeDelta;
use migration::{connection, testing::SqliteFile, vault::Migrator};
use ports::states::State;
use questionnaire::{Answer, Answers, Facts, Questionnaire, audience::StoredFacts};
use sea_orm::EntityTrait as _;
use sea_orm_migration::MigratorTrait as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::{
    entropy::AsRng,
    operation::{
        backup::{self, BackupError, manifest::Manifest, restore},
        soundness,
    },
    polls::record::Poll,
    store::{account, poll, session},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::PathBuf,
};
use tower_sessions::Session;
use uuid::Uuid;
use vault::{Respondent, SESSION_ACCOUNT_KEY, Submission};

/// The newest schema of the vault in which its keys have no column `bare`.
const BEFORE_BARE: u32 = 10;

struct World {
    portal: TestPortal,
    folder: SqliteFile,
}

impl World {
    async fn new() -> Self {
        Self { portal: TestPortal::sqlite().await, folder: SqliteFile::new() }
    }

    fn to(&self) -> PathBuf {
        self.folder.folder().join("backup")
    }

    async fn poll(&self, title: &str) -> Uuid {
        self.poll_as(title, |_| {}).await
    }

    /// With what else is different in it.
    async fn poll_as(&self, title: &str, change: impl FnOnce(&mut Poll)) -> Uuid {
        self.portal
            .open_poll(|poll| {
                poll.title = questionnaire::Text::both(title, title);
                let questions = poll.questionnaire.questions.drain(..1).collect();
                poll.questionnaire = Questionnaire { questions };
                change(poll);
            })
            .await
    }

    async fn backup(&self) -> Result<Manifest, BackupError> {
        backup::backup(&self.portal.config, &self.to(), &*self.portal.clock).await
    }

    /// The portal as of the backup, somewhere else.
    async fn restore(&self) -> Result<TestPortal, BackupError> {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let config = portal::config(&files, &Value::Null);
        restore::place(&config, &self.to()).await?;
        Ok(TestPortal::over(files, config).await)
    }
}

/// So many people answer a poll of the one question `bus`, who have not before.
pub async fn people_answer(portal: &TestPortal, poll: Uuid, people: u32) {
    let poll = Poll::load(&portal.platform.db, poll).await.unwrap();
    let answers = Answers::from([("bus".to_owned(), Answer::Choice("yes".to_owned()))]);
    for _ in 0..people {
        let session = Session::new(None, portal.sessions.clone(), None);
        session.insert(SESSION_ACCOUNT_KEY, portal.platform.uuid()).await.unwrap();
        let respondent = Respondent::from_session(&session).await.unwrap().unwrap();
        let said = Submission::new(&poll.questionnaire, &answers, StoredFacts::default());
        let (today, mut random) = (portal.platform.today(), AsRng(&*portal.platform.entropy));
        portal.vault.submit(&respondent, poll.id, said, today, &mut random).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_before_a_backup_is_there_after_it() {
    let world = World::new().await;
    let poll = world.poll("Night buses").await;
    let mut people = Vec::new();
    for _ in 0..8 {
        let account = world.portal.account(&Facts::default()).await;
        let mut browser = world.portal.sign_in(account).await;
        world.portal.answer(&mut browser, poll).await;
        people.push(account);
    }
    // Others answer while it is made.
    let later = async {
        for _ in 0..8 {
            let account = world.portal.account(&Facts::default()).await;
            world.portal.answer(&mut world.portal.sign_in(account).await, poll).await;
        }
    };
    let (manifest, ()) = tokio::join!(world.backup(), later);
    let manifest = manifest.unwrap();
    let mode =
        |name: &str| fs::metadata(world.to().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("vault.sqlite")), (0o700, 0o600));
    for store in &manifest.stores {
        assert!(store.schema.iter().any(|name| name.contains("0001")), "{store:?}");
    }
    // Nothing of the key is in it.
    for entry in fs::read_dir(world.to()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|part| part == [42; 32]));
        assert!(!bytes.windows(16).any(|part| part == &MASTER.as_bytes()[..16]));
    }

    let restored = world.restore().await.unwrap();
    for account in people {
        let mut browser = restored.sign_in(account).await;
        restored.get(&mut browser, "/answers").await.is(200).shows("Night buses");
        restored.get(&mut browser, &format!("/answers/{poll}")).await.is(200).shows("Yes");
    }
}

/// It is brought to the newest schema once it is in its place, and not before.
#[tokio::test]
async fn a_backup_that_an_earlier_version_made_comes_back() {
    let world = World::new().await;
    let poll = world.poll("Night buses").await;
    let account = world.portal.account(&Facts::default()).await;
    world.portal.answer(&mut world.portal.sign_in(account).await, poll).await;
    // From before the newest column of the polls' keys.
    let url = world.portal.config.stores.vault.read().unwrap();
    let vault = connection::open(url.expose_secret()).await.unwrap();
    let since = u32::try_from(Migrator::migrations().len()).unwrap() - BEFORE_BARE;
    Migrator::down(&vault, Some(since)).await.unwrap();
    let manifest = world.backup().await.unwrap();
    let mut schema = manifest.stores.iter().flat_map(|store| &store.schema);
    assert!(!schema.any(|name| name.contains("bare")), "{manifest:?}");

    let restored = world.restore().await.unwrap();
    let mut browser = restored.sign_in(account).await;
    restored.get(&mut browser, &format!("/answers/{poll}")).await.is(200).shows("Yes");
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_told_as_damage() {
    let file = SqliteFile::new();
    let db = connection::open(&format!("{}?mode=rwc", file.url())).await.unwrap();
    assert_eq!(soundness::sqlite(&db).await.unwrap(), None);
    db.clone().close().await.unwrap();
    assert!(soundness::sqlite(&db).await.is_err());
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_damaged_or_foreign_is_put_anywhere() {
    let world = World::new().await;
    let poll = world.poll("Night buses").await;
    let account = world.portal.account(&Facts::default()).await;
    world.portal.answer(&mut world.portal.sign_in(account).await, poll).await;
    world.backup().await.unwrap();
    assert!(matches!(world.backup().await, Err(BackupError::Occupied(_))));
    let occupied = restore::place(&world.portal.config, &world.to()).await;
    assert!(matches!(occupied, Err(BackupError::Occupied(_))));

    let files = [SqliteFile::new(), SqliteFile::new()];
    let mut config = portal::config(&files, &Value::Null);
    config.keys =
        serde_json::from_value(json!({ "master": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }))
            .unwrap();
    let wrong = restore::place(&config, &world.to()).await;
    assert!(matches!(wrong, Err(BackupError::WrongKey)), "{wrong:?}");
    let empty = |file: &SqliteFile| fs::read_dir(file.folder()).unwrap().next().is_none();
    assert!(files.iter().all(empty));

    let vault = world.to().join("vault.sqlite");
    let mut bytes = fs::read(&vault).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&vault, bytes).unwrap();
    assert!(matches!(world.restore().await, Err(BackupError::Damaged(..))));
    fs::remove_file(world.to().join("manifest.json")).unwrap();
    assert!(matches!(world.restore().await, Err(BackupError::File(..))), "no backup");
}

#[tokio::test]
async fn what_a_backup_must_not_undo_is_done_anew() {
    let world = World::new().await;
    let (ended, open) = (world.poll("Night buses").await, world.poll("Day buses").await);
    for _ in 0..12 {
        let account = world.portal.account(&Facts::default()).await;
        world.portal.answer(&mut world.portal.sign_in(account).await, ended).await;
    }
    // Both are published, and their keys are kept.
    let now = noon(21);
    world.portal.clock.set(now);
    let tick = world.portal.scheduler.tick(now).await.unwrap();
    assert_eq!((tick.published, tick.failed), (2, 0));
    world.portal.sign_in(world.portal.account(&Facts::default()).await).await;
    world.backup().await.unwrap();

    let restored = world.restore().await.unwrap();
    let later = now + TimeDelta::days(31);
    restored.clock.set(later);
    assert!(!restored.vault.is_destroyed(ended).await.unwrap());
    let anew = restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    assert_eq!(anew.destroyed, 2);
    assert_eq!(anew.sessions, 1, "who was signed in signs in again");
    for poll in [ended, open] {
        assert!(restored.vault.is_destroyed(poll).await.unwrap(), "although no server has run");
    }
    let sessions = session::Entity::find().all(&restored.platform.db).await.unwrap();
    assert_eq!(sessions.len(), 0);
    let again = restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    assert_eq!((again.destroyed, again.sessions), (0, 0), "it can be repeated");
    let row = poll::Entity::find_by_id(ended).one(&restored.platform.db).await.unwrap().unwrap();
    assert_eq!(row.key_destroyed_at, Some(later), "and it is noted");
}

/// What was shown after a backup was of people whom the copy has, waiting, or does not have: neither
/// may be in another batch.
#[tokio::test]
async fn who_may_have_been_in_a_batch_since_a_backup_is_in_no_other() {
    let world = World::new().await;
    let to_open = async |day, state| {
        let change = |poll: &mut Poll| {
            poll.opens_at = Some(noon(day));
            poll.state = state;
        };
        world.poll_as("Day buses", change).await
    };
    let open = world.poll("Night buses").await;
    let since = to_open(2, State::Scheduled).await;
    let later = to_open(10, State::Scheduled).await;
    to_open(2, State::Draft).await;
    world.poll_as("Day buses", |poll| (poll.opens_at, poll.state) = (None, State::Draft)).await;
    people_answer(&world.portal, open, 60).await;
    world.backup().await.unwrap();
    let tick = world.portal.scheduler.tick(noon(2)).await.unwrap();
    assert_eq!((tick.opened, tick.batches, tick.failed), (1, 1, 0));
    people_answer(&world.portal, since, 60).await;
    assert_eq!(world.portal.scheduler.tick(noon(3)).await.unwrap().batches, 1);

    let restored = world.restore().await.unwrap();
    restored.clock.set(noon(4));
    let anew = restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    assert_eq!(anew.without_batches, 5, "also of what may have been approved or opened in time");
    let again = restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    assert_eq!(again.without_batches, 0, "it can be repeated");
    let tick = restored.scheduler.tick(noon(4)).await.unwrap();
    assert_eq!((tick.opened, tick.batches, tick.failed), (1, 0, 0));
    for poll in [open, since] {
        people_answer(&restored, poll, 60).await;
    }
    assert_eq!(restored.scheduler.tick(noon(5)).await.unwrap().batches, 0);
    for poll in [open, since] {
        let page = restored.get(&mut Browser::default(), &format!("/polls/{poll}")).await;
        // Nobody is told to wait for what does not come.
        page.is(200).shows("No interim totals are published of this poll");
        page.hides("The first batch is counted");
    }
    // Nobody knows whether somebody opened it before its time.
    assert_eq!(restored.scheduler.tick(noon(10)).await.unwrap().opened, 1);
    people_answer(&restored, later, 60).await;
    assert_eq!(restored.scheduler.tick(noon(11)).await.unwrap().batches, 0);
}

#[tokio::test]
async fn a_poll_that_opened_while_the_copy_was_made_opens() {
    let world = World::new().await;
    world.backup().await.unwrap();
    // The vault of before, the portal of after.
    let vault = fs::read(world.to().join("vault.sqlite")).unwrap();
    let poll = world.poll("Night buses").await;
    fs::remove_dir_all(world.to()).unwrap();
    world.backup().await.unwrap();
    fs::write(world.to().join("vault.sqlite"), vault).unwrap();
    let files = [SqliteFile::new(), SqliteFile::new()];
    let config = portal::config(&files, &Value::Null);
    for (file, name) in files.iter().zip(["portal", "vault"]) {
        let from = world.to().join(format!("{name}.sqlite"));
        fs::copy(from, file.folder().join("store.sqlite")).unwrap();
    }
    let restored = TestPortal::over(files, config).await;
    restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    let account = restored.account(&Facts::default()).await;
    restored.answer(&mut restored.sign_in(account).await, poll).await;
}

#[tokio::test]
async fn a_restore_that_was_cut_short_goes_on_and_nothing_starts_before() {
    let world = World::new().await;
    let poll = world.poll("Night buses").await;
    let account = world.portal.account(&Facts::default()).await;
    world.portal.answer(&mut world.portal.sign_in(account).await, poll).await;
    world.backup().await.unwrap();
    let files = [SqliteFile::new(), SqliteFile::new()];
    let config = portal::config(&files, &Value::Null);
    let [portal, vault] = [0, 1].map(|store: usize| files[store].folder().join("store.sqlite"));
    restore::ensure_finished(&config).unwrap();
    restore::place(&config, &world.to()).await.unwrap();
    // Killed between the two, and the one that is there stays as it is.
    fs::remove_file(&portal).unwrap();
    let there = fs::metadata(&vault).unwrap().modified().unwrap();
    let unfinished = restore::ensure_finished(&config);
    assert!(matches!(unfinished, Err(BackupError::Unfinished(_))), "{unfinished:?}");
    restore::place(&config, &world.to()).await.unwrap();
    assert_eq!(fs::metadata(&vault).unwrap().modified().unwrap(), there);
    // Not with what is of another time.
    let another = world.folder.folder().join("another");
    world.portal.clock.set(noon(2));
    backup::backup(&world.portal.config, &another, &*world.portal.clock).await.unwrap();
    let mixed = restore::place(&config, &another).await;
    assert!(matches!(mixed, Err(BackupError::Occupied(_))), "{mixed:?}");

    let restored = TestPortal::over(files, config.clone()).await;
    restore::place(&config, &world.to()).await.unwrap();
    let anew = restore::anew(&restored.platform, &restored.vault, &restored.life).await.unwrap();
    assert_eq!(anew.sessions, 1);
    restore::finish(&config).unwrap();
    restore::ensure_finished(&config).unwrap();
    let finished = restore::place(&config, &world.to()).await;
    assert!(matches!(finished, Err(BackupError::Occupied(_))), "{finished:?}");
    restored.get(&mut restored.sign_in(account).await, "/answers").await.shows("Night buses");
}

#[tokio::test]
async fn what_root_restores_is_the_services_and_it_serves_only_when_all_is_done() {
    let (from, to) = (SqliteFile::new(), SqliteFile::new());
    let at = "127.0.0.1:8000".parse().unwrap();
    let config = write_config(&from, at, &json!({}));
    let target = from.folder().join("backup").display().to_string();
    for arguments in [&["migrate"][..], &["backup", "--to", &target]] {
        let (done, words) = said(command(&config, arguments));
        assert!(done, "{words}");
    }
    let config = write_config(&to, at, &json!({}));
    let root = fs::metadata(&config).unwrap().uid() == 0;
    if root {
        chown(to.folder(), Some(12_345), Some(54_321)).unwrap();
    }
    // Begun, and killed at once.
    fs::write(to.folder().join("portal.sqlite.restoring"), "").unwrap();
    let elsewhere = to.folder().join("elsewhere").display().to_string();
    for arguments in [
        &["serve"][..],
        &["doctor"],
        &["migrate"],
        &["rotate-key"],
        &["after-restore"],
        &["backup", "--to", &elsewhere],
    ] {
        let (done, words) = said(command(&config, arguments));
        assert!(!done && words.contains("a restore was not finished here"), "{words}");
        // What that makes would be taken for restored.
        assert!(!words.contains("veche migrate"), "{words}");
    }
    for store in ["portal.sqlite", "vault.sqlite"] {
        assert!(!to.folder().join(store).exists(), "{store} was made");
    }
    let (done, words) = said(command(&config, &["restore", "--from", &target]));
    assert!(done, "{words}");
    let (_, words) = said(command(&config, &["doctor"]));
    assert!(!words.contains("not finished"), "{words}");
    let mut stores = Vec::new();
    for entry in fs::read_dir(to.folder()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.contains(".sqlite") {
            let file = entry.metadata().unwrap();
            let owner = (file.uid(), file.gid());
            assert!(!root || owner == (12_345, 54_321), "{name} is of {owner:?}");
            stores.push(name);
        }
    }
    assert!(
        ["portal.sqlite", "vault.sqlite"].iter().all(|&file| stores.iter().any(|it| it == file))
    );
    assert!(!stores.iter().any(|name| name.contains("restoring") || name.contains("half")));
}

/// An address is read everywhere as the driver reads it, which opens the store: where it is read in another
/// way, what was restored lies beside an empty store.
#[tokio::test]
async fn a_store_whose_address_is_encoded_is_backed_up_and_comes_back() {
    let named = |file: &SqliteFile, name: &str| {
        format!("sqlite://{}/the%20{name}%2520.sqlite?mode=rwc", file.folder().display())
    };
    let configured = |files: &[SqliteFile; 2]| {
        let mut config = portal::config(files, &Value::Null);
        let [portal, vault] = files;
        let stores = json!({ "portal": named(portal, "portal"), "vault": named(vault, "vault") });
        config.stores = serde_json::from_value(stores).unwrap();
        config
    };
    let files = [SqliteFile::new(), SqliteFile::new()];
    let config = configured(&files);
    let portal = TestPortal::over(files, config).await;
    let account = portal.account(&Facts::default()).await;
    let folder = SqliteFile::new();
    let to = folder.folder().join("backup");
    backup::backup(&portal.config, &to, &*portal.clock).await.unwrap();

    let files = [SqliteFile::new(), SqliteFile::new()];
    let config = configured(&files);
    restore::place(&config, &to).await.unwrap();
    for (file, name) in files.iter().zip(["the portal%20.sqlite", "the vault%20.sqlite"]) {
        assert!(file.folder().join(name).is_file(), "{name}");
    }
    let restored = TestPortal::over(files, config).await;
    let row = account::Entity::find_by_id(account).one(&restored.platform.db).await.unwrap();
    assert!(row.is_some(), "the portal opened another store than the one that came back");

    let folder = SqliteFile::new();
    let stores = json!({ "portal": named(&folder, "portal"), "vault": named(&folder, "vault") });
    let at = "127.0.0.1:8000".parse().unwrap();
    let config = write_config(&folder, at, &json!({ "stores": stores }));
    let (done, words) = said(command(&config, &["migrate"]));
    assert!(done, "{words}");
    let (_, words) = said(command(&config, &["doctor"]));
    for well in ["ok     portal's database", "ok     vault's database"] {
        assert!(words.contains(well), "{words}");
    }
}

#[tokio::test]
async fn the_commands_say_what_they_did() {
    let (from, to) = (SqliteFile::new(), SqliteFile::new());
    let at = "127.0.0.1:8000".parse().unwrap();
    let config = write_config(&from, at, &json!({}));
    let target = from.folder().join("backup").display().to_string();
    let (done, words) = said(command(&config, &["backup", "--to", &target]));
    assert!(!done && words.contains("there is no file"), "{words}");
    let (done, words) = said(command(&config, &["migrate"]));
    assert!(done, "{words}");
    let (done, words) = said(command(&config, &["backup", "--to", &target]));
    assert!(done && words.contains("master key is not in it"), "{words}");
    let (done, words) = said(command(&config, &["restore", "--from", &target]));
    assert!(!done && words.contains("nothing is overwritten"), "{words}");
    let elsewhere = write_config(&to, at, &json!({}));
    let (done, words) = said(command(&elsewhere, &["restore", "--from", &target]));
    assert!(done && words.contains("The stores are as of"), "{words}");
    let (_, words) = said(command(&elsewhere, &["doctor"]));
    for well in ["ok     portal's database", "ok     vault's database", "ok     master key"] {
        assert!(words.contains(well), "{words}");
    }
    let of = |store| format!("postgres://nobody@127.0.0.1:9/{store}");
    let postgres = json!({ "stores": { "portal": of("portal"), "vault": of("vault") } });
    let config = write_config(&to, at, &postgres);
    let (done, words) = said(command(&config, &["backup", "--to", &target]));
    assert!(!done && words.contains("/usr/share/doc/veche/postgresql/README.md"), "{words}");
}
