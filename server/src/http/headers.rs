//! The security headers of every response.
//!
//! Who is not signed in and asks for what is somebody's is told so with 401, which has to name a way of saying who
//! one is (RFC 9110 §11.6.1): it is the cookie that the page of the sign-in gives. No browser asks for a name and
//! a password by a scheme that it does not know. The API names its own.
//!
//! A page brings a content security policy with a nonce of its own ([`page_policy`]). Everything else gets
//! a policy that allows nothing. No cache keeps an answer that does not say otherwise; the files of the
//! pages (`/pkg/`) do say so, and what is refused in their place does not.
//!
//! What it must never do: replace a header that an answer has set itself.

use super::chain::Next;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

/// By what people say who they are, and where they get it: [`ports::routes::SIGN_IN`].
const BY_COOKIE: &str = "Cookie form-action=\"/sign-in\"";

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
    let mut response = next.run(request).await;
    let signed_out = response.status() == StatusCode::UNAUTHORIZED;
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
    // Pages speak of a person: no cache keeps them, but those that say otherwise. Nor does one keep a refusal: a
    // 404 may be kept without being asked to (RFC 9111 §4.2.2), and a file that is missing here may be on
    // another server already.
    set(header::CACHE_CONTROL, "no-store");
    if signed_out {
        set(header::WWW_AUTHENTICATE, BY_COOKIE);
    }
    if transport.https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{BY_COOKIE, Transport, layer};
    use crate::http::chain::Chain;
    use axum::{
        Router,
        body::Body,
        http::{
            Method, Request, StatusCode,
            header::{ALLOW, CACHE_CONTROL, WWW_AUTHENTICATE},
        },
        routing::get,
    };
    use ports::routes::SIGN_IN;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_file_says_how_long_it_is_kept_and_a_refusal_is_not() {
        let kept = "public, max-age=86400";
        let file = get(async move || ([(CACHE_CONTROL, kept)], "a"));
        let router: Router = Router::new()
            .route("/pkg/a.js", file)
            .layer(Chain::default().with(Transport { https: false }, layer));
        for (method, path, status, policy) in [
            (Method::GET, "/pkg/a.js", 200, kept),
            (Method::GET, "/pkg/b.js", 404, "no-store"),
            (Method::POST, "/pkg/a.js", 405, "no-store"),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers()[CACHE_CONTROL], policy, "{path}: {status}");
            assert_eq!(response.headers().contains_key(ALLOW), status == 405, "{path}");
        }
    }

    #[tokio::test]
    async fn who_is_not_signed_in_is_told_where_to_and_nobody_else_is() {
        let of_a_program = "Bearer realm=\"releases\"";
        let own = get(async move || (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, of_a_program)]));
        let router: Router = Router::new()
            .route("/page", get(async || StatusCode::UNAUTHORIZED))
            .route("/api", own)
            .route("/forbidden", get(async || StatusCode::FORBIDDEN))
            .layer(Chain::default().with(Transport { https: true }, layer));
        assert!(BY_COOKIE.contains(&format!("\"{SIGN_IN}\"")));
        for (path, told) in
            [("/page", Some(BY_COOKIE)), ("/api", Some(of_a_program)), ("/forbidden", None)]
        {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let challenge = response.headers().get(WWW_AUTHENTICATE);
            assert_eq!(challenge.map(|it| it.to_str().unwrap()), told, "{path}");
        }
    }
}
