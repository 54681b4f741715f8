//! The page that says that something did not work.

use crate::{ended, t, words};
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
        redirect(&ended::sign_in_for(&here()));
    }
    let (heading, explanation) = words::failure(&failure);
    let higher = (failure == Failure::NotAssured).then(|| routes::sign_in_for(&here()));
    let nearer = nearer(&failure, &here());
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
        {nearer.map(|(to, words)| view! {
            <p class="govuk-body"><a class="govuk-link" href=to>{words}</a></p>
        })}
        <p class="govuk-body"><a class="govuk-link" href=routes::HOME>{t!(common.to_start)}</a></p>
    }
}

/// Where the work of the staff goes on that led to this address: it is a dead end where a poll has left
/// the state that its page is for, or is not there any more.
fn nearer(failure: &Failure, address: &str) -> Option<(routes::Path, String)> {
    let mut parts = address.strip_prefix(routes::STAFF)?.strip_prefix('/')?.split(['/', '?']);
    match (failure, parts.next()?) {
        (Failure::WrongState, "polls") => {
            let poll = parts.next()?.parse().ok()?;
            Some((routes::staff_poll(poll), t!(editor.to_tasks)))
        }
        (Failure::NotFound, "polls") => Some((routes::STAFF.to_owned(), t!(editor.staff))),
        (Failure::NotFound, "reviews") => {
            Some((routes::STAFF_REVIEWS.to_owned(), t!(editor.reviews)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::nearer;
    use leptos::prelude::Owner;
    use ports::failure::Failure;

    #[test]
    fn a_dead_end_of_the_staff_leads_to_what_is_nearest() {
        const POLL: &str = "/staff/polls/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31";
        let to = |failure, address: &str| nearer(&failure, address).map(|(to, _)| to);
        Owner::new().with(|| {
            let basics = format!("{POLL}/basics?again");
            assert_eq!(to(Failure::WrongState, &basics).as_deref(), Some(POLL));
            assert_eq!(to(Failure::NotFound, &basics).as_deref(), Some("/staff"));
            let review = "/staff/reviews/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31";
            assert_eq!(to(Failure::NotFound, review).as_deref(), Some("/staff/reviews"));
            for address in ["/polls/1", "/staffing/polls/1", "/staff", "/staff/polls/none"] {
                assert_eq!(to(Failure::WrongState, address), None, "{address}");
            }
        });
    }
}
