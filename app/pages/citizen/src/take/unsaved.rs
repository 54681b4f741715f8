//! Typed values that could not be kept with the person: in the session, until they can.

use ports::{
    forms,
    states::State,
    views::{answers::Line, polls::PollPage},
};
use questionnaire::Typed;
use tower_sessions::Session;
use uuid::Uuid;

/// The name of one question's form.
#[must_use]
pub fn key(poll: Uuid, number: usize) -> String {
    format!("take/{poll}/{number}")
}

/// Throws away what could not be kept with the person, of every question of a poll.
pub async fn forget(session: &Session, poll: Uuid, questions: usize) {
    for number in 1..=questions {
        forms::forget(session, &key(poll, number)).await;
    }
}

/// Puts what came too late among what was typed and not sent, on the page of a poll that the person
/// cannot go on with.
pub async fn show(session: &Session, page: &mut PollPage) {
    if page.card.state == State::Open && page.card.asked {
        return;
    }
    for (index, question) in page.questions.clone().into_iter().enumerate() {
        let number = index + 1;
        let late = forms::stashed::<Option<Typed>>(session, &key(page.card.id, number)).await;
        let Some(typed) = late.and_then(|form| form.typed) else { continue };
        let error = question.parse(&typed).err();
        page.unsent.retain(|line| line.number != number);
        page.unsent.push(Line { number, question, typed, error });
        page.late.push(number);
    }
    page.unsent.sort_by_key(|line| line.number);
}
