//! PostgreSQL: a table is built anew, divided or whole, while its rows are written.
//!
//! *Expand*: beside the table the new one is made, and a trigger repeats there what is written
//! to the old one, by servers of whatever version. Then the rows are copied, some thousands a
//! transaction, which holds nobody up for longer than that. *Contract*: in one transaction that
//! lets readers on and writers wait, both are counted; if they agree the old table goes and the new
//! one takes its name. Columns, their order and the targets of conflicts are the same, so a server
//! of the version before goes on with the statements that it has prepared.
//!
//! Every step can be repeated: whatever is cut short is taken up by the next `veche migrate`.

use crate::connection::{LOCKED, has_code};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        ConnectionTrait, DbBackend, Statement, TransactionTrait as _,
        prelude::Uuid,
        sqlx::{Error, error::DatabaseError},
    },
};

/// Parts of a divided table. More of them cost every statement that cannot tell which one it needs.
pub const PARTS: u32 = 16;
/// Rows copied in one transaction.
const ROWS: u32 = 5_000;
/// How often copying and exchanging are tried where others hold the table.
const TRIES: u32 = 60;

/// A table to be built anew.
pub struct Rebuilt {
    pub table: &'static str,
    /// What divides it, by a hash, which is part of the key; `None` makes it whole.
    pub by: Option<&'static str>,
    /// The primary key, in the order that its readers need.
    pub key: [&'static str; 2],
    /// Another index: its name and columns.
    pub index: Option<(&'static str, &'static str)>,
}

/// `deadlock_detected`: others waited for what this held.
const DEADLOCK: &str = "40P01";

/// Whether two waited for each other, and this was the one that the database gave up.
pub fn is_deadlock(error: &Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == DEADLOCK)
}

/// Whether it can be tried again when others let go of what this waited for, for too long.
pub fn in_the_way(error: &DbErr) -> bool {
    [LOCKED, DEADLOCK].into_iter().any(|code| has_code(error, code))
}

async fn pause(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    db.execute_unprepared("SELECT pg_sleep(0.5)").await.map(drop)
}

/// Does what locks a table, again and again where others hold it.
pub async fn until_free<F: Future<Output = Result<(), DbErr>>>(
    db: &impl ConnectionTrait,
    exchange: impl Fn() -> F,
) -> Result<(), DbErr> {
    for _ in 1..TRIES {
        match exchange().await {
            Err(error) if in_the_way(&error) => pause(db).await?,
            done => return done,
        }
    }
    exchange().await
}

/// Builds those of the tables that are not built already. `SQLite` has neither form.
pub async fn all(tables: &[Rebuilt], manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        for table in tables {
            table.build(manager).await?;
        }
    }
    Ok(())
}

impl Rebuilt {
    async fn build(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if self.is_divided(db).await? == self.by.is_some() {
            return Ok(());
        }
        self.expand(db).await?;
        self.copy(db).await?;
        self.contract(db).await
    }

    /// What is added to a name while the new table stands beside the old one.
    const fn shape(&self) -> &'static str {
        if self.by.is_some() { "divided" } else { "whole" }
    }

    fn next(&self) -> String {
        format!("{}_{}", self.table, self.shape())
    }

    async fn is_divided(&self, db: &impl ConnectionTrait) -> Result<bool, DbErr> {
        let sql = format!(
            "SELECT relkind = 'p' AS divided FROM pg_class WHERE oid = to_regclass('{}')",
            self.table
        );
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        row.ok_or_else(|| DbErr::Migration(format!("there is no table {}", self.table)))?
            .try_get("", "divided")
    }

    /// Makes the new table, empty, and lets it follow the old one.
    async fn expand(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        let Self { table, key: [first, second], .. } = self;
        let next = self.next();
        let tx = db.begin().await?;
        let divided = self.by.map(|by| format!(" PARTITION BY HASH ({by})")).unwrap_or_default();
        let mut sql = vec![format!(
            "CREATE TABLE IF NOT EXISTS {next} (LIKE {table} INCLUDING DEFAULTS, \
             PRIMARY KEY ({first}, {second})){divided}"
        )];
        if self.by.is_some() {
            for part in 0..PARTS {
                sql.push(format!(
                    "CREATE TABLE IF NOT EXISTS {table}_{part} PARTITION OF {next} \
                     FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                ));
            }
        }
        if let Some((name, columns)) = self.index {
            sql.push(format!(
                "CREATE INDEX IF NOT EXISTS {name}_{} ON {next} ({columns})",
                self.shape()
            ));
        }
        sql.push(format!(
            "CREATE OR REPLACE FUNCTION {table}_follow() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF TG_OP <> 'INSERT' THEN
                     DELETE FROM {next} WHERE {first} = OLD.{first} AND {second} = OLD.{second};
                 END IF;
                 IF TG_OP <> 'DELETE' THEN
                     INSERT INTO {next} VALUES (NEW.*);
                 END IF;
                 RETURN NULL;
             END $$"
        ));
        // Waits for whoever is writing; from then on every writer is followed.
        sql.push(format!(
            "CREATE OR REPLACE TRIGGER {table}_follow AFTER INSERT OR UPDATE OR DELETE ON {table} \
             FOR EACH ROW EXECUTE FUNCTION {table}_follow()"
        ));
        for sql in sql {
            tx.execute_unprepared(&sql).await?;
        }
        tx.commit().await
    }

    /// Copies what was there before the trigger. A row is locked while it is copied: whoever
    /// changes or deletes it waits, and the trigger then finds it in the new table, too.
    async fn copy(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        let Self { table, key: [first, second], .. } = self;
        let next = self.next();
        let mut last: Option<(Value, Value)> = None;
        loop {
            let (after, values) = match last {
                None => (String::new(), vec![]),
                Some((a, b)) => (format!("WHERE ({first}, {second}) > ($1, $2) "), vec![a, b]),
            };
            let sql = format!(
                "WITH picked AS MATERIALIZED (SELECT * FROM {table} {after}\
                 ORDER BY {first}, {second} LIMIT {ROWS} FOR UPDATE), \
                 copied AS (INSERT INTO {next} SELECT * FROM picked ON CONFLICT DO NOTHING) \
                 SELECT {first}, {second} FROM picked ORDER BY {first} DESC, {second} DESC LIMIT 1"
            );
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            let mut tries = 1;
            let row = loop {
                match db.query_one_raw(statement.clone()).await {
                    // Nothing of this part was copied.
                    Err(error) if in_the_way(&error) && tries < TRIES => {
                        tries += 1;
                        pause(db).await?;
                    }
                    row => break row?,
                }
            };
            let Some(row) = row else { return Ok(()) };
            let value = |column: &str| -> Result<Value, DbErr> {
                Ok(match column {
                    "poll_id" => row.try_get::<Uuid>("", column)?.into(),
                    _ => row.try_get::<Vec<u8>>("", column)?.into(),
                })
            };
            last = Some((value(first)?, value(second)?));
        }
    }

    /// Puts the new table in the place of the old one.
    async fn contract(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        until_free(db, || self.exchange(db)).await
    }

    async fn exchange(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        let Self { table, .. } = self;
        let next = self.next();
        let tx = db.begin().await?;
        tx.execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
        let wait = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        tx.execute_unprepared(&wait).await?;
        let count = format!(
            "SELECT (SELECT COUNT(*) FROM {table}) = (SELECT COUNT(*) FROM {next}) AS agree"
        );
        let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, count)).await?;
        let agree = row.map(|row| row.try_get("", "agree")).transpose()?;
        if agree != Some(true) {
            let problem = format!("{next} has other rows than {table}: nothing was exchanged");
            return Err(DbErr::Migration(problem));
        }
        // The rights of the role that counts go with the table they are on.
        let may_count = format!(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'veche_publisher' \
             AND has_column_privilege(rolname, '{table}', 'poll_id', 'SELECT')) AS may_count"
        );
        let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, may_count)).await?;
        let may_count = row.map(|row| row.try_get::<bool>("", "may_count")).transpose()?;
        let mut sql = vec![
            format!("DROP TABLE {table}"),
            format!("DROP FUNCTION {table}_follow()"),
            format!("ALTER TABLE {next} RENAME TO {table}"),
            format!("ALTER INDEX {next}_pkey RENAME TO {table}_pkey"),
        ];
        if let Some((name, _)) = self.index {
            sql.push(format!("ALTER INDEX {name}_{} RENAME TO {name}", self.shape()));
        }
        if *table == "response" && may_count == Some(true) {
            sql.push(format!(
                "GRANT SELECT (poll_id, record_key, region, age_band, gender, counted) \
                 ON {table} TO veche_publisher"
            ));
        }
        for sql in sql {
            tx.execute_unprepared(&sql).await?;
        }
        tx.commit().await?;
        // The planner knows nothing of a table that is new.
        db.execute_unprepared(&format!("ANALYZE {table}")).await.map(drop)
    }
}
