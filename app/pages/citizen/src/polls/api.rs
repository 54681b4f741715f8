//! What the pages of polls ask of the server.

use super::view::{PollList, PollPage, Tab};
use crate::take::unsaved;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{failure::Failure, routes, states::State, views::results::beyond};

/// One list of polls: `mine`, `open` or `results`; without one, the reader's own where somebody
/// is signed in, otherwise every open poll.
#[server(prefix = "/api", endpoint = "polls/list", input = GetUrl)]
pub async fn list(
    #[server(default)] tab: String,
    #[server(default)] page: String,
) -> Result<PollList, Failure> {
    let ports = ports::ports();
    let reader = ports::caller::caller().0;
    let default = if reader.is_some() { Tab::Mine } else { Tab::Open };
    let tab = Tab::from_code(&tab).unwrap_or(default);
    ports.participation.polls(reader.as_ref(), tab, page.parse().unwrap_or(1)).await
}

/// A poll's page.
#[server(prefix = "/api", endpoint = "polls/page", input = GetUrl)]
pub async fn page(#[server(default)] poll: String) -> Result<PollPage, Failure> {
    let ports = ports::ports();
    let reader = ports::caller::caller().0;
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let mut page = ports.participation.poll(reader.as_ref(), poll).await?;
    if let Some(person) = reader {
        unsaved::show(&ports, &person, &mut page).await?;
    }
    if page.notice.live && page.card.state == State::Open {
        // Whoever had to sign in comes back to a page that is to show a form again.
        let further = with_context(|request: &axum::http::request::Parts| {
            let known = ["poll", "again", routes::LANGUAGE];
            beyond(request.uri.query().unwrap_or_default(), &known)
        });
        if further == Some(true) {
            page.refused_filter = true;
            Failure::NotFound.tell();
        } else {
            // Where they cannot be read the page does without them: the poll is what is asked for here.
            let live = ports.statistics.live(poll, ports::look::language()).await;
            page.live = live.unwrap_or_default();
        }
    }
    Ok(page)
}
