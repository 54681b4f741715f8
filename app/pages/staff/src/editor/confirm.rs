//! What cannot be taken back is asked once more: opening, closing early, deleting.

use super::{
    api::{
        lifecycle::{Close, Delete, Open},
        settings::read_poll,
    },
    parts::{Action, PollCrumbs, param},
    view::PollPage,
    words,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use leptos_meta::Title;
use ports::{failure::Failure, routes, states::State};
use ui::{load, problem::Problem, t};

/// One thing that is asked once more.
struct Question {
    /// Where the button posts to.
    action: &'static str,
    /// The state that it needs.
    state: State,
    heading: String,
    text: String,
    button: String,
    class: &'static str,
}

fn ask(question: impl FnOnce() -> Question + Send + 'static) -> impl IntoView {
    load(read_poll(param("poll")), |page: PollPage| {
        let PollPage { settings, missing, .. } = page;
        let Question { action, state, heading, text, button, class } = question();
        if settings.state != state {
            return view! { <Problem failure=Failure::WrongState/> }.into_any();
        }
        let back = routes::staff_poll(settings.id);
        // What keeps a poll from being opened matters to nothing else.
        let refused = state == State::Scheduled && !missing.is_empty();
        let reasons = missing
            .iter()
            .filter(|_| refused)
            .map(|missing| view! { <li>{words::missing(missing, &settings)}</li> })
            .collect_view();
        view! {
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <PollCrumbs settings=settings.clone()/>
            <h1 class="govuk-heading-l">{heading}</h1>
            <div class="govuk-warning-text">
                <span class="govuk-warning-text__icon" aria-hidden="true">"!"</span>
                <strong class="govuk-warning-text__text">
                    <span class="govuk-visually-hidden">{t!(editor.warning)} " "</span>
                    {text}
                </strong>
            </div>
            {refused.then(|| view! {
                <h2 class="govuk-heading-m">{t!(editor.open_refused)}</h2>
                <ul class="govuk-list govuk-list--bullet">{reasons}</ul>
            })}
            <div class="govuk-button-group">
                {(!refused).then(|| view! { <Action action settings words=button class/> })}
                <a class="govuk-link" href=back>{t!(common.cancel)}</a>
            </div>
        }
        .into_any()
    })
}

/// Opening before the time.
#[component]
pub fn OpenPage() -> impl IntoView {
    ask(|| Question {
        action: Open::PATH,
        state: State::Scheduled,
        heading: t!(editor.open_title),
        text: t!(editor.open_text),
        button: t!(editor.open_now),
        class: "",
    })
}

/// Closing before the time.
#[component]
pub fn ClosePage() -> impl IntoView {
    ask(|| Question {
        action: Close::PATH,
        state: State::Open,
        heading: t!(editor.close_title),
        text: t!(editor.close_text),
        button: t!(editor.close_now),
        class: "govuk-button--warning",
    })
}

/// Deleting a draft.
#[component]
pub fn DeletePage() -> impl IntoView {
    ask(|| Question {
        action: Delete::PATH,
        state: State::Draft,
        heading: t!(editor.delete_title),
        text: t!(editor.delete_text),
        button: t!(editor.delete),
        class: "govuk-button--warning",
    })
}
