//! What another site can make a browser do that is signed in here, and what it learns by that.

use crate::{
    portal::{Answer, Browser, TestPortal, noon},
    statistics::{answered, publish, staff},
};
use axum::http::{Method, Request, header};
use chrono::TimeDelta;
use ports::roles::Role;
use questionnaire::Facts;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::json;
use server::store::{data_access, session, staff_log};

const ELSEWHERE: &str = "https://elsewhere.example/?from=here";

/// What the browser of another site's visitor sends, with the address that it comes from.
async fn sent(
    portal: &TestPortal,
    browser: &mut Browser,
    (method, path): (Method, &str),
    site: Option<&str>,
    form: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::REFERER, ELSEWHERE)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::CONTENT_LENGTH, form.len());
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    portal.send(browser, request, form.to_owned()).await
}

#[tokio::test]
async fn another_site_does_not_learn_who_has_answered() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = async || portal.account(&Facts::default()).await;
    let mut answered = portal.sign_in(account().await).await;
    let id = poll.to_string();
    let draft = [("poll", id.as_str()), ("number", "1"), ("choice", "yes")];
    portal.post(&mut answered, "/api/take/answer", &draft).await.is(303);
    let mut fresh = portal.sign_in(account().await).await;
    for path in [
        format!("/api/take/check?poll={poll}"),
        format!("/api/answers/own?poll={poll}"),
        "/api/answers/list".to_owned(),
        "/api/account/overview".to_owned(),
        "/api/staff/desk".to_owned(),
    ] {
        for browser in [&mut answered, &mut fresh, &mut Browser::default()] {
            for method in [Method::GET, Method::HEAD] {
                for site in ["cross-site", "same-site"] {
                    let told =
                        sent(&portal, browser, (method.clone(), &path), Some(site), "").await;
                    told.is(403);
                    assert_eq!(told.to, "", "{path}");
                }
                // A browser that does not say so is not led back, whatever there is for it.
                let told = sent(&portal, browser, (method.clone(), &path), None, "").await;
                assert!(!told.to.contains("elsewhere"), "{path} leads to {}", told.to);
            }
        }
    }
    // It may lead people to a page, and programs read what is for them.
    let page = format!("/polls/{poll}");
    sent(&portal, &mut fresh, (Method::GET, &page), Some("cross-site"), "").await.is(200);
    portal.program("/api/v1/openapi.json", None, "content-type").await.is(200);
}

/// The page of a refusal offers to send the form again, and that would come from our own page.
#[tokio::test]
async fn a_form_of_another_site_is_never_offered_to_be_sent_again() {
    let portal = TestPortal::limited(&json!({ "posts_per_minute": 2 })).await;
    let poll = portal.open_poll(|_| {}).await;
    let mut browser = portal.sign_in(portal.account(&Facts::default()).await).await;
    let form = format!("poll={poll}");
    for _ in 0..5 {
        let to = (Method::POST, "/api/answers/withdraw");
        let refused = sent(&portal, &mut browser, to, Some("cross-site"), &form).await;
        refused.is(403).hides("/api/answers/withdraw").hides(&poll.to_string());
    }
    let own = [("poll", &*poll.to_string())];
    for _ in 0..2 {
        portal.post(&mut browser, "/api/take/start", &own).await.is(303);
    }
    portal.post(&mut browser, "/api/take/start", &own).await.is(429).shows("/api/take/start");
    let to = (Method::POST, "/api/answers/withdraw");
    let refused = sent(&portal, &mut browser, to, Some("cross-site"), &form).await;
    refused.is(403).hides("/api/answers/withdraw").hides(&poll.to_string());
}

/// A picture on a page of another host of our domain, for which the browser sends the cookie.
const PICTURE: [&str; 3] = ["same-site", "no-cors", "image"];
/// A link of another site.
const LINK: [&str; 3] = ["cross-site", "navigate", "document"];

/// What a browser gets that says where, how and for what it asks.
async fn asked(
    portal: &TestPortal,
    browser: &mut Browser,
    path: &str,
    [site, mode, dest]: [&str; 3],
) -> Answer {
    let request = Request::get(path)
        .header("sec-fetch-site", site)
        .header("sec-fetch-mode", mode)
        .header("sec-fetch-dest", dest);
    portal.send(browser, request, String::new()).await
}

#[tokio::test]
async fn another_site_does_not_read_the_notices_in_somebodys_place() {
    const COUNT: &str = "veche-header__count";
    let portal = TestPortal::new().await;
    let mut anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    let poll = portal.open_poll(|_| {}).await;
    // What came just now would be new once more.
    portal.clock.set(noon(1) + TimeDelta::minutes(1));
    portal.get(&mut anna, "/polls").await.is(200).shows(COUNT);
    for page in ["/notices".to_owned(), "/".to_owned(), format!("/polls/{poll}")] {
        let refused = asked(&portal, &mut anna, &page, PICTURE).await;
        refused.is(403).shows("does not open from another site").hides("Night buses");
    }
    portal.get(&mut anna, "/polls").await.is(200).shows(COUNT);
    asked(&portal, &mut anna, "/notices", LINK).await.is(200).shows("Night buses");
    portal.get(&mut anna, "/polls").await.is(200).hides(COUNT);
    // What is everybody's is there for all.
    asked(&portal, &mut anna, "/api/v1/openapi.json", PICTURE).await.is(200);
    asked(&portal, &mut anna, &format!("/polls/{poll}/results.csv"), PICTURE).await.is(404);
}

#[tokio::test]
async fn another_site_downloads_nothing_of_somebody() {
    let portal = TestPortal::new().await;
    let mut anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    let used = async || data_access::Entity::find().all(&portal.platform.db).await.unwrap().len();
    let before = used().await;
    for about in [PICTURE, LINK, ["same-site", "navigate", "document"]] {
        let refused = asked(&portal, &mut anna, "/account/download", about).await;
        refused.is(403).shows("does not open from another site");
    }
    assert_eq!(used().await, before);
    let ours = ["same-origin", "navigate", "document"];
    asked(&portal, &mut anna, "/account/download", ours).await.is(200);
    assert_eq!(used().await, before + 1);
}

/// Of the staff it is written down who takes a file, and whoever uses a session keeps it going.
#[tokio::test]
async fn what_another_site_asks_for_in_the_background_is_asked_for_by_nobody() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 12)]).await;
    publish(&portal).await;
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let cookie = statistician.cookie.clone();
    let noted = async || {
        let db = &portal.platform.db;
        let sessions = session::Entity::find().all(db).await.unwrap();
        let seen: Vec<_> = sessions.into_iter().map(|row| row.seen_at).collect();
        (staff_log::Entity::find().count(db).await.unwrap(), seen)
    };
    let before = noted().await;
    portal.clock.set(noon(22) + TimeDelta::minutes(5));
    let file = format!("/polls/{poll}/results.csv");
    for path in [file.as_str(), "/api/v1/openapi.json", "/api/v1/releases"] {
        let status = if path.ends_with("releases") { 401 } else { 200 };
        asked(&portal, &mut statistician, path, PICTURE).await.is(status);
        assert_eq!(noted().await, before, "{path}");
        assert_eq!(statistician.cookie, cookie, "{path}");
    }
    let ours = ["same-origin", "navigate", "document"];
    asked(&portal, &mut statistician, &file, ours).await.is(200);
    let after = noted().await;
    assert_eq!(after.0, before.0 + 1);
    assert_ne!(after.1, before.1);
}
