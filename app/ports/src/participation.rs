//! Finding polls and taking part in them.

use crate::{
    caller::SignedIn,
    failure::Failure,
    views::{
        answers::{Line, OwnAnswers, Stage, Withdrawn},
        polls::{Asking, PollCard, PollList, PollPage, Tab},
        take::{CheckPage, Leave, QuestionPage, Receipt, Saved, SendForm, Sent, Step, Waiting},
    },
};
use async_trait::async_trait;
use questionnaire::Typed;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Finding polls and taking part in them.
///
/// A poll that is not public (draft, in review, scheduled) is not found, by anybody. Somebody whom a
/// poll does not ask, or who signed in at too low a level, adds no answer to it, and can all the same
/// see, withdraw and discard what is theirs. Nothing here tells one person about another. Where it is for want
/// of a fact that a poll does not ask somebody, [`Failure::FactUnknown`] takes the place of
/// [`Failure::NotEligible`].
///
/// What a form changes is of the person to whom its page was shown. `owner` is the form's, as its page had
/// it, and is compared before anything else; it is empty where the form did not bring it.
///
/// Beside what a method names, each fails with [`Failure::Internal`] when a store cannot be read or
/// written, with [`Failure::Busy`] when so many ask that no more may wait, or the person's other
/// windows were quicker again and again, with [`Failure::WrongState`] where a poll's key is destroyed, and with
/// [`Failure::SignedOut`] when the session has ended meanwhile.
#[async_trait]
pub trait Participation: Send + Sync {
    /// Polls of one tab, with the reader's own state in each: the page with this number, from 1, or the
    /// last one where there are fewer.
    async fn polls(
        &self,
        reader: Option<&SignedIn>,
        tab: Tab,
        page: u64,
    ) -> Result<PollList, Failure>;

    /// How many open polls ask the person, who has sent no answers to them, and for want of which facts it may be
    /// more.
    async fn waiting(&self, person: &SignedIn) -> Result<Asking, Failure>;

    /// A poll as everybody may see it, with the reader's own state.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    async fn poll(&self, reader: Option<&SignedIn>, poll: Uuid) -> Result<PollPage, Failure>;

    /// Whether there is a poll of this id that everybody may see.
    async fn is_public(&self, poll: Uuid) -> Result<bool, Failure>;

    /// What was typed for the questions with these numbers, from 1, and could not be kept with the person:
    /// each beside its question. Numbers that no question has are left out, and so is what was typed in
    /// the form of somebody else.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    async fn late(
        &self,
        person: &SignedIn,
        poll: Uuid,
        waiting: BTreeMap<usize, Waiting>,
    ) -> Result<Vec<Line>, Failure>;

    /// Where to go on: the first question without a valid answer, or the check of all answers.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::NotEligible`], [`Failure::NotAssured`];
    /// [`Failure::Closed`] where the poll is not open.
    async fn start(&self, person: &SignedIn, poll: Uuid) -> Result<Step<()>, Failure>;

    /// The `number`th question (from 1) with what was typed, or [`Step::Poll`] where the poll is not
    /// open. `unsaved` is what was typed when nobody was signed in any more: it goes into the person's
    /// draft now, unless it was typed in the form of somebody else. What is too long for a draft is shown.
    ///
    /// # Errors
    /// [`Failure::NotFound`] also where there is no such question; [`Failure::NotEligible`],
    /// [`Failure::NotAssured`].
    async fn question(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        unsaved: Option<Waiting>,
    ) -> Result<Step<QuestionPage>, Failure>;

    /// Keeps what was typed for the `number`th question, valid or not, unless it is far too long
    /// ([`Saved::TooLong`]). Nothing typed is a question passed, where it may be left open, and none where
    /// the person leaves for another time ([`Leave::Later`]): they go on with it then. Where they leave it
    /// without an answer ([`Leave::Past`]) nothing typed takes the place of no words that are kept.
    ///
    /// # Errors
    /// [`Failure::NotFound`] also where there is no such question; [`Failure::NotEligible`],
    /// [`Failure::NotAssured`]; [`Failure::Closed`] where the poll is not open;
    /// [`Failure::OtherPerson`] for a form that somebody else opened.
    async fn save(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        typed: Typed,
        owner: &str,
        leave: Leave,
    ) -> Result<Saved, Failure>;

    /// Everything that will be sent, or [`Step::Poll`] where the poll is not open.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::NotEligible`], [`Failure::NotAssured`].
    async fn check(&self, person: &SignedIn, poll: Uuid) -> Result<Step<CheckPage>, Failure>;

    /// Sends the draft that the form was about. The same form sent again stores nothing more, and is
    /// acknowledged while what it sent is what is stored, or else told so ([`Sent::Outdated`]): whoever
    /// does not know whether it arrived sends it once more.
    ///
    /// # Errors
    /// [`Failure::NotFound`], [`Failure::NotEligible`], [`Failure::NotAssured`];
    /// [`Failure::Closed`] where the poll is not open. Then nothing is stored; after
    /// [`Failure::Internal`] it may be, where a connection broke before the acknowledgement.
    async fn send(&self, person: &SignedIn, poll: Uuid, form: &SendForm) -> Result<Sent, Failure>;

    /// What the person is told after sending, or [`Step::Poll`] where nothing was sent.
    ///
    /// # Errors
    /// [`Failure::NotFound`].
    async fn receipt(&self, person: &SignedIn, poll: Uuid) -> Result<Step<Receipt>, Failure>;

    /// The polls that the person answered or began.
    async fn answers(&self, person: &SignedIn) -> Result<Vec<PollCard>, Failure>;

    /// The person's own answers to one poll.
    ///
    /// # Errors
    /// [`Failure::NotFound`] also where the person did not answer.
    async fn own(&self, person: &SignedIn, poll: Uuid) -> Result<OwnAnswers, Failure>;

    /// Begins to change the answers that were sent. A draft of them is made by the first one that is saved, and
    /// at once only where other facts go with them now: then there is something to send.
    ///
    /// # Errors
    /// [`Failure::NotFound`] also where the person did not answer; [`Failure::NotEligible`],
    /// [`Failure::NotAssured`]; [`Failure::Closed`] where the poll is not open;
    /// [`Failure::OtherPerson`] for a form that somebody else opened.
    async fn change(&self, person: &SignedIn, poll: Uuid, owner: &str) -> Result<(), Failure>;

    /// Deletes the person's answers and draft. Where there are none it is done already. Answers on a special category
    /// may not be kept without the person's consent, which can be taken back as long as the poll has its key: they are
    /// deleted after closing, too; once they are counted it is kept that there was an answer. `told` is what the page
    /// said of that.
    ///
    /// # Errors
    /// [`Failure::NotFound`]; [`Failure::Closed`] where the poll is not open, and is on no special category;
    /// [`Failure::OtherPerson`] for a form that somebody else opened; of a special category [`Failure::NotAsTold`]
    /// where the poll is further by now than the person was told, and [`Failure::Busy`] also while its release is
    /// made. Nothing is done then.
    async fn withdraw(
        &self,
        person: &SignedIn,
        poll: Uuid,
        owner: &str,
        told: Stage,
    ) -> Result<Withdrawn, Failure>;

    /// Throws away what was not sent, also after closing, until that is done by itself. Answers that were sent stay.
    ///
    /// # Errors
    /// [`Failure::NotFound`]; [`Failure::OtherPerson`] for a form that somebody else opened.
    async fn discard(&self, person: &SignedIn, poll: Uuid, owner: &str) -> Result<(), Failure>;
}
