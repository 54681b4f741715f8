//! The notices that are stored: of what nothing else would tell the person any more.

use crate::{error::while_, platform::Platform, store::notice};
use ports::{failure::Failure, roles::Role, views::account::Matter};
use questionnaire::Text;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A change of a person's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// A role was given.
    Given,
    /// A role was taken.
    Taken,
}

impl RoleChange {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Given, Self::Taken];

    /// What such a notice is filed as.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Given => "role_given",
            Self::Taken => "role_taken",
        }
    }
}

/// Tells a person of a change of roles.
///
/// # Errors
/// When the store cannot be written.
pub async fn role_changed(
    db: &impl ConnectionTrait,
    platform: &Platform,
    account: Uuid,
    change: RoleChange,
    role: Role,
    department: Option<Uuid>,
) -> Result<(), Failure> {
    notice::Entity::insert(notice::ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        at: Set(platform.now()),
        kind: Set(change.kind().to_owned()),
        params: Set(json!({ "role": role.code(), "department": department })),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("writing a notice"))?;
    Ok(())
}

/// The department that a notice is about; `None` for the whole portal.
pub(super) fn place(row: &notice::Model) -> Option<Uuid> {
    row.params.get("department")?.as_str()?.parse().ok()
}

/// A stored notice in the page's words; `None` for a kind that this version does not know.
pub(super) fn matter(row: &notice::Model, departments: &BTreeMap<Uuid, Text>) -> Option<Matter> {
    let change = RoleChange::ALL.into_iter().find(|change| change.kind() == row.kind)?;
    let role = Role::from_code(row.params.get("role")?.as_str()?)?;
    // One whose name nobody has is not the whole portal.
    let department = place(row).map(|id| departments.get(&id).cloned().unwrap_or_default());
    Some(match change {
        RoleChange::Given => Matter::RoleGiven { role, department },
        RoleChange::Taken => Matter::RoleTaken { role, department },
    })
}
