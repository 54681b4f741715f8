//! `[keys]`: the master key, kept apart from both databases.

use super::{Finding, secret::Secret};
use crate::master_keys::MasterKeys;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// 32 bytes in base 64. Wraps the keys of the polls and of the portal:
    /// without it a copy of the databases says nothing. `openssl rand -base64 32` makes one.
    pub master: Secret,
    /// The other master key, while one replaces the other: what it wrapped opens, and nothing is
    /// wrapped with it. That is first the new one, on every server, so that each opens what the
    /// others wrap; then the old one, until `veche rotate-key` has wrapped everything under
    /// `master`. `server/operations/RUNBOOK.md`, "Keys", has the four rounds.
    pub previous: Option<Secret>,
}

/// 32 bytes of base 64.
fn key(secret: &Secret) -> Result<Zeroizing<[u8; 32]>, String> {
    let text = secret.read().map_err(|error| format!("the file cannot be read: {error}"))?;
    let bytes = BASE64_STANDARD
        .decode(text.expose_secret())
        .map_err(|_| "not base 64: make one with `openssl rand -base64 32`".to_owned())?;
    let bytes = Zeroizing::new(bytes);
    let key = <[u8; 32]>::try_from(bytes.as_slice())
        .map_err(|_| format!("{} bytes in place of 32", bytes.len()))?;
    Ok(Zeroizing::new(key))
}

impl Keys {
    /// The master key.
    ///
    /// # Errors
    /// What is wrong with it, without a word of it.
    pub fn master(&self) -> Result<Zeroizing<[u8; 32]>, String> {
        key(&self.master)
    }

    /// The master key, with the one before it while it is being replaced.
    ///
    /// # Errors
    /// What is wrong with one of them, without a word of it.
    pub fn masters(&self) -> Result<MasterKeys, String> {
        Ok(MasterKeys {
            current: key(&self.master)?,
            previous: self.previous.as_ref().map(key).transpose()?,
        })
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        if let Err(problem) = self.master() {
            findings.push(Finding::new("keys.master", problem));
        }
        match self.previous.as_ref().map(key) {
            Some(Err(problem)) => findings.push(Finding::new("keys.previous", problem)),
            Some(Ok(previous)) if self.master().is_ok_and(|master| master == previous) => {
                findings.push(Finding::new("keys.previous", "must not be the same as keys.master"));
            }
            _ => {}
        }
    }
}
