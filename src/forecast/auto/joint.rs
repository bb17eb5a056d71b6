//! Joint sample paths by address: errors of the same past dates for all series, their marginals moved to the calibrated
//! quantiles with ranks kept.
//!
//! Clark, Gangopadhyay, Hay, Rajagopalan & Wilby (2004), "The Schaake shuffle", *J. Hydrometeorology* 5(1), 243–262: the order
//! of past errors is kept, their sizes are replaced. Here the order comes from z = √λ x + √(1 − λ) e, x(h) = ρ x(h − 1) +
//! √(1 − ρ²) e'(h): e and e' are the normal scores of one-step errors on past dates drawn in blocks, λ and ρ are what
//! held-back errors at different steps of one origin have in common.

use rayon::prelude::*;

use super::super::joint::Blocks;
use super::super::methods::{GRID, GRID_POINTS, NORMAL};
use super::trial::{MEDIAN, Row};
use crate::stream::Stream;

/// What held-back errors have in common at steps of one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Persistence {
    /// The share λ of the variance that persists.
    pub(super) share: f64,
    /// By how much ρ it persists from one step to the next.
    pub(super) memory: f64,
}

/// Lags are put into bins that double: 1, 2–3, 4–7, …
const LAGS: usize = 9;

/// Sums of products of normal scores by lag.
#[derive(Debug, Clone, Default)]
pub(super) struct Products([(f64, f64, f64); LAGS]);

impl Products {
    /// Adds the scores of one origin at its steps.
    pub(super) fn add(&mut self, ahead: &[usize], scores: &[f64]) {
        for (i, z) in scores.iter().enumerate() {
            for (j, other) in scores.iter().enumerate().skip(i + 1) {
                let lag = ahead[j] - ahead[i];
                let bin = &mut self.0[(lag.ilog2() as usize).min(LAGS - 1)];
                bin.0 += z * other;
                bin.1 += 1.0;
                bin.2 += lag as f64;
            }
        }
    }

    /// The sums of both, `other` with this weight.
    pub(super) fn with(&self, other: &Self, weight: f64) -> Self {
        let mut sum = self.clone();
        for (bin, more) in sum.0.iter_mut().zip(&other.0) {
            *bin = (bin.0 + weight * more.0, bin.1 + weight * more.1, bin.2 + weight * more.2);
        }
        sum
    }

    /// λ and ρ by least squares on the mean products, λ ρ^lag.
    pub(super) fn persistence(&self) -> Persistence {
        let bins: Vec<(f64, f64, f64)> =
            self.0.iter().filter(|bin| bin.1 > 0.0).map(|bin| (bin.2 / bin.1, (bin.0 / bin.1).clamp(-1.0, 1.0), bin.1)).collect();
        let mut best = (f64::INFINITY, Persistence { share: 0.0, memory: 0.5 });
        for memory in [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.998, 0.9995] {
            let (sxy, sxx) = bins.iter().fold((0.0, 0.0), |(sxy, sxx), (lag, product, n)| {
                let x: f64 = f64::powf(memory, *lag);
                (sxy + n * x * product, sxx + n * x * x)
            });
            let share = if sxx > 0.0 { (sxy / sxx).clamp(0.0, 0.98) } else { 0.0 };
            let error: f64 = bins.iter().map(|(lag, product, n)| n * (product - share * f64::powf(memory, *lag)).powi(2)).sum();
            if error < best.0 {
                best = (error, Persistence { share, memory });
            }
        }
        best.1
    }
}

/// How one series moves along a path.
#[derive(Debug, Clone)]
pub(super) struct Dynamics {
    /// Normal scores of its one-step errors, one a past date, the newest last.
    scores: Vec<f64>,
    persistence: Persistence,
    /// Quantiles of z at the grid.
    template: Row,
    /// One over the widths of the template's pieces, 0 where one is closed.
    inverse: [f64; GRID_POINTS - 1],
    /// Calibrated quantiles, one row a step.
    rows: Vec<Row>,
    /// Lowest and highest value that a path may have.
    bounds: (f64, f64),
}

/// The past dates of one path, the same for all series: for the part that persists and for the part that does not.
#[derive(Debug, Clone, Default)]
pub struct PathDates {
    lasting: Vec<u32>,
    passing: Vec<u32>,
}

/// Paths that settle the template.
const TEMPLATE: u32 = 192;

/// A generator of joint paths over one batch of series.
#[derive(Debug, Clone)]
pub struct Joint {
    pub(super) series: Vec<Dynamics>,
    blocks: Blocks,
    first: usize,
    horizon: usize,
    stream: Stream,
}

/// What a series brings to the joint paths.
pub(super) struct Part {
    /// One-step errors of its past, NaN where there is none.
    pub(super) errors: Vec<f64>,
    /// Steps from its last value to the newest of the batch.
    pub(super) behind: usize,
    pub(super) persistence: Persistence,
    pub(super) rows: Vec<Row>,
    /// Lowest and highest value that a path may have.
    pub(super) bounds: (f64, f64),
}

impl Joint {
    /// Makes series ready to be drawn; `season` is the phase that blocks keep.
    pub(super) fn of(parts: Vec<Part>, season: usize, horizon: usize, stream: Stream) -> Self {
        let mut parts = parts;
        for part in &mut parts {
            if SHARED * part.behind > part.errors.len() {
                part.behind = 0;
            }
        }
        let dates = parts.iter().map(|part| part.errors.len() + part.behind).max().unwrap_or(1).clamp(1, MOST_DATES);
        let blocks = Blocks::over(dates, season);
        let mut joint = Self { series: Vec::new(), blocks, first: dates, horizon, stream };
        let template: Vec<PathDates> =
            (0..TEMPLATE).map(|path| joint.dates_of(stream.named("template").replication(path))).collect();
        joint.series = parts.into_par_iter().map(|part| joint.dynamics(part, season, &template)).collect();
        joint
    }

    fn dynamics(&self, part: Part, season: usize, template: &[PathDates]) -> Dynamics {
        let scores = dated_scores(&part.errors, self.first, part.behind, season, self.stream);
        let mut dynamics = Dynamics {
            scores,
            persistence: part.persistence,
            template: NORMAL,
            inverse: [0.0; GRID_POINTS - 1],
            rows: part.rows,
            bounds: part.bounds,
        };
        let (mut z, mut all) = (vec![0.0; self.horizon.min(64)], Vec::new());
        for dates in template {
            dynamics.scores(dates, &mut z);
            all.extend_from_slice(&z);
        }
        all.sort_unstable_by(f64::total_cmp);
        dynamics.template = std::array::from_fn(|i| crate::stats::percentile_of_sorted(&all, GRID[i]).unwrap_or(NORMAL[i]));
        dynamics.inverse = std::array::from_fn(|i| {
            let width = dynamics.template[i + 1] - dynamics.template[i];
            if width > 0.0 { 1.0 / width } else { 0.0 }
        });
        dynamics
    }

    /// How many series.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// The lowest value that a path of a series may have: 0 where its past was never negative, otherwise none.
    #[must_use]
    pub fn floor(&self, series: usize) -> f64 {
        self.series[series].bounds.0
    }

    /// Gives a series other marginals; the order in which its errors come stays.
    pub(super) fn give(&mut self, series: usize, rows: Vec<Row>) {
        let own = &mut self.series[series];
        let lowest = rows.iter().map(|row| row[0]).fold(f64::INFINITY, f64::min);
        own.bounds.0 = if lowest < own.bounds.0 { f64::NEG_INFINITY } else { own.bounds.0 };
        own.rows = rows;
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The past dates that path `path` repeats, for all series.
    #[must_use]
    pub fn dates(&self, path: u32) -> PathDates {
        self.dates_of(self.stream.named("paths").replication(path))
    }

    fn dates_of(&self, stream: Stream) -> PathDates {
        PathDates {
            lasting: self.blocks.draw(stream.named("lasting"), self.first, self.horizon + 1),
            passing: self.blocks.draw(stream.named("passing"), self.first, self.horizon),
        }
    }

    /// Writes the path of one series for these dates, in its unit, a value a step of the horizon.
    pub fn path(&self, series: usize, dates: &PathDates, out: &mut [f64]) {
        let dynamics = &self.series[series];
        dynamics.scores(dates, out);
        let (template, inverse) = (&dynamics.template, &dynamics.inverse);
        for (value, row) in out.iter_mut().zip(&dynamics.rows) {
            // by way of the normal scores the piece of the template is that of the row: one search does for both
            let below = piece(template, *value);
            let share = (*value - template[below]) * inverse[below];
            *value = (row[below] + share * (row[below + 1] - row[below])).max(dynamics.bounds.0).min(dynamics.bounds.1);
        }
    }
}

/// A series that ended before the others by more than one in so many of its own dates shares too few with them: it keeps its own
/// order of errors, and is not drawn with them.
const SHARED: usize = 4;

/// Older dates are not drawn from: four weeks of 5-minute data.
const MOST_DATES: usize = 8_064;

impl Dynamics {
    fn scores(&self, dates: &PathDates, out: &mut [f64]) {
        let Persistence { share, memory } = self.persistence;
        let (kept, news) = (share.sqrt(), (1.0 - memory * memory).sqrt());
        let rest = (1.0 - share).sqrt();
        let mut level = self.scores[dates.lasting[0] as usize];
        for ((out, lasting), passing) in out.iter_mut().zip(&dates.lasting[1..]).zip(&dates.passing) {
            level = memory * level + news * self.scores[*lasting as usize];
            *out = kept * level + rest * self.scores[*passing as usize];
        }
    }
}

/// The piece of the line through rising points that `x` is on, the outer ones going on for ever; counted, not searched, for a
/// branch that cannot be foretold costs more than all the comparisons.
fn piece(rising: &Row, x: f64) -> usize {
    let first = if x >= rising[MEDIAN] { MEDIAN } else { 0 };
    let inner: &[f64; MEDIAN - 1] = rising[first + 1..first + MEDIAN].try_into().unwrap_or(&[0.0; MEDIAN - 1]);
    first + inner.iter().map(|knot| usize::from(*knot <= x)).sum::<usize>()
}

/// The value at `x` of the line through the points (from, to), both rising; beyond the ends it goes on at the last slope.
fn along(from: &Row, to: &Row, x: f64) -> f64 {
    let mut below = if x >= from[MEDIAN] { MEDIAN } else { 0 };
    let last = if x >= from[MEDIAN] { GRID_POINTS - 2 } else { MEDIAN - 1 };
    while below < last && from[below + 1] <= x {
        below += 1;
    }
    let width = from[below + 1] - from[below];
    if width <= 0.0 {
        return to[below];
    }
    to[below] + (x - from[below]) / width * (to[below + 1] - to[below])
}

/// Normal scores of errors, by phase of the season where each phase has enough of them; one for each of `dates` past dates,
/// the newest last. A date without an error takes one of the others, drawn by address.
fn dated_scores(errors: &[f64], dates: usize, behind: usize, season: usize, stream: Stream) -> Vec<f64> {
    let errors = &errors[errors.len().saturating_sub(dates - behind.min(dates))..];
    let phases = if season > 1 && errors.len() >= 24 * season { season } else { 1 };
    let mut scores = vec![f64::NAN; errors.len()];
    for phase in 0..phases {
        let mut order: Vec<usize> = (phase..errors.len()).step_by(phases).filter(|at| errors[*at].is_finite()).collect();
        order.sort_by(|a, b| errors[*a].total_cmp(&errors[*b]));
        let n = order.len() as f64;
        for (rank, at) in order.iter().enumerate() {
            scores[*at] = normal_score((rank as f64 + 0.5) / n);
        }
    }
    let seen: Vec<f64> = scores.iter().copied().filter(|score| score.is_finite()).collect();
    let mut rng = stream.named("fill").rng();
    let mut dated: Vec<f64> = (0..dates)
        .map(|back| {
            let other = if seen.is_empty() { rng.normal() } else { seen[rng.below(seen.len())] };
            let at = back.checked_sub(behind).and_then(|back| errors.len().checked_sub(back + 1));
            at.map(|at| scores[at]).filter(|score| score.is_finite()).unwrap_or(other)
        })
        .collect();
    dated.reverse();
    dated
}

/// The standard normal quantile.
pub(super) fn normal_score(p: f64) -> f64 {
    std::f64::consts::SQRT_2 * statrs::function::erf::erf_inv(2.0 * p - 1.0)
}

/// The value of `row` at the probability `p`, straight between the grid's normal scores.
#[must_use]
pub fn quantile(row: &[f64; GRID_POINTS], p: f64) -> f64 {
    match GRID.iter().position(|held| *held == p) {
        Some(at) => row[at],
        None => along(&NORMAL, row, normal_score(p)),
    }
}

/// The normal score of a value under a row.
pub(super) fn score_of(row: &Row, value: f64) -> f64 {
    let mut rising = *row;
    for i in 1..GRID_POINTS {
        // a flat stretch has no inverse: the smallest of rises gives it one
        rising[i] = rising[i].max(rising[i - 1] + 1e-9 * (1.0 + rising[i - 1].abs()));
    }
    along(&rising, &NORMAL, value).clamp(-4.0, 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Seed;

    fn joint(persistence: Persistence) -> Joint {
        let mut rng = Stream::root(Seed(2)).rng();
        let common: Vec<f64> = (0..400).map(|_| rng.normal()).collect();
        let part = |own: &mut crate::stream::Generator| Part {
            errors: common.iter().map(|c| c + 0.3 * own.normal()).collect(),
            behind: 0,
            persistence,
            rows: vec![NORMAL.map(|z| 100.0 + 10.0 * z); 12],
            bounds: (0.0, f64::INFINITY),
        };
        Joint::of(vec![part(&mut rng), part(&mut rng)], 1, 12, Stream::root(Seed(3)))
    }

    fn drawn(joint: &Joint, paths: u32) -> Vec<[Vec<f64>; 2]> {
        let one = |path| {
            let dates = joint.dates(path);
            std::array::from_fn(|series| {
                let mut out = vec![0.0; 12];
                joint.path(series, &dates, &mut out);
                out
            })
        };
        (0..paths).map(one).collect()
    }

    #[test]
    fn a_path_is_decided_by_its_address() {
        let joint = joint(Persistence { share: 0.5, memory: 0.9 });
        assert_eq!(drawn(&joint, 3)[2], drawn(&joint, 40)[2]);
    }

    #[test]
    fn paths_have_the_stated_quantiles_at_every_step() {
        let n = 4_000;
        let paths = drawn(&joint(Persistence { share: 0.6, memory: 0.9 }), n);
        for step in [0, 5, 11] {
            for (p, stated) in [(0.1_f64, 87.184), (0.5, 100.0), (0.9, 112.816)] {
                let below = paths.iter().filter(|path| path[0][step] <= stated).count() as f64 / f64::from(n);
                // 5 standard errors of the share, and of the template's 192 × 12 dependent draws (as if 400 free ones)
                let tolerance = 5.0 * (p * (1.0 - p) * (1.0 / f64::from(n) + 1.0 / 400.0)).sqrt();
                assert!((below - p).abs() < tolerance, "step {step}: {below} for {p}");
            }
        }
    }

    #[test]
    fn series_that_erred_together_move_together() {
        let paths = drawn(&joint(Persistence { share: 0.5, memory: 0.8 }), 2_000);
        let product: f64 = paths.iter().map(|path| (path[0][6] - 100.0) * (path[1][6] - 100.0) / 100.0).sum::<f64>() / 2_000.0;
        assert!(product > 0.7, "{product}"); // errors share 1 / 1.09 of their variance
    }

    #[test]
    fn persistence_is_found_again_from_scores_that_have_it() {
        let (share, memory) = (0.7_f64, 0.9_f64);
        let mut rng = Stream::root(Seed(8)).rng();
        let mut products = Products::default();
        let ahead: Vec<usize> = (1..=40).collect();
        for _ in 0..400 {
            let mut level = rng.normal();
            let scores: Vec<f64> = ahead
                .iter()
                .map(|_| {
                    level = memory * level + (1.0 - memory * memory).sqrt() * rng.normal();
                    share.sqrt() * level + (1.0 - share).sqrt() * rng.normal()
                })
                .collect();
            products.add(&ahead, &scores);
        }
        let found = products.persistence();
        assert!(found.memory == 0.9 && (found.share - share).abs() < 0.1, "{found:?}");
    }

    #[test]
    fn lines_between_rows_go_on_beyond_their_ends() {
        let doubled = NORMAL.map(|z| 2.0 * z);
        for x in [-6.0, -1.1, 0.0, 0.4, 5.0] {
            assert!((along(&NORMAL, &doubled, x) - 2.0 * x).abs() < 1e-12, "{x}");
        }
    }
}
