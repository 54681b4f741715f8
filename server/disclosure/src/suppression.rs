//! Rules 3 and 4: which rows may be published at all.
//!
//! *Primary*: a row of under `min_row` people is withheld.
//!
//! *Complementary*: a withheld row must not come back as a combination of the published ones. While a
//! small group of people lies in the row space of the published rows' indicator vectors, the
//! smallest row that contributes to it is withheld. The grand total stays. Source: the linear
//! formulation of secondary suppression in the SDC handbook, section 5.3, with the criterion "not
//! determined". "Not determined" is proved for each group, and without a proof a row more is withheld.
//!
//! The rows of a question that can be skipped are withheld by two structures:
//! * *Of the base cells that somebody responded in.* Whether nobody of such a cell answered the question or
//!   a few did is an answer. So nobody is a few there, and which row is the smallest is asked of those who
//!   responded. Then which rows this structure withholds depends on the answers only by which groups are
//!   under `min_row` people. (If rows of nobody protected nothing, one more missing row would tell for
//!   certain that somebody is in one.)
//! * *Of the base cells that somebody answered in.* Denominators, withheld ones too, are treated as known
//!   exactly. Who knows that a cell is empty can determine more. What this structure withholds besides can
//!   tell who knows all other numbers that a cell is empty (METHOD.md, "What is left"). It hardly ever does.
//!
//! The small groups that must not be determined, all of under `min_row` people:
//! * every row of a declared breakdown, as the method says;
//! * every base cell (region × age band × gender as far as the plan uses them);
//! * what is left of a whole (everybody, one category, or a row) without its published parts: two withheld
//!   neighbours of three people each are one group of six as soon as their total is known;
//! * what is left of two published rows of one table without the published rows of another one that are
//!   inside the two together;
//! * the difference of two published rows of which one contains the other.
//!
//! The last three go beyond rows and base cells, because few people whom no table names are few people, too. So
//! subtracting rows of one table from a whole, or from one or two rows of another table, does not lead to
//! fewer than `min_row` people. Sums of three rows and more may still, and combinations of more tables, to a
//! small union of base cells. They are rare and carry the noise of every row in them; the attacks search
//! for them and measure how badly they can be estimated.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::linear::{Echelon, certifies, excludes};

/// A group of people as the base cells that they fill, by index, ascending.
pub(crate) struct Member(pub(crate) Vec<usize>);

/// A whole and the rows that divide it.
pub(crate) struct Family {
    /// The whole.
    pub(crate) whole: Member,
    /// Its parts, as indices of rows.
    pub(crate) parts: Vec<usize>,
}

/// Everything that suppression needs to know: who is in which group, and nobody's answer.
pub(crate) struct Structure {
    /// The number of people in each base cell.
    pub(crate) people: Vec<u64>,
    /// The rows of all declared breakdowns. The grand total is understood.
    pub(crate) rows: Vec<Member>,
    /// The wholes that the breakdowns divide.
    pub(crate) families: Vec<Family>,
    /// The rows of each table, as indices: nobody is in two of them.
    pub(crate) tables: Vec<Range<usize>>,
}

impl Structure {
    /// How many people are in some base cells: saturating, as [`Tally`](crate::raw::Tally) adds.
    fn size<'c>(&self, cells: impl IntoIterator<Item = &'c usize>) -> u64 {
        let people = cells.into_iter().map(|cell| self.people[*cell]);
        people.fold(0, u64::saturating_add)
    }
}

/// For each row, whether it may be published, by each of these structures of the same rows. `responded` is
/// how many people of each row responded.
pub(crate) fn publishable(structures: &[Structure], responded: &[u64], min_row: u64) -> Vec<bool> {
    let mut ascending: Vec<usize> = (0..responded.len()).collect();
    ascending.sort_by_key(|row| (responded[*row], *row));
    let mut states: Vec<State<'_>> =
        structures.iter().map(|structure| State::new(structure, &ascending, min_row)).collect();
    let mut published = vec![true; responded.len() + 1];
    // Until none of them has to withhold any of what the others have left.
    let (mut settled, mut next) = (0, 0);
    while settled < states.len() {
        let state = &mut states[next];
        settled = if state.withhold(&mut published) { 1 } else { settled + 1 };
        next = (next + 1) % states.len();
    }
    published.pop();
    published
}

struct State<'a> {
    structure: &'a Structure,
    min_row: u64,
    /// The rows' base cells, with the grand total as the last row.
    rows: Vec<Vec<usize>>,
    sizes: Vec<u64>,
    /// Every row but the grand total, from few to many people who responded.
    ascending: &'a [usize],
    /// The small groups that do not depend on what is published: rows and base cells.
    small: BTreeSet<Vec<usize>>,
    published: Vec<bool>,
}

impl<'a> State<'a> {
    /// Primary suppression.
    fn new(structure: &'a Structure, ascending: &'a [usize], min_row: u64) -> Self {
        let everybody: Vec<usize> = (0..structure.people.len()).collect();
        let mut rows: Vec<Vec<usize>> = structure.rows.iter().map(|row| row.0.clone()).collect();
        rows.push(everybody.clone());
        let sizes: Vec<u64> = rows.iter().map(|row| structure.size(row)).collect();
        let total = rows.len() - 1;
        let mut published: Vec<bool> =
            sizes.iter().map(|size| *size > 0 && *size >= min_row).collect();
        published[total] = true;
        let cells = everybody.into_iter().map(|cell| vec![cell]);
        let small = rows
            .iter()
            .cloned()
            .chain(cells)
            .filter(|group| !group.is_empty() && structure.size(group) < min_row)
            .collect();
        Self { structure, min_row, rows, sizes, ascending, small, published }
    }

    /// Whether a group must not be determined. No base cell at all is no group.
    fn is_small(&self, group: &[usize]) -> bool {
        !group.is_empty() && self.structure.size(group) < self.min_row
    }

    /// Withholds what has to be of what is published. Says whether there was any.
    fn withhold(&mut self, published: &mut Vec<bool>) -> bool {
        let before = std::mem::take(published);
        for (own, others) in self.published.iter_mut().zip(&before) {
            *own &= *others;
        }
        while self.withhold_contributing() || self.withhold_uncertified() {}
        published.clone_from(&self.published);
        *published != before
    }

    /// Every group that must not be determined, as things stand.
    fn protected_groups(&self) -> Vec<Vec<usize>> {
        let mut groups = self.small.clone();
        groups.extend(self.remainders());
        groups.extend(self.remainders_of_two());
        groups.extend(self.differences());
        groups.into_iter().collect()
    }

    /// What is left of each whole without its published parts.
    fn remainders(&self) -> impl Iterator<Item = Vec<usize>> {
        self.structure.families.iter().filter_map(|family| {
            let mut left: BTreeSet<usize> = family.whole.0.iter().copied().collect();
            for part in family.parts.iter().filter(|part| self.published[**part]) {
                for cell in &self.rows[*part] {
                    left.remove(cell);
                }
            }
            let left: Vec<usize> = left.into_iter().collect();
            self.is_small(&left).then_some(left)
        })
    }

    /// What is left of two published rows of a table without the published rows of another table that are
    /// inside the two together. If none of these is in both of the two, that is left of each of them which is
    /// left of a whole.
    fn remainders_of_two(&self) -> Vec<Vec<usize>> {
        let mut remainders = Vec::new();
        for table in &self.structure.tables {
            let mut row_of = vec![None; self.structure.people.len()];
            for row in table.clone().filter(|row| self.published[*row]) {
                for cell in &self.rows[row] {
                    row_of[*cell] = Some(row);
                }
            }
            for other in self.structure.tables.iter().filter(|other| *other != table) {
                // By the one or two rows that they are in, those of the other table.
                let mut inside: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
                for part in other.clone().filter(|part| self.published[*part]) {
                    let rows: Option<BTreeSet<usize>> =
                        self.rows[part].iter().map(|cell| row_of[*cell]).collect();
                    let Some(rows) = rows else { continue };
                    if let (Some(first), Some(last), 1..=2) =
                        (rows.first(), rows.last(), rows.len())
                    {
                        inside.entry((*first, *last)).or_default().push(part);
                    }
                }
                for (first, last) in inside.keys().filter(|(first, last)| first != last) {
                    let mut left: BTreeSet<usize> = [first, last]
                        .into_iter()
                        .flat_map(|row| &self.rows[*row])
                        .copied()
                        .collect();
                    let parts = [(*first, *first), (*first, *last), (*last, *last)];
                    for part in parts.iter().filter_map(|rows| inside.get(rows)).flatten() {
                        for cell in &self.rows[*part] {
                            left.remove(cell);
                        }
                    }
                    remainders.push(left.into_iter().collect());
                }
            }
        }
        remainders.retain(|remainder: &Vec<usize>| self.is_small(remainder));
        remainders
    }

    /// The differences of two published rows of which one contains the other.
    fn differences(&self) -> Vec<Vec<usize>> {
        // What contains another row has as many base cells at least.
        let mut shown: Vec<usize> =
            (0..self.rows.len()).filter(|row| self.published[*row]).collect();
        shown.sort_by_key(|row| (self.sizes[*row], self.rows[*row].len()));
        let mut differences: Vec<Vec<usize>> = Vec::new();
        for (i, smaller) in shown.iter().enumerate() {
            for larger in &shown[i + 1..] {
                if self.sizes[*larger] - self.sizes[*smaller] >= self.min_row {
                    break;
                }
                let (inner, outer) = (&self.rows[*smaller], &self.rows[*larger]);
                if inner.iter().all(|cell| outer.binary_search(cell).is_ok()) {
                    let outside = |cell: &usize| inner.binary_search(cell).is_err();
                    differences.push(outer.iter().copied().filter(outside).collect());
                }
            }
        }
        differences.retain(|difference| self.is_small(difference));
        differences
    }

    fn echelon(&self) -> Echelon {
        let sources = (0..self.rows.len()).filter(|row| self.published[*row]).collect();
        Echelon::of(self.structure.people.len(), &self.rows, sources)
    }

    /// For each group in the row space, withholds the smallest row that contributes to it. Says
    /// whether there was any.
    ///
    /// A combination that has already lost a row in this pass is left for the next one, so the
    /// effect is that of taking one group at a time.
    fn withhold_contributing(&mut self) -> bool {
        let echelon = self.echelon();
        let mut any = false;
        for group in self.protected_groups() {
            let Some(contributing) = echelon.combination(&group) else {
                continue;
            };
            if contributing.iter().all(|row| self.published[*row]) {
                any |= self.withhold_smallest(|row| contributing.contains(&row));
            }
        }
        any
    }

    /// Proves over the integers that no group is in the row space. Says whether a row had to be
    /// withheld, to be safe, because a proof is missing.
    ///
    /// A number of vectors is tried; that one of them proves it is not certain, even where a group is
    /// not in the row space. For each group without a proof the smallest published row that touches it
    /// goes. Where none touches any of them, it is for other rows that the proof fails, and the
    /// smallest of all goes. If nothing but the grand total is left, every group has its proof.
    fn withhold_uncertified(&mut self) -> bool {
        const SCALES: [u64; 5] = [1, 2, 12, 2_520, 720_720];
        const SEEDS: u64 = 4;
        let echelon = self.echelon();
        let mut open = self.protected_groups();
        for (scale, seed) in SCALES.into_iter().flat_map(|s| (0..SEEDS).map(move |i| (s, i))) {
            if open.is_empty() {
                break;
            }
            let x = echelon.orthogonal(scale, seed);
            let published = (0..self.rows.len()).filter(|row| self.published[*row]);
            if certifies(&x, published.map(|row| &self.rows[row])) {
                open.retain(|group| !excludes(&x, group));
            }
        }
        if open.is_empty() {
            return false;
        }
        let mut any = false;
        for group in &open {
            let touching = |row: &Vec<usize>| group.iter().any(|c| row.binary_search(c).is_ok());
            let touching: Vec<bool> = self.rows.iter().map(touching).collect();
            any |= self.withhold_smallest(|row| touching[row]);
        }
        any || self.withhold_smallest(|_| true)
    }

    /// Withholds the smallest published row among some; never the grand total.
    fn withhold_smallest(&mut self, among: impl Fn(usize) -> bool) -> bool {
        let smallest = self.ascending.iter().find(|row| self.published[**row] && among(**row));
        if let Some(row) = smallest {
            self.published[*row] = false;
        }
        smallest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::slice::from_ref;

    use proptest::prelude::*;

    use super::{Family, Member, Structure};
    use crate::linear::tests::rank;

    /// Where everybody answered who responded.
    fn publishable(structure: &Structure) -> Vec<bool> {
        let people = structure.rows.iter().map(|row| structure.size(&row.0));
        super::publishable(from_ref(structure), &people.collect::<Vec<_>>(), 10)
    }

    /// Rows, columns and everybody of a table of `width` columns, of which nobody is in the empty cells.
    fn two_way(counts: &[u64], width: usize) -> (Structure, Vec<Vec<usize>>) {
        of_cells(counts, width, |cell| counts[cell] > 0)
    }

    /// The same, of these cells.
    fn of_cells(
        counts: &[u64],
        width: usize,
        exists: impl Fn(usize) -> bool,
    ) -> (Structure, Vec<Vec<usize>>) {
        let filled: Vec<usize> = (0..counts.len()).filter(|cell| exists(*cell)).collect();
        let member = |contains: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..filled.len()).filter(|i| contains(filled[*i])).collect()
        };
        let height = counts.len() / width;
        let rows: Vec<Vec<usize>> = (0..height)
            .map(|row| member(&|cell| cell / width == row))
            .chain((0..width).map(|column| member(&|cell| cell % width == column)))
            .collect();
        let everybody = || Member((0..filled.len()).collect());
        let structure = Structure {
            people: filled.iter().map(|cell| counts[*cell]).collect(),
            rows: rows.iter().cloned().map(Member).collect(),
            families: vec![
                Family { whole: everybody(), parts: (0..height).collect() },
                Family { whole: everybody(), parts: (height..height + width).collect() },
            ],
            tables: vec![0..height, height..height + width],
        };
        (structure, rows)
    }

    #[test]
    fn nothing_small_nothing_withheld() {
        let (structure, _) = two_way(&[10, 20, 30, 40], 2);
        assert_eq!(publishable(&structure), [true; 4]);
    }

    #[test]
    fn a_known_empty_cell_betrays_its_neighbour() {
        // The first row is its second cell alone, so the second column without it is the cell
        // (1, 1) of 3 people, which no table names but the algebra finds. So is the second row
        // without the first column.
        let (structure, _) = two_way(&[0, 20, 15, 3], 2);
        let published = publishable(&structure);
        assert!(!(published[0] && published[3]));
        assert!(!(published[1] && published[2]));
    }

    #[test]
    fn two_rows_less_one_of_another_table_leave_no_few() {
        // The first column is in the first two rows only, and the last in the third: what the second column has
        // besides the third row is what the first column leaves of the two.
        let counts = |few| [20, few, 0, 20, few, 0, 0, 30, 20];
        let (structure, _) = two_way(&counts(5), 3);
        assert_eq!(publishable(&structure), [true; 6]);
        let (structure, _) = two_way(&counts(4), 3);
        let published = publishable(&structure);
        assert!(!(published[0] && published[1] && published[3]), "{published:?}");
        assert!(!(published[2] && published[4] && published[5]), "{published:?}");
        assert!(published.contains(&true));
    }

    /// Two rows of a breakdown of whom all responded: so many answered of the first, and 60 of the second.
    fn a_few_and_sixty(few: u64) -> Vec<bool> {
        let part = |cell| Member(vec![cell]);
        let structure = |people, rows: Vec<Member>, everybody| Structure {
            people,
            rows,
            families: vec![Family { whole: Member(everybody), parts: vec![0, 1] }],
            tables: Vec::new(),
        };
        let of_responses = structure(vec![few, 60], vec![part(0), part(1)], vec![0, 1]);
        let of_answers = if few == 0 {
            structure(vec![60], vec![Member(Vec::new()), part(0)], vec![0])
        } else {
            structure(vec![few, 60], vec![part(0), part(1)], vec![0, 1])
        };
        super::publishable(&[of_responses, of_answers], &[80, 100], 10)
    }

    #[test]
    fn whether_nobody_or_a_few_of_those_who_responded_answered_shows_in_no_row() {
        for few in 0..10 {
            assert_eq!(a_few_and_sixty(few), [false; 2], "{few}");
        }
        assert_eq!(a_few_and_sixty(10), [true; 2]);
    }

    #[test]
    fn what_one_structure_withholds_is_not_published_by_the_other() {
        // Nobody answered of cell (0, 0), but somebody responded. Who knows it tells the cell (1, 1) of 3.
        let counts = [0, 20, 15, 3];
        let (of_responses, _) = of_cells(&counts, 2, |_| true);
        let (of_answers, _) = two_way(&counts, 2);
        let people = [25, 18, 20, 23];
        let one = super::publishable(from_ref(&of_responses), &people, 10);
        assert_eq!(one, [true; 4]);
        let both = super::publishable(&[of_responses, of_answers], &people, 10);
        assert_eq!(both, [true, false, false, false]);
    }

    #[test]
    fn numbers_without_end_are_large() {
        let (structure, _) = two_way(&[u64::MAX, 3, u64::MAX, u64::MAX], 2);
        assert_eq!(publishable(&structure), [true; 4]);
    }

    /// Rows that tie each cell to the next ones: if the counts of cells change so that no row shows it,
    /// and the first by 1, then the others by -1, 2, -2 and so on to 16 and -16; and the last, which is
    /// in a row with those of -2^k for each k of `last`, by the sum of these 2^k. Cells 14 and 15 are in
    /// no row but everybody's. Each cell has 20 people, and `small` 3.
    ///
    /// A proof is proposed from a number for the last cell. For the others to be whole it has to be a
    /// multiple of that sum, which no proposal is if the sum is a large prime.
    fn tied(small: usize, last: &[usize]) -> (Structure, Vec<Vec<usize>>) {
        let (mut rows, mut plus) = (Vec::new(), 0);
        for _ in 0..4 {
            // Two cells of less, and one of twice as much.
            rows.extend([vec![plus, plus + 1], vec![plus, plus + 2]]);
            rows.push(vec![plus + 1, plus + 2, plus + 3]);
            plus += 3;
        }
        rows.push(vec![plus, plus + 1]);
        rows.push(last.iter().map(|power| 3 * power + 1).chain([16]).collect());
        let people = (0..17).map(|cell| if cell == small { 3 } else { 20 }).collect();
        let members = rows.iter().cloned().map(Member).collect();
        (Structure { people, rows: members, families: Vec::new(), tables: Vec::new() }, rows)
    }

    /// Whether some rows and everybody together determine a group, by rational elimination.
    fn determined(columns: usize, shown: &[Vec<usize>], group: &[usize]) -> bool {
        let mut rows = vec![(0..columns).collect::<Vec<usize>>()];
        rows.extend_from_slice(shown);
        let before = rank(columns, &rows);
        rows.push(group.to_vec());
        rank(columns, &rows) == before
    }

    /// Of rows that tie the cells, with few people in the cell `small`, the first goes where the proof is
    /// missing, and none where it is not.
    fn goes_without_a_proof(small: usize) {
        // 16 divides some of the proposals, but neither 17 nor 19 does.
        let cases: [(&[usize], bool); 3] = [(&[4], true), (&[0, 4], false), (&[0, 1, 4], false)];
        for (last, proved) in cases {
            let (structure, rows) = tied(small, last);
            assert!(!determined(17, &rows, &[small]), "there would be no need");
            let mut expected = vec![true; rows.len()];
            expected[0] = proved;
            assert_eq!(publishable(&structure), expected, "{last:?}");
        }
    }

    #[test]
    fn without_a_proof_the_smallest_row_of_the_group_is_withheld_to_be_safe() {
        goes_without_a_proof(0);
    }

    #[test]
    fn without_a_proof_for_whom_no_row_touches_one_is_withheld_all_the_same() {
        goes_without_a_proof(14);
    }

    #[test]
    fn nobody_at_all() {
        let (structure, _) = two_way(&[0, 0, 0, 0], 2);
        assert_eq!(publishable(&structure), [false; 4]);
    }

    proptest! {
        #[test]
        fn no_small_group_is_determined(
            counts in prop::collection::vec(prop_oneof![Just(0), 1..9_u64, 5..60_u64], 12),
        ) {
            // Of fewer than ten people nothing is published, not even how many they are: rule 2.
            prop_assume!(counts.iter().sum::<u64>() >= 10);
            let (structure, rows) = two_way(&counts, 3);
            let published = publishable(&structure);
            let size = |row: &[usize]| row.iter().map(|c| structure.people[*c]).sum::<u64>();
            let columns = structure.people.len();
            let everybody: Vec<usize> = (0..columns).collect();
            let mut shown = vec![everybody];
            shown.extend(rows.iter().zip(&published).filter(|(_, p)| **p).map(|(r, _)| r.clone()));
            let before = rank(columns, &shown);
            let small = rows
                .iter()
                .cloned()
                .chain((0..columns).map(|cell| vec![cell]))
                .filter(|group| (1..10).contains(&size(group)));
            for group in small {
                let mut with = shown.clone();
                with.push(group);
                prop_assert_eq!(rank(columns, &with), before + 1);
            }
            // Nor does any table leave a small remainder of everybody.
            for family in &structure.families {
                let parts = family.parts.iter().filter(|part| published[**part]);
                let left = size(&family.whole.0) - parts.map(|part| size(&rows[*part])).sum::<u64>();
                prop_assert!(!(1..10).contains(&left));
            }
            // Nor of two rows without what is inside the two of the other table.
            for (table, other) in [(0..4, 4..7), (4..7, 0..4)] {
                let shown = |rows: Range<usize>| rows.filter(|row| published[*row]);
                for first in shown(table.clone()) {
                    for second in shown(first + 1..table.end) {
                        let two = [&rows[first][..], &rows[second]].concat();
                        let inside = |row: &usize| rows[*row].iter().all(|c| two.contains(c));
                        let parts = shown(other.clone()).filter(inside).map(|row| size(&rows[row]));
                        let left = size(&two) - parts.sum::<u64>();
                        prop_assert!(!(1..10).contains(&left), "{first} and {second}: {left}");
                    }
                }
            }
        }

        #[test]
        fn no_small_group_of_any_rows_is_determined(
            people in prop::collection::vec(prop_oneof![1..9_u64, 5..60_u64], 8),
            rows in prop::collection::vec(prop::collection::btree_set(0..8_usize, 1..6), 1..10),
        ) {
            prop_assume!(people.iter().sum::<u64>() >= 10);
            let rows: Vec<Vec<usize>> =
                rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let small: Vec<Vec<usize>> = rows
                .iter()
                .cloned()
                .chain((0..8).map(|cell| vec![cell]))
                .filter(|group| group.iter().map(|cell| people[*cell]).sum::<u64>() < 10)
                .collect();
            let members = rows.iter().cloned().map(Member).collect();
            let (families, tables) = (Vec::new(), Vec::new());
            let structure = Structure { people, rows: members, families, tables };
            let published = publishable(&structure);
            let shown = rows.iter().zip(published).filter(|(_, p)| *p);
            let shown: Vec<Vec<usize>> = shown.map(|(row, _)| row.clone()).collect();
            for group in small {
                prop_assert!(!determined(8, &shown, &group), "{group:?}");
            }
        }
    }

    proptest! {
        /// Of the cells that somebody responded in: which rows go depends only on which groups are small, and
        /// not on how small.
        #[test]
        fn how_small_a_group_is_shows_in_no_row(
            large in prop::collection::vec(30..60_u64, 12),
            small in prop::collection::btree_set(0..12_usize, 0..3),
            few in prop::array::uniform2((0..5_u64, 0..5_u64)),
        ) {
            let with = |few: [u64; 2]| {
                let mut counts = large.clone();
                for (cell, few) in small.iter().zip(few) {
                    counts[*cell] = few;
                }
                let (structure, rows) = of_cells(&counts, 3, |_| true);
                let people = |row: &Vec<usize>| row.iter().map(|cell| large[*cell]).sum();
                let people: Vec<u64> = rows.iter().map(people).collect();
                super::publishable(from_ref(&structure), &people, 10)
            };
            prop_assert_eq!(with(few.map(|it| it.0)), with(few.map(|it| it.1)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Without any algebra: for each small group there is another way in which people could have
        /// answered, one more or one fewer in some cells, that changes its number and no published one.
        #[test]
        fn people_of_a_small_group_could_have_answered_otherwise(
            counts in prop::collection::vec(prop_oneof![Just(0), 1..9_u64, 5..60_u64], 9),
        ) {
            prop_assume!(counts.iter().sum::<u64>() >= 10);
            let (structure, rows) = two_way(&counts, 3);
            let published = publishable(&structure);
            let everybody: Vec<usize> = (0..structure.people.len()).collect();
            let mut shown = vec![everybody.clone()];
            shown.extend(rows.iter().zip(&published).filter(|(_, p)| **p).map(|(r, _)| r.clone()));

            let change = |otherwise: &[i64], group: &[usize]| -> i64 {
                group.iter().map(|cell| otherwise[*cell]).sum()
            };
            let mut unseen: Vec<Vec<i64>> = vec![Vec::new()];
            for _ in &everybody {
                let longer = |start: &Vec<i64>| {
                    [-1, 0, 1].map(|next| [start.as_slice(), &[next]].concat())
                };
                unseen = unseen.iter().flat_map(longer).collect();
            }
            unseen.retain(|otherwise| shown.iter().all(|row| change(otherwise, row) == 0));

            let without = |whole: &[usize], parts: &[&Vec<usize>]| -> Vec<usize> {
                let outside = |cell: &usize| !parts.iter().any(|part| part.contains(cell));
                whole.iter().copied().filter(outside).collect()
            };
            let mut groups = rows.clone();
            groups.extend(everybody.iter().map(|cell| vec![*cell]));
            for whole in &shown {
                let inside = |part: &&Vec<usize>| part.iter().all(|cell| whole.contains(cell));
                let parts = shown.iter().filter(inside);
                groups.extend(parts.map(|part| without(whole, &[part])));
            }
            for family in &structure.families {
                let parts = family.parts.iter().filter(|part| published[**part]);
                let parts: Vec<&Vec<usize>> = parts.map(|part| &rows[*part]).collect();
                groups.push(without(&family.whole.0, &parts));
            }
            let small = |group: &&Vec<usize>| (1..10).contains(&structure.size(group.iter()));
            for group in groups.iter().filter(small) {
                let differs = unseen.iter().any(|otherwise| change(otherwise, group) != 0);
                prop_assert!(differs, "{group:?} of {counts:?}");
            }
        }
    }
}
