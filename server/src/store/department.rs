//! A department that posts polls.

use crate::error::while_;
use ports::failure::Failure;
use sea_orm::{entity::prelude::*, sea_query::Expr};

/// A department that posts polls.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "department")]
#[expect(missing_docs, reason = "the columns are documented where the schema is made")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: Json,
    pub region: Option<String>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes every other transaction that asks for this department wait until `db`'s has ended.
///
/// # Errors
/// When the store cannot be written.
pub async fn lock(db: &impl ConnectionTrait, department: Uuid) -> Result<(), Failure> {
    // An update that changes nothing locks its row on PostgreSQL; SQLite has one writer anyway.
    Entity::update_many()
        .col_expr(Column::Id, Expr::val(department))
        .filter(Column::Id.eq(department))
        .exec(db)
        .await
        .map_err(while_("waiting for a department's other change"))?;
    Ok(())
}
