//! What the pages of a person's own answers show, to that person only.

use super::{Deadline, polls::PollCard};
use crate::states::State;
use chrono::NaiveDate;
use questionnaire::{AnswerError, Question, Special, Text, Typed, audience::StoredFacts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One question and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// The question.
    pub question: Question,
    /// What was typed, valid or not; empty where it was left open.
    pub typed: Typed,
    /// Why it cannot be sent.
    pub error: Option<AnswerError>,
}

/// The facts that are stored with an answer, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsView {
    /// As stored.
    pub stored: StoredFacts,
    /// The region's name, where one is stored and known.
    pub region: Option<Text>,
}

/// A person's own response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnResponse {
    /// The answers in the order of the questions.
    pub lines: Vec<Line>,
    /// What is stored with them.
    pub facts: FactsView,
    /// The special category to which the person consented.
    pub consent: Option<Special>,
    /// The day of the first sending.
    pub received_on: NaiveDate,
    /// The day of the last change.
    pub changed_on: Option<NaiveDate>,
    /// As on the receipt.
    pub reference: String,
    /// Whether there is a changed draft that was not sent.
    pub draft: bool,
}

/// A draft, before it is deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftPage {
    /// The poll.
    pub card: PollCard,
    /// Whose form this is: it comes back with it, and nobody else's draft is deleted.
    pub owner: String,
}

/// My answers to one poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnAnswers {
    /// The poll.
    pub id: Uuid,
    /// Its title.
    pub title: Text,
    /// Who asks.
    pub department: Text,
    /// Open, closed or published.
    pub state: State,
    /// Whether its release says nothing, because too few people answered.
    pub withheld: bool,
    /// Until when they can be changed or withdrawn.
    pub closes_at: Option<Deadline>,
    /// Whether the person is still one of those whom the poll asks; whoever is not can only withdraw.
    pub asked: bool,
    /// When the poll's key will be or was destroyed, as far as it can be told.
    pub severed_on: Option<NaiveDate>,
    /// Days after that in which a backup may still hold what was deleted, at most; 0 where there are none.
    pub backup_days: u16,
    /// Whether interim totals are shown while it is open.
    pub live: bool,
    /// Whose the page's forms are: it comes back with them, and nobody else's answers are changed or
    /// deleted. Empty once nobody can tell any more whose is whose.
    pub owner: String,
    /// The response; absent once nobody can tell any more whose is whose.
    pub response: Option<OwnResponse>,
}
