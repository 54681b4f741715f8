//! What cannot be undone is asked once more: opening, taking an approved poll back, closing early,
//! deleting a draft or a question of it, taking down what was written about the decision.

use super::{
    api::{
        lifecycle::{Close, Delete, Open, Withdraw},
        outcome::DeleteOutcome,
        questions::DeleteQuestion,
        settings::{read_poll, read_settings},
    },
    parts::{PollCrumbs, Seen, param, titled},
    view::{PollPage, Settings},
    words,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{failure::Failure, routes, states::State};
use ui::{AskOnce, Hidden, Title, lang_of, load, problem::Problem, t, words_of};

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

/// What is asked, of which poll, and what it means.
fn asked(settings: &Settings, heading: String, text: String) -> impl IntoView + use<> {
    view! {
        <Title text=titled(&heading, &settings.title)/>
        <PollCrumbs settings=settings.clone()/>
        <p class="govuk-caption-l" lang=lang_of(&settings.title)>{words::title(&settings.title)}</p>
        <h1 class="govuk-heading-l">{heading}</h1>
        <div class="govuk-warning-text">
            <span class="govuk-warning-text__icon" aria-hidden="true">"!"</span>
            <strong class="govuk-warning-text__text">
                <span class="govuk-visually-hidden">{t!(editor.warning)} " "</span>
                {text}
            </strong>
        </div>
    }
}

fn ask(question: impl FnOnce() -> Question + Send + 'static) -> impl IntoView {
    load(read_poll(param("poll")), |page: PollPage| {
        let PollPage { settings, missing, .. } = page;
        let Question { action, state, heading, text, button, class } = question();
        let nothing_there = action == DeleteOutcome::PATH && settings.outcome.is_none();
        if settings.state != state || nothing_there {
            return view! { <Problem failure=Failure::WrongState/> }.into_any();
        }
        let back = routes::staff_poll(settings.id);
        // What keeps a poll from being opened matters to nothing else.
        let refused = action == Open::PATH && !missing.is_empty();
        let what = asked(&settings, heading, text);
        if refused {
            let reasons = missing.iter().map(|missing| words::missing(missing, &settings));
            let reasons = reasons.map(|words| view! { <li>{words}</li> }).collect_view();
            return view! {
                {what}
                <h2 class="govuk-heading-m">{t!(editor.open_refused)}</h2>
                <ul class="govuk-list govuk-list--bullet">{reasons}</ul>
                <div class="govuk-button-group">
                    <a class="govuk-link" href=back>{t!(common.cancel)}</a>
                </div>
            }
            .into_any();
        }
        view! {
            {what}
            <AskOnce action words=button class back>
                <Seen settings/>
            </AskOnce>
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

/// Taking an approved poll back to the draft.
#[component]
pub fn TakeBackPage() -> impl IntoView {
    ask(|| Question {
        action: Withdraw::PATH,
        state: State::Scheduled,
        heading: t!(editor.take_back_title),
        text: t!(editor.take_back_text),
        button: t!(editor.take_back),
        class: "govuk-button--warning",
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

/// Taking down what was written about the decision.
#[component]
pub fn DeleteOutcomePage() -> impl IntoView {
    ask(|| Question {
        action: DeleteOutcome::PATH,
        state: State::Published,
        heading: t!(editor.outcome_delete_title),
        text: t!(editor.outcome_delete_text),
        button: t!(editor.outcome_delete),
        class: "govuk-button--warning",
    })
}

/// Deleting a question of a draft.
#[component]
pub fn DeleteQuestionPage() -> impl IntoView {
    let code = param("question");
    load(read_settings(param("poll")), move |settings: Settings| {
        if !settings.state.editable() {
            return view! { <Problem failure=Failure::WrongState/> }.into_any();
        }
        let mut questions = settings.questionnaire.questions.iter().enumerate();
        let Some((index, question)) = questions.find(|(_, question)| question.code == code) else {
            return view! { <Problem failure=Failure::NotFound/> }.into_any();
        };
        let heading = t!(editor.delete_question_title, number = index + 1);
        let (words, lang) = (words_of(&question.title), lang_of(&question.title));
        let back = routes::staff_question_in_list(settings.id, &code);
        view! {
            {asked(&settings, heading, t!(editor.delete_question_text))}
            <p class="govuk-inset-text" lang=lang>{words}</p>
            <AskOnce action=DeleteQuestion::PATH words=t!(editor.delete_question_confirm) back>
                <Seen settings/>
                <Hidden name="question" value=code/>
            </AskOnce>
        }
        .into_any()
    })
}
