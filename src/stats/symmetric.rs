//! Small dense symmetric systems.

/// The lower triangle L with L Lᵀ = `matrix` (`n` × `n`, row after row), or none where the matrix is not positive definite to
/// within rounding.
#[must_use]
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
            let left = matrix[row * n + column] - known;
            if row == column {
                if left.is_nan() || left <= 1e-13 * matrix[row * n + row].abs() {
                    return None;
                }
                lower[row * n + row] = left.sqrt();
            } else {
                lower[row * n + column] = left / lower[column * n + column];
            }
        }
    }
    Some(lower)
}

/// The x with L Lᵀ x = `right`, for the triangle of [`cholesky`].
#[must_use]
pub fn solve_cholesky(lower: &[f64], n: usize, right: &[f64]) -> Vec<f64> {
    let mut x = right.to_vec();
    for row in 0..n {
        let known: f64 = (0..row).map(|k| lower[row * n + k] * x[k]).sum();
        x[row] = (x[row] - known) / lower[row * n + row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| lower[k * n + row] * x[k]).sum();
        x[row] = (x[row] - known) / lower[row * n + row];
    }
    x
}

/// The inverse of L Lᵀ, for the triangle of [`cholesky`].
#[must_use]
pub fn invert_cholesky(lower: &[f64], n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    let mut unit = vec![0.0; n];
    for column in 0..n {
        unit[column] = 1.0;
        for (row, value) in solve_cholesky(lower, n, &unit).into_iter().enumerate() {
            inverse[row * n + column] = value;
        }
        unit[column] = 0.0;
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved_and_inverted_as_by_hand() {
        let matrix = [4.0, 2.0, 2.0, 3.0];
        let lower = cholesky(&matrix, 2).expect("positive definite");
        let x = solve_cholesky(&lower, 2, &[8.0, 8.0]);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12, "{x:?}");
        let inverse = invert_cholesky(&lower, 2);
        for (seen, want) in inverse.iter().zip([0.375, -0.25, -0.25, 0.5]) {
            assert!((seen - want).abs() < 1e-12, "{inverse:?}");
        }
    }

    #[test]
    fn a_singular_matrix_has_no_triangle() {
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(cholesky(&[f64::NAN], 1), None);
    }
}
