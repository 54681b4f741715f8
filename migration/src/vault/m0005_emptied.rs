//! Whether the end of a poll's retention has gone through all its rows.
//!
//! The poll's key is destroyed at once; its responses are emptied some at a time after that, and
//! this tells a server that takes over where there is something left to do.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let emptied = boolean("emptied").default(false).take();
        manager.alter_table(Table::alter().table("poll_key").add_column(emptied).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let emptied = Table::alter().table("poll_key").drop_column("emptied").to_owned();
        manager.alter_table(emptied).await
    }
}
