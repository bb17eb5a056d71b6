//! Estimates at the exact likelihood.
//!
//! With variance and regression coefficients concentrated out, −2 log L is n log of a sum of squares, that of the standardised
//! innovations times the geometric mean of their standard deviations, so that Gauss–Newton applies to it: Ansley (1979), "An
//! algorithm for the exact likelihood of a mixed autoregressive-moving average process", *Biometrika* 66(1), 59–65, §4.

use super::conditional::{Conditional, FREE_BOUND, Point, damped_step, dot, moved, normal_equations};
use super::exact::{Filtered, Process, filter};
use super::gaps;
use super::polynomial::differencing;
use super::prepared::{Differenced, Prepared};
use super::{Arima, Coefficients};
use crate::stats::least_squares;

/// Steps times squared states that the filter with gaps may cost in one estimation.
const MOST_WORK: usize = 3_000_000;

/// The exact likelihood at one point.
#[derive(Debug, Clone)]
pub(super) struct Likelihood {
    /// Its logarithm, on the prepared scale.
    pub(super) log: f64,
    /// Innovations that count.
    pub(super) counted: usize,
    /// σ² that makes it largest.
    pub(super) variance: f64,
    /// Coefficients of the columns, by generalised least squares.
    pub(super) beta: Vec<f64>,
    /// Numbers whose squares sum to what is minimised.
    pub(super) standardised: Vec<f64>,
    /// Innovations, a number a step of `filled` less the steps lost to differences (none lost with gaps).
    pub(super) innovations: Vec<f64>,
    /// The expected state after the last step.
    pub(super) state: Vec<f64>,
    /// Its covariance in σ², where gaps leave it unsettled.
    pub(super) covariance: Option<Vec<f64>>,
}

/// One model form over one past.
pub(super) struct Task<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) data: &'a Differenced,
    pub(super) order: Arima,
    pub(super) season: usize,
}

impl Task<'_> {
    /// Coefficients and the variance.
    pub(super) fn parameters(&self) -> usize {
        self.order.dynamics() + self.data.columns.len() + 1
    }

    /// What one run of the filter with gaps costs.
    fn work(&self) -> usize {
        let order = self.order;
        let auto = order.ar + order.seasonal_ar * self.season;
        let moving = order.ma + order.seasonal_ma * self.season + 1;
        let state = auto.max(moving) + order.lost(self.season);
        self.prepared.filled.len() * state * state
    }

    /// Whether gaps are told from values; where that is too dear, what fills them counts as a value.
    fn minds_gaps(&self) -> bool {
        self.prepared.has_gaps() && self.work() <= MOST_WORK
    }

    /// Where nothing is known: no dynamics, columns by ordinary least squares.
    pub(super) fn blank(&self) -> Point {
        let width = self.data.columns.len();
        let rows: Vec<f64> =
            (0..self.data.values.len()).flat_map(|t| self.data.columns.iter().map(move |column| column[t])).collect();
        Point { free: vec![0.0; self.order.dynamics()], beta: least_squares(&rows, width, &self.data.values, 0.0) }
    }

    /// From `start` by the conditional sum of squares.
    pub(super) fn conditionally(&self, start: Point, most: usize, tolerance: f64) -> Point {
        Conditional::new(self.data, self.order.sizes(), self.season).minimise(start, most, tolerance).0
    }

    /// The exact likelihood where the free numbers are `free`.
    pub(super) fn likelihood(&self, free: &[f64]) -> Option<Likelihood> {
        let process = Process::new(&Coefficients::from_free(self.order.sizes(), free), self.season)?;
        if self.minds_gaps() {
            return self.with_gaps(&process);
        }
        let mut columns = vec![self.data.values.as_slice()];
        columns.extend(self.data.columns.iter().map(Vec::as_slice));
        let mut out = vec![Filtered::default(); columns.len()];
        let variances = filter(&process, &columns, &mut out);
        let whiten = |filtered: &Filtered| -> Vec<f64> {
            let mut whitened = filtered.innovations.clone();
            whitened.iter_mut().zip(&variances).for_each(|(v, f)| *v /= f.sqrt());
            whitened
        };
        let whitened: Vec<Vec<f64>> = out.iter().map(whiten).collect();
        let logs = product_log(&variances);
        let (innovations, states) = out.into_iter().map(|f| (f.innovations, f.state)).unzip();
        concentrate(&whitened, logs, innovations, states)
    }

    fn with_gaps(&self, process: &Process) -> Option<Likelihood> {
        let polynomial = differencing(self.order.differences, self.order.seasonal_differences, self.season);
        let mut values = self.prepared.filled.clone();
        values.iter_mut().zip(&self.prepared.seen).filter(|(_, seen)| !**seen).for_each(|(y, _)| *y = f64::NAN);
        let ones = if self.order.constant { integrated_ones(&polynomial, values.len()) } else { Vec::new() };
        let mut columns = vec![values.as_slice()];
        if self.order.constant {
            columns.push(&ones);
        }
        columns.extend(self.prepared.regressors.iter().map(Vec::as_slice));
        let run = gaps::Filter::new(process, &polynomial).run(&columns);
        let counted: Vec<usize> = (0..values.len()).filter(|t| run.variances[*t].is_finite()).collect();
        let whiten = |v: &Vec<f64>| counted.iter().map(|t| v[*t] / run.variances[*t].sqrt()).collect();
        let whitened: Vec<Vec<f64>> = run.innovations.iter().map(whiten).collect();
        let logs = counted.iter().map(|t| run.variances[*t].ln()).sum();
        let mut found = concentrate(&whitened, logs, run.innovations, run.states)?;
        found.covariance = Some(run.covariance);
        Some(found)
    }

    /// Gauss–Newton at the exact likelihood from `free`; ends when a step gains less than `tolerance` of the sum.
    pub(super) fn exactly(&self, free: Vec<f64>, most: usize, tolerance: f64) -> Option<(Vec<f64>, Likelihood)> {
        let mut at = Point { free, beta: Vec::new() };
        let begun = self.likelihood(&at.free);
        let mut here = if let Some(here) = begun {
            here
        } else {
            // halfway to no dynamics at all
            for u in &mut at.free {
                *u *= 0.5;
            }
            self.likelihood(&at.free)?
        };
        let size = self.order.dynamics();
        let affordable = if self.minds_gaps() { MOST_WORK / self.work() / (size + 2) } else { usize::MAX };
        let mut damping = 1e-3;
        for _ in 0..if size == 0 { 0 } else { most.min(affordable) } {
            let Some(columns) = self.slopes(&at, &here) else { break };
            let (normal, gradient) = normal_equations(size, |k| &columns[k], &here.standardised);
            let value = dot(&here.standardised, &here.standardised);
            let mut gained = None;
            for _ in 0..4 {
                let Some(step) = damped_step(&normal, &gradient, damping) else { break };
                let next = moved(&at, &step);
                if let Some(there) = self.likelihood(&next.free)
                    && there.standardised.len() == here.standardised.len()
                    && there.log > here.log
                {
                    gained = Some(1.0 - dot(&there.standardised, &there.standardised) / value);
                    (at, here) = (next, there);
                    damping = (damping * 0.1).max(1e-9);
                    break;
                }
                damping *= 10.0;
            }
            if !gained.is_some_and(|gained| gained > tolerance) {
                break;
            }
        }
        Some((at.free, here))
    }

    /// How the standardised innovations move with each free number, by differences; the columns' coefficients follow along.
    fn slopes(&self, at: &Point, here: &Likelihood) -> Option<Vec<Vec<f64>>> {
        let mut shifted = at.free.clone();
        (0..shifted.len())
            .map(|k| {
                let by = if shifted[k] > FREE_BOUND - 0.1 { -1e-5 } else { 1e-5 };
                shifted[k] += by;
                let there = self.likelihood(&shifted)?;
                shifted[k] = at.free[k];
                (there.standardised.len() == here.standardised.len())
                    .then(|| there.standardised.iter().zip(&here.standardised).map(|(a, b)| (a - b) / by).collect())
            })
            .collect()
    }
}

/// Σ log of numbers, the logarithm taken of products.
fn product_log(numbers: &[f64]) -> f64 {
    numbers.chunks(16).map(|chunk| chunk.iter().product::<f64>().ln()).sum()
}

/// The path whose differences are all 1.
pub(super) fn integrated_ones(polynomial: &[f64], count: usize) -> Vec<f64> {
    let mut path = vec![0.0; count];
    for t in 0..count {
        path[t] = 1.0 + polynomial.iter().zip(1..=t).map(|(c, k)| c * path[t - k]).sum::<f64>();
    }
    path
}

/// Regresses the first whitened column on the others and concentrates the variance.
fn concentrate(whitened: &[Vec<f64>], logs: f64, innovations: Vec<Vec<f64>>, states: Vec<Vec<f64>>) -> Option<Likelihood> {
    let (width, counted) = (whitened.len() - 1, whitened[0].len());
    let beta = match width {
        0 => Vec::new(),
        1 => {
            let squares = dot(&whitened[1], &whitened[1]);
            vec![if squares > 0.0 { dot(&whitened[1], &whitened[0]) / squares } else { 0.0 }]
        }
        _ => {
            let rows: Vec<f64> = (0..counted).flat_map(|t| whitened[1..].iter().map(move |column| column[t])).collect();
            least_squares(&rows, width, &whitened[0], 0.0)
        }
    };
    let combined = |mut of: Vec<Vec<f64>>| {
        let rest = of.split_off(1);
        let mut first = of.swap_remove(0);
        for (column, beta) in rest.iter().zip(&beta) {
            first.iter_mut().zip(column).for_each(|(y, x)| *y -= beta * x);
        }
        first
    };
    let n = counted as f64;
    let scale = (logs / (2.0 * n)).exp();
    let mut standardised = combined(whitened.to_vec());
    // a perfect fit has the likelihood of one that is nearly so
    let variance = (dot(&standardised, &standardised) / n).max(1e-24);
    for r in &mut standardised {
        *r *= scale;
    }
    let log = -0.5 * (n * ((std::f64::consts::TAU * variance).ln() + 1.0) + logs);
    let (innovations, state) = (combined(innovations), combined(states));
    let found = Likelihood { log, counted, variance, beta, standardised, innovations, state, covariance: None };
    (counted > 0 && log.is_finite()).then_some(found)
}
