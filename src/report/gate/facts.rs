//! What a run found, asked function by function: each number with its interval.

use std::collections::BTreeMap;

use super::Gate;
use super::check::{Amount, Argument, Term, Whose};
use super::functions::Ask;
use super::value::{Spread, Truth};
use crate::model::{Level, Model};
use crate::paths::Forecast;
use crate::plan::{OrderBy, Plan, PoolPlan, Spread as Quantiles, order_by_between};
use crate::scenario::{Freezes, Scenario};
use crate::series::SeriesKey;
use crate::simulate::rare::Warning;
use crate::simulate::{Answered, Measure, Outcomes, PoolOutcomes};
use crate::stats::{Estimate, clopper_pearson, complement, estimate, normal_quantile_of_tail, upper_if_none_seen};
use crate::time::{Day, Month};

/// With fewer futures that carry it, the standard error of a mean says little.
const FEW: f64 = 10.0;

/// A finished run.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The questions, `base` first.
    pub scenarios: &'a [Scenario],
    /// The decision.
    pub plan: &'a Plan,
    /// What gates ask of pools.
    pub asked: &'a Asked,
    /// The confidence of every interval, strictly between 0 and 1.
    pub confidence: f64,
}

/// What some pools of a run saw, or all.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The questions about these pools, `base` first.
    pub scenarios: &'a [Scenario],
    /// What happened in the simulated futures, by scenario.
    pub outcomes: &'a [Outcomes],
    /// The decisions, in the order of their model.
    pub pools: &'a [PoolPlan],
    /// The forecasts by pool and resource.
    pub forecasts: &'a [Forecast],
    /// The confidence of every interval, strictly between 0 and 1.
    pub confidence: f64,
}

/// All that gates ask of pools, answered while what these saw is there.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// By pool, scenario and function as written.
    found: BTreeMap<(String, usize, String), Found>,
}

impl Asked {
    /// Answers what is asked of some pools of a model.
    pub fn look(&mut self, gates: &[Gate], whole: &Model, sight: &Sight<'_>) {
        let Some(base) = sight.scenarios.first() else { return };
        let ruler =
            Ruler { today: base.as_of.plus(1), end: base.as_of.plus(base.horizon_days as i32), confidence: sight.confidence };
        let (freezes, late) = (Freezes::of(&base.overrides), base.model.objective.late_arrival);
        for term in gates.iter().flat_map(|gate| gate.condition.terms()) {
            let Some(outcomes) = sight.outcomes.get(term.scenario) else { continue };
            for (p, seen) in outcomes.pools.iter().enumerate() {
                let is_asked = match term.whose {
                    Whose::Report => false,
                    Whose::Pool(pool) => whole.pools.get(pool).is_some_and(|pool| pool.name == seen.pool),
                    Whose::Each => true,
                };
                if is_asked {
                    let plan = (term.scenario == 0).then(|| sight.pools.get(p)).flatten();
                    let (model, forecasts) = (&*base.model, sight.forecasts);
                    let seen = Seen { ruler, model, freezes: &freezes, late, forecasts, outcomes, pool: seen, plan };
                    self.found.insert(Self::key(term, &seen.pool.pool), seen.ask(term));
                }
            }
        }
    }

    fn key(term: &Term, pool: &str) -> (String, usize, String) {
        (pool.to_owned(), term.scenario, term.call.to_string())
    }

    fn get(&self, term: &Term, pool: &str) -> Option<&Found> {
        self.found.get(&Self::key(term, pool))
    }
}

/// What a function gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub spread: Spread,
    pub null: Truth,
    /// What a reader must know of it.
    pub note: Option<&'static str>,
}

impl Found {
    fn of(spread: Spread) -> Self {
        Self { spread, null: Truth::No, note: None }
    }

    fn but(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }

    fn unknown(note: &'static str) -> Self {
        Self::of(Spread::UNKNOWN).but(note)
    }
}

const BEYOND: &str = "known from below only: the day is beyond the horizon";
const WITHIN_MONTH: &str = "shortfalls are kept by month: the interval spans the days of this one";
const NO_SUCH_MONTH: &str = "the month is not within the horizon";
const NO_DAY: &str = "the day cannot be told";
const OTHER_RULE: &str = "the rule of the model bounds no chance of a shortfall";

/// The days planned for, and how sure intervals are.
#[derive(Debug, Clone, Copy)]
struct Ruler {
    today: Day,
    end: Day,
    confidence: f64,
}

/// One pool of one scenario.
struct Seen<'a> {
    ruler: Ruler,
    model: &'a Model,
    freezes: &'a Freezes,
    /// P(late) accepted for an order.
    late: f64,
    forecasts: &'a [Forecast],
    outcomes: &'a Outcomes,
    pool: &'a PoolOutcomes,
    /// The decision, in `base` only.
    plan: Option<&'a PoolPlan>,
}

impl Facts<'_> {
    fn ruler(&self) -> Ruler {
        Ruler { today: self.plan.today, end: self.plan.end, confidence: self.confidence }
    }

    pub(super) fn model(&self) -> Option<&Model> {
        self.scenarios.first().map(|base| &*base.model)
    }

    /// An amount that rests on no finding; `None` where it is not defined.
    pub(super) fn fixed(&self, amount: &Amount) -> Spread {
        self.ruler().fixed(amount)
    }

    /// Asks for a term, of `pool` where it is of each in turn.
    pub(super) fn ask(&self, term: &Term, pool: Option<usize>) -> Found {
        let pool = match term.whose {
            Whose::Report => None,
            Whose::Pool(pool) => Some(pool),
            Whose::Each => pool,
        };
        let Some(pool) = pool else { return self.whole(term) };
        let pool = self.model().and_then(|model| model.pools.get(pool));
        let found = pool.and_then(|pool| self.asked.get(term, &pool.name));
        found.cloned().unwrap_or_else(|| Found::unknown("the pool was not simulated in that scenario"))
    }

    fn whole(&self, term: &Term) -> Found {
        match (term.ask, term.arguments.as_slice()) {
            (Ask::PlanCost, _) => Found::of(Spread::exact(self.plan.cost().0)),
            (Ask::PlanUnits, _) => {
                let units = self.plan.pools.iter().map(|pool| f64::from(pool.options[pool.chosen].units()));
                Found::of(Spread::exact(units.sum()))
            }
            (Ask::Accepted, _) => {
                self.plan.accepted.map_or_else(|| Found::unknown(OTHER_RULE), |accepted| Found::of(Spread::exact(accepted)))
            }
            (Ask::Event, [Argument::Event(event)]) => match self.plan.answers.get(*event) {
                Some(answered) => self.event(answered),
                None => Found::unknown("the event was not simulated"),
            },
            _ => Found::unknown("the report does not hold it"),
        }
    }

    fn event(&self, answered: &Answered) -> Found {
        let found = &answered.answer;
        match found.warning {
            None => Found::of(self.ruler().normal(Estimate { value: found.value, standard_error: found.standard_error }, 1.0)),
            Some(Warning::NothingSeen { replications }) => {
                let bound = upper_if_none_seen(replications, 1.0 - self.ruler().tail()).unwrap_or(1.0);
                Found::of(Spread { value: None, low: 0.0, high: bound.max(found.value) }).but("it was never seen")
            }
            Some(_) => Found::of(Spread::between(found.value, 0.0, 1.0)).but("the report says not to trust it"),
        }
    }
}

impl Ruler {
    fn fixed(&self, amount: &Amount) -> Spread {
        match amount {
            Amount::Fixed(number) => Spread::exact(*number),
            Amount::Today => Spread::exact(f64::from(self.today.0)),
            Amount::End => Spread::exact(f64::from(self.end.0)),
            Amount::Negative(of) => self.fixed(of).negative(),
            Amount::Joined(op, left, right) => self.fixed(left).joined(*op, self.fixed(right)),
            Amount::Term(_) => Spread::UNKNOWN,
        }
    }

    /// What lies beyond each end of an interval.
    fn tail(&self) -> f64 {
        complement(self.confidence) / 2.0
    }

    /// From 0 to `most` at the widest.
    fn normal(&self, found: Estimate, most: f64) -> Spread {
        let half = normal_quantile_of_tail(self.tail()) * found.standard_error;
        Spread::between(found.value, (found.value - half).max(0.0), (found.value + half).min(most.max(found.value)))
    }

    fn counted(&self, hits: usize, n: usize) -> Spread {
        match clopper_pearson(hits as u64, n as u64, self.confidence) {
            Some(interval) => Spread::between(hits as f64 / n as f64, interval.low, interval.high),
            None => Spread { value: None, low: 0.0, high: 1.0 },
        }
    }

    /// Ranks of `n` sorted values (counted from 1; 0 is below all, `None` above all) that enclose the value of which a share `p` of
    /// all futures is at or below: those whose counted share has an interval that can and must reach `p`. Conover (1999), *Practical
    /// Nonparametric Statistics*, §3.2.
    fn ranks(&self, n: usize, p: f64) -> (usize, Option<usize>) {
        let first = |reaches: &dyn Fn(Spread) -> bool| {
            let (mut low, mut high) = (0, n + 1);
            while low < high {
                let middle = usize::midpoint(low, high);
                if reaches(self.counted(middle, n)) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            low
        };
        let must = if n == 0 { 1 } else { first(&|share| share.low >= p) };
        (first(&|share| share.high >= p), (must <= n).then_some(must))
    }
}

/// The rank of the value of which a share `p` of `n` values is at or below.
fn rank(p: f64, n: usize) -> usize {
    ((p * n as f64).ceil() as usize).clamp(1, n.max(1))
}

impl Seen<'_> {
    fn ask(&self, term: &Term) -> Found {
        match (term.ask, term.arguments.as_slice()) {
            (Ask::ShortfallBy, [Argument::Day(day)]) => self.shortfall_by(self.ruler.fixed(day)),
            (Ask::Shortfall, _) => Found::of(self.shortfall(0, self.outcomes.months.len())),
            (Ask::ShortfallWorst, _) => self.shortfall_worst(),
            (Ask::HoursShort, _) => Found::of(self.hours_short(None)),
            (Ask::ExhaustedBy, [Argument::Day(day)]) => self.crossed_by(&self.pool.exhaustion, self.ruler.fixed(day)),
            (Ask::ReserveExhaustedBy, [Argument::Day(day)]) => {
                self.crossed_by(&self.pool.reserve_exhaustion, self.ruler.fixed(day))
            }
            (Ask::Exhaustion, [Argument::Share(p)]) => self.crossing(&self.pool.exhaustion, *p),
            (Ask::ReserveExhaustion, [Argument::Share(p)]) => self.crossing(&self.pool.reserve_exhaustion, *p),
            (Ask::ShortfallIn, [month]) => self.in_month(month, |month| Found::of(self.shortfall(month, month + 1))),
            (Ask::HoursShortIn, [month]) => self.in_month(month, |month| Found::of(self.hours_short(Some(month)))),
            (Ask::Headroom, [month, Argument::Share(p)]) => self.in_month(month, |month| self.headroom(month, *p)),
            (Ask::ReserveHeadroom, [month, Argument::Share(p)]) => {
                self.in_month(month, |month| self.room(self.column(&self.pool.reserve_room_units, month), *p))
            }
            (Ask::Survives, [Argument::Loss(level), month]) => self.in_month(month, |month| self.survives(*level, month)),
            (ask, _) => self.plan.map_or_else(|| Found::unknown("the plan is made for `base`"), |plan| self.planned(ask, plan)),
        }
    }

    fn in_month(&self, month: &Argument, of: impl Fn(usize) -> Found) -> Found {
        let month = match month {
            Argument::Month(month) => Some(*month),
            Argument::Day(day) => self.ruler.fixed(day).value.map(|day| self.month_of(day)),
            _ => None,
        };
        let at = month.and_then(|month| self.outcomes.months.iter().position(|one| *one == month));
        at.map_or_else(|| Found::unknown(NO_SUCH_MONTH), of)
    }

    /// Far days are of far months, whichever: the calendar ends somewhere.
    fn month_of(&self, day: f64) -> Month {
        let start = f64::from(self.outcomes.start.0);
        Day(day.floor().clamp(start - 40_000.0, start + 40_000.0) as i32).month()
    }

    fn n(&self) -> usize {
        self.outcomes.replications as usize
    }

    fn last_day(&self) -> f64 {
        f64::from(self.outcomes.start.0) + f64::from(self.outcomes.days) - 1.0
    }

    /// P(any shortfall in the months from one to before another).
    fn shortfall(&self, from: usize, to: usize) -> Spread {
        let months = self.outcomes.months.len().max(1);
        let short = |of: &&[f32]| of[from..to].iter().any(|hours| *hours > 0.0);
        self.ruler.counted(self.pool.hours_short.chunks(months).filter(short).count(), self.n())
    }

    fn shortfall_by(&self, day: Spread) -> Found {
        let Some(day) = day.value.map(f64::floor) else {
            return Found::of(Spread { value: None, low: 0.0, high: 1.0 }).but(NO_DAY);
        };
        let end = self.last_day();
        let last_of = |month: &Month| f64::from(month.next().first_day().0) - 1.0;
        let begun = self.outcomes.months.iter().filter(|month| f64::from(month.first_day().0) <= day).count();
        if begun == 0 || day < f64::from(self.outcomes.start.0) {
            return Found::of(Spread::exact(0.0)).but("the day is before the first day planned for");
        }
        let through = self.shortfall(0, begun);
        if day > end {
            return Found::of(Spread { high: 1.0, ..through }).but(BEYOND);
        }
        if day == end || day == last_of(&self.outcomes.months[begun - 1]) {
            return Found::of(through);
        }
        Found::of(Spread { low: self.shortfall(0, begun - 1).low, ..through }).but(WITHIN_MONTH)
    }

    fn shortfall_worst(&self) -> Found {
        let months = (0..self.outcomes.months.len()).map(|month| self.shortfall(month, month + 1));
        let worst = |a: Spread, b: Spread| Spread {
            value: a.value.zip(b.value).map(|(a, b)| a.max(b)),
            low: a.low.max(b.low),
            high: a.high.max(b.high),
        };
        months.reduce(worst).map_or_else(|| Found::unknown(NO_SUCH_MONTH), Found::of)
    }

    /// Expected hours short in a month, or in all.
    fn hours_short(&self, month: Option<usize>) -> Spread {
        let count = self.outcomes.months.len();
        let range = month.map_or(0..count, |month| month..month + 1);
        let there: f64 = range.clone().map(|month| self.hours_there(month)).sum();
        let measure = self.plan.map(|plan| month.map_or(&plan.adequacy.horizon, |month| &plan.adequacy.months[month]).lole_hours);
        let (found, effective) = if let Some(Measure { estimate, effective, .. }) = measure {
            (estimate, effective)
        } else {
            let of = |of: &[f32]| of[range.clone()].iter().map(|hours| f64::from(*hours)).sum::<f64>();
            let sums: Vec<f64> = self.pool.hours_short.chunks(count.max(1)).map(of).collect();
            let (sum, squares) = sums.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
            (estimate(sums.iter().copied()), if squares > 0.0 { sum * sum / squares } else { 0.0 })
        };
        if effective >= FEW {
            return self.ruler.normal(found, there);
        }
        let any = self.shortfall(range.start, range.end);
        Spread::between(found.value, 0.0, (any.high * there).max(found.value))
    }

    fn hours_there(&self, month: usize) -> f64 {
        let month = self.outcomes.months[month];
        let first = f64::from(month.first_day().0).max(f64::from(self.outcomes.start.0));
        let last = (f64::from(month.next().first_day().0) - 1.0).min(self.last_day());
        24.0 * (last - first + 1.0).max(0.0)
    }

    fn crossed_by(&self, crossing: &[Option<u32>], day: Spread) -> Found {
        let Some(day) = day.value.map(f64::floor) else {
            return Found::of(Spread { value: None, low: 0.0, high: 1.0 }).but(NO_DAY);
        };
        let start = f64::from(self.outcomes.start.0);
        if day < start {
            return Found::of(Spread::exact(0.0)).but("the day is before the first day planned for");
        }
        let hits = crossing.iter().flatten().filter(|after| start + f64::from(**after) <= day).count();
        let share = self.ruler.counted(hits, self.n());
        if day > self.last_day() { Found::of(Spread { high: 1.0, ..share }).but(BEYOND) } else { Found::of(share) }
    }

    fn crossing(&self, crossing: &[Option<u32>], p: f64) -> Found {
        let mut days: Vec<u32> = crossing.iter().flatten().copied().collect();
        days.sort_unstable();
        let start = f64::from(self.outcomes.start.0);
        let day = |rank: usize| days.get(rank.saturating_sub(1)).map(|after| start + f64::from(*after));
        let (low, high) = self.ruler.ranks(crossing.len(), p);
        let beyond = self.last_day() + 1.0;
        self.perhaps_never(
            day(rank(p, crossing.len())).unwrap_or(f64::INFINITY),
            if low == 0 { start } else { day(low).unwrap_or(beyond) },
            high.and_then(day).unwrap_or(f64::INFINITY),
        )
    }

    /// A day that is null when it lies beyond the horizon.
    fn perhaps_never(&self, value: f64, low: f64, high: f64) -> Found {
        let null = if low > self.last_day() {
            Truth::Yes
        } else if high.is_finite() {
            Truth::No
        } else {
            Truth::Unknown
        };
        Found { spread: Spread::between(value, low, high), null, note: None }
    }

    fn column(&self, all: &[i32], month: usize) -> Vec<i32> {
        all.iter().skip(month).step_by(self.outcomes.months.len().max(1)).copied().collect()
    }

    /// Of the resource that binds, as in the report's table.
    fn headroom(&self, month: usize, p: f64) -> Found {
        let each = self.pool.room_by_resource.iter().map(|room| self.column(room, month));
        let binding = each.min_by_key(|room| {
            let spread = Quantiles::of(room.clone());
            (spread.p50, spread.p10)
        });
        self.room(binding.unwrap_or_default(), p)
    }

    fn room(&self, mut units: Vec<i32>, p: f64) -> Found {
        units.sort_unstable();
        let at = |rank: usize| units.get(rank.wrapping_sub(1)).map(|units| f64::from(*units));
        let (low, high) = self.ruler.ranks(units.len(), p);
        Found::of(Spread {
            value: at(rank(p, units.len())),
            low: at(low).unwrap_or(f64::NEG_INFINITY),
            high: high.and_then(at).unwrap_or(f64::INFINITY),
        })
    }

    fn survives(&self, level: Level, month: usize) -> Found {
        let Some(loss) = self.pool.survival.iter().find(|loss| loss.level == level) else {
            return Found::unknown("this loss was not simulated");
        };
        let kept = loss.survives.iter().skip(month).step_by(self.outcomes.months.len().max(1)).filter(|kept| **kept).count();
        Found::of(self.ruler.counted(kept, self.n()))
    }

    fn planned(&self, ask: Ask, plan: &PoolPlan) -> Found {
        let chosen = &plan.options[plan.chosen];
        match ask {
            Ask::OrderBy => self.order_by(plan),
            Ask::OrderByInDays => {
                let (found, today) = (self.order_by(plan), f64::from(self.ruler.today.0));
                let Spread { value, low, high } = found.spread;
                Found { spread: Spread { value: value.map(|day| day - today), low: low - today, high: high - today }, ..found }
            }
            Ask::NextOrder => match chosen.orders.iter().map(|order| order.order_by).min() {
                Some(day) => Found::of(Spread::exact(f64::from(day.0))),
                None => self.perhaps_never(f64::INFINITY, self.last_day() + 1.0, f64::INFINITY),
            },
            Ask::UnitsToOrder => Found::of(Spread::exact(f64::from(chosen.units()))),
            Ask::Cost => Found::of(Spread::exact(chosen.cost.0)),
            Ask::ForecastRatio => self.forecast_ratio(plan),
            _ => Found::unknown("the plan does not hold it"),
        }
    }

    fn order_by(&self, plan: &PoolPlan) -> Found {
        let unit = self.model.catalog.get(&plan.unit);
        let crossing = if plan.reserve_exhaustion.is_some() { &self.pool.reserve_exhaustion } else { &self.pool.exhaustion };
        let (start, days) = (self.outcomes.start, self.outcomes.days);
        let between = unit.map(|unit| {
            let (late, confidence) = (self.late, self.ruler.confidence);
            let crossing = self.freezes.crossings(crossing, start);
            order_by_between(&crossing, start, days, &unit.lead_time_days, late, confidence)
        });
        let (low, high) = between.unwrap_or((plan.order_by, plan.order_by));
        let overdue = f64::from(start.0) - 1.0;
        let day = |by: OrderBy, overdue: f64, never: f64| match by {
            OrderBy::Overdue => overdue,
            OrderBy::By(day) => f64::from(day.0),
            OrderBy::NotNeeded => never,
        };
        let found = self.perhaps_never(
            day(plan.order_by, f64::NEG_INFINITY, f64::INFINITY),
            day(low, f64::NEG_INFINITY, self.last_day() + 1.0),
            day(high, overdue, f64::INFINITY),
        );
        if plan.order_by == OrderBy::Overdue { found.but("even an order placed today is too likely late") } else { found }
    }

    fn forecast_ratio(&self, plan: &PoolPlan) -> Found {
        let key = SeriesKey::demand(&plan.pool, &plan.at_end.binding);
        let test = self.forecasts.iter().find(|one| one.key == key).and_then(|one| one.backtest.as_ref());
        match test.filter(|test| test.naive_crps > 0.0) {
            Some(test) => {
                let (value, standard_error) = (test.crps / test.naive_crps, test.crps_standard_error / test.naive_crps);
                Found::of(self.ruler.normal(Estimate { value, standard_error }, f64::INFINITY))
            }
            None => Found { null: Truth::Yes, ..Found::unknown("the history is too short to hold any back") },
        }
    }
}
