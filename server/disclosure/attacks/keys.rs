//! Keys that are known: what does a number tell that is published exactly?
//!
//! Noise is looked up by the sum of a group's record keys, and these sums add up. Whoever knows a
//! group's true number and its published one knows its noise, and so an interval in which its key lies.
//! Of two groups that it consists of, only those true numbers are possible whose keys can add up to it.
//!
//! The attacker here knows what every release tells: the exact headline, and, where everybody was asked
//! in one region, that the row of that region is everybody; the number of responses, where everybody had
//! to answer. A number under ten that only one value fits is given away. What remains at the gates is of
//! the noise itself, which never goes further than D: whoever is told 17 and 0 of 12 knows that.
//!
//! More is known to two others. Who knows that nobody outside a region chose an option knows that the region's
//! count is of the people of the exact one; as of few no count is told, it tells no more than the noise does
//! (of 12, whether none were women, in 19 % while it was). And who knows that exactly those answered an
//! optional question who said yes to another one knows that its base is of the people of that one's exact
//! count; the gate of that is wide. To make the two numbers agree would tell everybody what only the attacker knows, which `elsewhere`
//! and `went_on` try: whoever sees them differ knows that somebody elsewhere chose the option, or that not
//! exactly those answered. (Were the headline's count perturbed instead, whoever sees that knows that nobody
//! elsewhere did.)

use disclosure::{
    Breakdown, Cell, Headline, PTableId, Parameters, Plan, ProtectedTables, QuestionSchema,
    RawTables, Schema, Tally, protect,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::{Outcome, counts, respond, share, yes_or_no};

const TRIALS: u64 = 4_000;

pub fn attack() -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for women in [0, 1] {
        let given = (0..TRIALS).filter(|seed| divided(12, women, 0, *seed)).count();
        let name = format!("known keys: {women} of 12 are women, in a poll of one region");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.01));
    }
    for women in [0, 1] {
        let given = (0..TRIALS).filter(|seed| divided(12, women, 100, *seed)).count();
        let name = format!("known keys: {women} of 12 are women, all known to live in one region");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.01));
    }
    for (by, exactness) in [("the count", false), ("the headline's exactness", true)] {
        let right = (0..TRIALS).filter(|seed| elsewhere(exactness, *seed)).count();
        let name = format!("known keys: whether nobody or one of 12 lives elsewhere, by {by}");
        outcomes.push(Outcome::at_most(name, share(right, 4_000), 0.65));
    }
    for (by, sameness) in [("the base", false), ("whether it is their number", true)] {
        for (but, answering) in [("one fewer", 48), ("one more", 50)] {
            let right = (0..TRIALS).filter(|seed| went_on(answering, sameness, *seed)).count();
            let name = format!("known keys: whether exactly 49 went on or {but}, by {by}");
            outcomes.push(Outcome::at_most(name, share(right, 4_000), 0.65));
        }
    }
    for few in [1, 9] {
        let given = (0..TRIALS).filter(|seed| few_of_all(49, few, *seed)).count();
        let name = format!("known keys: {few} of 49 said yes, and nobody could skip it");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.01));
        let given = (0..TRIALS).filter(|seed| few_of_those(49, few, *seed)).count();
        let name = format!("known keys: {few} of the 49, all known to go on, chose an option");
        outcomes.push(Outcome::at_most(name, share(given, 4_000), 0.2));
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

/// The only number that fits, if there is one. An attacker whom the truth does not fit knows nothing, and
/// has not been withstood.
fn only(possible: impl Iterator<Item = u64>, truth: u64) -> bool {
    let possible: Vec<u64> = possible.collect();
    assert!(possible.contains(&truth), "{truth} is none of {possible:?}");
    possible.len() == 1
}

/// Somebody who responds: their region, their gender, and whether they say yes.
type Response = (&'static str, &'static str, bool);

/// A yes/no question that nobody could skip, in the order of these responses.
fn release(seed: u64, responses: impl Iterator<Item = Response>) -> ProtectedTables {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut raw = yes_or_no(&["here", "there"]);
    for (region, gender, yes) in responses {
        let cell =
            Cell { region: Some(region.into()), gender: Some(gender.into()), ..Cell::default() };
        let tally = Tally { count: 1, key_sum: rng.next_u32() };
        respond(&mut raw, &cell, if yes { "yes" } else { "no" }, tally);
    }
    let plan: Plan = [Breakdown::Region, Breakdown::Gender].into_iter().collect();
    protect(raw, &plan, &Parameters::default())
}

/// A hundred people here, of whom so many said yes, and of these so many women; and so many men elsewhere
/// who said no. Of those who said yes, how many are women? Half of the others are, or, if there are people
/// elsewhere, few.
fn divided(yes: u64, women: u64, elsewhere: u64, seed: u64) -> bool {
    let gender = |woman| if woman { "female" } else { "male" };
    let here = (0..100).map(|person| {
        let each = if elsewhere == 0 { 2 } else { 5 };
        let female = if person < yes { person < women } else { person % each == 0 };
        ("here", gender(female), person < yes)
    });
    let there = (0..elsewhere).map(|_| ("there", "male", false));
    let release = release(seed ^ (100 << 32) ^ (yes << 48), here.chain(there));
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
        (elsewhere == 0 && whole == yes)
            || keys(yes, whole).is_some_and(|all| add_up(women, men, all))
    };
    let possible = (0..=yes).filter(|women| {
        // Of what is not told any number will do that its share allows.
        whole.clone().any(|whole| {
            female.clone().any(|female| male.clone().any(|male| fit(*women, female, male, whole)))
        })
    });
    only(possible, women)
}

/// Twelve of two hundred said yes. Does nobody of them or one live there, either as likely? He says which is
/// likelier by the count of those here, or one if the headline is exact; whether he is right.
fn elsewhere(by_exactness: bool, seed: u64) -> bool {
    let one = seed % 2;
    let people = |region, people: u64, yes: u64| {
        (0..people).map(move |person| {
            (region, ["female", "male"][usize::from(person % 2 == 0)], person < yes)
        })
    };
    let release = release(seed, people("here", 100, 12 - one).chain(people("there", 100, one)));
    let question = release.question("q").unwrap();
    let headline = question.headline().unwrap();
    let row = &question.breakdown(Breakdown::Region).unwrap().rows()[0];
    let said = counts(&row.options()[0], row.base());
    let likely = |of: u64| -> u64 {
        said.clone().filter_map(|said| keys(of, said)).map(|(lowest, beyond)| beyond - lowest).sum()
    };
    let says_one = headline.exact() && (by_exactness || likely(11) > likely(12));
    says_one == (one == 1)
}

/// How many said yes, where few did, of all who responded?
fn few_of_all(people: u64, yes: u64, seed: u64) -> bool {
    let all = (0..people).map(|person| ("here", "female", person < yes));
    let release = release(seed ^ (people << 32) ^ (yes << 48), all);
    let headline = release.question("q").unwrap().headline().unwrap();
    few(release.responses().unwrap(), true, headline, yes)
}

/// Of so many people who said yes, and 51 who said no, some answer an optional question: `answers` says by
/// place who. Few of them choose its first option.
fn next(people: u64, few_chose: u64, seed: u64, answers: impl Fn(u64) -> bool) -> ProtectedTables {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (people << 32) ^ (few_chose << 48));
    let question = |code: &str, options: &[&str], required| QuestionSchema {
        code: code.to_owned(),
        options: options.iter().map(|code| (*code).to_owned()).collect(),
        required,
        ..QuestionSchema::default()
    };
    let mut raw = RawTables::new(Schema {
        questions: vec![
            question("q", &["yes", "no"], true),
            question("next", &["seldom", "often"], false),
        ],
        ..Schema::default()
    });
    for person in 0..people + 51 {
        let tally = Tally { count: 1, key_sum: rng.next_u32() };
        let cell = Cell::default();
        respond(&mut raw, &cell, if person < people { "yes" } else { "no" }, tally);
        if answers(person) {
            let often = if person < few_chose { "seldom" } else { "often" };
            raw.answered("next", &cell, tally).unwrap();
            raw.chosen("next", often, &cell, tally).unwrap();
        }
    }
    let release = protect(raw, &Plan::default(), &Parameters::default());
    assert!(release.question("q").unwrap().headline().unwrap().exact());
    release
}

/// How many chose the first option of an optional question, where few did? It is known that exactly those
/// answered it who had said yes to another one.
fn few_of_those(people: u64, few_chose: u64, seed: u64) -> bool {
    let release = next(people, few_chose, seed, |person| person < people);
    let [first, next] =
        ["q", "next"].map(|code| release.question(code).unwrap().headline().unwrap());
    few(first.options()[0].count(), false, next, few_chose)
}

/// Did everybody who said yes, of whom 49 is told exactly, go on to an optional question and nobody else, or
/// did so many answer it, one more or fewer, either as likely? He says which is likelier by the base that is
/// told, or that they did if it is 49; whether he is right.
fn went_on(otherwise: u64, by_sameness: bool, seed: u64) -> bool {
    let answering = [49, otherwise][usize::from(seed % 2 == 1)];
    let release = next(49, 3, seed, |person| person < answering);
    let base = release.question("next").unwrap().headline().unwrap().base();
    let likely = |of: u64| keys(of, base).map_or(0, |(lowest, beyond)| beyond - lowest);
    let says_those = if by_sameness { base == 49 } else { likely(49) >= likely(otherwise) };
    says_those == (answering == 49)
}

/// How many chose the first of two options, where few did? It is known how many chose one of them, and whether
/// their number is told as it is.
fn few(people: u64, as_it_is: bool, headline: &Headline, truth: u64) -> bool {
    assert!(!headline.exact());
    let [one, other] = [0, 1].map(|option| headline.options()[option].count());
    // What is perturbed has a small number in it.
    let possible = (1..10).filter(|few| {
        let (Some(one), Some(other)) = (keys(*few, one), keys(people - few, other)) else {
            return false;
        };
        // Of what is told as it is nothing is known of the key.
        as_it_is || keys(people, headline.base()).is_some_and(|all| add_up(one, other, all))
    });
    only(possible, truth)
}
