//! Fitting one form, and choosing among them.

use std::collections::BTreeMap;

use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::recursion::{Passes, Point, Room, States, passes};
use super::search::{Effort, Found, descend};
use super::start::{Guess, filled, guess, point};
use super::{EtsCriterion, EtsOptions};

/// The longest season whose seeds a form fits by itself; longer ones are for the caller to take out first.
const LONGEST_SEASON: usize = 24;

/// Evaluations a search of one form may use.
const MOST: usize = 60;

/// Steps from each of several starts before the best one goes on.
const SHORT: usize = 3;

/// A past on the scale of the fit, and what is known of it.
pub(super) struct Scaled<'a> {
    pub past: &'a [f64],
    pub season: usize,
    seen: f64,
    positive: bool,
    guesses: BTreeMap<EtsSeason, Guess>,
    filled: Vec<f64>,
    room: Room,
}

impl<'a> Scaled<'a> {
    pub(super) fn new(past: &'a [f64], season: usize) -> Self {
        let given = || past.iter().filter(|y| !y.is_nan());
        let seen = given().count();
        let least = given().copied().fold(f64::INFINITY, f64::min);
        Self {
            past,
            season,
            seen: seen as f64,
            // the mean size is 1: factors and shares mean little on a series that nearly touches zero
            positive: least > 0.005,
            guesses: BTreeMap::new(),
            filled: filled(past),
            room: Room::default(),
        }
    }

    /// The criterion of a form with that deviance.
    pub(super) fn criterion(&self, form: EtsForm, deviance: f64, criterion: EtsCriterion) -> f64 {
        deviance + penalty(form.parameters(self.season) as f64, self.seen, criterion)
    }

    /// Whether `form` can be fitted at all.
    fn allows(&self, form: EtsForm) -> bool {
        (self.positive || !form.positive_only()) && (!form.seasonal() || (self.season > 1 && self.seen > self.season as f64))
    }

    fn guess(&mut self, kind: EtsSeason) -> Guess {
        let (filled, season) = (&self.filled, self.season);
        self.guesses.entry(kind).or_insert_with(|| guess(filled, season, kind)).clone()
    }

    /// The most likely numbers of `form`, from the best of `starts` and a few of its own.
    pub(super) fn fit(&mut self, form: EtsForm, starts: &[Point], effort: Effort) -> Option<Found> {
        if !self.allows(form) {
            return None;
        }
        let passes = passes(form, self.season);
        let guess = self.guess(form.season);
        let mut candidates: Vec<(Point, f64)> = Vec::new();
        let mut consider = |candidate: Point| {
            let deviance = (passes.sums)(self.past, &candidate, &mut States::start(&candidate)).deviance()
                + effort.prior.deviance(&candidate);
            if deviance.is_finite() {
                candidates.push((candidate, deviance));
            }
        };
        for start in starts {
            consider(start.clone());
        }
        for smoothing in smoothings(form, starts) {
            consider(point(form, &guess, smoothing));
        }
        candidates.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut apart: Vec<Point> = Vec::new();
        for (candidate, _) in candidates {
            if apart.len() < effort.starts && apart.iter().all(|other| far(&candidate, other)) {
                apart.push(candidate);
            }
        }
        let mut best = None::<Found>;
        if apart.len() > 1 {
            let short = Effort { most: SHORT, ..effort };
            for start in &apart {
                let Some(found) = descend(form, &passes, self.past, start, short, &mut self.room) else { continue };
                if best.as_ref().is_none_or(|best| found.deviance < best.deviance) {
                    best = Some(found);
                }
            }
        }
        let start = best.map(|found| found.point).or_else(|| apart.into_iter().next())?;
        descend(form, &passes, self.past, &start, effort, &mut self.room)
    }
}

/// Whether two starts may lead to different minima.
fn far(a: &Point, b: &Point) -> bool {
    (a.alpha - b.alpha).abs() > 0.3 || (a.share_gamma - b.share_gamma).abs() > 0.2 || (a.share_beta - b.share_beta).abs() > 0.3
}

/// Smoothing parameters to begin at.
fn smoothings(form: EtsForm, starts: &[Point]) -> Vec<[f64; 4]> {
    if let Some(near) = starts.first() {
        let or = |value: f64, other: f64| if value > 0.0 { value } else { other };
        let gamma = or(near.share_gamma, 0.05);
        let mut tried = vec![[near.alpha, or(near.share_beta, 0.02), gamma, 0.95], [near.alpha.min(0.5), 0.2, gamma, 0.9]];
        if form.trended() {
            tried.push([0.05, 0.05, gamma, 0.95]);
        }
        if form.seasonal() {
            tried.push([0.2, 0.05, if gamma < 0.2 { 0.5 } else { 0.05 }, 0.95]);
        }
        return tried;
    }
    let mut tried = [(0.05, 0.05), (0.2, 0.1), (0.5, 0.1), (0.9, 0.05)].map(|(a, b)| [a, b, 0.05, 0.95]).to_vec();
    if form.seasonal() {
        tried.extend([(0.1, 0.05), (0.4, 0.05)].map(|(a, b)| [a, b, 0.5, 0.95]));
    }
    tried
}

/// What a criterion adds to the deviance for `k` numbers fitted to `n` values.
fn penalty(k: f64, n: f64, criterion: EtsCriterion) -> f64 {
    match criterion {
        EtsCriterion::Aic => 2.0 * k,
        EtsCriterion::Bic => k * n.ln(),
        EtsCriterion::Aicc if n > k + 1.0 => 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0),
        EtsCriterion::Aicc => f64::INFINITY,
    }
}

/// The forms to choose among, cheap and plain ones first, each after those it can start from.
fn pool(options: EtsOptions, season: usize) -> Vec<EtsForm> {
    use EtsError::{Additive as A, Multiplicative as M};
    let seasons: &[EtsSeason] = if season > 1 && season <= LONGEST_SEASON {
        &[EtsSeason::Additive, EtsSeason::Multiplicative, EtsSeason::None]
    } else {
        &[EtsSeason::None]
    };
    let mut forms = Vec::new();
    for trend in
        [EtsTrend::None, EtsTrend::Additive, EtsTrend::AdditiveDamped, EtsTrend::Multiplicative, EtsTrend::MultiplicativeDamped]
    {
        for season in seasons {
            for error in [A, M] {
                let form = EtsForm { error, trend, season: *season };
                // unstable: variances that grow without bound or divisions by states near zero (Hyndman et al. 2008, ch. 15)
                let restricted = (error == A && (form.grows_by_ratio() || *season == EtsSeason::Multiplicative))
                    || (form.grows_by_ratio() && *season == EtsSeason::Additive);
                let wanted = !form.grows_by_ratio() || options.multiplicative_trend;
                let damping = options.damped.is_none_or(|damped| !form.trended() || damped == form.damped());
                if !restricted && wanted && damping && !(options.additive_only && form.positive_only()) {
                    forms.push(form);
                }
            }
        }
    }
    forms
}

/// The form with the least criterion.
pub(super) fn choose(scaled: &mut Scaled, options: EtsOptions) -> Option<(EtsForm, Found)> {
    let mut fitted: BTreeMap<(EtsSeason, EtsTrend, EtsError), Point> = BTreeMap::new();
    let mut best: Option<(EtsForm, Found, f64)> = None;
    for form in pool(options, scaled.season) {
        let cost = scaled.criterion(form, 0.0, options.criterion);
        let last_resort = form == EtsForm::SIMPLE;
        if cost.is_infinite() && !last_resort {
            continue;
        }
        let bar = best.as_ref().map_or(f64::INFINITY, |(_, _, least)| least - cost);
        let starts = near(form, &fitted);
        let Some(found) = scaled.fit(form, &starts, Effort { bar, most: MOST, starts: 2, prior: options.prior() }) else {
            continue;
        };
        fitted.insert((form.season, form.trend, form.error), found.point.clone());
        let value = found.deviance + cost;
        if best.as_ref().is_none_or(|(_, _, least)| value < *least) {
            best = Some((form, found, value));
        }
    }
    best.map(|(form, found, _)| (form, found))
}

/// What has been fitted next to `form`: the same with the other error, or with less of a trend.
fn near(form: EtsForm, fitted: &BTreeMap<(EtsSeason, EtsTrend, EtsError), Point>) -> Vec<Point> {
    let mut starts = Vec::new();
    let less: &[EtsTrend] = match form.trend {
        EtsTrend::None | EtsTrend::Multiplicative => &[],
        EtsTrend::Additive => &[EtsTrend::None],
        EtsTrend::AdditiveDamped => &[EtsTrend::Additive, EtsTrend::None],
        EtsTrend::MultiplicativeDamped => &[EtsTrend::Multiplicative],
    };
    for trend in std::iter::once(&form.trend).chain(less) {
        for error in [EtsError::Additive, EtsError::Multiplicative] {
            if let Some(point) = fitted.get(&(form.season, *trend, error)) {
                starts.push(adapted(form, point));
            }
        }
    }
    starts
}

/// A point of a form with less of a trend as a start of `form`.
fn adapted(form: EtsForm, from: &Point) -> Point {
    let mut point = from.clone();
    if form.trended() && from.share_beta == 0.0 {
        point.share_beta = 0.01;
    }
    point.phi = if !form.damped() {
        1.0
    } else if from.phi == 1.0 {
        0.98
    } else {
        from.phi
    };
    point
}

/// The same states with a season that adds up to 0, or averages 1.
pub(super) fn normalised(form: EtsForm, mut point: Point, passes: &Passes) -> Point {
    if !form.seasonal() || !passes.seasons_fitted {
        return point;
    }
    let mean = point.season.iter().sum::<f64>() / point.season.len() as f64;
    if form.season == EtsSeason::Additive {
        point.season.iter_mut().for_each(|s| *s -= mean);
        point.level += mean;
    } else {
        point.season.iter_mut().for_each(|s| *s /= mean);
        point.level *= mean;
        if !form.grows_by_ratio() {
            point.slope *= mean;
        }
    }
    point
}
