//! What was decided because of a published poll.

use super::{
    desk::{Back, Desk, Next, press, save},
    filled::filled_in,
    id,
};
use crate::editor::{
    form::{MAX_LONG_TEXT, OutcomeForm},
    reader::{Reader, Words, words},
    view::Filled,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{authoring::Refusal, failure::Failure, forms::Done, routes, states::State};
use questionnaire::Text;

/// What was decided because of a published poll.
///
/// # Errors
/// As every function [here](super); [`Failure::WrongState`] before publication.
#[server(prefix = "/api", endpoint = "editor/outcome", input = GetUrl)]
pub async fn read_outcome(#[server(default)] poll: String) -> Result<Filled<OutcomeForm>, Failure> {
    let published = |state| state == State::Published;
    filled_in(&poll, "outcome", published, |settings| OutcomeForm {
        outcome: settings.outcome.as_ref().map(words).unwrap_or_default(),
    })
    .await
}

/// Writes down what was decided.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "editor/save-outcome")]
pub async fn save_outcome(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] outcome: Words,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let form = OutcomeForm { outcome };
    let written = async {
        let person = desk.person()?;
        let (id, seen) = (id(&poll)?, super::revision(&revision)?);
        let settings = desk.ports.authoring.settings(person, id).await?;
        let mut reader = Reader::default();
        let text = reader.text("outcome", &form.outcome, &settings.languages, MAX_LONG_TEXT);
        let text = reader.done(text).map_err(Refusal::Faults)?;
        desk.ports.authoring.outcome(person, id, seen, text).await?;
        Ok(settings)
    }
    .await;
    save(desk, &poll, "outcome", &form, written).await
}

/// Takes down what was written. Gives where to go on.
async fn taken_down(desk: &Desk, poll: &str, seen: &str) -> Result<Next, Refusal> {
    let person = desk.person()?;
    let (poll, seen) = (id(poll)?, super::revision(seen)?);
    desk.ports.authoring.outcome(person, poll, seen, Text::default()).await?;
    Ok((routes::staff_poll(poll), Some(Done::OutcomeRemoved)))
}

/// Takes down what was written about the decision, after that was asked once more.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/delete-outcome")]
pub async fn delete_outcome(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    let desk = Desk::current();
    let outcome = taken_down(&desk, &poll, &revision).await;
    press(&desk, Back::to(&poll, "outcome"), outcome).await
}
