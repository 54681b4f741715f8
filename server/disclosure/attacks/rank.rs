//! Rank and differencing: is any group of under 10 people a combination of published rows?
//!
//! The attacker knows every denominator exactly, so the only unknown is how each small group
//! answered; a group in the row space has its answers exposed up to the noise.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::Outcome;
use super::population::{CELLS, Group, SIZES, View, people};

const SMALL: std::ops::Range<u64> = 1..10;
const ORDERS: usize = 20;
/// A prime that the protection does not use.
const P: u64 = (1 << 31) - 1;

pub fn attack() -> Vec<Outcome> {
    let (mut determined, mut differences, mut targets, mut pairs) = (0, 0, 0, 0);
    for (n, seeds) in SIZES {
        for seed in 0..seeds {
            let view = View::of(&people(n, seed));
            let space = Space::of(view.published(), (0..CELLS).collect());
            for target in small_groups(&view) {
                targets += 1;
                determined += usize::from(space.contains(&target));
            }
            let (found, tried) = small_differences(&view);
            differences += found;
            pairs += tried;
        }
    }
    vec![
        Outcome::never(
            "rank: rows and base cells of under 10 people in the row space",
            determined,
            targets,
        ),
        Outcome::never(
            "differencing: a row minus disjoint rows inside it, 1 to 9 people left",
            differences,
            pairs,
        ),
    ]
}

/// Other groups of under 10 people that published rows combine to, as they fall out of elimination
/// in random orders. No row and no base cell among them, but worth an estimate.
pub fn small_combinations<const N: usize>(view: &View<N>, seed: u64) -> BTreeSet<Vec<usize>> {
    orders(seed)
        .flat_map(|order| Space::of(view.published(), order).groups().collect::<Vec<_>>())
        .filter(|group| SMALL.contains(&group.iter().map(|cell| view.size(*cell)).sum()))
        .collect()
}

/// Some random orders of elimination: each finds other groups in the same row space.
fn orders(seed: u64) -> impl Iterator<Item = Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..ORDERS).map(move |_| {
        let mut order: Vec<usize> = (0..CELLS).collect();
        order.sort_by_cached_key(|_| rng.next_u64());
        order
    })
}

/// Rows and base cells of under 10 people.
fn small_groups(view: &View) -> BTreeSet<Vec<usize>> {
    let mut groups: BTreeSet<Vec<usize>> = view
        .groups
        .iter()
        .filter(|group| SMALL.contains(&group.people))
        .map(|group| group.cells.clone())
        .collect();
    groups
        .extend((0..CELLS).filter(|cell| SMALL.contains(&view.size(*cell))).map(|cell| vec![cell]));
    groups
}

fn inside(inner: &Group, outer: &Group) -> bool {
    inner.cells.iter().all(|cell| outer.cells.contains(cell))
}

/// Subtracts from each published row each published row inside it, and all published rows of one
/// table inside it.
fn small_differences(view: &View) -> (usize, usize) {
    let (mut found, mut tried) = (0, 0);
    for outer in view.published() {
        let parts: Vec<&Group> = view.published().filter(|part| inside(part, outer)).collect();
        for part in &parts {
            tried += 1;
            found += usize::from(SMALL.contains(&(outer.people - part.people)));
        }
        let tables: BTreeSet<_> = parts.iter().map(|part| part.breakdown).collect();
        for table in tables {
            tried += 1;
            let of_table = parts.iter().filter(|part| part.breakdown == table);
            let left = outer.people - of_table.map(|part| part.people).sum::<u64>();
            found += usize::from(SMALL.contains(&left));
        }
    }
    (found, tried)
}

/// A row space modulo a prime, in reduced row echelon form, dense.
struct Space {
    /// The order in which columns are considered as pivots.
    order: Vec<usize>,
    rows: Vec<(usize, Vec<u64>)>,
}

impl Space {
    fn of<'a, const N: usize>(
        groups: impl Iterator<Item = &'a Group<N>>,
        order: Vec<usize>,
    ) -> Self {
        let mut space = Self { order, rows: Vec::new() };
        for group in groups {
            let mut rest = space.reduce(&group.cells);
            let Some(pivot) = space.order.iter().copied().find(|cell| rest[*cell] != 0) else {
                continue;
            };
            let inverse = power(rest[pivot], P - 2);
            for value in &mut rest {
                *value = *value * inverse % P;
            }
            for (_, row) in &mut space.rows {
                subtract(row, &rest, pivot);
            }
            space.rows.push((pivot, rest));
        }
        space
    }

    fn reduce(&self, cells: &[usize]) -> Vec<u64> {
        let mut rest = vec![0; CELLS];
        for cell in cells {
            rest[*cell] = 1;
        }
        for (pivot, row) in &self.rows {
            subtract(&mut rest, row, *pivot);
        }
        rest
    }

    fn contains(&self, cells: &[usize]) -> bool {
        self.reduce(cells).iter().all(|value| *value == 0)
    }

    /// The reduced rows that are plain groups of people.
    fn groups(&self) -> impl Iterator<Item = Vec<usize>> {
        self.rows
            .iter()
            .filter(|(_, row)| row.iter().all(|value| *value <= 1))
            .map(|(_, row)| (0..CELLS).filter(|cell| row[*cell] == 1).collect())
    }
}

/// Clears the pivot's column of a row.
fn subtract(row: &mut [u64], other: &[u64], pivot: usize) {
    let factor = P - row[pivot];
    for (value, other) in row.iter_mut().zip(other) {
        *value = (*value + factor * other) % P;
    }
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result * square % P;
        }
        square = square * square % P;
        left >>= 1;
    }
    result
}
