//! Requests that change something come from our own pages.
//!
//! `Sec-Fetch-Site` (Fetch Metadata) where the browser sends it, else `Origin`; a request with
//! neither does not come from a browser's form of today and is refused, too. Together with
//! `SameSite=Lax` this takes the place of tokens in forms.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header::ORIGIN},
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

/// What the check needs to know.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The portal's origin.
    pub origin: Arc<str>,
    /// Paths where another server posts (back-channel logout): they check for themselves.
    pub exempt: &'static [&'static str],
}

/// Refuses what comes from elsewhere.
pub async fn layer(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || rule.exempt.contains(&request.uri().path()) || from_here(&rule, &request) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

fn from_here(rule: &Rule, request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = header(ORIGIN.as_str());
    if origin.is_some_and(|origin| origin != &*rule.origin) {
        return false;
    }
    match header("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => origin.is_some(),
    }
}
