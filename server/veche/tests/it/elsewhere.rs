//! What another site can make a browser do that is signed in here, and what it learns by that.

use crate::portal::{Answer, Browser, TestPortal};
use axum::http::{Method, Request, header};
use questionnaire::Facts;
use serde_json::json;

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
