//! What every capability of the server stands on: time, randomness, the portal's store and, for what
//! is published, a replica of it.

use crate::{
    clock::{Clock, Zone},
    entropy::{self, Entropy},
    replica::Replica,
};
use chrono::{DateTime, NaiveDate, Utc};
use migration::connection;
use ports::failure::Failure;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
};
use std::sync::Arc;
use uuid::Uuid;

/// Time, randomness, the portal's store and its replica.
#[derive(Clone)]
pub struct Platform {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The portal's time zone.
    pub zone: Zone,
    /// The portal's store, for whoever reads. It has no table of answers.
    pub db: DatabaseConnection,
    /// The same for whoever writes: [`connection::writer`]. On SQLite there is one writer at a time, and those
    /// who wait for their turn take no connection from those who read.
    pub writer: DatabaseConnection,
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
    /// first and writes later could not be completed when another wrote in between. There it is the
    /// writer's one connection: nothing may be written beside it until it has ended, by whoever holds it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        connection::begin(&self.writer, options).await
    }

    /// Closes its connections to the store, for the end of the program.
    ///
    /// # Errors
    /// The database.
    pub async fn disconnect(&self) -> Result<(), DbErr> {
        self.writer.close_by_ref().await?;
        self.db.close_by_ref().await
    }

    /// Reads what is published from the replica, for somebody who is not signed in. `None`
    /// where the store itself has to be asked: there is no replica, it is behind, it failed, or it
    /// does not know what is asked for.
    pub async fn on_replica<T, F>(&self, read: impl FnOnce(Self) -> F + Send) -> Option<T>
    where
        F: Future<Output = Result<T, Failure>> + Send,
    {
        let replica = self.replica.as_ref()?;
        replica.read(self.now(), |db| read(Self { db, replica: None, ..self.clone() })).await
    }
}
