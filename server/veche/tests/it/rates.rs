//! Each limit of a kind of request is that kind's own, and of whom it says: of an address, of an
//! account, of all together.
//!
//! In each portal one of them is low, and all others are so high that they refuse nobody.

use crate::portal::TestPortal;
use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, header},
};
use questionnaire::Facts;
use serde_json::json;
use std::net::SocketAddr;
use tower::Service as _;

const HTML: &str = "text/html,application/xhtml+xml";
const JSON: &str = "application/json";

/// What refuses nobody.
const HIGH: u32 = 100_000;

/// The kinds of request, each with two of it.
const KINDS: [(&str, [(&str, &str); 2]); 4] = [
    ("sign_in", [("POST", "/auth/sign-in"), ("GET", "/auth/callback?code=x&state=y")]),
    ("submission", [("POST", "/api/take/send"), ("POST", "/api/take/send")]),
    (
        "export",
        [
            ("GET", "/polls/00000000-0000-0000-0000-000000000000/results.csv"),
            ("GET", "/account/download"),
        ],
    ),
    (
        "api",
        [
            ("GET", "/api/v1/releases"),
            ("GET", "/api/v1/releases/00000000-0000-0000-0000-000000000000"),
        ],
    ),
];

/// Of whom there is a limit: its name, its setting, and the status of what it refuses.
const SCOPES: [(&str, &str, u16); 3] = [
    ("address", "address_per_minute", 429),
    ("account", "account_per_minute", 429),
    // Nobody is to blame for it.
    ("all", "all_per_second", 503),
];

/// Who asks: from where, and as whom; programs show a token.
struct Client {
    from: SocketAddr,
    cookie: String,
    token: &'static str,
}

struct Answer {
    status: u16,
    retry_after: Option<u64>,
    content_type: String,
    body: String,
}

impl Answer {
    /// Whether a limit refused it; nothing else here says when to come back.
    fn refused(&self) -> bool {
        self.retry_after.is_some()
    }
}

async fn ask(
    portal: &TestPortal,
    client: &Client,
    (method, path): (&str, &str),
    accept: &str,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .extension(ConnectInfo(client.from))
        .header(header::ACCEPT, accept)
        .header(header::ACCEPT_LANGUAGE, "en");
    request = if path.starts_with("/api/v1/") {
        request.header(header::AUTHORIZATION, format!("Bearer {}", client.token))
    } else {
        request.header(header::COOKIE, &client.cookie)
    };
    let mut body = Body::empty();
    if method == "POST" {
        request = request
            .header(header::ORIGIN, portal.config.server.origin())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        body = Body::from("poll=00000000-0000-0000-0000-000000000000");
    }
    let response = portal.router.clone().call(request.body(body).unwrap()).await.unwrap();
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let retry_after = text(header::RETRY_AFTER).map(|seconds| seconds.parse().unwrap());
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default().to_owned();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status, retry_after, content_type, body }
}

/// What was counted of refusals, by the name of the limit.
fn refusals(portal: &TestPortal) -> Vec<(String, u64)> {
    let text = portal.metrics.text();
    let lines = text.lines().filter_map(|line| line.strip_prefix("veche_refusals_total{limit=\""));
    lines
        .map(|line| line.split_once("\"} ").unwrap())
        .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn each_limit_is_of_its_own_kind_and_of_whom_it_says() {
    for (kind, requests) in KINDS {
        for (scope, setting, status) in SCOPES {
            let limit = format!("{kind}_{scope}");
            let mut limits = json!({});
            for (kind, _) in KINDS {
                for (_, setting, _) in SCOPES {
                    limits[kind][setting] = json!(HIGH);
                }
            }
            limits[kind][setting] = json!(1);
            let portal = TestPortal::limited(&limits).await;
            let mut cookies = Vec::new();
            for _ in 0..2 {
                let browser = portal.sign_in(portal.account(&Facts::default()).await).await;
                cookies.push(browser.cookie.unwrap());
            }
            let client = |address: u8, account: usize| Client {
                from: SocketAddr::from(([192, 0, 2, address], 4000)),
                cookie: cookies[account].clone(),
                token: ["one", "two"][account],
            };
            // Two of whom one is too many, and one who has nothing to do with them.
            let (clients, other) = match scope {
                "address" => ([client(1, 0), client(1, 1)], Some(client(2, 0))),
                "account" => ([client(1, 0), client(2, 0)], Some(client(1, 1))),
                _ => ([client(1, 0), client(2, 1)], None),
            };
            // At one moment: of all there may be one a second.
            let both = async |accept: &'static str| {
                let [one, two] = &clients;
                let answers = tokio::join!(
                    ask(&portal, one, requests[0], accept),
                    ask(&portal, two, requests[1], accept)
                );
                let refused = <[Answer; 2]>::from(answers).into_iter().filter(Answer::refused);
                refused.collect::<Vec<_>>()
            };
            // A machine can be so busy that there is room again between the two.
            let refused = async |accept: &'static str| {
                for round in 1..=10 {
                    let refused = both(accept).await;
                    if !refused.is_empty() {
                        return (round, refused);
                    }
                }
                panic!("{limit}: nobody is refused");
            };
            let (round, pages) = refused(HTML).await;
            assert!(round > 1 || pages.len() == 1, "{limit}: one is within it, one is not");
            let (_, codes) = refused(JSON).await;
            for answer in pages.iter().chain(&codes) {
                assert_eq!(answer.status, status, "{limit}");
                let seconds = answer.retry_after.unwrap();
                assert!((1..=60).contains(&seconds), "{limit}: {seconds}");
            }
            if let Some(other) = other {
                assert!(
                    !ask(&portal, &other, requests[0], HTML).await.refused(),
                    "{limit}: others"
                );
            }

            let (words, code) = match status {
                429 => ("Please wait a moment", "too_many"),
                _ => ("The portal cannot do this just now", "busy"),
            };
            let page = &pages[0];
            // A program gets a problem, whatever it accepts.
            let html = page.content_type.starts_with("text/html");
            assert_eq!(html, kind != "api", "{limit}: {}", page.content_type);
            let shown = page.body.contains("<h1") && page.body.contains(words);
            assert_eq!(shown, html, "{}", page.body);
            let (content_type, told) = match kind {
                "api" => ("application/problem+json", format!("\"status\":{status}")),
                _ => (JSON, format!("{{\"code\":\"{code}\"}}")),
            };
            for answer in &codes {
                assert_eq!(answer.content_type, content_type, "{limit}");
                assert!(answer.body.contains(&told), "{limit}: {}", answer.body);
            }

            let mut refused = pages.len() + codes.len();
            if kind == "submission" {
                // What is told of sending is told in portions of many.
                for _ in 0..200 {
                    let answer = ask(&portal, &clients[0], requests[0], JSON).await;
                    refused += usize::from(answer.refused());
                }
            }
            let counted = refusals(&portal);
            let [(name, count)] = counted.as_slice() else { panic!("{limit}: {counted:?}") };
            let expected = if kind == "submission" { 1..=refused } else { refused..=refused };
            assert_eq!(*name, limit);
            assert!(expected.contains(&usize::try_from(*count).unwrap()), "{limit}: {count}");
        }
    }
}

/// Thousands can be behind one address of a mobile carrier.
#[tokio::test]
async fn forms_are_counted_by_account_and_by_address_where_nobody_is_signed_in() {
    const FORM: (&str, &str) = ("POST", "/api/display");
    const MOST: u32 = 2;
    let portal = TestPortal::limited(&json!({ "posts_per_minute": MOST })).await;
    let client = |address: u8, cookie: &str| Client {
        from: SocketAddr::from(([192, 0, 2, address], 4000)),
        cookie: cookie.to_owned(),
        token: "",
    };
    // Whoever is not signed in sends as many as whoever makes up a session, too.
    let made_up = format!("session={}", "A".repeat(22));
    let cookies = ["", made_up.as_str()].into_iter().cycle();
    for (number, cookie) in (0..2 * MOST).zip(cookies) {
        let answer = ask(&portal, &client(1, cookie), FORM, HTML).await;
        assert_eq!(answer.refused(), number >= MOST, "{number}");
    }
    assert!(!ask(&portal, &client(2, ""), FORM, HTML).await.refused(), "another address");
    let mut people = Vec::new();
    for _ in 0..5 {
        let browser = portal.sign_in(portal.account(&Facts::default()).await).await;
        people.push(client(1, &browser.cookie.unwrap()));
    }
    for person in &people {
        for _ in 0..MOST {
            assert!(!ask(&portal, person, FORM, HTML).await.refused());
        }
    }
    // One who does not stop, wherever they are.
    let cookie = &people.last().unwrap().cookie;
    for address in [1, 2] {
        let refused = ask(&portal, &client(address, cookie), FORM, HTML).await;
        assert_eq!(refused.status, 429);
        let seconds = refused.retry_after.unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        for part in ["Please wait a moment", "What you typed is still here", "value=\"00000000-"] {
            assert!(refused.body.contains(part), "{part} is not on {}", refused.body);
        }
    }
    let mut counted = refusals(&portal);
    counted.sort();
    let expected = [("posts_account", 2), ("posts_address", u64::from(MOST))];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)));
}

/// Whoever has no account keeps nobody from sending answers.
#[tokio::test]
async fn answers_are_counted_by_address_where_somebody_is_signed_in() {
    const SEND: (&str, &str) = ("POST", "/api/take/send");
    let limits = json!({ "submission": { "address_per_minute": 1 } });
    let portal = TestPortal::limited(&limits).await;
    let client = |cookie: String| Client {
        from: SocketAddr::from(([192, 0, 2, 1], 4000)),
        cookie,
        token: "",
    };
    for _ in 0..5 {
        assert!(!ask(&portal, &client(String::new()), SEND, HTML).await.refused());
    }
    let anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    let anna = client(anna.cookie.unwrap());
    assert!(!ask(&portal, &anna, SEND, HTML).await.refused());
    // Twenty minutes would have to pass.
    for _ in 0..20 {
        if ask(&portal, &anna, SEND, HTML).await.refused() {
            return;
        }
    }
    panic!("nobody is refused");
}

/// What nobody is signed in for takes nothing of what all may send together.
#[tokio::test]
async fn what_nobody_sends_takes_no_room_of_the_answers() {
    const SEND: (&str, &str) = ("POST", "/api/take/send");
    let limits = json!({ "submission": { "all_per_second": 1 } });
    let portal = TestPortal::limited(&limits).await;
    let client = |cookie: String| Client {
        from: SocketAddr::from(([192, 0, 2, 1], 4000)),
        cookie,
        token: "",
    };
    let anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    let anna = client(anna.cookie.unwrap());
    let nobody = client(String::new());
    for _ in 0..5 {
        assert!(!ask(&portal, &nobody, SEND, HTML).await.refused());
    }
    assert!(!ask(&portal, &anna, SEND, HTML).await.refused());
}
