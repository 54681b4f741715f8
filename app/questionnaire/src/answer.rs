//! From what a person typed to a valid answer, or to what is wrong with it.

use crate::{
    question::{Kind, Question, YES_NO, bin_code},
    text::{is_blank, is_unseen},
};
use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a form sends for one question, as typed. Kept as it is when it is not valid, so that
/// nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The chosen code of a single choice, yes/no or scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// The chosen codes of a multiple choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// A number or a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Day of the month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Month as a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// Year with four digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
}

/// A valid answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Answer {
    /// One code.
    Choice(String),
    /// Several codes.
    Choices(BTreeSet<String>),
    /// A step of a scale.
    Scale(i32),
    /// A whole number.
    Number(i64),
    /// A day.
    Date(NaiveDate),
    /// A text.
    Text(String),
}

/// The answers of one person, by the question's code.
pub type Answers = BTreeMap<String, Answer>;

/// Why what was typed is not an answer. A closed set: pages turn it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AnswerError {
    /// The question must be answered.
    #[error("an answer is required")]
    Required,
    /// A code that the question does not have.
    #[error("unknown option")]
    UnknownOption,
    /// Fewer options than the question asks for.
    #[error("fewer than {least} options")]
    TooFew {
        /// Fewest allowed.
        least: u32,
    },
    /// More options than the question allows.
    #[error("more than {most} options")]
    TooMany {
        /// Most allowed.
        most: u32,
    },
    /// "None of these" together with another option.
    #[error("an exclusive option together with others")]
    Exclusive,
    /// Not a whole number.
    #[error("not a whole number")]
    NotANumber,
    /// A number outside the bounds.
    #[error("not from {min} to {max}")]
    OutOfRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// Not a day of the calendar.
    #[error("not a date")]
    NotADate,
    /// A day outside the bounds.
    #[error("not between {min} and {max}")]
    DateOutOfRange {
        /// Earliest allowed.
        min: NaiveDate,
        /// Latest allowed.
        max: NaiveDate,
    },
    /// A text with too many characters.
    #[error("longer than {max} characters")]
    TooLong {
        /// Most allowed.
        max: u32,
    },
}

impl Typed {
    /// Whether nothing is chosen or written in it, whatever the question.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { choice, choices, text, day, month, year } = self;
        let fields = [choice, text, day, month, year];
        let mut typed = fields.into_iter().flatten().chain(choices);
        typed.all(|typed| typed.trim().is_empty())
    }

    /// What a form shows for a stored answer.
    #[must_use]
    pub fn from_answer(answer: &Answer) -> Self {
        let mut typed = Self::default();
        match answer {
            Answer::Choice(code) => typed.choice = Some(code.clone()),
            Answer::Choices(codes) => typed.choices = codes.iter().cloned().collect(),
            Answer::Scale(step) => typed.choice = Some(step.to_string()),
            Answer::Number(number) => typed.text = Some(number.to_string()),
            Answer::Date(date) => {
                typed.day = Some(date.day().to_string());
                typed.month = Some(date.month().to_string());
                typed.year = Some(date.year().to_string());
            }
            Answer::Text(text) => typed.text = Some(text.clone()),
        }
        typed
    }
}

/// Trimmed, or nothing where it is blank.
fn filled(field: Option<&String>) -> Option<&str> {
    field.map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// What a reader sees in a field for digits, trimmed, or nothing where that is blank: marks of direction and
/// the like come along when something is pasted.
fn seen(field: Option<&String>) -> Option<String> {
    let unseen =
        |letter: char| is_unseen(letter) || (letter.is_control() && !letter.is_whitespace());
    let seen = field?.replace(unseen, "");
    let seen = seen.trim();
    (!seen.is_empty()).then(|| seen.to_owned())
}

impl Question {
    /// Reads what was typed. `Ok(None)` is a question left open that may be left open.
    ///
    /// # Errors
    /// Says what is wrong, in a form that pages can turn into the reader's words.
    pub fn parse(&self, typed: &Typed) -> Result<Option<Answer>, AnswerError> {
        let answer = match &self.kind {
            Kind::SingleChoice { options, .. } => filled(typed.choice.as_ref())
                .map(|code| {
                    let known = options.iter().any(|option| option.code == code);
                    known.then(|| Answer::Choice(code.to_owned())).ok_or(AnswerError::UnknownOption)
                })
                .transpose()?,
            Kind::YesNo => filled(typed.choice.as_ref())
                .map(|code| {
                    let known = YES_NO.contains(&code);
                    known.then(|| Answer::Choice(code.to_owned())).ok_or(AnswerError::UnknownOption)
                })
                .transpose()?,
            Kind::MultipleChoice { .. } => self.parse_choices(&typed.choices)?,
            Kind::Scale { from, to, .. } => filled(typed.choice.as_ref())
                .map(|code| match code.parse::<i32>() {
                    Ok(step) if (*from..=*to).contains(&step) => Ok(Answer::Scale(step)),
                    _ => Err(AnswerError::UnknownOption),
                })
                .transpose()?,
            Kind::Number { min, max, .. } => seen(typed.text.as_ref())
                .map(|text| parse_number(&text, *min, *max).map(Answer::Number))
                .transpose()?,
            Kind::Date { min, max } => parse_date(typed, *min, *max)?.map(Answer::Date),
            Kind::ShortText { max_chars } => {
                let text = typed.text.as_deref().unwrap_or_default();
                parse_text(text, *max_chars)?.map(Answer::Text)
            }
        };
        if answer.is_none() && self.required {
            return Err(AnswerError::Required);
        }
        Ok(answer)
    }

    fn parse_choices(&self, typed: &[String]) -> Result<Option<Answer>, AnswerError> {
        let Kind::MultipleChoice { options, least, most, .. } = &self.kind else {
            return Ok(None);
        };
        let mut codes = BTreeSet::new();
        let mut exclusive = false;
        for code in typed.iter().map(|code| code.trim()).filter(|code| !code.is_empty()) {
            let option = options.iter().find(|option| option.code == code);
            exclusive |= option.ok_or(AnswerError::UnknownOption)?.exclusive;
            codes.insert(code.to_owned());
        }
        let count = u32::try_from(codes.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return Ok(None);
        }
        if exclusive {
            return if count == 1 {
                Ok(Some(Answer::Choices(codes)))
            } else {
                Err(AnswerError::Exclusive)
            };
        }
        if count < *least {
            return Err(AnswerError::TooFew { least: *least });
        }
        if count > *most {
            return Err(AnswerError::TooMany { most: *most });
        }
        Ok(Some(Answer::Choices(codes)))
    }

    /// Whether a stored answer is valid for this question: the same rules as [`Self::parse`].
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn check(&self, answer: Option<&Answer>) -> Result<(), AnswerError> {
        let typed = answer.map(Typed::from_answer).unwrap_or_default();
        let parsed = self.parse(&typed)?;
        // A text in place of a number reads like one; the kinds have to agree too.
        if parsed.as_ref() == answer { Ok(()) } else { Err(AnswerError::UnknownOption) }
    }

    /// The codes under which this answer is counted, a subset of [`Kind::categories`].
    #[must_use]
    pub fn categories_of(&self, answer: &Answer) -> Vec<String> {
        match (answer, &self.kind) {
            (Answer::Choice(code), _) => vec![code.clone()],
            (Answer::Choices(codes), _) => codes.iter().cloned().collect(),
            (Answer::Scale(step), _) => vec![step.to_string()],
            (Answer::Date(date), _) => vec![date.year().to_string()],
            (Answer::Number(number), Kind::Number { min, max, bins }) => {
                let bounds = || bins.iter().copied().filter(|bound| bound > min && bound <= max);
                let low = bounds().filter(|bound| bound <= number).max().unwrap_or(*min);
                let high = bounds().find(|bound| bound > number).map_or(*max, |bound| bound - 1);
                vec![bin_code(low, high)]
            }
            (Answer::Number(_) | Answer::Text(_), _) => Vec::new(),
        }
    }
}

/// A whole number as people write it, in digits with a minus before them where it is below zero; nothing where it is
/// none. Between its sign and its digits there may be blanks, and what shows nothing may be anywhere.
#[must_use]
pub fn whole_number(text: &str) -> Option<String> {
    let text = text.replace(is_unseen, "");
    let text = text.trim();
    let below_zero = text.strip_prefix(['-', '\u{2212}']);
    let unsigned = below_zero.or_else(|| text.strip_prefix('+')).unwrap_or(text);
    let sign = if below_zero.is_some() { "-" } else { "" };
    Some(format!("{sign}{}", digits_of(unsigned)?))
}

fn parse_number(text: &str, min: i64, max: i64) -> Result<i64, AnswerError> {
    let number = whole_number(text).ok_or(AnswerError::NotANumber)?;
    // What is too long to be read is a number all the same.
    let number = number.parse::<i64>().ok();
    let inside = number.filter(|number| (min..=max).contains(number));
    inside.ok_or(AnswerError::OutOfRange { min, max })
}

/// The digits of a number without a sign. People set its thousands apart, also by the no-break spaces that a
/// page showed them. Any other space is between two numbers, or a slip: what was meant is not guessed.
fn digits_of(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split_whitespace().collect();
    let (first, thousands) = groups.split_first()?;
    let apart = first.len() <= 3 && thousands.iter().all(|group| group.len() == 3);
    let digits = groups.concat();
    (is_digits(&digits) && (thousands.is_empty() || apart)).then_some(digits)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_date(
    typed: &Typed,
    min: NaiveDate,
    max: NaiveDate,
) -> Result<Option<NaiveDate>, AnswerError> {
    let fields = [&typed.day, &typed.month, &typed.year].map(|field| seen(field.as_ref()));
    let [day, month, year] = match fields {
        [None, None, None] => return Ok(None),
        [Some(day), Some(month), Some(year)] => [day, month, year],
        _ => return Err(AnswerError::NotADate),
    };
    // Reading alone would take a sign.
    let digits = [&day, &month, &year].iter().all(|field| is_digits(field));
    let date = (digits && year.len() == 4)
        .then(|| {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        })
        .flatten()
        .ok_or(AnswerError::NotADate)?;
    if (min..=max).contains(&date) {
        Ok(Some(date))
    } else {
        Err(AnswerError::DateOutOfRange { min, max })
    }
}

/// A text as it is kept. Control characters come along when something is pasted, nobody sees them in a
/// field, and no file can hold them: other line breaks than ours become ours, the rest spaces.
fn without_controls(text: &str) -> String {
    // Browsers send line breaks as CR LF but count them as one character.
    let shown = |letter: char| match letter {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' => '\n',
        '\n' | '\t' => letter,
        letter if letter.is_control() => ' ',
        letter => letter,
    };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

fn parse_text(text: &str, max: u32) -> Result<Option<String>, AnswerError> {
    let text = without_controls(text);
    let text = text.trim();
    if is_blank(text) {
        return Ok(None);
    }
    if text.chars().count() > max as usize {
        return Err(AnswerError::TooLong { max });
    }
    Ok(Some(text.to_owned()))
}
