//! Integer feasibility: is there a cell of under 10 that only one whole number fits?
//!
//! The attacker knows every denominator exactly, the exact headline, and for every published count
//! which true counts the p-table allows (zero stays zero, and never further than D); of a count
//! that is not told, the same for all that its share allows. The feasible tables are the integer
//! points within these bounds. A cell is ambiguous if some feasible table has another number in it;
//! such a table is looked for near the true one, by moving one person's answer, and another's back
//! where the exact headline demands it. A cell for which none is found counts as given away.

use std::ops::RangeInclusive;

use disclosure::PTableId;

use super::Outcome;
use super::population::{CELLS, Group, OPTIONS, SIZES, View, people};

pub fn attack() -> Vec<Outcome> {
    let (mut unique, mut tried) = (0, 0);
    for (n, seeds) in SIZES {
        for seed in 0..seeds {
            let view = View::of(&people(n, seed));
            let bases = (0..CELLS).filter(|cell| view.size(*cell) > 0).map(|cell| vec![cell]);
            let targets = view.groups.iter().map(|group| group.cells.clone()).chain(bases);
            for target in targets {
                for option in 0..OPTIONS {
                    let truth: u64 = target.iter().map(|cell| view.cells[*cell][option]).sum();
                    if truth < 10 {
                        tried += 1;
                        unique += usize::from(!ambiguous(&view, &target, option));
                    }
                }
            }
        }
    }
    vec![Outcome::never(
        "integer feasibility: row and base cells under 10 with one solution",
        unique,
        tried,
    )]
}

/// One person of a base cell changes from an option to another.
#[derive(Clone, Copy)]
struct Move {
    cell: usize,
    from: usize,
    to: usize,
}

/// Whether some feasible table differs in this cell.
fn ambiguous(view: &View, target: &[usize], option: usize) -> bool {
    let inside = target.iter().flat_map(|cell| {
        (0..OPTIONS)
            .filter(move |other| *other != option)
            .flat_map(|other| [(option, other), (other, option)])
            .map(|(from, to)| Move { cell: *cell, from, to })
    });
    for first in inside {
        if feasible(view, &[first]) {
            return true;
        }
        let back = (0..CELLS).filter(|cell| !target.contains(cell)).map(|cell| Move {
            cell,
            from: first.to,
            to: first.from,
        });
        for second in back {
            if feasible(view, &[first, second]) {
                return true;
            }
        }
    }
    false
}

fn feasible(view: &View, moves: &[Move]) -> bool {
    moves.iter().all(|m| view.cells[m.cell][m.from] > 0)
        && view.published().all(|group| allowed(view, group, moves))
}

/// Whether a published row admits the true counts after some moves.
fn allowed(view: &View, group: &Group, moves: &[Move]) -> bool {
    let mut counts = group.truth;
    for m in moves.iter().filter(|m| group.cells.contains(&m.cell)) {
        counts[m.from] -= 1;
        counts[m.to] += 1;
    }
    let (_, published) = group.published.as_ref().unwrap();
    let exact = group.breakdown.is_none() && view.exact;
    counts.into_iter().zip(published).all(|(count, published)| {
        if exact { published.contains(&count) } else { possible(count, published) }
    })
}

/// Whether the table can publish one of `published` for `count`.
fn possible(count: u64, published: &RangeInclusive<u64>) -> bool {
    PTableId::B.table().row(count).iter().any(|entry| {
        count
            .checked_add_signed(i64::from(entry.noise))
            .is_some_and(|count| published.contains(&count))
    })
}
