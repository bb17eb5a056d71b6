//! The empirical seasonal pool: the next values at a phase are distributed as the past ones at that phase.
//!
//! Several pools, which differ in what they call alike (any step, the same time of day, the same time of week), in how fast they
//! forget and in whether they follow the level, are averaged quantile by quantile (Vincent averaging; Lichtendahl,
//! Grushka-Cockayne & Winkler 2013, *Management Science* 59, 1594–1611), with weights from the pinball loss that each would have had
//! on the last seasons of the series itself. No shape is assumed: spikes, zeros and flat stretches stay what they are.

use std::collections::BTreeMap;

use super::{Fitted, GRID, GRID_POINTS, Outlook};

/// Which past steps are alike to a step ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    Any,
    Day,
    Week,
}

/// One way to pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Recipe {
    alike: Alike,
    /// After so many seasons (weeks where the week is alike) a past value counts half.
    half_life: f64,
    /// Whether past values are moved by the change of the level since.
    level: bool,
}

const fn recipe(alike: Alike, half_life: f64, level: bool) -> Recipe {
    Recipe { alike, half_life, level }
}

const RECIPES: [Recipe; 16] = [
    recipe(Alike::Any, 0.25, false),
    recipe(Alike::Any, 1.0, false),
    recipe(Alike::Any, 4.0, false),
    recipe(Alike::Any, 20.0, false),
    recipe(Alike::Day, 0.5, false),
    recipe(Alike::Day, 2.0, false),
    recipe(Alike::Day, 6.0, false),
    recipe(Alike::Day, 30.0, false),
    recipe(Alike::Day, 0.5, true),
    recipe(Alike::Day, 2.0, true),
    recipe(Alike::Day, 6.0, true),
    recipe(Alike::Day, 30.0, true),
    recipe(Alike::Week, 1.0, false),
    recipe(Alike::Week, 4.0, false),
    recipe(Alike::Week, 1.0, true),
    recipe(Alike::Week, 4.0, true),
];

/// The probabilities, as places in `GRID`, whose pinball loss weighs the recipes.
const JUDGED: [usize; 5] = [2, 4, 8, 12, 14];

/// The most seasons kept (nine weeks of days), and of those pooled by the day (four weeks) and by the week (eight).
const MOST_SEASONS: usize = 63;
const MOST_SEASONS_ALIKE: usize = 28;
/// The most seasons on which recipes are judged, and the phases tried of each.
const MOST_TARGETS: usize = 14;
const MOST_PHASES: usize = 8;
/// The leads, in seasons, at which recipes are judged: at six days, not seven, yesterday is no stand-in for the same weekday.
const LEADS: [usize; 3] = [1, 3, 6];
/// How sharply a recipe's weight falls with its loss.
const SHARPNESS: i32 = 8;

/// The place of the pool that the others must beat.
const PLAIN: usize = 6;

type Weights = [f64; RECIPES.len()];

/// The empirical pool of a series with a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeasonalPool {
    /// The steps in the shorter season, such as 24.
    pub season: usize,
    /// The steps in the longer season, such as 168, where there is one.
    pub long: Option<usize>,
}

/// A pool with its weights.
#[derive(Debug, Clone)]
pub struct FittedPool {
    history: History,
    /// Weights of the recipes at each of `LEADS`.
    weights: Vec<Weights>,
    residuals: Vec<f64>,
}

/// The last seasons of a past, season 0 the last.
#[derive(Debug, Clone)]
pub(super) struct History {
    values: Vec<f64>,
    season: usize,
    /// Seasons in a week; 0 where none.
    days: usize,
    /// The median of each season, the last first.
    levels: Vec<f64>,
}

/// A past value that may come again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    value: f64,
    /// Seasons, or weeks where the week is alike.
    age: usize,
    weight: f64,
}

impl History {
    pub(super) fn of(past: &[f64], options: SeasonalPool) -> Option<Self> {
        let season = options.season.max(1);
        let seasons = (past.len() / season).min(MOST_SEASONS);
        if seasons < 2 {
            return None;
        }
        let values = past[past.len() - seasons * season..].to_vec();
        let long = options.long.filter(|long| long % season == 0 && *long > season);
        let days = long.map_or(0, |long| long / season);
        let mut known = Vec::new();
        let mut levels: Vec<f64> = values.rchunks(season).map(|season| median(season.iter().copied(), &mut known)).collect();
        let mut last = levels.iter().copied().find(|level| level.is_finite())?;
        for level in &mut levels {
            if !level.is_finite() {
                *level = last;
            }
            last = *level;
        }
        Some(Self { values, season, days, levels })
    }

    pub(super) fn seasons(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn season(&self) -> usize {
        self.season
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value at `phase` of the season so many `back`.
    pub(super) fn value(&self, back: usize, phase: usize) -> f64 {
        self.values[(self.seasons() - back - 1) * self.season + phase]
    }

    /// The most recent values, of four half-lives, thinned to sixty by a stride that meets every phase.
    fn recent(&self, origin: usize, half_life: f64, sample: &mut Vec<Candidate>) {
        sample.clear();
        let end = (self.seasons() - origin) * self.season;
        let reach = ((half_life * 4.0 * self.season as f64).ceil() as usize).clamp(1, end);
        let mut stride = reach.div_ceil(60);
        while shared_factor(stride, self.season) > 1 {
            stride += 1;
        }
        for at in (end - reach..end).rev().step_by(stride) {
            if self.values[at].is_finite() {
                let age = (end - 1 - at) as f64 / self.season as f64;
                sample.push(Candidate { value: self.values[at], age: 0, weight: (-age / half_life).exp2() });
            }
        }
        sample.sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
    }
}

/// The values at and about one phase, sorted once as they are and once less the levels of their seasons.
struct Phase {
    as_are: Vec<Near>,
    less_level: Vec<Near>,
}

/// A value at or about a phase.
#[derive(Debug, Clone, Copy)]
struct Near {
    value: f64,
    /// The season of the phase, counted from the last.
    back: usize,
    /// Whether the value itself lies in the season after.
    after: bool,
    weight: f64,
}

/// The phases of a history that have been asked for, so that each is sorted but once.
pub(super) struct Phases<'a> {
    history: &'a History,
    sorted: BTreeMap<usize, Phase>,
}

impl Phase {
    /// Neighbours count by the square of their closeness: they fill in where few seasons are known or remembered.
    fn of(history: &History, phase: usize) -> Self {
        let (season, count) = (history.season, history.values.len());
        let near = (season / 48).clamp(1, 3);
        let mut as_are = Vec::with_capacity(history.seasons() * (2 * near + 1));
        for back in 0..history.seasons() {
            let middle = count - (back + 1) * season + phase;
            for at in middle.saturating_sub(near)..(middle + near + 1).min(count) {
                if history.values[at].is_finite() {
                    let closeness = 1.0 - at.abs_diff(middle) as f64 / (near as f64 + 1.0);
                    let after = at >= count - back * season;
                    as_are.push(Near { value: history.values[at], back, after, weight: closeness * closeness });
                }
            }
        }
        let mut less_level = as_are.clone();
        for near in &mut less_level {
            near.value -= history.levels[near.back];
        }
        for values in [&mut as_are, &mut less_level] {
            values.sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
        }
        Self { as_are, less_level }
    }
}

impl<'a> Phases<'a> {
    pub(super) fn of(history: &'a History) -> Self {
        Self { history, sorted: BTreeMap::new() }
    }

    /// The values alike to `phase` of the season `lead` after the seasons from `origin` back, sorted.
    pub(super) fn sample(&mut self, recipe: &Recipe, origin: usize, lead: usize, phase: usize, sample: &mut Vec<Candidate>) {
        sample.clear();
        let history = self.history;
        let sorted = self.sorted.entry(phase).or_insert_with(|| Phase::of(history, phase));
        let (values, shift) = if recipe.level { (&sorted.less_level, history.levels[origin]) } else { (&sorted.as_are, 0.0) };
        let (step, first, most) = match recipe.alike {
            Alike::Week => (history.days, (history.days - lead % history.days) % history.days, 2 * MOST_SEASONS_ALIKE),
            _ => (1, 0, MOST_SEASONS_ALIKE),
        };
        let mut ages = [None; MOST_SEASONS];
        let known = origin + most.min(history.seasons() - origin);
        for (age, back) in (origin + first..known).step_by(step).enumerate() {
            ages[back] = Some(age);
        }
        for near in values {
            if let Some(age) = ages[near.back].filter(|_| !near.after || near.back > origin) {
                sample.push(Candidate { value: near.value + shift, age, weight: near.weight });
            }
        }
    }
}

/// The slowest pools by the day, without and with the level, and their places.
pub(super) fn steady_recipes() -> [(usize, &'static Recipe); 2] {
    [(7, &RECIPES[7]), (11, &RECIPES[11])]
}

/// How much a value of each age counts.
pub(super) type Decay = [f64; MOST_SEASONS + 1];

pub(super) fn decays() -> Vec<Decay> {
    RECIPES.iter().map(|recipe| std::array::from_fn(|age| (-(age as f64) / recipe.half_life).exp2())).collect()
}

fn shared_factor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { shared_factor(b, a % b) }
}

/// The upper median of what is known.
fn median(values: impl Iterator<Item = f64>, known: &mut Vec<f64>) -> f64 {
    known.clear();
    known.extend(values.filter(|value| value.is_finite()));
    if known.is_empty() {
        return f64::NAN;
    }
    let middle = known.len() / 2;
    *known.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Quantiles at rising probabilities of sorted values, linear between the midpoints of their weights.
pub(super) fn quantiles<const N: usize>(sorted: &[Candidate], decay: &Decay, at: &[f64; N]) -> [f64; N] {
    let total: f64 = sorted.iter().map(|one| one.weight * decay[one.age]).sum();
    let mut found = [f64::NAN; N];
    let (mut below, mut before, mut next) = (None::<(f64, f64)>, 0.0, 0);
    for one in sorted {
        let weight = one.weight * decay[one.age];
        let place = before + weight / 2.0;
        while next < N && at[next] * total <= place {
            found[next] = match below {
                Some((value, from)) if place > from => value + (one.value - value) * (at[next] * total - from) / (place - from),
                _ => one.value,
            };
            next += 1;
        }
        below = Some((one.value, place));
        before += weight;
    }
    if let Some((value, _)) = below {
        found[next..].fill(value);
    }
    found
}

impl SeasonalPool {
    /// Fits to a past; none where it has no two seasons or nothing known.
    #[must_use]
    pub fn fit(&self, past: &[f64]) -> Option<FittedPool> {
        let history = History::of(past, *self)?;
        let decays = decays();
        let mut phases = Phases::of(&history);
        let weights = LEADS.iter().map(|lead| judge(&mut phases, &decays, *lead)).collect();
        Some(FittedPool { residuals: residuals(past, history.season), history, weights })
    }
}

/// The weights of the recipes so many seasons ahead.
fn judge(phases: &mut Phases, decays: &[Decay], lead: usize) -> Weights {
    let targets = (0..MOST_TARGETS).take_while(|target| target + lead + 1 < phases.history.seasons());
    let trials: Vec<Weights> = targets.filter_map(|target| trial(phases, decays, lead, target)).collect();
    weights(&trials)
}

/// The mean pinball loss of each recipe on season `target`, seen from `lead` seasons before; NaN of recipes that cannot say.
fn trial(pool: &mut Phases, decays: &[Decay], lead: usize, target: usize) -> Option<Weights> {
    let history = pool.history;
    let origin = target + lead;
    let start = (history.seasons() - target - 1) * history.season;
    let stride = history.season.div_ceil(MOST_PHASES);
    let phases = (target * 5 % stride..history.season).step_by(stride);
    let phases: Vec<usize> = phases.filter(|phase| history.values[start + phase].is_finite()).collect();
    let probabilities: [f64; JUDGED.len()] = std::array::from_fn(|p| GRID[JUDGED[p]]);
    let (mut losses, mut sorted) = ([0.0; RECIPES.len()], Vec::new());
    for (place, recipe) in RECIPES.iter().enumerate().filter(|(_, recipe)| recipe.alike == Alike::Any) {
        history.recent(origin, recipe.half_life, &mut sorted);
        let stated = quantiles(&sorted, &decays[place], &probabilities);
        losses[place] = phases.iter().map(|phase| pinball(&stated, history.values[start + phase])).sum::<f64>();
    }
    let weekly = history.days > 0 && origin + history.days < history.seasons();
    for phase in &phases {
        let mut seen: Option<(Alike, bool)> = None;
        for (place, recipe) in RECIPES.iter().enumerate().filter(|(_, recipe)| recipe.alike != Alike::Any) {
            if recipe.alike == Alike::Week && !weekly {
                losses[place] = f64::NAN;
                continue;
            }
            if seen != Some((recipe.alike, recipe.level)) {
                pool.sample(recipe, origin, lead, *phase, &mut sorted);
                seen = Some((recipe.alike, recipe.level));
            }
            let stated = quantiles(&sorted, &decays[place], &probabilities);
            losses[place] += pinball(&stated, history.values[start + phase]);
        }
    }
    (!phases.is_empty()).then(|| losses.map(|loss| loss / phases.len() as f64))
}

/// Weights that fall with the mean loss; a pool by the day where nothing was tried.
fn weights(trials: &[Weights]) -> Weights {
    let mut weights = [0.0; RECIPES.len()];
    let mean = |of: &dyn Fn(&Weights) -> f64| {
        let (sum, count) = trials.iter().map(of).filter(|x| x.is_finite()).fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
        (sum / count, count)
    };
    let (plain, count) = mean(&|trial| trial[PLAIN]);
    if count == 0.0 {
        weights[PLAIN] = 1.0;
        return weights;
    }
    // Of what only some trials know, the loss is that beyond the plain pool's on the same trials.
    let losses: Weights = std::array::from_fn(|place| {
        let (gain, known) = mean(&|trial| trial[place] - trial[PLAIN]);
        if 2.0 * known >= count { plain + gain } else { f64::NAN }
    });
    let known = || losses.iter().copied().filter(|loss| loss.is_finite());
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let floor = 1e-3 * most + f64::MIN_POSITIVE;
    for (weight, loss) in weights.iter_mut().zip(&losses).filter(|(_, loss)| loss.is_finite()) {
        *weight = ((least + floor) / (loss + floor)).powi(SHARPNESS);
    }
    let total: f64 = weights.iter().sum();
    weights.map(|weight| if weight < 0.02 * total { 0.0 } else { weight / total })
}

fn pinball<const N: usize>(stated: &[f64; N], value: f64) -> f64 {
    stated
        .iter()
        .zip(JUDGED)
        .map(|(quantile, place)| {
            let error = value - quantile;
            (GRID[place] * error).max((GRID[place] - 1.0) * error)
        })
        .sum()
}

/// Each value less the median of the last seven at its phase.
fn residuals(past: &[f64], season: usize) -> Vec<f64> {
    let mut known = Vec::with_capacity(7);
    (0..past.len())
        .map(|at| {
            let before = (1..=7).map_while(|k| Some(past[at.checked_sub(k * season)?]));
            past[at] - median(before, &mut known)
        })
        .collect()
}

impl FittedPool {
    /// The same weights over another past.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let season = self.history.season;
        let long = (self.history.days > 0).then_some(self.history.days * season);
        let history = History::of(past, SeasonalPool { season, long })?;
        Some(Self { residuals: residuals(past, season), history, weights: self.weights.clone() })
    }

    /// The weights so many seasons ahead, between those of the leads judged.
    fn weights_at(&self, lead: usize) -> Weights {
        let after = LEADS.iter().position(|judged| *judged >= lead).unwrap_or(LEADS.len() - 1);
        if after == 0 || lead > LEADS[after] {
            return self.weights[after];
        }
        let part = (lead - LEADS[after - 1]) as f64 / (LEADS[after] - LEADS[after - 1]) as f64;
        std::array::from_fn(|place| self.weights[after - 1][place] * (1.0 - part) + self.weights[after][place] * part)
    }
}

impl Fitted for FittedPool {
    fn name(&self) -> String {
        "seasonal pool".to_owned()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let history = &self.history;
        let mut phases = Phases::of(history);
        let (mut sorted, decays) = (Vec::new(), decays());
        let mut total = vec![[0.0; GRID_POINTS]; steps];
        let mut kept = vec![0.0; steps];
        let leads = steps.div_ceil(history.season);
        let by_lead: Vec<Weights> = (1..=leads).map(|lead| self.weights_at(lead)).collect();
        for (place, recipe) in RECIPES.iter().enumerate() {
            // What is alike by the day is so whatever the day ahead; by the week, for each day of the week.
            let apart = match recipe.alike {
                Alike::Any => 1,
                Alike::Day => history.season,
                Alike::Week => history.season * history.days.max(1),
            };
            for first in 0..apart.min(steps) {
                let mut stated = None;
                for ahead in (first..steps).step_by(apart) {
                    let weight = by_lead[ahead / history.season][place];
                    if weight == 0.0 {
                        continue;
                    }
                    let stated = stated.get_or_insert_with(|| {
                        match recipe.alike {
                            Alike::Any => history.recent(0, recipe.half_life, &mut sorted),
                            _ => phases.sample(recipe, 0, ahead / history.season + 1, ahead % history.season, &mut sorted),
                        }
                        quantiles(&sorted, &decays[place], &GRID)
                    });
                    if stated[0].is_finite() {
                        kept[ahead] += weight;
                        for (total, stated) in total[ahead].iter_mut().zip(stated.iter()) {
                            *total += weight * stated;
                        }
                    }
                }
            }
        }
        for (ahead, quantiles) in total.iter_mut().enumerate() {
            for quantile in quantiles.iter_mut() {
                *quantile = if kept[ahead] > 0.0 { *quantile / kept[ahead] } else { history.levels[0] };
            }
        }
        let centre = total.iter().map(|quantiles| quantiles[GRID_POINTS / 2]).collect();
        let sd = total.iter().map(|quantiles| (quantiles[12] - quantiles[4]) / 2.563_103_131_089_2).collect();
        Outlook { centre, sd, quantiles: Some(total) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURLY: SeasonalPool = SeasonalPool { season: 24, long: Some(168) };

    fn candidates(values: &[(f64, f64)]) -> Vec<Candidate> {
        values.iter().map(|(value, weight)| Candidate { value: *value, age: 0, weight: *weight }).collect()
    }

    #[test]
    fn weighted_quantiles_are_linear_between_the_midpoints_of_weights() {
        let decay = [1.0; MOST_SEASONS + 1];
        let even = candidates(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0)]);
        // Midpoints at 1/8, 3/8, 5/8, 7/8.
        assert_eq!(quantiles(&even, &decay, &[0.05, 0.125, 0.5, 0.75, 0.99]), [1.0, 1.0, 2.5, 3.5, 4.0]);
        // Midpoints at 1/8 and 5/8: a half lies three quarters of the way.
        assert_eq!(quantiles(&candidates(&[(10.0, 1.0), (20.0, 3.0)]), &decay, &[0.5]), [17.5]);
    }

    /// What a pool holds, gathered from the definition.
    fn plainly(history: &History, recipe: &Recipe, origin: usize, lead: usize, phase: usize) -> Vec<(f64, usize)> {
        let end = (history.seasons() - origin) * history.season;
        let mut found = Vec::new();
        for (at, value) in history.values[..end].iter().enumerate() {
            for back in 0..history.seasons() - origin {
                let middle = end - (back + 1) * history.season + phase;
                let week = (back + lead).is_multiple_of(history.days);
                let oldest = if recipe.alike == Alike::Week { 56 } else { 28 };
                if at.abs_diff(middle) <= 1 && back < oldest && (week || recipe.alike == Alike::Day) {
                    let shift = if recipe.level { history.levels[origin] - history.levels[origin + back] } else { 0.0 };
                    found.push((value + shift, if recipe.alike == Alike::Week { back / history.days } else { back }));
                }
            }
        }
        found
    }

    #[test]
    fn sorted_phases_hold_what_the_definition_says() {
        let past: Vec<f64> = (0..24 * 40).map(|at| f64::from((at * at) % 97) + f64::from(at / 24)).collect();
        let history = History::of(&past, HOURLY).unwrap();
        let mut phases = Phases::of(&history);
        for recipe in &RECIPES[4..] {
            for (origin, lead, phase) in [(0, 1, 0), (0, 7, 23), (3, 2, 23), (5, 6, 11)] {
                let mut seen = Vec::new();
                phases.sample(recipe, origin, lead, phase, &mut seen);
                assert!(seen.windows(2).all(|pair| pair[0].value <= pair[1].value));
                let mut seen: Vec<(f64, usize)> = seen.iter().map(|one| (one.value, one.age)).collect();
                let mut plain = plainly(&history, recipe, origin, lead, phase);
                for list in [&mut seen, &mut plain] {
                    list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                }
                assert_eq!(seen, plain, "{recipe:?} {origin} {lead} {phase}");
            }
        }
    }

    #[test]
    fn an_older_season_counts_less_by_its_half_life() {
        let decay = decays()[5];
        assert_eq!(RECIPES[5].half_life, 2.0);
        assert!((decay[2] - 0.5).abs() < 1e-15 && (decay[4] - 0.25).abs() < 1e-15);
    }

    #[test]
    fn a_day_that_repeats_is_its_own_forecast() {
        let day = |at: usize| (at % 24) as f64 + if at % 24 > 12 { 10.0 } else { 0.0 };
        let past: Vec<f64> = (0..24 * 30).map(day).collect();
        let outlook = HOURLY.fit(&past).unwrap().outlook(72);
        for (ahead, centre) in outlook.centre.iter().enumerate() {
            // Neighbours may blunt a corner by a tenth of a step.
            assert!((centre - day(ahead)).abs() < 0.1, "{ahead}: {centre}");
        }
    }

    #[test]
    fn weekends_are_pooled_apart_where_they_differ() {
        let week = |at: usize| if (at / 24) % 7 < 5 { 10.0 + (at % 24) as f64 } else { 2.0 };
        let past: Vec<f64> = (0..24 * 7 * 6).map(week).collect();
        let outlook = HOURLY.fit(&past).unwrap().outlook(168);
        let error: f64 = (0..168).map(|ahead| (outlook.centre[ahead] - week(ahead)).abs()).sum::<f64>() / 168.0;
        // The pools by the day are off by half the distance of weekdays and weekends, 4 to 6 on average.
        assert!(error < 0.3, "{error}");
    }

    #[test]
    fn quantiles_are_those_of_what_came_before() {
        // Exponential noise by its inverse, at points of a low-discrepancy sequence (the golden ratio's multiples).
        let noise = |at: usize| -(1.0 - (at as f64 * 0.618_033_988_749_894_9).fract()).max(1e-9).ln();
        let past: Vec<f64> = (0..24 * 60).map(noise).collect();
        let seen = HOURLY.fit(&past).unwrap().outlook(24);
        for (place, p) in [(4, 0.1_f64), (8, 0.5), (12, 0.9)] {
            let mean = (0..24).map(|ahead| seen.quantiles_at(ahead)[place]).sum::<f64>() / 24.0;
            let truth = -(1.0 - p).ln();
            // The deviation of a quantile of n values is √(p(1−p)/n) / density, density 1 − p; the pools average no fewer than 24.
            let tolerance = 3.0 * (p * (1.0 - p) / 24.0).sqrt() / (1.0 - p) / 24.0_f64.sqrt() + 0.12 * truth;
            assert!((mean - truth).abs() < tolerance, "{p}: {mean}, {truth} ± {tolerance}");
        }
    }

    #[test]
    fn a_lasting_step_of_the_level_is_followed() {
        let past: Vec<f64> = (0..24 * 30).map(|at| f64::from(at % 24) + if at >= 24 * 20 { 100.0 } else { 0.0 }).collect();
        let outlook = HOURLY.fit(&past).unwrap().outlook(24);
        for (ahead, centre) in outlook.centre.iter().enumerate() {
            assert!((centre - 100.0 - ahead as f64).abs() < 2.0, "{ahead}: {centre}");
        }
    }

    #[test]
    fn the_same_past_again_is_the_same_outlook() {
        let past: Vec<f64> = (0..24 * 21).map(|at| f64::from((at * at) % 97) + f64::from(at % 24)).collect();
        let fitted = HOURLY.fit(&past).unwrap();
        assert_eq!(fitted.refit(&past).unwrap().outlook(30), fitted.outlook(30));
    }

    #[test]
    fn residuals_are_from_the_median_of_seven_seasons() {
        let past = [1.0, 5.0, 2.0, 5.0, 9.0, f64::NAN, 4.0, 5.0];
        let seen = residuals(&past, 2);
        assert!(seen[0].is_nan() && seen[1].is_nan() && seen[5].is_nan());
        // Before 4 came 1, 2 and 9; before the last 5 only 5s.
        assert_eq!((seen[2], seen[6], seen[7]), (1.0, 2.0, 0.0));
    }

    #[test]
    fn odd_pasts_give_finite_outlooks_or_none() {
        let gappy: Vec<f64> = (0..24 * 20).map(|at| if at % 24 == 3 || at % 5 == 0 { f64::NAN } else { f64::from(at) }).collect();
        let pasts = [vec![], vec![1.0; 3], vec![7.0; 480], vec![0.0; 480], vec![f64::NAN; 480], gappy];
        for past in &pasts {
            for factor in [1.0, 1e12, 1e-9] {
                let scaled: Vec<f64> = past.iter().map(|value| value * factor).collect();
                if let Some(fitted) = HOURLY.fit(&scaled) {
                    let seen = fitted.outlook(200);
                    assert!((0..200).all(|at| seen.quantiles_at(at).windows(2).all(|pair| pair[0] <= pair[1] * (1.0 + 1e-12))));
                    assert!(seen.centre.iter().chain(&seen.sd).all(|value| value.is_finite()));
                }
            }
        }
        assert_eq!(HOURLY.fit(&pasts[2]).unwrap().outlook(2).centre, [7.0, 7.0]);
        assert_eq!(HOURLY.fit(&pasts[3]).unwrap().outlook(2).sd, [0.0, 0.0]);
    }
}
