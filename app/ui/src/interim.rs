//! What is published of a poll while it is open: never shares, never as the result.

use crate::{Column, Table, TableRow, t};
use leptos::prelude::*;
use ports::{
    look::locale,
    views::results::{Live, words},
};
use questionnaire::Language;

/// The interim totals, a table for each question.
#[component]
pub fn Interim(
    /// The totals.
    live: Live,
    /// What they are.
    meaning: String,
) -> impl IntoView {
    let Live { batches, ended, .. } = live;
    let responses = words::count(locale(), live.responses);
    let columns = || [t!(results.option), t!(results.live_total)].map(Column::from).into();
    view! {
        <section aria-labelledby="interim">
            <h2 class="govuk-heading-m" id="interim">{t!(results.live)}</h2>
            {if batches == 0 {
                let when = if ended { t!(results.live_never) } else { t!(results.live_none) };
                view! { <p class="govuk-body">{when}</p> }.into_any()
            } else {
                view! {
                    <p class="govuk-inset-text">{meaning}</p>
                    <p class="govuk-body">{t!(results.live_responses, responses = responses)}</p>
                    {live.questions.into_iter().map(|question| {
                        let lang = question.language.map(Language::tag);
                        let rows = question.options.into_iter().map(|(label, total)| TableRow {
                            heads: vec![label],
                            lang,
                            cells: vec![vec![words::count(locale(), total)]],
                            total: false,
                        });
                        view! {
                            <Table id=format!("q-{}", question.code) caption=question.title caption_lang=lang
                                columns=columns() rows=rows.collect()/>
                        }
                    }).collect_view()}
                }
                .into_any()
            }}
            <p class="govuk-body">{t!(results.live_end)}</p>
        </section>
    }
}
