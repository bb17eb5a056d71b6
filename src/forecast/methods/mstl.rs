//! MSTL: several seasons taken out one after another by STL, and a forecast of what is left by any other method.
//!
//! Bandara, Hyndman & Bergmeir (2025), "MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal
//! patterns", *International Journal of Operational Research* 52(1), 79–98 (arXiv 2107.13462, 2021).

use super::stl::{Plan, SeasonalWindow, State, Stl};
use super::{Fitted, GRID_POINTS, Outlook};

/// The most cycles within the next season that are held to belong together.
const MOST_NESTED: usize = 10;

/// The settings of a decomposition by several seasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Mstl {
    /// Steps of each season; those that two cycles do not fit into are left out.
    pub seasons: Vec<usize>,
    /// Windows along the phases, the shortest season first; by default the authors' 11, 15, 19, … cycles, or three cycles of the
    /// next season where that is a small multiple (a week of days: 21), lest a day be drawn toward the weekday it ends on.
    pub windows: Option<Vec<SeasonalWindow>>,
    /// Rounds over all seasons (one is enough for a single season).
    pub rounds: usize,
    /// Passes of STL's outer loop in the last round, for outliers; 0 is plain.
    pub robust: usize,
    /// Works on logarithms: seasons multiply. Refused where a value is not positive.
    pub log: bool,
    /// Carries each season on drawn toward nothing by the share of it that noise alone would make.
    pub shrink: bool,
}

/// A series as the sum of its seasons, a trend and a remainder (of its logarithms, where asked).
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Steps of each season kept, rising.
    pub seasons: Vec<usize>,
    /// A component a season, in the same order; also at gaps.
    pub seasonals: Vec<Vec<f64>>,
    /// The trend; also at gaps.
    pub trend: Vec<f64>,
    /// What is left; NaN at gaps.
    pub remainder: Vec<f64>,
    /// How many cycles the last cycle of each season is in effect the mean of.
    cycles_at_end: Vec<f64>,
    /// The variance of an error of a step ahead over that of a remainder, as far as the seasons followed noise.
    optimism: f64,
}

impl Mstl {
    /// Two rounds, additive, seasons carried on as far as they are more than noise.
    #[must_use]
    pub fn new(seasons: &[usize]) -> Self {
        Self { seasons: seasons.to_vec(), windows: None, rounds: 2, robust: 0, log: false, shrink: true }
    }

    /// The decomposition; `None` where no season fits in twice, a phase was never seen, or a logarithm does not exist.
    #[must_use]
    pub fn decompose(&self, past: &[f64]) -> Option<Components> {
        let logs: Vec<f64>;
        let past = if self.log {
            if past.iter().any(|value| *value <= 0.0) {
                return None;
            }
            logs = past.iter().map(|value| value.ln()).collect();
            &logs[..]
        } else {
            past
        };
        let plans = self.plans(past.len())?;
        let longest = plans.last()?.0;
        let mut state = State::new(past, longest)?;
        let mut seasonals = vec![vec![0.0; past.len()]; plans.len()];
        let rounds = if plans.len() == 1 { 1 } else { self.rounds.max(1) };
        for round in 0..rounds {
            for (at, (_, plan)) in plans.iter().enumerate() {
                (0..past.len()).for_each(|t| state.values[t] += seasonals[at][t]);
                state.trend.fill(0.0);
                plan.run(&mut state, if round + 1 == rounds { self.robust } else { 0 });
                (0..past.len()).for_each(|t| state.values[t] -= state.seasonal[t]);
                seasonals[at].copy_from_slice(&state.seasonal);
            }
        }
        let seasons = plans.iter().map(|(season, _)| *season).collect();
        let season_at = |t: usize| seasonals.iter().map(|seasonal| seasonal[t]).sum::<f64>();
        let remainder = (0..past.len()).map(|t| past[t] - season_at(t) - state.trend[t]).collect();
        let cycles_at_end: Vec<f64> = plans.iter().map(|(_, plan)| plan.cycles_at_end()).collect();
        let optimism = plans.iter().map(|(_, plan)| (1.0 + 1.0 / plan.cycles_at_end()) / plan.noise_left()).product();
        Some(Components { seasons, seasonals, trend: state.trend, remainder, cycles_at_end, optimism })
    }

    fn plans(&self, count: usize) -> Option<Vec<(usize, Plan)>> {
        let mut seasons = self.seasons.clone();
        seasons.sort_unstable();
        seasons.dedup();
        seasons.retain(|season| *season >= 2 && 2 * season <= count);
        let window = |at: usize| {
            let given = self.windows.as_ref().and_then(|windows| windows.get(at).or(windows.last()).copied());
            let within = seasons.get(at + 1).filter(|next| *next % seasons[at] == 0).map_or(0, |next| next / seasons[at]);
            let nested = if within <= MOST_NESTED { 3 * within } else { 0 };
            given.unwrap_or(SeasonalWindow::Cycles(nested.max(7 + 4 * (at + 1)) | 1))
        };
        seasons
            .iter()
            .enumerate()
            .map(|(at, season)| Some((*season, Plan::new(&Stl::new(*season, window(at)), count)?)))
            .collect()
    }

    /// The seasons are carried on and the series without them is forecast by `rest`, which sees NaN at gaps.
    ///
    /// ```
    /// use plimsoll::forecast::methods::{EtsOptions, Fitted, Mstl};
    /// let past: Vec<f64> = (0..240).map(|t| f64::from(t % 24) + 0.1 * f64::from(t)).collect();
    /// let fitted = Mstl::new(&[24]).fit(&past, |rest| Some(Box::new(EtsOptions::default().fit(rest, 1)?))).expect("ten days");
    /// assert!((fitted.outlook(1).centre[0] - 24.0).abs() < 1.0);
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64], rest: impl FnOnce(&[f64]) -> Option<Box<dyn Fitted>>) -> Option<FittedMstl> {
        let components = self.decompose(past)?;
        let adjusted = components.adjusted();
        let inner = rest(&adjusted)?;
        let residuals = if self.log { unlogged_errors(past, inner.residuals()) } else { inner.residuals().to_vec() };
        let carried = (0..components.seasons.len()).map(|at| self.carry(at, &components)).collect();
        Some(FittedMstl { settings: self.clone(), components, carried, inner, residuals })
    }

    /// The last cycle of a season, and the mean square of its change from one cycle to the next.
    fn carry(&self, at: usize, components: &Components) -> Carried {
        let (seasonal, season) = (&components.seasonals[at], components.seasons[at]);
        let n = seasonal.len();
        let mut cycle = seasonal[n - season..].to_vec();
        if self.shrink {
            let share = noise_share(&cycle, components.cycles_at_end[at], &components.remainder);
            for value in &mut cycle {
                *value *= 1.0 - share;
            }
        }
        let changes = (season..n).map(|t| (seasonal[t] - seasonal[t - season]).powi(2)).sum::<f64>();
        Carried { cycle, change: changes / (n - season) as f64 }
    }
}

/// The share of a cycle's mean square that means over `cycles` cycles would have if there were no season.
///
/// The remainder has lost the share of the mean, so that of its own variance σ²(1 − 1/cycles) the mean has σ²/cycles.
fn noise_share(cycle: &[f64], cycles: f64, remainder: &[f64]) -> f64 {
    let seen: Vec<f64> = remainder.iter().copied().filter(|value| value.is_finite()).collect();
    let noise = seen.iter().map(|value| value * value).sum::<f64>() / seen.len().max(1) as f64;
    let signal = cycle.iter().map(|value| value * value).sum::<f64>() / cycle.len() as f64;
    if signal > 0.0 { (noise / (cycles - 1.0).max(0.5) / signal).clamp(0.0, 1.0) } else { 0.0 }
}

impl Components {
    /// The series without its seasons, trend plus remainder; NaN at gaps.
    #[must_use]
    pub fn adjusted(&self) -> Vec<f64> {
        self.trend.iter().zip(&self.remainder).map(|(trend, remainder)| trend + remainder).collect()
    }

    /// The strength of each season, `max(0, 1 − Var(remainder) / Var(seasonal + remainder))`, 0 to 1.
    ///
    /// Wang, Smith & Hyndman (2006), "Characteristic-based clustering for time series data", *Data Mining and Knowledge
    /// Discovery* 13, 335–364.
    #[must_use]
    pub fn seasonal_strengths(&self) -> Vec<f64> {
        self.seasonals.iter().map(|seasonal| self.strength_of(seasonal)).collect()
    }

    /// The strength of the trend, `max(0, 1 − Var(remainder) / Var(trend + remainder))`, 0 to 1.
    #[must_use]
    pub fn trend_strength(&self) -> f64 {
        self.strength_of(&self.trend)
    }

    fn strength_of(&self, component: &[f64]) -> f64 {
        let both: Vec<f64> = component.iter().zip(&self.remainder).map(|(a, b)| a + b).collect();
        let (rest, both) = (variance(&self.remainder), variance(&both));
        if both > 0.0 { (1.0 - rest / both).clamp(0.0, 1.0) } else { 0.0 }
    }
}

fn variance(values: &[f64]) -> f64 {
    let seen: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = seen.iter().sum::<f64>() / seen.len().max(1) as f64;
    seen.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / seen.len().max(1) as f64
}

/// One-step errors of logarithms in the unit of the series.
pub(super) fn unlogged_errors(past: &[f64], errors: &[f64]) -> Vec<f64> {
    past.iter().zip(errors).map(|(value, error)| value - value * (-error).exp()).collect()
}

#[derive(Debug, Clone)]
struct Carried {
    cycle: Vec<f64>,
    change: f64,
}

/// MSTL fitted to a past.
pub struct FittedMstl {
    settings: Mstl,
    components: Components,
    carried: Vec<Carried>,
    inner: Box<dyn Fitted>,
    residuals: Vec<f64>,
}

impl FittedMstl {
    /// The same settings on another past; `rest` may start from the parameters of [`Self::inner`], whose form the caller knows.
    pub fn refit(&self, past: &[f64], rest: impl FnOnce(&[f64]) -> Option<Box<dyn Fitted>>) -> Option<Self> {
        self.settings.fit(past, rest)
    }

    /// The decomposition.
    #[must_use]
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// The method of the series without its seasons.
    #[must_use]
    pub fn inner(&self) -> &dyn Fitted {
        &*self.inner
    }

    /// The sum of the seasons and the variance of their drift so many steps ahead.
    fn season(&self, ahead: usize) -> (f64, f64) {
        let each = self.carried.iter().map(|carried| {
            let season = carried.cycle.len();
            (carried.cycle[ahead % season], carried.change * (ahead / season + 1) as f64)
        });
        each.fold((0.0, 0.0), |(value, variance), (next, more)| (value + next, variance + more))
    }
}

impl Fitted for FittedMstl {
    fn name(&self) -> String {
        let seasons: Vec<String> = self.components.seasons.iter().map(ToString::to_string).collect();
        let log = if self.settings.log { "log " } else { "" };
        format!("{log}MSTL({}) + {}", seasons.join(","), self.inner.name())
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let mut outlook = self.inner.outlook(steps);
        let noise = outlook.sd.first().map_or(0.0, |sd| sd * sd) * (self.components.optimism - 1.0).max(0.0);
        for ahead in 0..steps {
            let (season, drift) = self.season(ahead);
            let before = outlook.sd[ahead];
            outlook.centre[ahead] += season;
            outlook.sd[ahead] = before.hypot((drift + noise).sqrt());
            if let Some(quantiles) = &mut outlook.quantiles {
                let wider = if before > 0.0 { outlook.sd[ahead] / before } else { 1.0 };
                let centre = outlook.centre[ahead];
                quantiles[ahead].iter_mut().for_each(|value| *value = centre + (*value + season - centre) * wider);
            }
        }
        if self.settings.log { from_logs(&outlook, steps) } else { outlook }
    }
}

/// An outlook of logarithms in the unit of the series; the centre stays the median.
pub(super) fn from_logs(logs: &Outlook, steps: usize) -> Outlook {
    // e^±300 is beyond any quantity and still finite when squared
    let exp = |value: f64| value.clamp(-300.0, 300.0).exp();
    let quantiles: Vec<[f64; GRID_POINTS]> = (0..steps).map(|ahead| logs.quantiles_at(ahead).map(exp)).collect();
    let centre: Vec<f64> = logs.centre.iter().map(|value| exp(*value)).collect();
    let sd = (0..steps).map(|ahead| {
        let variance = logs.sd[ahead].powi(2).min(300.0);
        centre[ahead] * (variance / 2.0).exp() * variance.exp_m1().sqrt()
    });
    let sd = sd.map(|sd| if sd.is_finite() { sd } else { f64::MAX.sqrt() }).collect();
    Outlook { centre, sd, quantiles: Some(quantiles) }
}

#[cfg(test)]
#[path = "mstl_tests.rs"]
mod tests;
