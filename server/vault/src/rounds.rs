//! What the gathered statements have in common, and what becomes of those whose round was refused.

use crate::Error;
use gather::Refused;
use migration::connection::is_held_up;
use sea_orm::DbErr;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};
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

/// How many of those of a round who are done one by one may each wait for what somebody else holds, in all its turns
/// together, until nobody of a turn waits any longer: a whole table may be held, and a round has its end.
const HELD: usize = 3;

/// How many of a round have waited in vain for what somebody else holds.
#[derive(Debug, Default)]
pub struct Held(AtomicUsize);

impl Held {
    /// Notes why one was refused; whether that was one too many to have anybody wait any longer.
    fn note(&self, error: &DbErr) -> bool {
        is_held_up(error) && self.0.fetch_add(1, Ordering::Relaxed) + 1 >= HELD
    }
}

/// What those are told who are refused. Where somebody else holds what is theirs, nothing is wrong with it: in a
/// moment it can be tried again.
pub fn refusal(error: DbErr) -> Error {
    if is_held_up(&error) { Error::Busy } else { error.into() }
}

/// Does a round in turns: of one person in one poll there is one in each, the earlier first. `turn`
/// does those with these numbers, which come in the order of their places, so that no two rounds
/// wait for each other. Whoever was refused because somebody else holds that person's row is refused in all later
/// turns, too: each would wait for it anew, and all the others of the round with it.
pub async fn in_turns<I, O, F>(
    round: &[I],
    place: impl Fn(&I) -> Place,
    turn: impl Fn(Vec<usize>) -> F,
) -> Vec<Result<O, Error>>
where
    F: Future<Output = Vec<Result<O, Error>>>,
{
    let mut done: Vec<Option<Result<O, Error>>> = round.iter().map(|_| None).collect();
    let mut busy: BTreeSet<Place> = BTreeSet::new();
    loop {
        let mut next: BTreeMap<Place, usize> = BTreeMap::new();
        for (number, one) in round.iter().enumerate() {
            if done[number].is_some() {
                continue;
            }
            let place = place(one);
            if busy.contains(&place) {
                done[number] = Some(Err(Error::Busy));
            } else {
                next.entry(place).or_insert(number);
            }
        }
        if next.is_empty() {
            return done.into_iter().flatten().collect();
        }
        let numbers = next.values().copied().collect();
        for ((place, number), result) in next.into_iter().zip(turn(numbers).await) {
            if matches!(result, Err(Error::Busy)) {
                busy.insert(place);
            }
            done[number] = Some(result);
        }
    }
}

/// Does a round of so many: all of it together or nothing of it, and where the database refuses
/// that, each alone, so that whoever is the reason is the only one to be refused: with [`Error::Busy`] where
/// somebody else holds that person's row. `some` does those with these numbers; `what` they are, for the log; `held`
/// is of the whole round, whose turn this may be.
pub async fn done<O, F>(
    number: usize,
    what: &'static str,
    held: &Held,
    some: impl Fn(Range<usize>) -> F,
) -> Vec<Result<O, Error>>
where
    F: Future<Output = Result<Vec<Result<O, Error>>, DbErr>>,
{
    let error = match some(0..number).await {
        Ok(done) => return done,
        Err(error) => error,
    };
    let mut gone = if number == 1 || lost(&error) {
        held.note(&error);
        Some(refusal(error))
    } else {
        let error = Error::from(error);
        tracing::warn!(what, number, %error, "a round was refused; doing one by one");
        None
    };
    let mut done = Vec::with_capacity(number);
    for one in 0..number {
        done.push(match &gone {
            // Nobody waits any longer once the database cannot be reached, or too much of it is held.
            Some(error) => Err(Error::clone(error)),
            None => match some(one..one + 1).await {
                Ok(mut done) => done.pop().unwrap_or_else(|| Err(Error::Db("no answer".into()))),
                Err(error) => {
                    let for_all = held.note(&error) || lost(&error);
                    let error = refusal(error);
                    if for_all {
                        gone = Some(error.clone());
                    }
                    Err(error)
                }
            },
        });
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        sync::Mutex,
        task::{Context, Poll, Waker},
    };

    #[test]
    fn whose_row_is_held_has_no_further_turn() {
        // The place of each.
        let round: Vec<u8> = vec![1, 1, 2, 1, 2];
        let turns = Mutex::new(Vec::new());
        let turn = async |numbers: Vec<usize>| {
            turns.lock().unwrap().push(numbers.clone());
            let ended = |it| if it == 0 { Err(Error::Busy) } else { Ok(it) };
            numbers.into_iter().map(ended).collect::<Vec<Result<usize, Error>>>()
        };
        let done = pin!(in_turns(&round, |one| (Uuid::nil(), vec![*one]), turn));
        let Poll::Ready(done) = done.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for something");
        };
        assert_eq!(*turns.lock().unwrap(), [vec![0, 2], vec![4]]);
        let stored: Vec<Option<usize>> = done.into_iter().map(Result::ok).collect();
        assert_eq!(stored, [None, None, Some(2), None, Some(4)]);
    }
}
