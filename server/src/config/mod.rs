//! The configuration: one file a section, each checked by its own `validate()`.
//!
//! Read from a TOML file (`VECHE_CONFIG` or `--config`), then from the environment:
//! `VECHE_SERVER__LISTEN=127.0.0.1:8000` sets `[server] listen`. Secrets are files or variables
//! of the environment, and never print.

use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use serde::Deserialize;
use std::{borrow::Cow, path::Path};
use validator::Validate;

pub mod esia;
pub mod keys;
pub mod limits;
pub mod network;
pub mod operation;
pub mod portal;
pub mod provider;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod staff;
pub mod stores;
pub mod tls;

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and how it is reached.
    #[serde(default)]
    pub server: server::Server,
    /// The two databases.
    #[serde(default)]
    pub stores: stores::Stores,
    /// Keys.
    pub keys: keys::Keys,
    /// The identity provider.
    pub provider: provider::Provider,
    /// Whom the portal believes when it asks another machine.
    #[serde(default)]
    pub network: network::Network,
    /// Sessions.
    #[serde(default)]
    pub sessions: sessions::Sessions,
    /// What the portal is.
    pub portal: portal::PortalSection,
    /// The first administrators.
    #[serde(default)]
    pub staff: staff::Staff,
    /// Limits.
    #[serde(default)]
    pub limits: limits::Limits,
    /// The portal's own certificate.
    pub tls: Option<tls::Tls>,
    /// What those who run the portal see of it, and how it stops.
    #[serde(default)]
    pub operation: operation::Operation,
}

/// What is wrong with a configuration: `section.key`, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Section and key.
    pub key: Cow<'static, str>,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl Finding {
    /// A finding.
    pub fn new(key: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into() }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(Box<figment::Error>),
    /// It can be read but not used.
    #[error("the configuration cannot be used:{}", list(.0))]
    Unusable(Vec<Finding>),
}

/// The findings of a section whose fields say their own bounds.
fn ranges(section: &str, values: &impl Validate, findings: &mut Vec<Finding>) {
    let Err(errors) = values.validate() else { return };
    for (field, errors) in errors.field_errors() {
        for error in errors {
            let problem = error.message.clone().unwrap_or_else(|| error.code.clone());
            findings.push(Finding::new(format!("{section}.{field}"), problem));
        }
    }
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .fold(String::new(), |list, finding| list + "\n  " + &finding.key + ": " + &finding.problem)
}

/// The file, then the environment.
fn sources(file: Option<&Path>) -> Figment {
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment.merge(Env::prefixed("VECHE_").ignore(&["config", "test_postgres"]).split("__"))
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// When it cannot be read, or with everything that is wrong with it.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::read(&sources(file))
    }

    /// Reads the configuration without checking it, for whoever wants to know all that is wrong.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn unchecked(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::extract(&sources(file))
    }

    fn extract(figment: &Figment) -> Result<Self, ConfigError> {
        figment.extract().map_err(|error| ConfigError::Unreadable(Box::new(error)))
    }

    pub(crate) fn read(figment: &Figment) -> Result<Self, ConfigError> {
        let config = Self::extract(figment)?;
        let findings = config.validate();
        if findings.is_empty() { Ok(config) } else { Err(ConfigError::Unusable(findings)) }
    }

    /// Everything that is wrong, section by section.
    #[must_use]
    pub fn validate(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.server.validate(&mut findings);
        self.stores.validate(&mut findings);
        self.keys.validate(&mut findings);
        self.provider.validate(&mut findings);
        self.network.validate(&mut findings);
        ranges("sessions", &self.sessions, &mut findings);
        self.portal.validate(&mut findings);
        self.limits.validate(&mut findings);
        if let Some(tls) = &self.tls {
            tls.validate(&self.server.public_url, &mut findings);
        }
        self.operation.validate(self.server.listen, &mut findings);
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [keys]
        master = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        [provider]
        name = { en = "State ID" }
        issuer = "https://id.example"
        client_id = "veche"
        client_secret = "very secret"
        scopes = [{ name = "gender", label = { en = "Gender" } }]
        attributes = [{ target = "gender", scope = "gender", pointer = "/gender" }]
        [portal]
        operator = { en = "The ministry" }
        contact = "polls@example.org"
        regions = [{ code = "01", name = { en = "North" } }]
    "#;

    fn read(text: &str) -> Result<Config, ConfigError> {
        Config::read(&Figment::from(Toml::string(text)))
    }

    #[test]
    fn a_short_configuration_is_enough_and_prints_no_secret() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.sessions.idle_seconds, 1800);
        let printed = format!("{config:?}");
        assert!(!printed.contains("very secret") && !printed.contains("AAAA"), "{printed}");
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_place() {
        let text = GOOD
            .replace("AAAAAAAA", "")
            .replace("https://id.example", "http://id.example")
            .replace("scope = \"gender\"", "scope = \"sex\"")
            + "[server]\npublic_url = \"http://polls.example\"\n[sessions]\nidle_seconds = 0\n";
        let Err(ConfigError::Unusable(findings)) = read(&text) else { panic!("it was accepted") };
        let keys: Vec<&str> = findings.iter().map(|finding| &*finding.key).collect();
        assert_eq!(
            keys,
            [
                "server.public_url",
                "keys.master",
                "provider.issuer",
                "provider.attributes",
                "sessions.idle_seconds"
            ]
        );
    }

    #[test]
    fn what_the_portal_proves_itself_with_must_be_there() {
        let secret = "client_secret = \"very secret\"";
        for (instead, key) in [
            ("", "provider.client_secret"),
            ("client_authentication = \"private_key_jwt\"", "provider.client_key"),
            (
                "client_authentication = \"private_key_jwt\"\nclient_key = \"not a key\"",
                "provider.client_key",
            ),
        ] {
            let Err(ConfigError::Unusable(findings)) = read(&GOOD.replace(secret, instead)) else {
                panic!("{instead} was accepted")
            };
            assert_eq!(findings.iter().map(|it| &*it.key).collect::<Vec<_>>(), [key]);
            assert!(!findings[0].problem.contains("not a key"));
        }
    }

    #[test]
    fn a_region_can_have_residents_but_not_none() {
        let with = |population: &str| {
            read(&GOOD.replace(
                "name = { en = \"North\" }",
                &format!("name = {{ en = \"North\" }}, population = {population}"),
            ))
        };
        assert_eq!(read(GOOD).unwrap().portal.regions[0].population, None);
        assert_eq!(with("212400").unwrap().portal.regions[0].population, Some(212_400));
        for wrong in ["0", "10000000001", "-5", "\"many\""] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_of_certificates_that_cannot_be_used_is_named() {
        let text = GOOD.to_owned()
            + "[network]\nauthorities = [\"/nowhere/state.pem\"]\n[stores]\n\
               portal = \"postgres://db/x?sslmode=verify-full&sslrootcert=/nowhere/db.pem\"\n\
               vault = \"postgres://db/y?sslcert=/nowhere/veche.pem\"\n\
               publisher = \"postgres://db/x?sslcert=/nowhere/veche.pem&sslkey=/nowhere/key\"\n";
        let Err(ConfigError::Unusable(findings)) = read(&text) else { panic!("it was accepted") };
        let said: Vec<_> = findings.iter().map(|it| (&*it.key, &*it.problem)).collect();
        let [portal, vault, publisher, network] = said[..] else { panic!("{said:?}") };
        assert!(portal.0 == "stores.portal" && portal.1.contains("/nowhere/db.pem"), "{said:?}");
        assert_eq!(vault, ("stores.vault", "sslcert and sslkey belong together"));
        assert!(publisher.1.starts_with("sslcert: /nowhere/veche.pem: "), "{said:?}");
        assert!(network.0 == "network.authorities" && network.1.contains("/nowhere/state.pem"));

        let text = GOOD.to_owned() + "[network]\npublic_authorities = false\n";
        let Err(ConfigError::Unusable(findings)) = read(&text) else { panic!("it was accepted") };
        assert_eq!(findings[0].key, "network.public_authorities");
    }

    #[test]
    fn a_parameter_of_an_address_that_nobody_reads_is_named_without_its_value() {
        let text = GOOD.to_owned()
            + "[stores]\nportal = \"postgres://db/x?sslmod=verify-full&passwort=secret\"\n\
               vault = \"postgres://db/x?options[search_path]=vault&sslmode=require\"\n";
        let Err(ConfigError::Unusable(findings)) = read(&text) else { panic!("it was accepted") };
        let said: Vec<_> = findings.iter().map(|it| (&*it.key, &*it.problem)).collect();
        assert_eq!(said, [("stores.portal", "has a parameter that there is not: sslmod")]);
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = read(&format!("{GOOD}[sessions]\nidle_second = 5\n")).unwrap_err();
        assert!(error.to_string().contains("idle_second"), "{error}");
    }
}
