//! What time it is: the one place that asks the system.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use ports::views::Deadline;
use std::sync::{Mutex, PoisonError};

/// The time, as a parameter.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's time, in whole milliseconds (what both databases keep).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// A time that stands still until it is moved, for tests and for making demo data.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The portal's time zone: what "today" and "at nine" mean on its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub Tz);

impl Zone {
    /// A moment as the portal's wall clock shows it.
    #[must_use]
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// As [`Self::local`], with how far that clock is from UTC then.
    #[must_use]
    pub fn deadline(self, at: DateTime<Utc>) -> Deadline {
        at.with_timezone(&self.0).fixed_offset()
    }

    /// The calendar day of a moment.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date()
    }

    /// The moment at which the wall clock shows `local`; the earlier of two, `None` in the gap
    /// of a change of time.
    #[must_use]
    pub fn moment(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.0.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
    }
}
