//! What the pages of taking part show. It is the person's own and goes to nobody else.

use super::ZonedMoment;
use crate::views::answers::{FactsView, Line};
use questionnaire::{AnswerError, Question, Special, Text, Typed, audience::StoredFacts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A page, or where to go instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step<T> {
    /// The page that was asked for.
    Here(T),
    /// The `number`th question (from 1) comes first.
    Question(usize),
    /// Everything is answered: check it.
    Check,
    /// There is nothing to do but on the poll's own page, which says why.
    Poll,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionPage {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: Text,
    /// Which question, from 1.
    pub number: usize,
    /// How many there are.
    pub count: usize,
    /// The question.
    pub question: Question,
    /// Seed of the order in which this person sees the options.
    pub seed: u64,
    /// What was typed before.
    pub typed: Typed,
    /// What is wrong with it, if it is to be said.
    pub error: Option<AnswerError>,
    /// Whether the page was opened from the check of all answers.
    pub from_check: bool,
    /// Whose form this is: it comes back with the answer, which is kept with this person only.
    pub owner: String,
    /// Whether what is shown could not be saved when it was typed, and something else is stored, or nothing.
    pub unsaved: bool,
}

/// How the names of the forms begin with which polls are answered, of which some wait as [`Waiting`]; a poll and the
/// number of a question follow (`take/{poll}/{number}`), which the download of somebody's data reads, too.
pub const FORMS: &str = "take/";

/// What was typed and could not be kept with the person, as it waits in the browser's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What was typed.
    #[serde(flatten)]
    pub typed: Typed,
    /// Whose form it was typed in ([`QuestionPage::owner`]); empty where the form did not say it. The session
    /// may be of somebody else: where nobody is signed in any more, or a store fails, that cannot be told
    /// when it comes.
    #[serde(default)]
    pub owner: String,
}

impl Waiting {
    /// Whether it is shown to the person whose forms have this `owner`. Where they have none any more, since
    /// the poll's key is destroyed, nobody can tell whose it is, and it is shown to nobody.
    #[must_use]
    pub fn is_of(&self, owner: &str) -> bool {
        self.owner.is_empty() || self.owner == owner
    }
}

/// How the person leaves a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// To go on.
    On,
    /// Past it, without an answer.
    Past,
    /// For another time.
    Later,
}

/// What became of a typed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saved {
    /// It is valid, and kept; the number of the next question, if there is one.
    Valid(Option<usize>),
    /// It is not, and is kept all the same.
    Invalid(AnswerError),
    /// It is not, and is so much longer than an answer can be that it is not kept: a draft is bounded.
    TooLong(AnswerError),
}

/// Everything that will be sent.
#[expect(clippy::struct_excessive_bools, reason = "each decides on a sentence of its own")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckPage {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: Text,
    /// Who asks.
    pub department: Text,
    /// Question by question.
    pub lines: Vec<Line>,
    /// The special category that needs an explicit consent.
    pub special: Option<Special>,
    /// Whether answers were sent before, which these will replace.
    pub replaces: bool,
    /// Whether these are the answers that were sent before, so that there is nothing to send.
    pub unchanged: bool,
    /// Whether there is a draft, which can be deleted.
    pub draft_kept: bool,
    /// Until when it can be sent.
    pub closes_at: Option<ZonedMoment>,
    /// Whether the consent was missing when it was sent.
    pub consent_missing: bool,
    /// The facts that go with the answers as things are: they come back with the form, and no others are sent
    /// by it.
    pub facts: FactsView,
    /// What is on the page, of whom: it comes back with the form, and nothing else is sent by it.
    pub version: String,
    /// The draft on the page, sealed, for the form to bring back; empty where it does not.
    pub draft: String,
    /// Whether the answers, or the facts beside them, are others than those on the page that was sent.
    pub outdated: bool,
}

/// Facts as the form brings them back. They are the person's own and stand on the page, so nothing hides them; and
/// what is stored is read anew, so that nobody can state any by it.
#[must_use]
pub fn facts_shown(facts: &StoredFacts) -> String {
    let StoredFacts { region, age_band, gender } = facts;
    [region, age_band, gender].map(|code| code.as_deref().unwrap_or("-")).join("/")
}

/// The form that sends everything, as it comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendForm {
    /// The explicit consent to answer on a special category.
    pub consent: bool,
    /// What the page showed, and whose. It is the form's key of idempotency: once that draft is
    /// sent, the form sends nothing more.
    pub version: String,
    /// The draft itself, as the page gave it. Where there is none, it is read again.
    pub draft: String,
    /// The facts that the page showed, as [`facts_shown`] writes them. Blank on a page of the version before.
    pub facts: String,
}

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// It is stored.
    Stored,
    /// The `number`th question is not answered validly.
    Unanswered(usize),
    /// The explicit consent is missing.
    ConsentMissing,
    /// The answers are others than those that the page showed: on another device, or since this
    /// form was first sent.
    Outdated,
}

/// What the person is told after sending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: Text,
    /// `XXXXX-XXXXX`.
    pub reference: String,
    /// Whether the answers took the place of earlier ones.
    pub changed: bool,
    /// Until when they can be changed or withdrawn.
    pub closes_at: Option<ZonedMoment>,
    /// Whether that is still to come.
    pub open: bool,
    /// Whether the poll asks for words of one's own.
    pub free_text: bool,
}
