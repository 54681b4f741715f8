//! A tag on each account: another value whenever something changes that every request knows of the
//! person, whoever changes it.
//!
//! Attributes, roles and notices of an account lie in three tables, and reading them cost more than
//! finding the session. With the tag, which is read with each session, a server knows whether what it
//! read before still holds (`server/src/identity/arrivals.rs`). The database sets it, so that no
//! statement can be forgotten, of the version before or of an administrator's. It is random and no
//! counter: an account that is deleted and comes again has the same id, and must not have an old tag.
//!
//! `NULL` is the tag of an account of which nothing has changed since this migration: nothing is kept
//! of it.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What a request knows of a person beside the account itself.
const TABLES: [&str; 3] = ["attribute", "notice", "staff_role"];

/// What can be done to a row, and how PostgreSQL calls the rows of it.
const DEEDS: [(&str, &str); 3] = [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")];

/// Once a statement, however many rows it changes. The functions look for the tables where this migration
/// does, wherever whoever changes a row looks.
const POSTGRES: [&str; 6] = [
    "ALTER TABLE account ADD COLUMN tag uuid",
    "CREATE FUNCTION tag_accounts() RETURNS trigger
    LANGUAGE plpgsql SECURITY INVOKER SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE account SET tag = gen_random_uuid() WHERE id IN (SELECT account_id FROM changed);
        RETURN NULL;
    END $$",
    "CREATE FUNCTION tag_account() RETURNS trigger
    LANGUAGE plpgsql SECURITY INVOKER SET search_path FROM CURRENT AS $$
    BEGIN
        NEW.tag := gen_random_uuid();
        RETURN NEW;
    END $$",
    "REVOKE ALL ON FUNCTION tag_accounts FROM PUBLIC",
    "REVOKE ALL ON FUNCTION tag_account FROM PUBLIC",
    "CREATE TRIGGER account_seen BEFORE UPDATE OF inbox_seen_at ON account
    FOR EACH ROW EXECUTE FUNCTION tag_account()",
];

const SQLITE: [&str; 2] = [
    "ALTER TABLE account ADD COLUMN tag blob",
    "CREATE TRIGGER account_seen AFTER UPDATE OF inbox_seen_at ON account
    BEGIN UPDATE account SET tag = randomblob(16) WHERE id = NEW.id; END",
];

fn trigger(backend: DbBackend, table: &str, (deed, rows): (&str, &str)) -> String {
    let name = format!("{table}_{}", deed.to_lowercase());
    if backend == DbBackend::Postgres {
        format!(
            "CREATE TRIGGER {name} AFTER {deed} ON {table} REFERENCING {rows} TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION tag_accounts()"
        )
    } else {
        format!(
            "CREATE TRIGGER {name} AFTER {deed} ON {table} BEGIN
            UPDATE account SET tag = randomblob(16) WHERE id = {rows}.account_id; END"
        )
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (db, backend) = (manager.get_connection(), manager.get_database_backend());
        let first: &[&str] = if backend == DbBackend::Postgres { &POSTGRES } else { &SQLITE };
        for statement in first {
            db.execute_unprepared(statement).await?;
        }
        for table in TABLES {
            for deed in DEEDS {
                db.execute_unprepared(&trigger(backend, table, deed)).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (db, backend) = (manager.get_connection(), manager.get_database_backend());
        let postgres = backend == DbBackend::Postgres;
        let on = |table: &str| if postgres { format!(" ON {table}") } else { String::new() };
        for table in TABLES {
            for (deed, _) in DEEDS {
                let name = format!("{table}_{}", deed.to_lowercase());
                db.execute_unprepared(&format!("DROP TRIGGER {name}{}", on(table))).await?;
            }
        }
        db.execute_unprepared(&format!("DROP TRIGGER account_seen{}", on("account"))).await?;
        if postgres {
            db.execute_unprepared("DROP FUNCTION tag_accounts").await?;
            db.execute_unprepared("DROP FUNCTION tag_account").await?;
        }
        db.execute_unprepared("ALTER TABLE account DROP COLUMN tag").await?;
        Ok(())
    }
}
