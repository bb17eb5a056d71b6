use serde::{Deserialize, Serialize};

use crate::time::{Day, Month};

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A chart as data: what is drawn, not how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// A stable id and file name, such as `demand-checkout-cpu`.
    pub id: String,
    /// The finding, as a sentence: "checkout crosses its line on 14 Mar 2027 (80 %: 2 Feb – 30 May)".
    pub title: String,
    /// What is drawn, with units, and how it was made.
    pub subtitle: String,
    /// Program, model, seed, date of the data.
    pub footer: String,
    /// The pool it is about, where it is about one.
    pub pool: Option<String>,
    /// The data.
    pub body: ChartBody,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A dated event on a time axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marker {
    /// When.
    pub day: Day,
    /// A few words, such as `+12 m6 arrive`.
    pub label: String,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// The kinds of chart. Probabilities are ratios, amounts are in `unit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ChartBody {
    /// History and fan of demand against the safe-load line.
    Fan {
        /// Unit of all amounts (base unit).
        unit: String,
        /// Daily (or weekly) history.
        history: Vec<(Day, Option<f64>)>,
        /// The days of the fan.
        days: Vec<Day>,
        /// Bands from wide to narrow: coverage (0.95, 0.8, 0.5), lower and upper edge by day.
        bands: Vec<(f64, Vec<f64>, Vec<f64>)>,
        /// The median by day.
        median: Vec<f64>,
        /// The safe-load line: a step function over history and future.
        line: Vec<(Day, f64)>,
        /// The whole capacity, where it differs from the line.
        capacity: Vec<(Day, f64)>,
        /// The median crossing, where there is one: day and amount.
        crossing: Option<(Day, f64)>,
        /// Orders arriving, launches and other events.
        markers: Vec<Marker>,
        /// The last day of history.
        as_of: Day,
    },
    /// The distribution of the exhaustion date: P(crossed by day), one line a pool or variant.
    Exhaustion {
        /// A label and its rising curve; the rest to 1 is P(never within the horizon).
        curves: Vec<(String, Vec<(Day, f64)>)>,
        /// The first day planned for.
        today: Day,
        /// The last day planned for.
        horizon: Day,
    },
    /// P(survive) by month (columns) and what is lost (rows).
    Survival {
        /// Columns.
        months: Vec<Month>,
        /// Row label and a probability a month (`None`: not applicable).
        rows: Vec<(String, Vec<Option<f64>>)>,
    },
    /// P(any shortfall in the month), one line a scenario, with the accepted risk as a rule.
    Risk {
        /// The months.
        months: Vec<Month>,
        /// Scenario name, probability and its standard error by month.
        lines: Vec<(String, Vec<(f64, f64)>)>,
        /// The accepted risk, where that is what the rule bounds.
        accepted: Option<f64>,
    },
    /// Cost against risk, one point a plan.
    CostRisk {
        /// Currency.
        currency: String,
        /// Label, cost over the horizon, worst month's risk and its standard error.
        points: Vec<(String, f64, f64, f64)>,
        /// The label of the chosen point.
        chosen: String,
        /// The accepted risk, where that is what the rule bounds.
        accepted: Option<f64>,
    },
    /// Orders over time: ordered, order-by, arrival band.
    Orders {
        /// Label, order-by day, arrival P10, P50, P90, needed-by day.
        rows: Vec<(String, Day, Day, Day, Day, Day)>,
        /// The last day of history.
        as_of: Day,
    },
    /// An outcome expected at each input's P10 and P90, widest span first.
    Tornado {
        /// The outcome, with its unit.
        outcome: String,
        /// Its mean over all futures.
        mean: f64,
        /// One an input.
        bars: Vec<TornadoBar>,
    },
    /// Forecasts from the newest origin of a back-test against what came, a panel a series; coverage of the bands below.
    Backtest {
        /// Some series.
        panels: Vec<Panel>,
        /// Step ahead, shares of what came inside the 80 % and the 95 % band.
        coverage: Vec<(u32, f64, f64)>,
    },
    /// What was unusual in some series, a panel a series.
    Anomalies {
        /// The most unusual series first.
        panels: Vec<UnusualPanel>,
    },
    /// Mean demand by weekday (rows, Monday first) and hour (columns).
    Season {
        /// Unit of all amounts (base unit).
        unit: String,
        /// Seven rows of 24; `None`: nothing was seen in that hour.
        cells: Vec<Vec<Option<f64>>>,
    },
    /// How the latency grows with the utilization, and the highest utilization that keeps the objective.
    Latency {
        /// The share of responses that is promised, such as 0.99.
        percentile: f64,
        /// Within so many seconds.
        target: f64,
        /// Utilization and seconds, rising: computed from the model of the line.
        curve: Vec<(f64, f64)>,
        /// Utilization and seconds as measured; empty where the curve is computed.
        measured: Vec<(f64, f64)>,
        /// The safe-load line, a share of capacity.
        line: f64,
        /// Between which shares it is, where that is known.
        interval: Option<(f64, f64)>,
        /// The knee: utilization and seconds where utilization ÷ latency is greatest.
        knee: Option<(f64, f64)>,
        /// The highest utilization of the last 28 days.
        now: Option<f64>,
    },
    /// Small fans of many pools, the first to cross first.
    Fans {
        /// A panel a pool.
        panels: Vec<SmallFan>,
        /// Pools of the plan, of which the panels are the first.
        pools: usize,
        /// The last day of history.
        as_of: Day,
    },
    /// From one total to another, step by step.
    Waterfall {
        /// Unit or currency of all amounts.
        unit: String,
        /// The first total: a label and an amount.
        from: (String, f64),
        /// What each part adds or takes, largest first.
        steps: Vec<(String, f64)>,
        /// The last total.
        to: (String, f64),
    },
    /// Minutes above the line, added up month by month, against the error budget.
    Budget {
        /// The months.
        months: Vec<Month>,
        /// Expected by the end of each month.
        expected: Vec<f64>,
        /// Half-width of its 95 % interval (Monte Carlo).
        error: Vec<f64>,
        /// One and nine of ten futures have used at most so much.
        futures: Vec<(f64, f64)>,
        /// What the availability objective allows by the end of each month.
        allowed: Vec<f64>,
    },
}

impl ChartBody {
    /// The name of its kind, as in `report.json`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fan { .. } => "fan",
            Self::Exhaustion { .. } => "exhaustion",
            Self::Survival { .. } => "survival",
            Self::Risk { .. } => "risk",
            Self::CostRisk { .. } => "cost_risk",
            Self::Orders { .. } => "orders",
            Self::Tornado { .. } => "tornado",
            Self::Backtest { .. } => "backtest",
            Self::Anomalies { .. } => "anomalies",
            Self::Season { .. } => "season",
            Self::Latency { .. } => "latency",
            Self::Fans { .. } => "fans",
            Self::Waterfall { .. } => "waterfall",
            Self::Budget { .. } => "budget",
        }
    }
}

/// The fan of one pool among many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SmallFan {
    /// The pool.
    pub pool: String,
    /// When it crosses, in a few words.
    pub crosses: String,
    /// Unit of all amounts (base unit).
    pub unit: String,
    /// History by week, its highest level.
    pub history: Vec<(Day, f64)>,
    /// The days of the fan, a week apart or so.
    pub days: Vec<Day>,
    /// One and nine of ten futures are below, by day.
    pub band: Vec<(f64, f64)>,
    /// The median by day.
    pub median: Vec<f64>,
    /// The safe-load line: a step function over history and future.
    pub line: Vec<(Day, f64)>,
    /// The median crossing, where there is one.
    pub crossing: Option<(Day, f64)>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One input of a tornado.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TornadoBar {
    /// The input.
    pub input: String,
    /// Its P10 and P90, as people read them.
    pub at: [String; 2],
    /// The outcome expected there, and its standard error.
    pub outcome: [(f64, f64); 2],
    /// Its first-order share of the variance, as people read it.
    pub share: String,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A series, what would have passed as usual, and what did not. Stretches are from a step to one past the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnusualPanel {
    /// The series, and what is the matter with it.
    pub name: String,
    /// Its values; `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// Lower and upper edge of what is usual, by step; `None` where nothing was learned yet.
    pub usual: Vec<Option<(f64, f64)>>,
    /// Unusual stretches, and the step of the highest score of each.
    pub unusual: Vec<(usize, usize, usize)>,
    /// Steps at which the level or slope changes and stays changed.
    pub changes: Vec<usize>,
    /// A ceiling that the values cannot pass.
    pub ceiling: Option<f64>,
    /// The first and the last time in words.
    pub ends: (String, String),
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One series of a back-test: its past, what was said of its future, and what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// The series.
    pub name: String,
    /// Values before the origin.
    pub past: Vec<Option<f64>>,
    /// Values after it.
    pub came: Vec<Option<f64>>,
    /// The median, a value a step ahead.
    pub median: Vec<f64>,
    /// Bands from wide to narrow: coverage as a share, lower and upper edge by step.
    pub bands: Vec<(f64, Vec<f64>, Vec<f64>)>,
    /// The steps ahead that the median and the bands are of, rising; empty: 1, 2, 3 and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<u32>,
    /// What stands under the first and the last step ahead in place of their numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<(String, String)>,
}
