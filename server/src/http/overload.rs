//! What a connection is told for which there is no room.

use super::{
    assets::Client,
    chain::Chain,
    errors,
    headers::{self, Transport},
    refused::Refused,
};
use axum::{
    Extension, Router,
    http::{HeaderValue, StatusCode, header::CONNECTION},
};

/// Seconds after which to try again.
const LATER: u64 = 5;

/// Answers everything with 503 and a page. Which limit it was stands in the request's extensions.
pub fn refusal(client: Client, transport: Transport) -> Router {
    Router::new()
        .fallback(async |Extension(limit): Extension<Refused>| {
            let mut response = limit.until(StatusCode::SERVICE_UNAVAILABLE, LATER);
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        })
        .layer(Chain::default().with(transport, headers::layer).with(client, errors::layer))
}
