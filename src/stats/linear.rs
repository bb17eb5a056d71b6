//! Small dense least squares.

/// The coefficients that minimise Σ (y − x·β)² + ridge Σ β², rows in `rows` (each `width` long, one after another).
///
/// Householder's orthogonal triangularisation, so that the condition of the columns is not squared. Golub (1965), "Numerical
/// methods for solving linear least squares problems", *Numerische Mathematik* 7, 206–216. A column that depends on those
/// before it gets the coefficient 0. Rows with a value or target that is not finite are left out.
#[must_use]
pub fn least_squares(rows: &[f64], width: usize, targets: &[f64], ridge: f64) -> Vec<f64> {
    if width == 0 {
        return Vec::new();
    }
    let mut system = Vec::with_capacity((targets.len() + width) * (width + 1));
    for (row, target) in rows.chunks_exact(width).zip(targets) {
        if target.is_finite() && row.iter().all(|value| value.is_finite()) {
            system.extend_from_slice(row);
            system.push(*target);
        }
    }
    if ridge > 0.0 {
        for column in 0..width {
            let at = system.len() + column;
            system.resize(system.len() + width + 1, 0.0);
            system[at] = ridge.sqrt();
        }
    }
    triangularise(&mut system, width);
    back_substitute(&system, width)
}

/// Turns the first `width` columns of a system with `width + 1` columns into an upper triangle.
fn triangularise(system: &mut [f64], width: usize) {
    let wide = width + 1;
    let count = system.len() / wide;
    for pivot in 0..width.min(count) {
        let norm = (pivot..count).map(|row| system[row * wide + pivot].powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            continue;
        }
        let top = system[pivot * wide + pivot];
        let alpha = if top > 0.0 { -norm } else { norm };
        let mirror: Vec<f64> =
            (pivot..count).map(|row| system[row * wide + pivot] - if row == pivot { alpha } else { 0.0 }).collect();
        let length = mirror.iter().map(|value| value * value).sum::<f64>();
        let mut along = vec![0.0; wide - pivot];
        for (value, row) in mirror.iter().zip(system[pivot * wide..].chunks_exact(wide)) {
            for (along, cell) in along.iter_mut().zip(&row[pivot..]) {
                *along += value * cell;
            }
        }
        for (value, row) in mirror.iter().zip(system[pivot * wide..].chunks_exact_mut(wide)) {
            let factor = 2.0 * value / length;
            for (cell, along) in row[pivot..].iter_mut().zip(&along) {
                *cell -= factor * along;
            }
        }
    }
}

fn back_substitute(system: &[f64], width: usize) -> Vec<f64> {
    let wide = width + 1;
    let count = system.len() / wide;
    let largest = (0..width.min(count)).map(|i| system[i * wide + i].abs()).fold(0.0, f64::max);
    let mut found = vec![0.0; width];
    for row in (0..width.min(count)).rev() {
        let diagonal = system[row * wide + row];
        if diagonal.abs() > 1e-11 * largest {
            let known: f64 = (row + 1..width).map(|column| system[row * wide + column] * found[column]).sum();
            found[row] = (system[row * wide + width] - known) / diagonal;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::least_squares;

    #[test]
    fn a_line_through_points_with_a_gap_is_found() {
        let rows: Vec<f64> = (0..5).flat_map(|t| [1.0, f64::from(t)]).collect();
        let found = least_squares(&rows, 2, &[3.0, 5.0, f64::NAN, 9.0, 11.0], 0.0);
        assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 2.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_column_that_repeats_another_gets_nothing() {
        let rows: Vec<f64> = (0..6).flat_map(|t| [1.0, f64::from(t), 2.0 * f64::from(t)]).collect();
        let targets: Vec<f64> = (0..6).map(f64::from).collect();
        let found = least_squares(&rows, 3, &targets, 0.0);
        assert!((found[1] + 2.0 * found[2] - 1.0).abs() < 1e-9 && found.iter().all(|value| value.is_finite()), "{found:?}");
    }

    #[test]
    fn a_ridge_draws_a_mean_toward_zero_by_its_closed_form() {
        // n ȳ / (n + ridge)
        assert!((least_squares(&[1.0; 4], 1, &[2.0; 4], 4.0)[0] - 1.0).abs() < 1e-12);
    }
}
