//! The addresses of the files that `exports` makes of a published poll.
//!
//! They belong to everybody, like the page. There is nothing to choose but the language and, for a
//! picture, a breakdown of the plan: whatever else is asked for is answered with 404 and why. That
//! somebody of the department's staff took a file is written down; citizens are not noted.
//!
//! Files are streamed, whatever their size ([`streams`](super::streams)); a picture is small.
//!
//! What they are made of may be large, too. Nothing of it is loaded for whoever has the file already, or
//! before it is the reader's turn: until then there is only a [`Head`](super::edition::Head).

use crate::{
    error::while_,
    http::errors::busy,
    polls::record::Poll,
    staff::log,
    statistics::{
        StatisticsPort,
        edition::{Found, Wanted, tagged},
        may_see,
        queue::Queue,
        streams::Streams,
    },
};
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header},
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
    views::results::{Asked, Choice, beyond},
};
use questionnaire::{Breakdown, Language};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task;
use uuid::Uuid;

/// Pictures drawn at a time; others wait their turn.
const AT_A_TIME: usize = 2;

/// What every address needs.
struct Desk {
    statistics: Arc<StatisticsPort>,
    streams: Streams,
    pictures: Queue,
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
            for_every_site(download(desk, poll, query, &headers, &extensions, format).await)
        };
        router = router.route(&path, get(answer));
    }
    let answer = async move |desk, path, query, headers: HeaderMap, extensions: Extensions| {
        for_every_site(picture(desk, path, query, &headers, &extensions).await)
    };
    router = router.route("/polls/{poll}/results/{picture}", get(answer));
    router.with_state(Arc::new(Desk::new(statistics)))
}

async fn download(
    State(desk): State<Arc<Desk>>,
    Path(poll): Path<String>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    extensions: &Extensions,
    format: Format,
) -> Response {
    let wish = Wish::of(Look::handed_on(extensions, headers), query, &["lang"]);
    if !wish.spoken {
        return unspoken(wish.language);
    }
    if wish.by != Asked::Headlines {
        let locale = locale_of(wish.language);
        return refuse(wish.language, td_string!(locale, results.file_unknown_filter));
    }
    let Ok(poll) = poll.parse() else { return StatusCode::NOT_FOUND.into_response() };
    let request = Request { poll, language: wish.language, headers, extensions };
    let answer = desk.file(&request, format).await;
    wish.told_to_caches(answer.unwrap_or_else(|failure| failed(&failure)))
}

/// A chart: `visits.svg`, `visits.png?by=region`.
async fn picture(
    State(desk): State<Arc<Desk>>,
    Path((poll, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Response {
    let look = Look::handed_on(extensions, headers);
    let wish = Wish::of(look, query, &["lang", "by"]);
    if !wish.spoken {
        return unspoken(wish.language);
    }
    let kind = name.rsplit_once('.').and_then(|(code, end)| Some((code, Picture::of(end)?)));
    let (Ok(poll), Some((question, kind))) = (poll.parse(), kind) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let language = wish.language;
    let request = Request { poll, language, headers, extensions };
    let answer = desk.picture(&request, question, wish.by, kind).await;
    wish.told_to_caches(answer.unwrap_or_else(|failure| failed(&failure)))
}

/// What the address asks for after its `?`.
struct Wish {
    language: Language,
    /// Whether the address names one.
    named: bool,
    /// Whether that is what the address names, where it names one: one that there is, and one only.
    spoken: bool,
    by: Asked,
}

impl Wish {
    fn of(look: Look, query: Option<String>, known: &[&str]) -> Self {
        let (language, query) = (look.language, query.unwrap_or_default());
        let mut wish = Self { language, named: false, spoken: true, by: Asked::Headlines };
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if key == "lang" {
                let first = !std::mem::replace(&mut wish.named, true);
                match value.parse() {
                    Ok(language) if first => wish.language = language,
                    _ => wish.spoken = false,
                }
            } else if key == "by" {
                wish.by = Asked::of(&value);
            }
        }
        if beyond(&query, known) {
            wish.by = Asked::Refused;
        }
        wish
    }

    /// The answer, with what its language depends on where the address does not name one.
    fn told_to_caches(&self, mut answer: Response) -> Response {
        if !self.named {
            let whose = HeaderValue::from_static("accept-language, cookie");
            answer.headers_mut().append(header::VARY, whose);
        }
        answer
    }
}

fn failed(failure: &Failure) -> Response {
    if *failure == Failure::Busy { busy() } else { failure.status().into_response() }
}

/// What a script of another site may read of the headers, beside those that it always may.
const EXPOSED: &str = "ETag, Link, Content-Disposition, Retry-After";

/// The answer as every site may have it in its pages, and its scripts may read it: what it holds is
/// everybody's, and whoever asks for it from elsewhere is nobody
/// ([`same_origin`](crate::http::same_origin)). Of what is refused here a script learns why, and when to ask
/// again; the limits come before, and say nothing of it.
fn for_every_site(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    let everywhere = HeaderValue::from_static("cross-origin");
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), everywhere);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static(EXPOSED);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    answer
}

/// The address names a language that there is not, or several.
fn unspoken(language: Language) -> Response {
    refuse(language, td_string!(locale_of(language), results.file_unknown_language))
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
    fn new(statistics: Arc<StatisticsPort>) -> Self {
        Self { statistics, streams: Streams::default(), pictures: Queue::new(AT_A_TIME) }
    }

    async fn file(&self, request: &Request<'_>, format: Format) -> Result<Response, Failure> {
        let Request { poll, language, headers, extensions } = *request;
        let reader = reader(extensions);
        let head = self.statistics.head(reader, poll).await?;
        let extension = format.extension();
        let end = format!("{language}-{extension}-{}", format.version());
        let wanted = Wanted { head: &head, language, end: &end, headers };
        let turn = self.streams.turn(format.writer());
        let found = self.statistics.conditional(reader, &wanted, turn).await?;
        let (turn, results, tag) = match found {
            Found::Known(known) => return Ok(known),
            Found::Loaded { turn, results, tag } => (turn, results, tag),
        };
        self.note(&head.poll, reader, json!({ "format": extension })).await?;
        let name = format!("attachment; filename=\"results-{poll}-{language}.{extension}\"");
        let kind =
            [(header::CONTENT_TYPE, format.media_type()), (header::CONTENT_DISPOSITION, &name)];
        let file = self.streams.answer(turn, *results, language).await?;
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
        Ok(tagged(response, tag))
    }

    async fn picture(
        &self,
        request: &Request<'_>,
        question: &str,
        asked: Asked,
        kind: Picture,
    ) -> Result<Response, Failure> {
        let Request { poll, language, headers, extensions } = *request;
        let reader = reader(extensions);
        let head = self.statistics.head(reader, poll).await?;
        let locale = locale_of(language);
        let by = match Choice::of(asked, &head.planned()) {
            Choice::Headlines => None,
            Choice::By(by) => Some(by),
            Choice::NotPlanned => {
                return Ok(refuse(language, td_string!(locale, exports.chart_not_planned)));
            }
        };
        let unknown = || refuse(language, td_string!(locale, exports.chart_unknown_question));
        if head.poll.questionnaire.question(question).is_none() {
            return Ok(unknown());
        }
        let code = by.map_or("", Breakdown::code);
        let extension = kind.extension();
        let end = format!("{question}-{code}-{language}-{}.{extension}", Picture::VERSION);
        let wanted = Wanted { head: &head, language, end: &end, headers };
        let found = self.statistics.conditional(reader, &wanted, self.pictures.turn()).await?;
        let (turn, results, tag) = match found {
            Found::Known(known) => return Ok(known),
            Found::Loaded { turn, results, tag } => (turn, results, tag),
        };
        let (of, doing) = (question.to_owned(), "drawing a picture");
        let draw = move || {
            let svg = chart::svg(&results, &of, by, language, kind);
            drop(results);
            let picture = svg.map(|svg| kind.write(svg));
            drop(turn);
            picture
        };
        let drawn = task::spawn_blocking(draw).await.map_err(while_(doing))?;
        let Some(picture) = drawn else { return Ok(unknown()) };
        let file = picture.map_err(while_(doing))?;
        let details = by.map_or_else(
            || json!({ "format": extension, "question": question }),
            |by| json!({ "format": extension, "question": question, "by": by.code() }),
        );
        self.note(&head.poll, reader, details).await?;
        // Pictures of two breakdowns are two files. A code may have a hyphen of its own.
        let of: Vec<_> = [question].into_iter().chain(by.map(Breakdown::code)).collect();
        let of = of.join("--");
        let name = format!("inline; filename=\"results-{poll}-{of}-{language}.{extension}\"");
        let kind =
            [(header::CONTENT_TYPE, kind.media_type()), (header::CONTENT_DISPOSITION, &name)];
        Ok(tagged((kind, file).into_response(), tag))
    }

    /// Writes down that somebody of the department's staff took the file, and which one.
    async fn note(
        &self,
        poll: &Poll,
        reader: Option<&SignedIn>,
        details: Value,
    ) -> Result<(), Failure> {
        let Some(person) = reader else { return Ok(()) };
        if may_see(person, poll.department).is_err() {
            return Ok(());
        }
        let entry = log::Entry {
            action: Action::StatisticsExported,
            actor: Some(person.account),
            department: Some(poll.department),
            object: Some(poll.id),
            details,
        };
        let platform = &self.statistics.platform;
        log::record(&platform.db, platform, entry).await
    }
}

/// Whoever asks, if signed in.
fn reader(extensions: &Extensions) -> Option<&SignedIn> {
    extensions.get::<Caller>().and_then(|caller| caller.0.as_ref())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        clock::{ManualClock, Zone},
        entropy::SystemEntropy,
        platform::Platform,
        polls::catalogue::Catalogue,
        statistics::{publisher::of_nobody, release::Release, tokens::Forms},
        store::{self, department},
    };
    use chrono::{DateTime, Utc};
    use chrono_tz::Tz;
    use migration::{connection, testing::SqliteFile};
    use ports::{
        Lasting, Particulars, Portal, Statistics as _, Traces, states::State as PollState,
    };
    use questionnaire::{Audience, Kind, Plan, Question, Questionnaire, Text};
    use sea_orm::{ActiveValue::Set, EntityTrait as _};
    use serde_json::json;
    use std::time::Duration;
    use tokio::time::timeout;
    use vault::{MasterKey, Vault};

    const SHORT: Duration = Duration::from_millis(200);

    fn published_poll(id: Uuid) -> Poll {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let question = Question {
            code: "bus".to_owned(),
            title: Text::both("Do you take the bus?", "Вы ездите на автобусе?"),
            hint: Text::default(),
            required: true,
            kind: Kind::YesNo,
        };
        Poll {
            id,
            department: id,
            author: id,
            state: PollState::Published,
            revision: 1,
            languages: Language::ALL.into(),
            title: Text::both("Buses", "Автобусы"),
            purpose: Text::both("To plan lines", "Чтобы планировать маршруты"),
            questionnaire: Questionnaire { questions: vec![question] },
            audience: Audience::default(),
            plan: Plan::default(),
            special: None,
            special_chosen: true,
            opens_at: Some(now),
            closes_at: Some(now),
            retention_days: 30,
            outcome: None,
            created_at: now,
            updated_at: now,
            opened_at: Some(now),
            closed_at: Some(now),
            published_at: Some(now),
            key_destroyed_at: None,
            backup_days: None,
        }
    }

    /// A desk with a published poll whose release cannot be read: whoever loads it is told so.
    async fn desk(file: &SqliteFile) -> (Desk, Uuid) {
        let (statistics, poll) = statistics(file).await;
        (Desk::new(statistics), poll)
    }

    /// What is published: a poll whose release cannot be read.
    pub(in crate::statistics) async fn statistics(
        file: &SqliteFile,
    ) -> (Arc<StatisticsPort>, Uuid) {
        let db = connection::open(&file.url()).await.unwrap();
        migration::up::<migration::portal::Migrator>(&db).await.unwrap();
        let platform = Platform {
            clock: Arc::new(ManualClock::new(DateTime::<Utc>::UNIX_EPOCH)),
            entropy: Arc::new(SystemEntropy),
            zone: Zone(Tz::UTC),
            db: db.clone(),
            writer: db.clone(),
            replica: None,
        };
        let (id, now) = (platform.uuid(), platform.now());
        let department = department::ActiveModel {
            id: Set(id),
            name: Set(json!({ "en": "Roads", "ru": "Дороги" })),
            region: Set(None),
            created_at: Set(now),
        };
        department::Entity::insert(department).exec_without_returning(&db).await.unwrap();
        let poll = published_poll(id).row();
        store::poll::Entity::insert(poll).exec_without_returning(&db).await.unwrap();
        let unreadable = store::release::ActiveModel {
            poll_id: Set(id),
            published_at: Set(now),
            content: Set("nothing".to_owned()),
            digest: Set("0".to_owned()),
        };
        store::release::Entity::insert(unreadable).exec_without_returning(&db).await.unwrap();
        let portal = Portal {
            origin: "https://polls.example".to_owned(),
            operator: Text::default(),
            contact: String::new(),
            particulars: Particulars::default(),
            provider: Text::default(),
            regions: Vec::new(),
            backup_days: 0,
            releasable: Vec::new(),
            assured_only: false,
            traces: Traces::default(),
            lasting: Lasting::default(),
            demo: false,
        };
        let vault = Arc::new(Vault::new(db, MasterKey::from_bytes([42; 32])));
        let catalogue = Catalogue::new(platform.clone());
        let statistics =
            StatisticsPort::new(platform, vault, Arc::new(portal), catalogue, Forms::new(&[7; 32]));
        (Arc::new(statistics), id)
    }

    /// What is answered to a reader with these headers: a file, and a picture.
    async fn answers(desk: &Desk, poll: Uuid, headers: &HeaderMap) -> [Result<u16, Failure>; 2] {
        let (language, extensions) = (Language::En, &Extensions::new());
        let request = Request { poll, language, headers, extensions };
        let file = desk.file(&request, Format::Pdf).await;
        let picture = desk.picture(&request, "bus", Asked::Headlines, Picture::Svg).await;
        [file, picture].map(|answer| answer.map(|answer| answer.status().as_u16()))
    }

    #[test]
    fn a_language_that_is_not_there_is_not_taken_for_another() {
        let look = Look { language: Language::Ru, ..Look::default() };
        for (query, language, spoken) in [
            ("", Language::Ru, true),
            ("lang=en", Language::En, true),
            ("lang=de", Language::Ru, false),
            ("lang=", Language::Ru, false),
            ("lang=EN", Language::Ru, false),
            ("lang=en&lang=ru", Language::En, false),
        ] {
            let wish = Wish::of(look, Some(query.to_owned()), &["lang"]);
            assert_eq!((wish.language, wish.spoken), (language, spoken), "{query}");
        }
    }

    #[test]
    fn what_an_address_asks_for_beyond_what_is_known_is_refused() {
        for (query, by) in [
            ("", Asked::Headlines),
            ("by=", Asked::Headlines),
            ("by=region&lang=en", Asked::By(Breakdown::Region)),
            ("by=nonsense", Asked::Refused),
            ("by=region&by=gender", Asked::Refused),
            ("by=region&age=30", Asked::Refused),
        ] {
            let wish = Wish::of(Look::default(), Some(query.to_owned()), &["lang", "by"]);
            assert_eq!(wish.by, by, "{query}");
        }
        // Of a file there is no part.
        for query in ["by=", "by=region"] {
            let wish = Wish::of(Look::default(), Some(query.to_owned()), &["lang"]);
            assert_eq!(wish.by, Asked::Refused, "{query}");
        }
    }

    #[test]
    fn a_script_of_another_site_learns_when_to_ask_again() {
        let answer = for_every_site(failed(&Failure::Busy));
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let exposed = answer.headers()[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
        assert!(exposed.contains("Retry-After"), "{exposed}");
    }

    #[tokio::test]
    async fn nothing_is_loaded_before_it_is_the_reader_s_turn() {
        let file = SqliteFile::new();
        let (desk, poll) = desk(&file).await;
        let headers = HeaderMap::new();
        let broke = |answers: [Result<u16, Failure>; 2]| {
            answers.iter().all(|answer| matches!(answer, Err(Failure::Internal { .. })))
        };
        assert!(broke(answers(&desk, poll, &headers).await));
        // All turns for whole files, and then, with these free again, all turns for pictures.
        let mut files = Vec::new();
        while let Ok(turn) = timeout(SHORT, desk.streams.turn(Format::Pdf.writer())).await {
            files.push(turn.unwrap());
        }
        assert!(timeout(SHORT, answers(&desk, poll, &headers)).await.is_err());
        drop(files);
        let mut pictures = Vec::new();
        while let Ok(turn) = timeout(SHORT, desk.pictures.turn()).await {
            pictures.push(turn.unwrap());
        }
        assert!(timeout(SHORT, answers(&desk, poll, &headers)).await.is_err());
        drop(pictures);
        assert!(broke(answers(&desk, poll, &headers).await));
    }

    #[tokio::test]
    async fn whoever_has_a_file_already_is_told_so_and_nothing_is_loaded() {
        let file = SqliteFile::new();
        let (desk, poll) = desk(&file).await;
        let mut head = desk.statistics.head(None, poll).await.unwrap();
        desk.statistics.editions.insert(head.edition(Language::En), "one".into()).await;
        let ends = [
            format!("en-pdf-{}", Format::Pdf.version()),
            format!("bus--en-{}.svg", Picture::VERSION),
        ];
        let tags = ends.map(|end| format!("W/\"one-{end}\"")).join(", ");
        let tags = HeaderValue::from_str(&tags).unwrap();
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, tags)]);
        assert_eq!(answers(&desk, poll, &headers).await, [Ok(304), Ok(304)]);
        // What is said beside the figures makes another edition.
        head.poll.outcome = Some(Text::both("Ten lines", "Десять маршрутов"));
        head.poll.revision += 1;
        assert!(desk.statistics.editions.get(&head.edition(Language::En)).await.is_none());
    }

    #[tokio::test]
    async fn what_a_plan_does_not_have_is_refused_and_nothing_is_loaded() {
        let file = SqliteFile::new();
        let (desk, poll) = desk(&file).await;
        let statistics = &desk.statistics;
        let head = statistics.head(None, poll).await.unwrap();
        // Too large to be kept, so that it would have to be read again.
        let large = async {
            let published_at = DateTime::<Utc>::UNIX_EPOCH;
            let (tables, digest) = (of_nobody(), "0".to_owned());
            Ok(Release { published_at, tables, digest, bytes: u32::MAX })
        };
        statistics.kept.release(&head.key(), large).await.unwrap();
        let page = async |asked| statistics.results(None, poll, asked, Language::En).await;
        for asked in [Asked::By(Breakdown::Region), Asked::Refused] {
            assert_eq!(page(asked).await.unwrap().chosen, Choice::NotPlanned);
        }
        assert!(matches!(page(Asked::Headlines).await, Err(Failure::Internal { .. })));
    }
}
