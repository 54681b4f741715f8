//! The token by which a program proves itself. The middleware that counts requests and the routes that
//! answer them read it here: however it is written, it is the same token to both.
//!
//! What it must never do: say whether a token is valid.

use axum::http::{HeaderMap, header::AUTHORIZATION};

/// The request's token, if it has one.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    // RFC 6750 §2.1: the scheme's name is not case-sensitive.
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_is_the_same_however_it_is_written() {
        for (written, read) in [
            ("Bearer one", Some("one")),
            ("bearer one", Some("one")),
            ("BEARER   one ", Some("one")),
            ("Bearer One", Some("One")),
            ("Bearer one two", Some("one two")),
            ("Bearer", None),
            ("Basic one", None),
            ("one", None),
        ] {
            let written = HeaderValue::from_static(written);
            let headers: HeaderMap = [(AUTHORIZATION, written.clone())].into_iter().collect();
            assert_eq!(token(&headers), read, "{written:?}");
        }
        assert_eq!(token(&HeaderMap::new()), None);
    }
}
