//! The userinfo endpoint: the person's data, for the scopes that were granted.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::state::Provider;

/// `GET` and `POST /userinfo`, with a bearer token in the header (RFC 6750, 2.1).
pub(super) async fn userinfo(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = bearer_token(&headers) else { return refused("Bearer") };
    let claims = provider.memory().tokens.get(provider.now(), token).and_then(|token| {
        let person = provider.people.find(&token.sub)?;
        Some(person.claims(&token.scopes))
    });
    match claims {
        Some(claims) => ([(CACHE_CONTROL, "no-store")], Json(claims)).into_response(),
        None => refused("Bearer error=\"invalid_token\""),
    }
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn refused(challenge: &'static str) -> Response {
    let headers = [(WWW_AUTHENTICATE, challenge), (CACHE_CONTROL, "no-store")];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}
