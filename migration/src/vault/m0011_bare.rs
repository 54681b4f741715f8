//! Whether nothing is left of a poll's responses after its key but that there were so many.
//!
//! Versions before this one left what was counted with the facts beside it, by which somebody who is
//! alone in a region, an age band and a gender could be found, and noted in `cleared` that they had gone
//! through. This is another note, so that all of those polls are gone through again, also while a server
//! of an earlier version still writes the other one.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bare = boolean("bare").default(false).take();
        manager.alter_table(Table::alter().table("poll_key").add_column(bare).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bare = Table::alter().table("poll_key").drop_column("bare").to_owned();
        manager.alter_table(bare).await
    }
}
