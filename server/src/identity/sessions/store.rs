//! The store of sessions: the rows of the table `session`, one a session.
//!
//! It knows of no request. A request works on its own view of it ([`RequestSessions`]); what has no
//! request, as the demonstration's data, uses it as it is.
//!
//! What a request writes takes the place of what it read and of nothing else. Where another request of the browser
//! was quicker, what that one wrote is read again, and each of the two changes what it has changed
//! ([`super::merged`]).
//!
//! What it must never do: write a row again that was ended, or name a session by its id to the database,
//! which is given its hash only ([`filed_under`]).

use super::{
    DEVICE, PROVIDER_SID, RequestSessions, at_rest, filed_under,
    held::Held,
    lifetime::Lifetime,
    merged::Of,
    seen::{self, Seen},
};
use crate::{
    config,
    platform::Platform,
    store::session::{ActiveModel, Column, Entity, Model},
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, UpdateMany, sea_query::OnConflict,
};
use serde_json::Value;
use std::{cmp::Ordering, collections::HashMap, fmt, result, time::Duration};
use tokio::time::timeout;
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// How long a page waits at most until it is written that its session is used. Without that, the session ends a
/// minute sooner, and the next page writes it.
const NOTING: Duration = Duration::from_secs(2);

/// How often a change is tried that another request of the same session was quicker than. Each time one of them
/// is done, so this is more than a browser sends at once.
const ATTEMPTS: u32 = 32;

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

impl StoredSession {
    /// Whether it has ended by now. One that was emptied has, also where the clock is behind that of the
    /// server that emptied it ([`super::expired`]).
    pub(super) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.sealed.is_empty() || self.expires_at <= now
    }
}

/// The store.
#[derive(Clone)]
pub struct Sessions {
    pub(super) platform: Platform,
    pub(super) lifetime: Lifetime,
    seen: Seen,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// The account that a session's data name.
fn account(data: &HashMap<String, Value>) -> Option<Uuid> {
    data.get(SESSION_ACCOUNT_KEY)?.as_str()?.parse().ok()
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

/// That others were quicker again and again.
fn overtaken() -> Error {
    Error::Backend("a session is changed again and again".to_owned())
}

/// Reads what is stored of a session, ended or not.
async fn stored(db: &impl ConnectionTrait, id: Id) -> Result<Option<StoredSession>> {
    let row = Entity::find_by_id(filed_under(id)).one(db).await;
    Ok(row.map_err(backend)?.map(|row| StoredSession {
        sealed: row.sealed,
        seen_at: row.seen_at,
        expires_at: row.expires_at,
    }))
}

/// A session that has not ended, to be changed; one that was emptied has ([`StoredSession::is_over`]).
fn lasting(id: Id, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::IdHash.eq(filed_under(id)))
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::Sealed.ne(Vec::<u8>::new()))
}

/// A session that has not ended and that nobody has changed since the request read or wrote it.
fn as_held(held: &Held, now: DateTime<Utc>) -> UpdateMany<Entity> {
    lasting(held.id, now).filter(Column::Sealed.eq(held.sealed.clone()))
}

/// Remembers whose the session was that has another id now, as if it had ended by itself: what the
/// browser sends under the old one before it knows the new is that person's ([`super::owner`]).
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
        let lifetime = Lifetime::new(lasting);
        let seen = Seen::new(&platform, lifetime.idle);
        Self { platform, lifetime, seen }
    }

    /// What the request sees that sent the id `before`, under which this is `stored`.
    #[must_use]
    pub fn of_request(&self, before: Option<Id>, stored: Option<StoredSession>) -> RequestSessions {
        RequestSessions::new(self.clone(), before.map(|id| (id, stored)))
    }

    /// Reads what is stored of a session, ended or not.
    pub(super) async fn stored(&self, id: Id) -> Result<Option<StoredSession>> {
        stored(&self.platform.db, id).await
    }

    /// Opens a session that is used now, and writes that it is; `None` where it has ended.
    pub(super) async fn open(&self, id: Id, stored: &StoredSession) -> Result<Option<Record>> {
        let now = self.platform.now();
        if stored.is_over(now) {
            return Ok(None);
        }
        let data = at_rest::open(id, &stored.sealed)?;
        if let Some(last) = self.lifetime.latest_end(&data).filter(|last| *last <= now) {
            self.over(id, last).await?;
            return Ok(None);
        }
        let expires_at = self.used_if_possible(id, stored, &data).await;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(expires_at.timestamp()).map_err(backend)?;
        Ok(Some(Record { id, data, expiry_date }))
    }

    /// As [`Self::used`]. Where that cannot be written now, a page is answered all the same, and the log is told by
    /// who writes it, for many at once and of no request.
    async fn used_if_possible(
        &self,
        id: Id,
        stored: &StoredSession,
        data: &HashMap<String, Value>,
    ) -> DateTime<Utc> {
        match timeout(NOTING, self.used(id, stored, data)).await {
            Ok(Ok(ends)) => ends,
            Ok(Err(_)) | Err(_) => stored.expires_at,
        }
    }

    /// Writes, where it is time to, that a session with these data is used now; when it ends.
    pub(super) async fn used(
        &self,
        id: Id,
        stored: &StoredSession,
        data: &HashMap<String, Value>,
    ) -> result::Result<DateTime<Utc>, seen::Error> {
        let now = self.platform.now();
        if !self.lifetime.is_to_be_noted(stored.seen_at, now) {
            return Ok(stored.expires_at);
        }
        let ends = self.lifetime.ends_at(data, now);
        match ends.cmp(&(now + self.lifetime.idle)) {
            Ordering::Equal => self.seen.note(filed_under(id)).await?,
            // The longest time since the sign-in ends before that: not at the moment of all the others.
            Ordering::Less => {
                let used = ActiveModel {
                    seen_at: Set(now),
                    expires_at: Set(ends),
                    ..ActiveModel::default()
                };
                self.write(id, now, used).await.inspect_err(seen::tell)?;
            }
            // Something waits in it for somebody, and keeps it for longer in any case.
            Ordering::Greater => {}
        }
        Ok(ends)
    }

    /// Writes what the request has made of the session that it holds; whether it was still there.
    pub(super) async fn change(&self, held: &mut Held, record: &Record) -> Result<bool> {
        for _ in 0..ATTEMPTS {
            let now = self.platform.now();
            let all = held.with(Of::Same, record);
            let sealed = self.sealed(&all)?;
            let row = self.row(&all, sealed.clone(), now);
            let written = as_held(held, now).set(row).exec(&self.platform.writer).await;
            if written.map_err(backend)?.rows_affected > 0 {
                held.wrote(record, all, sealed);
                return Ok(true);
            }
            if !self.look_again(&self.platform.db, held).await? {
                return Ok(false);
            }
        }
        Err(overtaken())
    }

    /// Reads what another request has stored of the session; whether it is still there.
    async fn look_again(&self, db: &impl ConnectionTrait, held: &mut Held) -> Result<bool> {
        let there = stored(db, held.id).await?;
        let Some(there) = there.filter(|there| !there.is_over(self.platform.now())) else {
            return Ok(false);
        };
        held.found(there.sealed)?;
        Ok(true)
    }

    /// Files the session `old`, whose data named the account `whose`, under a new id, as the record has it
    /// now; whether it was still there. In one step: it is there all the time, so whoever ends it
    /// elsewhere meanwhile finds it.
    pub(super) async fn replace(
        &self,
        old: &mut Held,
        whose: Option<&Value>,
        record: &mut Record,
    ) -> Result<bool> {
        let (new, now) = (self.free_id(), self.platform.now());
        let same = record.data.get(SESSION_ACCOUNT_KEY) == whose;
        let of = if same { Of::Same } else { Of::Another };
        let tx = self.platform.begin().await.map_err(backend)?;
        for _ in 0..ATTEMPTS {
            let all = Record { id: new, ..old.with(of, record) };
            let sealed = self.sealed(&all)?;
            let mut row = self.row(&all, sealed.clone(), now);
            if !same {
                row.created_at = Set(now);
            }
            let replaced = as_held(old, now).set(row).exec(&tx).await.map_err(backend)?;
            if replaced.rows_affected > 0 {
                if same {
                    remember(&tx, old.id, new, now).await?;
                }
                tx.commit().await.map_err(backend)?;
                *old = Held::new(new, sealed);
                *record = all;
                return Ok(true);
            }
            if !self.look_again(&tx, old).await? {
                return Ok(false);
            }
        }
        Err(overtaken())
    }

    /// An id of 128 random bits.
    fn free_id(&self) -> Id {
        let mut id = [0; 16];
        self.platform.entropy.fill(&mut id);
        Id(i128::from_le_bytes(id))
    }

    /// Writes what has changed of a session. One that was ended meanwhile, here or at the provider, stays
    /// ended.
    async fn write(
        &self,
        id: Id,
        now: DateTime<Utc>,
        changed: ActiveModel,
    ) -> result::Result<(), DbErr> {
        lasting(id, now).set(changed).exec(&self.platform.writer).await.map(drop)
    }

    /// Writes that a session has ended by itself.
    async fn over(&self, id: Id, at: DateTime<Utc>) -> Result<()> {
        let ended = ActiveModel { expires_at: Set(at), ..ActiveModel::default() };
        Entity::update_many()
            .filter(Column::IdHash.eq(filed_under(id)))
            .set(ended)
            .exec(&self.platform.writer)
            .await
            .map_err(backend)?;
        Ok(())
    }

    /// What a session holds, as it is stored.
    fn sealed(&self, record: &Record) -> Result<Vec<u8>> {
        at_rest::seal(record, &*self.platform.entropy)
    }

    /// The row of a session that was used just now. `created_at` is left out.
    fn row(&self, record: &Record, sealed: Vec<u8>, now: DateTime<Utc>) -> ActiveModel {
        let text = |key: &str| record.data.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        ActiveModel {
            id_hash: Set(filed_under(record.id)),
            account_id: Set(account(&record.data)),
            provider_sid: Set(text(PROVIDER_SID)),
            sealed: Set(sealed),
            device: Set(text(DEVICE)),
            seen_at: Set(now),
            expires_at: Set(self.lifetime.ends_at(&record.data, now)),
            ..ActiveModel::default()
        }
    }

    /// Stores a new session, under an id that it is given here.
    pub(super) async fn make(&self, record: &mut Record) -> Result<Held> {
        // 128 random bits do not collide; if they ever did, two browsers would share a session.
        for _ in 0..3 {
            record.id = self.free_id();
            let now = self.platform.now();
            let sealed = self.sealed(record)?;
            let row = self.row(record, sealed.clone(), now);
            let row = ActiveModel { created_at: Set(now), ..row };
            let inserted = Entity::insert(row)
                .on_conflict(OnConflict::column(Column::IdHash).do_nothing().to_owned())
                .exec_without_returning(&self.platform.writer)
                .await;
            match inserted {
                Ok(0) | Err(DbErr::RecordNotInserted) => {}
                Ok(_) => return Ok(Held::new(record.id, sealed)),
                Err(error) => return Err(backend(error)),
            }
        }
        Err(Error::Backend("no session id is free".to_owned()))
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.make(record).await.map(drop)
    }

    /// Changes a session that exists; none that was ended meanwhile. Whoever calls this knows of nobody else who
    /// changes it.
    async fn save(&self, record: &Record) -> Result<()> {
        let now = self.platform.now();
        let row = self.row(record, self.sealed(record)?, now);
        self.write(record.id, now, row).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self.stored(*id).await? {
            Some(stored) => self.open(*id, &stored).await,
            None => Ok(None),
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        Entity::delete_by_id(filed_under(*id))
            .exec(&self.platform.writer)
            .await
            .map_err(backend)?;
        Ok(())
    }
}
