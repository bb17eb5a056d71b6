//! Upper quantiles of a step and of a season's maximum, calibrated on what exceeded them before.
//!
//! The anchor of a step is the 90 % point of the seasonal pool, its unit the distance from the median to there. Every season of
//! the recent past is foreseen from those before it; by how many units the values lay beyond their anchors are the scores. The
//! quantile p of the next step is the anchor plus the score of rank ⌈(n + 1) p⌉ (split conformal prediction: Lei, G'Sell, Rinaldo,
//! Tibshirani & Wasserman 2018, *JASA* 113, 1094–1111). Beyond the data the scores' excesses over a threshold follow a generalised
//! Pareto distribution (Pickands 1975, *Annals of Statistics* 3, 119–131), by probability-weighted moments (Hosking & Wallis 1987,
//! *Technometrics* 29, 339–349), up to a stated limit. A standard deviation appears nowhere.

use super::pool::{Decay, History, Phases, Recipe, SeasonalPool, decays, quantiles, steady_recipes};

/// The seasons foreseen for scores, and the steps of a season that are scored.
const MOST_SCORED: usize = 28;
const MOST_STEPS: usize = 96;
/// The fewest past seasons that say something of the next.
const FEWEST_BEFORE: usize = 5;
/// The tail is fitted to the scores beyond this probability.
const STEP_THRESHOLD: f64 = 0.95;
const MAXIMUM_THRESHOLD: f64 = 0.7;
/// The shape of a tail before data, a little heavier than the exponential, and how many excesses it counts as.
const PRIOR_SHAPE: f64 = 0.1;
const PRIOR_COUNT: f64 = 20.0;
/// Probability-weighted moments have no finite variance beyond; a tail without a mean allows no planning.
const MOST_SHAPE: f64 = 0.5;
/// A quantile is stated up to the event expected once in so many times the data.
const REACH: f64 = 10.0;
/// How much of an adjustment toward smaller peaks is believed: a peak foreseen too low costs more than one too high.
const BELIEF_DOWN: f64 = 0.5;

/// The peaks of a series with a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peaks {
    /// The steps in the season, such as 24.
    pub season: usize,
}

/// Where the upper part of a distribution starts and its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Anchor {
    at: f64,
    unit: f64,
}

/// The distribution of scores: sorted, and a generalised Pareto tail from `threshold` on.
#[derive(Debug, Clone, PartialEq)]
struct Scores {
    sorted: Vec<f64>,
    threshold: f64,
    /// The share of scores beyond the threshold.
    beyond: f64,
    shape: f64,
    scale: f64,
}

/// Peaks fitted to a past.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPeaks {
    steps: Vec<Anchor>,
    step_scores: Scores,
    maximum: Anchor,
    maximum_scores: Scores,
}

impl Peaks {
    /// Fits to a past; none of fewer than eight seasons.
    ///
    /// ```text
    /// let peaks = Peaks { season: 24 }.fit(&past)?;
    /// let p99_of_next_hour = peaks.step_quantile(0, 0.99)?;
    /// let p95_of_a_days_maximum = peaks.maximum_quantile(0.95)?;
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64]) -> Option<FittedPeaks> {
        let history = History::of(past, SeasonalPool { season: self.season, long: None })?;
        if history.seasons() < FEWEST_BEFORE + 3 {
            return None;
        }
        let decays = decays();
        let floor = smallest_unit(&history);
        let mut phases = Phases::of(&history);
        let tried = steady_recipes().map(|(place, recipe)| {
            let (scores, loss) = step_scores(&history, &mut phases, recipe, &decays[place], floor);
            (place, recipe, scores, loss)
        });
        let (place, recipe, scores, _) = tried.into_iter().min_by(|a, b| a.3.total_cmp(&b.3))?;
        let step_scores = Scores::of(scores, STEP_THRESHOLD, PRIOR_SHAPE)?;
        let steps =
            (0..self.season).map(|phase| anchor(&mut phases, recipe, &decays[place], 0, phase, floor)).collect::<Option<_>>()?;
        let maxima = maxima(&history);
        let maximum = maximum_anchor(&maxima, floor)?;
        let scored = (0..maxima.len() - FEWEST_BEFORE).filter_map(|season| {
            let anchor = maximum_anchor(&maxima[season + 1..], floor)?;
            Some((maxima[season] - anchor.at) / anchor.unit)
        });
        // A maximum has the tail of what it is the maximum of (Fisher & Tippett 1928).
        let maximum_scores =
            Scores::of(scored.filter(|score| score.is_finite()).collect(), MAXIMUM_THRESHOLD, step_scores.shape)?;
        Some(FittedPeaks { steps, step_scores, maximum, maximum_scores })
    }
}

impl FittedPeaks {
    /// The quantile `p` (0.9 ≤ p ≤ [`step_limit`](Self::step_limit)) of the step `ahead` (0 the first), in the unit of the series.
    #[must_use]
    pub fn step_quantile(&self, ahead: usize, p: f64) -> Option<f64> {
        self.steps[ahead % self.steps.len()].quantile(&self.step_scores, p)
    }

    /// The quantile `p` (0.9 ≤ p ≤ [`maximum_limit`](Self::maximum_limit)) of the maximum of one of the next seasons.
    #[must_use]
    pub fn maximum_quantile(&self, p: f64) -> Option<f64> {
        self.maximum.quantile(&self.maximum_scores, p)
    }

    /// The highest probability at which a step's quantile is stated: 1 − 1 / (10 n) of n scores.
    #[must_use]
    pub fn step_limit(&self) -> f64 {
        self.step_scores.limit()
    }

    /// The highest probability at which a maximum's quantile is stated: 1 − 1 / (10 n) of n scores.
    #[must_use]
    pub fn maximum_limit(&self) -> f64 {
        self.maximum_scores.limit()
    }

    /// The shape ξ of the generalised Pareto tail of steps: 0 exponential, above heavy, below with an end.
    #[must_use]
    pub fn tail_shape(&self) -> f64 {
        self.step_scores.shape
    }
}

impl Anchor {
    fn of(median: f64, upper: f64, floor: f64) -> Option<Self> {
        (median.is_finite() && upper.is_finite()).then(|| Self { at: upper, unit: (upper - median).max(floor) })
    }

    fn quantile(&self, scores: &Scores, p: f64) -> Option<f64> {
        let score = scores.quantile(p)?;
        let believed = if score < 0.0 { BELIEF_DOWN * score } else { score };
        let quantile = self.at + self.unit * believed;
        quantile.is_finite().then_some(quantile)
    }
}

/// A thousandth of the range: no step of a series that moves is foreseen more finely than that.
fn smallest_unit(history: &History) -> f64 {
    let known = history.values().iter().filter(|value| value.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    (1e-3 * (high - low)).max(1e-12 * high.abs()).max(f64::MIN_POSITIVE)
}

fn anchor(phases: &mut Phases, recipe: &Recipe, decay: &Decay, origin: usize, phase: usize, floor: f64) -> Option<Anchor> {
    let mut sorted = Vec::new();
    phases.sample(recipe, origin, 1, phase, &mut sorted);
    let [median, upper] = quantiles(&sorted, decay, &[0.5, 0.9]);
    Anchor::of(median, upper, floor)
}

/// The scores of the last seasons' steps, and the pinball loss of their anchors.
fn step_scores(history: &History, phases: &mut Phases, recipe: &Recipe, decay: &Decay, floor: f64) -> (Vec<f64>, f64) {
    let (mut scores, mut loss) = (Vec::new(), 0.0);
    let stride = history.season().div_ceil(MOST_STEPS);
    for target in 0..MOST_SCORED.min(history.seasons() - FEWEST_BEFORE) {
        for phase in (target % stride..history.season()).step_by(stride) {
            let value = history.value(target, phase);
            if !value.is_finite() {
                continue;
            }
            if let Some(anchor) = anchor(phases, recipe, decay, target + 1, phase, floor) {
                let error = value - anchor.at;
                loss += (0.9 * error).max(-0.1 * error);
                scores.push(error / anchor.unit);
            }
        }
    }
    (scores, loss)
}

/// The maximum of each season, the last first; NaN of one of which less than half is known.
fn maxima(history: &History) -> Vec<f64> {
    let seasons = history.values().rchunks(history.season());
    seasons
        .map(|season| {
            let known = season.iter().filter(|value| value.is_finite());
            if 2 * known.clone().count() < season.len() { f64::NAN } else { known.copied().fold(f64::NEG_INFINITY, f64::max) }
        })
        .collect()
}

/// The anchor of a season's maximum from those of the seasons before.
fn maximum_anchor(before: &[f64], floor: f64) -> Option<Anchor> {
    let mut known: Vec<f64> = before.iter().take(MOST_SCORED).copied().filter(|value| value.is_finite()).collect();
    if known.len() < FEWEST_BEFORE {
        return None;
    }
    known.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| known[((p * known.len() as f64).ceil() as usize).clamp(1, known.len()) - 1];
    Anchor::of(at(0.5), at(0.9), floor)
}

impl Scores {
    fn of(mut sorted: Vec<f64>, threshold: f64, prior: f64) -> Option<Self> {
        if sorted.is_empty() {
            return None;
        }
        sorted.sort_unstable_by(f64::total_cmp);
        let first = ((threshold * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1;
        let excesses: Vec<f64> = sorted[first + 1..].iter().map(|score| score - sorted[first]).collect();
        let (shape, scale) = pareto_tail(&excesses, prior);
        let beyond = excesses.len() as f64 / (sorted.len() + 1) as f64;
        Some(Self { threshold: sorted[first], beyond, shape, scale, sorted })
    }

    fn limit(&self) -> f64 {
        1.0 - 1.0 / (REACH * self.sorted.len() as f64)
    }

    /// The score of rank ⌈(n + 1) p⌉ while ten lie beyond it; after that the larger of the tail and the threshold.
    fn quantile(&self, p: f64) -> Option<f64> {
        let count = self.sorted.len();
        if !(0.9..=self.limit()).contains(&p) {
            return None;
        }
        let rank = ((count + 1) as f64 * p).ceil() as usize;
        if rank + 10 <= count || self.beyond == 0.0 {
            return Some(self.sorted[rank.min(count) - 1]);
        }
        let ratio = ((1.0 - p) / self.beyond).min(1.0);
        let excess = if self.shape.abs() < 1e-9 { -ratio.ln() } else { (ratio.powf(-self.shape) - 1.0) / self.shape };
        Some(self.threshold + self.scale * excess)
    }
}

/// The shape and scale of a generalised Pareto distribution of rising excesses; the shape drawn toward `prior`.
///
/// With a₀ the mean and a₁ = Σ (1 − (j − 0.35) / n) xⱼ / n: shape 2 − a₀ / (a₀ − 2 a₁), and scale mean × (1 − shape).
fn pareto_tail(excesses: &[f64], prior: f64) -> (f64, f64) {
    let count = excesses.len() as f64;
    if excesses.is_empty() {
        return (prior, 0.0);
    }
    let mean = excesses.iter().sum::<f64>() / count;
    let below = excesses.iter().enumerate();
    let weighted = below.map(|(j, excess)| (1.0 - (j as f64 + 0.65) / count) * excess).sum::<f64>() / count;
    let apart = mean - 2.0 * weighted;
    let shape = if apart > 1e-12 * mean { (2.0 - mean / apart).clamp(-MOST_SHAPE, MOST_SHAPE) } else { prior };
    let shape = (count * shape + PRIOR_COUNT * prior) / (count + PRIOR_COUNT);
    (shape, mean * (1.0 - shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between 0 and 1, the same each time (Steele, Lea & Flood 2014, SplitMix).
    fn uniform(state: &mut u64) -> f64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A day's wave times noise whose tail falls as x⁻⁴: P(noise > x) = (1 + x / 2)⁻⁴.
    fn heavy(seed: u64, days: usize) -> Vec<f64> {
        let mut state = seed;
        (0..24 * days).map(|at| wave(at) * (1.0 + 2.0 * (uniform(&mut state).powf(-0.25) - 1.0))).collect()
    }

    fn wave(at: usize) -> f64 {
        10.0 + 5.0 * (std::f64::consts::TAU * (at % 24) as f64 / 24.0).sin()
    }

    fn exceeded(at: usize, quantile: f64) -> f64 {
        (1.0 + (quantile / wave(at) - 1.0).max(0.0) / 2.0).powi(-4)
    }

    #[test]
    fn a_steps_quantile_is_exceeded_as_often_as_it_says() {
        for p in [0.95, 0.99, 0.998] {
            let rates: Vec<f64> = (0..40)
                .map(|seed| {
                    let peaks = Peaks { season: 24 }.fit(&heavy(seed, 40)).unwrap();
                    (0..24).map(|at| exceeded(at, peaks.step_quantile(at, p).unwrap())).sum::<f64>() / 24.0
                })
                .collect();
            let mean = rates.iter().sum::<f64>() / 40.0;
            // The rate of one fit varies by √(p(1−p)/n) at n = 672 scores, the mean of 40 by a 6.3rd of it; scores share their pools,
            // which is worth a factor of two at most; four such deviations, and the part that a rank of n + 1 gives away.
            let tolerance = 4.0 * 2.0 * (p * (1.0 - p) / 672.0_f64).sqrt() / 40.0_f64.sqrt() + 1.0 / 673.0;
            assert!((mean - (1.0 - p)).abs() < tolerance, "{p}: {mean} ± {tolerance}");
        }
    }

    #[test]
    fn a_days_maximum_is_exceeded_as_often_as_it_says() {
        for p in [0.9, 0.95, 0.99] {
            let rates: Vec<f64> = (100..160)
                .map(|seed| {
                    let peaks = Peaks { season: 24 }.fit(&heavy(seed, 60)).unwrap();
                    let quantile = peaks.maximum_quantile(p).unwrap();
                    1.0 - (0..24).map(|at| 1.0 - exceeded(at, quantile)).product::<f64>()
                })
                .collect();
            let mean = rates.iter().sum::<f64>() / 60.0;
            // As above with 55 scores a fit, which share pools of 28: a factor of two; the rank gives away 1 / 56.
            let tolerance = 4.0 * 2.0 * (p * (1.0 - p) / 55.0_f64).sqrt() / 60.0_f64.sqrt() + 1.0 / 56.0;
            assert!((mean - (1.0 - p)).abs() < tolerance, "{p}: {mean} ± {tolerance}");
        }
    }

    #[test]
    fn the_moments_of_a_tail_give_back_its_shape() {
        // Plotting positions (j − 0.35) / n make the sample the distribution itself but for O(1 / n).
        let excesses: Vec<f64> =
            (0..20_000).map(|j| ((1.0 - (f64::from(j) + 0.65) / 20_000.0).powf(-0.2) - 1.0) * 3.0 / 0.2).collect();
        let (shape, scale) = pareto_tail(&excesses, PRIOR_SHAPE);
        assert!((shape - 0.2).abs() < 0.005 && (scale - 3.0).abs() < 0.03, "{shape} {scale}");
    }

    #[test]
    fn without_excesses_a_tail_is_its_prior() {
        assert_eq!(pareto_tail(&[], 0.1), (0.1, 0.0));
    }

    #[test]
    fn nothing_is_stated_beyond_ten_times_the_data() {
        let peaks = Peaks { season: 24 }.fit(&heavy(1, 20)).unwrap();
        // 15 seasons of 24 steps were foreseen.
        assert!((peaks.step_limit() - (1.0 - 1.0 / 3600.0)).abs() < 1e-12);
        assert!(peaks.step_quantile(0, peaks.step_limit()).is_some() && peaks.step_quantile(0, 0.9999).is_none());
    }

    #[test]
    fn quantiles_rise_with_their_probability() {
        let peaks = Peaks { season: 24 }.fit(&heavy(7, 50)).unwrap();
        let of: Vec<f64> = [0.9, 0.95, 0.98, 0.99, 0.995, 0.999].iter().map(|p| peaks.step_quantile(3, *p).unwrap()).collect();
        assert!(of.windows(2).all(|pair| pair[0] <= pair[1]), "{of:?}");
    }

    #[test]
    fn odd_pasts_give_finite_peaks_or_none() {
        let gappy: Vec<f64> = heavy(3, 30).iter().enumerate().map(|(at, v)| if at % 3 == 0 { f64::NAN } else { *v }).collect();
        let pasts = [vec![], vec![1.0; 3], vec![5.0; 480], vec![0.0; 480], vec![f64::NAN; 480], gappy];
        for past in &pasts {
            for factor in [1.0, 1e12, 1e-9] {
                let scaled: Vec<f64> = past.iter().map(|value| value * factor).collect();
                if let Some(peaks) = (Peaks { season: 24 }).fit(&scaled) {
                    assert!(peaks.step_quantile(0, 0.99).unwrap().is_finite());
                    assert!(peaks.maximum_quantile(0.95).unwrap().is_finite());
                }
            }
        }
        let flat = Peaks { season: 24 }.fit(&pasts[2]).unwrap();
        assert_eq!((flat.step_quantile(5, 0.99), flat.maximum_quantile(0.95)), (Some(5.0), Some(5.0)));
    }
}
