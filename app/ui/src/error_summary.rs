//! Everything that is wrong with a form, on top of the page, each with a link to its field.

use crate::{t, title, words};
use leptos::prelude::*;
use ports::forms::FieldFault;

/// What the fields of this page say is wrong with them, by name. A field knows its label, and the
/// summary repeats the field's words.
#[derive(Clone, Copy)]
struct Said(StoredValue<Vec<(String, String)>>);

/// Makes room for what the page's fields will say.
pub(crate) fn listen() {
    provide_context(Said(StoredValue::new(Vec::new())));
}

/// A field says what is wrong with it.
pub(crate) fn says(field: &str, message: &str) {
    if let Some(Said(said)) = use_context() {
        said.update_value(|said| said.push((field.to_owned(), message.to_owned())));
    }
}

fn message(fault: &FieldFault) -> String {
    let said = use_context().and_then(|Said(said)| {
        said.with_value(|said| {
            let of_field = said.iter().find(|(field, _)| *field == fault.field);
            of_field.map(|(_, message)| message.clone())
        })
    });
    said.unwrap_or_else(|| words::fault(&fault.fault))
}

/// The summary; nothing where nothing is wrong. The document's title begins with the word, too. The
/// page opens with the focus on it, without scripts: who sees no colours hears first what is wrong.
#[component]
pub fn ErrorSummary(
    /// What is wrong.
    faults: Vec<FieldFault>,
) -> impl IntoView {
    (!faults.is_empty()).then(|| {
        title::begins_with(t!(common.error));
        // A function, because it is asked when the fields below have said what is wrong. By then
        // another owner may be the current one, and what is known here (the fields' words, the
        // reader's language) would not be known there.
        let owner = Owner::current();
        let items = move || {
            let item = |fault: &FieldFault| {
                view! { <li><a href=format!("#{}", fault.field)>{message(fault)}</a></li> }
            };
            let items = || faults.iter().map(item).collect_view();
            owner.as_ref().map_or_else(items, |owner| owner.with(items))
        };
        view! {
            <div class="govuk-error-summary" tabindex="-1" autofocus=true>
                <div role="alert">
                    <h2 class="govuk-error-summary__title">{t!(common.error_summary)}</h2>
                    <div class="govuk-error-summary__body">
                        <ul class="govuk-list govuk-error-summary__list">{items}</ul>
                    </div>
                </div>
            </div>
        }
    })
}
