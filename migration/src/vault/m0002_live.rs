//! Live batches: which batch a response is in, what was released of each, and who was released
//! and withdrew.
//!
//! A response joins the batch that its poll is forming when it arrives, so releasing a batch
//! changes no response. The number of a batch tells the order of arrival in groups of fifty and
//! more, and no finer; it goes with the poll's key.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, binary, integer, integer_null, text, uuid},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The batch that new responses join.
        let forming = integer("batch").default(1).take();
        // Absent for those that no batch may count.
        for (table, column) in [("poll_key", forming), ("response", integer_null("batch"))] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        for mut table in [live_batch(), released()] {
            if manager.get_database_backend() == DbBackend::Sqlite {
                table.extra("WITHOUT ROWID");
            }
            manager.create_table(table).await?;
        }
        let of_batch = Index::create()
            .name("response_poll_batch")
            .table("response")
            .col("poll_id")
            .col("batch")
            .to_owned();
        manager.create_index(of_batch).await?;
        // The new index begins with the same column.
        let of_poll = Index::drop().name("response_poll").table("response").to_owned();
        manager.drop_index(of_poll).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("a batch that was shown cannot be taken back".into()))
    }
}

fn belongs_to_poll(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "poll_id").to("poll_key", "poll_id").to_owned()
}

/// One row a batch, written once. The key is what keeps a batch from being drawn twice.
fn live_batch() -> TableCreateStatement {
    Table::create()
        .table("live_batch")
        .col(uuid("poll_id"))
        .col(integer("number"))
        // The responses in this batch and all before it.
        .col(big_integer("responses"))
        // The noisy totals of this batch and all before it, as JSON.
        .col(text("content"))
        .primary_key(Index::create().col("poll_id").col("number"))
        .foreign_key(&mut belongs_to_poll("live_batch"))
        .to_owned()
}

/// Who was in a batch and withdrew, under a number of its own. Goes when the poll closes.
fn released() -> TableCreateStatement {
    Table::create()
        .table("released")
        .col(uuid("poll_id"))
        .col(binary("token"))
        .primary_key(Index::create().col("poll_id").col("token"))
        .foreign_key(&mut belongs_to_poll("released"))
        .to_owned()
}
