//! The schema of both stores, for SQLite and PostgreSQL.
//!
//! Each migration is a fact of the past: it never imports entities, which speak of the present.

use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{
        ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
        SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
        sea_query::{Alias, Query},
    },
};
use std::{fmt, time::Duration};
use tokio::time::{Instant, sleep};

pub mod connection;
pub mod exposure;
pub mod growth;
pub mod portal;
pub mod roles;
#[cfg(feature = "testing")]
pub mod testing;
pub mod vault;

/// One of the two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// People, consents, polls, releases, sessions.
    Portal,
    /// Answers.
    Vault,
}

impl Store {
    /// Its name: that of its schema on PostgreSQL and of its file in a backup, in messages and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Vault => "vault",
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How long a server waits before it asks again whether another one is still migrating.
const BETWEEN_ASKING: Duration = Duration::from_millis(100);
/// After how many questions the log says once more that it waits.
const ASKED_A_MINUTE: u64 = 600;
/// How long those who were kept waiting by a migration have to themselves, until it tries again.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// How long one migration is tried again where others hold what it changes.
const LONGEST: Duration = Duration::from_mins(3);

/// Brings a store to the newest schema, by one server at a time: several that start at once would
/// make the same table. The others wait and find nothing to do.
///
/// Tables that a server of the version before reads are changed meanwhile. On PostgreSQL whoever changes one
/// waits for those who hold it, and everybody who comes later waits behind that. So a migration waits for
/// two seconds at most, lets the others go first, and tries again, for some minutes.
///
/// What is cut short is taken up by the next call. On PostgreSQL each migration is whole or not at
/// all, or says itself how it goes on; on `SQLite` all of them together are one transaction, because
/// what migrates would make none there, and the next start would stumble over half a schema.
///
/// A store that has all that this program knows, and more, is left as it is: a newer server has been
/// there, in a rolling upgrade for instance, and one of this version can start beside it again.
///
/// # Errors
/// A migration fails, or the database does. It can be called again.
pub async fn up<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let whole = db.begin_with_options(options).await?;
        M::install(&whole).await?;
        if lacking::<M>(&whole).await? > 0 {
            M::up(&whole, None).await?;
        }
        return whole.commit().await;
    }
    // Held by a connection beside the one that migrates; gone with it if this server dies.
    let turn = turn(db).await?;
    M::install(db).await?;
    if lacking::<M>(db).await? > 0 {
        one_by_one::<M>(db).await?;
    }
    turn.commit().await
}

/// Each migration that a store on PostgreSQL has not had, so that nobody waits behind it for long.
async fn one_by_one<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
    let impatient = connection::impatient(db);
    while let Some(is_transaction) = next::<M>(db).await? {
        if !is_transaction {
            // It says itself for how long it waits.
            M::up(db, Some(1)).await?;
            continue;
        }
        let began = Instant::now();
        while let Err(error) = M::up(&impatient, Some(1)).await {
            if !vault::rebuild::in_the_way(&error) || began.elapsed() > LONGEST {
                return Err(error);
            }
            tracing::info!("a migration waits for somebody who holds a table");
            sleep(BETWEEN_TRIES).await;
        }
    }
    impatient.close().await
}

/// Whether the next migration that a store has not had is one transaction; `None` if it has had all.
async fn next<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<Option<bool>, DbErr> {
    let applied = applied::<M>(db).await?;
    let known = M::migrations();
    let next = known.iter().find(|one| !applied.iter().any(|name| name == one.name()));
    Ok(next.map(|one| one.use_transaction() != Some(false)))
}

/// Waits for the turn to migrate, which ends with the transaction.
///
/// Whoever has to wait asks again and again, each time in a transaction of its own. An index that the
/// other builds beside writers (`m0010_poll_first`) waits to its end for any transaction that it finds
/// looking at the database, were it by the question itself, while that one waits for the turn.
async fn turn(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let ask = "SELECT pg_try_advisory_xact_lock(1986225000, 1)";
    let ask = Statement::from_string(DbBackend::Postgres, ask);
    let mut asked: u64 = 0;
    loop {
        let turn = db.begin().await?;
        let row = turn.query_one_raw(ask.clone()).await?;
        if row.map(|row| row.try_get_by_index(0)).transpose()? == Some(true) {
            // It has nothing to say while the other connection migrates, however long that takes.
            turn.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            return Ok(turn);
        }
        turn.rollback().await?;
        if asked.is_multiple_of(ASKED_A_MINUTE) {
            tracing::info!("another server migrates this store: waiting for it");
        }
        asked += 1;
        sleep(BETWEEN_ASKING).await;
    }
}

/// How many of the migrations that this program knows a store has not had. Those that only a newer
/// program knows are not asked for.
///
/// # Errors
/// As [`applied`].
pub async fn lacking<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<usize, DbErr> {
    let applied = applied::<M>(db).await?;
    let known = M::migrations();
    Ok(known.iter().filter(|one| !applied.iter().any(|name| name == one.name())).count())
}

/// The names of the migrations that a store has had. A table of them that is not there yet is an
/// error.
///
/// # Errors
/// When the store does not answer.
pub async fn applied<M: MigratorTrait>(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let version = Alias::new("version");
    let select = Query::select().column(version).from(M::migration_table_name()).to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}
