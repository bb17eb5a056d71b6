//! Eigenvalues of small symmetric matrices.

/// V diag(values) Vᵀ of a symmetric matrix.
///
/// Jacobi's rotations, row by row until what is off the diagonal is rounding: Golub & Van Loan (2013), *Matrix Computations*, 4th
/// ed., §8.5. Right to the last bits of the largest value, and quick enough to a hundred rows.
pub(super) struct Eigen {
    pub values: Vec<f64>,
    /// Column k belongs to value k.
    vectors: Vec<f64>,
    n: usize,
}

impl Eigen {
    /// Of an `n` × `n` matrix, row after row.
    pub(super) fn of(matrix: &[f64], n: usize) -> Self {
        let mut a = matrix.to_vec();
        let mut vectors = vec![0.0; n * n];
        (0..n).for_each(|i| vectors[i * n + i] = 1.0);
        let size: f64 = a.iter().map(|x| x * x).sum();
        for _ in 0..60 {
            let off: f64 = (0..n).flat_map(|p| (0..p).map(move |q| (p, q))).map(|(p, q)| a[p * n + q] * a[p * n + q]).sum();
            if off <= 1e-32 * size {
                break;
            }
            for p in 0..n {
                for q in p + 1..n {
                    rotate(&mut a, &mut vectors, n, p, q);
                }
            }
        }
        Self { values: (0..n).map(|i| a[i * n + i]).collect(), vectors, n }
    }

    /// The matrix with negative values taken as 0: the nearest that is positive semidefinite.
    pub(super) fn without_negatives(&self) -> Vec<f64> {
        let n = self.n;
        let mut matrix = vec![0.0; n * n];
        for (k, value) in self.values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
            for i in 0..n {
                let left = value * self.vectors[i * n + k];
                for j in 0..n {
                    matrix[i * n + j] += left * self.vectors[j * n + k];
                }
            }
        }
        matrix
    }
}

/// Makes the entry (p, q) zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let tau = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let tangent = if tau >= 0.0 { 1.0 } else { -1.0 } / (tau.abs() + (1.0 + tau * tau).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = tangent * cosine;
    let turn = |m: &mut [f64], i: usize, j: usize| {
        let (x, y) = (m[i], m[j]);
        m[i] = cosine * x - sine * y;
        m[j] = sine * x + cosine * y;
    };
    for k in 0..n {
        turn(a, k * n + p, k * n + q);
    }
    for k in 0..n {
        turn(a, p * n + k, q * n + k);
        turn(vectors, k * n + p, k * n + q);
    }
    a[p * n + q] = 0.0;
    a[q * n + p] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_small_matrices_are_those_of_hand() {
        let mut values = Eigen::of(&[2.0, 1.0, 1.0, 2.0], 2).values;
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15, "{values:?}");
        // second differences: 2 - 2 cos(kπ / (n + 1))
        let n = 12;
        let entry = |k: usize| match (k / n).abs_diff(k % n) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix: Vec<f64> = (0..n * n).map(entry).collect();
        let eigen = Eigen::of(&matrix, n);
        let mut values = eigen.values.clone();
        values.sort_by(f64::total_cmp);
        for (k, value) in values.iter().enumerate() {
            let want = 2.0 - 2.0 * (std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64).cos();
            assert!((value - want).abs() < 1e-14, "{k}: {value} {want}");
        }
        // all are above 0, so that nothing is left out
        assert!(eigen.without_negatives().iter().zip(&matrix).all(|(seen, want)| (seen - want).abs() < 1e-14));
    }

    #[test]
    fn negative_values_are_left_out() {
        // values 3 and -1 along (1, 1) and (1, -1)
        let seen = Eigen::of(&[1.0, 2.0, 2.0, 1.0], 2).without_negatives();
        assert!(seen.iter().all(|entry| (entry - 1.5).abs() < 1e-15), "{seen:?}");
    }
}
