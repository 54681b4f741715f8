//! Did everybody in a row say yes?
//!
//! Zero stays zero and the same people have the same noise, so where nobody in a row said no, its base
//! and its "yes" are one number. Rule 6 blurs the share of either, and tells no count beside it.
//!
//! The attacker knows that of the women nobody or one said no, either as likely, and reads their row
//! through the public readers. He says "nobody" if "yes" is told and equals the base, "one" if any
//! other count is told, and "nobody" if none is, which whoever is unanimous looks like always. (With
//! every count published he would say "nobody" where "yes" is the base and "no" is zero, and had been
//! right of 98 % at any size: far beyond the gate.)
//!
//! In a row of under about 60 people a single "no" that is published as 3 is over 5 % of it and
//! therefore told: that somebody said no is seen there in up to three of four cases, and the gate is
//! not kept. What must be kept is the doubt about the other answer, which is about each person of the
//! row: of the rows that look unanimous, how many are. (With every count published, 97 %.) What
//! else a release tells of a row, from what it adds up to, is for `estimate` to measure.

use disclosure::{Breakdown, Cell, Parameters, Plan, Row, Tally, protect};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::{Outcome, respond, share, yes_or_no};

const TRIALS: usize = 6_000;
const GATE: f64 = 0.65;
/// Of small rows that look unanimous.
const SMALL_GATE: f64 = 0.82;

pub fn attack() -> Vec<Outcome> {
    let large = [80, 150, 400].map(|women| {
        let tried = tries(women);
        let right = tried.iter().filter(|(unanimous, said)| unanimous == said).count();
        Outcome::at_most(
            format!("unanimous: whether nobody or one of {women} women said no"),
            share(right, TRIALS),
            GATE,
        )
    });
    let small = [10, 20, 40].map(|women| {
        let said: Vec<_> = tries(women).into_iter().filter(|(_, said)| *said).collect();
        let right = said.iter().filter(|(unanimous, _)| *unanimous).count();
        Outcome::at_most(
            format!("unanimous: of rows of {women} women that look like it, those that are"),
            share(right, said.len()),
            SMALL_GATE,
        )
    });
    large.into_iter().chain(small).collect()
}

/// Whether the women were unanimous, and whether the attacker says so.
fn tries(women: u64) -> Vec<(bool, bool)> {
    let mut rng = ChaCha8Rng::seed_from_u64(women);
    let mut one = || {
        let unanimous = rng.next_u64() & 1 == 1;
        (unanimous, looks_unanimous(&row(women, u64::from(!unanimous), &mut rng)))
    };
    (0..TRIALS).map(|_| one()).collect()
}

fn looks_unanimous(row: &Row) -> bool {
    let [yes, no] = [0, 1].map(|option| row.options()[option].count());
    yes.is_none_or(|yes| yes == row.base()) && no.is_none_or(|no| no == 0)
}

/// The row of so many women of whom so many said no, in a poll of which 100 men answered, too.
fn row(women: u64, no: u64, rng: &mut ChaCha8Rng) -> Row {
    let mut raw = yes_or_no(&[]);
    for (gender, answer, count) in [
        ("female", "yes", women - no),
        ("female", "no", no),
        ("male", "yes", 50),
        ("male", "no", 50),
    ] {
        let cell = Cell { gender: Some(gender.into()), ..Cell::default() };
        // A sum of record keys is as uniform as one of them; of nobody it is 0.
        let key_sum = if count == 0 { 0 } else { rng.next_u32() };
        respond(&mut raw, &cell, answer, Tally { count, key_sum });
    }
    let plan: Plan = [Breakdown::Gender].into_iter().collect();
    let release = protect(raw, &plan, &Parameters::default());
    release.question("q").unwrap().breakdown(Breakdown::Gender).unwrap().rows()[0].clone()
}
