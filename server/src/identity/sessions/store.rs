//! The store of sessions: the rows of the table `session`, one a session.
//!
//! It knows of no request. A request works on its own view of it ([`RequestSessions`]); what has no
//! request, as the demonstration's data, uses it as it is.
//!
//! What it must never do: write a row again that was ended, or name a session by its id to the database,
//! which is given its hash only ([`filed_under`]).

use super::{
    DEVICE, PROVIDER_SID, RequestSessions, at_rest, filed_under,
    lifetime::Lifetime,
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
use std::{cmp::Ordering, collections::HashMap, fmt, result};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

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

/// A session that has not ended, to be changed; one that was emptied has ([`StoredSession::is_over`]).
fn lasting(id: Id, now: DateTime<Utc>) -> UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::IdHash.eq(filed_under(id)))
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::Sealed.ne(Vec::<u8>::new()))
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
        let row = Entity::find_by_id(filed_under(id)).one(&self.platform.db).await;
        Ok(row.map_err(backend)?.map(|row| StoredSession {
            sealed: row.sealed,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        }))
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
        let expires_at = self.used(id, stored, &data).await.map_err(backend)?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(expires_at.timestamp()).map_err(backend)?;
        Ok(Some(Record { id, data, expiry_date }))
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
                self.write(id, now, used).await?;
            }
            // Something waits in it for somebody, and keeps it for longer in any case.
            Ordering::Greater => {}
        }
        Ok(ends)
    }

    /// Files the session `old`, whose data named the account `whose`, under a new id, as the record has it
    /// now; whether it was still there. In one step: it is there all the time, so whoever ends it
    /// elsewhere meanwhile finds it.
    pub(super) async fn replace(
        &self,
        old: Id,
        whose: Option<&Value>,
        record: &mut Record,
    ) -> Result<bool> {
        record.id = self.free_id();
        let now = self.platform.now();
        let tx = self.platform.begin().await.map_err(backend)?;
        let mut row = self.row(record, now)?;
        let same = record.data.get(SESSION_ACCOUNT_KEY) == whose;
        if !same {
            row.created_at = Set(now);
        }
        let replaced = lasting(old, now).set(row).exec(&tx).await.map_err(backend)?;
        if replaced.rows_affected == 0 {
            return Ok(false);
        }
        if same {
            remember(&tx, old, record.id, now).await?;
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

    /// Writes what has changed of a session. One that was ended meanwhile, here or at the provider, stays
    /// ended.
    async fn write(
        &self,
        id: Id,
        now: DateTime<Utc>,
        changed: ActiveModel,
    ) -> result::Result<(), DbErr> {
        lasting(id, now).set(changed).exec(&self.platform.db).await.map(drop)
    }

    /// Writes that a session has ended by itself.
    async fn over(&self, id: Id, at: DateTime<Utc>) -> Result<()> {
        let ended = ActiveModel { expires_at: Set(at), ..ActiveModel::default() };
        Entity::update_many()
            .filter(Column::IdHash.eq(filed_under(id)))
            .set(ended)
            .exec(&self.platform.db)
            .await
            .map_err(backend)?;
        Ok(())
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
            expires_at: Set(self.lifetime.ends_at(&record.data, now)),
            ..ActiveModel::default()
        })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
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

    /// Changes a session that exists; none that was ended meanwhile.
    async fn save(&self, record: &Record) -> Result<()> {
        let now = self.platform.now();
        self.write(record.id, now, self.row(record, now)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self.stored(*id).await? {
            Some(stored) => self.open(*id, &stored).await,
            None => Ok(None),
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        Entity::delete_by_id(filed_under(*id)).exec(&self.platform.db).await.map_err(backend)?;
        Ok(())
    }
}
