//! What the gathered statements have in common, and what becomes of those whose round was refused.

use crate::Error;
use gather::Refused;
use sea_orm::{DatabaseConnection, DbBackend, DbErr};
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
