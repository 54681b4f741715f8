//! Finding polls and taking part in them.

use crate::{
    caller::SignedIn,
    failure::Failure,
    views::{
        answers::OwnAnswers,
        polls::{PollCard, PollList, PollPage, Tab},
        take::{CheckPage, QuestionPage, Receipt, Saved, SendForm, Sent, Step},
    },
};
use async_trait::async_trait;
use questionnaire::Typed;
use uuid::Uuid;

/// Finding polls and taking part in them.
///
/// A poll that is not public (draft, in review, scheduled) is [`Failure::NotFound`] everywhere.
/// What needs an open poll fails with [`Failure::WrongState`] after closing, and what adds an
/// answer with [`Failure::NotEligible`] for somebody whom the poll does not ask, and with
/// [`Failure::NotAssured`] for somebody who signed in at too low a level; what is theirs they can see,
/// withdraw and discard all the same. Nothing here tells one person about another.
#[async_trait]
pub trait Participation: Send + Sync {
    /// Polls of one tab, with the reader's own state in each.
    ///
    /// # Errors
    /// When a store cannot be read.
    async fn polls(&self, reader: Option<&SignedIn>, tab: Tab) -> Result<PollList, Failure>;

    /// A poll as everybody may see it, with the reader's own state.
    ///
    /// # Errors
    /// [`Failure::NotFound`]; when a store cannot be read.
    async fn poll(&self, reader: Option<&SignedIn>, poll: Uuid) -> Result<PollPage, Failure>;

    /// Where to go on: the first question without a valid answer, or the check of all answers.
    ///
    /// # Errors
    /// As said above.
    async fn start(&self, person: &SignedIn, poll: Uuid) -> Result<Step<()>, Failure>;

    /// The `number`th question (from 1) with what was typed. `unsaved` is what was typed when
    /// nobody was signed in any more: it goes into the person's draft now.
    ///
    /// # Errors
    /// As said above; [`Failure::NotFound`] where there is no such question.
    async fn question(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        unsaved: Option<Typed>,
    ) -> Result<Step<QuestionPage>, Failure>;

    /// Keeps what was typed for the `number`th question, valid or not. `owner` is the form's, as
    /// its page had it; empty where the form is not at hand.
    ///
    /// # Errors
    /// As [`Self::question`]; [`Failure::OtherPerson`] for a form that somebody else opened.
    async fn save(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        typed: Typed,
        owner: &str,
    ) -> Result<Saved, Failure>;

    /// Everything that will be sent.
    ///
    /// # Errors
    /// As said above.
    async fn check(&self, person: &SignedIn, poll: Uuid) -> Result<Step<CheckPage>, Failure>;

    /// Sends the draft that the form was about.
    ///
    /// # Errors
    /// As said above; [`Failure::Busy`]. After an error nothing has changed.
    async fn send(&self, person: &SignedIn, poll: Uuid, form: &SendForm) -> Result<Sent, Failure>;

    /// What the person is told after sending.
    ///
    /// # Errors
    /// As said above.
    async fn receipt(&self, person: &SignedIn, poll: Uuid) -> Result<Step<Receipt>, Failure>;

    /// The polls that the person answered or began.
    ///
    /// # Errors
    /// When a store cannot be read.
    async fn answers(&self, person: &SignedIn) -> Result<Vec<PollCard>, Failure>;

    /// The person's own answers to one poll.
    ///
    /// # Errors
    /// [`Failure::NotFound`] also where the person did not answer.
    async fn own(&self, person: &SignedIn, poll: Uuid) -> Result<OwnAnswers, Failure>;

    /// Makes a draft of the answers that were sent, to be changed and sent again.
    ///
    /// # Errors
    /// As said above; [`Failure::NotFound`] where the person did not answer.
    async fn change(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure>;

    /// Deletes the person's answers and draft. Where there are none it is done already.
    ///
    /// # Errors
    /// As said above.
    async fn withdraw(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure>;

    /// Throws away what was not sent, also after closing. Answers that were sent stay.
    ///
    /// # Errors
    /// [`Failure::NotFound`]; when a store cannot be written.
    async fn discard(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure>;
}
