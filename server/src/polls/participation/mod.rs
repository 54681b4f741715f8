//! Taking part: the port behind the pages.
//!
//! It decides who may answer and when, and leaves keeping the answers to the vault, which it asks
//! in the person's own name only ([`Respondent`]). It never looks at anybody else's answers, and
//! it never logs what was typed.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`finding`] | lists of polls and a poll's own page, with how far the reader is |
//! | [`question`] | the questions, one page each, and keeping what is typed |
//! | [`sending`] | the check of all answers, sending them, the receipt |
//! | [`own`] | what was sent: seen, changed, withdrawn, a consent taken back; and throwing a draft away |
//! | [`stored`] | what the vault has of the person in a poll |
//! | [`draft`] | what a draft shows and comes to, as pure functions |

mod draft;
mod finding;
mod own;
mod question;
mod sending;
mod stored;

use super::{catalogue::Catalogue, record::Poll};
use crate::{
    config::provider::Provider, error::while_, platform::Platform, statistics::publisher::Publisher,
};
use async_trait::async_trait;
use ports::{
    Participation, Portal,
    caller::SignedIn,
    failure::Failure,
    views::{
        answers::{Line, OwnAnswers, Stage, Withdrawn},
        polls::{Asking, PollCard, PollList, PollPage, Tab},
        take::{CheckPage, Leave, QuestionPage, Receipt, Saved, SendForm, Sent, Step, Waiting},
    },
};
use questionnaire::{Audience, Typed};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;
use vault::{Error, Respondent, Vault};

/// Finding polls and taking part: the port behind the pages.
pub struct ParticipationPort {
    platform: Platform,
    vault: Arc<Vault>,
    catalogue: Catalogue,
    publisher: Publisher,
    portal: Arc<Portal>,
    provider: Provider,
}

/// How often a draft is read and changed, or sent: once, and again if another window changed it
/// meanwhile.
const ATTEMPTS: usize = 3;

/// What the vault says, as the pages need it.
fn refused(error: Error) -> Failure {
    match error {
        Error::NotOpen => Failure::Closed,
        // It closed long ago.
        Error::KeyDestroyed => Failure::WrongState,
        Error::Busy => Failure::Busy,
        error => Failure::internal(error),
    }
}

/// The person as the vault knows them, to act for themselves.
///
/// # Errors
/// [`Failure::SignedOut`] where nobody is signed in any more; when the session cannot be read.
pub async fn respondent(person: &SignedIn) -> Result<Respondent, Failure> {
    let respondent = Respondent::from_session(&person.session).await;
    respondent.map_err(while_("reading a session"))?.ok_or(Failure::SignedOut)
}

impl ParticipationPort {
    /// The port on its parts.
    #[must_use]
    pub const fn new(
        platform: Platform,
        vault: Arc<Vault>,
        catalogue: Catalogue,
        publisher: Publisher,
        portal: Arc<Portal>,
        provider: Provider,
    ) -> Self {
        Self { platform, vault, catalogue, publisher, portal, provider }
    }

    fn is_open(&self, poll: &Poll) -> bool {
        poll.takes_answers(self.platform.now())
    }

    /// Whose the person's forms of a poll are; empty once nobody can tell any more whose is whose.
    async fn owner(&self, respondent: &Respondent, poll: Uuid) -> Result<String, Failure> {
        match self.vault.form_owner(respondent, poll).await {
            Err(Error::KeyDestroyed) => Ok(String::new()),
            owner => owner.map_err(refused),
        }
    }

    /// The public poll of a form, if the form is the person's own. On a computer that people share one
    /// person's form can come after another has signed in, and is to change nothing of theirs. A page of a
    /// version before this one may have no `owner`. Where it cannot be told whose it is it does nothing.
    async fn poll_of_own(
        &self,
        respondent: &Respondent,
        id: Uuid,
        owner: &str,
    ) -> Result<Arc<Poll>, Failure> {
        // Of one that is not public nothing is told, whatever a form says.
        let poll = self.catalogue.public_poll(id).await?;
        if owner.is_empty() {
            return Ok(poll);
        }
        let mine = self.vault.form_owner(respondent, id).await.map_err(refused)?;
        if owner == mine { Ok(poll) } else { Err(Failure::OtherPerson) }
    }

    /// A public poll that takes answers from this person.
    async fn answerable(&self, person: &SignedIn, id: Uuid) -> Result<Arc<Poll>, Failure> {
        let poll = self.catalogue.public_poll(id).await?;
        self.takes(person, &poll)?;
        Ok(poll)
    }

    /// That a poll takes answers from this person.
    fn takes(&self, person: &SignedIn, poll: &Poll) -> Result<(), Failure> {
        if !self.is_open(poll) {
            return Err(Failure::Closed);
        }
        self.asks(person, &poll.audience)
    }

    /// That this person is one of those whom a poll asks, as far as is known of them.
    fn asks(&self, person: &SignedIn, audience: &Audience) -> Result<(), Failure> {
        let admitted = audience.admits(&person.facts, self.platform.today());
        // Of whom too little is known the poll may well ask.
        admitted.map_err(|why| {
            if why.for_want_of_a_fact() { Failure::FactUnknown } else { Failure::NotEligible }
        })?;
        // Whoever can open several accounts could answer several times.
        if person.assured { Ok(()) } else { Err(Failure::NotAssured) }
    }
}

#[async_trait]
impl Participation for ParticipationPort {
    async fn polls(
        &self,
        reader: Option<&SignedIn>,
        tab: Tab,
        page: u64,
    ) -> Result<PollList, Failure> {
        finding::polls(self, reader, tab, page).await
    }

    async fn waiting(&self, person: &SignedIn) -> Result<Asking, Failure> {
        finding::waiting(self, person).await
    }

    async fn poll(&self, reader: Option<&SignedIn>, poll: Uuid) -> Result<PollPage, Failure> {
        finding::poll(self, reader, poll).await
    }

    async fn is_public(&self, poll: Uuid) -> Result<bool, Failure> {
        match self.catalogue.public_poll(poll).await {
            Err(Failure::NotFound) => Ok(false),
            found => found.map(|_| true),
        }
    }

    async fn late(
        &self,
        person: &SignedIn,
        poll: Uuid,
        waiting: BTreeMap<usize, Waiting>,
    ) -> Result<Vec<Line>, Failure> {
        finding::late(self, person, poll, waiting).await
    }

    async fn start(&self, person: &SignedIn, poll: Uuid) -> Result<Step<()>, Failure> {
        question::first(self, person, poll).await
    }

    async fn question(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        unsaved: Option<Waiting>,
    ) -> Result<Step<QuestionPage>, Failure> {
        question::page(self, person, poll, number, unsaved).await
    }

    async fn save(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        typed: Typed,
        owner: &str,
        leave: Leave,
    ) -> Result<Saved, Failure> {
        question::save(self, person, poll, number, typed, owner, leave).await
    }

    async fn check(&self, person: &SignedIn, poll: Uuid) -> Result<Step<CheckPage>, Failure> {
        sending::check(self, person, poll).await
    }

    async fn send(&self, person: &SignedIn, poll: Uuid, form: &SendForm) -> Result<Sent, Failure> {
        sending::send(self, person, poll, form).await
    }

    async fn receipt(&self, person: &SignedIn, poll: Uuid) -> Result<Step<Receipt>, Failure> {
        sending::receipt(self, person, poll).await
    }

    async fn answers(&self, person: &SignedIn) -> Result<Vec<PollCard>, Failure> {
        finding::answered(self, person).await
    }

    async fn own(&self, person: &SignedIn, poll: Uuid) -> Result<OwnAnswers, Failure> {
        own::answers(self, person, poll).await
    }

    async fn change(&self, person: &SignedIn, poll: Uuid, owner: &str) -> Result<(), Failure> {
        own::change(self, person, poll, owner).await
    }

    async fn withdraw(
        &self,
        person: &SignedIn,
        poll: Uuid,
        owner: &str,
        told: Stage,
    ) -> Result<Withdrawn, Failure> {
        own::withdraw(self, person, poll, owner, told).await
    }

    async fn discard(&self, person: &SignedIn, poll: Uuid, owner: &str) -> Result<(), Failure> {
        own::discard(self, person, poll, owner).await
    }
}
