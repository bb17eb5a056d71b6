//! Quantiles of many non-negative numbers in little room, to a relative error, the same whatever the order of merging.
//!
//! Bucket i holds the numbers in (γⁱ⁻¹, γⁱ] with γ = (1 + α)/(1 − α); its middle 2γⁱ/(γ + 1) is within α of each.
//! Buckets are never collapsed, so a merge is an addition of integers. They are kept in pages, and only pages in which
//! something was counted take room.
//! Source: C. Masson, J. Rim, H. Lee (2019), "DDSketch", PVLDB 12(12), §2.1.

use crate::portable::{exp, ln};
use crate::wide::{Loop, wide};

/// Why a sketch refuses.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SketchError {
    /// The relative error is out of range.
    #[error("the relative error is {0}, expected above 0.00001 and below 1")]
    Alpha(f64),
    /// Only finite numbers of at least 0 have a bucket.
    #[error("a number is {0}, expected a finite one of at least 0")]
    Value(f64),
    /// Sketches of different relative errors have different buckets.
    #[error("the relative errors of the sketches are {0} and {1}, expected the same")]
    Foreign(f64, f64),
}

/// Buckets of one page.
const PAGE: usize = 1 << PAGE_BITS;
const PAGE_BITS: i32 = 9;
/// 1.5 × 2^52: added to a double below 2^50, it rounds it to a whole number, kept in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Numbers whose buckets are found at once.
const BLOCK: usize = 1024;

/// A count of numbers per logarithmic bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    alpha: f64,
    ln_gamma: f64,
    count: u64,
    zeros: u64,
    /// The page number of `pages[0]`.
    first: i32,
    pages: Vec<Option<Box<[u64; PAGE]>>>,
}

impl Sketch {
    /// An empty sketch whose numbers by rank are within `alpha` (a share, 0.01 for 1 %) of the exact ones.
    ///
    /// # Errors
    /// If `alpha` is not above 0.00001 and below 1.
    pub fn new(alpha: f64) -> Result<Self, SketchError> {
        if !(alpha > 1e-5 && alpha < 1.0) {
            return Err(SketchError::Alpha(alpha));
        }
        let ln_gamma = ln((1.0 + alpha) / (1.0 - alpha));
        Ok(Self { alpha, ln_gamma, count: 0, zeros: 0, first: 0, pages: Vec::new() })
    }

    /// How many numbers were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Counts one number.
    ///
    /// # Errors
    /// If it is negative, infinite or NaN.
    pub fn add(&mut self, value: f64) -> Result<(), SketchError> {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(SketchError::Value(value));
        }
        if value > 0.0 {
            return self.add_logs(&[ln(value)]);
        }
        self.count += 1;
        self.zeros += 1;
        Ok(())
    }

    /// Counts the numbers whose natural logarithms these are: for whoever has the logarithms at hand.
    ///
    /// # Errors
    /// If one is not between -1e4 and 1e4; those of its block of 1,024 and after are not counted then.
    pub fn add_logs(&mut self, logs: &[f64]) -> Result<(), SketchError> {
        let per_bucket = 1.0 / self.ln_gamma;
        let mut buckets = [0_i32; BLOCK];
        for block in logs.chunks(BLOCK) {
            let (least, most, sane) = wide(Buckets { logs: block, per_bucket, out: &mut buckets });
            if !sane {
                let odd = block.iter().find(|log| log.is_nan() || log.abs() > 1e4);
                return Err(SketchError::Value(exp(*odd.unwrap_or(&f64::NAN))));
            }
            self.make_room(least >> PAGE_BITS, most >> PAGE_BITS);
            let pages = &mut self.pages[((least >> PAGE_BITS) - self.first) as usize..];
            let start = least >> PAGE_BITS << PAGE_BITS;
            for bucket in &buckets[..block.len()] {
                let at = bucket.wrapping_sub(start) as u32 as usize;
                match &mut pages[at / PAGE] {
                    Some(page) => page[at % PAGE] += 1,
                    none => begin(none, at % PAGE),
                }
            }
            self.count += block.len() as u64;
        }
        Ok(())
    }

    /// Makes the table of pages reach from `least` to `most`.
    fn make_room(&mut self, least: i32, most: i32) {
        if self.pages.is_empty() {
            self.first = least;
        }
        if least < self.first {
            self.pages.splice(0..0, (least..self.first).map(|_| None));
            self.first = least;
        }
        let length = (most - self.first + 1) as usize;
        if length > self.pages.len() {
            self.pages.resize(length, None);
        }
    }

    /// Adds another sketch's counts.
    ///
    /// # Errors
    /// If the relative errors differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), SketchError> {
        if self.alpha.to_bits() != other.alpha.to_bits() {
            return Err(SketchError::Foreign(self.alpha, other.alpha));
        }
        self.count += other.count;
        self.zeros += other.zeros;
        if other.pages.is_empty() {
            return Ok(());
        }
        self.make_room(other.first, other.first + other.pages.len() as i32 - 1);
        for (page, theirs) in self.pages[(other.first - self.first) as usize..].iter_mut().zip(&other.pages) {
            let Some(theirs) = theirs else { continue };
            let page = page.get_or_insert_with(empty_page);
            for (mine, theirs) in page.iter_mut().zip(theirs.iter()) {
                *mine += theirs;
            }
        }
        Ok(())
    }

    /// Buckets in which something was counted, rising: number and count.
    fn buckets(&self) -> impl Iterator<Item = (i32, u64)> {
        let page = |(at, page): (i32, &[u64; PAGE])| {
            let from = at << PAGE_BITS;
            (from..).zip(*page).filter(|(_, count)| *count > 0).collect::<Vec<_>>()
        };
        (self.first..).zip(&self.pages).filter_map(|(at, page)| Some((at, page.as_deref()?))).flat_map(page)
    }

    /// The number of rank `rank` (0 is the least), within the relative error; none beyond the last.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        let mut seen = self.zeros;
        if rank < seen {
            return Some(0.0);
        }
        self.buckets().find_map(|(bucket, count)| {
            seen += count;
            (rank < seen).then(|| exp(f64::from(bucket) * self.ln_gamma) * (1.0 - self.alpha))
        })
    }

    /// The numbers below which shares `p` of all lie, taking the numbers of a bucket as evenly spread on the logarithm.
    ///
    /// Smooth where a bucket holds many: its error is then far below α, and never above the bucket's width 2α/(1 − α). NaN for
    /// an empty sketch.
    #[must_use]
    pub fn quantiles(&self, p: &[f64]) -> Vec<f64> {
        let mut order: Vec<usize> = (0..p.len()).collect();
        order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
        let mut found = vec![f64::NAN; p.len()];
        let mut buckets = self.buckets();
        let (mut below, mut bucket, mut inside) = (0.0, None, self.zeros as f64);
        for place in order {
            let target = p[place].clamp(0.0, 1.0) * self.count as f64;
            while below + inside < target || inside == 0.0 {
                let Some((next, count)) = buckets.next() else { break };
                below += inside;
                (bucket, inside) = (Some(next), count as f64);
            }
            if self.count > 0 {
                let share = ((target - below) / inside).clamp(0.0, 1.0);
                found[place] = bucket.map_or(0.0, |at: i32| exp((f64::from(at - 1) + share) * self.ln_gamma));
            }
        }
        found
    }

    /// The shares of all numbers that are below each of `values`, taking the numbers of a bucket as evenly spread on the
    /// logarithm: undoes [`Sketch::quantiles`]. NaN for an empty sketch.
    #[must_use]
    pub fn shares_below(&self, values: &[f64]) -> Vec<f64> {
        let totals: Vec<u64> = self.pages.iter().map(|page| page.as_ref().map_or(0, |page| page.iter().sum())).collect();
        values.iter().map(|value| self.below(*value, &totals) / self.count as f64).collect()
    }

    /// How many numbers share the bucket of `value`: among them their order is not known.
    #[must_use]
    pub fn count_around(&self, value: f64) -> u64 {
        if value.is_nan() || value <= 0.0 {
            return self.zeros;
        }
        let bucket = (ln(value) / self.ln_gamma).ceil() as i32;
        let page = usize::try_from((bucket >> PAGE_BITS) - self.first).ok().and_then(|page| self.pages.get(page));
        page.and_then(Option::as_ref).map_or(0, |counts| counts[bucket as usize % PAGE])
    }

    /// How many numbers are below `value`, given how many are in each page.
    fn below(&self, value: f64, totals: &[u64]) -> f64 {
        if value.is_nan() || value <= 0.0 {
            return 0.0;
        }
        let place = ln(value) / self.ln_gamma;
        // the bucket that `value` is in, and its page
        let bucket = place.ceil() as i32;
        let page = (bucket >> PAGE_BITS) - self.first;
        let whole: u64 = totals[..page.clamp(0, totals.len() as i32) as usize].iter().sum();
        let below = (self.zeros + whole) as f64;
        let Some(Some(counts)) = usize::try_from(page).ok().and_then(|page| self.pages.get(page)) else { return below };
        let inside = bucket as usize % PAGE;
        below + counts[..inside].iter().sum::<u64>() as f64 + counts[inside] as f64 * (place - f64::from(bucket - 1))
    }
}

/// The buckets of logarithms; the least and the greatest of them, and whether all are within bounds.
struct Buckets<'a> {
    logs: &'a [f64],
    per_bucket: f64,
    out: &'a mut [i32; BLOCK],
}

impl Loop for Buckets<'_> {
    type Output = (i32, i32, bool);

    #[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
    #[inline(always)]
    fn run(self) -> (i32, i32, bool) {
        let (mut least, mut most, mut sane) = (i32::MAX, i32::MIN, true);
        for (bucket, log) in self.out.iter_mut().zip(self.logs) {
            sane &= log.abs() <= 1e4;
            // the ceiling: half a bucket up, then to the nearest
            *bucket = (log * self.per_bucket + 0.5 + ROUND).to_bits() as i32;
            least = least.min(*bucket);
            most = most.max(*bucket);
        }
        (least, most, sane)
    }
}

/// A page in which one number was counted.
#[cold]
fn begin(page: &mut Option<Box<[u64; PAGE]>>, at: usize) {
    page.get_or_insert_with(empty_page)[at] = 1;
}

fn empty_page() -> Box<[u64; PAGE]> {
    Box::new([0; PAGE])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::percentile_of_sorted;
    use crate::stream::{Seed, Stream};

    #[test]
    fn ranks_are_within_the_relative_error_and_any_split_gives_the_same_sketch() {
        let mut rng = Stream::root(Seed(7)).named("sketch").rng();
        let mut values: Vec<f64> = (0..3_000).map(|_| exp((rng.bits64() % 100_000) as f64 / 1e3 - 50.0)).collect();
        values.push(0.0);
        let count = |part: &[f64]| {
            let mut sketch = Sketch::new(0.01).unwrap();
            for &value in part {
                sketch.add(value).unwrap();
            }
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

    #[test]
    fn logarithms_are_counted_as_their_numbers_and_refused_whole() {
        let mut rng = Stream::root(Seed(8)).named("sketch").rng();
        let logs: Vec<f64> = (0..1_000).map(|_| 30.0 * rng.normal()).collect();
        let (mut by_logs, mut by_numbers) = (Sketch::new(0.02).unwrap(), Sketch::new(0.02).unwrap());
        by_logs.add_logs(&logs).unwrap();
        for log in &logs {
            by_numbers.add(exp(*log)).unwrap();
        }
        // a logarithm that was rounded on the way may change over to the next bucket: none of these does
        assert_eq!(by_logs.at_rank(500), by_numbers.at_rank(500));
        assert_eq!(by_logs.count(), 1_000);
        for bad in [f64::NAN, f64::INFINITY, -2e4] {
            assert!(by_logs.add_logs(&[0.0, bad]).is_err());
        }
        assert_eq!(by_logs.count(), 1_000);
    }

    #[test]
    fn quantiles_and_shares_undo_each_other_and_are_near_the_exact_ones() {
        let alpha = 0.001;
        let mut rng = Stream::root(Seed(9)).named("sketch").rng();
        let mut values: Vec<f64> = (0..100_000).map(|_| exp(0.3 * rng.normal() + 5.0)).collect();
        let mut sketch = Sketch::new(alpha).unwrap();
        for value in &values {
            sketch.add(*value).unwrap();
        }
        values.sort_by(f64::total_cmp);
        let p = [0.95, 0.001, 0.05, 0.5, 0.5, 0.999];
        for (p, seen) in p.iter().zip(sketch.quantiles(&p)) {
            let exact = percentile_of_sorted(&values, *p).unwrap();
            assert!((seen / exact - 1.0).abs() <= 2.0 * alpha / (1.0 - alpha), "{p}: {seen} {exact}");
            assert!((sketch.shares_below(&[seen])[0] - p).abs() < 1e-9, "{p}");
        }
        assert_eq!(sketch.shares_below(&[0.0, 1e-9, 1e9]), [0.0, 0.0, 1.0]);
        let median = percentile_of_sorted(&values, 0.5).unwrap();
        let bucket = (ln(median) / sketch.ln_gamma).ceil();
        let inside = |value: &&f64| (ln(**value) / sketch.ln_gamma).ceil() == bucket;
        assert_eq!(sketch.count_around(median), values.iter().filter(inside).count() as u64);
        assert_eq!(sketch.count_around(1e9), 0);
        assert!(Sketch::new(alpha).unwrap().quantiles(&[0.5])[0].is_nan());
    }
}
