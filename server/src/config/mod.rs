//! The configuration: one file a section, each checked by its own `validate()`.
//!
//! Read from a TOML file (`VECHE_CONFIG` or `--config`), then from the environment:
//! `VECHE_SERVER__LISTEN=127.0.0.1:8000` sets `[server] listen`. Secrets are files or variables
//! of the environment, and never print.

use figment::{
    Figment, Metadata, Profile, Provider,
    error::{Kind, OneOf},
    providers::{Env, Format as _, Toml},
    value::{Dict, Map},
};
use serde::Deserialize;
use std::{borrow::Cow, fs, ops::Range, path::Path};
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
    /// It cannot be read: where, and what is expected there.
    #[error("the configuration cannot be read: {0}")]
    Unreadable(String),
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

/// A file of TOML. Figment's own reader shows the line that is wrong, which may hold a password.
struct File<'a>(&'a Path);

impl Provider for File<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from("TOML file", self.0)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let text = fs::read_to_string(self.0).map_err(|error| error.to_string())?;
        let dict =
            Toml::from_str(&text).map_err(|error| place(&text, error.span(), error.message()))?;
        Ok(Profile::Default.collect(dict))
    }
}

/// What is wrong with the text of a file, behind the place where it is.
fn place(text: &str, span: Option<Range<usize>>, words: &str) -> String {
    let words = words.trim().replace('\n', ", ");
    let Some(before) = span.and_then(|span| text.get(..span.start)) else { return words };
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    format!("line {line}, column {column}: {words}")
}

/// Where something cannot be read and what is expected there, without what stands there: it may be
/// a secret, or one that was written to the wrong key.
fn problem(error: &figment::Error) -> String {
    let words = match &error.kind {
        // `Url` says why, and then the address itself.
        Kind::Message(words) => words.split(": \"").next().unwrap_or_default().to_owned(),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownVariant(_, known) => format!("expected {}", OneOf(known)),
        Kind::UnknownField(_, known) => {
            format!("there is no such key; expected {}", OneOf(known))
        }
        kind @ (Kind::MissingField(_) | Kind::DuplicateField(_) | Kind::InvalidLength(..)) => {
            kind.to_string()
        }
        _ => "a value of this kind is not taken".to_owned(),
    };
    let source = error.metadata.as_ref().map(|metadata| match &metadata.source {
        Some(source) => source.to_string(),
        None => metadata.name.to_string(),
    });
    let key = (!error.path.is_empty()).then(|| error.path.join("."));
    source.into_iter().chain(key).chain([words]).collect::<Vec<_>>().join(": ")
}

fn unreadable(error: figment::Error) -> ConfigError {
    let problems: Vec<String> = error.into_iter().map(|error| problem(&error)).collect();
    ConfigError::Unreadable(problems.join("; "))
}

/// The file, then the environment.
fn sources(file: Option<&Path>) -> Figment {
    let mut figment = Figment::new();
    if let Some(file) = file {
        figment = figment.merge(File(file));
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
        figment.extract().map_err(unreadable)
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
        assert_eq!(config.sessions.longest_seconds, 43_200);
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
    fn a_secret_whose_file_was_not_there_is_missed_where_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.secret");
        let with = |content: &str, more: &str| {
            fs::write(&file, content).unwrap();
            let said = format!("client_secret = {{ file = \"{}\" }}\n{more}", file.display());
            read(&GOOD.replace("client_secret = \"very secret\"", &said))
        };
        assert!(with("nonesuch\n", "").is_ok());
        for (more, key) in [
            ("", "provider.client_secret"),
            ("client_authentication = \"private_key_jwt\"", "provider.client_key"),
        ] {
            let Err(ConfigError::Unusable(findings)) = with("none\n", more) else {
                panic!("it was accepted: {more}")
            };
            assert_eq!(findings.iter().map(|it| &*it.key).collect::<Vec<_>>(), [key]);
        }
    }

    #[test]
    fn what_is_kept_for_some_days_is_kept_for_as_many_as_can_be_kept_to() {
        let with = |provider: &str, portal: &str| {
            let provider = format!("[provider]\n{provider}");
            let portal = format!("[portal]\n{portal}");
            read(&GOOD.replace("[provider]", &provider).replace("[portal]", &portal))
        };
        for days in [0, 2, 14] {
            assert!(with("consent_days = 1", &format!("backup_days = {days}")).is_ok(), "{days}");
        }
        let Err(ConfigError::Unusable(findings)) = with("consent_days = 0", "backup_days = 1")
        else {
            panic!("it was accepted")
        };
        let keys: Vec<&str> = findings.iter().map(|finding| &*finding.key).collect();
        assert_eq!(keys, ["provider.consent_days", "portal.backup_days"]);
    }

    #[test]
    fn what_a_provider_cannot_be_asked_is_found() {
        let found = |provider: &str| -> Vec<String> {
            let text = GOOD.replace("[provider]", &format!("[provider]\n{provider}"));
            let config: Config = Figment::from(Toml::string(&text)).extract().unwrap();
            config.validate().into_iter().map(|finding| finding.key.to_string()).collect()
        };
        let endpoints = |scheme: &str, more: &str| {
            format!(
                "endpoints = {{ authorization = \"https://id.example/a\", token = \"{scheme}://id.example/t\", \
                 keys = \"https://id.example/k\", {more} }}"
            )
        };
        let userinfo = "userinfo = \"https://id.example/u\"";
        for (provider, keys) in [
            ("vtr = [\"Cl.Cm.P2\"]\nassured_only = true".to_owned(), vec![]),
            ("vtr = [\"substantial\"]".to_owned(), vec!["provider.vtr"]),
            ("vtr = [\"P2\"]\nacr_values = [\"high\"]".to_owned(), vec!["provider.vtr"]),
            (endpoints("https", userinfo), vec![]),
            (endpoints("http", userinfo), vec!["provider.endpoints.token"]),
            (endpoints("https", &format!("{userinfo}, token_issuer = \"https://b\"")), vec![]),
            (
                endpoints("https", &format!("{userinfo}, token_issuer = \"http://b\"")),
                vec!["provider.endpoints.token_issuer"],
            ),
            (
                endpoints("https", &format!("{userinfo}, token_issuer = \"b\"")),
                vec!["provider.endpoints.token_issuer"],
            ),
            (
                endpoints("https", &format!("{userinfo}, algorithms = []")),
                vec!["provider.endpoints.algorithms"],
            ),
        ] {
            assert_eq!(found(&provider), keys, "{provider}");
        }
        for more in ["algorithm = []", "algorithms = [\"none\"]", "algorithms = [\"HS256\"]"] {
            let provider = format!("[provider]\n{}", endpoints("https", more));
            let error = read(&GOOD.replace("[provider]", &provider)).unwrap_err();
            assert!(error.to_string().contains("algorithm"), "{more}: {error}");
        }
    }

    #[test]
    fn who_answers_for_the_data_is_said_in_words() {
        let found = |from: &str, to: &str| -> Vec<String> {
            let text = GOOD.replace(from, to);
            let config: Config = Figment::from(Toml::string(&text)).extract().unwrap();
            config.validate().into_iter().map(|finding| finding.key.to_string()).collect()
        };
        let operator = "operator = { en = \"The ministry\" }";
        for blank in [
            "operator = {}",
            "operator = { en = \"\" }",
            "operator = { en = \" \\u200b\" }",
            "operator = { en = \"The ministry\", ru = \"\" }",
        ] {
            assert_eq!(found(operator, blank), ["portal.operator"], "{blank}");
        }
        assert_eq!(found("polls@example.org", " "), ["portal.contact"]);
        let with_officer = |words: &str| format!("{operator}\nofficer = {{ en = \"{words}\" }}");
        assert_eq!(found(operator, &with_officer(" ")), ["portal.officer"]);
        assert!(found(operator, &with_officer("A. Sokolova")).is_empty());
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

    /// A configuration whose portal's store is at this address, and its vault on this machine.
    fn beside_postgres(address: &str) -> String {
        let stores = "[stores]\nvault = \"postgres:///vault?host=/run/postgresql\"\n";
        GOOD.to_owned() + stores + "portal = \"postgres://" + address + "\"\n"
    }

    #[test]
    fn an_address_that_would_be_read_as_another_one_is_refused_without_a_word_of_it() {
        for address in [
            // What stands between the colon and the sign is no port, or is one.
            "veche:secret/Word@10.0.0.21/veche",
            "veche:12/secret@10.0.0.21/veche",
            "veche:/secret@10.0.0.21/veche",
            "veche:secret?Word@10.0.0.21/veche",
            "veche:12?secret@10.0.0.21/veche",
            "veche:12?host=secret@10.0.0.21/veche",
            "veche:secret#Word@10.0.0.21/veche",
            "veche:12#secret@10.0.0.21/veche",
            "/veche?host=/run/postgresql&password=se#secret",
            "/veche?host=/run/postgresql&password=se&secret",
        ] {
            let text = beside_postgres(address);
            let config: Config = Figment::from(Toml::string(&text)).extract().unwrap();
            let findings = config.validate();
            let [finding] = &findings[..] else { panic!("{address}: {findings:?}") };
            assert!(finding.key == "stores.portal", "{address}: {findings:?}");
            let words = finding.problem.to_lowercase();
            assert!(!words.contains("secret") && !words.contains("word@"), "{words}");
            assert!(config.stores.exposed().is_empty(), "{address}");
        }
        for address in
            ["veche:se%2Fcret@localhost/veche", "veche:a+b:c@localhost/x", "/veche?host=/run/x"]
        {
            assert!(read(&beside_postgres(address)).is_ok(), "{address}");
            // What the pages say of a store's files is one sentence, of both stores.
            let mixed = GOOD.to_owned() + "[stores]\nportal = \"postgres://" + address + "\"\n";
            assert!(read(&mixed).is_err(), "{address}");
        }
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = read(&format!("{GOOD}[sessions]\nidle_second = 5\n")).unwrap_err();
        assert!(error.to_string().contains("idle_second"), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place_and_without_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("veche.toml");
        let url = "postgres://veche:S3cret@10.0.0.21/veche";
        // Before the rest of the file, and in place of the secret of the portal.
        for (before, secret, words) in [
            (format!("stores = \"{url}\""), "", "stores: expected struct Stores"),
            (format!("stores = {url}"), "", "line 1, column 10: invalid string"),
            (format!("stores.vault = \"{url}"), "", "line 1, column 56: invalid basic string"),
            (
                format!("stores = {{ portal = [\"{url}\"] }}"),
                "",
                "stores.portal: expected a string",
            ),
            (
                format!("stores.portal = \"{url}\"\nstores.portal = \"{url}\""),
                "",
                "line 2, column 1: duplicate key `portal`",
            ),
            (
                "operation.traces = \"http://veche:S3cret/Pass@collector/\"".to_owned(),
                "",
                "operation.traces: invalid port number",
            ),
            (
                String::new(),
                "client_authentication = \"S3cret\"",
                "provider.client_authentication: expected one of `client_secret_basic`",
            ),
            (String::new(), "acr_values = \"S3cret\"", "provider.acr_values: expected a sequence"),
            (
                String::new(),
                "client_secret = 53732374",
                "provider.client_secret: expected a string",
            ),
            (String::new(), "consent_days = \"S3cret\"", "provider.consent_days: expected u32"),
            (
                String::new(),
                "client_secret = \"S3cret\"\nclient_secret = \"S3cret\"",
                "line 10, column 1: duplicate key `client_secret` in table `provider`",
            ),
        ] {
            let rest = GOOD.replace("client_secret = \"very secret\"", secret);
            let rest: Vec<_> = rest.lines().map(str::trim).collect();
            fs::write(&file, before + "\n" + &rest.join("\n")).unwrap();
            let error = Config::unchecked(Some(&file)).unwrap_err();
            for said in [error.to_string(), format!("{error:?}")] {
                assert!(said.contains("veche.toml: ") && said.contains(words), "{said}");
                assert!(!said.contains("S3cret") && !said.contains("53732374"), "{said}");
            }
        }
    }
}
