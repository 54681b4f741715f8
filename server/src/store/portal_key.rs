//! The portal's key, wrapped.

use sea_orm::entity::prelude::*;

/// The portal's key, wrapped by the master key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "portal_key")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub wrapped: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
