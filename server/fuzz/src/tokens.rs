//! Tokens of a provider: as text, and as claims under a signature that holds.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use server::{
    clock::ManualClock,
    config::network::Network,
    identity::{
        backchannel,
        esia::token::{self, Expected},
        jws::{self, NotOurs},
        jwt,
        oidc::{Metadata, Oidc},
    },
};
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Runtime};

const ISSUER: &str = "https://id.example";
const CLIENT: &str = "portal";
const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: i64 = 1_800_000_000;
/// The furthest that clocks may differ in any of the checks.
const LEEWAY: f64 = 120.0;

struct World {
    oidc: Oidc,
    metadata: Metadata,
    key: EncodingKey,
    /// Its other half, as ESIA's.
    esia: token::Key,
    runtime: Runtime,
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// PKCS #8 (RFC 5958) around a P-256 scalar.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// The other half of the key that [`world`] has.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHhhTL9R1TALzBB2cdc6zO4P/2BrH
zk/ogsyxyYvFiW6kbDEcTi/0DdlqNlPm5FRF0y3+SG7O11x6kMahiIHAow==
-----END PUBLIC KEY-----
";

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let key = EncodingKey::from_ec_der(&[PKCS8.as_slice(), &[7; 32]].concat());
        let mut public =
            serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
        public["kid"] = json!("7");
        let metadata: Metadata = serde_json::from_value(json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/authorize",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }))
        .unwrap();
        let keys = serde_json::from_value(json!({ "keys": [public] })).unwrap();
        let settings = serde_json::from_value(json!({
            "name": { "en": "State Services", "ru": "Госуслуги" },
            "issuer": ISSUER,
            "client_id": CLIENT,
            "client_secret": "a secret",
            "scopes": [],
            "attributes": [],
        }))
        .unwrap();
        let back = "https://polls.example/auth/callback".to_owned();
        World {
            oidc: Oidc::new(settings, &Network::default(), back, Arc::new(ManualClock::new(now())))
                .unwrap(),
            metadata: metadata.set_jwks(keys),
            key,
            esia: token::Key::read(PUBLIC).unwrap(),
            runtime: Builder::new_current_thread().build().unwrap(),
        }
    })
}

/// The first byte chooses what the others are: a token as text, or the claims of one.
pub fn run(bytes: &[u8]) {
    taken(bytes);
}

/// As [`run`]; gives whether the token was taken for one of a person's.
pub fn taken(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first() else { return false };
    let Ok(text) = str::from_utf8(rest) else { return false };
    if first % 4 == 0 {
        unsigned(text);
        return false;
    }
    let Some(claims) = serde_json::from_str::<Value>(text).ok().filter(Value::is_object) else {
        return false;
    };
    match first % 4 {
        1 => id_token(&claims),
        2 => logout_token(&claims),
        _ => esia(&claims),
    }
}

/// Nobody who lacks the key makes a token that is taken.
fn unsigned(token: &str) {
    let world = world();
    assert!(jws::verify(&world.metadata, None, jws::Use::Tokens, token).is_err(), "{token}");
    assert!(world.oidc.identified(&world.metadata, token, "an access token", NONCE).is_err());
    let verified = token::verified(token, Some(&world.esia), None);
    assert!(world.runtime.block_on(verified).is_err(), "{token}");
    let _ = (jwt::unchecked_header(token), jwt::unchecked_claims(token));
}

/// The signature of another token is none of this one.
fn with_another_signature(header: &Header, signed: &str) {
    let (head, _) = signed.rsplit_once('.').unwrap();
    let other = encode(header, &json!({}), &world().key).unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    unsigned(&format!("{head}.{signature}"));
}

fn text<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn for_us(claims: &Value) -> bool {
    match &claims["aud"] {
        Value::Array(all) => all.iter().any(|one| one == CLIENT),
        one => one == CLIENT,
    }
}

fn number(claims: &Value, name: &str) -> f64 {
    claims[name].as_f64().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "a time of these ages")]
const fn seconds() -> f64 {
    NOW as f64
}

fn id_token(claims: &Value) -> bool {
    let world = world();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("7".to_owned());
    let signed = encode(&header, claims, &world.key).unwrap();
    // Signed it is, whatever it says.
    assert!(matches!(
        jws::verify(&world.metadata, None, jws::Use::Tokens, &signed),
        Ok(_) | Err(NotOurs::Malformed)
    ));
    let found = world.oidc.identified(&world.metadata, &signed, "an access token", NONCE);
    let Ok((subject, _)) = found else { return false };
    assert_eq!(text(claims, "iss"), Some(ISSUER));
    assert!(for_us(claims), "for somebody else: {claims}");
    assert_eq!(text(claims, "nonce"), Some(NONCE));
    assert_eq!(text(claims, "sub"), Some(&*subject));
    assert!(number(claims, "exp") > seconds() - LEEWAY, "expired: {claims}");
    assert!(claims.get("azp").is_none_or(|party| party.is_null() || party == CLIENT));
    with_another_signature(&header, &signed);
    true
}

fn logout_token(claims: &Value) -> bool {
    let typ = claims.get("typ").and_then(Value::as_str);
    let Ok(whose) = backchannel::check(typ, claims, ISSUER, CLIENT, now()) else { return false };
    assert_eq!(text(claims, "iss"), Some(ISSUER));
    assert!(for_us(claims), "for somebody else: {claims}");
    assert!(claims.get("nonce").is_none(), "an ID token");
    assert!(whose.sub.is_some() || whose.sid.is_some(), "it would end everybody's sessions");
    assert!(!whose.jti.is_empty());
    assert!(
        number(claims, "exp") > seconds() - LEEWAY && number(claims, "iat") <= seconds() + LEEWAY
    );
    assert!(whose.expires_at.timestamp() <= NOW + 24 * 60 * 60, "it would be remembered for ever");
    true
}

fn esia(claims: &Value) -> bool {
    let world = world();
    let header = Header::new(Algorithm::ES256);
    let signed = encode(&header, claims, &world.key).unwrap();
    // Signed it is, whatever it says.
    let verified = world.runtime.block_on(token::verified(&signed, Some(&world.esia), None));
    let claims = &verified.unwrap();
    let expected = Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: NONCE,
        nonce_required: true,
        now: now(),
    };
    let Ok(subject) = token::subject(claims, &expected) else { return false };
    assert_eq!(text(claims, "iss"), Some(ISSUER));
    assert_eq!(text(claims, "aud"), Some(CLIENT));
    assert!(claims.get("nonce").is_some_and(|nonce| nonce == NONCE));
    assert!(number(claims, "exp") > seconds() - LEEWAY, "expired: {claims}");
    assert!(!subject.oid.is_empty() && subject.oid.bytes().all(|byte| byte.is_ascii_digit()));
    with_another_signature(&header, &signed);
    true
}
