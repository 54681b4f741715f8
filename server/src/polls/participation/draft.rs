//! What a draft shows, and the answers that it comes to. Pure: whose it is and where it is stored is
//! not known here.

use ports::views::answers::Line;
use questionnaire::{Answers, Question, Questionnaire, Typed};
use std::collections::BTreeMap;
use vault::Draft;

/// What was typed for a question, empty where nothing was.
pub(super) fn typed(draft: &Draft, question: &Question) -> Typed {
    draft.typed.get(&question.code).cloned().unwrap_or_default()
}

fn line((index, question): (usize, &Question), typed: Typed) -> Line {
    let error = question.parse(&typed).err();
    Line { number: index + 1, question: question.clone(), typed, error }
}

/// Each question with what was typed for it.
pub(super) fn lines(questionnaire: &Questionnaire, draft: &Draft) -> Vec<Line> {
    let questions = questionnaire.questions.iter().enumerate();
    questions.map(|numbered| line(numbered, typed(draft, numbered.1))).collect()
}

/// The questions with these numbers, from 1, and what was typed for each; numbers that none has are left
/// out.
pub(super) fn lines_of(questionnaire: &Questionnaire, typed: BTreeMap<usize, Typed>) -> Vec<Line> {
    let asked = |(number, typed): (usize, Typed)| {
        let index = number.checked_sub(1)?;
        Some(line((index, questionnaire.questions.get(index)?), typed))
    };
    typed.into_iter().filter_map(asked).collect()
}

/// The draft that shows answers as they were sent.
pub(super) fn draft_of(answers: &Answers, questionnaire: &Questionnaire) -> Draft {
    let typed = |question: &Question| {
        let typed = answers.get(&question.code).map(Typed::from_answer).unwrap_or_default();
        (question.code.clone(), typed)
    };
    Draft { typed: questionnaire.questions.iter().map(typed).collect(), position: None }
}

/// A draft as it will be shown once it is sent: what was typed in another way than it is shown, a
/// number with spaces around it for instance, is the same answer.
pub(super) fn settled(draft: &Draft, questionnaire: &Questionnaire) -> Draft {
    let settle = |question: &Question| {
        let typed = typed(draft, question);
        let typed = match question.parse(&typed) {
            Ok(answer) => answer.as_ref().map(Typed::from_answer).unwrap_or_default(),
            Err(_) => typed,
        };
        (question.code.clone(), typed)
    };
    Draft { typed: questionnaire.questions.iter().map(settle).collect(), position: None }
}

/// The index of the first question that was never passed, or whose answer is not valid.
pub(super) fn first_open(questionnaire: &Questionnaire, draft: &Draft) -> Option<usize> {
    questionnaire.questions.iter().position(|question| {
        draft.typed.get(&question.code).is_none_or(|typed| question.parse(typed).is_err())
    })
}

/// The answers that a draft comes to.
///
/// # Errors
/// The index of the first question that is not answered validly.
pub(super) fn answers_of(questionnaire: &Questionnaire, draft: &Draft) -> Result<Answers, usize> {
    let mut answers = BTreeMap::new();
    for (index, question) in questionnaire.questions.iter().enumerate() {
        if let Some(answer) = question.parse(&typed(draft, question)).map_err(|_| index)? {
            answers.insert(question.code.clone(), answer);
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Kind, Text};

    fn questionnaire() -> Questionnaire {
        let question = |code: &str, required| Question {
            code: code.to_owned(),
            title: Text::both("?", "?"),
            hint: Text::default(),
            required,
            kind: Kind::YesNo,
        };
        Questionnaire {
            questions: vec![question("a", true), question("b", false), question("c", true)],
        }
    }

    fn draft(typed: &[(&str, Option<&str>)]) -> Draft {
        let typed = typed.iter().map(|(code, choice)| {
            let choice = choice.map(str::to_owned);
            ((*code).to_owned(), Typed { choice, ..Typed::default() })
        });
        Draft { typed: typed.collect(), position: None }
    }

    #[test]
    fn one_goes_on_with_the_first_question_not_passed() {
        let asked = questionnaire();
        assert_eq!(first_open(&asked, &Draft::default()), Some(0));
        assert_eq!(first_open(&asked, &draft(&[("a", Some("yes"))])), Some(1), "not yet seen");
        let skipped = [("a", Some("yes")), ("b", None), ("c", Some("no"))];
        assert_eq!(first_open(&asked, &draft(&skipped)), None);
        let wrong = [("a", Some("perhaps")), ("b", None), ("c", Some("no"))];
        assert_eq!(first_open(&asked, &draft(&wrong)), Some(0));
    }

    #[test]
    fn what_came_late_stands_beside_its_question_where_there_is_one() {
        let typed = |choice: &str| Typed { choice: Some(choice.to_owned()), ..Typed::default() };
        let late = [(0, "yes"), (1, "perhaps"), (3, "yes"), (4, "yes")];
        let late = late.map(|(number, choice)| (number, typed(choice)));
        let lines = lines_of(&questionnaire(), late.into());
        let [first, third] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((first.number, &*first.question.code), (1, "a"));
        assert!(first.error.is_some());
        assert_eq!((third.number, &*third.question.code), (3, "c"));
        assert_eq!((&third.typed, &third.error), (&typed("yes"), &None));
    }

    #[test]
    fn a_draft_comes_to_answers_only_when_every_required_one_is_valid() {
        let asked = questionnaire();
        assert_eq!(answers_of(&asked, &draft(&[("a", Some("yes"))])), Err(2));
        let answers = answers_of(&asked, &draft(&[("a", Some("yes")), ("c", Some("no"))])).unwrap();
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["a", "c"]);
        let again = draft_of(&answers, &asked);
        assert!(settled(&draft(&[("a", Some("yes")), ("c", Some("no"))]), &asked) == again);
        assert!(settled(&again, &asked) == again, "what is sent is shown as it was");
        assert_eq!(answers_of(&asked, &again).unwrap(), answers);
        assert_eq!(first_open(&asked, &again), None, "a change begins with everything passed");
    }
}
