//! The intake: what many people send at the same moment is stored by one statement and one commit.
//!
//! A commit costs the database about the same for one response as for fifty, so responses that
//! arrive while one round is being stored go into the next together ([`gather`]). Each person is
//! answered after the commit that holds their response, and for their response alone: in a round,
//! a poll that has closed refuses those who answered it and nobody else, and a round that the
//! database refuses is tried again one by one.
//!
//! A response is stored if the draft that it was made of can be thrown away with it, as it was
//! read. So a draft is sent once, however often a browser asks for it, and whoever was told that it
//! took too long and has typed, sent or withdrawn something since is not overtaken by what comes
//! late: the draft that it was made of is not there any more. It does not matter how late, nor by
//! which server, and no clock is asked.
//!
//! A round is one statement ([`take`]). Nothing here serialises on a row: on PostgreSQL a round holds
//! the gates of its polls shared, so that rounds of several servers run side by side.

use crate::{
    Error,
    rounds::{self, Held, Place},
    store::{response, take},
};
use gather::{Gather, Limits};
use sea_orm::DatabaseConnection;
use std::ops::Range;

/// Responses that may wait: about as many as are stored in a fifth of a second.
const WAITING: usize = 1024;
/// Responses of one statement. SQLite allows 32,766 parameters.
const ROUND: usize = 128;

/// Somebody's response on its way into the store.
pub struct Sending {
    /// The row, but for its live batch.
    pub row: response::Model,
    /// Whether live batches may count it.
    pub live: bool,
    /// The key under which `released` would hold that this person left an earlier batch; if it does, this
    /// response joins none.
    pub token: Vec<u8>,
    /// The draft that is sent, as it is stored: nothing is stored unless it goes. `None`: whatever
    /// draft there is goes.
    pub draft: Option<Vec<u8>>,
}

/// Whether it took the place of an earlier one, once it is on the disk.
pub type Stored = Result<bool, Error>;

/// Takes responses and answers each once it is stored.
pub type Intake = Gather<Sending, Stored>;

impl Sending {
    /// Whose it is, in which poll.
    pub fn place(&self) -> Place {
        (self.row.poll_id, self.row.pseudonym.clone())
    }
}

/// An intake over the vault's database.
pub fn intake(db: DatabaseConnection) -> Intake {
    let limits = Limits::new(WAITING, ROUND);
    Gather::new(limits, move |round| {
        let db = db.clone();
        async move { store(&db, round).await }
    })
}

/// Stores a round.
async fn store(db: &DatabaseConnection, round: Vec<Sending>) -> Vec<Stored> {
    let held = Held::default();
    let turn = async |numbers: Vec<usize>| {
        let sent: Vec<&Sending> = numbers.into_iter().map(|number| &round[number]).collect();
        let some = |numbers: Range<usize>| take::responses(db, &sent[numbers]);
        rounds::done(sent.len(), "responses", &held, some).await
    };
    rounds::in_turns(&round, Sending::place, turn).await
}
