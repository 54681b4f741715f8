//! Proving who the portal is with a key of its own instead of a shared secret: `private_key_jwt`
//! (`OpenID` Connect Core 9, RFC 7523). `oauth2` does not make the assertion, so it is made here and
//! sent as further parameters of its request.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

/// `client_assertion_type` of a JWT.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Seconds for which an assertion holds: it is used at once.
const SECONDS: i64 = 60;

/// The portal's private key, as the provider knows its public half.
pub struct ClientKey {
    key: EncodingKey,
    header: Header,
}

impl ClientKey {
    /// The key of a PEM text: RSA signs with RS256, P-256 with ES256, Ed25519 with `EdDSA`. `id`
    /// is the `kid` under which the provider knows it.
    ///
    /// # Errors
    /// What is wrong with it, without a word of it.
    pub fn read(pem: &str, id: Option<String>) -> Result<Self, String> {
        let pem = pem.as_bytes();
        let known = EncodingKey::from_rsa_pem(pem)
            .map(|key| (Algorithm::RS256, key))
            .or_else(|_| EncodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key)))
            .or_else(|_| EncodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key)));
        let (algorithm, key) = known.map_err(|_| {
            "not a private key of the kind RSA, P-256 or Ed25519 in PEM (PKCS #8)".to_owned()
        })?;
        let key = Self { key, header: Header { kid: id, ..Header::new(algorithm) } };
        // A key that cannot sign is found at the start, not at the first sign-in.
        key.assertion("", "", "", DateTime::UNIX_EPOCH).map(|_| key)
    }

    /// The assertion that the client `client_id` asks `audience` for something. `id` must not come
    /// a second time.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<String, String> {
        let now = now.timestamp();
        let claims = json!({
            "iss": client_id, "sub": client_id, "aud": audience, "jti": id,
            "iat": now, "exp": now + SECONDS,
        });
        encode(&self.header, &claims, &self.key).map_err(|_| "the key does not sign".to_owned())
    }
}
