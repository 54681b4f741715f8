//! Signing in and out, with the demo provider and with one that lies.

use crate::{
    portal::waits_for_a_lock,
    scripted::{self, Scripted},
    visitors::{
        Answer, Browser, DemoProvider, Engine, ORIGIN_OF_PORTAL, Portal, Visitor, noon, parameter,
    },
};
use axum::http::{StatusCode, header::SET_COOKIE};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{NaiveDate, TimeDelta};
use jsonwebtoken::{Algorithm, Header, TokenData, Validation, decode, encode};
use ports::{purposes::Purpose, roles::Role};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseConnection,
    DatabaseTransaction, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set,
};
use serde_json::{Value, json};
use server::{
    accounts::{attributes::Attribute, consents},
    clock::{Clock as _, ManualClock},
    identity::{
        self,
        sessions::{self, Sessions, StoredSession},
    },
    staff::roles,
    store::{account, attribute, consent, data_access, session, staff_role},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    select,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_sessions::{
    SessionStore as _,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};
use uuid::Uuid;

/// What is made wrong with a good ID token.
type Change = Box<dyn Fn(&mut Value)>;

/// Longer than the portal waits for a provider that says nothing.
const SILENCE: Duration = Duration::from_mins(1);
/// Much shorter than that.
const SOON: Duration = Duration::from_secs(5);

async fn demo(engine: Engine) -> (Portal, DemoProvider) {
    let clock = Arc::new(ManualClock::new(noon()));
    let provider = DemoProvider::start(clock.clone()).await;
    let portal = Portal::new(engine, &provider.issuer, clock, json!({})).await;
    (portal, provider)
}

async fn scripted(changes: Value) -> (Portal, Scripted) {
    scripted_on(Engine::Sqlite, changes).await
}

async fn scripted_on(engine: Engine, changes: Value) -> (Portal, Scripted) {
    let provider = Scripted::start().await;
    let clock = Arc::new(ManualClock::new(noon()));
    let portal = Portal::new(engine, &provider.issuer, clock, changes).await;
    (portal, provider)
}

async fn known(portal: &Portal) -> BTreeMap<String, Attribute> {
    let accounts = account::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(accounts.len(), 1, "one person has one account");
    let all = portal.attributes.all(accounts[0].id).await.unwrap();
    all.into_iter().map(|attribute| (attribute.name.clone(), attribute)).collect()
}

async fn sessions_of(portal: &Portal) -> Vec<session::Model> {
    session::Entity::find().all(&portal.platform.db).await.unwrap()
}

/// Whether the header of the start page offers to sign out.
pub async fn signed_in(browser: &mut Browser) -> bool {
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body.contains("/auth/sign-out")
}

const ASKED: [&str; 6] = ["fullname", "birthdate", "gender", "addresses", "email", "id_doc"];

async fn a_sign_in_with_refused_scopes(engine: Engine) {
    let (portal, provider) = demo(engine).await;
    let mut anna = Visitor::new(&portal, &provider);
    assert!(!signed_in(&mut anna.portal).await);
    assert!(anna.portal.cookies.is_empty(), "a visitor gets no session");
    assert!(sessions_of(&portal).await.is_empty());

    let back = anna
        .sign_in("demo-anna", &ASKED, &["fullname", "birthdate", "addresses"], "/polls?tab=open")
        .await;
    assert_eq!(back.location(), "/polls?tab=open");
    let page = anna.portal.get("/").await;
    assert!(page.body.contains("Примерова Анна Сергеевна"), "{}", page.body);

    let known = known(&portal).await;
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    assert_eq!(names, ["birth_date", "name", "region"], "what was refused is not kept");
    assert_eq!(known["birth_date"].value, "1988-04-12");
    assert_eq!(known["region"].value, "01");
    assert_eq!((known["region"].source.as_str(), known["region"].verified), ("addresses", true));

    let mut consents = consent::Entity::find().all(&portal.platform.db).await.unwrap();
    consents.sort_by(|a, b| a.scope.cmp(&b.scope));
    let scopes: Vec<_> =
        consents.iter().map(|one| (one.scope.as_str(), one.purpose.as_str())).collect();
    assert_eq!(scopes, [("addresses", "polls"), ("birthdate", "polls"), ("fullname", "address")]);
    assert_eq!((consents[0].ends_at - consents[0].granted_at).num_days(), 365);
    let accesses = data_access::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(accesses.len(), 1);
}

#[tokio::test]
async fn a_citizen_signs_in_and_refuses_a_part() {
    a_sign_in_with_refused_scopes(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_citizen_signs_in_and_refuses_a_part_on_postgres() {
    a_sign_in_with_refused_scopes(Engine::Postgres).await;
}

#[tokio::test]
async fn what_was_released_stays_and_what_is_released_again_is_replaced() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    Visitor::new(&portal, &provider).sign_in("demo-anna", &["gender"], &["gender"], "/").await;
    portal.wait(60);
    Visitor::new(&portal, &provider)
        .sign_in("demo-anna", &["gender", "birthdate"], &["birthdate"], "/")
        .await;
    let known = known(&portal).await;
    assert_eq!(known["gender"].value, "female", "refused now, released before");
    assert_eq!(known["gender"].obtained_at, noon());
    assert_eq!(known["birth_date"].obtained_at, portal.clock.now());
    assert_eq!(sessions_of(&portal).await.len(), 2, "two browsers, two sessions");
}

/// The account of whoever signs in to a new browser.
async fn account_of(portal: &Portal, provider: &DemoProvider, sub: &str) -> (Uuid, Browser) {
    let known = account::Entity::find().all(&portal.platform.db).await.unwrap();
    let known: BTreeSet<Uuid> = known.into_iter().map(|account| account.id).collect();
    let mut person = Visitor::new(portal, provider);
    person.sign_in(sub, &["fullname"], &["fullname"], "/").await;
    assert!(signed_in(&mut person.portal).await);
    let now = account::Entity::find().all(&portal.platform.db).await.unwrap();
    let new = now.into_iter().map(|account| account.id).find(|id| !known.contains(id));
    (new.expect("a new account"), person.portal)
}

async fn a_person_who_comes_again_is_the_same(engine: Engine) {
    let (portal, provider) = demo(engine).await;
    let (anna, mut browser) = account_of(&portal, &provider, "demo-anna").await;
    let (boris, _) = account_of(&portal, &provider, "demo-boris").await;
    assert_ne!(anna, boris);
    let deleted = browser.post("/api/account/delete", &[("word", "delete")]).await;
    assert_eq!(deleted.location(), "/");
    assert!(!signed_in(&mut browser).await);
    let db = &portal.platform.db;
    assert!(account::Entity::find_by_id(anna).one(db).await.unwrap().is_none());
    assert_eq!(consent::Entity::find().all(db).await.unwrap().len(), 1, "the other one's");

    // A new, empty account under the id of the old one, so that pseudonyms are the same.
    let (again, _) = account_of(&portal, &provider, "demo-anna").await;
    assert_eq!(again, anna);
    let account = account::Entity::find_by_id(again).one(db).await.unwrap().unwrap();
    assert_eq!(account.created_at, portal.clock.now());

    // Accounts that were made before ids were derived keep theirs.
    let old = Uuid::from_u128(7);
    account::Entity::delete_by_id(anna).exec(db).await.unwrap();
    let row = account::ActiveModel { id: Set(old), ..account.into_active_model() };
    account::Entity::insert(row.reset_all()).exec_without_returning(db).await.unwrap();
    Visitor::new(&portal, &provider).sign_in("demo-anna", &[], &[], "/").await;
    assert!(account::Entity::find_by_id(old).one(db).await.unwrap().is_some());
    assert!(account::Entity::find_by_id(anna).one(db).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_deletes_the_account_and_comes_again_is_the_same_person() {
    a_person_who_comes_again_is_the_same(Engine::Sqlite).await;
    a_person_who_comes_again_is_the_same(Engine::Postgres).await;
}

async fn an_ended_consent_takes_the_data_along(engine: Engine) {
    let (portal, provider) = demo(engine).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["gender", "birthdate"], &["gender", "birthdate"], "/").await;
    portal.wait(300 * 24 * 60 * 60);
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["gender"], &["gender"], "/").await;
    portal.wait(100 * 24 * 60 * 60);
    assert_eq!(consents::forget_ended(&portal.platform, portal.clock.now()).await.unwrap(), 1);
    assert_eq!(known(&portal).await.into_keys().collect::<Vec<_>>(), ["gender"], "given anew");
}

#[tokio::test]
async fn data_goes_when_its_consent_ends() {
    an_ended_consent_takes_the_data_along(Engine::Sqlite).await;
    an_ended_consent_takes_the_data_along(Engine::Postgres).await;
}

/// Returns once a transaction waits for what another one has locked.
async fn somebody_waits(db: &DatabaseConnection) {
    timeout(SOON, async {
        while !waits_for_a_lock(db).await {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("somebody who waits");
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn of_a_sign_in_that_gets_another_id_meanwhile_it_is_not_said_that_it_ended() {
    let (portal, provider) = demo(Engine::Postgres).await;
    let mut desk = Visitor::new(&portal, &provider);
    desk.sign_in("demo-anna", &[], &[], "/").await;
    let mut phone = Visitor::new(&portal, &provider);
    phone.sign_in("demo-anna", &[], &[], "/").await;
    let page = desk.portal.get("/account/sign-ins").await;
    let handle = page.body.split("name=\"handle\" value=\"").nth(1).unwrap();
    let handle = handle.split('"').next().unwrap().to_owned();

    // As where the phone is given another id.
    let (db, new) = (&portal.platform.db, vec![7; 32]);
    let phone = phone.portal.cookies["session"].parse().unwrap();
    let another = session::ActiveModel { id_hash: Set(new.clone()), ..Default::default() };
    let tx = portal.platform.begin().await.unwrap();
    session::Entity::update_many()
        .filter(session::Column::IdHash.eq(sessions::filed_under(phone)))
        .set(another)
        .exec(&tx)
        .await
        .unwrap();
    let ending = tokio::spawn(async move {
        desk.portal.post("/api/account/end-sign-in", &[("handle", &handle)]).await;
        desk.portal.get("/account/sign-ins").await
    });
    somebody_waits(db).await;
    tx.commit().await.unwrap();
    let page = ending.await.unwrap();
    assert!(page.body.contains("Page not found"), "{}", page.body);
    assert!(!page.body.contains("The sign-in was ended"), "{}", page.body);
    assert!(session::Entity::find_by_id(new).one(db).await.unwrap().is_some());
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn whoever_signs_in_while_a_consent_of_theirs_ends_does_not_wait_in_a_circle() {
    let (portal, provider) = demo(Engine::Postgres).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["gender"], &["gender"], "/").await;
    portal.wait(400 * 24 * 60 * 60);
    let (platform, now) = (portal.platform.clone(), portal.clock.now());
    // A sign-in, which writes the account first and what was released after it.
    let tx = platform.begin().await.unwrap();
    let signed_in = account::ActiveModel { last_sign_in_at: Set(now), ..Default::default() };
    account::Entity::update_many().set(signed_in).exec(&tx).await.unwrap();
    let ending = tokio::spawn({
        let platform = platform.clone();
        async move { consents::forget_ended(&platform, now).await }
    });
    somebody_waits(&platform.db).await;
    attribute::Entity::delete_many().exec(&tx).await.expect("no circle");
    tx.commit().await.unwrap();
    assert_eq!(ending.await.unwrap().unwrap(), 0, "it is gone already");
}

/// More consents than one step takes end at the same moment; of every third person the one that ended
/// was given anew before.
async fn each_ended_consent_is_looked_at_once(engine: Engine) {
    const PEOPLE: u128 = 450;
    let (portal, _) = demo(engine).await;
    let people: Vec<Uuid> = (1..=PEOPLE).map(Uuid::from_u128).collect();
    let grant = async |people: Vec<Uuid>| {
        let tx = portal.platform.begin().await.unwrap();
        for person in people {
            consents::grant(&tx, &portal.platform, person, "gender", &[Purpose::Polls].into(), 30)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    };
    let db = &portal.platform.db;
    let now = portal.clock.now();
    let accounts = people.iter().map(|&id| account::ActiveModel {
        id: Set(id),
        subject: Set(id.as_bytes().to_vec()),
        provider: Set("demo".to_owned()),
        created_at: Set(now),
        last_sign_in_at: Set(now),
        language: Set(None),
        inbox_seen_at: Set(None),
        staff_code: Set(None),
    });
    account::Entity::insert_many(accounts).exec_without_returning(db).await.unwrap();
    let attributes = people.iter().map(|&person| attribute::ActiveModel {
        account_id: Set(person),
        name: Set("gender".to_owned()),
        sealed: Set(vec![1]),
        source: Set("gender".to_owned()),
        verified: Set(true),
        obtained_at: Set(now),
    });
    attribute::Entity::insert_many(attributes).exec_without_returning(db).await.unwrap();
    grant(people.clone()).await;
    portal.wait(20 * 24 * 60 * 60);
    grant(people.iter().copied().step_by(3).collect()).await;
    assert_eq!(consents::forget_ended(&portal.platform, portal.clock.now()).await.unwrap(), 0);
    portal.wait(11 * 24 * 60 * 60);
    let now = portal.clock.now();
    assert_eq!(consents::forget_ended(&portal.platform, now).await.unwrap(), 300);
    assert_eq!(attribute::Entity::find().all(db).await.unwrap().len(), 150);
    let rows = consent::Entity::find().all(db).await.unwrap();
    let settled = rows.iter().all(|row| row.settled == (row.ends_at <= now));
    assert!(settled && rows.len() == 600, "what is told of a consent stays");
    assert_eq!(consents::forget_ended(&portal.platform, now).await.unwrap(), 0);
    // As the schema before left them.
    let unseen = consent::Entity::update_many().col_expr(consent::Column::Settled, false.into());
    unseen.exec(db).await.unwrap();
    assert_eq!(
        consents::forget_ended(&portal.platform, now).await.unwrap(),
        0,
        "what was given anew stays"
    );
    portal.wait(20 * 24 * 60 * 60);
    // Somebody comes back after the end and before anybody looked.
    grant(vec![people[0]]).await;
    assert_eq!(consents::forget_ended(&portal.platform, portal.clock.now()).await.unwrap(), 149);
    portal.wait(31 * 24 * 60 * 60);
    assert_eq!(consents::forget_ended(&portal.platform, portal.clock.now()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_ended_consent_is_looked_at_once() {
    each_ended_consent_is_looked_at_once(Engine::Sqlite).await;
    each_ended_consent_is_looked_at_once(Engine::Postgres).await;
}

/// More sessions than one step takes end at the same moment; half of them are nobody's.
async fn all_ended_sessions_are_emptied(engine: Engine) {
    const SESSIONS: u32 = 1_200;
    let (portal, provider) = demo(engine).await;
    let (anna, mut browser) = account_of(&portal, &provider, "demo-anna").await;
    let (db, now) = (&portal.platform.db, portal.clock.now());
    let session = |number: u32| session::ActiveModel {
        id_hash: Set(number.to_le_bytes().to_vec()),
        account_id: Set(number.is_multiple_of(2).then_some(anna)),
        provider_sid: Set(Some("provided".to_owned())),
        sealed: Set(vec![1; 40]),
        device: Set(None),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now + TimeDelta::seconds(600)),
    };
    let sessions = (0..SESSIONS).map(session);
    session::Entity::insert_many(sessions).exec_without_returning(db).await.unwrap();
    portal.wait(700);
    let sweep = async || sessions::delete_expired(db, portal.clock.now()).await.unwrap();
    assert_eq!(sweep().await, u64::from(SESSIONS / 2), "nobody's are gone at once");
    let emptied = |row: &session::Model| row.sealed.is_empty() && row.provider_sid.is_none();
    let left = sessions_of(&portal).await;
    assert_eq!(left.iter().filter(|row| emptied(row)).count(), SESSIONS as usize / 2);
    assert!(left.iter().filter(|row| emptied(row)).all(|row| row.account_id == Some(anna)));
    assert!(signed_in(&mut browser).await, "hers that has not ended");
    portal.wait(24 * 60 * 60 - 200);
    assert_eq!(sweep().await, 0);
    portal.wait(200);
    assert_eq!(sweep().await, u64::from(SESSIONS / 2));
}

#[tokio::test]
async fn ended_sessions_are_emptied_and_forgotten_however_many_they_are() {
    all_ended_sessions_are_emptied(Engine::Sqlite).await;
    all_ended_sessions_are_emptied(Engine::Postgres).await;
}

#[tokio::test]
async fn the_session_gets_a_new_id_and_the_old_one_is_dead() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let address = anna.leave("/", &[]).await;
    let before = anna.portal.clone();
    let callback = anna.agree(&address, "demo-anna", &[]).await;
    let answer = anna.portal.get(&callback).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("session=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_ne!(before.cookies, anna.portal.cookies);
    assert!(signed_in(&mut anna.portal).await);
    let mut before = before;
    assert!(!signed_in(&mut before).await);
    assert!(before.cookies.is_empty(), "the browser is told that its session is gone");
}

#[tokio::test]
async fn the_cookie_over_tls_is_bound_to_the_host() {
    let (portal, _) = {
        let provider = Scripted::start().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let changes = json!({ "server": { "public_url": "https://polls.example" } });
        (Portal::new(Engine::Sqlite, &provider.issuer, clock, changes).await, provider)
    };
    let mut browser = portal.browser_at("https://polls.example");
    let answer = browser.post("/auth/sign-in", &[]).await;
    let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
    browser.cookies.insert("__Host-session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    let answer = browser.get("/").await;
    let removal = answer.headers[SET_COOKIE].to_str().unwrap();
    assert!(removal.contains("; Secure") && removal.contains("Max-Age=0"), "{removal}");
}

#[tokio::test]
async fn a_session_at_rest_says_nothing_about_a_person() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/polls").await;
    let rows = sessions_of(&portal).await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let id = anna.portal.cookies["session"].parse().unwrap();
    assert_eq!(row.id_hash, sessions::filed_under(id));
    assert_eq!(row.device.as_deref(), Some("Firefox, Linux"));
    assert!(row.provider_sid.is_some());
    let sealed = String::from_utf8_lossy(&row.sealed).into_owned();
    for secret in ["demo-anna", "/polls", "account", &anna.portal.cookies["session"]] {
        assert!(!sealed.contains(secret), "{secret} stands in the session's row");
    }
    let account = account::Entity::find().one(&portal.platform.db).await.unwrap().unwrap();
    assert!(!account.subject.windows(4).any(|bytes| bytes == b"demo"));
}

#[tokio::test]
async fn a_callback_that_is_not_ours_signs_nobody_in() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let address = anna.leave("/", &[]).await;
    let callback = anna.agree(&address, "demo-anna", &[]).await;

    // Somebody else's browser: the attacker's code in the victim's session.
    let mut victim = portal.browser();
    assert_eq!(victim.get(&callback).await.status, StatusCode::BAD_REQUEST);
    assert!(!signed_in(&mut victim).await);

    let state = parameter(&callback, "state").unwrap();
    for forged in [
        callback.replace(&state, "forged"),
        format!("{callback}&state=again"),
        "/auth/callback".to_owned(),
    ] {
        let answer = anna.portal.get(&forged).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{forged}");
        assert!(answer.body.contains("The sign-in was not completed"), "{}", answer.body);
    }
    assert!(!signed_in(&mut anna.portal).await);
    // None of that spoilt the real one.
    assert_eq!(anna.portal.get(&callback).await.location(), "/");
    assert!(signed_in(&mut anna.portal).await);
}

#[tokio::test]
async fn another_issuer_in_the_answer_is_refused() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    for change in [Some("https://evil.example"), None] {
        let mut anna = Visitor::new(&portal, &provider);
        let address = anna.leave("/", &[]).await;
        let callback = anna.agree(&address, "demo-anna", &[]).await;
        let (path, _) = callback.split_once('?').unwrap();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for name in ["code", "state"] {
            query.append_pair(name, &parameter(&callback, name).unwrap());
        }
        if let Some(issuer) = change {
            query.append_pair("iss", issuer);
        }
        let answer = anna.portal.get(&format!("{path}?{}", query.finish())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{change:?}");
        assert!(!signed_in(&mut anna.portal).await);
    }
}

#[tokio::test]
async fn a_callback_that_comes_twice_goes_on_only_for_whom_it_signed_in() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let address = anna.leave("/polls", &[]).await;
    let callback = anna.agree(&address, "demo-anna", &[]).await;
    assert_eq!(anna.portal.get(&callback).await.location(), "/polls");
    let session = anna.portal.cookies.clone();
    assert_eq!(anna.portal.get(&callback).await.location(), "/polls");
    assert_eq!(anna.portal.cookies, session);
    anna.portal.cookies.clear();
    assert_eq!(anna.portal.get(&callback).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn two_tabs_sign_in_at_the_same_time() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let first = anna.leave("/polls", &[]).await;
    let second = anna.leave("/notices", &[]).await;
    let callback = anna.agree(&first, "demo-anna", &[]).await;
    assert_eq!(anna.portal.get(&callback).await.location(), "/polls");
    let callback = anna.agree_again(&second).await;
    assert_eq!(anna.portal.get(&callback).await.location(), "/notices");
}

#[tokio::test]
async fn saying_no_leads_back_to_the_sign_in_page_with_an_explanation() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let address = anna.leave("/polls?tab=open", &["gender"]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    anna.provider.post(&format!("{page}/sign-in"), &[("person", "demo-anna")]).await;
    let consent = anna.provider.post(&format!("{page}/consent"), &[("decision", "cancel")]).await;
    let to = anna.portal.get(consent.location()).await.location().to_owned();
    assert_eq!(parameter(&to, "return").as_deref(), Some("/polls?tab=open"));
    let page = anna.portal.get(&to).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("because you said no"), "{}", page.body);
    assert!(page.body.contains(r#"value="/polls?tab=open""#), "{}", page.body);
}

#[tokio::test]
async fn saying_no_to_more_leaves_the_person_signed_in_and_offers_it_again() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let offers = |page: &Answer| ticked(page) == ["id_doc"];
    assert!(offers(&anna.portal.follow("/sign-in?return=%2Faccount%2Fdata&need=documents").await));
    let address = anna.leave("/account/data", &["id_doc"]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    let consent = anna.provider.post(&format!("{page}/consent"), &[("decision", "cancel")]).await;
    let to = anna.portal.get(consent.location()).await.location().to_owned();
    assert_eq!(parameter(&to, "return").as_deref(), Some("/account/data"));
    let page = anna.portal.follow_from_elsewhere(&to).await;
    assert!(page.body.contains("Nothing was released, because you said no"), "{}", page.body);
    assert!(!page.body.contains("not signed in"), "{}", page.body);
    assert!(offers(&page), "{}", page.body);
    assert!(offers(&anna.portal.follow(&to).await), "after another language was chosen");
    // Whoever comes for something else did not choose it.
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata&need=gender").await;
    assert_eq!(ticked(&page), ["gender"]);
    assert_eq!(ticked(&anna.portal.follow("/sign-in?return=%2Fpolls").await), [""; 0]);
    assert!(signed_in(&mut anna.portal).await);

    // Nor is it forgotten where the provider fails.
    let address = anna.leave("/account/data", &["id_doc"]).await;
    let state = parameter(&address, "state").unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("error", "server_error"), ("state", &state), ("iss", &provider.issuer)])
        .finish();
    let page = anna.portal.get(&format!("/auth/callback?{query}")).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    assert!(page.body.contains("need=documents"), "{}", page.body);

    // Once a sign-in was completed, nothing is left of that.
    let address = anna.leave("/account/data", &["gender"]).await;
    let callback = anna.agree_again(&address).await;
    assert_eq!(anna.portal.get(&callback).await.location(), "/account/data");
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata").await;
    assert_eq!(ticked(&page), [""; 0]);
}

/// The values of the boxes that are ticked.
fn ticked(page: &Answer) -> Vec<String> {
    let boxes = page.body.split("<input").filter(|tag| tag.contains("checkbox"));
    boxes
        .map(|tag| tag.split('>').next().unwrap())
        .filter(|tag| tag.contains(" checked"))
        .map(|tag| tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        .collect()
}

/// Where a page that says what went wrong leads to try again.
fn again(page: &Answer) -> String {
    let mut links = page.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.find(|link| link.starts_with("/sign-in?")).unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn whoever_tries_again_finds_unticked_what_they_refused() {
    let (portal, provider) = scripted(json!({})).await;
    for (chosen, failure) in [
        (&["gender"][..], "server_error"),
        (&[][..], "server_error"),
        (&["gender"][..], "invalid_client"),
        (&[][..], "invalid_client"),
        (&["gender"][..], "nonce"),
        (&[][..], "nonce"),
    ] {
        let mut anna = portal.browser();
        let (state, _) = leave(&mut anna, chosen).await;
        // Another tab leaves for something else.
        let other = [("return", "/notices"), ("scopes[]", "fullname")];
        assert_eq!(anna.post("/auth/sign-in", &other).await.status, StatusCode::SEE_OTHER);
        {
            let mut script = provider.script.lock().unwrap();
            script.error = "invalid_client";
            script.id_token = if failure == "nonce" {
                provider.good("anna", "another", portal.clock.now().timestamp())
            } else {
                Value::Null
            };
        }
        let page = if failure == "server_error" {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("error", failure), ("state", &state), ("iss", &provider.issuer)])
                .finish();
            anna.get(&format!("/auth/callback?{query}")).await
        } else {
            come_back(&mut anna, &provider, &state).await
        };
        let status = if failure == "nonce" { 400 } else { 503 };
        assert_eq!(page.status.as_u16(), status, "{failure}: {}", page.body);
        let page = anna.follow(&again(&page)).await;
        assert_eq!(page.status, StatusCode::OK, "{failure}: {}", page.body);
        assert_eq!(ticked(&page), chosen, "{failure}");
    }
}

#[tokio::test]
async fn whoever_could_not_leave_finds_unticked_what_they_refused() {
    let clock = Arc::new(ManualClock::new(noon()));
    // Nothing listens on the discard port.
    let portal = Portal::new(Engine::Sqlite, "http://127.0.0.1:9", clock, json!({})).await;
    let mut anna = portal.browser();
    for chosen in [&["gender"][..], &[][..]] {
        let mut form = vec![("return", "/polls")];
        form.extend(chosen.iter().map(|scope| ("scopes[]", *scope)));
        let page = anna.post("/auth/sign-in", &form).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
        let page = anna.follow(&again(&page)).await;
        assert_eq!(ticked(&page), chosen, "{}", page.body);
    }
}

#[tokio::test]
async fn an_answer_that_the_provider_could_not_take_may_come_again() {
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    let token = {
        let mut script = provider.script.lock().unwrap();
        script.error = "invalid_client";
        script.id_token.take()
    };
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    provider.script.lock().unwrap().id_token = token;
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
    assert!(signed_in(&mut anna).await);
}

#[tokio::test]
async fn a_code_that_was_taken_is_not_sent_again() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(),
    }});
    let (portal, provider) = scripted(changes).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    provider.script.lock().unwrap().no_userinfo = true;
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.body);
    assert!(page.body.contains("/sign-in?return=%2Fpolls"), "{}", page.body);
    provider.script.lock().unwrap().no_userinfo = false;
    let page = come_back(&mut anna, &provider, &state).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert_eq!(provider.script.lock().unwrap().redeemed, 1);
    // Begun anew, it goes on.
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
}

/// Signed for one request alone, also where the same code may come again.
#[tokio::test]
async fn each_request_is_proved_by_a_statement_of_its_own() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(),
    }});
    let (portal, provider) = scripted(changes).await;
    let mut anna = portal.browser();
    let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
    let token = {
        let mut script = provider.script.lock().unwrap();
        script.error = "invalid_client";
        script.id_token.take()
    };
    let mut seen = BTreeSet::new();
    for token in [Value::Null, token] {
        provider.script.lock().unwrap().id_token = token;
        come_back(&mut anna, &provider, &state).await;
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[&provider.issuer]);
        rules.validate_exp = false;
        let assertion = provider.script.lock().unwrap().form["client_assertion"].clone();
        let assertion: TokenData<Value> =
            decode(&assertion, &scripted::public_key(9), &rules).unwrap();
        seen.insert(assertion.claims["jti"].as_str().unwrap().to_owned());
    }
    assert!(signed_in(&mut anna).await);
    assert_eq!(seen.len(), 2, "{seen:?}");
}

/// Anybody may write an address.
#[tokio::test]
async fn an_address_offers_data_and_ticks_none() {
    const NEED: &str = "/sign-in?return=%2Faccount%2Fdata&need=documents,vehicles";
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let offered = |page: &Answer| {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        ["id_doc", "vehicles"].iter().all(|it| page.body.contains(&format!("value=\"{it}\"")))
    };
    // The page is one for all who have no session, wherever they come from.
    for page in [anna.portal.follow(NEED).await, anna.portal.follow_from_elsewhere(NEED).await] {
        assert!(offered(&page), "{}", page.body);
        assert_eq!(ticked(&page), ["fullname"]);
    }
    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let page = anna.portal.follow(NEED).await;
    assert!(offered(&page), "{}", page.body);
    assert_eq!(ticked(&page), ["id_doc", "vehicles"], "a page of ours leads there");
    for page in [
        anna.portal.get(NEED).await,
        anna.portal.get(&NEED.replace("need", "n%65ed")).await,
        anna.portal.follow_from_elsewhere(NEED).await,
    ] {
        let to = page.location();
        assert_eq!(to, NEED.replace("need", "offer"));
        // From here the language is chosen, for instance, which leads back.
        let page = anna.portal.follow(to).await;
        assert!(offered(&page), "{}", page.body);
        assert_eq!(ticked(&page), [""; 0]);
    }
}

#[tokio::test]
async fn what_no_page_of_ours_sends_asks_for_nothing() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    for (name, asked) in [
        ("scopes[]", true),
        ("more[]", true),
        ("scope", false),
        ("scopes", false),
        ("scopes[][]", false),
    ] {
        let form = [("return", "/"), (name, "gender")];
        let to = portal.browser().post("/auth/sign-in", &form).await;
        assert!(to.location().starts_with(&provider.issuer), "{to:?}");
        let scope = to.parameter("scope").unwrap();
        assert_eq!(scope.split(' ').any(|scope| scope == "gender"), asked, "{name}: {scope}");
    }
}

#[tokio::test]
async fn nobody_is_sent_out_of_the_portal() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    for outside in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    {
        let mut anna = Visitor::new(&portal, &provider);
        assert_eq!(anna.sign_in("demo-anna", &[], &[], outside).await.location(), "/", "{outside}");
        let page = anna.portal.get(&format!("/sign-in?return={outside}")).await;
        assert!(!page.body.contains(&format!("value=\"{outside}\"")), "{outside}");
    }
}

#[tokio::test]
async fn the_page_says_what_is_asked_before_the_redirect() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    let page = anna.portal.get("/sign-in?return=%2Fpolls").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(ticked(&page), ["fullname"]);
    assert!(page.body.contains("So that pages can address you by name."));
    assert!(page.body.contains("22 November 2027"), "{}", page.body);
    assert!(!page.body.contains("Vehicles"), "not offered unless it is needed");

    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata&need=gender").await;
    assert_eq!(ticked(&page), ["gender"]);
    assert!(page.body.contains("the consent ends on 22 November 2027"), "{}", page.body);
}

#[tokio::test]
async fn the_language_of_the_account_comes_with_signing_in() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert_eq!(anna.portal.cookies.get("language"), None, "none was chosen yet");
    anna.portal.post("/api/account/language", &[("language", "ru")]).await;
    assert_eq!(anna.portal.cookies["language"], "ru", "chosen in the settings: here, too");

    let mut elsewhere = Visitor::new(&portal, &provider);
    elsewhere.sign_in("demo-anna", &[], &[], "/").await;
    assert_eq!(elsewhere.portal.cookies["language"], "ru");
    assert!(elsewhere.portal.get("/").await.body.contains("<html lang=\"ru\""));

    let mut english = Visitor::new(&portal, &provider);
    english.portal.post("/api/language", &[("language", "en"), ("back", "/")]).await;
    english.sign_in("demo-anna", &[], &[], "/").await;
    assert_eq!(english.portal.cookies["language"], "en", "what this browser chose stays");
}

#[tokio::test]
async fn signing_out_ends_both_sessions() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    let mut stolen = anna.portal.clone();
    let to = anna.portal.post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
    assert!(!signed_in(&mut stolen).await, "the session is gone, not only the cookie");
    let home = anna.provider.get(to.location()).await;
    assert!(home.location().starts_with(&format!("{ORIGIN_OF_PORTAL}/?state=")), "{home:?}");
    let page = anna.portal.get(home.location()).await;
    assert!(page.body.contains("You are signed out."), "{}", page.body);
    assert!(!page.body.contains("/auth/sign-out"));
    // The provider asks who it is again.
    let address = anna.leave("/", &[]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    let page = anna.provider.get(&page).await;
    assert!(page.body.contains("name=\"person\""), "{}", page.body);
}

/// The page with the button is still there, and so is the provider's session.
#[tokio::test]
async fn signing_out_too_late_ends_the_providers_session_all_the_same() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(1801);
    let to = anna.portal.post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
    assert_eq!(to.parameter("id_token_hint"), None);
    // The provider asks first: nothing proves who sent the browser.
    let asked = anna.provider.get(to.location()).await.location().to_owned();
    let home = anna.provider.post(&asked, &[("decision", "yes")]).await;
    let page = anna.portal.get(home.location()).await;
    assert!(page.body.contains("You are signed out."), "{}", page.body);
    let address = anna.leave("/", &[]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    let page = anna.provider.get(&page).await;
    assert!(page.body.contains("name=\"person\""), "{}", page.body);
}

#[tokio::test]
async fn whoever_may_still_be_known_to_the_provider_is_told_so() {
    const TOLD: &str = "You are signed out of this portal only.";
    let clock = Arc::new(ManualClock::new(noon()));
    // Nothing listens on the discard port.
    let away = Portal::new(Engine::Sqlite, "http://127.0.0.1:9", clock, json!({})).await;
    let (portal, provider) = scripted(json!({})).await;
    provider.script.lock().unwrap().ends_sessions = false;
    let anna = arrive(&portal, &provider, "anna", &json!({})).await;
    for mut browser in [away.browser(), anna] {
        assert_eq!(browser.post("/auth/sign-out", &[]).await.location(), "/");
        let page = browser.get("/").await;
        assert!(page.body.contains(TOLD), "{}", page.body);
        assert!(!page.body.contains("/auth/sign-out"), "{}", page.body);
        assert!(!browser.get("/").await.body.contains(TOLD), "it is said once");
    }
    // One of which nothing is known yet is waited for a little.
    let (portal, provider) = scripted(json!({})).await;
    provider.script.lock().unwrap().silence = Duration::from_secs(2);
    let to = portal.browser().post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
}

#[tokio::test]
async fn a_session_ends_after_a_time_without_requests() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    for _ in 0..3 {
        portal.wait(1700);
        assert!(signed_in(&mut anna.portal).await, "each request begins the time anew");
    }
    portal.wait(1801);
    assert!(!signed_in(&mut anna.portal).await);
    let db = &portal.platform.db;
    assert_eq!(sessions::delete_expired(db, portal.clock.now()).await.unwrap(), 0);
    let rows = sessions_of(&portal).await;
    assert_eq!(rows.len(), 1, "not deleted yet, and dead all the same");
    assert!(rows[0].sealed.is_empty() && rows[0].provider_sid.is_none(), "only whose it was");
    portal.wait(24 * 60 * 60);
    assert_eq!(sessions::delete_expired(db, portal.clock.now()).await.unwrap(), 1);
    assert!(sessions_of(&portal).await.is_empty());
}

#[tokio::test]
async fn to_ask_how_long_a_session_lasts_is_no_use_of_it() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    assert_eq!(anna.portal.get("/auth/session").await.body, "0 gone");
    assert!(!anna.portal.get("/").await.body.contains("SessionEnd"), "nobody is warned");
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert!(anna.portal.get("/").await.body.contains("SessionEnd"));
    portal.wait(1700);
    for _ in 0..2 {
        let told = anna.portal.get("/auth/session").await;
        assert_eq!((told.status, &*told.body), (StatusCode::OK, "100 more"));
        assert_eq!(told.headers["cache-control"], "no-store");
        assert!(!told.headers.contains_key(SET_COOKIE));
    }
    let mut elsewhere = portal.browser_at("https://evil.example");
    elsewhere.cookies = anna.portal.cookies.clone();
    assert_eq!(elsewhere.post("/auth/session", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "1800 more");
    portal.wait(1800);
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "0 kept", "it has ended");
    assert!(!signed_in(&mut anna.portal).await);
    session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert_eq!(anna.portal.get("/auth/session").await.body, "0 gone");
    // Whoever has an id of no session is told the same.
    assert_eq!(anna.portal.post("/auth/session", &[]).await.body, "0 gone");
}

#[tokio::test]
async fn many_who_ask_at_once_how_long_their_sessions_last_are_all_told() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(1700);
    let mut asking = JoinSet::new();
    for _ in 0..100 {
        let (mut one, mut other) = (anna.portal.clone(), anna.portal.clone());
        asking.spawn(async move {
            let told = one.get("/auth/session").await.body;
            assert!(["100 more", "1800 more"].contains(&&*told), "{told}");
        });
        asking.spawn(async move {
            assert_eq!(other.post("/auth/session", &[]).await.body, "1800 more");
        });
    }
    asking.join_all().await;
}

#[tokio::test]
async fn many_sessions_that_are_used_at_once_go_on_and_an_ended_one_does_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, _) = demo(engine).await;
        let store =
            Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
        let mut ids = Vec::new();
        for _ in 0..40 {
            let (id, data) = (Id::default(), HashMap::new());
            let mut record = Record { id, data, expiry_date: OffsetDateTime::UNIX_EPOCH };
            store.create(&mut record).await.unwrap();
            ids.push(record.id);
        }
        portal.wait(900);
        let gone = ids.pop().unwrap();
        let (used, unused) = ids.split_at(30);
        // One of them was ended after its request had read it.
        let before = session::Entity::find().all(&portal.platform.db).await.unwrap();
        let row =
            before.into_iter().find(|row| row.id_hash == sessions::filed_under(gone)).unwrap();
        let (seen_at, expires_at) = (row.seen_at, row.expires_at);
        let read = StoredSession { sealed: row.sealed, seen_at, expires_at };
        store.delete(&gone).await.unwrap();
        let late = store.of_request(Some(gone), Some(read));
        let mut using = JoinSet::new();
        for &id in used {
            let store = store.clone();
            using.spawn(async move { store.load(&id).await.unwrap().is_some() });
        }
        using.spawn(async move { late.load(&gone).await.unwrap().is_some() });
        assert!(using.join_all().await.into_iter().all(|found| found));
        portal.wait(1000);
        for id in used {
            assert!(store.load(id).await.unwrap().is_some(), "used 1000 seconds ago");
        }
        for id in unused {
            assert!(store.load(id).await.unwrap().is_none(), "not used for 1900 seconds");
        }
        assert!(store.load(&gone).await.unwrap().is_none(), "it stays ended");
    }
}

/// A session is emptied at its end, and the clock goes on as on a server that is ten seconds behind.
async fn emptied_ahead_of_time(portal: &Portal, _: &mut Visitor) {
    portal.wait(1800);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    portal.wait(-10);
}

#[tokio::test]
async fn an_emptied_session_has_ended_by_whatever_clock() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let mut anna = Visitor::new(&portal, &provider);
        anna.sign_in("demo-anna", &[], &[], "/").await;
        let row = sessions_of(&portal).await.remove(0);
        let (seen_at, expires_at) = (row.seen_at, row.expires_at);
        let read = StoredSession { sealed: row.sealed, seen_at, expires_at };
        emptied_ahead_of_time(&portal, &mut anna).await;
        assert!(portal.clock.now() < expires_at);
        assert!(sessions_of(&portal).await[0].sealed.is_empty());
        let id: Id = anna.portal.cookies["session"].parse().unwrap();
        // With the shorter time it is as old as it gets before it would end unused.
        for longest_seconds in [43_200, 3_000] {
            let lasting =
                server::config::sessions::Sessions { longest_seconds, ..Default::default() };
            let store = Sessions::new(portal.platform.clone(), lasting);
            // A request that had read it before.
            let late = store.of_request(Some(id), Some(read.clone()));
            assert!(late.load(&id).await.unwrap().is_some());
            assert_eq!(sessions_of(&portal).await[0].expires_at, expires_at, "it lasts no longer");
        }
        let asked = anna.portal.get("/auth/session").await;
        let used = anna.portal.post("/auth/session", &[]).await;
        for told in [asked, used] {
            assert_eq!((told.status, &*told.body), (StatusCode::OK, "0 kept"));
        }
        assert!(!signed_in(&mut anna.portal).await);
        let kept = typed_too_late(engine, emptied_ahead_of_time, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
    }
}

/// What waits in a browser's session under the names of forms.
async fn waiting(portal: &Portal, browser: &Browser) -> Vec<Value> {
    let store =
        Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
    let id = browser.cookies["session"].parse().unwrap();
    let data = store.load(&id).await.unwrap().unwrap().data;
    let forms: Vec<(String, Value)> = data
        .get("forms")
        .cloned()
        .map(|forms| serde_json::from_value(forms).unwrap())
        .unwrap_or_default();
    forms.into_iter().map(|(_, form)| form).collect()
}

/// Anna's session ends as `end` does it, what she typed comes too late, and `next` signs in: what
/// is there for them.
async fn typed_too_late(
    engine: Engine,
    end: impl AsyncFnOnce(&Portal, &mut Visitor),
    next: &str,
) -> Vec<Value> {
    let (portal, provider) = demo(engine).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &[], &[], "/").await;
    end(&portal, &mut shared).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = shared.portal.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");
    let mut next_one = Visitor { portal: shared.portal, provider: provider.browser() };
    next_one.sign_in(next, &[], &[], "/").await;
    assert!(signed_in(&mut next_one.portal).await);
    waiting(&portal, &next_one.portal).await
}

/// What the page of the sign-in says once to Anna, whose session ended as `end` does it before what she
/// typed came.
async fn told_before_signing_in(end: impl AsyncFnOnce(&Portal, &mut Visitor)) -> String {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    end(&portal, &mut anna).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = anna.portal.post("/api/take/answer", &form).await.location().to_owned();
    let page = anna.portal.get(&to).await;
    assert!(!anna.portal.get(&to).await.body.contains("You are signed out"), "it is said once");
    page.body
}

#[tokio::test]
async fn whoever_was_signed_out_is_told_what_becomes_of_what_was_typed() {
    let kept = told_before_signing_in(time_passes).await;
    assert!(kept.contains("What you typed is kept here for 30 minutes"), "{kept}");
    let ends_elsewhere = async |portal: &Portal, _: &mut Visitor| {
        session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    };
    let lost = told_before_signing_in(ends_elsewhere).await;
    assert!(lost.contains("what you typed could not be kept"), "{lost}");
}

#[tokio::test]
async fn how_long_a_sign_in_lasts_is_said_as_it_is_set() {
    let lasts = json!({ "sessions": { "idle_seconds": 900, "longest_seconds": 7200 } });
    let (portal, _) = scripted(lasts).await;
    let page = portal.browser().get("/accessibility").await;
    assert!(page.body.contains("after 15 minutes without"), "{}", page.body);
    assert!(page.body.contains("2 hours after signing in"), "{}", page.body);
}

/// The session ends by itself, the scheduled work comes by, another tab is looked at.
async fn time_passes(portal: &Portal, visitor: &mut Visitor) {
    portal.wait(1801);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    assert!(!signed_in(&mut visitor.portal).await);
}

#[tokio::test]
async fn what_was_typed_too_late_waits_for_whoever_typed_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kept = typed_too_late(engine, time_passes, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(kept[0]["typed"]["text"], "what Anna thinks");
        let kept = typed_too_late(engine, time_passes, "demo-boris").await;
        assert!(kept.is_empty(), "Boris was given {kept:?}");
    }
}

#[tokio::test]
async fn what_comes_under_the_id_of_a_moment_ago_waits_for_whoever_typed_it() {
    let role_changes = async |portal: &Portal, visitor: &mut Visitor| {
        let platform = &portal.platform;
        let anna = account::Entity::find().one(&platform.db).await.unwrap().unwrap().id;
        roles::give(&platform.db, platform, None, anna, Role::Auditor, None).await.unwrap();
        // A page of the same browser, whose answer comes when the form is on its way.
        let mut page = visitor.portal.clone();
        assert!(signed_in(&mut page).await);
        assert_ne!(page.cookies, visitor.portal.cookies);
    };
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let kept = typed_too_late(engine, role_changes, "demo-anna").await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(kept[0]["typed"]["text"], "what Anna thinks");
        let kept = typed_too_late(engine, role_changes, "demo-boris").await;
        assert!(kept.is_empty(), "Boris was given {kept:?}");
    }
}

#[tokio::test]
async fn what_was_typed_by_nobody_knows_whom_waits_for_nobody() {
    let signs_out = async |_: &Portal, visitor: &mut Visitor| {
        visitor.portal.post("/auth/sign-out", &[]).await;
    };
    let days_pass = async |portal: &Portal, _: &mut Visitor| {
        portal.wait(3 * 24 * 60 * 60);
        sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    };
    for next in ["demo-anna", "demo-boris"] {
        let kept = typed_too_late(Engine::Sqlite, signs_out, next).await;
        assert!(kept.is_empty(), "{next} was given {kept:?}");
        let kept = typed_too_late(Engine::Sqlite, days_pass, next).await;
        assert!(kept.is_empty(), "{next} was given {kept:?}");
    }
}

#[tokio::test]
async fn whoever_signs_in_is_told_once_that_what_nobody_owns_was_not_kept() {
    const NOT_KEPT: &str = "What was typed before signing in was not kept";
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &[], &[], "/").await;
    assert!(!shared.portal.get("/").await.body.contains(NOT_KEPT));
    // Another tab of the browser signs out.
    shared.portal.post("/auth/sign-out", &[]).await;
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = shared.portal.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");
    let mut anna = Visitor { portal: shared.portal, provider: provider.browser() };
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert!(anna.portal.get("/").await.body.contains(NOT_KEPT));
    assert!(!anna.portal.get("/").await.body.contains(NOT_KEPT));
}

/// Or whoever has no account could fill the store.
#[tokio::test]
async fn what_nobody_owns_takes_no_room() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let (poll, long) = (portal.platform.uuid().to_string(), "x".repeat(30_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", long.as_str())];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", long.as_str()),
    ];
    let forms = [("/api/take/answer", &answer[..]), ("/api/editor/save-question", &question[..])];
    for (address, form) in forms {
        for made_up in [None, Some("AAAAAAAAAAAAAAAAAAAAAA")] {
            let mut browser = portal.browser();
            if let Some(id) = made_up {
                browser.cookies.insert("session".to_owned(), id.to_owned());
            }
            // Again and again, the second time with the session that it was given.
            for _ in 0..2 {
                let to = browser.post(address, form).await.location().to_owned();
                assert!(to.starts_with("/sign-in?"), "{to}");
                let largest = sessions_of(&portal).await.iter().map(|row| row.sealed.len()).max();
                assert!(largest.is_some_and(|bytes| bytes < 2_000), "{address}: {largest:?}");
                assert!(waiting(&portal, &browser).await.is_empty());
                let page = browser.get(&to).await;
                let told = "what you typed could not be kept";
                assert!(page.body.contains(told), "{address}: {}", page.body);
            }
            // A sign-in that is under way in the same session goes on.
            let mut anna = Visitor { portal: browser, provider: provider.browser() };
            let leaves = anna.leave("/", &[]).await;
            anna.portal.post(address, form).await;
            let callback = anna.agree(&leaves, "demo-anna", &[]).await;
            assert_eq!(anna.portal.get(&callback).await.location(), "/");
            assert!(signed_in(&mut anna.portal).await);
            session::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
        }
    }
}

/// Or whoever has one could.
#[tokio::test]
async fn what_comes_too_late_takes_the_room_of_what_a_person_types() {
    const NOT_KEPT: &str = "what you typed could not be kept";
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(1801);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    let poll = portal.platform.uuid().to_string();
    let (long, longest) = ("x".repeat(30_000), "x".repeat(300_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", long.as_str())];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", longest.as_str()),
    ];
    let mut browser = anna.portal.clone();
    let to = browser.post("/api/editor/save-question", &question).await.location().to_owned();
    assert!(waiting(&portal, &browser).await.is_empty());
    assert!(browser.get(&to).await.body.contains(NOT_KEPT));
    // The browser does as if it knew of no other session, again and again.
    let mut kept = Vec::new();
    for _ in 0..100 {
        let mut browser = anna.portal.clone();
        let to = browser.post("/api/take/answer", &answer).await.location().to_owned();
        kept.push(!waiting(&portal, &browser).await.is_empty());
        assert_eq!(browser.get(&to).await.body.contains(NOT_KEPT), kept.last() == Some(&false));
    }
    assert_eq!((kept[0], kept[99]), (true, false));
    let rows = sessions_of(&portal).await;
    assert!(rows.iter().filter(|row| row.sealed.len() >= 2_000).count() <= 25);
    assert!(rows.iter().all(|row| row.sealed.len() < 40_000));
}

/// What was promised to be kept is.
#[tokio::test]
async fn what_is_too_much_takes_nothing_away_of_what_was_typed_before_it() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    time_passes(&portal, &mut anna).await;
    let (poll, longest) = (portal.platform.uuid().to_string(), "x".repeat(300_000));
    let answer = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let question = [
        ("poll", poll.as_str()),
        ("revision", "1"),
        ("question", "new"),
        ("kind", "yes_no"),
        ("title[en]", longest.as_str()),
    ];
    for (address, form, told) in [
        ("/api/take/answer", &answer[..], "What you typed is kept here"),
        ("/api/editor/save-question", &question[..], "what you typed could not be kept"),
    ] {
        let to = anna.portal.post(address, form).await.location().to_owned();
        let page = anna.portal.get(&to).await;
        assert!(page.body.contains(told), "{address}: {}", page.body);
    }
    let mut anna = Visitor { portal: anna.portal, provider: provider.browser() };
    anna.sign_in("demo-anna", &[], &[], "/").await;
    let waits = waiting(&portal, &anna.portal).await;
    assert!(waits.iter().any(|form| form.to_string().contains("what Anna thinks")), "{waits:?}");
    assert!(waits.iter().all(|form| form.to_string().len() < 2_000));
}

#[tokio::test]
async fn what_was_typed_too_late_is_not_there_after_the_account_was_deleted() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = demo(engine).await;
        let accounts = async || account::Entity::find().all(&portal.platform.db).await.unwrap();
        let mut phone = Visitor::new(&portal, &provider);
        phone.sign_in("demo-anna", &[], &[], "/").await;
        let before = accounts().await;
        time_passes(&portal, &mut phone).await;
        let poll = portal.platform.uuid().to_string();
        let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
        let to = phone.portal.post("/api/take/answer", &form).await;
        assert!(to.location().starts_with("/sign-in?"), "{to:?}");
        assert_eq!(waiting(&portal, &phone.portal).await.len(), 1);

        let mut laptop = Visitor::new(&portal, &provider);
        laptop.sign_in("demo-anna", &[], &[], "/").await;
        laptop.portal.post("/api/account/delete", &[("word", "delete")]).await;
        assert!(accounts().await.is_empty());

        let mut phone = Visitor { portal: phone.portal, provider: provider.browser() };
        phone.sign_in("demo-anna", &[], &[], "/").await;
        assert!(signed_in(&mut phone.portal).await);
        assert_eq!(accounts().await[0].id, before[0].id, "the same person");
        assert!(waiting(&portal, &phone.portal).await.is_empty());
    }
}

#[tokio::test]
async fn the_time_of_the_last_request_is_written_once_a_minute() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    portal.wait(30);
    signed_in(&mut anna.portal).await;
    assert_eq!(sessions_of(&portal).await[0].seen_at, noon());
    portal.wait(40);
    signed_in(&mut anna.portal).await;
    assert_eq!(sessions_of(&portal).await[0].seen_at, portal.clock.now());
}

#[tokio::test]
async fn an_account_that_is_gone_is_signed_out_at_once() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    account::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert!(!signed_in(&mut anna.portal).await);
    assert!(anna.portal.cookies.is_empty());
}

#[tokio::test]
async fn the_configured_administrator_is_one_and_a_change_of_roles_changes_the_session() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut alexei = Visitor::new(&portal, &provider);
    alexei.sign_in("demo-alexei", &[], &[], "/").await;
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::OK);
    let before = alexei.portal.clone();
    staff_role::Entity::delete_many().exec(&portal.platform.db).await.unwrap();
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::FORBIDDEN);
    assert_ne!(alexei.portal.cookies, before.cookies);
    let mut before = before;
    assert!(!signed_in(&mut before).await);
    assert!(signed_in(&mut alexei.portal).await);
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    assert_eq!(anna.portal.get("/staff/admin").await.status, StatusCode::FORBIDDEN);
}

/// While servers are replaced, each of both versions reads what the other one wrote.
#[tokio::test]
async fn a_role_that_another_version_wrote_into_a_session_is_left_out() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut alexei = Visitor::new(&portal, &provider);
    alexei.sign_in("demo-alexei", &[], &[], "/").await;
    let id: Id = alexei.portal.cookies["session"].parse().unwrap();
    let store =
        Sessions::new(portal.platform.clone(), server::config::sessions::Sessions::default());
    let mut record = store.load(&id).await.unwrap().unwrap();
    let written = json!([{ "role": "administrator", "department": null }]);
    assert_eq!(record.data["grants"], written, "as the version before reads it");
    let newer = json!([
        { "role": "of_tomorrow" },
        { "role": "of_tomorrow", "department": "and region" },
        { "role": "administrator", "department": null, "until": "tomorrow" },
        "of the day after",
    ]);
    record.data.insert("grants".to_owned(), newer);
    store.save(&record).await.unwrap();
    let before = alexei.portal.cookies.clone();
    assert_eq!(alexei.portal.get("/staff/admin").await.status, StatusCode::OK);
    assert_eq!(alexei.portal.cookies, before, "the roles have not changed");
}

#[tokio::test]
async fn another_persons_sign_in_in_one_browser_begins_an_empty_session() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut shared = Visitor::new(&portal, &provider);
    shared.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let mut boris = Visitor { portal: shared.portal, provider: provider.browser() };
    boris.sign_in("demo-boris", &["fullname"], &["fullname"], "/").await;
    let page = boris.portal.get("/").await;
    assert!(!page.body.contains("Примерова"), "{}", page.body);
    assert_eq!(sessions_of(&portal).await.len(), 1);
}

#[tokio::test]
async fn without_its_provider_the_portal_shows_what_is_public() {
    let clock = Arc::new(ManualClock::new(noon()));
    // Nothing listens on the discard port.
    let portal = Portal::new(Engine::Sqlite, "http://127.0.0.1:9", clock, json!({})).await;
    let mut browser = portal.browser();
    assert!(!signed_in(&mut browser).await);
    assert_eq!(browser.get("/sign-in").await.status, StatusCode::OK);
    let answer = browser.post("/auth/sign-in", &[("return", "/polls")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("Signing in does not work at the moment"), "{}", answer.body);
    assert!(answer.body.contains("/sign-in?return=%2Fpolls"), "{}", answer.body);
}

/// Leaves for the scripted provider; gives state and nonce.
pub async fn leave(browser: &mut Browser, scopes: &[&str]) -> (String, String) {
    let mut form = vec![("return", "/polls")];
    form.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
    let answer = browser.post("/auth/sign-in", &form).await;
    for (name, value) in [("code_challenge_method", "S256"), ("response_type", "code")] {
        assert_eq!(answer.parameter(name).as_deref(), Some(value));
    }
    assert!(answer.parameter("scope").unwrap().starts_with("openid"));
    (answer.parameter("state").unwrap(), answer.parameter("nonce").unwrap())
}

pub async fn come_back(browser: &mut Browser, provider: &Scripted, state: &str) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("code", "code"), ("state", state), ("iss", &provider.issuer)])
        .finish();
    browser.get(&format!("/auth/callback?{query}")).await
}

/// Leaves for the provider, which will give an ID token that says this, too; gives the state.
async fn leave_as(
    browser: &mut Browser,
    portal: &Portal,
    provider: &Scripted,
    (sub, more): (&str, &Value),
) -> String {
    let (state, nonce) = leave(browser, &[]).await;
    let mut script = provider.script.lock().unwrap();
    script.id_token = provider.good(sub, &nonce, portal.clock.now().timestamp());
    for (name, value) in more.as_object().into_iter().flatten() {
        script.id_token[name] = value.clone();
    }
    script.userinfo = json!({ "sub": sub });
    state
}

/// The browser of somebody who signs in with an ID token that says this, too.
async fn arrive(portal: &Portal, provider: &Scripted, sub: &str, more: &Value) -> Browser {
    let mut browser = portal.browser();
    let state = leave_as(&mut browser, portal, provider, (sub, more)).await;
    come_back(&mut browser, provider, &state).await;
    browser
}

#[tokio::test]
async fn whoever_needs_an_hour_at_the_provider_finds_what_was_typed() {
    const ALMOST_AN_HOUR: i64 = 59 * 60;
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    portal.wait(1801);
    let poll = portal.platform.uuid().to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("text", "what Anna thinks")];
    let to = anna.post("/api/take/answer", &form).await;
    assert!(to.location().starts_with("/sign-in?"), "{to:?}");

    let (state, nonce) = leave(&mut anna, &[]).await;
    // Another tab is looked at, which gives the session less time than it has.
    portal.wait(600);
    assert!(!signed_in(&mut anna).await);
    portal.wait(ALMOST_AN_HOUR - 600);
    sessions::delete_expired(&portal.platform.db, portal.clock.now()).await.unwrap();
    {
        let mut script = provider.script.lock().unwrap();
        script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
        script.userinfo = json!({ "sub": "anna" });
    }
    assert_eq!(come_back(&mut anna, &provider, &state).await.location(), "/polls");
    assert!(signed_in(&mut anna).await);
    assert_eq!(waiting(&portal, &anna).await[0]["typed"]["text"], "what Anna thinks");

    // Whoever is signed in and leaves for more does not stay so for longer.
    leave(&mut anna, &[]).await;
    portal.wait(1801);
    assert!(!signed_in(&mut anna).await);
    // And an hour is an hour.
    let (state, _) = leave(&mut anna, &[]).await;
    portal.wait(60 * 60);
    assert_eq!(come_back(&mut anna, &provider, &state).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_sign_in_ends_some_time_after_it_began_however_much_it_is_used() {
    let lasts = json!({ "sessions": { "idle_seconds": 1800, "longest_seconds": 3600 } });
    let (portal, provider) = scripted(lasts).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    for _ in 0..3 {
        portal.wait(19 * 60);
        assert!(signed_in(&mut anna).await);
    }
    for told in [anna.get("/auth/session").await, anna.post("/auth/session", &[]).await] {
        assert_eq!(told.body, "180 last");
    }
    portal.wait(3 * 60);
    let now = portal.platform.now();
    // The list of the person's sign-ins is not told otherwise, though nobody has asked for this one since.
    assert!(sessions_of(&portal).await[0].expires_at <= now);
    assert!(!signed_in(&mut anna).await);
    // As of any that ended by itself, it is known whose it was.
    let ended = &sessions_of(&portal).await[0];
    assert!(ended.expires_at <= now && ended.account_id.is_some());
    // It is over, too, where it was written when a sign-in could last longer.
    let written = session::ActiveModel {
        expires_at: Set(now + TimeDelta::minutes(20)),
        ..ended.clone().into_active_model()
    };
    written.update(&portal.platform.db).await.unwrap();
    for told in [anna.get("/auth/session").await, anna.post("/auth/session", &[]).await] {
        assert_eq!(told.body, "0 kept");
    }
    assert!(!signed_in(&mut anna).await);
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    assert!(signed_in(&mut anna).await);
}

#[tokio::test]
async fn whoever_signs_out_is_signed_out_before_the_provider_has_answered() {
    let days = json!({ "sessions": { "idle_seconds": 86_400, "longest_seconds": 172_800 } });
    let (portal, provider) = scripted(days).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    let mut boris = arrive(&portal, &provider, "boris", &json!({})).await;
    // What is known of the provider is older than a day.
    for _ in 0..2 {
        portal.wait(13 * 60 * 60);
        assert!(signed_in(&mut anna).await && signed_in(&mut boris).await);
    }
    provider.script.lock().unwrap().silence = SILENCE;
    let mut copy = anna.clone();
    // Anna does not wait for it.
    select! {
        answer = anna.post("/auth/sign-out", &[]) => panic!("nobody was asked: {answer:?}"),
        () = provider.asked(2) => {}
    }
    assert!(!signed_in(&mut copy).await);
    // Boris does, but not for long, and what was known yesterday has to do.
    let to = timeout(SOON, boris.post("/auth/sign-out", &[])).await.expect("an answer");
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
    let page = boris.get("/").await;
    assert!(page.body.contains("You are signed out."), "{}", page.body);
}

/// Whoever reads that something broke tries again, and is signed out at the provider, too.
#[tokio::test]
async fn a_sign_out_that_cannot_be_written_can_be_tried_again() {
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    let run = async |sql: &str| portal.platform.db.execute_unprepared(sql).await.unwrap();
    run("CREATE TRIGGER full BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await;
    run("CREATE TRIGGER full_too BEFORE DELETE ON session BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await;
    let broken = anna.post("/auth/sign-out", &[]).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    run("DROP TRIGGER full").await;
    run("DROP TRIGGER full_too").await;
    assert!(signed_in(&mut anna).await, "the browser still has it");
    let to = anna.post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
    assert!(!signed_in(&mut anna).await);
}

#[tokio::test]
async fn a_clock_that_was_put_back_keeps_nobody_out() {
    let (portal, provider) = scripted(json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    assert_eq!(provider.script.lock().unwrap().asked, 1);
    portal.clock.set(portal.clock.now() - TimeDelta::hours(1));
    // A key that is not known: the provider may have new ones since.
    let header = Header { kid: Some("8".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &json!({}), &scripted::key(8)).unwrap();
    let mut outside = portal.browser_at(&provider.issuer);
    outside.post("/auth/backchannel-logout", &[("logout_token", token.as_str())]).await;
    assert_eq!(provider.script.lock().unwrap().asked, 2);
}

#[tokio::test]
async fn a_token_that_says_more_than_who_signed_in_is_not_kept_for_the_sign_out() {
    let (portal, provider) = scripted(json!({})).await;
    for (more, kept) in [
        (json!({}), true),
        (json!({ "acr": "high", "amr": ["pwd"], "auth_time": 1_700_000_000 }), true),
        (json!({ "family_name": "Sample" }), false),
        (json!({ "email": "anna@people.example" }), false),
    ] {
        let mut anna = arrive(&portal, &provider, "anna", &more).await;
        let to = anna.post("/auth/sign-out", &[]).await;
        assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
        assert_eq!(to.parameter("client_id").as_deref(), Some("portal"));
        assert_eq!(to.parameter("id_token_hint").is_some(), kept, "{more}");
        assert!(!signed_in(&mut anna).await);
    }
}

#[tokio::test]
async fn a_provider_that_says_nothing_leaves_room_for_everybody_else() {
    let (portal, provider) = scripted(json!({ "limits": { "running_requests": 8 } })).await;
    provider.script.lock().unwrap().silence = SILENCE;
    let mut waiting = JoinSet::new();
    for (path, page) in [("/auth/sign-in", "/polls"), ("/auth/backchannel-logout", "/")] {
        for _ in 0..8 {
            let mut browser = portal.browser();
            let form = [("logout_token", "x.y.z")];
            waiting.spawn(async move { browser.post(path, &form).await.status });
        }
        // They are all there.
        sleep(Duration::from_millis(100)).await;
        assert_eq!(portal.browser().get(page).await.status, StatusCode::OK, "{path}");
        for _ in 0..6 {
            let told = timeout(SOON, waiting.join_next()).await.expect("those without room know");
            assert_eq!(told.unwrap().unwrap(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        }
    }
    assert_eq!(waiting.len(), 4, "a quarter of the room each");
}

#[tokio::test]
async fn whoever_does_not_wait_does_not_have_the_provider_asked_again() {
    let (portal, provider) = scripted(json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    portal.wait(61);
    provider.script.lock().unwrap().silence = Duration::from_secs(1);
    let header = Header { kid: Some("8".to_owned()), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &json!({}), &scripted::key(8)).unwrap();
    let form = [("logout_token", token.as_str())];
    let mut outside = portal.browser_at(&provider.issuer);
    for _ in 0..10 {
        let post = outside.post("/auth/backchannel-logout", &form);
        let _ = timeout(Duration::from_millis(50), post).await;
    }
    for _ in 0..2 {
        let told = outside.post("/auth/backchannel-logout", &form).await;
        assert_eq!(told.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(provider.script.lock().unwrap().asked, 2, "at the sign-in, and for the new key");
}

#[tokio::test]
async fn a_provider_may_sign_with_the_secret_that_it_shares_with_the_portal() {
    const SECRET: &str = "a secret: with + and %";
    /// The left half of the access token's SHA-256.
    const HASH: &str = "oFYf1knNtrqnhAVfBRuteQ";
    let (portal, provider) = scripted(json!({})).await;
    for (secret, hash, good) in [
        (Some(SECRET), HASH, true),
        (None, HASH, true),
        (Some(SECRET), "AAAAAAAAAAAAAAAAAAAAAA", false),
        (Some("guessed"), HASH, false),
    ] {
        provider.script.lock().unwrap().secret = secret;
        let mut anna = arrive(&portal, &provider, "anna", &json!({ "at_hash": hash })).await;
        assert_eq!(signed_in(&mut anna).await, good, "{secret:?} {hash}");
    }

    provider.script.lock().unwrap().secret = Some(SECRET);
    let mut boris = arrive(&portal, &provider, "boris", &json!({ "at_hash": HASH })).await;
    let now = portal.clock.now().timestamp();
    let claims = json!({
        "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": "1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} }, "sub": "boris",
    });
    let public = scripted::public_pem(7);
    let mut outside = portal.browser_at(&provider.issuer);
    for (secret, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("guessed", StatusCode::BAD_REQUEST),
        (public.as_str(), StatusCode::BAD_REQUEST),
        (SECRET, StatusCode::OK),
    ] {
        assert!(signed_in(&mut boris).await, "{secret}");
        let token = scripted::signed_with(secret, &claims);
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, status, "{secret}");
    }
    assert!(!signed_in(&mut boris).await);
}

#[tokio::test]
async fn a_token_with_anything_wrong_signs_nobody_in() {
    let (portal, provider) = scripted(json!({})).await;
    let now = portal.clock.now().timestamp();
    let set = |name: &'static str, value: Value| {
        move |claims: &mut Value| {
            claims[name] = value.clone();
        }
    };
    let changes: Vec<(&str, Change)> = vec![
        ("nonce", Box::new(set("nonce", json!("forged")))),
        ("no nonce", Box::new(set("nonce", Value::Null))),
        ("issuer", Box::new(set("iss", json!("https://evil.example")))),
        ("audience", Box::new(set("aud", json!("another-client")))),
        ("a second audience", Box::new(set("aud", json!(["portal", "another-client"])))),
        ("authorised party", Box::new(set("azp", json!("another-client")))),
        ("expiry", Box::new(set("exp", json!(now - 1)))),
        ("access token's hash", Box::new(set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")))),
    ];
    for (what, change) in changes {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        let mut claims = provider.good("anna", &nonce, now);
        change(&mut claims);
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = claims;
            script.userinfo = json!({ "sub": "anna" });
        }
        let answer = come_back(&mut browser, &provider, &state).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(!signed_in(&mut browser).await, "{what}");
        // The answer counted: it cannot be tried again with another token.
        assert_eq!(
            come_back(&mut browser, &provider, &state).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    for (what, key, sub) in [("signature", 8, "anna"), ("userinfo of another person", 7, "boris")] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, now);
            script.userinfo = json!({ "sub": sub });
            script.key = key;
        }
        let answer = come_back(&mut browser, &provider, &state).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
    }
    assert!(account::Entity::find().all(&portal.platform.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_provider_with_other_claims_needs_another_configuration_only() {
    let changes = json!({ "provider": {
        "client_authentication": "client_secret_post",
        "acr_values": ["substantial", "high"],
        "scopes": [{ "name": "profile", "label": { "en": "Profile", "ru": "Профиль" } },
                   { "name": "address", "label": { "en": "Address", "ru": "Адрес" } }],
        "attributes": [
            { "target": "name", "scope": "profile", "source": "id_token", "pointer": "/family_name", "join": ["/given_name"] },
            { "target": "birth_date", "scope": "profile", "source": "id_token", "pointer": "/birthdate", "transform": "date" },
            { "target": "region", "scope": "address", "source": "id_token", "pointer": "/address/region", "transform": "region" },
        ],
    }});
    let (portal, provider) = scripted(changes).await;
    for (level, verified) in [("high", true), ("low", false)] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &["profile", "address"]).await;
        let mut claims = provider.good("alma", &nonce, portal.clock.now().timestamp());
        for (name, value) in [
            ("acr", json!(level)),
            ("family_name", json!("Sample")),
            ("given_name", json!("Alma")),
            ("birthdate", json!("1988-04-12")),
            ("address", json!({ "region": "Lake District" })),
        ] {
            claims[name] = value;
        }
        provider.script.lock().unwrap().id_token = claims;
        assert_eq!(come_back(&mut browser, &provider, &state).await.location(), "/polls");
        let known = known(&portal).await;
        assert_eq!(known["name"].value, "Sample Alma");
        assert_eq!(known["birth_date"].value, json!(NaiveDate::from_ymd_opt(1988, 4, 12).unwrap()));
        assert_eq!(known["region"].value, "02");
        assert!(known.values().all(|attribute| attribute.verified == verified), "{level}");
        let to = browser.post("/auth/sign-out", &[]).await;
        assert_eq!(to.parameter("client_id").as_deref(), Some("portal"));
        assert_eq!(to.parameter("id_token_hint"), None, "her name stands in it");
        let script = provider.script.lock().unwrap();
        assert!(!script.basic);
        assert_eq!(script.form["client_secret"], "a secret: with + and %");
        assert!(script.form["code_verifier"].len() >= 43);
    }
}

/// A P-256 key, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes it.
fn client_key() -> String {
    let der = BASE64_STANDARD.encode(scripted::pkcs8(9));
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn the_portal_proves_itself_with_a_key_of_its_own() {
    let changes = json!({ "provider": {
        "client_authentication": "private_key_jwt", "client_key": client_key(), "client_key_id": "2026",
    }});
    let (portal, provider) = scripted(changes).await;
    let now = portal.clock.now().timestamp();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, now);
            script.userinfo = json!({ "sub": "anna" });
        }
        assert_eq!(come_back(&mut browser, &provider, &state).await.location(), "/polls");
        let form = provider.script.lock().unwrap().form.clone();
        assert!(!provider.script.lock().unwrap().basic && !form.contains_key("client_secret"));
        assert_eq!(form["client_id"], "portal");
        assert_eq!(
            form["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[&provider.issuer]);
        rules.validate_exp = false;
        let token: TokenData<Value> =
            decode(&form["client_assertion"], &scripted::public_key(9), &rules).unwrap();
        assert_eq!(token.header.kid.as_deref(), Some("2026"));
        assert_eq!(
            (&token.claims["iss"], &token.claims["sub"]),
            (&json!("portal"), &json!("portal"))
        );
        let (issued, expires) = (token.claims["iat"].as_i64(), token.claims["exp"].as_i64());
        assert_eq!((issued, expires), (Some(now), Some(now + 60)));
        seen.push(token.claims["jti"].as_str().unwrap().to_owned());
    }
    assert_ne!(seen[0], seen[1], "each statement is for one use");
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_portal_is_a_failure_of_ours() {
    let (portal, provider) = scripted(json!({})).await;
    for (error, status) in [
        ("invalid_client", StatusCode::SERVICE_UNAVAILABLE),
        ("invalid_grant", StatusCode::BAD_REQUEST),
    ] {
        let mut browser = portal.browser();
        let (state, _) = leave(&mut browser, &[]).await;
        provider.script.lock().unwrap().error = error;
        let answer = come_back(&mut browser, &provider, &state).await;
        assert_eq!(answer.status, status, "{error}: {}", answer.body);
        assert!(!signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn a_provider_cannot_grant_more_than_was_asked_for() {
    let (portal, provider) = scripted(json!({})).await;
    let mut browser = portal.browser();
    let (state, nonce) = leave(&mut browser, &["gender"]).await;
    {
        let mut script = provider.script.lock().unwrap();
        script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
        script.userinfo =
            json!({ "sub": "anna", "gender": "F", "snils": "000-000-001 00", "trusted": true });
        script.scope = Some("openid gender snils".to_owned());
    }
    come_back(&mut browser, &provider, &state).await;
    assert_eq!(known(&portal).await.into_keys().collect::<Vec<_>>(), ["gender"]);
}

#[tokio::test]
async fn what_the_provider_does_not_hold_any_more_is_not_kept_either() {
    let (portal, provider) = scripted(json!({})).await;
    for (userinfo, left) in [
        (json!({ "sub": "anna", "gender": "F", "trusted": true }), &["gender"][..]),
        (json!({ "sub": "anna" }), &[][..]),
    ] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &["gender"]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good("anna", &nonce, portal.clock.now().timestamp());
            script.userinfo = userinfo;
        }
        assert_eq!(come_back(&mut browser, &provider, &state).await.location(), "/polls");
        assert_eq!(known(&portal).await.into_keys().collect::<Vec<_>>(), left);
    }
}

#[tokio::test]
async fn the_provider_ends_sessions_by_the_back_channel() {
    let (portal, provider) = scripted(json!({})).await;
    let now = portal.clock.now().timestamp();
    let mut browsers = Vec::new();
    for sub in ["anna", "boris"] {
        let mut browser = portal.browser();
        let (state, nonce) = leave(&mut browser, &[]).await;
        {
            let mut script = provider.script.lock().unwrap();
            script.id_token = provider.good(sub, &nonce, now);
            script.userinfo = json!({ "sub": sub });
        }
        come_back(&mut browser, &provider, &state).await;
        assert!(signed_in(&mut browser).await);
        browsers.push(browser);
    }
    let logout = |jti: &str, change: Value| {
        let mut claims = json!({
            "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": jti,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            "sub": "anna", "sid": "sid of anna",
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let mut outside = portal.browser_at(&provider.issuer);
    let post = async |outside: &mut Browser, token: String| {
        outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status
    };
    for (what, token) in [
        ("no token", String::new()),
        ("another key", provider.sign(&logout("1", json!({})), Some("logout+jwt"), 8)),
        (
            "another audience",
            provider.sign(&logout("1", json!({ "aud": "other" })), Some("logout+jwt"), 7),
        ),
        ("an ID token", provider.sign(&provider.good("anna", "n", now), None, 7)),
    ] {
        assert_eq!(post(&mut outside, token).await, StatusCode::BAD_REQUEST, "{what}");
    }
    assert!(signed_in(&mut browsers[0]).await);
    let token = provider.sign(&logout("1", json!({})), Some("logout+jwt"), 7);
    assert_eq!(post(&mut outside, token.clone()).await, StatusCode::OK);
    assert!(!signed_in(&mut browsers[0]).await);
    assert!(signed_in(&mut browsers[1]).await, "another person's session stays");
    assert_eq!(post(&mut outside, token).await, StatusCode::BAD_REQUEST, "a token counts once");
    let by_subject =
        provider.sign(&logout("2", json!({ "sub": "boris", "sid": null })), Some("logout+jwt"), 7);
    assert_eq!(post(&mut outside, by_subject).await, StatusCode::OK);
    assert!(!signed_in(&mut browsers[1]).await);
}

/// A logout token of the provider, valid for two minutes.
fn logout_token(
    portal: &Portal,
    provider: &Scripted,
    jti: &str,
    (sub, sid): (&Value, &Value),
) -> String {
    let now = portal.clock.now().timestamp();
    let claims = json!({
        "iss": provider.issuer, "aud": "portal", "iat": now, "exp": now + 120, "jti": jti,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        "sub": sub, "sid": sid,
    });
    provider.sign(&claims, Some("logout+jwt"), 7)
}

#[tokio::test]
async fn a_logout_token_of_one_session_ends_that_one_alone() {
    let (portal, provider) = scripted(json!({})).await;
    let mut browsers = Vec::new();
    for (sub, sid) in [("anna", "one"), ("anna", "two"), ("anna", "three"), ("boris", "four")] {
        browsers.push(arrive(&portal, &provider, sub, &json!({ "sid": sid })).await);
    }
    let mut outside = portal.browser_at(&provider.issuer);
    for (jti, sub, sid, stay) in [
        ("1", Value::Null, "one", [false, true, true, true]),
        ("2", json!("anna"), "two", [false, false, true, true]),
    ] {
        let token = logout_token(&portal, &provider, jti, (&sub, &json!(sid)));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{sid}");
        for (number, (browser, stays)) in browsers.iter_mut().zip(stay).enumerate() {
            assert_eq!(signed_in(browser).await, stays, "{number} after {sid}");
        }
    }
}

/// The provider tries again what could not be done, and nobody else what was.
#[tokio::test]
async fn a_logout_token_counts_once_it_has_ended_what_it_ends_and_never_again() {
    let (portal, provider) = scripted(json!({})).await;
    let mut anna = arrive(&portal, &provider, "anna", &json!({})).await;
    let db = &portal.platform.db;
    let run = async |sql: &str| db.execute_unprepared(sql).await.unwrap();
    let token = logout_token(&portal, &provider, "1", (&json!("anna"), &json!("sid of anna")));
    let mut outside = portal.browser_at(&provider.issuer);
    let mut post =
        async || outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status;
    run("CREATE TRIGGER full BEFORE DELETE ON session BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await;
    assert_eq!(post().await, StatusCode::SERVICE_UNAVAILABLE);
    run("DROP TRIGGER full").await;
    assert!(signed_in(&mut anna).await);
    assert_eq!(post().await, StatusCode::OK);
    assert!(!signed_in(&mut anna).await);
    // It is remembered for as long as it may hold, by whatever clock, and what it ended for two hours,
    // which whoever sends it again does not prolong.
    for (seconds, forgotten) in [(121, 0), (120, 1), (2 * 60 * 60 - 240, 1)] {
        portal.wait(seconds);
        let now = portal.clock.now();
        assert_eq!(identity::forget_logout_tokens(db, now).await.unwrap(), forgotten);
        assert_eq!(post().await, StatusCode::BAD_REQUEST, "{forgotten} forgotten");
    }
}

async fn what_is_ended_while_somebody_signs_in(engine: Engine) {
    let (portal, provider) = scripted_on(engine, json!({})).await;
    let mut outside = portal.browser_at(&provider.issuer);
    for (number, (sub, sid, ends)) in [
        (json!("anna"), Value::Null, true),
        (Value::Null, json!("mine"), true),
        (json!("anna"), json!("mine"), true),
        (json!("anna"), json!("another"), false),
        (Value::Null, json!("another"), false),
        (json!("boris"), json!("mine"), false),
        (json!("boris"), Value::Null, false),
    ]
    .into_iter()
    .enumerate()
    {
        // What has ended before that is of no matter.
        portal.wait(1);
        let mut anna = portal.browser();
        let who = ("anna", &json!({ "sid": "mine" }));
        let state = leave_as(&mut anna, &portal, &provider, who).await;
        let token = logout_token(&portal, &provider, &number.to_string(), (&sub, &sid));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{sub} {sid}");
        // The provider lets her in all the same, by a clock that is ahead.
        portal.wait(20);
        provider.script.lock().unwrap().id_token["iat"] =
            json!(portal.clock.now().timestamp() + 60);
        let back = come_back(&mut anna, &provider, &state).await;
        assert_eq!(signed_in(&mut anna).await, !ends, "{sub} {sid}");
        if !ends {
            assert_eq!(back.location(), "/polls", "{sub} {sid}");
            continue;
        }
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{sub} {sid}");
        assert!(back.body.contains("/sign-in?return=%2Fpolls"), "{}", back.body);
        assert!(account::Entity::find().all(&portal.platform.db).await.unwrap().is_empty());
    }
    let rows = server::store::logout_token::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(rows.len(), 14, "each token, and what it ended");
    let names = ["anna", "boris", "mine", "another"];
    assert!(rows.iter().all(|row| names.iter().all(|name| !row.jti.contains(name))), "{rows:?}");
}

#[tokio::test]
async fn a_sign_in_that_was_ended_before_it_was_completed_is_none() {
    what_is_ended_while_somebody_signs_in(Engine::Sqlite).await;
    what_is_ended_while_somebody_signs_in(Engine::Postgres).await;
}

/// A transaction of another sign-in of somebody who has an account, which holds up the next one once the
/// provider has proved it and before the session is stored.
async fn held_up(portal: &Portal) -> DatabaseTransaction {
    let tx = portal.platform.begin().await.unwrap();
    let signed_in =
        account::ActiveModel { last_sign_in_at: Set(portal.clock.now()), ..Default::default() };
    account::Entity::update_many().set(signed_in).exec(&tx).await.unwrap();
    tx
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn what_is_ended_while_its_session_is_made_ends() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    let mut desk = arrive(&portal, &provider, "anna", &json!({})).await;
    let mut outside = portal.browser_at(&provider.issuer);
    let db = &portal.platform.db;
    for (jti, sub, sid) in
        [("1", Value::Null, json!("sid of anna")), ("2", json!("anna"), Value::Null)]
    {
        portal.wait(1);
        let mut phone = portal.browser();
        let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
        let tx = held_up(&portal).await;
        let there = provider.clone();
        let coming = tokio::spawn(async move {
            let back = come_back(&mut phone, &there, &state).await;
            (phone, back)
        });
        somebody_waits(db).await;
        let token = logout_token(&portal, &provider, jti, (&sub, &sid));
        let told = outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await;
        assert_eq!(told.status, StatusCode::OK, "{jti}");
        tx.commit().await.unwrap();
        let (mut phone, back) = coming.await.unwrap();
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{jti}");
        assert!(!signed_in(&mut phone).await && !signed_in(&mut desk).await, "{jti}");
        let rows = sessions_of(&portal).await;
        assert!(rows.iter().all(|row| row.account_id.is_none()), "{rows:?}");

        // And the same browser can sign in after that.
        portal.wait(1);
        let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
        assert_eq!(come_back(&mut phone, &provider, &state).await.location(), "/polls");
        assert!(signed_in(&mut phone).await, "{jti}");
        desk = phone;
    }
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn what_ends_is_noted_before_it_is_known_which_sessions_are_there() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    let mut desk = arrive(&portal, &provider, "anna", &json!({})).await;
    let mut phone = portal.browser();
    let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
    // As where the desk's session is used: whoever would end it waits, and knows already which there are.
    let tx = portal.platform.begin().await.unwrap();
    let used = session::ActiveModel { seen_at: Set(portal.clock.now()), ..Default::default() };
    session::Entity::update_many()
        .filter(session::Column::AccountId.is_not_null())
        .set(used)
        .exec(&tx)
        .await
        .unwrap();
    let token = logout_token(&portal, &provider, "1", (&json!("anna"), &Value::Null));
    let mut outside = portal.browser_at(&provider.issuer);
    let ending = tokio::spawn(async move {
        outside.post("/auth/backchannel-logout", &[("logout_token", &token)]).await.status
    });
    somebody_waits(&portal.platform.db).await;
    let back = come_back(&mut phone, &provider, &state).await;
    tx.commit().await.unwrap();
    assert_eq!(ending.await.unwrap(), StatusCode::OK);
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    assert!(!signed_in(&mut phone).await && !signed_in(&mut desk).await);
}

/// Only PostgreSQL lets two write at once.
#[tokio::test]
async fn where_it_cannot_be_known_whether_a_sign_in_was_ended_nobody_is_signed_in() {
    let (portal, provider) = scripted_on(Engine::Postgres, json!({})).await;
    arrive(&portal, &provider, "anna", &json!({})).await;
    let mut phone = portal.browser();
    let state = leave_as(&mut phone, &portal, &provider, ("anna", &json!({}))).await;
    let tx = held_up(&portal).await;
    let db = &portal.platform.db;
    let coming = tokio::spawn(async move {
        let back = come_back(&mut phone, &provider, &state).await;
        (phone, back)
    });
    somebody_waits(db).await;
    // Nor can the session be ended that was stored meanwhile.
    for sql in [
        "DROP TABLE logout_token",
        "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql \
         AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
        "CREATE TRIGGER refused BEFORE DELETE ON session FOR EACH ROW EXECUTE FUNCTION refused()",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut phone, back) = coming.await.unwrap();
    assert_eq!(back.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!signed_in(&mut phone).await);
}
