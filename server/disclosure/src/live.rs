//! Live batches: the noisy headline that may be shown while a poll is open.
//!
//! A live counter with deterministic noise tells whoever refreshes which cell moved. So counts are
//! released in batches, each person is in exactly one, and each increment carries fresh two-sided
//! geometric noise, drawn once and then stored: the geometric mechanism of Ghosh, Roughgarden and
//! Sundararajan (2009), which is ε-differentially private for a counter that one person moves by
//! one. The rules are those of METHOD.md, "While a poll is open".
//!
//! The noise hides what the people of a batch answered. It does not hide that they did: if a batch
//! were drawn at exactly 50 responses, whoever holds back the fiftieth answer, having sent the other
//! 49, would see from the moment of the batch that one more person sent theirs. So the last digit
//! of the number at which a batch is drawn is a secret of the poll and the batch ([`next_batch`]).
//!
//! How many responses there are is never told as it was counted, not even in full tens: whoever sends
//! ten answers at once, after 49, would make it turn from 50 to 60 by one person more. It is told what
//! was due ([`due`]), as if all had come one by one; that is known beforehand and tells nothing of the
//! secret. `attacks/live.rs` measures what is left.
//!
//! The caller stores what was drawn. Drawing a batch twice would let the noise be averaged, and no
//! function here can notice.
//!
//! Questions on special categories have no live batches at all; that is the caller's to hold.

/// The privacy budget ε = `EPSILON.0 / EPSILON.1` of one person's whole answer to one question.
pub const EPSILON: (u64, u64) = (1, 2);

/// Of how many questions there are totals at most. The answers of one person may go together, so what the
/// noise lets through adds up: all of one person's answers have 3·ε.
pub const QUESTIONS: usize = 3;

/// The smallest batch.
pub const MIN_BATCH: u64 = 50;

/// The step in which it is told how many responses there are, and so the number of values that the
/// secret of a batch can have: a wider one would show in what is told.
const STEP: u64 = 10;

/// How many new responses the next batch needs where so many are released already.
///
/// `secret` is uniform, and of this poll and this batch alone; its last digit counts. The batch is
/// due as soon as all responses together, the released ones included, are a certain full ten and
/// that digit more. The ten is the lowest by which there are max(50, half of those released) new
/// ones, whatever the last digit of the released was; so it says nothing about that digit either.
/// The first batch is due at 50 to 59 responses.
pub fn next_batch(released: u64, secret: u64) -> u64 {
    // The most that there may be, for all that was told.
    let most = if released == 0 { 0 } else { participation(released).saturating_add(STEP - 1) };
    let new = MIN_BATCH.max(most.div_ceil(2));
    let ten = most.saturating_add(new).checked_next_multiple_of(STEP).unwrap_or(u64::MAX);
    ten.saturating_add(secret % STEP) - released
}

/// The number at which a batch was due that has so many `responses`, those released before it included:
/// what may be told of it, in full tens, and from where on the next one is reckoned.
///
/// Many may come before anybody looks whether the batch is due. Then it takes as many steps of the schedule
/// as they reach, each with a secret of its own: `secret` gives that of a step, counted from 0. It takes the
/// first in any case: some may have withdrawn since the batch was seen to be due.
pub fn due(released: u64, responses: u64, mut secret: impl FnMut(u32) -> u64) -> u64 {
    let mut step_from = |at: u64, step| at.saturating_add(next_batch(at, secret(step)));
    let mut at = step_from(released, 0);
    for step in 1.. {
        let next = step_from(at, step);
        if next > responses || next == at {
            break;
        }
        at = next;
    }
    at
}

/// How many responses it is said that there are wherever the exact number is not told: rounded down to
/// ten.
pub fn participation(responses: u64) -> u64 {
    responses - responses % STEP
}

/// One batch of one question: each option's increment plus noise, in the options' order.
///
/// `most_picks` is the most options that one person may pick (1 for a single choice); ε is shared
/// among them. `draw` gives uniform, independent 64-bit words of the operating system's generator.
/// The results may be negative, and only their running sum is meant to be shown. What would overflow
/// stays at the bound.
pub fn batch(increments: &[u64], most_picks: u32, mut draw: impl FnMut() -> u64) -> Vec<i64> {
    increments
        .iter()
        .map(|increment| {
            i64::try_from(*increment)
                .unwrap_or(i64::MAX)
                .saturating_add(noise(most_picks, &mut draw))
        })
        .collect()
}

/// Two-sided geometric noise, in people: `P(k) = (1−α)/(1+α) · α^|k|` with `α = e^(−ε/most_picks)`.
///
/// Sampled exactly, with integers only, by the algorithm of Canonne, Kamath and Steinke, "The
/// Discrete Gaussian for Differential Privacy" (2020), algorithm 2: floating point would make some
/// outputs impossible for some inputs, and so break the promise in its tail.
pub fn noise(most_picks: u32, mut draw: impl FnMut() -> u64) -> i64 {
    // α = e^(−step/scale).
    let (step, scale) = (EPSILON.0, EPSILON.1 * u64::from(most_picks.max(1)));
    loop {
        // A geometric variable with ratio e^(−1/scale), from its quotient and remainder by `scale`.
        let remainder = below(scale, &mut draw);
        if !bernoulli_exp(remainder, scale, &mut draw) {
            continue;
        }
        let mut quotient = 0_u64;
        while bernoulli_exp(1, 1, &mut draw) {
            quotient += 1;
        }
        let magnitude = (remainder + scale * quotient) / step;
        let negative = draw() & 1 == 1;
        // Zero has two signs; one of them is rejected.
        if negative && magnitude == 0 {
            continue;
        }
        let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
        return if negative { -magnitude } else { magnitude };
    }
}

/// Uniform on `0..n`, by rejection.
fn below(n: u64, draw: &mut impl FnMut() -> u64) -> u64 {
    let n = n.max(1);
    // The largest multiple of `n` that fits; words from there on would favour small results.
    let excess = (u64::MAX % n + 1) % n;
    loop {
        let word = draw();
        if word <= u64::MAX - excess {
            return word % n;
        }
    }
}

/// True with probability `e^(−numerator/denominator)`, for a fraction of at most 1.
///
/// Algorithm 1 of the same paper (after von Neumann): the number of successes of trials with
/// probability γ/1, γ/2, γ/3, … before the first failure is even with probability e^(−γ).
fn bernoulli_exp(numerator: u64, denominator: u64, draw: &mut impl FnMut() -> u64) -> bool {
    let mut trial = 1;
    while below(denominator.saturating_mul(trial), draw) < numerator {
        trial += 1;
    }
    trial % 2 == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{RngCore, SeedableRng};

    use super::{MIN_BATCH, batch, due, next_batch, noise, participation};

    const DRAWS: u32 = 400_000;

    /// The observed distribution: probability of each of −2..=2, mean and variance.
    fn observe(most_picks: u32) -> ([f64; 5], f64, f64) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let (mut near, mut sum, mut squares) = ([0.0; 5], 0.0, 0.0);
        for _ in 0..DRAWS {
            let k = noise(most_picks, || rng.next_u64());
            if let Some(seen) = usize::try_from(k + 2).ok().and_then(|i| near.get_mut(i)) {
                *seen += 1.0 / f64::from(DRAWS);
            }
            let k = f64::from(i32::try_from(k).unwrap());
            sum += k / f64::from(DRAWS);
            squares += k * k / f64::from(DRAWS);
        }
        (near, sum, squares)
    }

    #[test]
    fn the_probabilities_of_the_design() {
        let (near, mean, variance) = observe(1);
        for (seen, expected) in near.into_iter().zip([0.0901, 0.14855, 0.24492, 0.14855, 0.0901]) {
            // Four standard errors of a proportion of 400 000 draws.
            assert!((seen - expected).abs() < 0.003, "{seen} for {expected}");
        }
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 7.84).abs() < 0.12, "{variance}");
    }

    #[test]
    fn several_picks_share_the_budget() {
        let (near, _, variance) = observe(3);
        let alpha = f64::exp(-0.5 / 3.0);
        assert!((near[2] - (1.0 - alpha) / (1.0 + alpha)).abs() < 0.003);
        let expected = 2.0 * alpha / (1.0 - alpha).powi(2);
        assert!((variance / expected - 1.0).abs() < 0.02, "{variance} for {expected}");
    }

    #[test]
    fn the_schedule() {
        for (released, least) in [(0, 50), (50, 60), (59, 51), (110, 70), (119, 61), (1_000, 520)] {
            assert_eq!(next_batch(released, 0), least, "after {released}");
            assert_eq!(next_batch(released, 9), least + 9, "after {released}");
            assert_eq!(next_batch(released, 10), least, "after {released}");
        }
        // A number that no poll reaches.
        assert_eq!(next_batch(u64::MAX, 9), 0);
        assert_eq!(due(0, u64::MAX, |_| 9), u64::MAX);
    }

    #[test]
    fn a_rush_takes_the_steps_that_it_reaches() {
        for (responses, told) in
            [(0, 50), (59, 50), (109, 50), (117, 110), (118, 110), (1_000, 690)]
        {
            assert_eq!(participation(due(0, responses, |_| 7)), told, "of {responses}");
        }
        assert_eq!(due(0, 116, |_| 7), 57);
        assert_eq!(due(0, 117, |_| 7), 117);
        assert_eq!(due(57, 117, |_| 7), 117);
        // Each step has a secret of its own.
        assert_eq!(due(0, 112, |step| if step == 0 { 9 } else { 2 }), 112);
    }

    proptest! {
        #[test]
        fn participation_never_tells_the_last_digit(n: u64) {
            prop_assert_eq!(participation(n) % 10, 0);
            prop_assert!(n - participation(n) < 10);
        }

        #[test]
        fn a_batch_is_never_smaller_than_promised(released in 0..1_u64 << 62, secret: u64) {
            let new = next_batch(released, secret);
            prop_assert!(new >= MIN_BATCH.max(released.div_ceil(2)));
        }

        /// What is told of a batch that is drawn as soon as it is due follows from what was told
        /// before, so none of the secrets shows in it.
        #[test]
        fn what_is_told_says_nothing_of_the_secrets(
            secrets in prop::collection::vec(0..10_u64, 1..12),
        ) {
            let (mut one, mut other) = (0, 0);
            for secret in secrets {
                one += next_batch(one, secret);
                other += next_batch(other, 0);
                prop_assert_eq!(participation(one), other);
                prop_assert_eq!(one % 10, secret);
            }
        }

        /// Who comes at once is told as who comes one by one, and never more than there are.
        #[test]
        fn a_rush_is_told_as_the_same_people_one_by_one(
            responses in 0..1_000_000_u64,
            secrets in prop::array::uniform32(0..10_u64),
        ) {
            let secret = |step: u32| secrets[usize::try_from(step).unwrap()];
            let (mut one_by_one, mut step) = (0, 0);
            while one_by_one + next_batch(one_by_one, secret(step)) <= responses {
                one_by_one += next_batch(one_by_one, secret(step));
                step += 1;
            }
            let first = next_batch(0, secret(0));
            prop_assert_eq!(due(0, responses, secret), one_by_one.max(first));
        }

        #[test]
        fn a_batch_is_the_increment_plus_the_noise_drawn(
            seed: u64,
            increments in prop::collection::vec(0..10_000_u64, 0..6),
            most_picks in 1..5_u32,
        ) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let released = batch(&increments, most_picks, || rng.next_u64());
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for (released, increment) in released.into_iter().zip(increments) {
                let noise = noise(most_picks, || rng.next_u64());
                prop_assert_eq!(released, i64::try_from(increment).unwrap() + noise);
            }
        }
    }
}
