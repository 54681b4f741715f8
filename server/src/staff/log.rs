//! What staff did, append-only: the database itself refuses to change or delete a row.
//!
//! The log never says whose answers: its details hold codes and identifiers of departments,
//! polls, roles and staff, nothing that a citizen wrote or is.

use crate::{error::while_, platform::Platform, store::staff_log};
use ports::{actions::Action, failure::Failure};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use uuid::Uuid;

/// Writes one line. `db` is the transaction of what is being done, so that nothing is done
/// without its line and no line stands without its deed.
///
/// `actor` is absent where the scheduler did it; `object` is the id of the poll, department or
/// account that it was done to; `details` are a JSON object of codes and ids, or `null`.
///
/// # Errors
/// When the store cannot be written.
pub async fn record(
    db: &impl ConnectionTrait,
    platform: &Platform,
    actor: Option<Uuid>,
    department: Option<Uuid>,
    action: Action,
    object: Option<Uuid>,
    details: serde_json::Value,
) -> Result<(), Failure> {
    staff_log::Entity::insert(staff_log::ActiveModel {
        id: Set(platform.uuid()),
        at: Set(platform.now()),
        actor_id: Set(actor),
        department_id: Set(department),
        action: Set(action.code().to_owned()),
        object: Set(object.map(|object| object.to_string())),
        details: Set(details),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("writing the staff's log"))?;
    Ok(())
}
