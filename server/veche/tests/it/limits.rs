//! What asks too much, too slowly or too large is refused, with a page or a problem that says what
//! to do; and what was typed is not lost.

use crate::{
    portal::{self, Browser, TestPortal},
    running::{LONG, Running, browser},
};
use axum::{
    Json, Router,
    body::Body,
    http::{
        Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN},
    },
    routing::get,
};
use migration::testing::SqliteFile;
use ports::failure::Failure;
use questionnaire::Facts;
use serde_json::json;
use server::{
    http::{chain::Chain, errors, in_time, refused},
    operation::metrics,
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tower::Service as _;
use url::form_urlencoded;

/// What the server needs at most to take what was sent to it when it is reading already, where nothing can be
/// asked meanwhile: a request would take the place of what is still on its way.
const A_WHILE: Duration = Duration::from_secs(4);

/// Asks until the answer fits: the server needs a moment to see that a connection is gone.
async fn until(running: &Running, request: &str, fits: impl Fn(&str) -> bool) {
    let began = Instant::now();
    loop {
        let answer = running.ask(request).await;
        if fits(&answer) {
            return;
        }
        assert!(began.elapsed() < LONG, "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_sends_slowly_is_cut_off() {
    let running =
        Running::start(json!({ "limits": { "head_seconds": 1, "body_seconds": 1 } })).await;
    // A head that comes a letter at a time, one that does not come, one that comes twice.
    for sent in ["", "GET /", "GET / HTTP/1.1\r\nHost: portal\r\nAccept: te"] {
        let mut connection = running.connect().await;
        connection.send(sent).await.unwrap();
        let began = Instant::now();
        assert_eq!(connection.rest().await, "", "{sent}");
        assert!(began.elapsed() < Duration::from_secs(12), "{sent}");
    }
    let mut connection = running.connect().await;
    let trickle = async {
        for letter in "GET / HTTP/1.1\r\nHost: portal\r\nX-Slow: ".chars().cycle() {
            if connection.send(&letter.to_string()).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(LONG, trickle).await.expect("letters one by one do not help");

    let mut connection = running.connect().await;
    let form = "Content-Length: 100\r\n";
    connection.send(&browser("POST", "/api/display", form)).await.unwrap();
    connection.send("size=").await.unwrap();
    let answer = connection.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(
        answer.contains("connection: close") && answer.contains("This took too long"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_a_page() {
    let running = Running::start(json!({ "limits": { "body_bytes": 4096 } })).await;
    let russian = |page: String| page.replace("Accept-Language: en", "Accept-Language: ru");
    for size in [5_000, 1 << 20] {
        let announced = format!("Content-Length: {size}\r\n");
        let form = browser("POST", "/api/display", &announced) + &"x".repeat(size);
        let answer = running.ask(&form).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("The form is too large"), "{answer}");
        assert!(running.ask(&russian(form)).await.contains("Форма слишком большая"));
    }
    // What does not say how large it is, too.
    let mut chunks = browser("POST", "/api/display", "Transfer-Encoding: chunked\r\n");
    for _ in 0..10 {
        chunks += "400\r\n";
        chunks += &"x".repeat(1024);
        chunks += "\r\n";
    }
    let answer = running.ask(&(chunks + "0\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    let fields = |number: usize| {
        (0..number).map(|field| format!("X-{field}: 1\r\n")).collect::<Vec<_>>().concat()
    };
    let answer = running.ask(&browser("GET", "/", &fields(80))).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(answer.contains("Your browser sent too much"), "{answer}");
    let answer = running.ask(&russian(browser("GET", "/", &fields(80)))).await;
    assert!(answer.contains("Браузер отправил слишком много"), "{answer}");
    let large = format!("Cookie: a={}\r\n", "x".repeat(20_000));
    let answer = running.ask(&browser("GET", "/", &large)).await;
    assert!(answer.starts_with("HTTP/1.1 431") && answer.contains("sent too much"), "{answer}");
    // Far beyond, there is no page.
    assert!(running.ask(&browser("GET", "/", &fields(500))).await.starts_with("HTTP/1.1 431"));
    let huge = format!("Cookie: a={}\r\n", "x".repeat(300_000));
    assert!(running.ask(&browser("GET", "/", &huge)).await.starts_with("HTTP/1.1 431"));
    assert!(running.get("/").await.starts_with("HTTP/1.1 200"), "others are not touched");
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_refusals_total{limit=\"head_size\"} 3"), "{metrics}");
}

#[tokio::test]
async fn bodies_take_bounded_memory_all_together() {
    let limits = json!({ "body_memory_bytes": 65_536, "body_seconds": 120 });
    let running = Running::start(json!({ "limits": limits })).await;
    let form = |path: &str, more: &str, size: usize| {
        browser("POST", path, &format!("{more}Content-Length: {size}\r\n"))
    };
    // What is announced takes nothing, what has arrived does.
    let mut announced = running.connect().await;
    announced.send(&form("/api/display", "", 60_000)).await.unwrap();
    let mut held = running.begin_form("/api/display", "Content-Length: 60000\r\n").await;
    held.send(&"x".repeat(50_000)).await.unwrap();
    sleep(A_WHILE).await;
    let whole = form("/api/display", "", 40_000) + &"x".repeat(40_000);
    let answer = running.ask(&whole).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("retry-after: 5") && answer.contains("The portal cannot do this just now"),
        "{answer}"
    );
    let small = form("/api/display", "", 5_000) + &"x".repeat(5_000);
    assert!(!running.ask(&small).await.starts_with("HTTP/1.1 503"), "there is room for this one");
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_refusals_total{limit=\"body_memory\"} 1"), "{metrics}");
    drop(held);
    // There is room again.
    until(&running, &whole, |answer| !answer.starts_with("HTTP/1.1 503")).await;

    let files = [SqliteFile::new(), SqliteFile::new()];
    let limits = json!({ "body_bytes": 100_000, "body_memory_bytes": 90_000 });
    let findings = portal::config(&files, &limits).validate();
    assert!(findings.iter().any(|finding| finding.key == "limits.body_memory_bytes"));

    // Files are for whoever sends a session's cookie.
    let running = Running::start(json!({})).await;
    let file = |more: &str| form("/api/editor/import", more, 100_000) + &"x".repeat(100_000);
    let answer = running.ask(&file("")).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let answer = running.ask(&file("Cookie: session=abc\r\n")).await;
    assert!(!answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn who_dribbles_bodies_takes_one_share_of_their_memory() {
    // An eighth of it is one form of the largest.
    let settings = json!({
        "server": { "behind_proxy": true },
        "limits": { "body_memory_bytes": 8 * 65_536, "body_seconds": 120 },
    });
    let running = Running::start(settings).await;
    let mut held = Vec::new();
    for from in ["2001:db8::1", "2001:db8::2"] {
        let announced = format!("X-Forwarded-For: {from}\r\nContent-Length: 60000\r\n");
        let mut connection = running.begin_form("/api/display", &announced).await;
        connection.send(&"x".repeat(30_000)).await.unwrap();
        held.push(connection);
    }
    sleep(A_WHILE).await;
    let whole = |from: &str| {
        let more = format!("X-Forwarded-For: {from}\r\nContent-Length: 10000\r\n");
        browser("POST", "/api/display", &more) + &"x".repeat(10_000)
    };
    // Another network of the same home.
    let answer = running.ask(&whole("2001:db8:0:ff::3")).await;
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    assert!(
        answer.contains("retry-after: 5") && answer.contains("Please wait a moment"),
        "{answer}"
    );
    let refused = |answer: &str| ["429", "503"].iter().any(|status| answer.contains(status));
    let status = |answer: &str| answer.lines().next().unwrap_or_default().to_owned();
    let neighbour = status(&running.ask(&whole("2001:db8:0:100::1")).await);
    assert!(!refused(&neighbour), "{neighbour}");
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_refusals_total{limit=\"body_memory_address\"} 1"), "{metrics}");
    drop(held);
    until(&running, &whole("2001:db8::3"), |answer| !refused(&status(answer))).await;
}

#[tokio::test]
async fn a_connection_too_many_is_told_so() {
    let limits = json!({ "connections_per_address": 3, "head_seconds": 120 });
    let running = Running::start(json!({ "limits": limits })).await;
    // Taken in the order of their coming.
    let held = [running.connect().await, running.connect().await, running.connect().await];
    let answer = running.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(
        answer.contains("retry-after: 5") && answer.contains("The portal cannot do this just now"),
        "{answer}"
    );
    let program = running.ask("GET /api/v1/releases HTTP/1.1\r\nHost: portal\r\n\r\n").await;
    assert!(program.contains("application/problem+json"), "{program}");
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_refusals_total{limit=\"connections_address\"} 2"), "{metrics}");
    drop(held);
    let home = browser("GET", "/", "");
    until(&running, &home, |answer| answer.starts_with("HTTP/1.1 200")).await;
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_server_errors_total 0"), "nothing is broken: {metrics}");
}

#[tokio::test]
async fn a_refusal_is_counted_as_one_and_a_failure_as_an_error() {
    let portal = TestPortal::new().await;
    let busy = async || (StatusCode::SERVICE_UNAVAILABLE, Json(Failure::Busy));
    let within = Chain::default().with((), refused::queues);
    let around = Chain::default()
        .with(portal.metrics.clone(), metrics::layer)
        .with(Duration::from_millis(10), in_time::layer);
    let mut router: Router = Router::new()
        .route("/account/download", get(busy))
        .layer(within)
        .route("/account", get(async || errors::busy()))
        .route("/slow", get(std::future::pending::<StatusCode>))
        .route("/broken", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .layer(around);
    for path in ["/account/download", "/account", "/slow", "/broken"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.call(request).await.unwrap();
        assert!(response.status().is_server_error(), "{path}");
    }
    let metrics = portal.metrics.text();
    assert!(metrics.contains("veche_refusals_total{limit=\"queue\"} 2"), "{metrics}");
    assert!(metrics.contains("veche_server_errors_total 2"), "slow and broken: {metrics}");
}

#[tokio::test]
async fn an_account_that_asks_too_much_is_refused_and_keeps_what_it_typed() {
    let quota = |account: u32| json!({ "account_per_minute": account });
    let limits = json!({ "submission": quota(2), "export": quota(1), "posts_per_minute": 3 });
    let portal = TestPortal::limited(&limits).await;
    let poll = portal.open_poll(|_| {}).await.to_string();
    let mut anna = portal.sign_in(portal.account(&Facts::default()).await).await;
    let mut boris = portal.sign_in(portal.account(&Facts::default()).await).await;
    for _ in 0..2 {
        portal.post(&mut anna, "/api/take/send", &[("poll", &poll)]).await.is(303);
    }
    let refused = portal.post(&mut anna, "/api/take/send", &[("poll", &poll)]).await;
    refused.is(429).shows("Please wait a moment").shows(&format!("value=\"{poll}\""));
    portal.post(&mut boris, "/api/take/send", &[("poll", &poll)]).await.is(303);
    // All forms, and whatever it is that was typed.
    for _ in 0..2 {
        portal.post(&mut boris, "/api/take/start", &[("poll", &poll)]).await.is(303);
    }
    let typed = [("poll", poll.as_str()), ("number", "6"), ("text", "\"Late\" <shifts>")];
    let refused = portal.post(&mut boris, "/api/take/answer", &typed).await;
    refused
        .is(429)
        .shows("What you typed is still here")
        .shows("action=\"/api/take/answer\"")
        .shows("name=\"text\" value=\"&quot;Late&quot; &lt;shifts&gt;\"");
    portal.get(&mut anna, "/account/download").await.is(200);
    portal.get(&mut anna, "/account/download").await.is(429);
    portal.get(&mut boris, "/account/download").await.is(200);
}

#[tokio::test]
async fn a_refused_form_comes_back_unless_no_page_sends_such_a_one() {
    let portal = TestPortal::limited(&json!({ "posts_per_minute": 1 })).await;
    let save = async |body: String| {
        // A large form is taken with a session's cookie, made up or not.
        let mut browser = Browser { cookie: Some("session=abc".to_owned()) };
        let request = Request::post("/api/editor/save-question")
            .header(ORIGIN, portal.config.server.origin())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(CONTENT_LENGTH, body.len());
        portal.send(&mut browser, request, body).await
    };
    save("poll=1".to_owned()).await;
    // It would be twenty times as large.
    let refused = save("\"&".repeat(1 << 19)).await;
    refused.is(429).shows("Please wait a moment").hides("name=\"&quot;\"");
    assert!(refused.body.len() < 1 << 20, "{}", refused.body.len());
    // As many options as there may be, in every language.
    let mut form = form_urlencoded::Serializer::new(String::new());
    for option in 0..50 {
        for field in ["code", "en", "ru", "exclusive"] {
            form.append_pair(&format!("options[{option}][{field}]"), &"щ".repeat(500));
        }
    }
    let refused = save(form.finish()).await;
    refused.is(429).shows("What you typed is still here");
    assert_eq!(refused.body.matches("name=\"options[").count(), 200);
}

#[tokio::test]
async fn a_program_that_asks_too_much_is_told_when_to_come_back() {
    let limits = json!({ "api": { "account_per_minute": 1 }, "export": { "all_per_second": 1 } });
    let portal = TestPortal::limited(&limits).await;
    portal.program("/api/v1/releases", Some("one"), "content-type").await.is(401);
    let refused = portal.program("/api/v1/releases", Some("one"), "retry-after").await;
    let seconds: u64 = refused.is(429).to.parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    refused.shows("\"status\":429").shows("\"title\":\"Too Many Requests\"");
    let refused = portal.program("/api/v1/releases", Some("one"), "content-type").await;
    assert_eq!(refused.to, "application/problem+json");
    // It is the same program, however it writes its token.
    for proof in ["bearer one", "Bearer  one", "BEARER one "] {
        let request = Request::get("/api/v1/releases").header(AUTHORIZATION, proof);
        portal.send(&mut Browser::default(), request, String::new()).await.is(429);
    }
    portal.program("/api/v1/releases", Some("other"), "content-type").await.is(401);
    // What all ask together is nobody's fault.
    let file = "/polls/00000000-0000-0000-0000-000000000000/results.csv";
    let mut statuses: Vec<u16> = Vec::new();
    while statuses.len() < 20 && !statuses.contains(&503) {
        statuses.push(portal.program(file, None, "retry-after").await.status.as_u16());
    }
    assert!(statuses[0] == 404 && statuses.contains(&503), "{statuses:?}");
}
