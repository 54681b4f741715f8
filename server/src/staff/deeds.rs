//! What the records of the staff keep of one person, for that person alone.
//!
//! It stays when the account is deleted, and when the roles are taken away. Of other people nothing
//! is told but that somebody gave a role, or was given one.

use crate::{
    error::while_,
    platform::Platform,
    store::{api_token, poll, poll_event, staff_log, staff_role},
};
use chrono::NaiveDate;
use ports::{actions::Action, failure::Failure, views::ZonedMoment};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, Query, SelectStatement},
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A role that the person has.
#[derive(Serialize)]
pub struct Held {
    role: String,
    department: Option<Uuid>,
    given_at: ZonedMoment,
}

/// What the records hold of the person.
#[derive(Serialize)]
pub struct Deeds {
    log: Vec<Line>,
    polls: Vec<Written>,
    changes: Vec<Change>,
    tokens: Vec<Made>,
}

/// A line of the log: what the person did, or what was done to the person.
#[derive(Serialize)]
struct Line {
    at: ZonedMoment,
    by_you: bool,
    to_you: bool,
    department: Option<Uuid>,
    action: String,
    object: Option<String>,
    details: Value,
}

/// A poll that the person wrote.
#[derive(Serialize)]
struct Written {
    poll: Uuid,
    department: Uuid,
    title: Value,
    state: String,
    created_at: ZonedMoment,
    updated_at: ZonedMoment,
}

/// A change of a poll's state that the person made.
#[derive(Serialize)]
struct Change {
    poll: Uuid,
    at: ZonedMoment,
    from: String,
    to: String,
    note: Option<String>,
}

/// A token that the person made, without what it opens by.
#[derive(Serialize)]
struct Made {
    id: Uuid,
    department: Uuid,
    name: String,
    created_at: ZonedMoment,
    last_used_on: Option<NaiveDate>,
    revoked_at: Option<ZonedMoment>,
}

/// The lines of the log that the person wrote or is the object of.
fn lines_of(account: Uuid) -> Condition {
    Condition::any()
        .add(staff_log::Column::ActorId.eq(account))
        .add(staff_log::Column::Object.eq(account.to_string()))
}

/// Whether the records hold anything that is there still when the account is gone.
///
/// The rows are counted, and not asked for the first one. PostgreSQL plans before it knows whose they are,
/// and takes anybody for one of the few who write the log: to find one line of theirs it would begin at the
/// first line and expect it soon, and for everybody else read all of them. Counting goes by the indexes
/// (`migration/src/portal/m0007_by_person.rs`).
///
/// # Errors
/// When the store cannot be read.
pub async fn any(db: &impl ConnectionTrait, account: Uuid) -> Result<bool, Failure> {
    let logged = staff_log::Entity::find()
        .select_only()
        .column_as(staff_log::Column::Id.count(), "lines")
        .filter(lines_of(account))
        .into_query();
    let written = poll::Entity::find()
        .select_only()
        .column_as(poll::Column::Id.count(), "polls")
        .filter(poll::Column::AuthorId.eq(account))
        .into_query();
    let changed = poll_event::Entity::find()
        .select_only()
        .column_as(poll_event::Column::Id.count(), "changes")
        .filter(poll_event::Column::ActorId.eq(account))
        .into_query();
    let given = staff_role::Entity::find()
        .select_only()
        .column_as(staff_role::Column::Id.count(), "roles")
        .filter(staff_role::Column::GrantedBy.eq(account))
        .into_query();
    let found = |rows: SelectStatement| Expr::from(rows).gt(0);
    let any = found(logged).or(found(written)).or(found(changed)).or(found(given));
    let query = Query::select().expr_as(any, "any").to_owned();
    let doing = "looking for somebody in the staff's records";
    let row = db.query_one(&query).await.map_err(while_(doing))?;
    row.map_or(Ok(false), |row| row.try_get("", "any")).map_err(while_(doing))
}

/// The roles that the person has now, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn roles(platform: &Platform, account: Uuid) -> Result<Vec<Held>, Failure> {
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::AccountId.eq(account))
        .order_by_asc(staff_role::Column::GrantedAt)
        .all(&platform.db)
        .await
        .map_err(while_("reading roles"))?;
    let held = rows.into_iter().map(|row| Held {
        role: row.role,
        department: row.department_id,
        given_at: platform.zone.zoned(row.granted_at),
    });
    Ok(held.collect())
}

/// What the records hold of the person, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn of(platform: &Platform, account: Uuid) -> Result<Deeds, Failure> {
    Ok(Deeds {
        log: log(platform, account).await?,
        polls: polls(platform, account).await?,
        changes: changes(platform, account).await?,
        tokens: tokens(platform, account).await?,
    })
}

async fn log(platform: &Platform, account: Uuid) -> Result<Vec<Line>, Failure> {
    let mut rows = staff_log::Entity::find()
        .filter(lines_of(account))
        .all(&platform.db)
        .await
        .map_err(while_("reading the log"))?;
    // Were they asked for in this order, SQLite would go through the whole log in it.
    rows.sort_by_key(|row| (row.at, row.id));
    let you = account.to_string();
    let lines = rows.into_iter().map(|row| {
        let to_you = row.object.as_ref() == Some(&you);
        // A line about a role is about a person; of one that this version does not know, it may be.
        let of_somebody = matches!(
            Action::from_code(&row.action),
            None | Some(Action::RoleGiven | Action::RoleTaken)
        );
        Line {
            at: platform.zone.zoned(row.at),
            by_you: row.actor_id == Some(account),
            to_you,
            department: row.department_id,
            object: row.object.filter(|_| to_you || !of_somebody),
            action: row.action,
            details: row.details,
        }
    });
    Ok(lines.collect())
}

async fn polls(platform: &Platform, account: Uuid) -> Result<Vec<Written>, Failure> {
    let rows = poll::Entity::find()
        .filter(poll::Column::AuthorId.eq(account))
        .order_by_asc(poll::Column::CreatedAt)
        .all(&platform.db)
        .await
        .map_err(while_("reading polls"))?;
    let written = rows.into_iter().map(|row| Written {
        poll: row.id,
        department: row.department_id,
        title: row.title,
        state: row.state,
        created_at: platform.zone.zoned(row.created_at),
        updated_at: platform.zone.zoned(row.updated_at),
    });
    Ok(written.collect())
}

async fn changes(platform: &Platform, account: Uuid) -> Result<Vec<Change>, Failure> {
    let rows = poll_event::Entity::find()
        .filter(poll_event::Column::ActorId.eq(account))
        .order_by_asc(poll_event::Column::At)
        .all(&platform.db)
        .await
        .map_err(while_("reading histories of polls"))?;
    let changes = rows.into_iter().map(|row| Change {
        poll: row.poll_id,
        at: platform.zone.zoned(row.at),
        from: row.from_state,
        to: row.to_state,
        note: row.note,
    });
    Ok(changes.collect())
}

async fn tokens(platform: &Platform, account: Uuid) -> Result<Vec<Made>, Failure> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::CreatedBy.eq(account))
        .order_by_asc(api_token::Column::CreatedAt)
        .all(&platform.db)
        .await
        .map_err(while_("listing tokens"))?;
    let made = rows.into_iter().map(|row| Made {
        id: row.id,
        department: row.department_id,
        name: row.name,
        created_at: platform.zone.zoned(row.created_at),
        last_used_on: row.last_used_on,
        revoked_at: row.revoked_at.map(|at| platform.zone.zoned(at)),
    });
    Ok(made.collect())
}
