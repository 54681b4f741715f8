//! Pages for everybody who is not signed in: kept for a second, and never anything of a person.

use crate::portal::{Browser, TestPortal, noon};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use questionnaire::{Facts, Text};
use tower::Service as _;

/// A page as the browser gets it.
async fn page(
    portal: &TestPortal,
    browser: &Browser,
    path: &str,
    known: Option<&str>,
) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path).header(header::ACCEPT, "text/html");
    if let Some(cookie) = &browser.cookie {
        request = request.header(header::COOKIE, cookie);
    }
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = portal.router.clone().call(request).await.unwrap().into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap().to_vec();
    (parts.status, parts.headers, String::from_utf8(body).unwrap())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_page_that_is_too_large_to_be_kept_is_shown_all_the_same() {
    let portal = TestPortal::new().await;
    let long = "x".repeat(3 << 20);
    let poll = portal.open_poll(|poll| poll.purpose = Text::both(&*long, &*long)).await;
    let (status, headers, body) =
        page(&portal, &Browser::default(), &format!("/polls/{poll}"), None).await;
    assert_eq!(status, 200);
    assert!(body.contains(&long) && body.contains("</html>"), "all of it is there");
    assert_eq!(headers.get(header::ETAG), None);
}

#[tokio::test]
async fn what_a_poll_is_called_is_words_in_the_head_of_its_page_too() {
    let portal = TestPortal::new().await;
    let called = "Trams</title><meta http-equiv=\"refresh\" content=\"0;url=//elsewhere\">";
    let poll = portal.open_poll(|poll| poll.title = Text::both(called, called)).await;
    let person = portal.account(&Facts::default()).await;
    for browser in [Browser::default(), portal.sign_in(person).await] {
        let (status, _, body) = page(&portal, &browser, &format!("/polls/{poll}"), None).await;
        assert_eq!(status, 200);
        assert!(body.contains("<title>Trams&lt;/title&gt;&lt;meta http-equiv="), "{body}");
        assert!(!body.contains("<meta http-equiv"), "{body}");
    }
}

#[tokio::test]
async fn a_public_page_is_known_again_and_names_its_scripts_by_hash() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let (nobody, path) = (Browser::default(), format!("/polls/{poll}"));
    let (status, headers, body) = page(&portal, &nobody, &path, None).await;
    assert_eq!(status, 200);
    assert!(body.contains("Night buses"));
    let policy = text(&headers, header::CONTENT_SECURITY_POLICY);
    assert!(!policy.contains("nonce") && !body.contains("nonce="), "{policy}");
    assert!(policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(text(&headers, header::CACHE_CONTROL), "public, no-cache");
    assert!(text(&headers, header::VARY).contains("cookie"));
    let tag = text(&headers, header::ETAG).to_owned();
    let (status, headers, body) = page(&portal, &nobody, &path, Some(&tag)).await;
    assert_eq!((status.as_u16(), body.as_str()), (304, ""));
    assert!(headers.get("x-request-id").is_some());
    // Another language is another page.
    let russian = Browser { cookie: Some("language=ru".to_owned()) };
    let (status, headers, body) = page(&portal, &russian, &path, Some(&tag)).await;
    assert_eq!(status, 200);
    assert!(body.contains("lang=\"ru\""));
    assert_ne!(text(&headers, header::ETAG), tag);
}

#[tokio::test]
async fn a_link_shows_a_page_in_its_language_whoever_opens_it_and_chooses_none() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let path = format!("/polls/{poll}");
    let person = portal.account(&Facts::default()).await;
    let english = Browser { cookie: Some("language=en".to_owned()) };
    for browser in [Browser::default(), english, portal.sign_in(person).await] {
        for (asked, language) in
            [("", "en"), ("?lang=ru", "ru"), ("?lang=en", "en"), ("?lang=de", "en"), ("", "en")]
        {
            let (status, headers, body) =
                page(&portal, &browser, &format!("{path}{asked}"), None).await;
            assert_eq!(status, 200);
            assert!(body.contains(&format!("<html lang=\"{language}\"")), "{asked}: {body}");
            assert!(!text(&headers, header::SET_COOKIE).contains("language"), "{asked}");
            // Whoever then chooses another one comes back to the page without the link's.
            assert!(body.contains(&format!("name=\"back\" value=\"{path}\"")), "{asked}: {body}");
            for (other, at) in [("en", "?lang=en"), ("ru", "?lang=ru"), ("x-default", "")] {
                let to = format!("hreflang=\"{other}\" href=\"http://127.0.0.1:8000{path}{at}\"");
                assert!(body.contains(&to), "{to}: {body}");
            }
        }
    }
    // What more an address says is not repeated, and a page that is not everybody's has none.
    let nobody = Browser::default();
    let (_, _, body) = page(&portal, &nobody, "/polls?tab=open&lang=ru", None).await;
    assert!(body.contains("<html lang=\"ru\"") && !body.contains("hreflang"), "{body}");
    let (_, _, body) = page(&portal, &nobody, "/sign-in?lang=ru", None).await;
    assert!(body.contains("<html lang=\"en\"") && !body.contains("hreflang"), "{body}");
}

#[tokio::test]
async fn a_program_that_takes_anything_gets_the_page_of_everybody() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let path = format!("/polls/{poll}");
    let (_, of_everybody, _) = page(&portal, &Browser::default(), &path, None).await;
    for method in [Method::GET, Method::HEAD] {
        let request = Request::builder().method(&method).uri(&path).header(header::ACCEPT, "*/*");
        let request = request.body(Body::empty()).unwrap();
        let (parts, body) = portal.router.clone().call(request).await.unwrap().into_parts();
        assert_eq!(parts.status, 200, "{method}");
        for name in [header::ETAG, header::CACHE_CONTROL] {
            let [this, other] = [&parts.headers, &of_everybody].map(|it| text(it, name.clone()));
            assert_eq!(this, other, "{method}");
        }
        let body = to_bytes(body, 10_000_000).await.unwrap();
        assert_eq!(body.is_empty(), method == Method::HEAD);
    }
}

#[tokio::test]
async fn what_changes_here_shows_at_once() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let (nobody, path) = (Browser::default(), "/polls?tab=open");
    let (_, _, body) = page(&portal, &nobody, path, None).await;
    assert!(body.contains("Night buses"));
    portal.at(noon(21)).await;
    let (_, _, body) = page(&portal, &nobody, path, None).await;
    assert!(!body.contains("Night buses"), "{poll} is closed");
}

#[tokio::test]
async fn nothing_of_a_person_is_kept() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let path = format!("/polls/{poll}");
    let account = portal.account(&Facts::default()).await;
    let anna = portal.sign_in(account).await;
    for browser in [&anna, &Browser { cookie: Some("session=nonsense".to_owned()) }] {
        let (status, headers, body) = page(&portal, browser, &path, None).await;
        assert_eq!(status, 200);
        assert_eq!(text(&headers, header::CACHE_CONTROL), "no-store");
        assert!(headers.get(header::ETAG).is_none());
        assert!(text(&headers, header::CONTENT_SECURITY_POLICY).contains("'nonce-"));
        assert_eq!(body.contains("Sign out"), browser.cookie == anna.cookie);
    }
    let (_, _, body) = page(&portal, &Browser::default(), &path, None).await;
    assert!(!body.contains("Sign out"));
    // Where nobody is signed in there is a redirect, which is never kept.
    let (status, headers, _) = page(&portal, &Browser::default(), "/account", None).await;
    assert!(!status.is_success());
    assert_eq!(text(&headers, header::CACHE_CONTROL), "no-store");
}
