//! One person and one poll: draft, send, look, change, withdraw, be forgotten.
//!
//! Every function starts from a [`Respondent`] and touches that person's rows only.

use crate::{
    Error, Random, Respondent, Vault, counted, drafts, intake,
    keys::{Content, PollKey, Pseudonym},
    lifecycle::Gate,
    live,
    reading::{self, Standings},
    rounds::Place,
    store::{
        draft, lookup,
        poll_key::{self, State},
        response,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use questionnaire::{Answers, Questionnaire, Typed, audience::StoredFacts};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::Expr,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
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
    /// The code of the question to go on with; `None` before the first.
    pub position: Option<String>,
}

/// What a person typed and has not sent yet, as it was read: this is what is sent.
pub struct Unsent {
    /// What was typed.
    pub draft: Draft,
    /// As it is stored: another value each time it is kept.
    sealed: Vec<u8>,
}

impl Unsent {
    /// The draft for a form to carry, so that it need not be read again when the form is sent. It
    /// is sealed as it is stored: it says nothing, and opens for this person and poll only
    /// ([`Vault::carried`]). Empty where it is too long.
    #[must_use]
    pub fn to_carry(&self) -> String {
        if self.sealed.len() > CARRIED {
            return String::new();
        }
        URL_SAFE_NO_PAD.encode(&self.sealed)
    }
}

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
    /// As on the [`Receipt`].
    pub reference: String,
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
        let json = to_json(&(&draft.typed, &draft.position));
        let row = draft::Model {
            poll_id: poll,
            pseudonym: pseudonym.to_vec(),
            content: key.seal(Content::Draft, poll, &pseudonym, json, rng),
            saved_on: today,
        };
        let made_of = made_of.map(|unsent| unsent.sealed.clone());
        self.keeper.ask(drafts::Keeping { row, made_of }).await?
    }

    /// What the person typed and has not sent. It stays to be seen after the poll is closed.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`], [`Error::Unreadable`], [`Error::Busy`]; the
    /// database.
    pub async fn draft(&self, respondent: &Respondent, poll: Uuid) -> Result<Option<Draft>, Error> {
        Ok(self.unsent(respondent, poll).await?.map(|unsent| unsent.draft))
    }

    /// As [`Self::draft`], with the day on which it was kept: for the person's own file.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`], [`Error::Unreadable`]; the database.
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

    /// As [`Self::draft`], to be sent.
    ///
    /// # Errors
    /// As there.
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
    /// is typed later goes with it, however late it is done.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; [`Error::Busy`] where the person goes on
    /// typing elsewhere; the database.
    pub async fn discard_draft(&self, respondent: &Respondent, poll: Uuid) -> Result<(), Error> {
        let pseudonym = self.key_at_hand(poll).await?.pseudonym(respondent);
        let place = (poll, pseudonym.to_vec());
        for _ in 0..ATTEMPTS {
            let row = draft::Entity::find_by_id(place.clone()).one(&self.writer).await?;
            let Some(row) = row else { return Ok(()) };
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

    /// The person's own answers, also after the poll is closed.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`]: they cannot be told from others any more;
    /// [`Error::UnknownPoll`], [`Error::Unreadable`]; the database.
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
            answers: serde_json::from_slice(&json).map_err(|_| Error::Unreadable)?,
            facts: StoredFacts { region: row.region, age_band: row.age_band, gender: row.gender },
            special_consent: row.special_consent,
            received_on: row.received_on,
            changed_on: row.changed_on,
            reference: key.reference(&pseudonym),
        }))
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
        Ok(())
    }

    /// The seed for `Question::options_for`: another for each person, always the same for one.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn option_seed(&self, respondent: &Respondent, poll: Uuid) -> Result<u64, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(key.option_seed(&key.pseudonym(respondent)))
    }

    /// Whose a form of this poll is, to be compared with [`Self::form_owner`] when it comes back.
    ///
    /// # Errors
    /// [`Error::KeyDestroyed`], [`Error::UnknownPoll`]; the database.
    pub async fn form_owner(&self, respondent: &Respondent, poll: Uuid) -> Result<String, Error> {
        let key = self.key_at_hand(poll).await?;
        Ok(key.form_owner(&key.pseudonym(respondent)))
    }

    /// What a page shows of a draft, and whose: another value for each content and person.
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

    /// Where the person's rows are in those of the polls that have a key.
    async fn places(&self, respondent: &Respondent, polls: &[Uuid]) -> Result<Vec<Place>, Error> {
        let keys = self.keys(polls).await?.into_iter();
        Ok(keys.map(|(poll, key)| (poll, key.pseudonym(respondent).to_vec())).collect())
    }

    /// The keys of those of the polls that have one.
    async fn keys(&self, polls: &[Uuid]) -> Result<Vec<(Uuid, Arc<PollKey>)>, Error> {
        let (mut keys, mut others) = (Vec::with_capacity(polls.len()), Vec::new());
        for &poll in polls {
            match self.known.get(poll).await {
                Some(key) => keys.push((poll, key)),
                None => others.push(poll),
            }
        }
        if others.is_empty() {
            return Ok(keys);
        }
        let rows = poll_key::Entity::find()
            .filter(poll_key::Column::PollId.is_in(others))
            .filter(poll_key::Column::DestroyedOn.is_null())
            .all(&self.db)
            .await?;
        for row in rows {
            let key = Arc::new(self.master.unwrap(row.poll_id, &row.wrapped)?);
            keys.push((row.poll_id, key.clone()));
            if row.state == State::Open {
                self.known.keep(row.poll_id, key).await;
            }
        }
        Ok(keys)
    }
}

fn opened(
    key: &PollKey,
    poll: Uuid,
    pseudonym: &Pseudonym,
    sealed: Vec<u8>,
) -> Result<Unsent, Error> {
    let json = key.open(Content::Draft, poll, pseudonym, &sealed)?;
    let (typed, position) = serde_json::from_slice(&json).map_err(|_| Error::Unreadable)?;
    Ok(Unsent { draft: Draft { typed, position }, sealed })
}

fn mine(poll: Uuid, pseudonym: &Pseudonym) -> Expr {
    response::Column::Pseudonym.eq(pseudonym.to_vec()).and(response::Column::PollId.eq(poll))
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

fn random_id(rng: Random<'_>) -> Uuid {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("maps with string keys always have a JSON form")
}
