//! Minimisers for functions of a few numbers.

/// Where a search ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// The point.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// Evaluations of the function used.
    pub calls: usize,
}

/// A local minimum by BFGS with a backtracking line search from `start`; `f` writes its gradient into its second argument and
/// returns its value. A value that is not finite is a wall.
///
/// Nocedal & Wright (2006), *Numerical Optimization*, 2nd ed., algorithm 6.1. Stops when the gradient's largest entry is under
/// `tolerance` × (1 + |value|), after `most` evaluations, or when a step no longer helps.
pub fn bfgs(start: &[f64], tolerance: f64, most: usize, mut f: impl FnMut(&[f64], &mut [f64]) -> f64) -> Minimum {
    let n = start.len();
    let mut at = start.to_vec();
    let mut gradient = vec![0.0; n];
    let mut value = f(&at, &mut gradient);
    let mut calls = 1;
    let mut inverse = vec![0.0; n * n];
    let reset = |inverse: &mut [f64], scale: f64| {
        inverse.fill(0.0);
        (0..n).for_each(|i| inverse[i * n + i] = scale);
    };
    let steepest = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    reset(&mut inverse, 1.0 / steepest.max(1.0));
    let (mut next, mut ahead, mut along) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let mut fresh = true;
    while calls < most && value.is_finite() {
        if gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs())) <= tolerance * (1.0 + value.abs()) {
            break;
        }
        for i in 0..n {
            along[i] = -(0..n).map(|j| inverse[i * n + j] * gradient[j]).sum::<f64>();
        }
        let slope: f64 = along.iter().zip(&gradient).map(|(d, g)| d * g).sum();
        if slope >= 0.0 || !slope.is_finite() {
            if fresh {
                break;
            }
            reset(&mut inverse, 1.0 / gradient.iter().map(|g| g * g).sum::<f64>().sqrt().max(1e-12));
            fresh = true;
            continue;
        }
        let (mut step, mut found) = (1.0, None);
        while calls < most && step > 1e-9 {
            (0..n).for_each(|i| next[i] = at[i] + step * along[i]);
            let there = f(&next, &mut ahead);
            calls += 1;
            if there.is_finite() && there <= value + 1e-4 * step * slope {
                found = Some(there);
                break;
            }
            // the bottom of the parabola through what is known, kept inside a sensible part of the step
            let bottom = if there.is_finite() { -slope * step * step / (2.0 * (there - value - slope * step)) } else { 0.0 };
            step = bottom.clamp(0.1 * step, 0.5 * step);
        }
        let Some(there) = found else {
            if fresh {
                break;
            }
            reset(&mut inverse, 1.0 / gradient.iter().map(|g| g * g).sum::<f64>().sqrt().max(1e-12));
            fresh = true;
            continue;
        };
        let moved: Vec<f64> = (0..n).map(|i| next[i] - at[i]).collect();
        let bent: Vec<f64> = (0..n).map(|i| ahead[i] - gradient[i]).collect();
        update(&mut inverse, &moved, &bent, fresh);
        fresh = false;
        let gained = value - there;
        at.copy_from_slice(&next);
        gradient.copy_from_slice(&ahead);
        value = there;
        if gained <= 1e-10 * (1.0 + value.abs()) {
            break;
        }
    }
    Minimum { at, value, calls }
}

/// The BFGS update of the inverse Hessian; left as it is where the curvature is not positive.
fn update(inverse: &mut [f64], moved: &[f64], bent: &[f64], first: bool) {
    let n = moved.len();
    let curvature: f64 = moved.iter().zip(bent).map(|(s, y)| s * y).sum();
    let squares: f64 = bent.iter().map(|y| y * y).sum();
    if curvature <= 1e-14 * squares.sqrt() * moved.iter().map(|s| s * s).sum::<f64>().sqrt() {
        return;
    }
    if first {
        inverse.fill(0.0);
        (0..n).for_each(|i| inverse[i * n + i] = curvature / squares);
    }
    let through: Vec<f64> = (0..n).map(|i| (0..n).map(|j| inverse[i * n + j] * bent[j]).sum()).collect();
    let inner: f64 = through.iter().zip(bent).map(|(h, y)| h * y).sum();
    for i in 0..n {
        for j in 0..n {
            inverse[i * n + j] += (1.0 + inner / curvature) * moved[i] * moved[j] / curvature
                - (through[i] * moved[j] + moved[i] * through[j]) / curvature;
        }
    }
}

/// `f` with its gradient by forward differences of relative size 1e-7, for [`bfgs`].
pub fn by_differences(mut f: impl FnMut(&[f64]) -> f64) -> impl FnMut(&[f64], &mut [f64]) -> f64 {
    let mut shifted = Vec::new();
    move |at, gradient| {
        let value = f(at);
        shifted.clear();
        shifted.extend_from_slice(at);
        for axis in 0..at.len() {
            let by = 1e-7 * at[axis].abs().max(1.0);
            shifted[axis] += by;
            let there = f(&shifted);
            gradient[axis] = if there.is_finite() && value.is_finite() { (there - value) / by } else { 0.0 };
            shifted[axis] = at[axis];
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bfgs_finds_the_bottom_of_rosenbrocks_valley_with_either_gradient() {
        let valley = |p: &[f64]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let exact = |p: &[f64], g: &mut [f64]| {
            g[0] = -2.0 * (1.0 - p[0]) - 400.0 * p[0] * (p[1] - p[0] * p[0]);
            g[1] = 200.0 * (p[1] - p[0] * p[0]);
            valley(p)
        };
        for found in [bfgs(&[-1.2, 1.0], 1e-9, 500, exact), bfgs(&[-1.2, 1.0], 1e-7, 500, by_differences(valley))] {
            assert!((found.at[0] - 1.0).abs() < 1e-3 && (found.at[1] - 1.0).abs() < 1e-3 && found.calls < 120, "{found:?}");
        }
    }

    #[test]
    fn a_wall_is_not_crossed() {
        let walled = |p: &[f64]| if p[0] < 0.5 { f64::INFINITY } else { (p[0] - 1.0).powi(2) };
        assert!((bfgs(&[3.0], 1e-8, 200, by_differences(walled)).at[0] - 1.0).abs() < 1e-4);
    }
}
