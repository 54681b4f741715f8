//! A portal's stores with an open poll and people who are signed in and have filled it in.

use crate::present;
use chrono::TimeDelta;
use migration::testing::{self, SqliteFile};
use questionnaire::{
    Answer, Audience, Breakdown, Kind, Label, Language, Order, Plan, Question, Questionnaire, Text,
    Typed,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait as _, EntityTrait as _, Statement};
use serde_json::json;
use server::{
    accounts::attributes::{Attribute, STATED},
    clock::SystemClock,
    config::{self, Config},
    entropy::{AsRng, SystemEntropy},
    identity::sessions::Sessions,
    polls::record::Poll,
    store::{account, department, poll},
};
use std::{collections::BTreeMap, fmt::Write as _, path::Path, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tower_sessions::Session;
use uuid::Uuid;
use vault::{Draft, Respondent, SESSION_ACCOUNT_KEY};
use veche::startup::{self, Assembly};

const MASTER: &str = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";
/// What the portal under load calls itself to PostgreSQL.
const PORTAL: &str = "portal-under-load";
/// Seconds without a request after which a session ends.
const SIGNED_IN: u32 = 86_400;
/// How many are made at the same time.
const AT_ONCE: usize = 16;

/// A database's kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// Somebody who is signed in and has only to send.
#[derive(Clone)]
pub struct Person {
    pub cookie: String,
    /// As it stands on the form that sends the draft.
    pub version: String,
    /// The draft as the form carries it.
    pub draft: String,
    /// What is in the draft.
    pub choices: [char; 3],
}

/// The stores.
pub struct World {
    pub engine: Engine,
    pub poll: Uuid,
    pub people: Arc<[Person]>,
    assembly: Assembly,
    pub vault: sea_orm::DatabaseConnection,
    urls: [String; 2],
    files: [SqliteFile; 2],
}

fn text(words: &str) -> Text {
    Text::both(words, words)
}

/// The options of every question.
pub const OPTIONS: [char; 5] = ['a', 'b', 'c', 'd', 'e'];
/// What every option is called, around its code.
pub const OPTION: [&str; 2] = ["The option ", " in some words"];

/// Three questions with five options each.
fn questions() -> Questionnaire {
    let option = |code: char| Label {
        code: code.to_string(),
        text: text(&OPTION.join(&code.to_string())),
        exclusive: false,
    };
    let question = |code: &str| Question {
        code: code.to_owned(),
        title: text(&format!("What do you think of the matter {code}?")),
        hint: Text::default(),
        required: true,
        kind: Kind::SingleChoice { options: OPTIONS.map(option).into(), order: Order::Fixed },
    };
    Questionnaire { questions: ["one", "two", "three"].map(question).into() }
}

/// What a person has in the draft at first.
pub fn first_choices(number: usize) -> [char; 3] {
    [1, 2, 3].map(|place| OPTIONS[(number / place) % OPTIONS.len()])
}

fn draft(number: usize) -> Draft {
    let choices = first_choices(number);
    let typed = ["one", "two", "three"].into_iter().zip(choices).map(|(code, choice)| {
        (code.to_owned(), Typed::from_answer(&Answer::Choice(choice.to_string())))
    });
    Draft { typed: typed.collect::<BTreeMap<_, _>>() }
}

impl World {
    pub async fn new(engine: Engine, people: usize) -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let urls = match engine {
            Engine::Postgres => [
                testing::durable_postgres().await.unwrap(),
                testing::durable_postgres().await.unwrap(),
            ],
            Engine::Sqlite => [files[0].url(), files[1].url()],
        };
        let config: Config = serde_json::from_value(configuration(&urls, 8000)).unwrap();
        let stores = startup::open_stores(&config).await.unwrap();
        startup::migrate(&stores).await.unwrap();
        let vault = stores.vault.clone();
        let assembly =
            startup::assemble(&config, stores, Arc::new(SystemClock), Arc::new(SystemEntropy))
                .await
                .unwrap();
        let mut world =
            Self { engine, poll: Uuid::nil(), people: Arc::new([]), assembly, vault, urls, files };
        world.poll = world.open_poll(TimeDelta::days(7)).await;
        world.people = world.sign_people_in(people).await.into();
        world
    }

    pub fn folder(&self) -> &Path {
        self.files[0].folder()
    }

    /// The configuration file.
    pub fn configuration(&self, port: u16) -> String {
        let urls = match self.engine {
            Engine::Postgres => self.urls.clone().map(|url| {
                let first = if url.contains('?') { '&' } else { '?' };
                format!("{url}{first}application_name={PORTAL}")
            }),
            Engine::Sqlite => self.urls.clone(),
        };
        let configuration = configuration(&urls, port);
        let mut text = String::new();
        for (section, entries) in configuration.as_object().unwrap() {
            let _ = writeln!(text, "[{section}]");
            for (key, value) in entries.as_object().unwrap() {
                let _ = writeln!(text, "{key} = {}", toml(value));
            }
        }
        text
    }

    pub fn poll_page(&self) -> String {
        format!("/polls/{}", self.poll)
    }

    /// The poll's id as the engine's SQL says it.
    pub fn poll_literal(&self) -> String {
        match self.engine {
            Engine::Postgres => format!("'{}'", self.poll),
            Engine::Sqlite => format!("x'{}'", self.poll.simple()),
        }
    }

    /// How many responses the vault holds of the poll that people answer.
    pub async fn responses(&self) -> u64 {
        let of_poll = format!("poll_id = {}", self.poll_literal());
        let count = format!("SELECT COUNT(*) AS n FROM response WHERE {of_poll}");
        self.number(&count).await
    }

    /// Connections of the portal's to PostgreSQL; of SQLite's, the files that it has open tell.
    pub async fn connections(&self) -> u64 {
        match self.engine {
            Engine::Postgres => {
                let of_portal = format!("application_name = '{PORTAL}'");
                self.number(&format!(
                    "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE {of_portal}"
                ))
                .await
            }
            Engine::Sqlite => 0,
        }
    }

    /// How large the stores are, in words.
    pub async fn sizes(&self) -> String {
        let mut sizes = Vec::new();
        for (place, store) in ["portal", "vault"].into_iter().enumerate() {
            match self.engine {
                Engine::Postgres => {
                    let address = self.urls[place].split('?').next().unwrap();
                    let database = address.rsplit('/').next().unwrap();
                    let size = format!("SELECT pg_database_size('{database}') AS n");
                    sizes.push(format!("{store} {}", megabytes(self.number(&size).await)));
                }
                Engine::Sqlite => {
                    let size = |file| {
                        let file = self.files[place].folder().join(file);
                        megabytes(file.metadata().map_or(0, |about| about.len()))
                    };
                    let (database, log) = (size("store.sqlite"), size("store.sqlite-wal"));
                    sizes.push(format!("{store} {database}, its log {log}"));
                }
            }
        }
        sizes.join(", ")
    }

    /// A number out of the vault's database.
    async fn number(&self, sql: &str) -> u64 {
        let statement = Statement::from_string(self.vault.get_database_backend(), sql);
        let row = self.vault.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "n").unwrap().try_into().unwrap()
    }

    async fn account(&self) -> Uuid {
        let platform = &self.assembly.platform;
        let id = platform.uuid();
        let row = account::ActiveModel {
            id: Set(id),
            subject: Set(id.as_bytes().to_vec()),
            provider: Set("http://127.0.0.1:9".to_owned()),
            created_at: Set(platform.now()),
            last_sign_in_at: Set(platform.now()),
            language: Set(None),
            inbox_seen_at: Set(None),
            staff_code: Set(None),
        };
        account::Entity::insert(row).exec_without_returning(&platform.db).await.unwrap();
        id
    }

    /// A poll of which results are published, with so many responses: its page.
    pub async fn results_page(&self, responses: u64) -> String {
        let poll = self.open_poll(TimeDelta::hours(1)).await;
        present::fill(self, poll, responses).await;
        // Its time is over for this scheduler; the poll that people answer stays open. The portal under
        // load has a scheduler, too: what this one has closed, either of them may publish.
        let later = self.assembly.platform.now() + TimeDelta::hours(2);
        let tick = self.assembly.scheduler.tick(later).await.unwrap();
        assert_eq!((tick.closed, tick.failed), (1, 0), "{tick:?}");
        while self.state(poll).await != ports::states::State::Published.code() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let tick = self.assembly.scheduler.tick(later).await.unwrap();
            assert_eq!(tick.failed, 0, "{tick:?}");
        }
        format!("/polls/{poll}/results")
    }

    async fn state(&self, poll: Uuid) -> String {
        poll::Entity::find_by_id(poll).one(&self.assembly.platform.db).await.unwrap().unwrap().state
    }

    async fn open_poll(&self, closes_in: TimeDelta) -> Uuid {
        let platform = &self.assembly.platform;
        let (id, asking, now) = (platform.uuid(), platform.uuid(), platform.now());
        let row = department::ActiveModel {
            id: Set(asking),
            name: Set(json!({ "en": "Department of load", "ru": "Департамент нагрузки" })),
            region: Set(None),
            created_at: Set(now),
        };
        department::Entity::insert(row).exec_without_returning(&platform.db).await.unwrap();
        let poll = Poll {
            id,
            department: asking,
            author: self.account().await,
            state: ports::states::State::Scheduled,
            revision: 1,
            languages: [Language::En, Language::Ru].into(),
            title: text("A poll that everybody answers"),
            purpose: text("To see how many can answer at once"),
            questionnaire: questions(),
            audience: Audience::default(),
            plan: Plan([Breakdown::RegionByGender, Breakdown::AgeBand].into()),
            special: None,
            special_chosen: true,
            opens_at: Some(now - TimeDelta::hours(1)),
            closes_at: Some(now + closes_in),
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
        poll::Entity::insert(poll.row()).exec_without_returning(&platform.db).await.unwrap();
        self.assembly.scheduler.tick(platform.now()).await.unwrap();
        id
    }

    /// People of whom region, birth date and gender are known, with a session and a draft each.
    async fn sign_people_in(&self, people: usize) -> Vec<Person> {
        let platform = self.assembly.platform.clone();
        let attributes = self.assembly.attributes.clone();
        let last =
            config::sessions::Sessions { idle_seconds: SIGNED_IN, longest_seconds: SIGNED_IN };
        let sessions = Arc::new(Sessions::new(platform.clone(), last));
        let poll = self.poll;
        let (mut made, mut working) = (Vec::new(), JoinSet::new());
        for number in 0..people {
            if working.len() == AT_ONCE {
                made.push(working.join_next().await.unwrap().unwrap());
            }
            let account = self.account().await;
            let (platform, attributes) = (platform.clone(), attributes.clone());
            let (sessions, vault) = (sessions.clone(), self.assembly.vault.clone());
            working.spawn(async move {
                let known = [
                    ("region", format!("0{}", 1 + number % 8)),
                    ("birth_date", format!("{}-03-27", 1940 + number % 65)),
                    ("gender", ["female", "male"][number % 2].to_owned()),
                ];
                for (name, value) in known {
                    let attribute = Attribute {
                        name: name.to_owned(),
                        value: value.into(),
                        source: STATED.to_owned(),
                        verified: false,
                        obtained_at: platform.now(),
                    };
                    attributes.save(&platform.db, account, &attribute).await.unwrap();
                }
                let session = Session::new(None, sessions, None);
                session.insert(SESSION_ACCOUNT_KEY, account).await.unwrap();
                session.save().await.unwrap();
                let who = Respondent::from_session(&session).await.unwrap().unwrap();
                let draft = draft(number);
                let mut rng = AsRng(&*platform.entropy);
                let today = platform.today();
                vault.save_draft(&who, poll, &draft, None, today, &mut rng).await.unwrap();
                let version = vault.draft_version(&who, poll, &draft).await.unwrap();
                let draft = vault.unsent(&who, poll).await.unwrap().unwrap().to_carry();
                let cookie = format!("session={}", session.id().unwrap());
                Person { cookie, version, draft, choices: first_choices(number) }
            });
        }
        made.extend(working.join_all().await);
        made
    }
}

#[expect(clippy::cast_precision_loss, reason = "the size of a file")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_048_576.0)
}

fn configuration(urls: &[String; 2], port: u16) -> serde_json::Value {
    let regions: Vec<_> = (1..=8)
        .map(|n| json!({ "code": format!("0{n}"), "name": { "en": format!("Region {n}"), "ru": format!("Регион {n}") } }))
        .collect();
    json!({
        "server": { "listen": format!("127.0.0.1:{port}"), "public_url": format!("http://127.0.0.1:{port}") },
        "stores": { "portal": urls[0], "vault": urls[1] },
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
            "operator": { "en": "Ministry of load", "ru": "Министерство нагрузки" },
            "contact": "data@example.org",
            "regions": regions,
        },
        // Whoever waits for a turn in a soak stays signed in.
        "sessions": { "idle_seconds": SIGNED_IN },
        "limits": {
            "posts_per_minute": 100_000_000,
            "requests_per_minute": 100_000_000,
            "submission": {
                "address_per_minute": 100_000_000,
                "account_per_minute": 100_000_000,
                "all_per_second": 10_000_000,
            },
        },
    })
}

fn toml(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key} = {}", toml(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
