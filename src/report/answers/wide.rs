//! Whether a forecast says more than its history does: a band that is wider than the past was is told, with what would narrow it.

use crate::paths::{Forecast, QuantileAt};
use crate::report::format;
use crate::stats::percentile_of_sorted;

/// The 80 % band of the last step beside the middle 95 % of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wide {
    band: [f64; 2],
    past: [f64; 2],
}

/// There is one where the band is wider than the middle 95 % of all past levels, both as a difference and as a ratio: to draw any past
/// level would say more. Growth widens a band beyond the past in one of the two only, unless it is as uncertain as that. Where the past
/// reaches down to 0 its ratio says nothing, and the difference decides.
fn wide(forecast: &Forecast) -> Option<Wide> {
    let last = forecast.quantiles.last()?;
    let at = |p: f64| last.iter().find(|at: &&QuantileAt| (at.probability - p).abs() < 1e-9).map(|at| at.value);
    let [low, high] = [at(0.1)?, at(0.9)?];
    let mut levels: Vec<f64> = forecast.history.iter().filter_map(|(_, level)| *level).collect();
    if levels.is_empty() {
        return None;
    }
    levels.sort_by(f64::total_cmp);
    let [least, most] = [0.025, 0.975].map(|p| percentile_of_sorted(&levels, p).unwrap_or(0.0));
    let (apart, times) = (high - low > most - least, least <= 0.0 || high * least > most * low);
    (apart && times).then_some(Wide { band: [low, high], past: [least, most] })
}

/// What is said of it.
pub(super) fn told(forecast: &Forecast) -> Option<String> {
    let Wide { band, past } = wide(forecast)?;
    let amount = |value: f64| format::amount(value, &forecast.unit);
    let step = if forecast.step_days == 1 { "day" } else { "week" };
    let (seen, ahead) = (forecast.history.len(), forecast.quantiles.len());
    let tested = forecast.backtest.as_ref().map_or_else(
        || "no back-test was possible".to_owned(),
        |test| format!("the back-test reaches {} ahead", format::counted(test.horizon, step)),
    );
    let year = 365 / forecast.step_days as usize;
    let years = match seen / year {
        0 => "less than one year",
        1 => "less than two years",
        _ => "two years or more",
    };
    let times = (band[1] - band[0]) / (past[1] - past[0]);
    let wider = if times.is_finite() { format!("{} times as wide as", format::number(times)) } else { "wider than".to_owned() };
    Some(format!(
        "{}: in {} 80 % of futures lie from {} to {}, a band {wider} what its {} of history ({years}) were: {} to {} on 95 % of \
         them. It is by {}, and {tested}. Orders rest on the method more than on the history: give more of it or a shorter \
         `horizon`, or state what is known of demand (`level`, `growth`) in place of a source.",
        forecast.key,
        format::counted(ahead, step),
        amount(band[0]),
        amount(band[1]),
        format::counted(seen, step),
        amount(past[0]),
        amount(past[1]),
        forecast.model,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::SeriesKey;
    use crate::time::Day;
    use crate::units::Unit;

    /// A forecast of one step by weeks: its 80 % band, and its history.
    fn forecast([low, high]: [f64; 2], history: &[f64]) -> Forecast {
        let at = |(probability, value): (f64, f64)| QuantileAt { probability, value };
        let start = Day(20_000);
        let week = |(i, level): (usize, &f64)| (start.plus(7 * (i as i32 - history.len() as i32)), Some(*level));
        Forecast {
            key: SeriesKey::demand("park", "space"),
            unit: Unit::named("spaces"),
            model: "seasonal naive on the log scale".to_owned(),
            reasons: Vec::new(),
            start,
            step_days: 7,
            quantiles: vec![[(0.1, low), (0.5, (low * high).sqrt()), (0.9, high)].map(at).to_vec()],
            mean: vec![0.5 * (low + high)],
            history: history.iter().enumerate().map(week).collect(),
            backtest: None,
        }
    }

    const PARK: [f64; 11] = [474.0, 440.0, 440.0, 481.0, 577.0, 558.0, 612.0, 478.0, 562.0, 612.0, 633.0];

    #[test]
    fn a_band_far_beyond_a_short_history_is_told_with_what_to_do() {
        let said = told(&forecast([93.1, 4_765.0], &PARK)).unwrap();
        for part in [
            "93.1 spaces to 4,765 spaces",
            "11 weeks of history (less than one year)",
            "24.9 times as wide as",
            "shorter `horizon`",
            "seasonal naive",
        ] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
    }

    #[test]
    fn a_band_within_what_was_seen_is_not_told() {
        assert_eq!(told(&forecast([450.0, 620.0], &PARK)), None);
    }

    #[test]
    fn growth_beyond_the_past_is_not_told_while_it_is_known_in_ratio_or_in_difference() {
        // from 100 to 200 in the past; then 400, within a quarter: wider in amounts, not in ratio
        let grown: Vec<f64> = (0..52).map(|week| 100.0 + 2.0 * f64::from(week)).collect();
        assert_eq!(told(&forecast([350.0, 460.0], &grown)), None);
        // a fall to a tenth: a wider ratio, a narrow band
        assert_eq!(told(&forecast([10.0, 30.0], &grown)), None);
        assert!(told(&forecast([150.0, 460.0], &grown)).is_some());
    }

    #[test]
    fn where_the_past_was_none_at_times_the_difference_decides() {
        let past: Vec<f64> = (0..40).map(|week| f64::from(week % 2) * 100.0).collect();
        assert_eq!(told(&forecast([1.0, 90.0], &past)), None);
        assert!(told(&forecast([1.0, 120.0], &past)).is_some());
        assert_eq!(told(&forecast([1.0, 120.0], &[])), None);
    }
}
