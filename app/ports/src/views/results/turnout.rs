//! Whom the answers represent: responses beside the number of residents.

use serde::{Deserialize, Serialize};

/// The published responses of one region beside its residents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnout {
    /// The region's code.
    pub region: String,
    /// People of all ages who live there, as the portal's configuration says.
    pub residents: u64,
    /// Published responses for each thousand of them.
    pub rate: Rate,
}

/// People for each thousand, in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(u64);

impl Rate {
    /// `round(10 000 · people / residents)`, halves up, at most 1000.0 for each thousand: people
    /// may have moved since the residents were counted. Nothing without residents.
    #[must_use]
    pub fn of(people: u64, residents: u64) -> Option<Self> {
        let (people, residents) = (u128::from(people), u128::from(residents));
        let tenths = (20_000 * people + residents).checked_div(2 * residents)?;
        Some(Self(u64::try_from(tenths).unwrap_or(u64::MAX).min(10_000)))
    }

    /// Whole number and tenth; the tenth of ten and more says nothing and is rounded away. `None`
    /// is less than the smallest number that is shown.
    #[must_use]
    pub const fn digits(self) -> Option<(u64, Option<u64>)> {
        match self.0 {
            0 => None,
            tenths @ ..100 => Some((tenths / 10, Some(tenths % 10))),
            tenths => Some(((tenths + 5) / 10, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn rates_are_rounded_and_never_say_more_than_is_known() {
        let digits = |people, residents| Rate::of(people, residents).map(Rate::digits);
        assert_eq!(digits(186, 212_400), Some(Some((0, Some(9)))));
        assert_eq!(digits(1, 1000), Some(Some((1, Some(0)))));
        assert_eq!(digits(1, 20_000), Some(Some((0, Some(1)))));
        assert_eq!(digits(1, 20_001), Some(None));
        assert_eq!(digits(125, 10_000), Some(Some((13, None))));
        assert_eq!(digits(3, 2), Some(Some((1000, None))));
        assert_eq!(digits(u64::MAX, 1), Some(Some((1000, None))));
        assert_eq!(digits(3, 0), None);
    }
}
