//! How often the batch that a poll is forming is counted, to see whether it is due.
//!
//! A batch is half as large as all before it: in a poll of a whole country millions, which no
//! database counts every few seconds for nothing. So after a count the poll rests in proportion to
//! what was counted. A batch that took hours is drawn some minutes later then, which nothing
//! promises otherwise; a small one is looked at each time.

use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Responses of one poll that are counted in a second, on the average.
const A_SECOND: u64 = 50_000;

/// From when until when polls rest: a clock that is put back ends it. Clones share it.
#[derive(Clone, Default)]
pub struct Resting(Arc<Mutex<BTreeMap<Uuid, Range<DateTime<Utc>>>>>);

impl Resting {
    /// Whether the poll is not to be counted yet.
    pub fn rests(&self, poll: Uuid, now: DateTime<Utc>) -> bool {
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, rest| rest.contains(&now));
        resting.contains_key(&poll)
    }

    /// Lets the poll rest, of which so many responses were counted.
    pub fn counted(&self, poll: Uuid, responses: u64, now: DateTime<Utc>) {
        let seconds = i64::try_from(responses / A_SECOND).unwrap_or(i64::MAX);
        let until = TimeDelta::try_seconds(seconds).and_then(|rest| now.checked_add_signed(rest));
        let rest = now..until.unwrap_or(now);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(poll, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_rests_the_longer_the_more_was_counted() {
        let (resting, now) = (Resting::default(), DateTime::UNIX_EPOCH);
        let (small, large) = (Uuid::from_u128(1), Uuid::from_u128(2));
        resting.counted(small, 40_000, now);
        resting.counted(large, 5_000_000, now);
        assert!(!resting.rests(small, now));
        for (after, rests) in [(0, true), (99, true), (100, false)] {
            assert_eq!(resting.rests(large, now + TimeDelta::seconds(after)), rests);
        }
        resting.counted(large, 5_000_000, now);
        assert!(!resting.rests(large, now - TimeDelta::seconds(1)), "the clock was put back");
    }
}
