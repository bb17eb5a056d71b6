use std::collections::BTreeMap;

use serde::Serialize;

use super::LookedBack;
use super::demand::statistic_of;
use crate::forecast::observed_levels;
use crate::model::{Arrival, Pool};
use crate::report::past::PastTable;
use crate::series::SeriesKey;
use crate::time::{Day, Timestamp};

/// When a pool crossed, against what was said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolScore {
    /// The pool.
    pub pool: String,
    /// P10, P50 and P90 of the day, everything up; `None`: after the horizon.
    pub predicted: (Option<Day>, Option<Day>, Option<Day>),
    /// The first day on which the level came to stay above the safe share of the capacity that the plan counted on; `None`: not yet.
    pub crossed: Option<Day>,
    /// The last day that is known.
    pub until: Day,
}

impl PoolScore {
    /// In words.
    #[must_use]
    pub fn says(&self) -> String {
        let (p10, _, p90) = self.predicted;
        match self.crossed {
            Some(day) if p10.is_none_or(|p10| day < p10) => "earlier than the 80 % interval".to_owned(),
            Some(day) if p90.is_some_and(|p90| day > p90) => "later than the 80 % interval".to_owned(),
            Some(_) => "within the 80 % interval".to_owned(),
            None if p90.is_some_and(|p90| self.until > p90) => "not crossed, later than the 80 % interval".to_owned(),
            None => "not crossed yet, as may be".to_owned(),
        }
    }
}

/// Whether an order came when it was needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// It came before it was needed.
    TooEarly,
    /// It came on the day.
    OnTime,
    /// It was needed before it came.
    TooLate,
    /// It has come and is not needed yet.
    Idle,
    /// Neither has it come, nor is it needed yet.
    Open,
}

impl Timing {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::TooEarly => "too early",
            Self::OnTime => "on time",
            Self::TooLate => "too late",
            Self::Idle => "not needed yet",
            Self::Open => "open",
        }
    }
}

/// A recommended order in hindsight: as if it had been placed on its day and had come on the median of its arrival.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OrderScore {
    /// The pool.
    pub pool: String,
    /// The unit type.
    pub unit: String,
    /// How many.
    pub units: u32,
    /// When it came.
    pub arrives: Day,
    /// The first day on which it was needed: without it the level came to stay above the line; `None`: not yet.
    pub needed: Option<Day>,
    /// The verdict.
    pub timing: Timing,
    /// Calendar months from its arrival to the day needed, below 0 when it was late; up to the last known day where one of them is open.
    pub months: f64,
    /// `units × monthly price × months` that it stood idle, in the model's currency; 0 when it was late.
    pub idle_cost: f64,
    /// Hours short for want of it: hours between the day needed and its arrival whose demand was above the line without it.
    pub hours_short: f64,
}

/// Calendar months from a day to a later one: whole months, then days as a share of the month that they are in. 1 March to 1 May are 2;
/// negative when `to` is earlier.
#[must_use]
pub fn calendar_months(from: Day, to: Day) -> f64 {
    if to < from {
        return -calendar_months(to, from);
    }
    let (mut whole, mut at) = (0_u32, from);
    loop {
        // the same day of the next month, its last day where it has none
        let date = from.date();
        let next = date.checked_add(jiff::Span::new().months(i64::from(whole) + 1)).map_or(to.plus(1), Day::of);
        if next > to {
            let length = next.since(at).max(1);
            return f64::from(whole) + f64::from(to.since(at)) / f64::from(length);
        }
        (whole, at) = (whole + 1, next);
    }
}

/// The levels of one demand and the line that they are held against.
struct Line {
    resource: String,
    ratio: f64,
    levels: BTreeMap<Day, f64>,
}

pub(super) fn hindsight(run: &LookedBack<'_>) -> (Vec<PoolScore>, Vec<OrderScore>) {
    let (mut pools, mut orders) = (Vec::new(), Vec::new());
    for pool in &run.model.pools {
        let lines = lines(run, pool);
        if lines.is_empty() {
            continue;
        }
        let table = PastTable::of(run.report, "exhaustion");
        let said = table.rows().find(|row| row.text("pool") == pool.name && row.text("variant") == "everything up");
        if let Some(row) = said {
            let predicted = (row.day("p10"), row.day("p50"), row.day("p90"));
            let crossed = crossing(run, pool, &lines, &BTreeMap::new());
            pools.push(PoolScore { pool: pool.name.clone(), predicted, crossed, until: run.until });
        }
        orders.extend(orders_of(run, pool, &lines));
    }
    (pools, orders)
}

fn lines(run: &LookedBack<'_>, pool: &Pool) -> Vec<Line> {
    let table = PastTable::of(run.report, "load-lines");
    let each = pool.demands.iter().filter_map(|demand| {
        let row = table.rows().find(|row| row.text("pool") == pool.name && row.text("resource") == demand.resource)?;
        let (key, statistic) =
            (SeriesKey::demand(&pool.name, &demand.resource), statistic_of(run, &pool.name, &demand.resource)?);
        let levels = observed_levels(run.panel, &key, statistic, run.until, &run.model.zone).into_iter().collect();
        Some(Line { resource: demand.resource.clone(), ratio: row.number("line_ratio")?, levels })
    });
    each.collect()
}

/// Capacity that the plan counted on: units in force as declared then, declared orders at the median of their arrival, and more units of
/// a resource.
fn capacity(run: &LookedBack<'_>, pool: &Pool, resource: &str, day: Day, more: &BTreeMap<String, f64>) -> f64 {
    let of_unit = |unit: &str| run.model.catalog.get(unit).and_then(|unit| unit.capacity.get(resource)).copied().unwrap_or(0.0);
    let installed: f64 = pool.groups.iter().map(|group| f64::from(group.units_on(day)) * of_unit(&group.unit)).sum();
    let came = pool.orders.iter().filter(|order| {
        let arrives = match &order.arrival {
            Arrival::On(day) => *day,
            Arrival::LeadTimeDays(law) => order.ordered.plus(law.whole_days(0.5)),
        };
        arrives <= day
    });
    let ordered: f64 = came.map(|order| f64::from(order.units) * of_unit(&order.unit)).sum();
    let added: f64 = more.iter().map(|(unit, units)| units * of_unit(unit)).sum();
    installed + ordered + added
}

/// The first day after the plan's on which some level comes to stay above its line for the confirmation span.
fn crossing(run: &LookedBack<'_>, pool: &Pool, lines: &[Line], more: &BTreeMap<String, f64>) -> Option<Day> {
    let span = run.model.objective.confirmation_days.max(1);
    let above = |day: Day| {
        let over = |line: &Line| {
            let level = line.levels.get(&day)?;
            Some(*level > line.ratio * capacity(run, pool, &line.resource, day, more))
        };
        lines.iter().filter_map(over).any(|over| over)
    };
    let (mut first, mut held) = (None, 0);
    for ahead in 1..=run.until.since(run.as_of) {
        let day = run.as_of.plus(ahead);
        if above(day) {
            held += 1;
            let began = *first.get_or_insert(day);
            if held >= span {
                return Some(began);
            }
        } else {
            (first, held) = (None, 0);
        }
    }
    None
}

fn orders_of(run: &LookedBack<'_>, pool: &Pool, lines: &[Line]) -> Vec<OrderScore> {
    let table = PastTable::of(run.report, "schedule");
    let mut placed: Vec<(Day, String, u32)> = table
        .rows()
        .filter(|row| row.text("pool") == pool.name)
        .filter_map(|row| Some((row.day("arrival_p50")?, row.text("unit").to_owned(), row.number("units")? as u32)))
        .collect();
    placed.sort();
    let (mut before, mut scores) = (BTreeMap::new(), Vec::new());
    for (arrives, unit, units) in placed {
        let needed = crossing(run, pool, lines, &before);
        let monthly = run.model.catalog.get(&unit).map_or(0.0, |unit| unit.price.monthly);
        // an open end is the first day that is not known
        let open = run.until.plus(1);
        let (came, wanted) = (arrives.min(open), needed.unwrap_or(open).min(open));
        let timing = match needed {
            Some(needed) if needed < arrives => Timing::TooLate,
            Some(needed) if needed == arrives => Timing::OnTime,
            Some(_) => Timing::TooEarly,
            None if arrives < open => Timing::Idle,
            None => Timing::Open,
        };
        let months = calendar_months(came, wanted);
        let hours_short = if timing == Timing::TooLate { hours_short(run, pool, lines, &before, (wanted, came)) } else { 0.0 };
        let idle_cost = f64::from(units) * monthly * months.max(0.0);
        *before.entry(unit.clone()).or_insert(0.0) += f64::from(units);
        scores.push(OrderScore { pool: pool.name.clone(), unit, units, arrives, needed, timing, months, idle_cost, hours_short });
    }
    scores
}

/// Hours of days `from..to` whose mean demand was above the line.
fn hours_short(run: &LookedBack<'_>, pool: &Pool, lines: &[Line], more: &BTreeMap<String, f64>, (from, to): (Day, Day)) -> f64 {
    let zone = &run.model.zone;
    let mut short: BTreeMap<Timestamp, f64> = BTreeMap::new();
    for line in lines {
        let Some(series) = run.panel.series.get(&SeriesKey::demand(&pool.name, &line.resource)) else { continue };
        for (i, bin) in series.bins.iter().enumerate() {
            let (at, Some(bin)) = (series.at(i), bin) else { continue };
            let day = zone.civil(at).0;
            if day >= from && day < to && bin.mean > line.ratio * capacity(run, pool, &line.resource, day, more) {
                short.insert(at, series.step.hours());
            }
        }
    }
    short.values().sum()
}
