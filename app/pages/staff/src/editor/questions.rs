//! The questions of a draft in their order.

use super::{
    api::{questions::MoveQuestion, settings::read_settings},
    contents::ranges,
    parts::{PollCrumbs, Seen, param, titled},
    view::Settings,
    words,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{failure::Failure, routes};
use questionnaire::{
    Question,
    definition::{MAX_QUESTIONS, TO_COME},
};
use ui::{Hidden, Title, lang_of, load, problem::Problem, t, words_of};

/// A button that looks like a link, moves a question and says which one.
#[component]
fn Move(
    /// The poll.
    settings: Settings,
    /// The question's code.
    code: String,
    /// `up` or `down`.
    direction: &'static str,
    /// The button's words.
    words: String,
    /// The question's number.
    number: usize,
) -> impl IntoView {
    view! {
        <form method="post" action=MoveQuestion::PATH class="veche-inline-form">
            <Seen settings/>
            <Hidden name="question" value=code/>
            <Hidden name="direction" value=direction/>
            <button class="veche-link-button">
                {words}
                <span class="govuk-visually-hidden">" " {t!(editor.of_question, number = number)}</span>
            </button>
        </form>
    }
}

fn item(index: usize, question: &Question, settings: &Settings) -> impl IntoView + use<> {
    let number = index + 1;
    let last = settings.questionnaire.questions.len();
    let href = routes::staff_question(settings.id, &question.code);
    let deletion = routes::staff_question_deletion(settings.id, &question.code);
    let problem = question.problem(&settings.languages);
    let (code, settings) = (question.code.clone(), settings.clone());
    // Led to after it was moved.
    let anchor = routes::question_anchor(&code);
    let press = move |direction, words| {
        let (settings, code) = (settings.clone(), code.clone());
        view! { <Move settings code direction words number/> }
    };
    view! {
        <li class="veche-questions__item" id=anchor tabindex="-1">
            <h2 class="veche-questions__title" lang=lang_of(&question.title)>{words_of(&question.title)}</h2>
            <p class="veche-questions__meta">{words::question(question)}</p>
            {ranges(&question.kind).map(|words| view! { <p class="veche-questions__meta">{words}</p> })}
            {problem.map(|problem| view! {
                <p class="govuk-error-message">
                    <span class="govuk-visually-hidden">{t!(common.error)} ": "</span>
                    {ui::words::problem(problem)}
                </p>
            })}
            <div class="veche-questions__actions">
                <a class="govuk-link" href=href>
                    {t!(common.change)}
                    <span class="govuk-visually-hidden">" " {t!(editor.of_question, number = number)}</span>
                </a>
                {(number > 1).then(|| press("up", t!(editor.move_up)))}
                {(number < last).then(|| press("down", t!(editor.move_down)))}
                <a class="govuk-link" href=deletion>
                    {t!(editor.delete_question)}
                    <span class="govuk-visually-hidden">" " {t!(editor.of_question, number = number)}</span>
                </a>
            </div>
        </li>
    }
}

/// The list.
#[component]
pub fn Page() -> impl IntoView {
    load(read_settings(param("poll")), |settings: Settings| {
        if !settings.state.editable() {
            return view! { <Problem failure=Failure::WrongState/> }.into_any();
        }
        let questions = &settings.questionnaire.questions;
        let empty = questions.is_empty();
        let full = questions.len() >= MAX_QUESTIONS;
        let items = questions.iter().enumerate();
        let items = items.map(|(index, of)| item(index, of, &settings)).collect_view();
        let id = settings.id;
        view! {
            <Title text=titled(&t!(editor.task_questions), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            <h1 class="govuk-heading-l">{t!(editor.task_questions)}</h1>
            {empty.then(|| view! { <p class="govuk-body">{t!(editor.no_questions)}</p> })}
            {(!empty).then(|| view! { <ol class="veche-questions">{items}</ol> })}
            {full.then(|| view! { <p class="govuk-body">{t!(common.problem_too_many_questions)}</p> })}
            <div class="govuk-button-group">
                {(!full).then(|| view! {
                    <a class="govuk-button" href=routes::staff_question(id, TO_COME)>{t!(editor.add_question)}</a>
                })}
                <a class="govuk-link" href=routes::staff_poll(id)>{t!(editor.to_tasks)}</a>
            </div>
        }
        .into_any()
    })
}
