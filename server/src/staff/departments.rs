//! The departments that post polls.

use crate::{error::while_, platform::Platform, staff::log, store::department};
use ports::{actions::Action, failure::Failure, views::staff::Department};
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

/// The first language in which another department than `but` has this name, where it has this region, too:
/// nobody could tell the two apart there. Once there is any department, it sees every one that was added or
/// changed before, and until `db`'s transaction has ended every other one that asks this waits.
async fn taken(
    db: &impl ConnectionTrait,
    but: Option<Uuid>,
    name: &Text,
    region: Option<&str>,
) -> Result<Option<Language>, Failure> {
    department::Entity::find()
        .order_by_asc(department::Column::Id)
        .lock_exclusive()
        .all(db)
        .await
        .map_err(while_("waiting for another change of departments"))?;
    // Read after the wait: the rows that were locked are those of before it.
    let mut others = all(db).await?;
    others.retain(|other| Some(other.id) != but && other.region.as_deref() == region);
    let same = |language: &Language| {
        let called = name.exact(*language);
        called.is_some() && others.iter().any(|other| other.name.exact(*language) == called)
    };
    Ok(Language::ALL.into_iter().find(same))
}

/// Adds a department. `actor` is absent where the demonstration is set up.
///
/// # Errors
/// When the store cannot be written. The inner error is the first language in which a department of this
/// region has this name.
pub async fn create(
    platform: &Platform,
    actor: Option<Uuid>,
    name: &Text,
    region: Option<String>,
) -> Result<Result<Uuid, Language>, Failure> {
    let id = platform.uuid();
    let tx = platform.begin().await.map_err(while_("adding a department"))?;
    if let Some(language) = taken(&tx, None, name, region.as_deref()).await? {
        return Ok(Err(language));
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
) -> Result<Result<(), Language>, Failure> {
    let tx = platform.begin().await.map_err(while_("changing a department"))?;
    let taken = taken(&tx, Some(id), name, region.as_deref()).await?;
    if find(&tx, id).await?.seen() != seen {
        return Err(Failure::Conflict);
    }
    if let Some(language) = taken {
        return Ok(Err(language));
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
