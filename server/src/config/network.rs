//! `[network]`: whom the portal believes when it asks another machine over https.

use super::Finding;
use crate::outgoing;
use serde::Deserialize;
use std::path::PathBuf;

/// Whom the portal believes when it asks the identity provider, or sends traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// Files of certificates in PEM, one or many in each: authorities beside the public ones, such
    /// as a state's own. Read when the program starts. Default none.
    pub authorities: Vec<PathBuf>,
    /// Whether the authorities that browsers know are believed, too; their list is built in.
    /// Default `true`.
    pub public_authorities: bool,
}

impl Default for Network {
    fn default() -> Self {
        Self { authorities: Vec::new(), public_authorities: true }
    }
}

impl Network {
    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        for file in &self.authorities {
            if let Err(error) = outgoing::authorities(file) {
                findings.push(Finding::new("network.authorities", error.to_string()));
            }
        }
        if !self.public_authorities && self.authorities.is_empty() {
            let problem = "must be true, or network.authorities be set: nobody would be believed";
            findings.push(Finding::new("network.public_authorities", problem));
        }
    }
}
