//! Keeping drafts: what many people type at the same moment is kept by one statement.
//!
//! Everybody saves some drafts before they send one response, so there are more of these than of
//! anything else. They are gathered like responses ([`crate::intake`]): each is told that it is
//! kept once it is on the disk.
//!
//! A draft is kept in place of the one that it was made of, and if that is still there
//! ([`keep`]). So two windows do not undo what the other typed, and what comes late, from a request
//! that was given up long ago, undoes nothing that was typed since. The one thing that can come late
//! is the first draft, made of none, where there is none again: it is shown before it is sent.
//!
//! A draft that slips in while the poll closes harms nobody, so the gate is left alone.

use crate::{
    Error,
    rounds::{self, Held, Place},
    store::{draft, keep},
};
use gather::{Gather, Limits};
use sea_orm::{DatabaseConnection, DbErr};
use std::ops::Range;

/// Drafts that may wait, and that are kept by one statement.
const LIMITS: Limits = Limits::new(2048, 128);

/// Somebody's draft on its way into the store.
pub struct Keeping {
    pub row: draft::Model,
    /// The draft in whose place it comes, as it is stored. `None`: there was none.
    pub made_of: Option<Vec<u8>>,
}

impl Keeping {
    fn place(&self) -> Place {
        (self.row.poll_id, self.row.pseudonym.clone())
    }
}

/// Takes drafts and answers each once it is kept.
pub type Drafts = Gather<Keeping, Result<(), Error>>;

/// A keeper over the vault's database.
pub fn drafts(db: DatabaseConnection) -> Drafts {
    Gather::new(LIMITS, move |round| {
        let db = db.clone();
        async move { store(&db, round).await }
    })
}

/// Keeps a round.
async fn store(db: &DatabaseConnection, round: Vec<Keeping>) -> Vec<Result<(), Error>> {
    let held = Held::default();
    let turn = async |numbers: Vec<usize>| {
        let given: Vec<&Keeping> = numbers.into_iter().map(|number| &round[number]).collect();
        let some = |numbers: Range<usize>| together(db, &given[numbers]);
        rounds::done(given.len(), "drafts", &held, some).await
    };
    rounds::in_turns(&round, Keeping::place, turn).await
}

async fn together(
    db: &DatabaseConnection,
    given: &[&Keeping],
) -> Result<Vec<Result<(), Error>>, DbErr> {
    let kept = keep::drafts(db, given).await?;
    let became = |it: &&Keeping| kept.contains(&it.place()).then_some(()).ok_or(Error::Overtaken);
    Ok(given.iter().map(became).collect())
}
