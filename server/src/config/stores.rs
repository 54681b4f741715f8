//! `[stores]`: the two databases, and on PostgreSQL who publishes and what may be read elsewhere.

use super::{Finding, secret::Secret};
use crate::outgoing;
use migration::{
    connection::is_postgres,
    exposure::{exposure, server_of},
};
use ports::Together;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::{collections::BTreeMap, fs, path::Path};
use url::Url;

/// The two databases: `sqlite://FILE?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`, on another
/// host with `?sslmode=verify-full&sslrootcert=FILE`. As each holds a password, it may be a file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stores {
    /// People, consents, polls, releases, sessions. Default `sqlite://data/portal.sqlite?mode=rwc`.
    pub portal: Secret,
    /// Answers. Default `sqlite://data/vault.sqlite?mode=rwc`.
    pub vault: Secret,
    /// PostgreSQL: the portal's database for the role `veche_publisher`, which counts closed polls.
    /// Absent: the vault does it over its own connection. With `publisher_vault` a server does not open it.
    pub publisher: Option<Secret>,
    /// Where the vault is in another database than the portal: that one, for the same role. It counts there
    /// then, and the other address is for servers of the version before.
    pub publisher_vault: Option<Secret>,
    /// PostgreSQL: a streaming replica of the portal's database, for published statistics. Absent:
    /// the portal's database answers everything.
    pub portal_replica: Option<Secret>,
    /// Seconds by which the replica may be behind to be used. Default 15; the scheduler shows it
    /// that time goes on every five.
    pub replica_lag_seconds: u32,
}

impl Default for Stores {
    fn default() -> Self {
        Self {
            portal: Secret::Value("sqlite://data/portal.sqlite?mode=rwc".into()),
            vault: Secret::Value("sqlite://data/vault.sqlite?mode=rwc".into()),
            publisher: None,
            publisher_vault: None,
            portal_replica: None,
            replica_lag_seconds: 15,
        }
    }
}

impl Stores {
    /// Every address that is set, with its key.
    fn all(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        [
            ("stores.portal", Some(&self.portal)),
            ("stores.vault", Some(&self.vault)),
            ("stores.publisher", self.publisher.as_ref()),
            ("stores.publisher_vault", self.publisher_vault.as_ref()),
            ("stores.portal_replica", self.portal_replica.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, address)| Some((key, address?)))
    }

    /// The addresses of which somebody between them and the portal could make something, and what.
    #[must_use]
    pub fn exposed(&self) -> Vec<Finding> {
        // Of one that cannot be read, `validate` says so.
        let addresses = self.all().filter_map(|(key, address)| Some((key, address.read().ok()?)));
        addresses
            .filter(|(_, url)| wrong(url.expose_secret()).is_none())
            .filter_map(|(key, url)| Some(Finding::new(key, exposure(url.expose_secret())?)))
            .collect()
    }

    /// Where the stores are to each other, as far as their addresses say it. In one server of PostgreSQL, or in
    /// files of one machine, whoever administers it has both, and so has each of its backups. People are told.
    #[must_use]
    pub fn together(&self) -> Together {
        let [portal, vault] = [&self.portal, &self.vault].map(|address| {
            let url = address.read().ok()?;
            let url = url.expose_secret();
            // The driver is never given an address of which something is wrong.
            if wrong(url).is_some() { None } else { Some((is_postgres(url), server_of(url))) }
        });
        match (portal, vault) {
            (Some((false, _)), Some((false, _))) => Together::OneMachine,
            (Some((true, Some(portal))), Some((true, Some(vault)))) if portal == vault => {
                Together::OneServer
            }
            _ => Together::Apart,
        }
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        let mut read = BTreeMap::new();
        for (key, address) in self.all() {
            match address.read() {
                Ok(url) => _ = read.insert(key, url),
                Err(error) => {
                    let problem = format!("the file cannot be read: {error}");
                    findings.push(Finding::new(key, problem));
                }
            }
        }
        let url_of = |key: &str| read.get(key).map(ExposeSecret::expose_secret);
        let stores = ["stores.portal", "stores.vault"].map(|key| (key, url_of(key)));
        for (key, url) in stores {
            if url.is_some_and(|url| !url.starts_with("sqlite:") && !is_postgres(url)) {
                findings.push(Finding::new(key, "must begin with sqlite: or postgres:"));
            }
        }
        let [(_, portal), (_, vault)] = stores;
        if portal.is_some() && portal == vault {
            findings.push(Finding::new("stores.vault", "must not be the portal's database"));
        }
        // People are told for how long what was deleted can be found in its files: of both the same.
        if let (Some(portal), Some(vault)) = (portal, vault)
            && is_postgres(portal) != is_postgres(vault)
        {
            findings.push(Finding::new("stores.vault", "must be of the same kind as the portal's"));
        }
        // What cannot be read may be there.
        let here = stores.iter().all(|(_, url)| url.is_none_or(is_postgres));
        for key in ["stores.publisher", "stores.publisher_vault", "stores.portal_replica"] {
            let Some(url) = url_of(key) else { continue };
            if !here || !is_postgres(url) {
                let problem = "needs PostgreSQL here, in stores.portal and in stores.vault";
                findings.push(Finding::new(key, problem));
            }
        }
        if self.publisher_vault.is_some() && self.publisher.is_none() {
            findings.push(Finding::new("stores.publisher", "must be set with publisher_vault"));
        }
        for (key, _) in self.all() {
            let Some(url) = url_of(key) else { continue };
            findings.extend(
                [wrong(url), certificates(url)]
                    .into_iter()
                    .flatten()
                    .map(|problem| Finding::new(key, problem)),
            );
        }
        if self.replica_lag_seconds < LEAST_LAG {
            let problem = format!("must be at least {LEAST_LAG}");
            findings.push(Finding::new("stores.replica_lag_seconds", problem));
        }
    }
}

/// The replica is shown that time goes on as often as this, in seconds.
const LEAST_LAG: u32 = 6;

/// What the driver reads in the query of an address of PostgreSQL, in its spelling and in that of
/// PostgreSQL's own clients (`sqlx_postgres::PgConnectOptions`).
const PARAMETERS: [&str; 17] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// What is wrong with an address of PostgreSQL as such. The driver is never given one of which
/// something is: it would say or log it, or a part of it that may be a secret.
fn wrong(url: &str) -> Option<String> {
    if !is_postgres(url) {
        return None;
    }
    let why = match Url::parse(url) {
        Err(error) => error.to_string(),
        Ok(url) if is_cut_short(&url) => "a /, ? or # before an @, or a # behind it".to_owned(),
        Ok(url) => return unknown(&url),
    };
    Some(format!(
        "cannot be read ({why}): in a name or password, what is not a letter, a digit, - or _ is \
         written as %XX"
    ))
}

/// Whether something in a password ended the part of an address that it belongs to. The rest of it,
/// and the @ before the host, are then taken for a path or a parameter.
fn is_cut_short(url: &Url) -> bool {
    let rest = [Some(url.path()), url.query()];
    rest.into_iter().flatten().any(|part| part.contains('@')) || url.fragment().is_some()
}

/// A parameter of an address that does nothing, perhaps a misspelt `sslmode`. The driver would pass
/// over it, and write it into the log with its value, which may be a secret.
fn unknown(url: &Url) -> Option<String> {
    let known = |name: &str| {
        PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'))
    };
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    let at = names.iter().position(|name| !known(name))?;
    // Behind a password it may be the rest of it.
    let name = if names[..at].iter().any(|name| name == "password") { "…" } else { &*names[at] };
    Some(format!("has a parameter that there is not: {name}"))
}

/// What is wrong with the files of certificates that an address names; the driver would say so
/// without their names, or take an empty one.
fn certificates(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let named = |names: &[&str]| {
        // The driver takes the last one.
        let pairs = url.query_pairs().filter(|(name, _)| names.contains(&name.as_ref()));
        pairs.last().map(|(_, value)| value.into_owned())
    };
    let authority = named(&["sslrootcert", "ssl-root-cert", "ssl-ca"]);
    let certificate = named(&["sslcert", "ssl-cert"]);
    let key = named(&["sslkey", "ssl-key"]);
    if certificate.is_some() != key.is_some() {
        return Some("sslcert and sslkey belong together".to_owned());
    }
    for (name, file) in [("sslrootcert", authority), ("sslcert", certificate)] {
        if let Some(Err(error)) = file.map(|file| outgoing::authorities(Path::new(&file))) {
            return Some(format!("{name}: {error}"));
        }
    }
    let key = key?;
    fs::read(&key).err().map(|error| format!("sslkey: {key}: it cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stores_at_one_host_and_port_are_in_one_server_and_two_files_on_one_machine() {
        let together = |portal: &str, vault: &str| {
            let [portal, vault] = [portal, vault].map(|url| Secret::Value(url.into()));
            Stores { portal, vault, ..Stores::default() }.together()
        };
        let one_server = |portal: &str, vault: &str| together(portal, vault) == Together::OneServer;
        let portal = "postgres://veche_portal:a@10.0.0.21/veche";
        assert!(one_server(portal, "postgres://veche_vault:b@10.0.0.21:5432/veche"));
        assert!(one_server(portal, "postgresql://veche_vault:b@10.0.0.21/other?sslmode=require"));
        for apart in ["10.0.0.22/veche", "10.0.0.21:5433/veche"] {
            let vault = format!("postgres://veche_vault:b@{apart}");
            assert_eq!(together(portal, &vault), Together::Apart, "{apart}");
        }
        assert_eq!(Stores::default().together(), Together::OneMachine);
        assert_eq!(together(portal, "sqlite:vault.sqlite"), Together::Apart);
    }
}
