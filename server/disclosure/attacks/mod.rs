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

pub mod estimate;
pub mod feasibility;
pub mod keys;
pub mod live;
pub mod one_person;
pub mod population;
pub mod rank;

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

    /// An attack that must never succeed.
    fn never(name: impl Into<String>, measured: usize, tried: usize) -> Self {
        Self {
            name: name.into(),
            measured: format!("{measured} of {tried}"),
            gate: "0".into(),
            ok: measured == 0,
        }
    }
}

/// A share of trials.
#[expect(clippy::cast_precision_loss, reason = "counts of trials are far below 2^52")]
fn share(hits: usize, trials: usize) -> f64 {
    hits as f64 / trials as f64
}
