//! The token endpoint: exchanges an authorization code, once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::encoding::{base64url, form_decode, same_secret};
use super::keys::IdToken;
use super::params::{Params, Repeated};
use super::settings::Client;
use super::state::{AccessToken, ID_TOKEN_LIFE, Provider, TOKEN_LIFE};
use crate::demo::people::Scope;

/// An error of RFC 6749, 5.2.
#[derive(Debug)]
enum TokenError {
    InvalidRequest,
    InvalidClient { by_header: bool },
    InvalidGrant,
    UnsupportedGrantType,
}

impl From<Repeated> for TokenError {
    fn from(_: Repeated) -> Self {
        Self::InvalidRequest
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::InvalidClient { .. } => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::InvalidGrant => (StatusCode::BAD_REQUEST, "invalid_grant"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
        };
        let response = (status, no_store(), Json(json!({ "error": error })));
        match self {
            Self::InvalidClient { by_header: true } => {
                ([(WWW_AUTHENTICATE, "Basic realm=\"token\"")], response).into_response()
            }
            _ => response.into_response(),
        }
    }
}

fn no_store() -> [(axum::http::HeaderName, &'static str); 2] {
    [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")]
}

/// `POST /token`.
pub(super) async fn exchange(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    params: Result<Params, FormRejection>,
) -> Response {
    let result = params
        .map_err(|_| TokenError::InvalidRequest)
        .and_then(|params| tokens(&provider, &headers, &params));
    match result {
        Ok(tokens) => (no_store(), Json(tokens)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn tokens(provider: &Provider, headers: &HeaderMap, params: &Params) -> Result<Value, TokenError> {
    let client = authenticate(provider, headers, params)?;
    match params.one("grant_type")? {
        Some("authorization_code") => {}
        Some(_) => return Err(TokenError::UnsupportedGrantType),
        None => return Err(TokenError::InvalidRequest),
    }
    let code = params.one("code")?.ok_or(TokenError::InvalidRequest)?;
    let redirect_uri = params.one("redirect_uri")?;
    let verifier = params.one("code_verifier")?.ok_or(TokenError::InvalidRequest)?;

    let now = provider.now();
    let mut memory = provider.memory();
    let entry = memory.codes.get(now, code).ok_or(TokenError::InvalidGrant)?;
    // Another client's attempt neither succeeds nor spoils the code.
    if entry.request.client_id != client.client_id {
        return Err(TokenError::InvalidGrant);
    }
    if entry.spent {
        memory.tokens.retain(|token| token.code != code);
        return Err(TokenError::InvalidGrant);
    }
    entry.spent = true;
    let fits = now < entry.expires
        && redirect_uri == Some(&entry.request.redirect_uri)
        && base64url(&Sha256::digest(verifier)) == entry.request.code_challenge;
    if !fits {
        return Err(TokenError::InvalidGrant);
    }
    let sign_in = entry.sign_in.clone();
    let granted = entry.granted.clone();
    let nonce = entry.request.nonce.clone();
    let person = provider.people.find(&sign_in.sub).ok_or(TokenError::InvalidGrant)?;

    let access_token = provider.secret();
    let id_token = provider.key.sign(&IdToken {
        iss: provider.settings.issuer.clone(),
        sub: sign_in.sub.clone(),
        aud: client.client_id.clone(),
        exp: (now + ID_TOKEN_LIFE).timestamp(),
        iat: now.timestamp(),
        auth_time: sign_in.auth_time.timestamp(),
        nonce,
        at_hash: access_token_hash(&access_token),
        acr: person.level.as_str().to_owned(),
        sid: sign_in.sid.clone(),
    });
    let answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE.num_seconds(),
        "scope": Scope::format_list(&granted),
        "id_token": id_token,
    });
    let token =
        AccessToken { sub: sign_in.sub, sid: sign_in.sid, scopes: granted, code: code.to_owned() };
    memory.tokens.put(now, access_token, now + TOKEN_LIFE, token);
    Ok(answer)
}

/// The client that proves itself by `client_secret_basic` or `client_secret_post`, but not both.
fn authenticate<'p>(
    provider: &'p Provider,
    headers: &HeaderMap,
    params: &Params,
) -> Result<&'p Client, TokenError> {
    let posted_id = params.one("client_id")?;
    let posted_secret = params.one("client_secret")?;
    let by_header = headers.contains_key(AUTHORIZATION);
    let failed = || TokenError::InvalidClient { by_header };
    let (id, secret) = if by_header {
        let (id, secret) = basic_credentials(headers).ok_or_else(failed)?;
        if posted_secret.is_some() || posted_id.is_some_and(|posted| posted != id) {
            return Err(TokenError::InvalidRequest);
        }
        (id, secret)
    } else {
        let id = posted_id.ok_or_else(failed)?;
        let secret = posted_secret.ok_or_else(failed)?;
        (id.to_owned(), secret.to_owned())
    };
    let client = provider.settings.client(&id).ok_or_else(failed)?;
    if same_secret(&client.client_secret, &secret) { Ok(client) } else { Err(failed()) }
}

/// Identifier and secret of the `Authorization` header, form-encoded as RFC 6749, 2.3.1 says.
fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

/// `at_hash` of `OpenID` Connect Core, 3.1.3.6, for ES256: the left half of the token's SHA-256.
fn access_token_hash(access_token: &str) -> String {
    base64url(&Sha256::digest(access_token)[..16])
}
