//! The read replica of the portal's store: for published statistics, and for nothing else.
//!
//! They are most of what is read by people who are not signed in, and the heaviest. The list of
//! polls is not read from here: every server keeps it in memory and reads it once a second
//! ([`crate::polls::catalogue`]), for everybody alike.
//!
//! A streaming replica shows the store as it was a moment ago, and nothing tells a reader how long
//! that moment is: one that lost its primary answers as gladly as before. So its age is taken from
//! what it holds. The leading scheduler renews its lease every few seconds
//! ([`crate::store::lease`]); the last renewal that the replica has seen says how far behind it
//! is, whatever the reason. A replica that is further behind than the configuration allows, that
//! fails or is slow, is left alone for a moment, and the store itself is asked.
//!
//! The renewal is of the clock of whoever leads, and its age by the clock of whoever asks. They may differ
//! ([`clock::apart`]), and by so much a replica can be further behind than the configuration allows.
//!
//! It must never answer what somebody could miss who has just done something: readers who are
//! signed in are answered by the store itself. What the replica does not know, the store is asked
//! for again, so that a poll that opened a second ago is found.

use crate::{clock, store::lease};
use chrono::{DateTime, Duration, Utc};
use ports::failure::Failure;
use sea_orm::DatabaseConnection;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration as Wait,
};
use tokio::time::timeout;

/// How long a verdict holds, in seconds.
const HOLDS: i64 = 1;
/// How long the replica may take to answer before the store itself is asked.
const PATIENCE: Wait = Wait::from_millis(500);

/// Whether the replica may be read, and since when that is known.
#[derive(Clone, Copy)]
struct Verdict {
    at: DateTime<Utc>,
    fresh: bool,
}

/// A read replica of the portal's store.
pub struct Replica {
    db: DatabaseConnection,
    lag: Duration,
    verdict: Mutex<Verdict>,
}

/// Whether a replica may be read that is so far behind, where clocks may be `apart`. A renewal that is to come
/// by more than that says that a clock is wrong, and nothing of the replica's age.
#[must_use]
pub fn may_be_read(behind: Duration, lag: Duration, apart: Duration) -> bool {
    -apart <= behind && behind <= lag
}

impl Replica {
    /// A replica that may be used while it is no more than `lag` seconds behind, by this server's clock.
    #[must_use]
    pub fn new(db: DatabaseConnection, lag: u32) -> Self {
        let verdict = Verdict { at: DateTime::<Utc>::MIN_UTC, fresh: false };
        Self { db, lag: Duration::seconds(lag.into()), verdict: Mutex::new(verdict) }
    }

    /// Whether it may be read at `now`.
    async fn fresh(&self, now: DateTime<Utc>) -> bool {
        let known = {
            let mut verdict = self.verdict.lock().unwrap_or_else(PoisonError::into_inner);
            let known = *verdict;
            if (now - known.at).abs() < Duration::seconds(HOLDS) {
                return known.fresh;
            }
            // One request looks again; the others go on by what was known.
            verdict.at = now;
            known
        };
        let beat = timeout(PATIENCE, lease::last_beat(&self.db)).await;
        let behind = match beat {
            Ok(Ok(Some(beat))) => Some(now - beat),
            Ok(Ok(None) | Err(_)) | Err(_) => None,
        };
        let apart = clock::apart(&self.db);
        let fresh = behind.is_some_and(|behind| may_be_read(behind, self.lag, apart));
        if known.fresh != fresh {
            let behind = behind.map(|behind| behind.num_seconds());
            tracing::warn!(fresh, behind, "the replica of the portal's store");
        }
        self.note(now, fresh);
        fresh
    }

    fn note(&self, at: DateTime<Utc>, fresh: bool) {
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Verdict { at, fresh };
    }

    /// What `read` finds over the replica's connections. `None` where the store itself has to be
    /// asked: the replica is behind at `now`, it failed, or it does not know what is asked for.
    pub(crate) async fn read<T, F>(
        &self,
        now: DateTime<Utc>,
        read: impl FnOnce(DatabaseConnection) -> F + Send,
    ) -> Option<T>
    where
        F: Future<Output = Result<T, Failure>> + Send,
    {
        if !self.fresh(now).await {
            return None;
        }
        match timeout(PATIENCE, read(self.db.clone())).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(Failure::Internal { .. })) | Err(_) => {
                tracing::warn!("the replica of the portal's store failed or is slow");
                self.note(now, false);
                None
            }
            Ok(Err(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, may_be_read};

    #[test]
    fn a_replica_that_is_ahead_of_every_clock_is_not_trusted() {
        let read = |behind| {
            let [behind, lag, apart] = [behind, 600, 20].map(Duration::seconds);
            may_be_read(behind, lag, apart)
        };
        assert!(read(0) && read(600) && read(-20));
        assert!(!read(601) && !read(-21) && !read(-600));
    }
}
