//! Withdraw my answers, or after closing the consent to them: told beforehand what it means.

use super::api;
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::parameter,
    routes,
    states::State,
    views::answers::{OwnAnswers, Stage},
};
use ui::{AskOnce, Hidden, Remains, Title, lang_of, load, t, words::deadline, words_of};

/// The button, which says what was read before it was pressed.
fn confirm(own: &OwnAnswers, words: String) -> impl IntoView + use<> {
    let (poll, owner, told) = (own.id, own.owner.clone(), own.stage.code());
    view! {
        <AskOnce action=api::Withdraw::PATH words=words
            back=routes::own_answers(poll) cancel=t!(take.withdraw_keep)>
            <Hidden name="poll" value=poll.to_string()/>
            <Hidden name="owner" value=owner/>
            <Hidden name="told" value=told/>
        </AskOnce>
    }
}

/// The consent to answers to a closed poll, which can be taken back as long as they can be found.
fn revoke(own: &OwnAnswers) -> AnyView {
    let portal = ports::ports().portal;
    let counted = own.stage == Stage::Counted;
    let text = if counted { t!(take.revoke_counted) } else { t!(take.withdraw_text) };
    let published = counted
        .then(|| if own.withheld { t!(take.revoke_withheld) } else { t!(take.revoke_published) });
    view! {
        <p class="govuk-body">{text}</p>
        {published.map(|published| view! { <p class="govuk-body">{published}</p> })}
        <Remains backup_days=portal.backup_days deleted=portal.traces.deleted/>
        <p class="govuk-body">{t!(take.revoke_final)}</p>
        {confirm(own, t!(take.revoke_confirm))}
    }
    .into_any()
}

/// Withdraw my answers to one poll.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    let portal = ports::ports().portal;
    load(api::own(poll), move |own| {
        let title = words_of(&own.title);
        let consented = own.response.as_ref().is_some_and(|it| it.consent.is_some());
        let revoking = consented && own.state != State::Open;
        let heading = if revoking { t!(take.revoke_title) } else { t!(take.withdraw_title) };
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
                {confirm(&own, t!(take.withdraw_confirm))}
            }
            .into_any(),
            (_, Some(_)) if revoking => revoke(&own),
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
