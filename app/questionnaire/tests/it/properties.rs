//! Whatever is asked and whatever is typed.

use chrono::{Days, NaiveDate};
use proptest::{collection::vec, option, prelude::*, sample::select};
use questionnaire::{Answer, Kind, Label, Language, Order, Question, Questionnaire, Text, Typed};
use std::collections::BTreeSet;

fn text(words: &str) -> Text {
    Text::both(words, words)
}

fn order() -> impl Strategy<Value = Order> {
    select(vec![Order::Fixed, Order::Shuffled])
}

fn labels(count: usize, exclusive: bool) -> Vec<Label> {
    let label = |number: usize| Label {
        code: format!("o{number}"),
        text: text(&format!("Option {number}")),
        exclusive: exclusive && number == 0,
    };
    (0..count).map(label).collect()
}

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + Days::new(offset)
}

/// Types that pass [`Question::problem`].
fn kind() -> impl Strategy<Value = Kind> {
    let multiple =
        (2..9_usize, any::<bool>(), order()).prop_flat_map(|(count, exclusive, order)| {
            let choosable = u32::try_from(count).unwrap() - u32::from(exclusive);
            (1..=choosable).prop_flat_map(move |most| {
                (1..=most).prop_map(move |least| {
                    let options = labels(count, exclusive);
                    Kind::MultipleChoice { options, order, least, most }
                })
            })
        });
    let bins = vec(1..200_i64, 0..8).prop_map(|bins| {
        let bins: BTreeSet<i64> = bins.into_iter().map(|bin| bin - 100).collect();
        Kind::Number { min: -100, max: 100, bins: bins.into_iter().collect() }
    });
    prop_oneof![
        (2..9_usize, order())
            .prop_map(|(count, order)| Kind::SingleChoice { options: labels(count, false), order }),
        multiple,
        Just(Kind::YesNo),
        (-5..5_i32, 1..20_i32).prop_map(|(from, steps)| Kind::Scale {
            from,
            to: from + steps,
            low: text("Bad"),
            high: text("Good"),
        }),
        bins,
        (0..20_000_u64, 0..20_000_u64)
            .prop_map(|(min, length)| Kind::Date { min: day(min), max: day(min + length) }),
        (1..40_u32).prop_map(|max_chars| Kind::ShortText { max_chars }),
    ]
}

fn question() -> impl Strategy<Value = Question> {
    ("[a-z0-9_][a-z0-9_-]{0,39}", any::<bool>(), kind()).prop_map(|(code, required, kind)| {
        Question { code, title: text("What?"), hint: Text::default(), required, kind }
    })
}

/// What a form could send: often valid, sometimes anything.
fn field(valid: &'static str) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.9, prop_oneof![9 => valid.prop_map(String::from), 1 => any::<String>()])
}

fn typed() -> impl Strategy<Value = Typed> {
    (
        field("o[0-9]|yes|no|-?[0-9]{1,2}"),
        vec("o[0-9]", 0..5),
        field("-?[0-9]{1,3}|[а-яё ]{0,50}|  [0-9] [0-9]{3} "),
        field("[0-9]{1,2}"),
        field("[0-9]{1,2}"),
        field("19[0-9]{2}|20[0-9]{2}"),
    )
        .prop_map(|(choice, choices, text, day, month, year)| Typed {
            choice,
            choices,
            text,
            day,
            month,
            year,
        })
}

proptest! {
    #[test]
    fn what_is_generated_could_be_asked(question in question()) {
        let asked = Questionnaire { questions: vec![question] };
        prop_assert_eq!(asked.problems(&Language::ALL.into()), vec![]);
    }

    #[test]
    fn an_answer_shown_in_its_form_and_sent_again_is_the_same_answer(
        question in question(), typed in typed(),
    ) {
        if let Ok(Some(answer)) = question.parse(&typed) {
            let shown = Typed::from_answer(&answer);
            prop_assert_eq!(question.parse(&shown), Ok(Some(answer.clone())));
            prop_assert_eq!(question.check(Some(&answer)), Ok(()));
        }
    }

    #[test]
    fn a_question_left_open_is_refused_exactly_where_it_is_required(question in question()) {
        prop_assert_eq!(question.parse(&Typed::default()).is_err(), question.required);
        prop_assert_eq!(question.check(None).is_err(), question.required);
    }

    #[test]
    fn an_answer_is_counted_under_categories_that_are_published(
        question in question(), typed in typed(),
    ) {
        let published = question.kind.categories();
        let distinct: BTreeSet<&String> = published.iter().collect();
        prop_assert_eq!(distinct.len(), published.len());
        if let Ok(Some(answer)) = question.parse(&typed) {
            let counted = question.categories_of(&answer);
            prop_assert!(counted.iter().all(|code| published.contains(code)), "{counted:?}");
            let expected = match &answer {
                Answer::Choices(codes) => codes.len(),
                Answer::Text(_) => 0,
                _ => 1,
            };
            prop_assert_eq!(counted.len(), expected);
        }
    }

    #[test]
    fn a_number_lies_in_the_bin_under_which_it_is_counted(
        bins in vec(-99..=100_i64, 0..6), number in -100..=100_i64,
    ) {
        let bins: BTreeSet<i64> = bins.into_iter().collect();
        let kind = Kind::Number { min: -100, max: 100, bins: bins.into_iter().collect() };
        let title = text("What?");
        let question =
            Question { code: "q".to_owned(), title, hint: Text::default(), required: true, kind };
        let counted = question.categories_of(&Answer::Number(number));
        let (low, high) = counted[0].split_once("..").unwrap();
        prop_assert!((low.parse::<i64>().unwrap()..=high.parse::<i64>().unwrap()).contains(&number));
    }

    #[test]
    fn a_persons_order_is_a_permutation_with_exclusive_options_last(
        question in question(), seed in any::<u64>(),
    ) {
        let codes = |labels: Vec<&Label>| -> Vec<String> {
            labels.into_iter().map(|label| label.code.clone()).collect()
        };
        let shown = question.options_for(seed);
        let exclusive = shown.iter().skip_while(|label| !label.exclusive);
        let shuffled = matches!(
            question.kind,
            Kind::SingleChoice { order: Order::Shuffled, .. }
                | Kind::MultipleChoice { order: Order::Shuffled, .. }
        );
        let written = codes(question.kind.options().iter().collect());
        if shuffled {
            prop_assert!(exclusive.into_iter().all(|label| label.exclusive));
            prop_assert_eq!(codes(question.options_for(seed)), codes(shown.clone()));
            let distinct: BTreeSet<String> = codes(shown).into_iter().collect();
            prop_assert_eq!(distinct, written.into_iter().collect());
        } else {
            prop_assert_eq!(codes(shown), written);
        }
    }
}

#[test]
fn orders_of_many_people_favour_no_option() {
    let kind = Kind::SingleChoice { options: labels(4, false), order: Order::Shuffled };
    let title = text("What?");
    let question =
        Question { code: "q".to_owned(), title, hint: Text::default(), required: true, kind };
    let mut first = [0_u32; 4];
    for seed in 0..10_000_u64 {
        let code = &question.options_for(seed)[0].code;
        first[code[1..].parse::<usize>().unwrap()] += 1;
    }
    // 2500 expected with a standard deviation of 43: five of them each way.
    assert!(first.iter().all(|count| (2285..=2715).contains(count)), "{first:?}");
}
