//! Whether a server is ready, how it stops, what it counts and what it logs.

use crate::{
    portal::{Browser, TestPortal},
    running::{LONG, Running, browser},
};
use migration::{connection, testing};
use questionnaire::{Facts, Questionnaire};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;
use vault::{MasterKey, Vault};
use veche::works::{Over, Works};

/// Waits until a server that was asked to stop says so.
async fn drains(running: &Running) {
    let began = Instant::now();
    loop {
        let answer = running.get_internal("/readyz").await.unwrap();
        if answer.contains("draining") {
            return;
        }
        assert!(began.elapsed() < LONG, "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_asked_to_stop_says_so_first_and_ends_what_it_began() {
    let settings = json!({
        "limits": { "head_seconds": 60, "body_seconds": 60 },
        "operation": { "drain_seconds": 10, "stop_seconds": 10 },
    });
    let mut running = Running::start(settings).await;
    assert!(running.get("/healthz").await.ends_with("\r\n\r\nok"));
    assert!(running.get("/readyz").await.ends_with("\r\n\r\nready"));
    // One connection waits, another has sent half of a form.
    let mut idle = running.connect().await;
    let form = "Origin: http://nowhere\r\nContent-Length: 10\r\n";
    let mut slow = running.begin_form("/api/display", form).await;
    slow.send("size=").await.unwrap();

    running.signal("TERM");
    drains(&running).await;
    let not_ready = running.get("/readyz").await;
    assert!(not_ready.starts_with("HTTP/1.1 503") && not_ready.contains("draining"), "{not_ready}");
    assert!(running.get("/healthz").await.contains(" 200 "), "it still answers");
    let began = Instant::now();
    while tokio::net::TcpStream::connect(running.at).await.is_ok() {
        assert!(began.elapsed() < LONG, "still new connections");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(idle.rest().await, "", "nobody waits for those that wait");
    slow.send("large").await.unwrap();
    let answer = slow.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "the running request is answered: {answer}");
    assert!(running.ended().await.success());
    assert!(running.log().contains("stopped"), "in order");
}

#[tokio::test]
async fn asked_to_reload_a_server_without_a_certificate_goes_on() {
    let running = Running::start(json!({})).await;
    running.signal("HUP");
    sleep(Duration::from_millis(300)).await;
    assert!(running.get("/readyz").await.ends_with("\r\n\r\nready"));
}

#[tokio::test]
async fn a_proxy_loses_no_form_on_a_connection_that_it_kept() {
    let settings = json!({
        "server": { "behind_proxy": true },
        "limits": { "head_seconds": 60 },
        "operation": { "drain_seconds": 10, "stop_seconds": 10 },
    });
    let mut running = Running::start(settings).await;
    let keep = "GET /healthz HTTP/1.1\r\nHost: portal\r\n\r\n";
    let mut kept = running.connect().await;
    kept.send(keep).await.unwrap();
    let answer = kept.until("ok").await;
    assert!(!answer.contains("connection: close"), "{answer}");

    running.signal("TERM");
    drains(&running).await;
    kept.send(keep).await.unwrap();
    let answer = kept.rest().await;
    assert!(answer.contains(" 200 ") && answer.contains("connection: close"), "{answer}");
    // Taken while there are new ones, and the request comes when there are none any more.
    let mut late = running.connect().await;
    let began = Instant::now();
    while tokio::net::TcpStream::connect(running.at).await.is_ok() {
        assert!(began.elapsed() < LONG, "still new connections");
        sleep(Duration::from_millis(20)).await;
    }
    late.send(keep).await.unwrap();
    let answer = late.rest().await;
    assert!(answer.contains(" 200 ") && answer.contains("connection: close"), "{answer}");
    assert!(running.ended().await.success());
}

#[tokio::test]
async fn a_server_has_tables_of_both_stores_analysed_that_have_grown() {
    let stores = (testing::postgres().await.unwrap(), testing::postgres().await.unwrap());
    let settings = json!({ "stores": { "portal": stores.0, "vault": stores.1 } });
    let _running = Running::start(settings).await;
    for url in [stores.0, stores.1] {
        let db = connection::open(&url).await.unwrap();
        let grow = "CREATE TABLE grown AS SELECT repeat('x', 500) FROM generate_series(1, 5000)";
        db.execute_unprepared(grow).await.unwrap();
        let analysed =
            "SELECT FROM pg_stat_user_tables WHERE relname = 'grown' AND analyze_count > 0";
        let began = Instant::now();
        let look = || Statement::from_string(DbBackend::Postgres, analysed);
        while db.query_one_raw(look()).await.unwrap().is_none() {
            assert!(began.elapsed() < LONG, "{url}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut_off_and_a_second_signal_ends_at_once() {
    let mut running = Running::start(json!({ "operation": { "stop_seconds": 1 } })).await;
    let _slow = running.begin_form("/api/display", "Content-Length: 10\r\n").await;
    running.signal("TERM");
    assert!(running.ended().await.success());
    assert!(running.log().contains("did not end in time"));

    let mut running = Running::start(json!({ "operation": { "drain_seconds": 600 } })).await;
    running.signal("TERM");
    sleep(Duration::from_millis(200)).await;
    running.signal("INT");
    assert!(running.ended().await.success());
}

/// Half of it would be missing, and nobody would start it again. What has ended is not waited for once more.
#[tokio::test]
async fn a_server_of_which_half_has_ended_by_itself_ends_and_says_that_it_failed() {
    async fn until_told(mut stopped: watch::Receiver<bool>) -> usize {
        stopped.wait_for(|stopped| *stopped).await.unwrap();
        0
    }
    let breaks = || tokio::spawn(async { panic!("as a test does") });
    let patience = Duration::from_secs(5);
    let (stop, stopped) = watch::channel(false);
    let (scheduled, serving) = (tokio::spawn(async {}), tokio::spawn(until_told(stopped)));
    let mut works = Works { scheduled, serving, stop, patience };
    assert_eq!(works.one_ends().await, Over::Scheduled);
    works.end(Over::Scheduled).await.unwrap();

    let (stop, stopped) = watch::channel(false);
    let scheduled = tokio::spawn(async {
        until_told(stopped).await;
    });
    let mut works = Works { scheduled, serving: breaks(), stop, patience };
    assert_eq!(works.one_ends().await, Over::Serving);
    works.end(Over::Serving).await.unwrap();

    // It broke after the server was asked to stop.
    let (stop, _) = watch::channel(false);
    let scheduled = tokio::spawn(async {});
    let works = Works { scheduled, serving: breaks(), stop, patience };
    assert!(works.end(Over::Asked).await.is_err());
    assert!(Over::Asked.outcome().is_ok());
    assert!(Over::Scheduled.outcome().is_err() && Over::Serving.outcome().is_err());
}

#[tokio::test]
async fn a_server_that_waits_for_its_database_stops_when_asked_and_not_for_a_reload() {
    let (mut running, _silent) = Running::start_without_a_database().await;
    running.signal("HUP");
    sleep(Duration::from_millis(500)).await;
    running.signal("TERM");
    let asked = Instant::now();
    assert!(running.ended().await.success(), "{}", running.log());
    assert!(asked.elapsed() < Duration::from_secs(12), "it does not wait to give up by itself");
}

#[tokio::test]
async fn ready_means_that_both_stores_and_the_key_do() {
    let running = Running::start(json!({})).await;
    let becomes = async |expected: &str| {
        let (mut said, began) = (String::new(), Instant::now());
        while said != expected && began.elapsed() < LONG {
            // An answer holds for a second.
            sleep(Duration::from_millis(1100)).await;
            let answer = running.get("/readyz").await;
            answer.split("\r\n\r\n").nth(1).unwrap().clone_into(&mut said);
        }
        assert_eq!(said, expected);
    };
    let open = async |store: &str| {
        let file = running.folder.folder().join(format!("{store}.sqlite"));
        connection::open(&format!("sqlite:{}", file.display())).await.unwrap()
    };
    let (portal, vault) = (open("portal").await, open("vault").await);
    let run = async |db: &sea_orm::DatabaseConnection, sql: &str| {
        db.execute_unprepared(sql).await.unwrap();
    };
    becomes("ready").await;
    // A newer server's migration: this one goes on.
    run(&vault, "INSERT INTO vault_migration (version, applied_at) VALUES ('m9999_new', 0)").await;
    becomes("ready").await;
    let broken = |word: &str| format!("{{\"ready\":false,\"reason\":\"{word}\"}}");

    let other = Vault::new(vault.clone(), MasterKey::from_bytes([9; 32]));
    let mut rng = rand_for_tests();
    other.create_poll_key(Uuid::nil(), &mut rng).await.unwrap();
    becomes(&broken("master-key")).await;
    run(&vault, "DELETE FROM poll_key").await;
    run(&vault, "DELETE FROM vault_migration WHERE version LIKE '%0001%'").await;
    becomes(&broken("vault-schema")).await;
    run(&portal, "ALTER TABLE portal_migration RENAME TO gone").await;
    becomes(&broken("portal-store")).await;
    assert!(running.get("/healthz").await.contains(" 200 "), "it lives");
    let metrics = running.get_internal("/metrics").await.unwrap();
    assert!(metrics.contains("veche_server_errors_total 0"), "it has answered: {metrics}");
}

/// The system's generator, as the vault takes it.
fn rand_for_tests() -> server::entropy::AsRng<'static> {
    server::entropy::AsRng(&server::entropy::SystemEntropy)
}

#[tokio::test]
async fn metrics_are_on_their_own_address_only() {
    let running = Running::start(json!({})).await;
    running.get("/polls?needle=anna").await;
    let mut metrics = running.get_internal("/metrics").await.unwrap();
    // The first round of scheduled work can still be running on a busy machine.
    for _ in 0..100 {
        if metrics.contains("veche_scheduler_last_success") {
            break;
        }
        sleep(Duration::from_millis(50)).await;
        metrics = running.get_internal("/metrics").await.unwrap();
    }
    assert!(metrics.contains("content-type: application/openmetrics-text"), "{metrics}");
    for line in [
        "veche_http_request_duration_seconds_count{route=\"/polls\",method=\"GET\",status=\"2xx\"} 1",
        "veche_http_requests_running 0",
        "veche_build_info{version=",
        "veche_store_connections{store=\"vault\"}",
        "veche_scheduler_last_success_timestamp_seconds ",
        "veche_process_open_fds ",
    ] {
        assert!(metrics.contains(line), "{line} is missing: {metrics}");
    }
    assert!(!metrics.contains("needle"));
    assert!(running.get("/metrics").await.starts_with("HTTP/1.1 404"));
}

/// The figures that move by themselves: what this server takes of its machine and of its stores.
const MOVING: [&str; 6] = [
    "veche_store_connections",
    "veche_store_connections_idle",
    "veche_process_resident_memory_bytes",
    "veche_process_open_fds",
    "veche_process_threads",
    "veche_process_cpu_seconds",
];

/// All that there are but those: one that is new may not move until it is thought about.
fn figures(portal: &TestPortal) -> Vec<String> {
    let text = portal.metrics.text();
    assert!(!text.contains("/polls/{poll}\"") && !text.contains("/api/take"), "{text}");
    let moving = |line: &str| {
        let moves = line.split(['{', ' ']).next().is_some_and(|it| MOVING.contains(&it));
        // What the vault takes is what those take who answer.
        moves && !line.contains("store=\"vault\"")
    };
    text.lines()
        .filter(|line| !line.starts_with('#') && !moving(line))
        .map(ToOwned::to_owned)
        .collect()
}

#[tokio::test]
async fn no_figure_moves_when_one_person_answers() {
    let portal = TestPortal::new().await;
    let poll = portal
        .open_poll(|poll| {
            poll.questionnaire =
                Questionnaire { questions: poll.questionnaire.questions.drain(..1).collect() };
        })
        .await;
    let mut before = figures(&portal);
    let (mut moves, people) = (0, 60);
    for _ in 0..people {
        let mut browser = portal.sign_in(portal.account(&Facts::default()).await).await;
        portal.get(&mut browser, &format!("/polls/{poll}")).await.is(200);
        portal.answer(&mut browser, poll).await;
        let after = figures(&portal);
        moves += u32::from(after != before);
        before = after;
    }
    // Each person makes five events; a portion has at least 64.
    assert!((1..=people * 5 / 64).contains(&moves), "{moves} moves for {people} people");
    // Whoever looks at pages until figures move does not make those of submissions move.
    let mut anybody = Browser::default();
    for _ in 0..400 {
        portal.get(&mut anybody, &format!("/polls/{poll}")).await.is(200);
    }
    let after = figures(&portal);
    assert_ne!(after, before);
    assert!(!after.iter().any(|line| line.contains("acknowledged")), "{after:?}");
    // Nothing anywhere is an id.
    let text = portal.metrics.text();
    assert!(!text.contains(&poll.to_string()), "{text}");
}

#[tokio::test]
async fn nobody_is_seen_who_is_still_sending() {
    let running = Running::start(json!({ "limits": { "body_seconds": 120 } })).await;
    let requests = async || {
        let metrics = running.get_internal("/metrics").await.unwrap();
        let name = "veche_http_requests_running ";
        metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
    };
    assert_eq!(requests().await, "0.0");
    let head = format!(
        "Origin: http://{}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 99\r\n",
        running.at
    );
    let mut all = Vec::new();
    for _ in 0..10 {
        assert_eq!(requests().await, "0.0", "{} people", all.len());
        all.push(running.begin_form("/api/take/send", &head).await);
    }
    for _ in 0..100 {
        if requests().await == "10.0" {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", requests().await);
}

#[tokio::test]
async fn the_log_holds_nothing_of_a_person() {
    let running = Running::start(json!({ "operation": { "logs": "json" } })).await;
    let needles = ["needle-query", "needle-form", "needle-header", "needle-cookie", "needle-path"];
    let header = "X-Forwarded-For: needle-header\r\nUser-Agent: needle-header\r\n\
                  Authorization: Bearer needle-header\r\nCookie: session=needle-cookie\r\n";
    let body = "size=needle-form&poll=needle-form&text=needle-form";
    let origin = format!("Origin: http://{}\r\n", running.at);
    let form = format!(
        "{header}{origin}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        body.len()
    );
    for path in [
        "/polls?q=needle-query",
        "/auth/callback?code=needle-query&state=needle-query",
        "/polls/needle-path",
        "/answers/needle-path?x=needle-query",
        "/api/v1/releases/needle-path",
    ] {
        running.ask(&browser("GET", path, header)).await;
    }
    for path in [
        "/api/display",
        "/api/take/answer",
        "/api/take/send?q=needle-query",
        "/auth/sign-in",
        "/auth/backchannel-logout",
    ] {
        running.ask(&(browser("POST", path, &form) + body)).await;
    }
    // Started with RUST_LOG=trace: not even that.
    let log = running.log();
    let mut routes = 0;
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let span = &event["span"];
        routes += u32::from(span["route"] == "/polls" && span["id"].is_string());
        // Nor when somebody took part.
        for route in ["take/", "/answers", "/polls/{poll}"] {
            assert!(!line.contains(route), "{line}");
        }
        for needle in needles {
            assert!(!line.contains(needle), "{line}");
        }
    }
    assert!(routes > 0, "requests are logged by their route: {log}");
}
