//! Pieces that the editor's pages share.

use super::{
    reader::{Words, field, typed},
    view::Settings,
    words::title,
};
use leptos::prelude::*;
pub(super) use ports::address::{parameter as param, query};
use ports::{forms::Form, routes, states::State};
use questionnaire::Language;
use ui::{ErrorSummary, Hidden, Submit, TextArea, TextInput, t, words};

/// Where the page is: each place above it with its address.
#[component]
pub(super) fn Crumbs(
    /// Addresses and names, the outermost first.
    trail: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <nav class="govuk-breadcrumbs" aria-label=t!(editor.crumbs)>
            <ol class="govuk-breadcrumbs__list">
                {trail.into_iter().map(|(href, name)| view! {
                    <li class="govuk-breadcrumbs__list-item">
                        <a class="govuk-breadcrumbs__link" href=href>{name}</a>
                    </li>
                }).collect_view()}
            </ol>
        </nav>
    }
}

/// Where a part of a poll is.
#[component]
pub(super) fn PollCrumbs(
    /// The poll.
    settings: Settings,
) -> impl IntoView {
    let trail = vec![
        (routes::STAFF.to_owned(), t!(editor.staff)),
        (routes::department(settings.department.id), title(&settings.department.name)),
        (routes::staff_poll(settings.id), title(&settings.title)),
    ];
    view! { <Crumbs trail/> }
}

/// A poll's state.
#[component]
pub(super) fn StateTag(
    /// The state.
    state: State,
) -> impl IntoView {
    let class = format!("govuk-tag veche-status--{}", state.code());
    view! { <strong class=class>{words::state(state)}</strong> }
}

/// What every form of a poll sends along: which poll, and on which revision it was filled in.
#[component]
pub(super) fn Seen(
    /// The poll.
    settings: Settings,
) -> impl IntoView {
    view! {
        <Hidden name="poll" value=settings.id.to_string()/>
        <Hidden name="revision" value=settings.revision.to_string()/>
    }
}

/// A button that does something to a poll by itself.
#[component]
pub(super) fn Action(
    /// Where it posts to: the path of a server function.
    action: &'static str,
    /// The poll.
    settings: Settings,
    /// The button's words.
    #[prop(into)]
    words: String,
    /// Further classes of the button.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <Seen settings/>
            <Submit words class/>
        </form>
    }
}

/// The label of a field in one language; the language is named where there are several.
pub(super) fn label(label: &str, language: Language, several: bool) -> String {
    if several {
        t!(editor.in_language, label = label, language = words::language(language))
    } else {
        label.to_owned()
    }
}

/// What a text has in other languages than the poll does now goes along with its form, for who puts
/// a language in again.
pub(super) fn other_languages(
    name: &str,
    languages: &[Language],
    words: &Words,
) -> impl IntoView + use<> {
    Language::ALL
        .into_iter()
        .filter(|language| !languages.contains(language))
        .map(|language| (field(name, language), typed(words, language).to_owned()))
        .filter(|(_, words)| !words.is_empty())
        .map(|(name, words)| view! { <Hidden name=name value=words/> })
        .collect_view()
}

/// A text in each of the languages.
#[component]
pub(super) fn Lines<T: Clone + 'static>(
    /// Name of the fields, without the language.
    name: &'static str,
    /// Label.
    label: String,
    /// Hint, at the first of them.
    #[prop(optional_no_strip)]
    hint: Option<String>,
    /// The languages.
    languages: Vec<Language>,
    /// What was typed.
    words: Words,
    /// The form, for its faults.
    form: Form<T>,
    /// How many lines the field shows, where it is for more than one.
    #[prop(optional)]
    rows: Option<u8>,
) -> impl IntoView {
    let several = languages.len() > 1;
    let others = other_languages(name, &languages, &words);
    let fields = languages
        .into_iter()
        .enumerate()
        .map(|(index, language)| {
            let name = field(name, language);
            let fault = form.fault(&name).cloned();
            let label = self::label(&label, language, several);
            let hint = hint.clone().filter(|_| index == 0);
            let value = typed(&words, language).to_owned();
            let lang = Some(language.tag());
            match rows {
                None => view! { <TextInput name label hint value fault lang/> }.into_any(),
                Some(rows) => {
                    view! { <TextArea name label hint value fault rows lang/> }.into_any()
                }
            }
        })
        .collect_view();
    view! { {fields} {others} }
}

/// What stands above a form: what is wrong with it, or that what is in it came too late and is not
/// saved.
pub(super) fn told<T>(form: &Form<T>) -> impl IntoView + use<T> {
    let unsaved = form.unsaved.then(|| {
        view! {
            <div class="govuk-notification-banner" role="region" aria-labelledby="unsaved-title">
                <div class="govuk-notification-banner__header">
                    <h2 class="govuk-notification-banner__title" id="unsaved-title">{t!(common.banner_problem)}</h2>
                </div>
                <div class="govuk-notification-banner__content">
                    <p class="govuk-body">{t!(editor.unsaved)}</p>
                </div>
            </div>
        }
    });
    view! { <ErrorSummary faults=form.faults.clone()/> {unsaved} }
}

/// The document's title.
pub(super) fn titled(heading: &str) -> String {
    format!("{heading} – {}", t!(common.brand))
}
