//! Fields that text is typed into, lists that open, and buttons.

use crate::{
    choices::Choice,
    field::{Field, Hint, Legend, described_by},
};
use leptos::{attr::custom::custom_attribute, prelude::*};
use ports::forms::Fault;

/// What a field that holds an answer says to `spellcheck` and `writingsuggestions`: a browser may send what is typed to
/// its maker, to have the spelling checked or words suggested.
#[must_use]
pub fn unhelped(private: bool) -> Option<&'static str> {
    private.then_some("false")
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
    #[prop(optional, into)]
    hint: Hint,
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
    /// `autocomplete`; off where a browser is neither to offer the value again nor to bring it back with the page:
    /// a code, an answer. It does bring back what else was typed, when somebody goes back to the form.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// Whether nobody but the portal is to have what is typed, as [`unhelped`] says.
    #[prop(optional)]
    private: bool,
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
        <Field name=name.clone() label style lang=label_lang hint fault>
            <input class=class id=name.clone() name=name type=kind value=value inputmode=inputmode
                autocomplete=autocomplete lang=lang aria-describedby=described spellcheck=unhelped(private)
                {..custom_attribute("writingsuggestions", unhelped(private))}/>
        </Field>
    }
}

/// A file to be chosen; its form is sent as `multipart/form-data`.
#[component]
pub fn FileInput(
    /// Name and id.
    #[prop(into)]
    name: String,
    /// Label.
    #[prop(into)]
    label: String,
    /// Hint.
    #[prop(optional, into)]
    hint: Hint,
    /// Which files the browser offers.
    accept: &'static str,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
) -> impl IntoView {
    let described = described_by(&name, hint.is_some(), fault.is_some());
    view! {
        <Field name=name.clone() label style=Legend::Small lang=None hint fault>
            <input class="veche-file" id=name.clone() name=name type="file" accept=accept aria-describedby=described/>
        </Field>
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
    #[prop(optional, into)]
    hint: Hint,
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
    /// Id of something beside the field that describes it, too.
    #[prop(optional)]
    beside: Option<&'static str>,
    /// Whether nobody but the portal is to have what is typed, as [`unhelped`] says; nor does a browser keep it, to
    /// offer it again or to bring it back with the page.
    #[prop(optional)]
    private: bool,
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error).into_iter();
    let described = described.chain(beside.map(str::to_owned)).collect::<Vec<_>>().join(" ");
    let described = (!described.is_empty()).then_some(described);
    let class = if error { "govuk-textarea govuk-textarea--error" } else { "govuk-textarea" };
    // A parser drops one line break after the tag: one more keeps a text that begins with it.
    let value = format!("\n{value}");
    view! {
        <Field name=name.clone() label style lang=label_lang hint fault>
            <textarea class=class id=name.clone() name=name rows=rows lang=lang aria-describedby=described
                autocomplete=private.then_some("off") spellcheck=unhelped(private)
                {..custom_attribute("writingsuggestions", unhelped(private))}>{value}</textarea>
        </Field>
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
    #[prop(optional, into)]
    hint: Hint,
    /// The choices.
    choices: Vec<Choice>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    fault: Option<Fault>,
    /// `autocomplete`, where the value is about the reader.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
) -> impl IntoView {
    let error = fault.is_some();
    let described = described_by(&name, hint.is_some(), error);
    let class = if error { "govuk-select govuk-select--error" } else { "govuk-select" };
    view! {
        <Field name=name.clone() label style=Legend::Small lang=None hint fault>
            <select class=class id=name.clone() name=name autocomplete=autocomplete aria-describedby=described>
                {choices.into_iter().map(|choice| view! {
                    <option value=choice.value selected=choice.chosen lang=choice.lang>{choice.label}</option>
                }).collect_view()}
            </select>
        </Field>
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

#[cfg(test)]
mod tests {
    use super::{TextArea, TextInput};
    use leptos::prelude::*;

    #[test]
    fn what_is_typed_as_an_answer_goes_to_no_maker_of_a_browser() {
        let drawn = |private: bool| {
            let area = view! { <TextArea name="text" label="Why?" value="" private/> };
            let line = view! { <TextInput name="text" label="Why?" value="" private/> };
            [area.to_html(), line.to_html()]
        };
        for field in drawn(true) {
            for said in ["spellcheck=\"false\"", "writingsuggestions=\"false\""] {
                assert!(field.contains(said), "{field}");
            }
        }
        assert!(drawn(true)[0].contains("autocomplete=\"off\""));
        for field in drawn(false) {
            for unsaid in ["spellcheck", "writingsuggestions", "autocomplete"] {
                assert!(!field.contains(unsaid), "{field}");
            }
        }
    }
}
