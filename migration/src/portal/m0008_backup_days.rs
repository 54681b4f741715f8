//! How long backups were kept, at most, when a poll opened.
//!
//! Each poll's notice says how much longer than the key itself a copy of it may stay, and people answer by what
//! they read there. Were the notice made of the present setting alone, one line of the configuration would change
//! what the polls that run have promised, and nobody could tell. So each poll keeps what was said when it opened;
//! its notice says the larger of the two, and `veche doctor` finds a setting that is larger than what was said.
//!
//! `NULL` before a poll opens, and where the version before opened it, which goes on beside this: it does not name
//! the column, so what is there stays. The scheduler sets it for such polls while their keys are there.

use sea_orm_migration::{prelude::*, schema::integer_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let days = integer_null("backup_days");
        manager.alter_table(Table::alter().table("poll").add_column(days).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let days = Table::alter().table("poll").drop_column("backup_days").to_owned();
        manager.alter_table(days).await
    }
}
