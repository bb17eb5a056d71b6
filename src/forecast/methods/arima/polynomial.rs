//! Polynomials in the backshift operator: stationarity, products, ψ weights.
//!
//! Coefficients are those after the leading 1 and enter with the sign of an autoregression, 1 − Σ cₖ Bᵏ; a moving average
//! 1 + Σ θₖ Bᵏ is kept as c = −θ until it is expanded.

/// The coefficients whose partial autocorrelations are `partial`, written over them: every series of numbers in (−1, 1) gives a
/// stationary autoregression and the reverse. Monahan (1984), "A note on enforcing stationarity in autoregressive-moving average
/// models", *Biometrika* 71(2), 403–404.
pub(super) fn from_partial(partial: &mut [f64]) {
    for order in 1..partial.len() {
        let last = partial[order];
        let (mut low, mut high) = (0, order - 1);
        while low < high {
            let (a, b) = (partial[low], partial[high]);
            partial[low] = a - last * b;
            partial[high] = b - last * a;
            low += 1;
            high -= 1;
        }
        if low == high {
            partial[low] *= 1.0 - last;
        }
    }
}

/// The partial autocorrelations of an autoregression, or None where it is not stationary.
pub(super) fn to_partial(coefficients: &[f64]) -> Option<Vec<f64>> {
    let mut partial = coefficients.to_vec();
    for order in (0..partial.len()).rev() {
        let last = partial[order];
        let left = 1.0 - last * last;
        if !last.is_finite() || left <= 0.0 {
            return None;
        }
        for low in 0..order.div_ceil(2) {
            let (a, b) = (partial[low], partial[order - 1 - low]);
            partial[low] = (a + last * b) / left;
            partial[order - 1 - low] = (b + last * a) / left;
        }
    }
    Some(partial)
}

/// How the coefficients move with the partial autocorrelations: `jacobian[i * n + k]` = ∂ cᵢ / ∂ partialₖ.
pub(super) fn partial_jacobian(partial: &[f64], jacobian: &mut [f64]) {
    let n = partial.len();
    let mut known = [0.0; super::MOST_ORDER];
    let known = &mut known[..n];
    jacobian.fill(0.0);
    for order in 0..n {
        let last = partial[order];
        for k in 0..order {
            let (mut low, mut high) = (0, order.wrapping_sub(1));
            while low <= high && high < n {
                let (a, b) = (jacobian[low * n + k], jacobian[high * n + k]);
                jacobian[low * n + k] = a - last * b;
                if low != high {
                    jacobian[high * n + k] = b - last * a;
                }
                low += 1;
                high = high.wrapping_sub(1);
            }
        }
        for low in 0..order {
            jacobian[low * n + order] = -known[order - 1 - low];
        }
        jacobian[order * n + order] = 1.0;
        known[..=order].copy_from_slice(&partial[..=order]);
        from_partial(&mut known[..=order]);
    }
}

/// Whether every root of 1 − Σ cₖ zᵏ is farther than `modulus` from zero.
pub(super) fn roots_beyond(coefficients: &[f64], modulus: f64) -> bool {
    let scaled: Vec<f64> = coefficients.iter().zip(1..).map(|(c, k)| c * f64::powi(modulus, k)).collect();
    to_partial(&scaled).is_some()
}

/// The coefficients of (1 − Σ aₖ Bᵏ)(1 − Σ sₖ Bᵏᵐ).
pub(super) fn expand(plain: &[f64], seasonal: &[f64], season: usize) -> Vec<f64> {
    let mut product = vec![0.0; plain.len() + seasonal.len() * season];
    product[..plain.len()].copy_from_slice(plain);
    for (s, k) in seasonal.iter().zip(1..) {
        product[k * season - 1] += s;
        for (a, j) in plain.iter().zip(1..) {
            product[k * season + j - 1] -= s * a;
        }
    }
    product
}

/// The coefficients of (1 − B)ᵈ (1 − Bᵐ)ᴰ.
pub(super) fn differencing(differences: usize, seasonal: usize, season: usize) -> Vec<f64> {
    let mut product = Vec::new();
    for _ in 0..differences {
        product = expand(&product, &[1.0], 1);
    }
    for _ in 0..seasonal {
        product = expand(&product, &[1.0], season);
    }
    product
}

/// The first `count` weights of (1 − Σ mₖ Bᵏ) / (1 − Σ aₖ Bᵏ), the leading 1 first.
pub(super) fn weights(auto: &[f64], moving: &[f64], count: usize) -> Vec<f64> {
    let terms: Vec<(usize, f64)> = auto.iter().enumerate().filter(|(_, a)| **a != 0.0).map(|(k, a)| (k + 1, *a)).collect();
    let mut found = vec![0.0; count];
    for t in 0..count {
        let own = if t == 0 { 1.0 } else { -moving.get(t - 1).copied().unwrap_or(0.0) };
        found[t] = own + terms.iter().take_while(|(k, _)| *k <= t).map(|(k, a)| a * found[t - k]).sum::<f64>();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_autocorrelations_make_coefficients_and_back() {
        let partial = [0.5, -0.3, 0.9, 0.2, -0.7];
        let mut made = partial;
        from_partial(&mut made);
        for (a, b) in to_partial(&made).unwrap().iter().zip(partial) {
            assert!((a - b).abs() < 1e-12);
        }
        // by hand: φ₁ = r₁ (1 − r₂), φ₂ = r₂
        let mut two = [0.5, -0.3];
        from_partial(&mut two);
        assert!((two[0] - 0.65).abs() < 1e-15 && two[1] == -0.3);
        assert!(to_partial(&[1.2]).is_none() && to_partial(&[0.5, 0.6]).is_none());
    }

    #[test]
    fn the_jacobian_is_that_of_differences() {
        let partial = [0.5, -0.3, 0.6, 0.2];
        let mut jacobian = [0.0; 16];
        partial_jacobian(&partial, &mut jacobian);
        for k in 0..4 {
            let (mut up, mut down) = (partial, partial);
            up[k] += 1e-6;
            down[k] -= 1e-6;
            from_partial(&mut up);
            from_partial(&mut down);
            for i in 0..4 {
                assert!((jacobian[i * 4 + k] - (up[i] - down[i]) / 2e-6).abs() < 1e-8, "{i} {k}");
            }
        }
    }

    #[test]
    fn products_roots_and_weights_follow_from_their_definitions() {
        assert_eq!(expand(&[0.5], &[0.25], 3), [0.5, 0.0, 0.25, -0.125]);
        assert_eq!(differencing(2, 0, 1), [2.0, -1.0]);
        assert_eq!(differencing(1, 1, 4), [1.0, 0.0, 0.0, 1.0, -1.0]);
        // roots of 1 − 0.5 z: 2
        assert!(roots_beyond(&[0.5], 1.99) && !roots_beyond(&[0.5], 2.01));
        // (1 + 0.4 B) / (1 − 0.5 B): 1, 0.9, 0.45
        let psi = weights(&[0.5], &[-0.4], 3);
        assert!((psi[1] - 0.9).abs() < 1e-15 && (psi[2] - 0.45).abs() < 1e-15);
    }
}
