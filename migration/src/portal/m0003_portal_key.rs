//! The portal's own key, wrapped by the master key: so that the master key can be replaced without
//! touching what is sealed, and without losing whose an account is.

use sea_orm_migration::{
    prelude::*,
    schema::{binary, integer},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("portal_key")
            // There is one.
            .col(integer("id").primary_key())
            // Nonce and sealed key.
            .col(binary("wrapped"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("portal_key").to_owned()).await
    }
}
