//! What a collector of traces gets to see, and what it does not.

use crate::running::{LONG, Running};
use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::any_value::Value,
    trace::v1::{Span, span::SpanKind},
};
use prost::Message as _;
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, time::timeout};

type Seen = Arc<Mutex<Vec<Bytes>>>;

async fn collect(State(seen): State<Seen>, body: Bytes) {
    seen.lock().unwrap().push(body);
}

/// The text of an attribute, numbers too.
fn attribute(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}

#[tokio::test]
async fn a_collector_learns_of_everything_but_taking_part() {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let collector = Router::new().route("/v1/traces", post(collect)).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, collector).await });

    let traces = format!("http://{at}/v1/traces");
    let mut running =
        Running::start(json!({ "operation": { "traces": traces, "traces_share": 1.0 } })).await;
    let poll = "5eed0000-0000-4000-8000-000000000001";
    let path = |path: &str| path.replace("POLL", poll);
    for public in ["/", "/polls?needle=anna", "/polls/POLL/results", "/no-such-page"] {
        running.get(&path(public)).await;
    }
    for taking_part in ["/polls/POLL", "/polls/POLL/take/1", "/polls/POLL/receipt", "/answers"] {
        running.get(&path(taking_part)).await;
    }
    running.signal("TERM");
    assert!(timeout(LONG, running.ended()).await.unwrap().success(), "the rest is sent at the end");

    let bodies = seen.lock().unwrap().clone();
    let spans: Vec<Span> = bodies
        .iter()
        .map(|body| ExportTraceServiceRequest::decode(body.as_ref()).unwrap())
        .flat_map(|request| request.resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .collect();
    let requests: Vec<&Span> = spans.iter().filter(|span| span.name == "request").collect();
    let routes: BTreeSet<String> =
        requests.iter().filter_map(|span| attribute(span, "http.route")).collect();
    assert!(routes.contains("/") && routes.contains("/polls"), "{routes:?}");
    assert!(routes.contains("/polls/{poll}/results"), "{routes:?}");
    for route in ["/polls/{poll}", "/polls/{poll}/take/{number}", "/answers"] {
        assert!(!routes.contains(route), "{route} is traced");
    }
    for span in requests {
        assert_eq!(span.kind(), SpanKind::Server);
        assert_eq!(attribute(span, "http.request.method").unwrap(), "GET");
        assert_eq!(attribute(span, "id").unwrap().len(), 10);
        assert!(attribute(span, "http.response.status_code").unwrap().len() == 3);
        assert!(span.events.is_empty(), "what is logged stays in the log");
    }
    let everything = bodies.concat();
    let holds = |needle: &str| everything.windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(holds("veche"), "names can be looked for");
    for needle in ["anna", poll, "take", "receipt", "127.0.0.1"] {
        assert!(!holds(needle), "{needle} is sent");
    }
}

#[tokio::test]
async fn a_collector_that_says_nothing_keeps_no_server_from_an_orderly_end() {
    // The system takes its connections, and nobody reads what comes on them.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let traces = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let mut running =
        Running::start(json!({ "operation": { "traces": traces, "traces_share": 1.0 } })).await;
    running.get("/").await;
    running.signal("TERM");
    let ended = timeout(LONG, running.ended()).await.expect("it waits for nobody for long");
    assert!(ended.success(), "{}", running.log());
}
