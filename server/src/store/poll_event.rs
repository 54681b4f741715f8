//! One change of a poll's state.

use sea_orm::entity::prelude::*;

/// One change of a poll's state.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "poll_event")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub poll_id: Uuid,
    pub at: DateTimeUtc,
    pub actor_id: Option<Uuid>,
    pub from_state: String,
    pub to_state: String,
    pub note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
