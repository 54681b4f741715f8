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
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ports::{failure::Failure, states::State};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::Expr,
};
use std::{
    cmp::max,
    ops::AddAssign,
    sync::{PoisonError, atomic::Ordering},
};
use vault::Emptied;

/// Steps of emptying in one tick, of all polls together, and of deleting drafts: a second or two each.
const STEPS: u32 = 50;
/// Minutes after which the logs of embedded stores (SQLite) are emptied again. For about as long what was
/// deleted can be found in the files of such a store, but for single copies (`vault`'s `overwrite.rs`).
pub const LOG_MINUTES: u32 = 1;
/// From one emptying of the embedded stores' logs to the next: half a round less than the minutes, because a round may
/// come a little early, and would otherwise wait for the next.
const LOGS: TimeDelta = TimeDelta::seconds(LOG_MINUTES as i64 * 60 - EVERY.cast_signed() / 2);

/// What one part of a round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    /// Steps that did something.
    done: u32,
    /// Steps that failed and will be tried again.
    failed: u32,
    /// Those of them that others have held up for too long, or that are put off.
    held: u32,
}

impl Part {
    /// A step that others may have held up for too long.
    fn waiting(too_long: bool) -> Self {
        let held = u32::from(too_long);
        Self { done: 0, failed: held, held }
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.held += other.held;
    }
}

impl Scheduler {
    /// Everything that is due at `now`. What breaks in one part keeps no other from being done.
    pub(super) async fn do_all(&self, now: DateTime<Utc>) -> Result<Tick, Failure> {
        // First: it needs the portal's store alone, and need not wait for a vault that does not answer.
        let swept = self.sweep(now).await;
        let due = poll::Column::OpensAt.lte(now);
        let opened = self.advance(State::Scheduled, due, State::Open, now).await;
        let kept = self.keep_backup_days().await;
        let due = poll::Column::ClosesAt.lte(now);
        let closed = self.advance(State::Open, due, State::Closed, now).await;
        let batches = self.draw_batches(now).await;
        // Before anything is counted: a count that does not end is broken off, and the round with it.
        let unsent = self.drop_unsent().await;
        let due = poll::Column::ClosedAt.is_not_null();
        let published = self.advance(State::Closed, due, State::Published, now).await;
        let destroyed = self.end_retentions(now).await;
        let emptied = self.empty(now).await;
        // Last: what was deleted just now is in them.
        let mut all = self.empty_logs(max(now, self.life.platform.now())).await;
        swept?;
        kept?;
        let parts = [opened?, closed?, batches?, published?, destroyed?, emptied?, unsent?];
        for part in parts {
            all += part;
        }
        let [opened, closed, batches, published, destroyed, ..] = parts.map(|part| part.done);
        let Part { failed, held, .. } = all;
        Ok(Tick { leading: true, opened, closed, batches, published, destroyed, failed, held })
    }

    /// Notes that the next step begins.
    fn begins(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes every poll in state `from` that is `due` to state `to`.
    async fn advance(
        &self,
        from: State,
        due: Expr,
        to: State,
        now: DateTime<Utc>,
    ) -> Result<Part, Failure> {
        let polls = self.find(Condition::all().add(poll::Column::State.eq(from.code())).add(due));
        let (polls, mut part) = polls.await?;
        for poll in polls {
            self.begins();
            match self.life.change(&poll, to, None, None, now).await {
                Ok(()) => part.done += 1,
                // Somebody was quicker.
                Err(Failure::Conflict) => {}
                Err(failure) => {
                    tracing::error!(poll = %poll.id, to = to.code(), %failure, "scheduled change");
                    part.failed += 1;
                }
            }
        }
        Ok(part)
    }

    /// Keeps with polls that a version opened which did not do so how long their notices say that backups are kept:
    /// from now on they say no less.
    async fn keep_backup_days(&self) -> Result<(), Failure> {
        poll::Entity::update_many()
            .col_expr(poll::Column::BackupDays, Expr::val(i32::from(self.life.backup_days)))
            .filter(poll::Column::BackupDays.is_null())
            .filter(poll::Column::OpenedAt.is_not_null())
            .filter(poll::Column::KeyDestroyedAt.is_null())
            .exec(&self.life.platform.writer)
            .await
            .map(drop)
            .map_err(while_("keeping what polls say of backups"))
    }

    /// Draws the live batches that are due.
    async fn draw_batches(&self, now: DateTime<Utc>) -> Result<Part, Failure> {
        let due = self.life.vault.live_due(now).await;
        let due = due.map_err(while_("looking for live batches"))?;
        if due.is_empty() {
            return Ok(Part::default());
        }
        let due = Condition::all().add(poll::Column::Id.is_in(due));
        let (polls, mut part) = self.find(due).await?;
        for poll in polls {
            self.begins();
            match live::draw(&self.life.platform, &self.life.vault, &poll).await {
                Ok(drawn) => {
                    part.done += u32::from(drawn);
                    if drawn {
                        self.life.catalogue.changed().await;
                    }
                }
                Err(failure) => {
                    tracing::error!(poll = %poll.id, %failure, "live batch");
                    part.failed += 1;
                }
            }
        }
        Ok(part)
    }

    /// Deletes what was typed in polls that are closed by now and was not sent, so much of it that the next tick is not
    /// late.
    async fn drop_unsent(&self) -> Result<Part, Failure> {
        let vault = &self.life.vault;
        let polls = vault.with_unsent().await;
        let polls = polls.map_err(while_("looking for drafts that nobody can send any more"))?;
        let (mut steps, mut part) = (STEPS, Part::default());
        for poll in polls {
            self.begins();
            match vault.drop_unsent(poll, &mut steps).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%poll, %error, "deleting the drafts of a closed poll");
                    part.failed += 1;
                }
            }
        }
        Ok(part)
    }

    /// Destroys the keys that are due, also of polls that this version cannot read.
    async fn end_retentions(&self, now: DateTime<Utc>) -> Result<Part, Failure> {
        let mut part = Part::default();
        for retention in self.life.retentions().await? {
            self.begins();
            match self.life.end(retention, now).await {
                Ok(ended) => part.done += u32::from(ended),
                Err(failure) => {
                    tracing::error!(poll = %retention.poll, %failure, "end of the retention");
                    part.failed += 1;
                }
            }
        }
        Ok(part)
    }

    /// Empties what is left under destroyed keys, so much of it that the next tick is not late. Others may hold
    /// the keys.
    async fn empty(&self, now: DateTime<Utc>) -> Result<Part, Failure> {
        let today = self.life.platform.zone.day(now);
        let vault = &self.life.vault;
        let polls = vault.to_empty().await.map_err(while_("looking for polls to empty"))?;
        let (mut steps, mut part) = (STEPS, Part::default());
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
                    part.failed += 1;
                }
            }
        }
        // Where somebody is in the way, the next tick tries it again.
        let files = vault.files_written_anew();
        let noted = match &*emptied {
            [] => Ok(Emptied::Done),
            emptied => vault.note_emptied(emptied, just_now, today).await,
        };
        if vault.files_written_anew() != files {
            self.portal_owed.store(true, Ordering::Relaxed);
            self.portal_file.owe_again();
        }
        let portal = self.overwrite_portal(today).await;
        match noted {
            Ok(noted) => {
                let held = noted == Emptied::Held || portal == Ok(Emptied::Held);
                let what = "writing the table of keys, or a file of SQLite, anew";
                part += Part::waiting(self.keys_held.note(held, now, what));
                // Why is in the log since the try that failed. Another server would do no better.
                let put_off = noted == Emptied::PutOff || portal == Ok(Emptied::PutOff);
                part += Part::waiting(put_off);
            }
            Err(error) => {
                tracing::error!(%error, "noting which polls are emptied");
                part.failed += 1;
            }
        }
        part.failed += u32::from(portal.is_err());
        Ok(part)
    }

    /// Writes the file of an embedded portal's store anew, after the vault's was: of accounts, facts and consents
    /// that are gone, too, single copies may be left in it. Gives how far it came; what failed is put off until the
    /// day after. A program that ends before leaves it until the vault's is written anew once more.
    async fn overwrite_portal(&self, today: NaiveDate) -> Result<Emptied, Failure> {
        if !self.portal_owed.load(Ordering::Relaxed) {
            return Ok(Emptied::Done);
        }
        self.begins();
        let done = self.portal_file.go_on(&self.life.platform.db, today).await;
        let done = done.map_err(while_("writing the file of the portal's store anew"));
        if done == Ok(Emptied::Done) {
            self.portal_owed.store(false, Ordering::Relaxed);
        }
        done
    }

    /// Empties the logs of embedded stores, once in [`LOG_MINUTES`]. Where somebody is in the way, the next round
    /// tries it again.
    async fn empty_logs(&self, now: DateTime<Utc>) -> Part {
        let last = *self.logs_emptied.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was ahead must not keep what was deleted for as long.
        if last.is_some_and(|last| last <= now && now - last < LOGS) {
            return Part::default();
        }
        self.begins();
        let portal = vault::empty_log(&self.life.platform.db).await;
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
        let too_long = self.logs_held.note(held, now, "emptying the logs of embedded stores");
        let mut part = Part::waiting(too_long);
        part.failed += emptied.iter().map(|one| u32::from(one.is_err())).sum::<u32>();
        part
    }

    /// The polls that this version can read, and the part that begins with them: those that it cannot read have
    /// failed, because what is due of them is not done. Another server may know them.
    async fn find(&self, condition: Condition) -> Result<(Vec<Poll>, Part), Failure> {
        let rows = poll::Entity::find()
            .filter(condition)
            .order_by_asc(poll::Column::OpensAt)
            .all(&self.life.platform.db)
            .await
            .map_err(while_("looking for scheduled work"))?;
        let found = rows.len();
        let polls = Poll::readable(rows);
        let left_out = u32::try_from(found - polls.len()).unwrap_or(u32::MAX);
        Ok((polls, Part { failed: left_out, ..Part::default() }))
    }

    /// Removes what has run out. Each for itself: a table that cannot be written must not keep what people
    /// released past their consent.
    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let db = &self.life.platform.writer;
        let swept = [
            consents::forget_ended(&self.life.platform, now).await,
            sessions::delete_expired(db, now).await,
            identity::forget_logout_tokens(db, now).await,
        ];
        // What broke is in the log.
        swept.into_iter().try_for_each(|part| part.map(drop))
    }
}
