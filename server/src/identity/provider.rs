//! The identity provider as the rest of signing in sees it: one of two kinds, by configuration.

use super::{esia::Esia, jws, mapping::Claims, oidc::Oidc};
use crate::{
    clock::Clock,
    config::{
        network::Network,
        provider::{Kind, Provider as Settings},
    },
    outgoing,
};
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use url::Url;

/// Why the provider did not help. The words are for the log: they hold codes, no person's data.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, or does not answer as a provider does.
    #[error("the identity provider does not answer: {0}")]
    Unavailable(String),
    /// It refused, or what it sent does not hold.
    #[error("the sign-in does not hold: {0}")]
    Refused(String),
}

/// How a sign-in begins; see [`Provider::authorize`].
pub struct Beginning<'a> {
    /// Scopes beside `openid`.
    pub scopes: &'a BTreeSet<String>,
    /// Random; comes back with the answer.
    pub state: &'a str,
    /// Random; stands in the ID token.
    pub nonce: &'a str,
    /// Random; PKCE.
    pub verifier: &'a str,
    /// Language of the provider's pages.
    pub language: &'a str,
    /// Whether the person is to be asked again what to release.
    pub ask_again: bool,
}

/// What the provider proved about a person.
pub struct Proof {
    /// The provider's identifier of the person.
    pub subject: String,
    /// The provider's session.
    pub sid: Option<String>,
    /// The ID token as it came, where it may be kept: the hint for the sign-out.
    pub hint: Option<String>,
    /// Scopes that were granted; absent where the provider says no word, which means all.
    pub granted: Option<BTreeSet<String>>,
    /// Whether the level of assurance is one that was asked for.
    pub assured: bool,
    /// What was released.
    pub claims: Claims,
}

/// What came back with the browser, and what is remembered of the way there; see
/// [`Provider::redeem`].
pub struct Return<'a> {
    /// The authorization code.
    pub code: &'a str,
    /// As in [`Beginning`].
    pub state: &'a str,
    /// As in [`Beginning`].
    pub nonce: &'a str,
    /// As in [`Beginning`].
    pub verifier: &'a str,
    /// As in [`Beginning`].
    pub scopes: &'a BTreeSet<String>,
}

/// The provider.
pub enum Provider {
    /// One that speaks `OpenID` Connect.
    Oidc(Box<Oidc>),
    /// The State Services'.
    Esia(Box<Esia>),
}

impl Provider {
    /// The provider of a configuration, believed as `network` says; `redirect_uri` is where it
    /// answers.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(
        settings: Settings,
        network: &Network,
        redirect_uri: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        if settings.kind == Kind::Oidc {
            let oidc = Oidc::new(settings, network, redirect_uri, clock)?;
            return Ok(Self::Oidc(Box::new(oidc)));
        }
        let esia = settings.esia.clone().ok_or("[provider.esia] is missing")?;
        Esia::new(settings, esia, network, redirect_uri, clock).map(|it| Self::Esia(Box::new(it)))
    }

    /// The configuration.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        match self {
            Self::Oidc(oidc) => oidc.settings(),
            Self::Esia(esia) => esia.settings(),
        }
    }

    /// Whether somebody could sign in, as far as can be seen from here.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn check(&self) -> Result<(), ProviderError> {
        match self {
            Self::Oidc(oidc) => oidc.metadata().await.map(drop),
            Self::Esia(esia) => esia.check().await,
        }
    }

    /// Where the browser goes to sign in.
    ///
    /// # Errors
    /// When the provider does not answer, or nothing can be asked of it.
    pub async fn authorize(&self, beginning: &Beginning<'_>) -> Result<Url, ProviderError> {
        match self {
            Self::Oidc(oidc) => oidc.authorize(beginning).await,
            Self::Esia(esia) => esia.authorize(beginning).await,
        }
    }

    /// Whether an answer may come from this provider; see [`Oidc::is_issuer`].
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn is_issuer(&self, iss: Option<&str>) -> Result<bool, ProviderError> {
        match self {
            Self::Oidc(oidc) => oidc.is_issuer(iss).await,
            // It sends none.
            Self::Esia(esia) => Ok(iss.is_none_or(|iss| iss == esia.issuer())),
        }
    }

    /// Exchanges an authorization code, checks everything that comes for it and reads what was
    /// released.
    ///
    /// # Errors
    /// When the provider does not answer, refuses, or sends what does not hold.
    pub async fn redeem(&self, back: &Return<'_>) -> Result<Proof, ProviderError> {
        match self {
            Self::Oidc(oidc) => {
                oidc.redeem(back.code.to_owned(), back.verifier.to_owned(), back.nonce).await
            }
            Self::Esia(esia) => esia.redeem(back).await,
        }
    }

    /// Where the browser goes to end the provider's session; see [`Oidc::end_session`].
    pub async fn end_session(
        &self,
        hint: Option<&str>,
        back: &str,
        state: &str,
        language: &str,
    ) -> Option<Url> {
        match self {
            Self::Oidc(oidc) => oidc.end_session(hint, back, state, language).await,
            Self::Esia(esia) => esia.end_session(back),
        }
    }

    /// The claims of a token that the provider signed, with its header; see [`Oidc::verify`].
    ///
    /// # Errors
    /// When the provider does not answer, sends no such tokens, or the signature is not its own.
    pub async fn verify(&self, token: &str) -> Result<(jws::Header, Value), ProviderError> {
        match self {
            Self::Oidc(oidc) => oidc.verify(token).await,
            Self::Esia(_) => Err(ProviderError::Refused("ESIA has no back channel".to_owned())),
        }
    }

    /// The issuer as it stands in tokens.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn issuer(&self) -> Result<String, ProviderError> {
        match self {
            Self::Oidc(oidc) => oidc.issuer().await,
            Self::Esia(esia) => Ok(esia.issuer().to_owned()),
        }
    }
}

/// What speaks with a provider.
///
/// # Errors
/// When an authority's file cannot be used, or this machine has no TLS.
pub fn http_client(network: &Network) -> Result<reqwest::Client, String> {
    outgoing::client(network)?
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
        // A connection that the provider closes just as a code is sent over it loses the code,
        // which cannot be redeemed twice: reused within one sign-in, not between two.
        .pool_idle_timeout(Duration::from_secs(1))
        .build()
        .map_err(|error| error.to_string())
}
