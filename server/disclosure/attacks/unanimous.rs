//! Did everybody in a row say yes?
//!
//! Zero stays zero and the same people have the same noise, so where nobody in a row said no, its base
//! and its "yes" are one number. Rule 6 tells of either a bound only, and no count beside it.
//!
//! The attacker knows that of the women nobody or one said no, either as likely, and reads their row
//! through the public readers. He says "nobody" if "yes" is told and equals the base, "one" if any
//! other count is told, and "nobody" if none is, which whoever is unanimous looks like always. (With
//! every count published he would say "nobody" where "yes" is the base and "no" is zero, and had been
//! right of 98 % at any size: far beyond the gate.)
//!
//! In small rows the base itself says something: noise may have made it so large that "yes", with other
//! noise, is told. So there the attacker knows how often each row that can be read is one in which nobody
//! said no, and says what is more likely. (While a count of at least 3 was told wherever it was more than
//! 5 %, he was right in 86 % of rows of 10, 76 % of 40.) What else a release tells of a row, from what it
//! adds up to, is for `estimate` to measure.
//!
//! A second question goes on from the first, and whoever said yes answers it. Its denominator is of the
//! same people as the "yes", and is not told where that is not. The attacker compares it with the base
//! of the first, which was right in 92 % while every denominator was told; or adds up what is told of the
//! second one's options.

use std::collections::BTreeMap;

use disclosure::{
    Breakdown, Cell, Parameters, Plan, QuestionSchema, RawTables, Row, RowOption, Schema, Tally,
    protect,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::{Outcome, respond, share};

const TRIALS: usize = 6_000;
const GATE: f64 = 0.65;
/// A row of each question; of a few women nothing is published of the second.
type Rows = [Option<Row>; 2];

pub fn attack() -> Vec<Outcome> {
    let simply = [20, 40, 80, 150, 400].into_iter().flat_map(|women| {
        let right = |what: &str, says: &dyn Fn(&Rows) -> bool| {
            let tried = tries(women, says);
            let right = tried.iter().filter(|(unanimous, said)| unanimous == said).count();
            let name = format!("unanimous: whether nobody or one of {women} women said no{what}");
            Outcome::at_most(name, share(right, TRIALS), GATE)
        };
        [
            right("", &|[row, _]| looks_unanimous(row.as_ref())),
            right(", by the base of what follows", &|rows| {
                let [base, next] = rows.each_ref().map(|row| row.as_ref().map(Row::base));
                base == next
            }),
            right(", by the counts of what follows", &|[_, next]| {
                next.iter().flat_map(Row::options).filter_map(RowOption::count).sum::<u64>()
                    >= women
            }),
        ]
    });
    let best = [10, 12, 14, 16, 20, 40, 80].map(|women| {
        Outcome::at_most(
            format!("unanimous: the same of {women} women, by all that is told of their row"),
            best_guess(women),
            GATE,
        )
    });
    simply.chain(best).collect()
}

/// How often somebody is right who knows of each row that can be read how often it is one in which nobody
/// said no.
fn best_guess(women: u64) -> f64 {
    let mut seen: BTreeMap<_, [usize; 2]> = BTreeMap::new();
    let read = |[row, _]: &Rows| {
        let row = row.as_ref().unwrap();
        let options = row.options().iter().map(|option| (option.count(), option.percent()));
        (row.base(), options.collect::<Vec<_>>())
    };
    for (unanimous, told) in tries(women, read) {
        seen.entry(told).or_default()[usize::from(unanimous)] += 1;
    }
    share(seen.values().filter_map(|times| times.iter().max()).sum(), TRIALS)
}

/// Whether the women were unanimous, and what the attacker says to their rows.
fn tries<T>(women: u64, says: impl Fn(&Rows) -> T) -> Vec<(bool, T)> {
    let mut rng = ChaCha8Rng::seed_from_u64(women);
    let mut one = || {
        let unanimous = rng.next_u64() & 1 == 1;
        (unanimous, says(&rows(women, u64::from(!unanimous), &mut rng)))
    };
    (0..TRIALS).map(|_| one()).collect()
}

fn looks_unanimous(row: Option<&Row>) -> bool {
    let row = row.unwrap();
    let [yes, no] = [0, 1].map(|option| row.options()[option].count());
    yes.is_none_or(|yes| yes == row.base()) && no.is_none_or(|no| no == 0)
}

/// The rows of so many women of whom so many said no, in a poll of which 100 men answered, too: of the
/// question, and of the one that follows.
fn rows(women: u64, no: u64, rng: &mut ChaCha8Rng) -> Rows {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    let question = |code: &str, options: &[&str], required| QuestionSchema {
        code: code.to_owned(),
        options: codes(options),
        required,
        ..QuestionSchema::default()
    };
    let mut raw = RawTables::new(Schema {
        questions: vec![
            question("q", &["yes", "no"], true),
            question("next", &["often", "seldom"], false),
        ],
        genders: codes(&["female", "male"]),
        ..Schema::default()
    });
    let yes = women - no;
    for (gender, answer, next, count) in [
        ("female", "yes", Some("often"), yes * 3 / 5),
        ("female", "yes", Some("seldom"), yes - yes * 3 / 5),
        ("female", "no", None, no),
        ("male", "yes", Some("often"), 30),
        ("male", "yes", Some("seldom"), 20),
        ("male", "no", None, 50),
    ] {
        let cell = Cell { gender: Some(gender.into()), ..Cell::default() };
        // A sum of record keys is as uniform as one of them; of nobody it is 0.
        let key_sum = if count == 0 { 0 } else { rng.next_u32() };
        let tally = Tally { count, key_sum };
        respond(&mut raw, &cell, answer, tally);
        if let Some(next) = next {
            raw.answered("next", &cell, tally).unwrap();
            raw.chosen("next", next, &cell, tally).unwrap();
        }
    }
    let plan: Plan = [Breakdown::Gender].into_iter().collect();
    let release = protect(raw, &plan, &Parameters::default());
    ["q", "next"].map(|code| {
        let breakdown = release.question(code).unwrap().breakdown(Breakdown::Gender).unwrap();
        breakdown.rows().first().cloned()
    })
}
