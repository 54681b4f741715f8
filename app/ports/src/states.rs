//! The states of a poll's life. Which change is possible is decided in one place, here.

use serde::{Deserialize, Serialize};

/// Where a poll is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being written.
    Draft,
    /// Waiting for a second person.
    InReview,
    /// Approved, waiting for its opening time.
    Scheduled,
    /// Taking answers; the questionnaire is frozen.
    Open,
    /// No longer taking answers; the release is being made.
    Closed,
    /// The release is public.
    Published,
}

impl State {
    /// Every state in the order of a poll's life.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::InReview, Self::Scheduled, Self::Open, Self::Closed, Self::Published];

    /// The code as stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Scheduled => "scheduled",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Published => "published",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether a poll may go from this state to `next`. Before opening, every approved or
    /// submitted poll can be taken back to the draft; from opening on there is one way only.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::InReview)
                | (Self::InReview | Self::Scheduled, Self::Draft)
                | (Self::InReview, Self::Scheduled)
                | (Self::Scheduled, Self::Open)
                | (Self::Open, Self::Closed)
                | (Self::Closed, Self::Published)
        )
    }

    /// Whether the initiator may still change what the poll asks.
    #[must_use]
    pub const fn editable(self) -> bool {
        matches!(self, Self::Draft)
    }

    /// Whether anyone may see the poll's page.
    #[must_use]
    pub const fn public(self) -> bool {
        matches!(self, Self::Open | Self::Closed | Self::Published)
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn answers_are_taken_only_after_a_review_and_never_again_after_closing() {
        let into_open: Vec<_> =
            State::ALL.into_iter().filter(|s| s.may_become(State::Open)).collect();
        assert_eq!(into_open, [State::Scheduled]);
        let into_scheduled: Vec<_> =
            State::ALL.into_iter().filter(|s| s.may_become(State::Scheduled)).collect();
        assert_eq!(into_scheduled, [State::InReview]);
        for past in [State::Open, State::Closed, State::Published] {
            for back in [State::Draft, State::InReview, State::Scheduled] {
                assert!(!past.may_become(back), "{past:?} became {back:?}");
            }
        }
        assert!(State::ALL.iter().all(|state| !state.may_become(*state)));
    }
}
