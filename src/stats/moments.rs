use serde::Serialize;

/// 95 % of a normal estimate lies within so many standard errors on either side.
pub const TWO_SIDED_95: f64 = 1.96;
/// 95 % of a normal estimate lies below so many standard errors above its mean.
pub const ONE_SIDED_95: f64 = 1.645;

/// A Monte Carlo estimate with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Estimate {
    /// The mean over replications.
    pub value: f64,
    /// The standard error of that mean.
    pub standard_error: f64,
}

/// Mean and standard error of independent values, added in their order.
///
/// The standard error is s / √n with s² the unbiased sample variance (two passes); 0 for fewer than two values.
#[must_use]
pub fn estimate(values: impl Iterator<Item = f64> + Clone) -> Estimate {
    let (count, sum) = values.clone().fold((0_u64, 0.0), |(n, sum), value| (n + 1, sum + value));
    if count == 0 {
        return Estimate::default();
    }
    let n = count as f64;
    let mean = sum / n;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    let standard_error = if count < 2 { 0.0 } else { (squares / (n - 1.0) / n).sqrt() };
    Estimate { value: mean, standard_error }
}

/// A share of `hits` in `n` trials. The standard error is that of the Agresti–Coull centre, so that it is not zero when
/// nothing (or everything) was hit: Agresti & Coull (1998), *The American Statistician* 52(2), 119–126.
#[must_use]
pub fn proportion(hits: u64, n: u64) -> Estimate {
    if n == 0 {
        return Estimate::default();
    }
    let centre = (hits as f64 + 2.0) / (n as f64 + 4.0);
    Estimate { value: hits as f64 / n as f64, standard_error: (centre * (1.0 - centre) / (n as f64 + 4.0)).sqrt() }
}
