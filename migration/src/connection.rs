//! Opening a store with the settings that its promises rest on.

use sea_orm_migration::sea_orm::{
    ConnAcquireErr, ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, RuntimeErr, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions,
    TransactionTrait as _,
    sqlx::{
        self, Connection as _, error::DatabaseError, postgres::PgConnectOptions,
        sqlite::SqliteConnectOptions,
    },
};
use std::{io, time::Duration};
use tokio::time::timeout;

/// Connections of one store on PostgreSQL, beside those that somebody has alone ([`rounds`]).
const CONNECTIONS: u32 = 8;
/// Those of SQLite, which read at the same time; it has one writer. Each is a thread of its own with
/// pages and prepared statements of its own, and works where one of PostgreSQL's would wait.
const READERS: u32 = 4;
/// How long a writer waits for the one before it (SQLite), and a request for a connection.
const PATIENCE: Duration = Duration::from_secs(15);
/// After how long a connection that nobody used is asked whether it is still there, before it is
/// used. Asking each time would double what each statement waits for.
const IDLE: Duration = Duration::from_secs(1);
/// Statements that a connection keeps prepared. What is stored together is a statement of its own
/// for each number of rows.
const PREPARED: usize = 500;
/// How long a connection to PostgreSQL is waited for that nobody used, or on which somebody has given
/// up waiting.
const SOON: Duration = Duration::from_secs(5);
/// How long the answer to a `BEGIN` is waited for.
const UNANSWERED: Duration = Duration::from_mins(1);
/// How long a request waits for a connection to a replica before it asks the store itself.
const REPLICA_PATIENCE: Duration = Duration::from_millis(500);

/// Opens the store at `url`: `sqlite:PATH` (the file is made if it is missing; not `:memory:`,
/// which every connection would have for itself) or `postgres://…`, where
/// `?options[search_path]=SCHEMA` chooses a schema. TLS is asked for in the words of PostgreSQL's
/// own clients: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`; [`exposure`](crate::exposure) says
/// which are worth what. The files are read for each connection anew.
///
/// On SQLite a commit is on the disk when it is acknowledged (`synchronous=FULL`), readers and the
/// writer do not block each other (WAL), and what is deleted is overwritten (`secure_delete`), though not in
/// the log, which the scheduled work empties again and again.
/// A write transaction has to be begun as `SqliteTransactionMode::Immediate`: one that turns from
/// reading to writing midway is refused instead of waiting.
///
/// A connection whose transaction did not end as it was told to is not used again. SQLite gives a
/// transaction up by itself when the disk is full, for instance; the `ROLLBACK` that follows then
/// fails, and the driver goes on counting a transaction that is not there. The next one would be a
/// savepoint, and committing it would commit nothing and say that it had.
///
/// Where the machine of PostgreSQL has lost its power, no word comes over a connection any more, not
/// even that it is gone. So what is asked of one that nobody used has to be answered within five
/// seconds, and so has what is outstanding on one on which somebody has given up waiting: an answer,
/// or a rollback, which is only queued when a transaction is dropped. Otherwise it is thrown away,
/// and what was sent on it may have been done or not; the pool itself would wait for ever, and count
/// the connection as used. It still does in one place: a connection that comes back is asked by the
/// driver whether it is well, without a limit (<https://github.com/launchbadge/sqlx/issues/4349>). One
/// of which no word comes in that very moment is counted as used until the system gives its sending up,
/// which is why `INSTALL.md` sets `net.ipv4.tcp_retries2`.
///
/// Statements are not logged: their values are people's data.
///
/// # Errors
/// The address is wrong, or the database does not answer.
pub async fn open(url: &str) -> Result<DatabaseConnection, DbErr> {
    Database::connect(options(url)).await
}

/// Opens a replica of a store on PostgreSQL, which need not be there: nothing is asked of it yet,
/// and whoever does ask is soon told that it does not answer.
///
/// # Errors
/// The address is wrong.
pub async fn open_replica(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = options(url);
    options.connect_lazy(true).acquire_timeout(REPLICA_PATIENCE);
    Database::connect(options).await
}

/// Begins a transaction, and leaves none behind that nobody knows of.
///
/// The driver counts a transaction only once PostgreSQL has answered its `BEGIN`. Whoever gives up waiting before
/// that, since the person has left for instance, would put a connection back into the pool that is in a
/// transaction, and that does not know: what the next ones write on it would be acknowledged and never
/// committed (<https://github.com/launchbadge/sqlx/issues/4385>). So it is waited for in any case, and ended, if
/// nobody wants it any more.
///
/// # Errors
/// The database cannot be reached, or does not answer within a minute.
///
/// # Panics
/// Outside a Tokio runtime.
pub async fn begin(
    db: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return db.begin_with_options(options).await;
    }
    let db = db.clone();
    let begun = tokio::spawn(async move {
        // A connection of which no word comes is given up at last; no request waits for so long.
        timeout(UNANSWERED, db.begin_with_options(options)).await
    });
    let late = |_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    begun.await.map_err(|error| DbErr::Custom(error.to_string()))?.map_err(late)?
}

/// For whoever writes to an open store all the time: on SQLite a connection of its own.
///
/// SQLite forgets the pages that it has read when another connection has written, so one that
/// writes always has them all at hand, where writers that take turns read the same pages again and
/// again. Those who write by it take turns in the order in which they came, where SQLite itself
/// lets them try again until one is lucky. On PostgreSQL any connection is as good as another.
///
/// # Panics
/// Outside a Tokio runtime.
#[must_use]
pub fn writer(db: &DatabaseConnection) -> DatabaseConnection {
    match db.get_database_backend() {
        DbBackend::Sqlite => alone(db),
        _ => db.clone(),
    }
}

/// For whoever asks the same of an open store all the time, round after round: on PostgreSQL a
/// connection of its own, on SQLite `otherwise`.
///
/// A pool hands its connections out in turn. Behind each of PostgreSQL's is a process with plans and
/// memory of its own, and a statement that goes to another one each time finds little of that at
/// hand in a processor's cache.
///
/// A round is of many people, and the next one waits for it. So on PostgreSQL it waits for two seconds at
/// most for what somebody else holds, one person's row for instance, and is refused then ([`is_held_up`]).
///
/// # Panics
/// Outside a Tokio runtime.
#[must_use]
pub fn rounds(db: &DatabaseConnection, otherwise: &DatabaseConnection) -> DatabaseConnection {
    match db.get_database_backend() {
        DbBackend::Postgres => impatient(db),
        _ => otherwise.clone(),
    }
}

/// `lock_not_available`.
pub const LOCKED: &str = "55P03";

/// Whether somebody else held what was asked for, for longer than a round waits ([`rounds`]): nothing is wrong with it,
/// and in a moment it can be tried again.
#[must_use]
pub fn is_held_up(error: &DbErr) -> bool {
    has_code(error, LOCKED)
}

/// Whether the database has refused something with this code. By codes, because what a database says in words is in the
/// language of its machine.
#[must_use]
pub fn has_code(error: &DbErr, code: &str) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|found| found == code)
}

/// For whoever others wait for, because tables are changed that they read, or because many are served at once: a
/// connection of its own to an open store on PostgreSQL, which waits for two seconds at most for what somebody
/// holds. It is made when it is asked for the first time.
pub(crate) fn impatient(db: &DatabaseConnection) -> DatabaseConnection {
    let pool = db.get_postgres_connection_pool();
    let settings = PgConnectOptions::clone(&pool.connect_options());
    let settings = settings.options([("lock_timeout", "2s")]);
    let one = pool.options().clone().max_connections(1);
    SqlxPostgresConnector::from_sqlx_postgres_pool(one.connect_lazy_with(settings))
}

/// One more connection to an open store on SQLite, made when it is asked for the first time, as the
/// others are. Those who use it take turns.
fn alone(db: &DatabaseConnection) -> DatabaseConnection {
    let pool = db.get_sqlite_connection_pool();
    let settings = SqliteConnectOptions::clone(&pool.connect_options());
    let one = pool.options().clone().max_connections(1);
    SqlxSqliteConnector::from_sqlx_sqlite_pool(one.connect_lazy_with(settings))
}

/// Whether an address is one of PostgreSQL's.
#[must_use]
pub fn is_postgres(url: &str) -> bool {
    ["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The host as it is looked up, and compared with a certificate's names: an address of IPv6 without
/// the brackets that it has in a URL.
pub(crate) fn host_of(options: &PgConnectOptions) -> &str {
    options.get_host().trim_matches(['[', ']'])
}

/// That a connection can be used, which is so if it answers in time.
async fn soon(answer: impl Future<Output = Result<(), sqlx::Error>>) -> Result<bool, sqlx::Error> {
    let late = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    timeout(SOON, answer).await.map_err(late)??;
    Ok(true)
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(if is_postgres(url) { CONNECTIONS } else { READERS })
        .acquire_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(IDLE)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_postgres_opts(|postgres| {
            let host = host_of(&postgres).to_owned();
            // A plan made for the values of one statement is better by less than it costs: with
            // partitions, finding somebody's row takes a third of the time by the general plan.
            postgres.host(&host).statement_cache_capacity(PREPARED).options([
                ("plan_cache_mode", "force_generic_plan"),
                // A database may have another one by default; the vault's gates rest on this.
                ("default_transaction_isolation", "read committed"),
                // The twin of `SOON`: where the machine of a server has lost its power or stands still,
                // the database hears nothing of it, and would keep for hours what that server held, a
                // poll's gate for instance, and everybody's answers waiting.
                ("idle_in_transaction_session_timeout", "60s"),
                ("client_connection_check_interval", "5s"),
                ("tcp_keepalives_idle", "30"),
                ("tcp_keepalives_interval", "10"),
                ("tcp_keepalives_count", "3"),
                ("tcp_user_timeout", "60s"),
            ])
        })
        .map_sqlx_postgres_pool_opts(|pool| {
            // Asks as `test_before_acquire_if_idle_for` does, whose place it takes, and not for ever.
            pool.before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for < IDLE { Ok(true) } else { soon(connection.ping()).await }
                })
            })
            .after_release(|connection, _| Box::pin(soon(connection.flush())))
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // What was asked for before is done then, a rollback for instance.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
        })
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("secure_delete", "ON")
                // What a statement may have to take back: a file of its own for each otherwise.
                .pragma("temp_store", "MEMORY")
        });
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
    use std::{env, fs, process};

    /// What one connection says of its settings.
    async fn settings(db: &impl ConnectionTrait) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        for name in ["journal_mode", "synchronous", "secure_delete"] {
            let asked = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            let asked = Statement::from_string(DbBackend::Sqlite, asked);
            let row = db.query_one_raw(asked).await.unwrap().unwrap();
            settings.push((name, row.try_get_by_index(0).unwrap()));
        }
        settings
    }

    #[tokio::test]
    async fn what_sqlite_acknowledges_is_synced_and_what_it_deletes_is_overwritten() {
        let folder = env::temp_dir().join(format!("veche-connection-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let db = open(&format!("sqlite:{}/store.sqlite", folder.display())).await.unwrap();
        let writer = writer(&db);
        let (storing, reading) = (rounds(&db, &writer), rounds(&db, &db));
        // `FULL` is 2.
        let expected = [("journal_mode", "wal"), ("synchronous", "2"), ("secure_delete", "1")];
        let expected = expected.map(|(name, value)| (name, value.to_owned()));
        let ways = [(&db, READERS), (&writer, 1), (&storing, 1), (&reading, READERS)];
        for (db, connections) in ways {
            let mut all = Vec::new();
            for _ in 0..connections {
                // Each is held by a transaction of its own.
                all.push(db.begin().await.unwrap());
            }
            for one in &all {
                assert_eq!(settings(one).await, expected);
            }
        }
        // On a failure the system's own cleaning of temporary files has to do.
        fs::remove_dir_all(&folder).unwrap();
    }
}
