//! `[provider.esia]`: what the State Services' identity provider (ESIA) needs beside the rest.

use super::{Finding, secret::Secret};
use crate::identity::esia::token::Key;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

/// A program of the operator's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The program and its arguments; no shell comes between.
    pub command: Vec<String>,
    /// Seconds after which it is given up. Default 10.
    #[serde(default = "ten")]
    pub seconds: u32,
}

const fn ten() -> u32 {
    10
}

/// A program that checks ESIA's signatures.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// Gets the token on stdin and ends with 0 where its signature holds.
    pub program: Program,
    /// The `alg` of the tokens that it is asked about, such as `GOST3410_2012_256`.
    pub algorithms: Vec<String>,
}

/// The State Services' identity provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Esia {
    /// `iss` of its tokens, which is not its address: `http://esia.gosuslugi.ru/`.
    pub token_issuer: String,
    /// `client_certificate_hash`: by it ESIA finds the certificate that the signatures belong to.
    pub certificate_hash: String,
    /// Scopes of organisations, `scope_org`; mostly none.
    #[serde(default)]
    pub organisation_scopes: Vec<String>,
    /// Whether a token has to bring back the nonce that was sent. Default `false`: the samples of tokens that
    /// ESIA publishes have none. One that differs is refused in any case.
    #[serde(default)]
    pub nonce_required: bool,
    /// Signs requests: a detached signature of stdin to stdout, in binary.
    pub signer: Program,
    /// ESIA's public key or certificate in PEM, for tokens signed with RSA or an elliptic curve.
    pub token_key: Option<Secret>,
    /// Checks tokens that are signed otherwise.
    pub verifier: Option<Verifier>,
}

impl Esia {
    /// The key of [`Self::token_key`], if it is set.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn key(&self) -> Result<Option<Key>, String> {
        let Some(secret) = &self.token_key else { return Ok(None) };
        let pem = secret.read().map_err(|error| format!("cannot be read: {error}"))?;
        Key::read(pem.expose_secret()).map(Some)
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        let programs = [("provider.esia.signer", Some(&self.signer))];
        let verifier = self.verifier.as_ref().map(|verifier| &verifier.program);
        for (key, program) in programs.into_iter().chain([("provider.esia.verifier", verifier)]) {
            if program.is_some_and(|program| program.command.is_empty() || program.seconds == 0) {
                findings.push(Finding::new(key, "needs a command and at least one second"));
            }
        }
        match self.key() {
            Err(problem) => findings.push(Finding::new("provider.esia.token_key", problem)),
            Ok(None) if self.verifier.is_none() => findings.push(Finding::new(
                "provider.esia",
                "needs token_key or verifier: tokens are never taken unchecked",
            )),
            Ok(_) => {}
        }
    }
}
