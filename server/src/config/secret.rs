//! A secret: given as such (by the environment) or as the path of a file that holds it.
//! An address with a password in it is one.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::{fs, io, path::PathBuf};

/// What the unit hands over in place of a file that is not there (`SetCredential=`).
const ABSENT: &str = "none";

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
    /// When its file cannot be read, or was not there when the program was started.
    pub fn read(&self) -> Result<SecretString, io::Error> {
        match self {
            Self::File { file } => match fs::read_to_string(file)?.trim() {
                ABSENT => Err(io::Error::new(
                    io::ErrorKind::NotFound,
                    format!("it says {ABSENT}, so systemd found no such file"),
                )),
                secret => Ok(secret.into()),
            },
            Self::Value(value) => Ok(value.expose_secret().trim().into()),
        }
    }
}
