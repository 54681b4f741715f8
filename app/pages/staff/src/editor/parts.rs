//! Pieces that the editor's pages share.

use super::{
    reader::{Words, field, typed},
    view::Settings,
    words::title,
};
use leptos::prelude::*;
pub(super) use ports::address::{parameter as param, query};
use ports::{forms::Form, look::language, routes};
use questionnaire::{Language, Text};
use ui::{ErrorSummary, Hidden, Row, Submit, SummaryList, TextArea, TextInput, lang_of, t, words};

/// A place above the page.
pub(super) struct Crumb {
    href: routes::Path,
    name: String,
    /// Language of the name where it is not the page's.
    lang: Option<&'static str>,
}

impl Crumb {
    /// A place that the portal names.
    pub(super) fn new(href: impl Into<routes::Path>, name: String) -> Self {
        Self { href: href.into(), name, lang: None }
    }

    /// A place that people named.
    pub(super) fn named(href: routes::Path, name: &Text) -> Self {
        Self { href, name: title(name), lang: lang_of(name) }
    }

    /// The staff's own start.
    pub(super) fn desk() -> Self {
        Self::new(routes::STAFF, t!(editor.staff))
    }

    /// The polls that wait for review.
    pub(super) fn reviews() -> Self {
        Self::new(routes::STAFF_REVIEWS, t!(editor.reviews))
    }

    /// Where the reviewer is who looks at a part of a poll.
    pub(super) fn of_review(settings: &Settings) -> Vec<Self> {
        let poll = Self::named(routes::review(settings.id), &settings.title);
        vec![Self::desk(), Self::reviews(), poll]
    }
}

/// Where the page is: each place above it with its address.
#[component]
pub(super) fn Crumbs(
    /// The places, the outermost first.
    trail: Vec<Crumb>,
) -> impl IntoView {
    view! {
        <nav class="govuk-breadcrumbs" aria-label=t!(editor.crumbs)>
            <ol class="govuk-breadcrumbs__list">
                {trail.into_iter().map(|Crumb { href, name, lang }| view! {
                    <li class="govuk-breadcrumbs__list-item">
                        <a class="govuk-breadcrumbs__link" href=href lang=lang>{name}</a>
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
        Crumb::desk(),
        Crumb::named(routes::department(settings.department.id), &settings.department.name),
        Crumb::named(routes::staff_poll(settings.id), &settings.title),
    ];
    view! { <Crumbs trail/> }
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

/// Languages in the order in which the reader goes through what is written in several: their own first.
pub(super) fn readers_first(languages: impl IntoIterator<Item = Language>) -> Vec<Language> {
    let reader = language();
    let mut languages: Vec<Language> = languages.into_iter().collect();
    languages.sort_by_key(|&language| language != reader);
    languages
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

/// A text in each of the languages, the reader's first.
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
    let fields = readers_first(languages)
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

/// What stands above a form: what is wrong with it, or that what is in it came too late, or after somebody else's
/// change, and is not saved.
pub(super) fn told<T>(form: &Form<T>) -> impl IntoView + use<T> {
    told_or(form, t!(editor.overtaken))
}

/// The same, with other words for a form that another change has overtaken.
pub(super) fn told_or<T>(form: &Form<T>, overtaken: String) -> impl IntoView + use<T> {
    let late = match (form.unsaved, form.overtaken) {
        (true, _) => Some(t!(editor.unsaved)),
        (false, true) => Some(overtaken),
        (false, false) => None,
    };
    // The page opens with the focus on the first of the two.
    let focused = form.faults.is_empty();
    let unsaved = late.map(|late| {
        view! {
            <div class="govuk-notification-banner" role="alert" aria-labelledby="unsaved-title" tabindex="-1" autofocus=focused>
                <div class="govuk-notification-banner__header">
                    <h2 class="govuk-notification-banner__title" id="unsaved-title">{t!(common.banner_problem)}</h2>
                </div>
                <div class="govuk-notification-banner__content">
                    <p class="govuk-notification-banner__heading">{late}</p>
                </div>
            </div>
        }
    });
    view! { <ErrorSummary faults=form.faults.clone()/> {unsaved} }
}

/// What is stored, above a form that came too late to be saved; no rows are of a question that is not
/// there any more.
pub(super) fn stored_now(differs: bool, rows: Vec<Row>) -> Option<AnyView> {
    differs.then(|| {
        let gone = rows.is_empty();
        view! {
            <div class="govuk-inset-text">
                <p class="govuk-body">{t!(staff.stored_now)}</p>
                {gone.then(|| view! { <p class="govuk-body">{t!(editor.stored_question_gone)}</p> })}
                {(!gone).then(|| view! { <SummaryList rows/> })}
            </div>
        }
        .into_any()
    })
}

/// The document's title of a page about a poll.
pub(super) fn titled(heading: &str, poll: &Text) -> String {
    format!("{heading} – {} – {}", title(poll), t!(common.brand))
}
