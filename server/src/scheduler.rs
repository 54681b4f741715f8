//! What happens by itself: polls open, show live results, close, are published and come to the end of
//! their retention; consents and sessions end; the logs of embedded stores are emptied. It knows the
//! rooms whose work it does, and none of them knows it.
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
//! Only a round that this server led, and in which it looked at everything, counts as a success of its
//! own; a step that failed in it is counted beside.
//!
//! A poll whose closing time passed while no server ran is closed by the first tick. It takes no
//! answers before that, because taking part asks the clock, too ([`Poll::takes_answers`]).
//!
//! Everything goes by the clock of whoever leads, and a poll's life goes one way: one that jumps ahead
//! opens, closes and publishes polls and destroys keys, and one that jumps back undoes nothing. So a
//! server whose clock differs from the database's does not lead ([`clock::skew`]). Over SQLite there is no
//! second clock, and nothing guards against a wrong one.

use crate::{
    accounts::consents,
    clock,
    error::while_,
    identity::{self, sessions},
    platform::Platform,
    polls::{life::Life, record::Poll},
    statistics::live,
    store::{lease, poll},
};
use chrono::{DateTime, NaiveDate, Utc};
use ports::{LOG_MINUTES, failure::Failure, states::State};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::Expr,
};
use std::{
    cmp::max,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

/// Seconds between two ticks, and between two renewals of the lease while a tick takes longer.
const EVERY: u64 = lease::RENEWED;
/// How long taking the lease, or giving it up, may take: longer, and it is nobody's any more.
const LEASING: Duration = Duration::from_secs(lease::RENEWED * lease::ROUNDS as u64);
/// How long the work of one tick may take. Counting the largest poll takes seconds; but over a
/// connection whose other end has lost its power nothing ever comes, and this server would do nothing
/// any more. The alert that nobody does the work, `VecheSchedulerStopped`, waits longer than that.
const LONGEST: Duration = Duration::from_mins(10);
/// How long one step may take until the lease is left to others. To count the largest poll and to protect its
/// figures should take less.
const STUCK: Duration = Duration::from_mins(3);
/// Rounds that fail one after the other until another server may try.
const FAILURES: u32 = 3;
/// Rounds in which this server does not bid for the lease after that. Every other server that is there
/// bids before this one does again. If there is none, all that is due waits meanwhile.
const REST: u32 = 1;
/// Steps of emptying in one tick, of all polls together: a second or two.
const STEPS: u32 = 50;
/// Rounds from one emptying of the embedded stores' logs to the next.
const LOG_ROUNDS: u64 = LOG_MINUTES as u64 * 60 / EVERY;
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
}

/// How the scheduler does, for those who run the portal.
#[derive(Debug, Default)]
pub struct Beat {
    /// When a round that this server led last ended in which it looked at everything, in seconds since
    /// 1970; 0 before the first.
    pub succeeded: AtomicI64,
    /// Steps of the last round that failed; while a round goes on, of the one before.
    pub failed: AtomicU32,
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
    /// Rounds before the one that empties the embedded stores' logs.
    before_logs: AtomicU64,
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
        let (beat, steps, before_logs) = (Arc::default(), AtomicU32::new(0), AtomicU64::new(0));
        Self { life, holder, beat, failures: 0, rest: 0, told: None, steps, before_logs }
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
        if tick.failed == 0 {
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
        self.beat.leading.store(false, Ordering::Relaxed);
        self.beat.failed.store(failed, Ordering::Relaxed);
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

    /// Does everything that is due at `now`, which is the caller's to be sure of.
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

    /// Everything that is due at `now`. What breaks in one part keeps no other from being done.
    async fn do_all(&self, now: DateTime<Utc>) -> Result<Tick, Failure> {
        // First: it needs the portal's store alone, and need not wait for a vault that does not answer.
        let swept = self.sweep(now).await;
        let due = poll::Column::OpensAt.lte(now);
        let opened = self.advance(State::Scheduled, due, State::Open, now).await;
        let due = poll::Column::ClosesAt.lte(now);
        let closed = self.advance(State::Open, due, State::Closed, now).await;
        let batches = self.draw_batches(now).await;
        let due = poll::Column::ClosedAt.is_not_null();
        let published = self.advance(State::Closed, due, State::Published, now).await;
        let destroyed = self.end_retentions(now).await;
        let emptied = self.empty(self.life.platform.zone.day(now)).await;
        // Last: what was deleted just now is in them.
        let logs = self.empty_logs().await;
        swept?;
        let parts = [opened?, closed?, batches?, published?, destroyed?];
        let failed = emptied? + logs + parts.iter().map(|(_, failed)| failed).sum::<u32>();
        let [opened, closed, batches, published, destroyed] = parts.map(|(done, _)| done);
        Ok(Tick { leading: true, opened, closed, batches, published, destroyed, failed })
    }

    /// Notes that the next step begins.
    fn begins(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes or renews the lease.
    async fn lead(&self, now: DateTime<Utc>) -> Result<bool, Failure> {
        let db = &self.life.platform.db;
        lease::take(db, self.holder, now).await.map_err(while_("taking the scheduler's lease"))
    }

    /// Gives the lease up, if this server holds it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn retire(&self) -> Result<(), Failure> {
        lease::give_up(&self.life.platform.db, self.holder)
            .await
            .map_err(while_("giving the scheduler's lease up"))
    }

    /// Takes every poll in state `from` that is `due` to state `to`; how many, and how many
    /// failed.
    async fn advance(
        &self,
        from: State,
        due: Expr,
        to: State,
        now: DateTime<Utc>,
    ) -> Result<(u32, u32), Failure> {
        let polls = self.find(Condition::all().add(poll::Column::State.eq(from.code())).add(due));
        let (mut done, mut failed) = (0, 0);
        for poll in polls.await? {
            self.begins();
            match self.life.change(&poll, to, None, None, now).await {
                Ok(()) => done += 1,
                // Somebody was quicker.
                Err(Failure::Conflict) => {}
                Err(failure) => {
                    tracing::error!(poll = %poll.id, to = to.code(), %failure, "scheduled change");
                    failed += 1;
                }
            }
        }
        Ok((done, failed))
    }

    /// Draws the live batches that are due; how many, and how many failed.
    async fn draw_batches(&self, now: DateTime<Utc>) -> Result<(u32, u32), Failure> {
        let due = self.life.vault.live_due(now).await;
        let due = due.map_err(while_("looking for live batches"))?;
        if due.is_empty() {
            return Ok((0, 0));
        }
        let (mut done, mut failed) = (0, 0);
        for poll in self.find(Condition::all().add(poll::Column::Id.is_in(due))).await? {
            self.begins();
            match live::draw(&self.life.platform, &self.life.vault, &poll).await {
                Ok(drawn) => {
                    done += u32::from(drawn);
                    if drawn {
                        self.life.catalogue.changed().await;
                    }
                }
                Err(failure) => {
                    tracing::error!(poll = %poll.id, %failure, "live batch");
                    failed += 1;
                }
            }
        }
        Ok((done, failed))
    }

    async fn end_retentions(&self, now: DateTime<Utc>) -> Result<(u32, u32), Failure> {
        let kept = Condition::all()
            .add(poll::Column::State.eq(State::Published.code()))
            .add(poll::Column::KeyDestroyedAt.is_null());
        let (mut done, mut failed) = (0, 0);
        for poll in self.find(kept).await? {
            self.begins();
            match self.life.end_retention(&poll, now).await {
                Ok(ended) => done += u32::from(ended),
                Err(failure) => {
                    tracing::error!(poll = %poll.id, %failure, "end of the retention");
                    failed += 1;
                }
            }
        }
        Ok((done, failed))
    }

    /// Empties what is left under destroyed keys, so much of it that the next tick is not late; how
    /// many polls failed.
    async fn empty(&self, today: NaiveDate) -> Result<u32, Failure> {
        let vault = &self.life.vault;
        let polls = vault.to_empty().await.map_err(while_("looking for polls to empty"))?;
        let (mut steps, mut failed) = (STEPS, 0);
        let (mut emptied, mut just_now) = (Vec::new(), false);
        for poll in polls {
            let before = steps;
            self.begins();
            match vault.empty_rows(poll, &mut steps).await {
                Ok(true) => {
                    emptied.push(poll);
                    just_now |= steps < before;
                }
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%poll, %error, "emptying a poll");
                    failed += 1;
                }
            }
        }
        if emptied.is_empty() {
            return Ok(failed);
        }
        // Where somebody is in the way, the next tick tries it again.
        if let Err(error) = vault.note_emptied(&emptied, just_now, today).await {
            tracing::error!(%error, "noting which polls are emptied");
            failed += 1;
        }
        Ok(failed)
    }

    /// Empties the logs of embedded stores, once in [`LOG_ROUNDS`]; how many failed. Where somebody is in the
    /// way, the next round tries it again.
    async fn empty_logs(&self) -> u32 {
        let before = self.before_logs.load(Ordering::Relaxed);
        if before > 0 {
            self.before_logs.store(before - 1, Ordering::Relaxed);
            return 0;
        }
        self.begins();
        let portal = vault::log_is_emptied(&self.life.platform.db).await;
        let answers = self.life.vault.empty_log().await;
        // What broke is in the log.
        let emptied: [Result<bool, Failure>; 2] = [
            portal.map_err(while_("emptying the log of the portal's store")),
            answers.map_err(while_("emptying the log of the vault's store")),
        ];
        if emptied.iter().all(|one| *one == Ok(true)) {
            self.before_logs.store(LOG_ROUNDS - 1, Ordering::Relaxed);
        }
        emptied.iter().map(|one| u32::from(one.is_err())).sum()
    }

    async fn find(&self, condition: Condition) -> Result<Vec<Poll>, Failure> {
        let rows = poll::Entity::find()
            .filter(condition)
            .order_by_asc(poll::Column::OpensAt)
            .all(&self.life.platform.db)
            .await
            .map_err(while_("looking for scheduled work"))?;
        Ok(Poll::readable(rows))
    }

    /// Removes what has run out.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let db = &self.life.platform.db;
        sessions::delete_expired(db, now).await?;
        identity::forget_logout_tokens(db, now).await?;
        consents::forget_ended(&self.life.platform, now).await?;
        Ok(())
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
