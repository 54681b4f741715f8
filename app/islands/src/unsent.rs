//! Who has typed words and leaves the page otherwise than by their form is asked once more, by the browser and in its
//! own words: the language is a form of its own beside every form, and links are everywhere. Whoever signs out is not
//! asked: at a computer that people share nothing is to hold that up.
//!
//! Only words count: what is ticked is ticked again in a moment. A form that came back, as with something wrong in it,
//! has the mark from the server: what was typed in it is not saved either. Nothing is kept here, and without a script
//! nobody is asked.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{BeforeUnloadEvent, Element, Event};

/// What words are typed into. A form that is not posted only asks for a page.
const FIELDS: &str = "form[method=post] :is(textarea, input:not([type=radio], [type=checkbox]))";
/// Marks a form with words that were typed and not sent.
const TYPED: &str = "data-typed";
/// Finds one.
const UNSENT: &str = "form[data-typed]";
/// The form that signs out.
const SIGN_OUT: &str = "form[action='/auth/sign-out']";

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Marks the form that was typed into. Gives nothing where it was none.
fn typed(event: &Event) -> Option<()> {
    let field = target(event)?;
    if !field.matches(FIELDS).ok()? {
        return None;
    }
    field.closest("form").ok()??.set_attribute(TYPED, "").ok()
}

/// Takes the mark off a form that is sent, unless something in it is wrong and it stays; off all where it signs out.
fn sent(event: &Event) -> Option<()> {
    if event.default_prevented() {
        return None;
    }
    let form = target(event)?;
    if form.matches(SIGN_OUT).ok()? {
        while let Some(other) = document().query_selector(UNSENT).ok()? {
            other.remove_attribute(TYPED).ok()?;
        }
    }
    form.remove_attribute(TYPED).ok()
}

/// Has the browser ask.
fn leaving(event: &Event) -> Option<()> {
    document().query_selector(UNSENT).ok()??;
    event.prevent_default();
    // For browsers of before.
    event.dyn_ref::<BeforeUnloadEvent>()?.set_return_value("unsent");
    Some(())
}

/// Has the browser ask from now on. Not before there is a reason to: a page that listens for this is not kept as it is
/// for who comes back to it.
fn ask(asks: StoredValue<bool>) {
    if !asks.get_value() {
        asks.set_value(true);
        window_event_listener_untyped("beforeunload", |event| {
            leaving(&event);
        });
    }
}

/// Has the reader asked. Shows nothing.
#[island]
pub fn Unsent() -> impl IntoView {
    let asks = StoredValue::new(false);
    Effect::new(move || {
        if matches!(document().query_selector(UNSENT), Ok(Some(_))) {
            ask(asks);
        }
        // The page is there until it is left: so are these.
        window_event_listener_untyped("submit", |event| {
            sent(&event);
        });
        window_event_listener_untyped("input", move |event| {
            if typed(&event).is_some() {
                ask(asks);
            }
        });
    });
    view! { <template></template> }
}
