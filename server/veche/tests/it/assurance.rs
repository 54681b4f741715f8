//! A level of assurance as the minimum to take part, and to act for the staff.

use crate::{
    portal::{Answer, Browser, TestPortal, config, question},
    scripted::Scripted,
    visitors::parameter,
};
use axum::http::{Request, header};
use migration::testing::SqliteFile;
use questionnaire::{Facts, Kind, Questionnaire};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use server::{clock::Clock as _, config::Config, identity::caller, store::staff_role};
use tower::Service as _;
use tower_sessions::Session;
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

const HIGHER: &str = "Sign in again, more reliably";
const PATHS: [&str; 3] = ["take/start", "take/answer", "take/send"];

/// A portal whose provider says what the test wants, with one poll of one question.
struct World {
    portal: TestPortal,
    provider: Scripted,
    poll: Uuid,
}

impl World {
    async fn new(assured_only: bool) -> Self {
        let provider = Scripted::start().await;
        let files = [SqliteFile::new(), SqliteFile::new()];
        let mut config: Config = config(&files, &Value::Null);
        config.provider.issuer = provider.issuer.parse().unwrap();
        config.provider.acr_values = vec!["substantial".to_owned(), "high".to_owned()];
        config.provider.assured_only = assured_only;
        config.staff.administrators = vec!["chief".to_owned()];
        let portal = TestPortal::over(files, config).await;
        let poll = portal
            .open_poll(|poll| {
                let questions = vec![question("bus", true, Kind::YesNo)];
                poll.questionnaire = Questionnaire { questions };
            })
            .await;
        Self { portal, provider, poll }
    }

    /// Signs in at a level, in a browser that may be signed in already.
    async fn sign_in(&self, browser: &mut Browser, sub: &str, level: Option<&str>) {
        let leaves = self.portal.post(browser, "/auth/sign-in", &[("return", "/polls")]).await;
        let asked = parameter(&leaves.to, "acr_values");
        assert_eq!(asked.as_deref(), Some("substantial high"), "{leaves:?}");
        let (state, nonce) =
            (parameter(&leaves.to, "state").unwrap(), parameter(&leaves.to, "nonce").unwrap());
        let now = self.portal.clock.now().timestamp();
        {
            let mut script = self.provider.script.lock().unwrap();
            script.id_token = self.provider.good(sub, &nonce, now);
            script.userinfo = json!({ "sub": sub });
            if let Some(level) = level {
                script.id_token["acr"] = json!(level);
            }
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("code", "code"), ("state", &state), ("iss", &self.provider.issuer)])
            .finish();
        self.portal.get(browser, &format!("/auth/callback?{query}")).await.leads("/polls");
    }

    fn page(&self) -> String {
        format!("/polls/{}", self.poll)
    }

    async fn post(&self, browser: &mut Browser, path: &str) -> Answer {
        let poll = self.poll.to_string();
        let form = [("poll", poll.as_str()), ("number", "1"), ("choice", "yes")];
        self.portal.post(browser, &format!("/api/{path}"), &form).await
    }

    /// The status that a program is told.
    async fn status(&self, browser: &Browser, path: &str) -> u16 {
        let form = format!("poll={}&number=1&choice=yes", self.poll);
        let request = Request::post(format!("/api/{path}"))
            .header(header::ORIGIN, "http://127.0.0.1:8000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, browser.cookie.clone().unwrap());
        let request = request.body(axum::body::Body::from(form)).unwrap();
        self.portal.router.clone().call(request).await.unwrap().status().as_u16()
    }

    /// Answers and sends.
    async fn answer(&self, browser: &mut Browser) {
        self.portal.get(browser, &self.page()).await.is(200).shows("This poll asks you");
        self.portal.answer(browser, self.poll).await;
    }
}

#[tokio::test]
async fn who_signs_in_at_too_low_a_level_is_told_so_and_stores_nothing() {
    let world = World::new(true).await;
    for level in [Some("low"), None] {
        let mut anna = Browser::default();
        world.sign_in(&mut anna, "anna", level).await;
        let page = world.portal.get(&mut anna, &world.page()).await;
        page.is(200).shows("prove reliably who you are").shows(HIGHER).hides("/api/take/start");
        world.portal.get(&mut anna, "/").await.is(200).shows("No poll is waiting for your answer");
        let question = world.portal.get(&mut anna, &format!("{}/take/1", world.page())).await;
        question.is(403).shows(HIGHER).shows("/sign-in?return=");
        for path in PATHS {
            assert_eq!(world.status(&anna, path).await, 403, "{path}");
            let refused = world.post(&mut anna, path).await;
            refused.is(303);
            assert!(refused.to.starts_with("/sign-in?return=%2Fpolls%2F"), "{path}: {refused:?}");
            let told = world.portal.get(&mut anna, &refused.to).await;
            told.is(200).shows("A more reliable sign-in is needed").hides("Share more data");
        }
        world.portal.get(&mut anna, "/answers").await.is(200).hides("Night buses");
        // What was typed is not lost: the page of the question shows it at the higher level.
        let again = format!("{}/take/1?again", world.page());
        world.sign_in(&mut anna, "anna", Some("high")).await;
        world.portal.get(&mut anna, &again).await.is(200).shows("value=\"yes\" checked");
        let discarded = world.post(&mut anna, "answers/discard").await;
        discarded.leads(&world.page());
    }
}

/// It would go into their draft as soon as they sign in at the level.
#[tokio::test]
async fn what_one_typed_does_not_wait_for_another_who_signs_in_at_too_low_a_level() {
    let world = World::new(true).await;
    let question = format!("{}/take/1", world.page());
    let mut shared = Browser::default();
    world.sign_in(&mut shared, "anna", Some("high")).await;
    let owner = world.portal.get(&mut shared, &question).await.is(200).hidden("owner");
    assert!(!owner.is_empty());
    // In another tab.
    world.sign_in(&mut shared, "boris", Some("low")).await;
    let poll = world.poll.to_string();
    let owner = owner.as_str();
    let form = [("poll", poll.as_str()), ("number", "1"), ("choice", "yes"), ("owner", owner)];
    let refused = world.portal.post(&mut shared, "/api/take/answer", &form).await;
    refused.leads(&world.page());
    let page = world.portal.get(&mut shared, &world.page()).await;
    page.is(200).shows("opened by somebody else");
    world.sign_in(&mut shared, "boris", Some("high")).await;
    for page in [format!("{question}?again"), question] {
        world.portal.get(&mut shared, &page).await.is(200).hides("value=\"yes\" checked");
    }
}

#[tokio::test]
async fn who_signs_in_at_the_level_takes_part_and_later_keeps_what_is_theirs_at_any() {
    let world = World::new(true).await;
    let mut anna = Browser::default();
    world.sign_in(&mut anna, "anna", Some("substantial")).await;
    world.answer(&mut anna).await;

    // The last sign-in counts.
    world.sign_in(&mut anna, "anna", Some("low")).await;
    let page = world.portal.get(&mut anna, &world.page()).await;
    page.is(200).shows("You have answered").shows(HIGHER).hides("/api/answers/change");
    assert_eq!(world.status(&anna, "answers/change").await, 403);
    let own = format!("/answers/{}", world.poll);
    world.portal.get(&mut anna, &own).await.is(200).shows("Yes");
    world.portal.get(&mut anna, "/account/download").await.is(200).shows("\"bus\"");
    world.post(&mut anna, "answers/withdraw").await.leads(&world.page());
    world.portal.get(&mut anna, &own).await.is(404);
    let deleted = world.portal.post(&mut anna, "/api/account/delete", &[("word", "delete")]).await;
    deleted.is(303);
    assert!(deleted.to.starts_with(&format!("{}/end_session?", world.provider.issuer)));
}

#[tokio::test]
async fn without_a_minimum_everybody_takes_part() {
    let world = World::new(false).await;
    let mut anna = Browser::default();
    world.sign_in(&mut anna, "anna", Some("low")).await;
    world.answer(&mut anna).await;
    let mut chief = Browser::default();
    world.sign_in(&mut chief, "chief", None).await;
    world.portal.get(&mut chief, "/staff/admin").await.is(200);
}

#[tokio::test]
async fn a_session_of_which_the_level_is_not_known_counts_where_there_is_no_minimum() {
    for (assured_only, status) in [(false, 200), (true, 403)] {
        let world = World::new(assured_only).await;
        let account = world.portal.account(&Facts::default()).await;
        // As sessions began before the level was kept.
        let mut anna = world.portal.sign_in(account).await;
        let question = format!("{}/take/1", world.page());
        world.portal.get(&mut anna, &question).await.is(status);
    }
}

#[tokio::test]
async fn a_session_of_another_minimum_does_not_count_for_this_one() {
    let world = World::new(true).await;
    let portal = &world.portal;
    let account = portal.account(&Facts::default()).await;
    for (minimum, status) in [("high substantial", 200), ("high low substantial", 403)] {
        let session = Session::new(None, portal.sessions.clone(), None);
        session.insert(SESSION_ACCOUNT_KEY, account).await.unwrap();
        session.insert(caller::ASSURED, minimum).await.unwrap();
        session.save().await.unwrap();
        let cookie = Some(format!("session={}", session.id().unwrap()));
        let mut browser = Browser { cookie };
        portal.get(&mut browser, &format!("{}/take/1", world.page())).await.is(status);
    }
}

#[tokio::test]
async fn a_role_counts_for_whoever_signed_in_at_the_level() {
    let world = World::new(true).await;
    let roles = async || staff_role::Entity::find().count(&world.portal.platform.db).await.unwrap();
    let mut chief = Browser::default();
    world.sign_in(&mut chief, "chief", Some("low")).await;
    assert_eq!(roles().await, 0, "the configured administrator is not made one at a low level");
    world.portal.get(&mut chief, "/staff/admin").await.is(403);

    world.sign_in(&mut chief, "chief", Some("high")).await;
    assert_eq!(roles().await, 1);
    world.portal.get(&mut chief, "/staff/admin").await.is(200);

    let mut elsewhere = Browser::default();
    world.sign_in(&mut elsewhere, "chief", Some("low")).await;
    for page in ["/staff", "/staff/admin", "/staff/audit"] {
        world.portal.get(&mut elsewhere, page).await.is(403).shows(HIGHER);
    }
    world.portal.get(&mut elsewhere, "/").await.is(200).hides("href=\"/staff\"");
    let file = world.portal.get(&mut elsewhere, "/account/download").await;
    file.is(200).shows("\"administrator\"");
    world.portal.get(&mut chief, "/staff/admin").await.is(200);
    // Whoever has no role is told just that.
    let mut anna = Browser::default();
    world.sign_in(&mut anna, "anna", Some("high")).await;
    world.portal.get(&mut anna, "/staff/admin").await.is(403).hides(HIGHER);
}

#[test]
fn a_minimum_needs_levels_that_are_enough() {
    let files = [SqliteFile::new(), SqliteFile::new()];
    let mut config: Config = config(&files, &Value::Null);
    config.provider.assured_only = true;
    let found = |config: &Config| {
        config.validate().iter().any(|finding| finding.key == "provider.assured_only")
    };
    assert!(found(&config));
    config.provider.acr_values = vec!["high".to_owned()];
    assert!(!found(&config));
    config.provider.acr_values.clear();
    config.provider.vtr = vec!["Cl.Cm".to_owned()];
    assert!(!found(&config));
}
