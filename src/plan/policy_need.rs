//! What will be missing, given what has been seen of a future.

/// Days that the slower of the two numbers seen is a mean of.
pub(super) const SEEN_DAYS: usize = 28;
/// Less than this share of a sum of squares is rounding.
const ROUNDING: f64 = 1e-10;

/// What a planner has seen at a review: the last day's demand and the mean of the last weeks, both in units to buy.
pub(super) type Seen = [f64; 2];

/// The best linear predictor of a number from what was seen, learned on futures that are not judged; and what it leaves open.
///
/// For numbers that are jointly normal it is the conditional law: mean by regression, spread by what is left (Anderson 2003, *An
/// Introduction to Multivariate Statistical Analysis*, 2.5.1). The spread is taken to be the same wherever demand stands.
#[derive(Debug, Clone)]
pub(super) struct Predictor {
    centre: Seen,
    slope: Seen,
    mean: f64,
    /// Number less prediction, the largest first.
    rest: Vec<f64>,
}

impl Predictor {
    pub(super) fn fit(seen: &[Seen], values: &[f64]) -> Self {
        let n = values.len().max(1) as f64;
        let average = |number: &dyn Fn(usize) -> f64| (0..values.len()).map(number).sum::<f64>() / n;
        let centre = [average(&|i| seen[i][0]), average(&|i| seen[i][1])];
        let mean = average(&|i| values[i]);
        let product = |a: &dyn Fn(usize) -> f64, b: &dyn Fn(usize) -> f64| average(&|i| a(i) * b(i));
        let (x, z, y) = (|i: usize| seen[i][0] - centre[0], |i: usize| seen[i][1] - centre[1], |i: usize| values[i] - mean);
        let (xx, zz, xz) = (product(&x, &x), product(&z, &z), product(&x, &z));
        let (xy, zy) = (product(&x, &y), product(&z, &y));
        let varies = |square: f64, centre: f64| square > ROUNDING * (centre * centre + ROUNDING);
        let slope = match (varies(xx, centre[0]), varies(zz, centre[1])) {
            (true, true) if xx * zz - xz * xz > ROUNDING * xx * zz => {
                let det = xx * zz - xz * xz;
                [(xy * zz - zy * xz) / det, (zy * xx - xy * xz) / det]
            }
            (true, _) => [xy / xx, 0.0],
            (false, true) => [0.0, zy / zz],
            (false, false) => [0.0, 0.0],
        };
        let mut rest: Vec<f64> = (0..values.len()).map(|i| y(i) - slope[0] * x(i) - slope[1] * z(i)).collect();
        rest.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { centre, slope, mean, rest }
    }

    /// The mean of the number, given what was seen.
    pub(super) fn expected(&self, seen: Seen) -> f64 {
        self.mean + self.slope[0] * (seen[0] - self.centre[0]) + self.slope[1] * (seen[1] - self.centre[1])
    }

    /// The smallest value that at most a share `accepted` of what was learned on is above, given what was seen.
    pub(super) fn above(&self, seen: Seen, accepted: f64) -> f64 {
        let allowed = (accepted * self.rest.len() as f64 + 1e-9).floor() as usize;
        self.expected(seen) + self.rest.get(allowed).or(self.rest.last()).copied().unwrap_or(0.0)
    }

    /// `count` values that stand for what is left open: the middles of equal parts of it.
    pub(super) fn open(&self, count: usize) -> Vec<f64> {
        let at = |i: usize| self.rest[((i as f64 + 0.5) / count as f64 * self.rest.len() as f64) as usize];
        if self.rest.is_empty() { Vec::new() } else { (0..count).map(at).collect() }
    }
}

/// Whole units that cover so much.
pub(super) fn whole(units: f64) -> u32 {
    // a hair above a whole number is rounding
    (units - 1e-6).ceil().max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::normal_quantile;
    use crate::stream::{Seed, Stream};

    #[test]
    fn the_base_stock_of_independent_growth_is_that_of_the_formula() {
        // demand grows by independent normal steps of mean 2 and sd 3 a month; after 6 of them, what it is 4 months on (lead time and
        // review) is z σ √4 above its mean: Silver, Pyke & Thomas (2017), Inventory and Production Management in Supply Chains, 6.9
        let (futures, past, ahead) = (20_000_usize, 6, 4);
        let mut rng = Stream::root(Seed(4)).rng();
        let (mut seen, mut there) = (Vec::new(), Vec::new());
        for _ in 0..futures {
            let walk: Vec<f64> = (0..past + ahead)
                .scan(100.0, |at, _| {
                    *at += 2.0 + 3.0 * rng.normal();
                    Some(*at)
                })
                .collect();
            seen.push([walk[past - 1], walk[..past].iter().sum::<f64>() / past as f64]);
            there.push(walk[past + ahead - 1]);
        }
        let predictor = Predictor::fit(&seen, &there);
        let sd = 3.0 * (ahead as f64).sqrt();
        for (now, accepted) in [(112.0, 0.1), (130.0, 0.1), (112.0, 0.01), (95.0, 0.5)] {
            let wanted = now + 2.0 * ahead as f64 + normal_quantile(1.0 - accepted) * sd;
            // a quantile's error √(p(1-p)/n)/density, and that of the regression line at this place
            let z = normal_quantile(1.0 - accepted);
            let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() / sd;
            let of_quantile = (accepted * (1.0 - accepted) / futures as f64).sqrt() / density;
            let away = (now - 112.0) / (3.0 * (past as f64).sqrt());
            // the two numbers seen hang together: a slope's error is that of one less what the other explains, below 2 here
            let of_line = sd * ((1.0 + 4.0 * away * away) / futures as f64).sqrt();
            let found = predictor.above([now, now - 5.0], accepted);
            let off = (found - wanted).abs();
            assert!(off < 5.0 * (of_quantile + of_line * 1.5), "{now} {accepted}: {found} {wanted}");
        }
    }

    #[test]
    fn what_does_not_vary_is_known() {
        let predictor = Predictor::fit(&[[3.0, 2.0]; 50], &[7.0; 50]);
        assert_eq!(whole(predictor.above([3.0, 2.0], 0.01)), 7);
        // two numbers that say the same are one
        let seen: Vec<Seen> = (0..50).map(|i| [f64::from(i), f64::from(2 * i)]).collect();
        let values: Vec<f64> = (0..50).map(|i| 5.0 + 3.0 * f64::from(i)).collect();
        assert!((Predictor::fit(&seen, &values).expected([10.0, 20.0]) - 35.0).abs() < 1e-9);
    }

    #[test]
    fn noise_around_a_known_level_is_not_followed() {
        let mut rng = Stream::root(Seed(6)).rng();
        let seen: Vec<Seen> = (0..5_000).map(|_| [50.0 + rng.normal(), 50.0 + 0.2 * rng.normal()]).collect();
        let values: Vec<f64> = (0..5_000).map(|_| 60.0 + rng.normal()).collect();
        let predictor = Predictor::fit(&seen, &values);
        // slopes of nothing: 1/√n and 5/√n are their standard errors
        assert!((predictor.expected([53.0, 50.0]) - 60.0).abs() < 5.0 * (1.0 + 9.0_f64).sqrt() / 5_000.0_f64.sqrt());
    }
}
