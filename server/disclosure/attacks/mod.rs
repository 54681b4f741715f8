//! The attacks that published statistics must withstand, as seeded simulations.
//!
//! Each attack plays somebody who holds everything that was published (and, to be on the safe side,
//! every true denominator), tries for one person's answer, and is measured against its gate. The
//! attackers here share no code with the protection: they see a release through its public readers
//! and do their own algebra.
//!
//! Run by `tests/attacks.rs`, and printed by `examples/attack.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "the simulations make all of their inputs themselves; there is nothing from outside"
)]

pub mod crossing;
pub mod estimate;
pub mod feasibility;
pub mod keys;
pub mod live;
pub mod missing;
pub mod one_person;
pub mod population;
pub mod rank;
pub mod unanimous;

use std::ops::RangeInclusive;

use disclosure::{Cell, Percent, QuestionSchema, RawTables, RowOption, Schema, Tally};

/// How an attack went.
pub struct Outcome {
    /// What was tried.
    pub name: String,
    /// How far the attacker got.
    pub measured: String,
    /// How far it may go.
    pub gate: String,
    /// Whether it stayed within its gate.
    pub ok: bool,
}

impl Outcome {
    /// An attack that may succeed this often at most.
    fn at_most(name: impl Into<String>, measured: f64, gate: f64) -> Self {
        Self {
            name: name.into(),
            measured: format!("{:.2} %", 100.0 * measured),
            gate: format!("≤ {:.2} %", 100.0 * gate),
            ok: measured <= gate,
        }
    }

    /// An error of the attacker's that must be this large at least.
    fn at_least(name: impl Into<String>, measured: f64, gate: f64) -> Self {
        Self {
            name: name.into(),
            measured: format!("{measured:.3}"),
            gate: format!("≥ {gate:.1}"),
            ok: measured >= gate,
        }
    }

    /// An attack that must never succeed. Nothing is withstood where nothing was tried.
    fn never(name: impl Into<String>, measured: usize, tried: usize) -> Self {
        Self {
            name: name.into(),
            measured: format!("{measured} of {tried}"),
            gate: "0".into(),
            ok: tried > 0 && measured == 0,
        }
    }
}

/// The published counts that an option of a row can have: its own or, where that is not told, those
/// that its bound hides. Count and base are at most D = 5 off, and no count is ever 1 or 2.
fn counts(option: &RowOption, base: u64) -> RangeInclusive<u64> {
    if let Some(count) = option.count() {
        return count..=count;
    }
    let percent = |count: u64| (200 * count + base).checked_div(2 * base).unwrap_or(0);
    let few = |count: u64| count < 8 || percent(count) <= 5;
    let nearly_all = |count: u64| count + 8 > base || percent(count) >= 95;
    let fits = |count: &u64| match option.percent() {
        Percent::AtMost(_) => few(*count) && (!nearly_all(*count) || 2 * count <= base),
        Percent::AtLeast(_) => nearly_all(*count) && (!few(*count) || 2 * count > base),
        Percent::Exactly(_) => unreachable!("of such a share the count is told"),
    };
    let fitting = || (0..=base + 10).filter(|count| !(1..=2).contains(count)).filter(fits);
    fitting().min().unwrap()..=fitting().max().unwrap()
}

/// A yes/no question that nobody could skip, of women and men of these regions.
fn yes_or_no(regions: &[&str]) -> RawTables {
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    RawTables::new(Schema {
        questions: vec![QuestionSchema {
            code: "q".into(),
            options: codes(&["yes", "no"]),
            required: true,
            ..QuestionSchema::default()
        }],
        regions: codes(regions),
        genders: codes(&["female", "male"]),
        ..Schema::default()
    })
}

/// People of a cell respond and choose an option of the question `q`.
fn respond(raw: &mut RawTables, cell: &Cell, option: &str, tally: Tally) {
    raw.respondents(cell, tally).unwrap();
    raw.answered("q", cell, tally).unwrap();
    raw.chosen("q", option, cell, tally).unwrap();
}

/// A share of trials.
#[expect(clippy::cast_precision_loss, reason = "counts of trials are far below 2^52")]
fn share(hits: usize, trials: usize) -> f64 {
    hits as f64 / trials as f64
}
