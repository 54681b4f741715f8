//! `[stores]`: the two databases.

use super::Finding;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The two databases: `sqlite://FILE?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stores {
    /// People, consents, polls, releases, sessions. Default `sqlite://data/portal.sqlite?mode=rwc`.
    pub portal: SecretString,
    /// Answers. Default `sqlite://data/vault.sqlite?mode=rwc`.
    pub vault: SecretString,
}

impl Default for Stores {
    fn default() -> Self {
        Self {
            portal: "sqlite://data/portal.sqlite?mode=rwc".into(),
            vault: "sqlite://data/vault.sqlite?mode=rwc".into(),
        }
    }
}

impl Stores {
    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        for (key, url) in [("stores.portal", &self.portal), ("stores.vault", &self.vault)] {
            let url = url.expose_secret();
            if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))
            {
                findings.push(Finding::new(key, "must begin with sqlite: or postgres:"));
            }
        }
        if self.portal.expose_secret() == self.vault.expose_secret() {
            findings.push(Finding::new("stores.vault", "must not be the portal's database"));
        }
    }
}
