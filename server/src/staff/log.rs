//! What staff did, append-only: the database itself refuses to change or delete a row.
//!
//! The log never says whose answers: its details hold codes and identifiers of departments,
//! polls and their questions, roles and staff, what drafts and departments were called that were deleted, what the
//! tokens of such a department were called, and what a department was called before; nothing that a citizen wrote
//! or is.

use crate::{error::while_, platform::Platform, store::staff_log};
use ports::{actions::Action, failure::Failure};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use serde_json::Value;
use uuid::Uuid;

/// A line of the log, but for its id and its time, which [`record`] gives it.
#[derive(Debug)]
pub struct Entry {
    /// What was done.
    pub action: Action,
    /// Who did it; nobody where the scheduler or the configuration did.
    pub actor: Option<Uuid>,
    /// The department that it was done for, if for one.
    pub department: Option<Uuid>,
    /// The poll, department or account that it was done to.
    pub object: Option<Uuid>,
    /// A JSON object of codes, ids and what a draft, a department or its tokens were called, or `null`.
    pub details: Value,
}

/// Writes one line. `db` is the transaction of what is being done, so that nothing is done
/// without its line and no line stands without its deed.
///
/// # Errors
/// When the store cannot be written.
pub async fn record(
    db: &impl ConnectionTrait,
    platform: &Platform,
    entry: Entry,
) -> Result<(), Failure> {
    staff_log::Entity::insert(staff_log::ActiveModel {
        id: Set(platform.uuid()),
        at: Set(platform.now()),
        actor_id: Set(entry.actor),
        department_id: Set(entry.department),
        action: Set(entry.action.code().to_owned()),
        object: Set(entry.object.map(|object| object.to_string())),
        details: Set(entry.details),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("writing the staff's log"))?;
    Ok(())
}
