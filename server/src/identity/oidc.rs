//! A provider that speaks `OpenID` Connect: authorization code flow with PKCE.
//!
//! Its endpoints and keys are discovered at the first use, not at start: the portal starts, and
//! shows what is public, while the provider is away. Requests to it follow no redirects and end
//! after a time. Tokens live no longer than the functions here, but for an ID token that says no
//! more than who signed in, which the session keeps as the hint that ends the provider's session.

use crate::{
    clock::Clock,
    config::{
        network::Network,
        provider::{
            ClientAuthentication, Credentials, Provider as Settings, Scope as ScopeSettings, Source,
        },
    },
    identity::{
        client_key::ASSERTION_TYPE,
        discovery::Discovery,
        jws, jwt,
        mapping::Claims,
        provider::{Beginning, Proof, ProviderError, Return, http_client},
    },
    outgoing,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthenticationContextClass,
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError, JsonWebKey as _,
    JwsSigningAlgorithm as _, LanguageTag, LogoutProviderMetadata, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse as _,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType,
        CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreGrantType, CoreIdToken,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreRequestTokenError, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
        CoreTokenResponse,
    },
    reqwest,
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use url::Url;

/// What a provider announces beside the standard's own metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Announced {
    /// RFC 9207: whether every answer names its issuer.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Announced {}

/// What is discovered of a provider, its keys included.
pub type Metadata = ProviderMetadata<
    LogoutProviderMetadata<Announced>,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why there are no tokens for a code.
type NotExchanged = CoreRequestTokenError<HttpClientError<reqwest::Error>>;

/// An `OpenID` Connect provider.
pub struct Oidc {
    settings: Settings,
    credentials: Credentials,
    redirect_uri: RedirectUrl,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
    discovery: Discovery,
}

/// The claims of an ID token that speak of the sign-in and of its tokens, not of the person.
const OF_THE_SIGN_IN: [&str; 18] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "vot",
    "vtm",
];

impl Oidc {
    /// The provider as configured, believed as `network` says; `redirect_uri` is where it answers.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(
        settings: Settings,
        network: &Network,
        redirect_uri: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let credentials =
            settings.credentials().map_err(|(key, problem)| format!("{key}: {problem}"))?;
        let http = http_client(network, &settings.issuer)?;
        let redirect_uri = RedirectUrl::new(redirect_uri).map_err(|error| error.to_string())?;
        let discovery = Discovery::new(&settings, http.clone(), clock.clone());
        Ok(Self { settings, credentials, redirect_uri, clock, http, discovery })
    }

    /// The configuration.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Endpoints and keys, from memory where they are young enough.
    ///
    /// # Errors
    /// When they are not known and the provider does not answer.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        self.discovery.metadata().await
    }

    /// The secret that the portal and the provider share, where they do.
    fn secret(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Secret(secret) => Some(secret.expose_secret()),
            Credentials::Key(_) => None,
        }
    }

    fn client(&self, metadata: &Metadata) -> Client {
        let auth_type = match self.settings.client_authentication {
            ClientAuthentication::ClientSecretBasic => AuthType::BasicAuth,
            ClientAuthentication::ClientSecretPost | ClientAuthentication::PrivateKeyJwt => {
                AuthType::RequestBody
            }
        };
        let secret = self.secret().map(|secret| ClientSecret::new(secret.to_owned()));
        let client_id = ClientId::new(self.settings.client_id.clone());
        CoreClient::from_provider_metadata(metadata.clone(), client_id, secret)
            .set_auth_type(auth_type)
            .set_redirect_uri(self.redirect_uri.clone())
    }

    /// Where the browser goes to sign in.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn authorize(&self, beginning: &Beginning<'_>) -> Result<Url, ProviderError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let state = CsrfToken::new(beginning.state.to_owned());
        let nonce = Nonce::new(beginning.nonce.to_owned());
        let verifier = PkceCodeVerifier::new(beginning.verifier.to_owned());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(
                self.settings
                    .by_scope(beginning.scopes)
                    .map(|scope| Scope::new(scope.name.clone())),
            )
            .add_ui_locale(LanguageTag::new(beginning.language.to_owned()));
        if let Some(claims) = self.settings.claims_request(beginning.scopes) {
            request = request.add_extra_param("claims", claims.to_string());
        }
        for level in &self.settings.acr_values {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(level.clone()));
        }
        if !self.settings.vtr.is_empty() {
            // RFC 8485, 4.1: "a JSON array of vector strings".
            request = request.add_extra_param("vtr", json!(self.settings.vtr).to_string());
        }
        if beginning.ask_again {
            request = request.add_prompt(CoreAuthPrompt::Consent);
        }
        Ok(request.url().0)
    }

    /// Whether an answer may come from this provider: RFC 9207, against answers of another one
    /// (mix-up). A provider that announces the parameter must send it.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn is_issuer(&self, iss: Option<&str>) -> Result<bool, ProviderError> {
        let metadata = self.metadata().await?;
        let announced = metadata
            .additional_metadata()
            .additional_metadata
            .authorization_response_iss_parameter_supported;
        Ok(match iss {
            Some(iss) => iss == metadata.issuer().as_str(),
            None => !announced,
        })
    }

    /// Exchanges an authorization code and checks everything that comes for it.
    ///
    /// # Errors
    /// When the provider does not answer, refuses, or sends what does not hold.
    pub async fn redeem(&self, back: &Return<'_>) -> Result<Proof, ProviderError> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata);
        let mut request = client
            .exchange_code(AuthorizationCode::new(back.code.to_owned()))
            .map_err(|_| ProviderError::Unavailable("it has no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(back.verifier.to_owned()));
        if let Credentials::Key(key) = &self.credentials {
            // For the issuer, not the endpoint: what another server got by pretending to be the
            // token endpoint is of no use to it.
            let audience = metadata.issuer().as_str();
            let assertion = key
                .assertion(&self.settings.client_id, audience, back.request, self.clock.now())
                .map_err(ProviderError::Ours)?;
            request = request
                .add_extra_param("client_assertion_type", ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion);
        }
        let tokens = request.request_async(&self.http).await.map_err(not_exchanged)?;
        self.proof(&metadata, &tokens, back).await.map_err(ProviderError::spent)
    }

    /// What the tokens of a code prove; the code has been taken.
    async fn proof(
        &self,
        metadata: &Metadata,
        tokens: &CoreTokenResponse,
        back: &Return<'_>,
    ) -> Result<Proof, ProviderError> {
        let id_token =
            tokens.id_token().ok_or_else(|| ProviderError::Refused("no ID token".to_owned()))?;
        let access_token = tokens.access_token();
        let nonce = Nonce::new(back.nonce.to_owned());
        let client = self.client(metadata);
        let checked = match self.check(&client, id_token, access_token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(error))
                if is_of_another_key(&error, &id_token.to_string()) =>
            {
                // The provider may have changed its keys.
                let metadata = self.discovery.new_keys().await?;
                self.check(&self.client(&metadata), id_token, access_token, &nonce)
            }
            checked => checked,
        };
        let (subject, level) = checked
            .map_err(|error| ProviderError::Refused(format!("ID token: {}", kind(&error))))?;
        let token = id_token.to_string();
        let id_claims = jwt::unchecked_claims(&token)
            .ok_or_else(|| ProviderError::Refused("ID token: not JSON".to_owned()))?;
        let sid = id_claims.get("sid").and_then(Value::as_str).map(ToOwned::to_owned);
        let hint = hint(token, &id_claims);
        let userinfo = if self.settings.attributes.iter().any(|a| a.source == Source::Userinfo) {
            self.userinfo(metadata, access_token, &subject).await?
        } else {
            Value::Null
        };
        let claims = Claims::from([(Source::IdToken, id_claims), (Source::Userinfo, userinfo)]);
        Ok(Proof {
            subject,
            sid,
            hint,
            granted: self.granted(tokens, back.scopes, &claims),
            assured: self.settings.is_assured(level.as_deref()),
            claims,
        })
    }

    /// What was granted of what was asked for. Of scopes the token endpoint says it; of claims nobody does: they
    /// are there, or they are not.
    fn granted(
        &self,
        tokens: &CoreTokenResponse,
        asked: &BTreeSet<String>,
        claims: &Claims,
    ) -> Option<BTreeSet<String>> {
        let name = |scope: &ScopeSettings| scope.name.clone();
        let said = tokens.scopes().map(|said| said.iter().map(|it| it.to_string()).collect());
        if self.settings.by_claims(asked).next().is_none() {
            return said;
        }
        // What would be the same as asked need not be said (RFC 6749, 5.1).
        let mut granted: BTreeSet<String> =
            said.unwrap_or_else(|| self.settings.by_scope(asked).map(name).collect());
        let known: Vec<String> = self.settings.by_claims(asked).map(name).collect();
        granted.retain(|scope| !known.contains(scope));
        let there = |scope: &&ScopeSettings| {
            let places = self.settings.places(&scope.name);
            let mut documents = places.iter().filter_map(|place| claims.get(place));
            documents.any(|document| {
                scope.claims.iter().any(|claim| document.get(claim).is_some_and(|it| !it.is_null()))
            })
        };
        granted.extend(self.settings.by_claims(asked).filter(there).map(name));
        Some(granted)
    }

    /// Checks an ID token: signature, issuer, audience, authorised party, nonce, expiry, and that
    /// it belongs to the access token. Gives subject and level of assurance.
    fn check(
        &self,
        client: &Client,
        id_token: &CoreIdToken,
        access_token: &AccessToken,
        nonce: &Nonce,
    ) -> Result<(String, Option<String>), ClaimsVerificationError> {
        let clock = self.clock.clone();
        let verifier = client.id_token_verifier().set_time_fn(move || clock.now());
        let claims = id_token.claims(&verifier, nonce)?;
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.settings.client_id)
        {
            return Err(ClaimsVerificationError::InvalidAudience("azp".to_owned()));
        }
        if let Some(hash) = claims.access_token_hash() {
            let algorithm =
                id_token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
            // A secret is in no set of keys. The hash is of the algorithm and not of the key.
            let shared = CoreJsonWebKey::new_symmetric(Vec::new());
            let key = if algorithm.uses_shared_secret() {
                &shared
            } else {
                id_token
                    .signing_key(&verifier)
                    .map_err(ClaimsVerificationError::SignatureVerification)?
            };
            let ours = AccessTokenHash::from_token(access_token, algorithm, key)
                .map_err(|_| ClaimsVerificationError::Unsupported("at_hash".to_owned()))?;
            if ours != *hash {
                return Err(ClaimsVerificationError::Other("at_hash".to_owned()));
            }
        }
        let subject = claims.subject().as_str();
        // The library takes `sub#` for `sub`, as a claim with a language that says none.
        let stands = jwt::unchecked_claims(&id_token.to_string());
        if stands.as_ref().and_then(|claims| claims.get("sub")?.as_str()) != Some(subject) {
            return Err(ClaimsVerificationError::InvalidSubject("sub".to_owned()));
        }
        let level = if self.settings.vtr.is_empty() {
            claims.auth_context_ref().map(|level| level.as_str())
        } else {
            stands.as_ref().and_then(|claims| claims.get("vot")?.as_str())
        };
        Ok((subject.to_owned(), level.map(ToOwned::to_owned)))
    }

    /// The userinfo endpoint's claims, plain or signed, of the very same person.
    async fn userinfo(
        &self,
        metadata: &Metadata,
        access_token: &AccessToken,
        subject: &str,
    ) -> Result<Value, ProviderError> {
        let Some(endpoint) = metadata.userinfo_endpoint() else { return Ok(Value::Null) };
        let unavailable = |what: &str| ProviderError::Unavailable(format!("userinfo: {what}"));
        let response = self
            .http
            .get(endpoint.url().clone())
            .bearer_auth(access_token.secret())
            .header("accept", "application/json, application/jwt")
            .send()
            .await
            .map_err(|error| unavailable(&outgoing::reason(&error)))?;
        if !response.status().is_success() {
            return Err(unavailable(response.status().as_str()));
        }
        let signed = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/jwt"));
        let body = response.text().await.map_err(|_| unavailable("the answer broke off"))?;
        let claims = if signed {
            match self.signed(&body, jws::Use::Userinfo).await {
                Ok((_, claims)) => claims,
                Err(ProviderError::Refused(why)) => {
                    return Err(ProviderError::Refused(format!("userinfo: {why}")));
                }
                Err(error) => return Err(error),
            }
        } else {
            serde_json::from_str(&body).map_err(|_| unavailable("not JSON"))?
        };
        // OpenID Connect Core 5.3.2: claims of another person must not be used.
        if claims.get("sub").and_then(Value::as_str) == Some(subject) {
            Ok(claims)
        } else {
            Err(ProviderError::Refused("userinfo: another subject".to_owned()))
        }
    }

    /// Where the browser goes to end the provider's session, if the provider has such a place and it
    /// is known, or known soon. Without a hint the provider knows the portal by its client id, and may ask
    /// the person first.
    pub async fn end_session(
        &self,
        hint: Option<&str>,
        back: &str,
        state: &str,
        language: &str,
    ) -> Option<Url> {
        let metadata = self.discovery.soon().await.ok()?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.as_ref()?;
        let mut url = endpoint.url().clone();
        url.query_pairs_mut()
            .extend_pairs(hint.map(|hint| ("id_token_hint", hint)))
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", back)
            .append_pair("state", state)
            .append_pair("ui_locales", language);
        Some(url)
    }

    /// Subject and level of assurance of an ID token that holds at a provider with this metadata:
    /// what [`Self::redeem`] checks, without asking anybody. Public for random input alone (`server/fuzz`).
    ///
    /// # Errors
    /// Which check failed.
    pub fn identified(
        &self,
        metadata: &Metadata,
        id_token: &str,
        access_token: &str,
        nonce: &str,
    ) -> Result<(String, Option<String>), &'static str> {
        let id_token: CoreIdToken = id_token.parse().map_err(|_| "form")?;
        let (access, nonce) =
            (AccessToken::new(access_token.to_owned()), Nonce::new(nonce.to_owned()));
        let client = self.client(metadata);
        self.check(&client, &id_token, &access, &nonce).map_err(|error| kind(&error))
    }

    /// The claims of a logout token that the provider signed, with its header; keys are asked for
    /// again where one is not known. Nothing but the signature is checked.
    ///
    /// # Errors
    /// When the provider does not answer or the signature is not its own.
    pub async fn verify(&self, token: &str) -> Result<(jws::Header, Value), ProviderError> {
        self.signed(token, jws::Use::Tokens).await
    }

    async fn signed(
        &self,
        token: &str,
        of: jws::Use,
    ) -> Result<(jws::Header, Value), ProviderError> {
        let refused = |error: jws::NotOurs| ProviderError::Refused(error.to_string());
        let secret = self.secret();
        match jws::verify(&*self.metadata().await?, secret, of, token) {
            Err(jws::NotOurs::UnknownKey) => {
                let metadata = self.discovery.new_keys().await?;
                jws::verify(&metadata, secret, of, token).map_err(refused)
            }
            verified => verified.map_err(refused),
        }
    }

    /// The issuer as it stands in tokens.
    ///
    /// # Errors
    /// When the provider does not answer.
    pub async fn issuer(&self) -> Result<String, ProviderError> {
        Ok(self.metadata().await?.issuer().as_str().to_owned())
    }
}

/// Why the token endpoint gave no tokens for a code.
fn not_exchanged(error: NotExchanged) -> ProviderError {
    match error {
        // Its code only: the description is free text.
        RequestTokenError::ServerResponse(refusal) => {
            let why = format!("token endpoint: {}", refusal.error().as_ref());
            match refusal.error() {
                // It does not know us: trying again is of no use to the person.
                CoreErrorResponseType::InvalidClient
                | CoreErrorResponseType::UnauthorizedClient => ProviderError::Unavailable(why),
                _ => ProviderError::Refused(why),
            }
        }
        RequestTokenError::Request(error) => {
            let why = format!("token endpoint: {}", outgoing::reason(&error));
            match error {
                HttpClientError::Reqwest(error) if error.is_connect() => {
                    ProviderError::Unavailable(why)
                }
                // It may have been sent.
                _ => ProviderError::Spent(why),
            }
        }
        RequestTokenError::Parse(..) => {
            ProviderError::Spent("token endpoint: an answer of another form".to_owned())
        }
        RequestTokenError::Other(_) => {
            ProviderError::Spent("token endpoint: an unexpected answer".to_owned())
        }
    }
}

/// Whether the token may be signed with a key that the provider has had since it was asked: one that is
/// not known, or, where the token does not say which one, one that does not fit.
fn is_of_another_key(error: &SignatureVerificationError, token: &str) -> bool {
    match error {
        SignatureVerificationError::NoMatchingKey => true,
        SignatureVerificationError::CryptoError(_) => jws::names_no_key(token),
        _ => false,
    }
}

/// Which check failed; the library's own words quote what stands in the token.
fn kind(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "expired",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidAuthContext(_) => "acr",
        ClaimsVerificationError::InvalidAuthTime(_) => "auth_time",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::InvalidSubject(_) => "subject",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        ClaimsVerificationError::Unsupported(_) => "unsupported",
        _ => "at_hash",
    }
}

/// An ID token as the hint that ends the provider's session. Where it says more than who signed in,
/// there is none: kept, it would be a copy of the person's data that goes with no consent, and at
/// the sign-out it would stand in the browser's history.
fn hint(token: String, claims: &Value) -> Option<String> {
    let mut names = claims.as_object()?.keys();
    names.all(|name| OF_THE_SIGN_IN.contains(&name.as_str())).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::{HttpClientError, ProviderError, RequestTokenError, not_exchanged};
    use crate::{config::network::Network, identity::provider::http_client};
    use tokio::{io::AsyncReadExt as _, net::TcpListener};

    #[tokio::test]
    async fn a_code_may_come_again_only_where_it_was_not_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("http://{}", listener.local_addr().unwrap());
        // Takes what comes, and closes the connection.
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
            }
        });
        // Nothing listens on the discard port.
        for (address, again) in [("http://127.0.0.1:9", true), (silent.as_str(), false)] {
            let client = http_client(&Network::default(), &address.parse().unwrap()).unwrap();
            let error = client.post(address).body("code=x").send().await.unwrap_err();
            let error = RequestTokenError::Request(HttpClientError::Reqwest(Box::new(error)));
            let error = not_exchanged(error);
            assert_eq!(matches!(error, ProviderError::Unavailable(_)), again, "{error}");
            assert_eq!(matches!(error, ProviderError::Spent(_)), !again, "{error}");
        }
    }
}
