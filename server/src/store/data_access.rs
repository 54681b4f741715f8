//! Who looked at a person's data and why, for that person to see.

use sea_orm::entity::prelude::*;

/// Who looked at a person's data and why, for that person to see.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_access")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub at: DateTimeUtc,
    pub who: String,
    pub purpose: String,
}

impl ActiveModelBehavior for ActiveModel {}
