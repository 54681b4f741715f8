//! A release as one long table of comma-separated values (RFC 4180, UTF-8).
//!
//! | column | what it holds |
//! | --- | --- |
//! | `question`, `question_text` | code and words of the question; blank for participation |
//! | `breakdown` | code of the breakdown; blank for everybody |
//! | `region`, `region_label`, `age_band`, `age_band_label`, `gender`, `gender_label` | whom the row is about; blank where the breakdown does not ask |
//! | `option`, `option_label` | code and words of the answer; blank for participation and for written answers |
//! | `count` | published number of people; blank at the ends of a breakdown |
//! | `percent` | published share in whole percents; `<=5` and `>=95` at the ends of a breakdown |
//! | `base` | published number of people who answered |
//! | `exact` | `true` where count and base are exact |
//!
//! It holds the figures of the page and no others: whatever is withheld there has no line here.
//! `csvw` says the same to programs.

use crate::{
    Unwritten,
    table::{Row, Table, tables},
};
use locales::td_string;
use ports::{
    look::locale_of,
    views::results::{Facet, Figure, Percent, Results},
};
use questionnaire::{Breakdown, Language};
use std::io::Write;

/// The columns' names, in their order.
pub const COLUMNS: [&str; 15] = [
    "question",
    "question_text",
    "breakdown",
    "region",
    "region_label",
    "age_band",
    "age_band_label",
    "gender",
    "gender_label",
    "option",
    "option_label",
    "count",
    "percent",
    "base",
    "exact",
];

/// The file, line by line.
///
/// # Errors
/// When `out` takes no more.
pub fn write(results: &Results, language: Language, out: impl Write) -> Result<(), Unwritten> {
    let failed = Unwritten::as_("CSV");
    let responses = td_string!(locale_of(language), results.file_responses);
    let mut file = ::csv::Writer::from_writer(out);
    file.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for table in tables(results) {
        for row in table.rows.iter() {
            // Where only people are counted, they are the figure.
            let people = row.figures.is_empty().then_some(None);
            for figure in row.figures.iter().map(Some).chain(people) {
                let cells = cells(&table, &row, figure, responses);
                file.write_record(cells).map_err(|error| failed(&error))?;
            }
        }
    }
    file.flush().map_err(|error| failed(&error))
}

fn cells(
    table: &Table,
    row: &Row,
    figure: Option<&Figure>,
    responses: &str,
) -> [String; COLUMNS.len()] {
    let category = |facet: Facet| {
        let found = row.categories.iter().find(|category| category.facet == facet);
        found.map_or_else(Default::default, |found| (text(&found.code), text(&found.label)))
    };
    let (region, region_label) = category(Facet::Region);
    let (age_band, age_band_label) = category(Facet::AgeBand);
    let (gender, gender_label) = category(Facet::Gender);
    let (question, title) =
        table.question.map_or(("", responses), |question| (&question.code, &question.title));
    let (option, option_label, count, percent) = figure.map_or_else(
        || (String::new(), String::new(), Some(row.base), String::new()),
        |figure| (text(&figure.code), text(&figure.label), figure.count, percent(figure.percent)),
    );
    [
        text(question),
        text(title),
        table.by.map_or("", Breakdown::code).to_owned(),
        region,
        region_label,
        age_band,
        age_band_label,
        gender,
        gender_label,
        option,
        option_label,
        count.map(|count| count.to_string()).unwrap_or_default(),
        percent,
        row.base.to_string(),
        table.exact.to_string(),
    ]
}

/// A share as programs read it.
#[must_use]
pub fn percent(percent: Percent) -> String {
    match percent {
        Percent::AtMost(percent) => format!("<={percent}"),
        Percent::Exactly(percent) => percent.to_string(),
        Percent::AtLeast(percent) => format!(">={percent}"),
    }
}

/// A text that no spreadsheet takes for a formula: one that begins like it gets an apostrophe
/// (OWASP, "CSV injection"). A plain negative number is no formula.
fn text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<i64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_text_is_a_formula() {
        for formula in ["=1+1", "+7", "@SUM(A1)", "-2+3", "\t=1", "\r=1", "-10..5"] {
            let safe = text(formula);
            assert!(safe.starts_with('\'') || safe.parse::<i64>().is_ok(), "{formula:?}: {safe:?}");
        }
        assert_eq!(text("-3"), "-3");
        assert_eq!(text("18-24"), "18-24");
        assert_eq!(text("Parks = joy"), "Parks = joy");
    }
}
