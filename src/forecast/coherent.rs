//! Joint paths of a hierarchy in which every sum is the sum of its parts.
//!
//! Bottom-up: a sum's path *r* is the sum of the paths *r* of its leaves, which repeat the same past dates; nothing has to be made
//! coherent. Reconciled: each draw of all series is projected onto the coherent ones, see [`Reconciler`].

use rayon::prelude::*;

use super::auto::{Batch, PathDates};
use super::reconcile::{Hierarchy, ReconcileError, Reconciler, Reconciliation, shrunk_covariance};
use super::scores::mean_of_quantiles;
use crate::stats::percentile_of_sorted;

/// How the levels of a hierarchy are made to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Leaves are forecast, sums are sums of their paths.
    Sum,
    /// All levels are forecast, and reconciled with the variances of their one-step errors.
    Variances,
    /// All levels are forecast, and reconciled with the covariance of their one-step errors, shrunk (MinT).
    Covariance,
}

/// What is said of one series of a hierarchy.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Means, one a step; those of a sum are the sums of those of its leaves.
    pub mean: Vec<f64>,
    /// Quantiles, for each step one a probability asked for.
    pub quantiles: Vec<Vec<f64>>,
}

/// The joint paths of all series of a hierarchy.
pub struct Coherent<'a> {
    batches: &'a [Batch],
    /// Where each forecast series is: its batch and its place there; for [`Agreement::Sum`] the leaves alone.
    places: Vec<(usize, usize)>,
    hierarchy: Hierarchy,
    /// The past dates of each path, by batch.
    dates: Vec<Vec<PathDates>>,
    means: Vec<Vec<f64>>,
    /// Reconciled draws: for each step, each series, each path; `None` where sums are made as they are asked for.
    reconciled: Option<Vec<Vec<Vec<f64>>>>,
    horizon: usize,
}

impl<'a> Coherent<'a> {
    /// Makes `paths` paths of a hierarchy, sums first, then leaves. `places` says where the leaves ([`Agreement::Sum`]) or all series are among
    /// the batches. Where no leaf can be negative, none of its draws is.
    ///
    /// # Errors
    /// Too few or many places, or error variances that cannot be used.
    pub fn new(
        batches: &'a [Batch],
        places: Vec<(usize, usize)>,
        hierarchy: Hierarchy,
        agreement: Agreement,
        (paths, horizon): (u32, usize),
    ) -> Result<Self, ReconcileError> {
        let want = if agreement == Agreement::Sum { hierarchy.leaves().len() } else { hierarchy.len() };
        if places.len() != want {
            return Err(ReconcileError::Length { have: places.len(), want });
        }
        let dates: Vec<Vec<PathDates>> =
            batches.iter().map(|batch| (0..paths).into_par_iter().map(|path| batch.joint.dates(path)).collect()).collect();
        let mut coherent = Self { batches, places, hierarchy, dates, means: Vec::new(), reconciled: None, horizon };
        let own: Vec<Vec<f64>> = coherent.places.par_iter().map(|place| coherent.own_means(*place)).collect();
        let by_step = |h: usize| own.iter().map(|means| means[h]).collect::<Vec<f64>>();
        let steps: Vec<Vec<f64>> = match agreement {
            Agreement::Sum => (0..horizon).map(|h| coherent.hierarchy.from_leaves(&by_step(h))).collect(),
            Agreement::Variances | Agreement::Covariance => {
                let reconciler = coherent.reconciler(agreement)?;
                let nonnegative = coherent.nonnegative();
                let apply = |base: &[f64]| if nonnegative { reconciler.apply_nonnegative(base) } else { reconciler.apply(base) };
                coherent.reconciled = Some(coherent.projected(&reconciler, nonnegative)?);
                (0..horizon).map(|h| apply(&by_step(h))).collect()
            }
        };
        coherent.means = (0..coherent.hierarchy.len()).map(|one| steps.iter().map(|step| step[one]).collect()).collect();
        Ok(coherent)
    }

    fn own_means(&self, (batch, series): (usize, usize)) -> Vec<f64> {
        let one = &self.batches[batch].series[series];
        match &one.stated {
            Some(stated) => stated.clone(),
            None => (0..self.horizon).map(|h| mean_of_quantiles(|p| one.quantile(h, p))).collect(),
        }
    }

    fn nonnegative(&self) -> bool {
        self.hierarchy.leaves().iter().all(|leaf| {
            let (batch, series) = self.places[*leaf];
            self.batches[batch].joint.floor(series) >= 0.0
        })
    }

    fn reconciler(&self, agreement: Agreement) -> Result<Reconciler, ReconcileError> {
        // pasts end at one time and begin at several: errors are aligned at their ends
        let errors: Vec<&[f64]> =
            self.places.iter().map(|(batch, series)| self.batches[*batch].series[*series].errors.as_slice()).collect();
        let longest = errors.iter().map(|own| own.len()).max().unwrap_or(0);
        let aligned: Vec<Vec<f64>> = errors
            .iter()
            .map(|own| std::iter::repeat_n(f64::NAN, longest - own.len()).chain(own.iter().copied()).collect())
            .collect();
        let aligned: Vec<&[f64]> = aligned.iter().map(Vec::as_slice).collect();
        let covariance = shrunk_covariance(&aligned);
        let by = match agreement {
            Agreement::Sum => Reconciliation::BottomUp,
            Agreement::Variances => {
                let count = aligned.len();
                Reconciliation::Variance((0..count).map(|i| covariance[i * count + i]).collect())
            }
            Agreement::Covariance => Reconciliation::Covariance(covariance),
        };
        Reconciler::new(self.hierarchy.clone(), &by)
    }

    /// Every draw of every step, projected: by step, series and path.
    fn projected(&self, reconciler: &Reconciler, nonnegative: bool) -> Result<Vec<Vec<Vec<f64>>>, ReconcileError> {
        let paths = self.dates.first().map_or(0, Vec::len);
        let each: Vec<Vec<f64>> = self.places.par_iter().map(|place| self.own_paths(*place, 0..paths)).collect();
        (0..self.horizon)
            .into_par_iter()
            .map(|h| {
                let mut step: Vec<Vec<f64>> =
                    each.iter().map(|own| own.iter().skip(h).step_by(self.horizon).copied().collect()).collect();
                reconciler.apply_paths(&mut step, nonnegative).map(|()| step)
            })
            .collect()
    }

    fn own_paths(&self, (batch, series): (usize, usize), paths: std::ops::Range<usize>) -> Vec<f64> {
        let mut values = vec![0.0; paths.len() * self.horizon];
        for (path, dates) in values.chunks_exact_mut(self.horizon).zip(&self.dates[batch][paths]) {
            self.batches[batch].joint.path(series, dates, path);
        }
        values
    }

    /// How many series there are, sums and leaves.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hierarchy.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hierarchy.is_empty()
    }

    /// Paths of one series, a path after the other.
    #[must_use]
    pub fn paths(&self, series: usize, paths: std::ops::Range<usize>) -> Vec<f64> {
        if let Some(steps) = &self.reconciled {
            return paths.flat_map(|path| steps.iter().map(move |step| step[series][path])).collect();
        }
        let mut sum = vec![0.0; paths.len() * self.horizon];
        for leaf in self.hierarchy.under(series) {
            let own = self.own_paths(self.places[*leaf], paths.clone());
            sum.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
        }
        sum
    }

    /// What is said of one series at these probabilities: by its calibrated quantiles where it is a leaf and nothing was reconciled, otherwise by
    /// its paths.
    #[must_use]
    pub fn drawn(&self, series: usize, probabilities: &[f64]) -> Drawn {
        let leaf = self.hierarchy.leaves().iter().position(|leaf| *leaf == series);
        if let (Some(leaf), None) = (leaf, &self.reconciled) {
            let (batch, place) = self.places[leaf];
            let one = &self.batches[batch].series[place];
            let at = |h: usize| probabilities.iter().map(|p| one.quantile(h, *p)).collect();
            return Drawn { mean: self.means[series].clone(), quantiles: (0..self.horizon).map(at).collect() };
        }
        let paths = self.dates.first().map_or(0, Vec::len);
        let all = self.paths(series, 0..paths);
        let at = |h: usize| {
            let mut step: Vec<f64> = all.iter().skip(h).step_by(self.horizon).copied().collect();
            step.sort_unstable_by(f64::total_cmp);
            probabilities.iter().map(|p| percentile_of_sorted(&step, *p).unwrap_or(f64::NAN)).collect()
        };
        Drawn { mean: self.means[series].clone(), quantiles: (0..self.horizon).map(at).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::auto::{Past, Settings, forecast_batch};
    use crate::stream::{Seed, Stream};

    /// Three leaves and their sum over 40 steps.
    fn batch() -> Batch {
        let mut rng = Stream::root(Seed(4)).rng();
        let leaves: Vec<Vec<f64>> =
            (0..3).map(|leaf| (0..40).map(|t| 50.0 + f64::from(leaf * t) + 5.0 * rng.normal()).collect()).collect();
        let whole: Vec<f64> = (0..40).map(|t| leaves.iter().map(|leaf| leaf[t]).sum()).collect();
        let all: Vec<Vec<Option<f64>>> =
            std::iter::once(&whole).chain(&leaves).map(|one| one.iter().copied().map(Some).collect()).collect();
        let pasts: Vec<Past> = all.iter().map(|values| Past { values, behind: 0, drivers: None }).collect();
        let settings = Settings { horizon: 5, shared_dates: true, ..Settings::default() };
        forecast_batch(&pasts, &settings, Stream::root(Seed(1)))
    }

    #[test]
    fn every_path_and_mean_of_a_sum_is_that_of_its_leaves() {
        let batch = [batch()];
        let hierarchy = Hierarchy::sums(3, &[vec![0, 1, 2]]).unwrap();
        for agreement in [Agreement::Sum, Agreement::Variances, Agreement::Covariance] {
            let first = usize::from(agreement == Agreement::Sum);
            let places = (first..4).map(|series| (0, series)).collect();
            let coherent = Coherent::new(&batch, places, hierarchy.clone(), agreement, (50, 5)).unwrap();
            let all: Vec<Vec<f64>> = (0..4).map(|series| coherent.paths(series, 0..50)).collect();
            let means: Vec<Vec<f64>> = (0..4).map(|series| coherent.drawn(series, &[0.5]).mean).collect();
            for values in [all, means] {
                for (at, whole) in values[0].iter().enumerate() {
                    let sum = values[1][at] + values[2][at] + values[3][at];
                    assert!((whole - sum).abs() <= 1e-9 * sum.abs(), "{agreement:?}: {whole} and {sum}");
                }
            }
        }
    }

    #[test]
    fn too_few_places_are_refused() {
        let hierarchy = Hierarchy::sums(3, &[vec![0, 1, 2]]).unwrap();
        let refused = Coherent::new(&[], vec![(0, 0)], hierarchy, Agreement::Covariance, (5, 5)).err();
        assert_eq!(refused, Some(ReconcileError::Length { have: 1, want: 4 }));
    }
}
