//! A message in a person's inbox.

use sea_orm::entity::prelude::*;

/// A message in a person's inbox.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub at: DateTimeUtc,
    pub kind: String,
    pub params: Json,
}

impl ActiveModelBehavior for ActiveModel {}
