//! What the pages of a person's own answers ask of the server.

use super::view::{DraftPage, OwnAnswers};
use crate::take::unsaved;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    failure::Failure,
    forms::{self, Done},
    routes,
    views::polls::{PollCard, Standing},
};
use uuid::Uuid;

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
pub async fn change(#[server(default)] poll: String) -> Result<(), Failure> {
    let post = forms::Post::current();
    let ports = ports::ports();
    let person = ports::caller::signed_in();
    let Ok(poll) = poll.parse() else {
        return forms::finish(&post, routes::ANSWERS, Err(Failure::NotFound.into())).await;
    };
    let changed = match person {
        Ok(person) => ports.participation.change(&person, poll).await,
        Err(failure) => Err(failure),
    };
    let outcome = changed.map(|()| (routes::check(poll), None)).map_err(Into::into);
    forms::finish(&post, &routes::own_answers(poll), outcome).await
}

/// Withdraws and deletes what was sent.
#[server(prefix = "/api", endpoint = "answers/withdraw")]
pub async fn withdraw(#[server(default)] poll: String) -> Result<(), Failure> {
    let post = forms::Post::current();
    let ports = ports::ports();
    let person = ports::caller::signed_in();
    let Ok(poll) = poll.parse() else {
        return forms::finish(&post, routes::ANSWERS, Err(Failure::NotFound.into())).await;
    };
    let withdrawn = async {
        let person = person?;
        let questions = ports.participation.poll(Some(&person), poll).await?.titles.len();
        ports.participation.withdraw(&person, poll).await?;
        unsaved::forget(&person.session, poll, questions).await;
        Ok(())
    }
    .await;
    gone(&post, poll, routes::withdraw(poll), withdrawn, Done::Withdrawn).await
}

/// Ends the post of a page that asked once more (`asked`) whether something of this poll is to go.
async fn gone(
    post: &forms::Post,
    poll: Uuid,
    asked: routes::Path,
    outcome: Result<(), Failure>,
    done: Done,
) -> Result<(), Failure> {
    // Where it did not work the poll's page says why.
    let back = if outcome == Err(Failure::SignedOut) { asked } else { routes::poll(poll) };
    let outcome = outcome.map(|()| (routes::poll(poll), Some(done))).map_err(Into::into);
    forms::finish(post, &back, outcome).await
}

/// The draft that can be deleted.
#[server(prefix = "/api", endpoint = "answers/draft", input = GetUrl)]
pub async fn draft(#[server(default)] poll: String) -> Result<DraftPage, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let card = ports.participation.poll(Some(&person), poll).await?.card;
    match card.standing {
        Standing::Draft | Standing::Changing => {
            Ok(DraftPage { card, backup_days: ports.portal.backup_days })
        }
        Standing::NotBegun | Standing::Answered => Err(Failure::NotFound),
    }
}

/// Deletes what was typed and not sent.
#[server(prefix = "/api", endpoint = "answers/discard")]
pub async fn discard(#[server(default)] poll: String) -> Result<(), Failure> {
    let post = forms::Post::current();
    let ports = ports::ports();
    let person = ports::caller::signed_in();
    let Ok(poll) = poll.parse() else {
        return forms::finish(&post, routes::ANSWERS, Err(Failure::NotFound.into())).await;
    };
    let discarded = async {
        let person = person?;
        let questions = ports.participation.poll(Some(&person), poll).await?.titles.len();
        ports.participation.discard(&person, poll).await?;
        // What was typed too late for the draft goes with it.
        unsaved::forget(&person.session, poll, questions).await;
        Ok(())
    }
    .await;
    gone(&post, poll, routes::discard(poll), discarded, Done::AnswersDiscarded).await
}
