//! What surrounds every field, as the GOV.UK Design System draws it: label or legend, hint, and
//! what is wrong.
//!
//! The field's `name` is also its `id`, so that the error summary can link to it.

use crate::{error_summary, t, words};
use leptos::prelude::*;
use ports::forms::Fault;

/// How a label or the legend of a group is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// As the page's heading: one question a page.
    Heading,
    /// As a heading inside a form.
    #[default]
    Small,
    /// As text.
    Plain,
}

/// What helps to fill a field in: sentences, each with its language where that is not the page's, as
/// those that a poll's author wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint(Vec<(String, Option<&'static str>)>);

impl Hint {
    /// The hint with a sentence more, of this language where it is not the page's. An empty one is none.
    #[must_use]
    pub fn and(mut self, words: String, lang: Option<&'static str>) -> Self {
        if !words.is_empty() {
            self.0.push((words, lang));
        }
        self
    }

    /// Whether anything is said.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        !self.0.is_empty()
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Self::default().and(words, None)
    }
}

impl From<Option<String>> for Hint {
    fn from(words: Option<String>) -> Self {
        words.unwrap_or_default().into()
    }
}

/// The ids of the elements that describe a field.
#[must_use]
pub fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> = [(hint, "hint"), (error, "error")]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, kind)| format!("{name}-{kind}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// The class of the group around a field.
const fn group_class(error: bool) -> &'static str {
    if error { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" }
}

fn hint_view(name: &str, hint: Hint) -> impl IntoView + use<> {
    let id = format!("{name}-hint");
    // What the author says and what the type asks for would read as one sentence.
    let several = hint.0.len() > 1;
    let sentence = move |(index, (words, lang)): (usize, (String, Option<&'static str>))| {
        let words = match (several, lang) {
            (true, lang) => view! { <span class="veche-line" lang=lang>{words}</span> }.into_any(),
            (false, Some(lang)) => view! { <span lang=lang>{words}</span> }.into_any(),
            (false, None) => words.into_any(),
        };
        // The blank keeps them apart where they are heard, as one description of the field.
        view! { {(index > 0).then_some(" ")} {words} }
    };
    hint.is_some().then(|| {
        let sentences = hint.0.into_iter().enumerate().map(sentence).collect_view();
        view! { <div id=id class="govuk-hint">{sentences}</div> }
    })
}

/// The message at the field, which the error summary repeats. It names the field, unless the
/// field is all that the page is about.
fn error_view(
    name: &str,
    label: &str,
    style: Legend,
    fault: Option<Fault>,
) -> impl IntoView + use<> {
    let name = name.to_owned();
    fault.map(|fault| {
        let fault = words::fault(&fault);
        let message = match style {
            Legend::Heading => fault,
            Legend::Small | Legend::Plain => words::named(label, &fault),
        };
        error_summary::says(&name, &message);
        view! {
            <p id=format!("{name}-error") class="govuk-error-message">
                <span class="govuk-visually-hidden">{t!(common.error)} ": "</span>
                {message}
            </p>
        }
    })
}

/// One field under its label.
#[component]
pub fn Field(
    /// Name and id of the field inside.
    name: String,
    /// Label.
    label: String,
    /// How the label is drawn.
    style: Legend,
    /// Language of the label where it is not the page's.
    lang: Option<&'static str>,
    /// Hint.
    hint: Hint,
    /// What is wrong.
    fault: Option<Fault>,
    /// The field.
    children: Children,
) -> impl IntoView {
    let group = group_class(fault.is_some());
    let error = error_view(&name, &label, style, fault);
    let hint = hint_view(&name, hint);
    let label = match style {
        Legend::Heading => view! {
            <h1 class="govuk-label-wrapper">
                <label class="govuk-label govuk-label--l" for=name lang=lang>{label}</label>
            </h1>
        }
        .into_any(),
        Legend::Small => view! {
            <label class="govuk-label govuk-label--s" for=name lang=lang>{label}</label>
        }
        .into_any(),
        Legend::Plain => view! {
            <label class="govuk-label" for=name lang=lang>{label}</label>
        }
        .into_any(),
    };
    view! { <div class=group>{label} {hint} {error} {children()}</div> }
}

/// Several inputs under one legend, which together are one field.
#[component]
pub fn Fieldset(
    /// Name of the field, and id of its first input.
    name: String,
    /// Legend.
    legend: String,
    /// How the legend is drawn.
    style: Legend,
    /// Language of the legend where it is not the page's.
    lang: Option<&'static str>,
    /// Hint.
    hint: Hint,
    /// What is wrong.
    fault: Option<Fault>,
    /// The inputs.
    children: Children,
) -> impl IntoView {
    let group = group_class(fault.is_some());
    let described = described_by(&name, hint.is_some(), fault.is_some());
    let error = error_view(&name, &legend, style, fault);
    let legend = match style {
        Legend::Heading => view! {
            <legend class="govuk-fieldset__legend govuk-fieldset__legend--l">
                <h1 class="govuk-fieldset__heading" lang=lang>{legend}</h1>
            </legend>
        }
        .into_any(),
        Legend::Small => view! {
            <legend class="govuk-fieldset__legend govuk-fieldset__legend--s" lang=lang>{legend}</legend>
        }
        .into_any(),
        Legend::Plain => view! {
            <legend class="govuk-fieldset__legend" lang=lang>{legend}</legend>
        }
        .into_any(),
    };
    view! {
        <div class=group>
            <fieldset class="govuk-fieldset" aria-describedby=described>
                {legend} {hint_view(&name, hint)} {error} {children()}
            </fieldset>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{Hint, hint_view};
    use leptos::prelude::*;

    #[test]
    fn each_sentence_of_a_hint_has_its_own_line() {
        // Without the marks for a browser that takes pages over.
        let drawn = |hint: Hint| hint_view("choices", hint).to_html().replace("<!>", "");
        let rule = || "Choose at most 3.".to_owned();
        let line = "<div id=\"choices-hint\" class=\"govuk-hint\">Choose at most 3.</div>";
        assert_eq!(drawn(rule().into()), line);
        let own = Hint::default().and("Подумайте.".to_owned(), Some("ru"));
        let both = drawn(own.and(rule(), None));
        assert_eq!(both.matches("class=\"veche-line\"").count(), 2, "{both}");
        assert_eq!(both.matches("lang=\"ru\"").count(), 1, "{both}");
        assert!(both.contains("Подумайте.</span> <span"), "{both}");
        assert_eq!(drawn(Hint::default()), "");
    }
}
