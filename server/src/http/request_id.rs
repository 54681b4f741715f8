//! An id for every request: the log, the response and the error page have it.
//!
//! What it must never do: let the log tell who looked at which poll, or when somebody sent answers.

use super::{chain::Next, in_time, taking_part::is_taking_part};
use crate::{
    entropy::{self, Entropy},
    operation::traces::{self, TRACED, UNTRACED},
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    response::Response,
};
use ports::failure::REQUEST_ID;
use std::sync::Arc;
use tracing::Instrument as _;

/// The header of the response that carries the id.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the request under its id. The log gets the route, never the query or the ids in the
/// path: an address can tell who looked at which poll. On the way of taking part the log gets neither
/// route nor method, and no word that a request was answered: with the time beside it, that would tell
/// when somebody sent answers. A failure there is logged under the id, which the person sees, too.
pub async fn layer(
    State(entropy): State<Arc<dyn Entropy>>,
    request: Request,
    next: Next,
) -> Response {
    let id = entropy::code(&*entropy, 10);
    let route =
        request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let traced = !is_taking_part(&route);
    let span = if traced {
        tracing::info_span!(target: TRACED, "request", %id, method, route, otel.kind = "server")
    } else {
        tracing::info_span!(target: UNTRACED, "request", %id)
    };
    let header = HeaderValue::from_str(&id).ok();
    let mut response = REQUEST_ID.scope(id, next.run(request)).instrument(span.clone()).await;
    let status = response.status();
    if traced {
        span.in_scope(|| tracing::debug!(status = status.as_u16(), "answered"));
        traces::answered(&span, &method, &route, status);
    }
    in_time::tell(&response);
    if let Some(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    response
}
