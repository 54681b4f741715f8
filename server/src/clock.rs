//! What time it is: the one place that asks the system, and whether it is to be believed.
//!
//! What is done by the clock cannot be undone: polls close and are published, keys are destroyed. So a
//! server compares its own clock with that of the portal's database, which is the same for all servers
//! ([`skew`]). Over SQLite server and database are one machine and there is no second clock: its time
//! has to be right.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use ports::views::ZonedMoment;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use std::sync::{Mutex, PoisonError};

/// The time, as a parameter.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Whether it is meant to show the time that it really is, and so the one that a database shows.
    fn is_real(&self) -> bool {
        true
    }
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

    fn is_real(&self) -> bool {
        false
    }
}

/// By how much a server's clock may differ from the database's. One that is set over the network is right to
/// a fraction of a second. Two servers may differ by twice as much, which is still less than a lease holds
/// when it is due to be renewed: neither takes the other's for one that has run out.
pub const MOST_SKEW: TimeDelta = TimeDelta::seconds(10);

/// By how much the clocks of two servers on this database may differ: one of them may be ahead of it, and
/// the other one behind. Over SQLite all is one machine.
#[must_use]
pub fn apart(db: &impl ConnectionTrait) -> TimeDelta {
    let many = db.get_database_backend() == DbBackend::Postgres;
    if many { MOST_SKEW * 2 } else { TimeDelta::zero() }
}

/// By how much `clock` is ahead of a database's; behind it, this is negative. Nothing over SQLite, and for
/// a clock that is not meant to be right.
///
/// # Errors
/// When the database cannot be asked.
pub async fn skew(clock: &dyn Clock, db: &impl ConnectionTrait) -> Result<TimeDelta, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres || !clock.is_real() {
        return Ok(TimeDelta::zero());
    }
    let asked = clock.now();
    let now = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
    let row = db.query_one_raw(now).await?;
    let theirs = row.map_or(Ok(asked), |row| row.try_get("", "now"))?;
    Ok(ahead(asked, clock.now(), theirs))
}

/// By how much a clock is ahead that showed these two moments around the other's `theirs`. However long
/// the answer was on its way, that is no difference.
fn ahead(before: DateTime<Utc>, after: DateTime<Utc>, theirs: DateTime<Utc>) -> TimeDelta {
    if theirs < before {
        before - theirs
    } else if theirs > after {
        after - theirs
    } else {
        TimeDelta::zero()
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
    pub fn zoned(self, at: DateTime<Utc>) -> ZonedMoment {
        at.with_timezone(&self.0).fixed_offset()
    }

    /// How many minutes the wall clock is ahead of UTC at a moment.
    #[must_use]
    pub fn ahead(self, at: DateTime<Utc>) -> i32 {
        self.zoned(at).offset().local_minus_utc() / 60
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

#[cfg(test)]
mod tests {
    use super::ahead;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn an_answer_that_takes_long_is_no_difference() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        assert_eq!(ahead(at(100), at(150), at(120)), TimeDelta::zero());
        assert_eq!(ahead(at(100), at(150), at(60)), TimeDelta::seconds(40));
        assert_eq!(ahead(at(100), at(150), at(190)), TimeDelta::seconds(-40));
    }
}
