//! The page that says that something did not work.

use crate::{Title, ended, t, words};
use leptos::prelude::*;
use leptos_axum::redirect;
use ports::{
    Ports,
    address::{here, path_of},
    failure::Failure,
    routes,
};

/// By what whoever runs the portal finds it in the log, and how to tell them; nothing where there is no id.
#[component]
pub fn ErrorId(
    /// The request's id.
    id: String,
) -> impl IntoView {
    let contact = use_context::<Ports>().map(|ports| ports.portal.contact.clone());
    let words = t!(common.error_id, contact = contact.unwrap_or_default());
    (!id.is_empty()).then(|| {
        view! {
            <p class="govuk-body">{words} " " <code class="veche-error-id">{id}</code></p>
        }
    })
}

/// What went wrong, in words, with the status that says the same; somebody signed out is taken
/// to sign in and back.
#[component]
pub fn Problem(
    /// What went wrong.
    failure: Failure,
) -> impl IntoView {
    // For programs; a browser's redirect takes its place.
    failure.tell();
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
        {id.map(|id| view! { <ErrorId id/> })}
        {nearer.map(|(to, words)| view! {
            <p class="govuk-body"><a class="govuk-link" href=to>{words}</a></p>
        })}
        <p class="govuk-body"><a class="govuk-link" href=routes::HOME>{t!(common.to_start)}</a></p>
    }
}

/// Where that goes on which led to this address: it is a dead end where a poll has left the state that its
/// page is for, does not ask whoever came, or is not there any more, where answers were withdrawn, and where
/// a token was revoked or a role taken away.
fn nearer(failure: &Failure, address: &str) -> Option<(routes::Path, String)> {
    let parts: Vec<&str> = path_of(address).split('/').skip(1).collect();
    match (failure, parts.as_slice()) {
        (Failure::WrongState, ["staff", "polls", poll, ..]) => {
            Some((routes::staff_poll(poll.parse().ok()?), t!(editor.to_tasks)))
        }
        (Failure::NotFound, ["staff", "polls", ..]) => {
            Some((routes::STAFF.to_owned(), t!(editor.staff)))
        }
        (Failure::NotFound, ["staff", "reviews", ..]) => {
            Some((routes::STAFF_REVIEWS.to_owned(), t!(editor.reviews)))
        }
        (Failure::NotFound, ["staff", "departments", department, "tokens", _]) => {
            Some((routes::tokens(department.parse().ok()?), t!(results.tokens)))
        }
        (Failure::NotFound, ["staff", "admin", _, ..]) => {
            Some((routes::STAFF_ADMIN.to_owned(), t!(staff.admin)))
        }
        // The poll's own page is none of these.
        (
            Failure::NotEligible
            | Failure::FactUnknown
            | Failure::NotAssured
            | Failure::WrongState
            | Failure::Closed,
            ["polls", poll, _, ..],
        ) => Some((routes::poll(poll.parse().ok()?), t!(results.to_poll))),
        (Failure::NotFound, ["answers", _, ..]) => {
            Some((routes::ANSWERS.to_owned(), t!(take.answers_title)))
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
            let tokens = "/staff/departments/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31/tokens";
            let token = format!("{tokens}/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31");
            assert_eq!(to(Failure::NotFound, &token).as_deref(), Some(tokens));
            assert_eq!(to(Failure::NotFound, tokens), None, "there may be no such department");
            for page in ["roles/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31", "none"] {
                let page = format!("/staff/admin/{page}");
                assert_eq!(to(Failure::NotFound, &page).as_deref(), Some("/staff/admin"), "{page}");
                assert_eq!(to(Failure::Forbidden, &page), None, "{page}");
            }
            for address in ["/polls/1", "/staffing/polls/1", "/staff", "/staff/polls/none"] {
                assert_eq!(to(Failure::WrongState, address), None, "{address}");
            }
        });
    }

    #[test]
    fn a_dead_end_of_a_citizen_leads_to_what_is_nearest() {
        const POLL: &str = "/polls/018f3c5e-8d2a-7b44-9c1e-2f6a0d5b7e31";
        let to = |failure, address: &str| nearer(&failure, address).map(|(to, _)| to);
        Owner::new().with(|| {
            for page in ["take/3?check", "check"] {
                let page = format!("{POLL}/{page}");
                for failure in [
                    Failure::NotEligible,
                    Failure::FactUnknown,
                    Failure::NotAssured,
                    Failure::WrongState,
                    Failure::Closed,
                ] {
                    assert_eq!(to(failure, &page).as_deref(), Some(POLL), "{page}");
                }
                assert_eq!(to(Failure::NotFound, &page), None, "there may be no such poll");
            }
            // Nothing leads to the page that one is on.
            for page in [POLL.to_owned(), format!("{POLL}?tab=open")] {
                assert_eq!(to(Failure::NotEligible, &page), None, "{page}");
            }
            let own = POLL.replace("/polls", "/answers");
            for page in [own.clone(), format!("{own}/withdraw")] {
                assert_eq!(to(Failure::NotFound, &page).as_deref(), Some("/answers"), "{page}");
            }
            assert_eq!(to(Failure::NotFound, "/answers"), None);
        });
    }
}
