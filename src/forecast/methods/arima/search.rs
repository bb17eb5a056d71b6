//! The choice of the orders: tests for the differences, a stepwise search with `AICc` for the rest.

use super::conditional::Point;
use super::estimate::{Likelihood, Task};
use super::fitted::{FittedArima, corrected, prepare};
use super::polynomial::roots_beyond;
use super::prepared::{Differenced, Prepared};
use super::strength::seasonal_strength;
use super::tests_of_difference::{differences, is_constant};
use super::{Arima, Coefficients};

/// The seasonal strength from which a season is differenced.
const STRONG: f64 = 0.64;

/// A model with a root nearer to the unit circle than this is not considered, a number for each of p, q, P, Q (those of a
/// season in powers of Bᵐ). A seasonal moving average may come near to it: after a seasonal difference that is a season that
/// does not change, and with the exact likelihood it is estimated well.
const NEAREST_ROOTS: [f64; 4] = [1.01, 1.01, 1.01, 1.0001];

/// How near to the unit circle the exact likelihood begins: a partial autocorrelation of 0.91, as a free number.
const PULLED_BACK: f64 = 1.5;

/// Values times lags from which the search keeps to one exact evaluation a model.
const MOST_WORK: usize = 5_000;

/// Models looked at by one search.
const MOST_MODELS: usize = 94;

/// How far the search for the orders goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArimaSearch {
    /// p, q ≤ 5 and P, Q ≤ 2; the best few by conditional estimates are estimated exactly and compared.
    #[default]
    Thorough,
    /// p, q ≤ 2 and P, Q ≤ 1 by conditional estimates; a quarter of the time, and on public data as accurate.
    Fast,
}

impl ArimaSearch {
    /// The most of p and q, and of P and Q.
    const fn bounds(self) -> (usize, usize) {
        match self {
            Self::Thorough => (5, 2),
            Self::Fast => (2, 1),
        }
    }

    const fn effort(self) -> Effort {
        match self {
            Self::Thorough => Effort { conditional: 6, drawn: 3, finalists: 3, last: 12 },
            Self::Fast => Effort { conditional: 4, drawn: 2, finalists: 1, last: 2 },
        }
    }
}

/// Steps of Gauss–Newton.
#[derive(Clone, Copy)]
struct Effort {
    /// At the conditional sum of squares, from each model to its neighbour.
    conditional: usize,
    /// At the exact likelihood after them, where they end near the unit circle.
    drawn: usize,
    /// Models estimated to the end.
    finalists: usize,
    /// At the exact likelihood, for those.
    last: usize,
}

/// An ARIMA whose orders are chosen for the past: D by the strength of the season, d by KPSS tests, the rest and the constant by
/// a stepwise search for the smallest `AICc`.
///
/// Hyndman & Khandakar (2008), *Journal of Statistical Software* 27(3), with candidates ranked by the exact likelihood at
/// conditional estimates. d + D ≤ 2 where D ≤ 1, no drift with two differences, and no model with a root within 1 % of the unit
/// circle.
///
/// ```
/// use plimsoll::forecast::methods::{AutoArima, Fitted};
/// let past: Vec<f64> = (0..60).map(|t| f64::from(t) + f64::from(t % 12)).collect();
/// let fitted = AutoArima::default().fit(&past, 12).expect("long enough");
/// assert!((fitted.outlook(1).centre[0] - 60.0).abs() < 1.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AutoArima {
    /// How far the search goes.
    pub search: ArimaSearch,
    /// The power of a Box–Cox transformation of the past, 0 the logarithm; None leaves it as it is.
    pub power: Option<f64>,
}

impl AutoArima {
    /// Chooses and fits; None where fewer than three values are there.
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<FittedArima> {
        self.fit_with(past, season, &[])
    }

    /// As [`Self::fit`], beside `regressors`, each as long as the past and without gaps.
    #[must_use]
    pub fn fit_with(&self, past: &[f64], season: usize, regressors: &[Vec<f64>]) -> Option<FittedArima> {
        let prepared = prepare(past, season.max(1), regressors, self.power)?;
        let fitted = self.choose(&prepared, season.max(1))?;
        Some(fitted.on(past, self.power))
    }

    fn choose(&self, prepared: &Prepared, season: usize) -> Option<FittedArima> {
        let n = prepared.filled.len();
        let season = if n > 2 * season { season } else { 1 };
        let base = differencing_of(prepared, season);
        let data = prepared.differenced(Arima { constant: false, ..base }, season);
        let total = base.differences + base.seasonal_differences;
        let plain = Arima { constant: total <= 1, ..base };
        if data.values.len() < 4 || is_constant(&data.values) {
            return simplest(plain, prepared, season);
        }
        // gaps are filled in for the search, and gaps again for the finalists
        let whole = Prepared { seen: vec![true; n], ..prepared.clone() };
        let mut search = Search::new(*self, &whole, season, base);
        search.run();
        search.finish(prepared).or_else(|| simplest(plain, prepared, season))
    }
}

/// d and D by their tests; regressors are left out of them.
fn differencing_of(prepared: &Prepared, season: usize) -> Arima {
    let values = &prepared.filled;
    let mut base = Arima::default();
    if is_constant(values) {
        return base;
    }
    let known = prepared.seen.iter().filter(|seen| **seen).count();
    if season > 1 && known > 2 * season && seasonal_strength(values, season) > STRONG {
        base.seasonal_differences = 1;
    }
    let data = prepared.differenced(base, season);
    if !is_constant(&data.values) {
        base.differences = differences(&data.values);
    }
    base.differences = base.differences.min(2 - base.seasonal_differences);
    base
}

/// No dynamics; then no constant either; then no difference.
fn simplest(plain: Arima, prepared: &Prepared, season: usize) -> Option<FittedArima> {
    let bare = Arima { constant: false, ..plain };
    [plain, bare, Arima { differences: 1, ..Arima::default() }]
        .into_iter()
        .find_map(|order| order.fit_prepared(prepared, season, None))
}

/// A model that was looked at.
struct Candidate {
    order: Arima,
    free: Vec<f64>,
    beta: Vec<f64>,
    aicc: f64,
}

struct Search<'a> {
    prepared: &'a Prepared,
    season: usize,
    base: Arima,
    effort: Effort,
    /// Whether the likelihood is too dear for many steps of it.
    dear: bool,
    /// The differenced past without and with a constant's column.
    data: [Differenced; 2],
    most: (usize, usize),
    tried: Vec<Candidate>,
    best: usize,
}

impl<'a> Search<'a> {
    fn new(rules: AutoArima, prepared: &'a Prepared, season: usize, base: Arima) -> Self {
        let data = [false, true].map(|constant| prepared.differenced(Arima { constant, ..base }, season));
        let n = prepared.filled.len();
        let (plain, seasonal) = rules.search.bounds();
        let most = (plain.min(n / 3), if season > 1 { seasonal.min(n / 3 / season) } else { 0 });
        let dear = n * season * seasonal > MOST_WORK;
        Self { prepared, season, base, dear, effort: rules.search.effort(), data, most, tried: Vec::new(), best: 0 }
    }

    fn task(&self, order: Arima) -> Task<'_> {
        Task { prepared: self.prepared, data: &self.data[usize::from(order.constant)], order, season: self.season }
    }

    fn may_have_constant(&self) -> bool {
        self.base.differences + self.base.seasonal_differences <= 1
    }

    fn run(&mut self) {
        let constant = self.may_have_constant();
        let with = |ar: usize, ma: usize, seasonal_ar: usize, seasonal_ma: usize| Arima {
            ar: ar.min(self.most.0),
            ma: ma.min(self.most.0),
            seasonal_ar: seasonal_ar.min(self.most.1),
            seasonal_ma: seasonal_ma.min(self.most.1),
            constant,
            ..self.base
        };
        let firsts = [
            with(0, 0, 0, 0),
            with(1, 0, 1, 0),
            with(0, 1, 0, 1),
            with(2, 2, 1, 1),
            Arima { constant: false, ..with(0, 0, 0, 0) },
        ];
        for order in firsts {
            self.look(order);
        }
        while self.tried.len() < MOST_MODELS {
            let at = self.tried[self.best].order;
            let better = self.neighbours(at).into_iter().any(|order| self.look(order));
            if !better {
                break;
            }
        }
    }

    /// The orders a step away, the seasonal ones first.
    fn neighbours(&self, at: Arima) -> Vec<Arima> {
        let mut found = Vec::with_capacity(17);
        for (first, second) in [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)] {
            let moved = (at.seasonal_ar.checked_add_signed(first), at.seasonal_ma.checked_add_signed(second));
            if let (Some(seasonal_ar), Some(seasonal_ma)) = moved
                && seasonal_ar.max(seasonal_ma) <= self.most.1
            {
                found.push(Arima { seasonal_ar, seasonal_ma, ..at });
            }
        }
        for (first, second) in [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)] {
            let moved = (at.ar.checked_add_signed(first), at.ma.checked_add_signed(second));
            if let (Some(ar), Some(ma)) = moved
                && ar.max(ma) <= self.most.0
            {
                found.push(Arima { ar, ma, ..at });
            }
        }
        if self.may_have_constant() {
            found.push(Arima { constant: !at.constant, ..at });
        }
        found
    }

    /// Estimates a model that was not looked at before; whether it is the best so far.
    fn look(&mut self, order: Arima) -> bool {
        if self.tried.len() >= MOST_MODELS || self.tried.iter().any(|tried| tried.order == order) {
            return false;
        }
        let task = self.task(order);
        let start = self.tried.get(self.best).map_or_else(|| task.blank(), |near| adapted(near, order, &task));
        let mut at = task.conditionally(start, self.effort.conditional, 1e-3);
        let mut aicc = f64::INFINITY;
        let steps = if self.dear { 0 } else { self.effort.drawn };
        if let Some(found) = pulled_back(&task, &mut at.free, steps)
            && acceptable(order, &at.free)
        {
            aicc = corrected(found.log, task.parameters(), found.counted);
        }
        self.tried.push(Candidate { order, free: at.free, beta: at.beta, aicc });
        let last = self.tried.len() - 1;
        let better = last == 0 || aicc < self.tried[self.best].aicc;
        if better {
            self.best = last;
        }
        better && last > 0
    }

    /// The best few estimated exactly, the best of them.
    fn finish(mut self, prepared: &Prepared) -> Option<FittedArima> {
        let Effort { finalists, last: steps, .. } = self.effort;
        let count = if prepared.has_gaps() { 1 } else { finalists };
        self.tried.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
        let mut best: Option<(f64, FittedArima)> = None;
        for candidate in self.tried.iter().filter(|c| c.aicc.is_finite()).take(count) {
            let task = Task { prepared, ..self.task(candidate.order) };
            let Some((free, found)) = task.exactly(candidate.free.clone(), steps, 1e-6) else { continue };
            let aicc = corrected(found.log, task.parameters(), found.counted);
            // what ran into the unit circle on its last steps is worse than any that did not
            let aicc = if acceptable(candidate.order, &free) { aicc } else { 1e300 };
            if best.as_ref().is_none_or(|(least, _)| aicc < *least) {
                best = Some((aicc, FittedArima::new(&task, free, found)));
            }
        }
        best.map(|(_, fitted)| fitted)
    }
}

/// The likelihood, after what lies near the unit circle is pulled back from it and estimated again by so many steps: the
/// conditional sum of squares draws moving averages to the circle, which the likelihood does not.
fn pulled_back(task: &Task, free: &mut Vec<f64>, steps: usize) -> Option<Likelihood> {
    let drawn = free.iter().any(|u| u.abs() > PULLED_BACK);
    for u in free.iter_mut() {
        *u = u.clamp(-PULLED_BACK, PULLED_BACK);
    }
    let (found, likelihood) = task.exactly(std::mem::take(free), if drawn { steps } else { 0 }, 1e-3)?;
    *free = found;
    Some(likelihood)
}

/// Whether every root keeps its distance from the unit circle.
fn acceptable(order: Arima, free: &[f64]) -> bool {
    let model = Coefficients::from_free(order.sizes(), free);
    (0..4).all(|which| roots_beyond(model.block(which), NEAREST_ROOTS[which]))
}

/// A neighbour's estimates as a start: a partial autocorrelation of zero more leaves the model what it was.
fn adapted(near: &Candidate, order: Arima, task: &Task) -> Point {
    let mut free = Vec::with_capacity(order.dynamics());
    let mut from = 0;
    for (had, size) in near.order.sizes().into_iter().zip(order.sizes()) {
        free.extend((0..size).map(|k| if k < had { near.free[from + k].clamp(-2.0, 2.0) } else { 0.0 }));
        from += had;
    }
    let beta = if near.order.constant == order.constant { near.beta.clone() } else { task.blank().beta };
    Point { free, beta }
}
