use super::analysis::{Dates, Ensemble, Family, Scratch, Weather};
use super::bands::{Factors, Held, learn};
use super::growth::Growth;
use super::joint::Blocks;
use super::score::crps;
use super::{Choice, Error, FittedModel, History, Prepared, Scale};
use crate::paths::Backtest;
use crate::stats::estimate;
use crate::stream::Stream;

/// Most rolling origins.
const ORIGINS: usize = 8;
/// Years after which a yearly pattern is estimated.
const KNOWN_YEARS: f64 = super::yearly::FEWEST_YEARS;
/// Paths drawn at each.
const PATHS: usize = 160;
/// Steps scored of each horizon, besides the first three.
const SCORED: usize = 26;
/// A mean of forecasters is taken when its score is within this ratio of the best single one: its errors vary less.
const TIE: f64 = 1.01;

/// One candidate at one origin: for each scored step its paths and their centre, on the working scale.
#[derive(Debug, Clone)]
struct Draws {
    centre: Vec<f64>,
    paths: Vec<Vec<f64>>,
}

/// One origin: what came after it, and what each family expected.
struct Origin {
    scale: Scale,
    /// Steps ahead, 1 for the next.
    ahead: Vec<usize>,
    came: Vec<f64>,
    draws: Vec<Option<Draws>>,
}

/// What the back-test of one series found.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    /// The chosen families.
    pub(super) chosen: Vec<Family>,
    /// Name and mean CRPS of each candidate, best first.
    pub(super) candidates: Vec<(String, f64)>,
    pub(super) naive_crps: f64,
    /// No forecaster beat the naive one, although others were allowed.
    pub(super) naive_won: bool,
    pub(super) origins: usize,
    pub(super) horizon: usize,
    /// Every held-back point under the chosen candidate.
    pub(super) held: Vec<Held>,
}

/// How far ahead a history of `n` steps lets us score a forecast of `horizon` steps.
fn scored_horizon(n: usize, horizon: usize, season: usize) -> usize {
    horizon.min((n / 4).max(2 * season).min(n / 3)).max(1)
}

/// The origins: spread evenly over the last part of the history, from half of it to a few steps before its end. Where a yearly
/// pattern can be estimated today, origins begin where it could be too: earlier errors tell of a forecaster that knew less.
fn origins(n: usize, horizon: usize, season: usize, year: Option<f64>) -> Vec<usize> {
    let known = year.map_or(0, |year| (KNOWN_YEARS * year).ceil() as usize);
    let year = if n > known + 4 * season.max(2) { known } else { 0 };
    let first = (n / 2).max(2 * season + 3).max(6).max(year);
    let last = n.saturating_sub((horizon / 6).max(season.min(horizon)).max(1));
    if last < first {
        return Vec::new();
    }
    let count = ORIGINS.min(last - first + 1);
    (0..count).map(|i| last - (last - first) * i / count.max(2).saturating_sub(1)).rev().collect()
}

fn steps_scored(horizon: usize) -> Vec<usize> {
    let mut steps: Vec<usize> = (1..=3).chain((1..=SCORED).map(|i| (i * horizon).div_ceil(SCORED))).collect();
    steps.retain(|step| *step <= horizon);
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// Back-tests the families that `choice` allows; `None` when the history is too short to hold any of it back.
pub(super) fn trial(history: &History, horizon: usize, choice: Choice, stream: Stream) -> Option<Trial> {
    let n = history.values.len();
    let horizon = scored_horizon(n, horizon, history.season);
    let starts = origins(n, horizon, history.season, history.year);
    if starts.len() < 2 {
        return None;
    }
    let mut families = Family::allowed(choice);
    let mut tried = Vec::with_capacity(starts.len());
    for (i, start) in starts.iter().enumerate() {
        let at = stream.named("backtest").named(&i.to_string());
        tried.extend(origin(history, *start, horizon, &mut families, at));
    }
    if tried.len() < 2 {
        return None;
    }
    judge(&tried, &families, choice, horizon)
}

/// Fits at one origin and draws; the form that ETS takes at the first origin is kept for the later ones.
fn origin(history: &History, start: usize, horizon: usize, families: &mut [Family], stream: Stream) -> Option<Origin> {
    let last = history.values[..start].iter().rposition(Option::is_some)?;
    let known = history.until(last + 1);
    let gap = start - last - 1;
    let (ahead, came): (Vec<usize>, Vec<f64>) = steps_scored(horizon)
        .into_iter()
        .filter_map(|step| history.values.get(start + step - 1).copied().flatten().map(|value| (step, value)))
        .unzip();
    let steps = gap + ahead.last().copied()?;
    let prepared = Prepared::of(&known);
    let dates = Dates::of(&prepared);
    let blocks = Blocks::over(dates.count, known.season);
    let growth = Growth::of(&prepared.clean, prepared.block).len();
    let draw = |path: usize| Weather::draw(blocks, dates.count, steps, growth, stream.replication(path as u32));
    let weather: Vec<Weather> = (0..PATHS).map(draw).collect();
    let at: Vec<usize> = ahead.iter().map(|step| gap + step - 1).collect();
    let mut draws = Vec::with_capacity(families.len());
    for family in families.iter_mut() {
        let fit = Ensemble::fit(&prepared, &[*family], dates, stream);
        if let (Family::Ets(form @ None), Some(component)) = (&mut *family, fit.components.first())
            && let FittedModel::Ets(ets) = &component.model
        {
            *form = Some(ets.form());
        }
        draws.push((!fit.components.is_empty()).then(|| Draws::of(&fit, &weather, &at)));
    }
    Some(Origin { scale: prepared.scale, ahead, came, draws })
}

impl Draws {
    fn of(fit: &Ensemble, weather: &[Weather], at: &[usize]) -> Self {
        let steps = at.last().map_or(0, |last| last + 1);
        let all = fit.centre(steps);
        let (mut path, mut scratch) = (vec![0.0; steps], Scratch::default());
        let mut paths = vec![Vec::with_capacity(weather.len()); at.len()];
        for weather in weather {
            fit.path(&weather.dates, fit.growth.slope(&weather.growth), &mut scratch, &mut path);
            for (column, step) in paths.iter_mut().zip(at) {
                column.push(path[*step]);
            }
        }
        Self { centre: at.iter().map(|step| all[*step]).collect(), paths }
    }

    /// The mean of a few, path by path: all met the same weather.
    fn mean(of: &[&Self]) -> Self {
        let share = 1.0 / of.len() as f64;
        let mut mean = of[0].clone();
        for (step, column) in mean.paths.iter_mut().enumerate() {
            mean.centre[step] = of.iter().map(|draws| draws.centre[step]).sum::<f64>() * share;
            for (path, value) in column.iter_mut().enumerate() {
                *value = of.iter().map(|draws| draws.paths[step][path]).sum::<f64>() * share;
            }
        }
        mean
    }
}

impl Origin {
    /// The mean of the chosen families; `None` when one of them could not be fitted here.
    fn mean_of(&self, members: &[usize]) -> Option<Draws> {
        let draws: Option<Vec<&Draws>> = members.iter().map(|member| self.draws[*member].as_ref()).collect();
        Some(Draws::mean(&draws?))
    }

    /// Mean CRPS over the scored steps, in the unit of the series.
    fn score(&self, draws: &Draws) -> f64 {
        let each = draws.paths.iter().zip(&self.came).map(|(column, came)| {
            let mut sorted: Vec<f64> = column.iter().map(|value| self.scale.back(*value)).collect();
            sorted.sort_by(f64::total_cmp);
            crps(&sorted, *came)
        });
        each.sum::<f64>() / self.came.len() as f64
    }
}

/// Mean CRPS of a candidate over the origins; `None` when it could not be fitted at one of them.
fn score_of(tried: &[Origin], members: &[usize]) -> Option<f64> {
    let each: Option<Vec<f64>> = tried.iter().map(|origin| Some(origin.score(&origin.mean_of(members)?))).collect();
    let each = each?;
    Some(each.iter().sum::<f64>() / each.len() as f64)
}

fn name_of(families: &[Family], members: &[usize]) -> String {
    let names: Vec<&str> = members.iter().map(|member| families[*member].name()).collect();
    names.join(" + ")
}

/// Scores each family and the means of the best two and three, and chooses.
fn judge(tried: &[Origin], families: &[Family], choice: Choice, horizon: usize) -> Option<Trial> {
    let naive_crps = score_of(tried, &[0])?;
    let mut scored: Vec<(Vec<usize>, f64)> =
        (1..families.len()).filter_map(|family| Some((vec![family], score_of(tried, &[family])?))).collect();
    scored.sort_by(|a, b| a.1.total_cmp(&b.1));
    let ranked: Vec<usize> = scored.iter().map(|(members, _)| members[0]).collect();
    for count in 2..=ranked.len().min(3) {
        let members = ranked[..count].to_vec();
        scored.extend(score_of(tried, &members).map(|score| (members, score)));
    }
    let best = scored.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
    let steadiest = scored.iter().filter(|(_, score)| *score <= best * TIE).max_by_key(|(members, _)| members.len());
    let winner = steadiest.filter(|(_, score)| *score < naive_crps || choice != Choice::Auto);
    let chosen = winner.map_or_else(|| vec![0], |(members, _)| members.clone());
    let naive_won = winner.is_none() && families.len() > 1;
    let held = tried.iter().enumerate().flat_map(|(i, origin)| hold(i, origin, &chosen)).collect();
    scored.push((vec![0], naive_crps));
    scored.sort_by(|a, b| a.1.total_cmp(&b.1));
    Some(Trial {
        chosen: chosen.iter().map(|member| families[*member].unfixed()).collect(),
        candidates: scored.iter().map(|(members, score)| (name_of(families, members), *score)).collect(),
        naive_crps,
        naive_won,
        origins: tried.len(),
        horizon,
        held,
    })
}

fn hold(index: usize, origin: &Origin, chosen: &[usize]) -> Vec<Held> {
    let Some(draws) = origin.mean_of(chosen) else { return Vec::new() };
    let each = draws.paths.into_iter().zip(draws.centre).zip(origin.ahead.iter().zip(&origin.came));
    each.map(|((mut paths, centre), (ahead, came))| {
        paths.sort_by(f64::total_cmp);
        Held { origin: index, ahead: *ahead, scale: origin.scale, came: *came, centre, paths }
    })
    .collect()
}

impl Trial {
    /// The score as delivered: every origin is scored under the factors `others[origin]`, learned without it.
    pub(super) fn report(&self, others: &[Factors]) -> Backtest {
        let mut by_origin: Vec<Vec<f64>> = vec![Vec::new(); self.origins];
        let (mut inside_80, mut inside_95) = (0_usize, 0_usize);
        for held in &self.held {
            let factor = others[held.origin].at(held.ahead);
            by_origin[held.origin].push(held.crps(factor));
            inside_80 += usize::from(held.inside(factor, 0.8));
            inside_95 += usize::from(held.inside(factor, 0.95));
        }
        let means = by_origin.iter().filter(|scores| !scores.is_empty());
        let means: Vec<f64> = means.map(|scores| scores.iter().sum::<f64>() / scores.len() as f64).collect();
        let score = estimate(means.iter().copied());
        let points = self.held.len();
        Backtest {
            origins: self.origins,
            horizon: self.horizon,
            crps: score.value,
            crps_standard_error: score.standard_error,
            naive_crps: self.naive_crps,
            coverage_80: inside_80 as f64 / points.max(1) as f64,
            coverage_95: inside_95 as f64 / points.max(1) as f64,
            points,
            candidates: self.candidates.clone(),
        }
    }
}

/// Back-tests one series by rolling origins: the score of `choice` against seasonal naive, coverage after correction.
///
/// # Errors
/// Those of [`super::series`]; [`Error::TooShort`] when no part of the history can be held back.
pub fn backtest(
    values: &[Option<f64>],
    season: usize,
    horizon: usize,
    choice: Choice,
    stream: Stream,
) -> Result<Backtest, Error> {
    let history = super::series::history(values, season, horizon)?;
    let trial = trial(&history, horizon, choice, stream).ok_or_else(|| Error::TooShort {
        series: String::new(),
        seen: history.seen(),
        required: 2 * history.season + 10,
        horizon,
        unit: "steps",
    })?;
    Ok(trial.report(&learn(&[Some(&trial)])[0].others))
}
