//! What staff did. The database refuses to change or delete a row.

use sea_orm::entity::prelude::*;

/// What staff did. The database refuses to change or delete a row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_log")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub actor_id: Option<Uuid>,
    pub department_id: Option<Uuid>,
    pub action: String,
    pub object: Option<String>,
    pub details: Json,
}

impl ActiveModelBehavior for ActiveModel {}
