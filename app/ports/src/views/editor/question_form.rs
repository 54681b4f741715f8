//! The form of one question: fields of every type, rows of options.

use super::reader::{Reader, Words, blank, field, words};
use crate::forms::{Fault, FieldFault};
use questionnaire::{
    Kind, Label, Language, Order, Problem, Question, QuestionType,
    definition::{MAX_OPTIONS, MAX_TEXT},
    question::twin,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// Lower bounds of the bins, separated by blanks, commas or semicolons.
    pub bins: String,
    /// Earliest day.
    pub date_min: String,
    /// Latest day.
    pub date_max: String,
    /// Most characters.
    pub max_chars: String,
}

/// What is sent for a ticked box.
pub const YES: &str = "yes";

/// Bounds of a number question: within them every sum of two fits an `i64`.
const BOUND: i64 = 1_000_000_000_000_000;

const fn order_code(order: Order) -> &'static str {
    match order {
        Order::Fixed => "fixed",
        Order::Shuffled => "shuffled",
    }
}

fn rows(options: &[Label]) -> Vec<OptionRow> {
    options
        .iter()
        .map(|option| OptionRow {
            code: option.code.clone(),
            text: words(&option.text),
            exclusive: if option.exclusive { YES } else { "" }.to_owned(),
        })
        .collect()
}

/// How many options one answer can have: all that do not exclude the others.
fn choosable(options: &[Label]) -> usize {
    options.iter().filter(|option| !option.exclusive).count()
}

/// The codes of a letter and a number that are not taken, from the first one on, without end.
pub fn free_codes<'a>(
    letter: char,
    taken: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = String> {
    let taken: BTreeSet<&str> = taken.into_iter().collect();
    let codes = (1_usize..).map(move |number| format!("{letter}{number}"));
    codes.filter(move |code| !taken.contains(code.as_str()))
}

/// The first of the [`free_codes`].
///
/// # Panics
/// Never: of more numbers than codes one is free.
#[must_use]
pub fn free_code<'a>(letter: char, taken: impl IntoIterator<Item = &'a str>) -> String {
    free_codes(letter, taken).next().expect("of more numbers than codes one is free")
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
            options: rows(question.kind.options()),
            ..Self::default()
        };
        match &question.kind {
            Kind::SingleChoice { order, .. } => order_code(*order).clone_into(&mut form.order),
            Kind::MultipleChoice { options, order, least, most } => {
                order_code(*order).clone_into(&mut form.order);
                form.least = least.to_string();
                // All of them stay all of them when some are added.
                if *most as usize != choosable(options) {
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

    /// Does what a button of the rows asks: `add`, `remove-N`, `up-N`, `down-N` with the row's
    /// index from 0; one of a row that does not exist changes nothing. Gives the index at which to
    /// go on: of the row itself, or of what came to its place. `None` where the button is none of
    /// these.
    pub fn press(&mut self, button: &str) -> Option<usize> {
        let last = |form: &Self| form.options.len().saturating_sub(1);
        if button == "add" {
            if self.options.len() < MAX_OPTIONS {
                self.options.push(OptionRow::default());
            }
            return Some(last(self));
        }
        let (what, row) = button.split_once('-')?;
        let row = row.parse::<usize>().ok()?;
        let row = match what {
            "remove" if row < self.options.len() => {
                drop(self.options.remove(row));
                row
            }
            "up" if (1..=last(self)).contains(&row) => {
                self.options.swap(row - 1, row);
                row - 1
            }
            "down" if row < last(self) => {
                self.options.swap(row, row + 1);
                row + 1
            }
            "remove" | "up" | "down" => row,
            _ => return None,
        };
        Some(row.min(last(self)))
    }

    /// The type, if what was sent for it is one.
    #[must_use]
    pub fn question_type(&self) -> Option<QuestionType> {
        QuestionType::from_code(&self.kind)
    }

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
        let hint = reader.optional_text("hint", &self.hint, languages, MAX_TEXT);
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
                let low = reader.text("low", &self.low, languages, MAX_TEXT);
                let high = reader.text("high", &self.high, languages, MAX_TEXT);
                Kind::Scale { from, to, low, high }
            }
            QuestionType::Number => {
                let before = reader.faults.len();
                let min = reader.number("min", &self.min, -BOUND, BOUND);
                let max = reader.number("max", &self.max, -BOUND, BOUND);
                let known = reader.faults.len() == before;
                let bounds = self.bins.split([' ', ',', ';', '\n', '\r', '\t']);
                let bins: Vec<i64> = bounds
                    .filter(|bound| !bound.is_empty())
                    .map(|bound| reader.number("bins", bound, -BOUND, BOUND))
                    .collect();
                // One message for the field, however many of its numbers are wrong.
                reader.faults.dedup();
                // Without one the result would be a single row, which says nothing.
                if bins.is_empty() && !(known && min == max) {
                    reader.fault("bins", Fault::NoBins);
                }
                Kind::Number { min, max, bins }
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

    /// The rows with words and their indices; empty ones are left out. One that has words only in a language
    /// that the poll does not have now is none of these: it would go without anybody having seen it.
    fn rows_with_words(&self) -> impl Iterator<Item = (usize, &OptionRow)> {
        let every = BTreeSet::from(Language::ALL);
        self.options.iter().enumerate().filter(move |(_, row)| !blank(&row.text, &every))
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
            let text = reader.text(&option_name(index), &row.text, languages, MAX_TEXT);
            let known = Some(row.code.clone()).filter(|code| !code.is_empty());
            let code = known.or_else(|| free.next()).unwrap_or_default();
            options.push(Label { code, text, exclusive: exclusive && row.exclusive == YES });
        }
        options
    }

    /// The field that a problem of the whole question is shown at. `languages` are those that it was
    /// looked for in; `first` is the first one that has fields.
    fn place(
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
            | Problem::SameQuestion
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

/// The problem as the form says it.
const fn wrong(problem: Problem, kind: &Kind) -> Fault {
    match (problem, kind) {
        (Problem::BadRange, Kind::Date { .. }) => Fault::DaysReversed,
        _ => Fault::Definition { problem },
    }
}

/// The id of what stands above the options' rows.
pub const OPTIONS: &str = "options";

/// The name of an option's words without the language.
#[must_use]
pub fn option_name(index: usize) -> String {
    format!("options[{index}][text]")
}

/// The id of an option's row.
#[must_use]
pub fn option_anchor(index: usize) -> String {
    format!("option-{}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use questionnaire::Text;

    fn both(words: &str) -> Text {
        Text::both(words, words)
    }

    fn label(code: &str, exclusive: bool) -> Label {
        Label { code: code.to_owned(), text: both(code), exclusive }
    }

    fn languages() -> BTreeSet<Language> {
        Language::ALL.into()
    }

    fn question(kind: Kind) -> Question {
        Question {
            code: "q1".into(),
            title: both("Title"),
            hint: both("Hint"),
            required: true,
            kind,
        }
    }

    fn fields(form: &QuestionForm) -> Vec<String> {
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
    fn buttons_of_rows_that_do_not_exist_change_nothing() {
        let mut form = QuestionForm::new("single_choice");
        for button in ["remove-3", "up-0", "down-2", "up-99", "remove-18446744073709551615"] {
            let before = form.clone();
            assert!(form.press(button).is_some(), "{button}");
            assert_eq!(form, before, "{button}");
        }
        for other in ["save", "", "remove", "remove-x", "jump-1", "remove--1"] {
            assert!(form.press(other).is_none(), "{other}");
        }
        for _ in 0..100 {
            form.press("add");
        }
        assert_eq!(form.options.len(), MAX_OPTIONS);
    }

    #[test]
    fn a_button_of_the_rows_says_where_to_go_on() {
        let mut form = QuestionForm::new("single_choice");
        form.options = vec![OptionRow::default(); 3];
        for (button, row) in
            [("add", 3), ("up-3", 2), ("down-0", 1), ("remove-1", 1), ("remove-2", 1), ("up-9", 1)]
        {
            assert_eq!(form.press(button), Some(row), "{button}");
        }
    }

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
