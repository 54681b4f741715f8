//! PostgreSQL: the tables that grow with every answer are divided by a hash of the pseudonym.
//!
//! # Why by the pseudonym
//! Every statement about one person has the pseudonym, so it reaches one part; the unique key,
//! which is what makes one person one answer, has to contain what divides; and the poll that a
//! whole country answers at eight in the morning is spread over all parts. By the poll it would be
//! one part, with one index to split and one end of one file to extend, and the list of polls that
//! a person has answered would look into every part. What goes by poll (counting, the end of the
//! retention) reads all parts by the same index on the poll as before, which costs nothing that
//! can be measured from a million responses on; a part of its own for each poll would make dropping
//! it cheap, but nothing is dropped at the end of a retention: the codes stay, only what ties them
//! to people goes. The price: a statement that names several people is planned anew each time, for
//! the parts that they need. The figures are in `server/vault/SCALE.md`, and
//! `server/vault/benches/partitions.sh` measures them.
//!
//! There is no foreign key to the poll any more: to check it, every answer locked the one row of
//! its poll, together with everybody else's. It guarded nothing: the row is read in the same
//! transaction, and is never deleted. The column `id` has no index of its own any more: nothing
//! looks for it.
//!
//! # How it is done while answers come in
//! *Expand*: beside each table the divided one is made, and a trigger repeats there what is written
//! to the old one, by servers of whatever version. Then the rows are copied, some thousands a
//! transaction, which holds nobody up for longer than that. *Contract*: in one transaction that
//! lets readers on and writers wait, both are counted; if they agree the old table goes and the new
//! one takes its name. Columns, their order and the targets of conflicts are the same, so a server
//! of the version before goes on with the statements that it has prepared.
//!
//! Every step can be repeated: whatever is cut short is taken up by the next `veche migrate`.
//! `SQLite` is as it was.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait as _, prelude::Uuid},
};

/// Parts of each table. More of them cost every statement that cannot tell which one it needs.
const PARTS: u32 = 16;
/// Rows copied in one transaction.
const ROWS: u32 = 5_000;
/// How often the exchange is tried where others hold the table.
const TRIES: u32 = 60;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// A table to be divided.
struct Divided {
    table: &'static str,
    /// What divides it, which is part of the key.
    by: &'static str,
    /// The primary key, in the order that its readers need.
    key: [&'static str; 2],
    /// Another index: its name and columns.
    index: Option<(&'static str, &'static str)>,
}

const TABLES: [Divided; 3] = [
    Divided {
        table: "response",
        by: "pseudonym",
        key: ["pseudonym", "poll_id"],
        index: Some(("response_poll_batch", "poll_id, batch")),
    },
    Divided { table: "draft", by: "pseudonym", key: ["poll_id", "pseudonym"], index: None },
    Divided { table: "released", by: "token", key: ["poll_id", "token"], index: None },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each step is a transaction of its own.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let db = manager.get_connection();
        for table in &TABLES {
            if table.is_divided(db).await? {
                continue;
            }
            table.expand(db).await?;
            table.copy(db).await?;
            table.contract(db).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("what is divided stays so: nothing else knows the difference".into()))
    }
}

impl Divided {
    fn next(&self) -> String {
        format!("{}_divided", self.table)
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

    /// Makes the divided table, empty, and lets it follow the old one.
    async fn expand(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        let Self { table, by, key: [first, second], .. } = self;
        let next = self.next();
        let tx = db.begin().await?;
        let mut sql = vec![format!(
            "CREATE TABLE IF NOT EXISTS {next} (LIKE {table} INCLUDING DEFAULTS, \
             PRIMARY KEY ({first}, {second})) PARTITION BY HASH ({by})"
        )];
        for part in 0..PARTS {
            sql.push(format!(
                "CREATE TABLE IF NOT EXISTS {table}_{part} PARTITION OF {next} \
                 FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            ));
        }
        if let Some((name, columns)) = self.index {
            sql.push(format!("CREATE INDEX IF NOT EXISTS {name}_divided ON {next} ({columns})"));
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
    /// changes or deletes it waits, and the trigger then finds it in the divided table, too.
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
            let Some(row) = db.query_one_raw(statement).await? else { return Ok(()) };
            let value = |column: &str| -> Result<Value, DbErr> {
                Ok(match column {
                    "poll_id" => row.try_get::<Uuid>("", column)?.into(),
                    _ => row.try_get::<Vec<u8>>("", column)?.into(),
                })
            };
            last = Some((value(first)?, value(second)?));
        }
    }

    /// Puts the divided table in the place of the old one.
    async fn contract(&self, db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
        for _ in 1..TRIES {
            match self.exchange(db).await {
                // Others held the table for too long, or waited for what this held.
                Err(DbErr::Exec(error) | DbErr::Query(error))
                    if ["lock timeout", "deadlock"]
                        .iter()
                        .any(|why| error.to_string().contains(why)) =>
                {
                    db.execute_unprepared("SELECT pg_sleep(0.5)").await?;
                }
                done => return done,
            }
        }
        self.exchange(db).await
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
            sql.push(format!("ALTER INDEX {name}_divided RENAME TO {name}"));
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
