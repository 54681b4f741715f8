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
//! What is known of the poll, and what of it is not published, stands in notes; the address of its page is the source.
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
    let facts = about::facts(results, language).into_iter();
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
        "dc:isPartOf": { "@id": format!("urn:uuid:{}", results.poll) },
        "dc:source": { "@id": results.address },
        "dc:language": languages,
        "dialect": { "header": true, "encoding": "utf-8", "delimiter": "," },
        "tableSchema": { "columns": columns },
        "notes": facts.map(fact).chain(notes(results, language)).collect::<Vec<_>>(),
    });
    if let Some((first, last)) = results.open {
        // An interval of days, with the last one (ISO 8601). Without a type it would be taken for words in the
        // language of the context.
        let days = format!("{first}/{last}");
        file["dc:temporal"] = json!({ "@value": days, "@type": "xsd:string" });
    }
    serde_json::to_writer_pretty(out, &file).map_err(|error| Unwritten::as_("CSVW")(&error))
}

/// Words, with their language where it is not the reader's.
fn spoken((words, of): (String, Option<Language>)) -> Value {
    of.map_or_else(|| json!(words), |of| json!({ "@value": words, "@language": of.tag() }))
}

/// What is known of the poll, such as what it was for. A note is made of common properties (section 5.8).
fn fact(fact: about::Fact) -> Value {
    json!({ "dc:title": fact.name, "dc:description": spoken((fact.words, fact.language)) })
}

/// What stands beside each question and what of it is not published, by its code; then what is not published of
/// who took part.
fn notes(results: &Results, language: Language) -> Vec<Value> {
    let told = |gaps: Vec<about::Gap>| gaps.into_iter().map(|gap| (gap.words, None));
    let note = |question: &QuestionResults| {
        let beside = about::beside(question, language).into_iter();
        let gaps = told(about::gaps(question, &results.method, language));
        let said: Vec<Value> = beside.chain(gaps).map(spoken).collect();
        let note = json!({ "dc:identifier": question.code, "dc:description": said });
        (!said.is_empty()).then_some(note)
    };
    let mut notes: Vec<Value> = results.questions.iter().filter_map(note).collect();
    let said: Vec<Value> = told(about::participation_gaps(results, language)).map(spoken).collect();
    if !said.is_empty() {
        let name = td_string!(locale_of(language), results.participation);
        notes.push(json!({ "dc:title": name, "dc:description": said }));
    }
    notes
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
        "residents" => Some(td_string!(locale, exports.residents_meaning)),
        "responses_per_1000" => Some(td_string!(locale, exports.rate_meaning)),
        _ => None,
    } {
        column["dc:description"] = json!(meaning);
    }
    column
}

fn datatype(name: &str) -> Value {
    match name {
        "count" | "base" | "residents" => json!({ "base": "nonNegativeInteger" }),
        "exact" => json!({ "base": "boolean" }),
        "percent" => json!({ "base": "string", "format": "(<=|>=)?[0-9]{1,3}" }),
        "responses_per_1000" => json!({ "base": "string", "format": "<0\\.1|[0-9]+(\\.[0-9])?" }),
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
        "residents" => td_string!(locale, results.residents_column),
        "responses_per_1000" => td_string!(locale, results.turnout),
        _ => td_string!(locale, exports.column_exact),
    }
}
