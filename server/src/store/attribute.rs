//! One fact about a person, sealed.

use sea_orm::entity::prelude::*;

/// One fact about a person, sealed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub sealed: Vec<u8>,
    pub source: String,
    pub verified: bool,
    pub obtained_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
