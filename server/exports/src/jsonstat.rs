//! A release as JSON-stat 2.0, <https://json-stat.org/full/>: a collection with a dataset for each
//! table.
//!
//! - Dimensions: `question`, the facets of the breakdown (`region`, `age_band`, `gender`),
//!   `option`, and `metric`: `count` people, `percent` of `base`. Participation has no question
//!   and, like written answers, the metric `count` only, beside it `residents` where they are known.
//! - Values are given by their place, so that what is withheld is absent, not a number: absent and
//!   withheld look the same. That something is withheld, and why, the notes say: that of its dataset,
//!   of a table without one that of the question, and of a question without one that of the collection.
//! - The collection is linked to the page of results as another form of it (`alternate`).
//! - Where few or nearly all of a row chose an option the release has a bound in place of a share, so there is
//!   no value; the status says `<=5` or `>=82`. It has no count there either: the status says `not_published`.
//!
//! Each dataset is made when its turn to be written comes, and its values one after another: what
//! is in memory is the names of one table's categories.

use crate::{
    Unwritten, about,
    csv::percent,
    table::{Row, Table, tables},
};
use locales::{i18n::Locale, td_string};
use ports::{
    look::locale_of,
    views::results::{Facet, Figure, Percent, QuestionResults, Results, words},
};
use questionnaire::{AgeBand, Breakdown, Language};
use serde::{Serialize, Serializer};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    rc::Rc,
};

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
    alternate: [Page<'a>; 1],
    #[serde(serialize_with = "datasets")]
    item: Source<'a>,
}

/// The page that people read.
#[derive(Serialize)]
struct Page<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    href: &'a str,
}

/// What the datasets are made of.
struct Source<'a> {
    results: &'a Results,
    language: Language,
}

fn datasets<S: Serializer>(source: &Source, serializer: S) -> Result<S::Ok, S::Error> {
    let Source { results, language } = *source;
    let published = tables(results).into_iter().filter(|table| !table.rows.is_empty());
    serializer.collect_seq(published.map(|table| dataset(results, table, language)))
}

/// What JSON-stat has no field for.
#[derive(Serialize)]
struct Release<'a> {
    poll: String,
    /// The poll's first day and its last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<String>,
    language: &'static str,
    /// That of the poll's words, where they were not written in the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    poll_language: Option<&'static str>,
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
    #[serde(serialize_with = "dimensions")]
    dimension: Rc<Cube<'a>>,
    #[serde(serialize_with = "values")]
    value: Rc<Cube<'a>>,
    #[serde(serialize_with = "statuses", skip_serializing_if = "has_no_status")]
    status: Rc<Cube<'a>>,
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
    #[serde(skip)]
    places: HashMap<&'a str, usize>,
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
        if !self.label.contains_key(code) {
            self.places.insert(code, self.index.len());
            self.index.push(code);
            self.label.insert(code, label);
        }
    }

    /// Puts them into the order of `key`.
    fn sort_by_key(&mut self, key: impl Fn(&str) -> usize) {
        self.index.sort_by_key(|code| key(code));
        self.places = self.index.iter().enumerate().map(|(place, code)| (*code, place)).collect();
    }

    /// The place of a code; every one was put there.
    fn place(&self, code: &str) -> usize {
        self.places.get(code).copied().unwrap_or_default()
    }
}

/// The file.
///
/// # Errors
/// When `out` takes no more.
pub fn write(results: &Results, language: Language, out: impl Write) -> Result<(), Unwritten> {
    let (opened, closed) = results.open.unzip();
    let file = Collection {
        version: "2.0",
        class: "collection",
        label: &results.title,
        updated: results.published.to_string(),
        source: &results.department_name,
        note: notes(results, language),
        link: Link {
            alternate: [Page { kind: "text/html", href: &results.address }],
            item: Source { results, language },
        },
        extension: Release {
            poll: results.poll.to_string(),
            opened: opened.map(|day| day.to_string()),
            closed: closed.map(|day| day.to_string()),
            language: language.tag(),
            poll_language: results.language.map(Language::tag),
            digest: &results.digest,
        },
    };
    serde_json::to_writer(out, &file).map_err(|error| Unwritten::as_("JSON-stat")(&error))
}

/// What one has to know of the whole: the poll, what has no dataset that could say why, and the method.
fn notes(results: &Results, language: Language) -> Vec<String> {
    let locale = locale_of(language);
    let facts = about::facts(results, language).into_iter();
    let mut notes: Vec<String> =
        facts.map(|fact| format!("{}: {}", fact.name, fact.words)).collect();
    notes.extend(about::withheld(results, language));
    notes.extend(about::turnout(results, language));
    for question in results.questions.iter().filter(|question| question.headline.is_none()) {
        let gaps = absent(question, results, language);
        notes.extend(gaps.map(|words| format!("{}: {words}", question.title)));
    }
    let gaps = about::participation_gaps(results, language).into_iter();
    let participation = td_string!(locale, results.participation);
    let gaps = gaps.filter(|gap| !gap.beside_rows);
    notes.extend(gaps.map(|gap| format!("{participation}: {}", gap.words)));
    notes.extend(about::method(results, language));
    notes.push(td_string!(locale, exports.percent_blurred).to_owned());
    notes.push(td_string!(locale, exports.count_blurred).to_owned());
    notes
}

/// What of a question has no dataset, and why.
fn absent(
    question: &QuestionResults,
    results: &Results,
    language: Language,
) -> impl Iterator<Item = String> {
    let gaps = about::gaps(question, &results.method, language).into_iter();
    gaps.filter(|gap| !gap.beside_rows).map(|gap| gap.words)
}

const QUESTION: &str = "question";
const OPTION: &str = "option";
const METRIC: &str = "metric";

const RESIDENTS: &str = "residents";

/// The status of a count beside a share of which a bound is told.
const NOT_PUBLISHED: &str = "not_published";

const fn dimension(facet: Facet) -> &'static str {
    match facet {
        Facet::Region => "region",
        Facet::AgeBand => "age_band",
        Facet::Gender => "gender",
    }
}

fn dataset<'a>(results: &'a Results, table: Table<'a>, language: Language) -> Dataset<'a> {
    let locale = locale_of(language);
    let cube = Rc::new(Cube::of(table, locale));
    let geo = table.facets().contains(&Facet::Region).then_some(dimension(Facet::Region));
    let beside = table.question.map(|question| about::beside(question, language));
    let mut note: Vec<String> =
        beside.into_iter().flatten().map(|(sentence, _)| sentence).collect();
    if let Some(question) = table.question.filter(|_| table.by.is_none()) {
        note.extend(absent(question, results, language));
    }
    if !table.complete {
        note.push(words::rows_missing(locale, &results.method));
    }
    Dataset {
        version: "2.0",
        class: "dataset",
        label: label(&table, locale),
        updated: results.published.to_string(),
        source: &results.department_name,
        note,
        role: Role { geo: geo.into_iter().collect(), metric: [METRIC] },
        id: cube.dimensions.iter().map(|(id, _)| *id).collect(),
        size: cube.dimensions.iter().map(|(_, each)| each.category.index.len()).collect(),
        dimension: Rc::clone(&cube),
        value: Rc::clone(&cube),
        status: cube,
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

/// A table as JSON-stat sees it.
struct Cube<'a> {
    table: Table<'a>,
    /// In their order.
    dimensions: Vec<(&'static str, Dimension<'a>)>,
}

impl<'a> Cube<'a> {
    fn of(table: Table<'a>, locale: Locale) -> Self {
        let mut dimensions = Vec::new();
        let mut put = |id, label, category| dimensions.push((id, Dimension { label, category }));
        if let Some(question) = table.question {
            let mut category = Categories::default();
            category.put(&question.code, &question.title);
            put(QUESTION, td_string!(locale, exports.column_question_text), category);
        }
        for (place, facet) in table.facets().iter().enumerate() {
            let mut category = Categories::default();
            for row in table.rows.iter() {
                category.put(&row.categories[place].code, &row.categories[place].label);
            }
            if *facet == Facet::AgeBand {
                // Where the first region lacks a band, it would come after older ones.
                let age = |code: &str| AgeBand::ALL.iter().position(|band| band.code() == code);
                category.sort_by_key(|code| age(code).unwrap_or(usize::MAX));
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
        if table.tells_residents() {
            metric.put(RESIDENTS, td_string!(locale, results.residents_column));
            metric.unit.insert(RESIDENTS, people());
        }
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
        Self { table, dimensions }
    }

    /// Where a figure stands, the last dimension running fastest.
    fn place(&self, row: &Row, figure: Option<&Figure>, metric: &str) -> usize {
        let mut facet = row.categories.iter();
        self.dimensions.iter().fold(0, |place, (id, dimension)| {
            let here = match *id {
                QUESTION => 0,
                OPTION => figure.map_or(0, |figure| dimension.category.place(&figure.code)),
                METRIC => dimension.category.place(metric),
                _ => facet.next().map_or(0, |category| dimension.category.place(&category.code)),
            };
            place * dimension.category.index.len() + here
        })
    }

    /// The numbers with their places.
    fn values(&self) -> impl Iterator<Item = (usize, u64)> {
        self.table.rows.iter().flat_map(move |row| {
            let people =
                row.figures.is_empty().then(|| (self.place(&row, None, "count"), row.base));
            let residents =
                row.residents.map(|(people, _)| (self.place(&row, None, RESIDENTS), people));
            let figures = row.figures.iter().flat_map(move |figure| {
                let percent = match figure.percent {
                    Percent::Exactly(percent) => Some(percent.into()),
                    Percent::AtMost(_) | Percent::AtLeast(_) => None,
                };
                [("count", figure.count), ("percent", percent), ("base", Some(row.base))]
                    .into_iter()
                    .filter_map(move |(metric, value)| {
                        Some((self.place(&row, Some(figure), metric), value?))
                    })
            });
            people.into_iter().chain(residents).chain(figures)
        })
    }

    /// What stands where there is no number.
    fn statuses(&self) -> impl Iterator<Item = (usize, String)> {
        self.table.rows.iter().flat_map(move |row| {
            row.figures.iter().flat_map(move |figure| {
                let count = figure.count.is_none().then(|| NOT_PUBLISHED.to_owned());
                let percent = match figure.percent {
                    Percent::Exactly(_) => None,
                    end @ (Percent::AtMost(_) | Percent::AtLeast(_)) => Some(percent(end)),
                };
                [("count", count), ("percent", percent)].into_iter().filter_map(
                    move |(metric, status)| Some((self.place(&row, Some(figure), metric), status?)),
                )
            })
        })
    }
}

fn dimensions<S: Serializer>(cube: &Rc<Cube>, serializer: S) -> Result<S::Ok, S::Error> {
    let dimensions: BTreeMap<_, _> = cube.dimensions.iter().map(|(id, each)| (*id, each)).collect();
    serializer.collect_map(dimensions)
}

fn values<S: Serializer>(cube: &Rc<Cube>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(cube.values())
}

fn statuses<S: Serializer>(cube: &Rc<Cube>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(cube.statuses())
}

fn has_no_status(cube: &Rc<Cube>) -> bool {
    cube.statuses().next().is_none()
}
