//! What a person types before it is sent: kept, found again on another device, carried by a form,
//! thrown away.
//!
//! A draft is kept in place of the one that it was made of ([`crate::drafts`]) and thrown away as it
//! was found, so nothing that comes late undoes what was typed since.

use super::{leaving::wait_at_commit, to_json};
use crate::{
    Error, Random, Respondent, Vault, drafts,
    keys::{Content, PollKey, Pseudonym},
    store::draft,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use questionnaire::Typed;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The longest sealed draft that a form carries, in bytes. Long answers would come and go a second
/// time with the page; they are read again instead.
const CARRIED: usize = 4096;

/// How often a draft is looked at to be thrown away: once, and again if it was changed meanwhile.
const ATTEMPTS: usize = 3;

/// What a person typed and has not sent yet, valid or not.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The typed values, by the question's code.
    pub typed: BTreeMap<String, Typed>,
}

impl Draft {
    /// As it is stored. The second place is of versions before this one, which keep a question's code
    /// there; each reads the other's.
    fn to_json(&self) -> Vec<u8> {
        to_json(&(&self.typed, None::<()>))
    }

    fn read(json: &[u8]) -> Result<Self, Error> {
        let stored: Result<(_, IgnoredAny), _> = serde_json::from_slice(json);
        let (typed, _) = stored.map_err(Error::malformed("a draft"))?;
        Ok(Self { typed })
    }
}

/// What a person typed and has not sent yet, as it was read: this is what is sent.
pub struct Unsent {
    /// What was typed.
    pub draft: Draft,
    /// As it is stored: another value each time it is kept.
    pub(super) sealed: Vec<u8>,
}

impl Unsent {
    /// The draft for a form to carry, so that it need not be read again when the form is sent. It
    /// is sealed as it is stored: it says nothing, and opens for this person and poll only
    /// ([`Vault::carried`]). Base 64 of the alphabet for addresses, without padding; empty where it
    /// is too long.
    #[must_use]
    pub fn to_carry(&self) -> String {
        if self.sealed.len() > CARRIED {
            return String::new();
        }
        URL_SAFE_NO_PAD.encode(&self.sealed)
    }
}

impl Vault {
    /// Keeps what the person typed so far in place of what it was made of, as that was read;
    /// `None`: there was nothing.
    ///
    /// # Errors
    /// [`Error::NotOpen`], [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; [`Error::Overtaken`];
    /// [`Error::Busy`]; the database. Given up before it returns, it may still be kept, but nothing
    /// that was typed since is undone by it. Where the connection was lost at the end of it, it is
    /// tried again, and finds what it kept itself: that, too, is [`Error::Overtaken`].
    pub async fn save_draft(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        draft: &Draft,
        made_of: Option<&Unsent>,
        today: NaiveDate,
        rng: Random<'_>,
    ) -> Result<(), Error> {
        let key = self.key_of_open(poll).await?;
        let pseudonym = key.pseudonym(respondent);
        let row = draft::Model {
            poll_id: poll,
            pseudonym: pseudonym.to_vec(),
            content: key.seal(Content::Draft, poll, &pseudonym, draft.to_json(), rng),
            saved_on: today,
        };
        let made_of = made_of.map(|unsent| unsent.sealed.clone());
        self.keeper.ask(drafts::Keeping { row, made_of }).await?
    }

    /// What the person typed and has not sent; once the poll is closed, as long as [`Self::drop_unsent`] has not come
    /// to it.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`], [`Error::Unreadable`],
    /// [`Error::Malformed`], [`Error::Busy`]; the database.
    pub async fn unsent(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<Unsent>, Error> {
        let key = self.key_at_hand(poll).await?;
        let pseudonym = key.pseudonym(respondent);
        let sealed = self.reading.draft((poll, pseudonym.to_vec())).await?;
        sealed.map(|sealed| opened(&key, poll, &pseudonym, sealed)).transpose()
    }

    /// The draft of [`Self::unsent`] with the day on which it was kept: for the person's own file.
    /// Read alone, so it is refused to nobody because many are reading.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`], [`Error::Unreadable`],
    /// [`Error::Malformed`]; the database.
    pub async fn kept_draft(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<(Draft, NaiveDate)>, Error> {
        let key = self.key_at_hand(poll).await?;
        let pseudonym = key.pseudonym(respondent);
        let row = draft::Entity::find_by_id((poll, pseudonym.to_vec())).one(&self.db).await?;
        let Some(row) = row else { return Ok(None) };
        let unsent = opened(&key, poll, &pseudonym, row.content)?;
        Ok(Some((unsent.draft, row.saved_on)))
    }

    /// What a form carries ([`Unsent::to_carry`]); `None` for anything else. Whether it still is
    /// what the person has typed and not sent shows when it is sent.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn carried(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        form: &str,
    ) -> Result<Option<Unsent>, Error> {
        let Some(sealed) = URL_SAFE_NO_PAD.decode(form).ok().filter(|it| !it.is_empty()) else {
            return Ok(None);
        };
        let key = self.key_at_hand(poll).await?;
        Ok(opened(&key, poll, &key.pseudonym(respondent), sealed).ok())
    }

    /// Throws away what the person typed and has not sent, if anything, as it is found: nothing that
    /// is typed later goes with it, however late it is done. Where nothing is found any more, that is told by
    /// a commit all the same, as to whoever leaves a second time: see `leaving.rs`.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; [`Error::Busy`] where the person goes on
    /// typing elsewhere; the database.
    pub async fn discard_draft(&self, respondent: &Respondent, poll: Uuid) -> Result<(), Error> {
        let pseudonym = self.key_at_hand(poll).await?.pseudonym(respondent);
        let place = (poll, pseudonym.to_vec());
        for _ in 0..ATTEMPTS {
            let row = draft::Entity::find_by_id(place.clone()).one(&self.writer).await?;
            let Some(row) = row else { return Ok(wait_at_commit(&self.writer).await?) };
            let discarded = draft::Entity::delete_by_id(place.clone())
                .filter(draft::Column::Content.eq(row.content))
                .exec(&self.writer)
                .await?;
            if discarded.rows_affected > 0 {
                return Ok(());
            }
        }
        Err(Error::Busy)
    }
}

fn opened(
    key: &PollKey,
    poll: Uuid,
    pseudonym: &Pseudonym,
    sealed: Vec<u8>,
) -> Result<Unsent, Error> {
    let json = key.open(Content::Draft, poll, pseudonym, &sealed)?;
    Ok(Unsent { draft: Draft::read(&json)?, sealed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let typed = Typed { choice: Some("yes".to_owned()), ..Typed::default() };
        Draft { typed: [("bus".to_owned(), typed)].into() }
    }

    #[test]
    fn the_version_before_and_this_one_read_each_others_drafts() {
        for place in ["\"bus\"", "null"] {
            let stored = format!(r#"[{{"bus":{{"choice":"yes"}}}},{place}]"#);
            assert!(Draft::read(stored.as_bytes()).unwrap() == draft(), "{stored}");
        }
        // As the version before reads it.
        let (typed, place): (BTreeMap<String, Typed>, Option<String>) =
            serde_json::from_slice(&draft().to_json()).unwrap();
        assert!(typed == draft().typed && place.is_none());
        assert!(Draft::read(b"[").is_err());
    }
}
