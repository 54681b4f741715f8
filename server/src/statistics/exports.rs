//! The addresses of the files that `exports` makes of a published poll.
//!
//! They belong to everybody, like the page. There is nothing to choose but the language and, for a
//! picture, a breakdown of the plan: whatever else is asked for is answered with 404 and why. That
//! somebody of the department's staff took a file is written down; citizens are not noted.
//!
//! Files are streamed, whatever their size ([`streams`](super::streams)); a picture is small.

use crate::{
    error::while_,
    http::etag::is_known,
    staff::log,
    statistics::{StatisticsPort, may_see, streams::Streams},
};
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use exports::{Format, chart, picture::Picture};
use locales::td_string;
use ports::{
    actions::Action,
    caller::{Caller, SignedIn},
    failure::Failure,
    look::{Look, locale_of},
    views::results::{Choice, Results, beyond},
};
use questionnaire::{Breakdown, Language};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio::{sync::Semaphore, task};
use uuid::Uuid;

/// Pictures drawn at a time; others wait their turn, for no longer than the server lets any request
/// wait.
const AT_A_TIME: usize = 2;

/// What every address needs.
struct Desk {
    statistics: Arc<StatisticsPort>,
    streams: Streams,
    turns: Semaphore,
}

/// One request for a file.
struct Request<'a> {
    poll: Uuid,
    language: Language,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

/// The exports' addresses.
pub fn routes<S: Clone + Send + Sync + 'static>(statistics: Arc<StatisticsPort>) -> Router<S> {
    let mut router = Router::new();
    for format in Format::ALL {
        let path = format!("/polls/{{poll}}/results.{}", format.extension());
        let answer = async move |desk, poll, query, headers: HeaderMap, extensions: Extensions| {
            download(desk, poll, query, &headers, &extensions, format).await
        };
        router = router.route(&path, get(answer));
    }
    router = router.route("/polls/{poll}/results/{picture}", get(picture));
    router.with_state(Arc::new(Desk {
        statistics,
        streams: Streams::default(),
        turns: Semaphore::new(AT_A_TIME),
    }))
}

async fn download(
    State(desk): State<Arc<Desk>>,
    Path(poll): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    extensions: &Extensions,
    format: Format,
) -> Response {
    let asked = Asked::of(headers, query, &["lang"]);
    if asked.filtered {
        let locale = locale_of(asked.language);
        return refuse(asked.language, td_string!(locale, results.file_unknown_filter));
    }
    let Ok(poll) = poll.parse() else { return StatusCode::NOT_FOUND.into_response() };
    let request = Request { poll, language: asked.language, headers, extensions };
    desk.file(&request, format).await.unwrap_or_else(|failure| failed(&failure))
}

/// A chart: `visits.svg`, `visits.png?by=region`.
async fn picture(
    State(desk): State<Arc<Desk>>,
    Path((poll, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let asked = Asked::of(&headers, query, &["lang", "by"]);
    let kind = name.rsplit_once('.').and_then(|(code, end)| Some((code, Picture::of(end)?)));
    let (Ok(poll), Some((question, kind))) = (poll.parse(), kind) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let language = asked.language;
    let request = Request { poll, language, headers: &headers, extensions: &extensions };
    desk.picture(&request, question, &asked, kind).await.unwrap_or_else(|failure| failed(&failure))
}

/// What the address asks for after its `?`.
struct Asked {
    language: Language,
    by: Option<String>,
    filtered: bool,
}

impl Asked {
    fn of(headers: &HeaderMap, query: Option<String>, known: &[&str]) -> Self {
        let (language, query) = (Look::of(headers).language, query.unwrap_or_default());
        let mut asked = Self { language, by: None, filtered: beyond(&query, known) };
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if key == "lang" {
                asked.language = value.parse().unwrap_or(asked.language);
            } else if key == "by" {
                asked.by = Some(value.into_owned());
            }
        }
        asked
    }
}

fn failed(failure: &Failure) -> Response {
    failure.status().into_response()
}

/// What was asked for does not exist; the answer says why.
fn refuse(language: Language, why: &str) -> Response {
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

impl Desk {
    async fn file(&self, request: &Request<'_>, format: Format) -> Result<Response, Failure> {
        let Request { poll, language, headers, extensions } = *request;
        let results = self.statistics.published(reader(extensions), poll, language).await?;
        let extension = format.extension();
        let (edition, version) = (edition(&results)?, format.version());
        let tag = format!("W/\"{edition}-{language}-{extension}-{version}\"");
        if known(headers, &tag) {
            return finish(StatusCode::NOT_MODIFIED.into_response(), &tag);
        }
        self.note(&results, extensions, extension).await?;
        let name = format!("attachment; filename=\"results-{poll}-{language}.{extension}\"");
        let kind =
            [(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, &name)];
        let file = self.streams.answer(format.writer(), results, language).await?;
        let mut response = (kind, file).into_response();
        if format == Format::Csv {
            let link = format!(
                "<results.{}?lang={language}>; rel=\"describedby\"; type=\"{}\"",
                Format::Csvw.extension(),
                Format::Csvw.media_type()
            );
            let link = HeaderValue::from_str(&link).map_err(while_("describing an export"))?;
            response.headers_mut().insert(header::LINK, link);
        }
        finish(response, &tag)
    }

    async fn picture(
        &self,
        request: &Request<'_>,
        question: &str,
        asked: &Asked,
        kind: Picture,
    ) -> Result<Response, Failure> {
        let Request { poll, language, headers, extensions } = *request;
        let results = self.statistics.published(reader(extensions), poll, language).await?;
        let locale = locale_of(language);
        let by = match Choice::of(asked.by.as_deref().unwrap_or_default(), &results.planned) {
            Choice::Headlines if !asked.filtered => None,
            Choice::By(by) if !asked.filtered => Some(by),
            _ => return Ok(refuse(language, td_string!(locale, exports.chart_not_planned))),
        };
        let Some(svg) = chart::svg(&results, question, by, language) else {
            return Ok(refuse(language, td_string!(locale, exports.chart_unknown_question)));
        };
        let code = by.map_or("", Breakdown::code);
        let extension = kind.extension();
        let name = format!("{question}-{code}-{language}-{}.{extension}", Picture::VERSION);
        let tag = format!("W/\"{}-{name}\"", edition(&results)?);
        if known(headers, &tag) {
            return finish(StatusCode::NOT_MODIFIED.into_response(), &tag);
        }
        self.note(&results, extensions, extension).await?;
        let failed = "drawing a picture";
        let turn = self.turns.acquire().await.map_err(while_(failed))?;
        let drawn = task::spawn_blocking(move || kind.write(svg)).await;
        let file = drawn.map_err(while_(failed))?.map_err(while_(failed))?;
        drop(turn);
        let name = format!("inline; filename=\"results-{poll}-{question}-{language}.{extension}\"");
        let kind =
            [(header::CONTENT_TYPE, kind.media_type()), (header::CONTENT_DISPOSITION, &name)];
        finish((kind, file).into_response(), &tag)
    }

    /// Writes down that somebody of the department's staff took the file.
    async fn note(
        &self,
        results: &Results,
        extensions: &Extensions,
        format: &str,
    ) -> Result<(), Failure> {
        let Some(person) = reader(extensions) else { return Ok(()) };
        if may_see(person, results.department).is_err() {
            return Ok(());
        }
        let entry = log::Entry {
            action: Action::StatisticsExported,
            actor: Some(person.account),
            department: Some(results.department),
            object: Some(results.poll),
            details: serde_json::json!({ "format": format }),
        };
        let platform = &self.statistics.platform;
        log::record(&platform.db, platform, entry).await
    }
}

/// Whoever asks, if signed in.
fn reader(extensions: &Extensions) -> Option<&SignedIn> {
    extensions.get::<Caller>().and_then(|caller| caller.0.as_ref())
}

/// Whether the reader has the file already.
fn known(headers: &HeaderMap, tag: &str) -> bool {
    HeaderValue::from_str(tag).is_ok_and(|tag| is_known(headers, &tag))
}

/// What tells two editions of the same results apart: the release, which never changes, and what is
/// said beside it, which does: words of the department, names of regions, days as they are counted.
///
/// # Errors
/// The results cannot be written down.
pub fn edition(results: &Results) -> Result<String, Failure> {
    let said = serde_json::to_vec(results).map_err(while_("naming an edition"))?;
    let beside = Sha256::digest(said);
    Ok(format!("{}-{}", results.digest, hex::encode(&beside[..4])))
}

fn finish(mut response: Response, tag: &str) -> Result<Response, Failure> {
    let said = response.headers_mut();
    said.insert(header::ETAG, HeaderValue::from_str(tag).map_err(while_("naming an export"))?);
    // The language may come from a cookie, so nobody keeps it for others.
    said.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}
