//! What has to be known of all series of a file before the first of them is forecast: what cannot be forecast, and what to tell the user.

use std::collections::BTreeMap;
use std::path::Path;

use super::batches::Asked;
use crate::error::Error;
use crate::forecast;
use crate::ingest::{Pace, StampForm, TidySeries};
use crate::problem::Problem;

/// Fewest values that say anything about a future.
const FEWEST: usize = 3;
/// Fewest values below saturation from which demand above it can be told.
const FEWEST_BELOW: usize = 10;
/// So many series are refused by name; of more, how many.
const MOST_REFUSED: usize = 50;
/// So many names are given as examples.
const NAMED: usize = 3;

/// Takes note of one series after the other, in memory that does not grow with their number.
#[derive(Debug)]
pub struct Survey<'a> {
    asked: &'a Asked,
    input: &'a Path,
    form: StampForm,
    paces: BTreeMap<Pace, usize>,
    series: usize,
    seen: usize,
    longest: usize,
    most_seen: usize,
    refused: Vec<forecast::Error>,
    refused_more: usize,
    /// For each season asked for, the series that are too short for it.
    short: Vec<Named>,
    above: Vec<Problem>,
    above_more: usize,
    /// Values that say "at least", the series that have such, those with too few others.
    saturated: (usize, usize, Named),
}

/// How many there are, and the names of the first.
#[derive(Debug, Default, Clone)]
struct Named {
    count: usize,
    first: Vec<String>,
}

impl Named {
    fn push(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(name.to_owned());
        }
    }

    fn names(&self) -> String {
        self.first.join(", ") + if self.count > NAMED { ", …" } else { "" }
    }
}

impl<'a> Survey<'a> {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new(asked: &'a Asked, form: StampForm, input: &'a Path) -> Self {
        Self {
            asked,
            input,
            form,
            paces: BTreeMap::new(),
            series: 0,
            seen: 0,
            longest: 0,
            most_seen: 0,
            refused: Vec::new(),
            refused_more: 0,
            short: vec![Named::default(); asked.seasons.as_ref().map_or(0, Vec::len)],
            above: Vec::new(),
            above_more: 0,
            saturated: (0, 0, Named::default()),
        }
    }

    /// Takes note of a series.
    pub fn see(&mut self, one: &TidySeries) {
        let seen = one.seen();
        *self.paces.entry(one.pace).or_default() += 1;
        self.series += 1;
        self.seen += seen;
        self.longest = self.longest.max(one.values.len());
        self.most_seen = self.most_seen.max(seen);
        self.refuse(one, seen);
        for (season, short) in self.asked.seasons.iter().flatten().zip(&mut self.short) {
            if one.values.len() < 2 * season {
                short.push(&one.id);
            }
        }
        let most = one.values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let ceiling = self.asked.ceiling.unwrap_or(f64::INFINITY);
        if most > ceiling && self.above.len() == MOST_REFUSED {
            self.above_more += 1;
        } else if most > ceiling {
            let message = format!("series `{}` has the value {most}, above --ceiling {ceiling}", one.id);
            let help = "the ceiling is in the unit of the values, and none may be above it: give one that no value passes";
            self.above.push(Problem::new("input/ceiling", self.input, message).help(help));
        }
        if let Some(saturated) = self.asked.saturated {
            let met = one.values.iter().flatten().filter(|value| at_least(**value, saturated)).count();
            self.saturated.0 += met;
            self.saturated.1 += usize::from(met > 0);
            if met > 0 && seen - met < FEWEST_BELOW {
                self.saturated.2.push(&one.id);
            }
        }
    }

    fn refuse(&mut self, one: &TidySeries, seen: usize) {
        if seen >= FEWEST {
            return;
        }
        if self.refused.len() == MOST_REFUSED {
            self.refused_more += 1;
            return;
        }
        let (series, unit, horizon) = (format!("series `{}`", one.id), "steps", self.asked.horizon);
        self.refused.push(match seen {
            0 => forecast::Error::NoData { series, seen: one.values.len(), required: FEWEST, unit },
            _ => forecast::Error::TooShort { series, seen, required: FEWEST, horizon, since: 0, carries: None, unit },
        });
    }

    /// The most values that a series has, gaps left out.
    #[must_use]
    pub const fn most_seen(&self) -> usize {
        self.most_seen
    }

    /// What to tell the user of all of them.
    ///
    /// # Errors
    /// `forecast/no-data`, `forecast/too-short` for series that nothing can be said of, by name; then those of
    /// [`season_notes`](Self::season_notes); then `input/ceiling` for every series above the ceiling, by name.
    pub fn told(self) -> Result<Vec<String>, Error> {
        if let [_, ..] = self.refused.as_slice() {
            return Err(several(self.refused, self.refused_more).into());
        }
        let mut notes = self.season_notes()?;
        if !self.above.is_empty() {
            let mut problems = self.above;
            if self.above_more > 0 {
                let message = format!("and {} more series above it", self.above_more);
                problems.push(Problem::new("input/ceiling", self.input, message));
            }
            return Err(Error::Problems(problems));
        }
        let (Some(saturated), (met, with, few)) = (self.asked.saturated, self.saturated) else { return Ok(notes) };
        notes.push(format!(
            "{met} of {} values, in {with} of {} series, are at {saturated} or above and taken as \"at least\"",
            self.seen, self.series
        ));
        if few.count > 0 {
            notes.push(format!(
                "warning: {} series with fewer than {FEWEST_BELOW} values below it are taken as they are: {}",
                few.count,
                few.names()
            ));
        }
        Ok(notes)
    }

    /// What to tell of the seasons: where they came from, and which series are too short for those that were asked for.
    ///
    /// # Errors
    /// `input/season` when a season asked for is longer than every series.
    pub fn season_notes(&self) -> Result<Vec<String>, Error> {
        let Some(seasons) = &self.asked.seasons else { return Ok(self.derived()) };
        let (mut notes, mut problems) = (Vec::new(), Vec::new());
        for (season, short) in seasons.iter().zip(&self.short).filter(|(season, _)| **season > 1) {
            if *season > self.longest {
                let message = format!("--season {season} is longer than every series; the longest has {} steps", self.longest);
                let help = "give steps, not hours or days: 24 for a day of hourly values; 1 for no season";
                problems.push(Problem::new("input/season", self.input, message).help(help));
            } else if short.count > 0 {
                notes.push(format!(
                    "warning: a season of {season} steps takes {} values: {} of {} series {} fewer ({}), and {} forecast without it",
                    2 * season,
                    short.count,
                    self.series,
                    if short.count == 1 { "has" } else { "have" },
                    short.names(),
                    if short.count == 1 { "is" } else { "are" },
                ));
            }
        }
        if problems.is_empty() { Ok(notes) } else { Err(Error::Problems(problems)) }
    }

    fn derived(&self) -> Vec<String> {
        let told = self.paces.iter().map(|(pace, count)| {
            let step = pace.in_words(self.form);
            let whose = if self.paces.len() > 1 { format!(" of {count} series") } else { String::new() };
            match pace.seasons(self.form).as_slice() {
                [] => format!("no season follows from the step of {step}{whose}; give one with --season"),
                seasons => {
                    let seasons: Vec<String> = seasons.iter().map(ToString::to_string).collect();
                    format!("season {} taken from the step of {step}{whose}; --season says otherwise", seasons.join(","))
                }
            }
        });
        let mut told: Vec<String> = told.collect();
        if told.len() > 5 {
            let more = told.len() - 5;
            told.truncate(5);
            told.push(format!("and {more} more steps"));
        }
        told
    }
}

/// One error for some series, and how many there are beyond them.
fn several(mut refused: Vec<forecast::Error>, more: usize) -> forecast::Error {
    if more > 0 {
        refused.push(forecast::Error::More(more));
    }
    if refused.len() == 1 { refused.remove(0) } else { forecast::Error::Several(refused) }
}

/// As [`uncensor`](crate::forecast::repair::uncensor) sees it.
fn at_least(value: f64, saturated: f64) -> bool {
    value >= saturated - 1e-3 * saturated.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{HeldSeries, StampStyle, Tidy};

    #[test]
    fn of_many_refused_series_fifty_are_named() {
        let asked = Asked { horizon: 1, ..Asked::default() };
        let one = TidySeries::of("a", 0, Pace::Even(1), vec![Some(1.0), None], StampForm::Integer);
        let all = Tidy { style: StampStyle::plain(StampForm::Integer), series: vec![one; 60] };
        let mut survey = Survey::new(&asked, StampForm::Integer, Path::new("a.csv"));
        HeldSeries::from(all).each(&mut |one| survey.see(one)).unwrap();
        let Err(Error::Forecast(forecast::Error::Several(told))) = survey.told() else { panic!("nothing was refused") };
        assert_eq!((told.len(), &told[50]), (51, &forecast::Error::More(10)));
    }
}
