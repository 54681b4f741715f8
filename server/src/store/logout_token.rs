//! A back-channel logout token that was taken, or a note of what one ended; see `identity::ended`.

use sea_orm::entity::prelude::*;

/// A back-channel logout token that was taken, or a note of what one ended; see `identity::ended`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "logout_token")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub jti: String,
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
