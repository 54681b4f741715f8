//! What the pages of polls ask of the server.

use super::view::{PollList, PollPage};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::failure::Failure;

/// One list of polls: `mine`, `open` or `results`; without one, the reader's own where somebody
/// is signed in, otherwise every open poll.
#[server(prefix = "/api", endpoint = "polls/list", input = GetUrl)]
pub async fn list(#[server(default)] tab: String) -> Result<PollList, Failure> {
    use super::view::Tab;
    let ports = ports::ports();
    let reader = ports::caller::caller().0;
    let default = if reader.is_some() { Tab::Mine } else { Tab::Open };
    let tab = Tab::from_code(&tab).unwrap_or(default);
    ports.participation.polls(reader.as_ref(), tab).await
}

/// A poll's page.
#[server(prefix = "/api", endpoint = "polls/page", input = GetUrl)]
pub async fn page(#[server(default)] poll: String) -> Result<PollPage, Failure> {
    use crate::take::api::unsaved;
    let ports = ports::ports();
    let reader = ports::caller::caller().0;
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let mut page = ports.participation.poll(reader.as_ref(), poll).await?;
    if let Some(person) = reader {
        unsaved::show(&person.session, &mut page).await;
    }
    Ok(page)
}
