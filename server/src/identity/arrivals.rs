//! Who arrives with a request: the session that its cookie names, and what every request needs to know of
//! the person who is signed in to it, read for many requests at once.
//!
//! Requests that arrive at the same moment are read together ([`gather`]): their sessions and accounts each
//! time, so that one that was ended counts at once. What else is known of a person is kept, as it is
//! stored, for as long as the account has the same tag. The database gives it another one with every change
//! (`migration/src/portal/m0006_tag.rs`), so a role that was taken away, here or by another server, counts
//! at once, too.
//!
//! What it must never do: keep an attribute in clear, or anything under a tag that it was not read with.
//! Whether the session still holds, and which of the roles count, is not decided here ([`super::sessions`],
//! [`super::caller`]).

use super::sessions::StoredSession;
use crate::{
    accounts::attributes::{Attributes, opened_facts},
    error::while_,
    notices::stored::RoleChange,
    platform::Platform,
    staff::roles,
};
use chrono::{DateTime, Utc};
use gather::{Gather, Limits, padded};
use migration::connection::{self, is_held_up};
use moka::future::Cache;
use ports::{
    failure::Failure,
    roles::Grant,
    views::polls::{NAME, Need},
};
use questionnaire::Facts;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, FromQueryResult, Statement, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
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
    pub inbox_seen_at: Option<DateTime<Utc>>,
    /// Stored notices that the person has not seen.
    pub notices: u64,
}

/// A session as it is stored, and whose it is.
#[derive(Clone)]
pub struct Arrival {
    /// The session.
    pub session: StoredSession,
    /// The person; none where nobody is signed in, or the account does not exist any more.
    whose: Option<(Uuid, Arc<Known>)>,
}

impl Arrival {
    /// Whether the session is or was that of somebody who has an account.
    #[must_use]
    pub const fn is_somebodys(&self) -> bool {
        self.whose.is_some()
    }
}

type Found = Result<Option<Arrival>, DbErr>;

/// Reads who arrives.
#[derive(Clone)]
pub struct People {
    attributes: Attributes,
    read: Gather<Vec<u8>, Found>,
}

/// What is known of a person, as it is stored.
#[derive(Default)]
struct Known {
    inbox_seen_at: Option<DateTime<Utc>>,
    notices: u64,
    grants: Vec<Grant>,
    /// By name, sealed.
    attributes: BTreeMap<String, Vec<u8>>,
}

impl Known {
    /// About how many bytes it takes.
    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, sealed)| name.len() + sealed.len());
        attributes.sum::<usize>() + size_of_val(self.grants.as_slice()) + 256
    }
}

/// A session with its account.
#[derive(FromQueryResult)]
struct SessionRow {
    id_hash: Vec<u8>,
    sealed: Vec<u8>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    account: Option<Uuid>,
    tag: Option<Uuid>,
}

/// An account with one of its roles and one of its attributes: all pairs of both.
#[derive(FromQueryResult)]
struct KnownRow {
    account: Uuid,
    tag: Option<Uuid>,
    inbox_seen_at: Option<DateTime<Utc>>,
    role: Option<String>,
    department_id: Option<Uuid>,
    name: Option<String>,
    sealed: Option<Vec<u8>>,
    notices: i64,
}

/// What is known of people, by the tags of their accounts.
type Tagged = Cache<Uuid, Arc<Known>>;

/// Bytes of what is kept of people, some tens of thousands of them.
const KEPT_BYTES: u64 = 16 << 20;
/// How long it is kept of somebody who is not here any more.
const KEPT: Duration = Duration::from_mins(10);

/// Requests that may wait to be read, and of how many are read by one statement.
const LIMITS: Limits = Limits::new(4096, 128);

impl People {
    /// People of a portal.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn new(platform: &Platform, attributes: Attributes) -> Self {
        let db = connection::rounds(&platform.db, &platform.db);
        let bytes = |_: &Uuid, known: &Arc<Known>| u32::try_from(known.bytes()).unwrap_or(u32::MAX);
        let tagged = Cache::builder().max_capacity(KEPT_BYTES).weigher(bytes).time_to_idle(KEPT);
        let tagged = tagged.build();
        let read = Gather::new(LIMITS, move |hashes: Vec<Vec<u8>>| {
            let (db, tagged) = (db.clone(), tagged.clone());
            async move {
                match arrivals(&db, &tagged, &hashes).await {
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
            // A table is changed beside it, as by an upgrade.
            Ok(Err(error)) if is_held_up(&error) => Err(Failure::Busy),
            Ok(found) => found.map_err(while_("reading a caller")),
        }
    }

    /// The person of an arrival; `None` where the account is another one, or does not exist any
    /// more.
    ///
    /// # Errors
    /// When a value does not open.
    pub fn person(&self, arrival: &Arrival, account: Uuid) -> Result<Option<Person>, Failure> {
        let Some((_, known)) = arrival.whose.as_ref().filter(|(whose, _)| *whose == account) else {
            return Ok(None);
        };
        let mut values = BTreeMap::new();
        for (name, sealed) in &known.attributes {
            values.insert(name.as_str(), self.attributes.unseal(account, name, sealed)?);
        }
        Ok(Some(Person {
            name: values.get(NAME).and_then(|name| name.as_str()).map(ToOwned::to_owned),
            grants: known.grants.clone(),
            facts: opened_facts(values.iter().map(|(name, value)| (*name, value))),
            inbox_seen_at: known.inbox_seen_at,
            notices: known.notices,
        }))
    }
}

/// A table of which rows are looked up by their key.
#[derive(Clone, Copy)]
struct Keyed {
    table: &'static str,
    /// What the statement calls the table.
    name: &'static str,
    /// The key's column.
    key: &'static str,
    /// The key's type on PostgreSQL.
    kind: &'static str,
}

const SESSIONS: Keyed = Keyed { table: "session", name: "s", key: "id_hash", kind: "bytea" };
const ACCOUNTS: Keyed = Keyed { table: "account", name: "a", key: "id", kind: "uuid" };

/// The `FROM` part, the `WHERE` clause and the bound values that select the rows whose key is among `keys`.
///
/// On PostgreSQL one list, joined: the same statement for any number of people, and a plan that looks
/// each of them up. SQLite knows no lists, and looks each up in any case.
fn of_all<T>(
    backend: DbBackend,
    Keyed { table, name, key, kind }: Keyed,
    keys: BTreeSet<T>,
) -> (String, String, Vec<Value>)
where
    T: Clone + Into<Value>,
    Vec<T>: Into<Value>,
{
    let keys: Vec<T> = keys.into_iter().collect();
    if backend == DbBackend::Postgres {
        let from = format!(
            "unnest($1::{kind}[]) AS asked ({key}) JOIN {table} {name} ON {name}.{key} = asked.{key}"
        );
        return (from, String::new(), vec![keys.into()]);
    }
    let keys = padded(keys);
    let places: Vec<String> = (1..=keys.len()).map(|number| format!("${number}")).collect();
    let which = format!("WHERE {name}.{key} IN ({})", places.join(", "));
    (format!("{table} {name}"), which, keys.into_iter().map(Into::into).collect())
}

async fn arrivals(
    db: &DatabaseConnection,
    tagged: &Tagged,
    hashes: &[Vec<u8>],
) -> Result<BTreeMap<Vec<u8>, Arrival>, DbErr> {
    let backend = db.get_database_backend();
    let hashes = hashes.iter().cloned().collect();
    let (from, which, values) = of_all(backend, SESSIONS, hashes);
    let sql = format!(
        "SELECT s.id_hash, s.sealed, s.seen_at, s.expires_at, a.id AS account, a.tag \
         FROM {from} LEFT JOIN account a ON a.id = s.account_id {which}"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = SessionRow::find_by_statement(statement).all(db).await?;
    let (mut people, mut others) = (BTreeMap::new(), BTreeSet::new());
    for row in &rows {
        let Some(account) = row.account else { continue };
        let kept = match row.tag {
            Some(tag) => tagged.get(&tag).await,
            None => None,
        };
        if let Some(kept) = kept {
            people.insert(account, kept);
        } else {
            others.insert(account);
        }
    }
    if !others.is_empty() {
        for (account, (tag, known)) in known(db, others).await? {
            let known = Arc::new(known);
            if let Some(tag) = tag {
                tagged.insert(tag, known.clone()).await;
            }
            people.insert(account, known);
        }
    }
    let arrival = |row: SessionRow| {
        let SessionRow { id_hash, sealed, seen_at, expires_at, account, .. } = row;
        let whose = account.and_then(|account| Some((account, people.get(&account)?.clone())));
        (id_hash, Arrival { session: StoredSession { sealed, seen_at, expires_at }, whose })
    };
    Ok(rows.into_iter().map(arrival).collect())
}

/// What is known of people, with the tag under which it may be kept: read by one statement, so that
/// it is what the tag stands for.
async fn known(
    db: &DatabaseConnection,
    accounts: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, (Option<Uuid>, Known)>, DbErr> {
    let backend = db.get_database_backend();
    let (from, which, values) = of_all(backend, ACCOUNTS, accounts);
    let kinds = RoleChange::ALL.map(|change| format!("'{}'", change.kind())).join(", ");
    let facts = Need::ALL.map(|need| format!(", '{}'", need.code())).concat();
    let sql = format!(
        "SELECT a.id AS account, a.tag, a.inbox_seen_at, r.role, r.department_id, t.name, t.sealed, \
         (SELECT COUNT(*) FROM notice n WHERE n.account_id = a.id AND n.kind IN ({kinds}) \
         AND (a.inbox_seen_at IS NULL OR n.at > a.inbox_seen_at)) AS notices \
         FROM {from} LEFT JOIN staff_role r ON r.account_id = a.id \
         LEFT JOIN attribute t ON t.account_id = a.id \
         AND t.name IN ('{NAME}'{facts}) {which}"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let (mut found, mut held) = (BTreeMap::new(), BTreeMap::<_, BTreeSet<_>>::new());
    for row in KnownRow::find_by_statement(statement).all(db).await? {
        let (_, known) = found.entry(row.account).or_insert_with(|| (row.tag, Known::default()));
        known.inbox_seen_at = row.inbox_seen_at;
        known.notices = u64::try_from(row.notices).unwrap_or(0);
        if let Some(role) = row.role {
            held.entry(row.account).or_default().insert((role, row.department_id));
        }
        if let (Some(name), Some(sealed)) = (row.name, row.sealed) {
            known.attributes.insert(name, sealed);
        }
    }
    for (account, held) in held {
        if let Some((_, known)) = found.get_mut(&account) {
            known.grants = roles::known(held);
        }
    }
    Ok(found)
}
