//! Every attack that needs no server, each against its gate.

#[path = "../attacks/mod.rs"]
mod attacks;

use attacks::Outcome;

fn withstand(outcomes: Vec<Outcome>) {
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        assert!(outcome.ok, "{}: {}, gate {}", outcome.name, outcome.measured, outcome.gate);
    }
}

#[test]
fn rank_and_differencing() {
    withstand(attacks::rank::attack());
}

#[test]
fn best_linear_estimate() {
    withstand(attacks::estimate::attack());
}

#[test]
fn parent_minus_child() {
    withstand(attacks::one_person::attack());
}

#[test]
fn crossing_rows() {
    withstand(attacks::crossing::attack());
}

#[test]
fn watching_the_live_batches() {
    withstand(attacks::live::attack());
}

#[test]
fn integer_feasibility() {
    withstand(attacks::feasibility::attack());
}

#[test]
fn known_keys() {
    withstand(attacks::keys::attack());
}

#[test]
fn missing_rows() {
    withstand(attacks::missing::attack());
}

#[test]
fn everybody_said_yes() {
    withstand(attacks::unanimous::attack());
}
