//! Who makes requests, read for many of them at once: by one statement, what every request needs
//! to know of its person.
//!
//! Nothing is kept from one request to the next, so that a role that was taken away or an account
//! that was deleted counts at once; requests that arrive at the same moment are read together
//! ([`gather`]).

use crate::{
    accounts::attributes::{Attributes, opened_facts},
    error::{internal, while_},
    notices,
    platform::Platform,
    staff::roles,
};
use chrono::{DateTime, Utc};
use gather::{Gather, Limits};
use ports::{failure::Failure, roles::Grant};
use questionnaire::Facts;
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult, Statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    num::NonZeroUsize,
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

type Found = Result<Option<Vec<Row>>, DbErr>;

/// Reads people.
#[derive(Clone)]
pub struct People {
    attributes: Attributes,
    read: Gather<Uuid, Found>,
}

/// An account with one of its roles and one of its attributes: all pairs of both.
#[derive(Clone, FromQueryResult)]
struct Row {
    id: Uuid,
    inbox_seen_at: Option<DateTime<Utc>>,
    role: Option<String>,
    department_id: Option<Uuid>,
    name: Option<String>,
    sealed: Option<Vec<u8>>,
    notices: i64,
}

/// People that may wait to be read, and of how many are read by one statement.
const LIMITS: (usize, usize) = (4096, 128);

impl People {
    /// People of a portal.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn new(platform: &Platform, attributes: Attributes) -> Self {
        let some = |n| NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN);
        let limits = Limits { queue: some(LIMITS.0), round: some(LIMITS.1), workers: some(2) };
        let db = platform.db.clone();
        let read = Gather::new(limits, move |accounts: Vec<Uuid>| {
            let db = db.clone();
            async move {
                match rows(&db, &accounts).await {
                    Ok(mut found) => {
                        // Two requests of one person at once: both get it.
                        let of = |id: &Uuid| found.get_mut(id).map(|rows| rows.clone());
                        accounts.iter().map(of).map(Ok).collect()
                    }
                    Err(error) => accounts.iter().map(|_| Err(error.clone())).collect(),
                }
            }
        });
        Self { attributes, read }
    }

    /// The person of an account; `None` where there is no such account any more.
    ///
    /// # Errors
    /// [`Failure::Busy`]; when the store cannot be read, or a value does not open.
    pub async fn person(&self, account: Uuid) -> Result<Option<Person>, Failure> {
        let rows = match self.read.ask(account).await {
            Err(gather::Refused::Busy) => return Err(Failure::Busy),
            Err(lost) => return Err(internal(lost)),
            Ok(rows) => rows.map_err(while_("reading a caller"))?,
        };
        let Some(rows) = rows else { return Ok(None) };
        let mut person = Person::default();
        let (mut values, mut held) = (BTreeMap::new(), BTreeSet::new());
        for row in rows {
            person.seen_at = row.inbox_seen_at;
            person.notices = u64::try_from(row.notices).unwrap_or(0);
            if let Some(role) = row.role {
                held.insert((role, row.department_id));
            }
            if let (Some(name), Some(sealed)) = (row.name, row.sealed)
                && !values.contains_key(&name)
            {
                let value = self.attributes.unseal(account, &name, &sealed)?;
                values.insert(name, value);
            }
        }
        person.grants = roles::known(held);
        person.name = values.get("name").and_then(|name| name.as_str()).map(ToOwned::to_owned);
        person.facts = opened_facts(values.iter().map(|(name, value)| (name.as_str(), value)));
        Ok(Some(person))
    }
}

async fn rows(
    db: &DatabaseConnection,
    accounts: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Row>>, DbErr> {
    let accounts: BTreeSet<Uuid> = accounts.iter().copied().collect();
    let mut places = String::new();
    for number in 1..=accounts.len() {
        let comma = if number == 1 { "" } else { ", " };
        let _ = write!(places, "{comma}${number}");
    }
    let kinds = notices::STORED_KINDS.map(|kind| format!("'{kind}'")).join(", ");
    let sql = format!(
        "SELECT a.id, a.inbox_seen_at, r.role, r.department_id, t.name, t.sealed, \
         (SELECT COUNT(*) FROM notice n WHERE n.account_id = a.id AND n.kind IN ({kinds}) \
         AND (a.inbox_seen_at IS NULL OR n.at > a.inbox_seen_at)) AS notices \
         FROM account a LEFT JOIN staff_role r ON r.account_id = a.id \
         LEFT JOIN attribute t ON t.account_id = a.id \
         AND t.name IN ('name', 'region', 'birth_date', 'gender') WHERE a.id IN ({places})"
    );
    let values = accounts.into_iter().map(Into::into);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut found: BTreeMap<Uuid, Vec<Row>> = BTreeMap::new();
    for row in Row::find_by_statement(statement).all(db).await? {
        found.entry(row.id).or_default().push(row);
    }
    Ok(found)
}
