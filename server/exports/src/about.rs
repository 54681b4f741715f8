//! What a reader has to know beside the figures: who asked whom when, and how they were made.

use locales::{i18n::Locale, td_string};
use ports::{
    look::{date, locale_of},
    views::results::{Method, QuestionResults, Results, words},
};
use questionnaire::{Breakdown, Language};

/// What is known of a poll.
pub struct Fact {
    /// Its name.
    pub name: &'static str,
    /// In words.
    pub words: String,
    /// Their language where it is not the reader's.
    pub language: Option<Language>,
}

/// The facts in the order of the results page.
#[must_use]
pub fn facts(results: &Results, language: Language) -> Vec<Fact> {
    let locale = locale_of(language);
    let fact = |name, words| Fact { name, words, language: None };
    let mut facts = vec![
        fact(td_string!(locale, results.asked_by), results.department_name.clone()),
        Fact {
            language: results.language,
            ..fact(td_string!(locale, exports.purpose), results.purpose.clone())
        },
        fact(td_string!(locale, results.audience), words::in_one_line(&results.audience)),
    ];
    if let Some(open) = results.open {
        facts.push(fact(td_string!(locale, results.open), words::days(locale, open)));
    }
    let decided = if results.withheld.is_some() {
        td_string!(locale, results.withheld)
    } else {
        td_string!(locale, results.published)
    };
    facts.push(fact(decided, date(locale, results.published)));
    if let Some(responses) = results.responses {
        facts.push(fact(td_string!(locale, results.responses), words::count(locale, responses)));
        if let Some((residents, rate)) = results.residents {
            let residents = words::count(locale, residents);
            facts.push(fact(td_string!(locale, results.residents), residents));
            facts.push(fact(td_string!(locale, results.turnout), words::rate(locale, rate)));
        }
    }
    if let Some(outcome) = &results.outcome {
        facts.push(Fact {
            language: results.outcome_language,
            ..fact(td_string!(locale, results.outcome), outcome.clone())
        });
    }
    facts
}

/// What stands beside a question, a sentence each, with their language where it is not the reader's: what
/// helped to answer it, whether it could be left out, and what one has to know to read its figures.
#[must_use]
pub fn beside(question: &QuestionResults, language: Language) -> Vec<(String, Option<Language>)> {
    let locale = locale_of(language);
    let hint = question.hint.clone().map(|hint| (hint, question.language));
    let own = [words::optional(locale, question.required), words::note(locale, &question.note)];
    hint.into_iter().chain(own.into_iter().flatten().map(|words| (words, None))).collect()
}

/// What is not published, and why.
pub struct Gap {
    /// In words.
    pub words: String,
    /// Whether the table that lacks rows has others, so that it can say it itself.
    pub beside_rows: bool,
}

/// What of a question is not published: all of it, its breakdowns, or rows of them.
#[must_use]
pub fn gaps(question: &QuestionResults, method: &Method, language: Language) -> Vec<Gap> {
    let locale = locale_of(language);
    let withheld = question.withheld.map(|reason| words::question_withheld(locale, reason, method));
    // Of written answers there would be none.
    let broken_down = question.headline.as_ref().is_some_and(|all| !all.figures.is_empty());
    let none = question.breakdowns_withheld.filter(|_| broken_down);
    let none = none.map(|_| words::breakdowns_withheld(locale, method));
    let tables = question.breakdowns.iter();
    let tables = tables.map(|table| (table.by, table.rows.is_empty(), table.complete));
    let rows = rows_lacking(tables.collect(), method, locale);
    let whole = withheld.into_iter().chain(none);
    whole.map(|words| Gap { words, beside_rows: false }).chain(rows).collect()
}

/// Which rows of the tables about who took part are not published.
#[must_use]
pub fn participation_gaps(results: &Results, language: Language) -> Vec<Gap> {
    let (method, locale) = (&results.method, locale_of(language));
    let tables = results.participation.iter();
    let tables = tables.map(|table| (table.by, table.rows.is_empty(), table.complete));
    rows_lacking(tables.collect(), method, locale).collect()
}

/// Which breakdowns have no rows, and which lack some, of all of them with whether they are empty and whether
/// they are complete. Each of the two reasons stands once, after the names of those that it holds of.
fn rows_lacking(
    tables: Vec<(Breakdown, bool, bool)>,
    method: &Method,
    locale: Locale,
) -> impl Iterator<Item = Gap> + use<> {
    let (none, some): (Vec<_>, Vec<_>) = tables
        .into_iter()
        .filter(|(_, empty, complete)| *empty || !complete)
        .partition(|(_, empty, _)| *empty);
    let reasons = [
        (none, words::rows_none(locale, method), false),
        (some, words::rows_missing(locale, method), true),
    ];
    reasons.into_iter().filter(|(of, ..)| !of.is_empty()).map(move |(of, why, beside_rows)| {
        let names = of.into_iter().map(|(by, ..)| words::breakdown(locale, by));
        let words = format!("{}. {why}", names.collect::<Vec<_>>().join("; "));
        Gap { words, beside_rows }
    })
}

/// The page's address where there is little room: of its scheme a reader needs nothing.
#[must_use]
pub fn short(results: &Results) -> &str {
    results.address.split_once("://").map_or(results.address.as_str(), |(_, rest)| rest)
}

/// Why nothing at all is published.
#[must_use]
pub fn withheld(results: &Results, language: Language) -> Option<String> {
    let method = &results.method;
    results.withheld.map(|reason| words::poll_withheld(locale_of(language), reason, method))
}

/// What the residents among the facts are, and what they say of the answers.
#[must_use]
pub fn turnout(results: &Results, language: Language) -> Option<String> {
    let said = results.responses.is_some() && results.residents.is_some();
    said.then(|| td_string!(locale_of(language), results.turnout_note).to_owned())
}

/// How the figures were made, a sentence each; the last are the parameters.
#[must_use]
pub fn method(results: &Results, language: Language) -> Vec<String> {
    let locale = locale_of(language);
    let mut sentences = words::method(locale, &results.method);
    sentences.push(words::parameters(locale, &results.method));
    sentences
}

/// The release in one paragraph, for formats that have room for one.
#[must_use]
pub fn description(results: &Results, language: Language) -> String {
    let method = withheld(results, language).into_iter().chain(method(results, language));
    td_string!(
        locale_of(language),
        exports.description,
        title = results.title.clone(),
        department = results.department_name.clone(),
        audience = words::in_one_line(&results.audience),
        method = method.collect::<Vec<_>>().join(" ")
    )
}
