//! A page of the log, with names in place of identifiers. Accounts appear only as members of the
//! staff: who acted, and who was given or lost a role.

use crate::{
    accounts::attributes::Attributes,
    error::while_,
    platform::Platform,
    staff::departments,
    store::{account, poll, staff_log},
};
use ports::{
    actions::Action,
    failure::Failure,
    roles::Role,
    views::staff::{Actor, Log, LogLine, Person},
};
use questionnaire::Text;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Lines on a page.
const LINES: u64 = 50;

/// How the staff see these accounts; those that were deleted are missing.
///
/// # Errors
/// When the store cannot be read.
pub async fn people(
    platform: &Platform,
    attributes: &Attributes,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Person>, Failure> {
    let accounts: std::collections::BTreeSet<Uuid> = accounts.into_iter().collect();
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(accounts))
        .all(&platform.db)
        .await
        .map_err(while_("reading the staff's codes"))?;
    let mut people = BTreeMap::new();
    for row in rows {
        let name = attributes.display_name(row.id).await?;
        people.insert(row.id, Person { name, code: row.staff_code });
    }
    Ok(people)
}

/// The page (from 1) of the log.
///
/// # Errors
/// When the store cannot be read.
pub async fn page(
    platform: &Platform,
    attributes: &Attributes,
    action: Option<Action>,
    page: u64,
) -> Result<Log, Failure> {
    let mut query = staff_log::Entity::find()
        .order_by_desc(staff_log::Column::At)
        .order_by_desc(staff_log::Column::Id);
    if let Some(action) = action {
        query = query.filter(staff_log::Column::Action.eq(action.code()));
    }
    let paginator = query.paginate(&platform.db, LINES);
    let pages = paginator.num_pages().await.map_err(while_("reading the log"))?.max(1);
    let page = page.clamp(1, pages);
    let rows = paginator.fetch_page(page - 1).await.map_err(while_("reading the log"))?;

    let object = |row: &staff_log::Model| row.object.as_deref().and_then(|id| id.parse().ok());
    let accounts = rows.iter().filter_map(|row| row.actor_id).chain(rows.iter().filter_map(object));
    let people = people(platform, attributes, accounts).await?;
    let departments = departments::names(&platform.db).await?;
    let titles = titles(platform, rows.iter().filter_map(object).collect()).await?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let object: Option<Uuid> = object(&row);
            let role = row.details.get("role").and_then(|role| Role::from_code(role.as_str()?));
            LogLine {
                at: platform.zone.local(row.at),
                actor: row.actor_id.map_or_else(
                    || nobody(&row.action),
                    |actor| people.get(&actor).cloned().map_or(Actor::Gone, Actor::Person),
                ),
                department: row.department_id.and_then(|id| departments.get(&id).cloned()),
                action: Action::from_code(&row.action),
                object: object.and_then(|id| titles.get(&id).cloned()),
                // Only a line about a role is about a person.
                member: role.and(object).map(|id| people.get(&id).cloned().unwrap_or_default()),
                role,
            }
        })
        .collect();
    Ok(Log { lines, action, page, pages })
}

/// Who did what no person did.
fn nobody(action: &str) -> Actor {
    match Action::from_code(action) {
        Some(
            Action::DepartmentCreated
            | Action::DepartmentChanged
            | Action::RoleGiven
            | Action::RoleTaken,
        ) => Actor::Configuration,
        _ => Actor::Scheduler,
    }
}

/// The titles of those of the ids that are polls.
async fn titles(platform: &Platform, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Text>, Failure> {
    let rows = poll::Entity::find()
        .filter(poll::Column::Id.is_in(ids))
        .all(&platform.db)
        .await
        .map_err(while_("reading titles"))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, serde_json::from_value(row.title).ok()?)))
        .collect())
}
