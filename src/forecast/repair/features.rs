//! What a series looks like, in numbers and in words.

use super::profile::{SeasonProfile, season_profile};
use super::robust::{MAD_TO_SD, quantile_of};
use super::shifts::{Shift, ShiftOptions, shifts};
use super::spikes::{Cleaned, SpikeOptions, clean};

/// How strong a season is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonStrength {
    /// The season, in steps.
    pub season: usize,
    /// 1 − (size of what remains) / (size with the season), squared sizes, 0..1; `None` for fewer than three cycles.
    pub strength: Option<f64>,
}

/// What a series looks like.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a plain yes or no about the series, and all combinations occur")]
pub struct Features {
    /// How many steps there are.
    pub length: usize,
    /// The share of steps without a value, 0..1.
    pub gaps: f64,
    /// The share of zeros among the values, 0..1.
    pub zeros: f64,
    /// Mean steps between values that are not zero; 1 when none is zero.
    pub interval: f64,
    /// The squared coefficient of variation of the values that are not zero.
    pub variation: f64,
    /// Demand comes now and then: the mean interval is 1.32 steps or more. Syntetos, Boylan & Croston (2005), "On the
    /// categorization of demand patterns", *JORS* 56, 495–503.
    pub intermittent: bool,
    /// All values are the same.
    pub constant: bool,
    /// All values are whole numbers.
    pub whole: bool,
    /// All values are over 0.
    pub positive: bool,
    /// Swings go with the level: logarithms suit.
    pub proportional: bool,
    /// The share of values at the ceiling, 0..1: the one given, or a largest value that is held for long.
    pub saturated: f64,
    /// One-off spikes and dropouts.
    pub spikes: usize,
    /// Lasting changes of level or slope.
    pub shifts: usize,
    /// 1 − (size of what remains) / (size with the moving level), squared sizes, 0..1. Wang, Smith & Hyndman (2006),
    /// "Characteristic-based clustering for time series data", *Data Mining and Knowledge Discovery* 13, 335–364, with robust sizes.
    pub trend: f64,
    /// The strength of each candidate season, in the order given.
    pub seasons: Vec<SeasonStrength>,
    /// How much wider the tails of what remains are than normal ones: (97.5 % point of its size / its median) over that of normal
    /// values (2.24 / 0.674); NaN when nothing moves.
    pub tails: f64,
    /// `tails` is over 1.5.
    pub heavy_tailed: bool,
}

/// Mean interval from which demand is intermittent.
const INTERVAL: f64 = 1.32;
/// Tails wider than normal ones by this are heavy.
const HEAVY: f64 = 1.5;
/// A largest value that makes up this share of a series that otherwise moves is a ceiling.
const HELD: f64 = 0.02;
/// The ratio of the 97.5 % point of |z| to its median for normal values: 2.2414 / 0.6745.
const NORMAL_TAIL: f64 = 3.323;

impl Features {
    /// What `values` (gaps NaN) look like, given candidate `seasons` in steps and, where known, the `ceiling` they cannot exceed.
    #[must_use]
    pub fn of(values: &[f64], seasons: &[usize], ceiling: Option<f64>) -> Self {
        let cleaned = clean(values, seasons, SpikeOptions::default());
        let changes = cleaned.as_ref().map(|cleaned| shifts(&cleaned.profile.deseasonalised(), ShiftOptions::default()));
        Self::from_parts(values, seasons, ceiling, cleaned.as_ref(), changes.as_deref().unwrap_or_default())
    }

    /// The same from what was already worked out.
    #[must_use]
    pub fn from_parts(
        values: &[f64],
        seasons: &[usize],
        ceiling: Option<f64>,
        cleaned: Option<&Cleaned>,
        changes: &[Shift],
    ) -> Self {
        let seen: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let count = seen.len().max(1) as f64;
        let some: Vec<f64> = seen.iter().copied().filter(|value| *value != 0.0).collect();
        let zeros = (seen.len() - some.len()) as f64 / count;
        let interval = if some.is_empty() { f64::INFINITY } else { seen.len() as f64 / some.len() as f64 };
        let profile = cleaned.map(|cleaned| &cleaned.profile);
        let tails = profile.map_or(f64::NAN, tails);
        Self {
            length: values.len(),
            gaps: 1.0 - seen.len() as f64 / values.len().max(1) as f64,
            zeros,
            interval,
            variation: squared_variation(&some),
            intermittent: interval >= INTERVAL && !some.is_empty(),
            constant: seen.iter().all(|value| *value == seen[0]),
            whole: seen.iter().all(|value| value.fract() == 0.0),
            positive: !seen.is_empty() && seen.iter().all(|value| *value > 0.0),
            proportional: profile.is_some_and(|profile| profile.log),
            saturated: saturated(&seen, ceiling),
            spikes: cleaned.map_or(0, |cleaned| cleaned.spikes.len()),
            shifts: changes.len(),
            trend: profile.map_or(0.0, trend),
            seasons: seasons.iter().map(|season| strength(cleaned, *season)).collect(),
            tails,
            heavy_tailed: tails > HEAVY,
        }
    }

    /// The same in plain words, a sentence for each thing worth knowing.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let percent = |share: f64| if share < 0.01 { "under 1 %".to_owned() } else { format!("{:.0} %", share * 100.0) };
        let mut said = vec![format!("{} steps.", self.length)];
        let mut say = |when: bool, what: String| {
            if when {
                said.push(what);
            }
        };
        say(self.gaps > 0.0, format!("{} of the steps have no value.", percent(self.gaps)));
        say(self.constant, "The value never changes.".to_owned());
        say(self.intermittent, format!("Demand comes now and then: every {:.1} steps on average.", self.interval));
        say(!self.intermittent && self.zeros > 0.0, format!("{} of the values are zero.", percent(self.zeros)));
        say(
            self.saturated > 0.0,
            format!("{} of the values are at the ceiling: demand was at least that.", percent(self.saturated)),
        );
        say(
            self.spikes > 0,
            count_of(self.spikes, "one-off spike or dropout was", "one-off spikes or dropouts were", "set aside."),
        );
        say(
            self.shifts > 0,
            count_of(self.shifts, "lasting change of level or slope", "lasting changes of level or slope", "found."),
        );
        say(self.trend > 0.5, format!("The level moves more than the noise about it (strength {:.2}).", self.trend));
        for season in &self.seasons {
            match season.strength {
                None => say(true, format!("A season of {} steps cannot be told: fewer than three cycles.", season.season)),
                Some(strength) if strength >= 0.1 => {
                    say(true, format!("A season of {} steps repeats (strength {strength:.2}).", season.season));
                }
                Some(_) => {}
            }
        }
        say(self.proportional, "Swings are in proportion to the level.".to_owned());
        say(
            self.heavy_tailed,
            format!("Large deviations are more common than in normal noise ({:.1} times as wide).", self.tails),
        );
        said
    }
}

fn count_of(count: usize, one: &str, many: &str, end: &str) -> String {
    format!("{count} {} {end}", if count == 1 { one } else { many })
}

fn squared_variation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if mean == 0.0 || values.len() < 2 { 0.0 } else { squares / (n - 1.0) / (mean * mean) }
}

/// The share at the ceiling; without one, that of a largest value which is met more often than anything near it would be.
fn saturated(seen: &[f64], ceiling: Option<f64>) -> f64 {
    let most = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let count = seen.len().max(1) as f64;
    if let Some(ceiling) = ceiling {
        return seen.iter().filter(|value| **value >= ceiling - 1e-3 * ceiling.abs()).count() as f64 / count;
    }
    let band = 0.1 * (most - least);
    let at = seen.iter().filter(|value| **value == most).count() as f64;
    let near = seen.iter().filter(|value| **value < most && **value >= most - band).count() as f64;
    if band > 0.0 && at >= HELD * count && at >= 3.0 && at > near { at / count } else { 0.0 }
}

fn mean_square(values: impl Iterator<Item = f64>, limit: f64) -> f64 {
    let seen = values.filter(|value| value.is_finite());
    let (count, sum) = seen.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value.abs().min(limit).powi(2)));
    sum / f64::from(count.max(1))
}

/// Residuals further out than this are the spikes' business.
fn limit(profile: &SeasonProfile) -> f64 {
    if profile.spread > 0.0 { 5.0 * profile.spread } else { f64::INFINITY }
}

fn trend(profile: &SeasonProfile) -> f64 {
    let mut sorted = profile.level.clone();
    let middle = quantile_of(&mut sorted, 0.5);
    let rest = mean_square(profile.residuals.iter().copied(), limit(profile));
    let level = mean_square(profile.level.iter().map(|level| level - middle), f64::INFINITY);
    if rest + level > 0.0 { (level / (rest + level)).clamp(0.0, 1.0) } else { 0.0 }
}

fn strength(cleaned: Option<&Cleaned>, season: usize) -> SeasonStrength {
    let strength = cleaned.filter(|cleaned| cleaned.cleaned.len() >= 3 * season && season > 1).map(|cleaned| {
        let Some(alone) = season_profile(&cleaned.cleaned, &[season]).filter(|profile| !profile.seasons.is_empty()) else {
            return 0.0;
        };
        let rest = mean_square(alone.residuals.iter().copied(), limit(&alone));
        let with = mean_square((0..season).map(|t| alone.season_at(t)), f64::INFINITY);
        let cycles = (cleaned.cleaned.len() / season) as f64;
        if with > 0.0 { ((with - rest / cycles) / (with + rest)).clamp(0.0, 1.0) } else { 0.0 }
    });
    SeasonStrength { season, strength }
}

fn tails(profile: &SeasonProfile) -> f64 {
    let mut sizes: Vec<f64> = profile.residuals.iter().filter(|value| value.is_finite()).map(|value| value.abs()).collect();
    if sizes.is_empty() || profile.spread <= 0.0 {
        return f64::NAN;
    }
    quantile_of(&mut sizes, 0.975) / (profile.spread / MAD_TO_SD) / NORMAL_TAIL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekly_series_that_grows_is_said_to_be_one() {
        let values: Vec<f64> =
            (0..140_u32).map(|t| 100.0 + f64::from(t) + [0.0, 30.0, 20.0, 25.0, 15.0, -40.0, -50.0][t as usize % 7]).collect();
        let features = Features::of(&values, &[7, 365], None);
        assert!(features.trend > 0.9 && features.positive && !features.intermittent && !features.constant);
        assert!(features.seasons[0].strength.unwrap() > 0.9 && features.seasons[1].strength.is_none());
        assert_eq!((features.spikes, features.shifts), (0, 0));
        let said = features.sentences().join(" ");
        assert!(said.contains("A season of 7 steps repeats") && said.contains("365 steps cannot be told"), "{said}");
    }

    #[test]
    fn intermittent_constant_and_saturated_series_are_told_apart() {
        let spare: Vec<f64> = (0..60).map(|t| if t % 3 == 0 { 5.0 } else { 0.0 }).collect();
        let features = Features::of(&spare, &[], None);
        assert!(features.intermittent && features.whole && (features.interval - 3.0).abs() < 1e-12);
        assert_eq!(features.spikes, 0);
        let constant = Features::of(&[4.0; 30], &[7], None);
        assert!(constant.constant && constant.spikes == 0 && constant.shifts == 0 && constant.tails.is_nan());
        let full: Vec<f64> = (0..100).map(|t| (60.0 + f64::from(t * 37 % 100)).min(100.0)).collect();
        assert!((Features::of(&full, &[], None).saturated - 0.6).abs() < 1e-12);
        assert!((Features::of(&full, &[], Some(100.0)).saturated - 0.6).abs() < 1e-12);
        assert_eq!(Features::of(&full, &[], Some(200.0)).saturated, 0.0);
    }

    #[test]
    fn nothing_is_said_of_nothing_without_a_panic() {
        for values in [vec![], vec![f64::NAN; 5], vec![1.0], vec![0.0, 0.0, 0.0], vec![1e12, -1e12, 3.0, f64::NAN]] {
            assert!(!Features::of(&values, &[7, 1, 0], Some(100.0)).sentences().is_empty());
        }
    }
}
