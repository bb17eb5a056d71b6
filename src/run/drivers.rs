//! `--drivers` and `--events`: what drives the series of a file, step by step, over their past and over the horizon.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use statrs::distribution::{ContinuousCDF, Normal};

use crate::error::Error;
use crate::forecast::methods::{Driver, DriverFuture, DriverTable, Event};
use crate::ingest::{Sheet, StampForm, StampStyle, Tidy, TidyColumns, TidySeries, first_problems, sheet};
use crate::problem::Problem;

/// What drives the series of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Driving {
    /// A file of regressors, and which of its columns are taken.
    pub drivers: Option<(PathBuf, Vec<String>)>,
    /// A file of events.
    pub events: Option<PathBuf>,
}

/// Drivers and events of each series, by its name.
pub type DriverTables = BTreeMap<String, DriverTable>;

/// Reads drivers and events for the series of a file, `horizon` steps ahead. Values of a series at steps where a driver is not known become
/// gaps. Also what to tell the user.
///
/// # Errors
/// `ingest/*`, all at once: a file or a column that is not there, a cell that cannot be read, two rows of one time, a driver without a
/// value at a step of the horizon, an event that ends before it starts.
pub fn driver_tables(
    driving: &Driving,
    columns: &TidyColumns,
    tidy: &mut Tidy,
    horizon: usize,
) -> Result<(DriverTables, Vec<String>), Error> {
    let (mut tables, mut notes) = (DriverTables::new(), Vec::new());
    if let Some((path, names)) = &driving.drivers {
        let read = Drivers::read(path, names, columns, &tidy.style).map_err(Error::Problems)?;
        let mut problems = Vec::new();
        for series in &tidy.series {
            match read.of(series, &tidy.style, horizon) {
                Ok(drivers) => drop(tables.insert(series.id.clone(), DriverTable { drivers, events: Vec::new() })),
                Err(missing) => problems.extend(missing),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(first_problems(problems, path)));
        }
        notes.extend(masked(tidy, &tables));
    }
    if let Some(path) = &driving.events {
        let taken: Vec<&str> = driving.drivers.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
        let read = events(path, columns, &tidy.style, &taken).map_err(Error::Problems)?;
        let (mut unseen, mut met) = (BTreeMap::<String, usize>::new(), 0);
        for series in &tidy.series {
            let of_series = events_of(&read, series, horizon);
            met += usize::from(!of_series.is_empty());
            for event in of_series.iter().filter(|event| event.at.iter().all(|at| *at >= series.values.len())) {
                *unseen.entry(event.name.clone()).or_default() += 1;
            }
            if !of_series.is_empty() {
                tables.entry(series.id.clone()).or_default().events = of_series;
            }
        }
        if met == 0 {
            let message = "none of its events falls on a step of any series or of the horizon";
            let help = "times are written as those of the series; `end` is the last step of the event, not the first after it";
            return Err(Error::Problems(vec![Problem::new("ingest/no-data", path, message).help(help)]));
        }
        for (name, count) in unseen {
            notes.push(format!(
                "warning: event `{name}` lies ahead of {count} series and in the past of none of them: its effect is unknown and \
                 widens their bands"
            ));
        }
    }
    Ok((tables, notes))
}

/// Makes gaps of values at which a driver is not known.
fn masked(tidy: &mut Tidy, tables: &DriverTables) -> Option<String> {
    let (mut values, mut series) = (0, 0);
    for one in &mut tidy.series {
        let Some(table) = tables.get(&one.id) else { continue };
        let mut left_out = 0;
        for (step, value) in one.values.iter_mut().enumerate() {
            if value.is_some() && table.drivers.iter().any(|driver| driver.past[step].is_nan()) {
                *value = None;
                left_out += 1;
            }
        }
        values += left_out;
        series += usize::from(left_out > 0);
    }
    (values > 0)
        .then(|| format!("warning: {values} values of {series} series are left out: a driver is not known at their times"))
}

/// A driver at one time: its value and the standard deviation of what is doubted of it.
#[derive(Debug, Clone, Copy)]
struct Known {
    value: f64,
    sd: f64,
}

/// The rows of a file of drivers, by series (`None`: the same for all) and time.
struct Drivers {
    path: PathBuf,
    names: Vec<String>,
    rows: BTreeMap<Option<String>, BTreeMap<i64, Vec<Option<Known>>>>,
}

/// How a driver's doubt is written.
enum Doubt {
    None,
    Sd(usize),
    /// The ends of a central band and half its width in standard deviations.
    Band(usize, usize, f64),
}

impl Drivers {
    fn read(path: &Path, names: &[String], columns: &TidyColumns, style: &StampStyle) -> Result<Self, Vec<Problem>> {
        let sheet = sheet(path)?;
        let mut problems = Vec::new();
        let time = sheet.column(&columns.time, "name the column of times with --time").unwrap_or_else(|missing| {
            problems.extend(missing);
            0
        });
        let id = sheet.find(&columns.id);
        let mut each = Vec::new();
        for name in names {
            match sheet.column(name, "name the columns of drivers with --driver") {
                Ok(at) => each.push((at, doubt(&sheet, name, &mut problems))),
                Err(missing) => problems.extend(missing),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut rows = BTreeMap::<Option<String>, BTreeMap<i64, Vec<Option<Known>>>>::new();
        for row in 0..sheet.rows.len() {
            let whose = id.map(|id| sheet.rows[row][id].clone());
            let known: Result<Vec<Option<Known>>, Problem> =
                each.iter().map(|(at, doubt)| known(&sheet, row, *at, doubt)).collect();
            match (sheet.time(row, time, style), known) {
                (Ok(stamp), Ok(known)) => {
                    let of = whose.as_ref().map_or_else(String::new, |id| format!(" of series `{id}`"));
                    if rows.entry(whose).or_default().insert(stamp, known).is_some() {
                        let message = format!("it is the second row{of} at {}", style.text(stamp));
                        problems.push(sheet.problem(row, &columns.time, &message));
                    }
                }
                (time, known) => problems.extend(time.err().into_iter().chain(known.err())),
            }
        }
        if problems.is_empty() {
            Ok(Self { path: path.to_owned(), names: names.to_vec(), rows })
        } else {
            Err(first_problems(problems, path))
        }
    }

    /// The drivers of one series.
    fn of(&self, series: &TidySeries, style: &StampStyle, horizon: usize) -> Result<Vec<Driver>, Vec<Problem>> {
        let none = BTreeMap::new();
        let own = self.rows.get(&None).or_else(|| self.rows.get(&Some(series.id.clone()))).unwrap_or(&none);
        let n = series.values.len();
        let at = |step: usize, driver: usize| own.get(&series.stamp(step)).and_then(|known| known[driver]);
        let mut problems = Vec::new();
        let mut found = Vec::with_capacity(self.names.len());
        for (driver, name) in self.names.iter().enumerate() {
            let past: Vec<f64> = (0..n).map(|step| at(step, driver).map_or(f64::NAN, |known| known.value)).collect();
            let future: Vec<Option<Known>> = (n..n + horizon).map(|step| at(step, driver)).collect();
            if past.iter().all(|value| value.is_nan()) {
                let (from, to) = (style.text(series.first), style.text(series.stamp(n.saturating_sub(1))));
                let message =
                    format!("series `{}` has no value of `{name}` at any of its {n} steps from {from} to {to}", series.id);
                problems.push(self.missing(name, message));
                continue;
            }
            let missing: Vec<String> = future
                .iter()
                .enumerate()
                .filter(|(_, known)| known.is_none())
                .map(|(h, _)| style.text(series.stamp(n + h)))
                .collect();
            if !missing.is_empty() {
                let more = if missing.len() > 5 { ", …" } else { "" };
                let message = format!(
                    "series `{}` has no value of `{name}` at {} of {horizon} steps ahead: {}{more}",
                    series.id,
                    missing.len(),
                    missing[..missing.len().min(5)].join(", ")
                );
                problems.push(self.missing(name, message));
                continue;
            }
            let future: Vec<Known> = future.into_iter().flatten().collect();
            let (centre, sd): (Vec<f64>, Vec<f64>) = future.iter().map(|known| (known.value, known.sd)).unzip();
            let future = match horizon {
                0 => DriverFuture::Missing,
                _ if sd.iter().all(|sd| *sd == 0.0) => DriverFuture::Known(centre),
                _ => DriverFuture::Uncertain { centre, sd },
            };
            found.push(Driver { name: name.clone(), past, future, lags: Vec::new() });
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    fn missing(&self, name: &str, message: String) -> Problem {
        let help = format!(
            "a forecast by a driver takes its values at the times of the series and at every step ahead: add rows, with `{name}-sd` or \
             `{name}-lo-80` and `{name}-hi-80` where they are uncertain, or shorten --horizon"
        );
        Problem::new("ingest/missing-driver", &self.path, message).in_column(name).help(help)
    }
}

/// The columns that say how sure a driver is: `NAME-sd`, or the ends of a band `NAME-lo-80` and `NAME-hi-80`.
fn doubt(sheet: &Sheet, name: &str, problems: &mut Vec<Problem>) -> Doubt {
    let sd = sheet.find(&format!("{name}-sd"));
    let low = format!("{name}-lo-");
    let band = sheet.names.iter().enumerate().find_map(|(at, own)| {
        let level = own.strip_prefix(&low)?;
        Some((at, level, level.parse::<f64>().ok().filter(|level| *level > 0.0 && *level < 100.0)))
    });
    let mut refuse = |message: String| {
        problems.push(Problem::new("ingest/missing-column", &sheet.path, message));
        Doubt::None
    };
    match (sd, band) {
        (None, None) => Doubt::None,
        (Some(at), None) => Doubt::Sd(at),
        (None, Some((at, level, Some(percent)))) => {
            let Some(high) = sheet.find(&format!("{name}-hi-{level}")) else {
                return refuse(format!("it has `{name}-lo-{level}` without `{name}-hi-{level}`"));
            };
            Doubt::Band(at, high, 2.0 * Normal::standard().inverse_cdf(0.5 + percent / 200.0))
        }
        (None, Some((_, level, None))) => {
            refuse(format!("`{name}-lo-{level}`: expected a percent between 0 and 100, such as `{name}-lo-80`"))
        }
        (Some(_), Some((_, level, _))) => {
            refuse(format!("it has both `{name}-sd` and `{name}-lo-{level}`: expected one way of saying how sure it is"))
        }
    }
}

/// A driver's cell with its doubt; `None` where it is empty.
fn known(sheet: &Sheet, row: usize, at: usize, doubt: &Doubt) -> Result<Option<Known>, Problem> {
    let Some(value) = sheet.number(row, at)? else { return Ok(None) };
    let sd = match doubt {
        Doubt::None => 0.0,
        Doubt::Sd(column) => {
            let sd = sheet.number(row, *column)?.unwrap_or(0.0);
            if sd < 0.0 {
                return Err(sheet.problem(
                    row,
                    &sheet.names[*column],
                    &format!("`{sd}` is not a standard deviation of 0 or more"),
                ));
            }
            sd
        }
        Doubt::Band(low, high, width) => match (sheet.number(row, *low)?, sheet.number(row, *high)?) {
            (None, None) => 0.0,
            (Some(low), Some(high)) if low <= value && value <= high => (high - low) / width,
            (from, to) => {
                let told = |end: Option<f64>| end.map_or_else(|| "nothing".to_owned(), |end| end.to_string());
                let message = format!("the band from {} to {} does not hold the value {value}", told(from), told(to));
                return Err(sheet.problem(row, &sheet.names[*low], &message));
            }
        },
    };
    Ok(Some(Known { value, sd }))
}

/// One row of a file of events.
struct Spell {
    name: String,
    whose: Option<String>,
    /// Its first and its last moment, as the series count their times.
    from: i64,
    to: i64,
}

const DAY_NANOS: i64 = 86_400 * 1_000_000_000;

fn events(path: &Path, columns: &TidyColumns, style: &StampStyle, taken: &[&str]) -> Result<Vec<Spell>, Vec<Problem>> {
    let sheet = sheet(path)?;
    let help = "a file of events has the columns name, start, end and, where an event is of one series only, that of --id";
    let (name, start) = (sheet.column("name", help), sheet.column("start", help));
    let (name, start) = match (name, start) {
        (Ok(name), Ok(start)) => (name, start),
        (name, start) => return Err([name.err(), start.err()].into_iter().flatten().flatten().collect()),
    };
    let (end, id) = (sheet.find("end"), sheet.find(&columns.id));
    let (mut spells, mut problems) = (Vec::new(), Vec::new());
    for (row, cells) in sheet.rows.iter().enumerate() {
        if cells[name].is_empty() || taken.contains(&cells[name].as_str()) {
            let message = format!("`{}` is empty or the name of a driver, expected a name of its own", cells[name]);
            problems.push(sheet.problem(row, "name", &message));
        }
        let last = end.filter(|end| !cells[*end].is_empty()).unwrap_or(start);
        let whole_day = style.form == StampForm::Instant && cells[last].len() == 10;
        match (sheet.time(row, start, style), sheet.time(row, last, style)) {
            (Ok(from), Ok(to)) if from > to => {
                let message = format!("event `{}` ends at {} before it starts at {}", cells[name], cells[last], cells[start]);
                problems.push(sheet.problem(row, &sheet.names[last], &message));
            }
            (Ok(from), Ok(to)) => spells.push(Spell {
                name: cells[name].clone(),
                whose: id.map(|id| cells[id].clone()).filter(|id| !id.is_empty()),
                from,
                to: if whole_day { to + (DAY_NANOS - 1) } else { to },
            }),
            (from, to) => problems.extend(from.err().into_iter().chain(if last == start { None } else { to.err() })),
        }
    }
    if problems.is_empty() { Ok(spells) } else { Err(first_problems(problems, path)) }
}

/// The events that touch a step of a series or of its horizon, with all such steps.
fn events_of(spells: &[Spell], series: &TidySeries, horizon: usize) -> Vec<Event> {
    let steps = series.values.len() + horizon;
    let mut found: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for spell in spells.iter().filter(|spell| spell.whose.as_ref().is_none_or(|whose| *whose == series.id)) {
        // the first step that ends after the event began, and the steps that begin before it is over
        let (mut low, mut high) = (0, steps);
        while low < high {
            let middle = usize::midpoint(low, high);
            if series.stamp(middle + 1) > spell.from { high = middle } else { low = middle + 1 }
        }
        let during = (low..steps).take_while(|step| series.stamp(*step) <= spell.to);
        let at: Vec<usize> = during.collect();
        if !at.is_empty() {
            found.entry(&spell.name).or_default().extend(at);
        }
    }
    let event =
        |(name, at): (&str, BTreeSet<usize>)| Event { name: name.to_owned(), at: at.into_iter().collect(), before: 0, after: 0 };
    found.into_iter().map(event).collect()
}
