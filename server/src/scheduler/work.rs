//! The work of one round, part by part.

use super::{EVERY, Scheduler, Tick};
use crate::{
    accounts::consents,
    error::while_,
    identity::{self, sessions},
    polls::record::Poll,
    statistics::live,
    store::poll,
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{failure::Failure, states::State};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::Expr,
};
use std::{
    cmp::max,
    sync::{PoisonError, atomic::Ordering},
};
use vault::Emptied;

/// Steps of emptying in one tick, of all polls together: a second or two.
const STEPS: u32 = 50;
/// Minutes after which the logs of embedded stores (SQLite) are emptied again. For about as long what was
/// deleted can be found in the files of such a store.
pub const LOG_MINUTES: u32 = 1;
/// From one emptying of the embedded stores' logs to the next: half a round less than the minutes, because a round may
/// come a little early, and would otherwise wait for the next.
const LOGS: TimeDelta = TimeDelta::seconds(LOG_MINUTES as i64 * 60 - EVERY.cast_signed() / 2);

impl Scheduler {
    /// Everything that is due at `now`. What breaks in one part keeps no other from being done.
    pub(super) async fn do_all(&self, now: DateTime<Utc>) -> Result<Tick, Failure> {
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
        let emptied = self.empty(now).await;
        // Last: what was deleted just now is in them.
        let (logs, logs_held) = self.empty_logs(max(now, self.life.platform.now())).await;
        swept?;
        let parts = [opened?, closed?, batches?, published?, destroyed?];
        let (emptying, keys_held) = emptied?;
        let held = u32::from(keys_held) + u32::from(logs_held);
        let failed = emptying + logs + held + parts.iter().map(|(_, failed)| failed).sum::<u32>();
        let [opened, closed, batches, published, destroyed] = parts.map(|(done, _)| done);
        Ok(Tick { leading: true, opened, closed, batches, published, destroyed, failed, held })
    }

    /// Notes that the next step begins.
    fn begins(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
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
        let (polls, mut failed) = polls.await?;
        let mut done = 0;
        for poll in polls {
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
        let due = Condition::all().add(poll::Column::Id.is_in(due));
        let (polls, mut failed) = self.find(due).await?;
        let mut done = 0;
        for poll in polls {
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

    /// Destroys the keys that are due, also of polls that this version cannot read.
    async fn end_retentions(&self, now: DateTime<Utc>) -> Result<(u32, u32), Failure> {
        let (mut done, mut failed) = (0, 0);
        for retention in self.life.retentions().await? {
            self.begins();
            match self.life.end(retention, now).await {
                Ok(ended) => done += u32::from(ended),
                Err(failure) => {
                    tracing::error!(poll = %retention.poll, %failure, "end of the retention");
                    failed += 1;
                }
            }
        }
        Ok((done, failed))
    }

    /// Empties what is left under destroyed keys, so much of it that the next tick is not late; how
    /// many polls failed, and whether others have held the keys for too long.
    async fn empty(&self, now: DateTime<Utc>) -> Result<(u32, bool), Failure> {
        let today = self.life.platform.zone.day(now);
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
        // Where somebody is in the way, the next tick tries it again.
        let noted = match &*emptied {
            [] => Ok(Emptied::Done),
            emptied => vault.note_emptied(emptied, just_now, today).await,
        };
        let held = match noted {
            Ok(noted) => {
                self.keys_held.note(noted == Emptied::Held, now, "writing the table of keys anew")
            }
            Err(error) => {
                tracing::error!(%error, "noting which polls are emptied");
                failed += 1;
                false
            }
        };
        Ok((failed, held))
    }

    /// Empties the logs of embedded stores, once in [`LOG_MINUTES`]; how many failed, and whether others have
    /// held one of them up for too long. Where somebody is in the way, the next round tries it again.
    async fn empty_logs(&self, now: DateTime<Utc>) -> (u32, bool) {
        let last = *self.logs_emptied.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was ahead must not keep what was deleted for as long.
        if last.is_some_and(|last| last <= now && now - last < LOGS) {
            return (0, false);
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
            *self.logs_emptied.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        let held = emptied.contains(&Ok(false));
        let failed = emptied.iter().map(|one| u32::from(one.is_err())).sum();
        (failed, self.logs_held.note(held, now, "emptying the logs of embedded stores"))
    }

    /// The polls that this version can read, and how many it cannot: what is due of those is not done, and
    /// another server may know them.
    async fn find(&self, condition: Condition) -> Result<(Vec<Poll>, u32), Failure> {
        let rows = poll::Entity::find()
            .filter(condition)
            .order_by_asc(poll::Column::OpensAt)
            .all(&self.life.platform.db)
            .await
            .map_err(while_("looking for scheduled work"))?;
        let found = rows.len();
        let polls = Poll::readable(rows);
        let left_out = u32::try_from(found - polls.len()).unwrap_or(u32::MAX);
        Ok((polls, left_out))
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
