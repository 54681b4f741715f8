//! Requests that change something must come from our own pages, and so must requests for a part of a page.
//!
//! `Sec-Fetch-Site` (Fetch Metadata) says where a request comes from, if the browser sends it; otherwise
//! `Origin` does. A request that would change something and has neither is refused, too: it does not come
//! from a form in a browser of today. Together with `SameSite=Lax` this takes the place of tokens in forms.
//!
//! The framework serves the parts of a page at addresses of their own, which can be asked for by
//! themselves. It leads a browser that asks for one back to where it came from, if there is something for
//! it. Another site must not learn from that what there is for somebody: it may lead people to pages, not
//! to the parts. Therefore the parts are never told where a browser comes from.
//!
//! What it must never do: let a path be exempt that does not check its sender itself.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{
        Method, StatusCode,
        header::{ORIGIN, REFERER},
    },
    response::{IntoResponse as _, Response},
};
use ports::{look::FETCH_SITE, routes};
use std::sync::Arc;

/// What the check needs to know.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The portal's origin.
    pub origin: Arc<str>,
    /// Paths where another server posts (back-channel logout): they check for themselves.
    pub exempt: &'static [&'static str],
}

/// A mark in the response's extensions, for its page: the request was refused for where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere;

/// Refuses what comes from elsewhere.
pub async fn layer(State(rule): State<Rule>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let part = path.starts_with(routes::FUNCTIONS) && !path.starts_with(routes::API);
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let passes = match (safe, part) {
        (true, true) => !from_elsewhere(&request),
        (true, false) => true,
        (false, _) => rule.exempt.contains(&path) || from_here(&rule, &request),
    };
    if !passes {
        let mut response = StatusCode::FORBIDDEN.into_response();
        response.extensions_mut().insert(Elsewhere);
        return response;
    }
    if part {
        request.headers_mut().remove(REFERER);
    }
    next.run(request).await
}

/// Whether a browser says that another site asks; a program says nothing.
fn from_elsewhere(request: &Request) -> bool {
    let site = request.headers().get(FETCH_SITE);
    site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

fn from_here(rule: &Rule, request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = header(ORIGIN.as_str());
    if origin.is_some_and(|origin| origin != &*rule.origin) {
        return false;
    }
    match header(FETCH_SITE) {
        Some(site) => site == "same-origin",
        None => origin.is_some(),
    }
}
