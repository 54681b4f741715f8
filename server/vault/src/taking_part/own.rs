//! What a person may know of themselves: the answers that they sent, in which polls there is
//! something of theirs, and which traces they left. Nothing here changes anything.

use super::mine;
use crate::{
    Error, Respondent, Vault,
    keys::{Content, PollKey},
    reading::{self, Standings},
    store::{lookup, response},
};
use chrono::NaiveDate;
use questionnaire::{Answers, audience::StoredFacts};
use sea_orm::{EntityTrait as _, QueryFilter as _, QuerySelect as _, sea_query::LockType};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A person's own answers, for that person's page.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnResponse {
    /// The answers as sent last.
    pub answers: Answers,
    /// The facts that are stored and counted with them.
    pub facts: StoredFacts,
    /// Whether the person consented to answer on a special category.
    pub special_consent: bool,
    /// The day of the first sending.
    pub received_on: NaiveDate,
    /// The day of the last change.
    pub changed_on: Option<NaiveDate>,
    /// The number of the live batch that counts it, stored beside it: `None` where none may, 0 where no more
    /// were drawn when it came.
    pub batch: Option<i32>,
    /// As on the [`Receipt`](crate::Receipt).
    pub reference: String,
}

impl Vault {
    /// The person's own answers, also after the poll is closed.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`]: they cannot be told from others any more;
    /// [`Error::UnknownPoll`], [`Error::Unreadable`], [`Error::Malformed`]; the database.
    pub async fn own(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<OwnResponse>, Error> {
        let key = self.key_at_hand(poll).await?;
        let pseudonym = key.pseudonym(respondent);
        let row = response::Entity::find().filter(mine(poll, &pseudonym)).one(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let json = key.open(Content::Response, poll, &pseudonym, &row.content)?;
        Ok(Some(OwnResponse {
            answers: serde_json::from_slice(&json).map_err(Error::malformed("a response"))?,
            facts: StoredFacts { region: row.region, age_band: row.age_band, gender: row.gender },
            special_consent: row.special_consent,
            received_on: row.received_on,
            changed_on: row.changed_on,
            batch: row.batch,
            reference: key.reference(&pseudonym),
        }))
    }

    /// Makes sure that the person's response is as safe as one that was just acknowledged, before
    /// anybody is told of it who asked to send it. Gives whether there is one.
    ///
    /// To be seen is not enough. A primary that was killed while it waited for its replica has, when
    /// it is up again, what the replica may not have yet, and would lose it with its machine. So the
    /// row is locked as if it were to be changed: that is a commit, which waits for the replica and for
    /// all before it. An embedded store shows nothing that is not on its disk.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`], [`Error::KeyDestroyed`], [`Error::Unreadable`]; the database.
    pub async fn settle(&self, respondent: &Respondent, poll: Uuid) -> Result<bool, Error> {
        let pseudonym = self.key_at_hand(poll).await?.pseudonym(respondent);
        let row = response::Entity::find()
            .select_only()
            .column(response::Column::Id)
            .filter(mine(poll, &pseudonym))
            .lock(LockType::NoKeyUpdate);
        Ok(row.into_tuple::<Uuid>().one(&self.writer).await?.is_some())
    }

    /// In which of the polls the person has answered, and in which there is a draft. Polls that the
    /// vault does not know, and those whose key was destroyed, are not among them.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Busy`]; the database.
    pub async fn standings(
        &self,
        respondent: &Respondent,
        polls: &[Uuid],
    ) -> Result<Standings, Error> {
        self.reading.standings(self.places(respondent, polls).await?).await
    }

    /// Of which of the polls it is kept that the person was in a live batch and withdrew: those
    /// that are not closed.
    ///
    /// # Errors
    /// [`Error::Unreadable`]; the database.
    pub async fn left_batches(
        &self,
        respondent: &Respondent,
        polls: &[Uuid],
    ) -> Result<BTreeSet<Uuid>, Error> {
        let keys = self.keys(polls).await?;
        let mut left = BTreeSet::new();
        for keys in keys.chunks(reading::PLACES) {
            let token = |key: &PollKey| key.released_token(&key.pseudonym(respondent));
            let tokens = keys.iter().map(|(poll, key)| (*poll, token(key))).collect();
            let found = lookup::released(&self.db, tokens).await?;
            left.extend(found.into_iter().map(|(poll, _)| poll));
        }
        Ok(left)
    }
}
