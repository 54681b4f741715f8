//! Departments, roles and the log of what staff did.

use crate::portal::{Browser, TestPortal, noon};
use chrono::{TimeDelta, TimeZone as _, Utc};
use migration::{connection, testing};
use ports::{
    Administration as _,
    actions::Action,
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    roles::{Grant, Role},
    views::staff::LogFilter,
};
use questionnaire::{Facts, Language, Text};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, Statement, TransactionTrait as _, sea_query::Expr,
};
use sea_orm_migration::MigratorTrait as _;
use serde_json::{Value, json};
use server::{
    accounts::{
        attributes::{Attribute, Attributes},
        deletion,
        sign_in::{self, SignIn, Subjects},
    },
    clock::{ManualClock, Zone},
    entropy::SystemEntropy,
    platform::Platform,
    staff::{self, AdministrationPort, deeds, departments, log, roles},
    store::{account, api_token, department, staff_log, staff_role},
};
use std::{sync::Arc, time::Duration};
use tower_sessions::Session;
use uuid::Uuid;

/// Cells of the log.
const GIVEN: &str = "<td class=\"govuk-table__cell\">Gave a role";
const EXPORTED: &str = "<td class=\"govuk-table__cell\">Exported statistics";

/// The portal's store alone, on either engine.
struct Store {
    platform: Platform,
    _file: Option<testing::SqliteFile>,
}

impl Store {
    async fn on_sqlite() -> Self {
        let file = testing::SqliteFile::new();
        Self::new(&file.url(), Some(file)).await
    }

    async fn on_postgres() -> Self {
        Self::new(&testing::postgres().await.unwrap(), None).await
    }

    async fn new(url: &str, file: Option<testing::SqliteFile>) -> Self {
        let db = connection::open(url).await.unwrap();
        migration::portal::Migrator::up(&db, None).await.unwrap();
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let platform = Platform {
            clock: Arc::new(ManualClock::new(now)),
            entropy: Arc::new(SystemEntropy),
            zone: Zone(chrono_tz::UTC),
            writer: connection::writer(&db),
            db,
            replica: None,
        };
        Self { platform, _file: file }
    }

    async fn account(&self) -> Uuid {
        let id = self.platform.uuid();
        let now = self.platform.now();
        let row = account::ActiveModel {
            id: sea_orm::Set(id),
            subject: sea_orm::Set(id.as_bytes().to_vec()),
            provider: sea_orm::Set("http://127.0.0.1:9".to_owned()),
            created_at: sea_orm::Set(now),
            last_sign_in_at: sea_orm::Set(now),
            language: sea_orm::Set(None),
            inbox_seen_at: sea_orm::Set(None),
            staff_code: sea_orm::Set(None),
        };
        account::Entity::insert(row).exec_without_returning(&self.platform.db).await.unwrap();
        id
    }

    async fn give(&self, account: Uuid, role: Role, department: Option<Uuid>) -> bool {
        let db = &self.platform.db;
        roles::give(db, &self.platform, None, account, role, department).await.unwrap()
    }

    /// The only grant of an account.
    async fn grant(&self, account: Uuid) -> Uuid {
        let rows = staff_role::Entity::find().all(&self.platform.db).await.unwrap();
        rows.into_iter().find(|row| row.account_id == account).unwrap().id
    }

    /// Somebody signs in whom the configuration names, or does not.
    async fn sign_in(&self, subject: &str, administrator: bool) -> Uuid {
        let issuer = "http://127.0.0.1:9";
        let sign_in = SignIn {
            subject: Subjects::new(b"key").of(issuer, subject),
            issuer,
            administrator,
            granted: &[],
            released: &[],
            consent_days: 1,
        };
        let attributes = Attributes::new(self.platform.clone(), &[7; 32]);
        sign_in::record(&self.platform, &attributes, &sign_in).await.unwrap()
    }

    async fn is_administrator(&self, account: Uuid) -> bool {
        let grants = roles::grants(&self.platform.db, account).await.unwrap();
        grants.contains(&Grant { role: Role::Administrator, department: None })
    }

    async fn delete(&self, account: Uuid) {
        account::Entity::delete_by_id(account).exec(&self.platform.db).await.unwrap();
    }

    /// The person deletes the account.
    async fn leave(&self, account: Uuid) -> Result<bool, Fault> {
        let row = account::Entity::find_by_id(account).one(&self.platform.db).await.unwrap();
        deletion::delete_as(&self.platform, &row.unwrap()).await.unwrap()
    }

    async fn log(&self) -> Vec<staff_log::Model> {
        staff_log::Entity::find().all(&self.platform.db).await.unwrap()
    }
}

/// Makes one test of each function for each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Store::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Store::on_postgres().await).await;
            })+
        }
    };
}

on_both_engines!(
    the_database_refuses_to_change_the_log,
    the_last_administrator_stays,
    two_administrators_cannot_remove_each_other,
    what_an_administrator_took_the_configuration_does_not_give_back,
    a_role_is_held_once,
    a_staff_code_is_made_once,
    what_is_rolled_back_leaves_no_line,
    no_two_departments_have_the_same_name_and_region,
    nothing_is_given_to_a_department_that_is_gone,
    what_was_decided_has_changed_where_the_log_says_so,
    the_records_say_of_whom_they_speak,
    roles_that_go_with_their_account_are_written_down,
    the_last_administrator_does_not_leave,
);

async fn the_database_refuses_to_change_the_log(store: Store) {
    let platform = &store.platform;
    let entry = log::Entry {
        action: Action::PollOpened,
        actor: None,
        department: None,
        object: None,
        details: Value::Null,
    };
    log::record(&platform.db, platform, entry).await.unwrap();
    for statement in ["UPDATE staff_log SET action = 'nothing'", "DELETE FROM staff_log"] {
        let error = platform.db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    let lines = store.log().await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].action, "poll_opened");
}

async fn the_records_say_of_whom_they_speak(store: Store) {
    let (platform, db) = (&store.platform, &store.platform.db);
    let (actor, member, nobody) =
        (store.account().await, store.account().await, store.account().await);
    roles::give(db, platform, Some(actor), member, Role::Auditor, None).await.unwrap();
    roles::take(platform, actor, store.grant(member).await).await.unwrap().unwrap();
    for (account, lines) in [(actor, 2), (member, 2), (nobody, 0)] {
        assert_eq!(deeds::any(db, account).await.unwrap(), lines > 0);
        let deeds = serde_json::to_value(deeds::of(platform, account).await.unwrap()).unwrap();
        assert_eq!(deeds["log"].as_array().unwrap().len(), lines, "{deeds}");
    }
}

async fn the_last_administrator_stays(store: Store) {
    let (alexei, olga) = (store.account().await, store.account().await);
    store.give(alexei, Role::Administrator, None).await;
    store.give(olga, Role::Reviewer, None).await;
    let grant = store.grant(alexei).await;
    let refused = roles::take(&store.platform, alexei, grant).await.unwrap();
    assert_eq!(refused, Err(Fault::LastAdministrator));
    // Another role can be taken, and taking it twice finds nothing.
    let grant = store.grant(olga).await;
    assert_eq!(roles::take(&store.platform, alexei, grant).await.unwrap(), Ok(None));
    let again = roles::take(&store.platform, alexei, grant).await;
    assert_eq!(again, Err(Failure::NotFound));
}

async fn two_administrators_cannot_remove_each_other(store: Store) {
    let (alexei, olga) = (store.account().await, store.account().await);
    store.give(alexei, Role::Administrator, None).await;
    store.give(olga, Role::Administrator, None).await;
    let (first, second) = (store.grant(alexei).await, store.grant(olga).await);
    let (one, other) = tokio::join!(
        roles::take(&store.platform, olga, first),
        roles::take(&store.platform, alexei, second),
    );
    let removed = [one.unwrap(), other.unwrap()].iter().filter(|taken| taken.is_ok()).count();
    assert_eq!(removed, 1);
    let left = staff_role::Entity::find().count(&store.platform.db).await.unwrap();
    assert_eq!(left, 1);
}

async fn what_an_administrator_took_the_configuration_does_not_give_back(store: Store) {
    let olga = store.sign_in("olga", false).await;
    store.give(olga, Role::Administrator, None).await;
    // Somebody is named who was here before, and of whom another role was taken.
    let alexei = store.sign_in("alexei", false).await;
    store.give(alexei, Role::Reviewer, None).await;
    let take = async || {
        let grant = store.grant(alexei).await;
        roles::take(&store.platform, olga, grant).await.unwrap().unwrap();
    };
    take().await;
    assert!(!store.is_administrator(alexei).await);
    for _ in 0..2 {
        assert_eq!(store.sign_in("alexei", true).await, alexei);
        assert!(store.is_administrator(alexei).await);
    }

    take().await;
    let lines = store.log().await.len();
    store.sign_in("alexei", true).await;
    assert!(!store.is_administrator(alexei).await);
    store.delete(alexei).await;
    assert_eq!(store.sign_in("alexei", true).await, alexei);
    assert!(!store.is_administrator(alexei).await, "nor after the account was deleted");
    assert_eq!(store.log().await.len(), lines);

    // Another administrator can, and so can the configuration where there is none.
    assert!(store.give(alexei, Role::Administrator, None).await);
    take().await;
    store.delete(olga).await;
    store.sign_in("alexei", true).await;
    assert!(store.is_administrator(alexei).await);
}

async fn roles_that_go_with_their_account_are_written_down(store: Store) {
    let olga = store.sign_in("olga", true).await;
    let alexei = store.sign_in("alexei", true).await;
    store.give(alexei, Role::Auditor, None).await;
    assert_eq!(store.leave(alexei).await, Ok(true));
    let log = store.log().await;
    let taken: Vec<_> = log.iter().filter(|line| line.action == Action::RoleTaken.code()).collect();
    let mut roles: Vec<_> = taken.iter().map(|line| line.details["role"].as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, [Some("administrator"), Some("auditor")]);
    for line in taken {
        assert_eq!(line.actor_id, Some(alexei));
        assert_eq!(line.object, Some(alexei.to_string()));
    }
    // Nobody took it: whoever comes again and is named still is one.
    assert_eq!(store.sign_in("alexei", true).await, alexei);
    assert!(store.is_administrator(alexei).await && store.is_administrator(olga).await);
    // A citizen leaves no line.
    let (citizen, lines) = (store.account().await, store.log().await.len());
    assert_eq!(store.leave(citizen).await, Ok(true));
    assert_eq!(store.log().await.len(), lines);
}

async fn the_last_administrator_does_not_leave(store: Store) {
    let (alexei, olga) = (store.account().await, store.account().await);
    store.give(alexei, Role::Administrator, None).await;
    assert_eq!(store.leave(alexei).await, Err(Fault::LastAdministrator));
    assert!(store.is_administrator(alexei).await);
    // Of two who leave at the same moment one stays.
    store.give(olga, Role::Administrator, None).await;
    let (one, other) = tokio::join!(store.leave(alexei), store.leave(olga));
    let left = [&one, &other].into_iter().filter(|left| left.is_ok()).count();
    assert_eq!(left, 1, "{one:?} {other:?}");
    assert_eq!(staff_role::Entity::find().count(&store.platform.db).await.unwrap(), 1);
}

async fn a_role_is_held_once(store: Store) {
    let olga = store.account().await;
    let name = Text::both("T", "Т");
    let transport = departments::create(&store.platform, None, &name, None).await.unwrap().unwrap();
    assert!(store.give(olga, Role::Reviewer, None).await);
    assert!(!store.give(olga, Role::Reviewer, None).await);
    assert!(store.give(olga, Role::Initiator, Some(transport)).await);
    assert!(!store.give(olga, Role::Initiator, Some(transport)).await);
    let grants = roles::grants(&store.platform.db, olga).await.unwrap();
    assert_eq!(grants.len(), 2);
    // A role of a department is none of the whole portal, and the other way round.
    let db = &store.platform.db;
    for (role, place) in [(Role::Initiator, None), (Role::Auditor, Some(transport))] {
        let refused = roles::give(db, &store.platform, None, olga, role, place).await;
        assert_eq!(refused, Err(Failure::Invalid));
    }
}

async fn a_staff_code_is_made_once(store: Store) {
    let (alexei, olga) = (store.account().await, store.account().await);
    let code = roles::staff_code(&store.platform, olga).await.unwrap();
    assert_eq!(code.len(), 11);
    assert_eq!(roles::staff_code(&store.platform, olga).await.unwrap(), code);
    assert_ne!(roles::staff_code(&store.platform, alexei).await.unwrap(), code);
    let typed = code.to_lowercase().replace('-', " ");
    let appoint = async |code: &str| {
        roles::appoint(&store.platform, alexei, None, code, Role::Auditor).await.unwrap()
    };
    assert_eq!(appoint("AAAAA-AAAAA").await, Err(Fault::UnknownCode));
    assert_eq!(appoint(&typed).await, Ok(()));
    assert_eq!(appoint(&typed).await, Err(Fault::HasRole));
}

async fn what_is_rolled_back_leaves_no_line(store: Store) {
    let alexei = store.account().await;
    let nowhere = store.platform.uuid();
    let name = Text::both("T", "Т");
    let refused = departments::change(&store.platform, alexei, nowhere, "", &name, None).await;
    assert_eq!(refused, Err(Failure::NotFound));
    let unknown = roles::appoint(&store.platform, alexei, None, "AAAAA-AAAAA", Role::Auditor);
    assert_eq!(unknown.await.unwrap(), Err(Fault::UnknownCode));
    assert!(store.log().await.is_empty());
}

async fn no_two_departments_have_the_same_name_and_region(store: Store) {
    let platform = &store.platform;
    let name = Text::both("Parks", "Парки");
    let create = |name: Text, region: Option<&str>| {
        let region = region.map(str::to_owned);
        async move { departments::create(platform, None, &name, region).await.unwrap() }
    };
    let first = create(name.clone(), None).await.unwrap();
    let north = create(name.clone(), Some("north")).await.unwrap();
    create(Text::both("Gardens", "Сады"), None).await.unwrap();
    let lines = store.log().await.len();
    // One language is enough: on its pages they would be the same.
    for (taken, language) in [
        (name.clone(), Language::En),
        (Text::both("Parks", "Аллеи"), Language::En),
        (Text::both("Woods", "Сады"), Language::Ru),
    ] {
        assert_eq!(create(taken, None).await, Err(language));
    }
    // Also where two add it at the same moment.
    let twice = || create(Text::both("Trams", "Трамваи"), None);
    let (one, other) = tokio::join!(twice(), twice());
    assert_eq!([&one, &other].iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(store.log().await.len(), lines + 1);

    let seen = departments::find(&platform.db, north).await.unwrap().seen();
    let alexei = store.account().await;
    let change = |region: Option<&str>| {
        let (name, seen, region) = (name.clone(), seen.clone(), region.map(str::to_owned));
        async move { departments::change(platform, alexei, north, &seen, &name, region).await }
    };
    assert_eq!(change(None).await, Ok(Err(Language::En)));
    assert_eq!(change(Some("north")).await, Ok(Ok(())), "it is as it was");
    assert_eq!(change(Some("south")).await, Ok(Ok(())));
    assert!(create(name.clone(), Some("north")).await.is_ok(), "the place is free again");
    assert_ne!(first, north);
}

async fn nothing_is_given_to_a_department_that_is_gone(store: Store) {
    let (platform, alexei) = (&store.platform, store.account().await);
    let code = roles::staff_code(platform, store.account().await).await.unwrap();
    let create = async |name: &str| {
        let name = Text::both(name, name);
        departments::create(platform, None, &name, None).await.unwrap().unwrap()
    };
    let appoint = |to| roles::appoint(platform, alexei, Some(to), &code, Role::Initiator);
    let gone = create("Gone").await;
    departments::delete(platform, alexei, gone).await.unwrap().unwrap();
    assert_eq!(department::lock(&platform.db, gone).await, Err(Failure::NotFound));
    assert_eq!(appoint(gone).await, Err(Failure::NotFound));
    // Also while it is being deleted.
    let going = create("Going").await;
    let tx = platform.begin().await.unwrap();
    department::Entity::delete_by_id(going).exec(&tx).await.unwrap();
    let end = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        tx.commit().await.unwrap();
    };
    let (given, ()) = tokio::join!(appoint(going), end);
    assert_eq!(given, Err(Failure::NotFound));
}

async fn what_was_decided_has_changed_where_the_log_says_so(store: Store) {
    let (platform, now) = (&store.platform, store.platform.now());
    let (written, removed) = (Action::OutcomeWritten, Action::OutcomeRemoved);
    let again = || json!({ "again": true });
    for (lines, days) in [
        (vec![(removed, Value::Null)], vec![]),
        // As a version before wrote them whenever somebody saved, be it the same words.
        (vec![(written, Value::Null), (written, Value::Null)], vec![0]),
        (vec![(written, Value::Null), (written, again()), (written, again())], vec![0, 1, 2]),
        (vec![(written, Value::Null), (removed, Value::Null), (written, Value::Null)], vec![0, 2]),
    ] {
        let poll = platform.uuid();
        for (day, (action, details)) in (0..).zip(lines) {
            let clock = Arc::new(ManualClock::new(now + TimeDelta::days(day)));
            let platform = Platform { clock, ..platform.clone() };
            let (actor, department, object) = (None, None, Some(poll));
            let entry = log::Entry { action, actor, department, object, details };
            log::record(&platform.db, &platform, entry).await.unwrap();
        }
        let told = staff::reading::outcome_written(&platform.db, poll).await.unwrap();
        let moments: Vec<_> = days.into_iter().map(|day| now + TimeDelta::days(day)).collect();
        assert_eq!(told, moments);
    }
}

/// A person with these roles, signed in.
async fn person(portal: &TestPortal, grants: &[(Role, Option<Uuid>)]) -> (Uuid, Browser) {
    let account = portal.account(&Facts::default()).await;
    for (role, department) in grants {
        let db = &portal.platform.db;
        roles::give(db, &portal.platform, None, account, *role, *department).await.unwrap();
    }
    (account, portal.sign_in(account).await)
}

/// The portal's department, made when it is first asked for.
async fn buses(portal: &TestPortal) -> Uuid {
    let known = department::Entity::find().one(&portal.platform.db).await.unwrap();
    if let Some(department) = known { department.id } else { portal.department().await }
}

async fn lines(portal: &TestPortal) -> u64 {
    staff_log::Entity::find().count(&portal.platform.db).await.unwrap()
}

#[tokio::test]
async fn pages_are_for_those_with_the_role() {
    let portal = TestPortal::new().await;
    let buses = buses(&portal).await;
    let department = format!("/staff/admin/{buses}");
    let mut stranger = Browser::default();
    let (_, mut citizen) = person(&portal, &[]).await;
    let (_, mut initiator) = person(&portal, &[(Role::Initiator, Some(buses))]).await;
    let (_, mut reviewer) = person(&portal, &[(Role::Reviewer, None)]).await;
    let (_, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    let (_, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;

    let admin_pages = ["/staff/admin", department.as_str()];
    for page in ["/staff", "/staff/audit"].into_iter().chain(admin_pages) {
        let answer = portal.get(&mut stranger, page).await;
        assert!(answer.to.starts_with("/sign-in?return=%2Fstaff"), "{page}: {:?}", answer.to);
        portal.get(&mut citizen, page).await.is(403);
    }
    for page in admin_pages {
        portal.get(&mut admin, page).await.is(200);
        for other in [&mut initiator, &mut reviewer, &mut auditor] {
            portal.get(other, page).await.is(403);
        }
    }
    portal.get(&mut auditor, "/staff/audit").await.is(200);
    for other in [&mut initiator, &mut reviewer, &mut admin] {
        portal.get(other, "/staff/audit").await.is(403);
        portal.get(other, "/staff").await.is(200);
    }
    for nowhere in [Uuid::nil().to_string(), "nothing".to_owned()] {
        portal.get(&mut admin, &format!("/staff/admin/{nowhere}")).await.is(404);
    }
}

#[tokio::test]
async fn forms_of_the_administration_change_nothing_without_the_role() {
    let portal = TestPortal::new().await;
    let buses = buses(&portal).await;
    let (chief, _) = person(&portal, &[(Role::Administrator, None)]).await;
    let code = roles::staff_code(&portal.platform, chief).await.unwrap();
    let grant = staff_role::Entity::find().one(&portal.platform.db).await.unwrap().unwrap().id;
    let everything_else =
        [(Role::Initiator, Some(buses)), (Role::Reviewer, None), (Role::Auditor, None)];
    let (_, mut other) = person(&portal, &everything_else).await;
    let (_, mut citizen) = person(&portal, &[]).await;
    let before = lines(&portal).await;
    let grants = staff_role::Entity::find().count(&portal.platform.db).await.unwrap();

    let (id, grant, gone) = (buses.to_string(), grant.to_string(), Uuid::nil().to_string());
    let names = [("name_en", "A"), ("name_ru", "А"), ("department", id.as_str())];
    let forms: [(&str, &[(&str, &str)]); 7] = [
        ("create-department", &names),
        ("change-department", &names),
        ("delete-department", &names),
        ("appoint", &[("code", &code), ("role", "auditor")]),
        ("appoint", &[("department", &id), ("code", &code), ("role", "initiator")]),
        ("remove", &[("grant", &grant)]),
        ("remove", &[("grant", &gone)]),
    ];
    for (endpoint, form) in forms {
        let path = format!("/api/staff/{endpoint}");
        let mut stranger = Browser::default();
        let answer = portal.post(&mut stranger, &path, form).await;
        assert!(answer.to.starts_with("/sign-in?return=%2Fstaff"), "{path}: {:?}", answer.to);
        for browser in [&mut citizen, &mut other] {
            let answer = portal.post(browser, &path, form).await;
            assert!(answer.to.starts_with("/staff/admin"), "{path}: {:?}", answer.to);
            // Said once, by the page itself.
            let page = portal.get(browser, &answer.to).await;
            assert_eq!(page.is(403).body.matches("You cannot open this page").count(), 2, "{path}");
            portal.get(browser, "/").await.hides("You cannot open this page");
        }
    }
    assert_eq!(lines(&portal).await, before);
    assert_eq!(department::Entity::find().count(&portal.platform.db).await.unwrap(), 1);
    assert_eq!(staff_role::Entity::find().count(&portal.platform.db).await.unwrap(), grants);
}

#[tokio::test]
async fn a_role_counts_from_the_next_page_and_ends_with_it() {
    let portal = TestPortal::new().await;
    let (_, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let (olga, mut browser) = person(&portal, &[]).await;
    portal.get(&mut browser, "/staff").await.is(403);

    // A department, with what was typed kept when it is refused.
    let typed = [("name_en", "Department of trams"), ("name_ru", ""), ("region", "west")];
    let refused = portal.post(&mut admin, "/api/staff/create-department", &typed).await;
    refused.leads("/staff/admin?again");
    let page = portal.get(&mut admin, "/staff/admin?again").await;
    page.is(422).shows("Department of trams").shows("Name in Russian: fill in this field");
    page.shows("choose from the options shown");
    let typed = [
        ("name_en", "Department of trams"),
        ("name_ru", "Департамент трамваев"),
        ("region", "north"),
    ];
    let made = portal.post(&mut admin, "/api/staff/create-department", &typed).await;
    let trams = made.to.strip_prefix("/staff/admin/").unwrap().to_owned();
    portal.get(&mut admin, &made.to).await.is(200).shows("Department of trams");
    let twice = portal.post(&mut admin, "/api/staff/create-department", &typed).await;
    twice.leads("/staff/admin?again");
    let page = portal.get(&mut admin, &twice.to).await;
    page.is(422).shows("Name in English: there is a department with this name and region already");
    let in_russian = [("name_en", "Tram office"), typed[1], typed[2]];
    let taken = portal.post(&mut admin, "/api/staff/create-department", &in_russian).await;
    taken.leads("/staff/admin?again");
    let page = portal.get(&mut admin, &taken.to).await;
    page.is(422).shows("Name in Russian: there is a department").hides("Name in English: ");

    // The citizen makes a code, the administrator types it.
    portal.post(&mut browser, "/api/account/staff-code", &[]).await.leads("/account/settings");
    let code = roles::staff_code(&portal.platform, olga).await.unwrap();
    portal.get(&mut browser, "/account/settings").await.is(200).shows(&code);
    let wrong = [("department", trams.as_str()), ("code", "0"), ("role", "administrator")];
    let refused = portal.post(&mut admin, "/api/staff/appoint", &wrong).await;
    refused.leads(&format!("/staff/admin/{trams}?again"));
    portal.get(&mut admin, &refused.to).await.is(422).shows("choose from the options shown");
    let right = [("department", trams.as_str()), ("code", code.as_str()), ("role", "initiator")];
    let given = portal.post(&mut admin, "/api/staff/appoint", &right).await;
    given.leads(&format!("/staff/admin/{trams}"));
    portal.get(&mut admin, &given.to).await.is(200).shows(&code).shows("Name not shared");

    let desk = portal.get(&mut browser, "/staff").await;
    desk.is(200).shows("Department of trams").hides("Departments and roles");
    portal.get(&mut browser, "/notices").await.is(200).shows("You were given a role: Initiator");
    portal.get(&mut browser, "/account/access").await.is(200).shows("You were given a role");

    let rows = staff_role::Entity::find().all(&portal.platform.db).await.unwrap();
    let grant = rows.iter().find(|row| row.account_id == olga).unwrap().id.to_string();
    // It is asked once more, of whom and of what.
    let asked = format!("/staff/admin/roles/{grant}");
    portal.get(&mut admin, &given.to).await.shows(&format!("href=\"{asked}\""));
    portal.get(&mut browser, &asked).await.is(403);
    let page = portal.get(&mut admin, &asked).await;
    page.is(200).shows("Initiator (Department of trams)").shows(&code).hides("your own role");
    let title = page.body.split("</title>").next().unwrap();
    assert!(title.contains("<title>Take this role away? – ") && title.contains(&code), "{title}");
    let (grant, place) = (page.hidden("grant"), page.hidden("department"));
    let form = [("grant", grant.as_str()), ("department", place.as_str())];
    // Pressed twice, it is done all the same.
    for _ in 0..2 {
        let removed = portal.post(&mut admin, "/api/staff/remove", &form).await;
        removed.leads(&format!("/staff/admin/{trams}"));
    }
    let page = portal.get(&mut admin, &given.to).await;
    page.is(200).shows("The role was taken away").hides("Page not found");
    portal.get(&mut browser, "/staff").await.is(403);
    let page = portal.get(&mut admin, &asked).await;
    page.is(404).shows("<p class=\"govuk-body\"><a href=\"/staff/admin\"");
}

#[tokio::test]
async fn administrators_do_not_write_over_words_that_they_have_not_seen() {
    let portal = TestPortal::new().await;
    let (alexei, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let (_, mut other) = person(&portal, &[(Role::Administrator, None)]).await;
    let name = Text::both("Trams", "Трамваи");
    let id = departments::create(&portal.platform, None, &name, None).await.unwrap().unwrap();
    let (page, id) = (format!("/staff/admin/{id}"), id.to_string());
    let form = "/api/staff/change-department";
    let seen = async |browser: &mut Browser| {
        portal.get(browser, &page).await.hidden("seen").replace("&quot;", "\"")
    };
    let first = seen(&mut admin).await;
    let fields = |seen, name, region| {
        [
            ("department", &*id),
            ("seen", seen),
            ("name_en", name),
            ("name_ru", "Пути"),
            ("region", region),
        ]
    };
    portal.post(&mut other, form, &fields(&first, "Tracks", "north")).await.leads(&page);

    // What was typed meanwhile waits, beside what it would be written over.
    let late = portal.post(&mut admin, form, &fields(&first, "Rails", "")).await;
    late.leads(&format!("{page}?again"));
    let late = portal.get(&mut admin, &late.to).await;
    late.is(200).shows("Somebody changed this in the meantime").shows("value=\"Rails\"");
    late.shows("As it is stored now").shows("<li lang=\"en\">Tracks<").shows("<li>The North<");
    let second = seen(&mut admin).await;
    portal.post(&mut admin, form, &fields(&second, "Rails", "")).await.leads(&page);
    portal.get(&mut other, &page).await.is(200).shows("Rails").hides("As it is stored now");

    // Nor is it lost where the session ended meanwhile.
    let third = seen(&mut admin).await;
    portal.clock.set(noon(2));
    let signed_out = portal.post(&mut admin, form, &fields(&third, "Tramways", "south")).await;
    signed_out.is(303);
    assert!(signed_out.to.starts_with("/sign-in?return="), "{}", signed_out.to);
    portal.sign_in_again(&mut admin, alexei).await;
    let again = portal.get(&mut admin, &format!("{page}?again")).await;
    again.is(200).shows("value=\"Tramways\"");
}

#[tokio::test]
async fn a_department_goes_only_while_nothing_belongs_to_it() {
    const FORM: &str = "/api/staff/delete-department";
    const STAYS: &str = "Polls, roles or valid tokens belong to this department, so it stays";
    let portal = TestPortal::new().await;
    let (_, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let (_, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    let refused = async |browser: &mut Browser, department: Uuid| {
        let field = department.to_string();
        let to = portal.post(browser, FORM, &[("department", &field)]).await;
        to.leads(&format!("/staff/admin/{department}?again"));
        portal.get(browser, &to.to).await.is(422).shows(STAYS);
    };
    portal.open_poll(|_| {}).await;
    refused(&mut admin, buses(&portal).await).await;

    let name = Text::both("Trams", "Трамваи");
    let trams = departments::create(&portal.platform, None, &name, None).await.unwrap().unwrap();
    let (page, field) = (format!("/staff/admin/{trams}"), trams.to_string());
    let (olga, mut member) = person(&portal, &[(Role::Initiator, Some(trams))]).await;
    portal.get(&mut admin, &page).await.is(200).hides(FORM);
    refused(&mut admin, trams).await;
    let db = &portal.platform.db;
    let roles = staff_role::Entity::find().filter(staff_role::Column::AccountId.eq(olga));
    let grant = roles.one(db).await.unwrap().unwrap().id;
    roles::take(&portal.platform, olga, grant).await.unwrap().unwrap();
    let token = portal.platform.uuid();
    let row = api_token::ActiveModel {
        id: sea_orm::Set(token),
        department_id: sea_orm::Set(trams),
        name: sea_orm::Set("Figures".to_owned()),
        hash: sea_orm::Set("0".repeat(64)),
        created_by: sea_orm::Set(None),
        created_at: sea_orm::Set(portal.platform.now()),
        last_used_on: sea_orm::Set(None),
        revoked_at: sea_orm::Set(None),
    };
    api_token::Entity::insert(row).exec_without_returning(db).await.unwrap();
    let (action, details) = (Action::TokenCreated, json!({ "token": token }));
    let (actor, department, object) = (None, Some(trams), None);
    let entry = log::Entry { action, actor, department, object, details };
    log::record(db, &portal.platform, entry).await.unwrap();
    refused(&mut admin, trams).await;
    let now = Expr::val(portal.platform.now());
    let revoke = api_token::Entity::update_many().col_expr(api_token::Column::RevokedAt, now);
    revoke.exec(db).await.unwrap();

    portal.get(&mut admin, &page).await.is(200).shows(FORM);
    // Pressed twice, it is done all the same.
    for _ in 0..2 {
        let deleted = portal.post(&mut admin, FORM, &[("department", &field)]).await;
        deleted.leads("/staff/admin");
        let page = portal.get(&mut admin, "/staff/admin").await;
        page.is(200).shows("The department was deleted").hides("Trams");
    }
    portal.get(&mut admin, &page).await.is(404);
    let deletions = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::DepartmentDeleted.code()));
    assert_eq!(deletions.count(db).await.unwrap(), 1);
    // All lines about it, its tokens and its staff still say which it was.
    for action in ["department_created", "role_given", "token_created", "department_deleted"] {
        let page = format!("/staff/audit?action={action}");
        portal.get(&mut auditor, &page).await.is(200).shows("Trams").hides(&field);
    }
    let page = portal.get(&mut auditor, &format!("/staff/audit?department={trams}")).await;
    page.is(200).shows("Token “Figures”");
    page.shows(&format!("<option value=\"{trams}\" selected"));
    let page = portal.get(&mut member, "/notices").await;
    page.is(200).shows("Initiator").shows("Trams").hides("The whole portal");
    let cookie = member.cookie.unwrap();
    let mut russian = Browser { cookie: Some(format!("{cookie}; language=ru")) };
    let page = portal.get(&mut russian, "/notices").await;
    page.is(200).shows("Трамваи").hides("Весь портал");
}

#[tokio::test]
async fn what_is_wrong_with_a_department_is_told_in_the_order_of_its_fields() {
    let portal = TestPortal::new().await;
    let (_, admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let cookie = admin.cookie.unwrap();
    for (language, order) in [("en", ["name_en", "name_ru"]), ("ru", ["name_ru", "name_en"])] {
        let browser = || Browser { cookie: Some(format!("{cookie}; language={language}")) };
        let form = [("name_en", ""), ("name_ru", "")];
        let refused = portal.post(&mut browser(), "/api/staff/create-department", &form).await;
        refused.leads("/staff/admin?again");
        let page = portal.get(&mut browser(), &refused.to).await;
        let places = order.map(|field| page.is(422).body.find(&format!("href=\"#{field}\"")));
        assert!(places[0].is_some() && places.is_sorted(), "{language}: {places:?}");
    }
}

#[tokio::test]
async fn departments_stand_in_the_order_of_their_names() {
    let portal = TestPortal::new().await;
    let (_, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let page = portal.get(&mut admin, "/staff/admin").await;
    page.is(200).shows("There is no department yet.").hides("id=\"departments\"");
    let mut grants = Vec::new();
    for (en, ru) in [("Trams", "Автобусы"), ("benches", "Скамейки"), ("Parks", "парки")]
    {
        let name = Text::both(en, ru);
        let id = departments::create(&portal.platform, None, &name, None).await.unwrap().unwrap();
        grants.push((Role::Initiator, Some(id)));
    }
    let (_, author) = person(&portal, &grants).await;
    for (browser, path) in [(admin, "/staff/admin"), (author, "/staff")] {
        for (language, names) in
            [("en", ["benches", "Parks", "Trams"]), ("ru", ["Автобусы", "парки", "Скамейки"])]
        {
            let cookie = browser.cookie.clone().unwrap();
            let mut browser = Browser { cookie: Some(format!("{cookie}; language={language}")) };
            let page = portal.get(&mut browser, path).await;
            let places = names.map(|name| page.is(200).body.find(name).unwrap());
            assert!(places.is_sorted(), "{path} in {language}: {places:?}");
        }
    }
}

#[tokio::test]
async fn the_last_administrator_is_told_why_the_role_stays() {
    const ALONE: &str = "You are the only administrator of the portal";
    let portal = TestPortal::new().await;
    let (_, mut admin) = person(&portal, &[(Role::Administrator, None)]).await;
    let grant = staff_role::Entity::find().one(&portal.platform.db).await.unwrap().unwrap();
    let form = [("grant", grant.id.to_string())];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    portal.get(&mut admin, "/staff/admin").await.is(200).shows(">not made<");
    let page = portal.get(&mut admin, &format!("/staff/admin/roles/{}", grant.id)).await;
    page.is(200).shows("you are the only administrator of the portal");
    page.hides("/api/staff/remove").hides("Only another administrator");
    let refused = portal.post(&mut admin, "/api/staff/remove", &form).await;
    refused.leads("/staff/admin?again");
    let page = portal.get(&mut admin, &refused.to).await;
    page.is(422).shows("At least one administrator has to stay");
    // Nor does it go with the account, which is said beforehand.
    let page = portal.get(&mut admin, "/account/delete").await;
    page.is(200).shows(ALONE).shows("href=\"/staff/admin\"").hides("/api/account/delete");
    let refused = portal.post(&mut admin, "/api/account/delete", &[("word", "delete")]).await;
    refused.leads("/account/delete?again");
    portal.get(&mut admin, &refused.to).await.is(422).shows(ALONE);
    // One that never was is not told from one that is gone.
    let never = Uuid::nil().to_string();
    for (nothing, said) in [(&*never, "The role was taken away"), ("nothing", "Page not found")] {
        let removed = portal.post(&mut admin, "/api/staff/remove", &[("grant", nothing)]).await;
        removed.leads("/staff/admin");
        portal.get(&mut admin, "/").await.shows(said);
        portal.get(&mut admin, &format!("/staff/admin/roles/{nothing}")).await.is(404);
    }
}

#[tokio::test]
async fn who_gives_up_the_administration_is_led_to_what_they_still_may_see() {
    let portal = TestPortal::new().await;
    person(&portal, &[(Role::Administrator, None)]).await;
    for (others, next) in [(None, "/account"), (Some((Role::Auditor, None)), "/staff")] {
        let roles: Vec<_> = [(Role::Administrator, None)].into_iter().chain(others).collect();
        let (whose, mut admin) = person(&portal, &roles).await;
        let own = staff_role::Entity::find()
            .filter(staff_role::Column::AccountId.eq(whose))
            .filter(staff_role::Column::Role.eq(Role::Administrator.code()));
        let grant = own.one(&portal.platform.db).await.unwrap().unwrap().id.to_string();
        portal.get(&mut admin, &format!("/staff/admin/roles/{grant}")).await.is(200);
        let removed = portal.post(&mut admin, "/api/staff/remove", &[("grant", &grant)]).await;
        removed.leads(next);
        portal.get(&mut admin, next).await.is(200).shows("The role was taken away");
        portal.get(&mut admin, "/staff/admin").await.is(403);
    }
}

#[tokio::test]
async fn the_log_is_shown_newest_first_by_action_and_by_page() {
    let portal = TestPortal::new().await;
    let (olga, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    // The role was given before.
    portal.clock.set(portal.platform.now() + TimeDelta::seconds(1));
    for _ in 0..60 {
        let (db, platform) = (&portal.platform.db, &portal.platform);
        let entry = log::Entry {
            action: Action::StatisticsExported,
            actor: Some(olga),
            department: None,
            object: None,
            details: json!({ "format": "csv" }),
        };
        log::record(db, platform, entry).await.unwrap();
    }
    let first = portal.get(&mut auditor, "/staff/audit").await;
    first.is(200).shows("Page 1 of 2").shows("Older").hides(GIVEN);
    first.shows("Times are by the portal’s clock, which is now at UTC");
    first.shows("<title>Page 1 of 2 – Log of what staff did – ");
    let second = portal.get(&mut auditor, "/staff/audit?page=2").await;
    second.is(200).shows(GIVEN).shows("Auditor");
    let given = portal.get(&mut auditor, "/staff/audit?action=role_given&page=x").await;
    given.is(200).shows(GIVEN).hides(EXPORTED);
    given.shows("<title>Gave a role – Log of what staff did – ");
    portal.get(&mut auditor, "/staff/audit?page=99").await.is(200).shows("Page 2 of 2");
}

#[tokio::test]
async fn the_log_is_narrowed_down_by_department_day_and_person() {
    let portal = TestPortal::new().await;
    let (olga, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    let code = roles::staff_code(&portal.platform, olga).await.unwrap();
    let department = buses(&portal).await;
    person(&portal, &[(Role::Initiator, Some(department))]).await;
    let entry = log::Entry {
        action: Action::StatisticsExported,
        actor: Some(olga),
        department: None,
        object: None,
        details: json!({ "format": "csv" }),
    };
    log::record(&portal.platform.db, &portal.platform, entry).await.unwrap();
    let day = |days| portal.platform.zone.day(portal.platform.now() + TimeDelta::days(days));
    let (before, today, after) = (day(-1), day(0), day(1));
    for (query, given, exported) in [
        (format!("department={department}"), true, false),
        (format!("from={today}&to={today}"), true, true),
        (format!("from={after}"), false, false),
        (format!("to={before}"), false, false),
        (format!("code={}", code.to_lowercase()), false, true),
        ("code=ZZZZZ-ZZZZZ".to_owned(), false, false),
        // A department that nobody could have chosen narrows nothing down.
        ("department=x&from=&to=&code=".to_owned(), true, true),
    ] {
        let page = portal.get(&mut auditor, &format!("/staff/audit?{query}")).await;
        page.is(200);
        assert_eq!(page.body.contains(GIVEN), given, "{query}");
        assert_eq!(page.body.contains(EXPORTED), exported, "{query}");
        assert_eq!(page.body.contains("There are no such lines."), !given && !exported, "{query}");
    }
    // A day that is none is neither dropped nor taken for a day without lines.
    for (query, field) in [("from=yesterday", "from"), ("to=2026-02-30", "to")] {
        let page = portal.get(&mut auditor, &format!("/staff/audit?{query}")).await;
        page.is(422).shows(&format!("href=\"#{field}\""));
        for unsaid in [GIVEN, EXPORTED, "There are no such lines."] {
            assert!(!page.body.contains(unsaid), "{query}: {unsaid}");
        }
    }
}

#[tokio::test]
async fn the_log_says_to_which_draft_and_to_which_token() {
    let portal = TestPortal::new().await;
    let name = Text::both("Parks", "Парки");
    let parks = departments::create(&portal.platform, None, &name, None).await.unwrap().unwrap();
    let (_, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    let roles = [(Role::Initiator, Some(parks)), (Role::Statistician, Some(parks))];
    let (olga, mut author) = person(&portal, &roles).await;
    let place = parks.to_string();
    let mut drafts = Vec::new();
    for _ in 0..3 {
        let form = [
            ("department", place.as_str()),
            ("languages[]", "ru"),
            ("title[ru]", "Скамейки"),
            ("purpose[ru]", "Узнать, где"),
            ("start", "blank"),
        ];
        let begun = portal.post(&mut author, "/api/editor/create", &form).await;
        drafts.push(begun.to.strip_prefix("/staff/polls/").unwrap().to_owned());
    }
    for draft in &drafts[..2] {
        let form = [("poll", draft.as_str()), ("revision", "1")];
        let list = format!("/staff/departments/{parks}");
        portal.post(&mut author, "/api/editor/delete", &form).await.leads(&list);
    }
    let log = portal.get(&mut auditor, "/staff/audit").await;
    log.is(200).shows("lang=\"ru\" class=\"veche-line\">Скамейки").hides(&drafts[2]);
    for draft in &drafts[..2] {
        assert_eq!(log.body.matches(draft.as_str()).count(), 2, "begun and deleted: {draft}");
    }
    // Of those that were deleted the title is known, too.
    assert_eq!(log.body.matches(">Скамейки<").count(), 3 + 2);
    log.shows("those of deleted polls as they were at the end");
    // Of departments and people no id is shown; of departments one is what the log is narrowed down by.
    log.shows("Added a department")
        .hides(&format!("{place}<"))
        .shows(GIVEN)
        .hides(&olga.to_string());

    let form = [("department", place.as_str()), ("name", "Quarterly report")];
    portal.post(&mut author, "/api/tokens/create", &form).await.is(303);
    let token = api_token::Entity::find().one(&portal.platform.db).await.unwrap().unwrap().id;
    let form = [("department", place.as_str()), ("token", &token.to_string())];
    portal.post(&mut author, "/api/tokens/revoke", &form).await.is(303);
    for action in ["token_created", "token_revoked"] {
        let log = portal.get(&mut auditor, &format!("/staff/audit?action={action}")).await;
        log.is(200).shows("Token “Quarterly report”");
    }
}

#[tokio::test]
async fn the_log_says_which_part_which_file_and_what_a_department_was_called() {
    let portal = TestPortal::new().await;
    let (olga, mut auditor) = person(&portal, &[(Role::Auditor, None)]).await;
    let platform = &portal.platform;
    let before = Text::both("Gardens", "Сады");
    let parks = departments::create(platform, None, &before, None).await.unwrap().unwrap();
    let seen = departments::find(&platform.db, parks).await.unwrap().seen();
    let now = Text::both("Parks", "Парки");
    departments::change(platform, olga, parks, &seen, &now, None).await.unwrap().unwrap();
    for (action, details) in [
        (Action::PollChanged, json!({ "part": "audience" })),
        (
            Action::StatisticsExported,
            json!({ "format": "svg", "question": "lines", "by": "region" }),
        ),
        (Action::OutcomeWritten, json!({ "again": true })),
        // As an earlier version wrote it, and a later one may.
        (Action::StatisticsExported, Value::Null),
        (Action::PollChanged, json!({ "part": "colours" })),
    ] {
        let (actor, department) = (Some(olga), Some(parks));
        let entry = log::Entry { action, actor, department, object: None, details };
        log::record(&platform.db, platform, entry).await.unwrap();
    }
    let page = portal.get(&mut auditor, "/staff/audit").await;
    page.is(200).shows("Called before: Gardens").shows("Part: Audience").shows("Format: svg");
    page.shows("Picture of the question “lines”").shows(">By region<").hides("colours");
    page.shows("There was a text already; it was changed");
}

#[tokio::test]
async fn the_port_itself_asks_for_the_role() {
    let store = Store::on_sqlite().await;
    let attributes = Attributes::new(store.platform.clone(), &[7; 32]);
    let port = AdministrationPort::new(store.platform.clone(), attributes);
    let sessions = Arc::new(server::identity::sessions::Sessions::new(
        store.platform.clone(),
        server::config::sessions::Sessions::default(),
    ));
    let nobody = SignedIn {
        account: store.account().await,
        session: Session::new(None, sessions, None),
        name: None,
        assured: true,
        grants: Arc::new([]),
        facts: Arc::default(),
        unread: None,
        lasts: 0,
    };
    let id = Uuid::nil();
    let name = || Text::both("T", "Т");
    let forbidden = Failure::Forbidden;
    assert_eq!(port.desk(&nobody).await.unwrap_err(), forbidden);
    assert_eq!(port.departments(&nobody).await.unwrap_err(), forbidden);
    assert_eq!(port.department(&nobody, id).await.unwrap_err(), forbidden);
    assert_eq!(port.create_department(&nobody, name(), None).await.unwrap_err(), forbidden);
    assert_eq!(port.change_department(&nobody, id, "", name(), None).await.unwrap_err(), forbidden);
    assert_eq!(port.delete_department(&nobody, id).await.unwrap_err(), forbidden);
    assert_eq!(port.members(&nobody, None).await.unwrap_err(), forbidden);
    assert_eq!(port.appoint(&nobody, None, "", Role::Auditor).await.unwrap_err(), forbidden);
    assert_eq!(port.remove(&nobody, id).await.unwrap_err(), forbidden);
    assert_eq!(port.log(&nobody, LogFilter::default(), 1).await.unwrap_err(), forbidden);
    let people = staff::reading::people;
    let attributes = Attributes::new(store.platform.clone(), &[7; 32]);
    assert!(people(&store.platform, &attributes, [id]).await.unwrap().is_empty());
}

#[tokio::test]
async fn staff_are_called_by_the_names_that_were_released() {
    let store = Store::on_sqlite().await;
    let attributes = Attributes::new(store.platform.clone(), &[7; 32]);
    let (olga, ivan) = (store.account().await, store.account().await);
    for (account, name, value) in
        [(olga, "name", "Olga"), (olga, "region", "north"), (ivan, "region", "south")]
    {
        let attribute = Attribute {
            name: name.to_owned(),
            value: json!(value),
            source: "fullname".to_owned(),
            verified: true,
            obtained_at: store.platform.now(),
        };
        attributes.save(&store.platform.db, account, &attribute).await.unwrap();
    }
    let asked = [olga, ivan, Uuid::nil()];
    let people = staff::reading::people(&store.platform, &attributes, asked).await.unwrap();
    let names: Vec<_> = [olga, ivan].iter().map(|id| people[id].name.as_deref()).collect();
    assert_eq!((names, people.len()), (vec![Some("Olga"), None], 2));
}

/// What fifty people on the staff leave in years. Few write the records, and nearly everybody who asks is
/// in none of them.
const RECORDS: [&str; 7] = [
    "INSERT INTO account (id, subject, provider, created_at, last_sign_in_at) \
     SELECT md5(n::text)::uuid, decode(md5(n::text), 'hex'), 'p', now(), now() \
     FROM generate_series(0, 49) n",
    "INSERT INTO department (id, name, created_at) VALUES (gen_random_uuid(), '{}', now())",
    "INSERT INTO poll (id, department_id, author_id, state, languages, title, purpose, questionnaire, \
     audience, plan, created_at, updated_at) \
     SELECT gen_random_uuid(), d.id, md5((n % 50)::text)::uuid, 'draft', '[]', '{}', \
     to_json(repeat('x', 1000)), '[]', '{}', '[]', now(), now() \
     FROM department d, generate_series(1, 2000) n",
    "INSERT INTO poll_event (id, poll_id, at, actor_id, from_state, to_state) \
     SELECT gen_random_uuid(), p.id, now(), md5((n % 50)::text)::uuid, 'draft', 'in_review' \
     FROM (SELECT id FROM poll LIMIT 1) p, generate_series(1, 20000) n",
    "INSERT INTO api_token (id, department_id, name, hash, created_by, created_at) \
     SELECT gen_random_uuid(), d.id, 'Dashboard', md5(n::text), md5((n % 50)::text)::uuid, now() \
     FROM department d, generate_series(1, 5000) n",
    "INSERT INTO staff_log (id, at, actor_id, action, object, details) \
     SELECT gen_random_uuid(), now() + n * interval '1 second', md5((n % 50)::text)::uuid, \
     'poll_changed', md5((n % 5000)::text)::uuid::text, '{}' FROM generate_series(1, 20000) n",
    "ANALYZE",
];

/// By what each of the records is looked up.
const LOOKED_UP_BY: [(&str, &str); 5] = [
    ("poll", "poll_author"),
    ("poll_event", "poll_event_actor"),
    ("api_token", "api_token_created_by"),
    ("staff_log", "staff_log_actor"),
    ("staff_log", "staff_log_object"),
];

/// The lines of a database's plan.
async fn plan(db: &impl ConnectionTrait, explain: String, column: &str) -> String {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), explain)).await;
    let lines = rows.unwrap().into_iter().map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// A plan of a statement uses each index that there is for it, and reads no table of [`LOOKED_UP_BY`].
#[track_caller]
fn assert_looked_up(statement: &str, plan: &str, read: &str) {
    for (table, index) in LOOKED_UP_BY {
        if statement.contains(&format!("FROM \"{table}\"")) {
            assert!(plan.contains(index), "{index} is not used: {statement}\n{plan}");
            assert!(!plan.contains(&format!("{read} {table}")), "{statement}\n{plan}");
        }
    }
}

/// The statements are those that the portal sent, planned as its connections plan them: once, before it is
/// known whom they ask for.
#[tokio::test]
async fn what_somebody_did_is_looked_up_and_not_searched_for() {
    let (postgres, sqlite) = (Store::on_postgres().await, Store::on_sqlite().await);
    for sql in RECORDS {
        postgres.platform.db.execute_unprepared(sql).await.unwrap();
    }
    // One connection, which knows what was asked by it.
    let db = connection::rounds(&postgres.platform.db, &postgres.platform.db);
    let platform = Platform { db: db.clone(), ..postgres.platform.clone() };
    let nobody = Uuid::nil();
    assert!(!deeds::any(&db, nobody).await.unwrap());
    deeds::of(&platform, nobody).await.unwrap();
    let sent = "SELECT name, statement, cardinality(parameter_types) AS parameters \
        FROM pg_prepared_statements WHERE statement ~ '\"(poll|poll_event|api_token|staff_log)\"'";
    let sent = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sent)).await.unwrap();
    assert_eq!(sent.len(), 5, "whether there is anything, and the four records");
    // One connection that has read what the migrations left. SQLite plans by the schema that a connection
    // has in memory and looks whether it is still that one where it runs a statement, not where it explains
    // one; a connection of the pool that was opened between two migrations does not know their indexes.
    let embedded = sqlite.platform.db.begin().await.unwrap();
    for (table, _) in LOOKED_UP_BY {
        embedded.execute_unprepared(&format!("SELECT id FROM {table}")).await.unwrap();
    }
    for row in sent {
        let text = |column| row.try_get::<String>("", column).unwrap();
        let (name, statement) = (text("name"), text("statement"));
        let parameters: i32 = row.try_get("", "parameters").unwrap();
        let nothing = vec!["NULL"; parameters.try_into().unwrap()].join(", ");
        let explain = format!("EXPLAIN EXECUTE {name} ({nothing})");
        let planned = plan(&db, explain, "QUERY PLAN").await;
        assert_looked_up(&statement, &planned, "Seq Scan on");
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let planned = plan(&embedded, explain, "detail").await;
        assert_looked_up(&statement, &planned, "SCAN");
    }
}
