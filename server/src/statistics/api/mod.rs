//! The read-only API: a department's published releases, for its programs.
//!
//! | path | answer |
//! | --- | --- |
//! | `/api/v1/releases` | the department's releases |
//! | `/api/v1/releases/{poll}` | one release, with every breakdown of its plan |
//! | `/api/v1/openapi.json` | what all of this is, for programs (`OpenAPI` 3.1) |
//!
//! It reads stored releases and nothing else, so it agrees with every page and file. There is
//! nothing to filter by: whatever an address asks for beyond the language is a 400 that says why.
//! A release of another department is as unknown as one that does not exist.

#![expect(unused_qualifications, reason = "the macros of utoipa name types by their paths")]

mod problem;
mod schema;

use crate::{
    http::{bearer, problem::Problem},
    statistics::{
        StatisticsPort,
        edition::{Found, Wanted, tagged},
    },
};
use axum::{
    Json, Router,
    extract::{FromRequestParts, Path, Query, State},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse as _, Response},
    routing::get,
};
use ports::{failure::Failure, views::results::Results};
use questionnaire::Language;
use schema::{Release, ReleaseLine, Releases};
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    sync::Arc,
};
use url::form_urlencoded;
use utoipa::{
    IntoParams, IntoResponses, Modify, OpenApi, PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema, Type,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use uuid::Uuid;

/// Rises when the answers change without a new version, so that no cache gives old ones.
const FORMAT: u32 = 7;

/// The API's addresses.
pub fn routes<S: Clone + Send + Sync + 'static>(statistics: Arc<StatisticsPort>) -> Router<S> {
    Router::new()
        .route("/api/v1/releases", get(releases))
        .route("/api/v1/releases/{poll}", get(release))
        .route(ports::routes::OPENAPI, get(async || Json(Document::openapi())))
        .with_state(statistics)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Veche: published statistics",
        description = "Read-only access to the published releases of the token's department. \
                       Every figure has passed disclosure control; there are no answers here, \
                       and nothing that tells who took part. Of answers, fields are only ever \
                       added: pass over those that you do not know. A count can become null where \
                       disclosure control comes to withhold it.",
        version = "1"
    ),
    paths(releases, release),
    components(schemas(Problem)),
    modifiers(&Bearer, &Unlicensed)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", scheme);
    }
}

/// What is published is the state's; the licence of the program says nothing of it.
struct Unlicensed;

impl Modify for Unlicensed {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        document.info.license = None;
    }
}

/// The department whose program asks.
struct Reader {
    department: Uuid,
}

impl FromRequestParts<Arc<StatisticsPort>> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        statistics: &Arc<StatisticsPort>,
    ) -> Result<Self, Problem> {
        let token = bearer::token(&parts.headers).ok_or(Problem::from(Failure::SignedOut))?;
        let department = statistics.department_of_token(token).await;
        let department = department.map_err(|failure| Problem::from(failure).of_token())?;
        Ok(Self { department })
    }
}

/// All that an address may ask for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// The language of titles and labels, as far as they are written in it: `en` or `ru`.
    #[serde(default)]
    #[param(inline, required = false)]
    lang: Code,
}

/// A language as an address names it.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Code(Language);

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Language::ALL.map(Language::tag)))
            .default(Some(Language::default().tag().into()))
            .into()
    }
}

impl ToSchema for Code {}

/// The language of the answer by the [`Parameters`], or why there is none.
struct InLanguage(Language);

impl<S: Send + Sync> FromRequestParts<S> for InLanguage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<Parameters>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked.lang.0)),
            Err(_) if asks_for_a_language_only(parts) => Err(problem::no_such_language()),
            Err(_) => Err(problem::no_filters()),
        }
    }
}

/// Whether the address asks for nothing but a language, however it names one.
fn asks_for_a_language_only(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).all(|(name, _)| name == "lang")
}

/// How each address refuses, for the description; the refusals themselves are a [`Problem`].
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it is described, and never made")]
enum Refusal {
    /// The address asks for more than a language, or for one that there is not
    #[response(status = 400, content_type = "application/problem+json")]
    Asked(Problem),
    /// No valid token
    #[response(
        status = 401, content_type = "application/problem+json",
        headers(("WWW-Authenticate" = String, description = "What is missing (RFC 6750)"))
    )]
    Token(Problem),
    /// The request has a body that is too large
    #[response(status = 413, content_type = "application/problem+json")]
    Body(Problem),
    /// Too many requests: Retry-After says how long to wait
    #[response(
        status = 429, content_type = "application/problem+json",
        headers(("Retry-After" = u64, description = "In how many seconds to try again"))
    )]
    Often(Problem),
    /// The head of the request is too large
    #[response(status = 431, content_type = "application/problem+json")]
    Head(Problem),
    /// Something broke: the id can be quoted to the operator
    #[response(status = 500, content_type = "application/problem+json")]
    Broken(Problem),
    /// No room at the moment: Retry-After says how long to wait
    #[response(
        status = 503, content_type = "application/problem+json",
        headers(("Retry-After" = u64, description = "In how many seconds to try again"))
    )]
    Room(Problem),
}

/// The department's releases, newest first.
#[utoipa::path(
    get, path = "/api/v1/releases", params(Parameters), security(("token" = [])),
    responses(
        (status = 200, description = "The releases of the token's department", body = Releases),
        Refusal,
    )
)]
async fn releases(
    State(statistics): State<Arc<StatisticsPort>>,
    reader: Reader,
    InLanguage(language): InLanguage,
) -> Result<Json<Releases>, Problem> {
    let published = statistics.published_of(None, reader.department).await?;
    let lines = statistics.published_lines(None, published, language).await?;
    let origin = &statistics.portal.origin;
    let releases = lines.into_iter().map(|line| ReleaseLine::of(line, origin)).collect();
    Ok(Json(Releases { releases }))
}

/// Writes a release into a file.
fn written(results: Results, language: Language, file: &mut File) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    serde_json::to_writer(&mut out, &Release::of(results, language))?;
    out.flush()
}

/// One release.
#[utoipa::path(
    get, path = "/api/v1/releases/{poll}", security(("token" = [])),
    params(
        Parameters,
        ("poll" = Uuid, Path, description = "The poll's id, as the list gives it"),
        (
            "If-None-Match" = Option<String>, Header,
            description = "The ETag of what the program has: if that is still what there is, the answer is 304"
        )
    ),
    responses(
        (
            status = 200, description = "The release, with its ETag", body = Release,
            headers(("ETag" = String, description = "What to send as If-None-Match the next time"))
        ),
        (
            status = 304, description = "Not changed since the ETag that was sent",
            headers(("ETag" = String, description = "The same again"))
        ),
        (
            status = 404, description = "No published poll of the department has this id",
            body = Problem, content_type = "application/problem+json"
        ),
        Refusal,
    )
)]
async fn release(
    State(statistics): State<Arc<StatisticsPort>>,
    reader: Reader,
    InLanguage(language): InLanguage,
    Path(poll): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let poll: Uuid = poll.parse().map_err(|_| Failure::NotFound)?;
    let head = statistics.head(None, poll).await?;
    if head.poll.department != reader.department {
        return Err(Failure::NotFound.into());
    }
    // Programs ask again and again for what they have: nothing is loaded to say that it is the same.
    let end = format!("{language}-api{FORMAT}");
    let wanted = Wanted { head: &head, language, end: &end, headers: &headers };
    // Nobody waits for a turn at a release that is not large.
    let found = statistics.conditional(None, &wanted, statistics.turn_at(head.bytes)).await?;
    Ok(match found {
        Found::Known(known) => known,
        Found::Loaded { turn: None, results, tag } => {
            tagged(Json(Release::of(*results, language)).into_response(), tag)
        }
        Found::Loaded { turn: Some(place), results, tag } => {
            let write = move |file: &mut File| written(*results, language, file);
            let file = statistics.large_of_programs.whole(place, write).await?;
            tagged(([(header::CONTENT_TYPE, "application/json")], file).into_response(), tag)
        }
    })
}
