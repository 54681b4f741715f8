//! The shape of what is stored. Stored polls and answers outlive a version of the program: a
//! change that fails here needs a migration.

use chrono::NaiveDate;
use questionnaire::{
    Answer, Audience, Breakdown, Gender, Kind, Label, Language, Order, Plan, Question,
    QuestionType, Questionnaire, Text, Typed, Unknown,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, stored: Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), stored);
    assert_eq!(serde_json::from_value::<T>(stored).unwrap(), *value);
}

fn question(code: &str, kind: Kind) -> Question {
    let title = Text::both("What?", "Что?");
    Question { code: code.to_owned(), title, hint: Text::default(), required: true, kind }
}

#[test]
fn questions_keep_their_shape() {
    let option = |code: &str, exclusive| Label {
        code: code.to_owned(),
        text: Text::new([(Language::Ru, "Да")]),
        exclusive,
    };
    let options = vec![option("a", false), option("none", true)];
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    let kinds = [
        Kind::SingleChoice { options: vec![options[0].clone()], order: Order::Fixed },
        Kind::MultipleChoice { options, order: Order::Shuffled, least: 1, most: 2 },
        Kind::YesNo,
        Kind::Scale { from: 1, to: 7, low: Text::both("Bad", "Плохо"), high: Text::default() },
        Kind::Number { min: 0, max: 120, bins: vec![18] },
        Kind::Date { min: day, max: day },
        Kind::ShortText { max_chars: 200 },
    ];
    let title = json!({ "en": "What?", "ru": "Что?" });
    let head = |rest: Value| {
        let mut head = json!({ "code": "q", "title": title, "required": true });
        head.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        head
    };
    let stored = [
        json!({ "type": "single_choice", "order": "fixed",
            "options": [{ "code": "a", "text": { "ru": "Да" } }] }),
        json!({ "type": "multiple_choice", "order": "shuffled", "least": 1, "most": 2,
            "options": [{ "code": "a", "text": { "ru": "Да" } },
                { "code": "none", "text": { "ru": "Да" }, "exclusive": true }] }),
        json!({ "type": "yes_no" }),
        json!({ "type": "scale", "from": 1, "to": 7,
            "low": { "en": "Bad", "ru": "Плохо" }, "high": {} }),
        json!({ "type": "number", "min": 0, "max": 120, "bins": [18] }),
        json!({ "type": "date", "min": "2026-01-31", "max": "2026-01-31" }),
        json!({ "type": "short_text", "max_chars": 200 }),
    ];
    assert_eq!(kinds.each_ref().map(Kind::question_type), QuestionType::ALL);
    for (kind, stored) in kinds.into_iter().zip(stored) {
        assert_eq!(stored["type"], kind.question_type().code());
        let asked = Questionnaire { questions: vec![question("q", kind)] };
        is(&asked, json!([head(stored)]));
    }
}

#[test]
fn answers_keep_their_shape() {
    is(&Answer::Choice("yes".to_owned()), json!({ "type": "choice", "value": "yes" }));
    let codes = ["b".to_owned(), "a".to_owned()];
    is(&Answer::Choices(codes.into()), json!({ "type": "choices", "value": ["a", "b"] }));
    is(&Answer::Scale(-3), json!({ "type": "scale", "value": -3 }));
    is(&Answer::Number(42), json!({ "type": "number", "value": 42 }));
    let day = NaiveDate::from_ymd_opt(2026, 3, 27).unwrap();
    is(&Answer::Date(day), json!({ "type": "date", "value": "2026-03-27" }));
    is(&Answer::Text("Да".to_owned()), json!({ "type": "text", "value": "Да" }));
    is(&Typed::default(), json!({}));
    is(
        &Typed { choices: vec!["a".to_owned()], text: Some(" ".to_owned()), ..Typed::default() },
        json!({ "choices": ["a"], "text": " " }),
    );
}

#[test]
fn audience_and_plan_keep_their_shape() {
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        age_from: Some(18),
        age_to: None,
        genders: [Gender::Female].into(),
        unknown: Unknown::Refuse,
    };
    is(
        &audience,
        json!({ "regions": ["north"], "age_from": 18, "age_to": null, "genders": ["female"],
            "unknown": "refuse" }),
    );
    assert_eq!(serde_json::from_value::<Audience>(json!({})).unwrap(), Audience::default());
    let codes: Vec<&str> = Breakdown::ALL.iter().map(|breakdown| breakdown.code()).collect();
    is(&Plan(Breakdown::ALL.into()), json!(codes));
}
