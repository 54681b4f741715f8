//! Watching the live batches while knowing everybody else's answer.
//!
//! The attacker subtracts all known answers from the batch that the victim is in; what is left is
//! the victim's answer and the noise. The guess is the likeliest answer.

use disclosure::live::batch;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::population::below;
use super::{Outcome, share};

const EPSILON: f64 = 0.5;
const TRIALS: usize = 120_000;

pub fn attack() -> Vec<Outcome> {
    let single = |answers: &[[u64; 3]]| success(answers, 1);
    vec![
        outcome("took part or not", single(&[[1, 0, 0], [0, 0, 0]])),
        outcome("one option or another", single(&[[1, 0, 0], [0, 1, 0]])),
        outcome("which of three options", single(&[[1, 0, 0], [0, 1, 0], [0, 0, 1]])),
        outcome("three picks or none", success(&[[1, 1, 1], [0, 0, 0]], 3)),
        outcome("these two picks or the third", success(&[[1, 1, 0], [0, 0, 1]], 2)),
    ]
}

fn outcome(what: &str, measured: f64) -> Outcome {
    let gate = EPSILON.exp() / (1.0 + EPSILON.exp()) + 0.01;
    Outcome::at_most(format!("live batches, everybody else known: {what}"), measured, gate)
}

/// How often the likeliest of some equally likely answers is the true one.
fn success(answers: &[[u64; 3]], most_picks: u32) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let n = u32::try_from(answers.len()).unwrap();
    let mut right = 0;
    for _ in 0..TRIALS {
        let truth = usize::try_from(below(&mut rng, n)).unwrap();
        let others = [0, 1, 2].map(|_| u64::from(below(&mut rng, 40)));
        let increments: [u64; 3] = std::array::from_fn(|o| others[o] + answers[truth][o]);
        let released = batch(&increments, most_picks, || rng.next_u64());
        // The likelihood of an answer falls with the absolute noise that it implies.
        let implied = |answer: &[u64; 3]| -> u64 {
            (0..3)
                .map(|o| released[o].abs_diff(i64::try_from(others[o] + answer[o]).unwrap()))
                .sum()
        };
        let least = answers.iter().map(implied).min().unwrap();
        let likeliest: Vec<usize> =
            (0..answers.len()).filter(|i| implied(&answers[*i]) == least).collect();
        let choice = below(&mut rng, u32::try_from(likeliest.len()).unwrap());
        right += usize::from(likeliest[usize::try_from(choice).unwrap()] == truth);
    }
    share(right, TRIALS)
}
