//! A portal on databases of its own, with a clock that the test moves, people who are signed in,
//! and requests as a browser sends them.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode, header},
};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use migration::testing::{self, SqliteFile, migrated};
use ports::views::results::Results;
use questionnaire::{
    Audience, Facts, Kind, Label, Language, Order, Plan, Question, Questionnaire, Text,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _,
    Statement,
};
use serde_json::{Value, json};
use server::{
    accounts::attributes::{Attribute, Attributes, STATED},
    clock::ManualClock,
    config::Config,
    entropy::SystemEntropy,
    http::request_id,
    identity::{caller::GRANTS, sessions::Sessions},
    operation::metrics::Metrics,
    platform::Platform,
    polls::{Life, record::Poll},
    scheduler::Scheduler,
    staff::roles,
    statistics::{StatisticsPort, publisher::Publisher},
    store::{account, department, poll},
};
use std::sync::Arc;
use tower::Service as _;
use tower_sessions::Session;
use uuid::Uuid;
use vault::{SESSION_ACCOUNT_KEY, Vault};
use veche::startup::{self, Stores};

/// The master key.
pub const MASTER: &str = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";

const ORIGIN: &str = "http://127.0.0.1:8000";

pub struct TestPortal {
    pub router: Router,
    pub platform: Platform,
    pub vault: Arc<Vault>,
    pub publisher: Publisher,
    pub clock: Arc<ManualClock>,
    pub attributes: Attributes,
    pub scheduler: Scheduler,
    pub metrics: Metrics,
    pub life: Life,
    pub config: Config,
    statistics: Arc<StatisticsPort>,
    pub sessions: Arc<Sessions>,
    _files: Vec<SqliteFile>,
}

/// A browser, signed in or not.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    /// Where to go next.
    pub to: String,
    /// The id of the request, as its header says it.
    pub id: String,
    /// What a person reads.
    pub body: String,
    /// All that came, with what the page's islands know.
    whole: String,
}

impl Answer {
    #[track_caller]
    pub fn shows(&self, words: &str) -> &Self {
        assert!(self.body.contains(words), "{words:?} is not on the page: {}", self.main());
        self
    }

    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        assert!(!self.whole.contains(words), "{words:?} is on the page: {}", self.main());
        self
    }

    /// As [`Self::hides`], of what the page's islands may have in store.
    #[track_caller]
    pub fn unseen(&self, words: &str) -> &Self {
        assert!(!self.body.contains(words), "{words:?} is on the page: {}", self.main());
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "to {:?}: {}", self.to, self.main());
        self
    }

    #[track_caller]
    pub fn leads(&self, to: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.to.as_str()), (303, to), "{}", self.main());
        self
    }

    /// The value of a hidden field; empty where the page has none.
    pub fn hidden(&self, name: &str) -> String {
        let field = format!("type=\"hidden\" name=\"{name}\" value=\"");
        let value = self.body.split(&field).nth(1).and_then(|rest| rest.split('"').next());
        value.unwrap_or_default().to_owned()
    }

    fn main(&self) -> &str {
        let start = self.body.find("<main").unwrap_or(0);
        let end = self.body.find("</main>").unwrap_or(self.body.len());
        &self.body[start..end]
    }
}

pub fn noon(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
}

fn text(words: &str) -> Text {
    Text::both(words, words)
}

pub fn question(code: &str, required: bool, kind: Kind) -> Question {
    Question {
        code: code.to_owned(),
        title: text(&format!("The question {code}?")),
        hint: Text::default(),
        required,
        kind,
    }
}

pub fn options(codes: &[&str]) -> Vec<Label> {
    let label = |code: &&str| Label {
        code: (*code).to_owned(),
        text: text(&format!("Option {code}")),
        exclusive: *code == "none",
    };
    codes.iter().map(label).collect()
}

/// One question of each type.
pub fn questions() -> Questionnaire {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    let (least, most, order) = (1, 2, Order::Shuffled);
    Questionnaire {
        questions: vec![
            question("bus", true, Kind::YesNo),
            question(
                "lines",
                true,
                Kind::MultipleChoice {
                    options: options(&["a", "b", "c", "none"]),
                    order,
                    least,
                    most,
                },
            ),
            question(
                "mood",
                false,
                Kind::Scale { from: 1, to: 5, low: text("Bad"), high: text("Good") },
            ),
            question("age", false, Kind::Number { min: 0, max: 120, bins: vec![18, 65] }),
            question("since", false, Kind::Date { min: day(2000), max: day(2027) }),
            question("why", false, Kind::ShortText { max_chars: 20 }),
        ],
    }
}

/// The configuration of a portal over these files, with what a test wants to be different.
pub fn config(files: &[SqliteFile; 2], limits: &Value) -> Config {
    let mut config = json!({
        "stores": { "portal": files[0].url(), "vault": files[1].url() },
        "keys": { "master": MASTER },
        "provider": {
            "name": { "en": "ID", "ru": "ID" },
            "issuer": "http://127.0.0.1:9/",
            "client_id": "portal",
            "client_secret": "secret",
            "scopes": [{ "name": "fullname", "label": { "en": "Name", "ru": "Имя" } }],
            "attributes": [],
        },
        "portal": {
            "operator": { "en": "Ministry of tests", "ru": "Министерство проверок" },
            "contact": "data@example.org",
            "regions": [
                { "code": "north", "name": { "en": "The North", "ru": "Север" }, "population": 4000 },
                { "code": "south", "name": { "en": "The South", "ru": "Юг" } },
            ],
        },
        "limits": { "posts_per_minute": 100_000, "requests_per_minute": 100_000 },
    });
    for (key, value) in limits.as_object().into_iter().flatten() {
        config["limits"][key] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

/// Lets the provider release these facts, each by a scope.
pub fn releases(config: &mut Config, facts: &[(&str, &str)]) {
    let attribute = |(target, scope): &(&str, &str)| {
        let pointer = format!("/{target}");
        json!({ "target": target, "scope": scope, "pointer": pointer })
    };
    let attributes: Value = facts.iter().map(attribute).collect();
    config.provider.attributes = serde_json::from_value(attributes).unwrap();
}

impl TestPortal {
    /// On the engine that `VECHE_TEST_ENGINE` names: SQLite, unless it is `postgres`. All tests are run on
    /// both (`make test`).
    pub async fn new() -> Self {
        // Large, and part of every test's own.
        Box::pin(Self::limited(&Value::Null)).await
    }

    /// With other limits.
    pub async fn limited(limits: &Value) -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let config = config(&files, limits);
        Self::on_engine(files, config).await
    }

    /// With what a test wants to be different in the whole configuration.
    pub async fn configured(change: impl FnOnce(&mut Config)) -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let mut config = config(&files, &Value::Null);
        change(&mut config);
        Box::pin(Self::on_engine(files, config)).await
    }

    async fn on_engine(files: [SqliteFile; 2], mut config: Config) -> Self {
        if std::env::var("VECHE_TEST_ENGINE").is_ok_and(|engine| engine == "postgres") {
            let (portal, vault) = (migrated::portal_store().await, migrated::vault_store().await);
            let stores = json!({ "portal": portal.unwrap(), "vault": vault.unwrap() });
            config.stores = serde_json::from_value(stores).unwrap();
        }
        Self::over(files, config).await
    }

    /// On SQLite, whatever the others are on: for what is said in its words.
    pub async fn sqlite() -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let config = config(&files, &Value::Null);
        Self::over(files, config).await
    }

    /// Over files that may hold something.
    pub async fn over(files: [SqliteFile; 2], config: Config) -> Self {
        Self::with(files.into(), config).await
    }

    /// On PostgreSQL, with the configuration's section `stores`.
    pub async fn on(stores: &Value) -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let mut config = config(&files, &Value::Null);
        config.stores = serde_json::from_value(stores.clone()).unwrap();
        Self::with(Vec::new(), config).await
    }

    async fn with(files: Vec<SqliteFile>, config: Config) -> Self {
        let stores: Stores = startup::open_stores(&config).await.unwrap();
        startup::migrate(&stores).await.unwrap();
        let clock = Arc::new(ManualClock::new(noon(1)));
        let entropy = Arc::new(SystemEntropy);
        let assembly = startup::assemble(&config, stores, clock.clone(), entropy).await.unwrap();
        let platform = assembly.platform;
        Self {
            router: assembly.router,
            sessions: Arc::new(Sessions::new(platform.clone(), config.sessions)),
            vault: assembly.vault,
            publisher: assembly.life.publisher.clone(),
            scheduler: assembly.scheduler,
            statistics: assembly.statistics,
            metrics: assembly.metrics,
            life: assembly.life,
            config,
            attributes: assembly.attributes,
            clock,
            platform,
            _files: files,
        }
    }

    /// Somebody of whom these facts are known.
    pub async fn account(&self, facts: &Facts) -> Uuid {
        let id = self.platform.uuid();
        let row = account::ActiveModel {
            id: Set(id),
            subject: Set(id.as_bytes().to_vec()),
            provider: Set("http://127.0.0.1:9".to_owned()),
            created_at: Set(self.platform.now()),
            last_sign_in_at: Set(self.platform.now()),
            language: Set(None),
            inbox_seen_at: Set(None),
            staff_code: Set(None),
        };
        account::Entity::insert(row).exec_without_returning(&self.platform.db).await.unwrap();
        let known = [
            ("region", facts.region.clone()),
            ("birth_date", facts.birth_date.map(|day| day.to_string())),
            ("gender", facts.gender.map(|gender| gender.code().to_owned())),
        ];
        for (name, value) in known {
            let Some(value) = value else { continue };
            let attribute = Attribute {
                name: name.to_owned(),
                value: value.into(),
                source: STATED.to_owned(),
                verified: false,
                obtained_at: self.platform.now(),
            };
            self.attributes.save(&self.platform.db, id, &attribute).await.unwrap();
        }
        id
    }

    /// A browser in which the person is signed in, with the roles given so far, as the callback leaves it.
    pub async fn sign_in(&self, account: Uuid) -> Browser {
        let session = Session::new(None, self.sessions.clone(), None);
        let grants = roles::grants(&self.platform.db, account).await.unwrap();
        session.insert(SESSION_ACCOUNT_KEY, account).await.unwrap();
        session.insert(GRANTS, grants).await.unwrap();
        session.save().await.unwrap();
        Browser { cookie: Some(format!("session={}", session.id().unwrap())) }
    }

    /// The person signs in again in a browser whose session has ended, as the callback does it:
    /// the session that the browser has keeps what waits in it.
    pub async fn sign_in_again(&self, browser: &mut Browser, account: Uuid) {
        let cookie = browser.cookie.clone().unwrap();
        let id = cookie.trim_start_matches("session=").parse().unwrap();
        let session = Session::new(Some(id), self.sessions.clone(), None);
        session.insert(SESSION_ACCOUNT_KEY, account).await.unwrap();
        session.cycle_id().await.unwrap();
        session.save().await.unwrap();
        browser.cookie = Some(format!("session={}", session.id().unwrap()));
    }

    /// A new department.
    pub async fn department(&self) -> Uuid {
        let id = self.platform.uuid();
        let row = department::ActiveModel {
            id: Set(id),
            name: Set(json!({ "en": "Department of buses", "ru": "Департамент автобусов" })),
            region: Set(None),
            created_at: Set(noon(1)),
        };
        department::Entity::insert(row).exec_without_returning(&self.platform.db).await.unwrap();
        id
    }

    /// A poll that opened this morning and closes on the 20th, with what the test changes in it.
    /// Each is of a department of its own: one department may not ask the same twice at a time.
    pub async fn open_poll(&self, change: impl FnOnce(&mut Poll)) -> Uuid {
        let id = self.platform.uuid();
        let now = self.platform.now();
        let mut poll = Poll {
            id,
            department: self.department().await,
            author: self.account(&Facts::default()).await,
            state: ports::states::State::Scheduled,
            revision: 1,
            languages: [Language::En, Language::Ru].into(),
            title: text("Night buses"),
            purpose: text("To plan the night lines"),
            questionnaire: questions(),
            audience: Audience::default(),
            plan: Plan::default(),
            special: None,
            special_chosen: true,
            opens_at: Some(now - TimeDelta::hours(1)),
            closes_at: Some(noon(20)),
            retention_days: 30,
            outcome: None,
            created_at: now,
            updated_at: now,
            opened_at: None,
            closed_at: None,
            published_at: None,
            key_destroyed_at: None,
            backup_days: None,
        };
        change(&mut poll);
        poll::Entity::insert(poll.row()).exec_without_returning(&self.platform.db).await.unwrap();
        self.tick().await;
        id
    }

    /// Moves the clock and lets the scheduler work.
    pub async fn at(&self, now: DateTime<Utc>) {
        self.clock.set(now);
        self.tick().await;
    }

    async fn tick(&self) {
        let tick = self.scheduler.tick(self.platform.now()).await.unwrap();
        assert_eq!(tick.failed, 0);
    }

    pub async fn get(&self, browser: &mut Browser, path: &str) -> Answer {
        self.send(browser, Request::get(path), String::new()).await
    }

    pub async fn post(&self, browser: &mut Browser, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded(form);
        let request = Request::post(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, body.len());
        self.send(browser, request, std::mem::take(&mut body)).await
    }

    /// Sends a form with a file, as `multipart/form-data`: the texts first.
    pub async fn upload(
        &self,
        browser: &mut Browser,
        path: &str,
        form: &[(&str, &str)],
        file: (&str, &str),
    ) -> Answer {
        const EDGE: &str = "----edge";
        let mut body = String::new();
        let part = |name: &str, file: &str, words: &str| {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
            format!("--{EDGE}\r\n{head}\r\n\r\n{words}\r\n")
        };
        for (name, words) in form {
            body += &part(name, "", words);
        }
        body += &part(file.0, "; filename=\"a.json\"", file.1);
        body += "--";
        body += EDGE;
        body += "--\r\n";
        let request = Request::post(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .header(header::CONTENT_LENGTH, body.len());
        self.send(browser, request, body).await
    }

    /// Sends what the check page shows.
    pub async fn send_answers(&self, browser: &mut Browser, poll: Uuid) -> Answer {
        let check = self.get(browser, &format!("/polls/{poll}/check")).await;
        let shown = |field: &'static str| (field, check.hidden(field));
        let form = [("poll", poll.to_string()), shown("version"), shown("draft"), shown("facts")];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.post(browser, "/api/take/send", &form).await
    }

    /// Answers a poll of which the one question has the option `yes`, and sends it.
    pub async fn answer(&self, browser: &mut Browser, poll: Uuid) {
        let id = poll.to_string();
        self.post(browser, "/api/take/start", &[("poll", &id)]).await.is(303);
        let form = [("poll", id.as_str()), ("number", "1"), ("choice", "yes")];
        self.post(browser, "/api/take/answer", &form).await.is(303);
        let sent = self.send_answers(browser, poll).await;
        sent.leads(&format!("/polls/{id}/receipt"));
    }

    /// What a reader can see of a published poll.
    pub async fn results(&self, poll: Uuid, language: Language) -> Results {
        self.statistics.published(None, poll, language).await.unwrap()
    }

    /// A file as it came, with its headers; `known` is the tag of one that the reader has.
    pub async fn download(&self, browser: &Browser, path: &str, known: &str) -> Response<Vec<u8>> {
        let mut request = Request::get(path).header(header::IF_NONE_MATCH, known);
        if let Some(cookie) = &browser.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::empty()).unwrap();
        let (parts, body) = self.router.clone().call(request).await.unwrap().into_parts();
        Response::from_parts(parts, to_bytes(body, 10_000_000).await.unwrap().to_vec())
    }

    /// What the API answers a program, with the header `name` of the answer as its `to`.
    pub async fn program(&self, path: &str, token: Option<&str>, name: &str) -> Answer {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).unwrap();
        let response: Response<Body> = self.router.clone().call(request).await.unwrap();
        let text = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
        let to = text(name).unwrap_or_default().to_owned();
        let id = text(request_id::HEADER.as_str()).unwrap_or_default().to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status, to, id, whole: body.clone(), body }
    }

    /// A request as a browser makes it, with what is said about it in its head.
    pub async fn send(
        &self,
        browser: &mut Browser,
        request: axum::http::request::Builder,
        body: String,
    ) -> Answer {
        let mut request = request
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::ACCEPT_LANGUAGE, "en");
        if let Some(cookie) = &browser.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response: Response<Body> = self.router.clone().call(request).await.unwrap();
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(cookie) = text(header::SET_COOKIE) {
            let pair = cookie.split(';').next().unwrap().to_owned();
            browser.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        let to = text(header::LOCATION).unwrap_or_default().to_owned();
        let id = text(request_id::HEADER).unwrap_or_default().to_owned();
        let status = response.status();
        let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
        let whole = String::from_utf8(body.to_vec()).unwrap();
        Answer { status, to, id, body: without_props(&whole), whole }
    }
}

/// The page without what its islands know: nobody reads that.
fn without_props(page: &str) -> String {
    let mut parts = page.split("data-props=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let page =
        parts.fold(first, |page, part| page + part.split_once('"').map_or("", |(_, after)| after));
    let mut parts = page.split("<template");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, part| {
        page + part.split_once("</template>").map_or("", |(_, after)| after)
    })
}

fn form_urlencoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// Whether on PostgreSQL a transaction waits for what another one has locked.
pub async fn waits_for_a_lock(db: &DatabaseConnection) -> bool {
    let waits = "SELECT FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = Statement::from_string(DbBackend::Postgres, waits);
    db.query_one_raw(waits).await.unwrap().is_some()
}

/// A portal on PostgreSQL, where two transactions of one moment are no rarity.
pub async fn on_postgres() -> TestPortal {
    let url = testing::postgres().await.unwrap();
    TestPortal::on(&json!({ "portal": url, "vault": url })).await
}
