//! What the pages of results show, in the reader's language. Days are the portal's.

mod asked;
pub mod comparison;
pub mod dataset;
mod live;
mod page;
mod staff;
mod tokens;
pub mod turnout;
pub mod words;

pub use asked::{Asked, beyond};
pub use comparison::{Comparable, Compared, ComparedRow, Comparison, Difference, Pair, Side};
pub use live::{Live, LiveQuestion};
pub use page::{Choice, Decided, ResultsPage};
pub use staff::{DepartmentStatistics, PublishedLine, StaffResults, Waiting, WaitingPage};
pub use tokens::{MAX_TOKEN_NAME, Token, TokenFields, TokenPage, Tokens, TokensPage};
pub use turnout::{Rate, Turnout};

use chrono::NaiveDate;
use questionnaire::{Breakdown, Language};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A published poll with all that its release holds, in words: what every page, file and picture is
/// made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// The poll.
    pub poll: Uuid,
    /// Its page of results for everybody, with the portal's host: where whoever has a file finds the rest.
    pub address: String,
    /// Its title.
    pub title: String,
    /// The language of the poll's words where it was not written in the reader's.
    pub language: Option<Language>,
    /// The department that asked.
    pub department: Uuid,
    /// Its name.
    pub department_name: String,
    /// What the department wanted to know it for.
    pub purpose: String,
    /// Whom the poll asked, a line for each condition; never empty.
    pub audience: Vec<String>,
    /// First and last day of the poll.
    pub open: Option<(NaiveDate, NaiveDate)>,
    /// The day of publication: from then on everybody could see it.
    pub published: NaiveDate,
    /// What the department decided because of it.
    pub outcome: Option<String>,
    /// The outcome's language where it is not the reader's.
    pub outcome_language: Option<Language>,
    /// The exact number of responses; absent where nothing is published.
    pub responses: Option<u64>,
    /// Residents of all regions that were asked, and responses for each thousand of them; absent
    /// where the portal does not know one of the numbers, and where not all residents were asked.
    pub residents: Option<(u64, Rate)>,
    /// The same by region, of the published numbers of participation only; likewise.
    pub turnout: Vec<Turnout>,
    /// Why nothing at all is published.
    pub withheld: Option<Withheld>,
    /// The breakdowns of the plan.
    pub planned: Vec<Breakdown>,
    /// How many people responded, by the breakdowns.
    pub participation: Vec<ParticipationTable>,
    /// The questions in their order.
    pub questions: Vec<QuestionResults>,
    /// How the figures were made.
    pub method: Method,
    /// SHA-256 of the release.
    pub digest: String,
}

/// Why something is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Too few people.
    TooFew,
    /// Few people, and the answers are of a special category.
    SpecialCategory,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionResults {
    /// Its code.
    pub code: String,
    /// The question.
    pub title: String,
    /// What helped to answer it.
    pub hint: Option<String>,
    /// The language of its words where it is not the reader's.
    pub language: Option<Language>,
    /// Whether one had to answer it.
    pub required: bool,
    /// Whether its options are parts of a whole in an order of their own (steps of a scale, bins,
    /// years, yes and no), and are drawn as one bar.
    pub stacked: bool,
    /// What one has to know to read its figures.
    pub note: Note,
    /// Why not even the headline is published.
    pub withheld: Option<Withheld>,
    /// Everybody's answers.
    pub headline: Option<Headline>,
    /// Why no breakdown is published, although some are planned.
    pub breakdowns_withheld: Option<Withheld>,
    /// Answers by the breakdowns of the plan.
    pub breakdowns: Vec<BreakdownTable>,
}

impl QuestionResults {
    /// The language of its options where it is not the reader's: the department wrote those of a
    /// choice, and the portal writes yes, no, steps, ranges and years.
    #[must_use]
    pub const fn options_language(&self) -> Option<Language> {
        if self.stacked { None } else { self.language }
    }

    /// The language of its options by themselves ([`words::label`]) where it is not the reader's: the ends
    /// of a scale stand there with the department's words.
    #[must_use]
    pub const fn labels_language(&self) -> Option<Language> {
        self.note.labels_language(self.language, self.options_language())
    }
}

/// What one has to know to read a question's figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Nothing.
    #[default]
    None,
    /// People could choose several options.
    Several {
        /// How many at most.
        most: u32,
    },
    /// The options are steps between two ends.
    Scale {
        /// The lowest step.
        from: i32,
        /// What it means.
        low: String,
        /// The highest step.
        to: i32,
        /// What it means.
        high: String,
    },
    /// A written answer, never published.
    Written,
}

impl Note {
    /// The language of labels ([`words::label`]), from those of the question and of its options.
    const fn labels_language(
        &self,
        question: Option<Language>,
        options: Option<Language>,
    ) -> Option<Language> {
        if matches!(self, Self::Scale { .. }) { question } else { options }
    }
}

/// Everybody's answers to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    /// How many answered.
    pub base: u64,
    /// Whether the figures are exact; otherwise they may be changed a little.
    pub exact: bool,
    /// The options in their order.
    pub figures: Vec<Figure>,
}

/// One option's count and share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The option's code.
    pub code: String,
    /// The option in words; of a scale the step alone. Where no [`Note`] stands beside it, see
    /// [`words::label`].
    pub label: String,
    /// People; nothing in a breakdown whose share is a bound. Disclosure control left it out of the
    /// release, so whoever shows a figure has nothing to decide.
    pub count: Option<u64>,
    /// Share of the base.
    pub percent: Percent,
}

/// A whole percentage; in breakdowns only a bound where few or nearly all chose the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Percent {
    /// This many percent or less.
    AtMost(u8),
    /// This many percent.
    Exactly(u8),
    /// This many percent or more.
    AtLeast(u8),
}

impl Percent {
    /// The number that is told: the share, or the bound of it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::AtMost(percent) | Self::Exactly(percent) | Self::AtLeast(percent) => percent,
        }
    }
}

/// A fact about respondents by which answers are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Region.
    Region,
    /// Age band.
    AgeBand,
    /// Gender.
    Gender,
}

impl Facet {
    /// The facets of a breakdown, in the order of its rows' categories.
    #[must_use]
    pub const fn of(breakdown: Breakdown) -> &'static [Self] {
        match breakdown {
            Breakdown::Region => &[Self::Region],
            Breakdown::AgeBand => &[Self::AgeBand],
            Breakdown::Gender => &[Self::Gender],
            Breakdown::RegionByAgeBand => &[Self::Region, Self::AgeBand],
            Breakdown::RegionByGender => &[Self::Region, Self::Gender],
            Breakdown::AgeBandByGender => &[Self::AgeBand, Self::Gender],
        }
    }
}

/// One category of a facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The facet.
    pub facet: Facet,
    /// Its code.
    pub code: String,
    /// In words.
    pub label: String,
}

/// One question by one breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakdownTable {
    /// The breakdown.
    pub by: Breakdown,
    /// Whether every combination of categories has a row.
    pub complete: bool,
    /// The published rows.
    pub rows: Vec<Row>,
}

/// One row of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Whom it is about, in the order of [`Facet::of`].
    pub categories: Vec<Category>,
    /// How many of them answered.
    pub base: u64,
    /// The options in their order.
    pub figures: Vec<Figure>,
}

/// How many people responded, by one breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipationTable {
    /// The breakdown.
    pub by: Breakdown,
    /// Whether every combination of categories has a row.
    pub complete: bool,
    /// The published rows: whom, and how many.
    pub rows: Vec<(Vec<Category>, u64)>,
}

/// How the figures were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Name of the perturbation table.
    pub table: String,
    /// D: the most by which a count is changed.
    pub most_noise: u8,
    /// V: the variance of the changes.
    pub variance: String,
    /// js: counts from 1 to this are never published.
    pub never_up_to: u64,
    /// Fewer responses: nothing is published.
    pub least_release: u64,
    /// Fewer responses: headlines only.
    pub least_breakdowns: u64,
    /// Fewer people: the row is withheld.
    pub least_row: u64,
    /// A published number of those of a row who chose an option that is less than this, or less than this below
    /// the row's: only a bound of the share is given. Nothing where the release was made before this was so.
    pub least_told: Option<u64>,
    /// Whether audience or breakdowns go by facts about people.
    pub by_facts: bool,
    /// The identity provider's name where whoever has several accounts at it can answer several times.
    pub several_accounts_at: Option<String>,
}
