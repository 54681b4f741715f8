//! The way through a list that is too long for one page.

use crate::t;
use leptos::prelude::*;

/// Links to the page before and the page after; nothing where there is one page.
#[component]
pub fn Pages(
    /// Which page this is, from 1.
    page: u64,
    /// How many there are.
    pages: u64,
    /// What the pages are of, for those who do not see them.
    label: String,
    /// The words of the link to the page before.
    before: String,
    /// The words of the link to the page after.
    after: String,
    /// The addresses of the page before and of the page after.
    addresses: [String; 2],
) -> impl IntoView {
    let [prev, next] = addresses;
    (pages > 1).then(|| view! {
        <nav class="govuk-pagination" aria-label=label>
            {(page > 1).then(|| view! {
                <div class="govuk-pagination__prev">
                    <a class="govuk-link govuk-pagination__link" href=prev rel="prev">{before}</a>
                </div>
            })}
            <p class="govuk-body">{t!(common.page_of, page = page, pages = pages)}</p>
            {(page < pages).then(|| view! {
                <div class="govuk-pagination__next">
                    <a class="govuk-link govuk-pagination__link" href=next rel="next">{after}</a>
                </div>
            })}
        </nav>
    })
}

/// A document's title that begins with which page it is, where there are several.
#[must_use]
pub fn page_title(page: u64, pages: u64, title: String) -> String {
    if pages > 1 {
        format!("{} – {title}", t!(common.page_of, page = page, pages = pages))
    } else {
        title
    }
}
