//! A release as JSON-stat 2.0, <https://json-stat.org/full/>: a collection with a dataset for each
//! table.
//!
//! - Dimensions: `question`, the facets of the breakdown (`region`, `age_band`, `gender`),
//!   `option`, and `metric`: `count` people, `percent` of `base`. Participation has no question
//!   and, like written answers, the metric `count` only.
//! - Values are given by their place, so that what is withheld is absent, not a number: absent and
//!   withheld look the same.
//! - At the ends of a breakdown the release has no number for a share, so there is no value; the
//!   status says `<=5` or `>=95`.

use crate::{
    Unwritten, about,
    csv::percent,
    table::{Row, Table, tables},
};
use locales::{i18n::Locale, td_string};
use ports::{
    look::locale_of,
    views::results::{Facet, Figure, Percent, Results, words},
};
use questionnaire::{AgeBand, Breakdown, Language};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Collection<'a> {
    version: &'static str,
    class: &'static str,
    label: &'a str,
    updated: String,
    source: &'a str,
    note: Vec<String>,
    link: Link<'a>,
    extension: Release<'a>,
}

#[derive(Serialize)]
struct Link<'a> {
    item: Vec<Dataset<'a>>,
}

/// What JSON-stat has no field for.
#[derive(Serialize)]
struct Release<'a> {
    poll: String,
    language: &'static str,
    digest: &'a str,
}

#[derive(Serialize)]
struct Dataset<'a> {
    version: &'static str,
    class: &'static str,
    label: String,
    updated: String,
    source: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    note: Vec<String>,
    role: Role,
    id: Vec<&'static str>,
    size: Vec<usize>,
    dimension: BTreeMap<&'static str, Dimension<'a>>,
    value: BTreeMap<usize, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    status: BTreeMap<usize, String>,
    extension: Extension,
}

#[derive(Serialize)]
struct Role {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    geo: Vec<&'static str>,
    metric: [&'static str; 1],
}

/// What the codes of the other formats call this table.
#[derive(Serialize)]
struct Extension {
    breakdown: Option<&'static str>,
    exact: bool,
    complete: bool,
}

#[derive(Serialize)]
struct Dimension<'a> {
    label: &'static str,
    category: Categories<'a>,
}

#[derive(Default, Serialize)]
struct Categories<'a> {
    index: Vec<&'a str>,
    label: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unit: BTreeMap<&'a str, Unit>,
}

#[derive(Serialize)]
struct Unit {
    label: &'static str,
    decimals: u8,
}

impl<'a> Categories<'a> {
    fn put(&mut self, code: &'a str, label: &'a str) {
        if !self.index.contains(&code) {
            self.index.push(code);
            self.label.insert(code, label);
        }
    }

    /// The place of a code; every one was put there.
    fn place(&self, code: &str) -> usize {
        self.index.iter().position(|known| *known == code).unwrap_or_default()
    }
}

/// The file.
///
/// # Errors
/// When it cannot be written, which does not happen in memory.
pub fn write(results: &Results, language: Language) -> Result<Vec<u8>, Unwritten> {
    let locale = locale_of(language);
    let mut note: Vec<String> = about::withheld(results, language).into_iter().collect();
    note.extend(about::method(results, language));
    note.push(td_string!(locale, exports.percent_blurred).to_owned());
    let tables = tables(results);
    let published = tables.iter().filter(|table| !table.rows.is_empty());
    let file = Collection {
        version: "2.0",
        class: "collection",
        label: &results.title,
        updated: results.published.to_string(),
        source: &results.department_name,
        note,
        link: Link { item: published.map(|table| dataset(results, table, locale)).collect() },
        extension: Release {
            poll: results.poll.to_string(),
            language: language.tag(),
            digest: &results.digest,
        },
    };
    serde_json::to_vec(&file).map_err(|error| Unwritten::as_("JSON-stat")(&error))
}

const QUESTION: &str = "question";
const OPTION: &str = "option";
const METRIC: &str = "metric";

const fn dimension(facet: Facet) -> &'static str {
    match facet {
        Facet::Region => "region",
        Facet::AgeBand => "age_band",
        Facet::Gender => "gender",
    }
}

fn dataset<'a>(results: &'a Results, table: &Table<'a>, locale: Locale) -> Dataset<'a> {
    let dimensions = dimensions(table, locale);
    let size: Vec<usize> = dimensions.iter().map(|(_, each)| each.category.index.len()).collect();
    let (value, status) = values(table, &dimensions, &size);
    let geo = table.facets().contains(&Facet::Region).then_some(dimension(Facet::Region));
    let mut note: Vec<String> = table
        .question
        .and_then(|question| words::note(locale, &question.note))
        .into_iter()
        .collect();
    if !table.complete {
        note.push(td_string!(locale, results.rows_missing, least = results.method.least_row));
    }
    Dataset {
        version: "2.0",
        class: "dataset",
        label: label(table, locale),
        updated: results.published.to_string(),
        source: &results.department_name,
        note,
        role: Role { geo: geo.into_iter().collect(), metric: [METRIC] },
        id: dimensions.iter().map(|(id, _)| *id).collect(),
        size,
        dimension: dimensions.into_iter().collect(),
        value,
        status,
        extension: Extension {
            breakdown: table.by.map(Breakdown::code),
            exact: table.exact,
            complete: table.complete,
        },
    }
}

fn label(table: &Table, locale: Locale) -> String {
    let about = table
        .question
        .map_or(td_string!(locale, results.participation), |question| &question.title);
    table.by.map_or_else(
        || about.to_owned(),
        |by| format!("{about} – {}", words::breakdown(locale, by)),
    )
}

/// The dimensions of a table in their order.
fn dimensions<'a>(table: &Table<'a>, locale: Locale) -> Vec<(&'static str, Dimension<'a>)> {
    let mut dimensions = Vec::new();
    let mut put = |id, label, category| dimensions.push((id, Dimension { label, category }));
    if let Some(question) = table.question {
        let mut category = Categories::default();
        category.put(&question.code, &question.title);
        put(QUESTION, td_string!(locale, exports.column_question_text), category);
    }
    for (place, facet) in table.facets().iter().enumerate() {
        let mut category = Categories::default();
        for row in &table.rows {
            category.put(&row.categories[place].code, &row.categories[place].label);
        }
        if *facet == Facet::AgeBand {
            // Where the first region lacks a band, it would come after older ones.
            let age = |code: &&str| AgeBand::ALL.iter().position(|band| band.code() == *code);
            category.index.sort_by_key(|code| age(code).unwrap_or(usize::MAX));
        }
        let label = match facet {
            Facet::Region => td_string!(locale, results.region),
            Facet::AgeBand => td_string!(locale, results.age),
            Facet::Gender => td_string!(locale, results.gender),
        };
        put(dimension(*facet), label, category);
    }
    let people = || Unit { label: td_string!(locale, exports.people_unit), decimals: 0 };
    let mut metric = Categories::default();
    metric.put("count", td_string!(locale, exports.column_count));
    metric.unit.insert("count", people());
    if !table.people_only() {
        let mut options = Categories::default();
        for figure in table.rows.iter().flat_map(|row| row.figures) {
            options.put(&figure.code, &figure.label);
        }
        put(OPTION, td_string!(locale, exports.column_option_label), options);
        metric.put("percent", td_string!(locale, exports.column_percent));
        let percent = Unit { label: td_string!(locale, exports.percent_unit), decimals: 0 };
        metric.unit.insert("percent", percent);
        metric.put("base", td_string!(locale, exports.column_base));
        metric.unit.insert("base", people());
    }
    put(METRIC, td_string!(locale, exports.figure), metric);
    dimensions
}

/// Values and statuses by their place, the last dimension running fastest.
fn values(
    table: &Table,
    dimensions: &[(&'static str, Dimension)],
    size: &[usize],
) -> (BTreeMap<usize, u64>, BTreeMap<usize, String>) {
    let place = |row: &Row, figure: Option<&Figure>, metric: &str| {
        let mut facet = row.categories.iter();
        dimensions.iter().zip(size).fold(0, |place, ((id, dimension), size)| {
            let here = match *id {
                QUESTION => 0,
                OPTION => figure.map_or(0, |figure| dimension.category.place(&figure.code)),
                METRIC => dimension.category.place(metric),
                _ => facet.next().map_or(0, |category| dimension.category.place(&category.code)),
            };
            place * size + here
        })
    };
    let (mut value, mut status) = (BTreeMap::new(), BTreeMap::new());
    for row in &table.rows {
        if row.figures.is_empty() {
            value.insert(place(row, None, "count"), row.base);
        }
        for figure in row.figures {
            let place = |metric| place(row, Some(figure), metric);
            value.insert(place("count"), figure.count);
            value.insert(place("base"), row.base);
            match figure.percent {
                Percent::Exactly(percent) => {
                    value.insert(place("percent"), percent.into());
                }
                end @ (Percent::AtMost(_) | Percent::AtLeast(_)) => {
                    status.insert(place("percent"), percent(end));
                }
            }
        }
    }
    (value, status)
}
