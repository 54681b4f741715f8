//! Leaving: a person withdraws from one poll, takes a consent back after it is closed, or deletes the account and
//! leaves all of them.
//!
//! While a poll is not closed nothing stays but, of whoever was in a live batch, a trace of it
//! ([`crate::live`]); of a closed poll the counts stay as they were and nothing leads back to the
//! person, and once they are published nothing else stays.
//!
//! Whoever leaves a second time is told that they have left, though nothing is found any more. That it is gone
//! is not enough for that, as it is not for an answer to be seen ([`Vault::settle`]): a primary that was killed
//! while it waited for its replica has deleted what the replica may still have.

use super::mine;
use crate::{
    Error, Random, Respondent, Vault,
    keys::Pseudonym,
    lifecycle::Gate,
    live, reading,
    rounds::refusal,
    store::{
        draft,
        poll_key::{self, State},
        response,
    },
};
use migration::connection::has_code;
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
    sea_query::LockType,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What stays of a response to a closed poll whose person leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Nothing: it is not counted yet, and will not be.
    Nothing,
    /// What is counted of it, cut off from the person: of a deleted account, whose answer is to be counted.
    Counted,
    /// That there was one: nothing is counted there any more.
    Number,
}

impl Vault {
    /// Deletes the person's answers and draft while the poll is open. `false` if there was no
    /// answer.
    ///
    /// # Errors
    /// [`Error::NotOpen`], [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; [`Error::Busy`] where somebody holds the
    /// person's row or the poll's gate for seconds; the database.
    pub async fn withdraw(&self, respondent: &Respondent, poll: Uuid) -> Result<bool, Error> {
        let tx = self.enter(poll, Gate::Shared).await?;
        let (key, batch) = self.open_key(&tx, poll).await?;
        let pseudonym = key.pseudonym(respondent);
        // The draft first, as where answers are sent: in two orders they would wait for each other.
        delete_draft(&tx, poll, &pseudonym).await?;
        let deleted = delete_response(&tx, poll, &pseudonym).await?;
        if deleted.as_ref().and_then(|row| row.batch).is_some_and(|joined| joined < batch) {
            live::note_released(&tx, poll, key.released_token(&pseudonym)).await?;
        }
        if deleted.is_none() {
            wait_at_commit(&tx).await?;
        }
        tx.commit().await?;
        Ok(deleted.is_some())
    }

    /// Removes the person from the polls, for an account that is deleted. Answers go while a
    /// poll is not closed. After that they stay counted, or two tables of one poll would differ by
    /// one person, but they are cut off from the person for good: the pseudonym becomes a
    /// random number and the written content is emptied. Drafts go in any case. Polls that the
    /// vault does not know, or whose key was destroyed, hold nothing to remove. Who was in a live
    /// batch of an open poll leaves the same trace as by [`Self::withdraw`].
    ///
    /// `published` are those of the polls whose release is stored and as good as never lost again: nothing is
    /// counted there any more, so all the rest of the row goes, too, as it does with the poll's key.
    ///
    /// Where the person has a response or a draft is looked up for all polls together, and no other
    /// poll is touched. What is stored after that look stays: call it again for that.
    ///
    /// # Errors
    /// [`Error::Unreadable`]; [`Error::Busy`] as with [`Self::withdraw`]; the database. Polls before the failing one
    /// are done; it can be called again.
    pub async fn forget(
        &self,
        respondent: &Respondent,
        polls: &[Uuid],
        published: &BTreeSet<Uuid>,
        rng: Random<'_>,
    ) -> Result<(), Error> {
        // Not gathered with others' requests: those may be too many, and this must not fail for it.
        let places = self.places(respondent, polls).await?;
        for poll in reading::standings(&self.db, &places).await?.polls() {
            let stays = if published.contains(&poll) { Stays::Number } else { Stays::Counted };
            self.forget_in(respondent, poll, stays, rng).await?;
        }
        Ok(wait_at_commit(&self.writer).await?)
    }

    /// Takes the person's answers out of a poll that takes none any more, and the draft with them, because the
    /// consent is taken back without which they may not be kept. What `stays` is the caller's to say, who knows
    /// whether they are counted: before that nothing, so that they are not, and then the number. Where nothing of the
    /// person's is found it is done already; so it is once the poll's key is destroyed.
    ///
    /// # Errors
    /// [`Error::Unreadable`]; [`Error::Busy`] as with [`Self::withdraw`]; the database. It can be called again.
    pub async fn revoke(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        stays: Stays,
        rng: Random<'_>,
    ) -> Result<(), Error> {
        self.forget_in(respondent, poll, stays, rng).await?;
        Ok(wait_at_commit(&self.writer).await?)
    }

    /// [`Self::forget`] of one poll; what `stays` of a response if it is closed.
    async fn forget_in(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        stays: Stays,
        rng: Random<'_>,
    ) -> Result<(), Error> {
        if !self.try_to_forget(respondent, poll, stays, rng).await? {
            // The button is pressed twice: by now the other request has done it.
            self.try_to_forget(respondent, poll, stays, rng).await?;
        }
        Ok(())
    }

    /// `false` if somebody else cut the person's row off at the same moment, and nothing was done.
    async fn try_to_forget(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        stays: Stays,
        rng: Random<'_>,
    ) -> Result<bool, Error> {
        let tx = self.enter(poll, Gate::Shared).await?;
        let (row, key) = match self.key(&tx, poll).await {
            Ok(found) => found,
            Err(Error::UnknownPoll | Error::KeyDestroyed) => return Ok(true),
            Err(error) => return Err(error),
        };
        let pseudonym = key.pseudonym(respondent);
        delete_draft(&tx, poll, &pseudonym).await?;
        if row.state == State::Closed {
            match leave_closed(&tx, poll, &pseudonym, stays, rng).await {
                Err(error) if has_moved(&error) => return Ok(false),
                left => left.map_err(refusal)?,
            }
        } else {
            let deleted = delete_response(&tx, poll, &pseudonym).await?;
            if deleted.as_ref().and_then(|gone| gone.batch).is_some_and(|one| one < row.batch) {
                live::note_released(&tx, poll, key.released_token(&pseudonym)).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Cuts the person's response off from the person, and leaves of it what `stays`.
async fn leave_closed(
    db: &impl ConnectionTrait,
    poll: Uuid,
    pseudonym: &Pseudonym,
    stays: Stays,
    rng: Random<'_>,
) -> Result<(), DbErr> {
    let mine = mine(poll, pseudonym);
    let mut nobody = vec![0_u8; 32];
    rng.fill_bytes(&mut nobody);
    let rest = match stays {
        Stays::Nothing => {
            return response::Entity::delete_many().filter(mine).exec(db).await.map(drop);
        }
        Stays::Counted => response::ActiveModel {
            // With the key it is computed from the pseudonym, and leads back to the person. So where the poll has to be
            // counted once more, the noise of the cells that this one is in is another.
            record_key: Set(i64::from(rng.next_u32())),
            content: Set(Vec::new()),
            ..response::ActiveModel::default()
        },
        Stays::Number => response::emptied(),
    };
    response::Entity::update_many()
        .set(response::ActiveModel { pseudonym: Set(nobody), ..rest })
        .filter(mine)
        .exec(db)
        .await
        .map(drop)
}

/// `serialization_failure`, outside of transactions that ask for it: another transaction has moved the row to
/// another part of the table, as a change of its pseudonym does, while this one waited for it.
const MOVED: &str = "40001";

fn has_moved(error: &DbErr) -> bool {
    has_code(error, MOVED)
}

/// Makes the commit one that waits for the replica and for all before it, though nothing was changed: on
/// PostgreSQL a row that is locked is written to the log. Nobody waits for this lock but who would delete
/// the row.
pub(super) async fn wait_at_commit(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let any = poll_key::Entity::find().select_only().column(poll_key::Column::PollId).limit(1);
    any.lock(LockType::KeyShare).into_tuple::<Uuid>().one(db).await.map(drop)
}

async fn delete_response(
    db: &impl ConnectionTrait,
    poll: Uuid,
    pseudonym: &Pseudonym,
) -> Result<Option<response::Model>, Error> {
    let mine = response::Entity::delete_many().filter(mine(poll, pseudonym));
    Ok(mine.exec_with_returning(db).await.map_err(refusal)?.pop())
}

async fn delete_draft(
    db: &impl ConnectionTrait,
    poll: Uuid,
    pseudonym: &Pseudonym,
) -> Result<(), Error> {
    let mine = draft::Entity::delete_by_id((poll, pseudonym.to_vec()));
    mine.exec(db).await.map(drop).map_err(refusal)
}
