//! A secret: given as such (by the environment) or as the path of a file that holds it.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::path::PathBuf;

/// A secret that never prints.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string, or { file = \"…\" }")]
pub enum Secret {
    /// A file whose content is the secret; white space at its ends is left out.
    File {
        /// Path of the file.
        file: PathBuf,
    },
    /// The secret itself.
    Value(SecretString),
}

impl Secret {
    /// The secret.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn read(&self) -> Result<SecretString, std::io::Error> {
        match self {
            Self::File { file } => Ok(std::fs::read_to_string(file)?.trim().into()),
            Self::Value(value) => Ok(value.expose_secret().trim().into()),
        }
    }
}
