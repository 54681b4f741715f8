//! A question's chart as an SVG that stands alone: everybody's answers, or one breakdown.

use crate::about;
use charts::{Image, published};
use locales::td_string;
use ports::{
    look::{date, locale_of},
    views::results::{Results, words},
};
use questionnaire::{Breakdown, Language};

/// The picture, the same as on the page; nothing where no figures are published.
#[must_use]
pub fn svg(
    results: &Results,
    question: &str,
    by: Option<Breakdown>,
    language: Language,
) -> Option<String> {
    let locale = locale_of(language);
    let question = results.questions.iter().find(|known| known.code == question)?;
    let mut chart = match by {
        None => published::headline(locale, question),
        Some(by) => published::breakdown(locale, question, by),
    }?;
    // Pages and reports say it beside the chart; a picture travels alone.
    chart.notes.extend(words::optional(locale, question.required));
    let table = question.breakdowns.iter().find(|table| Some(table.by) == by);
    if table.is_some_and(|table| !table.complete) {
        chart.notes.push(words::rows_missing(locale, &results.method));
    }
    let brand = td_string!(locale, common.brand);
    let day = date(locale, results.published);
    let since = td_string!(locale, results.published_on, date = day);
    let source = format!("{brand} – {}. {since}. {}", results.title, about::short(results));
    Some(chart.svg(&Image { source: &source, ..Image::default() }))
}
