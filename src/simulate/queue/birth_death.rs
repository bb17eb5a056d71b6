//! Steady state of a birth–death chain.

/// Probabilities of 0, 1, …, K from the rates up out of 0..K and down out of 1..=K: p(n+1) = p(n)·up(n)/down(n), divided by the
/// sum. Only products of positive numbers and one sum: no digits are lost. Kleinrock (1975), vol. 1, §3.1.
pub(super) fn steady_state(rates: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut weights = vec![1.0];
    let mut largest = 1.0_f64;
    for (up, down) in rates {
        let next = weights[weights.len() - 1] * up / down;
        largest = largest.max(next);
        weights.push(next);
        if largest > 1e250 {
            for weight in &mut weights {
                *weight /= largest;
            }
            largest = 1.0;
        }
    }
    let total: f64 = weights.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_would_overflow_is_scaled_on_the_way() {
        // up twice as fast as down: p(K) = 1/2 of the whole, p(K-1) a quarter, …
        let seen = steady_state((0..2_000).map(|_| (2.0, 1.0)));
        assert!((seen[2_000] - 0.5).abs() < 1e-15 && (seen[1_998] - 0.125).abs() < 1e-15, "{}", seen[2_000]);
    }
}
