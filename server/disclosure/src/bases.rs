//! Rule 6 for denominators: which number is told of those who answered a question.
//!
//! The denominator of a question that not everybody had to answer is an answer, too. Where a question
//! goes on from another one ("if so, how often?"), those who answer it are those who chose an option
//! there; so its denominator would be that option's count, with the same noise, also where the share
//! of the option is a bound and no count may stand beside it. So a denominator that is nearly all of
//! another one, by the same measure as a share, is not told: that one stands in its place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::percent::is_nearly_all;
use crate::perturbation::published;
use crate::ptable::PTable;
use crate::raw::{Tallies, Tally};
use crate::rows::{Key, within};

/// Some of the people who responded: all of them, or those who answered one question.
pub(crate) struct Group<'a> {
    /// They, by base cell.
    pub(crate) people: &'a Tallies,
    /// How many they are altogether.
    pub(crate) count: u64,
    /// What is published of that.
    pub(crate) told: u64,
    /// The rows in which their number is published.
    pub(crate) rows: BTreeSet<Key>,
}

/// The denominators of all rows of all questions.
pub(crate) struct Bases<'a> {
    table: &'static PTable,
    groups: Vec<Group<'a>>,
    rows: BTreeMap<Key, Vec<u64>>,
}

impl<'a> Bases<'a> {
    /// Of these groups, each by its place. A group whose number is not published in a row stands for no
    /// other one there: it would be told by that.
    pub(crate) fn new(table: &'static PTable, groups: Vec<Group<'a>>) -> Self {
        Self { table, groups, rows: BTreeMap::new() }
    }

    /// What is told of the people of a row who are in the group at this place.
    pub(crate) fn told(&mut self, place: usize, key: Key) -> u64 {
        let Self { table, groups, rows } = self;
        rows.entry(key).or_insert_with(|| row(table, groups, key))[place]
    }
}

/// What is told of each group in one row. Which number stands for which is decided from the largest
/// group downwards, and by what is published: whether two groups are of the same people or differ by
/// one of them decides nothing.
fn row(table: &PTable, groups: &[Group<'_>], key: Key) -> Vec<u64> {
    let people: Vec<Tally> = groups.iter().map(|group| within(group.people, key)).collect();
    // A number that is published of a whole group is not published with other noise of a row.
    let own = |place: usize| {
        let (group, people) = (&groups[place], people[place]);
        if people.count == group.count { group.told } else { published(table, people) }
    };
    let mut largest_first: Vec<usize> = (0..groups.len()).collect();
    largest_first.sort_by_key(|place| Reverse(people[*place].count));
    let mut told = vec![0; groups.len()];
    let mut standing: Vec<u64> = Vec::new();
    for place in largest_first {
        let own = own(place);
        let larger = standing.iter().copied().find(|larger| is_nearly_all(own, *larger));
        told[place] = larger.unwrap_or(own);
        if larger.is_none() && groups[place].rows.contains(&key) {
            standing.push(own);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Bases, Group};
    use crate::percent::is_nearly_all;
    use crate::ptable::PTableId;
    use crate::raw::{Tallies, Tally};
    use crate::rows::Key;

    const WOMEN: Key = [None, None, Some(0)];

    /// Of women (the first category of the third facet) and men, so many each: what is told of the women.
    fn women(groups: &[(u64, u64)]) -> Vec<u64> {
        published_women(groups, |_| true)
    }

    /// The same, where the row of the women is published of these groups only, each by its place.
    fn published_women(groups: &[(u64, u64)], published: impl Fn(usize) -> bool) -> Vec<u64> {
        let tallies: Vec<Tallies> = groups
            .iter()
            .map(|(women, men)| {
                // A key that adds no noise: the middle of the table's row.
                let of = |count| Tally { count, key_sum: u32::MAX / 2 };
                [([None, None, Some(0)], of(*women)), ([None, None, Some(1)], of(*men))].into()
            })
            .collect();
        let whole = |(place, people)| {
            let count = crate::rows::total(people).count;
            let rows = published(place).then_some(WOMEN).into_iter().collect();
            Group { people, count, told: count, rows }
        };
        let groups = tallies.iter().enumerate().map(whole).collect();
        let mut bases = Bases::new(PTableId::B.table(), groups);
        (0..tallies.len()).map(|place| bases.told(place, WOMEN)).collect()
    }

    #[test]
    fn of_nearly_all_of_a_larger_group_that_ones_number_is_told() {
        assert_eq!(women(&[(80, 20), (80, 10), (79, 0), (76, 20)]), [80; 4]);
        // A whole group of women has the number that is published of it, and stands for others.
        assert_eq!(women(&[(80, 20), (60, 0), (59, 20)]), [80, 60, 60]);
    }

    #[test]
    fn what_is_less_is_told_and_stands_for_what_is_nearly_all_of_it() {
        assert_eq!(women(&[(80, 20), (60, 20), (53, 20), (52, 20)]), [80, 60, 60, 52]);
        assert_eq!(women(&[(400, 20), (378, 20), (377, 20)]), [400, 400, 377]);
        assert_eq!(women(&[(58, 20), (60, 20), (80, 20)]), [60, 60, 80], "in any order");
        // In small rows by much: of the 8 of 10 who said yes the share would be 47 %.
        assert_eq!(women(&[(17, 20), (10, 20)]), [17, 17]);
        // What is not told itself stands for nothing: 70 is all but 5 of 75, which is of 80.
        assert_eq!(women(&[(80, 20), (75, 20), (70, 20)]), [80, 80, 70]);
    }

    #[test]
    fn noise_may_make_a_smaller_group_the_larger_one() {
        let group = |count, told| {
            (Tallies::from([([None, None, Some(0)], Tally { count, key_sum: 0 })]), told)
        };
        let whole = [group(205, 208), group(197, 192), group(193, 198)];
        let groups = whole.iter().map(|(people, told)| Group {
            people,
            count: crate::rows::total(people).count,
            told: *told,
            rows: [WOMEN].into(),
        });
        let mut bases = Bases::new(PTableId::B.table(), groups.collect());
        // 192 is less than 95 % of 208, and 198 is not.
        let told = [0, 1, 2].map(|place| bases.told(place, WOMEN));
        assert_eq!(told, [208, 192, 208]);
    }

    /// The number of a group whose row is withheld would be told by that of another one.
    #[test]
    fn what_is_withheld_stands_for_nothing() {
        let groups = [(80, 20), (78, 20), (77, 10)];
        assert_eq!(women(&groups), [80; 3]);
        assert_eq!(published_women(&groups, |place| place != 0)[1..], [78, 78]);
        assert_eq!(published_women(&groups, |place| place == 2)[2], 77);
    }

    proptest! {
        /// Of any groups and with any noise: whoever reads a number cannot tell whether the group is nearly
        /// all of a larger one, because no such number is told.
        #[test]
        fn no_number_is_nearly_all_of_another_that_is_told(
            people in prop::collection::vec((10..400_u64, any::<u32>()), 1..8),
        ) {
            // Somebody of each group is outside the row.
            let outside = ([Some(0), None, None], Tally { count: 1, key_sum: 0 });
            let tallies: Vec<Tallies> = people
                .iter()
                .map(|(count, key_sum)| {
                    let inside = Tally { count: *count, key_sum: *key_sum };
                    [([Some(1), None, None], inside), outside].into()
                })
                .collect();
            let row = [Some(1), None, None];
            let groups = tallies.iter().map(|people| {
                let count = crate::rows::total(people).count;
                Group { people, count, told: count, rows: [row].into() }
            });
            let mut bases = Bases::new(PTableId::B.table(), groups.collect());
            // By what is told, which is all that anybody reads: noise may make a smaller group the larger one.
            let told: BTreeSet<u64> =
                (0..people.len()).map(|place| bases.told(place, row)).collect();
            for larger in &told {
                for smaller in told.range(..*larger) {
                    prop_assert!(!is_nearly_all(*smaller, *larger), "{told:?}");
                }
            }
        }
    }
}
