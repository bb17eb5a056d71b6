//! Rolling origins of one series: what each candidate stated before, what came after.

use super::super::methods::GRID_POINTS;
use super::super::repair::{SpikeOptions, clean};
use super::candidates::{Context, Fit, Method};

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
    /// What one-off spikes added to the past, a number a step; `None` where there are none.
    pub(super) spikes: Option<Vec<f64>>,
}

/// The past without its one-off spikes; `None` where there are none.
fn cleaned(past: &[f64], seasons: &[usize]) -> Option<Vec<f64>> {
    clean(past, seasons, SpikeOptions::default()).filter(|found| !found.spikes.is_empty()).map(|found| found.cleaned)
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

impl Trial {
    /// Tries the candidates of the context at each origin. `past`: NaN is a gap; its last value is not one.
    pub(super) fn of(past: &[f64], context: Context) -> Self {
        let repaired = cleaned(past, &context.seasons);
        let fits: Vec<(Method, Fit, Vec<Row>)> = context
            .candidates
            .iter()
            .filter_map(|candidate| {
                let fit = candidate.fit(candidate.reads(past, repaired.as_deref()), &context)?;
                let rows = fit.rows(context.horizon)?;
                Some((*candidate, fit, rows))
            })
            .collect();
        let starts = origins(past.len(), &context);
        let origins = starts.iter().filter_map(|start| Self::at(past, *start, &fits, &context, repaired.is_some())).collect();
        let spikes = repaired.map(|cleaned| past.iter().zip(&cleaned).map(|(raw, clean)| raw - clean).collect());
        Self { context, origins, fits, spikes }
    }

    fn at(past: &[f64], start: usize, fits: &[(Method, Fit, Vec<Row>)], context: &Context, repair: bool) -> Option<Origin> {
        let last = past[..start].iter().rposition(|value| value.is_finite())?;
        let known = &past[..=last];
        let repaired = if repair { cleaned(known, &context.seasons) } else { None };
        let gap = start - 1 - last;
        let steps = scored(context.horizon);
        let seen = steps.iter().filter_map(|step| {
            let value = *past.get(start + step - 1)?;
            value.is_finite().then_some((*step, value))
        });
        let (ahead, came): (Vec<usize>, Vec<f64>) = seen.unzip();
        let furthest = gap + ahead.last().copied()?;
        let stated = fits.iter().map(|(method, fit, _)| {
            let rows = fit.refit(method.reads(known, repaired.as_deref()))?.rows(furthest)?;
            Some(ahead.iter().map(|step| rows[gap + step - 1]).collect())
        });
        Some(Origin { start, came, stated: stated.collect(), ahead })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_horizons_are_scored_at_their_first_and_last_step_too() {
        assert_eq!(scored(3), [1, 2, 3]);
        let steps = scored(168);
        assert_eq!((steps.len(), steps[0], steps[47]), (48, 1, 168));
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
