//! The State Services' identity provider (ESIA), which is not standard `OpenID` Connect: a
//! signature per request in place of a secret, no discovery, no userinfo; what was released comes
//! by REST. After its "Methodical recommendations", chapters on `v2/ac`, `v3/te` and `/rs/prns`.
//!
//! GOST cryptography is not done here: certified software outside signs, and checks what the
//! library cannot ([`command`]). Only those documents are fetched from which something is kept,
//! by scopes that were granted.

pub mod command;
pub mod token;

use super::{
    jwt,
    mapping::Claims,
    provider::{Beginning, Proof, ProviderError, Return, http_client},
};
use crate::{
    clock::Clock,
    config::{
        esia::{Esia as Settings, Program},
        network::Network,
        provider::{Provider as ProviderSettings, Source},
    },
    outgoing,
};
use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::reqwest;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};
use url::Url;

/// Signs what the portal asks ESIA.
#[async_trait]
pub trait Signer: Send + Sync {
    /// A detached signature of the text, in binary.
    ///
    /// # Errors
    /// Why there is none, without a word of the text.
    async fn sign(&self, text: &[u8]) -> Result<Vec<u8>, String>;
}

#[async_trait]
impl Signer for Program {
    async fn sign(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        let signature = command::run(self, text).await?;
        if signature.is_empty() { Err("it gave no signature".to_owned()) } else { Ok(signature) }
    }
}

/// ESIA.
pub struct Esia {
    provider: ProviderSettings,
    settings: Settings,
    signer: Box<dyn Signer>,
    key: Option<token::Key>,
    redirect_uri: String,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
}

/// A request's parameters but for the signature, and what is signed.
struct Signed {
    parameters: Vec<(&'static str, String)>,
    text: String,
}

impl Esia {
    /// ESIA as configured, believed as `network` says; `redirect_uri` is where it answers.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(
        provider: ProviderSettings,
        settings: Settings,
        network: &Network,
        redirect_uri: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let key = settings.key()?;
        let signer = Box::new(settings.signer.clone());
        let http = http_client(network, &provider.issuer)?;
        Ok(Self { provider, settings, signer, key, redirect_uri, clock, http })
    }

    /// The configuration.
    pub const fn settings(&self) -> &ProviderSettings {
        &self.provider
    }

    /// ESIA's name in its tokens.
    pub fn issuer(&self) -> &str {
        &self.settings.token_issuer
    }

    /// Whether the portal could ask ESIA for something.
    ///
    /// # Errors
    /// Why the signer does not sign.
    pub async fn check(&self) -> Result<(), ProviderError> {
        self.sign("").await.map(drop)
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.provider.issuer.as_str().trim_end_matches('/'))
    }

    async fn sign(&self, text: &str) -> Result<String, ProviderError> {
        let signature = self.signer.sign(text.as_bytes()).await;
        signature
            .map(|signature| BASE64_URL_SAFE_NO_PAD.encode(signature))
            .map_err(|why| ProviderError::Ours(format!("the signer: {why}")))
    }

    /// What both endpoints are told. Signed are client, scopes, time, state and address, and the
    /// code at the token endpoint, one after the other without anything between.
    fn signed(&self, scopes: &BTreeSet<String>, state: &str, code: Option<&str>) -> Signed {
        let scopes: Vec<&str> =
            ["openid"].into_iter().chain(scopes.iter().map(String::as_str)).collect();
        let (client, scope) = (self.provider.client_id.clone(), scopes.join(" "));
        let organisations = self.settings.organisation_scopes.join(" ");
        let time = self.clock.now().format("%Y.%m.%d %H:%M:%S %z").to_string();
        let address = self.redirect_uri.clone();
        let code = code.unwrap_or_default();
        let text = [client.as_str(), &scope, &organisations, &time, state, &address, code].concat();
        let mut parameters = vec![
            ("client_id", client),
            ("scope", scope),
            ("timestamp", time),
            ("state", state.to_owned()),
            ("redirect_uri", address),
            ("client_certificate_hash", self.settings.certificate_hash.clone()),
        ];
        if !organisations.is_empty() {
            parameters.push(("scope_org", organisations));
        }
        Signed { parameters, text }
    }

    /// Where the browser goes to sign in.
    ///
    /// # Errors
    /// When nothing can be signed.
    pub async fn authorize(&self, beginning: &Beginning<'_>) -> Result<Url, ProviderError> {
        let Signed { mut parameters, text } = self.signed(beginning.scopes, beginning.state, None);
        parameters.extend([
            ("client_secret", self.sign(&text).await?),
            ("response_type", "code".to_owned()),
            // Nothing is asked for later: the data is read at once.
            ("access_type", "online".to_owned()),
            ("nonce", beginning.nonce.to_owned()),
        ]);
        Url::parse_with_params(&self.at("/aas/oauth2/v2/ac"), parameters)
            .map_err(|error| ProviderError::Unavailable(error.to_string()))
    }

    /// Exchanges an authorization code, checks what comes for it and reads what was released.
    ///
    /// # Errors
    /// When ESIA does not answer, refuses, or sends what does not hold.
    pub async fn redeem(&self, back: &Return<'_>) -> Result<Proof, ProviderError> {
        let Return { code, state, nonce, scopes, .. } = *back;
        let refused = |why: String| ProviderError::Refused(why);
        let Signed { mut parameters, text } = self.signed(scopes, state, Some(code));
        parameters.extend([
            ("client_secret", self.sign(&text).await?),
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("token_type", "Bearer".to_owned()),
        ]);
        let tokens = self.json(self.http.post(self.at("/aas/oauth2/v3/te")).form(&parameters));
        let tokens = tokens.await.map_err(|error| error.named("token endpoint"))?;
        let text = |name: &str| tokens.get(name).and_then(Value::as_str);
        if text("state").is_some_and(|given| given != state) {
            return Err(refused("token endpoint: another state".to_owned()));
        }
        let (Some(id_token), Some(access_token)) = (text("id_token"), text("access_token")) else {
            return Err(refused("token endpoint: no ID token or no access token".to_owned()));
        };
        let verifier = self.settings.verifier.as_ref();
        let claims = token::verified(id_token, self.key.as_ref(), verifier).await;
        let claims = claims.map_err(|why| refused(format!("ID token: {why}")))?;
        let expected = token::Expected {
            issuer: &self.settings.token_issuer,
            client_id: &self.provider.client_id,
            nonce,
            nonce_required: self.settings.nonce_required,
            now: self.clock.now(),
        };
        let subject = token::subject(&claims, &expected)
            .map_err(|claim| refused(format!("ID token: {claim}")))?;
        let granted = granted(text("scope"), access_token);
        let wanted = match &granted {
            Some(granted) => scopes.intersection(granted).cloned().collect(),
            None => scopes.clone(),
        };
        let claims = self.released(&subject.oid, access_token, &wanted, claims).await;
        // The code has been taken.
        let claims = claims.map_err(ProviderError::spent)?;
        let levels = &self.provider.acr_values;
        let level = levels.is_empty() || subject.level.is_some_and(|it| levels.contains(&it));
        Ok(Proof {
            subject: subject.oid,
            sid: subject.sid,
            // ESIA ends its session without one.
            hint: None,
            granted,
            assured: subject.confirmed && level,
            claims,
        })
    }

    /// Reads the documents from which attributes of these scopes are kept, in one request and one
    /// more for children.
    async fn released(
        &self,
        oid: &str,
        access_token: &str,
        scopes: &BTreeSet<String>,
        id_token: Value,
    ) -> Result<Claims, ProviderError> {
        let attributes = &self.provider.attributes;
        let sources: BTreeSet<Source> = attributes
            .iter()
            .filter(|attribute| scopes.contains(&attribute.scope))
            .map(|attribute| attribute.source)
            .collect();
        let embedded: Vec<(Source, &str)> =
            COLLECTIONS.into_iter().filter(|(source, _)| sources.contains(source)).collect();
        let mut claims = Claims::from([(Source::IdToken, id_token)]);
        let read = async |path: String| {
            let request = self.http.get(self.at(&path)).bearer_auth(access_token);
            self.json(request).await.map_err(|error| error.named("data"))
        };
        if !embedded.is_empty() || sources.contains(&Source::Person) {
            let names: Vec<String> =
                embedded.iter().map(|(_, name)| format!("{name}.elements")).collect();
            let embed = if names.is_empty() {
                String::new()
            } else {
                format!("?embed=({})", names.join(","))
            };
            let mut person = read(format!("/rs/prns/{oid}{embed}")).await?;
            for (source, name) in embedded {
                claims.insert(source, elements(&mut person[name]));
            }
            claims.insert(Source::Person, person);
        }
        if sources.contains(&Source::Kids) {
            let mut kids = read(format!("/rs/prns/{oid}/kids?embed=(elements)")).await?;
            claims.insert(Source::Kids, elements(&mut kids));
        }
        Ok(claims)
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, Wrong> {
        let answer = request.header("accept", "application/json").send().await;
        let answer = answer.map_err(|error| {
            let why = outgoing::reason(&error);
            if error.is_connect() { Wrong::Unavailable(why) } else { Wrong::Lost(why) }
        })?;
        let status = answer.status();
        let body = answer.bytes().await;
        let body = body.map_err(|_| Wrong::Lost("the answer broke off".to_owned()))?;
        let body: Option<Value> = serde_json::from_slice(&body).ok();
        if status.is_success() {
            return body.ok_or_else(|| Wrong::Lost("not JSON".to_owned()));
        }
        // Its code only: the description is free text.
        let code = body.and_then(|body| Some(body.get("error")?.as_str()?.to_owned()));
        match code {
            Some(code) if code == "invalid_grant" => Err(Wrong::Refused(code)),
            _ => Err(Wrong::Unavailable(status.as_str().to_owned())),
        }
    }

    /// Where the browser goes to end ESIA's session.
    pub fn end_session(&self, back: &str) -> Option<Url> {
        let parameters = [("client_id", self.provider.client_id.as_str()), ("redirect_url", back)];
        Url::parse_with_params(&self.at("/idp/ext/Logout"), parameters).ok()
    }
}

/// The collections of a person's document.
const COLLECTIONS: [(Source, &str); 4] = [
    (Source::Contacts, "contacts"),
    (Source::Addresses, "addresses"),
    (Source::Documents, "documents"),
    (Source::Vehicles, "vehicles"),
];

/// A collection's elements; nothing where it was not released.
fn elements(collection: &mut Value) -> Value {
    collection.get_mut("elements").map(Value::take).unwrap_or_default()
}

/// The scopes that were granted, as the token endpoint says them or the access token that came from
/// it: `openid fullname?oid=1000299353`. They only ever take away from what was asked for.
fn granted(said: Option<&str>, access_token: &str) -> Option<BTreeSet<String>> {
    let inside = jwt::unchecked_claims(access_token);
    let inside = inside.as_ref().and_then(|claims| claims.get("scope")?.as_str());
    let names = said.or(inside)?.split_whitespace();
    Some(names.map(|name| name.split('?').next().unwrap_or(name).to_owned()).collect())
}

/// What an endpoint said instead of an answer.
enum Wrong {
    Unavailable(String),
    /// The same, and it may have done what it was asked for.
    Lost(String),
    Refused(String),
}

impl Wrong {
    fn named(self, endpoint: &str) -> ProviderError {
        match self {
            Self::Unavailable(why) => ProviderError::Unavailable(format!("{endpoint}: {why}")),
            Self::Lost(why) => ProviderError::Spent(format!("{endpoint}: {why}")),
            Self::Refused(why) => ProviderError::Refused(format!("{endpoint}: {why}")),
        }
    }
}
