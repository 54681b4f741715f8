//! A person's sign-ins: ended by that person alone, and one of them while its session's id changes.

use crate::{
    accounts::{anna, boris, one_question},
    portal::{Browser, TestPortal, noon, on_postgres},
};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use ports::roles::Role;
use questionnaire::Facts;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, Statement,
};
use server::{
    http::chain::Chain,
    identity::{
        arrivals::People,
        caller::{self, Callers},
        session_cookie::{self, SessionCookie},
        sessions::{Sessions, StoredSession, filed_under},
    },
    polls::catalogue::Catalogue,
    staff::roles,
    store::session,
};
use std::sync::Arc;
use tokio::sync::Barrier;
use tower::ServiceExt as _;
use tower_sessions::Session;
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

#[tokio::test]
async fn a_session_that_gets_another_id_can_be_ended_all_the_time() {
    let portal = TestPortal::new().await;
    let (db, store_of_all) = (&portal.platform.db, &portal.sessions);
    let anna = portal.account(&Facts::default()).await;
    let now = portal.platform.now();
    let rows = || async {
        let running = session::Entity::find().filter(session::Column::ExpiresAt.gt(now));
        running.all(db).await.unwrap()
    };
    // As a request has it that read its session.
    let begin = || async {
        let kept = Session::new(None, store_of_all.clone(), None);
        kept.insert(SESSION_ACCOUNT_KEY, anna).await.unwrap();
        kept.save().await.unwrap();
        let (id, row) = (kept.id().unwrap(), rows().await.remove(0));
        let (sealed, seen_at, expires_at) = (row.sealed, row.seen_at, row.expires_at);
        let stored = StoredSession { sealed, seen_at, expires_at };
        let store = Arc::new(store_of_all.of_request(Some(id), Some(stored)));
        let session = Session::new(Some(id), store.clone(), None);
        let account: Option<Uuid> = session.get(SESSION_ACCOUNT_KEY).await.unwrap();
        assert_eq!(account, Some(anna));
        (id, store, session)
    };
    // As from somewhere else.
    let end_all = || async {
        let all = session::Entity::delete_many().filter(session::Column::AccountId.eq(anna));
        all.exec(db).await.unwrap();
    };
    // Another id: the same session.
    let (old, store, session) = begin().await;
    let before = rows().await;
    session.cycle_id().await.unwrap();
    assert!(store.has_left() && rows().await == before, "until the end of the request");
    session.save().await.unwrap();
    let after = rows().await;
    assert_ne!(session.id(), Some(old));
    assert!(after.len() == 1 && after[0].id_hash != before[0].id_hash);
    assert_eq!((after[0].account_id, after[0].created_at), (Some(anna), before[0].created_at));
    // Of the old one no more than whose it was, for what is on its way under it.
    let ended = session::Entity::find().filter(session::Column::ExpiresAt.lte(now));
    let left = ended.all(db).await.unwrap();
    assert!(left.len() == 1 && left[0].id_hash == before[0].id_hash && left[0].sealed.is_empty());
    assert_eq!((left[0].account_id, &left[0].device), (Some(anna), &None));
    assert!(store_of_all.ended(old).await.unwrap().is_some());
    end_all().await;
    assert!(store_of_all.ended(old).await.unwrap().is_none());
    // Ended elsewhere while the request goes on: it does not come back.
    let (old, _, session) = begin().await;
    session.cycle_id().await.unwrap();
    end_all().await;
    session.save().await.unwrap();
    assert!(rows().await.is_empty());
    assert_eq!(session.id(), Some(old), "there is no other one to tell the browser");
    // Twice in one request, as where signing in meets other roles.
    let (_, _, session) = begin().await;
    session.cycle_id().await.unwrap();
    session.cycle_id().await.unwrap();
    session.save().await.unwrap();
    let running = rows().await;
    let id_hash = filed_under(session.id().unwrap());
    assert!(running.len() == 1 && running[0].id_hash == id_hash);
    end_all().await;
    // Signed out by this very request.
    let (_, store, session) = begin().await;
    session.flush().await.unwrap();
    assert_eq!(rows().await.len(), 1);
    store.end_left().await.unwrap();
    assert!(rows().await.is_empty());
}

/// Two tabs ask for something at the moment at which the person's roles change.
#[tokio::test]
async fn requests_of_one_moment_that_change_the_sessions_id_leave_the_person_signed_in() {
    let portal = TestPortal::new().await;
    let (anna, browser) = anna(&portal).await;
    let platform = &portal.platform;
    let people = People::new(platform, portal.attributes.clone());
    let sessions = Sessions::clone(&portal.sessions);
    let late = Arc::new(|_| true);
    let cookie = SessionCookie::new(sessions, people.clone(), late, &portal.config.server);
    let catalogue = Catalogue::new(platform.clone());
    let callers = Callers::new(platform.clone(), people, catalogue, None);
    // Neither is done before both have begun.
    let both = Arc::new(Barrier::new(2));
    let router: Router = Router::new()
        .route(
            "/",
            get(move || async move {
                both.wait().await;
            }),
        )
        .layer(
            Chain::default()
                .with(Arc::new(cookie), session_cookie::layer)
                .with(Arc::new(callers), caller::layer),
        );
    roles::give(&platform.db, platform, None, anna, Role::Auditor, None).await.unwrap();
    let ask = || {
        let request = Request::get("/")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, browser.cookie.clone().unwrap())
            .body(Body::empty())
            .unwrap();
        router.clone().oneshot(request)
    };
    let (one, other) = tokio::join!(ask(), ask());
    let told = [one.unwrap(), other.unwrap()].map(|answer| {
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers().get(header::SET_COOKIE)?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    });
    assert!(told.iter().any(Option::is_some), "the session has another id");
    // Whichever answer comes last.
    for order in [[0, 1], [1, 0]] {
        let mut browser = browser.clone();
        for cookie in order.map(|at| told[at].clone()).into_iter().flatten() {
            browser.cookie = Some(cookie);
        }
        portal.get(&mut browser, "/account").await.is(200);
    }
    let running = session::Column::ExpiresAt.gt(platform.now());
    let running = session::Entity::find().filter(running).count(&platform.db).await;
    assert_eq!(running.unwrap(), 1);
}

/// A role that is given counts with a page's new id, and under no other one.
#[tokio::test]
async fn a_form_may_do_what_the_sessions_id_stands_for_until_a_page_gives_it_another() {
    let portal = TestPortal::new().await;
    let (anna, mut browser) = anna(&portal).await;
    let (db, platform) = (&portal.platform.db, &portal.platform);
    let leaked = browser.cookie.clone();
    let form =
        [("name_en", "Roads of the west"), ("name_ru", "Дороги запада"), ("region", "north")];
    roles::give(db, platform, None, anna, Role::Administrator, None).await.unwrap();
    portal.post(&mut browser, "/api/staff/create-department", &form).await.leads("/staff/admin");
    assert_eq!(browser.cookie, leaked, "its answer may not be what the browser keeps");
    portal.get(&mut browser, "/staff/admin").await.is(200).hides("Roads of the west");
    assert_ne!(browser.cookie, leaked);
    let made = portal.post(&mut browser, "/api/staff/create-department", &form).await;
    portal.get(&mut browser, &made.to).await.is(200).shows("Roads of the west");
    let mut elsewhere = Browser { cookie: leaked };
    let signed_out = portal.get(&mut elsewhere, "/staff/admin").await;
    signed_out.is(302);
    assert_eq!(signed_out.to, "/sign-in?return=%2Fstaff%2Fadmin&ended");
}

#[tokio::test]
async fn a_sign_in_is_ended_by_its_owner_alone() {
    let portal = TestPortal::new().await;
    let (anna, mut laptop) = anna(&portal).await;
    let (mut phone, mut tablet) = (portal.sign_in(anna).await, portal.sign_in(anna).await);
    let (_, mut boris) = boris(&portal).await;
    let signed_in =
        async |browser: &mut Browser| portal.get(browser, "/account").await.status.as_u16() == 200;
    let page = portal.get(&mut laptop, "/account/sign-ins").await;
    page.is(200).shows("This one");
    let handles: Vec<String> = page
        .body
        .split("name=\"handle\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(handles.len(), 2, "this one has no button");
    // Two browsers that look alike are told apart, also where only the buttons are heard.
    let mut buttons = page.body.split("name=\"handle\"").skip(1);
    let told = |rest: &str| rest.split("</button>").next().unwrap().contains(" 2026, ");
    assert!(buttons.all(told), "{}", page.body);

    for handle in [handles[0].as_str(), "00", "zz", "й", ""] {
        let form = [("handle", handle)];
        portal.post(&mut boris, "/api/account/end-sign-in", &form).await;
        portal.get(&mut boris, "/").await.shows("Page not found");
    }
    assert!(signed_in(&mut phone).await && signed_in(&mut tablet).await);

    let form = [("handle", handles[0].as_str())];
    // Pressed twice, it is done all the same.
    for _ in 0..2 {
        let ended = portal.post(&mut laptop, "/api/account/end-sign-in", &form).await;
        ended.leads("/account/sign-ins");
    }
    let page = portal.get(&mut laptop, "/").await;
    page.shows("The sign-in was ended.").hides("Page not found");
    let others = [signed_in(&mut phone).await, signed_in(&mut tablet).await];
    assert_eq!(others.iter().filter(|still| **still).count(), 1);

    let ended = portal.post(&mut laptop, "/api/account/end-other-sign-ins", &[]).await;
    ended.leads("/account/sign-ins");
    let page = portal.get(&mut laptop, "/account/sign-ins").await;
    page.is(200).shows("All other sign-ins were ended.").hides("The sign-in was ended.");
    assert!(!signed_in(&mut phone).await && !signed_in(&mut tablet).await);
    assert!(signed_in(&mut laptop).await && signed_in(&mut boris).await);
}

/// That there is none any more is only found, and is said by a commit, too, which waits for a replica.
#[tokio::test]
async fn ending_the_other_sign_ins_twice_is_a_commit_of_its_own() {
    let portal = on_postgres().await;
    let (anna, mut browser) = anna(&portal).await;
    // A row that is locked again has another holder in it.
    let holder = async || {
        let of_account = format!("SELECT xmax::text AS holder FROM account WHERE id = '{anna}'");
        let of_account = Statement::from_string(DbBackend::Postgres, of_account);
        let row = portal.platform.db.query_one_raw(of_account).await.unwrap().unwrap();
        row.try_get::<String>("", "holder").unwrap()
    };
    for _ in 0..2 {
        let before = holder().await;
        portal.post(&mut browser, "/api/account/end-other-sign-ins", &[]).await.is(303);
        assert_ne!(holder().await, before);
    }
}

/// It is listed nowhere, and what is typed there can still come to its owner.
#[tokio::test]
async fn ending_all_others_forgets_nothing_of_one_that_has_ended_by_itself() {
    let portal = TestPortal::new().await;
    let (anna, mut laptop) = anna(&portal).await;
    let poll = portal.open_poll(|poll| poll.questionnaire = one_question()).await;
    portal.clock.set(noon(2));
    let mut phone = portal.sign_in(anna).await;
    portal.post(&mut phone, "/api/account/end-other-sign-ins", &[]).await.is(303);
    let poll = poll.to_string();
    let form = [("poll", poll.as_str()), ("number", "1"), ("choice", "no")];
    portal.post(&mut laptop, "/api/take/answer", &form).await.is(303);
    portal.sign_in_again(&mut laptop, anna).await;
    let page = portal.get(&mut laptop, &format!("/polls/{poll}/take/1?again")).await;
    page.is(200).shows("value=\"no\" checked");
}
