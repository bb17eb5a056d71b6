//! Quantiles of many non-negative numbers in little room, to a relative error, the same whatever the order of merging.
//!
//! Bucket i holds the numbers in (γⁱ⁻¹, γⁱ] with γ = (1 + α)/(1 − α); its middle 2γⁱ/(γ + 1) is within α of each.
//! Buckets are never collapsed, so a merge is an addition of integers.
//! Source: C. Masson, J. Rim, H. Lee (2019), "DDSketch", PVLDB 12(12), §2.1.

use crate::portable::{exp, ln};
use std::collections::BTreeMap;

/// Why a sketch refuses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SketchError {
    /// The relative error must be above 0.00001 and below 1.
    Alpha(f64),
    /// Only finite numbers of at least 0 have a bucket.
    Value(f64),
    /// Sketches of different relative errors have different buckets.
    Foreign(f64, f64),
}

/// A count of numbers per logarithmic bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    alpha: f64,
    zeros: u64,
    buckets: BTreeMap<i32, u64>,
}

impl Sketch {
    /// An empty sketch whose quantiles are within `alpha` (a share, 0.01 for 1 %) of the exact ones.
    ///
    /// # Errors
    /// If `alpha` is not above 0.00001 and below 1.
    pub fn new(alpha: f64) -> Result<Self, SketchError> {
        if !(alpha > 1e-5 && alpha < 1.0) {
            return Err(SketchError::Alpha(alpha));
        }
        Ok(Self { alpha, zeros: 0, buckets: BTreeMap::new() })
    }

    fn ln_gamma(&self) -> f64 {
        ln((1.0 + self.alpha) / (1.0 - self.alpha))
    }

    /// Counts one number.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn add(&mut self, value: f64) -> Result<(), SketchError> {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(SketchError::Value(value));
        }
        if value == 0.0 {
            self.zeros += 1;
        } else {
            *self.buckets.entry((ln(value) / self.ln_gamma()).ceil() as i32).or_default() += 1;
        }
        Ok(())
    }

    /// Adds another sketch's counts.
    ///
    /// # Errors
    /// If the relative errors differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), SketchError> {
        if self.alpha.to_bits() != other.alpha.to_bits() {
            return Err(SketchError::Foreign(self.alpha, other.alpha));
        }
        self.zeros += other.zeros;
        for (&bucket, &count) in &other.buckets {
            *self.buckets.entry(bucket).or_default() += count;
        }
        Ok(())
    }

    /// The number of rank `rank` (0 is the least), within the relative error; none beyond the last.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        let mut seen = self.zeros;
        if rank < seen {
            return Some(0.0);
        }
        self.buckets.iter().find_map(|(&bucket, &count)| {
            seen += count;
            (rank < seen).then(|| exp(f64::from(bucket) * self.ln_gamma()) * (1.0 - self.alpha))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    #[test]
    fn ranks_are_within_the_relative_error_and_any_split_gives_the_same_sketch() {
        let mut rng = Stream::root(Seed(7)).named("sketch").rng();
        let mut values: Vec<f64> = (0..3_000).map(|_| exp((rng.bits64() % 100_000) as f64 / 1e3 - 50.0)).collect();
        values.push(0.0);
        let count = |part: &[f64]| {
            let mut sketch = Sketch::new(0.01).unwrap();
            part.iter().for_each(|&value| sketch.add(value).unwrap());
            sketch
        };
        let whole = count(&values);
        for cut in [0, 1, 700, 2_999, 3_001] {
            let mut merged = count(&values[cut..]);
            merged.merge(&count(&values[..cut])).unwrap();
            assert_eq!(merged, whole);
        }
        values.sort_by(f64::total_cmp);
        for (rank, &exact) in values.iter().enumerate() {
            let sketched = whole.at_rank(rank as u64).unwrap();
            assert!((sketched - exact).abs() <= exact * (0.01 + 1e-12), "{rank}: {sketched} {exact}");
        }
        assert_eq!(whole.at_rank(3_001), None);
        assert_eq!(Sketch::new(0.01).unwrap().add(-1.0), Err(SketchError::Value(-1.0)));
        assert!(count(&[]).merge(&Sketch::new(0.02).unwrap()).is_err());
    }
}
