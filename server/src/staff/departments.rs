//! The departments that post polls.

use crate::{
    error::while_,
    platform::Platform,
    staff::log,
    store::{api_token, department, poll, staff_role},
};
use ports::{actions::Action, failure::Failure, forms::Fault, views::staff::Department};
use questionnaire::{Language, Text};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

fn read(row: department::Model) -> Result<Department, Failure> {
    let name = department::read_name(row.name)?;
    Ok(Department { id: row.id, name, region: row.region })
}

fn stored(name: &Text) -> Value {
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
        name: Set(stored(name)),
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
    let before = find(&tx, id).await?;
    if before.seen() != seen {
        return Err(Failure::Conflict);
    }
    if let Some(language) = taken {
        return Ok(Err(language));
    }
    department::Entity::update(department::ActiveModel {
        id: Set(id),
        name: Set(stored(name)),
        region: Set(region),
        ..Default::default()
    })
    .exec(&tx)
    .await
    .map_err(while_("changing a department"))?;
    // The log shows the name of now, also in older lines: here is what it was.
    let renamed = before.name != *name;
    let details = if renamed { json!({ "former": before.name }) } else { Value::Null };
    let line = entry(Action::DepartmentChanged, Some(actor), id);
    log::record(&tx, platform, log::Entry { details, ..line }).await?;
    tx.commit().await.map_err(while_("changing a department"))?;
    Ok(Ok(()))
}

/// Whether nothing belongs to a department: no poll, no role, and no token that is valid.
async fn is_empty(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let polls = poll::Entity::find().filter(poll::Column::DepartmentId.eq(id));
    let roles = staff_role::Entity::find().filter(staff_role::Column::DepartmentId.eq(id));
    let tokens = api_token::Entity::find()
        .filter(api_token::Column::DepartmentId.eq(id))
        .filter(api_token::Column::RevokedAt.is_null());
    Ok(polls.count(db).await? == 0 && roles.count(db).await? == 0 && tokens.count(db).await? == 0)
}

/// What the tokens of a department are called.
async fn tokens(db: &impl ConnectionTrait, id: Uuid) -> Result<BTreeMap<Uuid, String>, DbErr> {
    let of_it = api_token::Entity::find().filter(api_token::Column::DepartmentId.eq(id));
    Ok(of_it.all(db).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Deletes a department that nothing belongs to, with the tokens that were revoked. The log keeps its name and
/// theirs.
///
/// # Errors
/// [`Failure::NotFound`], or that the store cannot be written. The inner error is
/// [`Fault::DepartmentInUse`].
pub async fn delete(
    platform: &Platform,
    actor: Uuid,
    id: Uuid,
) -> Result<Result<(), Fault>, Failure> {
    let tx = platform.begin().await.map_err(while_("deleting a department"))?;
    let row = department::Entity::find_by_id(id)
        // Whoever gives it something waits, or is waited for.
        .lock_exclusive()
        .one(&tx)
        .await
        .map_err(while_("reading a department"))?;
    let name = row.ok_or(Failure::NotFound)?.name;
    if !is_empty(&tx, id).await.map_err(while_("looking what belongs to a department"))? {
        return Ok(Err(Fault::DepartmentInUse));
    }
    let tokens = tokens(&tx, id).await.map_err(while_("reading a department's tokens"))?;
    department::Entity::delete_by_id(id)
        .exec(&tx)
        .await
        .map_err(while_("deleting a department"))?;
    let line = entry(Action::DepartmentDeleted, Some(actor), id);
    let line = log::Entry { details: json!({ "name": name, "tokens": tokens }), ..line };
    log::record(&tx, platform, line).await?;
    tx.commit().await.map_err(while_("deleting a department"))?;
    Ok(Ok(()))
}
