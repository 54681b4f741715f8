//! Telling PostgreSQL that a table has grown.
//!
//! A statement on lists is planned once, for the table as it is in that moment. One that was planned
//! while the table was all but empty reads the whole of it for each round, however large it becomes,
//! until the table is analysed. The database does that by itself, once a minute: but the minute in
//! which a great poll opens is the one in which everybody comes, and of a hundred thousand drafts a
//! round took 86 ms where it takes 0.2. So a table that the database takes for a small one is
//! analysed when it has grown.
//!
//! Nothing waits for it, and what fails is only slower. `SQLite` has no such plans.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Between two looks at a table.
const REST: Duration = Duration::from_secs(10);

/// A table and all its parts. The name is one of ours.
const ROWS: &str = "SELECT sum(GREATEST(c.reltuples, 0))::bigint AS rows \
    FROM pg_partition_tree($1::regclass) p JOIN pg_class c ON c.oid = p.relid AND p.isleaf";

/// What is known here of a table's growth.
#[derive(Clone)]
pub struct Growth {
    db: DatabaseConnection,
    table: &'static str,
    small: usize,
    /// Since it was looked at last, by this server.
    more: Arc<AtomicUsize>,
    busy: Arc<AtomicBool>,
}

impl Growth {
    /// Of a table of which so many rows are read as quickly as some of them are looked up: what is
    /// planned for more looks them up, however many come.
    pub fn new(db: &DatabaseConnection, table: &'static str, small: usize) -> Self {
        Self { db: db.clone(), table, small, more: Arc::default(), busy: Arc::default() }
    }

    /// It has so many rows more.
    pub fn by(&self, rows: usize) {
        if rows == 0 || self.db.get_database_backend() != DbBackend::Postgres {
            return;
        }
        let more = self.more.fetch_add(rows, Ordering::Relaxed) + rows;
        if more < self.small || self.busy.swap(true, Ordering::Relaxed) {
            return;
        }
        self.more.store(0, Ordering::Relaxed);
        let growth = self.clone();
        tokio::spawn(async move {
            if let Err(error) = growth.analyse().await {
                tracing::warn!(%error, table = growth.table, "a table that grew was not analysed");
            }
            tokio::time::sleep(REST).await;
            growth.busy.store(false, Ordering::Relaxed);
        });
    }

    async fn analyse(&self) -> Result<(), DbErr> {
        let rows = Statement::from_sql_and_values(DbBackend::Postgres, ROWS, [self.table.into()]);
        let known: Option<i64> = match self.db.query_one_raw(rows).await? {
            Some(row) => row.try_get("", "rows")?,
            None => None,
        };
        let known = known.and_then(|rows| usize::try_from(rows).ok());
        if known.unwrap_or_default() < self.small {
            self.db.execute_unprepared(&format!("ANALYZE {}", self.table)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migration::{connection, testing};
    use sea_orm_migration::MigratorTrait as _;
    use tokio::time::sleep;

    const ANALYSED: &str = "SELECT coalesce(sum(analyze_count), 0)::bigint AS times \
        FROM pg_stat_user_tables WHERE relname LIKE 'response%'";

    /// The database's statistics come a moment late.
    async fn until(so: impl AsyncFn() -> bool) {
        for _ in 0..1_000 {
            if so().await {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain");
    }

    #[tokio::test]
    async fn a_table_in_parts_is_analysed_once_it_has_grown_and_not_when_it_is_large() {
        let db = connection::open(&testing::postgres().await.unwrap()).await.unwrap();
        migration::vault::Migrator::up(&db, None).await.unwrap();
        let times = async || {
            let row = Statement::from_string(DbBackend::Postgres, ANALYSED);
            let row = db.query_one_raw(row).await.unwrap().unwrap();
            row.try_get::<i64>("", "times").unwrap()
        };
        let growth = Growth::new(&db, "response", 50);
        growth.by(49);
        sleep(Duration::from_millis(100)).await;
        assert!(!growth.busy.load(Ordering::Relaxed), "too few for a look");
        growth.by(1);
        until(async || times().await > 0).await;
        let before = times().await;
        growth.by(1_000);
        assert_eq!(growth.more.load(Ordering::Relaxed), 1_000, "it rests");
        let fill = "INSERT INTO poll_key (poll_id, state, wrapped) \
                VALUES ('00000000-0000-4000-8000-000000000001', 'open', ''); \
            INSERT INTO response (id, poll_id, pseudonym, record_key, special_consent, content, \
                received_on, counted) \
            SELECT gen_random_uuid(), '00000000-0000-4000-8000-000000000001', \
                sha256(n::text::bytea), 1, false, '', '2026-03-01', '[]' \
            FROM generate_series(1, 100) n; ANALYZE response";
        db.execute_unprepared(fill).await.unwrap();
        growth.analyse().await.unwrap();
        sleep(Duration::from_millis(1500)).await;
        let by_hand = times().await - before;
        Growth::new(&db, "response", 200).analyse().await.unwrap();
        until(async || times().await - before > by_hand).await;
        assert_eq!(
            times().await - before,
            2 * by_hand,
            "by hand and as a small one, not as a large one"
        );
    }
}
