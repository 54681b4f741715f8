//! Sending answers: checked, sealed and handed to the intake, which stores them with everybody
//! else's ([`crate::intake`]).

use super::{draft::Unsent, to_json};
use crate::{Error, Random, Respondent, Vault, counted, intake, keys::Content, store::response};
use chrono::NaiveDate;
use questionnaire::{Answers, Questionnaire, audience::StoredFacts};
use uuid::Uuid;

/// What is sent.
pub struct Submission<'a> {
    /// What is asked.
    pub questionnaire: &'a Questionnaire,
    /// What is answered.
    pub answers: &'a Answers,
    /// Those facts that the plan needs and no others (`Facts::stored`).
    pub facts: StoredFacts,
    /// Whether the person consented to answer on a special category.
    pub special_consent: bool,
    /// The draft that the answers were made of: they are stored if it is still what the person has
    /// typed and not sent. `None` where there was none; they are stored in any case then.
    pub unsent: Option<&'a Unsent>,
}

impl<'a> Submission<'a> {
    /// Answers on no special category, of which there was no draft.
    #[must_use]
    pub const fn new(
        questionnaire: &'a Questionnaire,
        answers: &'a Answers,
        facts: StoredFacts,
    ) -> Self {
        Self { questionnaire, answers, facts, special_consent: false, unsent: None }
    }
}

/// What a person is told when the answers are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// `XXXXX-XXXXX`, the same for this person and poll each time.
    pub reference: String,
    /// Whether the answers took the place of earlier ones.
    pub changed: bool,
}

impl Vault {
    /// Stores the person's answers, in place of earlier ones if there are any, and throws the
    /// draft away. When it returns `Ok`, they are on the disk.
    ///
    /// The caller has checked that the person is asked, and consented where that is needed; the
    /// answers are checked here again.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::NotOpen`], [`Error::KeyDestroyed`], [`Error::UnknownPoll`];
    /// [`Error::Overtaken`]; [`Error::Busy`]; the database. After any of them but the last nothing has
    /// changed; after the last, sending the same draft again is safe. Given up before it returns, it
    /// may still be stored, but nothing that the person has done since is undone by it.
    pub async fn submit(
        &self,
        respondent: &Respondent,
        poll: Uuid,
        submission: Submission<'_>,
        today: NaiveDate,
        rng: Random<'_>,
    ) -> Result<Receipt, Error> {
        let Submission { questionnaire, answers, facts, special_consent, unsent } = submission;
        questionnaire.check(answers).map_err(Error::Invalid)?;
        let key = self.key_of_open(poll).await?;
        let pseudonym = key.pseudonym(respondent);
        let row = response::Model {
            id: random_id(rng),
            poll_id: poll,
            pseudonym: pseudonym.to_vec(),
            record_key: key.record_key(&pseudonym).into(),
            region: facts.region,
            age_band: facts.age_band,
            gender: facts.gender,
            special_consent,
            content: key.seal(Content::Response, poll, &pseudonym, to_json(answers), rng),
            received_on: today,
            changed_on: None,
            batch: None,
            counted: counted::marks(questionnaire, answers),
        };
        let changed = self.intake.ask(intake::Sending {
            row,
            // What is never shown live: a special category, and what is not counted.
            live: !special_consent && questionnaire.is_counted(),
            token: key.released_token(&pseudonym),
            draft: unsent.map(|unsent| unsent.sealed.clone()),
        });
        Ok(Receipt { changed: changed.await??, reference: key.reference(&pseudonym) })
    }
}

fn random_id(rng: Random<'_>) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
