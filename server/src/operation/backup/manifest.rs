//! What is in a backup: `manifest.json`, written last, so that a folder without one is no backup.

use super::{BackupError, at, sync};
use chrono::{DateTime, Utc};
use migration::Store;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
};

/// The form of a backup that this program writes and reads.
pub const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";

/// What is in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the backup.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The copies.
    pub stores: Vec<StoreFile>,
}

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFile {
    /// `vault` or `portal`.
    pub store: String,
    /// The file's name in the folder.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The migrations that it has had.
    pub schema: Vec<String>,
}

impl Manifest {
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        self.write_to(&folder.join(NAME))
    }

    pub(super) fn write_to(&self, path: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| BackupError::Damaged(path.to_owned(), error.to_string()))?;
        fs::write(path, text + "\n").map_err(at(path))?;
        sync(path)
    }

    /// Whether this manifest was written to a file.
    pub(super) fn is_in(&self, path: &Path) -> bool {
        let text = fs::read_to_string(path).ok();
        text.and_then(|text| serde_json::from_str(&text).ok()).as_ref() == Some(self)
    }

    /// Reads the manifest and holds every file against it.
    ///
    /// # Errors
    /// When there is none, or a file is not what it says.
    pub fn check(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(NAME);
        let text = fs::read_to_string(&path).map_err(at(&path))?;
        let damaged = |words: String| BackupError::Damaged(path.clone(), words);
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(damaged(format!("form {} is not known here", manifest.format)));
        }
        for store in &manifest.stores {
            // A name only: nothing is read from elsewhere.
            if store.file != format!("{}.sqlite", store.store) {
                return Err(damaged(format!("{} is no file of a backup", store.file)));
            }
            let file = folder.join(&store.file);
            let (bytes, sha256) = digest(&file)?;
            if (bytes, &sha256) != (store.bytes, &store.sha256) {
                return Err(BackupError::Damaged(file, "not what the manifest says".to_owned()));
            }
        }
        Ok(manifest)
    }

    pub(super) fn store(&self, store: Store) -> Option<&StoreFile> {
        self.stores.iter().find(|file| file.store == store.name())
    }
}

/// Size and SHA-256 of a file.
pub(super) fn digest(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 16], 0);
    loop {
        let read = file.read(&mut buffer).map_err(at(path))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok((bytes, hex::encode(hash.finalize())))
}
