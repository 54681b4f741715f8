//! Telling PostgreSQL that a table has grown.
//!
//! A statement on lists is planned once, for the tables as they are in that moment
//! (`plan_cache_mode`, see [`crate::connection`]). One that was planned while a table was all but
//! empty reads the whole of it for each round, however large it becomes, until the table is analysed.
//! The database does that by itself, once a minute: but the minute in which a great poll opens is the
//! one in which everybody comes, and of a hundred thousand drafts a round took 86 ms where it takes
//! 0.2. So a small table is analysed each time that it has doubled, until it is none.
//!
//! Every server looks; that another has done it meanwhile only costs a little. `SQLite` has no such
//! plans.

use sea_orm_migration::sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement,
};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// How long a look may take. A database whose machine is gone does not even say so, and this looks again
/// when there is one.
const PATIENCE: Duration = Duration::from_secs(30);

/// Tables and parts of tables that are twice what they are taken for, and more than a handful of pages.
/// From 128 pages on a few rows of so many are looked up by any plan, and not searched for.
const GROWN: &str = "SELECT oid::regclass::text AS name FROM pg_class \
    WHERE relkind = 'r' AND relpersistence = 'p' AND pg_table_is_visible(oid) \
    AND relnamespace <> 'pg_catalog'::regnamespace AND pg_has_role(relowner, 'USAGE') \
    AND relpages < 128 AND pg_relation_size(oid) >= \
    GREATEST(2 * relpages, 8) * current_setting('block_size')::bigint";

/// Analyses the tables of a store on PostgreSQL that have grown; how many.
///
/// # Errors
/// The database.
pub async fn analyse(store: &DatabaseConnection) -> Result<usize, DbErr> {
    let grown = store.query_all_raw(Statement::from_string(DbBackend::Postgres, GROWN)).await?;
    for row in &grown {
        let name: String = row.try_get("", "name")?;
        // Not one that somebody holds, who builds an index beside writers for instance: that waits for
        // whoever looks at the database, and each would wait for the other.
        store.execute_unprepared(&format!("ANALYZE (SKIP_LOCKED) {name}")).await?;
    }
    Ok(grown.len())
}

/// Looks after a store for as long as it is asked; on `SQLite` there is nothing to do.
pub async fn watch_over(store: DatabaseConnection) {
    if store.get_database_backend() != DbBackend::Postgres {
        return;
    }
    loop {
        // What fails is only slower, and whoever needs the database says so.
        match timeout(PATIENCE, analyse(&store)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "tables that have grown"),
            Err(late) => tracing::debug!(error = %late, "tables that have grown"),
        }
        sleep(EVERY).await;
    }
}
