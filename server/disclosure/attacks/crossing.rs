//! Who stands where two rows cross?
//!
//! Two published rows, that of a region and that of an age band, say, may have one person only in common. The
//! same people have the same noise, and other people hardly ever have it: so if both rows tell that 3 to 6
//! chose an option that is rare, as the count of one person may be told, they most likely tell it of the same
//! people, and there is only that person who can be. While every count of more than 5 % was told, he was
//! right in all 16 cases where one of a hundred chooses it, and in 34 of 45 where two do. Now nothing is told
//! of fewer than 8, and what is told stems from three people at least: no two such counts are of the one
//! whom their rows have in common (rule 6).
//!
//! The first attacker knows who is alone in their base cell, and names whom such a pair of rows crosses: he has
//! nobody to name any more. The second one takes rows that have a few people in common, and any count that both
//! tell. He says that whoever chose the option in either row is one of those few.

use std::ops::{Range, RangeInclusive};

use super::population::{CELLS, Group, View, people_of};
use super::{Outcome, share};

const GATE: f64 = 0.65;
/// The numbers of people: so few that many are alone in their cell.
const SIZES: [usize; 2] = [60, 100];
const SEEDS: Range<u64> = 10_000..11_000;
/// The option that few choose.
const RARE: usize = 1;
/// What is published of one person, if it is not nobody.
const OF_ONE: RangeInclusive<u64> = 3..=6;
/// How many people the rows of the second attacker have in common.
const FEW: RangeInclusive<u64> = 1..=5;

pub fn attack() -> Vec<Outcome> {
    [1, 2, 25].into_iter().flat_map(against).collect()
}

/// The attacks on people of whom so many of a hundred choose the option.
fn against(rare: u32) -> [Outcome; 2] {
    let (mut named, mut alone, mut pairs, mut right) = (0_usize, 0_usize, 0, 0);
    for (n, seed) in SIZES.into_iter().flat_map(|n| SEEDS.map(move |seed| (n, seed))) {
        let view = View::of_options(&people_of(n, seed, &[100 - rare, rare]));
        for cell in (0..CELLS).filter(|cell| view.size(*cell) == 1) {
            alone += 1;
            named += usize::from(is_named(&view, cell));
        }
        for (one, other) in same(&view) {
            let chose = common(one, other).map(|cell| view.cells[cell][RARE]).sum();
            pairs += 1;
            right += usize::from([one, other].iter().all(|row| row.truth[RARE] == chose));
        }
    }
    assert!(alone > 0, "nobody to be found");
    let of_one = format!(
        "crossing rows: those of {alone} alone in their cell whom equal counts of 3 to 6 name, where {rare} % \
         choose the option"
    );
    let of_few = format!(
        "crossing rows: {pairs} pairs that tell the same of few people in common, where {rare} % choose the \
         option: nobody else chose it"
    );
    [
        Outcome::never(of_one, named, alone),
        Outcome::at_most(of_few, share(right, pairs.max(1)), GATE),
    ]
}

/// The published rows that tell how many chose the rare option, and what they tell.
fn told(view: &View<2>) -> Vec<(&Group<2>, u64)> {
    view.published()
        .filter(|group| group.breakdown.is_some())
        .filter_map(|group| {
            let counts = &group.published.as_ref()?.1[RARE];
            (counts.start() == counts.end()).then_some((group, *counts.start()))
        })
        .collect()
}

/// The base cells that two rows have in common.
fn common(one: &Group<2>, other: &Group<2>) -> impl Iterator<Item = usize> {
    one.cells.iter().copied().filter(|cell| other.cells.contains(cell))
}

/// Whether two published rows have only this person in common, and tell the same number of the rare option, which
/// one person can have.
fn is_named(view: &View<2>, cell: usize) -> bool {
    let told: Vec<_> = told(view)
        .into_iter()
        .filter(|(group, count)| group.cells.contains(&cell) && OF_ONE.contains(count))
        .collect();
    told.iter().enumerate().any(|(place, (one, count))| {
        let others = &told[place + 1..];
        others.iter().any(|(other, same)| {
            let people: u64 = common(one, other).map(|cell| view.size(cell)).sum();
            count == same && people == 1
        })
    })
}

/// The pairs of published rows that have a few people in common and tell the same number of the rare option.
fn same(view: &View<2>) -> Vec<(&Group<2>, &Group<2>)> {
    let told = told(view);
    let mut pairs = Vec::new();
    for (place, (one, count)) in told.iter().enumerate() {
        for (other, same) in &told[place + 1..] {
            let people: u64 = common(one, other).map(|cell| view.size(cell)).sum();
            if count == same && *count > 0 && FEW.contains(&people) {
                pairs.push((*one, *other));
            }
        }
    }
    pairs
}
