//! A token with which a program of a department reads its releases.

use sea_orm::entity::prelude::*;

/// A token with which a program of a department reads its releases.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub department_id: Uuid,
    pub name: String,
    #[sea_orm(unique)]
    pub hash: String,
    pub created_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub last_used_on: Option<Date>,
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
