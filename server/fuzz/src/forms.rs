//! Forms with an answer: what a browser, or anybody, posts for one question.

use questionnaire::{Answer, Question, Questionnaire, Typed};
use serde::Deserialize;
use std::sync::OnceLock;

/// The fields of every kind of question, as the server function `take/answer` takes them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    choice: Option<String>,
    choices: Vec<String>,
    text: Option<String>,
    day: Option<String>,
    month: Option<String>,
    year: Option<String>,
}

/// A questionnaire with every kind of question.
fn questions() -> &'static [Question] {
    static QUESTIONS: OnceLock<Vec<Question>> = OnceLock::new();
    QUESTIONS.get_or_init(|| {
        let all = include_bytes!("../seeds/questionnaire/every-kind.json");
        serde_json::from_slice::<Questionnaire>(all).unwrap().questions
    })
}

/// The first byte chooses the question, the others are the form's body.
pub fn run(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let question = &questions()[usize::from(*first) % questions().len()];
    // As `server_fn`'s codec reads a body.
    let Ok(form) = serde_qs::Config::new(5, false).deserialize_bytes::<Form>(body) else { return };
    let Form { choice, choices, text, day, month, year } = form;
    let typed = Typed { choice, choices, text, day, month, year };
    let kept = serde_json::to_vec(&typed).unwrap();
    assert_eq!(serde_json::from_slice::<Typed>(&kept).unwrap(), typed, "nothing typed is lost");
    match question.parse(&typed) {
        Ok(Some(answer)) => valid(question, &answer),
        Ok(None) => assert!(!question.required, "a required question is left open"),
        Err(_) => {}
    }
}

/// What was understood is an answer in every way.
fn valid(question: &Question, answer: &Answer) {
    question.check(Some(answer)).unwrap();
    let again = question.parse(&Typed::from_answer(answer)).unwrap();
    assert_eq!(again.as_ref(), Some(answer), "shown again and sent again");
    let stored = serde_json::to_vec(answer).unwrap();
    assert_eq!(serde_json::from_slice::<Answer>(&stored).unwrap(), *answer);
    let categories = question.kind.categories();
    let counted = question.categories_of(answer);
    assert!(counted.iter().all(|code| categories.contains(code)), "{counted:?} of {categories:?}");
    assert_eq!(counted.is_empty(), categories.is_empty(), "counted if and only if published");
    for other in questions() {
        // No question takes the answer to another for its own without it being one.
        if other.check(Some(answer)).is_ok() {
            let known = other.kind.categories();
            assert!(other.categories_of(answer).iter().all(|code| known.contains(code)));
        }
    }
}
