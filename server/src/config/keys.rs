//! `[keys]`: the master key, kept apart from both databases.

use super::{Finding, secret::Secret};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// 32 bytes in base 64. Wraps the polls' keys and seals what the portal keeps of people:
    /// without it a copy of the databases says nothing. `openssl rand -base64 32` makes one.
    pub master: Secret,
}

impl Keys {
    /// The master key.
    ///
    /// # Errors
    /// What is wrong with it, without a word of it.
    pub fn master(&self) -> Result<Zeroizing<[u8; 32]>, String> {
        let text =
            self.master.read().map_err(|error| format!("the file cannot be read: {error}"))?;
        let bytes = BASE64_STANDARD
            .decode(text.expose_secret())
            .map_err(|_| "not base 64: make one with `openssl rand -base64 32`".to_owned())?;
        let bytes = Zeroizing::new(bytes);
        let key = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| format!("{} bytes in place of 32", bytes.len()))?;
        Ok(Zeroizing::new(key))
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        if let Err(problem) = self.master() {
            findings.push(Finding::new("keys.master", problem));
        }
    }
}
