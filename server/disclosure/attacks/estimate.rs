//! The best linear unbiased estimate of a published cell from all tables together.
//!
//! Every published number is an observation of a sum of unknown base cells, with the noise's known
//! variance; exact numbers have none. Generalised least squares then gives the best linear unbiased
//! estimate of every published cell (Gauss and Markov), which the attacker rounds. Rows of the same
//! people carry the same noise and are one observation. A count that is not told is an observation of
//! what its share allows, with the variance of not knowing which.
//!
//! The gate holds over the cells of a release. It does not hold for each cell: where a facet has
//! only two categories and the headline is exact, either category's cell is also the headline minus
//! the other's, and both share what their bases and the finer tables tell. Such cells, the least
//! protected ones, are measured on a line of their own with the floor that they do keep. They are least
//! protected where the question has two options as well, and every true denominator is known: each number
//! is then told twice more. So two populations are tried, one of either kind.

use std::collections::BTreeSet;

use super::population::{CELLS, SHARES, SIZES, View, people_of};
use super::rank::small_combinations;
use super::{Outcome, share};

const VARIANCE: f64 = 3.0;
/// What the standard error of no cell may be under.
const LOWEST: f64 = 0.7;
/// Stands for "no noise": far below the noise, far above rounding errors.
const EXACT: f64 = 1e-4;
/// Keeps the normal equations regular where nothing was published; far below any information.
const RIDGE: f64 = 1e-7;

/// What the attacker takes the denominators of the published rows to be.
#[derive(Clone, Copy, PartialEq)]
enum Denominators {
    Published,
    Known,
}

/// One estimated cell.
struct Estimate {
    truth: u64,
    error: f64,
    /// The standard error by the theory, from the noise's variance alone.
    standard_error: f64,
}

pub fn attack() -> Vec<Outcome> {
    let three = attack_on(&SHARES);
    three.into_iter().chain(attack_on(&[60, 40])).collect()
}

/// The attack on people who choose among as many options as there are shares.
fn attack_on<const N: usize>(shares: &[u32; N]) -> Vec<Outcome> {
    let (mut all, mut known) = (Vec::new(), Vec::new());
    // The lowest of nothing is no number, which stays within no gate.
    let (mut combinations, mut combined) = (0, f64::NAN);
    for (n, seeds) in SIZES {
        for seed in 0..seeds {
            let view = View::<N>::of_options(&people_of(n, seed, shares));
            let factor = equations(&view, Denominators::Published).solve();
            all.extend(estimates(&view, &factor));
            for group in small_combinations(&view, seed) {
                combinations += 1;
                combined = combined.min(factor.estimate(&unknowns::<N>(&group, &[0])).1);
            }
            let factor = equations(&view, Denominators::Known).solve();
            known.extend(estimates(&view, &factor));
        }
    }
    let lowest = |estimates: &[Estimate]| {
        estimates.iter().map(|estimate| estimate.standard_error).fold(f64::NAN, f64::min)
    };
    let (lowest_of_all, lowest_known) = (lowest(&all), lowest(&known));
    known.retain(|estimate| estimate.truth < 10);
    let name = |what: &str| format!("best linear estimate of {N} options{what}");
    vec![
        Outcome::at_most(name(": cells found exactly"), exact(&all), 0.40),
        Outcome::at_least(name(": standard error"), standard_error(&all), 1.0),
        Outcome::at_most(
            name(", true denominators known: cells under 10 found exactly"),
            exact(&known),
            0.40,
        ),
        Outcome::at_least(
            name(", true denominators known: standard error of cells under 10"),
            standard_error(&known),
            1.0,
        ),
        Outcome::at_least(
            name(": lowest standard error (two categories, exact headline)"),
            lowest_of_all,
            LOWEST,
        ),
        Outcome::at_least(
            name(", true denominators known: lowest standard error"),
            lowest_known,
            LOWEST,
        ),
        Outcome::at_least(
            name(&format!(
                ": lowest standard error of {combinations} sums of cells that add up to under 10 \
                 people"
            )),
            combined,
            1.0,
        ),
    ]
}

fn exact(estimates: &[Estimate]) -> f64 {
    let hits = estimates.iter().filter(|estimate| estimate.error.abs() < 0.5).count();
    share(hits, estimates.len())
}

#[expect(clippy::cast_precision_loss, reason = "a count of cells")]
fn standard_error(estimates: &[Estimate]) -> f64 {
    let squares: f64 = estimates.iter().map(|estimate| estimate.error.powi(2)).sum();
    (squares / estimates.len() as f64).sqrt()
}

/// What was published, as observations of the unknown base cells.
fn equations<const N: usize>(view: &View<N>, denominators: Denominators) -> NormalEquations {
    let mut equations = NormalEquations::new(CELLS * N);
    let mut seen = BTreeSet::new();
    for group in view.published().filter(|group| seen.insert(group.cells.clone())) {
        let (base, counts) = group.published.as_ref().unwrap();
        let variance = match group.breakdown {
            None if view.exact => EXACT,
            _ => VARIANCE,
        };
        for (option, counts) in counts.iter().enumerate() {
            let (least, most) = (number(*counts.start()), number(*counts.end()));
            let unknowns = unknowns::<N>(&group.cells, &[option]);
            let spread = (most - least).powi(2) / 12.0;
            equations.observe(&unknowns, f64::midpoint(least, most), variance + spread);
        }
        let everybody =
            unknowns::<N>(&group.cells, &std::array::from_fn::<_, N, _>(|option| option));
        match denominators {
            Denominators::Published => equations.observe(&everybody, number(*base), variance),
            Denominators::Known => equations.observe(&everybody, number(group.people), EXACT),
        }
    }
    equations
}

/// Estimates every published cell of every breakdown.
fn estimates<const N: usize>(view: &View<N>, factor: &Factor) -> Vec<Estimate> {
    view.published()
        .filter(|group| group.breakdown.is_some())
        .flat_map(|group| (0..N).map(move |option| (group, option)))
        .map(|(group, option)| {
            let (estimate, standard_error) =
                factor.estimate(&unknowns::<N>(&group.cells, &[option]));
            let truth = group.truth[option];
            Estimate { truth, error: estimate - number(truth), standard_error }
        })
        .collect()
}

/// The unknown counts that a published count sums up, ascending.
fn unknowns<const N: usize>(cells: &[usize], options: &[usize]) -> Vec<usize> {
    cells.iter().flat_map(|cell| options.iter().map(move |option| cell * N + option)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of people")]
fn number(count: u64) -> f64 {
    count as f64
}

/// The information matrix and the right-hand side of generalised least squares.
struct NormalEquations {
    information: Vec<f64>,
    right: Vec<f64>,
}

impl NormalEquations {
    fn new(size: usize) -> Self {
        let mut information = vec![0.0; size * size];
        for i in 0..size {
            information[i * size + i] = RIDGE;
        }
        Self { information, right: vec![0.0; size] }
    }

    fn observe(&mut self, unknowns: &[usize], value: f64, variance: f64) {
        let size = self.right.len();
        for i in unknowns {
            self.right[*i] += value / variance;
            for j in unknowns {
                self.information[i * size + j] += 1.0 / variance;
            }
        }
    }

    /// Cholesky's decomposition of the information, then L z = right.
    fn solve(self) -> Factor {
        let n = self.right.len();
        let mut lower = self.information;
        for i in 0..n {
            for j in 0..=i {
                let dot = product(&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
                let value = lower[i * n + j] - dot;
                lower[i * n + j] = if i == j { value.sqrt() } else { value / lower[j * n + j] };
            }
        }
        let solved = forward(&lower, self.right);
        Factor { lower, solved }
    }
}

/// The decomposed equations: information = L·Lᵀ, and z = L⁻¹·right.
struct Factor {
    lower: Vec<f64>,
    solved: Vec<f64>,
}

impl Factor {
    /// The estimate of a sum a of unknowns, (L⁻¹a)·z, and its standard error, |L⁻¹a|.
    fn estimate(&self, sum: &[usize]) -> (f64, f64) {
        let mut indicator = vec![0.0; self.solved.len()];
        for unknown in sum {
            indicator[*unknown] = 1.0;
        }
        let weights = forward(&self.lower, indicator);
        (product(&weights, &self.solved), product(&weights, &weights).sqrt())
    }
}

/// Solves L x = b.
fn forward(lower: &[f64], mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    let first = b.iter().position(|value| *value != 0.0).unwrap_or(n);
    for i in first..n {
        let dot = product(&lower[i * n + first..i * n + i], &b[first..i]);
        b[i] = (b[i] - dot) / lower[i * n + i];
    }
    b
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
