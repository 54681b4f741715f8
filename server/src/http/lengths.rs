//! How long a compressed page is tells something of what stands in it.
//!
//! Another site can lead somebody's browser here, again and again, with words of its choice in the address.
//! Whoever sees the network sees how long each answer is (BREACH). Therefore no page of a person repeats a
//! query, and an answer is not compressed at all where another site led somebody here who has a session.

use super::chain::Next;
use crate::identity::session_cookie;
use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, StatusCode, Version},
    response::Response,
};
use ports::look::{FETCH_SITE, cookie};

/// A mark in the response's extensions: it is sent as it is.
#[derive(Clone, Copy, Debug)]
struct Plain;

/// Marks the answers that are not to be compressed.
pub async fn layer(State(https): State<bool>, request: Request, next: Next) -> Response {
    let led_here = is_led_here(request.headers(), session_cookie::name(https));
    let mut response = next.run(request).await;
    if led_here {
        response.extensions_mut().insert(Plain);
    }
    response
}

/// Whether an answer may be compressed, for the layer that does it.
#[must_use]
pub fn may_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, about: &Extensions) -> bool {
    about.get::<Plain>().is_none()
}

fn is_led_here(headers: &HeaderMap, session: &str) -> bool {
    let site = headers.get(FETCH_SITE).map(axum::http::HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site")) && cookie(headers, session).is_some()
}

#[cfg(test)]
mod tests {
    use super::is_led_here;
    use axum::http::HeaderMap;

    #[test]
    fn only_somebody_whom_another_site_leads_here_gets_pages_as_they_are() {
        let led = |site: Option<&str>, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", cookie.parse().unwrap());
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            is_led_here(&headers, "session")
        };
        assert!(led(Some("cross-site"), "language=en; session=1"));
        assert!(led(Some("same-site"), "session=1"));
        for site in [None, Some("same-origin"), Some("none")] {
            assert!(!led(site, "session=1"), "{site:?}");
        }
        assert!(!led(Some("cross-site"), "language=en"));
    }
}
