//! A session as a request holds it: what the store had of it when the request read or wrote it last. By that it
//! knows whether another request of the same browser has stored something else meanwhile.
//!
//! What is sealed is another text each time, also where it is the same. So a row whose sealed text is the one that
//! was read holds what was read, and no column is needed that counts: a server of the version before goes on.

use super::{
    at_rest,
    merged::{Data, Of, merged, under_way},
};
use std::collections::BTreeSet;
use tower_sessions::{
    session::{Id, Record},
    session_store::Result,
};

/// What a request holds of its session.
pub struct Held {
    /// The session's id.
    pub id: Id,
    /// What the store has of it, sealed, as far as the request knows.
    pub sealed: Vec<u8>,
    /// Where that is not what the request itself has read or written.
    apart: Option<Apart>,
    /// The states of sign-ins that others have taken since.
    taken: BTreeSet<String>,
}

/// What a request knows of its session, and what others have made of that.
struct Apart {
    own: Data,
    stored: Data,
}

impl Held {
    /// A session that was read or written just now.
    pub const fn new(id: Id, sealed: Vec<u8>) -> Self {
        Self { id, sealed, apart: None, taken: BTreeSet::new() }
    }

    /// What is to be stored of the session, of which the request has made this.
    pub fn with(&self, of: Of, record: &Record) -> Record {
        let data = self.apart.as_ref().map_or_else(
            || record.data.clone(),
            |Apart { own, stored }| merged(of, own, &record.data, stored),
        );
        Record { id: record.id, data, expiry_date: record.expiry_date }
    }

    /// Another request has stored this.
    pub fn found(&mut self, sealed: Vec<u8>) -> Result<()> {
        let stored = at_rest::open(self.id, &sealed)?;
        let own = match self.apart.take() {
            Some(Apart { own, .. }) => own,
            None => at_rest::open(self.id, &self.sealed)?,
        };
        let there = under_way(&stored);
        self.taken.extend(under_way(&own).into_iter().filter(|state| !there.contains(state)));
        self.apart = Some(Apart { own, stored });
        self.sealed = sealed;
        Ok(())
    }

    /// The request has made `own` of the session, and stored this.
    pub fn wrote(&mut self, own: &Record, stored: Record, sealed: Vec<u8>) {
        let apart = own.data != stored.data;
        self.apart = apart.then(|| Apart { own: own.data.clone(), stored: stored.data });
        self.sealed = sealed;
    }

    /// Whether another request has taken the sign-in of this state since the session was read.
    pub fn was_taken(&self, state: &str) -> bool {
        self.taken.contains(state)
    }
}
