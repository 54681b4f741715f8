//! Signatures of the provider on tokens other than the ID token: a logout token, signed userinfo.

use crate::identity::oidc::Metadata;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet,
};
use serde_json::Value;

pub use jsonwebtoken::Header;

/// Why a token is not the provider's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// It is no signed token at all, or its claims have not the form of claims.
    #[error("not a signed token of claims")]
    Malformed,
    /// Signed in a way that the provider does not announce, or with a shared secret.
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

/// Header and claims of a token that one of the provider's keys signed. What the claims say is not
/// checked.
///
/// # Errors
/// Why it is not the provider's.
pub fn verify(metadata: &Metadata, of: Use, token: &str) -> Result<(Header, Value), NotOurs> {
    let header = decode_header(token).map_err(|_| NotOurs::Malformed)?;
    if !announced(metadata, of, header.alg) {
        return Err(NotOurs::Algorithm);
    }
    let keys = serde_json::to_value(metadata.jwks()).map_err(|_| NotOurs::UnknownKey)?;
    let keys: JwkSet = serde_json::from_value(keys).map_err(|_| NotOurs::UnknownKey)?;
    let mut fitting = keys
        .keys
        .iter()
        .filter(|key| header.kid.is_none() || key.common.key_id == header.kid)
        .filter_map(|key| DecodingKey::from_jwk(key).ok())
        .filter(|key| key.family() == header.alg.family())
        .peekable();
    if fitting.peek().is_none() {
        return Err(NotOurs::UnknownKey);
    }
    let mut signature_only = Validation::new(header.alg);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    // The one key of a provider that names none may be another one by now.
    let mut why = if header.kid.is_none() { NotOurs::UnknownKey } else { NotOurs::Signature };
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

/// Whether the provider signs like this. A shared secret proves nothing here: the portal has it,
/// too.
fn announced(metadata: &Metadata, of: Use, algorithm: Algorithm) -> bool {
    if matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return false;
    }
    let name = serde_json::to_value(algorithm).ok();
    let of_tokens = metadata.id_token_signing_alg_values_supported();
    let of_userinfo = match of {
        Use::Tokens => None,
        Use::Userinfo => metadata.userinfo_signing_alg_values_supported(),
    };
    let mut known = of_tokens.iter().chain(of_userinfo.into_iter().flatten());
    known.any(|known| serde_json::to_value(known).ok() == name)
}
