//! PostgreSQL: what is to go with a row is not copied by `ANALYZE`.
//!
//! To plan by, the database keeps values of a sample of each column's rows in a table of its own
//! (`pg_statistic`), and every look at a table that is small takes all of it. So a poll's wrapped key was there,
//! too, and stayed when the key was destroyed or wrapped anew and its table rewritten: that does not reach
//! this copy, and nobody but a superuser can. Sealed contents and records' numbers were there in the same way.
//! No statement looks for any of them, so no plan gets worse without.
//!
//! What is planned by keeps its sample: pseudonyms, by which people are found (without it the database would
//! take each for one of two hundred), the lists that are counted (without it a count sorts all responses, which
//! takes three times as long), and the facts. What the sample has of a poll that was emptied is replaced when the
//! vault has emptied it (`server/vault/src/overwrite.rs`). What the database's own table keeps of its former
//! rows is as any table's; `server/operations/postgresql/README.md` says how it is written anew.
//!
//! To set the column's type to what it is rewrites nothing, and lets go of the sample that is there. A part
//! that is ever added to a divided table has to be told this, too: it is not inherited. `SQLite` keeps no
//! samples; but there the version before noted that nothing was left of a poll without writing the file anew, in
//! which single copies of what its rows held may be (`overwrite.rs`). So nothing is noted of any poll any more:
//! they are gone through once more, no row is found to be emptied, and the file is written anew once for all.

use super::rebuild;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, TransactionTrait as _},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables, with those of their columns that are not sampled any more, and their types.
const COLUMNS: [(&str, &[(&str, &str)]); 3] = [
    ("poll_key", &[("wrapped", "bytea")]),
    ("response", &[("content", "bytea"), ("record_key", "bigint")]),
    ("draft", &[("content", "bytea")]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each table is a transaction of its own, so that whoever waits for one holds no other.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            for (table, columns) in COLUMNS {
                rebuild::until_free(db, || unsample(db, table, columns)).await?;
            }
        } else {
            db.execute_unprepared("UPDATE poll_key SET bare = FALSE WHERE bare").await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            for (table, columns) in COLUMNS {
                for (column, _) in columns {
                    let alter =
                        format!("ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS -1");
                    manager.get_connection().execute_unprepared(&alter).await?;
                }
            }
        }
        Ok(())
    }
}

async fn unsample(
    db: &SchemaManagerConnection<'_>,
    table: &str,
    columns: &[(&str, &str)],
) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    tx.execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
    for (column, kind) in columns {
        // The type last: what was sampled until then goes with it.
        for change in ["SET STATISTICS 0".to_owned(), format!("TYPE {kind}")] {
            let alter = format!("ALTER TABLE {table} ALTER COLUMN {column} {change}");
            tx.execute_unprepared(&alter).await?;
        }
    }
    tx.commit().await
}
