//! What staff do that is logged. A closed set, so that the log holds no free text.

use serde::{Deserialize, Serialize};

/// Something that staff did, or the scheduler on their behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A department was added.
    DepartmentCreated,
    /// A department's name or region was changed.
    DepartmentChanged,
    /// A department was deleted that nothing belonged to.
    DepartmentDeleted,
    /// A role was given.
    RoleGiven,
    /// A role was taken away.
    RoleTaken,
    /// A poll was begun.
    PollCreated,
    /// A draft was changed.
    PollChanged,
    /// A draft was deleted.
    PollDeleted,
    /// A poll was sent to review.
    PollSubmitted,
    /// A reviewer approved a poll.
    PollApproved,
    /// A reviewer returned a poll.
    PollReturned,
    /// An initiator took a poll back to the draft.
    PollTakenBack,
    /// A poll was opened.
    PollOpened,
    /// A poll was closed.
    PollClosed,
    /// A poll's release was made: its results are published, or withheld for good.
    PollPublished,
    /// The outcome was written.
    OutcomeWritten,
    /// The outcome was taken down.
    OutcomeRemoved,
    /// Published statistics were exported.
    StatisticsExported,
    /// A token for the API was made.
    TokenCreated,
    /// A token for the API was revoked.
    TokenRevoked,
    /// A poll's key was destroyed at the end of the retention.
    KeyDestroyed,
}

impl Action {
    /// Every action, in the order in which the log's filter shows them.
    pub const ALL: [Self; 21] = [
        Self::DepartmentCreated,
        Self::DepartmentChanged,
        Self::DepartmentDeleted,
        Self::RoleGiven,
        Self::RoleTaken,
        Self::PollCreated,
        Self::PollChanged,
        Self::PollDeleted,
        Self::PollSubmitted,
        Self::PollApproved,
        Self::PollReturned,
        Self::PollTakenBack,
        Self::PollOpened,
        Self::PollClosed,
        Self::PollPublished,
        Self::OutcomeWritten,
        Self::OutcomeRemoved,
        Self::StatisticsExported,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::KeyDestroyed,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DepartmentCreated => "department_created",
            Self::DepartmentChanged => "department_changed",
            Self::DepartmentDeleted => "department_deleted",
            Self::RoleGiven => "role_given",
            Self::RoleTaken => "role_taken",
            Self::PollCreated => "poll_created",
            Self::PollChanged => "poll_changed",
            Self::PollDeleted => "poll_deleted",
            Self::PollSubmitted => "poll_submitted",
            Self::PollApproved => "poll_approved",
            Self::PollReturned => "poll_returned",
            Self::PollTakenBack => "poll_taken_back",
            Self::PollOpened => "poll_opened",
            Self::PollClosed => "poll_closed",
            Self::PollPublished => "poll_published",
            Self::OutcomeWritten => "outcome_written",
            Self::OutcomeRemoved => "outcome_removed",
            Self::StatisticsExported => "statistics_exported",
            Self::TokenCreated => "token_created",
            Self::TokenRevoked => "token_revoked",
            Self::KeyDestroyed => "key_destroyed",
        }
    }

    /// The action with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn every_action_is_found_by_its_own_code() {
        for action in Action::ALL {
            assert_eq!(Action::from_code(action.code()), Some(action));
        }
    }
}
