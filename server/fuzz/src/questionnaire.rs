//! Definitions of questionnaires: JSON, as they are stored, and as the file of a copy, which may come
//! from anywhere.

use ports::views::editor::copy::Copy;
use questionnaire::{Answers, Language, Problem, Question, Questionnaire};
use std::collections::BTreeSet;

/// Reads a file and, where it is none, a definition.
pub fn run(bytes: &[u8]) {
    file(bytes);
    definition(bytes);
}

/// Whether it is a definition that can be asked; the promises are checked as by [`run`].
pub fn taken(bytes: &[u8]) -> bool {
    definition(bytes)
}

/// A file is a draft that the editor could have made, or it is said what is wrong with it.
fn file(bytes: &[u8]) {
    let regions = ["01", "02"].map(str::to_owned);
    let copy = match Copy::read(bytes, &regions) {
        Ok(copy) => copy,
        Err(faults) => {
            let places: BTreeSet<&str> = faults.iter().map(|fault| &*fault.field).collect();
            assert!(!faults.is_empty() && faults.len() <= 20, "{} faults", faults.len());
            assert_eq!(places.len(), faults.len(), "a place on the page for each");
            return;
        }
    };
    assert!(copy.audience.regions.iter().all(|code| regions.contains(code)));
    for wrong in copy.questions.problems(&copy.languages) {
        // A draft may be without questions yet, or without words in a language that it got later.
        let of_a_draft = [Problem::NoQuestions, Problem::MissingTranslation];
        assert!(of_a_draft.contains(&wrong.problem), "{wrong:?}");
    }
    let complete = |question: &&Question| question.problem(&copy.languages).is_none();
    copy.questions.questions.iter().filter(complete).for_each(askable);
    // With blanks it can be longer than it came, and has to be short enough all the same.
    let again = Copy::read(&copy.to_file(), &regions);
    assert_eq!(again.as_ref(), Ok(&copy), "downloaded and sent again");
}

/// What is said to be in order can be asked, shuffled, counted and stored. Gives whether it is.
fn definition(bytes: &[u8]) -> bool {
    let Ok(definition) = serde_json::from_slice::<Questionnaire>(bytes) else { return false };
    let stored = serde_json::to_vec(&definition).unwrap();
    assert_eq!(serde_json::from_slice::<Questionnaire>(&stored).unwrap(), definition);
    let languages = BTreeSet::from(Language::ALL);
    let problems = definition.problems(&languages);
    let faulty =
        definition.questions.iter().filter(|one| one.problem(&languages).is_some()).count();
    assert!(problems.len() >= faulty, "each question's problem is one of the whole's");
    for question in &definition.questions {
        if question.problem(&languages).is_none() {
            askable(question);
        }
    }
    if problems.is_empty() {
        let codes: BTreeSet<&str> = definition.questions.iter().map(|one| &*one.code).collect();
        assert_eq!(codes.len(), definition.questions.len(), "codes are unique");
        // Of optional questions none needs an answer; of others each does.
        let required: Vec<&str> = definition
            .questions
            .iter()
            .filter(|question| question.required)
            .map(|question| &*question.code)
            .collect();
        let refused = definition.check(&Answers::new()).err().unwrap_or_default();
        let refused: Vec<&str> = refused.iter().map(|(code, _)| &**code).collect();
        assert_eq!(refused, required);
    }
    problems.is_empty()
}

/// What holds of every question that is in order.
pub(crate) fn askable(question: &Question) {
    let categories = question.kind.categories();
    assert!(categories.len() <= 200, "{} categories are published", categories.len());
    let distinct: BTreeSet<&String> = categories.iter().collect();
    assert_eq!(distinct.len(), categories.len(), "{categories:?}");
    for seed in [0, 1, u64::MAX] {
        let shown = question.options_for(seed);
        let codes: BTreeSet<&str> = shown.iter().map(|label| &*label.code).collect();
        let written = question.kind.options().len();
        assert_eq!((shown.len(), codes.len()), (written, written), "each is shown once");
    }
    assert!(question.asks_the_same_as(question));
    assert_eq!(question.check(None).is_ok(), !question.required);
}
