//! Growth as a line that bends at a few places.
//!
//! y = a + b t + Σ δⱼ (t − cⱼ)⁺ + season + error, the error an autoregression. The form of Taylor & Letham (2018), "Forecasting
//! at scale", *The American Statistician* 72, 37–45; places are found by forward selection with a Bayesian criterion rather
//! than by shrinkage, as in orthogonal least squares: Chen, Billings & Luo (1989), *International Journal of Control* 50,
//! 1873–1896.

use super::outlook::{Fitted, Outlook};
use super::regression::{Autoregression, Design, Regressed, pairs, push_fourier, quadratic, regress};

/// Where a line may bend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changepoints {
    /// Nowhere.
    None,
    /// At these steps, 0 the oldest.
    At(Vec<usize>),
    /// Where a bend earns its parameters (place and size), at most so many.
    Found(usize),
}

/// Piecewise linear growth.
///
/// ```
/// use plimsoll::forecast::methods::{Curve, Fitted};
///
/// let past: Vec<f64> = (0..40).map(|t| 100.0 + 2.0 * f64::from(t)).collect();
/// let fitted = Curve::default().fit(&past, 12).expect("long enough");
/// assert!(fitted.changepoints().is_empty() && (fitted.slope() - 2.0).abs() < 1e-6);
/// assert!((fitted.outlook(1).centre[0] - 180.0).abs() < 1e-3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// Where it may bend.
    pub changepoints: Changepoints,
    /// The highest order of the autoregression of the errors.
    pub order: usize,
}

impl Default for Curve {
    fn default() -> Self {
        Self { changepoints: Changepoints::Found(5), order: 2 }
    }
}

/// Places that are tried.
const PLACES: usize = 60;

impl Curve {
    /// Fits to a past, with a season of `season` steps where that makes the criterion smaller; none where fewer than five
    /// steps are known, or fewer than two more than there are coefficients.
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<FittedCurve> {
        let known = past.iter().filter(|value| value.is_finite()).count();
        if known < 5 || past.iter().any(|value| value.is_infinite()) {
            return None;
        }
        let seasons = if season > 1 && past.len() >= 2 * season && known > 4 * pairs(season) { vec![0, season] } else { vec![0] };
        let cycle = if past.len() >= 2 * season { season } else { 1 };
        let fits = seasons.into_iter().flat_map(|season| {
            let places: Vec<Vec<usize>> = match &self.changepoints {
                Changepoints::None => vec![Vec::new()],
                Changepoints::At(at) => vec![at.iter().copied().filter(|at| (1..past.len() - 1).contains(at)).collect()],
                Changepoints::Found(_) => {
                    let taken = found(past, season, cycle, self);
                    (0..=taken.len()).map(|count| taken[..count].to_vec()).collect()
                }
            };
            places.into_iter().filter_map(move |places| fit_at(past, season, places, self))
        });
        fits.min_by(|a, b| a.criterion().total_cmp(&b.criterion()))
    }
}

/// The regressors of the steps in `steps` of a past of `n`: 1, t/n, the bends, the season.
fn design(steps: std::ops::Range<usize>, n: usize, places: &[usize], season: usize) -> Design {
    let mut rows = Vec::new();
    let count = steps.len();
    for t in steps {
        rows.extend([1.0, t as f64 / n as f64]);
        rows.extend(places.iter().map(|at| t.saturating_sub(*at) as f64 / n as f64));
        push_fourier(&mut rows, t, season);
    }
    Design { width: rows.len() / count.max(1), rows }
}

fn fit_at(past: &[f64], season: usize, mut places: Vec<usize>, form: &Curve) -> Option<FittedCurve> {
    places.sort_unstable();
    let design = design(0..past.len(), past.len(), &places, season);
    let regressed = regress(&design, past, &vec![f64::INFINITY; design.width], form.order)?;
    Some(FittedCurve { form: form.clone(), n: past.len(), season, places, regressed })
}

/// The places at which a line may bend, the one that explains most first.
///
/// The errors' autoregression is that about a curve free to bend at up to ten even places, so that a bend left out does not
/// pass for one. How many of these places are kept is for the criterion to say, with an autoregression fitted for each number:
/// a slow autoregression about a straight line may be the likelier reading.
fn found(past: &[f64], season: usize, cycle: usize, form: &Curve) -> Vec<usize> {
    let n = past.len();
    let Changepoints::Found(most) = form.changepoints else { return Vec::new() };
    // the slope that goes on rests on a fifth of the past at least, and what lasts less than a season is no growth
    let margin = (n / 5).max(6).max(cycle);
    if n < 3 * margin {
        return Vec::new();
    }
    let span = n - 2 * margin;
    let even = (n / 8).min(10);
    let free: Vec<usize> = (1..=even).map(|i| margin + span * i / (even + 1)).collect();
    let design = design(0..n, n, &free, season);
    let Some(free) = regress(&design, past, &vec![f64::INFINITY; design.width], form.order) else { return Vec::new() };
    let every = span.div_ceil(PLACES).max(1);
    let places: Vec<usize> = (margin..=margin + span).step_by(every).collect();
    let columns = whitened_columns(past, &places, season, &free.autoregression);
    let apart = cycle.max(5).div_ceil(every);
    select(columns, places.len(), most, apart).into_iter().map(|at| places[at]).collect()
}

/// The columns, of the last `tried` before the target (the last), that earn their place: each in turn the one that takes the
/// most from the squares left, as long as n ln(squares) falls by more than 2 ln n; every other is then made orthogonal to it.
fn select(mut columns: Vec<Vec<f64>>, tried: usize, most: usize, apart: usize) -> Vec<usize> {
    let target = columns.len() - 1;
    let fixed = target - tried;
    let count = columns[target].len() as f64;
    let floor = 1e-18 * dot(&columns[target], &columns[target]);
    (0..fixed).for_each(|column| make_orthogonal(&mut columns, column));
    let lengths: Vec<f64> = columns.iter().map(|column| dot(column, column)).collect();
    let mut taken: Vec<usize> = Vec::new();
    while taken.len() < most {
        let left = dot(&columns[target], &columns[target]);
        let gain = |column: usize| {
            let length = dot(&columns[column], &columns[column]);
            if length > 1e-6 * lengths[column] { dot(&columns[column], &columns[target]).powi(2) / length } else { 0.0 }
        };
        let best = (fixed..target)
            .filter(|column| taken.iter().all(|taken| taken.abs_diff(column - fixed) >= apart))
            .map(|column| (column, gain(column)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((column, gained)) = best else { break };
        let after = (left - gained).max(floor);
        if left <= floor || count * (left / after).ln() <= 2.0 * count.ln() {
            break;
        }
        taken.push(column - fixed);
        make_orthogonal(&mut columns, column);
    }
    taken
}

/// The whitened columns of the line, the season, the places, and the target.
fn whitened_columns(past: &[f64], places: &[usize], season: usize, errors: &Autoregression) -> Vec<Vec<f64>> {
    let n = past.len();
    let mut all = Design::default();
    for t in 0..n {
        all.rows.extend([1.0, t as f64 / n as f64]);
        push_fourier(&mut all.rows, t, season);
        all.rows.extend(places.iter().map(|at| t.saturating_sub(*at) as f64 / n as f64));
    }
    all.width = all.rows.len() / n;
    let (white, _) = all.whitened(past, errors);
    let mut columns = vec![Vec::with_capacity(n); all.width + 1];
    for row in white.chunks_exact(all.width + 1) {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(*value);
        }
    }
    columns
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes from every other column what it shares with this one.
fn make_orthogonal(columns: &mut [Vec<f64>], column: usize) {
    let own = columns[column].clone();
    let length = dot(&own, &own);
    if length <= 0.0 {
        return;
    }
    for (at, other) in columns.iter_mut().enumerate() {
        if at != column {
            let share = dot(&own, other) / length;
            other.iter_mut().zip(&own).for_each(|(cell, own)| *cell -= share * own);
        }
    }
}

/// Piecewise linear growth fitted to one past.
#[derive(Debug, Clone)]
pub struct FittedCurve {
    form: Curve,
    n: usize,
    season: usize,
    places: Vec<usize>,
    regressed: Regressed,
}

impl FittedCurve {
    /// The same places and season at another past of the same series (the places beyond its end left out).
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let margin = (past.len() / 10).max(3);
        let places = self.places.iter().copied().filter(|at| at + margin <= past.len()).collect();
        fit_at(past, self.season, places, &self.form)
    }

    /// Where it bends, 0 the oldest step.
    #[must_use]
    pub fn changepoints(&self) -> &[usize] {
        &self.places
    }

    /// The growth a step at the end of the past, in the unit of the series.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.regressed.coefficients[1..2 + self.places.len()].iter().sum::<f64>() / self.n as f64
    }

    /// The Bayesian criterion, but for a constant; a bend counts three times, for its size and for a place
    /// found by search: Zhang & Siegmund (2007), "A modified Bayes information criterion with applications to the analysis of
    /// comparative genomic hybridization data", *Biometrics* 63, 22–32.
    pub(super) fn criterion(&self) -> f64 {
        self.regressed.criterion(2.0 * self.places.len() as f64)
    }

    /// The curve, the errors expected and the standard deviation of each step ahead: of the innovations to come, of the
    /// coefficients, and of bends to come.
    ///
    /// Bends come as often as they did (J in n steps) and as large (mean |δ|, a Laplace law: variance 2 |δ|²), so the curve's
    /// variance h steps ahead rises by Σᵢ J/n 2|δ|² (h − i)², i = 1 … h.
    fn ahead(&self, steps: usize) -> (Vec<f64>, Vec<f64>) {
        let found = &self.regressed;
        let rows = design(self.n..self.n + steps, self.n, &self.places, self.season);
        let errors = found.autoregression.ahead(&found.errors, steps);
        let spread = found.autoregression.variance_ahead(steps);
        let bends = &found.coefficients[2..2 + self.places.len()];
        let size = bends.iter().map(|bend| bend.abs()).sum::<f64>() / (self.n * bends.len().max(1)) as f64;
        let rate = bends.len() as f64 / self.n as f64;
        let mut bending = 0.0;
        let (mut centre, mut sd) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        for h in 0..steps {
            let row = rows.row(h);
            bending += rate * 2.0 * size * size * (h as f64).powi(2);
            centre.push(dot(row, &found.coefficients) + errors[h]);
            let variance = found.sigma.powi(2) * spread[h] + quadratic(&found.covariance, row) + bending;
            sd.push(variance.max(0.0).sqrt());
        }
        (centre, sd)
    }
}

impl Fitted for FittedCurve {
    fn name(&self) -> String {
        format!("piecewise linear, {} bends, AR({})", self.places.len(), self.regressed.autoregression.coefficients().len())
    }

    fn residuals(&self) -> &[f64] {
        &self.regressed.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let (centre, sd) = self.ahead(steps);
        Outlook { centre, sd, quantiles: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::methods::noise::Noise;

    #[test]
    fn a_line_without_noise_goes_on() {
        let past: Vec<f64> = (0..30).map(|t| 5.0 + 2.0 * f64::from(t)).collect();
        let fitted = Curve::default().fit(&past, 1).expect("fits");
        assert!(fitted.changepoints().is_empty() && (fitted.slope() - 2.0).abs() < 1e-6, "{fitted:?}");
        for (h, seen) in fitted.outlook(10).centre.into_iter().enumerate() {
            assert!((seen - (65.0 + 2.0 * h as f64)).abs() < 1e-5, "{seen}");
        }
    }

    #[test]
    fn the_spread_about_a_line_is_the_textbooks() {
        // without autocorrelation: σ² (1 + 1/n + (t − t̄)² / Σ (t − t̄)²)
        let past: Vec<f64> = (0..20).map(|t| f64::from(t) + [1.0, -1.0, -1.0, 1.0][t as usize % 4]).collect();
        let fitted = Curve { changepoints: Changepoints::None, order: 0 }.fit(&past, 1).expect("fits");
        let sigma = fitted.regressed.sigma;
        for (h, sd) in fitted.outlook(8).sd.into_iter().enumerate() {
            let want = sigma * (1.0 + 1.0 / 20.0 + (20.0 + h as f64 - 9.5).powi(2) / 665.0).sqrt();
            assert!((sd - want).abs() < 1e-6 * want, "{sd} {want}");
        }
    }

    #[test]
    fn known_bends_are_found_and_noise_alone_has_none() {
        let mut right = 0;
        let mut wrong = 0;
        for seed in 0..40 {
            let mut noise = Noise::new(seed);
            let mut error = 0.0;
            let mut bent = Vec::new();
            let mut straight = Vec::new();
            for t in 0..160_u32 {
                error = 0.4 * error + noise.normal();
                let t = f64::from(t);
                bent.push(10.0 + 0.2 * t + 0.5 * (t - 80.0).max(0.0) + error);
                straight.push(10.0 + 0.2 * t + error);
            }
            let fitted = Curve::default().fit(&bent, 1).expect("fits");
            right +=
                usize::from(fitted.changepoints().iter().any(|at| at.abs_diff(80) < 10) && (fitted.slope() - 0.7).abs() < 0.1);
            wrong += usize::from(!Curve::default().fit(&straight, 1).expect("fits").changepoints().is_empty());
        }
        assert!(right >= 36 && wrong <= 4, "{right} {wrong}");
    }

    #[test]
    fn the_selection_takes_from_the_squares_what_least_squares_says() {
        // the slow twin: one bend, every place fitted by itself
        let mut noise = Noise::new(3);
        let past: Vec<f64> =
            (0..60_u32).map(|t| f64::from(t.saturating_sub(35)) * 0.8 + 0.3 * f64::from(t) + noise.normal()).collect();
        let one = Curve { changepoints: Changepoints::Found(1), order: 0 };
        let chosen = found(&past, 0, 1, &one);
        let squares = |at: usize| {
            let form = Curve { changepoints: Changepoints::At(vec![at]), order: 0 };
            form.fit(&past, 0).expect("fits").regressed.residuals.iter().map(|e| e * e).sum::<f64>()
        };
        let best = (12..=48).min_by(|a, b| squares(*a).total_cmp(&squares(*b))).expect("places");
        assert_eq!(chosen, vec![best]);
    }

    #[test]
    fn a_season_is_taken_where_there_is_one() {
        let past: Vec<f64> = (0..48_u32).map(|t| f64::from(t) + 10.0 * f64::from(t % 12 % 5)).collect();
        let fitted = Curve::default().fit(&past, 12).expect("fits");
        let outlook = fitted.outlook(12);
        for h in 0..12_u32 {
            let want = f64::from(48 + h) + 10.0 * f64::from((48 + h) % 12 % 5);
            assert!((outlook.centre[h as usize] - want).abs() < 1e-4, "{outlook:?}");
        }
    }

    #[test]
    fn coverage_is_what_it_says() {
        let (mut inside, mut all) = (0, 0);
        for seed in 0..200 {
            let mut noise = Noise::new(seed);
            let mut error = 0.0;
            let series: Vec<f64> = (0..112_u32)
                .map(|t| {
                    error = 0.6 * error + noise.normal();
                    3.0 + 0.1 * f64::from(t) + error
                })
                .collect();
            let outlook = Curve::default().fit(&series[..100], 1).expect("fits").outlook(12);
            for h in 0..12 {
                all += 1;
                inside += usize::from((series[100 + h] - outlook.centre[h]).abs() < 1.2816 * outlook.sd[h]);
            }
        }
        let share = f64::from(inside as u32) / f64::from(all);
        assert!((0.74..0.86).contains(&share), "{share}");
    }

    #[test]
    fn awkward_pasts_give_finite_numbers_or_none() {
        let mut gaps = vec![f64::NAN; 40];
        for t in [3, 7, 8, 20, 31, 39] {
            gaps[t] = t as f64;
        }
        let steep: Vec<f64> = (0..50).map(|t| 1e12 * f64::from(t)).collect();
        let tiny: Vec<f64> = (0..50).map(|t| 1e-9 * f64::from(t % 7)).collect();
        for past in [vec![0.0; 40], vec![7.0; 24], steep, tiny, gaps, vec![1.0, 2.0, 3.0], Vec::new()] {
            for form in [Curve::default(), Curve { changepoints: Changepoints::At(vec![2, 500]), order: 1 }] {
                if let Some(fitted) = form.fit(&past, 12) {
                    let outlook = fitted.outlook(30);
                    assert!(outlook.centre.iter().chain(&outlook.sd).all(|v| v.is_finite()), "{past:?} {outlook:?}");
                    assert!(fitted.refit(&past).is_some());
                }
            }
        }
    }
}
