//! A poll's key and whether the poll takes answers.

use sea_orm::entity::prelude::*;

/// Whether a poll takes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum State {
    /// Not yet.
    New,
    /// Now.
    Open,
    /// Never again: what was published would not fit the answers any more.
    Closed,
}

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "poll_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub poll_id: Uuid,
    pub state: State,
    /// Nonce and sealed key; empty when destroyed.
    pub wrapped: Vec<u8>,
    pub destroyed_on: Option<Date>,
    /// The number of the live batch that new responses join; [`NO_BATCH`] where no more are drawn.
    pub batch: i32,
    /// Whether, after the key, the rows were emptied, too. (`emptied` and `cleared` beside it are
    /// earlier versions' notes, who emptied less.)
    pub bare: bool,
}

/// In the place of the number of a batch where no more are drawn: see [`crate::live`]. It is so of all open polls
/// once a database was brought back to a moment (`veche after-restore`).
pub const NO_BATCH: i32 = 0;

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
