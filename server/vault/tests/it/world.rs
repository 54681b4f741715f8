//! A vault with one open poll, people who are signed in, and an independent look into the tables.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use chrono::NaiveDate;
use hmac::{Hmac, Mac as _};
use migration::{connection, testing};
use questionnaire::{
    Answer, Answers, Kind, Label, Order, Question, Questionnaire, Text, audience::StoredFacts,
};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, QueryResult, Statement};
use sea_orm_migration::MigratorTrait as _;
use sha2::Sha256;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tower_sessions::{
    Session, SessionStore,
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;
use vault::{
    Connections, Draft, Emptied, Error, MasterKey, Receipt, Respondent, SESSION_ACCOUNT_KEY,
    Submission, Unsent, Vault,
};

pub const POLL: Uuid = Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0001);
pub const MASTER: [u8; 32] = [42; 32];

pub struct World {
    pub vault: Vault,
    pub db: DatabaseConnection,
    pub url: String,
    pub file: Option<testing::SqliteFile>,
}

impl World {
    pub async fn on_sqlite() -> Self {
        let file = testing::SqliteFile::new();
        Self::new(file.url(), Some(file)).await
    }

    pub async fn on_postgres() -> Self {
        Self::new(testing::migrated::vault_store().await.unwrap(), None).await
    }

    /// A vault with an open poll in the store at `url`, which is brought to the newest schema.
    pub async fn new(url: String, file: Option<testing::SqliteFile>) -> Self {
        let db = connection::open(&url).await.unwrap();
        migration::vault::Migrator::up(&db, None).await.unwrap();
        let master = MasterKey::from_bytes(MASTER);
        let writer = connection::writer(&db);
        let [responses, drafts] = [(); 2].map(|()| connection::rounds(&db, &writer));
        let reading = connection::rounds(&db, &db);
        let all = Connections { db: db.clone(), writer, responses, drafts, reading };
        let vault = Vault::new(all, master);
        vault.create_poll_key(POLL, &mut rng(0)).await.unwrap();
        vault.open(POLL).await.unwrap();
        Self { vault, db, url, file }
    }

    /// The same store from another server: connections of its own.
    pub async fn another_vault(&self) -> Vault {
        Vault::new(connection::open(&self.url).await.unwrap(), MasterKey::from_bytes(MASTER))
    }

    /// The key goes, and then all that is left under it.
    pub async fn end_retention(&self, today: NaiveDate) {
        self.vault.destroy_poll_key(POLL, today).await.unwrap();
        while self.vault.empty(POLL, day(31), 1).await.unwrap() != Emptied::Done {}
        assert!(!self.vault.to_empty().await.unwrap().contains(&POLL));
    }

    pub async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        self.db.query_all_raw(statement).await.unwrap()
    }

    pub async fn count(&self, table: &str) -> i64 {
        let rows = self.rows(&format!("SELECT COUNT(*) AS n FROM {table}")).await;
        rows[0].try_get("", "n").unwrap()
    }

    /// What is counted of all responses, beside that each took part.
    pub async fn marks(&self) -> Vec<String> {
        let rows = self.rows("SELECT counted FROM response").await;
        let marks = rows.iter().flat_map(|row| {
            let marks: String = row.try_get("", "counted").unwrap();
            serde_json::from_str::<Vec<String>>(&marks).unwrap()
        });
        marks.filter(|mark| !mark.is_empty()).collect()
    }

    /// How many requests wait for a lock or for another's row, on PostgreSQL.
    pub async fn waiting(&self) -> i64 {
        let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        self.rows(sql).await[0].try_get("", "n").unwrap()
    }

    /// The poll's key, unwrapped as the design says and not by the code under test.
    pub async fn poll_key(&self) -> [u8; 32] {
        let rows = self.rows("SELECT poll_id, wrapped FROM poll_key").await;
        let of_poll = |row: &&QueryResult| row.try_get::<Uuid>("", "poll_id").unwrap() == POLL;
        let wrapped: Vec<u8> = rows.iter().find(of_poll).unwrap().try_get("", "wrapped").unwrap();
        let (nonce, sealed) = wrapped.split_first_chunk::<24>().unwrap();
        let payload = Payload { msg: sealed, aad: POLL.as_bytes() };
        let cipher = XChaCha20Poly1305::new(&MASTER.into());
        cipher.decrypt(&XNonce::from(*nonce), payload).unwrap().try_into().unwrap()
    }
}

/// Randomness that is the same in each run.
pub fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Another one each time: drafts are sealed with other randomness each time, as outside of tests.
pub fn another_rng() -> StdRng {
    static TIMES: AtomicU64 = AtomicU64::new(1 << 32);
    rng(TIMES.fetch_add(1, Ordering::Relaxed))
}

pub fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

pub fn citizen_id(person: u32) -> Uuid {
    Uuid::from_u128(0xc172_0000_0000_4000_8000_0000_0000_0000 | u128::from(person))
}

/// HMAC-SHA-256 of the citizen's id under the poll's key, computed apart from the vault.
pub fn pseudonym(poll_key: &[u8; 32], person: u32) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(poll_key).unwrap();
    mac.update(citizen_id(person).as_bytes());
    mac.finalize().into_bytes().into()
}

/// A person who is signed in.
pub async fn person(number: u32) -> Respondent {
    let session = Session::new(None, Arc::new(NoStore), None);
    assert!(Respondent::from_session(&session).await.unwrap().is_none());
    session.insert(SESSION_ACCOUNT_KEY, citizen_id(number)).await.unwrap();
    Respondent::from_session(&session).await.unwrap().unwrap()
}

/// A session that was not saved yet never asks its store.
#[derive(Debug)]
struct NoStore;

#[async_trait::async_trait]
impl SessionStore for NoStore {
    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Ok(())
    }

    async fn load(&self, _: &Id) -> session_store::Result<Option<Record>> {
        Ok(None)
    }

    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Ok(())
    }
}

/// A question of each shape that is counted in another way.
pub fn questionnaire() -> Questionnaire {
    let label = |code: &str| Label {
        code: code.into(),
        text: Text::both(code, code),
        exclusive: code == "none",
    };
    let options = |codes: &[&str]| codes.iter().map(|code| label(code)).collect::<Vec<_>>();
    let question = |code: &str, required, kind| Question {
        code: code.into(),
        title: Text::both(code, code),
        hint: Text::default(),
        required,
        kind,
    };
    let order = Order::Fixed;
    let colour = Kind::SingleChoice { options: options(&["red", "green", "blue"]), order };
    let uses = options(&["bus", "train", "bicycle", "none"]);
    let uses = Kind::MultipleChoice { options: uses, order, least: 1, most: 3 };
    let age = Kind::Number { min: 0, max: 120, bins: vec![18, 65] };
    Questionnaire {
        questions: vec![
            question("colour", true, colour),
            question("uses", false, uses),
            question("years", false, age),
            question("why", false, Kind::ShortText { max_chars: 100 }),
        ],
    }
}

pub fn answers(colour: &str) -> Answers {
    Answers::from([("colour".to_owned(), Answer::Choice(colour.to_owned()))])
}

/// Answers and facts of many people, of many sorts.
pub fn varied(person: u32) -> (Answers, StoredFacts) {
    let pick = |codes: &[&str], by: u32| codes[(person / by) as usize % codes.len()].to_owned();
    let mut answers = answers(&pick(&["red", "green", "green", "blue"], 1));
    if !person.is_multiple_of(5) {
        let uses = match person % 4 {
            0 => BTreeSet::from(["none".to_owned()]),
            1 => BTreeSet::from(["bus".to_owned()]),
            _ => BTreeSet::from(["bus".to_owned(), "train".to_owned()]),
        };
        answers.insert("uses".into(), Answer::Choices(uses));
    }
    if person.is_multiple_of(3) {
        answers.insert("years".into(), Answer::Number(i64::from(person % 121)));
    }
    if person.is_multiple_of(7) {
        answers.insert("why".into(), Answer::Text("because".into()));
    }
    let facts = StoredFacts {
        region: Some(pick(&["north", "south", "not-stated"], 3)),
        age_band: None,
        gender: Some(pick(&["female", "male"], 2)),
    };
    (answers, facts)
}

pub async fn submit(
    vault: &Vault,
    number: u32,
    answers: &Answers,
    facts: StoredFacts,
    today: NaiveDate,
) -> Result<Receipt, Error> {
    let respondent = person(number).await;
    let mut rng = rng(u64::from(number) << 32 | u64::from(chrono::Datelike::day(&today)));
    let questionnaire = questionnaire();
    let said = Submission::new(&questionnaire, answers, facts);
    vault.submit(&respondent, POLL, said, today, &mut rng).await
}

/// What a person has typed and not sent.
pub async fn draft_of(vault: &Vault, me: &Respondent, poll: Uuid) -> Result<Option<Draft>, Error> {
    Ok(vault.unsent(me, poll).await?.map(|unsent| unsent.draft))
}

/// Keeps what a person types, in place of what there is.
pub async fn keep(vault: &Vault, number: u32, poll: Uuid, draft: &Draft) -> Unsent {
    let (me, mut rng) = (person(number).await, another_rng());
    loop {
        let unsent = vault.unsent(&me, poll).await.unwrap();
        match vault.save_draft(&me, poll, draft, unsent.as_ref(), day(1), &mut rng).await {
            // It was sent meanwhile, for instance.
            Err(Error::Overtaken) => {}
            kept => break kept.unwrap(),
        }
    }
    vault.unsent(&me, poll).await.unwrap().unwrap()
}
