//! What the editor's pages show. Times are the portal's wall clock.

pub mod copy;
pub mod form;
pub mod question_form;
pub mod reader;
pub mod templates;

use self::{
    form::{NewForm, ReturnForm},
    question_form::QuestionForm,
};
use crate::{
    forms::Form,
    states::State,
    views::polls::{Need, PrivacyNotice},
};
use chrono::NaiveDateTime;
use questionnaire::{Audience, Breakdown, Language, Plan, Problem, Questionnaire, Special, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A part of the work on a poll, in the order of the task list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Languages, title and purpose.
    Basics,
    /// The questions.
    Questions,
    /// Whether it asks about a special category.
    Special,
    /// Whom it asks.
    Audience,
    /// When it opens and closes, and how long answers can be traced.
    Schedule,
    /// What will be published.
    Plan,
}

impl Task {
    /// Every task in its order.
    pub const ALL: [Self; 6] =
        [Self::Basics, Self::Questions, Self::Special, Self::Audience, Self::Schedule, Self::Plan];

    /// The part of the address.
    #[must_use]
    pub const fn part(self) -> &'static str {
        match self {
            Self::Basics => "basics",
            Self::Questions => "questions",
            Self::Special => "special",
            Self::Audience => "audience",
            Self::Schedule => "schedule",
            Self::Plan => "plan",
        }
    }

    /// The task with this part of the address.
    #[must_use]
    pub fn from_part(part: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.part() == part)
    }
}

/// What keeps a poll from being sent to review. A closed set: the pages turn it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "missing", rename_all = "snake_case")]
pub enum Missing {
    /// The title in this language.
    Title {
        /// The language.
        language: Language,
    },
    /// The purpose in this language.
    Purpose {
        /// The language.
        language: Language,
    },
    /// A sound questionnaire.
    Definition {
        /// The question, `None` for the questionnaire as a whole.
        question: Option<String>,
        /// What is wrong.
        problem: Problem,
    },
    /// Somebody's word on whether it asks about a special category.
    Special,
    /// An audience of regions that the portal has: of another one nobody is, and the results could not be
    /// published.
    UnknownRegion {
        /// The region's code.
        code: String,
    },
    /// An audience that somebody can belong to: it refuses those of whom this is not known, and the portal
    /// will know it of nobody.
    NeverKnown {
        /// What it would have to know.
        need: Need,
    },
    /// A plan without this breakdown: by the audience alone, a fact of it is the same of everybody.
    FixedBreakdown {
        /// The breakdown.
        breakdown: Breakdown,
    },
    /// Opening and closing time.
    Schedule,
    /// A closing time after the opening time.
    ClosesBeforeOpening,
    /// A closing time that is still to come.
    ClosesInThePast,
    /// Questions that no other poll asks some of the same people at the same time, or others of them
    /// shortly before or after: subtracted from each other, the two results could tell what a few
    /// people answered.
    SameQuestions {
        /// The questions' codes, in their order.
        questions: Vec<String>,
        /// The other poll.
        poll: Text,
        /// When that one closes or closed.
        closes: Option<NaiveDateTime>,
        /// How many days are to be between the two, where they are not open at the same time.
        apart_days: Option<u16>,
    },
    /// A poll that this version cannot read, at the same time or shortly before or after: nobody can tell
    /// whether it asks the same of some of the same people.
    Unreadable {
        /// That poll's title; absent where that cannot be read either.
        poll: Option<Text>,
        /// When that one closes or closed.
        closes: Option<NaiveDateTime>,
        /// As of [`Missing::SameQuestions`].
        apart_days: Option<u16>,
    },
}

impl Missing {
    /// Whether it also keeps an approved poll from being opened, and not only one from being approved.
    #[must_use]
    pub const fn keeps_from_opening(&self) -> bool {
        matches!(
            self,
            Self::Schedule
                | Self::ClosesBeforeOpening
                | Self::ClosesInThePast
                | Self::SameQuestions { .. }
                | Self::Unreadable { .. }
        )
    }

    /// Where it is to be mended.
    #[must_use]
    pub const fn task(&self) -> Task {
        match self {
            Self::Title { .. } | Self::Purpose { .. } => Task::Basics,
            Self::Definition { .. } | Self::SameQuestions { .. } => Task::Questions,
            Self::Special => Task::Special,
            Self::UnknownRegion { .. } | Self::NeverKnown { .. } => Task::Audience,
            Self::FixedBreakdown { .. } => Task::Plan,
            Self::Schedule
            | Self::ClosesBeforeOpening
            | Self::ClosesInThePast
            | Self::Unreadable { .. } => Task::Schedule,
        }
    }
}

/// A department with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Identifier.
    pub id: Uuid,
    /// Name.
    pub name: Text,
}

/// A poll in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollLine {
    /// Identifier.
    pub id: Uuid,
    /// Title.
    pub title: Text,
    /// Where it is in its life.
    pub state: State,
    /// Whether its release says nothing, because too few people answered.
    pub withheld: bool,
    /// When it opens or opened.
    pub opens: Option<NaiveDateTime>,
    /// When it closes or closed.
    pub closes: Option<NaiveDateTime>,
    /// Whether it is a draft again because a reviewer returned it.
    pub returned: bool,
}

/// A department's polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentPolls {
    /// The department.
    pub department: Department,
    /// Its polls, the newest first.
    pub polls: Vec<PollLine>,
}

/// Everything that can be set about a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Identifier.
    pub id: Uuid,
    /// The department that asks.
    pub department: Department,
    /// Where the poll is in its life.
    pub state: State,
    /// Whether its release says nothing, because too few people answered.
    pub withheld: bool,
    /// What a form must name to be taken.
    pub revision: i32,
    /// The languages that it is written in.
    pub languages: BTreeSet<Language>,
    /// Title.
    pub title: Text,
    /// What the department wants to know it for.
    pub purpose: Text,
    /// Its questions.
    pub questionnaire: Questionnaire,
    /// Whom it asks.
    pub audience: Audience,
    /// What will be published.
    pub plan: Plan,
    /// The special category that it asks about.
    pub special: Option<Special>,
    /// Whether somebody chose, be it "none".
    pub special_chosen: bool,
    /// When it is to open.
    pub opens: Option<NaiveDateTime>,
    /// Whether that has passed.
    pub overdue: bool,
    /// When it is to close.
    pub closes: Option<NaiveDateTime>,
    /// How many minutes the portal's clock is ahead of UTC at present.
    pub ahead: i32,
    /// Days after publication until the poll's key is destroyed.
    pub retention_days: u16,
    /// What the department decided because of it.
    pub outcome: Option<Text>,
    /// The portal's regions: code and name, in the order of lists.
    pub regions: Vec<(String, Text)>,
    /// What the portal will know of nobody: its identity provider does not release it, and people cannot state
    /// it.
    pub never_known: Vec<Need>,
    /// What the citizen will be told.
    pub notice: PrivacyNotice,
}

impl Settings {
    /// The poll as people will be asked: without what a draft keeps of a language that it lost, for who puts
    /// it in again. Everything but the forms shows this.
    #[must_use]
    pub fn as_asked(&self) -> Self {
        let mut asked = self.clone();
        asked.title.keep(&self.languages);
        asked.purpose.keep(&self.languages);
        asked.questionnaire.keep(&self.languages);
        asked
    }
}

/// Who changed a poll's state, as far as colleagues need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The reader.
    You,
    /// Another member of the staff.
    Colleague,
    /// The scheduler.
    Portal,
}

/// One change of a poll's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: NaiveDateTime,
    /// From which state.
    pub from: State,
    /// To which state.
    pub to: State,
    /// Who did it.
    pub who: Who,
    /// The reason given.
    pub note: Option<String>,
}

/// A poll as its initiator sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollPage {
    /// What is set.
    pub settings: Settings,
    /// What keeps it from being sent to review.
    pub missing: Vec<Missing>,
    /// While answers are taken: how many people had at least when the last interim totals were made, in
    /// full tens.
    pub participation: Option<u64>,
    /// Its life so far, the newest first.
    pub history: Vec<Event>,
}

/// A poll that waits for a reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewLine {
    /// The poll.
    pub poll: PollLine,
    /// The department that asks.
    pub department: Text,
    /// Whether the reader wrote some of it, and so cannot review it.
    pub own: bool,
}

/// A poll as its reviewer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewPage {
    /// What is set.
    pub settings: Settings,
    /// What keeps it from being approved: time may have passed since it was sent.
    pub missing: Vec<Missing>,
    /// Whether the reader wrote some of it, and so cannot review it.
    pub own: bool,
    /// Its life so far, the newest first.
    pub history: Vec<Event>,
}

/// A part of a poll with its form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filled<F> {
    /// What is set.
    pub settings: Settings,
    /// The form.
    pub form: Form<F>,
    /// Whether it came too late and what is set by now is something else: whoever sends it again has to
    /// see what they write over.
    pub differs: bool,
}

/// A question with its form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionPage {
    /// What is set.
    pub settings: Settings,
    /// The question's code; `None` before it was saved.
    pub code: Option<String>,
    /// Its place, from 1; `None` before it was saved.
    pub number: Option<usize>,
    /// The form.
    pub form: Form<QuestionForm>,
    /// As of [`Filled`].
    pub differs: bool,
}

/// Most polls that are offered to be copied.
pub const MAX_COPIED: usize = 20;

/// The form of a new poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPage {
    /// The department that will ask.
    pub department: Department,
    /// Those of its polls that are offered to be copied, the newest first ([`MAX_COPIED`]).
    pub polls: Vec<PollLine>,
    /// Whether it has older ones as well.
    pub older: bool,
    /// The form.
    pub form: Form<NewForm>,
}

/// The form that takes a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilePage {
    /// The department that will ask.
    pub department: Department,
    /// The id that was drawn for the form: sent twice, it makes one poll.
    pub new: Uuid,
    /// What is wrong with the file that was sent; the file itself is not kept.
    pub form: Form<()>,
}

/// How a review can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The poll was approved.
    Approved,
    /// It was returned with a reason.
    Returned,
    /// Its department took it back.
    TakenBack,
}

/// How the last review of a poll ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// When.
    pub at: NaiveDateTime,
    /// With what.
    pub ending: Ending,
    /// Who ended it.
    pub who: Who,
}

/// A poll in review with the form that returns it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewForm {
    /// The poll; `None` once it waits no longer.
    pub page: Option<ReviewPage>,
    /// How that ended, where it waits no longer.
    pub reviewed: Option<Reviewed>,
    /// The form.
    pub form: Form<ReturnForm>,
}
