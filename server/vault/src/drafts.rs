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
    rounds::{self, Place},
    store::{draft, keep},
};
use gather::{Gather, Limits};
use sea_orm::{DatabaseConnection, DbErr};
use std::{collections::BTreeMap, ops::Range};

/// Drafts that may wait, and that are kept by one statement.
const LIMITS: (usize, usize) = (2048, 128);

/// Somebody's draft on its way into the store.
#[derive(Clone)]
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
    let limits = Limits::new(LIMITS.0, LIMITS.1, rounds::writers(&db));
    Gather::new(limits, move |round: Vec<Keeping>| {
        let db = db.clone();
        async move {
            let some = |numbers: Range<usize>| together(&db, &round[numbers]);
            rounds::done(round.len(), "drafts", some).await
        }
    })
}

/// Keeps a round: of one who saved twice at the same moment the first, of which the other knew
/// nothing.
async fn together(
    db: &DatabaseConnection,
    round: &[Keeping],
) -> Result<Vec<Result<(), Error>>, DbErr> {
    // In the order of their places, so that no two rounds wait for each other.
    let mut first: BTreeMap<Place, usize> = BTreeMap::new();
    for (index, keeping) in round.iter().enumerate() {
        first.entry(keeping.place()).or_insert(index);
    }
    let given: Vec<&Keeping> = first.values().map(|&index| &round[index]).collect();
    let kept = keep::drafts(db, &given).await?;
    let became = |(index, keeping): (usize, &Keeping)| {
        let place = keeping.place();
        let is_kept = first[&place] == index && kept.contains(&place);
        if is_kept { Ok(()) } else { Err(Error::Overtaken) }
    };
    Ok(round.iter().enumerate().map(became).collect())
}
