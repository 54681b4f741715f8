//! Percentages, always computed from published counts.
//!
//! A percentage of true counts would be a second, differently rounded look at them; so what is given
//! to the functions here has to be published already (rule 6 of METHOD.md).

use serde::{Deserialize, Serialize};

/// A whole percentage, with the ends of the scale blurred in breakdowns.
///
/// "Everybody in this row" and "nobody in this row" are statements about each person in it; the
/// ends of a breakdown's row are therefore not told apart, and have no count beside them, which would
/// tell them apart ([`RowOption`](crate::RowOption)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Percent {
    /// 5 % or less.
    #[serde(rename = "at_most_5")]
    AtMost5,
    /// This many percent, 0 to 100.
    Exactly(u8),
    /// 95 % or more.
    #[serde(rename = "at_least_95")]
    AtLeast95,
}

impl Percent {
    /// The share of a headline: `round(100 · count / base)`, halves up, at most 100.
    ///
    /// The noise of the two published numbers differs, unless both are of the same people, so `count`
    /// may exceed `base`. A base of zero gives 0.
    pub fn of_headline(count: u64, base: u64) -> Self {
        if base == 0 {
            return Self::Exactly(0);
        }
        let (count, base) = (u128::from(count), u128::from(base));
        let percent = (200 * count + base) / (2 * base);
        Self::Exactly(u8::try_from(percent).map_or(100, |percent| percent.min(100)))
    }

    /// The share in a row of a breakdown: as [`Percent::of_headline`], then the ends blurred.
    pub fn of_row(count: u64, base: u64) -> Self {
        match Self::of_headline(count, base) {
            Self::Exactly(..=5) => Self::AtMost5,
            Self::Exactly(95..) => Self::AtLeast95,
            between => between,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Percent::{self, AtLeast95, AtMost5, Exactly};

    #[test]
    fn whole_percents_with_halves_up() {
        assert_eq!(Percent::of_headline(1, 200), Exactly(1));
        assert_eq!(Percent::of_headline(1, 201), Exactly(0));
        assert_eq!(Percent::of_headline(2, 3), Exactly(67));
        assert_eq!(Percent::of_headline(7, 5), Exactly(100));
        assert_eq!(Percent::of_headline(0, 0), Exactly(0));
        assert_eq!(Percent::of_headline(u64::MAX, u64::MAX), Exactly(100));
    }

    #[test]
    fn the_ends_of_a_row_are_blurred() {
        assert_eq!(Percent::of_row(0, 40), AtMost5);
        assert_eq!(Percent::of_row(2, 40), AtMost5);
        assert_eq!(Percent::of_row(3, 40), Exactly(8));
        assert_eq!(Percent::of_row(37, 40), Exactly(93));
        assert_eq!(Percent::of_row(38, 40), AtLeast95);
        assert_eq!(Percent::of_row(45, 40), AtLeast95);
    }

    #[test]
    fn on_the_wire() {
        let all = [AtMost5, Exactly(37), AtLeast95];
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(json, r#"["at_most_5",{"exactly":37},"at_least_95"]"#);
        assert_eq!(serde_json::from_str::<[Percent; 3]>(&json).unwrap(), all);
    }
}
