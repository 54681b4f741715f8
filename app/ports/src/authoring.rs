//! Writing, reviewing, opening and closing polls.
//!
//! Every method checks for itself what the caller may do: an initiator sees the polls of the own
//! departments, a reviewer those that wait for review; of one that waited, how that ended. Anything else is
//! not found.

use crate::{
    caller::SignedIn,
    failure::Failure,
    forms::FieldFault,
    views::editor::{
        Department, DepartmentPolls, PollPage, ReviewLine, ReviewPage, Reviewed, Settings,
        templates::Template,
    },
};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use questionnaire::{Audience, Language, Plan, Question, Questionnaire, Special, Text};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a new poll starts with.
#[derive(Clone, Debug)]
pub struct NewPoll {
    /// The mark that was drawn for its form ([`Authoring::mark`]), if the form brought one.
    pub mark: Option<Uuid>,
    /// The languages that it is written in.
    pub languages: BTreeSet<Language>,
    /// Title.
    pub title: Text,
    /// What the department wants to know it for.
    pub purpose: Text,
    /// Where its questions come from.
    pub start: Start,
}

/// Where a new poll's questions come from.
#[derive(Clone, Debug)]
pub enum Start {
    /// A template that the portal offers.
    Template(Template),
    /// Questions, audience and plan of another poll of the department.
    Copy(Uuid),
    /// Those of a file.
    File(Questionnaire, Audience, Plan),
}

/// A change to a draft.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Languages, title and purpose.
    Basics {
        /// The languages that it is written in.
        languages: BTreeSet<Language>,
        /// Title.
        title: Text,
        /// What the department wants to know it for.
        purpose: Text,
    },
    /// A question instead of the one with the same code, or a new one at the end.
    Question(Question),
    /// A question less.
    DeleteQuestion {
        /// Its code.
        code: String,
    },
    /// A question one place further up or down.
    MoveQuestion {
        /// Its code.
        code: String,
        /// Up, otherwise down.
        up: bool,
    },
    /// Whom it asks.
    Audience(Audience),
    /// When it opens and closes.
    Schedule {
        /// Opening, on the portal's wall clock.
        opens: NaiveDateTime,
        /// Closing, on the portal's wall clock.
        closes: NaiveDateTime,
        /// Days after publication until the poll's key is destroyed.
        retention_days: u16,
    },
    /// What will be published.
    Plan(Plan),
    /// Whether it asks about a special category.
    Special(Option<Special>),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Fields of the form.
    Faults(Vec<FieldFault>),
    /// Anything else.
    Failure(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Writing, reviewing, opening and closing polls.
///
/// A `revision` is the one that the person saw: [`Failure::Conflict`] if the poll has changed
/// since. [`Failure::Forbidden`] without the role, [`Failure::NotFound`] with the role elsewhere,
/// [`Failure::WrongState`] where the poll's state does not allow it.
#[async_trait]
pub trait Authoring: Send + Sync {
    /// A department's polls.
    async fn department(
        &self,
        person: &SignedIn,
        department: Uuid,
    ) -> Result<DepartmentPolls, Failure>;

    /// A department's name.
    async fn department_name(
        &self,
        person: &SignedIn,
        department: Uuid,
    ) -> Result<Department, Failure>;

    /// A mark for a form that makes a draft, which brings it along: sent twice, it makes one draft.
    fn mark(&self) -> Uuid;

    /// A new draft; its id. A draft that the same form has made already is made. Where anything else has or
    /// had the id, the draft gets another one. A poll to copy that is not there is a fault of the form.
    async fn create(
        &self,
        person: &SignedIn,
        department: Uuid,
        poll: NewPoll,
    ) -> Result<Uuid, Refusal>;

    /// A poll with what is missing, its participation and its life.
    async fn poll(&self, person: &SignedIn, poll: Uuid) -> Result<PollPage, Failure>;

    /// What is set about a poll.
    async fn settings(&self, person: &SignedIn, poll: Uuid) -> Result<Settings, Failure>;

    /// Changes a draft. One that has changed since, but is already as the edit would make it, is as it should be:
    /// a form may be sent twice.
    async fn edit(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        edit: Edit,
    ) -> Result<(), Refusal>;

    /// Deletes a draft; gives its department. One of a department of the person's that was deleted before
    /// is deleted all the same.
    async fn delete(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<Uuid, Failure>;

    /// Sends a draft to review; [`Failure::NotReady`] while something is missing.
    async fn submit(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure>;

    /// Takes a poll that waits for review or for its opening back to the draft.
    async fn withdraw(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure>;

    /// Opens an approved poll before its time; [`Failure::NotReady`] where another poll of the department
    /// asks the same by now.
    async fn open(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure>;

    /// Closes an open poll before its time.
    async fn close(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure>;

    /// Writes down what was decided because of a published poll; an empty text takes down what was written. Sent
    /// twice, it is done, as [`Self::edit`].
    async fn outcome(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        outcome: Text,
    ) -> Result<(), Failure>;

    /// The polls of every department that wait for review, the oldest first.
    async fn reviews(&self, person: &SignedIn) -> Result<Vec<ReviewLine>, Failure>;

    /// A poll that waits for review.
    async fn review(&self, person: &SignedIn, poll: Uuid) -> Result<ReviewPage, Failure>;

    /// How the last review of a poll ended that waits no longer; of the poll itself nothing.
    async fn reviewed(&self, person: &SignedIn, poll: Uuid) -> Result<Reviewed, Failure>;

    /// Approves a poll; [`Failure::Forbidden`] to whoever wrote some of it,
    /// [`Failure::NotReady`] when something is missing by now.
    async fn approve(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure>;

    /// Returns a poll with a reason; [`Failure::Forbidden`] to whoever wrote some of it.
    async fn return_(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        reason: String,
    ) -> Result<(), Failure>;
}
