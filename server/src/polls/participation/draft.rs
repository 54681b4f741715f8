//! What a draft shows, and the answers that it comes to. Pure: whose it is and where it is stored is
//! not known here.

use ports::views::answers::Line;
use questionnaire::{AnswerError, Answers, Kind, Question, Questionnaire, Typed};
use std::collections::BTreeMap;
use vault::Draft;

/// Most bytes, as JSON, that are kept as they were typed, apart from a text's characters. It is more than
/// any answer needs: there is room for what is still to be put right.
const ROOM: usize = 4096;
/// Most bytes of a character as JSON: a control character is written with six.
const CHARACTER: usize = 6;

/// What was typed for a question, empty where nothing was.
pub(super) fn typed(draft: &Draft, question: &Question) -> Typed {
    draft.typed.get(&question.code).cloned().unwrap_or_default()
}

/// Whether nothing was typed for a question.
pub(super) fn is_blank(question: &Question, typed: &Typed) -> bool {
    matches!(question.parse(typed), Ok(None) | Err(AnswerError::Required))
}

/// What of a form is kept for its question: the fields that the question's type has, as they were typed. So
/// nobody's draft grows beyond what the questions can need, whatever a form brings along. What is far longer
/// than an answer is kept only where it is one, and then as it will be shown.
///
/// # Errors
/// What is wrong with it where it is too long to be kept.
pub(super) fn to_keep(question: &Question, typed: Typed) -> Result<Typed, AnswerError> {
    let typed = of_kind(&question.kind, typed);
    if bytes(&typed) <= most(&question.kind) {
        return Ok(typed);
    }
    Ok(question.parse(&typed)?.as_ref().map(Typed::from_answer).unwrap_or_default())
}

/// The fields that a question of this type has.
fn of_kind(kind: &Kind, typed: Typed) -> Typed {
    let Typed { choice, choices, text, day, month, year } = typed;
    let none = Typed::default();
    match kind {
        Kind::SingleChoice { .. } | Kind::YesNo | Kind::Scale { .. } => Typed { choice, ..none },
        Kind::MultipleChoice { .. } => Typed { choices, ..none },
        Kind::Number { .. } | Kind::ShortText { .. } => Typed { text, ..none },
        Kind::Date { .. } => Typed { day, month, year, ..none },
    }
}

/// How long it is as a draft holds it.
fn bytes(typed: &Typed) -> usize {
    serde_json::to_vec(typed).map_or(usize::MAX, |json| json.len())
}

/// How long it may be as it was typed.
fn most(kind: &Kind) -> usize {
    match kind {
        Kind::ShortText { max_chars } => {
            let characters = usize::try_from(*max_chars).unwrap_or(usize::MAX);
            characters.saturating_mul(CHARACTER).saturating_add(ROOM)
        }
        Kind::SingleChoice { .. }
        | Kind::MultipleChoice { .. }
        | Kind::YesNo
        | Kind::Scale { .. }
        | Kind::Number { .. }
        | Kind::Date { .. } => ROOM,
    }
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
    Draft { typed: questionnaire.questions.iter().map(typed).collect() }
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
    Draft { typed: questionnaire.questions.iter().map(settle).collect() }
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
    use questionnaire::Text;

    fn question(code: &str, required: bool, kind: Kind) -> Question {
        let (title, hint) = (Text::both("?", "?"), Text::default());
        Question { code: code.to_owned(), title, hint, required, kind }
    }

    fn questionnaire() -> Questionnaire {
        let question = |code: &str, required| question(code, required, Kind::YesNo);
        Questionnaire {
            questions: vec![question("a", true), question("b", false), question("c", true)],
        }
    }

    fn draft(typed: &[(&str, Option<&str>)]) -> Draft {
        let typed = typed.iter().map(|(code, choice)| {
            let choice = choice.map(str::to_owned);
            ((*code).to_owned(), Typed { choice, ..Typed::default() })
        });
        Draft { typed: typed.collect() }
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
    fn what_the_type_of_a_question_has_no_field_for_is_not_kept() {
        let long = || Some("x".repeat(60_000));
        let choice = Some("yes".to_owned());
        let form = Typed {
            choice: choice.clone(),
            choices: vec!["x".repeat(60_000)],
            text: long(),
            day: long(),
            month: long(),
            year: long(),
        };
        let kept = to_keep(&question("a", true, Kind::YesNo), form);
        assert_eq!(kept, Ok(Typed { choice, ..Typed::default() }));
    }

    #[test]
    fn what_is_far_longer_than_an_answer_is_kept_only_where_it_is_one() {
        let max = 2000;
        let asked = question("a", true, Kind::ShortText { max_chars: max });
        assert!(most(&asked.kind) < 16 << 10);
        let kept = |text: &str| {
            let typed = Typed { text: Some(text.to_owned()), ..Typed::default() };
            to_keep(&asked, typed).map(|typed| typed.text.unwrap_or_default())
        };
        // Too long to be sent, it is kept to be put right.
        let longer = "ю".repeat(3000);
        assert_eq!(kept(&longer), Ok(longer));
        assert_eq!(kept(&"ю".repeat(30_000)), Err(AnswerError::TooLong { max }));
        // As JSON nothing takes more room than what nobody sees.
        let unseen = format!("{}x", "\u{1}".repeat(1999));
        assert_eq!(kept(&unseen), Ok(unseen));
        assert_eq!(kept(&format!("{}x", "\u{1}".repeat(20_000))), Ok("x".to_owned()));
        let kind = Kind::Number { min: 0, max: 120, bins: Vec::new() };
        let text = |text: String| Typed { text: Some(text), ..Typed::default() };
        let number = to_keep(&question("a", true, kind), text(format!("{}42", "0".repeat(9000))));
        assert_eq!(number, Ok(text("42".to_owned())));
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
