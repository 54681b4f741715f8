//! Perturbation by cell keys: the published count of a group of people.
//!
//! Source: SDC handbook, section 5.4. The noise is a function of the group alone (its size and the
//! sum of its record keys), so the same people get the same noise in whichever table they appear,
//! and asking again teaches nothing.

use crate::ptable::PTable;
use crate::raw::Tally;

/// The published count: `n + v`, where `v` is the p-table's noise for the count `n` and the cell key
/// `ck = Σ rk mod 2^32`. Nobody stays nobody.
pub(crate) fn published(table: &PTable, tally: Tally) -> u64 {
    let noise = table.noise(tally.count, tally.key_sum);
    tally.count.saturating_add_signed(i64::from(noise))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::published;
    use crate::keys::record_key;
    use crate::ptable::{Entry, PTable, PTableId};
    use crate::raw::Tally;

    fn tally(people: impl IntoIterator<Item = u32>) -> Tally {
        people.into_iter().fold(Tally::default(), |sum, key_sum| sum + Tally { count: 1, key_sum })
    }

    #[test]
    fn the_vectors_of_the_design() {
        let key: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        for (n, cell_key, a, b) in [
            (1, 2_055_346_091, 0, 0),
            (2, 1_629_347_491, 2, 0),
            (3, 970_562_928, 2, 3),
            (4, 359_442_016, 3, 0),
            (7, 4_247_020_978, 9, 11),
            (12, 3_018_036_718, 13, 13),
        ] {
            let cell = tally((1..=n).map(|i| record_key(&key, format!("resp-{i:04}").as_bytes())));
            assert_eq!(cell.key_sum, cell_key);
            assert_eq!(published(PTableId::A.table(), cell), a);
            assert_eq!(published(PTableId::B.table(), cell), b);
        }
    }

    /// Keys .9 + .3 + .6 → .8; with row 3 = {−1: (0, .3], 0: (.3, .7], +1: (.7, 1]} 3 becomes 4.
    #[test]
    fn the_example_of_the_handbook() {
        const fn tenths(tenths: u64) -> u64 {
            (tenths << 32).div_ceil(10)
        }
        const NOTHING: &[Entry] = &[Entry { noise: 0, upper: 1 << 32 }];
        const ROW_3: &[Entry] = &[
            Entry { noise: -1, upper: tenths(3) },
            Entry { noise: 0, upper: tenths(7) },
            Entry { noise: 1, upper: tenths(10) },
        ];
        let table = PTable {
            max_noise: 1,
            variance: 0.6,
            never_up_to: 0,
            rows: &[NOTHING, NOTHING, NOTHING, ROW_3],
        };
        let key = |t| u32::try_from(tenths(t)).unwrap();
        let cell = tally([key(9), key(3), key(6)]);
        assert!(cell.key_sum.abs_diff(key(8)) <= 3);
        assert_eq!(published(&table, cell), 4);
    }

    proptest! {
        #[test]
        fn never_forbidden_and_never_far(count in 0..2000_u64, key_sum: u32) {
            for table in [PTableId::A.table(), PTableId::B.table()] {
                let published = published(table, Tally { count, key_sum });
                prop_assert!(published == 0 || published > table.never_up_to);
                prop_assert!(published.abs_diff(count) <= u64::from(table.max_noise));
                prop_assert!(count > 0 || published == 0);
            }
        }

        #[test]
        fn the_same_people_get_the_same_noise(people: Vec<u32>, split in 0..100_usize) {
            let mut reordered = people.clone();
            reordered.reverse();
            let split = split.min(people.len());
            let parts = tally(people[..split].iter().copied())
                + tally(people[split..].iter().copied());
            let table = PTableId::B.table();
            let whole = published(table, tally(people));
            prop_assert_eq!(whole, published(table, tally(reordered)));
            prop_assert_eq!(whole, published(table, parts));
        }

        /// Over a regular grid of cell keys the noise has mean 0 and variance V.
        #[test]
        fn mean_zero_and_variance_v(count in 1..50_u64, offset in 0..(1_u32 << 16)) {
            for table in [PTableId::A.table(), PTableId::B.table()] {
                let (mut sum, mut squares) = (0_i64, 0_i64);
                for step in 0..=u16::MAX {
                    let noise = i64::from(table.noise(count, (u32::from(step) << 16) + offset));
                    sum += noise;
                    squares += noise * noise;
                }
                let mean = |total: i64| f64::from(i32::try_from(total).unwrap()) / 65_536.0;
                // Each of at most ten steps of the distribution falls within one step of the grid.
                prop_assert!(mean(sum).abs() < 10.0 * 5.0 / 65_536.0);
                prop_assert!((mean(squares) - table.variance).abs() < 10.0 * 25.0 / 65_536.0);
            }
        }
    }
}
