//! Prints how the attacks went, one line an attack, and fails if any got too far.

#[path = "../attacks/mod.rs"]
mod attacks;

use std::process::ExitCode;

use attacks::{
    Outcome, crossing, estimate, feasibility, keys, live, missing, one_person, rank, unanimous,
};

fn main() -> ExitCode {
    let outcomes: Vec<Outcome> = [
        rank::attack(),
        estimate::attack(),
        one_person::attack(),
        crossing::attack(),
        live::attack(),
        feasibility::attack(),
        keys::attack(),
        unanimous::attack(),
        missing::attack(),
    ]
    .into_iter()
    .flatten()
    .collect();
    for outcome in &outcomes {
        let verdict = if outcome.ok { "ok" } else { "short" };
        println!("{} | {} | {} | {verdict}", outcome.name, outcome.measured, outcome.gate);
    }
    if outcomes.iter().all(|outcome| outcome.ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
