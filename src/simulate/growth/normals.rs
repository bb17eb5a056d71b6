//! Independent standard normals, two from each 64 bits, many abreast.
#![expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]

use crate::portable::{near_minus_ln, polynomial};
use crate::stream::Generator;
use crate::wide::{Loop, wide};

/// sin(πx/4) / x in z = x², |x| <= 1. Error of the fit: 3.4e-15.
const SIN: [f64; 6] = [
    0.785_398_163_397_445,
    -0.080_745_512_188_038_63,
    0.002_490_394_567_367_063_4,
    -3.657_619_212_076_725_6e-5,
    3.133_384_082_909_3e-7,
    -1.736_516_728_859_757_8e-9,
];
/// cos(πx/4) in z = x², |x| <= 1. Error of the fit: 5.6e-14.
const COS: [f64; 6] = [
    0.999_999_999_999_944_4,
    -0.308_425_137_530_039_8,
    0.015_854_344_197_106_52,
    -0.000_325_991_687_535_072_6,
    3.590_475_534_976_395_4e-6,
    -2.426_851_890_411_488e-8,
];

const ONE_BITS: u64 = 0x3FF0_0000_0000_0000;
const TWO_BITS: u64 = 0x4000_0000_0000_0000;
/// Bits of the angle within a quarter turn, of which normal has which coordinate, and of the sign of both.
const ANGLE: u64 = (1 << 22) - 1;
const SWAPPED: u64 = 1 << 22;
const NEGATIVE: u64 = 1 << 23;

/// Box & Muller (1958), "A note on the generation of random normal deviates", *Ann. Math. Stat.* 29(2), 610–611: the radius is
/// √(-2 ln u) of the middle u of one of 2^40 cells of (0, 1), the angle the middle of one of 2^24 cells of the circle. So no
/// normal is beyond 7.54, where one in 2e13 belongs; each is within 1e-12 of itself of what its bits say.
#[inline(always)]
fn pair(bits: u64) -> (f64, f64) {
    // written under the exponent of 1, the cell is 1 + cell / 2^40
    let u = f64::from_bits(ONE_BITS | (bits >> 24 << 12)) - (1.0 - 1.0 / 2_199_023_255_552.0);
    let (a, b) = on_the_circle(bits);
    let sign = (bits & NEGATIVE) << 40;
    let radius = f64::from_bits((2.0 * near_minus_ln(u)).sqrt().to_bits() | sign);
    (radius * a, radius * b)
}

/// A point on the half of the circle about the first coordinate, or about the second.
#[inline(always)]
fn on_the_circle(bits: u64) -> (f64, f64) {
    let x = f64::from_bits(TWO_BITS | ((bits & ANGLE) << 30)) - (3.0 - 1.0 / 4_194_304.0);
    let z = x * x;
    let (sine, cosine) = (x * polynomial(z, &SIN), polynomial(z, &COS));
    if bits & SWAPPED == 0 { (cosine, sine) } else { (sine, cosine) }
}

struct Pairs<'a> {
    bits: &'a [u64],
    first: &'a mut [f64],
    second: &'a mut [f64],
}

impl Loop for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for ((bits, first), second) in self.bits.iter().zip(self.first).zip(self.second) {
            (*first, *second) = pair(*bits);
        }
    }
}

/// Fills an even number of places with normals; `bits` has room for half as many words.
pub(super) fn fill_normal(rng: &mut Generator, bits: &mut [u64], out: &mut [f64]) {
    let half = out.len() / 2;
    debug_assert!(out.len().is_multiple_of(2));
    let (bits, (first, second)) = (&mut bits[..half], out.split_at_mut(half));
    rng.fill_bits64(bits);
    wide(Pairs { bits, first, second });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::{ln, sin_cos_pi};
    use crate::stats::normal_tail;
    use crate::stream::{Seed, Stream};

    fn drawn(count: usize) -> (Vec<u64>, Vec<f64>) {
        let (mut bits, mut normals) = (vec![0; count / 2], vec![0.0; count]);
        fill_normal(&mut Stream::root(Seed(58)).named("pairs").rng(), &mut bits, &mut normals);
        (bits, normals)
    }

    /// What the bits say, by the functions that are right to the last place.
    fn told(bits: u64) -> (f64, f64) {
        let u = ((bits >> 24) as f64 + 0.5) / 2.0_f64.powi(40);
        let x = ((bits & ANGLE) as f64 + 0.5) / 2.0_f64.powi(21) - 1.0;
        let (sine, cosine) = sin_cos_pi(x / 4.0);
        let radius = (-2.0 * ln(u)).sqrt() * if bits & NEGATIVE == 0 { 1.0 } else { -1.0 };
        if bits & SWAPPED == 0 { (radius * cosine, radius * sine) } else { (radius * sine, radius * cosine) }
    }

    #[test]
    fn normals_are_what_their_bits_say() {
        let (bits, normals) = drawn(20_000);
        let ends = [0, u64::MAX, ANGLE, !ANGLE, 1 << 63, (1 << 63) - 1, 0xB504_F333_F9DE_6484, 0xB504_F334_0000_0000];
        let seen = bits.iter().zip(normals[..10_000].iter().copied().zip(normals[10_000..].iter().copied()));
        for (bits, (a, b)) in seen.map(|(bits, seen)| (*bits, seen)).chain(ends.map(|bits| (bits, pair(bits)))) {
            let (first, second) = told(bits);
            assert!(
                (a - first).abs() <= 1e-12 * first.abs() && (b - second).abs() <= 1e-12 * second.abs(),
                "{bits:x}: {a} {first}"
            );
        }
        let farthest = (82.0 * std::f64::consts::LN_2).sqrt();
        assert!((pair(ANGLE / 2).0 - farthest).abs() < 1e-9);
    }

    #[test]
    fn a_pair_alone_has_the_bits_of_a_pair_among_others() {
        let (bits, normals) = drawn(2_046);
        for (place, bits) in bits.iter().enumerate() {
            assert_eq!(pair(*bits), (normals[place], normals[1_023 + place]));
        }
    }

    #[test]
    fn they_are_normal_in_the_middle_and_in_the_tails_and_independent() {
        let (_, normals) = drawn(4 << 20);
        let n = normals.len() as f64;
        let mean = |of: &dyn Fn(f64) -> f64| normals.iter().map(|z| of(*z)).sum::<f64>() / n;
        // E z^m and its variance
        for (power, moment, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (6, 15.0, 10_170.0)] {
            let seen = mean(&|z: f64| z.powi(power));
            assert!((seen - moment).abs() < 5.0 * (variance / n).sqrt(), "{power}: {seen}");
        }
        for level in [-4.5, -3.0, -1.0, -0.1, 0.01, 0.5, 2.0, 3.5, 4.5] {
            let (seen, p) = (mean(&|z| f64::from(u8::from(z > level))), normal_tail(level));
            assert!((seen - p).abs() < 5.0 * (p * (1.0 - p) / n).sqrt(), "{level}: {seen} {p}");
        }
        let (first, second) = normals.split_at(normals.len() / 2);
        for (power, centre, variance) in [(1, 0.0, 1.0), (2, 1.0, 4.0)] {
            let seen = first.iter().zip(second).map(|(a, b)| (a.powi(power) - centre) * (b.powi(power) - centre)).sum::<f64>();
            assert!(seen.abs() < 5.0 * (variance * n / 2.0_f64).sqrt(), "{power}: {seen}");
        }
    }
}
