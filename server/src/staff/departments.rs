//! The departments that post polls.

use crate::{error::while_, platform::Platform, staff::log, store::department};
use ports::{actions::Action, failure::Failure, views::staff::Department};
use questionnaire::Text;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _, QueryOrder as _};
use serde_json::Value;
use uuid::Uuid;

fn read(row: department::Model) -> Result<Department, Failure> {
    let name = department::read_name(row.name)?;
    Ok(Department { id: row.id, name, region: row.region })
}

fn json(name: &Text) -> Value {
    serde_json::to_value(name).expect("a text is a map of strings")
}

/// The line of the log about what was done to a department.
fn entry(action: Action, actor: Option<Uuid>, id: Uuid) -> log::Entry {
    log::Entry { action, actor, department: Some(id), object: Some(id), details: Value::Null }
}

/// Every department, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Department>, Failure> {
    let rows = department::Entity::find()
        .order_by_asc(department::Column::CreatedAt)
        .order_by_asc(department::Column::Id)
        .all(db)
        .await
        .map_err(while_("reading departments"))?;
    rows.into_iter().map(read).collect()
}

/// One department.
///
/// # Errors
/// [`Failure::NotFound`], or that the store cannot be read.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Department, Failure> {
    let row =
        department::Entity::find_by_id(id).one(db).await.map_err(while_("reading a department"))?;
    read(row.ok_or(Failure::NotFound)?)
}

/// Adds a department. `actor` is absent where the demonstration is set up.
///
/// # Errors
/// When the store cannot be written.
pub async fn create(
    platform: &Platform,
    actor: Option<Uuid>,
    name: &Text,
    region: Option<String>,
) -> Result<Uuid, Failure> {
    let id = platform.uuid();
    let tx = platform.begin().await.map_err(while_("adding a department"))?;
    department::Entity::insert(department::ActiveModel {
        id: Set(id),
        name: Set(json(name)),
        region: Set(region),
        created_at: Set(platform.now()),
    })
    .exec_without_returning(&tx)
    .await
    .map_err(while_("adding a department"))?;
    log::record(&tx, platform, entry(Action::DepartmentCreated, actor, id)).await?;
    tx.commit().await.map_err(while_("adding a department"))?;
    Ok(id)
}

/// Changes a department's name and region, if it is as it was seen ([`Department::seen`]).
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::Conflict`] where somebody else was quicker; that the store cannot
/// be written.
pub async fn change(
    platform: &Platform,
    actor: Uuid,
    id: Uuid,
    seen: &str,
    name: &Text,
    region: Option<String>,
) -> Result<(), Failure> {
    let tx = platform.begin().await.map_err(while_("changing a department"))?;
    department::lock(&tx, id).await?;
    if find(&tx, id).await?.seen() != seen {
        return Err(Failure::Conflict);
    }
    department::Entity::update(department::ActiveModel {
        id: Set(id),
        name: Set(json(name)),
        region: Set(region),
        ..Default::default()
    })
    .exec(&tx)
    .await
    .map_err(while_("changing a department"))?;
    log::record(&tx, platform, entry(Action::DepartmentChanged, Some(actor), id)).await?;
    tx.commit().await.map_err(while_("changing a department"))
}
