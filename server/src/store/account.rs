//! A person who signed in at least once.
//!
//! `mail_notices` beside these columns was meant for notices by mail, which there are not: nothing sets or
//! reads it. Servers of earlier versions do, so it is there until none of them runs beside this one.

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
    pub inbox_seen_at: Option<DateTimeUtc>,
    pub staff_code: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
