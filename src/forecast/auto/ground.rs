//! What is taken off a past before methods see it, and put back after: the scale, the yearly pattern, spikes.
//!
//! Levels of days and weeks, which are forecast over a year or more, lose their scale, their year and their spikes; plain series lose what
//! drivers and events make of them, and go to the methods as they are where there are none.

use super::super::growth;
use std::borrow::Cow;

use super::super::methods::{DriverError, DriverModel, DriverTable, FittedDrivers, NORMAL};
use super::super::prepare::{Prepared, Scale};
use super::super::repair::{SpikeOptions, clean};
use super::candidates::{Context, Method};
use super::trial::{MEDIAN, Row};

/// What levels of days or weeks have beside a season.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::forecast) struct Calendar {
    /// Steps of a year, which need not be whole.
    pub(in crate::forecast) year: f64,
    /// Steps of a month, a whole number of seasons: the doubt about growth comes from its changes from month to month.
    pub(in crate::forecast) month: usize,
}

/// A past on the ground that methods stand on.
pub(super) enum Ground<'a> {
    /// As it is, and without one-off spikes where there are any.
    Plain { past: Cow<'a, [f64]>, cleaned: Option<Vec<f64>>, driven: Option<FittedDrivers> },
    /// Levels made ready.
    Levels(Levels),
}

/// What earlier origins take over from the whole past.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    scale: Scale,
    repaired: bool,
}

pub(super) struct Levels {
    prepared: Prepared,
    /// On the working scale, spikes and all: what seasonal naive repeats.
    values: Vec<f64>,
    /// On the working scale, without the yearly pattern, spikes cut back.
    clean: Vec<f64>,
    /// Standard deviation of what the pace of growth may be besides what was seen, a step.
    doubt: f64,
}

impl<'a> Ground<'a> {
    /// A plain series; without one-off spikes for the methods that would carry them on.
    pub(super) fn plain(past: Cow<'a, [f64]>, seasons: &[usize], kept: Option<Kept>, driven: Option<FittedDrivers>) -> Self {
        let repair = kept.is_none_or(|kept| kept.repaired);
        let found = if repair { clean(&past, seasons, SpikeOptions::default()) } else { None };
        let cleaned = found.filter(|found| !found.spikes.is_empty()).map(|found| found.cleaned);
        Self::Plain { past, cleaned, driven }
    }

    /// A plain series without what drivers and events make of it.
    pub(super) fn driven(past: &'a [f64], seasons: &[usize], kept: Option<Kept>, drivers: FittedDrivers) -> Self {
        let rest = past.iter().enumerate().map(|(step, value)| value - drivers.part(step).0).collect();
        Self::plain(Cow::Owned(rest), seasons, kept, Some(drivers))
    }

    /// Levels of days or weeks. The last value of `past` is one.
    pub(super) fn of_levels(past: &[f64], season: usize, calendar: Calendar, kept: Option<Kept>) -> Self {
        let levels: Vec<Option<f64>> = past.iter().map(|value| value.is_finite().then_some(*value)).collect();
        let year = (past.len() as f64 >= calendar.year).then_some(calendar.year);
        let prepared = Prepared::of(&levels, season, year, kept.map(|kept| kept.scale));
        let doubt = growth::doubt(&prepared.clean, calendar.month);
        let numbers = |values: &[Option<f64>]| values.iter().map(|v| v.map_or(f64::NAN, |v| v - prepared.centre)).collect();
        Self::Levels(Levels { values: numbers(&prepared.values), clean: numbers(&prepared.clean), doubt, prepared })
    }

    /// What `method` is fitted to.
    pub(super) fn given(&self, method: Method) -> &[f64] {
        match self {
            Self::Plain { past, cleaned, .. } => method.reads(past, cleaned.as_deref()),
            Self::Levels(levels) if repeats(method) => &levels.values,
            Self::Levels(levels) => &levels.clean,
        }
    }

    /// What earlier origins take over.
    pub(super) fn kept(&self) -> Kept {
        Kept { scale: self.scale(), repaired: self.spikes().is_some() }
    }

    /// The scale that methods work on.
    pub(super) fn scale(&self) -> Scale {
        match self {
            Self::Plain { .. } => Scale::Identity,
            Self::Levels(levels) => levels.prepared.scale,
        }
    }

    /// What spikes added to the past, a number a step; `None` where there are none.
    pub(super) fn spikes(&self) -> Option<Vec<f64>> {
        match self {
            Self::Plain { past, cleaned, .. } => {
                cleaned.as_ref().map(|cleaned| past.iter().zip(cleaned).map(|(raw, clean)| raw - clean).collect())
            }
            Self::Levels(Levels { prepared, .. }) if prepared.spikes > 0 => {
                let each = prepared.level.iter().zip(&prepared.clean);
                Some(each.map(|(level, clean)| level.zip(*clean).map_or(0.0, |(level, clean)| level - clean)).collect())
            }
            Self::Levels(_) => None,
        }
    }

    /// Whether a yearly pattern was found.
    pub(super) fn yearly(&self) -> bool {
        matches!(self, Self::Levels(levels) if levels.prepared.yearly.swing() > 0.0)
    }

    /// Rows of a method in the unit of the series: doubt about growth added, the yearly pattern and the scale put back. `None` where one is
    /// not finite.
    pub(super) fn back(&self, method: Method, mut rows: Vec<Row>) -> Option<Vec<Row>> {
        let levels = match self {
            Self::Levels(levels) => levels,
            Self::Plain { driven: None, .. } => return Some(rows),
            Self::Plain { past, driven: Some(drivers), .. } => {
                for (h, row) in rows.iter_mut().enumerate() {
                    let (part, variance) = drivers.part(past.len() + h);
                    *row = widened(row, variance.sqrt()).map(|value| value + part);
                }
                return rows.iter().flatten().all(|value| value.is_finite()).then_some(rows);
            }
        };
        let (prepared, repeats) = (&levels.prepared, repeats(method));
        for (h, row) in rows.iter_mut().enumerate() {
            let doubt = if repeats { 0.0 } else { levels.doubt * (h + 1) as f64 };
            let year = if repeats { 0.0 } else { prepared.yearly.at(levels.clean.len() + h) };
            *row = widened(row, doubt).map(|value| prepared.scale.back(prepared.centre + value + year));
        }
        rows.iter().flatten().all(|value| value.is_finite()).then_some(rows)
    }
}

/// A row with an independent doubt of standard deviation `sd` added: widths and those of a normal distribution by the root of the sum of
/// their squares, level by level.
pub(super) fn widened(row: &Row, sd: f64) -> Row {
    let m = row[MEDIAN];
    std::array::from_fn(|level| m + (row[level] - m).hypot(NORMAL[level] * sd).copysign(NORMAL[level]))
}

/// The drivers of a series fitted to its past, with the longest of its seasons that a few harmonics can carry.
pub(super) fn driven(table: &DriverTable, past: &[f64], context: &Context) -> Result<FittedDrivers, DriverError> {
    let table = table.at(past.len()).ok_or(DriverError::TooShort)?;
    DriverModel::default().fit(past, context.season(), &table, context.horizon)
}

/// Whether a method repeats what it saw, the yearly pattern in it, and knows no growth.
fn repeats(method: Method) -> bool {
    matches!(method, Method::Naive | Method::SeasonalNaive)
}
