//! Reading the form into a question.

use super::{
    QuestionForm, YES,
    place::wrong,
    rows::{choosable, free_codes, option_name},
};
use crate::{
    forms::{Fault, FieldFault},
    views::editor::reader::{Reader, field, numbers},
};
use questionnaire::{
    Kind, Label, Language, Order, Problem, Question, QuestionType,
    definition::{MAX_OPTIONS, MAX_TEXT},
};
use std::collections::BTreeSet;

/// Bounds of a number question: within them every sum of two fits an `i64`.
const BOUND: i64 = 1_000_000_000_000_000;

impl QuestionForm {
    /// The question under `code` in a poll of these languages.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(
        &self,
        code: &str,
        languages: &BTreeSet<Language>,
    ) -> Result<Question, Vec<FieldFault>> {
        let mut reader = Reader::default();
        let title = reader.text("title", &self.title, languages, MAX_TEXT);
        let hint = reader.optional_line("hint", &self.hint, languages, MAX_TEXT);
        let kind = self.kind(&mut reader, languages);
        let required = self.required == YES;
        let question = Question { code: code.to_owned(), title, hint, required, kind };
        let first = languages.first().copied().unwrap_or_default();
        // Where words are missing or too long, all else is checked as of a poll in no language: who
        // mends them is not told of the rest afterwards. Where a number is wrong, one of the reader's
        // own stands in its place, of which nothing is to be said.
        let none = BTreeSet::new();
        let words_only = reader.faults.iter().all(|fault| is_beside_the_rest(&fault.fault));
        let languages = if reader.faults.is_empty() { languages } else { &none };
        if words_only
            && let Some(problem) = question.problem(languages)
            && (reader.faults.is_empty() || problem != Problem::TextTooLong)
        {
            let place = self.place(problem, &question.kind, languages, first);
            reader.fault(place, wrong(problem, &question.kind));
        }
        reader.done(question)
    }

    fn kind(&self, reader: &mut Reader, languages: &BTreeSet<Language>) -> Kind {
        let Some(kind) = self.question_type() else {
            reader.fault("kind", Fault::UnknownChoice);
            return Kind::YesNo;
        };
        match kind {
            QuestionType::SingleChoice => Kind::SingleChoice {
                options: self.read_options(reader, languages, false),
                order: self.read_order(reader),
            },
            QuestionType::MultipleChoice => {
                let options = self.read_options(reader, languages, true);
                let all = choosable(&options).max(1);
                let only_exclusive = options.len() >= 2 && choosable(&options) == 0;
                if only_exclusive {
                    let first = languages.first().copied().unwrap_or_default();
                    reader.fault(field(&option_name(0), first), Fault::OnlyExclusive);
                }
                // Where options are missing, that is what is wrong.
                let bound = if options.len() < 2 || only_exclusive { MAX_OPTIONS } else { all };
                let [all, bound] = [all, bound].map(|count| i64::try_from(count).unwrap_or(1));
                let least = reader.number("least", &self.least, 1, bound);
                let most = reader.optional_number("most", &self.most, least, bound).unwrap_or(all);
                let [least, most] = [least, most].map(|count| u32::try_from(count).unwrap_or(1));
                Kind::MultipleChoice { options, order: self.read_order(reader), least, most }
            }
            QuestionType::YesNo => Kind::YesNo,
            QuestionType::Scale => {
                let mut step = |name, typed| {
                    i32::try_from(reader.number(name, typed, -1000, 1000)).unwrap_or_default()
                };
                let (from, to) = (step("from", &self.from), step("to", &self.to));
                let low = reader.line("low", &self.low, languages, MAX_TEXT);
                let high = reader.line("high", &self.high, languages, MAX_TEXT);
                Kind::Scale { from, to, low, high }
            }
            QuestionType::Number => {
                let before = reader.faults.len();
                let min = reader.number("min", &self.min, -BOUND, BOUND);
                let max = reader.number("max", &self.max, -BOUND, BOUND);
                let known = reader.faults.len() == before;
                let bins = self.read_bins(reader);
                // Without one the result would be a single row, which says nothing.
                if bins.as_ref().is_some_and(Vec::is_empty) && !(known && min == max) {
                    reader.fault("bins", Fault::NoBins);
                }
                Kind::Number { min, max, bins: bins.unwrap_or_default() }
            }
            QuestionType::Date => Kind::Date {
                min: reader.date("date_min", &self.date_min),
                max: reader.date("date_max", &self.date_max),
            },
            QuestionType::ShortText => {
                let max_chars = reader.number("max_chars", &self.max_chars, 1, 2000);
                Kind::ShortText { max_chars: u32::try_from(max_chars).unwrap_or(1) }
            }
        }
    }

    /// The options of the rows with words; where there are too many of them, that is all that is said.
    fn read_options(
        &self,
        reader: &mut Reader,
        languages: &BTreeSet<Language>,
        exclusive: bool,
    ) -> Vec<Label> {
        if self.rows_with_words().nth(MAX_OPTIONS).is_some() {
            let first = languages.first().copied().unwrap_or_default();
            let problem = Problem::TooManyOptions;
            reader.fault(field(&option_name(0), first), Fault::Definition { problem });
            return Vec::new();
        }
        let mut free = free_codes('o', self.options.iter().map(|row| row.code.as_str()));
        let mut options = Vec::new();
        for (index, row) in self.rows_with_words() {
            let text = reader.line(&option_name(index), &row.text, languages, MAX_TEXT);
            let known = Some(row.code.clone()).filter(|code| !code.is_empty());
            let code = known.or_else(|| free.next()).unwrap_or_default();
            options.push(Label { code, text, exclusive: exclusive && row.exclusive == YES });
        }
        options
    }

    /// The lower bounds of the bins; nothing where it cannot be told which numbers are meant.
    fn read_bins(&self, reader: &mut Reader) -> Option<Vec<i64>> {
        let bounds = numbers(&self.bins);
        if bounds.is_none() {
            reader.fault("bins", Fault::UnclearNumbers);
        }
        let read = |bound: &str| reader.number("bins", bound, -BOUND, BOUND);
        let bins = bounds?.into_iter().map(read).collect();
        // One message for the field, however many of its numbers are wrong.
        reader.faults.dedup();
        Some(bins)
    }

    fn read_order(&self, reader: &mut Reader) -> Order {
        match self.order.as_str() {
            "shuffled" => Order::Shuffled,
            "fixed" | "" => Order::Fixed,
            _ => {
                reader.fault("order", Fault::UnknownChoice);
                Order::Fixed
            }
        }
    }
}

/// Whether what else is wrong with a question can be told beside this.
const fn is_beside_the_rest(fault: &Fault) -> bool {
    matches!(fault, Fault::MissingTranslation { .. } | Fault::TooLong { .. } | Fault::NoBins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::editor::{
        question_form::{
            OptionRow,
            tests::{both, fields, label, languages, question},
        },
        reader::words,
    };
    use questionnaire::Text;

    #[test]
    fn without_a_number_all_options_can_be_chosen() {
        let mut form = QuestionForm::new("multiple_choice");
        form.title = words(&both("T"));
        form.options = vec![OptionRow::default(); 5];
        for (row, text) in form.options.iter_mut().zip(["a", "b", "c", "d", "none"]) {
            row.text = words(&both(text));
        }
        form.options[4].exclusive = YES.to_owned();
        let most = |form: &QuestionForm| match form.read("q1", &languages()).unwrap().kind {
            Kind::MultipleChoice { most, .. } => most,
            other => panic!("{other:?}"),
        };
        assert_eq!(most(&form), 4, "what excludes the others is not chosen with them");
        // One more makes it one more, also after it was saved.
        let mut form = QuestionForm::of(&form.read("q1", &languages()).unwrap());
        form.press("add");
        form.options[5].text = words(&both("e"));
        assert_eq!(most(&form), 5);
        form.most = "2".to_owned();
        let form = QuestionForm::of(&form.read("q1", &languages()).unwrap());
        assert_eq!((form.most.as_str(), most(&form)), ("2", 2));
    }

    #[test]
    fn new_rows_get_codes_that_are_free_and_old_rows_keep_theirs() {
        let kind = Kind::SingleChoice {
            options: vec![label("o1", false), label("o3", false)],
            order: Order::Fixed,
        };
        let mut form = QuestionForm::of(&question(kind));
        form.press("add");
        form.options[2].text = words(&both("new"));
        form.press("up-2");
        form.press("add");
        let read = form.read("q1", &languages()).unwrap();
        let codes: Vec<_> = read.kind.options().iter().map(|o| o.code.as_str()).collect();
        assert_eq!(codes, ["o1", "o2", "o3"]);
    }

    #[test]
    fn an_option_in_a_language_that_the_poll_lost_does_not_go_unseen() {
        let options = ["a", "b", "c"].map(|code| label(code, false)).to_vec();
        let kind = Kind::SingleChoice { options, order: Order::Fixed };
        let mut form = QuestionForm::of(&question(kind));
        form.options[1].text = words(&Text::new([(Language::Ru, "слова")]));
        let english = BTreeSet::from([Language::En]);
        let faults = form.read("q1", &english).unwrap_err();
        let fault = Fault::MissingTranslation { language: Language::En };
        assert_eq!(faults, [FieldFault::new("options[1][text][en]", fault)]);
        // Its button takes it away; a row without any words needs none.
        form.press("remove-1");
        form.press("add");
        let read = form.read("q1", &english).unwrap();
        let codes: Vec<_> = read.kind.options().iter().map(|o| o.code.as_str()).collect();
        assert_eq!(codes, ["a", "c"]);
    }

    #[test]
    fn of_far_too_many_options_one_thing_is_said() {
        let many = Fault::Definition { problem: Problem::TooManyOptions };
        let told = [FieldFault::new("options[0][text][en]", many)];
        for kind in ["single_choice", "multiple_choice"] {
            let mut form = QuestionForm { title: words(&both("T")), ..QuestionForm::new(kind) };
            let row = |number: usize| OptionRow {
                text: words(&Text::new([(Language::En, number.to_string())])),
                ..OptionRow::default()
            };
            form.options = (0..35_000).map(row).collect();
            assert_eq!(form.read("q1", &languages()).unwrap_err(), told, "{kind}");
            form.options.truncate(MAX_OPTIONS + 1);
            assert_eq!(form.read("q1", &languages()).unwrap_err(), told, "{kind}");
            // Rows without words are no options.
            form.options[7] = OptionRow::default();
            let faults = fields(&form);
            assert_eq!(faults.len(), MAX_OPTIONS, "of each its Russian words: {faults:?}");
        }
    }

    #[test]
    fn an_empty_question_is_told_all_that_it_lacks_at_once() {
        assert_eq!(
            fields(&QuestionForm::new("single_choice")),
            ["title[en]", "title[ru]", "options[0][text][en]"]
        );
        assert_eq!(
            fields(&QuestionForm::new("number")),
            ["title[en]", "title[ru]", "min", "max", "bins"]
        );
        let turned =
            QuestionForm { from: "5".into(), to: "1".into(), ..QuestionForm::new("scale") };
        let lacking = fields(&turned);
        assert_eq!(lacking.len(), 7, "a title, both ends' words, and the ends: {lacking:?}");
        assert_eq!(lacking.last().map(String::as_str), Some("to"));
    }

    #[test]
    fn a_number_needs_bins_unless_it_can_only_be_one() {
        let number = |min: &str, max: &str, bins: &str| QuestionForm {
            title: words(&both("T")),
            min: min.into(),
            max: max.into(),
            bins: bins.into(),
            ..QuestionForm::new("number")
        };
        let faults = number("0", "100", " ").read("q1", &languages()).unwrap_err();
        assert_eq!(faults, [FieldFault::new("bins", Fault::NoBins)]);
        assert_eq!(fields(&number("100", "0", "")), ["bins", "max"]);
        assert!(number("0", "100", "50").read("q1", &languages()).is_ok());
        // A blank in a number is none between two.
        let faults = number("0", "9000", "1 500").read("q1", &languages()).unwrap_err();
        assert_eq!(faults, [FieldFault::new("bins", Fault::UnclearNumbers)]);
        let read = number("0", "9 000", "1 500, 3 000").read("q1", &languages()).unwrap();
        assert_eq!(read.kind, Kind::Number { min: 0, max: 9000, bins: vec![1500, 3000] });
        assert_eq!(fields(&number("0", "9000", "18 30, 60")), ["bins"]);
        assert!(number("7", "7", "").read("q1", &languages()).is_ok());
    }

    #[test]
    fn one_option_has_to_be_choosable_with_others() {
        let options = ["a", "b"].map(|code| label(code, true)).to_vec();
        let kind = Kind::MultipleChoice { options, order: Order::Fixed, least: 1, most: 2 };
        let mut form = QuestionForm::of(&question(kind));
        form.most = "2".into();
        let faults = form.read("q1", &languages()).unwrap_err();
        assert_eq!(faults, [FieldFault::new("options[0][text][en]", Fault::OnlyExclusive)]);
    }
}
