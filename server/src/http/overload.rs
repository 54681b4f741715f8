//! What a connection is told for which there is no room.

use super::{
    assets::Client,
    errors,
    headers::{self, Transport},
    refused::Refused,
};
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header::CONNECTION},
    middleware,
};

/// Seconds after which to try again.
const LATER: u64 = 5;

/// Answers everything with 503 and a page.
pub fn refusal(client: Client, transport: Transport) -> Router {
    Router::new()
        .fallback(async || {
            let mut response = Refused("connections").until(StatusCode::SERVICE_UNAVAILABLE, LATER);
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        })
        .layer(middleware::from_fn_with_state(client, errors::layer))
        .layer(middleware::from_fn_with_state(transport, headers::layer))
}
