//! Live batches: what is shown of a poll while it is open.
//!
//! The mathematics and the schedule are in [`disclosure::live`]; here is who is in which batch,
//! and that each is drawn once.
//!
//! # Who is in which batch
//! A poll is always forming one batch. A response joins it when it is stored, which is one number
//! in its row; a change leaves the number alone. Releasing a batch has two steps, each a
//! transaction of its own, so that answers are held up by a count at most and a server may die in
//! between:
//!
//! 1. *cut*: when the batch is due, the poll begins to form the next one. It holds the poll's gate
//!    alone, so whoever is sending is in the one or in the other. At how many responses exactly it
//!    is due nobody outside may know: a digit that is derived from the poll's key decides it, so
//!    that all servers agree, also after a restart, and nothing has to be stored.
//! 2. *draw*: a cut batch is counted, gets its noise and is stored. Its number is the key of the
//!    row: of several servers that draw it at once one stores its draw, and the others throw
//!    theirs away unseen. How many there are in it is not stored, but at how many it was due: the
//!    count would tell of one person more, to whoever sends many at once.
//!
//! # Nobody is in two
//! A person who withdraws and answers again would join a later batch, and the difference of
//! batches would be about one person twice. A list of everybody who was released would prevent it
//! and be a list of participants; so only a withdrawal from a batch that was cut leaves a trace:
//! an HMAC of the pseudonym under the poll's key and a label of its own. It says that somebody
//! who was in a batch has withdrawn, and only the vault, for a person who is sending again, can
//! tell that it is this one; that response then joins no batch and waits for the final release.
//! The traces go when the poll closes, long before the pseudonyms do. An account that is deleted
//! leaves the same trace, and is told so: whoever signs in again is the same person and has the
//! same id, so the trace is found.
//!
//! Changes and withdrawals after the draw show in the final release only. Responses to questions
//! on a special category, and where nothing is counted, join no batch at all.
//!
//! # When the past comes back
//! A store that was brought back to an earlier moment knows neither which batches were drawn and
//! shown since then nor who was in them. A batch drawn from there would count people a second time,
//! with other noise: those who were waiting at that moment, and those whose answers are lost and who
//! send new ones. So no more are drawn of a poll that may have been open in between
//! ([`Vault::end_live_batches`]). Those that are stored stay: each was drawn once.

use crate::{
    Error, Random, Vault,
    counted::{self, Mark},
    lifecycle::{Gate, find},
    store::{
        live_batch,
        poll_key::{self, NO_BATCH, State},
        released, response,
    },
};
use chrono::{DateTime, Utc};
use disclosure::live::{due, next_batch, participation};
use questionnaire::Questionnaire;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, RelationTrait as _, Set,
    TryInsertResult,
    sea_query::{Expr, Query},
};
use std::collections::BTreeMap;
use uuid::Uuid;

mod resting;
mod totals;
pub use resting::Resting;
use totals::{Increments, Totals, add_batch};
pub use totals::{LiveOption, LiveQuestion, LiveResults};

/// Responses that are counted while everybody who sends to the poll waits: some hundredths of a second.
const COUNTED_AT_THE_GATE: u64 = 50_000;

impl Vault {
    /// What is shown of the poll so far: the last stored batch.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; [`Error::Malformed`]; the database.
    pub async fn live_results(&self, poll: Uuid) -> Result<LiveResults, Error> {
        let row = find(&self.db, poll).await?;
        let ended = row.batch == NO_BATCH;
        let Some(last) = last_batch(&self.db, poll).await? else {
            return Ok(LiveResults { ended, ..LiveResults::default() });
        };
        Ok(LiveResults {
            batches: last.number.unsigned_abs(),
            ended,
            responses: participation(count(last.responses)),
            questions: totals::read(&last.content)?.into_iter().map(Totals::shown).collect(),
        })
    }

    /// The open polls of which a batch is to be drawn at `now`; a large one a while after it is due
    /// (`resting`).
    ///
    /// # Errors
    /// The database.
    pub async fn live_due(&self, now: DateTime<Utc>) -> Result<Vec<Uuid>, Error> {
        let open = poll_key::Column::State.eq(State::Open);
        let forming: Vec<(Uuid, i32)> = poll_key::Entity::find()
            .select_only()
            .columns([poll_key::Column::PollId, poll_key::Column::Batch])
            .filter(open.clone())
            .filter(poll_key::Column::Batch.ne(NO_BATCH))
            .into_tuple()
            .all(&self.db)
            .await?;
        let drawn: Vec<(Uuid, i32, i64)> = live_batch::Entity::find()
            .select_only()
            .column(live_batch::Column::PollId)
            .column_as(live_batch::Column::Number.max(), "number")
            .column_as(live_batch::Column::Responses.max(), "responses")
            .join(JoinType::InnerJoin, live_batch::Relation::Poll.def())
            .filter(open)
            .group_by(live_batch::Column::PollId)
            .into_tuple()
            .all(&self.db)
            .await?;
        let drawn: BTreeMap<_, _> = drawn
            .into_iter()
            .map(|(poll, number, responses)| (poll, (number, responses)))
            .collect();
        let mut due = Vec::new();
        for (poll, forming) in forming {
            let (last, responses) = drawn.get(&poll).copied().unwrap_or_default();
            let cut = last + 1 < forming;
            let is_due = cut
                || match self.is_full(poll, forming, count(responses), now).await {
                    // The failure of this poll alone, which drawing meets again and says of which.
                    Err(Error::Unreadable) => true,
                    full => full?,
                };
            if is_due {
                due.push(poll);
            }
        }
        Ok(due)
    }

    /// Whether the batch that the poll is forming has enough responses, as far as it is looked at.
    async fn is_full(
        &self,
        poll: Uuid,
        number: i32,
        released: u64,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        if self.resting.rests(poll, now) {
            return Ok(false);
        }
        let enough = self.enough(poll, number, released).await?;
        let waiting = waiting(&self.db, poll, number, enough).await?;
        let full = waiting >= enough;
        if !full {
            self.resting.counted(poll, waiting, now);
        }
        Ok(full)
    }

    /// How many people the batch of this number needs to be due, where so many are released.
    async fn enough(&self, poll: Uuid, number: i32, released: u64) -> Result<u64, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(next_batch(released, key.batch_secret(number, 0)))
    }

    /// Draws the poll's next batch, if it is due, and stores it. `false` if it is not, if another
    /// server was quicker, or if the poll is not open or draws no more.
    ///
    /// It holds the poll's gate for a moment: ask [`Self::live_due`] first.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`], [`Error::Malformed`]; the database. It can be called again.
    pub async fn draw_live_batch(
        &self,
        poll: Uuid,
        questionnaire: &Questionnaire,
        rng: Random<'_>,
    ) -> Result<bool, Error> {
        // Read before the poll's row, so that the next number is never beyond the one forming.
        let last = last_batch(&self.db, poll).await?;
        let number = last.as_ref().map_or(1, |last| last.number + 1);
        let released = last.as_ref().map_or(0, |last| count(last.responses));
        let row = find(&self.db, poll).await?;
        if row.state != State::Open || row.batch == NO_BATCH {
            return Ok(false);
        }
        if row.batch == number && !self.cut(poll, number, released).await? {
            return Ok(false);
        }
        let (people, increments) = self.increments(poll, number, questionnaire).await?;
        let key = self.key_at_hand(poll).await?;
        let responses = due(released, released + people, |step| key.batch_secret(number, step));
        let before =
            last.as_ref().map_or_else(|| Ok(Vec::new()), |last| totals::read(&last.content))?;
        let totals = add_batch(&before, questionnaire, &increments, rng);
        let row = live_batch::ActiveModel {
            poll_id: Set(poll),
            number: Set(number),
            responses: Set(i64::try_from(responses).unwrap_or(i64::MAX)),
            content: Set(totals::write(&totals)),
        };
        let stored = live_batch::Entity::insert(row)
            .on_conflict_do_nothing_on([live_batch::Column::PollId, live_batch::Column::Number])
            .exec_without_returning(&self.writer)
            .await?;
        Ok(matches!(stored, TryInsertResult::Inserted(1)))
    }

    /// Draws no more batches of a poll that is not closed, for good, whatever is waiting or cut; also
    /// before it opens. Who withdraws from then on leaves no trace: nobody can enter another batch.
    /// Gives whether there could have been more. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database.
    pub async fn end_live_batches(&self, poll: Uuid) -> Result<bool, Error> {
        let tx = self.enter(poll, Gate::Alone).await?;
        let row = find(&tx, poll).await?;
        if row.state == State::Closed || row.batch == NO_BATCH {
            return Ok(false);
        }
        form(&tx, poll, NO_BATCH).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lets the poll form the next batch, if this one is due; whether it does.
    ///
    /// A large one is counted before the gate is held: to count millions takes seconds, and whoever
    /// sends an answer to any poll waits behind whoever waits for this gate. Those who withdraw in
    /// between are missing in it, a few of a hundred thousand.
    async fn cut(&self, poll: Uuid, number: i32, released: u64) -> Result<bool, Error> {
        let enough = self.enough(poll, number, released).await?;
        let large = enough > COUNTED_AT_THE_GATE;
        if large && waiting(&self.db, poll, number, enough).await? < enough {
            return Ok(false);
        }
        let tx = self.enter(poll, Gate::Alone).await?;
        let row = find(&tx, poll).await?;
        if row.state != State::Open || row.batch != number {
            return Ok(row.batch > number);
        }
        if !large && waiting(&tx, poll, number, enough).await? < enough {
            return Ok(false);
        }
        form(&tx, poll, number + 1).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// How many people are in a batch, and how many of them chose each option.
    async fn increments(
        &self,
        poll: Uuid,
        number: i32,
        questionnaire: &Questionnaire,
    ) -> Result<(u64, Increments), Error> {
        let (mut responses, mut increments) = (0, Increments::new());
        for group in counted::groups(&self.db, poll, Some(number), questionnaire).await? {
            match group.mark() {
                Mark::TookPart => responses += group.people(),
                Mark::Answered(_) => {}
                Mark::Chose(question, category) => {
                    let option = (question.to_owned(), category.to_owned());
                    *increments.entry(option).or_default() += group.people();
                }
            }
        }
        Ok((responses, increments))
    }
}

/// From now on new responses join this batch.
async fn form(db: &impl ConnectionTrait, poll: Uuid, number: i32) -> Result<(), Error> {
    poll_key::Entity::update_many()
        .col_expr(poll_key::Column::Batch, Expr::val(number))
        .filter(poll_key::Column::PollId.eq(poll))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps in mind that the person of a withdrawn response is in a batch.
pub async fn note_released(
    db: &impl ConnectionTrait,
    poll: Uuid,
    token: Vec<u8>,
) -> Result<(), Error> {
    released::Entity::insert(released::ActiveModel { poll_id: Set(poll), token: Set(token) })
        .on_conflict_do_nothing_on([released::Column::PollId, released::Column::Token])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub async fn last_batch(
    db: &impl ConnectionTrait,
    poll: Uuid,
) -> Result<Option<live_batch::Model>, Error> {
    let last = live_batch::Entity::find()
        .filter(live_batch::Column::PollId.eq(poll))
        .order_by_desc(live_batch::Column::Number)
        .limit(1);
    Ok(last.one(db).await?)
}

/// How many people are in a batch, counted until they are enough.
async fn waiting(
    db: &impl ConnectionTrait,
    poll: Uuid,
    number: i32,
    enough: u64,
) -> Result<u64, Error> {
    let some = response::Entity::find()
        .select_only()
        .column(response::Column::Batch)
        .filter(of_batch(poll, number))
        .limit(enough)
        .into_query();
    let number = Expr::col("batch").count();
    let counted = Query::select().expr_as(number, "waiting").from_subquery(some, "some").to_owned();
    let row = db.query_one(&counted).await?;
    row.map_or(Ok(0), |row| Ok(count(row.try_get("", "waiting")?)))
}

fn of_batch(poll: Uuid, number: i32) -> Expr {
    response::Column::PollId.eq(poll).and(response::Column::Batch.eq(number))
}

/// A count as the database gives it.
fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
