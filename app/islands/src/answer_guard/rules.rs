//! What is a valid answer, in so few parts that it costs the browser little.

use chrono::{Datelike as _, NaiveDate};
use questionnaire::{Kind, Label, Order, Question, QuestionType, Text};
use serde::{Deserialize, Serialize};

/// A question without its words, in plain parts: reading a whole question would bring a third
/// more code into the browser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Code of the type.
    kind: String,
    required: bool,
    codes: Vec<String>,
    exclusive: Vec<String>,
    /// Least and most: of options, a number, a scale, days of the common era, characters.
    pub(super) bounds: (i64, i64),
}

impl Rules {
    /// The rules of a question.
    #[must_use]
    pub fn of(question: &Question) -> Self {
        let options = question.kind.options();
        let codes = |options: &mut dyn Iterator<Item = &Label>| {
            options.map(|option| option.code.clone()).collect()
        };
        let bounds = match question.kind {
            Kind::SingleChoice { .. } | Kind::YesNo => (0, 0),
            Kind::MultipleChoice { least, most, .. } => (least.into(), most.into()),
            Kind::Scale { from, to, .. } => (from.into(), to.into()),
            Kind::Number { min, max, .. } => (min, max),
            Kind::Date { min, max } => {
                (min.num_days_from_ce().into(), max.num_days_from_ce().into())
            }
            Kind::ShortText { max_chars } => (0, max_chars.into()),
        };
        Self {
            kind: question.kind.question_type().code().to_owned(),
            required: question.required,
            codes: codes(&mut options.iter()),
            exclusive: codes(&mut options.iter().filter(|option| option.exclusive)),
            bounds,
        }
    }

    /// A question with these rules and no words.
    pub(super) fn question(&self) -> Option<Question> {
        let label = |code: &String| Label {
            code: code.clone(),
            text: Text::default(),
            exclusive: self.exclusive.contains(code),
        };
        let options = self.codes.iter().map(label).collect();
        let (least, most) = self.bounds;
        let order = Order::Fixed;
        let day = |days: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(days).ok()?);
        let kind = match QuestionType::from_code(&self.kind)? {
            QuestionType::SingleChoice => Kind::SingleChoice { options, order },
            QuestionType::MultipleChoice => Kind::MultipleChoice {
                options,
                order,
                least: least.try_into().ok()?,
                most: most.try_into().ok()?,
            },
            QuestionType::YesNo => Kind::YesNo,
            QuestionType::Scale => Kind::Scale {
                from: least.try_into().ok()?,
                to: most.try_into().ok()?,
                low: Text::default(),
                high: Text::default(),
            },
            QuestionType::Number => Kind::Number { min: least, max: most, bins: Vec::new() },
            QuestionType::Date => Kind::Date { min: day(least)?, max: day(most)? },
            QuestionType::ShortText => Kind::ShortText { max_chars: most.try_into().ok()? },
        };
        let (title, hint) = (Text::default(), Text::default());
        Some(Question { code: String::new(), title, hint, required: self.required, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::Typed;

    #[test]
    fn the_rules_refuse_and_take_what_the_question_does() {
        let label = |code: &str| Label {
            code: code.to_owned(),
            text: Text::both("Option", "Вариант"),
            exclusive: code == "none",
        };
        let options: Vec<Label> = ["a", "b", "none"].map(label).into();
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).expect("a day of the calendar");
        let (order, words) = (Order::Shuffled, Text::both("End", "Конец"));
        let kinds = [
            Kind::SingleChoice { options: options[..2].to_vec(), order },
            Kind::MultipleChoice { options, order, least: 2, most: 2 },
            Kind::YesNo,
            Kind::Scale { from: -1, to: 3, low: words.clone(), high: words.clone() },
            Kind::Number { min: -5, max: 5, bins: vec![0] },
            Kind::Date { min: day(1999), max: day(2026) },
            Kind::ShortText { max_chars: 3 },
        ];
        assert_eq!(kinds.each_ref().map(Kind::question_type), QuestionType::ALL);
        let choice = |code: &str| Typed { choice: Some(code.to_owned()), ..Typed::default() };
        let choices = |codes: &[&str]| Typed {
            choices: codes.iter().map(|code| (*code).to_owned()).collect(),
            ..Typed::default()
        };
        let text = |text: &str| Typed { text: Some(text.to_owned()), ..Typed::default() };
        let date = |year: &str| Typed {
            day: Some("1".to_owned()),
            month: Some("1".to_owned()),
            year: Some(year.to_owned()),
            ..Typed::default()
        };
        let typed: Vec<Typed> = ["a", "z", "yes", "-1", "4"]
            .into_iter()
            .map(choice)
            .collect::<Vec<_>>()
            .into_iter()
            .chain([
                choices(&["a"]),
                choices(&["a", "b"]),
                choices(&["none"]),
                choices(&["a", "none"]),
            ])
            .chain(["5", "6", "abc", "abcd", "\u{7}"].map(text))
            .chain(["1998", "1999", "2026", "2027", "x"].map(date))
            .chain([Typed::default()])
            .collect();
        for kind in kinds {
            for required in [true, false] {
                let (title, hint) = (words.clone(), Text::default());
                let asked =
                    Question { code: "q".to_owned(), title, hint, required, kind: kind.clone() };
                let sketched = Rules::of(&asked).question().expect("every type has rules");
                for typed in &typed {
                    assert_eq!(sketched.parse(typed), asked.parse(typed), "{kind:?} {typed:?}");
                }
            }
        }
    }
}
