//! Form fields with label, hint and error, as the GOV.UK Design System draws them.
//!
//! The field's `name` is also its `id`, so that the error summary can link to it.

use crate::{t, words};
use leptos::prelude::*;
use ports::forms::Fault;

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
#[must_use]
pub const fn group_class(error: bool) -> &'static str {
    if error { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" }
}

fn hint_view(name: &str, hint: Option<String>) -> impl IntoView + use<> {
    let id = format!("{name}-hint");
    hint.map(|hint| view! { <div id=id class="govuk-hint">{hint}</div> })
}

/// The message at the field.
#[component]
pub fn ErrorMessage(
    /// The field.
    name: String,
    /// What is wrong with it.
    fault: Option<Fault>,
) -> impl IntoView {
    fault.map(|fault| {
        view! {
            <p id=format!("{name}-error") class="govuk-error-message">
                <span class="govuk-visually-hidden">{t!(common.error)} ": "</span>
                {words::fault(&fault)}
            </p>
        }
    })
}

/// One line of text.
#[component]
pub fn TextInput(
    /// Name and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// Value.
    #[prop(into)]
    value: String,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
    /// `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// `inputmode` for phones.
    #[prop(optional_no_strip)]
    inputmode: Option<&'static str>,
    /// `autocomplete`; off where the value is not about the reader.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Width class, such as `govuk-input--width-10`.
    #[prop(default = "")]
    width: &'static str,
    /// Language of the value where it is not the page's.
    #[prop(optional_no_strip)]
    lang: Option<&'static str>,
    /// How the label is drawn.
    #[prop(optional)]
    style: Legend,
    /// Language of the label where it is not the page's.
    #[prop(optional_no_strip)]
    label_lang: Option<&'static str>,
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error);
    let class = format!("govuk-input {width}{}", if error { " govuk-input--error" } else { "" });
    view! {
        <div class=group_class(error)>
            {label_view(&name, label, style, label_lang)}
            {hint_view(&name, hint)}
            <ErrorMessage name=name.clone() fault/>
            <input class=class id=name.clone() name=name type=kind value=value inputmode=inputmode
                autocomplete=autocomplete lang=lang aria-describedby=described/>
        </div>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// Name and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// Value.
    #[prop(into)]
    value: String,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
    /// Lines to show.
    #[prop(default = 4)]
    rows: u8,
    /// Language of the value where it is not the page's.
    #[prop(optional_no_strip)]
    lang: Option<&'static str>,
    /// How the label is drawn.
    #[prop(optional)]
    style: Legend,
    /// Language of the label where it is not the page's.
    #[prop(optional_no_strip)]
    label_lang: Option<&'static str>,
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error);
    let class = if error { "govuk-textarea govuk-textarea--error" } else { "govuk-textarea" };
    // A parser drops one line break after the tag: one more keeps a text that begins with it.
    let value = format!("\n{value}");
    view! {
        <div class=group_class(error)>
            {label_view(&name, label, style, label_lang)}
            {hint_view(&name, hint)}
            <ErrorMessage name=name.clone() fault/>
            <textarea class=class id=name.clone() name=name rows=rows lang=lang aria-describedby=described>{value}</textarea>
        </div>
    }
}

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

/// How the legend of a group of choices is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Legend {
    /// As the page's heading: one question a page.
    Heading,
    /// As a heading inside a form.
    #[default]
    Small,
}

/// The legend of a group of inputs. `lang` is its language where that is not the page's.
pub fn legend_view(legend: String, style: Legend, lang: Option<&'static str>) -> AnyView {
    match style {
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
    }
}

fn label_view(name: &str, label: String, style: Legend, lang: Option<&'static str>) -> AnyView {
    let name = name.to_owned();
    match style {
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
    }
}

/// The id of the `index`th of several inputs: the first has the name's, for the error summary.
fn item_id(name: &str, index: usize) -> String {
    let name = name.trim_end_matches("[]");
    if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) }
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
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
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
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error);
    view! {
        <div class=group_class(error)>
            <fieldset class="govuk-fieldset" aria-describedby=described>
                {legend_view(legend, style, lang)}
                {hint_view(&name, hint)}
                <ErrorMessage name=name.clone() fault/>
                <div class=format!("govuk-radios {class}")>
                    {choices.into_iter().enumerate().map(|(index, choice)| {
                        let id = item_id(&name, index);
                        let hint_id = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
                        view! {
                            <div class="govuk-radios__item">
                                <input class="govuk-radios__input" type="radio" id=id.clone() name=name.clone()
                                    value=choice.value checked=choice.chosen aria-describedby=hint_id.clone()/>
                                <label class="govuk-label govuk-radios__label" for=id lang=choice.lang>{choice.label}</label>
                                {choice.hint.map(|hint| view! {
                                    <div id=hint_id class="govuk-hint govuk-radios__hint">{hint}</div>
                                })}
                            </div>
                        }
                    }).collect_view()}
                </div>
            </fieldset>
        </div>
    }
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
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
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
    let error = fault.is_some();
    let base = name.trim_end_matches("[]").to_owned();
    let described = described_by(&base, hint.is_some(), error);
    view! {
        <div class=group_class(error)>
            <fieldset class="govuk-fieldset" aria-describedby=described>
                {legend_view(legend, style, lang)}
                {hint_view(&base, hint)}
                <ErrorMessage name=base.clone() fault/>
                <div class=format!("govuk-checkboxes {class}")>
                    {choices.into_iter().enumerate().map(|(index, choice)| {
                        let id = item_id(&name, index);
                        let hint_id = choice.hint.as_ref().map(|_| format!("{id}-item-hint"));
                        let exclusive = choice.exclusive.then_some("exclusive");
                        view! {
                            {choice.exclusive.then(|| view! {
                                <div class="govuk-checkboxes__divider">{t!(common.or)}</div>
                            })}
                            <div class="govuk-checkboxes__item">
                                <input class="govuk-checkboxes__input" type="checkbox" id=id.clone() name=name.clone()
                                    value=choice.value checked=choice.chosen data-behaviour=exclusive
                                    aria-describedby=hint_id.clone()/>
                                <label class="govuk-label govuk-checkboxes__label" for=id lang=choice.lang>{choice.label}</label>
                                {choice.hint.map(|hint| view! {
                                    <div id=hint_id class="govuk-hint govuk-checkboxes__hint">{hint}</div>
                                })}
                            </div>
                        }
                    }).collect_view()}
                </div>
            </fieldset>
        </div>
    }
}

/// One of many, in a list that opens.
#[component]
pub fn Select(
    /// Name and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint.
    #[prop(optional_no_strip, into)]
    hint: Option<String>,
    /// The choices.
    choices: Vec<Choice>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error);
    view! {
        <div class=group_class(error)>
            <label class="govuk-label govuk-label--s" for=name.clone()>{label}</label>
            {hint_view(&name, hint)}
            <ErrorMessage name=name.clone() fault/>
            <select class="govuk-select" id=name.clone() name=name aria-describedby=described>
                {choices.into_iter().map(|choice| view! {
                    <option value=choice.value selected=choice.chosen lang=choice.lang>{choice.label}</option>
                }).collect_view()}
            </select>
        </div>
    }
}

/// A value that goes along.
#[component]
pub fn Hidden(
    /// Name.
    #[prop(into)]
    name: String,
    /// Value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name=name value=value/> }
}

/// The button that sends the form.
#[component]
pub fn Submit(
    /// Its words.
    #[prop(into)]
    words: String,
    /// Further classes, such as `govuk-button--secondary` or `govuk-button--warning`.
    #[prop(default = "")]
    class: &'static str,
    /// Name, where a form has several buttons.
    #[prop(optional_no_strip)]
    name: Option<&'static str>,
    /// Value that goes with the name.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
) -> impl IntoView {
    view! { <button type="submit" class=format!("govuk-button {class}") name=name value=value>{words}</button> }
}
