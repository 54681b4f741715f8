//! Languages, title and purpose.

use super::{
    api::settings::{SaveBasics, read_basics},
    contents::rows,
    form::BasicsForm,
    parts::{Lines, PollCrumbs, Seen, param, stored_now, titled, told},
    reader::Words,
    view::{Filled, Task},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::forms::Form;
use questionnaire::Language;
use ui::{Checkboxes, Choice, Row, Submit, Title, load, t, words};

/// The languages of typed tags.
pub(super) fn languages(tags: &[String]) -> Vec<Language> {
    tags.iter().filter_map(|tag| tag.parse().ok()).collect()
}

/// The fields, also of a new poll. Without a script no field can appear when a language is
/// ticked, so every language has its fields.
#[component]
pub(super) fn BasicsFields<T: Clone + Send + 'static>(
    /// The languages that are ticked.
    chosen: Vec<Language>,
    /// Title as typed.
    title: Words,
    /// Purpose as typed.
    purpose: Words,
    /// The form, for its faults.
    form: Form<T>,
) -> impl IntoView {
    let all = Language::ALL.to_vec();
    let choices = Language::ALL
        .map(|language| {
            let name = words::capital(&words::language(language));
            Choice::new(language.tag(), name, chosen.contains(&language))
        })
        .to_vec();
    view! {
        <Checkboxes name="languages[]" legend=t!(editor.languages) hint=Some(t!(editor.languages_hint))
            choices fault=form.fault("languages").cloned()/>
        <Lines name="title" label=t!(editor.title_label) hint=Some(t!(editor.title_hint))
            languages=all.clone() words=title form=form.clone()/>
        <Lines rows=4 name="purpose" label=t!(editor.purpose_label) hint=Some(t!(editor.purpose_hint))
            languages=all words=purpose form/>
    }
}

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_basics(param("poll")), |page: Filled<BasicsForm>| {
        let Filled { settings, form, differs } = page;
        let in_languages = super::words::languages(&settings);
        let mut stored = vec![Row::new(t!(editor.languages), in_languages)];
        stored.extend(rows(Task::Basics, &settings));
        let stored = stored_now(differs, stored);
        let (typed, mark) = (form.typed.clone(), form.typed_mark());
        view! {
            <Title text=titled(&t!(editor.task_basics), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_basics)}</h1>
            {stored}
            <form method="post" action=SaveBasics::PATH data-typed=mark>
                <Seen settings/>
                <BasicsFields chosen=languages(&typed.languages) title=typed.title purpose=typed.purpose form/>
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}
