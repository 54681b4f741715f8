//! A person's own record: seen, changed, downloaded and deleted by that person alone.

use crate::{
    identity::somebody_waits,
    portal::{Browser, TestPortal, noon, on_postgres, question, releases, waits_for_a_lock},
};
use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use migration::{connection, testing};
use ports::{
    purposes::Purpose,
    roles::Role,
    views::account::{Use, Who},
};
use questionnaire::{
    Answer, Answers, Breakdown, Facts, Gender, Kind, Plan, Questionnaire, audience::StoredFacts,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QueryResult,
    Statement, TransactionTrait as _, sea_query::Expr,
};
use sea_orm_migration::MigratorTrait as _;
use serde_json::{Value, json};
use server::{
    accounts::{
        access,
        attributes::{Attribute, STATED},
        consents, deletion,
    },
    entropy::AsRng,
    staff::roles,
    store::{account, attribute, consent, data_access, logout_token, session, staff_role},
};
use std::{future::ready, time::Duration};
use tower::ServiceExt as _;
use tower_sessions::Session;
use uuid::Uuid;
use vault::{Draft, Respondent, SESSION_ACCOUNT_KEY, Submission};

const PAGES: [&str; 8] = [
    "/account",
    "/account/data",
    "/account/consents",
    "/account/access",
    "/account/sign-ins",
    "/account/settings",
    "/account/delete",
    "/notices",
];

/// Somebody who released a name and documents and stated a region.
pub async fn anna(portal: &TestPortal) -> (Uuid, Browser) {
    let facts = Facts { region: Some("north".into()), ..Facts::default() };
    let id = portal.account(&facts).await;
    let db = &portal.platform.db;
    for (name, value, source) in [
        ("name", json!("Anna Primerova"), "fullname"),
        ("documents", json!([{ "type": "RF_PASSPORT", "number": "000001" }]), "id_doc"),
    ] {
        let attribute = Attribute {
            name: name.into(),
            value,
            source: source.into(),
            verified: true,
            obtained_at: portal.platform.now(),
        };
        portal.attributes.save(db, id, &attribute).await.unwrap();
        let purposes = [Purpose::of(name)].into();
        consents::grant(db, &portal.platform, id, source, &purposes, 365).await.unwrap();
    }
    (id, portal.sign_in(id).await)
}

/// Somebody else.
pub async fn boris(portal: &TestPortal) -> (Uuid, Browser) {
    let id = portal.account(&Facts::default()).await;
    (id, portal.sign_in(id).await)
}

async fn names(portal: &TestPortal, account: Uuid) -> Vec<String> {
    let all = portal.attributes.all(account).await.unwrap();
    let mut names: Vec<String> = all.into_iter().map(|attribute| attribute.name).collect();
    names.sort();
    names
}

async fn consent_of(portal: &TestPortal, account: Uuid, scope: &str) -> String {
    let row = consent::Entity::find()
        .filter(consent::Column::AccountId.eq(account))
        .filter(consent::Column::Scope.eq(scope))
        .one(&portal.platform.db)
        .await
        .unwrap();
    row.unwrap().id.to_string()
}

/// The person as the vault knows one.
pub async fn respondent(portal: &TestPortal, account: Uuid) -> Respondent {
    let session = Session::new(None, portal.sessions.clone(), None);
    session.insert(SESSION_ACCOUNT_KEY, account).await.unwrap();
    Respondent::from_session(&session).await.unwrap().unwrap()
}

pub fn one_question() -> Questionnaire {
    Questionnaire { questions: vec![question("bus", true, Kind::YesNo)] }
}

pub async fn answer(portal: &TestPortal, account: Uuid, poll: Uuid) {
    let answers: Answers = [("bus".to_owned(), Answer::Choice("yes".to_owned()))].into();
    let person = respondent(portal, account).await;
    let mut rng = AsRng(&*portal.platform.entropy);
    let facts = StoredFacts::default();
    let today = portal.platform.today();
    let questions = one_question();
    let said = Submission::new(&questions, &answers, facts);
    portal.vault.submit(&person, poll, said, today, &mut rng).await.unwrap();
}

/// Whoever leads somebody here could learn by the length of the page what else stands on it.
#[tokio::test]
async fn a_page_of_a_person_repeats_no_query() {
    let portal = TestPortal::new().await;
    let mut browser = portal.sign_in(portal.account(&Facts::default()).await).await;
    for path in ["/account/data", "/answers", "/account"] {
        let page = portal.get(&mut browser, &format!("{path}?x=needle&again")).await;
        page.is(200).hides("needle").shows(&format!("name=\"back\" value=\"{path}?again\""));
    }
    // Lists keep it: whoever chose a tab comes back to it.
    let page = portal.get(&mut browser, "/polls?tab=results").await;
    page.is(200).shows("name=\"back\" value=\"/polls?tab=results\"");
}

#[tokio::test]
async fn the_switch_of_the_language_keeps_the_poll_that_led_to_ones_data() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let browser = portal.sign_in(portal.account(&Facts::default()).await).await;
    for (query, back) in [
        (format!("poll={poll}"), format!("/account/data?poll={poll}")),
        // The form that was refused is shown again, in the other language.
        (format!("poll={poll}&again"), format!("/account/data?again&poll={poll}")),
    ] {
        let mut browser = browser.clone();
        let page = portal.get(&mut browser, &format!("/account/data?{query}")).await;
        page.is(200).shows("id=\"switch-language\"").shows("form=\"switch-language\"");
        let shown = |field: &'static str| (field, page.hidden(field));
        let form = [("language", "ru".to_owned()), shown("back"), shown("keeping")];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        portal.post(&mut browser, "/api/language", &form).await.leads(&back);
    }
    // Of what there is not nothing is repeated: anybody may have written it.
    let nothing = portal.platform.uuid().to_string();
    for poll in [nothing.as_str(), "needle"] {
        let mut browser = browser.clone();
        let page = portal.get(&mut browser, &format!("/account/data?poll={poll}")).await;
        page.is(200).hides(poll).hides("name=\"keeping\"");
    }
}

/// Whoever goes on from there to release more or to revoke comes back to the poll, in either language.
#[tokio::test]
async fn the_pages_that_ones_data_lead_to_keep_the_poll_too() {
    let facts = [("birth_date", "birthdate")];
    let portal = TestPortal::configured(|config| releases(config, &facts)).await;
    let poll = portal.open_poll(|_| {}).await;
    let (account, mut anna) = anna(&portal).await;
    let consent = consent_of(&portal, account, "fullname").await;
    let led = |path: &str| format!("{path}?poll={poll}");
    let (data, consents) = (led("/account/data"), led("/account/consents"));
    let revoking = led(&format!("/account/consents/{consent}"));
    let signing_in = format!("/sign-in?return=%2Faccount%2Fdata%3Fpoll%3D{poll}");

    let page = portal.get(&mut anna, &data).await;
    page.is(200).shows(&format!("href=\"{consents}\"")).shows(&format!("href=\"{signing_in}&"));
    let page = portal.get(&mut anna, &consents).await;
    page.is(200).shows(&format!("href=\"{revoking}\"")).shows(&format!("href=\"{data}\""));
    let page = portal.get(&mut anna, &signing_in).await;
    assert_eq!(page.is(200).hidden("return"), data);
    for path in [&consents, &revoking, &signing_in] {
        let mut browser = anna.clone();
        let page = portal.get(&mut browser, path).await;
        let shown = |field: &'static str| (field, page.hidden(field));
        let form = [("language", "ru".to_owned()), shown("back"), shown("keeping")];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        portal.post(&mut browser, "/api/language", &form).await.leads(path);
    }

    let page = portal.get(&mut anna, &revoking).await;
    page.is(200).shows(&format!("href=\"{consents}\""));
    let form = ["consent", "poll"].map(|field| (field, page.hidden(field)));
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    portal.post(&mut anna, "/api/account/revoke", &form).await.leads(&consents);
    for path in ["/account/consents".to_owned(), format!("/account/consents/{consent}")] {
        let page = portal.get(&mut anna, &format!("{path}?poll=needle")).await;
        page.is(200).hides("needle").hides("name=\"keeping\"");
    }
}

/// The least that the poll needs: no poll needs to know what somebody is called, or how they are reached.
#[tokio::test]
async fn who_comes_from_a_poll_is_asked_for_what_the_poll_needs_and_offered_no_contacts() {
    let facts = [("name", "fullname"), ("gender", "gender"), ("email", "email")];
    let portal = TestPortal::configured(|config| {
        releases(config, &facts);
        let label = json!({ "en": "Label", "ru": "Название" });
        let scopes = facts.map(|(_, scope)| json!({ "name": scope, "label": label }));
        config.provider.scopes = serde_json::from_value(scopes.into_iter().collect()).unwrap();
    })
    .await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Gender].into())).await;
    for (errand, name, gender) in
        [(format!("%2Fpolls%2F{poll}"), false, true), ("%2Fpolls".to_owned(), true, false)]
    {
        let page = portal.get(&mut Browser::default(), &format!("/sign-in?return={errand}")).await;
        page.is(200).hides("value=\"email\"");
        let ticked = |scope: &str| {
            let rest = page.body.split(&format!("value=\"{scope}\"")).nth(1).expect(scope);
            rest.split('>').next().is_some_and(|rest| rest.contains("checked"))
        };
        assert_eq!((ticked("fullname"), ticked("gender")), (name, gender), "{errand}");
    }
}

/// Whoever was away for too long learns why they are to sign in, and nobody else is told so.
#[tokio::test]
async fn a_page_that_is_opened_after_the_session_has_ended_says_so_and_is_come_back_to() {
    const TOLD: &str = "You are signed out";
    const PAGE: &str = "/account/data?poll=7";
    let portal = TestPortal::new().await;
    let (account, mut anna) = anna(&portal).await;
    // The session of somebody who began to sign in and did not go on.
    let begun = Session::new(None, portal.sessions.clone(), None);
    begun.insert("begun", true).await.unwrap();
    begun.save().await.unwrap();
    let begun = format!("session={}", begun.id().unwrap());
    portal.get(&mut anna, PAGE).await.is(200).unseen(TOLD);

    portal.clock.set(noon(1) + TimeDelta::seconds(1801));
    let before = anna.cookie.clone();
    let led = portal.get(&mut anna, PAGE).await;
    led.is(302);
    // Also when it is opened once more, in the other language for instance.
    for _ in 0..2 {
        let page = portal.get(&mut anna, &led.to).await;
        page.is(200).shows(TOLD).shows("Sign in again to go on");
        assert_eq!(page.hidden("return"), PAGE);
    }
    assert_eq!(anna.cookie, before, "what is typed too late goes on being kept");
    portal.get(&mut anna, "/polls").await.is(200).hides(TOLD);
    // A file leads to the page that has the link: it is no page to come back to.
    let file = portal.get(&mut anna, "/account/download").await;
    file.leads("/account");
    let asked = portal.get(&mut anna, &file.to).await;
    let page = portal.get(&mut anna, &asked.to).await;
    page.is(200).shows(TOLD);
    assert_eq!(page.hidden("return"), "/account");
    // Another tab has signed in.
    let mut again = portal.sign_in(account).await;
    portal.get(&mut again, &led.to).await.is(200).unseen(TOLD);

    let made_up = "session=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for cookie in [None, Some(begun), Some(made_up)] {
        let mut other = Browser { cookie };
        let led = portal.get(&mut other, PAGE).await;
        led.is(302);
        assert_eq!(other.cookie, None);
        let page = portal.get(&mut other, &led.to).await;
        page.is(200).hides(TOLD);
        assert_eq!(page.hidden("return"), PAGE);
    }
}

#[tokio::test]
async fn nobody_signed_in_is_shown_nothing_and_changes_nothing() {
    let portal = TestPortal::new().await;
    let (anna, _) = anna(&portal).await;
    portal.get(&mut Browser::default(), "/account/download").await.leads("/account");
    for page in PAGES {
        let answer = portal.get(&mut Browser::default(), page).await;
        assert!(answer.to.starts_with("/sign-in?return=%2F"), "{page}: {:?}", answer.to);
        answer.hides("Primerova");
    }
    let consent = consent_of(&portal, anna, "fullname").await;
    let forms: [(&str, &[(&str, &str)]); 7] = [
        ("state", &[("gender", "female")]),
        ("revoke", &[("consent", &consent)]),
        ("end-sign-in", &[("handle", "00")]),
        ("end-other-sign-ins", &[]),
        ("language", &[("language", "ru")]),
        ("staff-code", &[]),
        ("delete", &[("word", "DELETE")]),
    ];
    for (endpoint, form) in forms {
        let path = format!("/api/account/{endpoint}");
        let answer = portal.post(&mut Browser::default(), &path, form).await;
        assert!(answer.to.starts_with("/sign-in?return=%2F"), "{path}: {:?}", answer.to);
    }
    assert_eq!(names(&portal, anna).await, ["documents", "name", "region"]);
    assert_eq!(account::Entity::find().count(&portal.platform.db).await.unwrap(), 1);
}

#[tokio::test]
async fn every_page_of_the_account_is_the_readers_own() {
    let portal = TestPortal::new().await;
    let (_, mut anna) = anna(&portal).await;
    let (_, mut boris) = boris(&portal).await;
    for page in PAGES {
        portal.get(&mut anna, page).await.is(200);
        portal.get(&mut boris, page).await.is(200).hides("Primerova").hides("000001");
    }
    let data = portal.get(&mut anna, "/account/data").await;
    data.shows("Anna Primerova").shows("Passport").shows("Number: 000001").shows("The North");
    data.shows("Not verified").shows("You stated it yourself on");
    portal.get(&mut anna, "/account/consents").await.shows("So that pages can address you by name");
}

/// Nobody is led to release again what they released: the provider has nothing to give.
#[tokio::test]
async fn what_was_not_released_and_what_the_provider_has_not_stand_apart() {
    let facts = [("name", "fullname"), ("gender", "fullname"), ("birth_date", "birthdate")];
    let portal = TestPortal::configured(|config| releases(config, &facts)).await;
    let (account, mut anna) = anna(&portal).await;
    // She agreed before the portal read the gender there: whether the provider has it, nobody knows.
    let page = portal.get(&mut anna, "/account/data").await;
    page.is(200).shows("Share: Gender").hides("the provider has no value").hides("Share: Name");
    let (db, purposes) = (&portal.platform.db, [Purpose::Address, Purpose::Polls].into());
    consents::grant(db, &portal.platform, account, "fullname", &purposes, 365).await.unwrap();
    let page = portal.get(&mut anna, "/account/data").await;
    page.is(200).shows("Share: Date of birth").hides("Share: Gender").hides("Share: Name");
    let (_, rest) = page.body.split_once("Shared, but the provider has no value").unwrap();
    let (list, _) = rest.split_once("</ul>").unwrap();
    assert!(list.contains("Gender") && !list.contains("Date of birth"), "{list}");
    let (_, mut boris) = boris(&portal).await;
    let page = portal.get(&mut boris, "/account/data").await;
    page.is(200).shows("Share: Gender").hides("the provider has no value");
}

#[tokio::test]
async fn what_is_stated_fills_gaps_and_nothing_else() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let post = "/api/account/state";

    // Nonsense is refused, and what was typed is shown again.
    let form = [("gender", "king"), ("region", "south")];
    portal.post(&mut browser, post, &form).await.leads("/account/data?again");
    let page = portal.get(&mut browser, "/account/data?again").await;
    page.is(422).shows("choose from the options shown");
    assert_eq!(portal.attributes.facts(anna).await.unwrap().region.as_deref(), Some("north"));

    let form = [("gender", "female"), ("region", "south")];
    portal.post(&mut browser, post, &form).await.leads("/account/data");
    let facts = portal.attributes.facts(anna).await.unwrap();
    assert_eq!((facts.gender, facts.region.as_deref()), (Some(Gender::Female), Some("south")));

    // Blank takes it back.
    portal.post(&mut browser, post, &[("gender", "")]).await.leads("/account/data");
    let facts = portal.attributes.facts(anna).await.unwrap();
    assert_eq!((facts.gender, facts.region), (None, None));

    // What the provider released is not overwritten.
    let released = Attribute {
        name: "gender".into(),
        value: json!("male"),
        source: "gender".into(),
        verified: true,
        obtained_at: portal.platform.now(),
    };
    portal.attributes.save(&portal.platform.db, anna, &released).await.unwrap();
    portal.post(&mut browser, post, &[("gender", "female")]).await.leads("/account/data");
    assert_eq!(portal.attributes.facts(anna).await.unwrap().gender, Some(Gender::Male));
    let stated = attribute::Entity::find().filter(attribute::Column::Source.eq(STATED));
    assert_eq!(stated.count(&portal.platform.db).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_stated_on_a_page_that_somebody_else_opened_is_stated_of_nobody() {
    let portal = TestPortal::new().await;
    let (post, page, again) = ("/api/account/state", "/account/data", "/account/data?again");
    let (_, mut anna) = anna(&portal).await;
    let (id, mut boris) = boris(&portal).await;
    let annas = portal.get(&mut anna, page).await.hidden("mark");
    let boriss = portal.get(&mut boris, page).await.hidden("mark");
    assert!(!annas.is_empty() && !boriss.is_empty());
    let (annas, boriss) = (annas.as_str(), boriss.as_str());
    let form = |region, mark| [("gender", "female"), ("region", region), ("mark", mark)];
    // Nor is what is wrong with it shown to whoever is there now.
    for region in ["south", "nowhere"] {
        portal.post(&mut boris, post, &form(region, annas)).await.leads(page);
        portal.get(&mut boris, again).await.is(200).shows("opened by somebody else");
        assert!(names(&portal, id).await.is_empty());
    }
    // Nor to whoever was, and signs in again.
    portal.clock.set(noon(2));
    let typed = "value=\"female\" checked";
    for (mark, theirs) in [(annas, false), (boriss, true)] {
        let mut boris = portal.sign_in(id).await;
        portal.clock.set(portal.platform.now() + TimeDelta::hours(13));
        portal.post(&mut boris, post, &form("south", mark)).await.is(303);
        portal.sign_in_again(&mut boris, id).await;
        assert_eq!(portal.get(&mut boris, again).await.is(200).body.contains(typed), theirs);
        let file = portal.get(&mut boris, "/account/download").await.is(200).body.clone();
        let file: Value = serde_json::from_str(&file).unwrap();
        let waits = json!({ "gender": "female", "region": "south" });
        assert_eq!(file["session"]["unsaved_data"], if theirs { waits } else { json!(null) });
        if theirs {
            portal.post(&mut boris, post, &form("north", mark)).await.leads(page);
            let file = portal.get(&mut boris, "/account/download").await.is(200).body.clone();
            let file: Value = serde_json::from_str(&file).unwrap();
            assert_eq!(file["session"]["unsaved_data"], json!(null), "it is saved by now");
        }
    }
    let mut boris = portal.sign_in(id).await;
    portal.post(&mut boris, post, &form("south", boriss)).await.leads(page);
    assert_eq!(names(&portal, id).await, ["gender", "region"]);
}

/// By which a server knows whether what it keeps of a person still holds.
async fn an_account_has_another_tag_after_every_change(url: &str) {
    let db = connection::open(url).await.unwrap();
    migration::portal::Migrator::up(&db, None).await.unwrap();
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let bytes = |hex: &str| if postgres { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
    let id = |number: u128| {
        let id = Uuid::from_u128(number);
        if postgres { format!("'{id}'") } else { bytes(&id.simple().to_string()) }
    };
    let [one, other, row] = [1, 2, 3].map(id);
    let (sealed, at) = (bytes("00"), "'2026-11-26 12:00:00+00:00'");
    for (account, subject) in [(&one, "01"), (&other, "02")] {
        let subject = bytes(subject);
        let new = format!(
            "INSERT INTO account (id, subject, provider, created_at, last_sign_in_at) \
             VALUES ({account}, {subject}, 'demo', {at}, {at})"
        );
        db.execute_unprepared(&new).await.unwrap();
    }
    let tags = async || {
        let sql = "SELECT tag FROM account ORDER BY subject";
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
        let tag = |row: &QueryResult| row.try_get_by_index::<Option<Uuid>>(0).unwrap();
        rows.unwrap().iter().map(tag).collect::<Vec<_>>()
    };
    let changes = [
        format!(
            "INSERT INTO attribute (account_id, name, sealed, source, verified, obtained_at) \
             VALUES ({one}, 'name', {sealed}, 'demo', true, {at})"
        ),
        format!(
            "INSERT INTO staff_role (id, account_id, role, granted_at) \
             VALUES ({row}, {one}, 'auditor', {at})"
        ),
        format!(
            "INSERT INTO notice (id, account_id, at, kind, params) \
             VALUES ({row}, {one}, {at}, 'role_given', '{{}}')"
        ),
        "UPDATE attribute SET name = 'gender'".to_owned(),
        "UPDATE staff_role SET role = 'reviewer'".to_owned(),
        "UPDATE notice SET kind = 'role_taken'".to_owned(),
        format!("UPDATE account SET inbox_seen_at = {at} WHERE id = {one}"),
        "DELETE FROM attribute".to_owned(),
        "DELETE FROM staff_role".to_owned(),
        "DELETE FROM notice".to_owned(),
    ];
    for change in changes {
        let before = tags().await;
        db.execute_unprepared(&change).await.unwrap();
        let after = tags().await;
        assert!(after[0].is_some() && after[0] != before[0], "{change}");
        assert_eq!(after[1], None, "{change}");
    }
    let before = tags().await;
    db.execute_unprepared(&format!("UPDATE account SET last_sign_in_at = {at}")).await.unwrap();
    assert_eq!(tags().await, before, "no request knows of that");
    db.execute_unprepared(&format!("DELETE FROM account WHERE id = {one}")).await.unwrap();
}

#[tokio::test]
async fn an_account_has_another_tag_after_every_change_on_sqlite() {
    an_account_has_another_tag_after_every_change(&testing::SqliteFile::new().url()).await;
}

#[tokio::test]
async fn an_account_has_another_tag_after_every_change_on_postgres() {
    an_account_has_another_tag_after_every_change(&testing::postgres().await.unwrap()).await;
}

#[tokio::test]
async fn what_is_known_of_a_person_is_read_once_for_a_tag() {
    let portal = TestPortal::sqlite().await;
    let (_, mut browser) = anna(&portal).await;
    let run = async |sql: &str| portal.platform.db.execute_unprepared(sql).await.unwrap();
    portal.get(&mut browser, "/polls").await.is(200);
    // Nobody can change it unseen. If somebody could, it would not be read.
    run("DROP TRIGGER attribute_update").await;
    run("UPDATE attribute SET sealed = x'00'").await;
    portal.get(&mut browser, "/polls").await.is(200);
    run("UPDATE account SET tag = randomblob(16)").await;
    portal.get(&mut browser, "/polls").await.is(500);
}

#[tokio::test]
async fn revoking_a_consent_rewrites_nothing_of_those_that_ended_before() {
    let portal = TestPortal::new().await;
    let (anna, _) = anna(&portal).await;
    // Given anew: the one before ends.
    portal.clock.set(noon(1) + TimeDelta::hours(1));
    let (db, purposes) = (&portal.platform.db, [Purpose::Record].into());
    consents::grant(db, &portal.platform, anna, "id_doc", &purposes, 365).await.unwrap();
    portal.clock.set(noon(1) + TimeDelta::hours(2));
    let mut browser = portal.sign_in(anna).await;
    let of_scope = || async {
        let of_scope = consent::Entity::find().filter(consent::Column::Scope.eq("id_doc"));
        let mut all = of_scope.all(db).await.unwrap();
        all.sort_by_key(|one| one.granted_at);
        all
    };
    let all = of_scope().await;
    // By the one that has ended, as on a page that was shown before.
    let form = [("consent", all[0].id.to_string())];
    let form = form.each_ref().map(|(name, id)| (*name, id.as_str()));
    portal.post(&mut browser, "/api/account/revoke", &form).await.leads("/account/consents");
    let all = of_scope().await;
    assert_eq!((all[0].revoked_at, all[0].ends_at), (None, noon(1) + TimeDelta::hours(1)));
    assert_eq!(all[1].revoked_at, Some(noon(1) + TimeDelta::hours(2)));
    let page = portal.get(&mut browser, "/account/consents").await;
    page.shows("The consent was revoked and the data deleted.")
        .shows("Replaced by a newer consent on");
    // Nothing holds any more: it is done already.
    portal.post(&mut browser, "/api/account/revoke", &form).await.leads("/account/consents");
    let page = portal.get(&mut browser, "/").await;
    page.shows("The consent was revoked and the data deleted.").hides("Page not found");
    assert_eq!(of_scope().await, all);
}

/// However often somebody has signed in.
#[tokio::test]
async fn consents_have_pages_and_those_that_hold_come_first() {
    let portal = TestPortal::new().await;
    let (anna, _) = anna(&portal).await;
    let (db, purposes) = (&portal.platform.db, [Purpose::Record].into());
    for hour in 1..=60 {
        portal.clock.set(noon(1) + TimeDelta::hours(hour));
        consents::grant(db, &portal.platform, anna, "id_doc", &purposes, 365).await.unwrap();
    }
    let mut browser = portal.sign_in(anna).await;
    portal.get(&mut browser, "/account").await.is(200).shows("2 active consents");
    // Given before all the others, the name's holds.
    let holds = consent_of(&portal, anna, "fullname").await;
    let revoke = format!("href=\"/account/consents/{holds}\"");
    let first = portal.get(&mut browser, "/account/consents").await;
    first.is(200).shows("Page 1 of 2").shows(&revoke);
    first.shows("href=\"/account/consents?page=2\"");
    let second = portal.get(&mut browser, "/account/consents?page=2").await;
    second.is(200).shows("Page 2 of 2").hides(&revoke).hides("Ended on");
    second.shows("Replaced by a newer consent on");
    // One that is on the second page has a page of its own, too.
    let oldest = consent::Entity::find()
        .filter(consent::Column::Scope.eq("id_doc"))
        .order_by_asc(consent::Column::GrantedAt)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    let page = portal.get(&mut browser, &format!("/account/consents/{}", oldest.id)).await;
    page.is(200).shows("Replaced by a newer consent on").hides("/api/account/revoke");
}

#[tokio::test]
async fn what_is_known_of_a_person_has_a_fixed_order() {
    // There a row that is written anew moves.
    let portal = on_postgres().await;
    let (anna, _) = anna(&portal).await;
    let mut known = portal.attributes.all(anna).await.unwrap();
    assert!(known.is_sorted_by(|one, next| one.name < next.name), "{known:?}");
    // Written last, it does not come last.
    known[0].verified = true;
    portal.attributes.save(&portal.platform.db, anna, &known[0]).await.unwrap();
    let again = portal.attributes.all(anna).await.unwrap();
    assert_eq!(again, known);
}

#[tokio::test]
async fn lists_of_what_happened_say_by_which_clock() {
    let portal = TestPortal::configured(|config| {
        config.portal.time_zone = "Europe/Moscow".to_owned();
    })
    .await;
    let (_, mut anna) = anna(&portal).await;
    // So that something stands in the list.
    portal.get(&mut anna, "/account/download").await.is(200);
    for page in ["/account/sign-ins", "/account/access", "/account/consents"] {
        let page = portal.get(&mut anna, page).await;
        page.is(200).shows("Times are by the portal’s clock, which is now at UTC+3.");
    }
}

#[tokio::test]
async fn a_consent_says_everything_that_its_data_are_for() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let purposes = [Purpose::Address, Purpose::Polls].into();
    let db = &portal.platform.db;
    consents::grant(db, &portal.platform, anna, "profile", &purposes, 365).await.unwrap();
    let page = portal.get(&mut browser, "/account/consents").await;
    page.is(200).shows("address you by name. To know which polls ask you");
}

#[tokio::test]
async fn revoking_a_consent_deletes_what_it_released() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let (_, mut boris) = boris(&portal).await;
    let consent = consent_of(&portal, anna, "id_doc").await;
    let form = [("consent", consent.as_str())];

    // It is asked once more, on a page that is hers alone.
    let page = format!("/account/consents/{consent}");
    let list = portal.get(&mut browser, "/account/consents").await;
    list.is(200).shows(&format!("href=\"{page}\"")).hides("/api/account/revoke");
    portal.get(&mut boris, &page).await.is(404).hides("/api/account/revoke");
    let asked = portal.get(&mut browser, &page).await;
    asked.is(200).shows("<title>Revoke this consent? – ").shows("href=\"/account/consents\"");
    asked.shows("action=\"/api/account/revoke\"");
    assert_eq!(asked.hidden("consent"), consent);

    portal.post(&mut boris, "/api/account/revoke", &form).await.leads("/account/consents");
    portal.get(&mut boris, "/").await.shows("Page not found");
    assert_eq!(names(&portal, anna).await, ["documents", "name", "region"]);

    portal.post(&mut browser, "/api/account/revoke", &form).await.leads("/account/consents");
    assert_eq!(names(&portal, anna).await, ["name", "region"]);
    let page = portal.get(&mut browser, "/account/consents").await;
    page.shows("The consent was revoked and the data deleted.").shows("Revoked on");
    let asked = portal.get(&mut browser, &format!("/account/consents/{consent}")).await;
    asked.is(200).shows("Revoked on").hides("/api/account/revoke");

    // Pressed twice, it is done all the same.
    portal.post(&mut browser, "/api/account/revoke", &form).await.leads("/account/consents");
    let page = portal.get(&mut browser, "/").await;
    page.shows("The consent was revoked and the data deleted.").hides("Page not found");
    assert_eq!(names(&portal, anna).await, ["name", "region"]);
    let consent = consent_of(&portal, anna, "fullname").await;
    portal.post(&mut browser, "/api/account/revoke", &[("consent", &consent)]).await;
    portal.get(&mut browser, "/account").await.is(200).hides("Primerova");
}

#[tokio::test]
async fn the_scheduled_work_forgets_what_has_run_out() {
    let portal = TestPortal::new().await;
    let (anna, _) = anna(&portal).await;
    let db = &portal.platform.db;
    let taken = logout_token::ActiveModel {
        jti: Set("1".to_owned()),
        expires_at: Set(noon(1) + TimeDelta::days(365)),
    };
    logout_token::Entity::insert(taken).exec_without_returning(db).await.unwrap();
    let all = &["documents", "name", "region"][..];
    for (day, known, tokens) in [(364, all, 1), (366, &["region"][..], 0)] {
        portal.at(noon(1) + TimeDelta::days(day)).await;
        assert_eq!(names(&portal, anna).await, known, "what was stated stays");
        assert_eq!(logout_token::Entity::find().count(db).await.unwrap(), tokens, "{day}");
    }
}

/// Whoever is given a role signs in meanwhile.
#[tokio::test]
async fn a_change_of_roles_keeps_nobody_from_signing_in() {
    let portal = on_postgres().await;
    let db = &portal.platform.db;
    let ((anna, _), (boris, _)) = (anna(&portal).await, boris(&portal).await);
    let department = portal.department().await;
    let code = roles::staff_code(&portal.platform, anna).await.unwrap();
    // The new role waits for its department.
    let held = db.begin().await.unwrap();
    held.execute_unprepared("SELECT FROM department FOR UPDATE").await.unwrap();
    let role = Role::Initiator;
    let appoint = roles::appoint(&portal.platform, boris, Some(department), &code, role);
    let meanwhile = async {
        somebody_waits(db).await;
        let soon = Duration::from_mins(1);
        let signed_in = tokio::time::timeout(soon, portal.sign_in(anna)).await;
        held.commit().await.unwrap();
        assert!(signed_in.is_ok(), "the sign-in waits for the role");
    };
    let (appointed, ()) = tokio::join!(appoint, meanwhile);
    assert_eq!(appointed.unwrap(), Ok(()));
}

#[tokio::test]
async fn a_table_that_cannot_be_written_keeps_nothing_past_its_consent() {
    let portal = TestPortal::sqlite().await;
    let (anna, _) = anna(&portal).await;
    let db = &portal.platform.db;
    db.execute_unprepared(
        "CREATE TRIGGER full BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'full'); END",
    )
    .await
    .unwrap();
    let late = noon(1) + TimeDelta::days(366);
    portal.clock.set(late);
    assert!(portal.scheduler.tick(late).await.is_err(), "the session cannot be emptied");
    assert_eq!(names(&portal, anna).await, ["region"]);
}

/// A transaction of a sign-in, or of a form of another window, that has not ended yet: all of them
/// begin with the account.
async fn under_way(portal: &TestPortal, account: Uuid) -> DatabaseTransaction {
    let tx = portal.platform.db.begin().await.unwrap();
    let mine = account::Entity::update_many().filter(account::Column::Id.eq(account));
    let now = Expr::val(portal.platform.now());
    mine.col_expr(account::Column::LastSignInAt, now).exec(&tx).await.unwrap();
    tx
}

/// Posts a form beside a transaction that ends once the form waits for it, or is done without; before
/// its end something else is done.
async fn post_beside(
    tx: DatabaseTransaction,
    portal: &TestPortal,
    browser: &mut Browser,
    (path, form): (&str, &[(&str, &str)]),
    meanwhile: impl Future<Output = ()>,
) -> crate::portal::Answer {
    let post = portal.post(browser, path, form);
    tokio::pin!(post);
    let early = loop {
        tokio::select! {
            answer = &mut post => break Some(answer),
            () = tokio::time::sleep(Duration::from_millis(5)) => {}
        }
        if waits_for_a_lock(&portal.platform.db).await {
            break None;
        }
    };
    meanwhile.await;
    tx.commit().await.unwrap();
    match early {
        Some(answer) => answer,
        None => post.await,
    }
}

#[tokio::test]
async fn revoking_ends_what_a_sign_in_of_the_same_moment_grants() {
    let portal = on_postgres().await;
    let (anna, mut browser) = anna(&portal).await;
    let consent = consent_of(&portal, anna, "id_doc").await;
    let tx = under_way(&portal, anna).await;
    consents::grant(&tx, &portal.platform, anna, "id_doc", &[Purpose::Polls].into(), 365)
        .await
        .unwrap();
    let form = ("/api/account/revoke", &[("consent", &*consent)][..]);
    let revoked = post_beside(tx, &portal, &mut browser, form, ready(())).await;
    revoked.leads("/account/consents");
    let now = portal.platform.now();
    let held = consents::active(&portal.platform.db, anna, now).await.unwrap();
    assert_eq!(held.iter().map(|it| &*it.scope).collect::<Vec<_>>(), ["fullname"]);
    assert_eq!(names(&portal, anna).await, ["name", "region"]);
}

#[tokio::test]
async fn of_what_is_stated_in_two_windows_the_later_stays() {
    let portal = on_postgres().await;
    let (boris, mut browser) = boris(&portal).await;
    let tx = under_way(&portal, boris).await;
    let region = Attribute {
        name: "region".into(),
        value: json!("north"),
        source: STATED.into(),
        verified: false,
        obtained_at: portal.platform.now(),
    };
    portal.attributes.save(&tx, boris, &region).await.unwrap();
    let form = ("/api/account/state", &[("gender", "male"), ("region", "")][..]);
    post_beside(tx, &portal, &mut browser, form, ready(())).await.is(303);
    assert_eq!(names(&portal, boris).await, ["gender"]);
}

/// A deletion that comes late, when the person has come again and agreed to something.
#[tokio::test]
async fn an_account_is_deleted_as_it_was_when_that_was_asked_for() {
    for portal in [TestPortal::new().await, on_postgres().await] {
        let (db, (anna, _)) = (&portal.platform.db, anna(&portal).await);
        let find = async || account::Entity::find_by_id(anna).one(db).await.unwrap();
        let asked = find().await.unwrap();
        portal.clock.set(noon(2));
        under_way(&portal, anna).await.commit().await.unwrap();
        let delete_as =
            async |row: &account::Model| deletion::delete_as(&portal.platform, row).await.unwrap();
        assert_eq!(delete_as(&asked).await, Ok(false));
        assert!(find().await.is_some());
        assert_eq!(names(&portal, anna).await, ["documents", "name", "region"]);
        assert_eq!(delete_as(&find().await.unwrap()).await, Ok(true));
        assert!(find().await.is_none());
        assert!(names(&portal, anna).await.is_empty());
    }
}

/// The browser is closed, or the request takes too long, while the answers go.
#[tokio::test]
async fn a_deletion_that_has_begun_is_finished_without_its_request() {
    let portal = on_postgres().await;
    let db = &portal.platform.db;
    let (anna, mut browser) = anna(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    answer(&portal, anna, poll).await;
    let held = db.begin().await.unwrap();
    held.execute_unprepared("SELECT FROM response FOR UPDATE").await.unwrap();
    let waits = somebody_waits(db);
    tokio::select! {
        early = portal.post(&mut browser, "/api/account/delete", &[("word", "delete")]) => {
            panic!("it did not wait for the answers: {early:?}")
        }
        () = waits => {}
    }
    held.rollback().await.unwrap();
    let gone = async {
        while account::Entity::find_by_id(anna).one(db).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.expect("the account goes, too");
    nothing_is_left(&portal, anna, poll).await;
}

/// Or of two administrators who leave together the last one would be refused without the answers.
#[tokio::test]
async fn roles_are_given_up_before_the_answers_go() {
    const DELETE: (&str, &[(&str, &str)]) = ("/api/account/delete", &[("word", "delete")]);
    let portal = on_postgres().await;
    let db = &portal.platform.db;
    let ((anna, _), (boris, _)) = (anna(&portal).await, boris(&portal).await);
    for account in [anna, boris] {
        let administrator = Role::Administrator;
        roles::give(db, &portal.platform, None, account, administrator, None).await.unwrap();
    }
    let (mut hers, mut his) = (portal.sign_in(anna).await, portal.sign_in(boris).await);
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    answer(&portal, anna, poll).await;
    let held = db.begin().await.unwrap();
    held.execute_unprepared("SELECT FROM response FOR UPDATE").await.unwrap();
    let meanwhile = async {
        somebody_waits(db).await;
        portal.post(&mut his, DELETE.0, DELETE.1).await.leads("/account/delete?again");
        held.rollback().await.unwrap();
    };
    let (left, ()) = tokio::join!(portal.post(&mut hers, DELETE.0, DELETE.1), meanwhile);
    left.leads("/");
    nothing_is_left(&portal, anna, poll).await;
}

/// Neither the account is there any more nor an answer of its person to the poll.
async fn nothing_is_left(portal: &TestPortal, account: Uuid, poll: Uuid) {
    let found = account::Entity::find_by_id(account).one(&portal.platform.db).await.unwrap();
    assert!(found.is_none());
    let person = respondent(portal, account).await;
    assert!(portal.vault.standings(&person, &[poll]).await.unwrap().answered.is_empty());
}

/// They asked for it with the one browser while they signed in with the other.
#[tokio::test]
async fn an_account_is_deleted_beside_a_sign_in() {
    let portal = on_postgres().await;
    let (anna, mut browser) = anna(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    portal.clock.set(noon(1) + TimeDelta::minutes(1));
    let tx = under_way(&portal, anna).await;
    answer(&portal, anna, poll).await;
    let form = ("/api/account/delete", &[("word", "delete")][..]);
    post_beside(tx, &portal, &mut browser, form, ready(())).await.leads("/");
    nothing_is_left(&portal, anna, poll).await;
}

/// They asked for it with the one browser while they sent their answers with the other.
#[tokio::test]
async fn what_is_sent_while_the_account_is_deleted_goes_with_it() {
    let portal = on_postgres().await;
    let (anna, mut browser) = anna(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    // Nothing changes in the account, so that it is deleted at the first attempt.
    let tx = under_way(&portal, anna).await;
    let form = ("/api/account/delete", &[("word", "delete")][..]);
    let sent = answer(&portal, anna, poll);
    post_beside(tx, &portal, &mut browser, form, sent).await.leads("/");
    nothing_is_left(&portal, anna, poll).await;
}

#[tokio::test]
async fn the_download_has_everything_of_its_owner_and_of_nobody_else() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let (boris, mut other) = boris(&portal).await;
    let sent = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    let begun = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    answer(&portal, anna, sent).await;
    answer(&portal, boris, begun).await;
    let mut draft = Draft::default();
    draft.typed.entry("bus".into()).or_default().choice = Some("no".into());
    let mut rng = AsRng(&*portal.platform.entropy);
    let person = respondent(&portal, anna).await;
    let today = portal.platform.today();
    portal.vault.save_draft(&person, begun, &draft, None, today, &mut rng).await.unwrap();

    let file = portal.get(&mut browser, "/account/download").await;
    file.is(200);
    let file: Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(file["format"], "veche-account/4");
    assert_eq!(file["account"]["id"], anna.to_string());
    let facts = file["data"]["facts"].as_array().unwrap();
    let mut known: Vec<&str> = facts.iter().map(|it| it["name"].as_str().unwrap()).collect();
    known.sort_unstable();
    assert_eq!(known, ["documents", "name", "region"]);
    assert_eq!(file["consents"].as_array().unwrap().len(), 2);
    assert_eq!(file["sign_ins"].as_array().unwrap().len(), 1);
    assert!(!file["notices"].as_array().unwrap().is_empty());
    let answers = file["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 2);
    let of = |poll: Uuid| answers.iter().find(|it| it["poll"] == poll.to_string()).unwrap();
    assert!(of(sent)["sent"]["answers"].to_string().contains("yes"), "{}", of(sent));
    assert!(of(sent)["draft"].is_null());
    assert!(of(begun)["sent"].is_null(), "another person's answer");
    assert_eq!(of(begun)["draft"]["typed"]["bus"]["choice"], "no");

    portal.get(&mut browser, "/account/access").await.shows("downloaded as a file");
    let file = portal.get(&mut other, "/account/download").await;
    file.hides("Primerova").hides(&anna.to_string());
}

#[tokio::test]
async fn the_uses_of_data_have_pages() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let platform = &portal.platform;
    for _ in 0..51 {
        access::record(&platform.db, platform, anna, Who::Yourself, Use::Download).await.unwrap();
    }
    let first = portal.get(&mut browser, "/account/access").await;
    first.is(200).shows("<title>Page 1 of 2 – Who used my data – ").shows("Older").hides("Newer");
    let last = portal.get(&mut browser, "/account/access?page=99").await;
    last.is(200).shows("<title>Page 2 of 2 – ").shows("/account/access?page=1").hides("Older");
    assert_eq!(first.body.matches("downloaded as a file").count(), 50);
    assert!(last.body.matches("downloaded as a file").count() < 5);
}

#[tokio::test]
async fn deleting_the_account_leaves_nothing_that_leads_to_the_person() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let mut phone = portal.sign_in(anna).await;
    let (boris, mut other) = boris(&portal).await;
    let open = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    let closing = portal
        .open_poll(|poll| {
            poll.questionnaire = one_question();
            poll.closes_at = Some(noon(2));
        })
        .await;
    for poll in [open, closing] {
        answer(&portal, anna, poll).await;
        answer(&portal, boris, poll).await;
    }
    portal.at(noon(2)).await;
    // Sessions have ended in between.
    portal.sign_in_again(&mut browser, anna).await;
    portal.sign_in_again(&mut phone, anna).await;
    portal.sign_in_again(&mut other, boris).await;

    let page = portal.get(&mut browser, "/account/delete").await;
    page.is(200).shows("What is deleted").shows("What stays");
    let form = [("word", "please")];
    let refused = portal.post(&mut browser, "/api/account/delete", &form).await;
    refused.leads("/account/delete?again");
    portal.get(&mut browser, &refused.to).await.is(422).shows("please");
    assert_eq!(names(&portal, anna).await, ["documents", "name", "region"]);

    let form = [("word", "delete")];
    portal.post(&mut browser, "/api/account/delete", &form).await.leads("/");
    portal.get(&mut browser, "/").await.is(200).shows("Your account was deleted.");
    for gone in [&mut browser, &mut phone] {
        let answer = portal.get(gone, "/account").await;
        assert!(answer.to.starts_with("/sign-in"), "{:?}", answer.to);
    }
    let db = &portal.platform.db;
    assert!(account::Entity::find_by_id(anna).one(db).await.unwrap().is_none());
    let mine = attribute::Entity::find().filter(attribute::Column::AccountId.eq(anna));
    assert_eq!(mine.count(db).await.unwrap(), 0);
    let mine = consent::Entity::find().filter(consent::Column::AccountId.eq(anna));
    assert_eq!(mine.count(db).await.unwrap(), 0);
    let mine = data_access::Entity::find().filter(data_access::Column::AccountId.eq(anna));
    assert_eq!(mine.count(db).await.unwrap(), 0);
    let mine = session::Entity::find().filter(session::Column::AccountId.eq(anna));
    assert_eq!(mine.count(db).await.unwrap(), 0);
    let mine = staff_role::Entity::find().filter(staff_role::Column::AccountId.eq(anna));
    assert_eq!(mine.count(db).await.unwrap(), 0);

    // Nothing of hers is found again; what the other person sent is still there.
    let (hers, his) = (respondent(&portal, anna).await, respondent(&portal, boris).await);
    let polls = [open, closing];
    assert!(portal.vault.standings(&hers, &polls).await.unwrap().answered.is_empty());
    assert_eq!(portal.vault.standings(&his, &polls).await.unwrap().answered.len(), 2);
    portal.get(&mut other, "/account").await.is(200);
}

#[tokio::test]
async fn a_second_press_on_deleting_the_account_says_that_it_is_deleted() {
    let portal = TestPortal::new().await;
    let (_, mut browser) = anna(&portal).await;
    let (_, mut boris) = boris(&portal).await;
    let delete = "/api/account/delete";
    let mark = portal.get(&mut browser, "/account/delete").await.hidden("mark");
    let form = [("word", "delete"), ("mark", mark.as_str())];
    // Sent before the first answer was read, and again out of the browser's history.
    let mut hasty = browser.clone();
    portal.post(&mut browser, delete, &form).await.leads("/");
    for browser in [&mut hasty, &mut browser] {
        portal.post(browser, delete, &form).await.leads("/");
        portal.get(browser, "/").await.is(200).shows("Your account was deleted.");
    }
    // What is only found gone is said by a commit, too, which waits for a replica: a row was locked.
    let db = &portal.platform.db;
    if db.get_database_backend() == DbBackend::Postgres {
        let locked = "SELECT 1 FROM portal_key WHERE xmax <> '0'::xid";
        let locked = Statement::from_string(DbBackend::Postgres, locked);
        assert!(db.query_one_raw(locked).await.unwrap().is_some());
    }
    // Of nobody else's account is it said, nor of none.
    let his = portal.get(&mut boris, "/account/delete").await.hidden("mark");
    assert!(!his.is_empty() && his != mark);
    for mark in ["", "00", his.as_str(), &mark[2..]] {
        let form = [("word", "delete"), ("mark", mark)];
        let told = portal.post(&mut Browser::default(), delete, &form).await;
        assert!(told.to.starts_with("/sign-in?return="), "{mark}: {:?}", told.to);
    }
    // Nor does it delete the account of whoever has signed in since.
    portal.post(&mut boris, delete, &form).await.leads("/account/delete?again");
    let page = portal.get(&mut boris, "/account/delete?again").await;
    assert_eq!(page.is(422).hidden("mark").len(), his.len());
    portal.get(&mut boris, "/account").await.is(200);
}

#[tokio::test]
async fn a_consent_that_a_newer_one_replaced_does_not_seem_to_have_ended() {
    let portal = TestPortal::new().await;
    let (anna, _) = anna(&portal).await;
    let (db, purposes) = (&portal.platform.db, [Purpose::Record].into());
    portal.clock.set(noon(1) + TimeDelta::hours(1));
    consents::grant(db, &portal.platform, anna, "id_doc", &purposes, 1).await.unwrap();
    portal.clock.set(noon(1) + TimeDelta::hours(2));
    let mut browser = portal.sign_in(anna).await;
    let page = portal.get(&mut browser, "/account/consents").await;
    page.is(200).shows("Replaced by a newer consent on").hides("Ended on");
    // Nobody gave the newer one anew.
    portal.clock.set(noon(3));
    let mut browser = portal.sign_in(anna).await;
    let page = portal.get(&mut browser, "/account/consents").await;
    page.is(200).shows("Replaced by a newer consent on").shows("Ended on");
}

#[tokio::test]
async fn pages_for_anyone_are_open_and_tell_the_truth() {
    let portal = TestPortal::new().await;
    let (_, mut anna) = anna(&portal).await;
    for page in ["/", "/services", "/protection", "/accessibility", "/display"] {
        portal.get(&mut Browser::default(), page).await.is(200).hides("Primerova");
        portal.get(&mut anna, page).await.is(200);
    }
    portal.get(&mut anna, "/").await.shows("Hello, Anna Primerova");
    // In one text the surname may stand first, and nobody is addressed so.
    let cookie = format!("{}; language=ru", anna.cookie.clone().unwrap());
    let page = portal.get(&mut Browser { cookie: Some(cookie) }, "/").await;
    page.is(200).shows(">Здравствуйте!<").hides("Здравствуйте,");
    let protection = portal.get(&mut Browser::default(), "/protection").await;
    protection.shows("Ministry of tests").shows("data@example.org").shows("confidential");

    // Every service leads somewhere.
    let services = portal.get(&mut anna, "/services").await;
    let tags = services.body.split("<a ").skip(1).map(|rest| rest.split('>').next().unwrap());
    let links: Vec<&str> = tags
        .filter(|tag| tag.contains("class=\"veche-tiles__link\""))
        .map(|tag| tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap())
        .collect();
    assert!(links.len() >= 12, "{links:?}");
    for link in links {
        portal.get(&mut anna, link).await.is(200);
    }
}

#[tokio::test]
async fn the_display_settings_work_signed_out() {
    let portal = TestPortal::new().await;
    let form = [("size", "larger"), ("scheme", "yellow"), ("spacing", "wide")];
    let request = Request::post("/api/display")
        .header("origin", "http://127.0.0.1:8000")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish(),
        ))
        .unwrap();
    let answer = portal.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    let cookies: Vec<&str> =
        answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
    let display = cookies.iter().find(|it| it.starts_with("display=larger.yellow.wide")).unwrap();

    let request = Request::get("/display")
        .header("accept", "text/html")
        .header("cookie", display.split(';').next().unwrap())
        .body(Body::empty())
        .unwrap();
    let answer = portal.router.clone().oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    assert!(body.contains("veche-text-larger veche-scheme-yellow veche-spacing-wide"));
}
