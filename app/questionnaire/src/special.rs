//! Special categories of personal data: answers that can do harm.

use serde::{Deserialize, Serialize};

/// What a poll asks about that the law protects more than other data (GDPR, article 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// Political opinion, voting.
    PoliticalOpinion,
    /// Health.
    Health,
    /// Religious or other belief.
    Belief,
    /// Ethnic origin, nationality.
    EthnicOrigin,
    /// Membership of a trade union.
    TradeUnion,
    /// Sexual life or orientation.
    SexualLife,
}

impl Special {
    /// Every category, in the order in which forms show them.
    pub const ALL: [Self; 6] = [
        Self::PoliticalOpinion,
        Self::Health,
        Self::Belief,
        Self::EthnicOrigin,
        Self::TradeUnion,
        Self::SexualLife,
    ];

    /// The code as stored and sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PoliticalOpinion => "political_opinion",
            Self::Health => "health",
            Self::Belief => "belief",
            Self::EthnicOrigin => "ethnic_origin",
            Self::TradeUnion => "trade_union",
            Self::SexualLife => "sexual_life",
        }
    }

    /// The category with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|special| special.code() == code)
    }
}
