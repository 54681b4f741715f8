//! A poll's state as a coloured tag, the same in every list.

use crate::words;
use leptos::prelude::*;
use ports::states::State;

/// A poll's state; of one of which nothing could be published, that.
#[component]
pub fn StateTag(
    /// The state.
    state: State,
    /// Whether nothing of the poll could be published.
    withheld: bool,
) -> impl IntoView {
    let colour = if withheld { State::Closed } else { state };
    let class = format!("govuk-tag veche-status--{}", colour.code());
    view! { <strong class=class>{words::state_or_withheld(state, withheld)}</strong> }
}
