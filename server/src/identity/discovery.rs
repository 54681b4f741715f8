//! What is known of a provider: its endpoints and keys, and when it was asked for them. Endpoints may be configured;
//! keys are always asked for.
//!
//! It is asked by one task at a time, which belongs to nobody who waits for it: whoever gives up does
//! not end it, and what it found, or that it found nothing, is remembered in any case. Where
//! something is known, nobody waits for longer than a moment to hear whether it is still true.

use super::{
    oidc::{Announced, Metadata},
    provider::ProviderError,
};
use crate::{
    clock::Clock,
    config::provider::{Algorithm, Endpoints, Provider as Settings},
    outgoing,
};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AuthUrl, DiscoveryError, EndSessionUrl, HttpClientError, IssuerUrl, JsonWebKeySet,
    JsonWebKeySetUrl, LogoutProviderMetadata, ResponseTypes, TokenUrl, UserInfoUrl,
    core::{CoreJwsSigningAlgorithm, CoreResponseType, CoreSubjectIdentifierType},
    reqwest,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use url::Url;

/// Seconds for which a failure to reach the provider is believed.
const FAILURE_SECONDS: i64 = 5;
/// Seconds after which keys may be asked for again because one was not known.
const NEW_KEYS_SECONDS: i64 = 60;
/// Seconds after which the metadata is asked for again.
const METADATA_SECONDS: i64 = 24 * 60 * 60;
/// How long to wait where there is a way on without an answer.
const A_MOMENT: Duration = Duration::from_secs(1);
/// How long for what is not known at all to somebody who can do without, though badly.
const A_WHILE: Duration = Duration::from_secs(5);
/// How many of these wait so long at one time. They have no part of the room of their own, as those have who
/// sign in ([`crate::http::rate`]), and must not take that of everybody else.
const FEW: usize = 16;
/// How long to wait where there is none: longer than all that is asked may take.
const TO_THE_END: Duration = Duration::from_mins(1);

/// What is remembered of a provider between requests.
#[derive(Default)]
struct Memory {
    metadata: Option<Arc<Metadata>>,
    /// When it was last asked, with or without success: the end of that.
    asked_at: Option<DateTime<Utc>>,
    /// Why it did not answer then.
    failed: Option<ProviderError>,
    /// Closed when the task that asks it has ended.
    asking: Option<watch::Receiver<()>>,
}

impl Memory {
    fn keep(&mut self, found: Result<Metadata, ProviderError>, now: DateTime<Utc>) {
        self.asked_at = Some(now);
        match found {
            Ok(metadata) => {
                self.metadata = Some(Arc::new(metadata));
                self.failed = None;
            }
            Err(error) => self.failed = Some(error),
        }
    }

    /// What is known, or why nothing is. What was true a day ago is better than nothing.
    fn known(&self) -> Result<Arc<Metadata>, ProviderError> {
        let unanswered = || ProviderError::Unavailable("it has not answered yet".to_owned());
        self.metadata.clone().ok_or_else(|| self.failed.clone().unwrap_or_else(unanswered))
    }
}

/// Why nothing is known.
type NotFound = DiscoveryError<HttpClientError<reqwest::Error>>;

struct Inner {
    /// The issuer as it stands in tokens, and as it is written in the configuration.
    issuer: [String; 2],
    /// Where it is asked, if that is configured: then nothing but its keys is.
    endpoints: Option<Box<Endpoints>>,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
    /// Places of those who can do without.
    places: Semaphore,
}

/// What is known of a provider.
#[derive(Clone)]
pub struct Discovery(Arc<Inner>);

impl Discovery {
    /// Of the provider of these settings nothing is known yet.
    pub fn new(settings: &Settings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let issuer = [settings.issuer_id(), settings.issuer.as_str()].map(ToOwned::to_owned);
        let places = Semaphore::new(FEW);
        let endpoints = settings.endpoints.clone();
        Self(Arc::new(Inner { issuer, endpoints, http, clock, memory: Mutex::default(), places }))
    }

    /// Endpoints and keys, not older than a day unless the provider is slow or away.
    ///
    /// # Errors
    /// When they are not known and the provider does not answer.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        let patience = if self.memory().metadata.is_some() { A_MOMENT } else { TO_THE_END };
        self.younger_than(METADATA_SECONDS, patience).await
    }

    /// The same for somebody who can do without: a few wait for some seconds, and all others for no longer
    /// than a moment.
    ///
    /// # Errors
    /// When they are not known and the provider does not answer soon.
    pub async fn soon(&self) -> Result<Arc<Metadata>, ProviderError> {
        let place = self.0.places.try_acquire();
        let known = self.memory().metadata.is_some();
        let patience = if known || place.is_err() { A_MOMENT } else { A_WHILE };
        self.younger_than(METADATA_SECONDS, patience).await
    }

    /// The same with the keys of now, as one is needed that is not known; a provider that answers is
    /// asked for them once a minute at most.
    ///
    /// # Errors
    /// When they are not known and the provider does not answer.
    pub async fn new_keys(&self) -> Result<Arc<Metadata>, ProviderError> {
        self.younger_than(NEW_KEYS_SECONDS, TO_THE_END).await
    }

    async fn younger_than(
        &self,
        seconds: i64,
        patience: Duration,
    ) -> Result<Arc<Metadata>, ProviderError> {
        let mut asking = {
            let mut memory = self.memory();
            let seconds = if memory.failed.is_some() { FAILURE_SECONDS } else { seconds };
            // A clock that was put back makes nothing young.
            let young = TimeDelta::zero()..TimeDelta::seconds(seconds);
            let age = memory.asked_at.map(|asked| self.0.clock.now() - asked);
            if age.is_some_and(|age| young.contains(&age)) {
                return memory.known();
            }
            self.ask(&mut memory)
        };
        // The end of the task closes it: nothing is ever sent.
        let _ = timeout(patience, asking.changed()).await;
        self.memory().known()
    }

    /// The task that asks the provider at this moment, or begins to.
    fn ask(&self, memory: &mut Memory) -> watch::Receiver<()> {
        let under_way = memory.asking.as_ref().filter(|asking| asking.has_changed().is_ok());
        if let Some(asking) = under_way {
            return asking.clone();
        }
        let (end, asking) = watch::channel(());
        memory.asking = Some(asking.clone());
        let this = self.clone();
        tokio::spawn(async move {
            let found = this.discover().await;
            let now = this.0.clock.now();
            this.memory().keep(found, now);
            drop(end);
        });
        asking
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn discover(&self) -> Result<Metadata, ProviderError> {
        let found = match &self.0.endpoints {
            Some(endpoints) => self.configured(endpoints).await,
            None => self.announced().await,
        };
        let found = found.map_err(|error| {
            let why = match error {
                DiscoveryError::Request(error) => outgoing::reason(&error),
                other => other.to_string(),
            };
            ProviderError::Unavailable(format!("discovery: {why}"))
        })?;
        match insecure(&found) {
            Some(name) => {
                let why = format!("discovery: its {name} does not begin with https://");
                Err(ProviderError::Unavailable(why))
            }
            None => Ok(found),
        }
    }

    /// What it says of itself.
    async fn announced(&self) -> Result<Metadata, NotFound> {
        let ask = async |issuer: &str| {
            let issuer = IssuerUrl::new(issuer.to_owned()).map_err(DiscoveryError::UrlParse)?;
            Metadata::discover_async(issuer, &self.0.http).await
        };
        let [issuer, written] = self.0.issuer.each_ref().map(String::as_str);
        let found = ask(issuer).await;
        if written != issuer && matches!(found, Err(DiscoveryError::Validation(_))) {
            // Issuers are compared letter by letter, and some have a slash at the end.
            return ask(written).await;
        }
        found
    }

    /// What is configured, with the keys that it has now.
    async fn configured(&self, endpoints: &Endpoints) -> Result<Metadata, NotFound> {
        let [issuer, _] = self.0.issuer.each_ref();
        let issuer = endpoints.token_issuer.as_deref().unwrap_or(issuer.as_str());
        let keys = JsonWebKeySetUrl::from_url(endpoints.keys.clone());
        let found = JsonWebKeySet::fetch_async(&keys, &self.0.http).await?;
        let rest = LogoutProviderMetadata {
            end_session_endpoint: endpoints.end_session.clone().map(EndSessionUrl::from_url),
            additional_metadata: Announced::default(),
        };
        let metadata = Metadata::new(
            IssuerUrl::new(issuer.to_owned()).map_err(DiscoveryError::UrlParse)?,
            AuthUrl::from_url(endpoints.authorization.clone()),
            keys,
            vec![ResponseTypes::new(vec![CoreResponseType::Code])],
            vec![CoreSubjectIdentifierType::Public],
            endpoints.algorithms.iter().copied().map(algorithm).collect(),
            rest,
        );
        let token = TokenUrl::from_url(endpoints.token.clone());
        let userinfo = endpoints.userinfo.clone().map(UserInfoUrl::from_url);
        Ok(metadata.set_token_endpoint(Some(token)).set_userinfo_endpoint(userinfo).set_jwks(found))
    }
}

/// What the protocol's crate calls it.
const fn algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Rs384 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
        Algorithm::Rs512 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::Ps384 => CoreJwsSigningAlgorithm::RsaSsaPssSha384,
        Algorithm::Ps512 => CoreJwsSigningAlgorithm::RsaSsaPssSha512,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::Es384 => CoreJwsSigningAlgorithm::EcdsaP384Sha384,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
    }
}

/// The first of the endpoints that is asked, or that a browser is sent to, without TLS (`OpenID` Connect
/// Discovery 3, RFC 8414, 2): what goes there could be read on the way, and what comes be another's. An
/// issuer without TLS is on this machine.
fn insecure(metadata: &Metadata) -> Option<&'static str> {
    if metadata.issuer().url().scheme() != "https" {
        return None;
    }
    let end_session = metadata.additional_metadata().end_session_endpoint.as_ref();
    let endpoints = [
        ("authorization_endpoint", Some(metadata.authorization_endpoint().url())),
        ("token_endpoint", metadata.token_endpoint().map(TokenUrl::url)),
        ("userinfo_endpoint", metadata.userinfo_endpoint().map(UserInfoUrl::url)),
        ("jwks_uri", Some(metadata.jwks_uri().url())),
        ("end_session_endpoint", end_session.map(EndSessionUrl::url)),
    ];
    let insecure = |url: &Url| url.scheme() != "https";
    endpoints.into_iter().find(|(_, url)| url.is_some_and(insecure)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{Metadata, insecure};
    use serde_json::{Value, json};

    #[test]
    fn no_endpoint_of_an_issuer_over_tls_is_without_it() {
        let announced = |scheme: &str| {
            let at = |path: &str| format!("{scheme}://id.example/{path}");
            json!({
                "issuer": at(""),
                "authorization_endpoint": at("authorize"),
                "token_endpoint": at("token"),
                "userinfo_endpoint": at("userinfo"),
                "jwks_uri": at("jwks"),
                "end_session_endpoint": at("end"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            })
        };
        let found = |announced: &Value| {
            let metadata: Metadata = serde_json::from_value(announced.clone()).unwrap();
            insecure(&metadata)
        };
        assert_eq!(found(&announced("https")), None);
        assert_eq!(found(&announced("http")), None, "it is on this machine");
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "end_session_endpoint",
        ] {
            let mut announced = announced("https");
            announced[name] = json!("http://id.example/it");
            assert_eq!(found(&announced), Some(name));
            announced.as_object_mut().unwrap().remove(name);
            let needed = ["authorization_endpoint", "jwks_uri"].contains(&name);
            assert!(needed || found(&announced).is_none(), "{name}");
        }
    }
}
