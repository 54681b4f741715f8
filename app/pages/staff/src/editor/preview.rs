//! A draft's questions as the citizen sees them, one a page. Nothing can be sent from here.

use super::{
    api::settings::read_settings,
    parts::{PollCrumbs, param},
    view::Settings,
};
use citizen_pages::take;
use leptos::prelude::*;
use leptos_meta::Title;
use ports::{failure::Failure, routes};
use questionnaire::Typed;
use ui::{lang_of, load, problem::Problem, t, words_of};

fn page_link(settings: &Settings, number: usize) -> String {
    routes::staff_poll_part(settings.id, &format!("preview/{number}"))
}

/// One question.
#[component]
pub fn Page() -> impl IntoView {
    let number = param("number").parse::<usize>().unwrap_or_default();
    load(read_settings(param("poll")), move |settings: Settings| {
        let count = settings.questionnaire.questions.len();
        let index = number.checked_sub(1);
        let question = index.and_then(|index| settings.questionnaire.questions.get(index)).cloned();
        let Some(question) = question else {
            return view! { <Problem failure=Failure::NotFound/> }.into_any();
        };
        let shown = take::view::QuestionPage {
            poll: settings.id,
            title: settings.title.clone(),
            number,
            count,
            question,
            // Options in the order for one person among many.
            seed: 0,
            typed: Typed::default(),
            error: None,
            from_check: false,
            owner: String::new(),
        };
        let progress = t!(take.progress, number = number, count = count);
        let poll_title = words_of(&settings.title);
        view! {
            <Title text=format!("{progress} – {} – {}", t!(editor.preview), t!(common.brand))/>
            <PollCrumbs settings=settings.clone()/>
            <p class="govuk-inset-text">{t!(editor.preview_text)}</p>
            <p class="govuk-caption-l" lang=lang_of(&settings.title)>{poll_title}</p>
            <div class="veche-progress">
                <p class="veche-progress__text" id="progress">{progress}</p>
                <progress class="veche-progress__bar" value=number.to_string() max=count.to_string()
                    aria-labelledby="progress"></progress>
            </div>
            {take::question_fields(&shown, None)}
            <div class="govuk-button-group">
                {(number < count).then(|| view! {
                    <a class="govuk-button" href=page_link(&settings, number + 1)>{t!(editor.next_question)}</a>
                })}
                {(number > 1).then(|| view! {
                    <a class="govuk-link" href=page_link(&settings, number - 1)>{t!(editor.previous_question)}</a>
                })}
                <a class="govuk-link" href=routes::staff_poll(settings.id)>{t!(editor.to_tasks)}</a>
            </div>
        }
        .into_any()
    })
}
