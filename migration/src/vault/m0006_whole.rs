//! PostgreSQL: drafts, and the marks of who left a live batch, are whole tables again.
//!
//! Neither is big: a draft goes when it is sent, and few leave a batch. But a statement that names
//! several people reaches into every part, and to open sixteen parts costs more than the rows:
//! throwing away the drafts of one round of the intake took longer than storing its responses
//! (`server/veche/BENCHMARKS.md`). Pseudonyms spread over the index by themselves, so whole tables
//! have no hot end either. Responses stay divided, for the reasons of `m0004_partitions`: what goes
//! there is one statement over the parts that it needs.

use super::rebuild::{self, Rebuilt};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: [Rebuilt; 2] = [
    Rebuilt { table: "draft", by: None, key: ["poll_id", "pseudonym"], index: None },
    Rebuilt { table: "released", by: None, key: ["poll_id", "token"], index: None },
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
        Err(DbErr::Migration("what is whole stays so: nothing else knows the difference".into()))
    }
}
