//! What an address may ask of statistics.
//!
//! A breakdown of the plan, the language, and nothing else. There is no filter: what cannot be
//! asked cannot be compared and averaged until it gives somebody away. So that nobody takes the
//! figures of everybody for those of a selection, an address that asks for more is refused rather
//! than read as if it had not.

use questionnaire::Breakdown;
use std::collections::BTreeSet;

/// Marks that other sites put on links to us; they ask for nothing.
const MARKS: [&str; 5] = ["fbclid", "gclid", "yclid", "ysclid", "_openstat"];

/// What an address asks for beyond the poll or the department, whatever plan there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: the headlines.
    #[default]
    Headlines,
    /// One breakdown.
    By(Breakdown),
    /// What no plan can have: a filter, or a breakdown that there is not.
    Refused,
}

impl Asked {
    /// What a breakdown's code asks for; blank is none.
    #[must_use]
    pub fn of(code: &str) -> Self {
        if code.is_empty() {
            return Self::Headlines;
        }
        Breakdown::from_code(code).map_or(Self::Refused, Self::By)
    }
}

/// Whether the part of an address after its `?` asks for anything but `known`, or for one of them
/// twice.
#[must_use]
pub fn beyond(query: &str, known: &[&str]) -> bool {
    let mut seen = BTreeSet::new();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| {
        let mark = MARKS.contains(&&*name) || name.starts_with("utm_");
        !mark && (!known.contains(&&*name) || !seen.insert(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_for_what_is_known_and_once() {
        let known = ["by", "with"];
        for fine in [
            "",
            "by=region",
            "with=x&by=region",
            "by=",
            "by=region&utm_source=mail&fbclid=a",
            "by=region&ysclid=x",
        ] {
            assert!(!beyond(fine, &known), "{fine}");
        }
        for more in [
            "by=region&by=gender",
            "region=01",
            "by=region&age%5Bfrom%5D=30",
            "by[]=region",
            "BY=region",
            "regions[]=01&regions[]=02",
            "merge=18-24,25-34",
            "from=30",
            "lang=en",
        ] {
            assert!(beyond(more, &known), "{more}");
        }
    }
}
