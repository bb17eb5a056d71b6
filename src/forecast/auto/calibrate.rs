//! Conformal factors: bands made as wide as held-back points ask, by horizon, side and level, pooled over alike series.
//!
//! For a level p above one half the factor is the p-quantile of (y − m) / (q(p) − m) over held-back points: with it exactly the
//! share p of them lies below m + f (q(p) − m). Below one half the mirror image. Vovk, Gammerman & Shafer (2005), *Algorithmic
//! Learning in a Random World*; Romano, Patterson & Candès (2019), "Conformalized quantile regression", *NeurIPS 32*.

use super::super::methods::{GRID, GRID_POINTS};
use super::trial::{MEDIAN, Row};

/// Most buckets of the horizon.
const BUCKETS: usize = 6;
/// Levels that get a factor of their own; those between take the nearer one's, straight between two.
const LEVELS: [usize; 10] = [0, 2, 4, 6, 7, 9, 10, 12, 14, 16];
/// So many origins' worth of belief that a series is as the others.
const POOLING: f64 = 6.0;
/// So many series' worth of belief that the candidates' own widths are right.
const PRIOR: f64 = 3.0;
/// The bounds of a factor.
const NARROWEST: f64 = 0.2;
/// See [`NARROWEST`].
const WIDEST: f64 = 8.0;

/// One held-back point under the combination.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) origin: usize,
    pub(super) ahead: usize,
    pub(super) came: f64,
    pub(super) row: Row,
}

/// The held-back points of one series, and from how many origins.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldBack {
    pub(super) points: Vec<Held>,
    pub(super) origins: usize,
    /// For each origin those judged by some of the same values, itself among them.
    pub(super) overlaps: Vec<Vec<bool>>,
    /// A width under which bands count as closed, in the unit of the series.
    pub(super) tiny: f64,
}

impl HeldBack {
    /// The same, had one of its origins not been tried.
    pub(super) fn without(&self, origin: usize) -> Self {
        let points = self.points.iter().filter(|held| held.origin != origin).cloned().collect();
        Self { points, overlaps: self.overlaps.clone(), ..*self }
    }
}

type Factor = [f64; LEVELS.len()];

/// ln of the factors by bucket and level.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    edges: Vec<f64>,
    logs: Vec<Factor>,
}

/// The buckets' middles for a horizon: 1, …, horizon on the log scale.
fn middles(horizon: usize) -> Vec<f64> {
    let count = BUCKETS.min(horizon).max(1);
    (0..count).map(|i| (horizon as f64).ln() * (i as f64 + 0.5) / count as f64).collect()
}

fn bucket(ahead: usize, horizon: usize) -> usize {
    let count = BUCKETS.min(horizon).max(1);
    if horizon < 2 {
        return 0;
    }
    (((ahead as f64).ln() / (horizon as f64).ln() * count as f64) as usize).min(count - 1)
}

fn ratio(held: &Held, level: usize, tiny: f64) -> f64 {
    let (m, q) = (held.row[MEDIAN], held.row[level]);
    let away = if level > MEDIAN { held.came - m } else { m - held.came };
    away / (q - m).abs().max(tiny).max(f64::MIN_POSITIVE)
}

/// The quantile at which a ratio must lie for its level.
fn wanted(level: usize) -> f64 {
    if level > MEDIAN { GRID[level] } else { 1.0 - GRID[level] }
}

/// The `p` quantile of weighted values.
fn weighted_quantile(values: &mut [(f64, f64)], p: f64) -> Option<f64> {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|value| value.1).sum();
    let mut below = 0.0;
    for (value, weight) in values.iter() {
        below += weight;
        if below >= p * total {
            return Some(*value);
        }
    }
    values.last().map(|last| last.0)
}

/// How wide the errors of a series are against its own bands, in logs, `without` one of its origins and what shares values with it: the mean over origins of
/// ln(mean |y − m| / mean half-width of the 80 % band); and from how many origins.
fn own_width(one: &HeldBack, without: Option<usize>) -> (f64, f64) {
    let (mut sum, mut n) = (0.0, 0.0);
    for origin in (0..one.origins).filter(|origin| !without.is_some_and(|out| one.overlaps[out][*origin])) {
        let points = one.points.iter().filter(|held| held.origin == origin);
        let (away, half, count) = points.fold((0.0, 0.0, 0.0), |(away, half, count), held| {
            let width = (held.row[12] - held.row[4]) / 2.0;
            (away + (held.came - held.row[MEDIAN]).abs(), half + width.max(one.tiny), count + 1.0)
        });
        if count > 0.0 {
            sum += ((away + 0.05 * half) / half.max(f64::MIN_POSITIVE)).ln().clamp(-2.5, 2.5);
            n += 1.0;
        }
    }
    (if n > 0.0 { sum / n } else { 0.0 }, n)
}

/// A series' own width against that of the run, drawn toward it.
fn personal(one: &HeldBack, run: f64, without: Option<usize>) -> f64 {
    let (own, n) = own_width(one, without);
    (own - run) * n / (n + POOLING)
}

/// ln of the factor that these series ask for in one bucket and level, each series with the same weight; `widths` are their
/// personal factors by origin.
fn asked(series: &[(&HeldBack, Vec<f64>)], (wanted_bucket, horizon): (usize, usize), level: usize, further: f64) -> Option<f64> {
    let mut ratios: Vec<(f64, f64)> = Vec::new();
    for (one, widths) in series {
        let first = ratios.len();
        let points = one.points.iter().filter(|held| bucket(held.ahead, horizon) == wanted_bucket);
        ratios.extend(points.map(|held| (ratio(held, level, one.tiny) / widths[held.origin], 0.0)));
        let weight = 1.0 / (ratios.len() - first).max(1) as f64;
        ratios[first..].iter_mut().for_each(|ratio| ratio.1 = weight);
    }
    let p = wanted(level);
    weighted_quantile(&mut ratios, p + (1.0 - p) * further).map(|factor| factor.clamp(NARROWEST, WIDEST).ln())
}

/// The factors of every series of a run.
///
/// With `shared_dates` the evidence is as many origins as do not overlap, however many series there are: quantiles are taken
/// further out by 1/(n + 1) of what is left beyond them, as conformal prediction does for n points.
///
/// Levels, `by_origins`, are few and have origins of their own choosing: belief in the pool is counted by these where they are more.
pub(super) fn learn(series: &[HeldBack], horizon: usize, shared_dates: bool, by_origins: bool) -> Vec<Factors> {
    let tried: Vec<&HeldBack> = series.iter().filter(|one| !one.points.is_empty()).collect();
    let run = tried.iter().map(|one| own_width(one, None).0).sum::<f64>() / tried.len().max(1) as f64;
    let with_widths = |one: &&'_ HeldBack| (0..one.origins).map(|origin| personal(one, run, Some(origin)).exp()).collect();
    let all: Vec<(&HeldBack, Vec<f64>)> = tried.iter().map(|one| (*one, with_widths(one))).collect();
    let edges = middles(horizon);
    let origins = tried.iter().map(|one| one.origins).max().unwrap_or(0);
    let evidence = if by_origins { all.len().max(origins) } else { all.len() } as f64;
    let trust = evidence / (evidence + PRIOR);
    let further = if shared_dates { 1.0 / (origins.div_ceil(2) as f64 + 1.0) } else { 0.0 };
    let pool: Vec<Factor> = (0..edges.len())
        .map(|bucket| {
            std::array::from_fn(|i| asked(&all, (bucket, horizon), LEVELS[i], further).map_or(f64::NAN, |log| trust * log))
        })
        .collect();
    let pool = filled(pool);
    let one = |one: &HeldBack| {
        let width = if one.points.is_empty() { 0.0 } else { personal(one, run, None) };
        let logs = pool.iter().map(|pool| pool.map(|log| log + width)).collect();
        Factors { edges: edges.clone(), logs }
    };
    series.iter().map(one).collect()
}

/// Buckets without any point take the factor of the bucket before, or 1.
fn filled(mut pool: Vec<Factor>) -> Vec<Factor> {
    let mut last = [0.0; LEVELS.len()];
    for factor in &mut pool {
        for (value, last) in factor.iter_mut().zip(&mut last) {
            if value.is_nan() {
                *value = *last;
            }
            *last = *value;
        }
    }
    pool
}

impl Factors {
    /// Half as strong.
    pub(super) fn halve(&mut self) {
        self.logs.iter_mut().flatten().for_each(|log| *log /= 2.0);
    }

    /// No correction.
    pub(super) fn clear(&mut self) {
        self.logs.iter_mut().flatten().for_each(|log| *log = 0.0);
    }

    /// The row of a step `ahead` (1 the next), its widths corrected, rising.
    pub(super) fn corrected(&self, row: &Row, ahead: usize, floor: f64) -> Row {
        let at = (ahead.max(1) as f64).ln();
        let above = self.edges.partition_point(|edge| *edge <= at).min(self.edges.len() - 1);
        let below = above.saturating_sub(1);
        let (from, to) = (self.edges[below], self.edges[above]);
        let share = if to > from { ((at - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        let m = row[MEDIAN];
        let mut out = [m; GRID_POINTS];
        for (level, out) in out.iter_mut().enumerate().filter(|(level, _)| *level != MEDIAN) {
            let factor = (1.0 - share) * by_level(&self.logs[below], level) + share * by_level(&self.logs[above], level);
            *out = m + factor.exp() * (row[level] - m);
        }
        for level in (0..MEDIAN).rev() {
            out[level] = out[level].min(out[level + 1]);
        }
        for level in MEDIAN + 1..GRID_POINTS {
            out[level] = out[level].max(out[level - 1]);
        }
        for value in &mut out {
            *value = value.max(floor);
        }
        out
    }
}

/// ln of the factor at any level of the grid, straight between those that have their own.
fn by_level(factor: &Factor, level: usize) -> f64 {
    let above = LEVELS.partition_point(|own| *own < level);
    if above == LEVELS.len() {
        return factor[above - 1];
    }
    if above == 0 || LEVELS[above] == level {
        return factor[above];
    }
    if LEVELS[above - 1] < MEDIAN && LEVELS[above] > MEDIAN {
        return 0.0; // the median itself
    }
    let (from, to) = (LEVELS[above - 1], LEVELS[above]);
    let share = (level - from) as f64 / (to - from) as f64;
    factor[above - 1] + share * (factor[above] - factor[above - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::methods::NORMAL;
    use crate::stream::{Seed, Stream};

    /// Series whose bands are for N(0, 1) and whose values come from N(0, sd²).
    fn series(count: usize, sd: f64, purpose: &str) -> Vec<HeldBack> {
        let mut rng = Stream::root(Seed(5)).named(purpose).rng();
        let mut one = || {
            let points = (0..4).flat_map(|origin| (1..=12).map(move |ahead| (origin, ahead)));
            let points = points.map(|(origin, ahead)| Held { origin, ahead, came: sd * rng.normal(), row: NORMAL }).collect();
            let overlaps = (0..4).map(|i| (0..4).map(|j| i == j).collect()).collect();
            HeldBack { points, origins: 4, overlaps, tiny: 1e-9 }
        };
        (0..count).map(|_| one()).collect()
    }

    fn covered(factors: &[Factors], fresh: &[HeldBack], (low, high): (usize, usize)) -> (f64, f64) {
        let each = fresh.iter().zip(factors).flat_map(|(one, factors)| {
            one.points.iter().map(move |held| {
                let row = factors.corrected(&held.row, held.ahead, f64::NEG_INFINITY);
                f64::from(u8::from(row[low] <= held.came && held.came <= row[high]))
            })
        });
        let (sum, n) = each.fold((0.0, 0.0), |(sum, n), inside| (sum + inside, n + 1.0));
        (sum / n, n)
    }

    #[test]
    fn bands_that_are_half_as_wide_as_they_must_be_are_mended() {
        let factors = learn(&series(300, 2.0, "past"), 12, false, false);
        let fresh = series(300, 2.0, "future");
        for (levels, nominal) in [((4, 12), 0.80_f64), ((2, 14), 0.95)] {
            let (seen, n) = covered(&factors, &fresh, levels);
            // both samples have n points: 5 standard errors of their difference; shrinking (3 of 303 series) and what a series'
            // own width adds cost up to a point
            let tolerance = 5.0 * (2.0 * nominal * (1.0 - nominal) / n).sqrt() + 0.01;
            assert!((seen - nominal).abs() < tolerance, "{levels:?}: {seen} ± {tolerance}");
        }
    }

    #[test]
    fn sides_are_mended_apart() {
        let mut lopsided = series(300, 1.0, "past");
        lopsided.iter_mut().flat_map(|one| &mut one.points).for_each(|held| held.came *= if held.came > 0.0 { 3.0 } else { 1.0 });
        let row = learn(&lopsided, 12, false, false)[0].corrected(&NORMAL, 3, f64::NEG_INFINITY);
        assert!(row[14] > 2.0 * -row[2], "{row:?}");
    }

    #[test]
    fn one_origin_shared_by_all_series_asks_for_wider_bands() {
        let (apart, shared) = (learn(&series(200, 1.0, "a"), 12, false, false), learn(&series(200, 1.0, "a"), 12, true, false));
        let width = |factors: &[Factors]| factors[0].corrected(&NORMAL, 1, f64::NEG_INFINITY)[12];
        assert!(width(&shared) > width(&apart));
    }

    #[test]
    fn a_corrected_row_rises_and_stays_above_its_floor() {
        let factors = &learn(&series(20, 3.0, "few"), 12, false, false)[0];
        let row = factors.corrected(&NORMAL, 40, -0.5); // further ahead than was ever tried: the last bucket's factors
        assert!(row.is_sorted() && row[0] == -0.5, "{row:?}");
    }
}
