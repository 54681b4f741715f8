//! Everything that is wrong with a form, on top of the page, each with a link to its field.

use crate::{t, words};
use leptos::prelude::*;
use ports::forms::FieldFault;

/// The summary; nothing where nothing is wrong.
#[component]
pub fn ErrorSummary(
    /// What is wrong.
    faults: Vec<FieldFault>,
) -> impl IntoView {
    (!faults.is_empty()).then(|| {
        view! {
            <div class="govuk-error-summary" data-module="govuk-error-summary" tabindex="-1">
                <div role="alert">
                    <h2 class="govuk-error-summary__title">{t!(common.error_summary)}</h2>
                    <div class="govuk-error-summary__body">
                        <ul class="govuk-list govuk-error-summary__list">
                            {faults.into_iter().map(|fault| view! {
                                <li><a href=format!("#{}", fault.field)>{words::fault(&fault.fault)}</a></li>
                            }).collect_view()}
                        </ul>
                    </div>
                </div>
            </div>
        }
    })
}
