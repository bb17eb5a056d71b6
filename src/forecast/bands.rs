//! Bands whose width is corrected by what the back-test saw: a factor by horizon, pooled over the series of a run.

use super::Scale;
use super::backtest::Trial;
use super::score::crps;
use crate::stats::percentile_of_sorted;

/// One point that was held back: what came, and the paths that had been drawn for it, on the working scale, rising.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) origin: usize,
    pub(super) ahead: usize,
    pub(super) scale: Scale,
    pub(super) came: f64,
    pub(super) centre: f64,
    pub(super) paths: Vec<f64>,
}

impl Held {
    /// How far out it came, as a ratio of the half-width of the band of this coverage on its side.
    fn ratio(&self, coverage: f64) -> f64 {
        let away = self.away();
        let p = if away >= 0.0 { 0.5 + coverage / 2.0 } else { 0.5 - coverage / 2.0 };
        let half = percentile_of_sorted(&self.paths, p).unwrap_or(self.centre) - self.centre;
        // a band that lies wholly on the other side of the centre has no half-width here: the smallest of numbers
        away.abs() / (if away >= 0.0 { half } else { -half }).max(1e-12 * (1.0 + self.centre.abs()))
    }

    fn away(&self) -> f64 {
        let came = if self.scale == Scale::Log { self.came.max(f64::MIN_POSITIVE) } else { self.came };
        self.scale.to(came) - self.centre
    }

    /// Whether it lies inside the band of this coverage once widths are multiplied by `factor`.
    pub(super) fn inside(&self, factor: f64, coverage: f64) -> bool {
        let at = |p: f64| factor * (percentile_of_sorted(&self.paths, p).unwrap_or(self.centre) - self.centre);
        let away = self.away();
        at(0.5 - coverage / 2.0) <= away && away <= at(0.5 + coverage / 2.0)
    }

    /// The score of the corrected paths, in the unit of the series.
    pub(super) fn crps(&self, factor: f64) -> f64 {
        let moved = self.paths.iter().map(|value| self.scale.back(self.centre + factor * (value - self.centre)));
        crps(&moved.collect::<Vec<_>>(), self.came)
    }
}

/// Horizons are put into buckets that double: 1, 2–3, 4–7, 8–15, …
const BUCKETS: usize = 12;

fn bucket(ahead: usize) -> usize {
    (ahead.max(1).ilog2() as usize).min(BUCKETS - 1)
}

/// The factor of the bands' width, by horizon.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Factors {
    logs: [f64; BUCKETS],
}

impl Default for Factors {
    fn default() -> Self {
        Self { logs: [0.0; BUCKETS] }
    }
}

impl Factors {
    fn halve(&mut self) {
        self.logs.iter_mut().for_each(|log| *log /= 2.0);
    }

    /// The factor `ahead` steps ahead: between the middles of the buckets, straight on the log–log scale.
    pub(super) fn at(&self, ahead: usize) -> f64 {
        let place = ((ahead.max(1) as f64).log2() - 0.5).clamp(0.0, (BUCKETS - 1) as f64);
        let below = place.floor() as usize;
        let above = (below + 1).min(BUCKETS - 1);
        (self.logs[below] + (place - below as f64) * (self.logs[above] - self.logs[below])).exp()
    }
}

/// The factors of one series.
#[derive(Debug, Clone)]
pub(super) struct Learned {
    /// From all origins: for the forecast.
    pub(super) all: Factors,
    /// From all but one origin: to measure that one honestly.
    pub(super) others: Vec<Factors>,
}

/// The bounds of a factor: no back-test of a few origins shows that doubt is under half of what the model says, nor that
/// it is over five times it.
const NARROWEST: f64 = 0.5;
/// See [`NARROWEST`].
const WIDEST: f64 = 5.0;
/// So many origins' worth of belief that the model's own width is right.
const PRIOR: f64 = 0.5;
/// So many origins' worth of belief that a series is as the others of its run.
const POOLING: f64 = 6.0;

/// A correction may raise the error (CRPS) of held-back points by at most this ratio; one that would is weakened.
const DEARER: f64 = 1.02;

/// Learns the factors of every series; `None` and untried series get those of the run as a whole.
///
/// A wider band that covers more can still be a worse forecast, above all on the log scale: the correction of a series is
/// weakened by halves until the score of its held-back points, each corrected without its own origin, is as good as without.
pub(super) fn learn(trials: &[Option<&Trial>]) -> Vec<Learned> {
    let tempered = |(learned, trial): (Learned, Option<&Trial>)| match trial {
        Some(trial) => learned.tempered(trial),
        None => learned,
    };
    untempered(trials).into_iter().zip(trials.iter().copied()).map(tempered).collect()
}

impl Learned {
    fn tempered(mut self, trial: &Trial) -> Self {
        let score =
            |learned: &Self| -> f64 { trial.held.iter().map(|held| held.crps(learned.others[held.origin].at(held.ahead))).sum() };
        let plain: f64 = trial.held.iter().map(|held| held.crps(1.0)).sum();
        for _ in 0..3 {
            if score(&self) <= DEARER * plain {
                return self;
            }
            self.all.halve();
            self.others.iter_mut().for_each(Factors::halve);
        }
        if score(&self) > DEARER * plain {
            self.all = Factors::default();
            self.others.fill(Factors::default());
        }
        self
    }
}

fn untempered(trials: &[Option<&Trial>]) -> Vec<Learned> {
    let origins = trials.iter().flatten().map(|trial| trial.origins).max().unwrap_or(0);
    let sides: Vec<Option<Side>> = trials.iter().map(|trial| trial.map(Side::of)).collect();
    let pooled = |without: Option<usize>| logs(&sides.iter().flatten().collect::<Vec<_>>(), without);
    let whole = pooled(None);
    let others: Vec<_> = (0..origins).map(|origin| pooled(Some(origin))).collect();
    let each = sides.iter().map(|side| Learned {
        all: blend(side.as_ref(), &whole, None),
        others: others.iter().enumerate().map(|(origin, pool)| blend(side.as_ref(), pool, Some(origin))).collect(),
    });
    each.collect()
}

/// The ratios of one series: origin, bucket, ratio to the 80 % half-width, ratio to the 95 % half-width.
struct Side {
    ratios: Vec<(usize, usize, f64, f64)>,
}

impl Side {
    fn of(trial: &Trial) -> Self {
        let each = trial.held.iter().map(|held| (held.origin, bucket(held.ahead), held.ratio(0.8), held.ratio(0.95)));
        Self { ratios: each.collect() }
    }
}

/// ln of the factor that each bucket asks for, and how many origins say so.
fn logs(sides: &[&Side], without: Option<usize>) -> [(f64, f64); BUCKETS] {
    std::array::from_fn(|wanted| {
        let mut seen: Vec<(usize, f64, f64)> = Vec::new();
        for side in sides {
            let own = side.ratios.iter().filter(|(origin, bucket, ..)| *bucket == wanted && Some(*origin) != without);
            seen.extend(own.map(|(origin, _, r80, r95)| (*origin, *r80, *r95)));
        }
        if seen.is_empty() {
            return (0.0, 0.0);
        }
        let mut origins: Vec<usize> = seen.iter().map(|(origin, ..)| *origin).collect();
        origins.sort_unstable();
        origins.dedup();
        let n = origins.len() as f64;
        let at = |mut ratios: Vec<f64>, coverage: f64| {
            ratios.sort_by(f64::total_cmp);
            // n origins are few: the quantile is taken a little further out, by 1/(n + 1) of what is left
            let p = coverage + (1.0 - coverage) / (n + 1.0);
            percentile_of_sorted(&ratios, p).unwrap_or(1.0).clamp(NARROWEST / 2.0, WIDEST * 2.0).ln()
        };
        let middle = at(seen.iter().map(|seen| seen.1).collect(), 0.8);
        let tail = at(seen.iter().map(|seen| seen.2).collect(), 0.95);
        (2.0 / 3.0 * middle + tail / 3.0, n)
    })
}

/// Partial pooling: the run's factor is drawn toward the model's own width, the series' toward the run's, each by how many
/// origins speak; then smoothed over neighbouring buckets. Buckets beyond the last that was tried keep its factor.
fn blend(side: Option<&Side>, pool: &[(f64, f64); BUCKETS], without: Option<usize>) -> Factors {
    let own = side.map_or([(0.0, 0.0); BUCKETS], |side| logs(&[side], without));
    let mut raw = [None; BUCKETS];
    for (bucket, raw) in raw.iter_mut().enumerate() {
        let ((own, n), (run, all)) = (own[bucket], pool[bucket]);
        if all > 0.0 {
            let run = run * all / (all + PRIOR);
            *raw = Some((n * own + POOLING * run) / (n + POOLING));
        }
    }
    let mut last = raw.iter().flatten().next().copied().unwrap_or(0.0);
    let filled: Vec<f64> = raw
        .iter()
        .map(|raw| {
            last = raw.unwrap_or(last);
            last
        })
        .collect();
    let smooth = |i: usize| (filled[i.saturating_sub(1)] + 2.0 * filled[i] + filled[(i + 1).min(BUCKETS - 1)]) / 4.0;
    Factors { logs: std::array::from_fn(|i| smooth(i).clamp(NARROWEST.ln(), WIDEST.ln())) }
}
