//! Sessions: a `tower-sessions` store over the table `session`.
//!
//! What the database knows of one says [`at_rest`]; that it is used is written by [`seen`]; whose an
//! ended one was says [`owner`], and what becomes of it [`expired`]. How it comes to a browser is
//! another matter ([`super::session_cookie`]).
//!
//! A session ends after a time without requests, by the platform's clock, and some hours after signing
//! in however much it is used; the cookie itself has no age. One in which nobody is signed in yet, and somebody is away at the provider to sign in, waits
//! for as long as they may take. One that was ended, here or at the provider, never comes back by
//! what another request still does to it. Where a session gets another id, the old one is remembered
//! as one that ended by itself: another request of the browser may be on its way with it. What such a
//! form held waits, for that person alone, in a session of its own, which the browser is given in place
//! of the one that goes on: it asks to sign in again, and nothing is lost.

mod at_rest;
mod device;
mod expired;
mod owner;
mod seen;

pub use at_rest::filed_under;
pub use device::{DEVICE, device};
pub use expired::delete_expired;
pub use owner::{Owner, TYPED_BY};

use crate::{
    accounts::people::StoredSession,
    config,
    identity::{UNDER_WAY, UnderWay, start::PATIENCE},
    platform::Platform,
    store::session::{ActiveModel, Column, Entity, Model},
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, sea_query::OnConflict,
};
use seen::Seen;
use serde::Deserialize as _;
use serde_json::Value;
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

/// Data key of when the person signed in, in seconds since 1970.
pub const SIGNED_IN_AT: &str = "signed_in_at";

/// How often at most the time of the last request is written, in seconds.
const SEEN_SECONDS: i64 = 60;

/// The store.
#[derive(Clone)]
pub struct Sessions {
    platform: Platform,
    idle: TimeDelta,
    longest: TimeDelta,
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

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("idle", &self.idle).finish_non_exhaustive()
    }
}

/// The account that a session's data name.
fn account(data: &HashMap<String, Value>) -> Option<Uuid> {
    data.get(SESSION_ACCOUNT_KEY)?.as_str()?.parse().ok()
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

/// Remembers whose the session was that has another id now, as if it had ended by itself: what the
/// browser sends under the old one before it knows the new is that person's ([`owner`]).
async fn remember(tx: &impl ConnectionTrait, old: Id, new: Id, now: DateTime<Utc>) -> Result<()> {
    let Some(row) = Entity::find_by_id(filed_under(new)).one(tx).await.map_err(backend)? else {
        return Ok(());
    };
    if row.account_id.is_none() {
        return Ok(());
    }
    // Long enough ago for a server whose clock is behind, too.
    let ended = now - TimeDelta::minutes(1);
    let ended = Model {
        id_hash: filed_under(old),
        provider_sid: None,
        sealed: Vec::new(),
        device: None,
        created_at: row.created_at.min(ended),
        seen_at: ended,
        expires_at: ended,
        ..row
    };
    Entity::insert(ended.into_active_model()).exec_without_returning(tx).await.map_err(backend)?;
    Ok(())
}

impl Sessions {
    /// The store, whose sessions last as long as this says.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn new(platform: Platform, lasting: config::sessions::Sessions) -> Self {
        let idle = TimeDelta::seconds(lasting.idle_seconds.into());
        let longest = TimeDelta::seconds(lasting.longest_seconds.into());
        let seen = Seen::new(&platform, idle);
        Self { platform, idle, longest, seen, of_request: None }
    }

    /// The store of one request, which has read its session already, or that there is none. What the
    /// request does to its session is done when it is saved, as a rule at the request's end, in one step:
    /// a session that gets another id is there all the time, so whoever ends it elsewhere meanwhile finds
    /// it, and it stays as it was where the request fails before.
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
        let tx = self.platform.begin().await.map_err(backend)?;
        let mut row = self.row(record, now)?;
        let same = record.data.get(SESSION_ACCOUNT_KEY) == whose;
        if !same {
            row.created_at = Set(now);
        }
        let replaced = Entity::update_many()
            .filter(Column::IdHash.eq(filed_under(left)))
            .filter(Column::ExpiresAt.gt(now))
            .set(row)
            .exec(&tx)
            .await
            .map_err(backend)?;
        if replaced.rows_affected == 0 {
            return Ok(false);
        }
        if same {
            remember(&tx, left, record.id, now).await?;
        }
        tx.commit().await.map_err(backend)?;
        Ok(true)
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

    /// When a session with these data ends however much it is used. One that began before this was kept
    /// says nothing of it.
    fn latest_end(&self, data: &HashMap<String, Value>) -> Option<DateTime<Utc>> {
        let seconds = data.get(SIGNED_IN_AT)?.as_i64()?;
        Some(DateTime::from_timestamp(seconds, 0)? + self.longest)
    }

    /// Writes that a session has ended by itself.
    async fn over(&self, id_hash: Vec<u8>, at: DateTime<Utc>) -> Result<()> {
        let ended = ActiveModel { expires_at: Set(at), ..ActiveModel::default() };
        Entity::update_many()
            .filter(Column::IdHash.eq(id_hash))
            .set(ended)
            .exec(&self.platform.db)
            .await
            .map_err(backend)?;
        Ok(())
    }

    /// When a session with these data ends that is used now and not again.
    fn ends_at(&self, data: &HashMap<String, Value>, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle = now + self.idle;
        // Being signed in lasts no longer for it.
        if data.contains_key(SESSION_ACCOUNT_KEY) {
            return self.latest_end(data).map_or(idle, |last| last.min(idle));
        }
        let under_way = data.get(UNDER_WAY).and_then(|all| Vec::<UnderWay>::deserialize(all).ok());
        let latest = under_way.into_iter().flatten().map(|one| one.at + PATIENCE).max();
        let back = latest.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        back.map_or(idle, |back| back.max(idle))
    }

    /// The row of a session that was used just now. `created_at` is left out.
    fn row(&self, record: &Record, now: DateTime<Utc>) -> Result<ActiveModel> {
        let text = |key: &str| record.data.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        Ok(ActiveModel {
            id_hash: Set(filed_under(record.id)),
            account_id: Set(account(&record.data)),
            provider_sid: Set(text(PROVIDER_SID)),
            sealed: Set(at_rest::seal(record, &*self.platform.entropy)?),
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
        let data = at_rest::open(*id, &row.sealed)?;
        if let Some(last) = self.latest_end(&data).filter(|last| *last <= now) {
            self.over(id_hash, last).await?;
            return Ok(None);
        }
        let mut expires_at = row.expires_at;
        if now - row.seen_at >= TimeDelta::seconds(SEEN_SECONDS).min(self.idle / 4) {
            expires_at = self.ends_at(&data, now);
            // What waits longer for somebody has that time already.
            if expires_at <= now + self.idle {
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
            // A request that has left its session has no other that is stored.
            if it.left.is_none() {
                it.left = it.found.take_if(|(found, _)| found == id);
            }
            it.left.is_some()
        });
        if left { Ok(()) } else { self.remove(id).await }
    }
}
