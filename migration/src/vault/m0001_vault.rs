//! The first schema of the vault's store.
//!
//! The order of arrival would tell who answered to anybody who saw people sign in, so no column
//! counts upwards and every key is random. On SQLite the tables are `WITHOUT ROWID`: a hidden
//! row number would keep that order, while so the rows lie in the order of their random keys. On
//! PostgreSQL a row's place in the table still follows its arrival until it is rewritten: only
//! the vault's own role may read these tables.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, boolean, date, date_null, string, string_null, uuid},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut table in [poll_key(), response(), answer(), draft()] {
            if manager.get_database_backend() == DbBackend::Sqlite {
                table.extra("WITHOUT ROWID");
            }
            manager.create_table(table).await?;
        }
        // One person, one answer. The pseudonym leads, so that the same index also finds in which
        // of many polls one person answered.
        let one_answer = Index::create()
            .name("response_pseudonym_poll")
            .table("response")
            .col("pseudonym")
            .col("poll_id")
            .unique()
            .to_owned();
        manager.create_index(one_answer).await?;
        let of_poll =
            Index::create().name("response_poll").table("response").col("poll_id").to_owned();
        manager.create_index(of_poll).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the first schema is never taken back: restore a backup".into()))
    }
}

fn belongs_to_poll(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "poll_id").to("poll_key", "poll_id").to_owned()
}

fn poll_key() -> TableCreateStatement {
    Table::create()
        .table("poll_key")
        .col(uuid("poll_id").primary_key())
        // new, open or closed.
        .col(string("state"))
        // The poll's key under the master key, which is in neither database; empty when destroyed.
        .col(binary("wrapped"))
        .col(date_null("destroyed_on"))
        .to_owned()
}

fn response() -> TableCreateStatement {
    Table::create()
        .table("response")
        .col(uuid("id").primary_key())
        .col(uuid("poll_id"))
        .col(binary("pseudonym"))
        // 32 bits without a sign, which PostgreSQL's integer does not hold.
        .col(big_integer("record_key"))
        .col(string_null("region"))
        .col(string_null("age_band"))
        .col(string_null("gender"))
        .col(boolean("special_consent"))
        .col(binary("content"))
        .col(date("received_on"))
        .col(date_null("changed_on"))
        .foreign_key(&mut belongs_to_poll("response"))
        .to_owned()
}

/// What is counted. An empty category says that the question was answered, so that a question of
/// several choices, or of free text, has its denominator from the same rows.
fn answer() -> TableCreateStatement {
    Table::create()
        .table("answer")
        .col(uuid("response_id"))
        .col(string("question"))
        .col(string("category"))
        .primary_key(Index::create().col("response_id").col("question").col("category"))
        .foreign_key(
            ForeignKey::create()
                .from("answer", "response_id")
                .to("response", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn draft() -> TableCreateStatement {
    Table::create()
        .table("draft")
        .col(uuid("poll_id"))
        .col(binary("pseudonym"))
        .col(binary("content"))
        .col(date("saved_on"))
        .primary_key(Index::create().col("poll_id").col("pseudonym"))
        .foreign_key(&mut belongs_to_poll("draft"))
        .to_owned()
}
