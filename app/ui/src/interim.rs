//! What is published of a poll while it is open: never shares, never as the result.

use crate::{Column, Shared, Table, TableRow, t};
use leptos::prelude::*;
use ports::{
    look::locale,
    views::results::{Live, words},
};
use questionnaire::Language;

/// The interim totals, a table for each question: the same for whoever reads the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interim {
    /// The totals.
    pub live: Live,
    /// What they are.
    pub meaning: String,
}

impl Shared for Interim {
    fn draw(&self) -> AnyView {
        view! {
            <section aria-labelledby="interim">
                <h2 class="govuk-heading-m" id="interim">{t!(results.live)}</h2>
                {if self.live.batches == 0 { none(&self.live) } else { self.totals() }}
                <p class="govuk-body">{t!(results.live_end)}</p>
            </section>
        }
        .into_any()
    }
}

/// Before the first batch, or where there is none.
fn none(live: &Live) -> AnyView {
    let when = if live.ended { t!(results.live_never) } else { t!(results.live_none) };
    view! { <p class="govuk-body">{when}</p> }.into_any()
}

impl Interim {
    fn totals(&self) -> AnyView {
        let responses = words::count(locale(), self.live.responses);
        let columns = || [t!(results.option), t!(results.live_total)].map(Column::from).into();
        view! {
            <p class="govuk-inset-text">{self.meaning.clone()}</p>
            <p class="govuk-body">{t!(results.live_responses, responses = responses)}</p>
            {self.live.questions.iter().map(|question| {
                let lang = question.language.map(Language::tag);
                let rows = question.options.iter().map(|(label, total)| TableRow {
                    heads: vec![label.clone()],
                    lang,
                    cells: vec![vec![words::count(locale(), *total)]],
                    total: false,
                });
                view! {
                    <Table id=format!("q-{}", question.code) caption=question.title.clone()
                        caption_lang=lang columns=columns() rows=rows.collect()/>
                }
            }).collect_view()}
        }
        .into_any()
    }
}
