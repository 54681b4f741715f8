//! Leaving: a person withdraws from one poll, or deletes the account and leaves all of them.
//!
//! While a poll is not closed nothing stays but, of whoever was in a live batch, a trace of it
//! ([`crate::live`]); of a closed poll the counts stay as they were and nothing leads back to the
//! person.
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
    store::{
        draft,
        poll_key::{self, State},
        response,
    },
};
use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, LockType},
};
use uuid::Uuid;

impl Vault {
    /// Deletes the person's answers and draft while the poll is open. `false` if there was no
    /// answer.
    ///
    /// # Errors
    /// [`Error::NotOpen`], [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
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
    /// Where the person has a response or a draft is looked up for all polls together, and no other
    /// poll is touched. What is stored after that look stays: call it again for that.
    ///
    /// # Errors
    /// [`Error::Unreadable`]; the database. Polls before the failing one are done; it can be
    /// called again.
    pub async fn forget(
        &self,
        respondent: &Respondent,
        polls: &[Uuid],
        rng: Random<'_>,
    ) -> Result<(), Error> {
        // Not gathered with others' requests: those may be too many, and this must not fail for it.
        let places = self.places(respondent, polls).await?;
        for poll in reading::standings(&self.db, &places).await?.polls() {
            let tx = self.enter(poll, Gate::Shared).await?;
            let (row, key) = match self.key(&tx, poll).await {
                Ok(found) => found,
                Err(Error::UnknownPoll | Error::KeyDestroyed) => continue,
                Err(error) => return Err(error),
            };
            let pseudonym = key.pseudonym(respondent);
            delete_draft(&tx, poll, &pseudonym).await?;
            if row.state == State::Closed {
                let mut nobody = [0; 32];
                rng.fill_bytes(&mut nobody);
                response::Entity::update_many()
                    .col_expr(response::Column::Pseudonym, Expr::val(nobody.to_vec()))
                    // With the key it is computed from the pseudonym, and leads back to the person.
                    .col_expr(response::Column::RecordKey, Expr::val(i64::from(rng.next_u32())))
                    .col_expr(response::Column::Content, Expr::val(Vec::<u8>::new()))
                    .filter(mine(poll, &pseudonym))
                    .exec(&tx)
                    .await?;
            } else {
                let deleted = delete_response(&tx, poll, &pseudonym).await?;
                if deleted.as_ref().and_then(|gone| gone.batch).is_some_and(|one| one < row.batch) {
                    live::note_released(&tx, poll, key.released_token(&pseudonym)).await?;
                }
            }
            tx.commit().await?;
        }
        Ok(wait_at_commit(&self.writer).await?)
    }
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
    Ok(mine.exec_with_returning(db).await?.pop())
}

async fn delete_draft(
    db: &impl ConnectionTrait,
    poll: Uuid,
    pseudonym: &Pseudonym,
) -> Result<(), Error> {
    draft::Entity::delete_by_id((poll, pseudonym.to_vec())).exec(db).await?;
    Ok(())
}
