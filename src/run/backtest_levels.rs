//! `plimsoll backtest --hierarchy`: all levels made to agree again at earlier origins, each scored against what came.

use rayon::prelude::*;

use super::backtest::{BacktestRequest, Seen, Tried, panel, points, reaches};
use super::batches::SeriesBatch;
use super::hierarchy::{Levelled, Levels};
use super::levelled::{agree, placed};
use super::series::forecasts_before;
use crate::error::Error;
use crate::forecast::coherent::Drawn;
use crate::forecast::methods::GRID;
use crate::forecast::{self};
use crate::ingest::{Pace, StampForm, TidySeries};
use crate::observe::{Event, Observer};
use crate::stream::Stream;

/// Tries every level of a hierarchy at each origin: sums first, those over most series before others, then the lowest.
///
/// # Errors
/// Where no method could be fitted, the levels cannot be made to agree, or the user asked to stop.
pub(super) fn tried_levels(
    request: &BacktestRequest,
    (levelled, levels): (&Levelled, &Levels),
    batches: &[SeriesBatch<'_>],
    seen: &mut Seen,
    observer: &dyn Observer,
) -> Result<Vec<(String, Tried)>, Error> {
    let stream = Stream::root(request.seed).named("series");
    let nodes = nodes(levels, batches);
    let mut all: Vec<(String, Tried)> = nodes.iter().map(|one| (one.id.clone(), Tried::default())).collect();
    let drawn: Vec<usize> = (0..nodes.len()).step_by(nodes.len().div_ceil(3).max(1)).collect();
    let probabilities = request.probabilities();
    let wanted: Vec<f64> = GRID.iter().chain(&probabilities).copied().collect();
    let season = batches.first().map_or(1, SeriesBatch::season);
    for origin in 0..request.origins {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted.into());
        }
        let cut = request.asked.horizon + origin * request.step;
        if !batches.iter().flat_map(|batch| &batch.series).all(|series| reaches(series, cut)) {
            break; // without one of its parts there is no whole
        }
        let each = batches.iter().map(|batch| forecasts_before(batch, cut, &request.asked, stream));
        let forecasts = each.collect::<Result<Vec<_>, _>>()?;
        let coherent = agree((levelled, levels), request.asked.horizon, batches, &forecasts, &request.input)?;
        let each: Vec<_> = nodes
            .par_iter()
            .enumerate()
            .map(|(at, node)| {
                let said = Said { drawn: coherent.drawn(at, &wanted), wanted: &wanted };
                let length = node.values.len().saturating_sub(cut);
                let quantile = |step: usize, p: f64| said.quantile(step, p);
                let stated = |step: usize| said.drawn.mean[step];
                let points = points(node, length, season, (request.asked.horizon, &probabilities), stated, quantile);
                let shown = (origin == 0 && drawn.contains(&at))
                    .then(|| panel(node, length, request.asked.horizon, |step| said.quantile(step, 0.5), quantile));
                (points, shown)
            })
            .collect();
        for (at, (points, shown)) in each.into_iter().enumerate() {
            if let Some(shown) = shown {
                seen.panels.insert(format!("{at:09}"), shown);
            }
            all[at].1.1 += usize::from(!points.is_empty());
            all[at].1.0.extend(points);
        }
        observer.on(&Event::Advanced { stage: "backtest", parts: nodes.len() as u64 });
    }
    Ok(all)
}

/// What came, of every series of the hierarchy: its own where the input has it, otherwise the sum of its lowest.
fn nodes(levels: &Levels, batches: &[SeriesBatch<'_>]) -> Vec<TidySeries> {
    let place = placed(batches);
    let own = |name: &String| place.get(name.as_str()).map(|(batch, at)| batches[*batch].series[*at]);
    let sum = |at: usize, name: &String| {
        let leaves: Vec<&TidySeries> = levels.hierarchy.under(at).iter().filter_map(|leaf| own(&levels.leaves[*leaf])).collect();
        TidySeries::sum(name, &leaves)
    };
    let none = |name: &String| TidySeries::of(name, 0, Pace::Even(1), Vec::new(), StampForm::Integer);
    let one = |(at, name): (usize, &String)| own(name).cloned().or_else(|| sum(at, name)).unwrap_or_else(|| none(name));
    levels.names().enumerate().map(one).collect()
}

/// What is said of a series at some probabilities.
struct Said<'a> {
    drawn: Drawn,
    wanted: &'a [f64],
}

impl Said<'_> {
    /// The quantile at one of those probabilities.
    fn quantile(&self, step: usize, p: f64) -> f64 {
        let at = self.wanted.iter().position(|own| (own - p).abs() < 1e-12);
        at.map_or(f64::NAN, |at| self.drawn.quantiles[step][at])
    }
}
