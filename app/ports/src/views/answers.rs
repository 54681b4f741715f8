//! What the pages of a person's own answers show, to that person only.

use super::{ZonedMoment, polls::PollCard};
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

/// How far a poll is for whoever withdraws: it decides what becomes of the answers, and is said beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// It takes answers: they are deleted, and others can be sent.
    #[default]
    Open,
    /// It takes none any more: they are deleted for good.
    Closed,
    /// They are counted: all that is kept of them is that there was an answer.
    Counted,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Open, Self::Closed, Self::Counted];

    /// The code in a form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Counted => "counted",
        }
    }

    /// The stage with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// What became of answers that were withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// They are deleted.
    Deleted,
    /// They were counted before, and nothing is kept of them but that there was an answer.
    CutOff,
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
    /// What withdrawing means by now, of a poll on a special category; of others only whether it is open.
    pub stage: Stage,
    /// Whether its release says nothing, because too few people answered.
    pub withheld: bool,
    /// Until when they can be changed or withdrawn.
    pub closes_at: Option<ZonedMoment>,
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
