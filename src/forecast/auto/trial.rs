//! Rolling origins of one series: what each candidate stated before, what came after.

use super::super::methods::{DriverError, FittedDrivers, GRID_POINTS};
use super::super::prepare::Scale;
use super::super::yearly::FEWEST_YEARS;
use super::candidates::{Context, Fit, Method};
use super::ground::{Calendar, Ground, Kept};

/// A step's quantiles at the grid.
pub(super) type Row = [f64; GRID_POINTS];

/// The position of the median in a row.
pub(super) const MEDIAN: usize = GRID_POINTS / 2;

/// One origin: what came after it, and what each candidate had stated (`None`: it could not be fitted there).
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Values known at it.
    pub(super) start: usize,
    /// Steps ahead that are scored, 1 the next.
    pub(super) ahead: Vec<usize>,
    /// What came, one a scored step.
    pub(super) came: Vec<f64>,
    /// For each candidate its rows, one a scored step.
    pub(super) stated: Vec<Option<Vec<Row>>>,
}

impl Origin {
    /// Whether both were judged by some of the same values.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let reach = |origin: &Self| origin.start + origin.ahead.last().copied().unwrap_or(0);
        self.start < reach(other) && other.start < reach(self)
    }
}

/// One series tried at its origins and fitted to all of its past.
pub(super) struct Trial {
    pub(super) context: Context,
    pub(super) origins: Vec<Origin>,
    /// The candidates that can be fitted to the whole past, with their rows over the horizon.
    pub(super) fits: Vec<(Method, Fit, Vec<Row>)>,
    /// What no quantile may pass.
    pub(super) limits: Limits,
    /// The scale on which widths are corrected.
    pub(super) scale: Scale,
    /// What spikes added to the past, a number a step of what methods were fitted to; `None` where there are none.
    pub(super) spikes: Option<Vec<f64>>,
    /// Whether a yearly pattern was found.
    pub(super) yearly: bool,
    /// What drives it, fitted to its whole past; or why that cannot be.
    pub(super) driven: Result<Option<FittedDrivers>, DriverError>,
    /// The standard deviation that doubt about the drivers' future adds to each step of the horizon, in the unit of the series; empty without drivers.
    pub(super) doubts: Vec<f64>,
}

/// Most steps scored at one origin.
const SCORED: usize = 48;

/// The steps ahead that are scored: all, or spread evenly with the first and the last among them.
pub(super) fn scored(horizon: usize) -> Vec<usize> {
    if horizon <= SCORED {
        return (1..=horizon).collect();
    }
    let at = |i: usize| 1 + (i * (horizon - 1) + (SCORED - 1) / 2) / (SCORED - 1);
    (0..SCORED).map(at).collect()
}

/// Origins of a past of `n` values: the newest holds back a whole horizon where the past allows it; earlier ones step back by
/// half a horizon and a little, so that they meet other phases of a season.
pub(super) fn origins(n: usize, context: &Context) -> Vec<usize> {
    let fewest = (2 * context.season() + 2).max(6).max(n / 3);
    let held = context.horizon.min(n / 4).max(1);
    let most = context.most_origins;
    let step = (held.div_ceil(2) + usize::from(held > 3)).max(1);
    let mut found: Vec<usize> =
        (0..most).filter_map(|i| n.checked_sub(held + i * step)).filter(|start| *start >= fewest).collect();
    if found.is_empty() && n >= 5 {
        found.push(n - (n / 4).max(1));
    }
    found
}

/// Origins of levels: spread evenly over the last part of the past, from half of it to a sixth of the horizon before its end. Where a
/// yearly pattern can be estimated today, from where it could be too: earlier errors tell of a forecaster that knew less.
fn origins_of_levels(n: usize, context: &Context, calendar: Calendar) -> Vec<usize> {
    let (season, horizon) = (context.season(), reach(n, context));
    let known = (FEWEST_YEARS * calendar.year).ceil() as usize;
    let known = if n > known + 4 * season.max(2) { known } else { 0 };
    let first = (n / 2).max(2 * season + 3).max(6).max(known);
    let last = n.saturating_sub((horizon / 6).max(season.min(horizon)).max(1));
    if last <= first {
        return Vec::new();
    }
    let count = MOST_OF_LEVELS.min(last - first + 1);
    (0..count).map(|i| last - (last - first) * i / (count - 1)).collect()
}

/// How far ahead a past of `n` levels lets a forecast be held against what came.
fn reach(n: usize, context: &Context) -> usize {
    context.horizon.min((n / 4).max(2 * context.season()).min(n / 3)).max(1)
}

/// Most origins of levels.
const MOST_OF_LEVELS: usize = 8;

impl Trial {
    /// Tries the candidates of the context at each origin. `past`: NaN is a gap; its last value is not one. Where drivers were asked for and
    /// cannot be fitted, no candidate is.
    pub(super) fn of(past: &[f64], context: Context, driven: Result<Option<FittedDrivers>, DriverError>) -> Self {
        let drivers = driven.as_ref().ok().and_then(Option::as_ref);
        let ground = context.ground(past, None, drivers.cloned());
        let steps = past.len()..past.len() + context.horizon;
        let mut limits = Limits::of(past, context.calendar.is_some());
        if let Some(drivers) = drivers {
            limits.follow(drivers, past.len(), context.horizon);
        }
        let doubts = drivers.map_or_else(Vec::new, |drivers| steps.map(|step| drivers.doubt(step).sqrt()).collect());
        let fits: Vec<(Method, Fit, Vec<Row>)> = context
            .candidates
            .iter()
            .filter(|_| driven.is_ok())
            .filter_map(|candidate| {
                let fit = candidate.fit(ground.given(*candidate), &context)?;
                let rows = ground.back(*candidate, fit.rows(context.horizon)?)?;
                limits.hold(&rows).then_some((*candidate, fit, rows))
            })
            .collect();
        let starts = match context.calendar {
            Some(calendar) => origins_of_levels(past.len(), &context, calendar),
            None => origins(past.len(), &context),
        };
        let (scale, kept) = (ground.scale(), ground.kept());
        let origins = starts.iter().filter_map(|start| Self::at(past, *start, &fits, &context, (kept, drivers))).collect();
        let (spikes, yearly) = (ground.spikes(), ground.yearly());
        Self { context, origins, fits, limits, scale, spikes, yearly, driven, doubts }
    }

    /// The position of seasonal naive among the fits.
    pub(super) fn naive(&self) -> Option<usize> {
        self.fits.iter().position(|(method, ..)| *method == Method::SeasonalNaive)
    }

    /// The position of seasonal naive where it is the floor: among levels, and no method was asked for by name.
    pub(super) fn floor(&self) -> Option<usize> {
        self.naive().filter(|_| self.context.calendar.is_some() && self.context.asked.is_none())
    }

    /// Whether an origin was judged by some of the values of the origin `out`. Origins of levels nearly all were, and no other would be left:
    /// there each stands for itself.
    pub(super) fn overlaps(&self, origin: &Origin, out: usize) -> bool {
        let out = &self.origins[out];
        if self.context.calendar.is_some() { origin.start == out.start } else { origin.overlaps(out) }
    }

    fn at(
        past: &[f64],
        start: usize,
        fits: &[(Method, Fit, Vec<Row>)],
        context: &Context,
        (kept, drivers): (Kept, Option<&FittedDrivers>),
    ) -> Option<Origin> {
        let last = past[..start].iter().rposition(|value| value.is_finite())?;
        let drivers = match drivers {
            Some(drivers) => Some(drivers.refit(&past[..=last])?),
            None => None,
        };
        let known = context.ground(&past[..=last], Some(kept), drivers);
        let gap = start - 1 - last;
        let steps = scored(if context.calendar.is_some() { reach(past.len(), context) } else { context.horizon });
        let seen = steps.iter().filter_map(|step| {
            let value = *past.get(start + step - 1)?;
            value.is_finite().then_some((*step, value))
        });
        let (ahead, came): (Vec<usize>, Vec<f64>) = seen.unzip();
        let furthest = gap + ahead.last().copied()?;
        let stated = fits.iter().map(|(method, fit, _)| {
            let rows = known.back(*method, fit.refit(known.given(*method))?.rows(furthest)?)?;
            Some(ahead.iter().map(|step| rows[gap + step - 1]).collect())
        });
        Some(Origin { start, came, stated: stated.collect(), ahead })
    }
}

/// How far from its past a series may be expected to go. A method whose medians run away, on a flat or broken past most often, is
/// left out; quantiles end twice as far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    low: f64,
    high: f64,
    range: f64,
}

/// So many times the range of the past beyond its ends no median goes.
const FURTHEST: f64 = 5.0;

impl Limits {
    /// Those of a past; none for levels, whose growth over a year has bounds of its own.
    fn of(past: &[f64], levels: bool) -> Self {
        let seen = past.iter().copied().filter(|value| value.is_finite());
        let (low, high) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return Self { low: 0.0, high: 0.0, range: f64::INFINITY }; // nothing is known of it
        }
        let range = if levels { f64::INFINITY } else { FURTHEST * (high - low) + 1e-9 * (1.0 + high.abs()) };
        Self { low, high, range }
    }

    /// Moves the ends as far as drivers and events may move the series beyond what they made of it in the past.
    fn follow(&mut self, drivers: &FittedDrivers, n: usize, horizon: usize) {
        let ends = |steps: std::ops::Range<usize>| {
            let parts = steps.map(|step| drivers.part(step).0).filter(|part| part.is_finite());
            parts.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), part| (low.min(part), high.max(part)))
        };
        let (before, after) = (ends(0..n), ends(n..n + horizon));
        if before.0 <= before.1 && after.0 <= after.1 {
            self.low -= (before.0 - after.0).max(0.0);
            self.high += (after.1 - before.1).max(0.0);
        }
    }

    fn hold(self, rows: &[Row]) -> bool {
        rows.iter().all(|row| (self.low - self.range..=self.high + self.range).contains(&row[MEDIAN]))
    }

    /// The row, ended where nothing further is believed.
    pub(super) fn ended(self, row: &Row) -> Row {
        row.map(|value| value.clamp(self.low - 1.9 * self.range, self.high + 1.9 * self.range))
    }
}

impl Context {
    fn ground<'a>(&self, past: &'a [f64], kept: Option<Kept>, drivers: Option<FittedDrivers>) -> Ground<'a> {
        match (self.calendar, drivers) {
            (Some(calendar), _) => Ground::of_levels(past, self.season(), calendar, kept),
            (None, Some(drivers)) => Ground::driven(past, &self.seasons, kept, drivers),
            (None, None) => Ground::plain(past.into(), &self.seasons, kept, None),
        }
    }
}
