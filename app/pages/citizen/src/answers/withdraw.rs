//! Withdraw my answers: told beforehand what it means.

use super::api;
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{address::parameter, routes, states::State};
use ui::{AskOnce, Hidden, Remains, Title, lang_of, load, t, words::deadline, words_of};

/// Withdraw my answers to one poll.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    let portal = ports::ports().portal;
    load(api::own(poll), move |own| {
        let title = words_of(&own.title);
        let heading = t!(take.withdraw_title);
        let again = if own.asked {
            own.closes_at.map(|at| t!(take.withdraw_again, at = deadline(at)))
        } else {
            Some(t!(take.withdraw_not_again))
        };
        let body = match (own.state, &own.response) {
            (_, None) => view! { <p class="govuk-body">{t!(take.severed)}</p> }.into_any(),
            (State::Open, Some(_)) => view! {
                <p class="govuk-body">{t!(take.withdraw_text)}</p>
                <Remains backup_days=portal.backup_days deleted=portal.traces.deleted/>
                {own.live.then(|| view! { <p class="govuk-body">{t!(take.withdraw_live)}</p> })}
                {again.map(|again| view! { <p class="govuk-body">{again}</p> })}
                <AskOnce action=api::Withdraw::PATH words=t!(take.withdraw_confirm)
                    back=routes::own_answers(own.id) cancel=t!(take.withdraw_keep)>
                    <Hidden name="poll" value=own.id.to_string()/>
                    <Hidden name="owner" value=own.owner.clone()/>
                </AskOnce>
            }
            .into_any(),
            (_, Some(_)) => {
                view! { <p class="govuk-body">{t!(take.closed_see_only)}</p> }.into_any()
            }
        };
        view! {
            // Without the poll: browsers keep what a page was called.
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::own_answers(own.id)>{t!(common.back)}</a>
            <p class="govuk-caption-l" lang=lang_of(&own.title)>{title}</p>
            <h1 class="govuk-heading-l">{heading}</h1>
            {body}
        }
    })
}
