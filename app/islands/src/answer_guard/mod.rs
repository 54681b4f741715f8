//! Around the form of one question: says what is wrong before the form is sent, by the same code
//! as the server; unticks what excludes each other; counts characters; sends a form once.
//!
//! It stops nothing that the server would take, and the server checks everything again.

mod rules;

pub use rules::Rules;

use leptos::{
    ev::{Event, SubmitEvent},
    html::Div,
    prelude::*,
    wasm_bindgen::JsCast,
};
use questionnaire::{AnswerError, Typed};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use web_sys::{
    Document, Element, FormData, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement,
    HtmlTextAreaElement,
};

/// Two presses within this many milliseconds are one.
const DOUBLE_PRESS: f64 = 2000.0;
/// Who has typed nothing for so long is told how many characters are left: at every key it would be
/// heard over the keys.
const PAUSE: Duration = Duration::from_secs(1);
/// Id of the element that shows how many characters are left, beside the text.
pub const COUNT: &str = "text-count";
/// Id of the one that has it said.
pub const COUNT_SAID: &str = "text-count-said";

/// The sentences that the island says: it has none of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// Heading of the summary.
    pub summary: String,
    /// Heard before a message, and the beginning of the document's title.
    pub error: String,
    /// Before the number of characters left.
    pub left: String,
    /// Before the number of characters too many.
    pub over: String,
    /// What each fault of this question is called, by [`code`].
    pub faults: Vec<(String, String)>,
}

/// The name of a fault, under which its words go over the wire.
#[must_use]
pub const fn code(error: &AnswerError) -> &'static str {
    match error {
        AnswerError::Required => "required",
        AnswerError::UnknownOption => "unknown",
        AnswerError::TooFew { .. } => "few",
        AnswerError::TooMany { .. } => "many",
        AnswerError::Exclusive => "exclusive",
        AnswerError::NotANumber => "number",
        AnswerError::OutOfRange { .. } => "range",
        AnswerError::NotADate => "date",
        AnswerError::DateOutOfRange { .. } => "dates",
        AnswerError::TooLong { .. } => "long",
    }
}

/// What the form would send.
fn typed(form: &HtmlFormElement) -> Option<Typed> {
    let data = FormData::new_with_form(form).ok()?;
    let field = |name: &str| data.get(name).as_string();
    Some(Typed {
        choice: field("choice"),
        choices: data.get_all("choices[]").iter().filter_map(|code| code.as_string()).collect(),
        text: field("text"),
        day: field("day"),
        month: field("month"),
        year: field("year"),
    })
}

fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

fn remove_all(document: &Document, selector: &str) {
    while let Ok(Some(element)) = document.query_selector(selector) {
        element.remove();
    }
}

/// Puts the message where the server would have put it.
fn show_at_field(form: &Element, field: &str, error: &str, message: &str) -> Option<()> {
    let document = document();
    remove_all(&document, "form .govuk-error-message");
    let group = form.query_selector(".govuk-form-group").ok()??;
    group.class_list().add_1("govuk-form-group--error").ok()?;
    let id = format!("{field}-error");
    let paragraph = document.create_element("p").ok()?;
    paragraph.set_id(&id);
    paragraph.set_class_name("govuk-error-message");
    let prefix = document.create_element("span").ok()?;
    prefix.set_class_name("govuk-visually-hidden");
    prefix.set_text_content(Some(&format!("{error}: ")));
    paragraph.append_child(&prefix).ok()?;
    paragraph.append_child(&document.create_text_node(message)).ok()?;
    let before = [".govuk-hint", "legend", "h1"]
        .into_iter()
        .find_map(|selector| group.query_selector(selector).ok().flatten())?;
    before.after_with_node_1(&paragraph).ok()?;
    let described = group.query_selector("fieldset, input, textarea").ok()??;
    let ids = described.get_attribute("aria-describedby").unwrap_or_default();
    if !ids.split(' ').any(|known| known == id) {
        described.set_attribute("aria-describedby", format!("{ids} {id}").trim()).ok()?;
    }
    for kind in ["govuk-input", "govuk-textarea"] {
        let fields = group.query_selector_all(&format!(".{kind}")).ok()?;
        for index in 0..fields.length() {
            if let Some(field) = fields.get(index).and_then(|node| node.dyn_into::<Element>().ok())
            {
                field.class_list().add_1(&format!("{kind}--error")).ok()?;
            }
        }
    }
    Some(())
}

/// Says it in the document's title, which is what a screen reader says first.
fn show_in_title(error: &str) {
    let document = document();
    let (title, prefix) = (document.title(), format!("{error}: "));
    if !title.starts_with(&prefix) {
        document.set_title(&format!("{prefix}{title}"));
    }
}

/// "None of these" and the other options exclude each other.
fn exclude(event: &Event) -> Option<()> {
    let chosen: HtmlInputElement = target(event)?;
    if chosen.type_() != "checkbox" || !chosen.checked() {
        return None;
    }
    let exclusive = |input: &HtmlInputElement| input.has_attribute("data-behaviour");
    let inputs = chosen.form()?.query_selector_all("input[type=checkbox]").ok()?;
    for index in 0..inputs.length() {
        let Some(other) =
            inputs.get(index).and_then(|node| node.dyn_into::<HtmlInputElement>().ok())
        else {
            continue;
        };
        let excluded = exclusive(&chosen) || exclusive(&other);
        if excluded && !other.is_same_node(Some(&chosen)) {
            other.set_checked(false);
        }
    }
    Some(())
}

/// Says in the element with this id how many characters of the field are left, where it is a text.
fn count(id: &str, rules: &Rules, field: &str, words: &Words) -> Option<()> {
    let (_, max_chars) = rules.bounds;
    let area: HtmlTextAreaElement = document().get_element_by_id(field)?.dyn_into().ok()?;
    let written = i64::try_from(area.value().trim().chars().count()).ok()?;
    let left = max_chars - written;
    let said = if left < 0 {
        format!("{} {}", words.over, -left)
    } else {
        format!("{} {left}", words.left)
    };
    document().get_element_by_id(id)?.set_text_content(Some(&said));
    Some(())
}

/// The island's own summary: one fault, which leads to its field.
fn summary(title: String, field: String, message: String, node: NodeRef<Div>) -> impl IntoView {
    view! {
        <div class="govuk-error-summary" tabindex="-1" data-own="" node_ref=node>
            <div role="alert">
                <h2 class="govuk-error-summary__title">{title}</h2>
                <div class="govuk-error-summary__body">
                    <ul class="govuk-list govuk-error-summary__list">
                        <li><a href=field>{message}</a></li>
                    </ul>
                </div>
            </div>
        </div>
    }
}

/// Guards the form inside. Without a script the form works just the same.
#[island]
pub fn AnswerGuard(
    /// What is a valid answer.
    rules: Rules,
    /// Id of its first field.
    field: String,
    /// What to say.
    words: Words,
    /// The form.
    children: Children,
) -> impl IntoView {
    let fault = RwSignal::new(None::<String>);
    let node = NodeRef::<Div>::new();
    Effect::new(move || {
        // The server's summary at first, one's own later.
        let own = fault.with(Option::is_some).then(|| node.get()).flatten();
        let shown = own.map(HtmlElement::from).or_else(|| {
            let found = document().query_selector(".govuk-error-summary").ok().flatten();
            found.and_then(|element| element.dyn_into().ok())
        });
        if let Some(shown) = shown {
            // A summary that cannot have the focus is read all the same.
            let _ = shown.focus();
        }
    });
    let sent_at = StoredValue::new(f64::NEG_INFINITY);
    let store = StoredValue::new((rules, words.clone(), field.clone()));
    let submit = move |event: SubmitEvent| {
        let Some(form) = target::<HtmlFormElement>(&event) else { return };
        let button = event.submitter().and_then(|by| by.dyn_into::<HtmlButtonElement>().ok());
        let other_way = button.is_some_and(|button| !button.name().is_empty());
        let wrong = store.with_value(|(rules, words, field)| {
            let error = rules.question()?.parse(&typed(&form)?).err()?;
            let (_, message) = words.faults.iter().find(|(known, _)| known == code(&error))?;
            Some((field.clone(), words.error.clone(), message.clone()))
        });
        if let Some((field, error, message)) = wrong.filter(|_| !other_way) {
            event.prevent_default();
            // The island's own summary is its view's to change: taken out, it would not come back.
            remove_all(&document(), ".govuk-error-summary:not([data-own])");
            show_at_field(&form, &field, &error, &message);
            show_in_title(&error);
            fault.set(None);
            fault.set(Some(message));
            return;
        }
        let now = event.time_stamp();
        if now - sent_at.get_value() < DOUBLE_PRESS {
            event.prevent_default();
        } else {
            sent_at.set_value(now);
        }
    };
    let count_in = move |id: &str| {
        store.with_value(|(rules, words, field)| count(id, rules, field, words));
    };
    // What was typed before is there already.
    Effect::new(move || count_in(COUNT));
    let mut say = debounce(PAUSE, move |()| count_in(COUNT_SAID));
    let input = move |_: Event| {
        count_in(COUNT);
        say(());
    };
    let change = move |event: Event| {
        exclude(&event);
    };
    view! {
        <div on:submit=submit on:input=input on:change=change>
            {move || fault.get().map(|message| {
                summary(words.summary.clone(), format!("#{field}"), message, node)
            })}
            {children()}
        </div>
    }
}
