//! What is left to do when a poll is closed, and when its key is destroyed, some rows at a time.
//!
//! In a closed poll drafts are of no use any more, which nobody can send ([`Vault::drop_unsent`]).
//!
//! Destroying the key severs everybody at once ([`Vault::destroy_poll_key`]); what goes then is of
//! no use to anybody any more: sealed contents that nothing opens, drafts, the numbers of live
//! batches, what was counted with the facts beside it, in which somebody is alone perhaps, and the
//! days, by which somebody who knows when a neighbour answered would find the one row of a quiet day.
//! The release stands, and nothing is counted after it.
//!
//! A poll of a whole country has tens of millions of them, so no statement takes them all. Each step is a
//! transaction of its own over a bounded number of rows, which are found by an index and, once done, are
//! not found again: a step costs the same at the end as at the beginning, and a server that dies leaves
//! the rest to the next one. No step holds the poll's gate or a lock on anything but its own rows.

use crate::{
    Error, Vault,
    lifecycle::find,
    store::{
        draft,
        poll_key::{self, State},
        released, response,
    },
};
use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement,
    sea_query::{Expr, ExprTrait as _, Func},
};
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// How far a poll's rows are emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// All of them, as far as is known today.
    Done,
    /// There are more than the steps were enough for.
    Partly,
    /// All rows; the key's table, or the file, could not be rewritten yet because somebody holds it.
    Held,
    /// All rows; rewriting the file has failed today, a full disk for instance, or took too long, and is tried again
    /// the day after.
    PutOff,
}

/// Rows of one step: some tens of milliseconds.
const ROWS: u64 = 1_000;

/// The closed polls that have their keys, and drafts. The order is there to have each poll looked up in the index,
/// however many drafts others have.
const WITH_UNSENT: &str = "SELECT k.poll_id FROM poll_key k \
    WHERE k.state = 'closed' AND k.destroyed_on IS NULL AND (SELECT 1 FROM draft d \
        WHERE d.poll_id = k.poll_id ORDER BY d.pseudonym LIMIT 1) IS NOT NULL";

impl Vault {
    /// The polls that are closed and in which there are still drafts, but for those whose key is destroyed: of those
    /// it is emptying that sees to it.
    ///
    /// # Errors
    /// The database.
    pub async fn with_unsent(&self) -> Result<Vec<Uuid>, Error> {
        let asked = Statement::from_string(self.db.get_database_backend(), WITH_UNSENT);
        let rows = self.db.query_all_raw(asked).await?;
        let polls = rows.iter().map(|row| row.try_get::<Uuid>("", "poll_id"));
        Ok(polls.collect::<Result<_, _>>()?)
    }

    /// Deletes what was typed and not sent in a poll that is closed, so that nobody can send it any more. Gives
    /// whether nothing is left, as far as is known: what was on its way when the poll closed is found the next
    /// time. It takes its steps off `steps`, as [`Self::empty_rows`] does.
    ///
    /// # Errors
    /// [`Error::StillOpen`] of a poll that is not closed; [`Error::UnknownPoll`]; the database. It can be called
    /// again, also by several servers at once.
    pub async fn drop_unsent(&self, poll: Uuid, steps: &mut u32) -> Result<bool, Error> {
        if find(&self.db, poll).await?.state != State::Closed {
            return Err(Error::StillOpen);
        }
        while *steps > 0 {
            if self.drop_drafts(poll).await? == 0 {
                return Ok(true);
            }
            *steps -= 1;
        }
        Ok(false)
    }

    /// The polls whose key is destroyed and whose rows are not all emptied, the oldest first.
    ///
    /// # Errors
    /// The database.
    pub async fn to_empty(&self) -> Result<Vec<Uuid>, Error> {
        let polls = poll_key::Entity::find()
            .select_only()
            .column(poll_key::Column::PollId)
            .filter(poll_key::Column::DestroyedOn.is_not_null())
            .filter(poll_key::Column::Bare.eq(false))
            .order_by_asc(poll_key::Column::DestroyedOn)
            .into_tuple();
        Ok(polls.all(&self.db).await?)
    }

    /// Empties rows of a poll whose key is destroyed, in so many steps at most, and notes when nothing
    /// is left to do: [`Self::empty_rows`] and [`Self::note_emptied`] of one poll. Gives how far it came.
    ///
    /// # Errors
    /// [`Error::NotDestroyed`]; [`Error::UnknownPoll`]; the database. It can be called again, also
    /// by several servers at once.
    pub async fn empty(&self, poll: Uuid, today: NaiveDate, steps: u32) -> Result<Emptied, Error> {
        let mut left = steps;
        if !self.empty_rows(poll, &mut left).await? {
            return Ok(Emptied::Partly);
        }
        self.note_emptied(&[poll], left < steps, today).await
    }

    /// Empties rows of a poll whose key is destroyed: contents, days, the numbers of live batches and
    /// of records, consents, facts and what was counted; drafts go. Gives whether none is left. What is
    /// left then are rows under numbers that mean nothing, which say that nothing may be counted any more.
    ///
    /// It takes its steps off `steps`, so that several polls share a number of them. To look and find
    /// nothing is no step: polls of which only the note is missing keep no other from being emptied.
    ///
    /// # Errors
    /// As of [`Self::empty`].
    pub async fn empty_rows(&self, poll: Uuid, steps: &mut u32) -> Result<bool, Error> {
        let key = find(&self.db, poll).await?;
        if key.destroyed_on.is_none() {
            return Err(Error::NotDestroyed);
        }
        if key.bare {
            return Ok(true);
        }
        while *steps > 0 {
            if self.step(poll).await? == 0 {
                self.forget_released(poll).await?;
                return Ok(true);
            }
            *steps -= 1;
        }
        Ok(false)
    }

    /// Notes that nothing is left to do with these polls, of which [`Self::empty_rows`] has left nothing,
    /// once their keys are overwritten, and what their rows held in places of the files that nothing is in any
    /// more (`overwrite.rs`); `just_now` says whether it found any rows of them, which is remembered until that is
    /// done. However many polls there are, that is one overwriting, because it is of the whole table, or of the
    /// whole file.
    ///
    /// On the day of the destruction itself it is not noted that all is done: what was on its way
    /// then, a draft for instance, is still found the day after, and whoever saw the key then has
    /// ended, so that nothing remains of it once its table is written anew.
    ///
    /// # Errors
    /// The database. It can be called again, also by several servers at once.
    pub async fn note_emptied(
        &self,
        polls: &[Uuid],
        just_now: bool,
        today: NaiveDate,
    ) -> Result<Emptied, Error> {
        let later: Vec<Uuid> = poll_key::Entity::find()
            .select_only()
            .column(poll_key::Column::PollId)
            .filter(poll_key::Column::PollId.is_in(polls.iter().copied()))
            .filter(poll_key::Column::DestroyedOn.lt(today))
            .filter(poll_key::Column::Bare.eq(false))
            .into_tuple()
            .all(&self.db)
            .await?;
        // On the day itself, too: people are told that what was deleted is in the files of SQLite for minutes.
        let owed = &self.overwriting.owed;
        if just_now {
            owed.store(true, Ordering::Relaxed);
            self.overwriting.file.owe_again();
        }
        if later.is_empty() && !owed.load(Ordering::Relaxed) {
            return Ok(Emptied::Done);
        }
        let overwritten = self.overwrite(today).await?;
        if overwritten != Emptied::Done {
            return Ok(overwritten);
        }
        owed.store(false, Ordering::Relaxed);
        if later.is_empty() {
            return Ok(Emptied::Done);
        }
        poll_key::Entity::update_many()
            .col_expr(poll_key::Column::Bare, Expr::val(true))
            .filter(poll_key::Column::PollId.is_in(later))
            .exec(&self.writer)
            .await?;
        Ok(Emptied::Done)
    }

    /// One step: responses of batches, then those of none, then drafts. Gives how many rows.
    ///
    /// The rows are looked up first and named one by one. Left to one statement, a database joins
    /// them with the whole table where one poll is most of it; and the order by the batch is there
    /// to make it walk the index, not the table.
    async fn step(&self, poll: Uuid) -> Result<usize, Error> {
        let batch = response::Column::Batch;
        for left in [batch.gt(response::EMPTIED), batch.is_null()] {
            let some: Vec<Vec<u8>> = response::Entity::find()
                .select_only()
                .column(response::Column::Pseudonym)
                .filter(response::Column::PollId.eq(poll))
                .filter(left)
                .order_by_asc(batch)
                .limit(ROWS)
                .into_tuple()
                .all(&self.db)
                .await?;
            if some.is_empty() {
                continue;
            }
            let found = some.len();
            // Those that another server has emptied meanwhile are not written once more. Said so that no
            // index serves it: they are to be found by their names.
            let known = Func::coalesce([Expr::col(batch), Expr::val(0)]);
            let not_emptied = Expr::from(known).gt(response::EMPTIED);
            response::Entity::update_many()
                .set(response::emptied())
                .filter(response::Column::PollId.eq(poll))
                .filter(response::Column::Pseudonym.is_in(some))
                .filter(not_emptied)
                .exec(&self.writer)
                .await?;
            return Ok(found);
        }
        self.drop_drafts(poll).await
    }

    /// Deletes the next drafts of a poll. Gives how many.
    async fn drop_drafts(&self, poll: Uuid) -> Result<usize, Error> {
        let some: Vec<Vec<u8>> = draft::Entity::find()
            .select_only()
            .column(draft::Column::Pseudonym)
            .filter(draft::Column::PollId.eq(poll))
            .order_by_asc(draft::Column::Pseudonym)
            .limit(ROWS)
            .into_tuple()
            .all(&self.db)
            .await?;
        let found = some.len();
        if found > 0 {
            draft::Entity::delete_many()
                .filter(draft::Column::PollId.eq(poll))
                .filter(draft::Column::Pseudonym.is_in(some))
                .exec(&self.writer)
                .await?;
        }
        Ok(found)
    }

    /// Forgets, step by step, who withdrew from a live batch of a poll that takes no answers.
    pub(crate) async fn forget_released(&self, poll: Uuid) -> Result<(), Error> {
        loop {
            let some: Vec<Vec<u8>> = released::Entity::find()
                .select_only()
                .column(released::Column::Token)
                .filter(released::Column::PollId.eq(poll))
                .order_by_asc(released::Column::Token)
                .limit(ROWS)
                .into_tuple()
                .all(&self.db)
                .await?;
            if some.is_empty() {
                return Ok(());
            }
            released::Entity::delete_many()
                .filter(released::Column::PollId.eq(poll))
                .filter(released::Column::Token.is_in(some))
                .exec(&self.writer)
                .await?;
        }
    }
}
