//! That nothing remains in a database's files of a key that was overwritten.
//!
//! A key that was destroyed, or wrapped by another master key, is gone for whoever asks the database.
//! Its files are another matter, and every copy that is made of them later: PostgreSQL leaves the old
//! version of a row where it is, and removing it (`VACUUM`) frees its place without writing over it,
//! so in a table as small as those of keys it would lie there for years. So such a table is written
//! anew. What the database plans by has none of it (`m0013_unsampled`). `SQLite` overwrites what it deletes
//! (`secure_delete`), but not in its write-ahead log.
//!
//! What emptied rows held lies, on PostgreSQL, in files that nobody can write anew while people
//! answer other polls. Each poll's notice says so, and the runbook says how an operator does it. The log of
//! `SQLite`, where all that was deleted lies, is emptied again and again by the scheduled work
//! ([`empty_log`]), and the notice says how often. But where a row becomes shorter, `SQLite` puts the page
//! together anew, and the place that this leaves between its rows is not overwritten: of two thousand emptied
//! responses one could still be read. So its file is written anew once a poll is emptied, and once the
//! master key is replaced; until then single copies may be left of whatever became shorter, and the notice says
//! that, too. Whoever writes waits meanwhile: a second for a hundred thousand responses. Nobody waits for more than
//! fifteen seconds (`migration::connection`), so beyond a million and a half whoever writes is refused until it
//! ends. It needs twice the file's size on the disk, half of it in the folder of temporary files
//! (`SQLITE_TMPDIR`). Nothing looks beforehand whether that is free: where it fails, it is tried again the day after.

use crate::{Emptied, Error, Vault, kind_in_sqlite};
use chrono::NaiveDate;
use migration::connection::{self, LOCKED};
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement,
    TransactionOptions,
    sqlx::{
        self, ConnectOptions as _, Connection as _,
        error::DatabaseError,
        sqlite::{SqliteConnectOptions, SqliteConnection},
    },
};
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

/// How long everybody may be kept waiting for the table.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long is waited to sample rows anew, which keeps nobody waiting who answers. Longer than the second
/// (`deadlock_timeout`) after which the database ends a vacuum of its own for whoever waits: many emptied rows
/// are what it begins one for.
const SAMPLING: Duration = Duration::from_secs(3);
/// What has rows sampled anew that the database plans by.
const SAMPLE: &str = "ANALYZE response";
/// `SQLITE_BUSY` and `SQLITE_LOCKED`, in the lower byte of a code of `SQLite`.
const BUSY: [u32; 2] = [5, 6];
/// How often it is looked whether others have ended, a fiftieth of a second apart.
const LOOKS: u32 = 20;
/// How often an operator's command tries it, with [`PAUSE`] between.
const TRIES: u32 = 60;
/// From one try of an operator's command to the next.
const PAUSE: Duration = Duration::from_millis(500);

/// What one program knows of its overwriting. Where it ends before all is done, that is done the day after, when
/// it is to be noted that the polls are emptied.
#[derive(Debug, Default)]
pub struct Overwriting {
    /// Whether rows were emptied, and what they held could not be overwritten yet.
    pub owed: AtomicBool,
    /// How far the file of an embedded store is.
    pub file: Rewriting,
}

/// How far one program has written the file of an embedded store (SQLite) anew.
#[derive(Debug, Default)]
pub struct Rewriting {
    /// How often it has.
    times: AtomicU32,
    last: Mutex<Last>,
}

/// What was done last to write a file anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    /// Nothing that is to be remembered.
    #[default]
    Nothing,
    /// It was begun on this day, and failed or was cut off.
    Begun(NaiveDate),
    /// On this day it was written anew. Its log could not be emptied yet.
    Rewritten(NaiveDate),
}

impl Rewriting {
    /// Writes the whole file anew, and with it all places that nothing is in any more, and empties its log. Gives
    /// how far it came: [`Emptied::Held`] where somebody is in the way, and then it has to be asked again, which
    /// writes no file for a second time `today` of which only the log is left. On PostgreSQL there is nothing to do.
    ///
    /// # Errors
    /// The database, a full disk for instance; then the file is as it was. That day it is not tried again, nor where
    /// it was cut off: each time the disk would be full for others, too, until it fails.
    pub async fn go_on(&self, db: &DatabaseConnection, today: NaiveDate) -> Result<Emptied, DbErr> {
        if db.get_database_backend() != DbBackend::Sqlite {
            return Ok(Emptied::Done);
        }
        let last = *self.last();
        if last == Last::Begun(today) {
            return Ok(Emptied::PutOff);
        }
        if last != Last::Rewritten(today) {
            // Beforehand: nobody is there to note it where this takes too long and is cut off.
            *self.last() = Last::Begun(today);
            if !write_file_anew(db).await? {
                *self.last() = Last::Nothing;
                return Ok(Emptied::Held);
            }
            *self.last() = Last::Rewritten(today);
            self.times.fetch_add(1, Ordering::Relaxed);
        }
        if !overwrite_log(db).await? {
            return Ok(Emptied::Held);
        }
        *self.last() = Last::Nothing;
        Ok(Emptied::Done)
    }

    /// Notes that more has become shorter in it: that it was written anew does not count any more.
    pub fn owe_again(&self) {
        let mut last = self.last();
        if matches!(*last, Last::Rewritten(_)) {
            *last = Last::Nothing;
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_held(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == LOCKED)
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| kind_in_sqlite(&code)).is_some_and(|kind| BUSY.contains(&kind))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

/// Writes a table of keys on PostgreSQL anew, so that nothing remains of what it held before. Gives whether it
/// did: somebody can hold the table, whoever counts a poll for instance, or can still see what it held before,
/// and then it has to be asked again. Nobody waits for it for long.
///
/// # Errors
/// The database.
async fn write_anew(db: &DatabaseConnection, table: &'static str) -> Result<bool, DbErr> {
    if !all_have_ended(db).await? {
        return Ok(false);
    }
    // As `VACUUM FULL` does, but in a transaction.
    in_time(db, PATIENCE, &format!("CLUSTER {table} USING {table}_pkey")).await
}

/// Does something with a table on PostgreSQL. Gives whether it did: not where somebody holds the table for
/// longer than `most`.
async fn in_time(db: &DatabaseConnection, most: Duration, sql: &str) -> Result<bool, DbErr> {
    let tx = connection::begin(db, TransactionOptions::default()).await?;
    let patience = format!("SET LOCAL lock_timeout = '{}ms'", most.as_millis());
    tx.execute_unprepared(&patience).await?;
    match tx.execute_unprepared(sql).await {
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
/// `postgresql/README.md` does not say so. A transaction that was prepared, to be ended later by whoever, runs
/// nowhere and holds no lock of that kind; and a server may be told to keep old versions for so many transactions
/// in any case (until PostgreSQL 15). That is asked first, because to wait would be in vain, and once more after the
/// waiting: whoever was running may have been prepared meanwhile, which looks like an end.
async fn all_have_ended(db: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(!is_kept(db).await? && runners_have_ended(db).await? && !is_kept(db).await?)
}

/// Whether old versions are kept for somebody who shows in no lock.
async fn is_kept(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let held = "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE xmin IS NOT NULL) \
        OR EXISTS (SELECT FROM pg_prepared_xacts) \
        OR coalesce(current_setting('vacuum_defer_cleanup_age', true), '0') <> '0' AS held";
    let held = db.query_one_raw(Statement::from_string(DbBackend::Postgres, held)).await?;
    held.map_or(Ok(false), |row| row.try_get("", "held"))
}

/// Whether all who run have ended, as [`all_have_ended`] says.
async fn runners_have_ended(db: &DatabaseConnection) -> Result<bool, DbErr> {
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
pub async fn empty_log(db: &DatabaseConnection) -> Result<bool, DbErr> {
    match db.get_database_backend() {
        DbBackend::Sqlite => overwrite_log(db).await,
        _ => Ok(true),
    }
}

async fn overwrite_log(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let mut connection = aside(db).await?;
    let emptied = truncate_log(&mut connection).await?;
    connection.close().await.map_err(failed)?;
    Ok(emptied)
}

/// A connection of its own to an embedded store, because the one that writes would wait for whoever reads.
async fn aside(db: &DatabaseConnection) -> Result<SqliteConnection, DbErr> {
    let pool = db.get_sqlite_connection_pool();
    let options = SqliteConnectOptions::clone(&pool.connect_options()).busy_timeout(PATIENCE);
    // A whole file that is written anew does not belong into memory.
    options.pragma("temp_store", "FILE").connect().await.map_err(failed)
}

async fn truncate_log(connection: &mut SqliteConnection) -> Result<bool, DbErr> {
    // The first column: whether somebody was in the way.
    let log = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)");
    let busy: i64 = log.fetch_one(connection).await.map_err(failed)?;
    Ok(busy == 0)
}

/// Writes the whole file of an embedded store anew. Gives whether it did: where somebody is in the way it is not
/// begun. Its log is to be emptied afterwards: it has all of it once more.
async fn write_file_anew(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let mut connection = aside(db).await?;
    // Somebody who reads would keep the log from being emptied afterwards, and it would all be in vain.
    let mut done = truncate_log(&mut connection).await?;
    if done {
        match sqlx::query("VACUUM").execute(&mut connection).await {
            Ok(_) => {}
            Err(error) if is_busy(&error) => done = false,
            Err(error) => {
                // What was written until then is of no use, and takes as much of the disk as there was. The
                // first error says why.
                let _ = truncate_log(&mut connection).await;
                let _ = connection.close().await;
                return Err(failed(error));
            }
        }
    }
    connection.close().await.map_err(failed)?;
    Ok(done)
}

/// Writes a table of keys anew, so that nothing remains of what it held before; of an embedded store, its whole
/// file. Tried again and again for half a minute, for an operator who replaces the master key.
///
/// # Errors
/// The database; also where it could not be done: then it is to be repeated.
pub async fn write_anew_at_last(db: &DatabaseConnection, table: &'static str) -> Result<(), DbErr> {
    let mut rewritten = false;
    for _ in 0..TRIES {
        let done = match db.get_database_backend() {
            DbBackend::Sqlite => {
                rewritten = rewritten || write_file_anew(db).await?;
                rewritten && overwrite_log(db).await?
            }
            _ => write_anew(db, table).await?,
        };
        if done {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let words = "what the previous master key wrapped may still lie in the files of";
    Err(DbErr::Custom(format!("{words} {table}, which others hold; run it again")))
}

impl Vault {
    /// [`empty_log`] of the vault's store.
    ///
    /// # Errors
    /// The database.
    pub async fn empty_log(&self) -> Result<bool, Error> {
        Ok(empty_log(&self.writer).await?)
    }

    /// Lets go of what is left in the files of a key that was destroyed just now, as far as that takes no time: of
    /// `SQLite`, in the log; of PostgreSQL, in the table of keys. Gives whether nobody was in the way.
    pub(crate) async fn overwrite_keys(&self) -> Result<bool, Error> {
        let db = &self.writer;
        Ok(match db.get_database_backend() {
            DbBackend::Sqlite => overwrite_log(db).await?,
            _ => write_anew(db, "poll_key").await?,
        })
    }

    /// Lets go of what is left in the files of keys that are destroyed, and of emptied rows beside them, as far as
    /// the vault can: of `SQLite`, in the log and in the places of its file that nothing is in any more; of
    /// PostgreSQL, in the table of keys and in the samples that it plans by. Gives how far it came: not to the end
    /// where somebody is in the way, or where the file could not be written anew `today`, which is an error once.
    pub(crate) async fn overwrite(&self, today: NaiveDate) -> Result<Emptied, Error> {
        let db = &self.writer;
        if db.get_database_backend() == DbBackend::Sqlite {
            return Ok(self.overwriting.file.go_on(db, today).await?);
        }
        // The keys last, so that nobody who answers waits for their table again and again while it is only the
        // samples that somebody holds up; and it is looked first whether the keys can be, so that nothing is
        // sampled in vain. It would be by itself once many rows have changed, of which there are few perhaps.
        let done = all_have_ended(db).await?
            && in_time(db, SAMPLING, SAMPLE).await?
            && write_anew(db, "poll_key").await?;
        Ok(if done { Emptied::Done } else { Emptied::Held })
    }

    /// How often this program has written an embedded store's whole file anew since a poll was emptied first.
    #[must_use]
    pub fn files_written_anew(&self) -> u32 {
        self.overwriting.file.times.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migration::testing;
    use sea_orm::TransactionTrait as _;

    /// Whoever holds it is running, so it comes to this only if they began after it was looked whether others have
    /// ended.
    #[tokio::test]
    async fn a_table_that_is_held_is_not_waited_for_without_an_end() {
        let db = connection::open(&testing::migrated::vault_store().await.unwrap()).await.unwrap();
        let holding = db.begin().await.unwrap();
        let lock = "LOCK TABLE response IN SHARE UPDATE EXCLUSIVE MODE";
        holding.execute_unprepared(lock).await.unwrap();
        let soon = tokio::time::timeout(SAMPLING * 5, in_time(&db, SAMPLING, SAMPLE)).await;
        assert!(!soon.expect("it does not wait").unwrap());
        holding.rollback().await.unwrap();
        assert!(in_time(&db, SAMPLING, SAMPLE).await.unwrap());
    }
}
