//! What the portal keeps a person's data for: said before it is asked, and kept with each consent.

use serde::{Deserialize, Serialize};

/// What data is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To address the person by name.
    Address,
    /// To know which polls ask the person, and to group results.
    Polls,
    /// To send notices, if the person wants them.
    Contact,
    /// For the person to see and use in the portal's services; polls never use it.
    Record,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Address, Self::Polls, Self::Contact, Self::Record];

    /// The code as stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Polls => "polls",
            Self::Contact => "contact",
            Self::Record => "record",
        }
    }

    /// The purpose with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// What an attribute, by its name in the portal, is kept for.
    #[must_use]
    pub fn of(attribute: &str) -> Self {
        match attribute {
            "name" => Self::Address,
            "region" | "birth_date" | "gender" => Self::Polls,
            "email" | "phone" => Self::Contact,
            _ => Self::Record,
        }
    }
}
