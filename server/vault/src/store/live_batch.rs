//! What was released while a poll was open: one row a batch, written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "live_batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub poll_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// At how many responses, in this batch and all before it, this one was due: in a rush there were
    /// more.
    pub responses: i64,
    /// The noisy totals of this batch and all before it, as JSON.
    pub content: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::poll_key::Entity",
        from = "Column::PollId",
        to = "super::poll_key::Column::PollId"
    )]
    Poll,
}

impl ActiveModelBehavior for ActiveModel {}
