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
//! protected ones, are measured on a line of their own with the floor that they do keep.

use std::collections::BTreeSet;

use super::population::{CELLS, OPTIONS, SIZES, View, people};
use super::rank::small_combinations;
use super::{Outcome, share};

const UNKNOWNS: usize = CELLS * OPTIONS;
const VARIANCE: f64 = 3.0;
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
    let (mut all, mut small) = (Vec::new(), Vec::new());
    // The lowest of nothing is no number, which stays within no gate.
    let (mut combinations, mut combined) = (0, f64::NAN);
    for (n, seeds) in SIZES {
        for seed in 0..seeds {
            let view = View::of(&people(n, seed));
            let factor = equations(&view, Denominators::Published).solve();
            all.extend(estimates(&view, &factor));
            for group in small_combinations(&view, seed) {
                combinations += 1;
                combined = combined.min(factor.estimate(&unknowns(&group, &[0])).1);
            }
            let factor = equations(&view, Denominators::Known).solve();
            small.extend(
                estimates(&view, &factor).into_iter().filter(|estimate| estimate.truth < 10),
            );
        }
    }
    let lowest = all.iter().map(|estimate| estimate.standard_error).fold(f64::NAN, f64::min);
    vec![
        Outcome::at_most("best linear estimate: cells found exactly", exact(&all), 0.40),
        Outcome::at_least("best linear estimate: standard error", standard_error(&all), 1.0),
        Outcome::at_most(
            "best linear estimate, true denominators known: cells under 10 found exactly",
            exact(&small),
            0.40,
        ),
        Outcome::at_least(
            "best linear estimate, true denominators known: standard error of cells under 10",
            standard_error(&small),
            1.0,
        ),
        Outcome::at_least(
            "best linear estimate: lowest standard error (two categories, exact headline)",
            lowest,
            0.9,
        ),
        Outcome::at_least(
            format!(
                "best linear estimate: lowest standard error of {combinations} sums of cells that \
                 add up to under 10 people"
            ),
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
fn equations(view: &View, denominators: Denominators) -> NormalEquations {
    let mut equations = NormalEquations::new();
    let mut seen = BTreeSet::new();
    for group in view.published().filter(|group| seen.insert(group.cells.clone())) {
        let (base, counts) = group.published.as_ref().unwrap();
        let variance = match group.breakdown {
            None if view.exact => EXACT,
            _ => VARIANCE,
        };
        for (option, counts) in counts.iter().enumerate() {
            let (least, most) = (number(*counts.start()), number(*counts.end()));
            let unknowns = unknowns(&group.cells, &[option]);
            let spread = (most - least).powi(2) / 12.0;
            equations.observe(&unknowns, f64::midpoint(least, most), variance + spread);
        }
        let everybody = unknowns(&group.cells, &[0, 1, 2]);
        match denominators {
            Denominators::Published => equations.observe(&everybody, number(*base), variance),
            Denominators::Known => equations.observe(&everybody, number(group.people), EXACT),
        }
    }
    equations
}

/// Estimates every published cell of every breakdown.
fn estimates(view: &View, factor: &Factor) -> Vec<Estimate> {
    view.published()
        .filter(|group| group.breakdown.is_some())
        .flat_map(|group| (0..OPTIONS).map(move |option| (group, option)))
        .map(|(group, option)| {
            let (estimate, standard_error) = factor.estimate(&unknowns(&group.cells, &[option]));
            let truth = group.truth[option];
            Estimate { truth, error: estimate - number(truth), standard_error }
        })
        .collect()
}

/// The unknown counts that a published count sums up, ascending.
fn unknowns(cells: &[usize], options: &[usize]) -> Vec<usize> {
    cells
        .iter()
        .flat_map(|cell| options.iter().map(move |option| cell * OPTIONS + option))
        .collect()
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
    fn new() -> Self {
        let mut information = vec![0.0; UNKNOWNS * UNKNOWNS];
        for i in 0..UNKNOWNS {
            information[i * UNKNOWNS + i] = RIDGE;
        }
        Self { information, right: vec![0.0; UNKNOWNS] }
    }

    fn observe(&mut self, unknowns: &[usize], value: f64, variance: f64) {
        for i in unknowns {
            self.right[*i] += value / variance;
            for j in unknowns {
                self.information[i * UNKNOWNS + j] += 1.0 / variance;
            }
        }
    }

    /// Cholesky's decomposition of the information, then L z = right.
    fn solve(self) -> Factor {
        let n = UNKNOWNS;
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
        let mut indicator = vec![0.0; UNKNOWNS];
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
