//! The departments that post polls.

use crate::{error::while_, platform::Platform, staff::log, store::department};
use ports::{actions::Action, failure::Failure, forms::Fault, views::staff::Department};
use questionnaire::{Language, Text};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityTrait as _, QueryOrder as _, QuerySelect as _,
};
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

/// Whether another department than `but` has this name in some language and this region: nobody could
/// tell the two apart there. Once there is any department, it sees every one that was added or changed
/// before, and until `db`'s transaction has ended every other one that asks this waits.
async fn taken(
    db: &impl ConnectionTrait,
    but: Option<Uuid>,
    name: &Text,
    region: Option<&str>,
) -> Result<bool, Failure> {
    department::Entity::find()
        .order_by_asc(department::Column::Id)
        .lock_exclusive()
        .all(db)
        .await
        .map_err(while_("waiting for another change of departments"))?;
    // Read after the wait: the rows that were locked are those of before it.
    let called_so = |other: &Text| {
        let named = |language: &Language| name.exact(*language).is_some();
        let mut languages = Language::ALL.into_iter().filter(named);
        languages.any(|language| other.exact(language) == name.exact(language))
    };
    let same = |other: &Department| {
        Some(other.id) != but && other.region.as_deref() == region && called_so(&other.name)
    };
    Ok(all(db).await?.iter().any(same))
}

/// Adds a department. `actor` is absent where the demonstration is set up.
///
/// # Errors
/// When the store cannot be written. The inner error is [`Fault::AlreadyThere`], where a department has
/// this name and region.
pub async fn create(
    platform: &Platform,
    actor: Option<Uuid>,
    name: &Text,
    region: Option<String>,
) -> Result<Result<Uuid, Fault>, Failure> {
    let id = platform.uuid();
    let tx = platform.begin().await.map_err(while_("adding a department"))?;
    if taken(&tx, None, name, region.as_deref()).await? {
        return Ok(Err(Fault::AlreadyThere));
    }
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
    Ok(Ok(id))
}

/// Changes a department's name and region, if it is as it was seen ([`Department::seen`]).
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::Conflict`] where somebody else was quicker; that the store cannot
/// be written. The inner error is as where one is [added](create).
pub async fn change(
    platform: &Platform,
    actor: Uuid,
    id: Uuid,
    seen: &str,
    name: &Text,
    region: Option<String>,
) -> Result<Result<(), Fault>, Failure> {
    let tx = platform.begin().await.map_err(while_("changing a department"))?;
    let taken = taken(&tx, Some(id), name, region.as_deref()).await?;
    if find(&tx, id).await?.seen() != seen {
        return Err(Failure::Conflict);
    }
    if taken {
        return Ok(Err(Fault::AlreadyThere));
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
    tx.commit().await.map_err(while_("changing a department"))?;
    Ok(Ok(()))
}
