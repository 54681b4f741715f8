//! The form of one question: fields of every type, rows of options.

mod place;
mod read;
mod rows;

pub use rows::{ADD_SEVERAL, OPTIONS, SEVERAL, free_code, free_codes, option_anchor, option_name};

use super::{
    form::{Written, seen},
    reader::{Words, words},
};
use questionnaire::{Kind, Order, Question, QuestionType};
use serde::{Deserialize, Serialize};

/// One row of the options as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OptionRow {
    /// Its code; empty before it was saved.
    pub code: String,
    /// The words of the option.
    pub text: Words,
    /// `yes` where it excludes the others.
    pub exclusive: String,
}

/// One question as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionForm {
    /// Code of the type.
    pub kind: String,
    /// The question itself.
    pub title: Words,
    /// What helps to answer it.
    pub hint: Words,
    /// `yes` where it must be answered.
    pub required: String,
    /// The options' rows.
    pub options: Vec<OptionRow>,
    /// `fixed` or `shuffled`.
    pub order: String,
    /// Fewest options of an answer.
    pub least: String,
    /// Most options of an answer; empty where all of them can be chosen.
    pub most: String,
    /// Lowest step.
    pub from: String,
    /// Highest step.
    pub to: String,
    /// What the lowest step means.
    pub low: Words,
    /// What the highest step means.
    pub high: Words,
    /// Smallest number.
    pub min: String,
    /// Largest number.
    pub max: String,
    /// Lower bounds of the bins, with commas, semicolons or line breaks between them, or else with blanks.
    pub bins: String,
    /// Earliest day.
    pub date_min: String,
    /// Latest day.
    pub date_max: String,
    /// Most characters.
    pub max_chars: String,
}

impl Written for QuestionForm {
    fn written(&self) -> Vec<String> {
        let options = self.options.iter().map(|row| &row.text);
        seen([&self.title, &self.hint].into_iter().chain(options).chain([&self.low, &self.high]))
    }
}

/// What is sent for a ticked box.
pub const YES: &str = "yes";

const fn order_code(order: Order) -> &'static str {
    match order {
        Order::Fixed => "fixed",
        Order::Shuffled => "shuffled",
    }
}

impl QuestionForm {
    /// The form of a new question of the type with this code; of one that is none, of a single choice.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        let kind = QuestionType::from_code(kind).unwrap_or(QuestionType::SingleChoice);
        Self {
            kind: kind.code().to_owned(),
            required: YES.to_owned(),
            options: vec![OptionRow::default(); 3],
            order: order_code(Order::Fixed).to_owned(),
            least: "1".to_owned(),
            from: "1".to_owned(),
            to: "5".to_owned(),
            max_chars: "500".to_owned(),
            ..Self::default()
        }
    }

    /// The form as stored.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        let mut form = Self {
            kind: question.kind.question_type().code().to_owned(),
            title: words(&question.title),
            hint: words(&question.hint),
            required: if question.required { YES } else { "" }.to_owned(),
            options: rows::of(question.kind.options()),
            ..Self::default()
        };
        match &question.kind {
            Kind::SingleChoice { order, .. } => order_code(*order).clone_into(&mut form.order),
            Kind::MultipleChoice { options, order, least, most } => {
                order_code(*order).clone_into(&mut form.order);
                form.least = least.to_string();
                // All of them stay all of them when some are added.
                if *most as usize != rows::choosable(options) {
                    form.most = most.to_string();
                }
            }
            Kind::YesNo => {}
            Kind::Scale { from, to, low, high } => {
                (form.from, form.to) = (from.to_string(), to.to_string());
                (form.low, form.high) = (words(low), words(high));
            }
            Kind::Number { min, max, bins } => {
                (form.min, form.max) = (min.to_string(), max.to_string());
                form.bins = bins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            }
            Kind::Date { min, max } => {
                (form.date_min, form.date_max) = (min.to_string(), max.to_string());
            }
            Kind::ShortText { max_chars } => form.max_chars = max_chars.to_string(),
        }
        form
    }

    /// The type, if what was sent for it is one.
    #[must_use]
    pub fn question_type(&self) -> Option<QuestionType> {
        QuestionType::from_code(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use questionnaire::{Label, Language, Text};
    use std::collections::BTreeSet;

    #[test]
    fn what_was_written_is_every_text_and_no_code() {
        let text = |words: &str| Words::from([("en".to_owned(), words.to_owned())]);
        let option = |words: &str| OptionRow {
            code: "o1".to_owned(),
            text: text(words),
            exclusive: YES.to_owned(),
        };
        let form = QuestionForm {
            title: text("How?"),
            hint: text(" "),
            options: vec![option("So"), option(""), option("Otherwise")],
            high: text("Most"),
            bins: "10, 20".to_owned(),
            ..QuestionForm::new("scale")
        };
        assert_eq!(form.written(), ["How?", "So", "Otherwise", "Most"]);
    }

    pub(super) fn both(words: &str) -> Text {
        Text::both(words, words)
    }

    pub(super) fn label(code: &str, exclusive: bool) -> Label {
        Label { code: code.to_owned(), text: both(code), exclusive }
    }

    pub(super) fn languages() -> BTreeSet<Language> {
        Language::ALL.into()
    }

    pub(super) fn question(kind: Kind) -> Question {
        Question {
            code: "q1".into(),
            title: both("Title"),
            hint: both("Hint"),
            required: true,
            kind,
        }
    }

    pub(super) fn fields(form: &QuestionForm) -> Vec<String> {
        let faults = form.read("q1", &languages()).unwrap_err();
        faults.into_iter().map(|fault| fault.field).collect()
    }

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 1, 1).unwrap()
    }

    #[test]
    fn a_question_of_every_type_survives_its_form() {
        let kinds = [
            Kind::SingleChoice {
                options: vec![label("a", false), label("b", false)],
                order: Order::Shuffled,
            },
            Kind::MultipleChoice {
                options: vec![label("a", false), label("b", false), label("n", true)],
                order: Order::Fixed,
                least: 1,
                most: 2,
            },
            Kind::YesNo,
            Kind::Scale { from: -2, to: 2, low: both("low"), high: both("high") },
            Kind::Number { min: 0, max: 100, bins: vec![10, 50] },
            Kind::Date { min: day(2000), max: day(2020) },
            Kind::ShortText { max_chars: 300 },
        ];
        assert_eq!(kinds.each_ref().map(Kind::question_type), QuestionType::ALL);
        for kind in kinds {
            let question = question(kind);
            assert_eq!(QuestionForm::of(&question).read("q1", &languages()).unwrap(), question);
        }
    }
}
