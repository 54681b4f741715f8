//! Headers of the provider's answers: the browser's cookie, redirects, and what a page may do.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;

/// The cookie's name. Cookies are shared between the ports of a host, so it must not be one that
/// the portal on the next port uses.
const COOKIE_NAME: &str = "demo_idp";

/// The length of [`super::state::Provider::secret`].
const SECRET_LENGTH: usize = 43;

/// The value of the browser's cookie; `None` if it is absent or not one that the provider sets.
pub(super) fn browser(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
        .filter(|value| value.len() == SECRET_LENGTH)
}

/// A redirect by GET, whatever the method was, that must not be stored.
pub(super) fn redirect(address: &str) -> Response {
    ([(CACHE_CONTROL, "no-store")], Redirect::to(address)).into_response()
}

/// `response` with the browser's cookie set to `value`.
pub(super) fn with_cookie(issuer: &str, value: &str, response: Response) -> Response {
    let secure = if issuer.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    ([(SET_COOKIE, cookie)], response).into_response()
}

/// `response` with the browser's cookie taken away.
pub(super) fn without_cookie(response: Response) -> Response {
    let cookie = format!("{COOKIE_NAME}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    ([(SET_COOKIE, cookie)], response).into_response()
}

/// A page that may use the styles with `nonce` and whose forms may lead, by redirect, to the
/// origin of `form_target`.
pub(super) fn page(
    status: StatusCode,
    nonce: &str,
    form_target: Option<&str>,
    body: Markup,
) -> Response {
    // Browsers hold `form-action` against the redirect that answers a form as well.
    let target = form_target.and_then(source_of).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self' \
         {target}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// The source expression of a content security policy that covers `address`.
fn source_of(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str()?;
    let authority = uri.authority()?.as_str();
    // The policy's grammar has no IPv6 addresses.
    let source = if authority.starts_with('[') {
        format!("{scheme}:")
    } else {
        format!("{scheme}://{authority}")
    };
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cookie_of_the_right_name_and_length_counts() {
        let value = "a".repeat(SECRET_LENGTH);
        let mut headers = HeaderMap::new();
        assert_eq!(browser(&headers), None);
        headers.append(COOKIE, format!("id=1; demo_idp={value}; x=y").parse().unwrap());
        assert_eq!(browser(&headers), Some(value.as_str()));
        headers.insert(COOKIE, "demo_idp=short".parse().unwrap());
        assert_eq!(browser(&headers), None);
    }

    #[test]
    fn a_source_is_an_origin() {
        assert_eq!(source_of("http://127.0.0.1:8000/cb?x"), Some("http://127.0.0.1:8000".into()));
        assert_eq!(source_of("http://[::1]:8000/cb"), Some("http:".into()));
    }
}
