//! SQLite: a response that is stored, or stored again, takes its person's draft with it.
//!
//! So a round of responses is one statement, which is a transaction by itself. PostgreSQL has
//! `take_responses` for it. Whoever builds the table anew makes the triggers anew, too: they go with
//! it.
//!
//! What is only emptied, with the poll's key, is not sent.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TAKE_ALONG: &str = "
CREATE TRIGGER response_first AFTER INSERT ON response BEGIN
    DELETE FROM draft WHERE poll_id = NEW.poll_id AND pseudonym = NEW.pseudonym;
END;
CREATE TRIGGER response_change AFTER UPDATE OF content ON response WHEN NEW.content <> x'' BEGIN
    DELETE FROM draft WHERE poll_id = NEW.poll_id AND pseudonym = NEW.pseudonym;
END";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager.get_connection().execute_unprepared(TAKE_ALONG).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            let drop = "DROP TRIGGER response_first; DROP TRIGGER response_change";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        Ok(())
    }
}
