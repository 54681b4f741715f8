//! The addresses for those who run the portal.

use super::{health::Health, metrics::Metrics};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};

/// What Prometheus knows the text by.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Where it is asked whether the server is there.
pub const HEALTHY: &str = "/healthz";

/// Where it is asked whether the server is ready.
pub const READY: &str = "/readyz";

/// `/healthz` and `/readyz`, for whoever spreads the requests.
pub fn health<S: Clone + Send + Sync + 'static>(health: Health) -> Router<S> {
    Router::new().route(HEALTHY, get(async || "ok")).route(READY, get(ready)).with_state(health)
}

async fn ready(State(health): State<Health>) -> Response {
    match health.ready().await {
        Ok(()) => "ready".into_response(),
        Err(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            // Not text/plain: nothing makes a page of it.
            [(CONTENT_TYPE, "application/json")],
            format!("{{\"ready\":false,\"reason\":\"{}\"}}", reason.name()),
        )
            .into_response(),
    }
}

/// `/metrics` beside them, for an address inside the operator's network.
pub fn internal(health: Health, metrics: Metrics) -> Router {
    let text = move || {
        let text = metrics.text();
        async move { ([(CONTENT_TYPE, OPENMETRICS)], text) }
    };
    Router::new().route("/metrics", get(text)).merge(self::health(health))
}
