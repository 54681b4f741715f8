//! What the database knows of a session: as good as nothing, for whoever reads it alone.
//!
//! A session is filed under the SHA-256 of its id, so that a row is not a cookie, and what it holds
//! (typed values, too) is sealed under a key derived from the id itself, which only the browser has.
//! Beside it stand, in clear, the account and the provider's `sid`, by which a sign-out from
//! elsewhere finds the session, and a device family such as "Firefox, Linux", by which a person
//! recognises it.

use crate::{entropy::Entropy, sealing::Sealer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use tower_sessions::{
    session::{Id, Record},
    session_store::{Error, Result},
};

/// What a session is filed under.
#[must_use]
pub fn filed_under(id: Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

fn sealer(id: Id) -> Sealer {
    Sealer::derive(&id.0.to_le_bytes(), "session-data/v1")
}

/// What the session holds, sealed for its row and no other.
pub fn seal(record: &Record, entropy: &dyn Entropy) -> Result<Vec<u8>> {
    let plain =
        serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    Ok(sealer(record.id).seal(&plain, &filed_under(record.id), entropy))
}

/// What the session of this id holds.
pub fn open(id: Id, sealed: &[u8]) -> Result<HashMap<String, Value>> {
    let plain = sealer(id)
        .open(sealed, &filed_under(id))
        .map_err(|error| Error::Decode(error.to_string()))?;
    serde_json::from_slice(&plain)
        .map_err(|error| Error::Decode(format!("a session's data: {}", vault::unquoted(&error))))
}
