//! The privacy notice as the citizen will see it.

use super::{
    api::settings::read_settings,
    contents::NoticeOf,
    parts::{PollCrumbs, param, titled},
    view::Settings,
};
use leptos::prelude::*;
use ui::{Title, load, t};

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    load(read_settings(param("poll")), |settings: Settings| {
        view! {
            <Title text=titled(&t!(editor.notice), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            <h1 class="govuk-heading-l">{t!(editor.notice)}</h1>
            <p class="govuk-body">{t!(editor.notice_text)}</p>
            <NoticeOf settings/>
        }
    })
}
