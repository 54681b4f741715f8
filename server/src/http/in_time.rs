//! A request that takes too long is answered all the same, and the log says that one did.
//!
//! As with every failure, the log names its route and the id of the request. What it must never do: name
//! those on the way of taking part ([`is_taking_part`]). Of them it says only that it was one: whoever runs
//! out of time there was perhaps about to answer, and the log says when.

use super::{chain::Next, taking_part::is_taking_part};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use ports::failure::AGAIN_AFTER;
use std::time::Duration;
use tokio::time::timeout;

const LATE: &str = "a request ran out of time";

/// A mark in the response's extensions: the request was to change something and ran out of time. Its page
/// must not say that nothing was done. What the request asked of a store may be done all the same.
#[derive(Clone, Copy, Debug)]
pub struct Late;

/// A mark in the response's extensions: the request was one of taking part and ran out of time, and the log has no
/// word of it yet.
#[derive(Clone, Copy, Debug)]
struct Untold;

/// Tells the log of a request of taking part that ran out of time. For whoever has left the request's span: a
/// line that has no parent is written with the id of the span that is entered all the same, as JSON.
pub fn tell(response: &Response) {
    if response.extensions().get::<Untold>().is_some() {
        tracing::error!(parent: None, "{LATE}, of taking part");
    }
}

/// Answers with 503 a request that is not answered after so long.
pub async fn layer(State(most): State<Duration>, request: Request, next: Next) -> Response {
    let changes = !request.method().is_safe();
    let route = request.extensions().get::<MatchedPath>();
    let taking_part = route.is_some_and(|route| is_taking_part(route.as_str()));
    if let Ok(response) = timeout(most, next.run(request)).await {
        return response;
    }
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    if taking_part {
        response.extensions_mut().insert(Untold);
    } else {
        tracing::error!("{LATE}");
    }
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(AGAIN_AFTER));
    if changes {
        response.extensions_mut().insert(Late);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::layer;
    use crate::{
        entropy::{Entropy, SystemEntropy},
        http::{chain::Chain, request_id},
    };
    use axum::{
        Router,
        body::Body,
        http::{Request, StatusCode},
        routing::get,
    };
    use std::{
        future::pending,
        io::{self, Write},
        sync::{Arc, Mutex},
        time::Duration,
    };
    use tower::ServiceExt as _;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What the log, for people or as JSON, says of a request for this route that does not end.
    async fn logged(route: &str, json: bool) -> String {
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let _guard = if json {
            tracing::subscriber::set_default(lines.json().with_span_list(false).finish())
        } else {
            tracing::subscriber::set_default(lines.finish())
        };
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let around = Chain::default()
            .with(entropy, request_id::layer)
            .with(Duration::from_millis(10), layer);
        let router: Router = Router::new().route(route, get(pending::<StatusCode>)).layer(around);
        let address = route.replace("{poll}", "needle");
        let request = Request::get(&address).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let words = log.0.lock().unwrap().clone();
        String::from_utf8(words).unwrap()
    }

    #[tokio::test]
    async fn what_runs_out_of_time_is_in_the_log_and_nothing_of_who_takes_part() {
        for (json, id) in [(false, "id="), (true, "\"id\"")] {
            let results = logged("/polls/{poll}/results", json).await;
            for said in ["ERROR", "/polls/{poll}/results", id] {
                assert!(results.contains(said), "{results}");
            }
            let taking_part = logged("/polls/{poll}/check", json).await;
            for said in ["ERROR", "ran out of time, of taking part"] {
                assert!(taking_part.contains(said), "{taking_part}");
            }
            for hidden in ["request{", "check", id, "\"span\""] {
                assert!(!taking_part.contains(hidden), "{taking_part}");
            }
            assert!(![results, taking_part].iter().any(|words| words.contains("needle")));
        }
    }
}
