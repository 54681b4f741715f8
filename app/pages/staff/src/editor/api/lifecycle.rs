//! The buttons of a poll's life: to review and back, opened, closed, deleted. A reviewer's word is
//! in [`super::reviews`].

use super::{
    desk::{Back, Desk, Next, press},
    id, revision,
};
use crate::editor::view::{PollPage, Who};
use leptos::prelude::*;
use ports::{authoring::Refusal, failure::Failure, forms::Done, routes, states::State};

/// What a button on a poll's page does.
#[derive(Clone, Copy)]
enum Step {
    Submit,
    Withdraw,
    Open,
    Close,
    Delete,
}

impl Step {
    /// Whether a poll in this state is where the button brings it.
    const fn leads_to(self, state: State) -> bool {
        match self {
            Self::Submit => matches!(state, State::InReview),
            Self::Withdraw => matches!(state, State::Draft),
            Self::Open => matches!(state, State::Open),
            // The rest of its way it goes by itself.
            Self::Close => matches!(state, State::Closed | State::Published),
            Self::Delete => false,
        }
    }
}

/// Whether the poll is where the button brings it, and the last who brought it anywhere was the reader with
/// this button. What came of it by itself since does not undo that.
fn was_pressed(poll: PollPage, step: Step) -> bool {
    let last = poll.history.into_iter().find(|event| event.who != Who::Portal);
    step.leads_to(poll.settings.state)
        && last.is_some_and(|last| last.who == Who::You && step.leads_to(last.to))
}

/// Does what the button does. Gives where to go on.
async fn pressed(desk: &Desk, poll: &str, seen: &str, step: Step) -> Result<Next, Refusal> {
    let person = desk.person()?;
    let (poll, revision) = (id(poll)?, revision(seen)?);
    let authoring = &desk.ports.authoring;
    let (outcome, done) = match step {
        Step::Submit => (authoring.submit(person, poll, revision).await, Done::SentToReview),
        Step::Withdraw => (authoring.withdraw(person, poll, revision).await, Done::TakenBack),
        Step::Open => (authoring.open(person, poll, revision).await, Done::Opened),
        Step::Close => (authoring.close(person, poll, revision).await, Done::Closed),
        Step::Delete => {
            let department = authoring.delete(person, poll, revision).await?;
            return Ok((routes::department(department), Some(Done::PollDeleted)));
        }
    };
    if let Err(failure) = outcome {
        // Whoever presses twice has it done the second time, too, and is not told of somebody else.
        if failure != Failure::Conflict || !was_pressed(authoring.poll(person, poll).await?, step) {
            return Err(failure.into());
        }
    }
    Ok((routes::staff_poll(poll), Some(done)))
}

async fn step(poll: String, seen: String, step: Step) -> Result<(), Failure> {
    let desk = Desk::current();
    let outcome = pressed(&desk, &poll, &seen, step).await;
    let back = match (step, &outcome) {
        // The page that asks once more says what keeps it from being opened.
        (Step::Open, Err(Refusal::Failure(Failure::NotReady))) => Back::to(&poll, "open"),
        _ => Back::to_page(format!("{}/polls/{poll}", routes::STAFF)),
    };
    press(&desk, back, outcome).await
}

/// Sends a draft to review.
///
/// # Errors
/// As every function [here](super); [`Failure::NotReady`] while something is missing.
#[server(prefix = "/api", endpoint = "editor/submit")]
pub async fn submit(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Submit).await
}

/// Takes a poll back to the draft.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/withdraw")]
pub async fn withdraw(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Withdraw).await
}

/// Opens an approved poll before its time.
///
/// # Errors
/// As every function [here](super); [`Failure::NotReady`] where another poll of the department asks the
/// same by now.
#[server(prefix = "/api", endpoint = "editor/open")]
pub async fn open(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Open).await
}

/// Closes a poll before its time.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/close")]
pub async fn close(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Close).await
}

/// Deletes a draft.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/delete")]
pub async fn delete(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Delete).await
}
