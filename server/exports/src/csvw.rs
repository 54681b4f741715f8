//! What the columns of the CSV mean, for programs: W3C "Metadata Vocabulary for Tabular Data"
//! (CSVW), <https://www.w3.org/TR/tabular-metadata/>.
//!
//! The titles of the columns are given in every language. The first title of each is the name that
//! stands in the file's first line: a reader compares them (section 5.4.3).
//!
//! A column is said to be in a language only where all of it is. Where a poll was not written in the
//! reader's, its questions and options share their columns with words of the portal: these columns
//! are said to be in none (section 5.7, "und"), and the file in both.
//!
//! No licence is named: under which one a department publishes is not the portal's to say.

use crate::{Unwritten, about, csv::COLUMNS};
use locales::{i18n::Locale, td_string};
use ports::{
    look::locale_of,
    views::results::{QuestionResults, Results},
};
use questionnaire::Language;
use serde_json::{Value, json};
use std::io::Write;

/// The description.
///
/// # Errors
/// When `out` takes no more.
pub fn write(results: &Results, language: Language, out: impl Write) -> Result<(), Unwritten> {
    let own = language.tag();
    let (title, languages) = results.language.map_or_else(
        || (json!(results.title), json!(own)),
        |of| {
            let title = json!({ "@value": results.title, "@language": of.tag() });
            (title, json!([own, of.tag()]))
        },
    );
    let columns = COLUMNS.map(|name| column(name, language, results.language.is_none()));
    let mut file = json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": own }],
        // The address that the table was fetched from, relative to this description. It always
        // names the language, as the link in the table's answer does.
        "url": format!("results.csv?lang={language}"),
        "dc:title": title,
        "dc:description": about::description(results, language),
        "dc:publisher": results.department_name,
        "dc:issued": { "@value": results.published.to_string(), "@type": "xsd:date" },
        "dc:identifier": results.digest,
        "dc:language": languages,
        "dialect": { "header": true, "encoding": "utf-8", "delimiter": "," },
        "tableSchema": { "columns": columns },
    });
    let notes = notes(results, language);
    if !notes.is_empty() {
        file["notes"] = json!(notes);
    }
    serde_json::to_writer_pretty(out, &file).map_err(|error| Unwritten::as_("CSVW")(&error))
}

/// What stands beside each question, by its code. A note is made of common properties (section 5.8).
fn notes(results: &Results, language: Language) -> Vec<Value> {
    let note = |question: &QuestionResults| {
        let words = |(words, of): (String, Option<Language>)| {
            of.map_or_else(|| json!(words), |of| json!({ "@value": words, "@language": of.tag() }))
        };
        let said: Vec<Value> = about::beside(question, language).into_iter().map(words).collect();
        let note = json!({ "dc:identifier": question.code, "dc:description": said });
        (!said.is_empty()).then_some(note)
    };
    results.questions.iter().filter_map(note).collect()
}

/// A column; `own` is whether the poll was written in the reader's language.
fn column(name: &str, language: Language, own: bool) -> Value {
    let titles: serde_json::Map<String, Value> = Language::ALL
        .into_iter()
        .map(|each| (each.tag().to_owned(), json!([name, title(name, locale_of(each))])))
        .collect();
    let mut column = json!({ "name": name, "titles": titles, "datatype": datatype(name) });
    // An empty cell is no value.
    column["null"] = json!("");
    let of_poll = matches!(name, "question_text" | "option_label");
    if (of_poll && own) || (name.ends_with("_label") && !of_poll) {
        column["lang"] = json!(language.tag());
    }
    let locale = locale_of(language);
    if let Some(meaning) = match name {
        "breakdown" => Some(td_string!(locale, exports.breakdown_code)),
        "count" => Some(td_string!(locale, exports.count_blurred)),
        "percent" => Some(td_string!(locale, exports.percent_blurred)),
        "base" => Some(td_string!(locale, exports.base_meaning)),
        "exact" => Some(td_string!(locale, exports.exact_meaning)),
        _ => None,
    } {
        column["dc:description"] = json!(meaning);
    }
    column
}

fn datatype(name: &str) -> Value {
    match name {
        "count" | "base" => json!({ "base": "nonNegativeInteger" }),
        "exact" => json!({ "base": "boolean" }),
        "percent" => json!({ "base": "string", "format": "(<=|>=)?[0-9]{1,3}" }),
        _ => json!({ "base": "string" }),
    }
}

/// A column's name in words.
fn title(name: &str, locale: Locale) -> &'static str {
    match name {
        "question" => td_string!(locale, exports.column_question),
        "question_text" => td_string!(locale, exports.column_question_text),
        "breakdown" => td_string!(locale, exports.column_breakdown),
        "region" => td_string!(locale, exports.column_region),
        "region_label" => td_string!(locale, exports.column_region_label),
        "age_band" => td_string!(locale, exports.column_age_band),
        "age_band_label" => td_string!(locale, exports.column_age_band_label),
        "gender" => td_string!(locale, exports.column_gender),
        "gender_label" => td_string!(locale, exports.column_gender_label),
        "option" => td_string!(locale, exports.column_option),
        "option_label" => td_string!(locale, exports.column_option_label),
        "count" => td_string!(locale, exports.column_count),
        "percent" => td_string!(locale, exports.column_percent),
        "base" => td_string!(locale, exports.column_base),
        _ => td_string!(locale, exports.column_exact),
    }
}
