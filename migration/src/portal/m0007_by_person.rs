//! What a person did as staff is found by indexes.
//!
//! Everybody who looks at the page that deletes an account is told whether the staff's records hold
//! anything of them, and everybody's download holds what they do. The log of the staff has a line for each
//! deed there ever was and loses none, so without an index of its two columns that name somebody it was
//! read from the first line to the last each time, for people who are in none of them. What the log says of
//! a poll is found by the second one, too. A token's maker is looked for by the database itself where an
//! account is deleted.
//!
//! Roles have no index of who gave them: there are as many as people on the staff.
//!
//! A server of the version before goes on. On PostgreSQL whoever writes to one of these tables waits until
//! all the indexes are there: staff, the scheduler, and whoever deletes an account, but nobody who takes
//! part. The tables are small: of a hundred thousand lines it is a fraction of a second. They come in the
//! order in which whoever changes a poll or makes a token writes to them, so that nobody waits in a circle.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: [&str; 5] = [
    "CREATE INDEX poll_author ON poll (author_id)",
    "CREATE INDEX poll_event_actor ON poll_event (actor_id)",
    "CREATE INDEX api_token_created_by ON api_token (created_by)",
    "CREATE INDEX staff_log_actor ON staff_log (actor_id)",
    "CREATE INDEX staff_log_object ON staff_log (object)",
];

const DOWN: [&str; 5] = [
    "DROP INDEX staff_log_object",
    "DROP INDEX staff_log_actor",
    "DROP INDEX api_token_created_by",
    "DROP INDEX poll_event_actor",
    "DROP INDEX poll_author",
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
