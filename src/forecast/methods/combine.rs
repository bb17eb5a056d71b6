//! Several outlooks made one.

use super::outlook::{GRID_POINTS, Outlook};

/// How values of several methods become one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Combination {
    /// The weighted mean.
    #[default]
    Mean,
    /// The weighted median.
    Median,
    /// The weighted mean without this share of the weight at either end, 0 to 0.5.
    Trimmed(f64),
}

/// Weights from scores (positive, lower is better) seen at `origins` origins: wᵢ ∝ sᵢ^−r, r = n/(n + κ), summing to 1.
///
/// This is the softmax of −ln s × r: equal weights without evidence, weights by inverse scores with much of it; at n = κ half
/// way between the two on the scale of logarithms. A score that is not finite gets 0 (if any is finite), a score of 0 counts
/// as a millionth of the largest.
///
/// ```
/// use plimsoll::forecast::methods::combination_weights;
///
/// assert_eq!(combination_weights(&[1.0, 3.0], 0, 4.0), vec![0.5, 0.5]);
/// ```
#[must_use]
pub fn combination_weights(scores: &[f64], origins: usize, kappa: f64) -> Vec<f64> {
    let largest = scores.iter().copied().filter(|score| score.is_finite()).fold(f64::NAN, f64::max);
    if largest.is_nan() || largest <= 0.0 {
        let usable = scores.iter().filter(|score| score.is_finite() || largest.is_nan()).count().max(1) as f64;
        return scores.iter().map(|s| if s.is_finite() || largest.is_nan() { 1.0 / usable } else { 0.0 }).collect();
    }
    let n = origins as f64;
    let trust = if n + kappa > 0.0 { n / (n + kappa) } else { 0.0 };
    let raw: Vec<f64> = scores
        .iter()
        .map(|score| if score.is_finite() { (score.max(1e-6 * largest) / largest).powf(-trust) } else { 0.0 })
        .collect();
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|weight| weight / total).collect()
}

/// One outlook from several, as long as the shortest; none where there is none, or where no weight is positive.
///
/// Centres and the quantiles at each probability are combined by the same rule (averaging quantiles keeps the shape: the mean
/// of normals is normal). Ratcliff (1979), "Group reaction time distributions and an analysis of distribution statistics",
/// *Psychological Bulletin* 86, 446–461; Lichtendahl, Grushka-Cockayne & Winkler (2013), "Is it better to average
/// probabilities or quantiles?", *Management Science* 59, 1594–1611. The sd is the weighted mean.
#[must_use]
pub fn combine(outlooks: &[Outlook], weights: &[f64], rule: Combination) -> Option<Outlook> {
    let members: Vec<(&Outlook, f64)> =
        outlooks.iter().zip(weights).filter(|(_, weight)| **weight > 0.0).map(|(outlook, weight)| (outlook, *weight)).collect();
    let steps = members.iter().map(|(outlook, _)| outlook.centre.len()).min()?;
    let normal = rule == Combination::Mean && members.iter().all(|(outlook, _)| outlook.quantiles.is_none());
    let mut combined = Outlook { centre: Vec::with_capacity(steps), sd: Vec::with_capacity(steps), quantiles: None };
    let mut quantiles = Vec::with_capacity(steps);
    for h in 0..steps {
        let over = |of: &dyn Fn(&Outlook) -> f64, rule| {
            one(members.iter().map(|(outlook, weight)| (of(outlook), *weight)).collect(), rule)
        };
        combined.centre.push(over(&|outlook| outlook.centre[h], rule));
        combined.sd.push(over(&|outlook| outlook.sd[h], Combination::Mean));
        if !normal {
            let stated: Vec<([f64; GRID_POINTS], f64)> =
                members.iter().map(|(outlook, weight)| (outlook.quantiles_at(h), *weight)).collect();
            let mut grid: [f64; GRID_POINTS] =
                std::array::from_fn(|p| one(stated.iter().map(|(grid, weight)| (grid[p], *weight)).collect(), rule));
            // rising but for rounding
            (1..GRID_POINTS).for_each(|p| grid[p] = grid[p].max(grid[p - 1]));
            quantiles.push(grid);
        }
    }
    combined.quantiles = (!normal).then_some(quantiles);
    Some(combined)
}

/// The value that stands for weighted values: ∫ Q(u) du over the shares kept, Q their quantile function.
fn one(mut values: Vec<(f64, f64)>, rule: Combination) -> f64 {
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let trim = match rule {
        Combination::Mean => 0.0,
        Combination::Trimmed(share) => share.clamp(0.0, 0.5),
        Combination::Median => 0.5,
    };
    // the median: a sliver about one half, which takes both values where the weights split evenly
    let trim = trim.min(0.5 - 1e-9);
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut reached, mut kept, mut sum) = (0.0, 0.0, 0.0);
    for (value, weight) in values {
        let from = reached / total;
        reached += weight;
        let share = ((reached / total).min(1.0 - trim) - from.max(trim)).max(0.0);
        kept += share;
        sum += share * value;
    }
    sum / kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(centre: f64, sd: f64) -> Outlook {
        Outlook { centre: vec![centre; 2], sd: vec![sd; 2], quantiles: None }
    }

    #[test]
    fn weights_go_from_equal_to_inverse_scores_with_evidence() {
        assert_eq!(combination_weights(&[1.0, 3.0], 0, 4.0), vec![0.5, 0.5]);
        let much = combination_weights(&[1.0, 3.0], 1_000_000_000, 4.0);
        assert!((much[0] - 0.75).abs() < 1e-6);
        let half = combination_weights(&[1.0, 4.0], 4, 4.0);
        assert!((half[0] - 2.0 / 3.0).abs() < 1e-12, "{half:?}");
        assert_eq!(combination_weights(&[f64::NAN, 2.0, f64::INFINITY], 3, 4.0), vec![0.0, 1.0, 0.0]);
        assert_eq!(combination_weights(&[f64::NAN, f64::NAN], 3, 4.0), vec![0.5, 0.5]);
        assert_eq!(combination_weights(&[0.0, 0.0, f64::NAN], 3, 4.0), vec![0.5, 0.5, 0.0]);
    }

    #[test]
    fn the_mean_of_normals_is_the_normal_between_them_stated_or_not() {
        let (a, b) = (normal(10.0, 1.0), normal(20.0, 3.0));
        let plain = combine(&[a.clone(), b.clone()], &[0.25, 0.75], Combination::Mean).expect("two");
        assert_eq!((plain.centre[0], plain.sd[0], &plain.quantiles), (17.5, 2.5, &None));
        let stated = Outlook { quantiles: Some(vec![a.quantiles_at(0); 2]), ..a };
        let with = combine(&[stated, b], &[0.25, 0.75], Combination::Mean).expect("two");
        for (seen, want) in with.quantiles_at(1).iter().zip(plain.quantiles_at(1)) {
            assert!((seen - want).abs() < 1e-12);
        }
    }

    #[test]
    fn medians_and_trimmed_means_by_hand() {
        let of = |rule| combine(&[1.0, 2.0, 6.0, 100.0].map(|c| normal(c, 1.0)), &[0.25; 4], rule).expect("four").centre[0];
        assert!((of(Combination::Median) - 4.0).abs() < 1e-6);
        assert!((of(Combination::Trimmed(0.25)) - 4.0).abs() < 1e-12);
        // a tenth off either end: (0.15·1 + 0.25·2 + 0.25·6 + 0.15·100) / 0.8
        assert!((of(Combination::Trimmed(0.1)) - 17.15 / 0.8).abs() < 1e-12);
        let three = combine(&[1.0, 2.0, 6.0].map(|c| normal(c, 1.0)), &[0.2, 0.2, 0.6], Combination::Median).expect("three");
        assert_eq!(three.centre[0], 6.0);
        assert_eq!(combine(&[], &[], Combination::Mean), None);
        assert_eq!(combine(&[normal(1.0, 1.0)], &[0.0], Combination::Mean), None);
    }

    proptest! {
        #[test]
        fn combined_quantiles_rise_between_those_combined(
            members in prop::collection::vec((-50.0..50.0, 0.0..9.0, 0.0..1.0), 1..6),
            rule in prop::sample::select(vec![Combination::Mean, Combination::Median, Combination::Trimmed(0.2)]),
        ) {
            let outlooks: Vec<Outlook> = members.iter().map(|(centre, sd, _)| normal(*centre, *sd)).collect();
            let weights: Vec<f64> = members.iter().map(|(_, _, weight)| weight + 0.01).collect();
            let grid = combine(&outlooks, &weights, rule).expect("some").quantiles_at(1);
            prop_assert!(grid.windows(2).all(|pair| pair[0] <= pair[1]));
            for (p, value) in grid.into_iter().enumerate() {
                let low = outlooks.iter().map(|o| o.quantiles_at(1)[p]).fold(f64::INFINITY, f64::min);
                let high = outlooks.iter().map(|o| o.quantiles_at(1)[p]).fold(f64::NEG_INFINITY, f64::max);
                prop_assert!(value >= low - 1e-9 && value <= high + 1e-9);
            }
        }
    }
}
