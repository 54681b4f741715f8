//! A department that posts polls.

use crate::error::while_;
use ports::failure::Failure;
use questionnaire::Text;
use sea_orm::{entity::prelude::*, sea_query::Expr};
use std::collections::BTreeMap;

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

/// A department's name, of how it is stored.
///
/// # Errors
/// When that is no text.
pub fn read_name(stored: Json) -> Result<Text, Failure> {
    serde_json::from_value(stored).map_err(while_("reading a department's name"))
}

/// The name of a department.
///
/// # Errors
/// [`Failure::NotFound`], or that the store cannot be read.
pub async fn name(db: &impl ConnectionTrait, id: Uuid) -> Result<Text, Failure> {
    let row = Entity::find_by_id(id).one(db).await.map_err(while_("reading a department"))?;
    read_name(row.ok_or(Failure::NotFound)?.name)
}

/// The names of all departments.
///
/// # Errors
/// When the store cannot be read.
pub async fn names(db: &impl ConnectionTrait) -> Result<BTreeMap<Uuid, Text>, Failure> {
    let rows = Entity::find().all(db).await.map_err(while_("reading departments"))?;
    rows.into_iter().map(|row| Ok((row.id, read_name(row.name)?))).collect()
}

/// Makes every other transaction that asks for this department wait until `db`'s has ended.
///
/// # Errors
/// [`Failure::NotFound`], also where it was deleted while this one waited; that the store cannot be written.
pub async fn lock(db: &impl ConnectionTrait, department: Uuid) -> Result<(), Failure> {
    // An update that changes nothing locks its row on PostgreSQL; SQLite has one writer anyway.
    let locked = Entity::update_many()
        .col_expr(Column::Id, Expr::val(department))
        .filter(Column::Id.eq(department))
        .exec(db)
        .await
        .map_err(while_("waiting for a department's other change"))?;
    if locked.rows_affected == 0 { Err(Failure::NotFound) } else { Ok(()) }
}
