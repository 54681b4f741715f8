//! What the gathered statements have in common: how they are worded, and what becomes of those
//! whose round was refused.

use crate::{Error, store::draft};
use gather::{Refused, padded};
use sea_orm::{ColumnTrait as _, Condition, DatabaseConnection, DbBackend, DbErr, ExprTrait as _};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Of one person in one poll: at most one row of a table, and of a statement.
pub type Place = (Uuid, Vec<u8>);

/// How many rounds of what is written run at a time: on PostgreSQL one is prepared while another
/// is committed, SQLite has one writer. (It allows 32,766 parameters of a statement.)
pub fn writers(db: &DatabaseConnection) -> usize {
    if db.get_database_backend() == DbBackend::Sqlite { 1 } else { 2 }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::Busy,
            Refused::Lost => Self::Db(refused.to_string()),
        }
    }
}

/// Whether the database cannot be reached, so that the next attempt would wait as long.
pub const fn lost(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
}

/// What was done for each of a round that was refused together, one after the other: `one` does it,
/// and nobody waits any longer once the database cannot be reached.
pub async fn one_by_one<I, O, F>(round: Vec<I>, one: impl Fn(I) -> F) -> Vec<Result<O, Error>>
where
    F: Future<Output = Result<Result<O, Error>, DbErr>>,
{
    let (mut done, mut gone) = (Vec::with_capacity(round.len()), None);
    for request in round {
        done.push(match &gone {
            Some(error) => Err(Error::clone(error)),
            None => one(request).await.unwrap_or_else(|error| {
                let unreachable = lost(&error);
                let error = Error::from(error);
                if unreachable {
                    gone = Some(error.clone());
                }
                Err(error)
            }),
        });
    }
    done
}

/// The drafts at places, a list of people for each poll: the key begins with the poll.
pub fn drafts_at<'a>(places: impl IntoIterator<Item = (Uuid, &'a [u8])>) -> Condition {
    let mut of_polls: BTreeMap<Uuid, BTreeSet<&[u8]>> = BTreeMap::new();
    for (poll, pseudonym) in places {
        of_polls.entry(poll).or_default().insert(pseudonym);
    }
    of_polls.into_iter().fold(Condition::any(), |all, (poll, people)| {
        let people = padded(people.into_iter().map(<[u8]>::to_vec).collect());
        all.add(draft::Column::PollId.eq(poll).and(draft::Column::Pseudonym.is_in(people)))
    })
}
