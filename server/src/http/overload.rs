//! The answer on a connection for which there is no room.
//!
//! What it must never do: pass the request on to the portal.

use super::{
    chain::Chain,
    errors::{self, Pages},
    headers::{self, Transport},
    refused::Refused,
};
use axum::{
    Extension, Router,
    http::{HeaderValue, StatusCode, header::CONNECTION},
};
use ports::failure::AGAIN_AFTER;

/// Answers everything with 503 and a page. The request's extensions say which limit it was.
pub fn refusal(pages: Pages, transport: Transport) -> Router {
    Router::new()
        .fallback(async |Extension(limit): Extension<Refused>| {
            let mut response = limit.until(StatusCode::SERVICE_UNAVAILABLE, AGAIN_AFTER);
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            response
        })
        .layer(Chain::default().with(transport, headers::layer).with(pages, errors::layer))
}
