//! The buttons of a poll's life: to review and back, opened, closed, deleted. A reviewer's word is
//! in [`super::reviews`].

use super::{
    desk::{Back, Desk, press},
    id, revision,
};
use leptos::prelude::*;
use ports::{failure::Failure, forms::Done, routes};

/// What a button on a poll's page does.
#[derive(Clone, Copy)]
enum Step {
    Submit,
    Withdraw,
    Open,
    Close,
    Delete,
}

async fn step(poll: String, seen: String, step: Step) -> Result<(), Failure> {
    let desk = Desk::current();
    let outcome = async {
        let person = desk.person()?;
        let (poll, revision) = (id(&poll)?, revision(&seen)?);
        let authoring = &desk.ports.authoring;
        let done = match step {
            Step::Submit => {
                authoring.submit(person, poll, revision).await?;
                Done::SentToReview
            }
            Step::Withdraw => {
                authoring.withdraw(person, poll, revision).await?;
                Done::TakenBack
            }
            Step::Open => {
                authoring.open(person, poll, revision).await?;
                Done::Opened
            }
            Step::Close => {
                authoring.close(person, poll, revision).await?;
                Done::Closed
            }
            Step::Delete => {
                let department = authoring.settings(person, poll).await?.department.id;
                authoring.delete(person, poll, revision).await?;
                return Ok((routes::department(department), Some(Done::PollDeleted)));
            }
        };
        Ok((routes::staff_poll(poll), Some(done)))
    }
    .await;
    let back = Back::to_page(format!("{}/polls/{poll}", routes::STAFF));
    press(&desk, back, outcome).await
}

/// Sends a draft to review.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`] while something is missing.
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
/// As every function [here](super); [`Failure::Invalid`] where another poll of the department asks the
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
