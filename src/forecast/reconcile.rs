//! Forecasts of sums made equal to the sums of forecasts.
//!
//! With A the sums over the leaves, C y = 0 says that a vector is coherent (C = [1, −A]). The coherent vector nearest to ŷ in
//! the metric of W, the covariance of the errors, is ỹ = ŷ − W Cᵀ (C W Cᵀ)⁻¹ C ŷ: the minimum-trace solution in the form that
//! inverts a matrix only as wide as there are sums, equal to S (SᵀW⁻¹S)⁻¹ SᵀW⁻¹ ŷ. Wickramasuriya, Athanasopoulos & Hyndman
//! (2019), "Optimal forecast reconciliation for hierarchical and grouped time series through trace minimization", *Journal of
//! the American Statistical Association* 114, 804–819.

mod covariance;

use crate::stats::{cholesky, solve_cholesky};

pub use covariance::shrunk_covariance;

/// Which series are sums of which: leaves, and sums over leaves, in the caller's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    /// For each series the leaves it sums (a leaf: itself), as places in `leaves`, rising.
    members: Vec<Vec<usize>>,
    /// The leaves, as places among the series.
    leaves: Vec<usize>,
}

/// Why a hierarchy or a reconciliation cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReconcileError {
    /// A parent is not a series, or the series are their own ancestors.
    #[error("series {series} has no way up to a root")]
    NotATree {
        /// The series, from 0.
        series: usize,
    },
    /// A sum names a leaf that is not there, or no leaf.
    #[error("sum {sum} is over leaves that are not there")]
    NoSuchLeaf {
        /// The sum, from 0.
        sum: usize,
    },
    /// A list is as long as it should not be.
    #[error("{have} numbers where {want} are wanted")]
    Length {
        /// Numbers given.
        have: usize,
        /// Numbers wanted.
        want: usize,
    },
    /// A share, variance or covariance is negative or not finite, shares are all zero, or the matrix is not a covariance.
    #[error("the shares, variances or covariances are not usable")]
    Weights,
    /// Shares need one series that sums every leaf.
    #[error("no series is the sum of all leaves")]
    NoTop,
}

impl Hierarchy {
    /// The hierarchy of a tree: each series' parent, none for a root. The series without children are the leaves.
    ///
    /// # Errors
    /// A parent is out of range, or there is a ring.
    pub fn tree(parents: &[Option<usize>]) -> Result<Self, ReconcileError> {
        let count = parents.len();
        let mut inner = vec![false; count];
        for (series, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                *inner.get_mut(*parent).ok_or(ReconcileError::NotATree { series })? = true;
            }
        }
        let mut members = vec![Vec::new(); count];
        let leaves: Vec<usize> = (0..count).filter(|series| !inner[*series]).collect();
        for (place, leaf) in leaves.iter().enumerate() {
            let (mut at, mut steps) = (Some(*leaf), 0);
            while let Some(series) = at {
                members[series].push(place);
                at = parents[series];
                steps += 1;
                if steps > count {
                    return Err(ReconcileError::NotATree { series });
                }
            }
        }
        match members.iter().position(Vec::is_empty) {
            Some(series) => Err(ReconcileError::NotATree { series }),
            None => Ok(Self { members, leaves }),
        }
    }

    /// Sums over leaves, as lists of leaves from 0; the sums come first in the order of the series, then the leaves.
    ///
    /// # Errors
    /// A sum is empty or names a leaf that is not there.
    pub fn sums(leaves: usize, sums: &[Vec<usize>]) -> Result<Self, ReconcileError> {
        let mut members = Vec::with_capacity(sums.len() + leaves);
        for (sum, over) in sums.iter().enumerate() {
            let mut over = over.clone();
            over.sort_unstable();
            over.dedup();
            if over.last().is_none_or(|last| *last >= leaves) {
                return Err(ReconcileError::NoSuchLeaf { sum });
            }
            members.push(over);
        }
        members.extend((0..leaves).map(|leaf| vec![leaf]));
        Ok(Self { members, leaves: (sums.len()..sums.len() + leaves).collect() })
    }

    /// How many series there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The leaves, as places among the series.
    #[must_use]
    pub fn leaves(&self) -> &[usize] {
        &self.leaves
    }

    /// The leaves that a series sums (a leaf: itself), as places in [`leaves`](Self::leaves), rising.
    #[must_use]
    pub fn under(&self, series: usize) -> &[usize] {
        &self.members[series]
    }

    /// The sums of S b: every series from its leaves.
    #[must_use]
    pub fn from_leaves(&self, leaves: &[f64]) -> Vec<f64> {
        self.members.iter().map(|over| over.iter().map(|leaf| leaves[*leaf]).sum()).collect()
    }

    /// The rows of C: each sum less its leaves, as pairs of series and coefficient.
    fn constraints(&self) -> Vec<Vec<(usize, f64)>> {
        let mut leaf = vec![false; self.len()];
        self.leaves.iter().for_each(|series| leaf[*series] = true);
        let row = |series: usize| {
            let over = self.members[series].iter().map(|place| (self.leaves[*place], -1.0));
            std::iter::once((series, 1.0)).chain(over).collect()
        };
        (0..self.len()).filter(|series| !leaf[*series]).map(row).collect()
    }
}

/// How forecasts are reconciled: see [`Reconciler`]; of the least-squares ones each is unbiased where the base forecasts are.
#[derive(Debug, Clone, PartialEq)]
pub enum Reconciliation {
    /// The leaves as they are, summed.
    BottomUp,
    /// The forecast of the whole, by shares of the leaves (any positive scale), in the order of [`Hierarchy::leaves`].
    TopDown(Vec<f64>),
    /// W = 1: ordinary least squares.
    Equal,
    /// W = the number of leaves under each series. Athanasopoulos, Hyndman, Kourentzes & Petropoulos (2017), *European Journal
    /// of Operational Research* 262, 60–74.
    Structural,
    /// W = the variances of the one-step errors of each series.
    Variance(Vec<f64>),
    /// W = the covariance of the one-step errors, row after row: see [`shrunk_covariance`] (MinT-shrink).
    Covariance(Vec<f64>),
}

#[derive(Debug, Clone)]
enum Plan {
    Leaves,
    Shares { top: usize, shares: Vec<f64> },
    Project(Projection),
}

/// Projects onto the coherent vectors in the metric of W.
#[derive(Debug, Clone)]
struct Projection {
    weights: Weights,
    constraints: Vec<Vec<(usize, f64)>>,
    lower: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Weights {
    Diagonal(Vec<f64>),
    Dense(Vec<f64>, usize),
}

impl Weights {
    /// W times a sparse vector.
    fn times(&self, sparse: &[(usize, f64)]) -> Vec<f64> {
        match self {
            Self::Diagonal(diagonal) => {
                let mut out = vec![0.0; diagonal.len()];
                for (at, value) in sparse {
                    out[*at] += diagonal[*at] * value;
                }
                out
            }
            Self::Dense(matrix, n) => {
                let mut out = vec![0.0; *n];
                for (at, value) in sparse {
                    out.iter_mut().zip(&matrix[at * n..(at + 1) * n]).for_each(|(cell, w)| *cell += w * value);
                }
                out
            }
        }
    }
}

fn sparse_dot(sparse: &[(usize, f64)], dense: &[f64]) -> f64 {
    sparse.iter().map(|(at, value)| value * dense[*at]).sum()
}

impl Projection {
    fn new(weights: Weights, constraints: Vec<Vec<(usize, f64)>>) -> Option<Self> {
        let lower = factor(&weights, &constraints)?;
        Some(Self { weights, constraints, lower })
    }

    /// λ = (C W Cᵀ)⁻¹ C ŷ and ŷ − W Cᵀ λ.
    fn apply(&self, base: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let gaps: Vec<f64> = self.constraints.iter().map(|row| sparse_dot(row, base)).collect();
        let lambda = solve_cholesky(&self.lower, gaps.len(), &gaps);
        let mut across = vec![0.0; base.len()];
        for (row, lambda) in self.constraints.iter().zip(&lambda) {
            for (at, value) in row {
                across[*at] += value * lambda;
            }
        }
        let all: Vec<(usize, f64)> = across.into_iter().enumerate().collect();
        let moved = self.weights.times(&all);
        (lambda, base.iter().zip(moved).map(|(base, moved)| base - moved).collect())
    }
}

/// The Cholesky triangle of C W Cᵀ, the diagonal raised by rounding's worth where it is singular.
fn factor(weights: &Weights, constraints: &[Vec<(usize, f64)>]) -> Option<Vec<f64>> {
    let count = constraints.len();
    let mut matrix = vec![0.0; count * count];
    for (i, row) in constraints.iter().enumerate() {
        let through = weights.times(row);
        for (j, other) in constraints.iter().enumerate() {
            matrix[i * count + j] = sparse_dot(other, &through);
        }
    }
    let largest = (0..count).map(|i| matrix[i * count + i]).fold(0.0, f64::max);
    for raise in [0.0, 1e-12, 1e-9] {
        let mut raised = matrix.clone();
        (0..count).for_each(|i| raised[i * count + i] += raise * largest);
        if let Some(lower) = cholesky(&raised, count) {
            return Some(lower);
        }
    }
    None
}

/// A reconciliation ready for use at any number of base forecasts.
///
/// ```
/// use plimsoll::forecast::reconcile::{Hierarchy, ReconcileError, Reconciler, Reconciliation};
///
/// let site = Hierarchy::tree(&[None, Some(0), Some(0)])?;
/// let coherent = Reconciler::new(site, &Reconciliation::Equal)?.apply(&[10.0, 3.0, 4.0]);
/// assert!((coherent[0] - 9.0).abs() < 1e-12 && (coherent[1] - 4.0).abs() < 1e-12);
/// # Ok::<(), ReconcileError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reconciler {
    hierarchy: Hierarchy,
    plan: Plan,
}

impl Reconciler {
    /// Prepares a reconciliation.
    ///
    /// # Errors
    /// Numbers are too few or many, or not usable: see [`ReconcileError`].
    pub fn new(hierarchy: Hierarchy, by: &Reconciliation) -> Result<Self, ReconcileError> {
        let count = hierarchy.len();
        let length = |have: usize, want: usize| if have == want { Ok(()) } else { Err(ReconcileError::Length { have, want }) };
        let weights = match by {
            Reconciliation::BottomUp => return Ok(Self { hierarchy, plan: Plan::Leaves }),
            Reconciliation::TopDown(shares) => {
                length(shares.len(), hierarchy.leaves.len())?;
                let total: f64 = shares.iter().sum();
                if shares.iter().any(|share| *share < 0.0) || !total.is_finite() || total <= 0.0 {
                    return Err(ReconcileError::Weights);
                }
                let whole = |over: &Vec<usize>| over.len() == hierarchy.leaves.len();
                let top = hierarchy.members.iter().position(whole).ok_or(ReconcileError::NoTop)?;
                let shares = shares.iter().map(|share| share / total).collect();
                return Ok(Self { hierarchy, plan: Plan::Shares { top, shares } });
            }
            Reconciliation::Equal => Weights::Diagonal(vec![1.0; count]),
            Reconciliation::Structural => Weights::Diagonal(hierarchy.members.iter().map(|over| over.len() as f64).collect()),
            Reconciliation::Variance(variances) => {
                length(variances.len(), count)?;
                Weights::Diagonal(variances.clone())
            }
            Reconciliation::Covariance(matrix) => {
                length(matrix.len(), count * count)?;
                Weights::Dense(matrix.clone(), count)
            }
        };
        let projection = Projection::new(usable(weights)?, hierarchy.constraints()).ok_or(ReconcileError::Weights)?;
        Ok(Self { hierarchy, plan: Plan::Project(projection) })
    }

    /// The coherent forecasts for base forecasts of every series, in the order of the series.
    ///
    /// # Panics
    /// Never, where `base` holds a number for every series.
    #[must_use]
    pub fn apply(&self, base: &[f64]) -> Vec<f64> {
        let leaves: Vec<f64> = match &self.plan {
            Plan::Leaves => self.hierarchy.leaves.iter().map(|leaf| base[*leaf]).collect(),
            Plan::Shares { top, shares } => shares.iter().map(|share| share * base[*top]).collect(),
            Plan::Project(projection) => {
                let (_, projected) = projection.apply(base);
                self.hierarchy.leaves.iter().map(|leaf| projected[*leaf]).collect()
            }
        };
        self.hierarchy.from_leaves(&leaves)
    }

    /// The nearest coherent forecasts without a negative leaf.
    ///
    /// The quadratic programme of Wickramasuriya, Turlach & Hyndman (2020), "Optimal non-negative forecast reconciliation",
    /// *Statistics and Computing* 30, 1167–1182, by block principal pivoting: negative leaves are held at zero, those whose
    /// multiplier has the wrong sign are let go, until neither is left. Should that not end, leaves are cut at zero.
    #[must_use]
    pub fn apply_nonnegative(&self, base: &[f64]) -> Vec<f64> {
        let plain = self.apply(base);
        let leaves = &self.hierarchy.leaves;
        let Plan::Project(projection) = &self.plan else { return self.cut(&plain) };
        let tolerance = 1e-9 * base.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let mut held: Vec<bool> = leaves.iter().map(|leaf| plain[*leaf] < -tolerance).collect();
        if !held.contains(&true) {
            return self.cut(&plain);
        }
        let sums = projection.constraints.len();
        for pass in 0..2 * leaves.len() + 10 {
            let zero: Vec<usize> = (0..leaves.len()).filter(|place| held[*place]).collect();
            let mut constraints = projection.constraints.clone();
            constraints.extend(zero.iter().map(|place| vec![(leaves[*place], 1.0)]));
            let Some(bound) = Projection::new(projection.weights.clone(), constraints) else { break };
            let (lambda, found) = bound.apply(base);
            let mut wrong: Vec<usize> =
                (0..leaves.len()).filter(|place| !held[*place] && found[leaves[*place]] < -tolerance).collect();
            // a multiplier of the wrong sign holds a leaf down that would rise
            let size = lambda.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            wrong.extend(zero.iter().enumerate().filter(|(i, _)| lambda[sums + i] > 1e-9 * size).map(|(_, place)| *place));
            if wrong.is_empty() {
                return self.cut(&found);
            }
            // all at once at first; one at a time should that go round in circles
            if pass > leaves.len() {
                wrong.sort_unstable();
                wrong.drain(..wrong.len() - 1);
            }
            for place in wrong {
                held[place] = !held[place];
            }
        }
        self.cut(&plain)
    }

    /// Leaves cut at zero, and summed.
    fn cut(&self, coherent: &[f64]) -> Vec<f64> {
        let leaves: Vec<f64> = self.hierarchy.leaves.iter().map(|leaf| coherent[*leaf].max(0.0)).collect();
        self.hierarchy.from_leaves(&leaves)
    }

    /// Reconciles sample paths in place: `paths[series][i]`, where the i-th values of all series belong to one draw of one
    /// step. Each draw is projected by itself, so that every path is coherent. Without negative values: leaves below zero are
    /// cut at zero draw by draw before the sums are made, which raises their mean a little.
    ///
    /// # Errors
    /// The series are too few or many, or unequally long.
    pub fn apply_paths(&self, paths: &mut [Vec<f64>], nonnegative: bool) -> Result<(), ReconcileError> {
        let want = self.hierarchy.len();
        if paths.len() != want {
            return Err(ReconcileError::Length { have: paths.len(), want });
        }
        let draws = paths.first().map_or(0, Vec::len);
        if let Some(odd) = paths.iter().find(|series| series.len() != draws) {
            return Err(ReconcileError::Length { have: odd.len(), want: draws });
        }
        let mut base = vec![0.0; want];
        for draw in 0..draws {
            base.iter_mut().zip(paths.iter()).for_each(|(cell, series)| *cell = series[draw]);
            let mut coherent = self.apply(&base);
            if nonnegative {
                coherent = self.cut(&coherent);
            }
            paths.iter_mut().zip(coherent).for_each(|(series, value)| series[draw] = value);
        }
        Ok(())
    }
}

/// Weights with finite entries and a diagonal that is not negative; variances of zero raised a hair, as such a series is known
/// for certain but the system must stay regular.
fn usable(weights: Weights) -> Result<Weights, ReconcileError> {
    let (mut entries, step) = match weights {
        Weights::Diagonal(diagonal) => (diagonal, 1),
        Weights::Dense(matrix, n) => (matrix, n + 1),
    };
    let largest = entries.iter().step_by(step).copied().fold(0.0, f64::max);
    let unfit = entries.iter().any(|w| !w.is_finite()) || entries.iter().step_by(step).any(|w| *w < 0.0);
    if unfit {
        return Err(ReconcileError::Weights);
    }
    let least = if largest > 0.0 { 1e-10 * largest } else { 1.0 };
    // all in units of the largest, so that tiny and huge variances are alike
    let scale = if largest > 0.0 { largest } else { 1.0 };
    for (at, w) in entries.iter_mut().enumerate() {
        *w = if at % step == 0 { w.max(least) } else { *w } / scale;
    }
    Ok(if step == 1 { Weights::Diagonal(entries) } else { Weights::Dense(entries, step - 1) })
}

#[cfg(test)]
mod tests;
