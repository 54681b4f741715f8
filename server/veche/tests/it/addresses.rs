//! Which page an address opens, and what a page reads out of its address.

use crate::portal::{Browser, TestPortal};
use app::routes::PAGES;
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use questionnaire::Facts;
use tower::Service as _;

#[tokio::test]
async fn an_address_opens_its_page_and_no_other() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await.to_string();
    let encoded = format!("%{:02x}{}", poll.as_bytes()[0], &poll[1..]);
    for (path, status) in [
        (format!("/polls/{poll}"), 200),
        (format!("/polls/{encoded}"), 200),
        (format!("/polls/{}", poll.replace('-', "")), 308),
        (format!("/staff/polls/{}", poll.to_uppercase()), 308),
        (format!("/polls/{poll}/nothing"), 404),
        ("/polls/nothing".to_owned(), 404),
        ("/polls/%ff".to_owned(), 404),
        ("/polls//results".to_owned(), 404),
        ("/polls?tab=%ff".to_owned(), 200),
        ("/nothing".to_owned(), 404),
    ] {
        let answer = portal.get(&mut Browser::default(), &path).await;
        assert_eq!(answer.status, status, "{path}");
        if status != 308 {
            answer.shows("<h1");
        }
    }
    // The last field of a name counts.
    let page = portal.get(&mut Browser::default(), "/polls?tab=open&tab=results").await;
    page.is(200).hides("Night buses");
}

/// Every page is found at one address, however an id or the end of its address is spelled.
#[tokio::test]
async fn another_spelling_of_an_address_leads_to_the_one_that_there_is() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await.to_string();
    let mut nobody = Browser::default();
    for (path, to) in [
        ("/polls/?tab=open".to_owned(), "/polls?tab=open".to_owned()),
        (format!("/polls/{poll}/"), format!("/polls/{poll}")),
        (format!("/polls/{}/results", poll.to_uppercase()), format!("/polls/{poll}/results")),
        (format!("/polls/%7B{poll}%7D"), format!("/polls/{poll}")),
    ] {
        let led = portal.get(&mut nobody, &path).await;
        assert_eq!((led.status.as_u16(), &led.to), (308, &to), "{path}");
        assert_ne!(portal.get(&mut nobody, &to).await.status, 308, "{to}");
        portal.post(&mut nobody, &path, &[]).await.is(404);
    }
    for out in ["//evil.example/", "/\\evil.example/"] {
        let answer = portal.get(&mut nobody, out).await;
        assert_eq!((answer.status.as_u16(), &*answer.to), (404, ""), "{out}");
    }
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

/// A proxy gives up an answer whose head is too large, and takes the server for broken.
#[tokio::test]
async fn an_address_of_any_length_leads_to_a_short_one() {
    let portal = TestPortal::new().await;
    for letter in ["x", "%"] {
        let path = format!("/account?x={}", letter.repeat(6000));
        let led = portal.get(&mut Browser::default(), &path).await;
        assert_eq!(led.to, "/sign-in?return=%2F");
    }
    // Nor is what an address names repeated without end.
    let names = format!("/sign-in?need={}", "a,".repeat(3000));
    let mut anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    assert_eq!(portal.get(&mut anna, &names).await.is(200).to, "");
}

#[tokio::test]
async fn the_headers_sign_in_leads_back_to_the_page_that_one_was_on() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let back = format!("/sign-in?return=%2Fpolls%2F{poll}");
    for (page, link) in [
        (format!("/polls/{poll}"), back.as_str()),
        // It and the display settings lead on to where one was before, and the sign-in ticks nothing by that.
        (format!("{back}&need=documents"), back.as_str()),
        (format!("/display?return=%2Fpolls%2F{poll}"), back.as_str()),
        ("/polls?tab=results".to_owned(), "/sign-in?return=%2Fpolls%3Ftab%3Dresults"),
        ("/".to_owned(), "/sign-in"),
        ("/sign-in".to_owned(), "/sign-in"),
        ("/display".to_owned(), "/sign-in"),
    ] {
        let shown = portal.get(&mut Browser::default(), &page).await;
        shown.is(200).shows(&format!("href=\"{link}\" class=\"veche-header__sign-in\""));
    }
    let shown = portal.get(&mut Browser::default(), &back).await;
    assert_eq!(shown.is(200).hidden("return"), format!("/polls/{poll}"));
    let mut anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    portal.get(&mut anna, "/polls").await.is(200).hides("veche-header__sign-in");
}

#[tokio::test]
async fn programs_that_gather_pages_follow_no_link_that_leads_back() {
    let portal = TestPortal::new().await;
    let shown = portal.get(&mut Browser::default(), "/protection").await;
    let links = shown.is(200).body.split("<a ").skip(1).filter_map(|link| link.split('>').next());
    let back: Vec<&str> = links.filter(|link| link.contains("return=")).collect();
    assert_eq!(back.len(), 3, "{back:?}");
    assert!(back.iter().all(|link| link.contains("rel=\"nofollow\"")), "{back:?}");
}

#[tokio::test]
async fn programs_find_what_is_not_for_them_and_whom_to_tell_of_a_weakness() {
    let portal = TestPortal::new().await;
    let nobody = Browser::default();
    let mut said = Vec::new();
    for path in ["/robots.txt", "/.well-known/security.txt"] {
        let file = portal.download(&nobody, path, "").await;
        assert_eq!(file.status(), 200, "{path}");
        assert_eq!(file.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        assert_eq!(file.headers()[header::CACHE_CONTROL], "public, max-age=86400");
        assert!(!file.headers().contains_key(header::SET_COOKIE), "{path}");
        said.push(String::from_utf8(file.into_body()).unwrap());
    }
    assert!(said[0].starts_with("User-agent: *\nDisallow: /"), "{}", said[0]);
    for address in ["/sign-in", "/account", "/api/", "/polls/*/results/"] {
        assert!(said[0].contains(&format!("Disallow: {address}\n")), "{}", said[0]);
    }
    assert_eq!(
        said[1],
        "Contact: mailto:data@example.org\nExpires: 2027-04-30T00:00:00Z\nPreferred-Languages: en, ru\n\
         Canonical: http://127.0.0.1:8000/.well-known/security.txt\n"
    );
}

#[tokio::test]
async fn the_display_settings_lead_back_to_the_page_that_one_came_from() {
    const BACK: &str = "Back to the page you came from";
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let page = format!("/polls/{poll}");
    let settings = format!("/display?return=%2Fpolls%2F{poll}");
    let anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    for browser in [Browser::default(), anna.clone()] {
        let left = portal.get(&mut browser.clone(), &page).await;
        let link = format!("href=\"{settings}\"");
        assert_eq!(left.is(200).body.matches(&link).count(), 2, "in the header and in the footer");
        let shown = portal.get(&mut browser.clone(), &settings).await;
        shown.is(200).shows(BACK).shows(&format!("<a href=\"{page}\"")).hides("%2Fdisplay");
        // The switch of the language stays there, and both forms do.
        assert_eq!(shown.hidden("back"), settings);
        assert_eq!(shown.body.matches(&format!("name=\"back\" value=\"{page}\"")).count(), 2);
        let form = [("size", "large"), ("back", page.as_str())];
        portal.post(&mut browser.clone(), "/api/display", &form).await.leads(&settings);
        let form = [("language", "ru"), ("back", settings.as_str())];
        portal.post(&mut browser.clone(), "/api/language", &form).await.leads(&settings);
        // Whoever came from nowhere is led back nowhere.
        portal.get(&mut browser.clone(), "/display").await.is(200).hides(BACK);
        portal.post(&mut browser.clone(), "/api/display", &[]).await.leads("/display");
    }
    let mut anna = anna;
    for (written, led, hidden) in [
        // A page of a person repeats no query.
        ("%2Faccount%2Fdata%3Fx%3Dneedle%26again", "/account/data?again", "needle"),
        ("%2F%2Fevil.example", "/", "evil"),
        // The page of the sign-in ticks what our own pages lead to.
        ("%2Fsign-in%3Fneed%3Ddocuments", "/sign-in", "documents"),
    ] {
        let shown = portal.get(&mut anna, &format!("/display?return={written}")).await;
        shown.is(200).shows(&format!("name=\"back\" value=\"{led}\"")).hides(hidden);
    }
    let shown = portal.get(&mut anna, "/display?return=%2Fdisplay%3Fx%3Dneedle").await;
    shown.is(200).hides(BACK).hides("needle");
}
