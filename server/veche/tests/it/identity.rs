//! Signing in and out, with the demo provider and with one that lies.

use crate::{
    portal::waits_for_a_lock,
    scripted::Scripted,
    visitors::{
        Answer, Browser, DemoProvider, Engine, ORIGIN_OF_PORTAL, Portal, Visitor, noon, parameter,
    },
};
use axum::http::StatusCode;
use ports::purposes::Purpose;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, DatabaseConnection, EntityTrait as _,
    IntoActiveModel as _, Set,
};
use serde_json::{Value, json};
use server::{
    accounts::{attributes::Attribute, consents},
    clock::{Clock as _, ManualClock},
    store::{account, attribute, consent, data_access, session},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::{
    select,
    time::{sleep, timeout},
};
use uuid::Uuid;

/// What is made wrong with a good ID token.
type Change = Box<dyn Fn(&mut Value)>;

/// Longer than the portal waits for a provider that says nothing.
pub const SILENCE: Duration = Duration::from_mins(1);
/// Much shorter than that.
pub const SOON: Duration = Duration::from_secs(5);

pub async fn demo(engine: Engine) -> (Portal, DemoProvider) {
    let clock = Arc::new(ManualClock::new(noon()));
    let provider = DemoProvider::start(clock.clone()).await;
    let portal = Portal::new(engine, &provider.issuer, clock, json!({})).await;
    (portal, provider)
}

pub async fn scripted(changes: Value) -> (Portal, Scripted) {
    scripted_on(Engine::Sqlite, changes).await
}

pub async fn scripted_on(engine: Engine, changes: Value) -> (Portal, Scripted) {
    let provider = Scripted::start().await;
    let clock = Arc::new(ManualClock::new(noon()));
    let portal = Portal::new(engine, &provider.issuer, clock, changes).await;
    (portal, provider)
}

pub async fn known(portal: &Portal) -> BTreeMap<String, Attribute> {
    let accounts = account::Entity::find().all(&portal.platform.db).await.unwrap();
    assert_eq!(accounts.len(), 1, "one person has one account");
    let all = portal.attributes.all(accounts[0].id).await.unwrap();
    all.into_iter().map(|attribute| (attribute.name.clone(), attribute)).collect()
}

pub async fn sessions_of(portal: &Portal) -> Vec<session::Model> {
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
pub async fn account_of(portal: &Portal, provider: &DemoProvider, sub: &str) -> (Uuid, Browser) {
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
    assert!(deleted.location().starts_with(&format!("{}/end_session?", provider.issuer)));
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
pub async fn somebody_waits(db: &DatabaseConnection) {
    timeout(Duration::from_mins(1), async {
        while !waits_for_a_lock(db).await {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("somebody who waits");
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

/// As by a double click: the provider may take back what a code has given when it sees it twice.
#[tokio::test]
async fn a_callback_that_comes_twice_at_once_sends_its_code_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (portal, provider) = scripted_on(engine, json!({})).await;
        let mut anna = portal.browser();
        let state = leave_as(&mut anna, &portal, &provider, ("anna", &json!({}))).await;
        let mut again = anna.clone();
        let answers = tokio::join!(
            come_back(&mut anna, &provider, &state),
            come_back(&mut again, &provider, &state),
        );
        assert_eq!(provider.script.lock().unwrap().redeemed, 1);
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::BAD_REQUEST]);
        assert!(signed_in(&mut anna).await != signed_in(&mut again).await);
    }
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
    assert!(page.body.contains("Nothing was shared, because you said no"), "{}", page.body);
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

/// Contacts are not even offered unless a page of ours says that they are needed.
#[tokio::test]
async fn an_email_address_is_asked_for_where_a_page_of_ours_needs_it() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &["fullname"], &["fullname"], "/").await;
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata").await;
    assert!(!page.body.contains("value=\"email\""), "{}", page.body);
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata&need=email").await;
    assert_eq!(ticked(&page), ["email"]);
    let address = anna.leave("/account/data", &["email"]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    let form = [("decision", "allow"), ("scope", "email")];
    let back = anna.provider.post(&format!("{page}/consent"), &form).await;
    assert_eq!(anna.portal.get(back.location()).await.location(), "/account/data");
    assert!(known(&portal).await.contains_key("email"));
    // Shared already, it is shown and not asked for anew.
    let page = anna.portal.follow("/sign-in?return=%2Faccount%2Fdata&need=email").await;
    assert!(page.body.contains("value=\"email\""), "{}", page.body);
    assert_eq!(ticked(&page), [""; 0]);
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

/// Or whoever uses the computer next would be signed in as this person, to a new account.
#[tokio::test]
async fn deleting_the_account_ends_the_providers_session_too() {
    let (portal, provider) = demo(Engine::Sqlite).await;
    let mut anna = Visitor::new(&portal, &provider);
    anna.sign_in("demo-anna", &[], &[], "/").await;
    let to = anna.portal.post("/api/account/delete", &[("word", "delete")]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
    assert!(to.parameter("id_token_hint").is_some(), "the provider need not ask who it is");
    let home = anna.provider.get(to.location()).await;
    let page = anna.portal.get(home.location()).await;
    assert!(page.body.contains("Your account was deleted."), "{}", page.body);
    assert!(!page.body.contains("/auth/sign-out"), "{}", page.body);
    let address = anna.leave("/", &[]).await;
    let page = anna.provider.get(&address).await.location().to_owned();
    let page = anna.provider.get(&page).await;
    assert!(page.body.contains("name=\"person\""), "{}", page.body);

    let (portal, provider) = scripted(json!({})).await;
    provider.script.lock().unwrap().ends_sessions = false;
    let mut boris = arrive(&portal, &provider, "boris", &json!({})).await;
    let to = boris.post("/api/account/delete", &[("word", "delete")]).await;
    assert_eq!(to.location(), "/");
    let page = boris.get("/").await;
    let told = "Your account was deleted. The identity provider may still know you";
    assert!(page.body.contains(told), "{}", page.body);
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
    provider.script.lock().unwrap().silence = Duration::from_millis(1500);
    let to = portal.browser().post("/auth/sign-out", &[]).await;
    assert!(to.location().starts_with(&format!("{}/end_session?", provider.issuer)), "{to:?}");
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
pub async fn leave_as(
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
pub async fn arrive(portal: &Portal, provider: &Scripted, sub: &str, more: &Value) -> Browser {
    let mut browser = portal.browser();
    let state = leave_as(&mut browser, portal, provider, (sub, more)).await;
    come_back(&mut browser, provider, &state).await;
    browser
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
    // Boris does, but sooner than the provider is given up, and what was known yesterday has to do.
    let sooner = Duration::from_secs(9);
    let to = timeout(sooner, boris.post("/auth/sign-out", &[])).await.expect("an answer");
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
