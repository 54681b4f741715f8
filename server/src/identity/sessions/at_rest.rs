//! What the database knows of a session: as good as nothing, for whoever reads it alone.
//!
//! A session is filed under the SHA-256 of its id, so that a row is not a cookie, and what it holds
//! (typed values, too) is sealed under a key derived from the id itself, which only the browser has.
//! Blanks are sealed with it, because its length would tell what its owner did just now: what the next
//! page says of that waits here. What is left to see is about how long it is, by the kilobyte, which grows
//! with long texts that wait in it. Beside it stand, in clear, the account and the provider's `sid`, by
//! which a sign-out from elsewhere finds the session, and a device family such as "Firefox, Linux", by
//! which a person recognises it.

use crate::{
    entropy::Entropy,
    sealing::{Sealer, with_blanks},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use tower_sessions::{
    session::{Id, Record},
    session_store::{Error, Result},
};

/// What a session holds is filled up to a multiple of this many bytes: PostgreSQL keeps a row of up to two of
/// them in one piece, and most hold no more.
const PADDING: usize = 896;

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
    let plain = with_blanks(plain, PADDING);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use serde_json::json;
    use tower_sessions::cookie::time::OffsetDateTime;

    /// A session of somebody, with this beside.
    fn session(key: &str, value: Value) -> Record {
        let account = ("account".to_owned(), json!("a5c0f3d2-6b1e-4a51-8d43-0c6d8f5b2e17"));
        let data = HashMap::from([account, (key.to_owned(), value)]);
        Record { id: Id(7), data, expiry_date: OffsetDateTime::UNIX_EPOCH }
    }

    #[test]
    fn what_a_session_holds_does_not_show_by_its_length() {
        let lengths = [
            ("flash", json!(null)),
            ("flash", json!({ "done": "withdrawn" })),
            ("flash", json!({ "done": "answers_discarded" })),
            ("forms", json!([["take/1", { "typed": "what somebody thinks" }]])),
        ]
        .map(|(key, value)| {
            let record = session(key, value);
            let sealed = seal(&record, &SystemEntropy).unwrap();
            assert_eq!(open(record.id, &sealed).unwrap(), record.data);
            sealed.len()
        });
        assert_eq!(lengths, [lengths[0]; 4]);
    }

    #[test]
    fn one_from_before_there_were_blanks_opens() {
        let record = session("flash", json!("saved"));
        let plain = serde_json::to_vec(&record.data).unwrap();
        let sealed = sealer(record.id).seal(&plain, &filed_under(record.id), &SystemEntropy);
        assert_eq!(open(record.id, &sealed).unwrap(), record.data);
    }
}
