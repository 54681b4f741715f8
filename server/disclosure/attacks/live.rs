//! Watching the live batches while knowing everybody else's answer.
//!
//! *What they answered.* The attacker subtracts all known answers from the batch that the victim is
//! in; what is left is the victim's answer and the noise. The guess is the likeliest answer.
//!
//! *Whether they answered.* The attacker sends all the other answers, one by one, and counts how
//! many of their own it takes until a batch appears: one fewer, if the victim has sent theirs. What
//! stands against it is the secret last digit of the number at which a batch is due. The attacker
//! knows how it is drawn, sees what is told of each batch, and is sure where only one of both can be.
//! Or they send many at once, faster than anybody looks whether a batch is due, and read from the number
//! that is told whether it is theirs alone. And they weigh the totals together with the moment: whoever
//! answered is in one option of each question.

use std::collections::BTreeMap;

use disclosure::live::{QUESTIONS, batch, due, next_batch, noise, participation};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::population::below;
use super::{Outcome, share};

const EPSILON: f64 = 0.5;
const TRIALS: usize = 120_000;
/// All questions together, where the answer to one says those to the others.
const TOGETHER: f64 = 0.73;
const MOMENT_AND_TOTALS: f64 = 0.68;

pub fn attack() -> Vec<Outcome> {
    let single = |answers: &[[u64; 3]]| success(answers, 1);
    let mut outcomes = vec![
        outcome("took part or not", single(&[[1, 0, 0], [0, 0, 0]])),
        outcome("one option or another", single(&[[1, 0, 0], [0, 1, 0]])),
        outcome("which of three options", single(&[[1, 0, 0], [0, 1, 0], [0, 0, 1]])),
        outcome("three picks or none", success(&[[1, 1, 1], [0, 0, 0]], 3)),
        outcome("these two picks or the third", success(&[[1, 1, 0], [0, 0, 1]], 2)),
    ];
    outcomes.extend([
        Outcome::at_most(
            format!(
                "live batches, everybody else known: one of {QUESTIONS} answers that go together"
            ),
            together(),
            TOGETHER,
        ),
        Outcome::at_most(
            format!(
                "live batches, everybody else known: took part, by moment and {QUESTIONS} totals"
            ),
            moment_and_totals(),
            MOMENT_AND_TOTALS,
        ),
    ]);
    // Each batch that follows tells as much again, to whoever sends all the others of it, too.
    for (what, before, watched, gate) in [
        ("one batch", 0, 1, 0.1),
        ("a later batch, all before it known", 2, 3, 0.1),
        ("two batches", 0, 2, 0.19),
        ("three batches", 0, 3, 0.271),
    ] {
        let seen = moments(before, watched);
        let name = format!("the moment of {what}, everybody else known");
        outcomes.extend(took_part(&name, seen, gate));
    }
    for (what, most, gate) in [("one batch", 108, 0.1), ("two batches", 178, 0.19)] {
        let worst =
            |[one, other]: [f64; 2], [first, second]: [f64; 2]| [one.max(first), other.max(second)];
        let all = (49..=most).flat_map(|then| (49..=then.min(59)).map(move |first| [first, then]));
        let seen = all.map(rush).fold([0.0, 0.0], worst);
        outcomes.extend(took_part(&format!("{what} in a rush, everybody else known"), seen, gate));
    }
    outcomes
}

/// How often an attacker is sure whether the victim took part, and how often they are right.
fn took_part(name: &str, [sure, right]: [f64; 2], gate: f64) -> [Outcome; 2] {
    [
        Outcome::at_most(format!("{name}: sure who took part"), sure, gate),
        Outcome::at_most(format!("{name}: right who took part"), right, f64::midpoint(1.0, gate)),
    ]
}

/// All that an attacker may have seen, and in how many worlds without and with the victim's answer.
type Seen<T> = BTreeMap<T, [usize; 2]>;

/// How often an attacker is sure whether the victim took part, and how often the likelier of both is
/// true, if either is as likely.
fn told_apart<T>(seen: &Seen<T>) -> [f64; 2] {
    let all = seen.values().flatten().sum();
    let sure = seen.values().filter(|both| both.contains(&0)).flatten().sum();
    let right = seen.values().filter_map(|both| both.iter().max()).sum();
    [share(sure, all), share(right, all)]
}

/// The portal looks twice whether a batch is due, each time after the attacker has sent so many of the
/// other answers. No simulation, either.
fn rush(looks: [u64; 2]) -> [f64; 2] {
    let mut seen = Seen::new();
    for (victims, digits) in (0..2).flat_map(|victims| (0..1000).map(move |it| (victims, it))) {
        // Of the first batch, of its second step, of the second batch: nobody reaches another one.
        let digit = |number: u64, step: u32| match (number, step) {
            (0, 0) => digits % 10,
            (0, _) => digits / 10 % 10,
            _ => digits / 100,
        };
        let (mut number, mut cut, mut released) = (0, 0, 0);
        let told = looks.map(|sent| {
            let waiting = sent + victims - cut;
            if waiting >= next_batch(released, digit(number, 0)) {
                released = due(released, released + waiting, |step| digit(number, step));
                (number, cut) = (number + 1, sent + victims);
            }
            (number, participation(released))
        });
        seen.entry(told).or_insert([0; 2])[usize::try_from(victims).unwrap()] += 1;
    }
    told_apart(&seen)
}

/// What is seen by an attacker who sends one by one. The first `before` of the `watched` batches are drawn
/// before the victim comes. No simulation: all that can happen is gone through.
fn moments(before: usize, watched: u32) -> [f64; 2] {
    let mut seen = Seen::new();
    let worlds = 10_usize.pow(watched);
    for (victims, digits) in (0..2).flat_map(|victims| (0..worlds).map(move |it| (victims, it))) {
        let (mut released, mut rest) = (0, digits);
        let mut looks = Vec::new();
        for number in 0..usize::try_from(watched).unwrap() {
            released += next_batch(released, u64::try_from(rest % 10).unwrap());
            rest /= 10;
            let others = if number < before { 0 } else { victims };
            looks.push((released - others, participation(released)));
        }
        seen.entry(looks).or_insert([0; 2])[usize::try_from(victims).unwrap()] += 1;
    }
    told_apart(&seen)
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

/// How much likelier noise is in one world than in another, as the logarithm of the ratio of its
/// probabilities, ln(α)·(|k| − |k'|).
fn log_ratio(in_one: i64, in_the_other: i64) -> f64 {
    let size = |noise: i64| f64::from(u32::try_from(noise.unsigned_abs()).unwrap());
    EPSILON * (size(in_the_other) - size(in_one))
}

/// How often the attacker is right who guesses between two options, one of which the victim chose in every
/// question.
fn together() -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut right = 0;
    for _ in 0..TRIALS {
        let yes = rng.next_u64() & 1 == 1;
        let evidence: f64 = (0..QUESTIONS)
            .map(|_| {
                let [more, less] =
                    [yes, !yes].map(|chosen| noise(1, || rng.next_u64()) + i64::from(chosen));
                log_ratio(more - 1, more) + log_ratio(less, less - 1)
            })
            .sum();
        let says = if evidence == 0.0 { rng.next_u64() & 1 == 1 } else { evidence > 0.0 };
        right += usize::from(says == yes);
    }
    share(right, TRIALS)
}

/// How often the attacker is right about whether the victim took part, who sends the other answers to the first
/// batch and knows nothing of what the victim would have answered to questions of two options that nobody can
/// skip.
fn moment_and_totals() -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut right = 0;
    for _ in 0..TRIALS {
        let took_part = rng.next_u64() & 1 == 1;
        // What the attacker sent until the batch appeared, beyond the 50 that it takes at least.
        let sent = i64::from(below(&mut rng, 10)) - i64::from(took_part);
        let moment = match sent {
            ..0 => f64::INFINITY,
            9.. => f64::NEG_INFINITY,
            _ => 0.0,
        };
        let totals: f64 = (0..QUESTIONS)
            .map(|_| {
                let chosen = took_part.then(|| below(&mut rng, 2));
                let [one, other] = [0, 1]
                    .map(|option| noise(1, || rng.next_u64()) + i64::from(chosen == Some(option)));
                let either = log_ratio(one - 1, one).exp() + log_ratio(other - 1, other).exp();
                (either / 2.0).ln()
            })
            .sum();
        right += usize::from((moment + totals > 0.0) == took_part);
    }
    share(right, TRIALS)
}
