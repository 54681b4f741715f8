//! What staff may do.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A role of the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Writes polls of a department.
    Initiator,
    /// Reads a department's published statistics and exports them.
    Statistician,
    /// Approves or returns polls of every department, never own ones.
    Reviewer,
    /// Keeps departments and roles; sees nothing of answers.
    Administrator,
    /// Reads the log of what staff did.
    Auditor,
}

impl Role {
    /// Every role, in the order in which forms show them.
    pub const ALL: [Self; 5] =
        [Self::Initiator, Self::Statistician, Self::Reviewer, Self::Administrator, Self::Auditor];

    /// The code as stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Statistician => "statistician",
            Self::Reviewer => "reviewer",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// The role with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether the role is given in one department; the others hold for the whole portal.
    #[must_use]
    pub const fn in_department(self) -> bool {
        matches!(self, Self::Initiator | Self::Statistician)
    }
}

/// A role that a person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Its department; absent exactly where [`Role::in_department`] is false.
    pub department: Option<Uuid>,
}
