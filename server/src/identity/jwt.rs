//! What stands in a signed token (RFC 7519) before, or without, a look at its signature.
//!
//! What is read here counts where the signature was checked by the caller, where it only chooses by
//! which key to check it, and where it can only take something away: what an access token says was
//! not granted.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// What a token says of its signature, unchecked.
#[must_use]
pub fn unchecked_header(token: &str) -> Option<Value> {
    part(token, 0)
}

/// What a token claims, unchecked.
#[must_use]
pub fn unchecked_claims(token: &str) -> Option<Value> {
    part(token, 1)
}

fn part(token: &str, number: usize) -> Option<Value> {
    let part = token.split('.').nth(number)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
