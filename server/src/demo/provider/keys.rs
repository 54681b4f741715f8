//! The key that signs ID tokens.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::entropy::Entropy;

/// What comes before the scalar in a PKCS #8 structure (RFC 5958) that holds an `ECPrivateKey`
/// (RFC 5915) of the curve P-256 without its public part.
const PKCS8_PREFIX: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, // sequence, version 0
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, // id-ecPublicKey
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, // prime256v1
    0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20, // octets, ECPrivateKey, version 1
];

/// The claims of an ID token.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct IdToken {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: String,
    /// Seconds since 1970, as are the other times.
    pub(super) exp: i64,
    pub(super) iat: i64,
    pub(super) auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    pub(super) at_hash: String,
    pub(super) acr: String,
    pub(super) sid: String,
}

/// A P-256 key for ES256.
pub(super) struct SigningKey {
    private: EncodingKey,
    public: DecodingKey,
    jwk: Jwk,
}

impl SigningKey {
    /// A fresh key.
    pub(super) fn generate(entropy: &dyn Entropy) -> Self {
        let mut scalar = [0; 32];
        loop {
            entropy.fill(&mut scalar);
            // All but one scalar in 2³² lie below the order of the group.
            if let Ok(key) = Self::from_scalar(&scalar) {
                return key;
            }
        }
    }

    /// The key with the private scalar `scalar`, big-endian; an error if it is zero or not below
    /// the order of the group.
    fn from_scalar(scalar: &[u8; 32]) -> jsonwebtoken::errors::Result<Self> {
        let private = EncodingKey::from_ec_der(&[PKCS8_PREFIX.as_slice(), scalar].concat());
        let mut jwk = Jwk::from_encoding_key(&private, Algorithm::ES256)?;
        jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256)?);
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let public = DecodingKey::from_jwk(&jwk)?;
        Ok(Self { private, public, jwk })
    }

    /// The public key.
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Signs an ID token.
    pub(super) fn sign(&self, token: &IdToken) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid.clone_from(&self.jwk.common.key_id);
        jsonwebtoken::encode(&header, token, &self.private)
            .expect("the key was used once when it was made, and the claims are plain JSON")
    }

    /// The claims of an ID token that this key signed for `issuer`, even if it has expired: a
    /// hint about a session is usually older than its token.
    pub(super) fn read_hint(&self, token: &str, issuer: &str) -> Option<IdToken> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["iss", "sub", "aud"]);
        Some(jsonwebtoken::decode(token, &self.public, &validation).ok()?.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> IdToken {
        IdToken {
            iss: "http://127.0.0.1:1".into(),
            sub: "demo-anna".into(),
            aud: "portal".into(),
            exp: 1,
            iat: 0,
            auth_time: 0,
            nonce: None,
            at_hash: "x".into(),
            acr: "low".into(),
            sid: "s".into(),
        }
    }

    #[test]
    fn the_public_key_is_the_one_of_the_private_scalar() {
        // RFC 6979, A.2.5: the key pair for P-256.
        let scalar = [
            0xC9, 0xAF, 0xA9, 0xD8, 0x45, 0xBA, 0x75, 0x16, 0x6B, 0x5C, 0x21, 0x57, 0x67, 0xB1,
            0xD6, 0x93, 0x4E, 0x50, 0xC3, 0xDB, 0x36, 0xE8, 0x9B, 0x12, 0x7B, 0x8A, 0x62, 0x2B,
            0x12, 0x0F, 0x67, 0x21,
        ];
        let jwk = serde_json::to_value(SigningKey::from_scalar(&scalar).unwrap().jwk()).unwrap();
        assert_eq!(jwk["kty"], "EC");
        assert_eq!(jwk["crv"], "P-256");
        assert_eq!(jwk["alg"], "ES256");
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["x"], "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y");
        assert_eq!(jwk["y"], "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk");
        assert!(jwk.get("d").is_none());
    }

    #[test]
    fn impossible_scalars_are_refused() {
        assert!(SigningKey::from_scalar(&[0; 32]).is_err());
        assert!(SigningKey::from_scalar(&[0xff; 32]).is_err());
    }

    #[test]
    fn a_hint_must_come_from_this_key_and_issuer() {
        let key = SigningKey::from_scalar(&[7; 32]).unwrap();
        let other = SigningKey::from_scalar(&[8; 32]).unwrap();
        let signed = key.sign(&token());
        let hint = key.read_hint(&signed, "http://127.0.0.1:1").unwrap();
        assert_eq!(hint.sub, "demo-anna");
        assert!(key.read_hint(&signed, "http://127.0.0.1:2").is_none());
        assert!(other.read_hint(&signed, "http://127.0.0.1:1").is_none());
        assert!(key.read_hint("nonsense", "http://127.0.0.1:1").is_none());
    }
}
