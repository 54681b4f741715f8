//! A question's chart as an SVG that stands alone: everybody's answers, or one breakdown.

use charts::{Bar, Body, Chart, Group, Image, Tone};
use locales::{i18n::Locale, td_string};
use ports::{
    look::{date, locale_of},
    views::results::{Figure, QuestionResults, Results, words},
};
use questionnaire::{Breakdown, Language};

/// The picture; nothing where no figures are published.
#[must_use]
pub fn svg(
    results: &Results,
    question: &str,
    by: Option<Breakdown>,
    language: Language,
) -> Option<String> {
    let locale = locale_of(language);
    let question = results.questions.iter().find(|known| known.code == question)?;
    let chart =
        by.map_or_else(|| headline(locale, question), |by| breakdown(locale, question, by))?;
    let brand = td_string!(locale, common.brand);
    let day = date(locale, results.published);
    let published = td_string!(locale, results.published_on, date = day);
    let source = format!("{brand} – {}. {published}", results.title);
    Some(chart.svg(&Image { source: &source, ..Image::default() }))
}

fn bar(locale: Locale, label: String, figure: &Figure, tone: Tone) -> Bar {
    let value = words::percent(locale, figure.percent);
    Bar { label, value, percent: figure.percent.length(), tone }
}

fn sentence(locale: Locale, figures: &[Figure]) -> String {
    let parts = figures.iter().map(|figure| {
        let (label, percent) = (figure.label.clone(), words::percent(locale, figure.percent));
        td_string!(locale, results.figure, label = label, percent = percent)
    });
    parts.collect::<Vec<_>>().join("; ")
}

fn headline(locale: Locale, question: &QuestionResults) -> Option<Chart> {
    let headline = question.headline.as_ref().filter(|headline| !headline.figures.is_empty())?;
    let bar = |figure: &Figure| bar(locale, figure.label.clone(), figure, Tone::First);
    let base = words::count(locale, headline.base);
    Some(Chart {
        heading: question.title.clone(),
        title: td_string!(locale, results.everybody, base = base),
        description: sentence(locale, &headline.figures),
        axis: td_string!(locale, results.axis).to_owned(),
        body: Body::Bars(headline.figures.iter().map(bar).collect()),
    })
}

fn breakdown(locale: Locale, question: &QuestionResults, by: Breakdown) -> Option<Chart> {
    let headline = question.headline.as_ref().filter(|headline| !headline.figures.is_empty())?;
    let table = question.breakdowns.iter().find(|table| table.by == by)?;
    let rows: Vec<(String, &[Figure])> = table
        .rows
        .iter()
        .map(|row| {
            let names = row.categories.iter().map(|category| category.label.as_str());
            (names.collect::<Vec<_>>().join(", "), &row.figures[..])
        })
        .collect();
    let group = |(place, figure): (usize, &Figure)| {
        let everybody = td_string!(locale, results.everybody_row).to_owned();
        let mut bars = vec![bar(locale, everybody, figure, Tone::Second)];
        bars.extend(rows.iter().filter_map(|(label, figures)| {
            Some(bar(locale, label.clone(), figures.get(place)?, Tone::First))
        }));
        Group { label: figure.label.clone(), bars }
    };
    let row =
        |(label, figures): &(String, &[Figure])| format!("{label}: {}.", sentence(locale, figures));
    Some(Chart {
        heading: question.title.clone(),
        title: words::breakdown(locale, by),
        description: rows.iter().map(row).collect::<Vec<_>>().join(" "),
        axis: td_string!(locale, results.axis).to_owned(),
        body: Body::Groups(headline.figures.iter().enumerate().map(group).collect()),
    })
}
