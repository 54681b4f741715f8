//! The security headers of every response.
//!
//! A page brings a content security policy with a nonce of its own ([`page_policy`]). Everything else gets
//! a policy that allows nothing. No cache keeps an answer that does not say otherwise, the files of the
//! pages (`/pkg/`) aside.
//!
//! What it must never do: replace a header that an answer has set itself.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// What is known of the portal's address.
#[derive(Clone, Copy, Debug)]
pub struct Transport {
    /// Whether people reach the portal over TLS.
    pub https: bool,
}

/// The policy of a page: scripts of ours with this page's nonce, nothing from elsewhere. Signing
/// in posts to the portal, which redirects to `provider`: browsers hold `form-action` for that,
/// too.
#[must_use]
pub fn page_policy(nonce: &str, provider: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self' {provider}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Sets the headers.
pub async fn layer(State(transport): State<Transport>, request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/pkg/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    );
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if !asset {
        // Pages speak of a person: no cache keeps them, but those that say otherwise.
        set(header::CACHE_CONTROL, "no-store");
    }
    if transport.https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    response
}
