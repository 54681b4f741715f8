//! Whether nothing is left of a poll's responses after its key but that there were so many.
//!
//! Versions before this one left what was counted with the facts beside it, by which somebody who is
//! alone in a region, an age band and a gender could be found, and noted in `cleared` that they had gone
//! through. This is another note, so that all of those polls are gone through again, also while a server
//! of an earlier version still writes the other one.
//!
//! Whoever sends an answer reads this table. On PostgreSQL a change to it waits for those who hold it, and
//! everybody after it for the change; the count of a closed poll holds it for as long as it takes. So it
//! waits for two seconds at most, and tries again.

use super::rebuild;
use sea_orm_migration::{
    prelude::*,
    schema::boolean,
    sea_orm::{DbBackend, TransactionTrait as _},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            return rebuild::until_free(db, || add_on_postgres(db)).await;
        }
        let bare = boolean("bare").default(false).take();
        manager.alter_table(Table::alter().table("poll_key").add_column(bare).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bare = Table::alter().table("poll_key").drop_column("bare").to_owned();
        manager.alter_table(bare).await
    }
}

async fn add_on_postgres(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    tx.execute_unprepared("SET LOCAL lock_timeout = '2s'").await?;
    let add = "ALTER TABLE poll_key ADD COLUMN IF NOT EXISTS bare boolean NOT NULL DEFAULT false";
    tx.execute_unprepared(add).await?;
    tx.commit().await
}
