//! That sessions are still used: written once in a while, for many of them by one statement.
//!
//! Everybody who was away for a minute writes this with their next request, so when a whole country
//! comes at once it is as much writing as the answers are. Like them it is gathered ([`gather`]), and
//! told to each once it is on the disk. A session that was ended meanwhile stays ended, and so does one
//! that was emptied by a server whose clock is ahead.

use crate::{platform::Platform, store::session};
use chrono::TimeDelta;
use gather::{Gather, Limits, Refused, padded};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, Statement, Value,
};
use std::collections::BTreeSet;

/// Sessions that may wait, and that are written by one statement.
const LIMITS: Limits = Limits::new(4096, 128);

// Not `length(sealed) > 0`, as the index of what is to be emptied says it (`super::expired`): these are looked
// up by their hash, and never by when they end.
const SEEN: &str = "UPDATE session s SET seen_at = $2, expires_at = $3 \
    FROM unnest($1::bytea[]) AS used (id_hash) \
    WHERE s.id_hash = used.id_hash AND s.expires_at > $2 AND s.seen_at < $2 \
    AND s.sealed <> ''";

/// Why it could not be written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, or does not answer.
    #[error(transparent)]
    Db(#[from] DbErr),
    /// Too many wait already, or the work broke off.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Writes down that sessions are used.
#[derive(Clone)]
pub struct Seen(Gather<Vec<u8>, Result<(), DbErr>>);

impl Seen {
    /// For sessions that end after so long without a request.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn new(platform: &Platform, idle: TimeDelta) -> Self {
        let platform = platform.clone();
        Self(Gather::new(LIMITS, move |hashes: Vec<Vec<u8>>| {
            let platform = platform.clone();
            async move {
                let seen = write(&platform, idle, &hashes).await.inspect_err(tell);
                hashes.iter().map(|_| seen.clone()).collect()
            }
        }))
    }

    /// The session that is filed under this hash was used just now.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn note(&self, id_hash: Vec<u8>) -> Result<(), Error> {
        Ok(self.0.ask(id_hash).await??)
    }
}

/// Tells the log why it was not written.
pub fn tell(error: &DbErr) {
    tracing::warn!(%error, "that sessions are used was not written");
}

async fn write(platform: &Platform, idle: TimeDelta, hashes: &[Vec<u8>]) -> Result<(), DbErr> {
    let (db, now) = (&platform.writer, platform.now());
    // In one order, so that no two servers wait for each other.
    let hashes: BTreeSet<Vec<u8>> = hashes.iter().cloned().collect();
    let hashes: Vec<Vec<u8>> = hashes.into_iter().collect();
    if db.get_database_backend() == DbBackend::Postgres {
        let values: [Value; 3] = [hashes.into(), now.into(), (now + idle).into()];
        let seen = Statement::from_sql_and_values(DbBackend::Postgres, SEEN, values);
        return db.execute_raw(seen).await.map(drop);
    }
    session::Entity::update_many()
        .filter(session::Column::IdHash.is_in(padded(hashes)))
        .filter(session::Column::ExpiresAt.gt(now))
        // What comes late takes no time away.
        .filter(session::Column::SeenAt.lt(now))
        // As above.
        .filter(session::Column::Sealed.ne(Vec::<u8>::new()))
        .set(session::ActiveModel {
            seen_at: Set(now),
            expires_at: Set(now + idle),
            ..session::ActiveModel::default()
        })
        .exec(db)
        .await
        .map(drop)
}
