//! Gauss–Legendre quadrature, on equal panels and adaptive.

/// Nodes of the eight-point Gauss–Legendre rule on (-1, 1), right half, and their weights. Abramowitz & Stegun (1964), table 25.4.
pub(crate) const GAUSS: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];
/// Panels that each stretch between two edges is cut into at first: none of them may be so wide that all nodes miss a peak.
const FIRST: u32 = 16;
/// A panel is halved at most so often.
const DEEPEST: u32 = 50;

fn panel<F: Fn(f64) -> f64 + ?Sized>(low: f64, high: f64, of: &F) -> f64 {
    let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
    half * GAUSS.iter().map(|(node, weight)| weight * (of(middle - half * node) + of(middle + half * node))).sum::<f64>()
}

/// ∫ f from `low` to `high` by the eight-point rule on so many equal panels; exact for polynomials of degree 15.
pub(crate) fn integrate(low: f64, high: f64, panels: u32, of: impl Fn(f64) -> f64) -> f64 {
    let width = (high - low) / f64::from(panels);
    let at = |i: u32| if i == panels { high } else { low + width * f64::from(i) };
    (0..panels).map(|i| panel(at(i), at(i + 1), &of)).sum()
}

/// ∫ of a function over the stretches between rising `edges`, by panels that are halved until two halves differ from the whole by
/// less than `tolerance` of the integral, shared out by panels. The function is smooth inside each stretch.
pub(crate) fn integral(edges: &[f64], tolerance: f64, of: &dyn Fn(f64) -> f64) -> f64 {
    let panels = edges.windows(2).flat_map(|pair| {
        let at = |i: u32| pair[0] + (pair[1] - pair[0]) * f64::from(i) / f64::from(FIRST);
        (0..FIRST).map(move |i| (at(i), at(i + 1)))
    });
    let first: Vec<(f64, f64, f64)> = panels.map(|(low, high)| (low, high, panel(low, high, of))).collect();
    let whole: f64 = first.iter().map(|one| one.2).sum();
    let allowed = tolerance * whole.abs() / first.len().max(1) as f64;
    first.into_iter().map(|(low, high, rough)| refined(low, high, rough, allowed, DEEPEST, of)).sum()
}

/// ∫ of a function that is smooth over most of a short stretch, to an absolute error.
pub(crate) fn stretch(low: f64, high: f64, allowed: f64, of: &dyn Fn(f64) -> f64) -> f64 {
    refined(low, high, panel(low, high, of), allowed, DEEPEST, of)
}

fn refined(low: f64, high: f64, rough: f64, allowed: f64, depth: u32, of: &dyn Fn(f64) -> f64) -> f64 {
    let middle = f64::midpoint(low, high);
    let (left, right) = (panel(low, middle, of), panel(middle, high, of));
    let fine = left + right;
    // below the rounding of the sum itself nothing is gained
    if (fine - rough).abs() <= allowed.max(4.0 * f64::EPSILON * fine.abs()) || depth == 0 {
        return fine;
    }
    refined(low, middle, left, allowed / 2.0, depth - 1, of) + refined(middle, high, right, allowed / 2.0, depth - 1, of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_of_degree_fifteen_is_exact_on_one_panel() {
        let seen = integrate(-1.0, 2.0, 1, |x| x.powi(15) - 3.0 * x.powi(4));
        let want = (2_f64.powi(16) - 1.0) / 16.0 - 3.0 * 33.0 / 5.0;
        assert!((seen / want - 1.0).abs() < 1e-13, "{seen} {want}");
        assert!((integrate(0.0, 3.0, 7, f64::exp) - (3_f64.exp() - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn smooth_peaked_and_bent_functions_are_integrated() {
        assert!((integral(&[0.0, 1.0], 1e-14, &|x: f64| x.exp()) - 1.0_f64.exp_m1()).abs() < 1e-15);
        // a peak of width 1e-3
        let peak = |x: f64| (-(x - 0.3).powi(2) / 2e-6).exp();
        let wanted = (2e-6 * std::f64::consts::PI).sqrt();
        assert!((integral(&[0.0, 1.0], 1e-14, &peak) / wanted - 1.0).abs() < 1e-13);
        assert!((stretch(0.0, 1.0, 1e-12, &|x: f64| f64::from(u8::from(x < 0.3))) - 0.3).abs() < 1e-11);
        // a bend at an edge, and one that is not told
        assert!((integral(&[-1.0, 0.0, 2.0], 1e-14, &f64::abs) - 2.5).abs() < 1e-15);
        assert!((integral(&[-1.0, 2.0], 1e-12, &f64::abs) - 2.5).abs() < 1e-11);
    }
}
