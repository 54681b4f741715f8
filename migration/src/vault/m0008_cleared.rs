//! Whether what is left of a poll's responses after its key is what is counted, and nothing else.
//!
//! Versions before this one left the days, the record's number and the consent beside it, and noted
//! in `emptied` that they had gone through. This is another note, so that all of those polls are gone
//! through again, also while a server of an earlier version still writes the other one.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cleared = boolean("cleared").default(false).take();
        manager.alter_table(Table::alter().table("poll_key").add_column(cleared).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cleared = Table::alter().table("poll_key").drop_column("cleared").to_owned();
        manager.alter_table(cleared).await
    }
}
