//! Keeping drafts: what many people type at the same moment is kept by one statement.
//!
//! Everybody saves some drafts before they send one response, so there are more of these than of
//! anything else. They are gathered like responses ([`crate::intake`]): each is told that it is
//! kept once it is on the disk, and what nobody waits for any more when its round begins is not
//! kept, because the same person has typed something else meanwhile, perhaps. Unlike a response, a
//! draft that is given up later than that may still be kept: it is shown before it is sent.
//!
//! A draft that slips in while the poll closes harms nobody, so the gate is left alone.

use crate::{
    Error,
    rounds::{self, Place, lost},
    store::{draft, upsert},
};
use gather::{Gather, Limits};
use sea_orm::{DatabaseConnection, DbErr};
use std::{collections::BTreeMap, sync::Weak};

/// Drafts that may wait, and that are kept by one statement.
const LIMITS: (usize, usize) = (2048, 128);

/// Somebody's draft on its way into the store.
#[derive(Clone)]
pub struct Keeping {
    pub row: draft::Model,
    /// Held by whoever waits for the answer, as long as they do.
    pub asking: Weak<()>,
}

/// Takes drafts and answers each once it is kept.
pub type Drafts = Gather<Keeping, Result<(), Error>>;

/// A keeper over the vault's database.
pub fn drafts(db: DatabaseConnection) -> Drafts {
    let limits = Limits::new(LIMITS.0, LIMITS.1, rounds::writers(&db));
    Gather::new(limits, move |round: Vec<Keeping>| {
        let db = db.clone();
        async move { keep(&db, round).await }
    })
}

/// Keeps a round; alone, whoever the round cannot be kept with.
async fn keep(db: &DatabaseConnection, round: Vec<Keeping>) -> Vec<Result<(), Error>> {
    match together(db, &round).await {
        Ok(()) => round.iter().map(|_| Ok(())).collect(),
        Err(error) if round.len() == 1 || lost(&error) => {
            let error = Error::from(error);
            round.iter().map(|_| Err(error.clone())).collect()
        }
        Err(error) => {
            // Its words can hold values of the row that failed.
            drop(error);
            tracing::warn!(drafts = round.len(), "a round was refused; keeping one by one");
            let one = |keeping| async move { Ok(Ok(together(db, &[keeping]).await?)) };
            rounds::one_by_one(round, one).await
        }
    }
}

async fn together(db: &DatabaseConnection, round: &[Keeping]) -> Result<(), DbErr> {
    // Of one who saved twice at the same moment the later one; in the order of their places, so
    // that no two rounds wait for each other.
    let rows: BTreeMap<Place, &draft::Model> = round
        .iter()
        .filter(|keeping| keeping.asking.strong_count() > 0)
        .map(|keeping| ((keeping.row.poll_id, keeping.row.pseudonym.clone()), &keeping.row))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    upsert::drafts(db, rows.into_values().cloned().collect()).await
}
