//! What the gathered statements have in common: how many may wait, how they are worded, and what
//! becomes of those whose round was refused.

use crate::Error;
use gather::{Limits, Refused};
use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use std::num::NonZeroUsize;
use uuid::Uuid;

/// Of one person in one poll: at most one row of a table, and of a statement.
pub type Place = (Uuid, Vec<u8>);

/// How many rounds of what is written run at a time: on PostgreSQL one is prepared while another
/// is committed, SQLite has one writer.
pub fn writers(db: &DatabaseConnection) -> usize {
    if db.get_database_backend() == DbBackend::Sqlite { 1 } else { 2 }
}

/// Requests that may wait, of how many one statement takes care, and how many statements run at a
/// time. SQLite allows 32,766 parameters.
pub fn limits(queue: usize, round: usize, workers: usize) -> Limits {
    let some = |n| NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
    Limits { queue: some(queue), round: some(round), workers: some(workers) }
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

/// A list for `IN` that is as long as the next power of two, the last one repeated: so there are
/// few statements, each of which the database plans once, and not one for every number of people.
pub fn padded<T: Clone>(mut list: Vec<T>) -> Vec<T> {
    if let Some(last) = list.last().cloned() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn a_list_is_filled_up_with_its_last() {
        assert_eq!(padded(Vec::<u8>::new()), Vec::<u8>::new());
        assert_eq!(padded(vec![1]), [1]);
        assert_eq!(padded(vec![1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(vec![1, 2, 3, 4]), [1, 2, 3, 4]);
    }
}
