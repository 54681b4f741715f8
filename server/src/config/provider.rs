//! `[provider]`: the identity provider.

use super::{Finding, esia::Esia, secret::Secret, server::is_loopback};
use crate::identity::{client_key::ClientKey, trust};
use ports::purposes::Purpose;
use questionnaire::Text;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use url::Url;

/// How the portal proves to the provider who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
    /// No secret: a statement signed with the portal's own key.
    PrivateKeyJwt,
}

/// What the portal proves with who it is.
pub enum Credentials {
    /// A secret that the provider knows, too.
    Secret(SecretString),
    /// A key whose public half the provider knows.
    Key(Box<ClientKey>),
}

/// What the provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `OpenID` Connect.
    #[default]
    Oidc,
    /// What the State Services' provider speaks.
    Esia,
}

/// Where an attribute is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The ID token's claims.
    IdToken,
    /// The userinfo endpoint's claims.
    #[default]
    Userinfo,
    /// ESIA: the person's own document, `/rs/prns/{oid}`.
    Person,
    /// ESIA: the array of contacts.
    Contacts,
    /// ESIA: the array of addresses.
    Addresses,
    /// ESIA: the array of documents.
    Documents,
    /// ESIA: the array of vehicles.
    Vehicles,
    /// ESIA: the array of children.
    Kids,
}

impl Source {
    /// Whether a provider of this kind has it.
    const fn belongs_to(self, kind: Kind) -> bool {
        match self {
            Self::IdToken => true,
            Self::Userinfo => matches!(kind, Kind::Oidc),
            _ => matches!(kind, Kind::Esia),
        }
    }
}

/// What is done to a value before it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// Kept as it is.
    #[default]
    None,
    /// `12.04.1988` or `1988-04-12` to ISO.
    Date,
    /// `M`/`F`, `male`/`female`, `1`/`2` to `male`/`female`.
    Gender,
    /// A region's code or name to the portal's code.
    Region,
    /// A telephone number to E.164.
    Phone,
}

/// One attribute that the portal takes over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The portal's name: `name`, `birth_date`, `gender`, `region`, `email`, `phone`, `snils`,
    /// `inn`, `documents`, `vehicles`, `children`, …
    pub target: String,
    /// The scope that releases it.
    pub scope: String,
    /// Where it is read.
    #[serde(default)]
    pub source: Source,
    /// JSON Pointer (RFC 6901) with two additions: `[type=PRG]` is the array's element that has
    /// this value, `*` are all its elements: `/addresses/[type=PRG]/region`, `/kids/*/birthDate`.
    pub pointer: String,
    /// Further pointers whose texts follow the first one's, each after a space: for a name that
    /// comes in parts.
    #[serde(default)]
    pub join: Vec<String>,
    /// The keys that are kept of an object, or of the objects in an array; empty keeps all.
    #[serde(default)]
    pub keep: Vec<String>,
    /// What is done to the value.
    #[serde(default)]
    pub transform: Transform,
    /// Pointer of the mark that the value is verified; absent where the provider verifies all.
    #[serde(default)]
    pub verified: Option<String>,
}

/// A scope that can be asked for, or claims that are asked for one by one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The provider's name; where `claims` are asked for, a name of the portal's own.
    pub name: String,
    /// Claims to ask for in place of a scope of this name (`OpenID` Connect Core, 5.5), where the attributes of
    /// this name are read.
    #[serde(default)]
    pub claims: Vec<String>,
    /// What it releases, in words.
    pub label: Text,
}

/// How a provider signs (RFC 7518, 3.1): with a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "names of the standard")]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// Where a provider is asked that announces no endpoints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// Where the browser goes to sign in.
    pub authorization: Url,
    /// Where codes are redeemed.
    pub token: Url,
    /// The keys that it signs with, as a JSON Web Key Set.
    pub keys: Url,
    /// Where claims are read, if anything is read there.
    pub userinfo: Option<Url>,
    /// Where the browser goes to sign out there, too.
    pub end_session: Option<Url>,
    /// `iss` of its tokens, where it is not the issuer's address without a slash at its end. Issuers are compared
    /// letter by letter, so it stays as it is written.
    pub token_issuer: Option<String>,
    /// How it signs. Default `["RS256"]`, the standard's own.
    #[serde(default = "rs256")]
    pub algorithms: Vec<Algorithm>,
}

fn rs256() -> Vec<Algorithm> {
    vec![Algorithm::Rs256]
}

impl Endpoints {
    /// All addresses, by their names.
    fn addresses(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        let needed = [
            ("provider.endpoints.authorization", &self.authorization),
            ("provider.endpoints.token", &self.token),
            ("provider.endpoints.keys", &self.keys),
        ];
        let others = [
            ("provider.endpoints.userinfo", &self.userinfo),
            ("provider.endpoints.end_session", &self.end_session),
        ];
        let others = others.into_iter().filter_map(|(name, url)| Some((name, url.as_ref()?)));
        needed.into_iter().chain(others)
    }
}

/// The identity provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its name, as people know it.
    pub name: Text,
    /// What it speaks.
    #[serde(default)]
    pub kind: Kind,
    /// Issuer; the endpoints are discovered from it. ESIA's own address.
    pub issuer: Url,
    /// What ESIA needs beside the rest.
    pub esia: Option<Box<Esia>>,
    /// Its endpoints, where it announces none (`OpenID` Connect Discovery).
    pub endpoints: Option<Box<Endpoints>>,
    /// Further origins that signing in leads through, such as those of the provider's own
    /// providers: browsers let a form lead only where its page says. The issuer's is always one.
    #[serde(default)]
    pub origins: Vec<Url>,
    /// The portal's client id.
    pub client_id: String,
    /// How the portal proves who it is.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// The portal's client secret, where one is sent.
    pub client_secret: Option<Secret>,
    /// The portal's private key in PEM, where a signed statement is sent.
    pub client_key: Option<Secret>,
    /// The key's `kid`, where the provider knows it under one.
    pub client_key_id: Option<String>,
    /// Scopes that can be asked for, beside `openid`.
    pub scopes: Vec<Scope>,
    /// Attributes and where they are.
    pub attributes: Vec<Attribute>,
    /// `acr_values` to ask for. Which of them holds is read in `acr`.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Vectors of trust to ask for in their place (RFC 8485). What holds is read in `vot`, and is enough if it has
    /// all parts of one of these.
    #[serde(default)]
    pub vtr: Vec<String>,
    /// Whether only those take part, and act for the staff, who signed in at one of `acr_values` or by one of
    /// `vtr`; at ESIA with a confirmed account, too. Default false: there is no minimum.
    #[serde(default)]
    pub assured_only: bool,
    /// Days that attributes and consents are kept before they have to be released anew, at least
    /// one. Default 365.
    #[serde(default = "one_year")]
    pub consent_days: u32,
}

const fn one_year() -> u32 {
    365
}

impl Provider {
    /// The issuer as it stands in tokens. An issuer without a path has no slash at its end.
    #[must_use]
    pub fn issuer_id(&self) -> &str {
        let text = self.issuer.as_str();
        if self.issuer.path() == "/" { text.trim_end_matches('/') } else { text }
    }

    /// The minimum of assurance in words that change with it, where there is one.
    #[must_use]
    pub fn minimum(&self) -> Option<String> {
        let mut levels = [&self.acr_values[..], &self.vtr].concat();
        levels.sort();
        self.assured_only.then(|| levels.join(" "))
    }

    /// Whether what a token says of the sign-in, in `acr` or, where vectors are asked for, in `vot`, is one of
    /// those that were asked for. Where none was, nothing has to be said.
    #[must_use]
    pub fn is_assured(&self, said: Option<&str>) -> bool {
        if self.acr_values.is_empty() && self.vtr.is_empty() {
            return true;
        }
        said.is_some_and(|said| {
            self.acr_values.iter().any(|level| level == said)
                || self.vtr.iter().any(|asked| trust::has_all_of(said, asked))
        })
    }

    /// Those of the chosen that are asked for as scopes.
    pub fn by_scope<'a>(&'a self, chosen: &'a BTreeSet<String>) -> impl Iterator<Item = &'a Scope> {
        self.scopes.iter().filter(|scope| scope.claims.is_empty() && chosen.contains(&scope.name))
    }

    /// Those of the chosen that are asked for claim by claim.
    pub fn by_claims<'a>(
        &'a self,
        chosen: &'a BTreeSet<String>,
    ) -> impl Iterator<Item = &'a Scope> {
        self.scopes.iter().filter(|scope| !scope.claims.is_empty() && chosen.contains(&scope.name))
    }

    /// Where the attributes of a scope are read, each place once.
    pub fn places(&self, scope: &str) -> BTreeSet<Source> {
        let of_scope = self.attributes.iter().filter(|attribute| attribute.scope == scope);
        of_scope.map(|attribute| attribute.source).collect()
    }

    /// The request for single claims (`OpenID` Connect Core, 5.5), where any of the chosen needs one. Each is
    /// voluntary: without it the sign-in goes on.
    #[must_use]
    pub fn claims_request(&self, chosen: &BTreeSet<String>) -> Option<Value> {
        let mut request = Map::new();
        for scope in self.by_claims(chosen) {
            for place in self.places(&scope.name) {
                let place = if place == Source::IdToken { "id_token" } else { "userinfo" };
                let claims = request.entry(place).or_insert_with(|| json!({}));
                for claim in &scope.claims {
                    claims[claim.as_str()] = Value::Null;
                }
            }
        }
        (!request.is_empty()).then_some(Value::Object(request))
    }

    /// Names of the facts that it can release, each once.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = Vec::new();
        for attribute in &self.attributes {
            if !targets.contains(&attribute.target) {
                targets.push(attribute.target.clone());
            }
        }
        targets
    }

    /// Scopes that release this fact.
    pub fn scopes_of<'a>(&'a self, target: &'a str) -> impl Iterator<Item = &'a str> {
        let of_target = self.attributes.iter().filter(move |attribute| attribute.target == target);
        of_target.map(|attribute| attribute.scope.as_str())
    }

    /// What the data that a scope releases are kept for.
    #[must_use]
    pub fn purposes(&self, scope: &str) -> BTreeSet<Purpose> {
        let of_scope = self.attributes.iter().filter(|attribute| attribute.scope == scope);
        let purposes: BTreeSet<Purpose> = of_scope.map(|one| Purpose::of(&one.target)).collect();
        if purposes.is_empty() { [Purpose::Record].into() } else { purposes }
    }

    /// The origins that signing in and out lead through, as a page's policy lists them.
    #[must_use]
    pub fn form_origins(&self) -> String {
        let endpoints = self.endpoints.as_ref();
        let endpoints = endpoints.map(|it| [Some(&it.authorization), it.end_session.as_ref()]);
        let all = [&self.issuer].into_iter().chain(&self.origins);
        let all = all.chain(endpoints.into_iter().flatten().flatten());
        let mut origins: Vec<String> = Vec::new();
        for origin in all.map(|url| url.origin().ascii_serialization()) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins.join(" ")
    }

    /// What the portal proves with who it is.
    ///
    /// # Errors
    /// The key that is wrong, and what is wrong with it.
    pub fn credentials(&self) -> Result<Credentials, (&'static str, String)> {
        let read = |key: &'static str, secret: &Option<Secret>| {
            let secret = secret.as_ref().ok_or_else(|| (key, "is missing".to_owned()))?;
            secret.read().map_err(|error| (key, format!("cannot be read: {error}")))
        };
        if self.client_authentication == ClientAuthentication::PrivateKeyJwt {
            const KEY: &str = "provider.client_key";
            let pem = read(KEY, &self.client_key)?;
            let key = ClientKey::read(pem.expose_secret(), self.client_key_id.clone());
            return key
                .map(|key| Credentials::Key(Box::new(key)))
                .map_err(|problem| (KEY, problem));
        }
        read("provider.client_secret", &self.client_secret).map(Credentials::Secret)
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        if self.issuer.scheme() != "https" && !is_loopback(&self.issuer) {
            findings.push(Finding::new("provider.issuer", "must begin with https://"));
        }
        match (self.kind, &self.esia) {
            (Kind::Esia, Some(esia)) => esia.validate(findings),
            (Kind::Esia, None) => findings.push(Finding::new("provider.esia", "is missing")),
            (Kind::Oidc, _) => {
                if let Err((key, problem)) = self.credentials() {
                    findings.push(Finding::new(key, problem));
                }
            }
        }
        self.validate_assurance(findings);
        self.validate_endpoints(findings);
        if self.consent_days == 0 {
            let problem = "must be at least 1: every consent would end as soon as it is given";
            findings.push(Finding::new("provider.consent_days", problem));
        }
        for scope in self.scopes.iter().filter(|scope| !scope.claims.is_empty()) {
            let problem = if self.kind == Kind::Esia {
                "ESIA is asked for scopes alone"
            } else if self.places(&scope.name).is_empty() {
                "its claims are asked for where an attribute of it is read, and there is none"
            } else {
                continue;
            };
            let problem = format!("{}: {problem}", scope.name);
            findings.push(Finding::new("provider.scopes", problem));
        }
        for attribute in &self.attributes {
            if !self.scopes.iter().any(|scope| scope.name == attribute.scope) {
                findings.push(Finding::new(
                    "provider.attributes",
                    format!(
                        "{}: the scope {} is not among provider.scopes",
                        attribute.target, attribute.scope
                    ),
                ));
            }
            if !attribute.source.belongs_to(self.kind) {
                findings.push(Finding::new(
                    "provider.attributes",
                    format!("{}: a provider of this kind has no such source", attribute.target),
                ));
            }
            let pointers =
                [&attribute.pointer].into_iter().chain(&attribute.join).chain(&attribute.verified);
            if pointers.into_iter().any(|pointer| !pointer.starts_with('/')) {
                findings.push(Finding::new(
                    "provider.attributes",
                    format!("{}: a JSON Pointer begins with /", attribute.target),
                ));
            }
        }
    }

    fn validate_assurance(&self, findings: &mut Vec<Finding>) {
        let oidc = self.kind == Kind::Oidc;
        if self.assured_only && self.acr_values.is_empty() && self.vtr.is_empty() && oidc {
            let problem = "needs provider.acr_values or provider.vtr: the levels that are enough";
            findings.push(Finding::new("provider.assured_only", problem));
        }
        if !self.vtr.is_empty() && !oidc {
            findings.push(Finding::new("provider.vtr", "ESIA says levels: provider.acr_values"));
        } else if !self.vtr.is_empty() && !self.acr_values.is_empty() {
            let problem = "stands in the place of provider.acr_values, not beside it";
            findings.push(Finding::new("provider.vtr", problem));
        }
        if let Some(other) = self.vtr.iter().find(|vector| !trust::is_vector(vector)) {
            let problem = format!(
                "{other}: a vector of trust is made of parts such as P2, with dots between"
            );
            findings.push(Finding::new("provider.vtr", problem));
        }
    }

    fn validate_endpoints(&self, findings: &mut Vec<Finding>) {
        let Some(endpoints) = &self.endpoints else { return };
        if self.kind == Kind::Esia {
            let problem = "ESIA's are made of provider.issuer";
            findings.push(Finding::new("provider.endpoints", problem));
            return;
        }
        // An issuer without TLS is on this machine.
        for (key, url) in endpoints.addresses() {
            if self.issuer.scheme() == "https" && url.scheme() != "https" {
                findings.push(Finding::new(key, "must begin with https://"));
            }
        }
        if let Some(written) = &endpoints.token_issuer {
            const KEY: &str = "provider.endpoints.token_issuer";
            match Url::parse(written) {
                Err(_) => findings.push(Finding::new(KEY, "must be an address")),
                Ok(url) if self.issuer.scheme() == "https" && url.scheme() != "https" => {
                    findings.push(Finding::new(KEY, "must begin with https://"));
                }
                Ok(_) => {}
            }
        }
        if endpoints.algorithms.is_empty() {
            let problem = "must name how the provider signs: tokens are never taken unsigned";
            findings.push(Finding::new("provider.endpoints.algorithms", problem));
        }
        let read = self.attributes.iter().any(|attribute| attribute.source == Source::Userinfo);
        if read && endpoints.userinfo.is_none() {
            let problem = "is missing: attributes are read there";
            findings.push(Finding::new("provider.endpoints.userinfo", problem));
        }
    }
}
