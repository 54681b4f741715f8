//! What is said after sending.

use super::{api, view::Receipt};
use leptos::prelude::*;
use ports::{address::parameter, routes};
use ui::{Title, lang_of, load, t, words::deadline, words_of};

fn draw(receipt: &Receipt) -> impl IntoView + use<> {
    let title = words_of(&receipt.title);
    let heading = if receipt.changed { t!(take.receipt_changed) } else { t!(take.receipt_title) };
    let change = receipt
        .closes_at
        .filter(|_| receipt.open)
        .map(|at| t!(take.receipt_change, at = deadline(at)));
    view! {
        // Without the poll: browsers keep what a page was called.
        <Title text=format!("{heading} – {}", t!(common.brand))/>
        <div class="veche-receipt">
            <h1 class="veche-receipt__title">{heading}</h1>
            <p class="veche-receipt__text">{t!(take.receipt_reference)}</p>
            <p class="veche-receipt__reference">{receipt.reference.clone()}</p>
        </div>
        <p class="veche-lede" lang=lang_of(&receipt.title)>{title}</p>
        <h2 class="govuk-heading-m">{t!(take.receipt_next)}</h2>
        <p class="govuk-body">{t!(take.receipt_next_text)}</p>
        {receipt.free_text.then(|| view! { <p class="govuk-body">{t!(take.receipt_next_words)}</p> })}
        {change.map(|change| view! { <p class="govuk-body">{change}</p> })}
        <p class="govuk-body">{t!(take.receipt_keep)}</p>
        <p class="govuk-body-s">{t!(common.shared_computer)}</p>
        <ul class="govuk-list">
            <li><a class="govuk-link" href=routes::own_answers(receipt.poll)>{t!(take.receipt_see)}</a></li>
            <li><a class="govuk-link" href=routes::POLLS>{t!(take.receipt_polls)}</a></li>
            <li><a class="govuk-link" href=routes::PROTECTION>{t!(common.footer_protection)}</a></li>
        </ul>
    }
}

/// The receipt.
#[component]
pub fn Page() -> impl IntoView {
    let poll = parameter("poll");
    load(api::receipt_of(poll), |receipt| receipt.map(|receipt| draw(&receipt)))
}
