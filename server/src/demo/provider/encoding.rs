//! The encodings of the protocol: percent-encoding of forms and addresses, and base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// Everything but the unreserved characters (RFC 3986, 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `bytes` in base64url without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `text` with everything but unreserved characters percent-encoded.
pub(super) fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The text that `application/x-www-form-urlencoded` wrote as `encoded`; `None` if it is not
/// UTF-8 or a percent sign is not followed by two digits: `form_urlencoded` would take both.
pub(super) fn form_decode(encoded: &str) -> Option<String> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// `address` with `parameters` added to its query.
pub(super) fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut out = address.to_owned();
    let mut separator = if address.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        out.push(separator);
        out.push_str(name);
        out.push('=');
        out.push_str(&percent_encode(value));
        separator = '&';
    }
    out
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub(super) fn same_secret(left: &str, right: &str) -> bool {
    // Whoever does not know both secrets cannot steer where their digests differ.
    Sha256::digest(left) == Sha256::digest(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_and_decoding_are_inverse() {
        for text in ["", "plain-._~", "a b&c=d%+?#", "Озёрный край"] {
            assert_eq!(form_decode(&percent_encode(text)).as_deref(), Some(text));
        }
        assert_eq!(percent_encode("a b/ё"), "a%20b%2F%D1%91");
        assert_eq!(form_decode("a+b"), Some("a b".into()));
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(form_decode(text), None, "{text}");
        }
    }

    #[test]
    fn parameters_join_an_existing_query() {
        assert_eq!(
            with_query("http://h/a", &[("x", "1 2"), ("y", "&")]),
            "http://h/a?x=1%202&y=%26"
        );
        assert_eq!(with_query("http://h/a?b=c", &[("x", "1")]), "http://h/a?b=c&x=1");
    }
}
