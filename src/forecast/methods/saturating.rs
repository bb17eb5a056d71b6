//! Growth toward a given ceiling: logistic and Gompertz curves whose every quantile stays between floor and ceiling.
//!
//! With u = (y − floor)/(ceiling − floor): logistic u = 1/(1 + e^−η), Gompertz u = exp(−e^−η), η = a + b t. Two readings of the
//! noise are fitted and the likelier is kept: on the scale of η (it fades toward both bounds; η may then also bend and have a
//! season), or on the scale of y (the same everywhere, cut off at the bounds). Meade & Islam (1995), "Forecasting with growth
//! curves: an empirical comparison", *International Journal of Forecasting* 11, 199–215; errors with AR(1) as there.

use super::curve::{Changepoints, Curve, FittedCurve};
use super::outlook::{Fitted, GRID, GRID_POINTS, NORMAL, Outlook};
use super::regression::{Design, Regressed, quadratic, regress};
use statrs::function::erf::erfc;

/// The shape of saturating growth (or of decline, where the slope is negative).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Symmetric about half the ceiling.
    #[default]
    Logistic,
    /// Steepest at 1/e = 37 % of the ceiling.
    Gompertz,
}

impl Shape {
    /// The share of the ceiling at η.
    fn share(self, eta: f64) -> f64 {
        match self {
            Self::Logistic => 1.0 / (1.0 + (-eta).exp()),
            Self::Gompertz => (-(-eta).exp()).exp(),
        }
    }

    /// η at a share strictly between 0 and 1.
    fn eta(self, share: f64) -> f64 {
        match self {
            Self::Logistic => (share / (1.0 - share)).ln(),
            Self::Gompertz => -(-share.ln()).ln(),
        }
    }

    /// The slope of the share at a share.
    fn slope(self, share: f64) -> f64 {
        match self {
            Self::Logistic => share * (1.0 - share),
            Self::Gompertz => {
                if share > 0.0 {
                    -share * share.ln()
                } else {
                    0.0
                }
            }
        }
    }
}

/// Growth between a floor and a ceiling, both in the unit of the series.
///
/// ```
/// use plimsoll::forecast::methods::{Fitted, Saturating};
///
/// let customers = [1_200.0, 1_900.0, 3_100.0, 4_700.0, 7_300.0, 10_900.0, 15_800.0, 21_600.0];
/// let method = Saturating { ceiling: 50_000.0, ..Saturating::default() };
/// let outlook = method.fit(&customers, 1).expect("within the bounds").outlook(36);
/// assert!((0..36).all(|h| outlook.quantiles_at(h)[16] <= 50_000.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Saturating {
    /// The shape.
    pub shape: Shape,
    /// The lower bound.
    pub floor: f64,
    /// The upper bound.
    pub ceiling: f64,
    /// Where the line of η may bend.
    pub changepoints: Changepoints,
}

impl Default for Saturating {
    fn default() -> Self {
        Self { shape: Shape::Logistic, floor: 0.0, ceiling: 1.0, changepoints: Changepoints::None }
    }
}

impl Saturating {
    /// Fits to a past; none where fewer than five steps are known, where the bounds are not finite and in order, or where more
    /// than half of what was seen lies beyond them. What lies beyond them counts as at them.
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<FittedSaturating> {
        let known = past.iter().filter(|value| value.is_finite()).count();
        let range = self.ceiling - self.floor;
        if known < 5 || range <= 0.0 || !range.is_finite() || past.iter().any(|value| value.is_infinite()) {
            return None;
        }
        let shares: Vec<f64> = past.iter().map(|value| (value - self.floor) / range).collect();
        let beyond = shares.iter().filter(|share| **share < 0.0 || **share > 1.0).count();
        if 2 * beyond > known {
            return None;
        }
        // NaN.clamp stays NaN
        let shares: Vec<f64> = shares.into_iter().map(|share| share.clamp(0.0, 1.0)).collect();
        let inside = shares.iter().all(|share| share.is_nan() || (*share > 1e-9 && *share < 1.0 - 1e-9));
        let bent = if inside { self.fading(&shares, season) } else { None };
        let even = self.even(&shares);
        let (form, criterion) = [bent, even].into_iter().flatten().min_by(|a, b| a.1.total_cmp(&b.1))?;
        if !criterion.is_finite() {
            return None;
        }
        let residuals = self.residuals(&form, &shares);
        Some(FittedSaturating { method: self.clone(), season, n: past.len(), form, residuals })
    }

    /// Noise on the scale of η. The density of a share is that of η times |dη/du|, so the criterion gains 2 Σ ln |du/dη|.
    fn fading(&self, shares: &[f64], season: usize) -> Option<(Form, f64)> {
        let etas: Vec<f64> = shares.iter().map(|share| if share.is_nan() { f64::NAN } else { self.shape.eta(*share) }).collect();
        let curve = Curve { changepoints: self.changepoints.clone(), order: 1 }.fit(&etas, season)?;
        let jacobian: f64 = shares.iter().filter(|share| !share.is_nan()).map(|share| self.shape.slope(*share).ln()).sum();
        let criterion = curve.criterion() + 2.0 * jacobian;
        Some((Form::Fading(curve), criterion))
    }

    /// Noise on the scale of y: nonlinear least squares by Gauss and Newton, each pass a regression of what is left on the
    /// slopes; a pass that makes the squares larger is halved.
    fn even(&self, shares: &[f64]) -> Option<(Form, f64)> {
        let n = shares.len();
        let mut at = self.start(shares)?;
        let mut best: Option<Regressed> = None;
        for _ in 0..30 {
            let squares = |at: [f64; 2]| -> f64 {
                let error = |(t, share): (usize, &f64)| share - self.shape.share(at[0] + at[1] * t as f64 / n as f64);
                shares.iter().enumerate().map(error).filter(|e| e.is_finite()).map(|e| e * e).sum()
            };
            let mut rows = Vec::with_capacity(2 * n);
            let mut targets = Vec::with_capacity(n);
            for (t, share) in shares.iter().enumerate() {
                let x = t as f64 / n as f64;
                let expected = self.shape.share(at[0] + at[1] * x);
                // a hair of slope at the bounds keeps the system regular
                let slope = self.shape.slope(expected).max(1e-6);
                rows.extend([slope, slope * x]);
                targets.push(share - expected);
            }
            // a step of η by more than 8 would leave where the slopes hold
            let mut found = regress(&Design { rows, width: 2 }, &targets, &[8.0, 8.0], 1)?;
            found.errors = targets;
            let step = [found.coefficients[0], found.coefficients[1]];
            best = Some(found);
            let before = squares(at);
            let taken = [1.0, 0.5, 0.25, 0.125, 0.03, 0.008]
                .map(|part| [at[0] + part * step[0], at[1] + part * step[1]])
                .into_iter()
                .find(|next| squares(*next) < before * (1.0 - 1e-10));
            match taken {
                Some(next) => at = next,
                None => break,
            }
        }
        best.map(|regressed| {
            let criterion = regressed.criterion(0.0);
            (Form::Even { at, regressed }, criterion)
        })
    }

    /// A line through η of the shares, kept a little inside the bounds, each weighing as its slope squared.
    fn start(&self, shares: &[f64]) -> Option<[f64; 2]> {
        let n = shares.len();
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for (t, share) in shares.iter().enumerate() {
            let share = share.clamp(5e-3, 1.0 - 5e-3);
            let weight = self.shape.slope(share);
            rows.extend([weight, weight * t as f64 / n as f64]);
            targets.push(if share.is_nan() { f64::NAN } else { weight * self.shape.eta(share) });
        }
        let found = regress(&Design { rows, width: 2 }, &targets, &[f64::INFINITY; 2], 0)?;
        Some([found.coefficients[0], found.coefficients[1]])
    }

    fn residuals(&self, form: &Form, shares: &[f64]) -> Vec<f64> {
        let range = self.ceiling - self.floor;
        match form {
            Form::Even { regressed, .. } => {
                let phi = regressed.autoregression.coefficients().first().copied().unwrap_or(0.0);
                let errors = &regressed.errors;
                (0..errors.len())
                    .map(|t| {
                        let before = if t > 0 && errors[t - 1].is_finite() { phi * errors[t - 1] } else { 0.0 };
                        range * (errors[t] - before)
                    })
                    .collect()
            }
            Form::Fading(curve) => {
                let residual = |(residual, share): (&f64, &f64)| {
                    if residual.is_nan() || share.is_nan() {
                        return f64::NAN;
                    }
                    range * (share - self.shape.share(self.shape.eta(*share) - residual))
                };
                curve.residuals().iter().zip(shares).map(residual).collect()
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Form {
    /// Noise on the scale of η.
    Fading(FittedCurve),
    /// Noise on the scale of y: η = at[0] + at[1] t/n; the regression holds covariance, errors and their autoregression.
    Even { at: [f64; 2], regressed: Regressed },
}

/// Saturating growth fitted to one past.
#[derive(Debug, Clone)]
pub struct FittedSaturating {
    method: Saturating,
    season: usize,
    n: usize,
    form: Form,
    residuals: Vec<f64>,
}

/// Points of equal chance that stand for the distribution of η.
const NODES: usize = 9;

impl FittedSaturating {
    /// The same shape, bounds and bends at another past of the same series.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let changepoints = match &self.form {
            Form::Fading(curve) => Changepoints::At(curve.changepoints().to_vec()),
            Form::Even { .. } => Changepoints::None,
        };
        let fitted = Saturating { changepoints, ..self.method.clone() }.fit(past, self.season)?;
        Some(Self { method: self.method.clone(), ..fitted })
    }

    fn level(&self, share: f64) -> f64 {
        let Saturating { floor, ceiling, .. } = self.method;
        (floor + (ceiling - floor) * share).clamp(floor, ceiling)
    }

    /// Noise on the scale of η: its quantiles, turned into shares.
    fn fading(&self, curve: &FittedCurve, steps: usize) -> Outlook {
        let eta = curve.outlook(steps);
        let shape = self.method.shape;
        let mut outlook = Outlook { centre: Vec::new(), sd: Vec::new(), quantiles: None };
        let mut quantiles = Vec::with_capacity(steps);
        for (centre, sd) in eta.centre.iter().zip(&eta.sd) {
            outlook.centre.push(self.level(shape.share(*centre)));
            outlook.sd.push((self.method.ceiling - self.method.floor) * spread(shape, *centre, *sd));
            quantiles.push(NORMAL.map(|z| self.level(shape.share(centre + sd * z))));
        }
        outlook.quantiles = Some(quantiles);
        outlook
    }

    /// Noise on the scale of y: a normal cut off at the bounds, mixed over what η may be.
    fn even(&self, at: [f64; 2], regressed: &Regressed, steps: usize) -> Outlook {
        let shape = self.method.shape;
        let range = self.method.ceiling - self.method.floor;
        let errors = regressed.autoregression.ahead(&regressed.errors, steps);
        let noise = regressed.autoregression.variance_ahead(steps);
        let mut outlook = Outlook { centre: Vec::new(), sd: Vec::new(), quantiles: None };
        let mut quantiles = Vec::with_capacity(steps);
        for h in 0..steps {
            let x = (self.n + h) as f64 / self.n as f64;
            let eta = at[0] + at[1] * x;
            let wide = quadratic(&regressed.covariance, &[1.0, x]).max(0.0).sqrt();
            let sigma = (regressed.sigma.powi(2) * noise[h]).sqrt();
            let means: Vec<f64> = nodes().map(|z| (shape.share(eta + wide * z) + errors[h]).clamp(0.0, 1.0)).collect();
            quantiles.push(GRID.map(|p| self.level(mixed_quantile(&means, sigma, p))));
            outlook.centre.push(self.level((shape.share(eta) + errors[h]).clamp(0.0, 1.0)));
            let curve = spread(shape, eta, wide);
            outlook.sd.push(range * (curve * curve + (sigma * sigma).min(1.0 / 12.0)).sqrt());
        }
        outlook.quantiles = Some(quantiles);
        outlook
    }
}

impl Fitted for FittedSaturating {
    fn name(&self) -> String {
        let shape = match self.method.shape {
            Shape::Logistic => "logistic",
            Shape::Gompertz => "Gompertz",
        };
        format!("{shape} growth to {}", self.method.ceiling)
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        match &self.form {
            Form::Fading(curve) => self.fading(curve, steps),
            Form::Even { at, regressed } => self.even(*at, regressed, steps),
        }
    }
}

/// Standard normal quantiles in the middles of parts of equal chance, read off the grid.
fn nodes() -> impl Iterator<Item = f64> {
    (0..NODES).map(|i| {
        let p = (i as f64 + 0.5) / NODES as f64;
        let high = GRID.partition_point(|grid| *grid < p).clamp(1, GRID_POINTS - 1);
        let part = (p - GRID[high - 1]) / (GRID[high] - GRID[high - 1]);
        NORMAL[high - 1] + part * (NORMAL[high] - NORMAL[high - 1])
    })
}

/// The standard deviation of the share where η is normal, by Simpson's rule over four standard deviations each way.
fn spread(shape: Shape, eta: f64, sd: f64) -> f64 {
    let (mut weights, mut first, mut second) = (0.0, 0.0, 0.0);
    let middle = shape.share(eta);
    for i in 0..=32_u32 {
        let z = -4.0 + 0.25 * f64::from(i);
        let simpson = if i == 0 || i == 32 {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        };
        let weight = simpson * (-0.5 * z * z).exp();
        let away = shape.share(eta + sd * z) - middle;
        weights += weight;
        first += weight * away;
        second += weight * away * away;
    }
    (second / weights - (first / weights).powi(2)).max(0.0).sqrt()
}

fn below(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The quantile of an even mixture of normals cut off at 0 and 1, by halving.
fn mixed_quantile(means: &[f64], sigma: f64, p: f64) -> f64 {
    let cuts: Vec<(f64, f64)> = means
        .iter()
        .map(|mean| {
            let low = below(-mean / sigma.max(1e-300));
            (low, below((1.0 - mean) / sigma.max(1e-300)) - low)
        })
        .collect();
    let reached = |value: f64| -> f64 {
        let part = |(mean, (low, mass)): (&f64, &(f64, f64))| {
            if sigma > 1e-12 { (below((value - mean) / sigma) - low) / mass } else { f64::from(u8::from(value >= *mean)) }
        };
        means.iter().zip(&cuts).map(part).sum::<f64>() / means.len() as f64
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..44 {
        let middle = 0.5 * (low + high);
        if reached(middle) < p { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::methods::noise::Noise;
    use proptest::prelude::*;

    fn grown(shape: Shape, ceiling: f64, n: u32) -> Vec<f64> {
        (0..n).map(|t| ceiling * shape.share(-3.0 + 0.08 * f64::from(t))).collect()
    }

    #[test]
    fn shapes_are_inverted_and_their_slopes_are_right() {
        for shape in [Shape::Logistic, Shape::Gompertz] {
            for eta in [-2.5, -0.5, 0.0, 1.0, 4.0] {
                let share = shape.share(eta);
                assert!((shape.eta(share) - eta).abs() < 1e-9);
                let by_differences = (shape.share(eta + 1e-6) - shape.share(eta - 1e-6)) / 2e-6;
                assert!((shape.slope(share) - by_differences).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn a_curve_without_noise_goes_on_to_its_ceiling() {
        for shape in [Shape::Logistic, Shape::Gompertz] {
            let whole = grown(shape, 800.0, 120);
            let fitted = Saturating { shape, ceiling: 800.0, ..Saturating::default() }.fit(&whole[..60], 1).expect("fits");
            for (seen, want) in fitted.outlook(60).centre.iter().zip(&whole[60..]) {
                assert!((seen - want).abs() < 0.1, "{shape:?} {seen} {want}");
            }
        }
    }

    #[test]
    fn known_curves_are_found_under_either_noise() {
        for shape in [Shape::Logistic, Shape::Gompertz] {
            let (mut inside, mut all) = (0_u32, 0_u32);
            for seed in 0..60 {
                let mut noise = Noise::new(seed);
                let fading = seed % 2 == 0;
                let series: Vec<f64> = (0..80_u32)
                    .map(|t| {
                        let eta = -3.0 + 0.08 * f64::from(t);
                        if fading {
                            800.0 * shape.share(eta + 0.15 * noise.normal())
                        } else {
                            (800.0 * shape.share(eta) + 12.0 * noise.normal()).clamp(0.0, 800.0)
                        }
                    })
                    .collect();
                let fitted = Saturating { shape, ceiling: 800.0, ..Saturating::default() }.fit(&series[..56], 1).expect("fits");
                let outlook = fitted.outlook(24);
                for h in 0..24 {
                    let quantiles = outlook.quantiles_at(h);
                    all += 1;
                    inside += u32::from(quantiles[4] <= series[56 + h] && series[56 + h] <= quantiles[12]);
                }
            }
            let share = f64::from(inside) / f64::from(all);
            assert!((0.70..0.90).contains(&share), "{shape:?} {share}");
        }
    }

    #[derive(serde::Deserialize)]
    struct Peer {
        shape: String,
        past: Vec<f64>,
        centre: Vec<f64>,
    }

    #[test]
    fn even_noise_gives_the_nonlinear_least_squares_of_scipy() {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/forecast/growth.json")).expect("a fixture");
        let peers: Vec<Peer> = serde_json::from_value(all["saturating"].clone()).expect("saturating");
        for peer in peers {
            let shape = if peer.shape == "Gompertz" { Shape::Gompertz } else { Shape::Logistic };
            let method = Saturating { shape, ceiling: 1000.0, ..Saturating::default() };
            let fitted = method.fit(&peer.past, 1).expect("fits");
            let Form::Even { at, regressed } = &fitted.form else { panic!("the noise is even: {}", peer.shape) };
            // white noise: no autoregression, so that both minimise the same squares
            assert!(regressed.autoregression.coefficients().is_empty());
            for (h, want) in peer.centre.iter().enumerate() {
                let seen = 1000.0 * shape.share(at[0] + at[1] * (90 + h) as f64 / 90.0);
                assert!((seen - want).abs() < 0.01, "{} {seen} {want}", peer.shape);
            }
        }
    }

    #[test]
    fn a_series_at_its_ceiling_stays_there() {
        let past: Vec<f64> = (0..40_u32).map(|t| (f64::from(t) * 5.0).min(100.0)).collect();
        let outlook = Saturating { ceiling: 100.0, ..Saturating::default() }.fit(&past, 1).expect("fits").outlook(12);
        assert!(outlook.centre.iter().all(|centre| (95.0..=100.0).contains(centre)), "{outlook:?}");
    }

    #[test]
    fn a_cut_normal_has_the_quantiles_of_its_closed_form() {
        // mean at the bound: half a normal, its median σ Φ⁻¹(0.75)
        assert!((mixed_quantile(&[0.0], 0.1, 0.5) - 0.067_448_975).abs() < 1e-7);
        assert!((mixed_quantile(&[0.5], 0.01, 0.975) - 0.519_599_64).abs() < 1e-7);
        // near the middle the share's spread is a quarter of η's
        assert!((spread(Shape::Logistic, 0.0, 0.01) - 0.0025).abs() < 1e-5);
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        let past = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        for (floor, ceiling) in [(0.0, 0.0), (5.0, 1.0), (0.0, f64::NAN), (0.0, f64::INFINITY), (0.0, 2.5)] {
            assert!(Saturating { floor, ceiling, ..Saturating::default() }.fit(&past, 1).is_none(), "{floor} {ceiling}");
        }
    }

    proptest! {
        #[test]
        fn no_quantile_crosses_a_bound(
            past in prop::collection::vec(prop_oneof![3 => -10.0..130.0, 1 => Just(f64::NAN), 1 => Just(100.0), 1 => Just(0.0)], 5..60),
            gompertz in any::<bool>(),
            scale in prop::sample::select(vec![1e-9, 1.0, 1e10]),
            season in 1_usize..13,
        ) {
            let shape = if gompertz { Shape::Gompertz } else { Shape::Logistic };
            let past: Vec<f64> = past.iter().map(|value| value * scale).collect();
            let ceiling = 100.0 * scale;
            let method = Saturating { shape, ceiling, changepoints: Changepoints::Found(3), ..Saturating::default() };
            if let Some(fitted) = method.fit(&past, season) {
                prop_assert!(fitted.residuals().len() == past.len());
                let outlook = fitted.outlook(40);
                for (h, quantiles) in outlook.quantiles.expect("stated").iter().enumerate() {
                    prop_assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{quantiles:?}");
                    prop_assert!(quantiles[0] >= 0.0 && quantiles[16] <= ceiling);
                    prop_assert!((0.0..=ceiling).contains(&outlook.centre[h]));
                    prop_assert!(outlook.sd[h].is_finite() && outlook.sd[h] <= ceiling);
                }
            }
        }
    }
}
