//! Tokens with which programs of a department read its releases.

use sea_orm_migration::{
    prelude::*,
    schema::{
        date_null, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("api_token")
            .col(uuid("id").primary_key())
            .col(uuid("department_id"))
            // What the department calls it.
            .col(string("name"))
            // SHA-256 of the token, in hexadecimal: the token itself is stored nowhere.
            .col(string("hash").unique_key())
            // Absent once that account is deleted.
            .col(uuid_null("created_by"))
            .col(timestamp_with_time_zone("created_at"))
            // The day, no closer.
            .col(date_null("last_used_on"))
            .col(timestamp_with_time_zone_null("revoked_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("api_token", "department_id")
                    .to("department", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("api_token", "created_by")
                    .to("account", "id")
                    .on_delete(ForeignKeyAction::SetNull),
            )
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("api_token_department")
            .table("api_token")
            .col("department_id")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_token").to_owned()).await
    }
}
