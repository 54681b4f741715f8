//! What was published of a poll: immutable.

use sea_orm::entity::prelude::*;

/// What was published of a poll: immutable.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "release")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub poll_id: Uuid,
    pub published_at: DateTimeUtc,
    pub content: String,
    pub digest: String,
}

impl ActiveModelBehavior for ActiveModel {}
