//! What keeps a questionnaire from being asked.

use chrono::NaiveDate;
use questionnaire::{
    Answer, AnswerError, Answers, DefinitionError, Kind, Label, Language, Order, Problem, Question,
    Questionnaire, Text, Typed,
    definition::{MAX_QUESTIONS, MAX_SIZE},
    printable,
};
use std::collections::BTreeSet;

fn text(words: &str) -> Text {
    Text::both(words, words)
}

fn options(codes: &[&str]) -> Vec<Label> {
    let label = |code: &&str| Label {
        code: (*code).to_owned(),
        text: text(&format!("Option {code}")),
        exclusive: code.starts_with("none"),
    };
    codes.iter().map(label).collect()
}

fn question(kind: Kind) -> Question {
    let title = text("What?");
    Question { code: "q".to_owned(), title, hint: Text::default(), required: true, kind }
}

fn single(codes: &[&str]) -> Kind {
    Kind::SingleChoice { options: options(codes), order: Order::Fixed }
}

fn multiple(codes: &[&str], least: u32, most: u32) -> Kind {
    Kind::MultipleChoice { options: options(codes), order: Order::Fixed, least, most }
}

fn problem(kind: Kind) -> Option<Problem> {
    question(kind).problem(&Language::ALL.into())
}

#[test]
fn no_two_options_have_the_same_words_in_a_language_of_the_poll() {
    let with = |en: &str, ru: &str| {
        let mut options = options(&["a", "b"]);
        options[0].text = Text::both("By bus", "На автобусе");
        options[1].text = Text::both(en, ru);
        question(Kind::SingleChoice { options, order: Order::Fixed })
    };
    let all = Language::ALL.into();
    assert_eq!(with("By tram", "На трамвае").problem(&all), None);
    assert_eq!(with("by bus", "На трамвае").problem(&all), Some(Problem::SameOptions));
    let same_in_russian = with("By tram", "На автобусе");
    assert_eq!(same_in_russian.problem(&all), Some(Problem::SameOptions));
    assert_eq!(same_in_russian.problem(&[Language::En].into()), None, "nobody reads that one");
    for looks_the_same in ["By bus\u{200b}", "By  bus", "Bу bus"] {
        let problem = with(looks_the_same, "На трамвае").problem(&all);
        assert_eq!(problem, Some(Problem::SameOptions), "{looks_the_same:?}");
    }
}

#[test]
fn the_code_of_a_question_to_come_is_no_questions() {
    let new = Question { code: "new".to_owned(), ..question(Kind::YesNo) };
    assert_eq!(new.problem(&Language::ALL.into()), Some(Problem::BadCode));
}

/// A spreadsheet would take it for a formula.
#[test]
fn no_code_begins_with_a_hyphen() {
    let of = |code: &str| Question { code: code.to_owned(), ..question(Kind::YesNo) };
    assert_eq!(of("-a").problem(&Language::ALL.into()), Some(Problem::BadCode));
    for code in ["a-", "_a", "1"] {
        assert_eq!(of(code).problem(&Language::ALL.into()), None, "{code}");
    }
    // A poll that has one already is read as it is.
    let stored = serde_json::to_string(&of("-a")).unwrap();
    assert_eq!(serde_json::from_str::<Question>(&stored).unwrap(), of("-a"));
}

#[test]
fn what_is_written_in_a_language_that_the_poll_does_not_have_goes() {
    let scale = Kind::Scale { from: 1, to: 5, low: text("Bad"), high: text("Good") };
    let questions = vec![question(single(&["a", "b"])), question(scale)];
    let mut poll = Questionnaire { questions };
    poll.keep(&[Language::En].into());
    let json = serde_json::to_string(&poll).unwrap();
    assert!(json.contains("\"en\"") && !json.contains("\"ru\""), "{json}");
    assert_eq!(poll.problems(&[Language::En].into()).len(), 1, "two questions with one code");
}

#[test]
fn control_characters_that_were_pasted_become_spaces() {
    let pasted = Text::both("One\u{b}line\u{0}", "\u{b}");
    assert_eq!(pasted.exact(Language::En), Some("One line"));
    assert_eq!(pasted.exact(Language::Ru), None, "blank");
    assert_eq!(text("Two\nlines\tand").get(Language::En), "Two\nlines\tand");
    for nothing in ['\u{fffe}', '\u{ffff}', '\u{fdd0}', '\u{1fffe}', '\u{10ffff}'] {
        assert_eq!(printable(&format!("a{nothing}b")), "a b", "{nothing:?}");
    }
    assert_eq!(printable("\u{fffd}\u{fdcf}🚌"), "\u{fffd}\u{fdcf}🚌");
    assert_eq!(printable(" One\0word\n"), " One word\n", "a name, too");
}

/// As browsers send a text, it is the one that a file has.
#[test]
fn there_is_one_kind_of_line_break() {
    for sent in ["Two\r\nlines", "Two\rlines", "Two\nlines"] {
        assert_eq!(text(sent), text("Two\nlines"), "{sent:?}");
    }
    let lines = text(&"x\r\n".repeat(250)).longest();
    assert_eq!(lines, 499, "each counts once, and the last one not at all");
}

#[test]
fn each_type_has_its_problems() {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let scale = |from, to| Kind::Scale { from, to, low: text("Bad"), high: text("Good") };
    let number = |min, max, bins: &[i64]| Kind::Number { min, max, bins: bins.to_vec() };
    let many: Vec<String> = (0..51).map(|code| format!("o{code}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let fifty: Vec<i64> = (1..=50).collect();
    for (kind, expected) in [
        (single(&["a", "b"]), None),
        (single(&["a"]), Some(Problem::TooFewOptions)),
        (single(&many), Some(Problem::TooManyOptions)),
        (single(&many[..50]), None),
        (single(&["a", "a"]), Some(Problem::BadCode)),
        (single(&["a", "Б"]), Some(Problem::BadCode)),
        (single(&["a", ""]), Some(Problem::BadCode)),
        (single(&["a", "-b"]), Some(Problem::BadCode)),
        (single(&["a", "_b-", "1-2"]), None),
        (single(&["a", "none"]), Some(Problem::ExclusiveInSingleChoice)),
        (multiple(&["a", "b", "none"], 1, 2), None),
        (multiple(&["a", "b", "none"], 1, 3), Some(Problem::BadLeastMost)),
        (multiple(&["a", "b"], 0, 2), Some(Problem::BadLeastMost)),
        (multiple(&["a", "b"], 2, 1), Some(Problem::BadLeastMost)),
        (Kind::YesNo, None),
        (scale(1, 7), None),
        (scale(-10, 10), None),
        (scale(1, 1), Some(Problem::BadScale)),
        (scale(0, 21), Some(Problem::BadScale)),
        (scale(i32::MIN, i32::MAX), Some(Problem::BadScale)),
        (number(0, 0, &[]), None),
        (number(1, 0, &[]), Some(Problem::BadRange)),
        (number(i64::MIN, 0, &[]), Some(Problem::BadRange)),
        (number(0, 9, &[3, 6]), None),
        (number(0, 9, &[6, 3]), Some(Problem::BadBins)),
        (number(0, 9, &[0]), Some(Problem::BadBins)),
        (number(0, 9, &[10]), Some(Problem::BadBins)),
        (number(0, 99, &fifty), Some(Problem::TooManyCategories)),
        (Kind::Date { min: day(2026), max: day(2026) }, None),
        (Kind::Date { min: day(2027), max: day(2026) }, Some(Problem::BadRange)),
        (Kind::Date { min: day(1800), max: day(2026) }, Some(Problem::TooManyCategories)),
        (Kind::ShortText { max_chars: 2000 }, None),
        (Kind::ShortText { max_chars: 0 }, Some(Problem::BadMaxChars)),
        (Kind::ShortText { max_chars: 2001 }, Some(Problem::BadMaxChars)),
    ] {
        assert_eq!(problem(kind.clone()), expected, "{kind:?}");
    }
}

#[test]
fn every_text_is_in_every_language_of_the_poll_and_not_too_long() {
    let english = Text::new([(Language::En, "What?")]);
    let asked = Question { title: english.clone(), ..question(Kind::YesNo) };
    assert_eq!(asked.problem(&[Language::En].into()), None);
    assert_eq!(asked.problem(&Language::ALL.into()), Some(Problem::MissingTranslation));
    let hinted = Question { hint: english, ..question(Kind::YesNo) };
    assert_eq!(hinted.problem(&Language::ALL.into()), Some(Problem::MissingTranslation));
    let long = Question { title: text(&"ы".repeat(501)), ..question(Kind::YesNo) };
    assert_eq!(long.problem(&Language::ALL.into()), Some(Problem::TextTooLong));
    let just = Question { title: text(&"ы".repeat(500)), ..question(Kind::YesNo) };
    assert_eq!(just.problem(&Language::ALL.into()), None);
}

#[test]
fn a_questionnaire_has_questions_with_codes_of_their_own() {
    let languages: BTreeSet<Language> = Language::ALL.into();
    let problems = |questions: Vec<Question>| {
        let found = Questionnaire { questions }.problems(&languages);
        found.into_iter().map(|error| (error.question, error.problem)).collect::<Vec<_>>()
    };
    assert_eq!(problems(vec![]), [(None, Problem::NoQuestions)]);
    let twice = vec![question(Kind::YesNo), question(Kind::YesNo)];
    assert_eq!(problems(twice), [(Some("q".to_owned()), Problem::BadCode)]);
    let numbered = |number| Question {
        code: format!("q{number}"),
        title: text(&format!("What of {number}?")),
        ..question(Kind::YesNo)
    };
    assert_eq!(problems((0..MAX_QUESTIONS).map(numbered).collect()), []);
    let many = problems((0..=MAX_QUESTIONS).map(numbered).collect());
    assert_eq!(many, [(None, Problem::TooManyQuestions)]);
    // Those beyond are not compared with any: that would take as long as their number squared.
    let mut same: Vec<Question> = (0..=MAX_QUESTIONS).map(numbered).collect();
    same[MAX_QUESTIONS].title = same[0].title.clone();
    assert_eq!(problems(same), [(None, Problem::TooManyQuestions)]);
}

/// Who skipped one of them is told by the figures of both.
#[test]
fn a_questionnaire_asks_nothing_twice() {
    let languages: BTreeSet<Language> = Language::ALL.into();
    let asked = |code: &str, words: &str, kind| Question {
        code: code.to_owned(),
        title: text(words),
        required: false,
        ..question(kind)
    };
    let problems = |second: Question| {
        let questions = vec![asked("a", "Is there a bridge?", Kind::YesNo), second];
        Questionnaire { questions }.problems(&languages)
    };
    let again = problems(asked("b", "a bridge is there", single(&["x", "y"])));
    let problem = Problem::SameQuestion { number: 1 };
    let told = DefinitionError { question: Some("b".to_owned()), problem };
    assert_eq!(again, [told], "it stands at the second one and names the first");
    assert_eq!(problems(asked("b", "Is there a tunnel?", Kind::YesNo)), []);
    // Nor is it the same where the words are of a language that the poll is not in.
    let english = |words: &str| Text::new([(Language::En, words), (Language::Ru, "Позже")]);
    let questions = ["Is there a bridge?", "Is there a tunnel?"].map(|words| Question {
        title: english(words),
        ..asked(&words[11..15], words, Kind::YesNo)
    });
    let both = Questionnaire { questions: questions.into() };
    assert_eq!(both.problems(&[Language::En].into()), []);
    assert_eq!(both.problems(&languages).len(), 1);
    // Of what people write nothing is compared.
    assert_eq!(problems(asked("b", "Is there a bridge?", Kind::ShortText { max_chars: 9 })), []);
}

/// Every citizen's page reads it, and its file has to be one that can be read again.
#[test]
fn a_questionnaire_has_an_end() {
    let languages: BTreeSet<Language> = Language::ALL.into();
    let long = |number: usize| Label {
        code: format!("o{number}"),
        text: text(&format!("{number} {}", "🚌".repeat(490))),
        exclusive: false,
    };
    let asked = |number: usize, options: usize| Question {
        code: format!("q{number}"),
        title: text(&format!("What of {number}?")),
        ..question(Kind::SingleChoice {
            options: (0..options).map(long).collect(),
            order: Order::Fixed,
        })
    };
    let of = |options: [usize; 3]| Questionnaire {
        questions: options.into_iter().zip(1..).map(|(many, number)| asked(number, many)).collect(),
    };
    let fits = of([50, 50, 30]);
    assert!(fits.size() <= MAX_SIZE, "{}", fits.size());
    assert_eq!(fits.problems(&languages), []);
    let too_large = of([50, 50, 40]);
    assert!(too_large.size() > MAX_SIZE, "{}", too_large.size());
    let told = DefinitionError { question: None, problem: Problem::TooLarge };
    assert_eq!(too_large.problems(&languages), [told]);
}

#[test]
fn a_whole_set_of_answers_is_checked_with_nothing_strange_in_it() {
    let asked = Questionnaire { questions: vec![question(Kind::YesNo)] };
    let answers = |pairs: &[(&str, Answer)]| -> Answers {
        pairs.iter().map(|(code, answer)| ((*code).to_owned(), answer.clone())).collect()
    };
    let yes = Answer::Choice("yes".to_owned());
    assert_eq!(asked.check(&answers(&[("q", yes.clone())])), Ok(()));
    let missing = vec![("q".to_owned(), AnswerError::Required)];
    assert_eq!(asked.check(&Answers::new()), Err(missing));
    let strange = vec![("z".to_owned(), AnswerError::UnknownOption)];
    assert_eq!(asked.check(&answers(&[("q", yes.clone()), ("z", yes)])), Err(strange));
    let of_another_kind = answers(&[("q", Answer::Text("yes".to_owned()))]);
    assert!(asked.check(&of_another_kind).is_err());
}

#[test]
fn what_is_pasted_along_is_no_fault_of_the_person() {
    let asked = question(Kind::ShortText { max_chars: 5 });
    let parse = |words: &str| {
        asked.parse(&Typed { text: Some(words.to_owned()), ..Typed::default() }).unwrap()
    };
    let kept = |words: &str| Some(Answer::Text(words.to_owned()));
    assert_eq!(parse("a\u{b}b\u{c}c"), kept("a\nb\nc"));
    assert_eq!(parse("a\r\nb\rc"), kept("a\nb\nc"));
    assert_eq!(parse("a\u{0}b\tc\u{1b}"), kept("a b\tc"));
    // Nor is an answer what nobody can see, however much of it there is.
    for nothing in ["\u{0}\u{7f} \u{b}", "\u{200b}", "\u{ad} \u{feff}", &"\u{2060}".repeat(9)] {
        let nothing = Typed { text: Some(nothing.to_owned()), ..Typed::default() };
        assert_eq!(asked.parse(&nothing), Err(AnswerError::Required), "{nothing:?}");
    }
    // Nor is a number or a date another one for it.
    let asked = number();
    for pasted in ["\u{200b}42", "\u{200e}42\u{200e}", "\u{202d}42\u{202c}", "4\u{2060}2\u{0}"] {
        assert_eq!(asked.parse(&written(pasted)), Ok(Some(Answer::Number(42))), "{pasted:?}");
    }
    let day = |year| NaiveDate::from_ymd_opt(year, 2, 1).unwrap();
    let dated = question(Kind::Date { min: day(2000), max: day(2030) });
    let date = |mark: &str| Typed {
        day: Some(format!("{mark}1")),
        month: Some(format!("2{mark}")),
        year: Some(format!("{mark}2026{mark}")),
        ..Typed::default()
    };
    for mark in ["", "\u{200b}", "\u{200e}", "\u{7}"] {
        assert_eq!(dated.parse(&date(mark)), Ok(Some(Answer::Date(day(2026)))), "{mark:?}");
    }
    let nothing = Typed {
        text: Some("\u{200b}".to_owned()),
        day: Some("\u{200b}".to_owned()),
        ..Typed::default()
    };
    for asked in [asked, dated] {
        assert_eq!(asked.parse(&nothing), Err(AnswerError::Required));
        assert_eq!(Question { required: false, ..asked }.parse(&nothing), Ok(None));
    }
}

fn number() -> Question {
    question(Kind::Number { min: -20_000, max: 20_000, bins: vec![0] })
}

fn written(text: &str) -> Typed {
    Typed { text: Some(text.to_owned()), ..Typed::default() }
}

#[test]
fn a_space_in_a_number_is_before_three_digits_or_after_its_sign() {
    let asked = number();
    let taken = [
        ("1 000", 1000),
        ("12\u{a0}345", 12_345),
        ("\u{2212}12\u{202f}345", -12_345),
        ("\u{2212} 5", -5),
        ("+ 5", 5),
        (" 042\t", 42),
        ("1000", 1000),
    ];
    for (text, number) in taken {
        assert_eq!(asked.parse(&written(text)), Ok(Some(Answer::Number(number))), "{text:?}");
    }
    let refused =
        ["1 2", "12 34", "1 0000", "1000 000", "1 000 0", "+-5", "--5", "5-", "-", "1,000"];
    for text in refused {
        assert_eq!(asked.parse(&written(text)), Err(AnswerError::NotANumber), "{text:?}");
    }
}

#[test]
fn a_number_too_long_to_be_read_is_out_of_bounds() {
    let outside = Err(AnswerError::OutOfRange { min: -20_000, max: 20_000 });
    for text in ["99999999999999999999", "-99999999999999999999", "20001"] {
        assert_eq!(number().parse(&written(text)), outside, "{text}");
    }
}

#[test]
fn a_date_is_of_digits_and_its_year_of_four() {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let asked = question(Kind::Date { min: day(1), max: day(2030) });
    let typed = |day: &str, month: &str, year: &str| Typed {
        day: Some(day.to_owned()),
        month: Some(month.to_owned()),
        year: Some(year.to_owned()),
        ..Typed::default()
    };
    assert!(asked.parse(&typed("01", "2", "0026")).is_ok());
    for (day, month, year) in [("01", "02", "26"), ("1", "2", "+026"), ("+1", "2", "2026")] {
        let refused = asked.parse(&typed(day, month, year));
        assert_eq!(refused, Err(AnswerError::NotADate), "{day} {month} {year}");
    }
}
