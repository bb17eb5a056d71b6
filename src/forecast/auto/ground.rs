//! What is taken off a past before methods see it, and put back after: the scale, the yearly pattern, spikes.
//!
//! Only for levels of days and weeks that are forecast over a year or more. Plain series go to the methods as they are.

use super::super::growth;
use super::super::methods::NORMAL;
use super::super::prepare::{Prepared, Scale};
use super::candidates::Method;
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
pub(super) struct Ground<'a> {
    past: &'a [f64],
    taken: Option<Taken>,
}

struct Taken {
    prepared: Prepared,
    /// On the working scale, spikes and all: what seasonal naive repeats.
    values: Vec<f64>,
    /// On the working scale, without the yearly pattern, spikes cut back.
    clean: Vec<f64>,
    /// Standard deviation of what the pace of growth may be besides what was seen, a step.
    doubt: f64,
}

fn numbers(values: &[Option<f64>], centre: f64) -> Vec<f64> {
    values.iter().map(|value| value.map_or(f64::NAN, |value| value - centre)).collect()
}

impl<'a> Ground<'a> {
    /// As it is.
    pub(super) fn plain(past: &'a [f64]) -> Self {
        Self { past, taken: None }
    }

    /// Prepared; on `scale` where given, else on the scale that suits. The last value of `past` is one.
    pub(super) fn of(past: &'a [f64], season: usize, calendar: Calendar, scale: Option<Scale>) -> Self {
        let levels: Vec<Option<f64>> = past.iter().map(|value| value.is_finite().then_some(*value)).collect();
        let year = (past.len() as f64 >= calendar.year).then_some(calendar.year);
        let prepared = Prepared::of(&levels, season, year, scale);
        let doubt = growth::doubt(&prepared.clean, calendar.month);
        let (values, clean) = (numbers(&prepared.values, prepared.centre), numbers(&prepared.clean, prepared.centre));
        Self { past, taken: Some(Taken { prepared, values, clean, doubt }) }
    }

    /// What `method` is fitted to.
    pub(super) fn given(&self, method: Method) -> &[f64] {
        match &self.taken {
            None => self.past,
            Some(taken) if repeats(method) => &taken.values,
            Some(taken) => &taken.clean,
        }
    }

    pub(super) fn scale(&self) -> Scale {
        self.taken.as_ref().map_or(Scale::Identity, |taken| taken.prepared.scale)
    }

    /// Spikes cut back.
    pub(super) fn spikes(&self) -> usize {
        self.taken.as_ref().map_or(0, |taken| taken.prepared.spikes)
    }

    /// Whether a yearly pattern was found.
    pub(super) fn yearly(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| taken.prepared.yearly.swing() > 0.0)
    }

    /// Rows of a method in the unit of the series: doubt about growth added, the yearly pattern and the scale put back.
    pub(super) fn back(&self, method: Method, mut rows: Vec<Row>) -> Option<Vec<Row>> {
        let Some(taken) = &self.taken else { return Some(rows) };
        let (prepared, grows) = (&taken.prepared, !repeats(method));
        for (h, row) in rows.iter_mut().enumerate() {
            let m = row[MEDIAN];
            let (doubt, year) =
                if grows { (taken.doubt * (h + 1) as f64, prepared.yearly.at(taken.clean.len() + h)) } else { (0.0, 0.0) };
            for (value, normal) in row.iter_mut().zip(NORMAL) {
                let away = (*value - m).hypot(normal * doubt).copysign(normal);
                *value = prepared.scale.back(prepared.centre + m + away + year);
            }
        }
        rows.iter().flatten().all(|value| value.is_finite()).then_some(rows)
    }

    /// One-step errors with the spikes that were cut back, so that a date of a spike ranks as one.
    pub(super) fn errors(&self, residuals: &[f64]) -> Vec<f64> {
        let Some(taken) = &self.taken else { return residuals.to_vec() };
        let (level, clean) = (&taken.prepared.level, &taken.prepared.clean);
        let cut = level.iter().zip(clean).map(|(level, clean)| level.zip(*clean).map_or(0.0, |(level, clean)| level - clean));
        residuals.iter().zip(cut).map(|(residual, cut)| residual + cut).collect()
    }
}

/// Whether a method repeats what it saw, the yearly pattern in it, and knows no growth.
fn repeats(method: Method) -> bool {
    matches!(method, Method::Naive | Method::SeasonalNaive)
}
