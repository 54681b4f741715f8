//! A question's chart as an SVG that stands alone: everybody's answers, or one breakdown.

use crate::{about, font::Faces, picture::Picture};
use charts::{Image, published};
use locales::td_string;
use ports::{
    look::{date, locale_of},
    views::results::{Results, words},
};
use questionnaire::{Breakdown, Language};

/// The picture, the same as on the page, as it is drawn for this kind; nothing where no figures are published.
///
/// What becomes points can show the signs of our type only: for others stand their numbers, and it is said that they
/// do. That is done before there are lines, so that they have room.
#[must_use]
pub fn svg(
    results: &Results,
    question: &str,
    by: Option<Breakdown>,
    language: Language,
    kind: Picture,
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
    let mut source = format!("{brand} – {}. {since}. {}", results.title, about::short(results));
    if kind == Picture::Png
        && let Some(faces) = Faces::new()
    {
        chart = chart.in_words(|words| faces.plain(words));
        source = faces.plain(&source);
        chart.notes.extend(faces.lacked().then(|| td_string!(locale, exports.signs).to_owned()));
    }
    Some(chart.svg(&Image { source: &source, ..Image::default() }))
}
