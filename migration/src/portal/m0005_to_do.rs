//! What the scheduled work has to do is found by indexes of that and of nothing else.
//!
//! Every few seconds it asks which consents and which sessions have ended. By the time alone it would
//! read again all that ended before and was done. Their conditions hold no values, because a plan is
//! made before the values are known (`plan_cache_mode`), and by such a plan an index of some rows is
//! only used for a condition that stands in the statement.
//!
//! The two of sessions take the place of one: a session is in either, so using it costs no more.
//! A server of the version before reads all sessions as long as it leads.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 4] = [
    "CREATE INDEX consent_to_settle ON consent (ends_at) WHERE NOT settled AND revoked_at IS NULL",
    "CREATE INDEX session_to_empty ON session (expires_at) WHERE length(sealed) > 0",
    "CREATE INDEX session_emptied ON session (expires_at) WHERE length(sealed) = 0",
    "DROP INDEX session_expires_at",
];

const DOWN: [&str; 4] = [
    "CREATE INDEX session_expires_at ON session (expires_at)",
    "DROP INDEX session_emptied",
    "DROP INDEX session_to_empty",
    "DROP INDEX consent_to_settle",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
