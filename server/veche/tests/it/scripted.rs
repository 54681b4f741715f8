//! An identity provider that says what the test wants: forged, stale and mistaken tokens, logout
//! tokens, all claims in the ID token.

use axum::{
    Form, Json, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, time::sleep};

/// PKCS #8 (RFC 5958) around a P-256 scalar.
const PKCS8_PREFIX: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// A private key in DER.
pub fn pkcs8(scalar: u8) -> Vec<u8> {
    [PKCS8_PREFIX.as_slice(), &[scalar; 32]].concat()
}

/// A private key.
pub fn key(scalar: u8) -> EncodingKey {
    EncodingKey::from_ec_der(&pkcs8(scalar))
}

/// The other half of a private key in PEM: a `SubjectPublicKeyInfo` (RFC 5480) around the point.
pub fn public_pem(scalar: u8) -> String {
    const SPKI_PREFIX: [u8; 27] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    let jwk = Jwk::from_encoding_key(&key(scalar), Algorithm::ES256).unwrap();
    let jwk = serde_json::to_value(jwk).unwrap();
    let coordinate = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap());
    let der = [&SPKI_PREFIX[..], &coordinate("x").unwrap(), &coordinate("y").unwrap()].concat();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        BASE64_STANDARD.encode(der)
    )
}

/// The other half of a private key.
pub fn public_key(scalar: u8) -> DecodingKey {
    let jwk = Jwk::from_encoding_key(&key(scalar), Algorithm::ES256).unwrap();
    DecodingKey::from_jwk(&jwk).unwrap()
}

/// What the provider says next.
pub struct Script {
    /// The ID token's claims.
    pub id_token: Value,
    /// The userinfo endpoint's claims.
    pub userinfo: Value,
    /// The token endpoint's error while there is no ID token.
    pub error: &'static str,
    /// What the token endpoint answers in place of tokens once it has taken the code.
    pub in_place_of_tokens: Option<&'static str>,
    /// The granted scopes, if the token endpoint says them.
    pub scope: Option<String>,
    /// Which key signs: 7 is the announced one.
    pub key: u8,
    /// A secret that signs in place of the key.
    pub secret: Option<&'static str>,
    /// Whether the userinfo endpoint is out of order.
    pub no_userinfo: bool,
    /// Whether it says where its session is ended.
    pub ends_sessions: bool,
    /// How long it takes to tell its configuration, and how often it was asked for it.
    pub silence: Duration,
    pub asked: usize,
    /// What the token endpoint was sent last, and how often it was sent something.
    pub form: BTreeMap<String, String>,
    pub redeemed: usize,
    /// Whether it was sent HTTP Basic credentials.
    pub basic: bool,
}

/// The provider.
#[derive(Clone)]
pub struct Scripted {
    pub issuer: String,
    pub script: Arc<Mutex<Script>>,
}

impl Scripted {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        Self::on(listener, issuer)
    }

    /// The provider behind something that makes it known as `issuer`.
    pub fn on(listener: TcpListener, issuer: String) -> Self {
        let script = Arc::new(Mutex::new(Script {
            id_token: Value::Null,
            userinfo: Value::Null,
            error: "invalid_grant",
            in_place_of_tokens: None,
            scope: None,
            key: 7,
            secret: None,
            no_userinfo: false,
            ends_sessions: true,
            silence: Duration::ZERO,
            asked: 0,
            form: BTreeMap::new(),
            redeemed: 0,
            basic: false,
        }));
        let provider = Self { issuer, script };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// Claims of a good ID token for the portal.
    pub fn good(&self, sub: &str, nonce: &str, now: i64) -> Value {
        json!({
            "iss": self.issuer, "aud": "portal", "sub": sub, "nonce": nonce, "sid": format!("sid of {sub}"),
            "iat": now, "exp": now + 300,
        })
    }

    /// A token that the announced key, or another, signed.
    #[expect(clippy::unused_self, reason = "a provider signs; its key does not change")]
    pub fn sign(&self, claims: &Value, typ: Option<&str>, scalar: u8) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("7".to_owned());
        header.typ = typ.map(ToOwned::to_owned);
        encode(&header, claims, &key(scalar)).unwrap()
    }

    /// Until it has been asked for its configuration so many times.
    pub async fn asked(&self, times: usize) {
        while self.script.lock().unwrap().asked < times {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// A token that a secret signed.
pub fn signed_with(secret: &str, claims: &Value) -> String {
    let header = Header { typ: None, ..Header::new(Algorithm::HS256) };
    encode(&header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

async fn configuration(State(provider): State<Scripted>) -> Json<Value> {
    let (silence, ends_sessions) = {
        let mut script = provider.script.lock().unwrap();
        script.asked += 1;
        (script.silence, script.ends_sessions)
    };
    sleep(silence).await;
    let issuer = &provider.issuer;
    let at = |path: &str| format!("{issuer}{path}");
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "end_session_endpoint": ends_sessions.then(|| at("/end_session")),
        "jwks_uri": at("/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks() -> Json<Value> {
    let mut jwk = Jwk::from_encoding_key(&key(7), Algorithm::ES256).unwrap();
    jwk.common.key_id = Some("7".to_owned());
    Json(json!({ "keys": [jwk] }))
}

async fn token(
    State(provider): State<Scripted>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let mut script = provider.script.lock().unwrap();
    script.form = form;
    script.redeemed += 1;
    script.basic = headers.contains_key(AUTHORIZATION);
    if script.id_token.is_null() {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": script.error }))).into_response();
    }
    if let Some(answer) = script.in_place_of_tokens {
        return ([(CONTENT_TYPE, "application/json")], answer).into_response();
    }
    let id_token = match script.secret {
        Some(secret) => signed_with(secret, &script.id_token),
        None => provider.sign(&script.id_token, None, script.key),
    };
    let mut answer = json!({
        "access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": id_token,
    });
    if let Some(scope) = &script.scope {
        answer["scope"] = json!(scope);
    }
    Json(answer).into_response()
}

async fn userinfo(State(provider): State<Scripted>) -> Response {
    let script = provider.script.lock().unwrap();
    if script.no_userinfo {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(script.userinfo.clone()).into_response()
}
