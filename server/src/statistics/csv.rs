//! A release as one long table of comma-separated values (RFC 4180, UTF-8).
//!
//! | column | what it holds |
//! | --- | --- |
//! | `question`, `question_text` | code and words of the question; blank for participation |
//! | `breakdown` | code of the breakdown; blank for everybody |
//! | `region`, `region_label`, `age_band`, `age_band_label`, `gender`, `gender_label` | whom the row is about; blank where the breakdown does not ask |
//! | `option`, `option_label` | code and words of the answer; blank for participation |
//! | `count` | published number of people |
//! | `percent` | published share in whole percents; `<=5` and `>=95` at the ends of a breakdown |
//! | `base` | published number of people who answered |
//! | `exact` | `true` where count and base are exact |
//!
//! It holds the figures of the page and no others: whatever is withheld there has no line here.

use crate::{
    error::while_,
    staff::log,
    statistics::{StatisticsPort, may_see},
};
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use locales::td_string;
use ports::{
    actions::Action,
    caller::Caller,
    failure::Failure,
    look::{Look, locale_of},
    views::results::{Category, FILTERS, Facet, Figure, Percent, Results},
};
use questionnaire::{Breakdown, Language};
use std::sync::Arc;
use uuid::Uuid;

/// Rises when the columns change, so that no cache gives an old file for a new one.
const FORMAT: u32 = 1;

const COLUMNS: [&str; 15] = [
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

/// The exports' addresses.
pub fn routes<S: Clone + Send + Sync + 'static>(statistics: Arc<StatisticsPort>) -> Router<S> {
    Router::new().route("/polls/{poll}/results.csv", get(download)).with_state(statistics)
}

/// The file of a published poll. Like the page it belongs to everybody.
async fn download(
    State(statistics): State<Arc<StatisticsPort>>,
    Path(poll): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let mut language = Look::of(&headers).language;
    let query = query.unwrap_or_default();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if key == "lang" {
            language = value.parse().unwrap_or(language);
        } else if key == "by" || FILTERS.contains(&key.as_ref()) {
            return no_filters(language);
        }
    }
    let Ok(poll) = poll.parse::<Uuid>() else { return StatusCode::NOT_FOUND.into_response() };
    match file(&statistics, poll, language, &headers, &extensions).await {
        Ok(response) => response,
        Err(failure) => StatusCode::from_u16(failure.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response(),
    }
}

/// There is nothing to choose from; the answer says why.
fn no_filters(language: Language) -> Response {
    let why = td_string!(locale_of(language), results.file_unknown_filter);
    // Not text/plain: the error page would take its place.
    let page = maud::html! {
        (maud::DOCTYPE)
        html lang=(language.tag()) {
            head { meta charset="utf-8"; title { (td_string!(locale_of(language), results.title)) } }
            body { main { p { (why) } } }
        }
    };
    (StatusCode::NOT_FOUND, page).into_response()
}

async fn file(
    statistics: &StatisticsPort,
    poll: Uuid,
    language: Language,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Response, Failure> {
    let results = statistics.published(poll, language).await?;
    let tag = format!("\"{}-{language}-{FORMAT}\"", results.digest);
    let known =
        headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(
            |tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag),
        );
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        note_export(statistics, &results, extensions).await?;
        let name = format!("attachment; filename=\"results-{poll}-{language}.csv\"");
        let kind = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        (kind, write(&results, language)?).into_response()
    };
    let said = response.headers_mut();
    said.insert(header::ETAG, HeaderValue::from_str(&tag).map_err(while_("naming an export"))?);
    // The language may come from a cookie, so nobody keeps it for others.
    said.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Writes down that somebody of the department's staff took the file; citizens are not noted.
async fn note_export(
    statistics: &StatisticsPort,
    results: &Results,
    extensions: &Extensions,
) -> Result<(), Failure> {
    let Some(person) = extensions.get::<Caller>().and_then(|caller| caller.0.as_ref()) else {
        return Ok(());
    };
    if may_see(person, results.department).is_err() {
        return Ok(());
    }
    let (actor, department) = (Some(person.account), Some(results.department));
    let details = serde_json::json!({ "format": "csv" });
    let platform = &statistics.platform;
    let action = Action::StatisticsExported;
    log::record(&platform.db, platform, actor, department, action, Some(results.poll), details)
        .await
}

/// One line of the file, without the question that it belongs to.
struct Line<'a> {
    by: Option<Breakdown>,
    categories: &'a [Category],
    figure: Option<&'a Figure>,
    count: u64,
    base: u64,
    exact: bool,
}

/// The file.
///
/// # Errors
/// When it cannot be written, which does not happen in memory.
pub fn write(results: &Results, language: Language) -> Result<Vec<u8>, Failure> {
    let mut file = ::csv::Writer::from_writer(Vec::new());
    let failed = "writing an export";
    file.write_record(COLUMNS).map_err(while_(failed))?;
    let mut line = |code: &str, title: &str, line: &Line| {
        file.write_record(cells(code, title, line)).map_err(while_(failed))
    };

    let title = td_string!(locale_of(language), results.file_responses);
    if let Some(responses) = results.responses {
        let (count, base) = (responses, responses);
        let all = Line { by: None, categories: &[], figure: None, count, base, exact: true };
        line("", title, &all)?;
        for table in &results.participation {
            for (categories, count) in &table.rows {
                let (by, count) = (Some(table.by), *count);
                line(
                    "",
                    title,
                    &Line { by, categories, count, base: count, exact: false, figure: None },
                )?;
            }
        }
    }
    for question in &results.questions {
        if let Some(headline) = &question.headline {
            for figure in &headline.figures {
                let (base, exact) = (headline.base, headline.exact);
                let count = figure.count;
                let figure = Some(figure);
                let all = Line { by: None, categories: &[], figure, count, base, exact };
                line(&question.code, &question.title, &all)?;
            }
        }
        for table in &question.breakdowns {
            for row in &table.rows {
                for figure in &row.figures {
                    let (by, categories, base) = (Some(table.by), &row.categories[..], row.base);
                    let count = figure.count;
                    let figure = Some(figure);
                    let cell = Line { by, categories, figure, count, base, exact: false };
                    line(&question.code, &question.title, &cell)?;
                }
            }
        }
    }
    file.into_inner().map_err(while_(failed))
}

fn cells(code: &str, title: &str, line: &Line) -> [String; COLUMNS.len()] {
    let category = |facet: Facet| {
        let found = line.categories.iter().find(|category| category.facet == facet);
        found.map_or_else(Default::default, |found| (text(&found.code), text(&found.label)))
    };
    let (region, region_label) = category(Facet::Region);
    let (age_band, age_band_label) = category(Facet::AgeBand);
    let (gender, gender_label) = category(Facet::Gender);
    let (option, option_label, percent) = line.figure.map_or_else(Default::default, |figure| {
        (text(&figure.code), text(&figure.label), percent(figure.percent))
    });
    [
        text(code),
        text(title),
        line.by.map_or("", Breakdown::code).to_owned(),
        region,
        region_label,
        age_band,
        age_band_label,
        gender,
        gender_label,
        option,
        option_label,
        line.count.to_string(),
        percent,
        line.base.to_string(),
        line.exact.to_string(),
    ]
}

fn percent(percent: Percent) -> String {
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
