//! Which page an address opens, and what a page reads out of its address.

use crate::portal::{Browser, TestPortal};
use app::routes::PAGES;
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use tower::Service as _;

#[tokio::test]
async fn an_address_opens_its_page_and_no_other() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await.to_string();
    let encoded = format!("%{:02x}{}", poll.as_bytes()[0], &poll[1..]);
    for (path, status) in [
        (format!("/polls/{poll}"), 200),
        (format!("/polls/{encoded}"), 200),
        (format!("/polls/{poll}/"), 404),
        (format!("/polls/{poll}/nothing"), 404),
        ("/polls/nothing".to_owned(), 404),
        ("/polls/%ff".to_owned(), 404),
        ("/polls//results".to_owned(), 404),
        ("/polls?tab=%ff".to_owned(), 200),
        ("/nothing".to_owned(), 404),
    ] {
        let answer = portal.get(&mut Browser::default(), &path).await;
        assert_eq!(answer.status, status, "{path}");
        answer.shows("<h1");
    }
    // The last field of a name counts.
    let page = portal.get(&mut Browser::default(), "/polls?tab=open&tab=results").await;
    page.is(200).hides("Night buses");
}

#[tokio::test]
async fn a_page_has_a_head_and_takes_no_form() {
    let portal = TestPortal::new().await;
    for page in PAGES.iter().filter(|page| !page.path.contains('{')) {
        for (method, allowed) in [(Method::HEAD, true), (Method::PUT, false)] {
            let request = Request::builder()
                .method(&method)
                .uri(page.path)
                .header(header::ACCEPT, "text/html")
                .header("sec-fetch-site", "same-origin");
            let request = request.body(Body::empty()).unwrap();
            let answer = portal.router.clone().call(request).await.unwrap();
            assert_eq!(answer.status() != 405, allowed, "{method} {}", page.path);
        }
    }
}
