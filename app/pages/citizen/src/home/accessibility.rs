//! The accessibility statement.

use super::{api, view::About};
use leptos::prelude::*;
use ports::routes;
use ui::{Title, load, t, words::span};

/// What the pages do for everybody, what is known to be missing, and whom to tell.
#[component]
pub fn Page() -> impl IntoView {
    let lasting = ports::ports().portal.lasting;
    load(api::read_about(), move |about: About| {
        let able = [
            t!(home.able_keyboard),
            t!(home.able_reader),
            t!(home.able_zoom),
            t!(home.able_script),
            t!(home.able_colour),
            t!(home.able_time),
            t!(home.able_session, idle = span(lasting.idle), longest = span(lasting.longest)),
            t!(home.able_charts),
            t!(home.able_languages),
        ];
        view! {
            <Title text=format!("{} – {}", t!(home.accessibility), t!(common.brand))/>
            <h1 class="govuk-heading-l">{t!(home.accessibility)}</h1>
            <p class="govuk-body veche-lede">{t!(home.accessibility_lede)}</p>
            <h2 class="govuk-heading-m">{t!(home.able_heading)}</h2>
            <ul class="govuk-list govuk-list--bullet">
                {able.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}
            </ul>
            <p class="govuk-body">
                <a class="govuk-link" href=routes::DISPLAY>{t!(home.able_display)}</a>
            </p>
            <h2 class="govuk-heading-m">{t!(home.limits_heading)}</h2>
            <p class="govuk-body">{t!(home.limits_text)}</p>
            <h2 class="govuk-heading-m">{t!(home.tell_heading)}</h2>
            <p class="govuk-body">{t!(home.tell_text, contact = &about.contact)}</p>
        }
    })
}
