//! Typed values that could not be kept with the person: in the session, until they can. Each with whose form
//! it was: at a browser that people share the session may be somebody else's by then.

use ports::{
    Ports,
    caller::SignedIn,
    failure::Failure,
    forms,
    states::State,
    views::{
        polls::PollPage,
        take::{FORMS, Waiting},
    },
};
use std::collections::BTreeMap;
use tower_sessions::Session;
use uuid::Uuid;

/// How the names of the forms begin with which a poll is answered.
#[must_use]
pub fn beginning(poll: Uuid) -> String {
    format!("{FORMS}{poll}/")
}

/// The name of one question's form.
#[must_use]
pub fn key(poll: Uuid, number: usize) -> String {
    format!("{}{number}", beginning(poll))
}

/// Throws away all that waits of a poll: what could not be kept with the person, and what was wrong with a
/// draft that is gone.
pub async fn forget(session: &Session, poll: Uuid) {
    forms::forget_all(session, &beginning(poll)).await;
}

/// What could not be kept with the person in this form, where something was typed in it. What was wrong with it
/// is said only where its page is opened to say so.
pub async fn words_waiting(session: &Session, key: &str) -> Option<Waiting> {
    let form = forms::stashed::<Option<Waiting>>(session, key).await?;
    form.typed.filter(|waiting| !waiting.typed.is_empty())
}

/// What could not be kept with the person, by the number of its question.
async fn waiting(session: &Session, poll: Uuid) -> BTreeMap<usize, Waiting> {
    let all = forms::stashed_all::<Option<Waiting>>(session, &beginning(poll)).await;
    all.into_iter().filter_map(|(number, form)| Some((number.parse().ok()?, form.typed?))).collect()
}

/// The first question for which something waits that was typed by this person: there one goes on.
///
/// # Errors
/// When the store cannot be read.
pub async fn first(ports: &Ports, person: &SignedIn, poll: Uuid) -> Result<Option<usize>, Failure> {
    let mut waiting = waiting(&person.session, poll).await;
    waiting.retain(|_, waiting| !waiting.typed.is_empty());
    if waiting.is_empty() {
        return Ok(None);
    }
    let lines = ports.participation.late(person, poll, waiting).await?;
    Ok(lines.iter().map(|line| line.number).min())
}

/// Puts what came too late among what was typed and not sent, on the page of a poll that the person
/// cannot go on with.
///
/// # Errors
/// When the store cannot be read.
pub async fn show(ports: &Ports, person: &SignedIn, page: &mut PollPage) -> Result<(), Failure> {
    if page.card.state == State::Open && page.card.asked {
        return Ok(());
    }
    let waiting = waiting(&person.session, page.card.id).await;
    if waiting.is_empty() {
        return Ok(());
    }
    let late = ports.participation.late(person, page.card.id, waiting).await?;
    page.late = late.iter().map(|line| line.number).collect();
    page.unsent.retain(|line| !page.late.contains(&line.number));
    page.unsent.extend(late);
    page.unsent.sort_by_key(|line| line.number);
    Ok(())
}
