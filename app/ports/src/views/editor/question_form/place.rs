//! At which field it is said what is wrong with the question as a whole.

use super::{
    QuestionForm,
    rows::{OPTIONS, option_name},
};
use crate::{forms::Fault, views::editor::reader::field};
use questionnaire::{Kind, Label, Language, Problem, question::twin};
use std::collections::BTreeSet;

impl QuestionForm {
    /// The field that a problem of the whole question is shown at. `languages` are those that it was
    /// looked for in; `first` is the first one that has fields.
    pub(super) fn place(
        &self,
        problem: Problem,
        kind: &Kind,
        languages: &BTreeSet<Language>,
        first: Language,
    ) -> String {
        match problem {
            Problem::TooFewOptions if self.options.is_empty() => OPTIONS.to_owned(),
            Problem::SameOptions => self
                .twin(kind.options(), languages)
                .unwrap_or_else(|| field(&option_name(0), first)),
            Problem::TooFewOptions | Problem::TooManyOptions | Problem::BadCode => {
                field(&option_name(0), first)
            }
            Problem::ExclusiveInSingleChoice => "options[0][exclusive]".to_owned(),
            Problem::BadLeastMost => "most".to_owned(),
            Problem::BadScale => "to".to_owned(),
            Problem::BadBins => "bins".to_owned(),
            Problem::BadRange | Problem::TooManyCategories => match kind {
                Kind::Date { .. } => "date_max".to_owned(),
                _ => "max".to_owned(),
            },
            Problem::BadMaxChars => "max_chars".to_owned(),
            Problem::NoQuestions
            | Problem::TooManyQuestions
            | Problem::TooLarge
            | Problem::SameQuestion { .. }
            | Problem::MissingTranslation
            | Problem::TextTooLong => field("title", first),
        }
    }

    /// The first field whose words an option above has already; `options` are those of the rows with words.
    fn twin(&self, options: &[Label], languages: &BTreeSet<Language>) -> Option<String> {
        let rows: Vec<usize> = self.rows_with_words().map(|(index, _)| index).collect();
        languages.iter().find_map(|&language| {
            // Every option has words in the language: otherwise that would be what is wrong.
            let words =
                options.iter().map(|option| option.text.exact(language).unwrap_or_default());
            let row = rows.get(twin(words)?)?;
            Some(field(&option_name(*row), language))
        })
    }
}

/// The problem as the form says it.
pub(super) const fn wrong(problem: Problem, kind: &Kind) -> Fault {
    match (problem, kind) {
        (Problem::BadRange, Kind::Date { .. }) => Fault::DaysReversed,
        (Problem::BadScale, Kind::Scale { from, to, .. }) if *from > *to => Fault::StepsReversed,
        _ => Fault::Definition { problem },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forms::FieldFault,
        views::editor::{
            question_form::{
                OptionRow,
                tests::{both, fields, languages},
            },
            reader::words,
        },
    };
    use questionnaire::Text;

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let titled =
            |kind: &str| QuestionForm { title: words(&both("T")), ..QuestionForm::new(kind) };
        assert_eq!(
            fields(&QuestionForm::new("yes_no")),
            ["title[en]", "title[ru]"],
            "a title in every language"
        );
        assert_eq!(fields(&titled("single_choice")), ["options[0][text][en]"], "two options");
        let mut form = titled("multiple_choice");
        for index in 0..2 {
            form.options[index].text = words(&both(["x", "y"][index]));
        }
        form.most = "3".into();
        let faults = form.read("q1", &languages()).unwrap_err();
        let range = Fault::NotInRange { min: 1, max: 2 };
        assert_eq!(faults, [FieldFault::new("most", range)], "as many as there are options");
        form.most = String::new();
        form.options[2].text.insert("en".into(), "half".into());
        assert_eq!(fields(&form), ["options[2][text][ru]"]);
        form.options.clear();
        assert_eq!(fields(&form), ["options"], "there is no row");
        let mut form = titled("number");
        (form.min, form.max, form.bins) = ("0".into(), "ten".into(), "x, y".into());
        assert_eq!(fields(&form), ["max", "bins"]);
        let mut form = titled("scale");
        form.to = "400".into();
        assert_eq!(fields(&form), ["low[en]", "low[ru]", "high[en]", "high[ru]", "to"]);
        (form.low, form.high) = (words(&both("l")), words(&both("h")));
        assert_eq!(fields(&form), ["to"]);
        (form.from, form.to) = ("5".into(), "1".into());
        let faults = form.read("q1", &languages()).unwrap_err();
        assert_eq!(faults, [FieldFault::new("to", Fault::StepsReversed)]);
        let mut form = titled("date");
        (form.date_min, form.date_max) = ("2020-01-01".into(), "2019-01-01".into());
        let faults = form.read("q1", &languages()).unwrap_err();
        assert_eq!(faults, [FieldFault::new("date_max", Fault::DaysReversed)]);
        assert_eq!(fields(&QuestionForm { kind: "x".into(), ..titled("date") }), ["kind"]);
    }

    #[test]
    fn of_two_options_with_the_same_words_the_second_one_is_told() {
        let rows = |rows: &[[&str; 2]]| {
            let mut form = QuestionForm::new("single_choice");
            form.title = words(&both("T"));
            let row = |[en, ru]: &[&str; 2]| OptionRow {
                text: words(&Text::both(*en, *ru)),
                ..OptionRow::default()
            };
            form.options = rows.iter().map(row).collect();
            form.read("q1", &languages()).map(drop)
        };
        let same = Fault::Definition { problem: Problem::SameOptions };
        let told = |field: &str| Err::<(), _>(vec![FieldFault::new(field, same.clone())]);
        // A row without words is no option.
        let twins = [["a", "а"], ["", ""], ["b", "б"], ["A", "в"]];
        assert_eq!(rows(&twins), told("options[3][text][en]"));
        let twins = [["a", "а"], ["b", "б"], ["c", "Б"], ["d", "а"]];
        assert_eq!(rows(&twins), told("options[2][text][ru]"));
        let looks_the_same = [["Yes", "Да"], ["No", "Нет"], ["Yеs\u{200b}", "Не знаю"]];
        assert_eq!(rows(&looks_the_same), told("options[2][text][en]"));
        assert_eq!(rows(&[["a", "а"], ["b", "б"]]), Ok(()));
        assert_eq!(rows(&[["<5", "<5"], [">5", ">5"]]), Ok(()));
    }
}
