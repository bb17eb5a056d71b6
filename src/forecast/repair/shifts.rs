//! Level shifts and changes of slope: deploys, migrations, new customers.

use super::partition::{Line, Sums, partition};
use super::profile::SeasonProfile;
use super::robust::{median_of, quantile_of, running_median, spread_about_zero};

/// A lasting change of level, slope or both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The first step after the change.
    pub index: usize,
    /// By how much the level changes there, in the unit of the values; 0 when only the slope does.
    pub size: f64,
    /// The standard error of `size`, autocorrelation counted; 0 where `size` is.
    pub standard_error: f64,
    /// By how much the slope changes there, a step; 0 when only the level does.
    pub slope: f64,
    /// The standard error of `slope`; 0 where `slope` is.
    pub slope_error: f64,
    /// One less a bound (Bonferroni's, over all places) on the probability that noise alone looks so, in 0..1.
    pub confidence: f64,
}

/// How shifts are told from noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftOptions {
    /// Cost of a changepoint in long-run variances times ln n.
    pub penalty: f64,
    /// Fewest steps between changes (and to the ends).
    pub least: usize,
}

impl Default for ShiftOptions {
    /// The penalty keeps false alarms under 5 % of stationary AR(1) series with coefficients up to 0.7 (tested).
    fn default() -> Self {
        Self { penalty: 3.0, least: 6 }
    }
}

/// Means over so many blocks at most: longer series are looked at through them, so that the cost stays linear.
const BLOCKS: usize = 250;
/// Fewest blocks that shifts are looked for in.
const FEWEST: usize = 24;
/// Fewest blocks a piece.
const LEAST_BLOCKS: usize = 5;
/// Most changes that are reported.
const MOST: usize = 20;
/// Blocks on each side of a change that are compared, at most.
const CONTRAST: usize = 12;
/// A step's contrast must be so many times the usual one.
const UNUSUAL: f64 = 3.0;
/// Values further than so many spreads from the running median count as if they were there: heavy tails are no shifts.
const CLIP: f64 = 3.0;
/// Half the window of that median.
const CLIP_HALF: usize = 3;

/// Means over blocks: where each starts, its mean time, its mean, its weight (the share of it that is there).
struct Blocks {
    width: usize,
    starts: Vec<usize>,
    times: Vec<f64>,
    means: Vec<f64>,
    weights: Vec<f64>,
}

/// The lasting changes in `values` (without seasons, gaps NaN), in order of time.
///
/// The series is cut into straight pieces by PELT with a penalty of `options.penalty` · ln n long-run variances. The long-run
/// variance is that of an AR(1) process by its differences, which shifts do not inflate (Chakar, Lebarbier, Lévy-Leduc & Robin
/// 2017, *Bernoulli* 23(2), 1408–1447), or that of the residuals of the pieces where it is larger; the search is repeated until
/// both agree. Steps and slopes at the changes are then estimated together, and dropped one by one while the least sure of them is
/// less than √(penalty · ln n) standard errors.
#[must_use]
pub fn shifts(values: &[f64], options: ShiftOptions) -> Vec<Shift> {
    let Some((clipped, scale)) = standardised(values) else { return Vec::new() };
    let blocks = blocks_of(&clipped);
    if blocks.means.len() < FEWEST {
        return Vec::new();
    }
    let sums = Sums::new((0..blocks.means.len()).map(|i| (blocks.times[i], blocks.means[i], blocks.weights[i])));
    let least = LEAST_BLOCKS.max(options.least.div_ceil(blocks.width));
    let price = options.penalty * (blocks.means.len() as f64).ln();
    let mut variance = variance_by_differences(&blocks);
    let mut starts = Vec::new();
    for _ in 0..4 {
        starts = partition(&sums, price * variance, least);
        if starts.is_empty() {
            return Vec::new();
        }
        let seen = variance_of_residuals(&blocks, &sums, &starts);
        if seen <= 1.05 * variance {
            break;
        }
        variance = seen;
    }
    starts.truncate(MOST);
    let places = places(&clipped, &blocks, &sums, &starts, price * variance);
    sized(&blocks, &contrasts(&blocks, &places), variance, price, scale)
}

/// Values less their median in units of their noise, outliers clipped to the running median; `None` where nothing moves.
fn standardised(values: &[f64]) -> Option<(Vec<f64>, f64)> {
    let mut seen: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if seen.len() < FEWEST {
        return None;
    }
    let centre = quantile_of(&mut seen, 0.5);
    let level = running_median(values, CLIP_HALF);
    let noise = spread_about_zero(values.iter().zip(&level).map(|(value, level)| value - level));
    let scale = if noise > 0.0 { noise } else { spread_about_zero(values.iter().map(|value| value - centre)) };
    if scale <= 0.0 || scale < 1e-12 * centre.abs() {
        return None;
    }
    // At the ends the window is cut short and lags behind a slope, by no more than the level rises within it.
    let rise = |t: usize| (level[(t + CLIP_HALF).min(level.len() - 1)] - level[t.saturating_sub(CLIP_HALF)]).abs();
    let clipped = values.iter().zip(&level).enumerate().map(|(t, (value, level))| {
        let clip = CLIP * scale + rise(t);
        ((value - level).clamp(-clip, clip) + level - centre) / scale
    });
    Some((clipped.collect(), scale))
}

fn blocks_of(values: &[f64]) -> Blocks {
    let width = values.len().div_ceil(BLOCKS);
    let mut blocks = Blocks { width, starts: Vec::new(), times: Vec::new(), means: Vec::new(), weights: Vec::new() };
    for (i, block) in values.chunks(width).enumerate() {
        let (mut count, mut time, mut sum) = (0.0, 0.0, 0.0);
        for (offset, value) in block.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            count += 1.0;
            time += offset as f64;
            sum += value;
        }
        if count > 0.0 {
            blocks.starts.push(i * width);
            // In widths, so that times are of the order of the number of blocks.
            blocks.times.push(i as f64 + time / count / width as f64);
            blocks.means.push(sum / count);
            blocks.weights.push(count / width as f64);
        }
    }
    blocks
}

/// The long-run variance γ₀ (1 + φ) / (1 − φ) of an AR(1) process from differences at lags 1 and 2: their variances are
/// 2 γ₀ (1 − φ) and 2 γ₀ (1 − φ²), so that their ratio is 1 + φ.
fn variance_by_differences(blocks: &Blocks) -> f64 {
    let spread = |lag: usize| {
        let differences: Vec<f64> = blocks.means.iter().zip(&blocks.means[lag..]).map(|(one, two)| two - one).collect();
        let cut = 3.5 * spread_about_zero(differences.iter().copied());
        let kept = differences.iter().filter(|difference| difference.abs() <= cut);
        let (count, squares) = kept.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value * value));
        squares / f64::from(count.max(1)) / 2.0
    };
    let (one, two) = (spread(1), spread(2));
    if one <= 0.0 {
        return 1e-6;
    }
    let phi = (two / one - 1.0).clamp(0.0, 0.95);
    (one * (1.0 + phi) / (1.0 - phi).powi(2)).max(1e-6)
}

/// The long-run variance of what the pieces leave, as that of an AR(1) or AR(2) process, whichever is larger.
fn variance_of_residuals(blocks: &Blocks, sums: &Sums, starts: &[usize]) -> f64 {
    let n = blocks.means.len();
    let mut ends = vec![0];
    ends.extend_from_slice(starts);
    ends.push(n);
    let mut rest = Vec::with_capacity(n);
    for piece in ends.windows(2) {
        let line = sums.line(piece[0], piece[1]);
        rest.extend((piece[0]..piece[1]).map(|i| (blocks.means[i] - line.at(blocks.times[i])) * blocks.weights[i].sqrt()));
    }
    let used = 2.0 * (ends.len() - 1) as f64;
    let covariance =
        |lag: usize| rest.iter().zip(&rest[lag..]).map(|(one, two)| one * two).sum::<f64>() / (n as f64 - used).max(1.0);
    let (c0, c1, c2) = (covariance(0), covariance(1), covariance(2));
    if c0 <= 0.0 {
        return 0.0;
    }
    // Lines fitted to pieces of n points lower the autocorrelation by about 2 (1 + 2 rho) / n a piece.
    let (r1, r2) = (c1 / c0, c2 / c0);
    let up = |r: f64| (r + used * (1.0 + 2.0 * r.max(0.0)) / n as f64 / 2.0).clamp(-0.5, 0.95);
    let (r1, r2) = (up(r1), up(r2));
    let first = c0 * (1.0 + r1) / (1.0 - r1);
    let (a1, a2) = (r1 * (1.0 - r2) / (1.0 - r1 * r1), (r2 - r1 * r1) / (1.0 - r1 * r1));
    let innovation = c0 * (1.0 - a1 * r1 - a2 * r2);
    let second = innovation / (1.0 - a1 - a2).clamp(0.05, 2.0).powi(2);
    first.max(second.min(4.0 * first))
}

/// Where each change is, in full resolution, and whether it is a bend: the lines of both sides meet near it, and following them to
/// where they meet costs less than `price` long-run variances. Else it is where the two lines fit best.
fn places(values: &[f64], blocks: &Blocks, sums: &Sums, starts: &[usize], price: f64) -> Vec<(usize, bool)> {
    let mut ends = vec![0];
    ends.extend_from_slice(starts);
    ends.push(blocks.means.len());
    ends.windows(3)
        .map(|ends| {
            let lines = (sums.line(ends[0], ends[1]), sums.line(ends[1], ends[2]));
            match bend(blocks, lines, ends, price) {
                Some(place) => (place, true),
                None => (place(values, blocks, lines, ends[1]), false),
            }
        })
        .collect()
}

/// Where the lines on both sides of the start `ends[1]` meet, if that is between the middles of their pieces and cheap enough.
fn bend(blocks: &Blocks, (left, right): (Line, Line), ends: &[usize], price: f64) -> Option<usize> {
    let meet =
        ((right.middle - right.slope * right.centre) - (left.middle - left.slope * left.centre)) / (left.slope - right.slope);
    if !(meet > left.centre && meet < right.centre) {
        return None;
    }
    let at = blocks.times.partition_point(|time| *time < meet);
    let (from, until) = (at.min(ends[1]), at.max(ends[1]));
    let more: f64 = (from..until)
        .map(|i| {
            let (to_left, to_right) = (blocks.means[i] - left.at(blocks.times[i]), blocks.means[i] - right.at(blocks.times[i]));
            let difference = to_left.powi(2) - to_right.powi(2);
            blocks.weights[i] * if at > ends[1] { difference } else { -difference }
        })
        .sum();
    (more < price).then(|| (meet * blocks.width as f64).round() as usize)
}

fn place(values: &[f64], blocks: &Blocks, (left, right): (Line, Line), start: usize) -> usize {
    let from = blocks.starts[start - 1] + 1;
    let until = (blocks.starts[start] + blocks.width).min(values.len()); // one past the last place
    let (mut best, mut lead, mut at) = (f64::INFINITY, 0.0, blocks.starts[start]);
    for (place, value) in values.iter().enumerate().take(until).skip(from) {
        if lead < best {
            best = lead;
            at = place;
        }
        let time = place as f64 / blocks.width as f64;
        if value.is_finite() {
            lead += (value - left.at(time)).powi(2) - (value - right.at(time)).powi(2);
        }
    }
    at
}

/// A change and what the blocks next to it say: the mean of some after it less that of as many before it.
#[derive(Clone, Copy)]
struct Change {
    place: usize,
    contrast: f64,
    /// The contrast stands out of those at all other places: in a series that wanders it must be unusual for the wandering too.
    sharp: bool,
}

impl Change {
    /// A step of this size is what is seen next to it.
    fn agrees(&self, step: f64) -> bool {
        let ratio = step / self.contrast;
        self.sharp && (0.5..=2.0).contains(&ratio)
    }
}

/// The contrasts at `places` and whether each is unusual among those at all blocks.
fn contrasts(blocks: &Blocks, places: &[(usize, bool)]) -> Vec<Change> {
    let n = blocks.means.len();
    let block = |place: usize| blocks.starts.partition_point(|start| start + blocks.width / 2 < place);
    let mut ends: Vec<usize> = vec![0];
    ends.extend(places.iter().map(|(place, _)| block(*place)));
    ends.push(n);
    let near = ends.windows(2).map(|ends| ends[1].saturating_sub(ends[0])).min().unwrap_or(1);
    let wide = (n / 20).clamp(LEAST_BLOCKS, CONTRAST).min(near.max(2));
    let mut sums = vec![0.0];
    sums.extend(blocks.means.iter().scan(0.0, |sum, mean| {
        *sum += mean;
        Some(*sum)
    }));
    let contrast = |at: usize| {
        let (from, until) = (at.saturating_sub(wide), (at + wide).min(n));
        let after = (sums[until] - sums[at]) / (until - at).max(1) as f64;
        after - (sums[at] - sums[from]) / (at - from).max(1) as f64
    };
    let usual = spread_about_zero((wide..=n - wide).map(contrast));
    places
        .iter()
        .map(|(place, bend)| {
            let contrast = contrast(block(*place));
            Change { place: *place, contrast, sharp: !bend && contrast.abs() > UNUSUAL * usual }
        })
        .collect()
}

/// A step (or a change of slope) that is still in.
#[derive(Clone, Copy)]
struct Term {
    change: Change,
    slope: bool,
}

/// Steps and slopes estimated together; the least sure dropped while it is under √`price` standard errors, and before them steps
/// that the blocks next to them do not show.
fn sized(blocks: &Blocks, changes: &[Change], variance: f64, price: f64, scale: f64) -> Vec<Shift> {
    let both = |change: &Change| [false, true].map(|slope| Term { change: *change, slope });
    let mut terms: Vec<Term> = changes.iter().flat_map(both).filter(|term| term.slope || term.change.sharp).collect();
    loop {
        let Some((found, errors)) = fit(blocks, &terms, variance) else { return Vec::new() };
        let sure = |i: usize| {
            let (size, error) = (found[i + 2], errors[i + 2].max(f64::MIN_POSITIVE));
            if terms[i].slope || terms[i].change.agrees(size) { size.abs() / error } else { 0.0 }
        };
        let worst = (0..terms.len()).min_by(|one, two| sure(*one).total_cmp(&sure(*two)));
        match worst {
            Some(worst) if sure(worst) < price.sqrt() => {
                terms.remove(worst);
            }
            _ => {
                let estimates: Vec<(f64, f64)> = found.into_iter().zip(errors).skip(2).collect();
                return changes.iter().filter_map(|change| shift(blocks, change.place, &terms, &estimates, scale)).collect();
            }
        }
    }
}

/// What is left at `place`; `None` when nothing is.
fn shift(blocks: &Blocks, place: usize, terms: &[Term], estimates: &[(f64, f64)], scale: f64) -> Option<Shift> {
    let term = |slope: bool| {
        let at = terms.iter().position(|term| term.change.place == place && term.slope == slope)?;
        Some(estimates[at])
    };
    let (step, slope) = (term(false), term(true));
    let z = [step, slope].into_iter().flatten().map(|(size, error)| size.abs() / error).reduce(f64::max)?;
    let chance = blocks.means.len() as f64 * statrs::function::erf::erfc(z / std::f64::consts::SQRT_2);
    let (size, standard_error) = step.unwrap_or_default();
    let (turn, turn_error) = slope.unwrap_or_default();
    let a_step = scale / blocks.width as f64;
    Some(Shift {
        index: place,
        size: size * scale,
        standard_error: standard_error * scale,
        slope: turn * a_step,
        slope_error: turn_error * a_step,
        confidence: (1.0 - chance).clamp(0.0, 1.0),
    })
}

/// Coefficients and standard errors of a level, a slope and the `terms`, by weighted least squares with the long-run `variance`.
fn fit(blocks: &Blocks, terms: &[Term], variance: f64) -> Option<(Vec<f64>, Vec<f64>)> {
    let size = terms.len() + 2;
    let n = blocks.means.len() as f64;
    let mut gram = vec![0.0; size * size];
    let mut target = vec![0.0; size];
    let mut row = vec![0.0; size];
    for (i, mean) in blocks.means.iter().enumerate() {
        row[0] = 1.0;
        row[1] = blocks.times[i] / n - 0.5;
        for (cell, term) in row[2..].iter_mut().zip(terms) {
            let after = (blocks.starts[i] + blocks.width) as f64 - term.change.place as f64;
            let share = (after / blocks.width as f64).clamp(0.0, 1.0);
            *cell = if term.slope {
                share * (blocks.times[i] - term.change.place as f64 / blocks.width as f64).max(0.0)
            } else {
                share
            };
        }
        let weight = blocks.weights[i];
        for (j, one) in row.iter().enumerate() {
            target[j] += weight * one * mean;
            for (k, two) in row[..=j].iter().enumerate() {
                gram[j * size + k] += weight * one * two;
            }
        }
    }
    let inverse = inverted(&gram, size)?;
    let found = (0..size).map(|j| (0..size).map(|k| inverse[j * size + k] * target[k]).sum()).collect();
    let errors = (0..size).map(|j| (variance * inverse[j * size + j]).max(0.0).sqrt()).collect();
    Some((found, errors))
}

/// The inverse of a symmetric positive matrix given by its lower triangle, by Cholesky's factors; `None` when it has none.
fn inverted(gram: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = gram.to_vec();
    for j in 0..size {
        for k in 0..=j {
            let sum: f64 = (0..k).map(|m| lower[j * size + m] * lower[k * size + m]).sum();
            let rest = lower[j * size + k] - sum;
            if j == k {
                if rest <= 1e-10 * gram[j * size + j] {
                    return None;
                }
                lower[j * size + j] = rest.sqrt();
            } else {
                lower[j * size + k] = rest / lower[k * size + k];
            }
        }
    }
    let mut inverse = vec![0.0; size * size];
    let mut column = vec![0.0; size];
    for unit in 0..size {
        for j in 0..size {
            let known: f64 = (0..j).map(|m| lower[j * size + m] * column[m]).sum();
            column[j] = (f64::from(u8::from(j == unit)) - known) / lower[j * size + j];
        }
        for j in (0..size).rev() {
            let known: f64 = (j + 1..size).map(|m| lower[m * size + j] * column[m]).sum();
            column[j] = (column[j] - known) / lower[j * size + j];
        }
        for (j, value) in column.iter().enumerate() {
            inverse[j * size + unit] = *value;
        }
    }
    Some(inverse)
}

/// Steps on each side of a shift that must agree with it before the history is moved by it.
const NEXT_TO: usize = 50;

/// Lifts (or lowers) what was before each shift to the level after the last one: differences on the scale of `profile`, so ratios
/// where it is logarithmic. Changes of slope stay, and so does a step that does not bring the values just before it nearer to
/// those just after it. What is never negative stays so.
#[must_use]
pub fn relevel(values: &[f64], profile: &SeasonProfile, shifts: &[Shift]) -> Vec<f64> {
    let never_negative = values.iter().all(|value| value.is_nan() || *value >= 0.0);
    let mut moved = values.to_vec();
    let middle =
        |from: usize, until: usize| median_of(&mut (from..until).map(|t| profile.to(values[t]) - profile.season_at(t)).collect());
    for shift in shifts.iter().filter(|shift| shift.size != 0.0 && shift.index < values.len()) {
        let at = shift.index;
        let gap = middle(at, (at + NEXT_TO).min(values.len())) - middle(at.saturating_sub(NEXT_TO), at);
        if (gap - shift.size).abs() >= gap.abs() {
            continue;
        }
        for value in &mut moved[..at] {
            *value = if profile.log { *value * shift.size.clamp(-700.0, 700.0).exp() } else { *value + shift.size };
        }
    }
    if never_negative {
        // A gap stays a gap: `max` would make it 0.
        moved.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value = 0.0);
    }
    moved
}

/// The first step of the history to keep when what was before a shift is left out: that of the last shift which leaves at least
/// `least` of `length` steps; 0 to keep all.
#[must_use]
pub fn cut(length: usize, shifts: &[Shift], least: usize) -> usize {
    shifts.iter().map(|shift| shift.index).rfind(|index| index + least <= length).unwrap_or(0)
}

#[cfg(test)]
#[path = "shifts_tests.rs"]
mod tests;
