//! The one response of one person to one poll.

use sea_orm::{Set, entity::prelude::*};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub poll_id: Uuid,
    pub pseudonym: Vec<u8>,
    pub record_key: i64,
    pub region: Option<String>,
    pub age_band: Option<String>,
    pub gender: Option<String>,
    pub special_consent: bool,
    /// The answers, sealed.
    pub content: Vec<u8>,
    pub received_on: Date,
    pub changed_on: Option<Date>,
    /// The live batch that counts it; `None` if none may, and 0 if it came when no more were drawn.
    /// [`EMPTIED`] in place of any when the response was emptied.
    pub batch: Option<i32>,
    /// What is counted, in clear: see [`crate::counted`].
    pub counted: String,
}

/// The batch of every response of which nothing is left: the poll's key is destroyed, or the account is
/// deleted and nothing is counted there any more. Earlier versions wrote 0 or -1 and left more.
pub const EMPTIED: i32 = -2;

/// What is counted of a response of which nothing is left.
pub const NOTHING: &str = "[]";

/// What is written over a response of which nothing is to be left but that there was one.
pub fn emptied() -> ActiveModel {
    ActiveModel {
        record_key: Set(0),
        region: Set(None),
        age_band: Set(None),
        gender: Set(None),
        counted: Set(NOTHING.to_owned()),
        special_consent: Set(false),
        content: Set(Vec::new()),
        received_on: Set(Date::default()),
        changed_on: Set(None),
        batch: Set(Some(EMPTIED)),
        ..<ActiveModel as ActiveModelTrait>::default()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
