//! Who makes requests, read for many of them at once: by one statement, the session, and what every
//! request needs to know of its person.
//!
//! Nothing is kept from one request to the next, so that a role that was taken away, or a session
//! or an account that was ended, counts at once; requests that arrive at the same moment are read
//! together ([`gather`]).

use crate::{
    accounts::attributes::{Attributes, opened_facts},
    error::while_,
    notices::stored::RoleChange,
    platform::Platform,
    staff::roles,
};
use chrono::{DateTime, Utc};
use gather::{Gather, Limits, padded};
use migration::connection;
use ports::{failure::Failure, roles::Grant};
use questionnaire::Facts;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, FromQueryResult, Statement, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};
use uuid::Uuid;

/// What every request needs to know of its person.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// How pages address the person, where a name was released.
    pub name: Option<String>,
    /// The roles, in a fixed order.
    pub grants: Vec<Grant>,
    /// What an audience can ask.
    pub facts: Facts,
    /// When the person last looked at the inbox.
    pub seen_at: Option<DateTime<Utc>>,
    /// Stored notices that the person has not seen.
    pub notices: u64,
}

/// A session as it is stored, and whose it is.
#[derive(Clone)]
pub struct Arrival {
    /// The session.
    pub session: StoredSession,
    account: Option<Uuid>,
    rows: Vec<Row>,
}

/// What is stored of a session: the columns of `store::session` that a request needs.
#[derive(Clone)]
pub struct StoredSession {
    /// What it holds, sealed.
    pub sealed: Vec<u8>,
    /// When it was used last, about.
    pub seen_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

type Found = Result<Option<Arrival>, DbErr>;

/// Reads people.
#[derive(Clone)]
pub struct People {
    attributes: Attributes,
    read: Gather<Vec<u8>, Found>,
}

/// A session with one of its person's roles and one of their attributes: all pairs of both.
#[derive(Clone, FromQueryResult)]
struct Row {
    id_hash: Vec<u8>,
    session_sealed: Vec<u8>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    account: Option<Uuid>,
    inbox_seen_at: Option<DateTime<Utc>>,
    role: Option<String>,
    department_id: Option<Uuid>,
    name: Option<String>,
    sealed: Option<Vec<u8>>,
    notices: i64,
}

/// Requests that may wait to be read, and of how many are read by one statement.
const LIMITS: (usize, usize) = (4096, 128);

impl People {
    /// People of a portal.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn new(platform: &Platform, attributes: Attributes) -> Self {
        let limits = Limits::new(LIMITS.0, LIMITS.1);
        let db = connection::rounds(&platform.db, &platform.db);
        let read = Gather::new(limits, move |hashes: Vec<Vec<u8>>| {
            let db = db.clone();
            async move {
                match arrivals(&db, &hashes).await {
                    // Two requests of one session at once: both get it.
                    Ok(found) => hashes.iter().map(|hash| Ok(found.get(hash).cloned())).collect(),
                    Err(error) => hashes.iter().map(|_| Err(error.clone())).collect(),
                }
            }
        });
        Self { attributes, read }
    }

    /// The session that is filed under this hash, ended or not, and its person; `None` where there
    /// is none.
    ///
    /// # Errors
    /// [`Failure::Busy`]; when the store cannot be read.
    pub async fn arriving(&self, id_hash: Vec<u8>) -> Result<Option<Arrival>, Failure> {
        match self.read.ask(id_hash).await {
            Err(gather::Refused::Busy) => Err(Failure::Busy),
            Err(lost) => Err(Failure::internal(lost)),
            Ok(found) => found.map_err(while_("reading a caller")),
        }
    }

    /// The person of an arrival; `None` where the account is another one, or does not exist any
    /// more.
    ///
    /// # Errors
    /// When a value does not open.
    pub fn person(&self, arrival: &Arrival, account: Uuid) -> Result<Option<Person>, Failure> {
        if arrival.account != Some(account) {
            return Ok(None);
        }
        let mut person = Person::default();
        let (mut values, mut held) = (BTreeMap::new(), BTreeSet::new());
        for row in &arrival.rows {
            person.seen_at = row.inbox_seen_at;
            person.notices = u64::try_from(row.notices).unwrap_or(0);
            if let Some(role) = &row.role {
                held.insert((role.clone(), row.department_id));
            }
            if let (Some(name), Some(sealed)) = (&row.name, &row.sealed)
                && !values.contains_key(name.as_str())
            {
                let value = self.attributes.unseal(account, name, sealed)?;
                values.insert(name.as_str(), value);
            }
        }
        person.grants = roles::known(held);
        person.name = values.get("name").and_then(|name| name.as_str()).map(ToOwned::to_owned);
        person.facts = opened_facts(values.iter().map(|(name, value)| (*name, value)));
        Ok(Some(person))
    }
}

async fn arrivals(
    db: &DatabaseConnection,
    hashes: &[Vec<u8>],
) -> Result<BTreeMap<Vec<u8>, Arrival>, DbErr> {
    let hashes: BTreeSet<&Vec<u8>> = hashes.iter().collect();
    let (backend, hashes) = (db.get_database_backend(), hashes.into_iter().cloned());
    // On PostgreSQL one list, joined: the same statement for any number of people, and a plan that
    // looks each of them up. SQLite knows no lists, and looks each up in any case.
    let (sessions, which, values): (_, String, Vec<Value>) = if backend == DbBackend::Postgres {
        let sessions = "unnest($1::bytea[]) AS asked (id_hash) \
            JOIN session s ON s.id_hash = asked.id_hash";
        (sessions, String::new(), vec![hashes.collect::<Vec<_>>().into()])
    } else {
        let hashes = padded(hashes.collect());
        let places: Vec<String> = (1..=hashes.len()).map(|number| format!("${number}")).collect();
        let which = format!("WHERE s.id_hash IN ({})", places.join(", "));
        ("session s", which, hashes.into_iter().map(Into::into).collect())
    };
    let kinds = RoleChange::ALL.map(|change| format!("'{}'", change.kind())).join(", ");
    let sql = format!(
        "SELECT s.id_hash, s.sealed AS session_sealed, s.seen_at, s.expires_at, a.id AS account, \
         a.inbox_seen_at, r.role, r.department_id, t.name, t.sealed, \
         (SELECT COUNT(*) FROM notice n WHERE n.account_id = a.id AND n.kind IN ({kinds}) \
         AND (a.inbox_seen_at IS NULL OR n.at > a.inbox_seen_at)) AS notices \
         FROM {sessions} LEFT JOIN account a ON a.id = s.account_id \
         LEFT JOIN staff_role r ON r.account_id = a.id \
         LEFT JOIN attribute t ON t.account_id = a.id \
         AND t.name IN ('name', 'region', 'birth_date', 'gender') {which}"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut found: BTreeMap<Vec<u8>, Arrival> = BTreeMap::new();
    for mut row in Row::find_by_statement(statement).all(db).await? {
        let sealed = mem::take(&mut row.session_sealed);
        let arrival = found.entry(row.id_hash.clone()).or_insert_with(|| Arrival {
            session: StoredSession { sealed, seen_at: row.seen_at, expires_at: row.expires_at },
            account: row.account,
            rows: Vec::new(),
        });
        arrival.rows.push(row);
    }
    Ok(found)
}
