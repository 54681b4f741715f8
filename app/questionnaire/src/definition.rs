//! A questionnaire and what makes it fit to be asked.

use crate::{
    answer::{AnswerError, Answers},
    question::{Asked, Kind, Label, Question, twin},
    text::{Language, Text, is_blank},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The questions of a poll in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Questionnaire {
    /// At least one and at most [`MAX_QUESTIONS`] in a poll that opens.
    pub questions: Vec<Question>,
}

/// Most questions of a poll.
pub const MAX_QUESTIONS: usize = 50;
/// Most options of a question.
pub const MAX_OPTIONS: usize = 50;
/// Most characters of a title, a hint or an option.
pub const MAX_TEXT: usize = 500;
/// Most bytes of all codes and words of a questionnaire: with every option of every question at its longest there
/// would be ten million, and whoever takes part reads them with each page.
pub const MAX_SIZE: usize = 512 * 1024;

/// What is wrong with a definition, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionError {
    /// Code of the question, `None` for the questionnaire as a whole.
    pub question: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a definition. A closed set: pages turn it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// No question at all.
    NoQuestions,
    /// More than [`MAX_QUESTIONS`].
    TooManyQuestions,
    /// Codes and words of more than [`MAX_SIZE`] bytes together.
    TooLarge,
    /// Two questions or two options with one code, a code with other characters or a hyphen to begin
    /// with, or a question's that stands for one to come ([`TO_COME`]).
    BadCode,
    /// Two options that look the same in one of the poll's languages ([`twin`]).
    SameOptions,
    /// Two questions that ask the same, of which figures are published: the same people have the same
    /// noise in both tables, so what differs is the answer of whoever skipped one of them.
    SameQuestion {
        /// The place of the one that stands before, from 1.
        number: usize,
    },
    /// A title, label or option lacks one of the poll's languages.
    MissingTranslation,
    /// A text longer than [`MAX_TEXT`].
    TextTooLong,
    /// A choice with fewer than two options.
    TooFewOptions,
    /// A choice with more than [`MAX_OPTIONS`].
    TooManyOptions,
    /// Least and most do not fit each other or the number of options.
    BadLeastMost,
    /// An exclusive option in a single choice.
    ExclusiveInSingleChoice,
    /// The ends of a scale do not fit: from 1 to 20 steps apart.
    BadScale,
    /// The smallest value is over the largest.
    BadRange,
    /// Bins that are not rising, or outside the range.
    BadBins,
    /// More categories than [`MAX_OPTIONS`] would be published.
    TooManyCategories,
    /// A text of no or of more than 2000 characters.
    BadMaxChars,
}

/// What stands for the code of a question to come, in an address for instance, and is none itself.
pub const TO_COME: &str = "new";

/// Lower-case letters, digits, `-` and `_`, and no `-` to begin with: a spreadsheet would take that for a
/// formula, and in a table of comma-separated values it would be another code than anywhere else. Polls from
/// before that rule are read as they are; it is looked at where a poll is written and reviewed.
fn is_code(code: &str) -> bool {
    (1..=40).contains(&code.len())
        && !code.starts_with('-')
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

fn check_text(text: &Text, languages: &BTreeSet<Language>) -> Option<Problem> {
    if languages.iter().any(|&language| text.exact(language).is_none_or(is_blank)) {
        return Some(Problem::MissingTranslation);
    }
    (text.longest() > MAX_TEXT).then_some(Problem::TextTooLong)
}

fn check_options(options: &[Label], languages: &BTreeSet<Language>) -> Option<Problem> {
    if options.len() < 2 {
        return Some(Problem::TooFewOptions);
    }
    if options.len() > MAX_OPTIONS {
        return Some(Problem::TooManyOptions);
    }
    let mut codes = BTreeSet::new();
    if !options.iter().all(|option| is_code(&option.code) && codes.insert(&option.code)) {
        return Some(Problem::BadCode);
    }
    options.iter().find_map(|option| check_text(&option.text, languages)).or_else(|| {
        let same = languages.iter().any(|&language| {
            twin(options.iter().filter_map(|option| option.text.exact(language))).is_some()
        });
        same.then_some(Problem::SameOptions)
    })
}

impl Question {
    /// How many bytes its codes and words have together.
    fn size(&self) -> usize {
        let ends = match &self.kind {
            Kind::Scale { low, high, .. } => low.size() + high.size(),
            _ => 0,
        };
        let option = |option: &Label| option.code.len() + option.text.size();
        let options: usize = self.kind.options().iter().map(option).sum();
        self.code.len() + self.title.size() + self.hint.size() + ends + options
    }

    /// What is wrong with this question in a poll of these languages, if anything.
    #[must_use]
    pub fn problem(&self, languages: &BTreeSet<Language>) -> Option<Problem> {
        if !is_code(&self.code) || self.code == TO_COME {
            return Some(Problem::BadCode);
        }
        if let Some(problem) = check_text(&self.title, languages) {
            return Some(problem);
        }
        let hinted = languages.iter().any(|&language| self.hint.exact(language).is_some());
        if hinted && let Some(problem) = check_text(&self.hint, languages) {
            return Some(problem);
        }
        match &self.kind {
            Kind::SingleChoice { options, .. } => check_options(options, languages).or_else(|| {
                options
                    .iter()
                    .any(|option| option.exclusive)
                    .then_some(Problem::ExclusiveInSingleChoice)
            }),
            Kind::MultipleChoice { options, least, most, .. } => check_options(options, languages)
                .or_else(|| {
                    let choosable = options.iter().filter(|option| !option.exclusive).count();
                    let fits = *least >= 1 && least <= most && *most as usize <= choosable;
                    (!fits).then_some(Problem::BadLeastMost)
                }),
            Kind::YesNo => None,
            Kind::Scale { from, to, low, high } => {
                let steps = i64::from(*to) - i64::from(*from);
                if !(1..=20).contains(&steps) {
                    return Some(Problem::BadScale);
                }
                check_text(low, languages).or_else(|| check_text(high, languages))
            }
            Kind::Number { min, max, bins } => {
                // Bounds within ±10^15 keep every bin's arithmetic inside an i64.
                let bound = 1_000_000_000_000_000_i64;
                if min > max || *min < -bound || *max > bound {
                    return Some(Problem::BadRange);
                }
                let rising = bins.windows(2).all(|pair| pair[0] < pair[1]);
                let inside = bins.iter().all(|bin| min < bin && bin <= max);
                if !rising || !inside {
                    return Some(Problem::BadBins);
                }
                (bins.len() >= MAX_OPTIONS).then_some(Problem::TooManyCategories)
            }
            Kind::Date { min, max } => {
                if min > max {
                    return Some(Problem::BadRange);
                }
                // Years are counted before the list of them is made.
                let years = chrono::Datelike::year(max) - chrono::Datelike::year(min);
                (years >= 200).then_some(Problem::TooManyCategories)
            }
            Kind::ShortText { max_chars } => {
                (!(1..=2000).contains(max_chars)).then_some(Problem::BadMaxChars)
            }
        }
    }
}

impl Questionnaire {
    /// Whether anything is to be answered in words of one's own.
    #[must_use]
    pub fn has_free_text(&self) -> bool {
        self.questions.iter().any(|question| matches!(question.kind, Kind::ShortText { .. }))
    }

    /// The question with this code.
    #[must_use]
    pub fn question(&self, code: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.code == code)
    }

    /// How many bytes all codes and words have together, in whatever language.
    #[must_use]
    pub fn size(&self) -> usize {
        self.questions.iter().map(Question::size).sum()
    }

    /// Whether answers to some question are counted: where all are free text, nothing is published.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.questions.iter().any(|question| !question.kind.categories().is_empty())
    }

    /// Leaves out every text in another language than these: of what was written in a language that
    /// the poll does not have any more nobody is asked.
    pub fn keep(&mut self, languages: &BTreeSet<Language>) {
        for question in &mut self.questions {
            let texts = match &mut question.kind {
                Kind::SingleChoice { options, .. } | Kind::MultipleChoice { options, .. } => {
                    options.iter_mut().map(|option| &mut option.text).collect()
                }
                Kind::Scale { low, high, .. } => vec![low, high],
                Kind::YesNo | Kind::Number { .. } | Kind::Date { .. } | Kind::ShortText { .. } => {
                    Vec::new()
                }
            };
            for text in texts.into_iter().chain([&mut question.title, &mut question.hint]) {
                text.keep(languages);
            }
        }
    }

    /// Everything that keeps the questionnaire from being asked in these languages. Of more than
    /// [`MAX_QUESTIONS`] only the first so many are compared with each other.
    #[must_use]
    pub fn problems(&self, languages: &BTreeSet<Language>) -> Vec<DefinitionError> {
        let mut errors = Vec::new();
        let mut whole = |problem| errors.push(DefinitionError { question: None, problem });
        if self.questions.is_empty() {
            whole(Problem::NoQuestions);
        }
        if self.questions.len() > MAX_QUESTIONS {
            whole(Problem::TooManyQuestions);
        }
        if self.size() > MAX_SIZE {
            whole(Problem::TooLarge);
        }
        let mut codes = BTreeSet::new();
        let mut before: Vec<(usize, Asked)> = Vec::new();
        for (question, number) in self.questions.iter().zip(1..) {
            let compared = number <= MAX_QUESTIONS && question.kind.question_type().is_counted();
            let asked = compared.then(|| Asked::in_languages(question, languages.iter().copied()));
            let again = asked
                .as_ref()
                .and_then(|it| before.iter().find(|(_, one)| it.is_same_as(one)))
                .map(|(number, _)| Problem::SameQuestion { number: *number });
            before.extend(asked.map(|it| (number, it)));
            let problem = (!codes.insert(&question.code))
                .then_some(Problem::BadCode)
                .or_else(|| question.problem(languages))
                .or(again);
            if let Some(problem) = problem {
                errors.push(DefinitionError { question: Some(question.code.clone()), problem });
            }
        }
        errors
    }

    /// Checks a whole set of answers before it is sent.
    ///
    /// # Errors
    /// Every question that is not answered validly, by code; an answer to a question that does
    /// not exist is [`AnswerError::UnknownOption`].
    pub fn check(&self, answers: &Answers) -> Result<(), Vec<(String, AnswerError)>> {
        let mut errors: Vec<_> = self
            .questions
            .iter()
            .filter_map(|question| {
                let error = question.check(answers.get(&question.code)).err()?;
                Some((question.code.clone(), error))
            })
            .collect();
        let strange = answers.keys().filter(|code| self.question(code).is_none());
        errors.extend(strange.map(|code| (code.clone(), AnswerError::UnknownOption)));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
