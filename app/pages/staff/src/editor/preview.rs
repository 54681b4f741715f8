//! A poll's questions as the citizen sees them, one a page: for those who write it, and for the
//! reviewer. Nothing can be sent from here.

use super::{
    api::{reviews::in_review, settings::read_settings},
    parts::{Crumb, Crumbs, PollCrumbs, param, titled},
    view::{ReviewPage, Settings},
};
use citizen_pages::take;
use leptos::prelude::*;
use ports::{failure::Failure, routes};
use questionnaire::Typed;
use ui::{Title, lang_of, load, problem::Problem, t, words_of};

/// The number that the address asks for, from 1.
fn asked() -> usize {
    param("number").parse().unwrap_or_default()
}

/// One question. `back` is the page that leads here, and the pages of the questions are beneath it.
fn draw(number: usize, settings: &Settings, crumbs: AnyView, back: String) -> AnyView {
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
        unsaved: false,
    };
    let progress = t!(take.progress, number = number, count = count);
    let poll_title = words_of(&settings.title);
    let page = |number: usize| format!("{back}/preview/{number}");
    view! {
        <Title text=titled(&format!("{progress} – {}", t!(editor.preview)), &settings.title)/>
        {crumbs}
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
                <a class="govuk-button" href=page(number + 1)>{t!(editor.next_question)}</a>
            })}
            {(number > 1).then(|| view! {
                <a class="govuk-link" href=page(number - 1)>{t!(editor.previous_question)}</a>
            })}
            <a class="govuk-link" href=back.clone()>{t!(editor.to_tasks)}</a>
        </div>
    }
    .into_any()
}

/// For the initiator.
#[component]
pub fn Page() -> impl IntoView {
    let number = asked();
    load(read_settings(param("poll")), move |settings: Settings| {
        let crumbs = view! { <PollCrumbs settings=settings.clone()/> }.into_any();
        draw(number, &settings, crumbs, routes::staff_poll(settings.id))
    })
}

/// For the reviewer.
#[component]
pub fn ReviewerPage() -> impl IntoView {
    let number = asked();
    load(in_review(param("poll")), move |ReviewPage { settings, .. }| {
        let crumbs = view! { <Crumbs trail=Crumb::of_review(&settings)/> }.into_any();
        draw(number, &settings, crumbs, routes::review(settings.id))
    })
}
