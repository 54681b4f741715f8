//! Parent minus child, where the child lacks one person.
//!
//! Cell keys alone would not withstand this: the options that the person did not choose keep their
//! people and therefore their noise, so the one that moved is the answer. Suppression must see to it
//! that no release holds such a pair; what then remains to an attacker is measured here, and so is
//! the same pair in two polls, whose keys differ.

use std::cmp::Ordering;

use disclosure::{PTableId, Tally};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::population::{Group, OPTIONS, SIZES, View, below, people};
use super::{Outcome, share};

const GATE: f64 = 0.65;
const TRIALS: usize = 20_000;

pub fn attack() -> Vec<Outcome> {
    vec![one_release(), two_polls()]
}

/// Every person who is alone in a base cell: the smallest remainder that published rows leave around
/// them is taken for them, and its largest option for their answer.
fn one_release() -> Outcome {
    let (mut right, mut tried) = (0, 0);
    for (n, seeds) in SIZES {
        for seed in 0..seeds {
            let view = View::of(&people(n, seed));
            for (cell, options) in view.cells.iter().enumerate() {
                if options.iter().sum::<u64>() == 1 {
                    tried += 1;
                    right += usize::from(options[guess(&view, cell)] == 1);
                }
            }
        }
    }
    Outcome::at_most(
        "parent minus children in one release: answers of people alone in their cell",
        share(right, tried),
        GATE,
    )
}

fn guess(view: &View, cell: usize) -> usize {
    let mut best: (u64, [i64; OPTIONS]) = (u64::MAX, [0; OPTIONS]);
    for parent in view.published().filter(|group| group.cells.contains(&cell)) {
        let parts: Vec<&Group> = view
            .published()
            .filter(|part| {
                !part.cells.contains(&cell)
                    && part.cells.iter().all(|cell| parent.cells.contains(cell))
            })
            .collect();
        let tables: std::collections::BTreeSet<_> =
            parts.iter().map(|part| part.breakdown).collect();
        let choices = tables
            .into_iter()
            .map(|table| parts.iter().filter(|part| part.breakdown == table).copied().collect())
            .chain(parts.iter().map(|part| vec![*part]))
            .chain([Vec::new()]);
        for children in choices {
            let children: Vec<&Group> = children;
            let left = parent.people - children.iter().map(|child| child.people).sum::<u64>();
            if left < best.0 {
                let counts = std::array::from_fn(|o| {
                    let count = |group: &Group| {
                        let counts = &group.published.as_ref().unwrap().1[o];
                        i64::try_from(u64::midpoint(*counts.start(), *counts.end())).unwrap()
                    };
                    count(parent) - children.iter().map(|child| count(child)).sum::<i64>()
                });
                best = (left, counts);
            }
        }
    }
    (0..OPTIONS).max_by_key(|o| best.1[*o]).unwrap()
}

/// The same row of 10 to 40 people in two polls of different keys, of which the second lacks one
/// person; two options, equally likely. The attacker weighs both cells by the p-table.
fn two_polls() -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let table = PTableId::B.table();
    let mut publish = |count: u64| {
        let tally = Tally { count, key_sum: u32::try_from(rng.next_u64() >> 32).unwrap() };
        tally.count.checked_add_signed(i64::from(table.noise(tally.count, tally.key_sum))).unwrap()
    };
    let mut choices = ChaCha8Rng::seed_from_u64(10);
    let mut right = 0;
    for _ in 0..TRIALS {
        let others = [0, 1].map(|_| u64::from(5 + below(&mut choices, 16)));
        let answer = usize::from(choices.next_u64() & 1 == 1);
        let seen: [(u64, u64); 2] = std::array::from_fn(|o| {
            (publish(others[o] + u64::from(o == answer)), publish(others[o]))
        });
        let [first, second] =
            seen.map(|(parent, child)| likelihood(parent, child, 1) / likelihood(parent, child, 0));
        let guess = usize::from(match second.total_cmp(&first) {
            Ordering::Less => false,
            Ordering::Equal => choices.next_u64() & 1 == 1,
            Ordering::Greater => true,
        });
        right += usize::from(guess == answer);
    }
    Outcome::at_most(
        "parent minus child in two polls: one row that lacks one person",
        share(right, TRIALS),
        GATE,
    )
}

/// The probability of what was published if the parent has `more` people than the child, over all
/// sizes of the child alike.
fn likelihood(parent: u64, child: u64, more: u64) -> f64 {
    (0..60).map(|count| probability(count + more, parent) * probability(count, child)).sum()
}

/// The probability that the table publishes `published` for `count`.
#[expect(clippy::cast_precision_loss, reason = "bounds of at most 2^32")]
fn probability(count: u64, published: u64) -> f64 {
    let mut lower = 0;
    for entry in PTableId::B.table().row(count) {
        if count.checked_add_signed(i64::from(entry.noise)) == Some(published) {
            return (entry.upper - lower) as f64 / 4_294_967_296.0;
        }
        lower = entry.upper;
    }
    0.0
}
