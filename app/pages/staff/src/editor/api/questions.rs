//! The questions of a draft: one's form with its rows of options, their order, deleting one.

use super::{
    desk::{Back, Desk, press},
    filled::filled,
};
use crate::editor::{
    form::key,
    question_form::{ADD_SEVERAL, OPTIONS, QuestionForm, free_code, option_anchor, option_name},
    reader::field,
    view::{QuestionPage, Settings},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    authoring::Edit,
    failure::Failure,
    forms::{Done, again, finish},
    look::language,
    routes,
};
use questionnaire::{Language, definition::TO_COME};

/// The part that a question's form is. Of questions to come there is one of each type.
fn question_part(question: &str, kind: &str) -> String {
    let kind = if question == TO_COME { kind } else { "" };
    format!("question-{question}:{kind}")
}

/// A question's form; [`TO_COME`] is a question to come, whose type is `kind`.
///
/// # Errors
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/question", input = GetUrl)]
pub async fn read_question(
    #[server(default)] poll: String,
    #[server(default)] question: String,
    #[server(default)] kind: String,
) -> Result<QuestionPage, Failure> {
    let stored = question != TO_COME;
    let part = question_part(&question, &kind);
    let mut missing = false;
    let page = filled(&poll, &part, |settings| {
        if !stored {
            return QuestionForm::new(&kind);
        }
        let stored = settings.questionnaire.question(&question);
        missing = stored.is_none();
        stored.map(QuestionForm::of).unwrap_or_default()
    })
    .await?;
    // What somebody typed about a question is not lost because somebody else deleted it.
    if missing && page.form.typed == QuestionForm::default() {
        return Err(Failure::NotFound);
    }
    let number = page.settings.questionnaire.questions.iter().position(|q| q.code == question);
    Ok(QuestionPage {
        settings: page.settings,
        code: stored.then_some(question),
        number: number.map(|index| index + 1),
        form: page.form,
        differs: stored && page.differs,
    })
}

/// Where to go on after a button of the rows: at the first field of a row that was added, otherwise
/// at the row.
fn anchor(
    form: &QuestionForm,
    action: &str,
    row: usize,
    settings: &Settings,
    reader: Language,
) -> String {
    // The reader's language comes first, where the poll has it.
    let first = settings.languages.get(&reader).or_else(|| settings.languages.first());
    match first {
        _ if form.options.is_empty() => OPTIONS.to_owned(),
        Some(language) if action == "add" || action == ADD_SEVERAL => {
            field(&option_name(row), *language)
        }
        _ => option_anchor(row),
    }
}

/// Saves a question, or moves, adds and removes rows of its options: `action` is `save` or the
/// name of a button of the rows.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "editor/save-question")]
pub async fn save_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
    #[server(default)] action: String,
    #[server(flatten)] form: QuestionForm,
) -> Result<(), Failure> {
    let (desk, reader) = (Desk::on(&revision), language());
    let mut form = form;
    let key = key(&question_part(&question, &form.kind), &poll);
    let back = if question == TO_COME {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("kind", &form.kind);
        Back::to(&poll, &format!("questions/{TO_COME}?{}", query.finish()))
    } else {
        Back::to(&poll, &format!("questions/{question}"))
    };
    let outcome = if let Some(row) = form.press(&action) {
        // Nothing is saved: the rows wait in the session for the form's page.
        match desk.keep_rows(&poll, &key, &form).await {
            Ok(settings) => {
                let anchor = anchor(&form, &action, row, &settings, reader);
                let rows = format!("{}#{anchor}", again(&back.form));
                return finish(&desk.post, &back.form, Ok((rows, None))).await;
            }
            Err(failure) => Err(failure.into()),
        }
    } else {
        let read = |settings: &Settings| {
            let code = if question == TO_COME {
                let questions = settings.questionnaire.questions.iter();
                free_code('q', questions.map(|question| question.code.as_str()))
            } else {
                question.clone()
            };
            form.read(&code, &settings.languages).map(Edit::Question)
        };
        let saved = desk.edit((&poll, &revision), read).await;
        saved.map(|poll| (routes::staff_poll_part(poll.id, "questions"), Some(Done::Saved)))
    };
    desk.finish(back, key, &form, outcome).await
}

/// Moves a question `up` or `down`.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "editor/move-question")]
pub async fn move_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
    #[server(default)] direction: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let up = direction == "up";
    let edit = |_: &Settings| Ok(Edit::MoveQuestion { code: question.clone(), up });
    let outcome = desk.edit((&poll, &revision), edit).await;
    let back = Back::to(&poll, "questions");
    let next = outcome.map(|settings| {
        (routes::staff_question_in_list(settings.id, &question), Some(Done::Moved))
    });
    press(&desk, back, next).await
}

/// Deletes a question.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "editor/delete-question")]
pub async fn delete_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let edit = |_: &Settings| Ok(Edit::DeleteQuestion { code: question });
    let outcome = desk.edit((&poll, &revision), edit).await;
    let back = Back::to(&poll, "questions");
    let next = (back.form.clone(), Some(Done::QuestionDeleted));
    press(&desk, back, outcome.map(|_| next)).await
}
