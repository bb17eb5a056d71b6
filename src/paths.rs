//! The futures: joint sample paths of demand and the forecasts that summarise them.

use serde::Serialize;

use crate::series::SeriesKey;
use crate::time::{Day, Zone};
use crate::units::Unit;

/// Hours in a civil day.
pub const HOURS: usize = 24;

/// How demand runs within a day, as ratios of that day's level: past days kept whole, so that their noise stays real.
///
/// Index `i` is the same past date in every series of a [`SamplePaths`]; drawing one `i` for all of them keeps what peaks
/// together. A profile for weekly levels is the ratio of an hour to the *week's* level.
#[derive(Debug, Clone, PartialEq)]
pub struct HourProfile {
    /// One row a past day: demand of the hour ÷ level of the day, all finite and >= 0.
    pub days: Vec<[f32; HOURS]>,
}

/// One series of a joint forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct PathSeries {
    /// Pool and resource: see [`SeriesKey::demand`].
    pub key: SeriesKey,
    /// The unit of its levels, a base unit.
    pub unit: Unit,
    /// Hours within the day.
    pub profile: HourProfile,
}

/// Joint futures: `paths` rows, each with one level for every series and step. All values finite and >= 0.
///
/// A *level* is the planned statistic of a civil day (or of a week, where the data are weekly), by default the p99 of the
/// pool's sum. Row *r* drives replication *r* in every scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplePaths {
    /// The first day of the first step: the day after the last full day of history.
    pub start: Day,
    /// Days a step: 1 or 7.
    pub step_days: u32,
    /// Steps of the horizon.
    pub steps: usize,
    /// How many futures.
    pub paths: usize,
    /// The zone whose civil days these are.
    pub zone: Zone,
    /// The series, in key order.
    pub series: Vec<PathSeries>,
    /// For Monday to Sunday: which profile days may be drawn for such a day (never empty).
    pub profile_choice: [Vec<u32>; 7],
    /// Replays these profile days, one for each day of the horizon, in place of drawing them.
    pub profile_replay: Option<Vec<u32>>,
    /// `values[(path * series + s) * steps + step]`.
    pub values: Vec<f64>,
}

/// One future of all series.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    steps: usize,
    values: &'a [f64],
}

impl<'a> Row<'a> {
    /// The levels of one series, a number a step.
    #[must_use]
    pub fn levels(&self, series: usize) -> &'a [f64] {
        &self.values[series * self.steps..(series + 1) * self.steps]
    }
}

impl SamplePaths {
    /// Bytes that the values of so many futures of daily levels take.
    ///
    /// ```
    /// assert_eq!(plimsoll::paths::SamplePaths::bytes(2_000, 548, 10), 2_000 * 548 * 10 * 8);
    /// ```
    #[must_use]
    pub fn bytes(futures: u32, days: u32, series: usize) -> u64 {
        u64::from(futures) * u64::from(days) * series as u64 * size_of::<f64>() as u64
    }

    /// One future of all series.
    #[must_use]
    pub fn row(&self, path: usize) -> Row<'_> {
        let width = self.series.len() * self.steps;
        Row { steps: self.steps, values: &self.values[path * width..(path + 1) * width] }
    }

    /// The position of a series by pool and resource.
    #[must_use]
    pub fn position(&self, pool: &str, resource: &str) -> Option<usize> {
        let key = SeriesKey::demand(pool, resource);
        self.series.iter().position(|series| series.key == key)
    }

    /// The days covered.
    #[must_use]
    pub fn days(&self) -> usize {
        self.steps * self.step_days as usize
    }

    /// The level of series `s` at step `step` in all futures, in path order.
    #[must_use]
    pub fn column(&self, series: usize, step: usize) -> Vec<f64> {
        (0..self.paths).map(|path| self.row(path).levels(series)[step]).collect()
    }
}

/// A probability and the value at it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QuantileAt {
    /// 0 to 1.
    pub probability: f64,
    /// In the unit of the forecast.
    pub value: f64,
}

/// How well a forecaster did on the user's own history, by rolling origins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// Rolling origins used.
    pub origins: usize,
    /// Steps ahead that were scored.
    pub horizon: usize,
    /// Mean CRPS of the chosen forecaster, in the unit of the series.
    pub crps: f64,
    /// Its standard error over origins.
    pub crps_standard_error: f64,
    /// Mean CRPS of seasonal naive on the same points.
    pub naive_crps: f64,
    /// Share of held-back points inside the 80 % band, after correction.
    pub coverage_80: f64,
    /// Share inside the 95 % band, after correction.
    pub coverage_95: f64,
    /// How many points were held back and scored.
    pub points: usize,
    /// Score of every candidate: name and mean CRPS, best first.
    pub candidates: Vec<(String, f64)>,
    /// The points that were held back and scored, by origin and day.
    pub held: Vec<HeldBack>,
}

/// One level that was held back, and what was said of it from an earlier day under weights and widths learned without that day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HeldBack {
    /// The last day that was known.
    pub origin: Day,
    /// The first day of the step that was said.
    pub day: Day,
    /// Steps ahead, 1 the next.
    pub ahead: u32,
    /// What came, in the unit of the series.
    pub came: f64,
    /// P2.5, P10, P50, P90 and P97.5 of what was said, in the unit of the series.
    pub said: [f64; 5],
}

impl HeldBack {
    /// Whether what came lies inside the 80 % band (0) or the 95 % band (any other), edges included.
    #[must_use]
    pub fn inside(&self, band: usize) -> bool {
        let (low, high) = if band == 0 { (1, 3) } else { (0, 4) };
        (self.said[low]..=self.said[high]).contains(&self.came)
    }
}

/// What is said about one series' future: percentiles a step, the model, its score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// Pool and resource.
    pub key: SeriesKey,
    /// Its unit.
    pub unit: Unit,
    /// The chosen forecaster, such as `ETS(A,Ad,A) on the log scale`.
    pub model: String,
    /// Why it was chosen, and what speaks against it, in plain words.
    pub reasons: Vec<String>,
    /// First day of the first step.
    pub start: Day,
    /// Days a step.
    pub step_days: u32,
    /// For each step the same probabilities in rising order, values never crossing.
    pub quantiles: Vec<Vec<QuantileAt>>,
    /// The mean a step.
    pub mean: Vec<f64>,
    /// The history of levels it was fitted on: day and level (`None` is a gap).
    pub history: Vec<(Day, Option<f64>)>,
    /// Its score; `None` when the history is too short to hold any back, and then `reasons` says so.
    pub backtest: Option<Backtest>,
}
