//! The empirical seasonal pool: the next values at a phase are distributed as the past ones at that phase.
//!
//! Several pools, which differ in what they call alike (any step, the same time of day, the same time of week), in how fast they
//! forget and in whether they follow the level, are averaged quantile by quantile (Vincent averaging; Lichtendahl,
//! Grushka-Cockayne & Winkler 2013, *Management Science* 59, 1594–1611), with weights from the pinball loss that each would have had
//! on the last seasons of the series itself. No shape is assumed: spikes, zeros and flat stretches stay what they are.

use super::{Fitted, GRID, GRID_POINTS, Outlook};

/// Which past steps are alike to a step ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alike {
    Any,
    Day,
    Week,
}

/// One way to pool.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Recipe {
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

/// The most seasons kept, tried as targets, and phases tried of a season.
const MOST_SEASONS: usize = 63;
const MOST_TARGETS: usize = 8;
const MOST_PHASES: usize = 8;
/// The leads, in seasons, at which recipes are judged.
const LEADS: [usize; 3] = [1, 3, 7];
/// How sharply a recipe's weight falls with its loss.
const SHARPNESS: i32 = 8;

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
struct History {
    values: Vec<f64>,
    season: usize,
    /// Seasons in a week; 0 where none.
    days: usize,
    /// The median of each season, the last first.
    levels: Vec<f64>,
}

/// Values with weights, sorted by value when asked for quantiles.
type Sample = Vec<(f64, f64)>;

impl History {
    fn of(past: &[f64], options: SeasonalPool) -> Option<Self> {
        let season = options.season.max(1);
        let seasons = (past.len() / season).min(MOST_SEASONS);
        if seasons < 2 {
            return None;
        }
        let values = past[past.len() - seasons * season..].to_vec();
        let long = options.long.filter(|long| long % season == 0 && *long > season);
        let days = long.map_or(0, |long| long / season);
        let mut levels: Vec<f64> = values.rchunks(season).map(median).collect();
        let mut last = levels.iter().copied().find(|level| level.is_finite())?;
        for level in &mut levels {
            if !level.is_finite() {
                *level = last;
            }
            last = *level;
        }
        Some(Self { values, season, days, levels })
    }

    fn seasons(&self) -> usize {
        self.levels.len()
    }

    /// The values alike to `phase` of the season `lead` after the seasons from `origin` back, with the age in half-life units.
    fn sample(&self, alike: Alike, level: bool, origin: usize, lead: usize, phase: usize, sample: &mut Vec<(f64, f64, f64)>) {
        sample.clear();
        let season = self.season as isize;
        let end = (self.seasons() - origin) as isize * season;
        let near = (self.season / 48).max(1).min(3) as isize;
        let (step, first) = match alike {
            Alike::Week => (self.days, (self.days - lead % self.days) % self.days),
            _ => (1, 0),
        };
        for (age, back) in (first..self.seasons() - origin).step_by(step).enumerate() {
            let shift = if level { self.levels[origin] - self.levels[origin + back] } else { 0.0 };
            let base = end - (back as isize + 1) * season + phase as isize;
            for offset in -near..=near {
                let at = base + offset;
                if at >= 0 && at < end {
                    let value = self.values[at as usize];
                    if value.is_finite() {
                        let closeness = 1.0 - offset.unsigned_abs() as f64 / (near as f64 + 1.0);
                        sample.push((value + shift, age as f64, closeness * closeness));
                    }
                }
            }
        }
    }

    /// The most recent values, thinned.
    fn recent(&self, origin: usize, half_life: f64, sample: &mut Vec<(f64, f64, f64)>) {
        sample.clear();
        let end = (self.seasons() - origin) * self.season;
        let reach = ((half_life * 4.0 * self.season as f64).ceil() as usize).clamp(1, end);
        let stride = reach.div_ceil(120);
        for at in (end - reach..end).rev().step_by(stride) {
            if self.values[at].is_finite() {
                sample.push((self.values[at], (end - 1 - at) as f64 / self.season as f64, 1.0));
            }
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if known.is_empty() {
        return f64::NAN;
    }
    let middle = known.len() / 2;
    *known.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Quantiles at rising probabilities of sorted values that count half after `half_life`, linear between the midpoints of their weights.
fn quantiles<const N: usize>(sorted: &[(f64, f64, f64)], half_life: f64, at: &[f64; N], sample: &mut Sample) -> [f64; N] {
    sample.clear();
    let mut total = 0.0;
    for (value, age, closeness) in sorted {
        let weight = closeness * (-age / half_life).exp2();
        total += weight;
        sample.push((*value, weight));
    }
    let mut found = [f64::NAN; N];
    let (mut below, mut before, mut next) = (None::<(f64, f64)>, 0.0, 0);
    for (value, weight) in sample.iter() {
        let place = (before + weight / 2.0) / total;
        while next < N && at[next] <= place {
            found[next] = match below {
                Some((value_below, place_below)) if place > place_below => {
                    value_below + (value - value_below) * (at[next] - place_below) / (place - place_below)
                }
                _ => *value,
            };
            next += 1;
        }
        below = Some((*value, place));
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
        let weights = LEADS.iter().map(|lead| judge(&history, *lead)).collect();
        Some(FittedPool { residuals: residuals(past, history.season), history, weights })
    }
}

/// The weights of the recipes so many seasons ahead.
fn judge(history: &History, lead: usize) -> Weights {
    let usable = |recipe: &Recipe| recipe.alike != Alike::Week || (history.days > 0 && history.seasons() > 2 * history.days);
    let mut losses = [0.0; RECIPES.len()];
    let mut count = 0;
    let least = if history.days > 0 && history.seasons() > 2 * history.days + 2 { history.days } else { 1 };
    let probabilities: [f64; JUDGED.len()] = std::array::from_fn(|p| GRID[JUDGED[p]]);
    let (mut sorted, mut sample) = (Vec::new(), Vec::new());
    let stride = history.season.div_ceil(MOST_PHASES);
    // Season `target` is foreseen from the seasons `origin` and before.
    for target in 0..MOST_TARGETS {
        let origin = target + lead;
        if origin + least >= history.seasons() {
            break;
        }
        let start = (history.seasons() - target - 1) * history.season;
        let phases: Vec<usize> = (target * 5 % stride..history.season)
            .step_by(stride)
            .filter(|phase| history.values[start + phase].is_finite())
            .collect();
        count += phases.len();
        let mut seen: Option<(Alike, bool)>;
        for (place, recipe) in RECIPES.iter().enumerate().filter(|(_, recipe)| recipe.alike == Alike::Any) {
            history.recent(origin, recipe.half_life, &mut sorted);
            sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let stated = quantiles(&sorted, recipe.half_life, &probabilities, &mut sample);
            losses[place] += phases.iter().map(|phase| pinball(&stated, history.values[start + phase])).sum::<f64>();
        }
        for phase in phases {
            seen = None;
            for (place, recipe) in RECIPES.iter().enumerate().filter(|(_, recipe)| recipe.alike != Alike::Any && usable(recipe)) {
                if seen != Some((recipe.alike, recipe.level)) {
                    history.sample(recipe.alike, recipe.level, origin, lead, phase, &mut sorted);
                    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                    seen = Some((recipe.alike, recipe.level));
                }
                let stated = quantiles(&sorted, recipe.half_life, &probabilities, &mut sample);
                losses[place] += pinball(&stated, history.values[start + phase]);
            }
        }
    }
    weights(&losses, count, usable)
}

/// Weights that fall with the loss; a pool by the day where nothing could be tried.
fn weights(losses: &Weights, count: usize, usable: impl Fn(&Recipe) -> bool) -> Weights {
    let mut weights = [0.0; RECIPES.len()];
    let tried = || losses.iter().zip(&RECIPES).enumerate().filter(|(_, (loss, recipe))| usable(recipe) && loss.is_finite());
    let least = tried().map(|(_, (loss, _))| *loss).fold(f64::INFINITY, f64::min);
    let most = tried().map(|(_, (loss, _))| *loss).fold(0.0, f64::max);
    if count == 0 || !least.is_finite() || most == 0.0 {
        weights[5] = 1.0;
        return weights;
    }
    let floor = 1e-3 * most;
    for (place, (loss, _)) in tried() {
        weights[place] = ((least + floor) / (loss + floor)).powi(SHARPNESS);
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
    let mut before = Vec::with_capacity(7);
    (0..past.len())
        .map(|at| {
            before.clear();
            before
                .extend((1..=7).filter_map(|k| past.get(at.checked_sub(k * season)?).copied()).filter(|value| value.is_finite()));
            past[at] - median(&before)
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
        let (mut sorted, mut sample) = (Vec::new(), Vec::new());
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
                            alike => history.sample(
                                alike,
                                recipe.level,
                                0,
                                ahead / history.season + 1,
                                ahead % history.season,
                                &mut sorted,
                            ),
                        }
                        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                        quantiles(&sorted, recipe.half_life, &GRID, &mut sample)
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
