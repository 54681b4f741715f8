//! PostgreSQL: the key of responses begins with the poll.
//!
//! A pseudonym is of one poll and spreads over all of an index that begins with it, among the
//! responses of every poll there ever was: with ten million of them each new one is put into a page
//! that no other of the last minutes is in, which has to be read, and is logged as a whole the first
//! time after a checkpoint. Behind their poll the entries of a poll lie together, so a poll that is new
//! is as quick as in a vault that is empty, and pages of polls that are over are left alone
//! (`server/veche/BENCHMARKS.md`). Every statement names both. `SQLite` is as it was.
//!
//! *Expand*: each part gets the new index while it is written to, which needs the room of one more index.
//! *Contract*: in one transaction, which changes no row, the indexes become the key in the place of the
//! old one. A server of the version before goes on: `ON CONFLICT` names the columns in any order.
//! Between the two steps both indexes keep one person to one response, and of two requests of one
//! person at the same moment one can fail, in place of being the change of the other.

use super::rebuild::{self, PARTS};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
        sqlx::{AssertSqlSafe, Connection as _, Error, Executor as _, PgConnection},
    },
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// How long an index that is built beside writers waits for somebody.
const PATIENCE: &str = "20s";

/// How often one index is tried, of which the database gives up one that waits in a circle.
const DEADLOCKS: u32 = 10;

/// The first column of the key, or none in the moment in which there is none.
const FIRST: &str = "SELECT attname::text FROM pg_index \
    JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] \
    WHERE indrelid = to_regclass('response') AND indisprimary";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// An index cannot be built beside writers in a transaction.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    /// Whatever is cut short is begun anew by the next `veche migrate`.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, FIRST)).await?;
        if row.map(|row| row.try_get_by_index(0)).transpose()? == Some("poll_id".to_owned()) {
            return Ok(());
        }
        let SchemaManagerConnection::Connection(pool) = db else {
            return Err(DbErr::Migration(
                "an index is not built beside writers in a transaction".into(),
            ));
        };
        build(pool).await?;
        rebuild::until_free(db, || exchange(db)).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the key stays so: nothing else knows the difference".into()))
    }
}

/// Builds the new index of each part, which waits for everybody who began before. Not for ever: a server of
/// the version before that starts meanwhile waits for its turn in one statement, which is held by whoever
/// migrates; so that fails, lets the other go on, and is called again. Where somebody who waits for the part
/// looks at the database already, an `ANALYZE` of that version for instance, the index is given up by the
/// database and begun anew.
async fn build(pool: &DatabaseConnection) -> Result<(), DbErr> {
    let failed = |error: Error| DbErr::Migration(format!("the key of responses: {error}"));
    let mut connection =
        pool.get_postgres_connection_pool().acquire().await.map_err(failed)?.detach();
    let wait = format!("SET lock_timeout = '{PATIENCE}'");
    connection.execute(AssertSqlSafe(wait)).await.map_err(failed)?;
    for part in 0..PARTS {
        let mut deadlocks = 0;
        while let Err(error) = build_one(&mut connection, part).await {
            deadlocks += 1;
            if deadlocks == DEADLOCKS || !rebuild::is_deadlock(&error) {
                return Err(failed(error));
            }
        }
    }
    connection.close().await.map_err(failed)
}

/// Builds the new index of one part.
async fn build_one(connection: &mut PgConnection, part: u32) -> Result<(), Error> {
    for sql in [
        // What was cut short is an index that is not valid.
        format!("DROP INDEX CONCURRENTLY IF EXISTS response_{part}_poll_first"),
        format!(
            "CREATE UNIQUE INDEX CONCURRENTLY response_{part}_poll_first \
             ON response_{part} (poll_id, pseudonym)"
        ),
    ] {
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Puts the new indexes in the place of the key.
async fn exchange(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    tx.execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
    tx.execute_unprepared("LOCK TABLE response IN ACCESS EXCLUSIVE MODE").await?;
    tx.execute_unprepared("ALTER TABLE response DROP CONSTRAINT response_pkey").await?;
    tx.execute_unprepared(
        "ALTER TABLE ONLY response ADD CONSTRAINT response_pkey PRIMARY KEY (poll_id, pseudonym)",
    )
    .await?;
    for part in 0..PARTS {
        let key = format!(
            "ALTER TABLE response_{part} ADD CONSTRAINT response_{part}_pkey \
             PRIMARY KEY USING INDEX response_{part}_poll_first"
        );
        tx.execute_unprepared(&key).await?;
        let attach = format!("ALTER INDEX response_pkey ATTACH PARTITION response_{part}_pkey");
        tx.execute_unprepared(&attach).await?;
    }
    tx.commit().await
}
