//! Sessions at rest: a `tower-sessions` store over the table `session`.
//!
//! The database alone is of no use to whoever reads it: a session is filed under the SHA-256 of
//! its id, so that a row is not a cookie, and what it holds (typed values, too) is sealed under a
//! key derived from the id itself, which only the browser has. Beside it stand, in clear, the
//! account and the provider's `sid`, by which a sign-out from elsewhere finds the session, and a
//! device family such as "Firefox, Linux", by which a person recognises it.
//!
//! A session ends after a time without requests, by the platform's clock; the cookie itself has no
//! age. One in which nobody is signed in yet, and somebody is away at the provider to sign in, waits
//! for as long as they may take. Whose an ended one was is remembered for a day: what the same
//! browser sends too late belongs to that person and to nobody who signs in there next.

use crate::{
    accounts::people::StoredSession,
    error::while_,
    identity::{UNDER_WAY, UnderWay, seen::Seen, start::PATIENCE},
    platform::Platform,
    sealing::Sealer,
    store::{
        account,
        session::{ActiveModel, Column, Entity},
    },
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use gather::padded;
use ports::failure::Failure;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// Data key of the provider's session id (`sid` of the ID token), a text.
pub const PROVIDER_SID: &str = "provider_sid";
/// Data key of the device family, a text.
pub const DEVICE: &str = "device";

/// Data key, in a session that took the place of an ended one, of the [`Owner`] of that one.
pub const TYPED_BY: &str = "typed_by_owner";

/// Hours for which it is remembered whose an ended session was.
const REMEMBERED_HOURS: i64 = 24;
/// How often at most the time of the last request is written, in seconds.
const SEEN_SECONDS: i64 = 60;
/// Ended sessions of one step.
const ROWS: u64 = 500;
/// Steps at a time.
const STEPS: u32 = 10;
/// Which sessions still hold something, as the index of them says it.
const TO_EMPTY: &str = "length(sealed) > 0";
/// And which do not.
const EMPTIED: &str = "length(sealed) = 0";

/// The store.
#[derive(Clone)]
pub struct Sessions {
    platform: Platform,
    idle: TimeDelta,
    seen: Seen,
    of_request: Option<Arc<Mutex<OfRequest>>>,
}

/// What a request knows of its session.
#[derive(Default)]
struct OfRequest {
    /// What was read already, for the first who asks for it.
    read: Option<(Id, Option<StoredSession>)>,
    /// The session that was found, and whose it is.
    found: Option<(Id, Option<Value>)>,
    /// The same, where the request has left it: for another id, or for good.
    left: Option<(Id, Option<Value>)>,
}

/// Whose a session was. Whoever deletes the account and comes again has the same id, and nothing of
/// what was typed before: the accounts differ by when they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    account: Uuid,
    created_at: DateTime<Utc>,
}

impl Owner {
    /// Whose the account is now, if it is there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(
        db: &impl ConnectionTrait,
        account: Uuid,
    ) -> std::result::Result<Option<Self>, Failure> {
        let row = account::Entity::find_by_id(account)
            .one(db)
            .await
            .map_err(while_("reading an account"))?;
        Ok(row.map(|row| Self { account, created_at: row.created_at }))
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("idle", &self.idle).finish_non_exhaustive()
    }
}

/// What a session is filed under.
#[must_use]
pub fn filed_under(id: Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

fn sealer(id: Id) -> Sealer {
    Sealer::derive(&id.0.to_le_bytes(), "session-data/v1")
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

impl Sessions {
    /// The store, whose sessions end after `idle_seconds` without a request.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn new(platform: Platform, idle_seconds: u32) -> Self {
        let idle = TimeDelta::seconds(idle_seconds.into());
        let seen = Seen::new(&platform, idle);
        Self { platform, idle, seen, of_request: None }
    }

    /// The store of one request, which has read its session already, or that there is none. What the
    /// request does to its session is done at its end, in one step: a session that gets another id is
    /// there all the time, so whoever ends it elsewhere meanwhile finds it, and it stays as it was
    /// where the request fails.
    #[must_use]
    pub fn with(&self, id: Id, stored: Option<StoredSession>) -> Self {
        let of_request = OfRequest { read: Some((id, stored)), ..OfRequest::default() };
        Self { of_request: Some(Arc::new(Mutex::new(of_request))), ..self.clone() }
    }

    /// Something of what the request knows; where this is the store of none, it knows nothing.
    fn of_request<T: Default>(&self, of: impl FnOnce(&mut OfRequest) -> T) -> T {
        let Some(of_request) = &self.of_request else { return T::default() };
        of(&mut of_request.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the request has left its session and nothing else has taken its place.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.of_request(|it| it.left.is_some())
    }

    /// Ends the session that the request has left, for good.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_left(&self) -> Result<()> {
        match self.of_request(|it| it.left.take()) {
            Some((id, _)) => self.remove(&id).await,
            None => Ok(()),
        }
    }

    async fn remove(&self, id: &Id) -> Result<()> {
        Entity::delete_by_id(filed_under(*id)).exec(&self.platform.db).await.map_err(backend)?;
        Ok(())
    }

    /// Files the session that the request has left under the record's new id; whether it was still
    /// there.
    async fn replace(&self, left: Id, whose: Option<&Value>, record: &Record) -> Result<bool> {
        let now = self.platform.now();
        let mut row = self.row(record, now)?;
        if record.data.get(SESSION_ACCOUNT_KEY) != whose {
            row.created_at = Set(now);
        }
        let replaced = Entity::update_many()
            .filter(Column::IdHash.eq(filed_under(left)))
            .filter(Column::ExpiresAt.gt(now))
            .set(row)
            .exec(&self.platform.db)
            .await
            .map_err(backend)?;
        Ok(replaced.rows_affected > 0)
    }

    /// An id of 128 random bits.
    fn free_id(&self) -> Id {
        let mut id = [0; 16];
        self.platform.entropy.fill(&mut id);
        Id(i128::from_le_bytes(id))
    }

    /// What is stored of a session, ended or not: as it was read beforehand, once.
    async fn stored(&self, id: &Id, id_hash: &[u8]) -> Result<Option<StoredSession>> {
        let at_hand = self.of_request(|it| it.read.take());
        if let Some((_, stored)) = at_hand.filter(|(of, _)| of == id) {
            return Ok(stored);
        }
        let row = Entity::find_by_id(id_hash.to_vec()).one(&self.platform.db).await;
        Ok(row.map_err(backend)?.map(|row| StoredSession {
            sealed: row.sealed,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        }))
    }

    /// The owner of a session that ended by itself, as long as it is remembered.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn ended(&self, id: Id) -> std::result::Result<Option<Owner>, Failure> {
        let row = Entity::find_by_id(filed_under(id))
            .filter(Column::ExpiresAt.lte(self.platform.now()))
            .one(&self.platform.db)
            .await
            .map_err(while_("reading an ended session"))?;
        match row.and_then(|row| row.account_id) {
            Some(account) => Owner::of(&self.platform.db, account).await,
            None => Ok(None),
        }
    }

    /// When a session with these data ends that is used now and not again.
    fn ends_at(&self, data: &HashMap<String, Value>, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle = now + self.idle;
        // Being signed in lasts no longer for it.
        if data.contains_key(SESSION_ACCOUNT_KEY) {
            return idle;
        }
        let under_way = data.get(UNDER_WAY).and_then(|all| Vec::<UnderWay>::deserialize(all).ok());
        let last = under_way.into_iter().flatten().map(|one| one.at + PATIENCE).max();
        let back = last.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        back.map_or(idle, |back| back.max(idle))
    }

    /// The row of a session that was used just now. `created_at` is left out.
    fn row(&self, record: &Record, now: DateTime<Utc>) -> Result<ActiveModel> {
        let text = |key: &str| record.data.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let plain =
            serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let id_hash = filed_under(record.id);
        let sealed = sealer(record.id).seal(&plain, &id_hash, &*self.platform.entropy);
        Ok(ActiveModel {
            id_hash: Set(id_hash),
            account_id: Set(text(SESSION_ACCOUNT_KEY).and_then(|id| id.parse::<Uuid>().ok())),
            provider_sid: Set(text(PROVIDER_SID)),
            sealed: Set(sealed),
            device: Set(text(DEVICE)),
            seen_at: Set(now),
            expires_at: Set(self.ends_at(&record.data, now)),
            ..ActiveModel::default()
        })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        if let Some((left, whose)) = self.of_request(|it| it.left.take()) {
            record.id = self.free_id();
            match self.replace(left, whose.as_ref(), record).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    // It is still there, and the browser keeps its cookie.
                    self.of_request(|it| it.left = Some((left, whose)));
                    return Err(error);
                }
            }
            // It was ended meanwhile, or another request gave it another id. Whoever has just become
            // another one by signing in is let in. Whoever was signed in before gets no id of a
            // session that is not there: the browser may have the other one by now.
            let account = record.data.get(SESSION_ACCOUNT_KEY);
            if account.is_some() && account == whose.as_ref() {
                record.id = left;
                return Ok(());
            }
        }
        // 128 random bits do not collide; if they ever did, two browsers would share a session.
        for _ in 0..3 {
            record.id = self.free_id();
            let now = self.platform.now();
            let row = ActiveModel { created_at: Set(now), ..self.row(record, now)? };
            let inserted = Entity::insert(row)
                .on_conflict(OnConflict::column(Column::IdHash).do_nothing().to_owned())
                .exec_without_returning(&self.platform.db)
                .await;
            match inserted {
                Ok(0) | Err(DbErr::RecordNotInserted) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(backend(error)),
            }
        }
        Err(Error::Backend("no session id is free".to_owned()))
    }

    /// Changes a session that exists. One that was ended in the meantime, here or at the provider,
    /// stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let now = self.platform.now();
        let row = self.row(record, now)?;
        Entity::update_many()
            .filter(Column::IdHash.eq(filed_under(record.id)))
            .filter(Column::ExpiresAt.gt(now))
            .set(row)
            .exec(&self.platform.db)
            .await
            .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.platform.now();
        let id_hash = filed_under(*id);
        let stored = self.stored(id, &id_hash).await?;
        let Some(row) = stored.filter(|row| row.expires_at > now) else { return Ok(None) };
        let plain = sealer(*id)
            .open(&row.sealed, &id_hash)
            .map_err(|error| Error::Decode(error.to_string()))?;
        // The parser's message could quote what was typed.
        let data: HashMap<String, Value> = serde_json::from_slice(&plain)
            .map_err(|_| Error::Decode("a session's data is not JSON".to_owned()))?;
        let mut expires_at = row.expires_at;
        if now - row.seen_at >= TimeDelta::seconds(SEEN_SECONDS).min(self.idle / 4) {
            expires_at = self.ends_at(&data, now);
            // What waits longer for somebody has that time already.
            if expires_at == now + self.idle {
                self.seen.note(id_hash).await.map_err(backend)?;
            }
        }
        let whose = data.get(SESSION_ACCOUNT_KEY).cloned();
        self.of_request(|it| it.found = Some((*id, whose)));
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(expires_at.timestamp()).map_err(backend)?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let left = self.of_request(|it| {
            it.left = it.found.take_if(|(found, _)| found == id);
            it.left.is_some()
        });
        if left { Ok(()) } else { self.remove(id).await }
    }
}

/// Empties the sessions that have ended by `now`, but for whose they were, and deletes those of
/// which that need not be known any longer; how many. For the scheduled work: so much of it that the
/// next tick is not late.
///
/// # Errors
/// When the store cannot be written.
pub async fn delete_expired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> std::result::Result<u64, Failure> {
    let mut deleted = 0;
    for _ in 0..STEPS {
        let ended = some(db, TO_EMPTY, now).await?;
        if ended.is_empty() {
            break;
        }
        // Named one by one; the time is asked again, for one that is used at this moment.
        let ended = Condition::all()
            .add(Column::IdHash.is_in(padded(ended)))
            .add(Column::ExpiresAt.lte(now));
        deleted += end(db, ended.clone().add(Column::AccountId.is_null())).await?;
        Entity::update_many()
            .filter(ended)
            .set(ActiveModel {
                sealed: Set(Vec::new()),
                provider_sid: Set(None),
                device: Set(None),
                ..ActiveModel::default()
            })
            .exec(db)
            .await
            .map_err(while_("emptying ended sessions"))?;
    }
    for _ in 0..STEPS {
        let forgotten = some(db, EMPTIED, now - TimeDelta::hours(REMEMBERED_HOURS)).await?;
        if forgotten.is_empty() {
            break;
        }
        deleted += end(db, Column::IdHash.is_in(padded(forgotten)).into()).await?;
    }
    Ok(deleted)
}

/// Some of the sessions that have ended by then and of which this holds, by the index of those.
async fn some(
    db: &impl ConnectionTrait,
    which: &'static str,
    by: DateTime<Utc>,
) -> std::result::Result<Vec<Vec<u8>>, Failure> {
    Entity::find()
        .select_only()
        .column(Column::IdHash)
        .filter(Expr::cust(which))
        .filter(Column::ExpiresAt.lte(by))
        .order_by_asc(Column::ExpiresAt)
        .limit(ROWS)
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("looking for ended sessions"))
}

/// Ends every session of an account. For a sign-out from elsewhere and for deleting the account.
///
/// # Errors
/// When the store cannot be written.
pub async fn end_all(
    db: &impl ConnectionTrait,
    account: Uuid,
) -> std::result::Result<u64, Failure> {
    end(db, Condition::all().add(Column::AccountId.eq(account))).await
}

/// Ends the sessions that began with the provider's session `sid`.
///
/// # Errors
/// When the store cannot be written.
pub async fn end_by_sid(db: &impl ConnectionTrait, sid: &str) -> std::result::Result<u64, Failure> {
    end(db, Condition::all().add(Column::ProviderSid.eq(sid))).await
}

async fn end(db: &impl ConnectionTrait, which: Condition) -> std::result::Result<u64, Failure> {
    Entity::delete_many()
        .filter(which)
        .exec(db)
        .await
        .map(|deleted| deleted.rows_affected)
        .map_err(while_("ending sessions"))
}

/// A device family such as "Firefox, Linux" out of the `User-Agent` header: enough for a person to
/// recognise a sign-in, too little to recognise a person.
#[must_use]
pub fn device(user_agent: &str) -> String {
    // The order matters: most browsers also claim to be others.
    const BROWSERS: [(&str, &str); 9] = [
        ("YaBrowser/", "Yandex Browser"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Macintosh", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let known: Vec<&str> = [find(&BROWSERS), find(&SYSTEMS)].into_iter().flatten().collect();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_is_a_family_and_nothing_finer() {
        for (user_agent, family) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Firefox, Windows",
            ),
            ("curl/8.5.0", ""),
        ] {
            assert_eq!(device(user_agent), family);
        }
    }
}
