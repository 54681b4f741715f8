//! What a person agreed to release, for what, until when.

use sea_orm::entity::prelude::*;

/// What a person agreed to release, for what, until when.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub scope: String,
    pub purpose: String,
    pub granted_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    pub settled: bool,
}

impl ActiveModelBehavior for ActiveModel {}
