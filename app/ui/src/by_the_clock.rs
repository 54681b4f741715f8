//! By which clock a list says its times.

use crate::{t, words::clock};
use leptos::prelude::*;

/// Which clock it is, for times that somebody compares with what they remember.
#[component]
pub fn ByTheClock(
    /// How many minutes the portal's clock is ahead of UTC at present.
    ahead: i32,
) -> impl IntoView {
    view! { <p class="govuk-body">{t!(common.by_the_clock, clock = clock(ahead))}</p> }
}
