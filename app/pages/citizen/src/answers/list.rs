//! The polls that I answered or began.

use super::api;
use crate::polls::list::Card;
use leptos::prelude::*;
use ports::{routes, views::polls::Tab};
use ui::{Title, load, t};

/// My answers.
#[component]
pub fn Page() -> impl IntoView {
    load(api::list(), |polls| {
        let heading = t!(take.answers_title);
        let none = polls.is_empty();
        view! {
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <h1 class="govuk-heading-xl">{heading.clone()}</h1>
            <p class="veche-lede">{t!(take.answers_lede)}</p>
            {none.then(|| view! {
                <p class="govuk-body">{t!(take.answers_none)}</p>
                <p class="govuk-body">
                    <a class="govuk-link" href=routes::polls(Tab::Mine.code())>{t!(take.answers_none_polls)}</a>
                </p>
            })}
            {(!none).then(|| view! {
                <ul class="veche-polls">
                    {polls.into_iter().map(|card| view! { <Card card own=true/> }).collect_view()}
                </ul>
            })}
        }
    })
}
