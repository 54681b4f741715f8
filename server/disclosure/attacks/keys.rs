//! Keys that are known: what does a number tell that is published exactly?
//!
//! Noise is looked up by the sum of a group's record keys, and these sums add up. Whoever knows a
//! group's true number and its published one knows its noise, and so an interval in which its key lies.
//! Of two groups that it consists of, only those true numbers are possible whose keys can add up to it.
//!
//! The attacker here knows what every release tells: the exact headline, and, where everybody was asked
//! in one region, that the row of that region is everybody; the number of responses, where everybody had
//! to answer. A number under ten that only one value fits is given away. What remains at the gates is
//! of the noise itself, which never goes further than D: whoever is told 17 and 0 of 12 knows that.

use disclosure::{Breakdown, Cell, PTableId, Parameters, Plan, ProtectedTables, Tally, protect};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::{Outcome, counts, respond, share, yes_or_no};

const TRIALS: u64 = 4_000;

pub fn attack() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for women in [0, 1] {
        let given = (0..TRIALS).filter(|seed| divided(12, women, *seed)).count();
        let name = format!("known keys: {women} of 12 are women, in a poll of one region");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.01));
    }
    for few in [1, 9] {
        let given = (0..TRIALS).filter(|seed| few_of_all(49, few, *seed)).count();
        let name = format!("known keys: {few} of 49 said yes, and nobody could skip it");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.01));
    }
    outcomes
}

/// The keys by which `published` is said of `count` people, as lowest and first beyond.
fn keys(count: u64, published: u64) -> Option<(u64, u64)> {
    let mut lowest = 0;
    for entry in PTableId::B.table().row(count) {
        if count.checked_add_signed(entry.noise.into()) == Some(published) {
            return Some((lowest, entry.upper));
        }
        lowest = entry.upper;
    }
    None
}

/// Whether two keys of these intervals can add up, modulo 2^32, to one of the third.
fn add_up(one: (u64, u64), other: (u64, u64), sum: (u64, u64)) -> bool {
    let (lowest, highest) = (one.0 + other.0, one.1 + other.1 - 2);
    (0..2_u64).any(|turn| lowest < sum.1 + (turn << 32) && sum.0 + (turn << 32) <= highest)
}

/// A yes/no question with these answers; who said yes first. `genders` says who is a woman.
fn release(people: u64, yes: u64, seed: u64, woman: impl Fn(u64) -> bool) -> ProtectedTables {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (people << 32) ^ (yes << 48));
    let mut raw = yes_or_no(&["here"]);
    for person in 0..people {
        let gender = if woman(person) { "female" } else { "male" };
        let cell =
            Cell { region: Some("here".into()), gender: Some(gender.into()), ..Cell::default() };
        let tally = Tally { count: 1, key_sum: rng.next_u32() };
        let answer = if person < yes { "yes" } else { "no" };
        respond(&mut raw, &cell, answer, tally);
    }
    let plan: Plan = [Breakdown::Region, Breakdown::Gender].into_iter().collect();
    protect(raw, &plan, &Parameters::default())
}

/// Of those who said yes, how many are women?
fn divided(yes: u64, women: u64, seed: u64) -> bool {
    let release =
        release(
            100,
            yes,
            seed,
            |person| {
                if person < yes { person < women } else { person % 2 == 0 }
            },
        );
    let question = release.question("q").unwrap();
    let said = |breakdown, row: usize| {
        let row = &question.breakdown(breakdown).unwrap().rows()[row];
        counts(&row.options()[0], row.base())
    };
    assert!(question.headline().unwrap().exact());
    let whole = said(Breakdown::Region, 0);
    let [female, male] = [0, 1].map(|row| said(Breakdown::Gender, row));
    let fit = |women: u64, female, male, whole| {
        let (Some(women), Some(men)) = (keys(women, female), keys(yes - women, male)) else {
            return false;
        };
        // Of what is said as it is nothing is known of the key.
        whole == yes || keys(yes, whole).is_some_and(|all| add_up(women, men, all))
    };
    let possible = (0..=yes).filter(|women| {
        // Of what is not told any number will do that its share allows.
        whole.clone().any(|whole| {
            female.clone().any(|female| male.clone().any(|male| fit(*women, female, male, whole)))
        })
    });
    possible.count() == 1
}

/// How many said yes, where few did, of all who responded?
fn few_of_all(people: u64, yes: u64, seed: u64) -> bool {
    let release = release(people, yes, seed, |_| true);
    let headline = release.question("q").unwrap().headline().unwrap();
    let responses = release.responses().unwrap();
    assert!(!headline.exact());
    let [yes, no] = [0, 1].map(|option| headline.options()[option].count());
    // What is perturbed has a small number in it.
    let possible = (1..10).filter(|few| {
        let (Some(yes), Some(no)) = (keys(*few, yes), keys(responses - few, no)) else {
            return false;
        };
        let base = headline.base();
        base == responses || keys(responses, base).is_some_and(|all| add_up(yes, no, all))
    });
    possible.count() == 1
}
