//! A person who signed in at least once.

use sea_orm::entity::prelude::*;

/// A person who signed in at least once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub subject: Vec<u8>,
    pub provider: String,
    pub created_at: DateTimeUtc,
    pub last_sign_in_at: DateTimeUtc,
    pub language: Option<String>,
    pub mail_notices: bool,
    pub inbox_seen_at: Option<DateTimeUtc>,
    pub staff_code: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
