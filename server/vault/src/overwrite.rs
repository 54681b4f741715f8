//! That nothing remains in a database's files of a key that was overwritten.
//!
//! A key that was destroyed, or wrapped by another master key, is gone for whoever asks the database.
//! Its files are another matter, and every copy that is made of them later: PostgreSQL leaves the old
//! version of a row where it is, and removing it (`VACUUM`) frees its place without writing over it,
//! so in a table as small as those of keys it would lie there for years. So such a table is written
//! anew. `SQLite` overwrites what it deletes (`secure_delete`), but not in its write-ahead log.
//!
//! This is about keys. What emptied rows held lies in files that nobody can write anew while people
//! answer other polls. Each poll's notice says so, and the runbook says how an operator does it. The log of
//! `SQLite`, where all that was deleted lies, is emptied again and again by the scheduled work
//! ([`log_is_emptied`]), and the notice says how often.

use crate::{Error, Vault};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement,
    TransactionTrait as _,
    sqlx::{
        self, ConnectOptions as _, Connection as _, error::DatabaseError,
        sqlite::SqliteConnectOptions,
    },
};
use std::time::Duration;

/// How long everybody may be kept waiting for the table.
const PATIENCE: Duration = Duration::from_millis(200);
/// `lock_not_available`.
const LOCKED: &str = "55P03";
/// How often it is looked whether others have ended, a fiftieth of a second apart.
const LOOKS: u32 = 20;
/// How often an operator's command tries it, with half a second between.
const TRIES: u32 = 60;

fn is_held(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == LOCKED)
}

/// Writes a table of keys anew, so that nothing remains of what it held before. Gives whether it did:
/// somebody can hold the table, whoever counts a poll for instance, or can still see what it held
/// before, and then it has to be asked again. Nobody waits for it for long.
///
/// # Errors
/// The database.
async fn written_anew(db: &DatabaseConnection, table: &'static str) -> Result<bool, DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return log_is_overwritten(db).await;
    }
    if !all_have_ended(db).await? {
        return Ok(false);
    }
    let tx = db.begin().await?;
    let patience = format!("SET LOCAL lock_timeout = '{}ms'", PATIENCE.as_millis());
    tx.execute_unprepared(&patience).await?;
    // As `VACUUM FULL` does, but in a transaction.
    match tx.execute_unprepared(&format!("CLUSTER {table} USING {table}_pkey")).await {
        Err(DbErr::Exec(RuntimeErr::SqlxError(error))) if is_held(&error) => return Ok(false),
        done => done?,
    };
    tx.commit().await?;
    Ok(true)
}

/// Whether everybody has ended who could still see what a row held before: such a version is copied with
/// the others. Those who are running are waited for as the database does when it builds an index
/// beside writers: whoever is running now, and then whoever began while those were running, because what
/// a snapshot sees goes back to the oldest that was running when it was taken. Of other databases, too,
/// but for whoever vacuums, who sees nothing. What a replica sees counts, where it says so through a slot
/// (`hot_standby_feedback`); without one nobody but a superuser could tell, so the replica of
/// `postgresql/README.md` does not say so.
async fn all_have_ended(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let slots = "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE xmin IS NOT NULL) AS held";
    let slots = db.query_one_raw(Statement::from_string(DbBackend::Postgres, slots)).await?;
    if slots.map_or(Ok(false), |row| row.try_get("", "held"))? {
        return Ok(false);
    }
    // The portal's role sees no locks, because they tell when somebody answers: a function that
    // `migration/src/roles.sql` makes does the same for it.
    let sees = "SELECT has_function_privilege('pg_lock_status()', 'EXECUTE') AS locks";
    let sees = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sees)).await?;
    if !sees.map_or(Ok(false), |row| row.try_get("", "locks"))? {
        let asked = Statement::from_string(DbBackend::Postgres, "SELECT all_have_ended() AS ended");
        let ended = db.query_one_raw(asked).await?;
        return ended.map_or(Ok(false), |row| row.try_get("", "ended"));
    }
    let running = "SELECT virtualxid FROM pg_locks \
        WHERE locktype = 'virtualxid' AND pid <> pg_backend_pid() \
        AND pid NOT IN (SELECT pid FROM pg_stat_progress_vacuum)";
    let left = format!(
        "SELECT EXISTS (SELECT FROM ({running}) AS others WHERE virtualxid = ANY($1::text[])) AS running"
    );
    for _ in 0..2 {
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, running)).await?;
        let who: Result<Vec<String>, DbErr> =
            rows.iter().map(|row| row.try_get("", "virtualxid")).collect();
        let left = Statement::from_sql_and_values(DbBackend::Postgres, &left, [who?.into()]);
        let mut looks = 0;
        while let Some(row) = db.query_one_raw(left.clone()).await?
            && row.try_get("", "running")?
        {
            looks += 1;
            if looks > LOOKS {
                return Ok(false);
            }
            db.execute_unprepared("SELECT pg_sleep(0.02)").await?;
        }
    }
    Ok(true)
}

/// Empties the log of an embedded store (SQLite): what was deleted can be found in it until then. Gives
/// whether it did: somebody who reads can be in the way, and then it has to be asked again. Nobody waits for
/// it for long. On PostgreSQL there is nothing to do.
///
/// # Errors
/// The database.
pub async fn log_is_emptied(db: &DatabaseConnection) -> Result<bool, DbErr> {
    match db.get_database_backend() {
        DbBackend::Sqlite => log_is_overwritten(db).await,
        _ => Ok(true),
    }
}

/// By a connection of its own, because the one that writes would wait for whoever reads.
async fn log_is_overwritten(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let pool = db.get_sqlite_connection_pool();
    let options = SqliteConnectOptions::clone(&pool.connect_options()).busy_timeout(PATIENCE);
    let failed = |error: sqlx::Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
    let mut connection = options.connect().await.map_err(failed)?;
    // The first column: whether somebody was in the way.
    let log = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)");
    let busy: i64 = log.fetch_one(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(busy == 0)
}

/// Writes a table of keys anew, so that nothing remains of what it held before: tried again and again for
/// half a minute, for an operator who replaces the master key.
///
/// # Errors
/// The database; also where it could not be done: then it is to be repeated.
pub async fn written_anew_at_last(
    db: &DatabaseConnection,
    table: &'static str,
) -> Result<(), DbErr> {
    for _ in 0..TRIES {
        if written_anew(db, table).await? {
            return Ok(());
        }
        if db.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared("SELECT pg_sleep(0.5)").await?;
        }
    }
    let words = "what the previous master key wrapped may still lie in the files of";
    Err(DbErr::Custom(format!("{words} {table}, which others hold; run it again")))
}

impl Vault {
    /// [`log_is_emptied`] of the vault's store.
    ///
    /// # Errors
    /// The database.
    pub async fn empty_log(&self) -> Result<bool, Error> {
        Ok(log_is_emptied(&self.writer).await?)
    }

    /// [`written_anew`] of the polls' keys.
    pub(crate) async fn overwrite(&self) -> Result<bool, Error> {
        Ok(written_anew(&self.writer, "poll_key").await?)
    }
}
