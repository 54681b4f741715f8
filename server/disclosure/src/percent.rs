//! Percentages, always computed from published counts.
//!
//! A percentage of true counts would be a second, differently rounded look at them; so what is given
//! to the functions here has to be published already (rule 6 of METHOD.md).

use serde::{Deserialize, Serialize};

/// A published count of an option of a row that is less than this, or less than this below the published base, is
/// not told: js + D + 1 of the table of publication. Whatever is told stems from at least three people, of whom none
/// is the only one whom two rows have in common.
pub const FEW: u64 = 8;

/// The bound of large rows, and that of rows in which a few are half.
const SMALLEST_BOUND: u8 = 5;
const LARGEST_BOUND: u8 = 50;

/// A whole percentage; in a row of a breakdown only a bound of it where few or nearly all chose the option by the
/// published numbers. The bound, too, is one of the published share: the true one can lie beyond it.
///
/// "Everybody in this row" and "nobody in this row" are statements about each person in it, and one who is
/// told apart in two rows is found where they cross. So what is nearly nobody or nearly everybody has no
/// count beside it either ([`RowOption`](crate::RowOption)), and its bound follows from the base alone.
///
/// It is written without its bound, in the words of the first versions, which knew 5 and 95 only; where
/// another one is told, it stands beside ([`RowOption`](crate::RowOption)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Word", into = "Word")]
pub enum Percent {
    /// This many percent or less, 5 to 50.
    AtMost(u8),
    /// This many percent, 0 to 100.
    Exactly(u8),
    /// This many percent or more, 50 to 95.
    AtLeast(u8),
}

/// A percentage as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    #[serde(rename = "at_most_5")]
    AtMost,
    Exactly(u8),
    #[serde(rename = "at_least_95")]
    AtLeast,
}

impl From<Word> for Percent {
    fn from(word: Word) -> Self {
        match word {
            Word::AtMost => Self::AtMost(SMALLEST_BOUND),
            Word::Exactly(percent) => Self::Exactly(percent),
            Word::AtLeast => Self::AtLeast(100 - SMALLEST_BOUND),
        }
    }
}

impl From<Percent> for Word {
    fn from(percent: Percent) -> Self {
        match percent {
            Percent::AtMost(_) => Self::AtMost,
            Percent::Exactly(percent) => Self::Exactly(percent),
            Percent::AtLeast(_) => Self::AtLeast,
        }
    }
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

    /// The share in a row of a breakdown: as [`Percent::of_headline`], but a bound where the published count is
    /// under [`FEW`], or less than that below the base, and at the ends of the scale.
    ///
    /// Where both are so, in a row of fewer than 15, what is at most half of it is few.
    pub fn of_row(count: u64, base: u64) -> Self {
        let share = Self::of_headline(count, base);
        let few = count < FEW || matches!(share, Self::Exactly(..=SMALLEST_BOUND));
        let nearly_all = is_nearly_all(count, base);
        if !few && !nearly_all {
            share
        } else if few && (!nearly_all || count <= base / 2) {
            Self::AtMost(bound(base))
        } else {
            Self::AtLeast(100 - bound(base))
        }
    }

    /// The bound that its stored word does not say.
    pub(crate) fn unsaid_bound(self) -> Option<u8> {
        match self {
            Self::AtMost(bound) | Self::AtLeast(bound) => {
                (Self::from(Word::from(self)) != self).then_some(bound)
            }
            Self::Exactly(_) => None,
        }
    }

    /// The same with this bound, if it is one.
    pub(crate) fn with_bound(self, bound: u8) -> Self {
        match self {
            Self::AtMost(_) => Self::AtMost(bound),
            Self::Exactly(percent) => Self::Exactly(percent),
            Self::AtLeast(_) => Self::AtLeast(bound),
        }
    }
}

/// Whether a number that is published of some people of a row is that of nearly all of them: of all but fewer
/// than [`FEW`], or 95 % or more.
pub(crate) fn is_nearly_all(count: u64, base: u64) -> bool {
    base.saturating_sub(count) < FEW
        || matches!(Percent::of_headline(count, base), Percent::Exactly(95..))
}

/// The percentage of this base that a count under [`FEW`] is at most. It depends on nothing else, so it says
/// nothing that the base does not.
fn bound(base: u64) -> u8 {
    let percent = (100 * (FEW - 1)).div_ceil(base.max(1));
    u8::try_from(percent)
        .map_or(LARGEST_BOUND, |percent| percent.clamp(SMALLEST_BOUND, LARGEST_BOUND))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Percent::{self, AtLeast, AtMost, Exactly};
    use super::{FEW, is_nearly_all};
    use crate::ptable::PTableId;

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
    fn a_count_that_is_told_stems_from_three_people_at_least() {
        let table = PTableId::B.table();
        assert_eq!(FEW, table.never_up_to + u64::from(table.max_noise) + 1);
        let most = |count: u64| {
            let noise = table.row(count).iter().map(|entry| i64::from(entry.noise)).max();
            count.saturating_add_signed(noise.unwrap())
        };
        assert_eq!([1, 2, 3].map(most).map(|told| told >= FEW), [false, false, true]);
    }

    #[test]
    fn few_and_nearly_all_have_a_bound() {
        assert_eq!(Percent::of_row(0, 40), AtMost(18));
        assert_eq!(Percent::of_row(7, 40), AtMost(18));
        assert_eq!(Percent::of_row(8, 40), Exactly(20));
        assert_eq!(Percent::of_row(32, 40), Exactly(80));
        assert_eq!(Percent::of_row(33, 40), AtLeast(82));
        assert_eq!(Percent::of_row(45, 40), AtLeast(82), "noise made it more than all");
    }

    #[test]
    fn of_a_large_row_the_ends_are_the_bounds() {
        assert_eq!(Percent::of_row(7, 139), AtMost(6));
        assert_eq!(Percent::of_row(0, 140), AtMost(5));
        assert_eq!(Percent::of_row(7, 140), AtMost(5));
        assert_eq!(Percent::of_row(8, 140), Exactly(6));
        assert_eq!(Percent::of_row(8, 146), AtMost(5));
        assert_eq!(Percent::of_row(54, 1000), AtMost(5));
        assert_eq!(Percent::of_row(55, 1000), Exactly(6));
        assert_eq!(Percent::of_row(944, 1000), Exactly(94));
        assert_eq!(Percent::of_row(945, 1000), AtLeast(95));
        assert_eq!(Percent::of_row(u64::MAX, u64::MAX), AtLeast(95));
    }

    #[test]
    fn of_a_small_row_no_count_is_told() {
        for base in 0..16 {
            for count in 0..30 {
                let percent = Percent::of_row(count, base);
                assert!(!matches!(percent, Exactly(_)), "{count} of {base}");
            }
        }
        assert_eq!(Percent::of_row(8, 16), Exactly(50));
        assert_eq!(Percent::of_row(7, 15), AtMost(47));
        assert_eq!(Percent::of_row(8, 15), AtLeast(53));
        assert_eq!(Percent::of_row(7, 14), AtMost(50));
        assert_eq!(Percent::of_row(5, 10), AtMost(50));
        assert_eq!(Percent::of_row(6, 10), AtLeast(50));
        assert_eq!(Percent::of_row(3, 5), AtLeast(50));
        assert_eq!(Percent::of_row(0, 0), AtMost(50));
    }

    #[test]
    fn on_the_wire() {
        let all = [AtMost(5), Exactly(37), AtLeast(95)];
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(json, r#"["at_most_5",{"exactly":37},"at_least_95"]"#);
        assert_eq!(serde_json::from_str::<[Percent; 3]>(&json).unwrap(), all);
    }

    proptest! {
        /// A bound is true of the published share, not of that of people, and the same for all that it hides.
        #[test]
        fn a_bound_holds_of_the_published_share_and_follows_from_the_base(base in 5..3000_u64, count in 0..3000_u64) {
            let Exactly(share) = Percent::of_headline(count, base) else { unreachable!() };
            match Percent::of_row(count, base) {
                AtMost(bound) => {
                    prop_assert!(share <= bound);
                    prop_assert!(base < 15 || Percent::of_row(0, base) == AtMost(bound));
                }
                Exactly(told) => {
                    prop_assert_eq!(told, share);
                    prop_assert!((6..=94).contains(&told));
                    prop_assert!(count >= FEW && count + FEW <= base);
                }
                AtLeast(bound) => {
                    prop_assert!(share >= bound && is_nearly_all(count, base));
                    prop_assert_eq!(Percent::of_row(base, base), AtLeast(bound));
                }
            }
        }
    }
}
