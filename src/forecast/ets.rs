use super::decompose::{line, season_of};
use super::minimize::minimize;
use super::{Fitted, Forecaster, Prepared, Scale};

/// How errors enter: added, or as a ratio of the expected value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtsError {
    /// Added.
    A,
    /// As a ratio.
    M,
}

/// The trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtsTrend {
    /// None.
    N,
    /// Added each step.
    A,
    /// Added each step, shrinking by φ.
    Ad,
}

/// The season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtsSeason {
    /// None.
    N,
    /// Added.
    A,
    /// As a factor.
    M,
}

/// One member of the family, such as ETS(A,Ad,M).
///
/// Hyndman, Koehler, Ord & Snyder (2008), *Forecasting with Exponential Smoothing*, Springer, tables 2.2 and 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtsForm {
    /// How errors enter.
    pub error: EtsError,
    /// The trend.
    pub trend: EtsTrend,
    /// The season.
    pub season: EtsSeason,
}

impl std::fmt::Display for EtsForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ETS({:?},{:?},{:?})", self.error, self.trend, self.season)
    }
}

/// Exponential smoothing in state-space form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ets {
    /// The member; `None` takes the one with the lowest AICc.
    pub form: Option<EtsForm>,
}

/// Smoothing parameters: of the level, the slope, the season, and the damping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Smoothing {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
}

/// What the model knows before a step; `season[phase]` belongs to that step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub(super) level: f64,
    pub(super) slope: f64,
    pub(super) season: Vec<f64>,
    pub(super) phase: usize,
}

impl State {
    /// The expected value of the step, and the expected value without its season.
    #[inline]
    fn expected(&self, form: EtsForm, phi: f64) -> (f64, f64) {
        let base = self.level + phi * self.slope;
        match form.season {
            EtsSeason::N => (base, base),
            EtsSeason::A => (base + self.season[self.phase], base),
            EtsSeason::M => (base * self.season[self.phase], base),
        }
    }

    /// Moves on by one step whose value was `error` off the expected one.
    #[inline]
    fn advance(&mut self, form: EtsForm, by: &Smoothing, base: f64, error: f64) {
        let mut error_of_base = error;
        if form.season != EtsSeason::N {
            let season = &mut self.season[self.phase];
            if form.season == EtsSeason::M {
                error_of_base = error / *season;
                *season += by.gamma * error / base;
            } else {
                *season += by.gamma * error;
            }
            self.phase = if self.phase + 1 == self.season.len() { 0 } else { self.phase + 1 };
        }
        self.level = base + by.alpha * error_of_base;
        self.slope = by.phi * self.slope + by.beta * error_of_base;
    }
}

/// A fitted member of the family.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedEts {
    form: EtsForm,
    by: Smoothing,
    state: State,
    aicc: f64,
    innovations: Vec<Option<f64>>,
}

/// Likelihood of the history: Σ e² and Σ ln|expected| over the observed steps (e relative for ratio errors), and their number.
struct Fit {
    squares: f64,
    logs: f64,
    seen: usize,
}

impl Fit {
    /// −2 ln L + constants common to all members: n ln Σe² (+ 2 Σ ln|ŷ| for ratio errors).
    fn deviance(&self) -> f64 {
        self.seen as f64 * self.squares.max(1e-280).ln() + 2.0 * self.logs
    }

    /// AICc with `k` parameters, σ² among them; Hurvich & Tsai (1989), *Biometrika* 76(2), 297–307.
    fn aicc(&self, k: usize) -> f64 {
        aicc(self.deviance(), k, self.seen)
    }
}

/// Akaike's criterion for small samples: d + 2k + 2k(k + 1) / (n − k − 1); +∞ when n ≤ k + 1.
pub(super) fn aicc(deviance: f64, k: usize, n: usize) -> f64 {
    if n <= k + 1 {
        return f64::INFINITY;
    }
    let k = k as f64;
    deviance + 2.0 * k + 2.0 * k * (k + 1.0) / (n as f64 - k - 1.0)
}

/// Runs the recursion; `told` sees each step's expected value. A missing value moves the state on without news.
fn run(form: EtsForm, by: &Smoothing, state: &mut State, values: &[Option<f64>], mut told: impl FnMut(f64)) -> Fit {
    let mut fit = Fit { squares: 0.0, logs: 0.0, seen: 0 };
    for value in values {
        let (expected, base) = state.expected(form, by.phi);
        told(expected);
        let error = value.map_or(0.0, |value| value - expected);
        if value.is_some() {
            fit.seen += 1;
            if form.error == EtsError::M {
                if expected <= 0.0 {
                    fit.squares = f64::INFINITY;
                    return fit;
                }
                fit.squares += (error / expected).powi(2);
                fit.logs += expected.ln();
            } else {
                fit.squares += error * error;
            }
        }
        state.advance(form, by, base, error);
    }
    fit
}

impl EtsForm {
    fn parameters(self, m: usize) -> usize {
        let trend = match self.trend {
            EtsTrend::N => 0,
            EtsTrend::A => 2,
            EtsTrend::Ad => 3,
        };
        let season = if self.season == EtsSeason::N { 0 } else { 1 + m - 1 };
        2 + trend + season + 1 // α, first level, …, σ²
    }

    /// From unconstrained numbers to parameters: 0 < α < 1, 0 < β < α, 0 < γ < 1 − α, 0.8 < φ < the longest memory allowed.
    fn smoothing(self, at: &[f64], longest: f64) -> Smoothing {
        let unit = |x: f64| 1e-4 + 0.9998 / (1.0 + (-x).exp());
        let alpha = unit(at[0]);
        let mut rest = at[1..].iter().copied();
        let mut next = || rest.next().unwrap_or(0.0);
        let beta = if self.trend == EtsTrend::N { 0.0 } else { alpha * unit(next()) };
        let phi = match self.trend {
            EtsTrend::N => 0.0,
            EtsTrend::A => 1.0,
            EtsTrend::Ad => 0.8 + (longest - 0.8) * unit(next()),
        };
        let gamma = if self.season == EtsSeason::N { 0.0 } else { (1.0 - alpha) * unit(next()) };
        Smoothing { alpha, beta, gamma, phi }
    }

    fn start(self) -> Vec<f64> {
        let mut start = vec![-1.0]; // α about 0.27
        if self.trend != EtsTrend::N {
            start.push(-3.0); // β about α / 20
        }
        if self.trend == EtsTrend::Ad {
            start.push(1.5);
        }
        if self.season != EtsSeason::N {
            start.push(-2.5);
        }
        start
    }

    /// The first state: season by decomposition, level and slope by a line through the first stretch.
    fn first_state(self, values: &[Option<f64>], m: usize) -> Option<State> {
        let mut season = if self.season == EtsSeason::N { vec![0.0] } else { season_of(values, m) };
        if self.season != EtsSeason::N && season.len() != m {
            return None; // no season worth a parameter
        }
        let stretch = values.len().min((values.len() / 6).clamp(10, 120).max(2 * season.len()));
        let head: Vec<Option<f64>> =
            values[..stretch].iter().enumerate().map(|(t, value)| value.map(|value| value - season[t % season.len()])).collect();
        let (intercept, slope) = line(&head)?;
        let level = if self.trend == EtsTrend::N { intercept + slope * (stretch as f64 - 1.0) / 2.0 } else { intercept - slope };
        let slope = if self.trend == EtsTrend::N { 0.0 } else { slope };
        if self.season == EtsSeason::M {
            let mean = values.iter().flatten().sum::<f64>() / values.iter().flatten().count() as f64;
            season = season.iter().map(|season| (1.0 + season / mean).max(0.05)).collect();
        }
        Some(State { level, slope, season, phase: 0 })
    }

    /// Fits this member. In short histories (under 60 steps) the first level and slope are fitted too.
    fn fit(self, past: &Prepared) -> Option<FittedEts> {
        let m = if self.season == EtsSeason::N { 1 } else { past.season };
        let first = self.first_state(&past.clean, m)?;
        let longest = if past.clean.len() < 200 { 0.98 } else { 0.995 };
        let scale = past.step_spread.max(1e-12);
        let short = past.clean.len() < 60;
        let state_at = |at: &[f64]| {
            let mut state = first.clone();
            if short {
                let free = self.start().len();
                state.level += scale * at[free];
                if self.trend != EtsTrend::N {
                    state.slope += 0.3 * scale * at[free + 1];
                }
            }
            state
        };
        let mut start = self.start();
        if short {
            start.extend([0.0].iter().chain((self.trend != EtsTrend::N).then_some(&0.0)));
        }
        let most = 40 + 40 * start.len();
        let (best, _) = minimize(&start, 0.8, most, |at| {
            run(self, &self.smoothing(at, longest), &mut state_at(at), &past.clean, |_| {}).deviance()
        });
        let by = self.smoothing(&best, longest);
        let mut state = state_at(&best);
        let mut expected = Vec::with_capacity(past.clean.len());
        let fit = run(self, &by, &mut state, &past.clean, |value| expected.push(value));
        if !fit.squares.is_finite() {
            return None;
        }
        let innovation = |(level, expected): (&Option<f64>, &f64)| {
            level.map(|level| if self.error == EtsError::M { (level - expected) / expected } else { level - expected })
        };
        let innovations = past.level.iter().zip(&expected).map(innovation).collect();
        Some(FittedEts { form: self, by, state, aicc: fit.aicc(self.parameters(m)), innovations })
    }
}

impl Forecaster for Ets {
    type Fitted = FittedEts;

    fn fit(&self, past: &Prepared) -> Option<FittedEts> {
        if let Some(form) = self.form {
            return form.fit(past);
        }
        let fits = forms(past).into_iter().filter_map(|form| form.fit(past)).filter(|fit| fit.aicc.is_finite());
        fits.min_by(|a, b| a.aicc.total_cmp(&b.aicc))
    }
}

/// The members worth trying: no ratios on the log scale (they are there already) nor where values come near zero, and no
/// season without one, nor without it where there is one.
fn forms(past: &Prepared) -> Vec<EtsForm> {
    let ratios = past.scale == Scale::Identity && past.positive;
    let has_season = season_of(&past.clean, past.season).len() > 1;
    let mut forms = Vec::new();
    for trend in [EtsTrend::N, EtsTrend::A, EtsTrend::Ad] {
        let season = if has_season { EtsSeason::A } else { EtsSeason::N };
        forms.push(EtsForm { error: EtsError::A, trend, season });
        if ratios {
            let season = if has_season { EtsSeason::M } else { EtsSeason::N };
            forms.push(EtsForm { error: EtsError::M, trend, season });
        }
    }
    forms
}

impl FittedEts {
    /// The member.
    #[must_use]
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// AICc up to a constant that all members share.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    /// The smoothing parameters α, β, γ and the damping φ.
    #[must_use]
    pub fn parameters(&self) -> [f64; 4] {
        [self.by.alpha, self.by.beta, self.by.gamma, self.by.phi]
    }
}

impl Fitted for FittedEts {
    fn name(&self) -> String {
        self.form.to_string()
    }

    fn innovations(&self) -> &[Option<f64>] {
        &self.innovations
    }

    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]) {
        let mut state = self.state.clone();
        for (out, e) in out.iter_mut().zip(innovations) {
            let (mut expected, mut base) = state.expected(self.form, self.by.phi);
            let mut unit = 1.0;
            if self.form.error == EtsError::M {
                // a ratio needs a positive level to be a ratio of: one millionth of it is as near to zero as a path may come
                base = base.max(self.state.level.abs() * 1e-6);
                expected = expected.max(base * 1e-6);
                unit = expected;
            }
            *out = expected + unit * e;
            state.advance(self.form, &self.by, base, unit * e.clamp(-limit, limit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLT: EtsForm = EtsForm { error: EtsError::A, trend: EtsTrend::A, season: EtsSeason::N };

    fn state(level: f64, slope: f64, season: &[f64]) -> State {
        State { level, slope, season: season.to_vec(), phase: 0 }
    }

    #[test]
    fn holts_recursion_gives_the_numbers_worked_by_hand() {
        let by = Smoothing { alpha: 0.5, beta: 0.25, gamma: 0.0, phi: 1.0 };
        let (mut at, mut expected) = (state(10.0, 2.0, &[0.0]), Vec::new());
        // 12 expected, 14 seen: level 13, slope 2.5; 15.5 expected, missing: level 15.5; 18 expected, 16 seen: level 17, slope 2
        let fit = run(HOLT, &by, &mut at, &[Some(14.0), None, Some(16.0)], |value| expected.push(value));
        assert_eq!(expected, [12.0, 15.5, 18.0]);
        assert_eq!((at.level, at.slope, fit.squares, fit.seen), (17.0, 2.0, 8.0, 2));
    }

    #[test]
    fn a_factor_season_gives_the_numbers_worked_by_hand() {
        let form = EtsForm { error: EtsError::M, trend: EtsTrend::N, season: EtsSeason::M };
        let by = Smoothing { alpha: 0.5, beta: 0.0, gamma: 0.1, phi: 0.0 };
        let (mut at, mut expected) = (state(10.0, 0.0, &[0.5, 1.5]), Vec::new());
        // 5 expected, 6 seen: error 1, level 10 + 0.5 × 1 / 0.5 = 11, season 0.5 + 0.1 × 1 / 10; then 11 × 1.5
        run(form, &by, &mut at, &[Some(6.0)], |value| expected.push(value));
        assert_eq!((expected[0], at.level, at.season[0]), (5.0, 11.0, 0.51));
        assert_eq!(at.expected(form, 0.0).0, 16.5);
    }

    #[test]
    fn aicc_is_akaikes_with_its_small_sample_term() {
        assert_eq!(aicc(100.0, 3, 20), 100.0 + 6.0 + 24.0 / 16.0);
        assert!(aicc(100.0, 19, 20).is_infinite());
    }

    #[test]
    fn a_damped_trend_converges_to_its_closed_form() {
        // l + (φ + φ² + … ) b = l + b φ / (1 − φ)
        let form = EtsForm { error: EtsError::A, trend: EtsTrend::Ad, season: EtsSeason::N };
        let by = Smoothing { alpha: 0.2, beta: 0.1, gamma: 0.0, phi: 0.9 };
        let fitted = FittedEts { form, by, state: state(5.0, 1.0, &[0.0]), aicc: 0.0, innovations: vec![] };
        let mut path = vec![0.0; 400];
        fitted.path(&[0.0; 400], 1.0, &mut path);
        assert!((path[399] - (5.0 + 0.9 / 0.1)).abs() < 1e-12, "{}", path[399]); // 0.9^400 is 5e-19
    }
}
