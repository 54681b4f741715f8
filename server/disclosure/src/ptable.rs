//! The perturbation tables (p-tables): which noise a cell of a given size gets for its cell key.
//!
//! Source: the R package `ptable` (Enderle, Destatis) and the European SDC handbook, section 5.4.
//! For each true count the table is a distribution of noise with mean 0 and variance V that never
//! exceeds D, never leads to a negative count, nor to one of `1..=js`, and is of maximal entropy
//! under these conditions. Counts beyond the last row share the last row's (symmetric) distribution.
//!
//! The tables are constants in the code; a test compares them, entry by entry, with `ptables.json`,
//! which carries the probabilities too. Only `upper` = cumulative probability × 2^32 is ever used.

use serde::{Deserialize, Serialize};

/// Which perturbation table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PTableId {
    /// D = 2, V = 1.08, js = 1: for tests.
    A,
    /// D = 5, V = 3, js = 2: for publication.
    #[default]
    B,
}

/// One step of a row's cumulative distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The noise to add.
    pub noise: i8,
    /// The cumulative probability up to and including this entry, times 2^32.
    pub upper: u64,
}

const fn entry(noise: i8, upper: u64) -> Entry {
    Entry { noise, upper }
}

/// A perturbation table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PTable {
    /// D: the largest absolute noise.
    pub max_noise: u8,
    /// V: the variance of the noise, the same for every count but 0.
    pub variance: f64,
    /// js: counts of `1..=js` are never published.
    pub never_up_to: u64,
    /// The rows for the counts 0, 1, 2, …; the last one serves every greater count.
    pub rows: &'static [&'static [Entry]],
}

impl PTableId {
    /// The table.
    pub const fn table(self) -> &'static PTable {
        match self {
            Self::A => &A,
            Self::B => &B,
        }
    }

    /// What publications call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

impl PTable {
    /// The distribution of noise for a true count: row `min(count, last row)`.
    ///
    /// # Panics
    /// Never: a table has at least the row of 0.
    pub fn row(&self, count: u64) -> &'static [Entry] {
        let last = self.rows.len() - 1;
        self.rows[usize::try_from(count).map_or(last, |count| count.min(last))]
    }

    /// The noise for a true count and a cell key: that of the first entry whose `upper` exceeds the
    /// key.
    ///
    /// # Panics
    /// Never: the last `upper` is 2^32.
    pub fn noise(&self, count: u64, cell_key: u32) -> i8 {
        self.row(count)
            .iter()
            .find(|entry| entry.upper > u64::from(cell_key))
            .expect("the last entry's upper is 2^32")
            .noise
    }
}

/// Table A of the design.
const A: PTable = PTable {
    max_noise: 2,
    variance: 1.08,
    never_up_to: 1,
    rows: &[
        &[entry(0, 4_294_967_296)],
        &[entry(-1, 2_204_749_879), entry(1, 4_180_434_835), entry(2, 4_294_967_296)],
        &[
            entry(-2, 711_282_434),
            entry(0, 3_057_837_466),
            entry(1, 4_109_532_258),
            entry(2, 4_294_967_296),
        ],
        &[
            entry(-1, 1_807_256_445),
            entry(0, 2_999_736_745),
            entry(1, 3_782_941_401),
            entry(2, 4_294_967_296),
        ],
        &[
            entry(-2, 317_598_563),
            entry(-1, 1_366_486_650),
            entry(0, 2_928_480_646),
            entry(1, 3_977_368_733),
            entry(2, 4_294_967_296),
        ],
    ],
};

/// Table B of the design.
const B: PTable = PTable {
    max_noise: 5,
    variance: 3.0,
    never_up_to: 2,
    rows: &[
        &[entry(0, 4_294_967_296)],
        &[
            entry(-1, 3_154_522_659),
            entry(2, 3_741_731_404),
            entry(3, 4_054_389_190),
            entry(4, 4_215_147_909),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-2, 1_755_812_871),
            entry(1, 3_502_333_668),
            entry(2, 4_136_373_853),
            entry(3, 4_275_182_132),
            entry(4, 4_293_508_215),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-3, 876_113_960),
            entry(0, 2_566_881_631),
            entry(1, 3_629_853_352),
            entry(2, 4_104_741_304),
            entry(3, 4_255_503_440),
            entry(4, 4_289_514_874),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-4, 364_448_890),
            entry(-1, 1_558_111_497),
            entry(0, 2_751_774_105),
            entry(1, 3_565_213_827),
            entry(2, 4_016_724_189),
            entry(3, 4_211_953_460),
            entry(4, 4_277_712_734),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-5, 86_532_778),
            entry(-2, 831_054_490),
            entry(-1, 1_778_666_153),
            entry(0, 2_729_220_948),
            entry(1, 3_480_701_326),
            entry(2, 3_948_923_376),
            entry(3, 4_178_844_995),
            entry(4, 4_267_826_856),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-3, 309_365_741),
            entry(-2, 896_561_124),
            entry(-1, 1_744_178_860),
            entry(0, 2_674_696_120),
            entry(1, 3_451_579_496),
            entry(2, 3_944_860_294),
            entry(3, 4_183_059_117),
            entry(4, 4_270_535_728),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-4, 79_195_744),
            entry(-3, 317_497_221),
            entry(-2, 839_855_593),
            entry(-1, 1_673_973_277),
            entry(0, 2_644_266_618),
            entry(1, 3_466_501_163),
            entry(2, 3_974_082_136),
            entry(3, 4_202_343_226),
            entry(4, 4_277_121_502),
            entry(5, 4_294_967_296),
        ],
        &[
            entry(-5, 16_285_916),
            entry(-4, 87_543_411),
            entry(-3, 312_138_561),
            entry(-2, 822_081_613),
            entry(-1, 1_656_136_175),
            entry(0, 2_638_831_121),
            entry(1, 3_472_885_683),
            entry(2, 3_982_828_735),
            entry(3, 4_207_423_885),
            entry(4, 4_278_681_380),
            entry(5, 4_294_967_296),
        ],
    ],
};

#[cfg(test)]
mod tests {
    use super::{PTable, PTableId};

    /// The probabilities of a row, from its cumulative bounds.
    #[expect(clippy::cast_precision_loss, reason = "differences of at most 2^32")]
    fn distribution(table: &PTable, count: u64) -> Vec<(i64, f64)> {
        let mut lower = 0;
        table
            .row(count)
            .iter()
            .map(|entry| {
                let width = entry.upper - lower;
                lower = entry.upper;
                (i64::from(entry.noise), width as f64 / 4_294_967_296.0)
            })
            .collect()
    }

    #[test]
    fn the_constants_are_those_of_the_file() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../ptables.json")).unwrap();
        for (name, id) in [("A", PTableId::A), ("B", PTableId::B)] {
            assert_eq!(id.name(), name);
            let (file, table) = (&file[name], id.table());
            assert_eq!(file["parameters"]["D"], table.max_noise);
            assert!((file["parameters"]["V"].as_f64().unwrap() - table.variance).abs() < 1e-12);
            assert_eq!(file["parameters"]["js"], table.never_up_to);
            let rows = file["rows"].as_array().unwrap();
            assert_eq!(rows.len(), table.rows.len());
            for (count, (file, row)) in rows.iter().zip(table.rows).enumerate() {
                assert_eq!(file["count"], count);
                let entries = file["entries"].as_array().unwrap();
                assert_eq!(entries.len(), row.len());
                for (file, entry) in entries.iter().zip(*row) {
                    assert_eq!(file["noise"], entry.noise);
                    assert_eq!(file["upper"], entry.upper);
                }
            }
        }
    }

    #[test]
    fn the_probabilities_of_the_design() {
        let expected: [(u64, &[(i64, f64)]); 2] = [
            (1, &[(0, 0.513_333), (2, 0.46), (3, 0.026_667)]),
            (4, &[(2, 0.073_947), (3, 0.244_213), (4, 0.363_680), (5, 0.244_213), (6, 0.073_947)]),
        ];
        for (count, expected) in expected {
            let row = distribution(PTableId::A.table(), count);
            assert_eq!(row.len(), expected.len());
            for ((noise, probability), (published, expected)) in row.iter().zip(expected) {
                assert_eq!(count.checked_add_signed(*noise).unwrap(), published.unsigned_abs());
                assert!((probability - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn every_row_has_mean_zero_and_variance_v() {
        for table in [PTableId::A.table(), PTableId::B.table()] {
            for count in 1..20 {
                let row = distribution(table, count);
                let moment = |power: i32| -> f64 {
                    row.iter()
                        .map(|(noise, p)| p * f64::from(i32::try_from(*noise).unwrap()).powi(power))
                        .sum()
                };
                // `upper` rounds each cumulative probability to 2^-32.
                assert!(moment(1).abs() < 1e-8, "mean of row {count}");
                assert!((moment(2) - table.variance).abs() < 1e-7, "variance of row {count}");
            }
        }
    }

    #[test]
    fn no_row_publishes_a_forbidden_count() {
        for table in [PTableId::A.table(), PTableId::B.table()] {
            for count in 0..20_u64 {
                for entry in table.row(count) {
                    let published = count.checked_add_signed(i64::from(entry.noise)).unwrap();
                    assert!(published == 0 || published > table.never_up_to);
                    assert!(entry.noise.unsigned_abs() <= table.max_noise);
                    assert!(count > 0 || published == 0);
                }
                assert_eq!(table.row(count).last().unwrap().upper, 1 << 32);
            }
        }
    }
}
