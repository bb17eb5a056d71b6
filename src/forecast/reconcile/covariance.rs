//! A covariance of many series from few errors.

/// The covariance of errors (one list a series, equally long, NaN where unknown), row after row, its correlations shrunk to 0.
///
/// Σ̂ᵢⱼ = (1 − λ) rᵢⱼ sᵢ sⱼ off the diagonal, sᵢ² = mean eᵢ² (errors one step ahead have no mean to take away); λ = Σ var(rᵢⱼ) /
/// Σ rᵢⱼ² over i ≠ j, cut to 0…1. Schäfer & Strimmer (2005), "A shrinkage approach to large-scale covariance matrix estimation
/// and implications for functional genomics", *Statistical Applications in Genetics and Molecular Biology* 4(1), 32.
/// Correlations are taken over the steps known in every series; with fewer than three, λ = 1.
#[must_use]
pub fn shrunk_covariance(errors: &[&[f64]]) -> Vec<f64> {
    let count = errors.len();
    let steps = errors.iter().map(|series| series.len()).min().unwrap_or(0);
    let whole: Vec<usize> = (0..steps).filter(|t| errors.iter().all(|series| series[*t].is_finite())).collect();
    let n = whole.len() as f64;
    // each series' own spread from all its steps, its correlations from the common ones
    let sd: Vec<f64> = errors.iter().map(|series| root_mean_square(series.iter().copied())).collect();
    let standard: Vec<Vec<f64>> = errors
        .iter()
        .map(|series| {
            let scale = root_mean_square(whole.iter().map(|t| series[*t]));
            whole.iter().map(|t| if scale > 0.0 { series[*t] / scale } else { 0.0 }).collect()
        })
        .collect();
    let mut matrix = vec![0.0; count * count];
    let (mut noise, mut signal) = (0.0, 0.0);
    for i in 0..count {
        for j in 0..i {
            let products = standard[i].iter().zip(&standard[j]).map(|(a, b)| a * b);
            let (sum, squares) = products.fold((0.0, 0.0), |(sum, squares), p| (sum + p, squares + p * p));
            let correlation = if n > 0.0 { sum / n } else { 0.0 };
            noise += (squares - sum * sum / n.max(1.0)) / (n * (n - 1.0)).max(1.0);
            signal += correlation * correlation;
            matrix[i * count + j] = correlation * sd[i] * sd[j];
        }
    }
    let shrink = if n < 3.0 || signal <= 0.0 { 1.0 } else { (noise / signal).clamp(0.0, 1.0) };
    for i in 0..count {
        matrix[i * count + i] = sd[i] * sd[i];
        for j in 0..i {
            matrix[i * count + j] *= 1.0 - shrink;
            matrix[j * count + i] = matrix[i * count + j];
        }
    }
    matrix
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (count, squares) =
        values.filter(|value| value.is_finite()).fold((0.0, 0.0), |(count, squares), v| (count + 1.0, squares + v * v));
    if count > 0.0 { f64::sqrt(squares / count) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::shrunk_covariance;

    #[test]
    fn two_series_by_hand() {
        // products of the standardised: 1, 1, 1, −1, r = 1/2; var(r) = (4 − 4/4)/12 = 1/4 ; λ = (1/4)/(1/4) = 1
        let seen = shrunk_covariance(&[&[2.0, -2.0, 2.0, 2.0], &[3.0, -3.0, 3.0, -3.0]]);
        assert_eq!(seen, vec![4.0, 0.0, 0.0, 9.0]);
        // the same series twice: var(r) = Σ(z² − 1)²/12 with z² = 1, so nothing is shrunk
        let seen = shrunk_covariance(&[&[2.0, -2.0, 2.0, f64::NAN, 2.0], &[3.0, -3.0, 3.0, 3.0, 3.0]]);
        assert_eq!(seen, vec![4.0, 6.0, 6.0, 9.0]);
        assert_eq!(shrunk_covariance(&[&[0.0, 0.0, 0.0], &[1.0, 1.0, 1.0]]), vec![0.0, 0.0, 0.0, 1.0]);
    }
}
