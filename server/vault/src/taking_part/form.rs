//! What a page of taking part is given of its person, so that its form can be told from another's
//! when it comes back. All of it is derived from the poll's key and the person: nothing is stored,
//! and without the key it says nothing.

use super::{Draft, to_json};
use crate::{Error, Respondent, Vault};
use uuid::Uuid;

impl Vault {
    /// The seed for `Question::options_for`: another for each person, always the same for one.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn option_seed(&self, respondent: &Respondent, poll: Uuid) -> Result<u64, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(key.option_seed(&key.pseudonym(respondent)))
    }

    /// Whose a form of this poll is, to be compared with [`Self::form_owner`] when it comes back: 32
    /// hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn form_owner(&self, respondent: &Respondent, poll: Uuid) -> Result<String, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(key.form_owner(&key.pseudonym(respondent)))
    }

    /// What a page shows of a draft, and whose: another value for each content and person, of 32
    /// hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn draft_version(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        draft: &Draft,
    ) -> Result<String, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(key.draft_version(&key.pseudonym(respondent), &to_json(&draft.typed)))
    }
}
