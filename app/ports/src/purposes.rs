//! What the portal keeps a person's data for: said before it is asked, and kept with each consent.

use crate::views::polls::{NAME, Need};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What data is kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To address the person by name.
    Address,
    /// To know which polls ask the person, and to group results.
    Polls,
    /// For the person to see, until the portal sends notices: it sends nothing there yet.
    Contact,
    /// For the person to see in their account. Nothing else uses it: no service of the portal, and no poll.
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

    /// The codes of several as stored: separated by commas, because one scope can release data for
    /// several purposes.
    #[must_use]
    pub fn codes(purposes: &BTreeSet<Self>) -> String {
        let codes: Vec<&str> = purposes.iter().map(|purpose| purpose.code()).collect();
        codes.join(",")
    }

    /// The purposes with these codes; a code that is none is left out.
    #[must_use]
    pub fn from_codes(codes: &str) -> BTreeSet<Self> {
        let known = |code| Self::ALL.into_iter().find(|purpose| purpose.code() == code);
        codes.split(',').filter_map(known).collect()
    }

    /// What an attribute, by its name in the portal, is kept for.
    #[must_use]
    pub fn of(attribute: &str) -> Self {
        match attribute {
            NAME => Self::Address,
            "email" | "phone" => Self::Contact,
            _ if Need::from_code(attribute).is_some() => Self::Polls,
            _ => Self::Record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose;

    #[test]
    fn purposes_are_read_as_they_were_stored() {
        let some = [Purpose::Polls, Purpose::Address].into();
        assert_eq!(Purpose::codes(&some), "address,polls");
        assert_eq!(Purpose::from_codes("address,polls"), some);
        assert_eq!(Purpose::from_codes("record"), [Purpose::Record].into());
        assert!(Purpose::from_codes("").is_empty() && Purpose::from_codes("other").is_empty());
    }

    #[test]
    fn each_attribute_has_its_purpose() {
        for (attribute, purpose) in [
            ("name", Purpose::Address),
            ("region", Purpose::Polls),
            ("birth_date", Purpose::Polls),
            ("gender", Purpose::Polls),
            ("phone", Purpose::Contact),
            ("documents", Purpose::Record),
        ] {
            assert_eq!(Purpose::of(attribute), purpose, "{attribute}");
        }
    }
}
