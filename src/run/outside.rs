//! `--external`: a forecast made elsewhere, checked, scored where it tells of the past, and given out in the place of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::batches::{Asked, SeriesBatch};
use crate::error::Error;
use crate::forecast::auto::{Batch, quantile};
use crate::forecast::judge::{Judged, Point};
use crate::forecast::methods::{ExternalError, ExternalStep, GRID_POINTS, Outlook, external};
use crate::forecast::scores::{carried_forward, scale, seasonal_naive};
use crate::ingest::{Sheet, Tidy, TidyColumns, TidySeries, first_problems, sheet};
use crate::problem::Problem;
use crate::stream::Stream;

/// What a row says of its step: the point forecast and the quantiles at [`crate::forecast::methods::GRID`].
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stated {
    centre: f64,
    row: [f64; GRID_POINTS],
}

/// The number of values known to a forecast of the past, and then its step from 0.
type Earlier = BTreeMap<usize, BTreeMap<usize, Stated>>;

/// Forecasts of one series made elsewhere: those of the horizon, and earlier ones.
#[derive(Debug, Clone, PartialEq, Default)]
struct OfSeries {
    ahead: Vec<Stated>,
    earlier: Earlier,
}

/// A file of forecasts made elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    path: PathBuf,
    each: BTreeMap<String, OfSeries>,
    theirs: Judged,
    ours: Judged,
    points: usize,
    scored: usize,
}

/// The method's name in the outputs.
const NAME: &str = "external forecast";
/// Fewest values before an origin at which ours is compared.
const FEWEST: usize = 3;
/// Longest earlier forecast that is scored.
const MOST_STEPS: usize = 100_000;

/// The rows of a series by the number of values known to them (`None`: not said) and their step from its first value.
type Rows = BTreeMap<(Option<usize>, usize), Stated>;

/// The columns of a file of forecasts: id, time, cut-off, point, and the probability of each column of quantiles.
struct Columns {
    id: usize,
    time: usize,
    cutoff: Option<usize>,
    point: usize,
    quantiles: Vec<(usize, f64)>,
}

impl Columns {
    fn of(sheet: &Sheet, columns: &TidyColumns) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut at = |name: &str, help: &str| {
            sheet.column(name, help).unwrap_or_else(|missing| {
                problems.extend(missing);
                0
            })
        };
        let id = at(&columns.id, "name the column of the series with --id");
        let time = at(&columns.time, "name the column of times with --time");
        let quantiles: Vec<(usize, f64)> =
            sheet.names.iter().enumerate().filter_map(|(at, name)| Some((at, probability(name)?))).collect();
        let median = quantiles.iter().find(|(_, p)| *p == 0.5).map(|(at, _)| *at);
        let point = sheet.find("mean").or(median).unwrap_or_else(|| {
            at("mean", "a forecast has `mean` (or the median as `q-50`), and bands as `lo-80` and `hi-80` or quantiles as `q-99`")
        });
        let bad = sheet.names.iter().filter(|name| is_quantile(name) && probability(name).is_none());
        problems.extend(bad.map(|name| {
            let message = format!("column `{name}`: expected a percent between 0 and 100, such as `lo-80` or `q-99`");
            Problem::new("ingest/missing-column", &sheet.path, message)
        }));
        if problems.is_empty() { Ok(Self { id, time, cutoff: sheet.find("cutoff"), point, quantiles }) } else { Err(problems) }
    }
}

fn is_quantile(name: &str) -> bool {
    ["lo-", "hi-", "q-"].iter().any(|start| name.starts_with(start))
}

/// The probability of a column `lo-80`, `hi-80` or `q-99`.
fn probability(name: &str) -> Option<f64> {
    let (kind, percent) = name.split_once('-')?;
    let percent = percent.parse::<f64>().ok().filter(|percent| *percent > 0.0 && *percent < 100.0)?;
    let p = match kind {
        "lo" => 0.5 - percent / 200.0,
        "hi" => 0.5 + percent / 200.0,
        "q" => percent / 100.0,
        _ => return None,
    };
    Some((p * 1e10).round() / 1e10)
}

impl Outside {
    /// Reads and checks a file of forecasts for the series of `tidy`: every step of the horizon of every series has to be there.
    ///
    /// # Errors
    /// `ingest/*`, all at once: a file or column that is not there, a cell that is not a number, quantiles that cross, two rows of one time, a
    /// time off the step, steps of the horizon that are missing.
    pub fn read(path: &Path, columns: &TidyColumns, tidy: &Tidy, horizon: usize) -> Result<Self, Error> {
        let sheet = sheet(path).map_err(Error::Problems)?;
        let at = Columns::of(&sheet, columns).map_err(Error::Problems)?;
        let series: BTreeMap<&str, &TidySeries> = tidy.series.iter().map(|one| (one.id.as_str(), one)).collect();
        let mut rows: BTreeMap<&str, Rows> = BTreeMap::new();
        let mut problems = Vec::new();
        for row in 0..sheet.rows.len() {
            let Some((id, one)) = series.get_key_value(sheet.rows[row][at.id].as_str()) else { continue };
            match placed(&sheet, &at, row, one, tidy) {
                Ok((place, step)) => {
                    if rows.entry(id).or_default().insert(place, step).is_some() {
                        let message = format!("it is the second row of series `{id}` at {}", sheet.rows[row][at.time]);
                        problems.push(sheet.problem(row, &columns.time, &message));
                    }
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(first_problems(problems, path)));
        }
        let mut each = BTreeMap::new();
        for one in &tidy.series {
            match sorted(rows.remove(one.id.as_str()).unwrap_or_default(), one, horizon) {
                Ok(found) => drop(each.insert(one.id.clone(), found)),
                Err(missing) => {
                    let (count, more) = (missing.len(), if missing.len() > 5 { ", …" } else { "" });
                    let times: Vec<String> = missing.iter().take(5).map(|step| tidy.style.text(one.stamp(*step))).collect();
                    let message =
                        format!("series `{}` has no forecast for {count} of {horizon} steps: {}{more}", one.id, times.join(", "));
                    let help = "the file has to hold every step of --horizon after the last value of each series; shorten --horizon or add rows";
                    problems.push(Problem::new("ingest/missing-forecast", path, message).help(help));
                }
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(first_problems(problems, path)));
        }
        let furthest = each.values().flat_map(|of: &OfSeries| of.earlier.values()).filter_map(|steps| steps.keys().last());
        let longest = furthest.max().map_or(1, |step| step + 1);
        let judged = || Judged::new(&[], longest);
        Ok(Self { path: path.to_owned(), each, theirs: judged(), ours: judged(), points: 0, scored: 0 })
    }

    /// Scores what the file says of the past of a batch's series against ours from the same origins, then puts its forecasts in the place of
    /// ours.
    pub fn replace(&mut self, batch: &SeriesBatch<'_>, forecast: &mut Batch, asked: &Asked, stream: Stream) {
        let scores = self.score(batch, asked, stream);
        for (at, (series, score)) in batch.series.iter().zip(scores).enumerate() {
            let Some(of) = self.each.get(&series.id) else { continue };
            let (centre, rows): (Vec<f64>, Vec<[f64; GRID_POINTS]>) = of.ahead.iter().map(|one| (one.centre, one.row)).unzip();
            let outlook = Outlook { sd: vec![0.0; centre.len()], centre, quantiles: Some(rows) };
            let told = score.map_or_else(String::new, |(points, theirs, ours)| {
                let share = 100.0 * (1.0 - theirs / ours);
                let word = if share >= 0.0 { "less" } else { "more" };
                format!(
                    "; on {points} points of the past its error (CRPS) was {:.0} % {word} than that of our own forecast",
                    share.abs()
                )
            });
            forecast.give(at, &outlook, NAME, format!("read from {}{told}", self.path.display()));
            forecast.series[at].errors = errors(of, series);
        }
    }

    /// For each series of a batch how many past points were scored, and the mean CRPS of theirs and of ours.
    fn score(&mut self, batch: &SeriesBatch<'_>, asked: &Asked, stream: Stream) -> Vec<Option<(usize, f64, f64)>> {
        let mut points: Vec<[Vec<Point>; 2]> = vec![[Vec::new(), Vec::new()]; batch.series.len()];
        let earlier = |at: usize| self.each.get(&batch.series[at].id).map(|of| &of.earlier);
        let most = (0..batch.series.len()).filter_map(earlier).map(BTreeMap::len).max().unwrap_or(0);
        for origin in 0..most {
            let tried: Vec<(usize, usize, &BTreeMap<usize, Stated>)> = (0..batch.series.len())
                .filter_map(|at| earlier(at)?.iter().nth(origin).map(|(known, steps)| (at, *known, steps)))
                .collect();
            let horizon = tried.iter().filter_map(|(.., steps)| steps.keys().last()).max().map_or(0, |last| last + 1);
            let some = SeriesBatch { series: tried.iter().map(|(at, ..)| batch.series[*at]).collect(), ..batch.clone() };
            let lengths: Vec<usize> = tried.iter().map(|(_, known, _)| *known).collect();
            let ours = some.forecast(&lengths, &Asked { horizon, ..asked.clone() }, stream);
            for ((at, known, steps), ours) in tried.iter().zip(&ours.series) {
                let series = batch.series[*at];
                let past = carried_forward(&series.values[..*known]);
                let (unit, naive) = (scale(&past, batch.season()), seasonal_naive(&past, batch.season(), horizon));
                for (step, stated) in *steps {
                    let Some(came) = series.values.get(known + step).copied().flatten() else { continue };
                    let place = (step + 1, came);
                    points[*at][0].push(Point::of(place, (stated.centre, naive[*step]), unit, &[], |p| quantile(&stated.row, p)));
                    let median = ours.median(*step);
                    points[*at][1].push(Point::of(place, (median, naive[*step]), unit, &[], |p| ours.quantile(*step, p)));
                }
            }
        }
        points.into_iter().map(|[theirs, ours]| self.add(&theirs, &ours)).collect()
    }

    fn add(&mut self, theirs: &[Point], ours: &[Point]) -> Option<(usize, f64, f64)> {
        if theirs.is_empty() {
            return None;
        }
        self.points += theirs.len();
        self.scored += 1;
        self.theirs.add(theirs);
        self.ours.add(ours);
        let mean = |points: &[Point]| points.iter().map(|point| point.crps).sum::<f64>() / points.len() as f64;
        Some((theirs.len(), mean(theirs), mean(ours)))
    }

    /// What reconciling by errors has to know of: the errors one step ahead of enough earlier forecasts of each series.
    ///
    /// # Errors
    /// `ingest/missing-forecast`: every series with fewer.
    pub fn carry_errors(&self, batches: &[SeriesBatch<'_>]) -> Result<(), Error> {
        let few = |series: &&TidySeries| {
            let found =
                self.each.get(&series.id).map_or(0, |of| errors(of, series).iter().filter(|error| error.is_finite()).count());
            (found < FEWEST_ERRORS).then(|| {
                let message = format!(
                    "series `{}` has {found} earlier forecasts of the very next step, expected {FEWEST_ERRORS} or more: the levels are made to \
                     agree by their errors",
                    series.id
                );
                let help = "add earlier forecasts, with the last time known to each in a column `cutoff`; or use --reconcile sum";
                Problem::new("ingest/missing-forecast", &self.path, message).help(help)
            })
        };
        let problems: Vec<Problem> = batches.iter().flat_map(|batch| &batch.series).filter_map(few).collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::Problems(first_problems(problems, &self.path))) }
    }

    /// How the forecasts of the past did against ours, in a sentence; that there are none.
    #[must_use]
    pub fn told(&self) -> String {
        let path = self.path.display();
        if self.points == 0 {
            return format!("{path} tells of the future alone: nothing of it can be scored");
        }
        let score = |judged: &Judged, wanted: &str| {
            let at = judged.scores.iter().position(|score| score.name() == wanted);
            let mean = at.and_then(|at| judged.pooled[at][0].mean());
            mean.map_or_else(|| "–".to_owned(), |mean| format!("{:.3}", mean.value))
        };
        let names = [("mase", "MASE"), ("crps", "CRPS"), ("coverage_80", "% inside 80"), ("coverage_95", "% inside 95")];
        let each: Vec<String> = names
            .iter()
            .map(|(name, word)| format!("{word} {} (ours {})", score(&self.theirs, name), score(&self.ours, name)))
            .collect();
        format!("{path} on {} points of the past of {} series: {}", self.points, self.scored, each.join(", "))
    }
}

/// Fewest errors whose variance is used: with ten its relative standard error is √(2/9), about a half.
const FEWEST_ERRORS: usize = 10;

/// What came less what was said one step ahead, a number a value of the series; NaN where nothing was said.
fn errors(of: &OfSeries, series: &TidySeries) -> Vec<f64> {
    let mut errors = vec![f64::NAN; series.values.len()];
    for (known, steps) in &of.earlier {
        if let (Some(stated), Some(came)) = (steps.get(&0), series.values.get(*known).copied().flatten()) {
            errors[*known] = came - stated.centre;
        }
    }
    errors
}

/// What a row says, and of which step: the values known to it where it tells of the past and has a cut-off, and the step from the first value.
fn placed(
    sheet: &Sheet,
    at: &Columns,
    row: usize,
    one: &TidySeries,
    tidy: &Tidy,
) -> Result<((Option<usize>, usize), Stated), Problem> {
    let stamp = sheet.time(row, at.time, &tidy.style)?;
    let off = |column: usize, stamp: i64| {
        let (seen, from) = (tidy.style.text(stamp), tidy.style.text(one.first));
        let step = one.pace.in_words(tidy.style.form);
        sheet.problem(row, &sheet.names[column], &format!("{seen} of series `{}` is off its step of {step} from {from}", one.id))
    };
    let index = one.index_of(stamp).ok_or_else(|| off(at.time, stamp))?;
    let known = match at.cutoff {
        Some(column) => {
            let cutoff = sheet.time(row, column, &tidy.style)?;
            let known = one.index_of(cutoff).ok_or_else(|| off(column, cutoff))? + 1;
            if known > index {
                let message =
                    format!("the cut-off {} is not before the time {}", sheet.rows[row][column], sheet.rows[row][at.time]);
                return Err(sheet.problem(row, &sheet.names[column], &message));
            }
            Some(known)
        }
        None => None,
    };
    let number = |column: usize| {
        sheet
            .number(row, column)?
            .ok_or_else(|| sheet.problem(row, &sheet.names[column], "it is empty, expected a finite number"))
    };
    let stated: Result<Vec<(f64, f64)>, Problem> = at.quantiles.iter().map(|(column, p)| Ok((*p, number(*column)?))).collect();
    let step = ExternalStep { centre: number(at.point)?, quantiles: stated? };
    let name =
        |p: f64| at.quantiles.iter().find(|(_, own)| *own == p).map_or("mean", |(column, _)| sheet.names[*column].as_str());
    let refused = |error: &ExternalError| {
        let (column, told) = match error {
            ExternalError::Crossing { lower, higher, .. } => (name(*higher), format!("it is below `{}`", name(*lower))),
            ExternalError::Twice { probability, .. } => {
                (name(*probability), "another column has the same probability".to_owned())
            }
            other => ("mean", other.to_string()),
        };
        sheet.problem(row, column, &format!("series `{}` at {}: {told}", one.id, sheet.rows[row][at.time]))
    };
    let outlook = external(std::slice::from_ref(&step), 1).map_err(|error| refused(&error))?;
    Ok(((known, index), Stated { centre: step.centre, row: outlook.quantiles_at(0) }))
}

/// The rows of a series as forecasts: of the horizon those with the latest cut-off, of the past by cut-off, or as one forecast from before the
/// first of them where there is none.
///
/// # Errors
/// The steps of the horizon that are missing.
fn sorted(rows: Rows, one: &TidySeries, horizon: usize) -> Result<OfSeries, Vec<usize>> {
    let n = one.values.len();
    let first = rows.keys().map(|(_, index)| *index).min().unwrap_or(0);
    let (mut found, mut ahead) = (OfSeries::default(), BTreeMap::new());
    for ((known, index), step) in rows {
        if index >= n {
            // rows come by rising cut-off: the last one stays
            ahead.insert(index, step);
        }
        let known = known.unwrap_or(first);
        if index < n && known <= index && (FEWEST..n).contains(&known) && index - known < MOST_STEPS {
            found.earlier.entry(known).or_default().insert(index - known, step);
        }
    }
    let missing: BTreeSet<usize> = (n..n + horizon).filter(|step| !ahead.contains_key(step)).collect();
    if !missing.is_empty() {
        return Err(missing.into_iter().collect());
    }
    found.ahead = (n..n + horizon).filter_map(|step| ahead.remove(&step)).collect();
    Ok(found)
}
