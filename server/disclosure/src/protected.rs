//! What may leave: the published tables, the only form with a wire format.
//!
//! Made by [`protect`](crate::protect()) or read back from where a release is stored; there is no public
//! constructor and no public field. Every screen, chart, export and API reads a stored one.
//! A row that nobody is in is missing like one that is withheld. Which it is can be seen at most from the
//! rows beside it (METHOD.md, "What is left").

use serde::{Deserialize, Deserializer, Serialize};

use crate::percent::Percent;
use crate::plan::{Breakdown, Facet};
use crate::protect::Parameters;

/// The version of the wire format that this crate writes. It reads the one before, too: of format 1
/// the rows told every count, those beside a bound as well.
pub(crate) const FORMAT: u32 = 2;
const FIRST_FORMAT: u32 = 1;

/// Why something is not published: the thresholds of [`Parameters`] (rule 2 of METHOD.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Too few people: under [`Parameters::min_release`], or, for breakdowns, under
    /// [`Parameters::min_breakdowns`].
    TooFew,
    /// Under [`Parameters::min_breakdowns`], and the question belongs to a special category.
    SpecialCategory,
}

/// The published statistics of one poll. Immutable once made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedTables {
    #[serde(deserialize_with = "known_format")]
    pub(crate) format: u32,
    pub(crate) parameters: Parameters,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) least_told: Option<u64>,
    pub(crate) responses: Option<u64>,
    pub(crate) withheld: Option<Withheld>,
    pub(crate) participation: Vec<ParticipationTable>,
    pub(crate) questions: Vec<QuestionTables>,
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let format = u32::deserialize(deserializer)?;
    if (FIRST_FORMAT..=FORMAT).contains(&format) {
        Ok(format)
    } else {
        Err(serde::de::Error::custom(format_args!(
            "tables of format {format}, but only {FIRST_FORMAT} to {FORMAT} are known"
        )))
    }
}

impl ProtectedTables {
    /// The same without participation and questions: what can be said where none of their figures is shown.
    #[must_use]
    pub fn without_figures(&self) -> Self {
        Self {
            format: self.format,
            parameters: self.parameters.clone(),
            least_told: self.least_told,
            responses: self.responses,
            withheld: self.withheld,
            participation: Vec::new(),
            questions: Vec::new(),
        }
    }

    /// The parameters of the method, for the note that explains it.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Of an option of a row whose published count is less than this, or less than this below the published base,
    /// only a bound is told ([`FEW`]). A release that was made before there was this rule says nothing of it.
    ///
    /// [`FEW`]: crate::percent::FEW
    pub fn least_told(&self) -> Option<u64> {
        self.least_told
    }

    /// The exact number of responses, or nothing if nothing at all is published.
    pub fn responses(&self) -> Option<u64> {
        self.responses
    }

    /// Why nothing at all is published; nothing if something is.
    pub fn withheld(&self) -> Option<Withheld> {
        self.withheld
    }

    /// How many people responded, by each declared breakdown, protected like answers; empty under
    /// [`Parameters::min_breakdowns`] responses.
    pub fn participation(&self) -> &[ParticipationTable] {
        &self.participation
    }

    /// The questions, in the order of the questionnaire; empty if nothing is published.
    pub fn questions(&self) -> &[QuestionTables] {
        &self.questions
    }

    /// The question with this code.
    pub fn question(&self, code: &str) -> Option<&QuestionTables> {
        self.questions.iter().find(|question| question.code == code)
    }
}

/// Everything that is published about one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionTables {
    pub(crate) code: String,
    pub(crate) withheld: Option<Withheld>,
    pub(crate) headline: Option<Headline>,
    pub(crate) breakdowns_withheld: Option<Withheld>,
    pub(crate) breakdowns: Vec<BreakdownTable>,
}

impl QuestionTables {
    /// The question's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Why not even the headline is published; nothing if it is.
    pub fn withheld(&self) -> Option<Withheld> {
        self.withheld
    }

    /// The counts without a breakdown.
    pub fn headline(&self) -> Option<&Headline> {
        self.headline.as_ref()
    }

    /// Why the breakdowns as a whole are not published; nothing if they are, or none was declared.
    pub fn breakdowns_withheld(&self) -> Option<Withheld> {
        self.breakdowns_withheld
    }

    /// The declared breakdowns, in the order of [`Breakdown::ALL`].
    pub fn breakdowns(&self) -> &[BreakdownTable] {
        &self.breakdowns
    }

    /// One declared breakdown.
    pub fn breakdown(&self, breakdown: Breakdown) -> Option<&BreakdownTable> {
        self.breakdowns.iter().find(|t| t.breakdown == breakdown)
    }
}

/// A question's counts over all its respondents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headline {
    pub(crate) base: u64,
    pub(crate) exact: bool,
    pub(crate) options: Vec<OptionCount>,
}

impl Headline {
    /// The published denominator: how many people answered the question.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Whether the base and the counts are exact (rule 7 of METHOD.md). Otherwise all of them are
    /// perturbed, but for a base that is known exactly: that of a question that everybody had to answer,
    /// and that of people whom another question tells exactly.
    pub fn exact(&self) -> bool {
        self.exact
    }

    /// The options, in display order.
    pub fn options(&self) -> &[OptionCount] {
        &self.options
    }
}

/// One option's published count and percentage in a headline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionCount {
    pub(crate) code: String,
    pub(crate) count: u64,
    pub(crate) percent: Percent,
}

impl OptionCount {
    /// The option's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The published count of people.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The share of the published base.
    pub fn percent(&self) -> Percent {
        self.percent
    }
}

/// One question by one breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakdownTable {
    pub(crate) breakdown: Breakdown,
    pub(crate) complete: bool,
    pub(crate) rows: Vec<Row>,
}

impl BreakdownTable {
    /// The breakdown.
    pub fn breakdown(&self) -> Breakdown {
        self.breakdown
    }

    /// Whether every combination of categories has a row. If not, the missing ones are withheld or
    /// had nobody in them, and nothing marks which.
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// The published rows, in the order of the schema's categories.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// One published row of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub(crate) categories: Vec<(Facet, String)>,
    pub(crate) base: u64,
    pub(crate) options: Vec<RowOption>,
}

impl Row {
    /// The row's categories, in the order of [`Breakdown::facets`].
    pub fn categories(&self) -> &[(Facet, String)] {
        &self.categories
    }

    /// The published denominator: how many people of the row answered the question; where nearly all of
    /// those answered it who answered another one, or who responded, how many these are (rule 6).
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The options, in display order.
    pub fn options(&self) -> &[RowOption] {
        &self.options
    }
}

/// One option's published percentage in a row of a breakdown, and its count where the percentage is
/// not a bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredOption", into = "StoredOption")]
pub struct RowOption {
    code: String,
    count: Option<u64>,
    percent: Percent,
}

/// As it is stored. A version that knows the bounds 5 and 95 only finds the words for them and no format
/// that it does not know: it can still read what a newer one publishes while the two run beside each other.
/// Of a release that it made there is no other bound.
#[derive(Serialize, Deserialize)]
struct StoredOption {
    code: String,
    count: Option<u64>,
    percent: Percent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bound: Option<u8>,
}

impl From<StoredOption> for RowOption {
    fn from(stored: StoredOption) -> Self {
        let StoredOption { code, count, percent, bound } = stored;
        Self { code, count, percent: bound.map_or(percent, |bound| percent.with_bound(bound)) }
    }
}

impl From<RowOption> for StoredOption {
    fn from(option: RowOption) -> Self {
        let RowOption { code, count, percent } = option;
        Self { code, count, percent, bound: percent.unsaid_bound() }
    }
}

impl RowOption {
    /// The only way to one, from the published count and base of the row. The same people have the
    /// same noise, so an option that everybody in the row chose has the base as its count: beside a
    /// bound it would tell what the share does not (rule 6 of METHOD.md).
    pub(crate) fn of(code: &str, count: u64, base: u64) -> Self {
        let percent = Percent::of_row(count, base);
        let count = matches!(percent, Percent::Exactly(_)).then_some(count);
        Self { code: code.to_owned(), count, percent }
    }

    /// The option's code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The published count of people; nothing where the share is a bound.
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// The share of the published base.
    pub fn percent(&self) -> Percent {
        self.percent
    }
}

/// The number of respondents by one breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipationTable {
    pub(crate) breakdown: Breakdown,
    pub(crate) complete: bool,
    pub(crate) rows: Vec<ParticipationRow>,
}

impl ParticipationTable {
    /// The breakdown.
    pub fn breakdown(&self) -> Breakdown {
        self.breakdown
    }

    /// As [`BreakdownTable::complete`].
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// The published rows, in the order of the schema's categories.
    pub fn rows(&self) -> &[ParticipationRow] {
        &self.rows
    }
}

/// The published number of respondents of one combination of categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipationRow {
    pub(crate) categories: Vec<(Facet, String)>,
    pub(crate) count: u64,
}

impl ParticipationRow {
    /// The row's categories, in the order of [`Breakdown::facets`].
    pub fn categories(&self) -> &[(Facet, String)] {
        &self.categories
    }

    /// The published number of people.
    pub fn count(&self) -> u64 {
        self.count
    }
}
