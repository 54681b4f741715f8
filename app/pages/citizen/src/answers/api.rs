//! What the pages of a person's own answers ask of the server.

use super::view::{DraftPage, OwnAnswers};
use crate::take::unsaved;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    failure::Failure,
    forms::{Done, Stop, posted_led, posted_to_nothing},
    routes,
    views::{
        answers::{Stage, Withdrawn},
        polls::{PollCard, PollPage, Standing},
    },
};

/// The polls that I answered or began.
#[server(prefix = "/api", endpoint = "answers/list", input = GetUrl)]
pub async fn list() -> Result<Vec<PollCard>, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    ports.participation.answers(&person).await
}

/// My answers to one poll.
#[server(prefix = "/api", endpoint = "answers/own", input = GetUrl)]
pub async fn own(#[server(default)] poll: String) -> Result<OwnAnswers, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    ports.participation.own(&person, poll).await
}

/// Begins to change what was sent.
#[server(prefix = "/api", endpoint = "answers/change")]
pub async fn change(
    #[server(default)] poll: String,
    #[server(default)] owner: String,
) -> Result<(), Failure> {
    let Ok(poll) = poll.parse() else { return posted_to_nothing(routes::ANSWERS).await };
    posted_led(
        |ports, person| async move { ports.participation.change(&person, poll, &owner).await },
        |changed: Result<(), Failure>| {
            // Whoever is here instead of the person of the page may have no answers to lead back to.
            let other = changed == Err(Failure::OtherPerson);
            let back = if other { routes::poll(poll) } else { routes::own_answers(poll) };
            (back, changed.map(|()| (routes::check(poll), None)).map_err(Stop::from))
        },
    )
    .await
}

/// What a person has in a poll and can delete.
#[derive(Clone, Copy)]
enum Deleted {
    /// The answers that were sent, and any draft, as the page said that it would be at this stage of the poll.
    Answers(Stage),
    /// What was typed and not sent.
    Draft,
}

/// Deletes it; a page of its own, which is its `owner`'s, asked once more whether to.
async fn delete(poll: &str, owner: &str, what: Deleted) -> Result<(), Failure> {
    let Ok(poll) = poll.parse() else { return posted_to_nothing(routes::ANSWERS).await };
    let asked = match what {
        Deleted::Answers(_) => routes::withdraw(poll),
        Deleted::Draft => routes::discard(poll),
    };
    posted_led(
        |ports, person| async move {
            let done = match what {
                Deleted::Answers(told) => {
                    match ports.participation.withdraw(&person, poll, owner, told).await? {
                        Withdrawn::Deleted => Done::Withdrawn,
                        Withdrawn::CutOff => Done::CutOff,
                    }
                }
                Deleted::Draft => {
                    ports.participation.discard(&person, poll, owner).await?;
                    Done::AnswersDiscarded
                }
            };
            // What was typed too late for the draft goes with it.
            unsaved::forget(&person.session, poll).await;
            Ok(done)
        },
        |deleted: Result<Done, Failure>| {
            // Where it did not work the poll's page says why, unless it is to be asked once more.
            let once_more = matches!(deleted, Err(Failure::SignedOut | Failure::NotAsTold));
            let back = if once_more { asked } else { routes::poll(poll) };
            (back, deleted.map(|done| (routes::poll(poll), Some(done))).map_err(Stop::from))
        },
    )
    .await
}

/// Withdraws and deletes what was sent, or takes the consent to it back. A page of a version before says nothing of
/// what its person was `told`: it is one of an open poll.
#[server(prefix = "/api", endpoint = "answers/withdraw")]
pub async fn withdraw(
    #[server(default)] poll: String,
    #[server(default)] owner: String,
    #[server(default)] told: String,
) -> Result<(), Failure> {
    let told = Stage::from_code(&told).unwrap_or_default();
    delete(&poll, &owner, Deleted::Answers(told)).await
}

/// The draft that can be deleted.
#[server(prefix = "/api", endpoint = "answers/draft", input = GetUrl)]
pub async fn draft(#[server(default)] poll: String) -> Result<DraftPage, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let PollPage { card, owner, .. } = ports.participation.poll(Some(&person), poll).await?;
    match card.standing {
        Standing::Draft | Standing::Changing => Ok(DraftPage { card, owner }),
        Standing::NotBegun | Standing::Answered => Err(Failure::NotFound),
    }
}

/// Deletes what was typed and not sent.
#[server(prefix = "/api", endpoint = "answers/discard")]
pub async fn discard(
    #[server(default)] poll: String,
    #[server(default)] owner: String,
) -> Result<(), Failure> {
    delete(&poll, &owner, Deleted::Draft).await
}
