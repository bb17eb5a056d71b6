//! A sum of floating-point numbers that does not depend on the order of its terms.
//!
//! Every finite double is an integer times 2⁻¹⁰⁷⁴, so a sum of doubles is an integer too, if it is kept wide enough.
//! The integer is kept in limbs of 32 bits, each in a signed 64-bit word whose upper half holds carries that have not
//! been handed on yet. Adding is exact, so any order and any split into parts leads to the same integer; the one
//! rounding happens when the sum is read.
//! Source: R. M. Neal (2015), "Fast exact summation using small and large superaccumulators", arXiv:1505.05571, §2.

/// Bits of one limb.
const LIMB: u32 = 32;
/// Limbs: 2098 bits reach from 2⁻¹⁰⁷⁴ to the largest double, and 64 more are room for 2⁶⁴ terms, and a sign.
const LIMBS: usize = 68;
/// Terms between two hand-ons of carries: each adds less than 2³² to a word that can hold 2⁶³.
const PENDING: u32 = 1 << 30;

/// An exact sum of finite doubles: the same value, to the bit, for any order and any grouping of its terms.
///
/// ```
/// use plimsoll::stats::ExactSum;
/// let mut sum = ExactSum::default();
/// for term in [1e300, 1.0, -1e300] {
///     sum.add(term);
/// }
/// assert_eq!(sum.value(), 1.0);
/// ```
#[derive(Clone, Debug)]
pub struct ExactSum {
    limbs: [i64; LIMBS],
    pending: u32,
    /// Infinities and NaN among the terms, kept apart: `[+inf, -inf, NaN]` seen.
    special: [bool; 3],
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { limbs: [0; LIMBS], pending: 0, special: [false; 3] }
    }
}

impl ExactSum {
    /// Adds one term; infinities and NaN make the sum what IEEE 754 says it is.
    pub fn add(&mut self, term: f64) {
        if !term.is_finite() {
            let kind = if term.is_nan() { 2 } else { usize::from(term < 0.0) };
            self.special[kind] = true;
            return;
        }
        let bits = term.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let exponent = ((bits >> 52) & 0x7ff) as u32;
        let (whole, shift) = if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        let first = (shift / LIMB) as usize;
        let wide = u128::from(whole) << (shift % LIMB);
        for place in 0..3 {
            let part = i64::from((wide >> (LIMB * place)) as u32);
            let limb = &mut self.limbs[first + place as usize];
            *limb = if term < 0.0 { *limb - part } else { *limb + part };
        }
        self.pending += 1;
        if self.pending >= PENDING {
            self.carry();
        }
    }

    /// Adds another sum's terms: the same as adding them one by one.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        other.carry();
        self.carry();
        for (mine, theirs) in self.limbs.iter_mut().zip(other.limbs) {
            *mine += theirs;
        }
        for (mine, theirs) in self.special.iter_mut().zip(other.special) {
            *mine |= theirs;
        }
        self.carry();
    }

    /// The sum, rounded once to the nearest double (ties to even).
    #[must_use]
    pub fn value(&self) -> f64 {
        match self.special {
            [_, _, true] | [true, true, _] => return f64::NAN,
            [true, ..] => return f64::INFINITY,
            [_, true, _] => return f64::NEG_INFINITY,
            _ => {}
        }
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.limbs[LIMBS - 1] < 0;
        if negative {
            for limb in &mut sum.limbs {
                *limb = -*limb;
            }
            sum.carry();
        }
        let size = rounded(&sum.limbs);
        if negative { -size } else { size }
    }

    /// Hands carries on, so that every limb but the last is in 0..2³²: one integer has one such form.
    fn carry(&mut self) {
        let mut carried = 0;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let whole = *limb + carried;
            carried = whole >> LIMB;
            *limb = whole & 0xffff_ffff;
        }
        self.limbs[LIMBS - 1] += carried;
        self.pending = 0;
    }
}

/// The double nearest to an integer of carried, non-negative limbs times 2⁻¹⁰⁷⁴.
fn rounded(limbs: &[i64; LIMBS]) -> f64 {
    let Some(top) = limbs.iter().rposition(|&limb| limb != 0) else { return 0.0 };
    let lowest = top.saturating_sub(3);
    let window = limbs[lowest..=top].iter().rev().fold(0_u128, |wide, &limb| wide << LIMB | u128::from(limb.unsigned_abs()));
    let width = 128 - window.leading_zeros();
    let drop = width.saturating_sub(53);
    let rest = window & ((1_u128 << drop) - 1);
    let half = if drop == 0 { 0 } else { 1_u128 << (drop - 1) };
    let below = limbs[..lowest].iter().any(|&limb| limb != 0);
    let mut whole = (window >> drop) as u64;
    if drop > 0 && (rest > half || rest == half && (below || whole & 1 == 1)) {
        whole += 1;
    }
    // The place of the last bit, in units of 2⁻¹⁰⁷⁴; adding the fraction onto the exponent carries a full one over.
    let place = lowest as u64 * u64::from(LIMB) + u64::from(drop);
    if place > 2045 {
        return f64::INFINITY;
    }
    f64::from_bits((place << 52) + whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    fn sum(terms: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for &term in terms {
            sum.add(term);
        }
        sum
    }

    #[test]
    fn known_sums_are_rounded_once() {
        let tiny = f64::from_bits(1);
        let half = f64::EPSILON / 2.0;
        let cases: [(&[f64], f64); 10] = [
            (&[], 0.0),
            (&[1e300, 1.0, -1e300], 1.0),
            (&[0.1; 10], 1.0),
            (&[1.0, half], 1.0),
            (&[1.0, half, tiny], 1.0 + f64::EPSILON),
            (&[1.0 + f64::EPSILON, half], 1.0 + 2.0 * f64::EPSILON),
            (&[-1.0, -half, -tiny], -1.0 - f64::EPSILON),
            (&[tiny, tiny], 2.0 * tiny),
            (&[f64::MAX, f64::MAX, -f64::MAX], f64::MAX),
            (&[f64::MAX, f64::MAX], f64::INFINITY),
        ];
        for (terms, expected) in cases {
            assert_eq!(sum(terms).value().to_bits(), expected.to_bits(), "{terms:?}");
        }
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).value().is_nan());
    }

    #[test]
    fn one_term_comes_back_and_a_pair_is_added_as_the_machine_adds_it() {
        let mut rng = Stream::root(Seed(5)).named("exact sum").rng();
        for _ in 0..20_000 {
            let (a, b) = (f64::from_bits(rng.bits64()), f64::from_bits(rng.bits64()));
            if a.is_finite() && b.is_finite() {
                assert_eq!(sum(&[a]).value(), a);
                assert_eq!(sum(&[a, b]).value(), a + b, "{a:e} + {b:e}");
            }
        }
    }

    #[test]
    fn any_order_and_any_split_give_the_same_bits() {
        let mut rng = Stream::root(Seed(6)).named("exact sum").rng();
        let mut terms: Vec<f64> = (0..2_000).map(|_| f64::from_bits(rng.bits64())).filter(|x| x.abs() < 1e200).collect();
        let expected = sum(&terms).value().to_bits();
        for _ in 0..50 {
            for last in (1..terms.len()).rev() {
                terms.swap(last, (rng.bits64() % (last as u64 + 1)) as usize);
            }
            let cut = (rng.bits64() % terms.len() as u64) as usize;
            let mut merged = sum(&terms[cut..]);
            merged.merge(&sum(&terms[..cut]));
            assert_eq!(merged.value().to_bits(), expected);
        }
    }
}
