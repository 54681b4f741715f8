//! Forms with an answer: what a browser, or anybody, posts for one question.

use questionnaire::{Answer, Question, Questionnaire, Typed};
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::OnceLock;

/// The arguments of a server function that has a form among them.
#[derive(Deserialize)]
pub(crate) struct Posted<F> {
    /// The button that was pressed, where there are several.
    #[serde(default)]
    pub(crate) action: String,
    /// The form's fields, which stand beside the other arguments.
    #[serde(flatten)]
    pub(crate) form: F,
}

/// Reads a form's body as `server_fn`'s codec does.
pub(crate) fn posted<F: DeserializeOwned>(body: &[u8]) -> Option<F> {
    let body = str::from_utf8(body).ok()?;
    serde_qs::Config::new(5, false).deserialize_str(body).ok()
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
    // The function `take/answer` has these very fields, each by itself.
    let Some(typed) = posted::<Typed>(body) else { return };
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
