//! Whether a consent has had its last effect on the data that were released under it.
//!
//! The scheduled work looks for consents that have ended and deletes what was released under them.
//! People who come back leave an ended one behind each time, so it has to know which of them it has
//! seen. Those that are there already are looked at once more, which deletes nothing that the
//! version before would have left.

use sea_orm_migration::{prelude::*, schema::boolean};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let settled = boolean("settled").default(false).take();
        manager.alter_table(Table::alter().table("consent").add_column(settled).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let settled = Table::alter().table("consent").drop_column("settled").to_owned();
        manager.alter_table(settled).await
    }
}
