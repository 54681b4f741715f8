//! PostgreSQL: the tables that grow with every answer are divided by a hash of the pseudonym.
//!
//! # Why by the pseudonym
//! Every statement about one person has the pseudonym, so it reaches one part; the unique key,
//! which is what makes one person one answer, has to contain what divides; and the poll that a
//! whole country answers at eight in the morning is spread over all parts. By the poll it would be
//! one part, with one index to split and one end of one file to extend, and the list of polls that
//! a person has answered would look into every part. What goes by poll (counting, the end of the
//! retention) reads all parts by the same index on the poll as before, which costs nothing that
//! can be measured from a million responses on; a part of its own for each poll would make dropping
//! it cheap, but nothing is dropped at the end of a retention: the codes stay, only what ties them
//! to people goes. The price: a statement that names several people is planned anew each time, for
//! the parts that they need. The figures are in `server/vault/SCALE.md`, and
//! `server/vault/benches/partitions.sh` measures them.
//!
//! There is no foreign key to the poll any more: to check it, every answer locked the one row of
//! its poll, together with everybody else's. It guarded nothing: the row is read in the same
//! transaction, and is never deleted. The column `id` has no index of its own any more: nothing
//! looks for it.
//!
//! How it is done while answers come in: [`super::rebuild`]. `SQLite` is as it was.

use super::rebuild::{self, Rebuilt};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What was divided. Two of these are whole again since: `m0006_whole`.
const TABLES: [Rebuilt; 3] = [
    Rebuilt {
        table: "response",
        by: Some("pseudonym"),
        key: ["pseudonym", "poll_id"],
        index: Some(("response_poll_batch", "poll_id, batch")),
    },
    Rebuilt { table: "draft", by: Some("pseudonym"), key: ["poll_id", "pseudonym"], index: None },
    Rebuilt { table: "released", by: Some("token"), key: ["poll_id", "token"], index: None },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Each step is a transaction of its own.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rebuild::all(&TABLES, manager).await
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("what is divided stays so: nothing else knows the difference".into()))
    }
}
