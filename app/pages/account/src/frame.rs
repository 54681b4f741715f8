//! What the pages of the account have in common: title, way back, faults, heading.

use leptos::prelude::*;
use ports::{forms::FieldFault, routes};
use ui::{ErrorSummary, Title, page_title, t};

/// Title, way back, faults, heading.
#[component]
pub fn Heading(
    /// The heading.
    #[prop(into)]
    text: String,
    /// What is wrong with the page's form.
    #[prop(optional)]
    faults: Vec<FieldFault>,
    /// Which page of a list this is, from 1, and how many there are.
    #[prop(default = (1, 1))]
    page: (u64, u64),
) -> impl IntoView {
    let (page, pages) = page;
    view! {
        <Title text=page_title(page, pages, format!("{text} – {}", t!(common.brand)))/>
        <a class="govuk-back-link" href=routes::ACCOUNT>{t!(account.title)}</a>
        <ErrorSummary faults/>
        <h1 class="govuk-heading-l">{text}</h1>
    }
}
