//! Exact linear algebra over the indicator vectors of groups of people.
//!
//! A group is a set of base cells, i.e. a 0/1 vector. The question is always the same: is a group a
//! linear combination of given rows? Elimination is done in the field of the Mersenne prime
//! p = 2^61 − 1, where it is exact and its numbers do not grow. What that proves about the rational
//! numbers differs by direction:
//!
//! * *Not a combination* is what a release relies on, and it is proved over the integers: a vector x
//!   orthogonal to every row but not to the group is a certificate that the group is no combination
//!   of the rows. [`Echelon::orthogonal`] proposes such vectors from the elimination modulo p, and
//!   [`certifies`] checks them in integers, without any modulus.
//! * *A combination* is believed modulo p. It could only be wrong if p divided a minor of the rows,
//!   and then a row too many would be withheld, which harms nobody.
//!
//! Rows are sparse and mostly local (a region's rows touch that region's cells only), so rows are
//! eliminated from the narrow to the wide and stay local; only the few wide rows (by age band and
//! gender) fill in. That is what makes ninety regions cheap.

/// The Mersenne prime 2^61 − 1.
const P: u64 = (1 << 61) - 1;

fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= P { sum - P } else { sum }
}

fn negate(a: u64) -> u64 {
    if a == 0 { 0 } else { P - a }
}

/// The product modulo p: 2^61 ≡ 1, so the high bits are added to the low ones.
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let low = u64::try_from(product & u128::from(P)).expect("61 bits");
    let high = u64::try_from(product >> 61).expect("both factors are below 2^61");
    add(low, high)
}

/// The inverse by Fermat: a^(p−2).
fn invert(a: u64) -> u64 {
    let (mut result, mut power, mut exponent) = (1, a, P - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, power);
        }
        power = multiply(power, power);
        exponent >>= 1;
    }
    result
}

/// One vector of the basis: `vector = inverse · (row[source] − Σ multiplier · earlier vectors)`.
struct BasisVector {
    /// The row that it was made from.
    source: usize,
    inverse: u64,
    multipliers: Vec<(usize, u64)>,
    /// The non-zero entries by column, ascending; the first one, the pivot, is 1.
    entries: Vec<(usize, u64)>,
}

/// A row echelon basis of the space of some rows, modulo p.
pub(crate) struct Echelon {
    basis: Vec<BasisVector>,
    /// The basis vector whose pivot is in the column.
    pivot: Vec<Option<usize>>,
}

impl Echelon {
    /// The space of the rows `sources`, each given by the columns of its ones in `rows`.
    pub(crate) fn of(columns: usize, rows: &[Vec<usize>], mut sources: Vec<usize>) -> Self {
        let mut echelon = Self { basis: Vec::new(), pivot: vec![None; columns] };
        sources.sort_by_key(|source| rows[*source].len());
        for source in sources {
            echelon.insert(source, &rows[source]);
        }
        echelon
    }

    /// Subtracts basis vectors from a group until a column without a pivot leads. Gives that column
    /// (none if the group vanishes), the rest, and the multiples that were subtracted.
    fn reduce(&self, group: &[usize]) -> (Option<usize>, Vec<u64>, Vec<(usize, u64)>) {
        let mut rest = vec![0; self.pivot.len()];
        for column in group {
            rest[*column] = 1;
        }
        let mut multipliers = Vec::new();
        for column in group.first().copied().unwrap_or(0)..rest.len() {
            let lead = rest[column];
            if lead == 0 {
                continue;
            }
            let Some(index) = self.pivot[column] else {
                return (Some(column), rest, multipliers);
            };
            multipliers.push((index, lead));
            let factor = negate(lead);
            for (k, value) in &self.basis[index].entries {
                rest[*k] = add(rest[*k], multiply(factor, *value));
            }
        }
        (None, rest, multipliers)
    }

    fn insert(&mut self, source: usize, row: &[usize]) {
        let (Some(pivot), rest, multipliers) = self.reduce(row) else {
            return;
        };
        let inverse = invert(rest[pivot]);
        self.pivot[pivot] = Some(self.basis.len());
        self.basis.push(BasisVector {
            source,
            inverse,
            multipliers,
            entries: (pivot..rest.len())
                .filter(|k| rest[*k] != 0)
                .map(|k| (k, multiply(inverse, rest[k])))
                .collect(),
        });
    }

    /// The rows whose combination the group is, or nothing if it is not in their space.
    pub(crate) fn combination(&self, group: &[usize]) -> Option<Vec<usize>> {
        let (None, _, multipliers) = self.reduce(group) else {
            return None;
        };
        let mut weights = vec![0; self.basis.len()];
        for (index, multiplier) in multipliers {
            weights[index] = add(weights[index], multiplier);
        }
        let mut rows = Vec::new();
        for index in (0..self.basis.len()).rev() {
            let vector = &self.basis[index];
            let weight = multiply(weights[index], vector.inverse);
            if weight == 0 {
                continue;
            }
            rows.push(vector.source);
            for (earlier, multiplier) in &vector.multipliers {
                let subtracted = multiply(negate(weight), *multiplier);
                weights[*earlier] = add(weights[*earlier], subtracted);
            }
        }
        Some(rows)
    }

    /// A vector orthogonal, modulo p, to every row: pseudo-random multiples of `scale` in the
    /// columns without a pivot, the rest by back-substitution. As integers of least magnitude.
    ///
    /// `scale` clears the denominators that the same vector would have in the rationals.
    pub(crate) fn orthogonal(&self, scale: u64, seed: u64) -> Vec<i64> {
        let mut x = vec![0; self.pivot.len()];
        for column in (0..x.len()).rev() {
            x[column] = match self.pivot[column] {
                None => {
                    multiply(scale, 1 + mix(seed ^ u64::try_from(column).unwrap_or(u64::MAX)) % 997)
                }
                Some(index) => {
                    let rest = self.basis[index].entries.iter().skip(1);
                    negate(rest.fold(0, |sum, (k, value)| add(sum, multiply(*value, x[*k]))))
                }
            };
        }
        x.into_iter()
            .map(|value| {
                if value > P / 2 {
                    -i64::try_from(P - value).expect("below 2^60")
                } else {
                    i64::try_from(value).expect("below 2^60")
                }
            })
            .collect()
    }
}

/// The sum of a vector's entries over a group, in integers.
fn sum(x: &[i64], group: &[usize]) -> i128 {
    group.iter().map(|column| i128::from(x[*column])).sum()
}

/// Whether an integer vector is orthogonal to every row. If it is, each group over which its sum is
/// not zero is provably no combination of the rows.
pub(crate) fn certifies<'a>(x: &[i64], mut rows: impl Iterator<Item = &'a Vec<usize>>) -> bool {
    rows.all(|row| sum(x, row) == 0)
}

/// Whether a certifying vector excludes this group.
pub(crate) fn excludes(x: &[i64], group: &[usize]) -> bool {
    sum(x, group) != 0
}

/// `SplitMix64`'s output function: scatters the bits of a counter. Not a source of randomness.
fn mix(counter: u64) -> u64 {
    let z = counter.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::{Echelon, P, certifies, excludes, invert, multiply};

    /// Rank over the rationals by fraction-free elimination (Bareiss), as an independent judge.
    pub(crate) fn rank(columns: usize, rows: &[Vec<usize>]) -> usize {
        let mut matrix: Vec<Vec<i128>> = rows
            .iter()
            .map(|row| (0..columns).map(|c| i128::from(row.contains(&c))).collect())
            .collect();
        let (mut rank, mut previous) = (0, 1);
        for column in 0..columns {
            let Some(pivot) = (rank..matrix.len()).find(|r| matrix[*r][column] != 0) else {
                continue;
            };
            matrix.swap(rank, pivot);
            let (above, below) = matrix.split_at_mut(rank + 1);
            let lead = &above[rank];
            for row in below {
                let factor = row[column];
                for (value, lead_value) in row.iter_mut().zip(lead) {
                    *value = (*value * lead[column] - lead_value * factor) / previous;
                }
            }
            previous = lead[column];
            rank += 1;
        }
        rank
    }

    fn group() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::btree_set(0..9_usize, 1..7).prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #[test]
        fn inverses(a in 1..P) {
            prop_assert_eq!(multiply(a, invert(a)), 1);
        }

        #[test]
        fn agrees_with_rational_elimination(
            rows in prop::collection::vec(group(), 1..9),
            target in group(),
        ) {
            let echelon = Echelon::of(9, &rows, (0..rows.len()).collect());
            let before = rank(9, &rows);
            let mut with = rows.clone();
            with.push(target.clone());
            let inside = rank(9, &with) == before;
            let combination = echelon.combination(&target);
            prop_assert_eq!(combination.is_some(), inside);
            if let Some(contributing) = combination {
                let used: Vec<_> = contributing.into_iter().map(|row| rows[row].clone()).collect();
                let before = rank(9, &used);
                let mut with = used;
                with.push(target);
                prop_assert_eq!(rank(9, &with), before);
            }
        }

        #[test]
        fn certificates_exclude_exactly_what_is_outside(
            rows in prop::collection::vec(group(), 1..9),
            target in group(),
        ) {
            let echelon = Echelon::of(9, &rows, (0..rows.len()).collect());
            let outside = echelon.combination(&target).is_none();
            let mut excluded = false;
            for scale in [1, 2_520] {
                for seed in 0..4 {
                    let x = echelon.orthogonal(scale, seed);
                    excluded |= certifies(&x, rows.iter()) && excludes(&x, &target);
                }
            }
            prop_assert_eq!(excluded, outside);
        }
    }
}
