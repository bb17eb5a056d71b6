//! Forecasts and joint paths of all levels of a hierarchy, written as tables.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::batches::SeriesBatch;
use super::hierarchy::{Levelled, Levels, Reconcile};
use super::series::{Outputs, SeriesRequest, Sink, ahead, explanation, is_parquet, model, stamps};
use crate::error::Error;
use crate::forecast;
use crate::forecast::auto::Batch;
use crate::forecast::coherent::{Agreement, Coherent, Drawn};
use crate::ingest::{StampStyle, TidySeries};
use crate::observe::Observer;
use crate::problem::Problem;
use crate::render::{Frame, Values};

/// Series whose quantiles are held at once.
const AT_ONCE: usize = 64;
/// Rows of paths that are held at once.
const ROWS_AT_ONCE: usize = 500_000;
/// Most reconciled draws that are held: 1.6 GB.
const MOST_DRAWS: usize = 200_000_000;

impl Reconcile {
    fn agreement(self) -> Agreement {
        match self {
            Self::Sum => Agreement::Sum,
            Self::Wls => Agreement::Variances,
            Self::Mint => Agreement::Covariance,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Sum => "summed",
            Self::Wls => "reconciled by least squares in the variances of the errors",
            Self::Mint => "reconciled by MinT (shrunk covariance of the errors)",
        }
    }
}

/// The series that are forecast, in the order in which they are made to agree: the lowest, or all.
fn taken(levels: &Levels, reconcile: Reconcile) -> Vec<&String> {
    if reconcile == Reconcile::Sum { levels.leaves.iter().collect() } else { levels.names().collect() }
}

/// The batch of each series, and its place there.
pub(super) fn placed<'a>(batches: &'a [SeriesBatch<'_>]) -> BTreeMap<&'a str, (usize, usize)> {
    let of = |(batch, series): (usize, &'a SeriesBatch<'_>)| {
        series.series.iter().enumerate().map(move |(at, one)| (one.id.as_str(), (batch, at))).collect::<Vec<_>>()
    };
    batches.iter().enumerate().flat_map(of).collect()
}

/// Makes the forecasts of all levels agree.
///
/// # Errors
/// More draws than can be held; error variances that cannot be used.
pub(super) fn agree<'f>(
    (asked, levels): (&Levelled, &Levels),
    horizon: usize,
    batches: &[SeriesBatch<'_>],
    forecasts: &'f [Batch],
    input: &Path,
) -> Result<Coherent<'f>, Error> {
    let nodes = levels.sums.len() + levels.leaves.len();
    let draws = nodes.saturating_mul(horizon).saturating_mul(asked.paths as usize);
    if asked.reconcile != Reconcile::Sum && draws > MOST_DRAWS {
        let message = format!(
            "{nodes} series of {horizon} steps take {draws} draws for {} paths, at most {MOST_DRAWS} are held; expected fewer --paths, or \
             --reconcile sum, which holds none",
            asked.paths
        );
        return Err(Error::Problems(vec![Problem::new("input/flag", input, message)]));
    }
    let place = placed(batches);
    let places = taken(levels, asked.reconcile).into_iter().filter_map(|name| place.get(name.as_str()).copied()).collect();
    Coherent::new(forecasts, places, levels.hierarchy.clone(), asked.reconcile.agreement(), (asked.paths, horizon))
        .map_err(|error| Error::Problems(vec![Problem::new("ingest/hierarchy", input, error.to_string())]))
}

/// All levels of a file.
pub(super) struct Levelling<'a> {
    pub(super) request: &'a SeriesRequest,
    pub(super) style: &'a StampStyle,
    pub(super) levels: &'a Levels,
    pub(super) asked: &'a Levelled,
    pub(super) batches: &'a [SeriesBatch<'a>],
}

impl Levelling<'_> {
    /// Makes the levels agree, and writes forecasts, paths and explanations of all of them: sums first, those over most series before others.
    pub(super) fn write(
        &self,
        forecasts: &mut [Batch],
        text: bool,
        sink: Sink<'_>,
        out: &mut Outputs,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let (horizon, levels) = (self.request.asked.horizon, self.levels);
        let asked = (self.asked, levels);
        let coherent = agree(asked, horizon, self.batches, forecasts, &self.request.input)?;
        let place = placed(self.batches);
        let steps: Vec<i64> = ahead(&self.batches[0], horizon).swap_remove(0);
        let models: Vec<String> = levels
            .names()
            .enumerate()
            .map(|(at, name)| match (place.get(name.as_str()), self.asked.reconcile) {
                (Some((batch, series)), Reconcile::Sum) => model(&forecasts[*batch].series[*series]),
                (Some((batch, series)), by) => format!("{}, {}", model(&forecasts[*batch].series[*series]), by.words()),
                (None, _) => format!("sum of {} series", levels.under(at)),
            })
            .collect();
        self.forecasts(&coherent, &steps, &models, text, sink)?;
        self.paths(&coherent, &steps, out, observer)?;
        self.explained(forecasts, out)
    }

    fn forecasts(
        &self,
        coherent: &Coherent<'_>,
        steps: &[i64],
        models: &[String],
        text: bool,
        sink: Sink<'_>,
    ) -> Result<(), Error> {
        let wanted = self.request.columns_of_quantiles();
        let probabilities: Vec<f64> = wanted.iter().map(|(_, p)| *p).collect();
        let names: Vec<&String> = self.levels.names().collect();
        let horizon = steps.len();
        for from in (0..coherent.len()).step_by(AT_ONCE) {
            let to = (from + AT_ONCE).min(coherent.len());
            let drawn: Vec<Drawn> = (from..to).into_par_iter().map(|one| coherent.drawn(one, &probabilities)).collect();
            let label = |names: Vec<String>| Values::Labels {
                of: (0..names.len() as u32).flat_map(|at| std::iter::repeat_n(at, horizon)).collect(),
                names,
            };
            let each = vec![steps.to_vec(); to - from];
            let mut columns = vec![
                ("unique_id".to_owned(), label(names[from..to].iter().map(|name| (*name).clone()).collect())),
                ("ds".to_owned(), stamps(self.style, &each, 1, text)),
                ("mean".to_owned(), Values::Number(drawn.iter().flat_map(|one| one.mean.iter().copied().map(Some)).collect())),
            ];
            for (at, (name, _)) in wanted.iter().enumerate() {
                let quantiles = drawn.iter().flat_map(|one| one.quantiles.iter().map(move |step| Some(step[at])));
                columns.push((name.clone(), Values::Number(quantiles.collect())));
            }
            columns.push(("model".to_owned(), label(models[from..to].to_vec())));
            sink(&Frame { columns })?;
        }
        Ok(())
    }

    fn paths(&self, coherent: &Coherent<'_>, steps: &[i64], out: &mut Outputs, observer: &dyn Observer) -> Result<(), Error> {
        let (Some(file), Some((count, path))) = (&mut out.paths, &self.request.paths) else { return Ok(()) };
        let (many, horizon, count) = (coherent.len(), steps.len(), *count as usize);
        let names: Vec<String> = self.levels.names().cloned().collect();
        let at_once = (ROWS_AT_ONCE / (many * horizon)).clamp(1, count);
        for from in (0..count).step_by(at_once) {
            if observer.interrupted() {
                return Err(forecast::Error::Interrupted.into());
            }
            let to = (from + at_once).min(count);
            let values: Vec<Vec<f64>> = (0..many).into_par_iter().map(|one| coherent.paths(one, from..to)).collect();
            let rows = (to - from) * horizon;
            let of = (0..many as u32).flat_map(|series| std::iter::repeat_n(series, rows)).collect();
            let number = (0..many).flat_map(|_| (from..to).flat_map(|path| std::iter::repeat_n(path as i64, horizon)));
            let columns = vec![
                ("unique_id".to_owned(), Values::Labels { names: names.clone(), of }),
                ("path".to_owned(), Values::Integer(number.collect())),
                ("ds".to_owned(), stamps(self.style, &vec![steps.to_vec(); many], to - from, !is_parquet(path))),
                ("y".to_owned(), Values::Number(values.into_iter().flatten().map(Some).collect())),
            ];
            file.write(&Frame { columns })?;
        }
        Ok(())
    }

    fn explained(&self, forecasts: &mut [Batch], out: &mut Outputs) -> Result<(), Error> {
        let Some(file) = &mut out.explained else { return Ok(()) };
        if self.asked.reconcile == Reconcile::Sum {
            file.write(&self.sums())?;
        } else {
            let all = forecasts.iter_mut().flat_map(|batch| &mut batch.series);
            all.for_each(|one| one.reasons.push(self.asked.reconcile.words().to_owned()));
        }
        self.batches.iter().zip(forecasts).try_for_each(|(batch, forecast)| file.write(&explanation(batch, forecast)))
    }

    /// A row a sum: how many steps all of its leaves share.
    fn sums(&self) -> Frame {
        let place: BTreeMap<&str, &TidySeries> =
            self.batches.iter().flat_map(|batch| &batch.series).map(|one| (one.id.as_str(), *one)).collect();
        let sums = &self.levels.sums;
        let shared: Vec<(usize, usize)> = (0..sums.len())
            .map(|at| {
                let leaves = self.levels.hierarchy.under(at).iter();
                let of: Vec<&TidySeries> =
                    leaves.filter_map(|leaf| place.get(self.levels.leaves[*leaf].as_str()).copied()).collect();
                TidySeries::sum(&sums[at], &of).map_or((0, 0), |sum| (sum.seen(), sum.values.len() - sum.seen()))
            })
            .collect();
        let text = |value: &dyn Fn(usize) -> String| Values::Text((0..sums.len()).map(value).collect());
        let columns = vec![
            ("unique_id", Values::Text(sums.clone())),
            ("method", text(&|_| "sum".to_owned())),
            ("weight", Values::Number(vec![Some(1.0); sums.len()])),
            ("values", Values::Integer(shared.iter().map(|one| one.0 as i64).collect())),
            ("gaps", Values::Integer(shared.iter().map(|one| one.1 as i64).collect())),
            ("seasons_offered", text(&|_| String::new())),
            ("held_back_points", Values::Integer(vec![0; sums.len()])),
            ("held_back_crps", Values::Number(vec![None; sums.len()])),
            ("reasons", text(&|at| format!("each path is the sum of those of {} series", self.levels.under(at)))),
        ];
        Frame { columns: columns.into_iter().map(|(name, values)| (name.to_owned(), values)).collect() }
    }
}
