//! Logout tokens, and the notes of what they ended, are forgotten by an index of when they expire.
//!
//! The scheduled work asks every few seconds which have expired. Without an index it read all that are there each
//! time, and they stay for hours: after a provider has signed a country out there are as many of them.
//!
//! A server of the version before goes on. On PostgreSQL whoever takes a logout token waits until the index is
//! there: the provider, and whoever forgets them. That is soon, since no row stays for longer than some hours.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "CREATE INDEX logout_token_expires_at ON logout_token (expires_at)";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = "DROP INDEX logout_token_expires_at";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }
}
