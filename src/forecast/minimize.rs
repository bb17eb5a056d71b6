/// The point and value at which `f` is smallest, by the downhill simplex from `start` with edges `edge`.
///
/// Stops after `most` evaluations or when the values at the corners agree to 1e-8 of their size. Nelder & Mead (1965), "A
/// simplex method for function minimization", *The Computer Journal* 7(4), 308–313. A value that is not finite counts as +∞.
pub(super) fn minimize(start: &[f64], edge: f64, most: usize, mut f: impl FnMut(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let mut calls = 0;
    let mut value = |point: &[f64]| {
        calls += 1;
        let value = f(point);
        (if value.is_finite() { value } else { f64::INFINITY }, calls)
    };
    let n = start.len();
    let mut simplex: Vec<(Vec<f64>, f64)> = Vec::with_capacity(n + 1);
    simplex.push((start.to_vec(), value(start).0));
    for axis in 0..n {
        let mut corner = start.to_vec();
        corner[axis] += edge;
        let at = value(&corner).0;
        simplex.push((corner, at));
    }
    loop {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (simplex[0].1, simplex[n].1);
        if n == 0 || (worst - best).abs() <= 1e-8 * (1.0 + best.abs()) {
            break;
        }
        let centre: Vec<f64> = (0..n).map(|axis| simplex[..n].iter().map(|(p, _)| p[axis]).sum::<f64>() / n as f64).collect();
        let toward = |factor: f64| -> Vec<f64> { (0..n).map(|i| centre[i] + factor * (simplex[n].0[i] - centre[i])).collect() };
        let reflected = toward(-1.0);
        let (at_reflected, calls) = value(&reflected);
        if calls >= most {
            break;
        }
        let replacement = if at_reflected < best {
            let expanded = toward(-2.0);
            let at_expanded = value(&expanded).0;
            Some(if at_expanded < at_reflected { (expanded, at_expanded) } else { (reflected, at_reflected) })
        } else if at_reflected < simplex[n - 1].1 {
            Some((reflected, at_reflected))
        } else {
            let contracted = toward(if at_reflected < worst { -0.5 } else { 0.5 });
            let at_contracted = value(&contracted).0;
            (at_contracted < worst.min(at_reflected)).then_some((contracted, at_contracted))
        };
        if let Some(better) = replacement {
            simplex[n] = better;
            continue;
        }
        let anchor = simplex[0].0.clone();
        for corner in &mut simplex[1..] {
            for (x, a) in corner.0.iter_mut().zip(&anchor) {
                *x = a + 0.5 * (*x - a);
            }
            corner.1 = value(&corner.0).0;
        }
    }
    simplex.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::minimize;

    #[test]
    fn the_simplex_finds_the_bottom_of_rosenbrocks_valley() {
        let valley = |p: &[f64]| (1.0 - p[0]).powi(2) + 100.0 * (p[1] - p[0] * p[0]).powi(2);
        let (at, value) = minimize(&[-1.2, 1.0], 0.5, 2_000, valley);
        assert!(value < 1e-6 && (at[0] - 1.0).abs() < 1e-2 && (at[1] - 1.0).abs() < 1e-2, "{at:?} {value}");
    }
}
