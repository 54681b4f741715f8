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
    /// The same, after it has taken the code, or may have: what came with the browser must not be sent again
    /// (RFC 6749, 4.1.2).
    #[error("the identity provider may have taken the code and does not answer further: {0}")]
    Spent(String),
    /// What the portal proves itself with does not sign: its own key, or the program that signs for it. The
    /// provider has nothing to do with it.
    #[error("the portal cannot prove itself to the identity provider: {0}")]
    Ours(String),
    /// It refused, or what it sent does not hold.
    #[error("the sign-in does not hold: {0}")]
    Refused(String),
}

impl ProviderError {
    /// The same of a code that was taken.
    #[must_use]
    pub fn spent(self) -> Self {
        match self {
            Self::Unavailable(why) => Self::Spent(why),
            other => other,
        }
    }
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
    /// Random, of this request alone: what is signed for one is of no use for another.
    pub request: &'a str,
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
        Esia::new(settings, *esia, network, redirect_uri, clock).map(|it| Self::Esia(Box::new(it)))
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
            Self::Oidc(oidc) => oidc.redeem(back).await,
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

/// What speaks with the provider that has this issuer: over https alone, unless the issuer itself is on
/// this machine without it. Whatever else it announces would send codes and tokens in the clear.
///
/// # Errors
/// When an authority's file cannot be used, or this machine has no TLS.
pub fn http_client(network: &Network, issuer: &Url) -> Result<reqwest::Client, String> {
    outgoing::client(network)?
        .https_only(issuer.scheme() == "https")
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
        // A connection that the provider closes just as a code is sent over it loses the code,
        // which cannot be redeemed twice: reused within one sign-in, not between two.
        .pool_idle_timeout(Duration::from_secs(1))
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::http_client;
    use crate::config::network::Network;

    #[tokio::test]
    async fn what_an_issuer_over_tls_announces_is_not_asked_without_it() {
        // Nothing listens on the discard port.
        for (issuer, asked) in [("https://id.example", false), ("http://127.0.0.1:9", true)] {
            let client = http_client(&Network::default(), &issuer.parse().unwrap()).unwrap();
            let error = client.get("http://127.0.0.1:9/token").send().await.unwrap_err();
            assert_eq!(error.is_connect(), asked, "{error:?}");
        }
    }
}
