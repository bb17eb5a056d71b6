//! Integrals of smooth functions.

/// Nodes of the eight-point Gauss–Legendre rule on (-1, 1), right half, and their weights.
pub(crate) const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];

/// ∫ f from `low` to `high` by the eight-point rule on so many equal panels; exact for polynomials of degree 15.
pub(crate) fn integrate(low: f64, high: f64, panels: u32, f: impl Fn(f64) -> f64) -> f64 {
    let half = (high - low) / f64::from(panels) / 2.0;
    let panel = |panel: u32| {
        let middle = low + half * f64::from(2 * panel + 1);
        GAUSS.iter().map(|(node, weight)| weight * (f(middle - half * node) + f(middle + half * node))).sum::<f64>()
    };
    half * (0..panels).map(panel).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::integrate;

    #[test]
    fn a_polynomial_of_degree_fifteen_is_exact_on_one_panel() {
        let seen = integrate(-1.0, 2.0, 1, |x| x.powi(15) - 3.0 * x.powi(4));
        let want = (2_f64.powi(16) - 1.0) / 16.0 - 3.0 * 33.0 / 5.0;
        assert!((seen / want - 1.0).abs() < 1e-13, "{seen} {want}");
        assert!((integrate(0.0, 3.0, 7, f64::exp) - (3_f64.exp() - 1.0)).abs() < 1e-12);
    }
}
