//! What happens by itself: polls open, show live results, close, lose the drafts that nobody has sent, are
//! published and come to the end of their retention; consents and sessions end; the logs of embedded stores
//! are emptied. It knows the rooms whose work it does, and none of them knows it.
//!
//! Any number of servers may run it. A lease in the database keeps all but one of them idle; it
//! only saves work. What makes the work safe is that every step is a conditional update that can
//! be repeated, see [`crate::polls::life`]: a server that loses its lease in the middle, or dies,
//! leaves nothing half-done that the next one does not finish.
//!
//! A round may take minutes, where polls of a whole country are counted. So the lease is renewed beside the
//! work ([`renewing`]): otherwise another server would count the same beside this one, and every server
//! would take a replica of the store, whose age is told by the lease, for one that is behind. Who has the
//! lease in the end makes no difference to a round that has begun. A step that goes on for very long may
//! be waiting for what never comes, and keeps the lease no longer.
//!
//! A server whose rounds fail again and again gives the lease up and leaves out a bid: what fails may be
//! its own way to a store, and another server may do better. Where there is no other, it goes on.
//! A round is a success if this server led it and looked at every part; steps that failed are counted
//! separately. What others hold up for long is one of those, but no reason to give the lease up: another
//! server would be held up in the same way.
//!
//! A poll whose closing time passed while no server ran is closed by the first tick. It takes no
//! answers before that, because taking part asks the clock, too
//! ([`takes_answers`](crate::polls::record::Poll::takes_answers)).
//!
//! Everything goes by the clock of whoever leads, and a poll's life goes one way: one that jumps ahead
//! opens, closes and publishes polls and destroys keys, and one that jumps back undoes nothing. So a
//! server whose clock differs from the database's does not lead ([`clock::skew`]). Over SQLite there is no
//! second clock, and nothing guards against a wrong one.

mod work;

pub use work::LOG_MINUTES;

use crate::{
    clock,
    error::while_,
    platform::Platform,
    polls::life::Life,
    store::lease::{self, LONGEST},
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::failure::Failure;
use std::{
    cmp::max,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};
use uuid::Uuid;
use vault::Rewriting;

/// Seconds between two ticks, and between two renewals of the lease while a tick takes longer.
const EVERY: u64 = lease::RENEWED;
/// How long taking the lease, or giving it up, may take: longer, and it is nobody's any more.
const LEASING: Duration = Duration::from_secs(lease::RENEWED * lease::ROUNDS as u64);
/// How long one step may take until the lease is left to others. To count the largest poll and to protect its
/// figures should take less.
const STUCK: Duration = Duration::from_mins(3);
/// Rounds that fail one after the other until another server may try.
const FAILURES: u32 = 3;
/// Rounds in which this server does not bid for the lease after that. Every other server that is there
/// bids before this one does again. If there is none, all that is due waits meanwhile.
const REST: u32 = 1;
/// How long others may hold something up until it is a step that failed.
const HELD: TimeDelta = TimeDelta::hours(1);
/// How often in a row that has to be found: a round after a long pause says nothing of the time between.
const FOUND: u32 = 5;
/// How often the log is told that this server's clock is wrong.
const TELLS: Duration = Duration::from_mins(1);

/// What one tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// Whether this server held the lease.
    pub leading: bool,
    /// Polls opened.
    pub opened: u32,
    /// Polls closed.
    pub closed: u32,
    /// Live batches drawn.
    pub batches: u32,
    /// Releases published.
    pub published: u32,
    /// Keys destroyed.
    pub destroyed: u32,
    /// Steps that failed and will be tried again.
    pub failed: u32,
    /// Those of them that others have held up for more than an hour, or that failed and are put off until the day
    /// after: whoever leads, they wait.
    pub held: u32,
}

/// How the scheduler does, for those who run the portal.
#[derive(Debug, Default)]
pub struct Beat {
    /// When a round that this server led last ended in which it looked at everything, in seconds since
    /// 1970; 0 before the first.
    pub succeeded: AtomicI64,
    /// Steps of the last round that failed; while a round goes on, of the one before.
    pub failed: AtomicU32,
    /// Those of them that others have held up for more than an hour, or that failed and are put off until the day
    /// after: in the files is still what was deleted. Nothing of less than that is told, because whoever is just
    /// reading a page can be in the way.
    pub held: AtomicU32,
    /// Whether this server holds the lease.
    pub leading: AtomicBool,
    /// Whether this server's clock differs from the database's so much that it does not bid.
    pub wrong_clock: AtomicBool,
}

/// Does the scheduled work while it holds the lease.
pub struct Scheduler {
    life: Life,
    holder: Uuid,
    beat: Arc<Beat>,
    /// Rounds in a row that failed.
    failures: u32,
    /// Rounds in which it does not bid.
    rest: u32,
    /// When the log was last told that the clock is wrong.
    told: Option<Instant>,
    /// Steps that were begun.
    steps: AtomicU32,
    /// When the embedded stores' logs were last emptied.
    logs_emptied: Mutex<Option<DateTime<Utc>>>,
    /// Whether the portal's file is to be written anew, as the vault's was.
    portal_owed: AtomicBool,
    /// How far that is.
    portal_file: Rewriting,
    /// That what held destroyed keys is to be written anew.
    keys_held: HeldUp,
    /// That the embedded stores' logs are to be emptied.
    logs_held: HeldUp,
}

/// What others hold up.
#[derive(Debug, Default)]
struct HeldUp(Mutex<Option<Held>>);

/// That something is held up.
#[derive(Clone, Copy, Debug)]
struct Held {
    since: DateTime<Utc>,
    /// How often in a row that was found.
    found: u32,
    /// When the log was last told.
    told: Option<DateTime<Utc>>,
}

impl HeldUp {
    /// Notes whether it is held up at `now`. Gives whether that goes on for too long, which the log is told once
    /// an hour.
    fn note(&self, held: bool, now: DateTime<Utc>, what: &'static str) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !held {
            *state = None;
            return false;
        }
        let mut held = state.unwrap_or(Held { since: now, found: 0, told: None });
        held.found = (held.found + 1).min(FOUND);
        let too_long = now - held.since >= HELD && held.found >= FOUND;
        if too_long && held.told.is_none_or(|told| now - told >= HELD) {
            held.told = Some(now);
            tracing::error!(what, since = %held.since, "others hold up what is to be done with what was deleted");
        }
        *state = Some(held);
        too_long
    }

    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What does not end in time has failed.
async fn within<T>(
    most: Duration,
    doing: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let late = |late| Err(Failure::internal(format_args!("scheduled work: {late}")));
    timeout(most, doing).await.unwrap_or_else(late)
}

/// Does the work and, every few seconds beside it, `renew`: as long as there is a next one of the `steps`
/// in time.
async fn renewing<T, F: Future<Output = ()>>(
    work: impl Future<Output = T>,
    steps: &AtomicU32,
    renew: impl Fn() -> F,
) -> T {
    tokio::select! {
        done = work => done,
        never = renew_for_ever(steps, renew) => never,
    }
}

/// Does not return.
async fn renew_for_ever<T, F: Future<Output = ()>>(steps: &AtomicU32, renew: impl Fn() -> F) -> T {
    let every = Duration::from_secs(EVERY);
    let mut interval = tokio::time::interval_at(Instant::now() + every, every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut step, mut since) = (steps.load(Ordering::Relaxed), Instant::now());
    loop {
        interval.tick().await;
        let now = steps.load(Ordering::Relaxed);
        if now != step {
            (step, since) = (now, Instant::now());
        }
        if since.elapsed() < STUCK {
            renew().await;
        }
    }
}

impl Scheduler {
    /// One server's scheduler.
    #[must_use]
    pub fn new(life: Life) -> Self {
        let holder = life.platform.uuid();
        Self {
            life,
            holder,
            beat: Arc::default(),
            failures: 0,
            rest: 0,
            told: None,
            steps: AtomicU32::new(0),
            logs_emptied: Mutex::default(),
            portal_owed: AtomicBool::new(false),
            portal_file: Rewriting::default(),
            keys_held: HeldUp::default(),
            logs_held: HeldUp::default(),
        }
    }

    /// How it does.
    #[must_use]
    pub fn beat(&self) -> Arc<Beat> {
        self.beat.clone()
    }

    /// Ticks until `stop` ends; a round that has begun is finished. Then another server goes on with
    /// its next tick.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut interval = tokio::time::interval(Duration::from_secs(EVERY));
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => {
                    // What broke is in the log; the lease runs out by itself.
                    let _ = within(LEASING, self.retire()).await;
                    self.beat.leading.store(false, Ordering::Relaxed);
                    return;
                }
                _ = interval.tick() => {}
            }
            self.round(self.life.platform.now()).await;
        }
    }

    /// One round of [`Self::run`]: bids for the lease, does what is due at `now` while it holds it,
    /// and notes how it went. What broke is in the log, and is tried again.
    pub async fn round(&mut self, now: DateTime<Utc>) {
        if within(LEASING, self.clock_is_right()).await != Ok(true) {
            self.stand_by(1);
            return;
        }
        if self.rest > 0 {
            self.rest -= 1;
            return;
        }
        let leading = within(LEASING, self.lead(now)).await;
        if leading != Ok(true) {
            self.stand_by(u32::from(leading.is_err()));
            return;
        }
        self.beat.leading.store(true, Ordering::Relaxed);
        let failed = Tick { leading: true, failed: 1, ..Tick::default() };
        let worked = within(LONGEST, self.work(now)).await;
        // A step that fails for one poll keeps no other from being opened, closed or published.
        if worked.is_ok() {
            // It may have taken minutes, and is as fresh as its end.
            let ended = max(now, self.life.platform.now());
            self.beat.succeeded.store(ended.timestamp(), Ordering::Relaxed);
        }
        let tick = worked.unwrap_or(failed);
        self.beat.failed.store(tick.failed, Ordering::Relaxed);
        self.beat.held.store(tick.held, Ordering::Relaxed);
        // Another server would be held up in the same way.
        if tick.failed == tick.held {
            self.failures = 0;
        } else {
            self.failures += 1;
        }
        if tick != (Tick { leading: true, ..Tick::default() }) {
            tracing::info!(?tick, "scheduled work");
        }
        if self.failures == FAILURES {
            tracing::warn!("the scheduled work fails here again and again: another server may try");
            (self.failures, self.rest) = (0, REST);
            // If that fails, too, it is tried again after as many rounds.
            let _ = within(LEASING, self.retire()).await;
            self.beat.leading.store(false, Ordering::Relaxed);
        }
    }

    /// Notes a round in which this server did not lead, and what of it failed.
    fn stand_by(&mut self, failed: u32) {
        self.failures = 0;
        self.keys_held.forget();
        self.logs_held.forget();
        self.beat.leading.store(false, Ordering::Relaxed);
        self.beat.failed.store(failed, Ordering::Relaxed);
        self.beat.held.store(0, Ordering::Relaxed);
    }

    /// Whether this server's clock goes with the database's. A lease that it holds runs out otherwise.
    async fn clock_is_right(&mut self) -> Result<bool, Failure> {
        let Platform { clock, db, .. } = &self.life.platform;
        let skew = clock::skew(&**clock, db).await;
        let skew = skew.map_err(while_("asking the database what time it is"))?;
        let right = skew.abs() <= clock::MOST_SKEW;
        self.beat.wrong_clock.store(!right, Ordering::Relaxed);
        if !right && self.told.is_none_or(|told| told.elapsed() >= TELLS) {
            self.told = Some(Instant::now());
            tracing::error!(
                seconds_ahead = skew.num_seconds(),
                "this server's clock differs from the database's: it does no scheduled work"
            );
        }
        Ok(right)
    }

    /// Does everything that is due at `now`. The caller vouches for `now`: the clock's skew is not checked here.
    ///
    /// # Errors
    /// When a store cannot be read, after all that can be done without it. A step that fails for one
    /// poll does not keep the others from theirs: it is counted and tried again by the next tick.
    pub async fn tick(&self, now: DateTime<Utc>) -> Result<Tick, Failure> {
        if self.lead(now).await? { self.work(now).await } else { Ok(Tick::default()) }
    }

    /// What is due at `now`, under the lease, which is renewed meanwhile.
    async fn work(&self, now: DateTime<Utc>) -> Result<Tick, Failure> {
        let renew = || async {
            // The round keeps the time at which it began; the lease holds from now.
            let now = max(now, self.life.platform.now());
            // What broke is in the log. Lost or not, what was begun is finished.
            if let Ok(leading) = within(LEASING, self.lead(now)).await {
                self.beat.leading.store(leading, Ordering::Relaxed);
            }
        };
        renewing(Box::pin(self.do_all(now)), &self.steps, renew).await
    }

    /// Takes or renews the lease.
    async fn lead(&self, now: DateTime<Utc>) -> Result<bool, Failure> {
        let db = &self.life.platform.writer;
        lease::take(db, self.holder, now).await.map_err(while_("taking the scheduler's lease"))
    }

    /// Gives the lease up, if this server holds it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn retire(&self) -> Result<(), Failure> {
        lease::give_up(&self.life.platform.writer, self.holder)
            .await
            .map_err(while_("giving the scheduler's lease up"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    /// How often the lease is renewed beside a work.
    async fn renewed(steps: &AtomicU32, work: impl Future<Output = ()>) -> u64 {
        let times = AtomicU32::new(0);
        let renew = || async {
            times.fetch_add(1, Ordering::Relaxed);
        };
        renewing(work, steps, renew).await;
        u64::from(times.into_inner())
    }

    #[test]
    fn what_others_hold_up_for_an_hour_has_failed() {
        let held = HeldUp::default();
        let note = |found, minute: i64| {
            let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
            held.note(found, at, "what a test does")
        };
        for minute in 0..60 {
            assert!(!note(true, minute), "{minute}");
        }
        assert!(note(true, 60) && note(true, 61));
        // From the beginning.
        assert!(!note(false, 62) && !note(true, 63));
        // Nobody looked meanwhile.
        assert!(!note(true, 600));
    }

    #[tokio::test(start_paused = true)]
    async fn the_lease_is_renewed_beside_the_work() {
        let steps = AtomicU32::new(0);
        assert_eq!(renewed(&steps, async {}).await, 0);
        assert_eq!(renewed(&steps, sleep(Duration::from_secs(4 * EVERY + 1))).await, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn the_lease_is_left_to_others_when_the_work_does_not_get_on() {
        let steps = AtomicU32::new(0);
        let in_a_step = STUCK.as_secs() / EVERY;
        let stuck = renewed(&steps, sleep(STUCK * 3)).await;
        assert!(stuck <= in_a_step, "{stuck} times");
        let gets_on = async {
            for _ in 0..6 {
                sleep(STUCK / 2).await;
                steps.fetch_add(1, Ordering::Relaxed);
            }
        };
        let times = renewed(&steps, gets_on).await;
        assert!(times >= 3 * in_a_step - 1, "{times} times");
    }
}
