//! What is new among the polls, as a feed.

use crate::{
    portal::{Browser, TestPortal},
    statistics::{answered, publish},
};
use axum::http::header;
use questionnaire::Text;

const ORIGIN: &str = "http://127.0.0.1:8000";
const FEED: &str = "/polls.atom?lang=en";

/// Whether each element is closed where it has to be, and each sign that means something is written as one.
fn is_well_formed(document: &str) -> bool {
    let begin = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    let Some(elements) = document.strip_prefix(begin) else { return false };
    let mut open = Vec::new();
    for part in elements.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        match tag.strip_prefix('/') {
            None => open.push(tag.split(' ').next().unwrap_or_default()),
            Some(name) if open.pop() == Some(name) => {}
            Some(_) => return false,
        }
    }
    if elements.chars().any(|sign| sign.is_control() && sign != '\n') {
        return false;
    }
    let written = ["amp;", "lt;", "gt;", "quot;"];
    let mut signs = elements.split('&').skip(1);
    open.is_empty() && signs.all(|rest| written.iter().any(|sign| rest.starts_with(sign)))
}

async fn fetched(portal: &TestPortal, path: &str) -> String {
    let answer = portal.download(&Browser::default(), path, "").await;
    assert_eq!(answer.status(), 200, "{path}");
    let headers = answer.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=60");
    assert!(!headers.contains_key(header::SET_COOKIE));
    let document = String::from_utf8(answer.into_body()).unwrap();
    assert!(is_well_formed(&document), "{document}");
    document
}

#[tokio::test]
async fn a_feed_tells_of_polls_that_opened_and_of_results() {
    assert!(!is_well_formed("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a><link></a>"));
    let portal = TestPortal::new().await;
    let called = |poll: &mut server::polls::record::Poll| {
        poll.title = Text::both("Trams & <buses>", "Трамваи и <автобусы>");
    };
    let many = answered(&portal, called, &[("red", "", 20)]).await;
    // As it may have been stored before such signs were taken out.
    let old = |poll: &mut server::polls::record::Poll| {
        poll.title =
            serde_json::from_str(r#"{"en":"Trees\u0001and grass","ru":"Деревья"}"#).unwrap();
    };
    let few = answered(&portal, old, &[("red", "", 3)]).await;
    let before = fetched(&portal, FEED).await;
    assert!(before.contains("<title>New poll: Trams &amp; &lt;buses&gt;</title>"), "{before}");
    assert!(before.contains("<title>New poll: Trees and grass</title>"), "{before}");
    for poll in [many, few] {
        assert!(before.contains(&format!("<id>urn:uuid:{poll}</id>")), "{before}");
        assert!(before.contains(&format!("href=\"{ORIGIN}/polls/{poll}?lang=en\"")), "{before}");
    }
    assert!(!before.contains("Results: "), "{before}");
    publish(&portal).await;
    let after = fetched(&portal, FEED).await;
    assert!(after.contains("<title>Results: Trams &amp; &lt;buses&gt;</title>"), "{after}");
    for poll in [many, few] {
        // An entry keeps its id.
        assert!(after.contains(&format!("<id>urn:uuid:{poll}</id>")), "{after}");
        assert!(after.contains(&format!("<id>urn:uuid:{poll}#results</id>")), "{after}");
        assert!(
            after.contains(&format!("href=\"{ORIGIN}/polls/{poll}/results?lang=en\"")),
            "{after}"
        );
    }
    assert_eq!(after.matches("Too few people answered").count(), 1, "{after}");
    let opened = after.find("New poll: ").unwrap();
    assert!(after.find("Results: ").unwrap() < opened, "the newest first");
}

#[tokio::test]
async fn a_feed_is_sent_again_only_where_it_is_another_one() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let nobody = Browser::default();
    let first = portal.download(&nobody, FEED, "").await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let known = portal.download(&nobody, FEED, &tag).await;
    assert_eq!((known.status().as_u16(), known.body().len()), (304, 0));
    let russian = fetched(&portal, "/polls.atom?lang=ru").await;
    assert!(russian.contains("xml:lang=\"ru\"") && russian.contains("Новый опрос: "), "{russian}");
    assert_eq!(portal.download(&nobody, "/polls.atom?lang=de", "").await.status(), 404);
    let unnamed = portal.download(&nobody, "/polls.atom", "").await;
    let varies: Vec<_> = unnamed.headers().get_all(header::VARY).iter().collect();
    assert!(varies.iter().any(|by| by.to_str().unwrap().contains("accept-language")), "{varies:?}");
    // Where people look for polls, programs find it.
    for page in ["/", "/polls?tab=open"] {
        let page = portal.get(&mut Browser::default(), page).await;
        page.is(200).shows("type=\"application/atom+xml\" href=\"/polls.atom?lang=en\"");
    }
    portal.get(&mut Browser::default(), &format!("/polls/{poll}")).await.is(200).hides("atom+xml");
}
