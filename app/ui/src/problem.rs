//! The page that says that something did not work.

use crate::{t, words};
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, redirect};
use leptos_meta::Title;
use ports::{address::here, failure::Failure, routes};

/// What went wrong, in words, with the status that says the same; somebody signed out is taken
/// to sign in and back.
#[component]
pub fn Problem(
    /// What went wrong.
    failure: Failure,
) -> impl IntoView {
    // For programs; a browser's redirect takes its place.
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(failure.status());
    }
    if failure == Failure::SignedOut {
        redirect(&routes::sign_in_for(&here()));
    }
    let (heading, explanation) = words::failure(&failure);
    let higher = (failure == Failure::NotAssured).then(|| routes::sign_in_for(&here()));
    let id = if let Failure::Internal { id } = failure { Some(id) } else { None };
    view! {
        <Title text=format!("{heading} – {}", t!(common.brand))/>
        <h1 class="govuk-heading-l">{heading.clone()}</h1>
        <p class="govuk-body">{explanation}</p>
        {higher.map(|to| view! {
            <p class="govuk-body"><a class="govuk-button" href=to>{t!(common.sign_in_higher)}</a></p>
        })}
        {id.filter(|id| !id.is_empty()).map(|id| view! {
            <p class="govuk-body">{t!(common.error_id)} " " <code class="veche-error-id">{id}</code></p>
        })}
        <p class="govuk-body"><a class="govuk-link" href=routes::HOME>{t!(common.to_start)}</a></p>
    }
}
