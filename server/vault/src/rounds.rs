//! What the gathered statements have in common, and what becomes of those whose round was refused.

use crate::Error;
use gather::Refused;
use sea_orm::DbErr;
use std::{collections::BTreeMap, ops::Range};
use uuid::Uuid;

/// Of one person in one poll: at most one row of a table, and of a statement.
pub type Place = (Uuid, Vec<u8>);

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => Self::Busy,
            Refused::Lost => Self::Db(refused.to_string()),
        }
    }
}

/// Whether the database cannot be reached, so that the next attempt would wait as long.
const fn lost(error: &DbErr) -> bool {
    matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
}

/// Does a round in turns: of one person in one poll there is one in each, the earlier first. `turn`
/// does those with these numbers, which come in the order of their places, so that no two rounds
/// wait for each other.
pub async fn in_turns<I, O, F>(
    round: &[I],
    place: impl Fn(&I) -> Place,
    turn: impl Fn(Vec<usize>) -> F,
) -> Vec<Result<O, Error>>
where
    F: Future<Output = Vec<Result<O, Error>>>,
{
    let mut done: Vec<Option<Result<O, Error>>> = round.iter().map(|_| None).collect();
    loop {
        let mut next: BTreeMap<Place, usize> = BTreeMap::new();
        for (number, one) in round.iter().enumerate() {
            if done[number].is_none() {
                next.entry(place(one)).or_insert(number);
            }
        }
        if next.is_empty() {
            return done.into_iter().flatten().collect();
        }
        let numbers: Vec<usize> = next.into_values().collect();
        for (number, result) in numbers.clone().into_iter().zip(turn(numbers).await) {
            done[number] = Some(result);
        }
    }
}

/// Does a round of so many: all of it together or nothing of it, and where the database refuses
/// that, each alone, so that whoever is the reason is the only one to be refused. `some` does those
/// with these numbers; `what` they are, for the log.
pub async fn done<O, F>(
    number: usize,
    what: &'static str,
    some: impl Fn(Range<usize>) -> F,
) -> Vec<Result<O, Error>>
where
    F: Future<Output = Result<Vec<Result<O, Error>>, DbErr>>,
{
    let error = match some(0..number).await {
        Ok(done) => return done,
        Err(error) => error,
    };
    let for_all = number == 1 || lost(&error);
    let error = Error::from(error);
    let mut gone = if for_all {
        Some(error)
    } else {
        tracing::warn!(what, number, %error, "a round was refused; doing one by one");
        None
    };
    let mut done = Vec::with_capacity(number);
    for one in 0..number {
        done.push(match &gone {
            // Nobody waits any longer once the database cannot be reached.
            Some(error) => Err(Error::clone(error)),
            None => match some(one..one + 1).await {
                Ok(mut done) => done.pop().unwrap_or_else(|| Err(Error::Db("no answer".into()))),
                Err(error) => {
                    let unreachable = lost(&error);
                    let error = Error::from(error);
                    if unreachable {
                        gone = Some(error.clone());
                    }
                    Err(error)
                }
            },
        });
    }
    done
}
