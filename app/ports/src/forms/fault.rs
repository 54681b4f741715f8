//! What can be wrong with a form, as a closed set of codes: never a sentence.

use questionnaire::{AnswerError, Language, Problem};
use serde::{Deserialize, Serialize};

/// What is wrong with a field. A closed set: `ui::words::fault` turns it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Nothing was typed or chosen.
    Required,
    /// Text in this language is missing.
    MissingTranslation {
        /// The language.
        language: Language,
    },
    /// More characters than allowed.
    TooLong {
        /// Most characters.
        max: u32,
    },
    /// A time of day that the clocks leave out on that day, when they go forward.
    // As the version before wrote what it knew of it into sessions, which both read while one takes the other's place.
    #[serde(alias = "not_a_date")]
    LeftOutTime,
    /// Not a day of the calendar, or of a year that nobody means.
    NotADay {
        /// First year that is taken.
        first: i32,
        /// Last year that is taken.
        last: i32,
    },
    /// Not a time of day.
    NotATime,
    /// A time that has passed.
    InThePast,
    /// The end is not after the beginning.
    EndBeforeStart,
    /// The latest day is before the earliest one.
    DaysReversed,
    /// The highest step of a scale is below the lowest one.
    StepsReversed,
    /// No language of a poll.
    NoLanguage,
    /// No number at which a published range begins.
    NoBins,
    /// Numbers with nothing but blanks, or commas without a blank, between them, which may as well be one number.
    UnclearNumbers,
    /// Every option excludes the others.
    OnlyExclusive,
    /// Not a whole number, or outside the bounds.
    NotInRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A choice that does not exist.
    UnknownChoice,
    /// A code that nobody has.
    UnknownCode,
    /// A department with this name and region is there already.
    AlreadyThere,
    /// A valid token of the department has this name already.
    SameToken,
    /// The person has this role already.
    HasRole,
    /// Polls, roles or valid tokens are the department's.
    DepartmentInUse,
    /// Without this administrator there would be none.
    LastAdministrator,
    /// The text that confirms a deletion is another.
    NotConfirmed,
    /// What the page showed has changed since.
    Outdated,
    /// A reason to return a poll stands in the form of whoever approves it.
    ReasonOnApproval,
    /// The separate consent is missing.
    ConsentRequired,
    /// No file was chosen, or an empty one.
    NoFile,
    /// The file is larger than allowed.
    FileTooLarge {
        /// Most kilobytes.
        kilobytes: u32,
    },
    /// The file is something else than a questionnaire's copy.
    NotAQuestionnaire,
    /// The file cannot be read from here on.
    BrokenFile {
        /// Its line, from 1.
        line: u32,
    },
    /// The file says something that nobody would ask or keep.
    NotUnderstood {
        /// The names of the fields that lead to it.
        what: String,
    },
    /// A region that the portal does not have.
    UnknownRegion,
    /// What is wrong in a part of a file.
    InFile {
        /// Where.
        part: FilePart,
        /// What.
        wrong: Box<Self>,
    },
    /// What is wrong with an answer.
    Answer {
        /// As the questionnaire says it.
        error: AnswerError,
    },
    /// What is wrong with a question's definition.
    Definition {
        /// As the questionnaire says it.
        problem: Problem,
    },
}

/// A part of a questionnaire's copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum FilePart {
    /// The languages.
    Languages,
    /// The title.
    Title,
    /// The purpose.
    Purpose,
    /// One question.
    Question {
        /// Its place, from 1.
        number: usize,
    },
    /// The questions all together.
    Questions,
    /// Whom it asks.
    Audience,
}

/// A fault and the field that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field's name, which is also the id that the summary links to.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

impl FieldFault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }
}
