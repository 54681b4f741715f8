//! A release as sheets of a workbook: what XLSX and ODS have in common.
//!
//! A cover tells what it is; then one sheet for everybody, one for each breakdown with all
//! questions, and one for participation. A sheet is a long table with its names in the first line
//! and a filter on each column: "my region, this question" are two choices. Codes stand beside
//! words, for whoever computes on. Lines are made when a program's format asks for them. What one has to
//! know of a question to read its figures, and what of it is not published, stands on the cover, once.

use crate::{
    about,
    table::{Row, Table, tables},
};
use locales::{i18n::Locale, td_string};
use ports::{
    look::locale_of,
    views::results::{Facet, Figure, Percent, QuestionResults, Rate, Results, words},
};
use questionnaire::{Breakdown, Language};

/// Rows that a sheet can have in the programs that open it (2^20), less the head and some room.
const MOST_ROWS: usize = 1_000_000;

/// A workbook.
pub struct Book<'a> {
    /// The cover sheet's name.
    pub about: String,
    /// The poll's title.
    pub title: String,
    /// What stands on the cover: a name, which may be blank, and what it names.
    pub cover: Vec<(String, String)>,
    /// The sheets with figures.
    pub sheets: Vec<Sheet<'a>>,
}

/// A sheet with figures.
pub struct Sheet<'a> {
    /// Its name: valid and unique in the workbook.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    tables: Vec<Table<'a>>,
    /// Lines of the tables that stand on earlier sheets.
    before: usize,
    locale: Locale,
}

impl Sheet<'_> {
    /// Its lines, as long as the columns.
    pub fn lines(&self) -> impl Iterator<Item = Vec<Cell>> {
        let residents = self.tables.iter().any(Table::tells_residents);
        let lines = self.tables.iter().flat_map(move |table| {
            let locale = self.locale;
            table.rows.iter().flat_map(move |row| lines(table, row, residents, locale))
        });
        lines.skip(self.before).take(MOST_ROWS)
    }
}

/// A column.
pub struct Column {
    /// Its name in the first line.
    pub title: &'static str,
    /// Its width in characters.
    pub width: u8,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words or a code; blank where there is none, and where a count is not published.
    Text(String),
    /// A whole number, of people or of people for each thousand.
    Count(u64),
    /// A share between 0 and 1, to be shown in whole percents.
    Share(f64),
    /// A number that is shown with one decimal, also where that is nought.
    Tenths(f64),
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The workbook of a release.
#[must_use]
pub fn book(results: &Results, language: Language) -> Book<'_> {
    let locale = locale_of(language);
    let mut names = Names(vec![]);
    let about = names.take(td_string!(locale, exports.about));
    let (questions, participation): (Vec<_>, Vec<_>) =
        tables(results).into_iter().partition(|table| table.question.is_some());
    let mut sheets = Vec::new();
    for by in [None].into_iter().chain(results.planned.iter().copied().map(Some)) {
        let tables: Vec<Table> = questions.iter().copied().filter(|table| table.by == by).collect();
        let name = by.map_or_else(
            || td_string!(locale, results.headlines).to_owned(),
            |by| words::breakdown(locale, by),
        );
        push(&mut sheets, &mut names, locale, (&name, || columns(by, locale), tables));
    }
    let name = td_string!(locale, results.participation);
    let residents = participation.iter().any(Table::tells_residents);
    let columns = || participation_columns(residents, locale);
    push(&mut sheets, &mut names, locale, (name, columns, participation));
    Book { about, title: results.title.clone(), cover: cover(results, language), sheets }
}

/// Adds a sheet, or several where one cannot hold all lines; none where there are no lines.
fn push<'a>(
    sheets: &mut Vec<Sheet<'a>>,
    names: &mut Names,
    locale: Locale,
    (name, columns, tables): (&str, impl Fn() -> Vec<Column>, Vec<Table<'a>>),
) {
    let rows = tables.iter().flat_map(|table| table.rows.iter());
    let lines: usize = rows.map(|row| row.figures.len().max(1)).sum();
    for number in 1..=lines.div_ceil(MOST_ROWS) {
        let name = if number == 1 {
            names.take(name)
        } else {
            let name = name.to_owned();
            let words = td_string!(locale, exports.sheet_continued, name = name, number = number);
            names.take(&words)
        };
        let (tables, before) = (tables.clone(), (number - 1) * MOST_ROWS);
        sheets.push(Sheet { name, columns: columns(), tables, before, locale });
    }
}

fn cover(results: &Results, language: Language) -> Vec<(String, String)> {
    let locale = locale_of(language);
    let mut cover: Vec<(String, String)> = about::facts(results, language)
        .into_iter()
        .map(|fact| (fact.name.to_owned(), fact.words))
        .collect();
    let beside = [about::withheld(results, language), about::turnout(results, language)];
    cover.extend(beside.into_iter().flatten().map(|words| (String::new(), words)));
    for question in &results.questions {
        let beside = about::beside(question, language).into_iter().map(|(words, _)| words);
        let gaps = about::gaps(question, &results.method, language).into_iter();
        named(&mut cover, &question.title, beside.chain(gaps.map(|gap| gap.words)));
    }
    let gaps = about::participation_gaps(results, language).into_iter();
    named(&mut cover, td_string!(locale, results.participation), gaps.map(|gap| gap.words));
    let method = about::method(results, language);
    named(&mut cover, td_string!(locale, results.method), method.into_iter());
    let poll = (td_string!(locale, exports.address).to_owned(), results.address.clone());
    cover.push(poll);
    cover.push((td_string!(locale, results.digest).to_owned(), results.digest.clone()));
    cover
}

/// Adds lines of which the first has a name; none where there are none.
fn named(cover: &mut Vec<(String, String)>, name: &str, lines: impl Iterator<Item = String>) {
    cover.extend(lines.enumerate().map(|(line, words)| {
        let name = if line == 0 { name } else { "" };
        (name.to_owned(), words)
    }));
}

const CODE: u8 = 14;
const WORDS: u8 = 28;
const NUMBER: u8 = 12;

fn facet_columns(facets: &[Facet], locale: Locale) -> impl Iterator<Item = Column> {
    facets.iter().flat_map(move |facet| {
        let (code, words) = match facet {
            Facet::Region => {
                (td_string!(locale, exports.column_region), td_string!(locale, results.region))
            }
            Facet::AgeBand => {
                (td_string!(locale, exports.column_age_band), td_string!(locale, results.age))
            }
            Facet::Gender => {
                (td_string!(locale, exports.column_gender), td_string!(locale, results.gender))
            }
        };
        [Column { title: code, width: CODE }, Column { title: words, width: WORDS }]
    })
}

fn columns(by: Option<Breakdown>, locale: Locale) -> Vec<Column> {
    let column = |title, width| Column { title, width };
    let mut columns = vec![
        column(td_string!(locale, exports.column_question), CODE),
        column(td_string!(locale, exports.column_question_text), 2 * WORDS),
    ];
    columns.extend(facet_columns(by.map_or(&[], Facet::of), locale));
    columns.extend([
        column(td_string!(locale, exports.column_option), CODE),
        column(td_string!(locale, exports.column_option_label), WORDS),
        column(td_string!(locale, exports.column_count), NUMBER),
        column(td_string!(locale, exports.column_percent), NUMBER + 4),
        column(td_string!(locale, exports.column_base), NUMBER),
    ]);
    if by.is_none() {
        columns.push(column(td_string!(locale, exports.column_exact), NUMBER));
    }
    columns
}

/// The lines of a row: one for each figure, or one where only people are counted.
fn lines<'a>(
    table: &Table<'a>,
    row: Row<'a>,
    residents: bool,
    locale: Locale,
) -> impl Iterator<Item = Vec<Cell>> + use<'a> {
    let table = *table;
    let people = row.figures.is_empty().then_some(None);
    row.figures.iter().map(Some).chain(people).map(move |figure| match table.question {
        Some(question) => answers(question, &table, &row, figure, locale),
        None => participants(&table, &row, residents, locale),
    })
}

fn answers(
    question: &QuestionResults,
    table: &Table,
    row: &Row,
    figure: Option<&Figure>,
    locale: Locale,
) -> Vec<Cell> {
    let mut line: Vec<Cell> = vec![(&question.code).into(), (&question.title).into()];
    line.extend(
        row.categories
            .iter()
            .flat_map(|category| [&category.code, &category.label])
            .map(Cell::from),
    );
    match figure {
        Some(figure) => line.extend([
            (&figure.code).into(),
            Cell::Text(table.label(figure, locale)),
            figure.count.map_or_else(|| "".into(), Cell::Count),
            share(figure.percent, locale),
        ]),
        None => line.extend(["".into(), "".into(), Cell::Count(row.base), "".into()]),
    }
    line.push(Cell::Count(row.base));
    if table.by.is_none() {
        line.push(yes_no(table.exact, locale));
    }
    line
}

/// The columns of participation; `residents` is whether they are known of anybody.
fn participation_columns(residents: bool, locale: Locale) -> Vec<Column> {
    let column = |title, width| Column { title, width };
    let facets = [Facet::Region, Facet::AgeBand, Facet::Gender];
    let mut columns = vec![column(td_string!(locale, exports.column_breakdown), WORDS)];
    columns.extend(facet_columns(&facets, locale));
    columns.push(column(td_string!(locale, exports.column_count), NUMBER));
    columns.push(column(td_string!(locale, exports.column_exact), NUMBER));
    if residents {
        columns.push(column(td_string!(locale, results.residents_column), NUMBER));
        columns.push(column(td_string!(locale, results.turnout), NUMBER + 4));
    }
    columns
}

fn participants(table: &Table, row: &Row, residents: bool, locale: Locale) -> Vec<Cell> {
    let by = table.by.map_or_else(
        || td_string!(locale, results.headlines).to_owned(),
        |by| words::breakdown(locale, by),
    );
    let mut line = vec![Cell::Text(by)];
    for facet in [Facet::Region, Facet::AgeBand, Facet::Gender] {
        let category = row.categories.iter().find(|category| category.facet == facet);
        let (code, label) = category.map_or(("", ""), |found| (&found.code, &found.label));
        line.extend([code.into(), label.into()]);
    }
    line.extend([Cell::Count(row.base), yes_no(table.exact, locale)]);
    if residents {
        let known = row.residents;
        line.push(known.map_or_else(|| "".into(), |(residents, _)| Cell::Count(residents)));
        line.push(known.map_or_else(|| "".into(), |(_, rate)| of_each_thousand(rate, locale)));
    }
    line
}

fn yes_no(yes: bool, locale: Locale) -> Cell {
    if yes { td_string!(locale, common.yes) } else { td_string!(locale, common.no) }.into()
}

/// A number where it is one; where the release only tells an end, the page's words.
fn share(percent: Percent, locale: Locale) -> Cell {
    match percent {
        Percent::Exactly(percent) => Cell::Share(f64::from(percent) / 100.0),
        Percent::AtMost(_) | Percent::AtLeast(_) => Cell::Text(words::percent(locale, percent)),
    }
}

/// A number where it is one; of the smallest the page's words.
fn of_each_thousand(rate: Rate, locale: Locale) -> Cell {
    match rate.digits() {
        None => Cell::Text(words::rate(locale, rate)),
        Some((whole, None)) => Cell::Count(whole),
        Some((whole, Some(tenth))) => {
            // Less than 100: from ten on there are no tenths.
            let tenths = u8::try_from(whole * 10 + tenth).unwrap_or(u8::MAX);
            Cell::Tenths(f64::from(tenths) / 10.0)
        }
    }
}

/// The names of a workbook's sheets, in lower case.
struct Names(Vec<String>);

impl Names {
    /// What a sheet is called that wants to be called so: at most 31 characters, none of
    /// `[]:*?/\`, no apostrophe at an end, and like no other, whatever the case (the rules of
    /// Excel, which are the narrowest).
    fn take(&mut self, wanted: &str) -> String {
        let clean: String =
            wanted.chars().filter(|c| !c.is_control() && !"[]:*?/\\".contains(*c)).collect();
        let clean = clean.trim_matches(['\'', ' ']);
        let clean = if clean.is_empty() { "1" } else { clean };
        let mut number = 1;
        loop {
            let end = if number == 1 { String::new() } else { format!(" {number}") };
            let name: String = clean.chars().take(31 - end.len()).chain(end.chars()).collect();
            if !self.0.contains(&name.to_lowercase()) {
                self.0.push(name.to_lowercase());
                return name;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Names, of_each_thousand};
    use locales::i18n::Locale;
    use ports::views::results::Rate;

    #[test]
    fn rates_have_as_many_decimals_as_on_the_page() {
        let cell = |people| of_each_thousand(Rate::of(people, 10_000).unwrap(), Locale::en);
        assert_eq!(cell(10), Cell::Tenths(1.0));
        assert_eq!(cell(35), Cell::Tenths(3.5));
        assert_eq!(cell(125), Cell::Count(13));
    }

    #[test]
    fn sheets_have_names_that_programs_take() {
        let mut names = Names(vec![]);
        assert_eq!(names.take("By region"), "By region");
        assert_eq!(names.take("BY REGION"), "BY REGION 2");
        assert_eq!(names.take("a/b:[c]*?\\'"), "abc");
        assert_eq!(names.take("?"), "1");
        let long = "По регионам и возрасту и полу и образованию";
        let (first, second) = (names.take(long), names.take(long));
        assert_eq!(first.chars().count(), 31);
        assert_eq!(second.chars().count(), 31);
        assert_ne!(first, second);
    }
}
