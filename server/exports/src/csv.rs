//! A release as one long table of comma-separated values (RFC 4180, UTF-8).
//!
//! | column | what it holds |
//! | --- | --- |
//! | `question`, `question_text` | code and words of the question; blank for participation |
//! | `breakdown` | code of the breakdown; blank for everybody |
//! | `region`, `region_label`, `age_band`, `age_band_label`, `gender`, `gender_label` | whom the row is about; blank where the breakdown does not ask |
//! | `option`, `option_label` | code and words of the answer, the ends of a scale with what they mean; blank for participation and for written answers |
//! | `count` | published number of people; blank in a breakdown where few or nearly all chose the option |
//! | `percent` | published share in whole percents; where there is no count a bound of it, such as `<=5` or `>=82` |
//! | `base` | published number of people who answered; in a breakdown, where they are nearly all of a larger group of the row, the number of that one |
//! | `exact` | `true` where count and base are exact |
//! | `residents`, `responses_per_1000` | of participation, of everybody and by region: how many live there, and how many of each thousand of them took part, `<0.1` where it is less than that; blank where that is not known, and everywhere else |
//!
//! It holds the figures of the page and no others: whatever is withheld there has no line here.
//! `csvw` says the same to programs, and what no line has room for: whom the poll asked, and what stands
//! beside a question, such as that several answers could be chosen.
//!
//! Before words or a code that a spreadsheet would take for a formula stands an apostrophe, also where
//! they begin in the middle of a text: where decimals are written with a comma, spreadsheets divide a line at
//! semicolons, whatever is quoted. The other formats need none: their cells say that they hold a text.
//!
//! It begins with no mark of its encoding (BOM): programs would take it for a part of the first column's name. Excel,
//! which without one takes the letters for others, has a workbook of its own.

use crate::{
    Unwritten,
    table::{Row, Table, tables},
};
use ::csv::{Terminator, WriterBuilder};
use locales::{i18n::Locale, td_string};
use ports::{
    look::locale_of,
    views::results::{Facet, Figure, Percent, Rate, Results},
};
use questionnaire::{Breakdown, Language};
use std::io::Write;

/// The columns' names, in their order.
pub const COLUMNS: [&str; 17] = [
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
    "residents",
    "responses_per_1000",
];

/// The file, line by line.
///
/// # Errors
/// When `out` takes no more.
pub fn write(results: &Results, language: Language, out: impl Write) -> Result<(), Unwritten> {
    let failed = Unwritten::as_("CSV");
    let locale = locale_of(language);
    // Of the library's own accord a line ends with a line feed alone.
    let mut file = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    file.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for table in tables(results) {
        for row in table.rows.iter() {
            // Where only people are counted, they are the figure.
            let people = row.figures.is_empty().then_some(None);
            for figure in row.figures.iter().map(Some).chain(people) {
                let cells = cells(&table, &row, figure, locale);
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
    locale: Locale,
) -> [String; COLUMNS.len()] {
    let category = |facet: Facet| {
        let found = row.categories.iter().find(|category| category.facet == facet);
        found.map_or_else(Default::default, |found| (text(&found.code), text(&found.label)))
    };
    let (region, region_label) = category(Facet::Region);
    let (age_band, age_band_label) = category(Facet::AgeBand);
    let (gender, gender_label) = category(Facet::Gender);
    let responses = td_string!(locale, results.file_responses);
    let (question, title) =
        table.question.map_or(("", responses), |question| (&question.code, &question.title));
    let (option, option_label, count, percent) = figure.map_or_else(
        || (String::new(), String::new(), Some(row.base), String::new()),
        |figure| {
            let label = table.label(figure, locale);
            (text(&figure.code), text(&label), figure.count, percent(figure.percent))
        },
    );
    let (residents, per_1000) = row
        .residents
        .map_or_else(Default::default, |(residents, of)| (residents.to_string(), rate(of)));
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
        residents,
        per_1000,
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

/// People for each thousand as programs read them.
fn rate(rate: Rate) -> String {
    match rate.digits() {
        None => "<0.1".to_owned(),
        Some((whole, None)) => whole.to_string(),
        Some((whole, Some(tenth))) => format!("{whole}.{tenth}"),
    }
}

/// What a spreadsheet may divide a line or a file at, beside commas, which are quoted. Which it is, each
/// reader's country decides, and with another one quotes in the middle of a field quote nothing.
const DIVIDING: [char; 4] = [';', '\t', '\r', '\n'];
/// What a formula begins with.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// A text that no spreadsheet takes for a formula: whatever of it may be a cell and begins like one gets an
/// apostrophe (OWASP, "CSV Injection"). Blanks and quotes before it are not looked at: some programs take them
/// away.
///
/// Steps of a scale and bins stay as they are. Whatever a program makes of numbers alone, there is
/// no function in them to call and no address to fetch; and with an apostrophe the code of an option
/// would be another one here than in every other format. Codes that somebody chose begin with no such
/// sign, unless a poll from before that rule has one.
fn text(text: &str) -> String {
    if is_numbers(text) {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len() + 1);
    if text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    // Where the cell begins of which only blanks and quotes were seen yet.
    let mut begins = Some(safe.len());
    for letter in text.chars() {
        if let Some(at) = begins.filter(|_| FORMULA.contains(&letter)) {
            safe.insert(at, '\'');
        }
        safe.push(letter);
        if DIVIDING.contains(&letter) {
            begins = Some(safe.len());
        } else if !letter.is_whitespace() && letter != '"' {
            begins = None;
        }
    }
    safe
}

/// Whether a text is a whole number, or a range of two, as the code of a bin is.
fn is_numbers(text: &str) -> bool {
    let is_number = |text: &str| text.parse::<i64>().is_ok();
    is_number(text)
        || text.split_once("..").is_some_and(|(low, high)| is_number(low) && is_number(high))
}

#[cfg(test)]
mod tests {
    use super::{rate, text};
    use ports::views::results::Rate;
    use questionnaire::{Kind, Text};

    #[test]
    fn no_text_is_a_formula() {
        for formula in [
            "=1+1",
            "@SUM(A1)",
            "-2+3",
            "-",
            "-x",
            " =1",
            "\u{a0}=1",
            "\"=1",
            "\tParks",
            "\rParks",
            "\nParks",
            "-40..A1",
            "-40..-1..5",
            "-40..=1",
            "-40..",
            "=-40..-1",
        ] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        assert_eq!(text("18-24"), "18-24");
        assert_eq!(text("Parks = joy"), "Parks = joy");
    }

    /// Where another sign than the comma divides a line, whatever is quoted.
    #[test]
    fn no_part_of_a_text_is_a_formula() {
        for (words, safe) in [
            ("Parks;=1+1", "Parks;'=1+1"),
            ("Parks; =1+1", "Parks;' =1+1"),
            ("Parks;\t\"@A1", "Parks;\t'\"@A1"),
            ("Parks\t-A1", "Parks\t'-A1"),
            ("Parks\n+A1", "Parks\n'+A1"),
            ("=1;=2", "'=1;'=2"),
            ("\t=1", "'\t'=1"),
            // What follows it in the line is not known.
            ("Degrees;-5", "Degrees;'-5"),
        ] {
            assert_eq!(text(words), safe);
        }
        for harmless in ["Parks; woods = joy", "Parks, =1", "Parks;;", "a-b\tc+d"] {
            assert_eq!(text(harmless), harmless);
        }
    }

    #[test]
    fn rates_are_numbers_as_far_as_they_are_known() {
        let of = |people, residents| rate(Rate::of(people, residents).unwrap());
        assert_eq!(of(1, 1_000_000), "<0.1");
        assert_eq!(of(733, 212_400), "3.5");
        assert_eq!(of(1, 1000), "1.0");
        assert_eq!(of(125, 10_000), "13");
    }

    #[test]
    fn numbers_and_ranges_of_them_stay_as_they_are() {
        let steps = Kind::Scale { from: -5, to: 5, low: Text::default(), high: Text::default() };
        let bins = Kind::Number { min: i64::MIN, max: i64::MAX, bins: vec![-40, -39, 0] };
        for code in [steps, bins].iter().flat_map(Kind::categories) {
            assert_eq!(text(&code), code);
        }
    }
}
