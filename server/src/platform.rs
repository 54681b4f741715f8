//! What every capability of the server stands on: time, randomness, the portal's store.

use crate::{
    clock::{Clock, Zone},
    entropy::{self, Entropy},
    replica::Replica,
};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use std::sync::Arc;
use uuid::Uuid;

/// Time, randomness, the portal's store.
#[derive(Clone)]
pub struct Platform {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The portal's time zone.
    pub zone: Zone,
    /// The portal's store. It has no table of answers.
    pub db: DatabaseConnection,
    /// A replica of it, for what is published; see there for who may be answered from it.
    pub replica: Option<Arc<Replica>>,
}

impl Platform {
    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The calendar day in the portal's time zone.
    pub fn today(&self) -> NaiveDate {
        self.zone.day(self.now())
    }

    /// A random identifier.
    pub fn uuid(&self) -> Uuid {
        entropy::uuid(&*self.entropy)
    }

    /// A transaction that will write. On SQLite it takes the write lock at once: one that reads
    /// first and writes later could not be completed when another wrote in between.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.db
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            })
            .await
    }
}
