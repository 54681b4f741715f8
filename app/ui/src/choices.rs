//! Radio buttons and checkboxes, as the GOV.UK Design System draws them.

use crate::{
    field::{Fieldset, Hint, Legend},
    t,
};
use leptos::prelude::*;
use ports::forms::Fault;

/// One thing to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// Label.
    pub label: String,
    /// Hint.
    pub hint: Option<String>,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether it excludes the others (checkboxes).
    pub exclusive: bool,
    /// Language of the label where it is not the page's.
    pub lang: Option<&'static str>,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), chosen, ..Self::default() }
    }

    /// The choice with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What radio buttons and checkboxes differ in.
#[derive(Clone, Copy)]
struct Kind {
    /// `type` of the inputs.
    input: &'static str,
    /// The block of the style sheet.
    block: &'static str,
    /// `autocomplete` of the inputs.
    autocomplete: Option<&'static str>,
}

const RADIOS: Kind = Kind { input: "radio", block: "govuk-radios", autocomplete: None };
const CHECKBOXES: Kind = Kind { input: "checkbox", block: "govuk-checkboxes", autocomplete: None };

/// The choice at `index`: the first has the field's id, for the error summary.
fn item(kind: Kind, name: &str, index: usize, choice: Choice) -> impl IntoView + use<> {
    let Kind { input, block, autocomplete } = kind;
    let base = name.trim_end_matches("[]");
    let id = if index == 0 { base.to_owned() } else { format!("{base}-{}", index + 1) };
    let hint_id = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
    let exclusive = choice.exclusive.then_some("exclusive");
    view! {
        {choice.exclusive.then(|| view! {
            <div class=format!("{block}__divider")>{t!(common.or)}</div>
        })}
        <div class=format!("{block}__item")>
            <input class=format!("{block}__input") type=input id=id.clone() name=name.to_owned()
                value=choice.value checked=choice.chosen data-behaviour=exclusive autocomplete=autocomplete
                aria-describedby=hint_id.clone()/>
            <label class=format!("govuk-label {block}__label") for=id lang=choice.lang>{choice.label}</label>
            {choice.hint.map(|hint| view! {
                <div id=hint_id class=format!("govuk-hint {block}__hint")>{hint}</div>
            })}
        </div>
    }
}

/// Choices under a legend.
#[component]
fn Group(
    kind: Kind,
    name: String,
    legend: String,
    style: Legend,
    hint: Hint,
    choices: Vec<Choice>,
    fault: Option<Fault>,
    class: &'static str,
    lang: Option<&'static str>,
) -> impl IntoView {
    // Nobody fills in a choice.
    let fault = fault.map(|fault| match fault {
        Fault::Required => Fault::UnknownChoice,
        other => other,
    });
    let base = name.trim_end_matches("[]").to_owned();
    let items = choices.into_iter().enumerate();
    let items = items.map(|(index, choice)| item(kind, &name, index, choice)).collect_view();
    view! {
        <Fieldset name=base legend style lang hint fault>
            <div class=format!("{} {class}", kind.block)>{items}</div>
        </Fieldset>
    }
}

/// One of several.
#[component]
pub fn Radios(
    /// Name, and id of the first.
    #[prop(into)]
    name: String,
    /// Legend.
    #[prop(into)]
    legend: String,
    /// How the legend is drawn.
    #[prop(optional)]
    style: Legend,
    /// Hint.
    #[prop(optional, into)]
    hint: Hint,
    /// The choices.
    choices: Vec<Choice>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
    /// Class of the list, such as `govuk-radios--inline`.
    #[prop(default = "")]
    class: &'static str,
    /// Language of the legend where it is not the page's.
    #[prop(optional_no_strip)]
    lang: Option<&'static str>,
    /// `autocomplete`; off where the list may have changed when somebody goes back to the form: a browser brings
    /// back which place in it was chosen, not what.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
) -> impl IntoView {
    let kind = Kind { autocomplete, ..RADIOS };
    view! { <Group kind name legend style hint choices fault class lang/> }
}

/// Several of several. Sent as `name[]` unless the name says otherwise.
#[component]
pub fn Checkboxes(
    /// Name, and id of the first; give it with `[]` for a list.
    #[prop(into)]
    name: String,
    /// Legend.
    #[prop(into)]
    legend: String,
    /// How the legend is drawn.
    #[prop(optional)]
    style: Legend,
    /// Hint.
    #[prop(optional, into)]
    hint: Hint,
    /// The choices.
    choices: Vec<Choice>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
    /// Class of the list, such as `veche-options`.
    #[prop(default = "")]
    class: &'static str,
    /// Language of the legend where it is not the page's.
    #[prop(optional_no_strip)]
    lang: Option<&'static str>,
) -> impl IntoView {
    view! { <Group kind=CHECKBOXES name legend style hint choices fault class lang/> }
}
