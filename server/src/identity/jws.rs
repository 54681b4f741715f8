//! Signatures of the provider on tokens other than the ID token: a logout token, signed userinfo.
//! They hold as those of ID tokens do (`OpenID` Connect Core 3.1.3.7): by one of the provider's keys,
//! or by the client's secret, where the provider signs with it.

use crate::identity::oidc::Metadata;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, Validation, decode, decode_header, errors::ErrorKind,
    jwk::JwkSet,
};
use serde_json::Value;

pub use jsonwebtoken::Header;

/// Why a token is not the provider's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// It is no signed token at all, or its claims have not the form of claims.
    #[error("not a signed token of claims")]
    Malformed,
    /// Signed in a way that the provider does not announce, or with a secret where none is shared.
    #[error("signed with another algorithm")]
    Algorithm,
    /// Its key is not among the provider's.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// What a signature is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A token of a sign-in or of its end.
    Tokens,
    /// What is known of a person.
    Userinfo,
}

/// Whether the token does not say with which key it was signed.
#[must_use]
pub fn names_no_key(token: &str) -> bool {
    decode_header(token).is_ok_and(|header| header.kid.is_none())
}

/// Header and claims of a token that one of the provider's keys signed, or the `secret` that it
/// shares with the portal. What the claims say is not checked.
///
/// # Errors
/// Why it is not the provider's.
pub fn verify(
    metadata: &Metadata,
    secret: Option<&str>,
    of: Use,
    token: &str,
) -> Result<(Header, Value), NotOurs> {
    let header = decode_header(token).map_err(|_| NotOurs::Malformed)?;
    if !announced(metadata, of, header.alg) {
        return Err(NotOurs::Algorithm);
    }
    let shared = header.alg.family() == AlgorithmFamily::Hmac;
    let fitting = if shared {
        // Never a key that the provider publishes, nor an empty secret: everybody knows those.
        let secret = secret.filter(|secret| !secret.is_empty()).ok_or(NotOurs::Algorithm)?;
        vec![DecodingKey::from_secret(secret.as_bytes())]
    } else {
        keys(metadata, &header)
    };
    if fitting.is_empty() {
        return Err(NotOurs::UnknownKey);
    }
    let mut signature_only = Validation::new(header.alg);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    // The one key of a provider that names none may be another one by now.
    let another = header.kid.is_none() && !shared;
    let mut why = if another { NotOurs::UnknownKey } else { NotOurs::Signature };
    for key in fitting {
        match decode::<Value>(token, &key, &signature_only) {
            Ok(token) => return Ok((token.header, token.claims)),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
            // It is signed, but a subject that is a list, for instance, the library does not read.
            Err(_) => why = NotOurs::Malformed,
        }
    }
    Err(why)
}

/// Those of the provider's keys that can have signed a token with this header.
fn keys(metadata: &Metadata, header: &Header) -> Vec<DecodingKey> {
    let keys = serde_json::to_value(metadata.jwks()).and_then(serde_json::from_value::<JwkSet>);
    let Ok(keys) = keys else { return Vec::new() };
    keys.keys
        .iter()
        .filter(|key| header.kid.is_none() || key.common.key_id == header.kid)
        .filter_map(|key| DecodingKey::from_jwk(key).ok())
        .filter(|key| key.family() == header.alg.family())
        .collect()
}

/// Whether the provider signs like this.
fn announced(metadata: &Metadata, of: Use, algorithm: Algorithm) -> bool {
    let name = serde_json::to_value(algorithm).ok();
    let of_tokens = metadata.id_token_signing_alg_values_supported();
    let of_userinfo = match of {
        Use::Tokens => None,
        Use::Userinfo => metadata.userinfo_signing_alg_values_supported(),
    };
    let mut known = of_tokens.iter().chain(of_userinfo.into_iter().flatten());
    known.any(|known| serde_json::to_value(known).ok() == name)
}
