//! Elementary functions that give the same bytes on every machine.
//!
//! IEEE 754 fixes the result of + - × ÷ √ to the last bit, and nothing else: `ln`, `exp` and friends of two C libraries
//! differ. These are built of those five alone (no fused multiply-add), branch-free, so that a loop over a slice becomes
//! vector instructions; a value alone and the same value in a slice give the same bits. Their errors are measured against
//! 60-digit values in the tests: at most 1 unit in the last place, 2 for `exp_m1`, 4 for the normal quantile.
//!
//! Methods: reduction to a short interval, then a polynomial fitted by `scripts/oracles/portable_math.py`, as in Muller
//! (2016), *Elementary Functions*, 3rd ed., ch. 11; sums and products in two doubles after Dekker (1971), "A floating-point
//! technique for extending the available precision", *Numer. Math.* 18; the quantile is Wichura (1988), algorithm AS 241.
#![expect(clippy::inline_always, reason = "block versions vectorise only when these are inlined; measured")]

mod near;

pub(crate) use near::{near_exp, near_minus_ln};

/// (e^r - 1 - r) / r^2 on |r| <= ln(2) / 2. Error of the fit: 1.4e-18.
const EXP: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_141,
    0.001_388_888_888_888_375_2,
    0.000_198_412_698_748_010_73,
    2.480_158_732_553_378e-5,
    2.755_725_542_500_961_4e-6,
    2.755_727_366_082_246_6e-7,
    2.510_520_668_068_106e-8,
    2.091_467_959_561_773_4e-9,
];
/// (2 atanh(s) - 2 s) / s^3 in z = s^2. Error of the fit: 3.1e-16, 4e-18 of the result.
const LN: [f64; 7] = [
    0.666_666_666_666_667,
    0.399_999_999_998_995_05,
    0.285_714_286_259_754_9,
    0.222_222_111_347_935_4,
    0.181_828_891_253_739_52,
    0.153_317_215_968_254_84,
    0.146_164_497_311_547_32,
];
/// (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2. Error of the fit: 1.9e-18, 1e-21 of the result.
const LN_REST: [f64; 8] = [
    0.4,
    0.285_714_285_714_293_64,
    0.222_222_222_216_562_32,
    0.181_818_183_353_144_29,
    0.153_845_949_708_926_12,
    0.133_348_042_383_801_05,
    0.117_062_485_367_775_25,
    0.117_230_510_714_424_74,
];
/// (sin(pi x) / x - pi) / x^2 in z = x^2, |x| <= 1/4. Error of the fit: 3.6e-19.
const SIN: [f64; 7] = [
    -5.167_712_780_049_97,
    2.550_164_039_877_345,
    -0.599_264_529_320_647_8,
    0.082_145_886_597_276_76,
    -0.007_370_430_312_294_793,
    0.000_466_287_932_614_273_3,
    -2.174_206_733_971_604_4e-5,
];
/// (cos(pi x) - 1 + pi^2 x^2 / 2) / x^4 in z = x^2, |x| <= 1/4. Error of the fit: 6.3e-20.
const COS: [f64; 7] = [
    4.058_712_126_416_768_5,
    -1.335_262_768_854_589_5,
    0.235_330_630_358_868,
    -0.025_806_891_387_595_07,
    0.001_929_574_198_788_521_3,
    -0.000_104_635_507_750_313_11,
    4.272_813_871_287_911e-6,
];
/// ln 2 in three doubles; the first two times a whole number below 2^12 are exact.
const LN_2: [f64; 3] = [0.693_147_180_559_663, 2.823_529_056_301_490_6e-13, 1.667_085_920_830_552e-25];
const ONE_BY_LN_2: f64 = std::f64::consts::LOG2_E;
/// pi in three doubles; the first keeps 26 bits.
const PI: [f64; 3] = [3.141_592_621_803_283_7, 3.178_650_942_459_171_3e-8, 1.224_646_799_147_353_2e-16];
const HALF_PI_SQUARED: f64 = 4.934_802_200_544_679;
const TWO_THIRDS: [f64; 2] = [0.666_666_666_666_666_6, 3.700_743_415_417_188e-17];

/// 1.5 × 2^52: added to a double below 2^50, it rounds it to a whole number, kept in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
const ONE_BITS: u64 = 0x3FF0_0000_0000_0000;
const MANTISSA: u64 = 0x000F_FFFF_FFFF_FFFF;
/// The bits of √½: the reduced argument of `ln` lies in [√½, √2).
const SQRT_HALF_BITS: u64 = 0x3FE6_A09E_667F_3BCD;
const TWO_54: f64 = 18_014_398_509_481_984.0;

/// A polynomial, coefficients from the constant on: even and odd powers apart, which halves the chain of waits.
#[inline(always)]
pub(crate) const fn polynomial<const N: usize>(x: f64, of: &[f64; N]) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (0.0, 0.0);
    let mut i = N;
    while i > 0 {
        i -= 1;
        if i.is_multiple_of(2) {
            even = even * square + of[i];
        } else {
            odd = odd * square + of[i];
        }
    }
    even + x * odd
}

/// a × b as the sum of two doubles.
#[inline(always)]
const fn two_product(a: f64, b: f64) -> (f64, f64) {
    let ((a1, a2), (b1, b2)) = (halves(a), halves(b));
    let product = a * b;
    (product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2)
}

/// A double as the sum of two of 26 bits.
#[inline(always)]
const fn halves(a: f64) -> (f64, f64) {
    let c = 134_217_729.0 * a;
    let high = c - (c - a);
    (high, a - high)
}

/// a + b as the sum of two doubles.
#[inline(always)]
const fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// x = 2^k m with m in [√½, √2), for a normal x above 0: (k, m - 1), both exact.
#[inline(always)]
const fn split_exponent(x: f64) -> (f64, f64) {
    let shifted = x.to_bits().wrapping_add(ONE_BITS - SQRT_HALF_BITS);
    // a whole number below 2^52 becomes a double by writing it under the exponent of 2^52
    let k = f64::from_bits((shifted >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    (k, f64::from_bits((shifted & MANTISSA) + SQRT_HALF_BITS) - 1.0)
}

/// ln of a normal double above 0. ln(1 + f) = 2 atanh(s) with s = f / (2 + f).
#[inline(always)]
const fn ln_of_normal(x: f64) -> f64 {
    let (k, f) = split_exponent(x);
    ln_of_split(k, f)
}

/// ln(2^k (1 + f)).
#[inline(always)]
const fn ln_of_split(k: f64, f: f64) -> f64 {
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let rest = z * polynomial(z, &LN);
    k * LN_2[0] - ((half_square - (s * (half_square + rest) + k * LN_2[1])) - f)
}

#[inline(always)]
const fn is_normal_above_zero(x: f64) -> bool {
    x >= f64::MIN_POSITIVE && x <= f64::MAX
}

/// The natural logarithm; within 1 unit in the last place. Below 0 it is no number, at 0 minus infinity.
#[inline]
#[must_use]
pub const fn ln(x: f64) -> f64 {
    if is_normal_above_zero(x) { ln_of_normal(x) } else { ln_of_others(x) }
}

#[cold]
const fn ln_of_others(x: f64) -> f64 {
    if x == 0.0 {
        f64::NEG_INFINITY
    } else if x > 0.0 && x < f64::MIN_POSITIVE {
        let (k, f) = split_exponent(x * TWO_54);
        ln_of_split(k - 54.0, f)
    } else if x > 0.0 {
        x
    } else {
        f64::NAN
    }
}

/// e^(x + low); `low` is small beside x.
#[inline(always)]
const fn exp_of(x: f64, low: f64) -> f64 {
    // beyond these it is infinite or 0 anyway; no number stays no number
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let rounded = x * ONE_BY_LN_2 + ROUND;
    let k = rounded - ROUND;
    let high = x - k * LN_2[0];
    let small = k * LN_2[1] - low;
    let r = high - small;
    let rest = (high - r) - small;
    let e = 1.0 + (r + (r * r * polynomial(r, &EXP) + rest));
    // 2^k by two factors, so that results below the normal doubles are rounded once
    let biased = rounded.to_bits().wrapping_add(2048) & 0xFFF;
    let half = biased >> 1;
    e * power_of_two(half) * power_of_two(biased - half)
}

/// 2^(half - 1024).
#[inline(always)]
const fn power_of_two(half: u64) -> f64 {
    f64::from_bits((half.wrapping_sub(1) & 0x7FF) << 52)
}

/// e^x; within 1 unit in the last place.
#[inline]
#[must_use]
pub const fn exp(x: f64) -> f64 {
    exp_of(x, 0.0)
}

/// ln(1 + x), right for small x too; within 1 unit in the last place.
#[inline]
#[must_use]
pub const fn ln_1p(x: f64) -> f64 {
    if x > -0.292 && x < 0.414 {
        return ln_of_split(0.0, x);
    }
    let u = 1.0 + x;
    if u == f64::INFINITY {
        return x;
    }
    let lost = if x < 1.0 { x - (u - 1.0) } else { 1.0 - (u - x) };
    if u > 0.0 { ln(u) + lost / u } else { ln(u) }
}

/// e^x - 1, right for small x too; within 2 units in the last place.
#[inline]
#[must_use]
pub const fn exp_m1(x: f64) -> f64 {
    if !(x > -40.0 && x < 40.0) {
        return exp(x) - 1.0;
    }
    let rounded = x * ONE_BY_LN_2 + ROUND;
    let k = rounded - ROUND;
    let high = x - k * LN_2[0];
    let small = k * LN_2[1];
    let r = high - small;
    let rest = (high - r) - small;
    let (e, lost) = two_sum(r, r * r * polynomial(r, &EXP) + rest);
    let scale = f64::from_bits((rounded.to_bits().wrapping_add(1023) & 0x7FF) << 52);
    let (sum, error) = two_sum(scale - 1.0, scale * e);
    sum + (error + scale * lost)
}

/// ln of a normal double above 0 as the sum of two doubles, to about 2^-65 of itself.
#[inline(always)]
const fn ln_in_two(x: f64) -> (f64, f64) {
    let (k, f) = split_exponent(x);
    let t = 2.0 + f;
    let t_low = f - (t - 2.0);
    let s = f / t;
    let (product, product_low) = two_product(s, t);
    let s_low = (((f - product) - product_low) - s * t_low) / t;
    let (z, z_error) = two_product(s, s);
    let (cube, cube_error) = two_product(s, z);
    let cube_low = cube_error + s * (z_error + 2.0 * s * s_low) + s_low * z;
    let (third, third_error) = two_product(cube, TWO_THIRDS[0]);
    let third_low = third_error + cube * TWO_THIRDS[1] + cube_low * TWO_THIRDS[0];
    let (sum, sum_low) = two_sum(2.0 * s, third);
    let (high, high_low) = two_sum(k * LN_2[0], sum);
    let low = high_low + (sum_low + (2.0 * s_low + third_low + cube * z * polynomial(z, &LN_REST)) + k * LN_2[2]);
    let (high, carried) = two_sum(high, k * LN_2[1]);
    two_sum(high, low + carried)
}

/// x^y for x from 0 on; within 1 unit in the last place. Below 0 it is no number.
#[inline]
#[must_use]
pub const fn powf(x: f64, y: f64) -> f64 {
    if !(is_normal_above_zero(x) && y > -1e15 && y < 1e15) {
        return powf_of_others(x, y);
    }
    let (high, low) = ln_in_two(x);
    let (product, error) = two_product(y, high);
    exp_of(product, if product > -750.0 && product < 750.0 { error + y * low } else { 0.0 })
}

#[cold]
const fn powf_of_others(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        1.0
    } else if y.is_nan() {
        y
    } else if x == 0.0 {
        if y > 0.0 { 0.0 } else { 1.0 / (x * x) }
    } else if x > 0.0 && x < f64::MIN_POSITIVE && y > -1e15 && y < 1e15 {
        powf(x * TWO_54, y) * exp(-54.0 * y * (LN_2[0] + LN_2[1]))
    } else {
        exp(y * ln(x))
    }
}

/// sin(πx) and cos(πx), the argument reduced exactly whatever its size; within 1 unit in the last place.
///
/// A phase in whole turns needs no rounding of 2π: `sin_cos_pi(2.0 * hours / 24.0)`.
#[inline]
#[must_use]
pub fn sin_cos_pi(x: f64) -> (f64, f64) {
    // the remainder is exact by IEEE 754
    let x = if x.abs() < 1e9 { x } else { x % 2.0 };
    let rounded = 2.0 * x + ROUND;
    let r = x - (rounded - ROUND) * 0.5;
    let (high, low) = halves(r);
    let z = r * r;
    let sine = high * PI[0] + (r * (PI[1] + PI[2]) + low * PI[0] + r * z * polynomial(z, &SIN));
    let z_low = (high * high - z) + 2.0 * high * low + low * low;
    let fall = z * HALF_PI_SQUARED;
    let first = 1.0 - fall;
    let cosine = first + (((1.0 - first) - fall) + (z * z * polynomial(z, &COS) - z_low * HALF_PI_SQUARED));
    match rounded.to_bits() & 3 {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_6,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
];
const TAIL: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_6,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_185,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];
const FAR_TAIL: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_104,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288e-7,
    ],
    [
        1.0,
        0.599_832_206_555_888,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_7e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

#[inline(always)]
fn ratio(r: f64, of: &[[f64; 8]; 2]) -> f64 {
    polynomial(r, &of[0]) / polynomial(r, &of[1])
}

/// The quantile within `q` = p - ½ of at most 0.425.
#[inline(always)]
fn quantile_of_centre(q: f64) -> f64 {
    q * ratio(0.180_625 - q * q, &CENTRE)
}

/// The value below which a standard normal falls with probability `p`; within 4 units in the last place down to p = 1e-308.
///
/// `p` outside [0, 1] gives no number, its ends minus and plus infinity. Wichura (1988), "Algorithm AS 241: the percentage
/// points of the normal distribution", *Applied Statistics* 37(3).
#[inline]
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 { quantile_of_centre(q) } else { quantile_of_tails(p) }
}

fn quantile_of_tails(p: f64) -> f64 {
    let tail = if p < 0.5 { p } else { 1.0 - p };
    let r = (-ln(tail)).sqrt();
    let x = if r <= 5.0 {
        ratio(r - 1.6, &TAIL)
    } else if r < f64::INFINITY {
        ratio(r - 5.0, &FAR_TAIL)
    } else {
        r
    };
    if p < 0.5 { -x } else { x }
}

/// Values that are looked at together: a block of them without a special case takes the quick way.
const BLOCK: usize = 32;

/// [`ln`] of each value, in place.
#[inline(always)]
pub fn ln_in_place(values: &mut [f64]) {
    for block in values.chunks_mut(BLOCK) {
        if block.iter().fold(true, |all, x| all & is_normal_above_zero(*x)) {
            for x in block {
                *x = ln_of_normal(*x);
            }
        } else {
            for x in block {
                *x = ln(*x);
            }
        }
    }
}

/// [`exp`] of each value, in place.
#[inline(always)]
pub fn exp_in_place(values: &mut [f64]) {
    for x in values {
        *x = exp(*x);
    }
}

/// [`normal_quantile`] of each probability, in place.
#[inline(always)]
pub fn normal_quantile_in_place(probabilities: &mut [f64]) {
    let mut kept = [0.0; BLOCK];
    for block in probabilities.chunks_mut(BLOCK) {
        kept[..block.len()].copy_from_slice(block);
        for x in &mut *block {
            *x = quantile_of_centre(*x - 0.5);
        }
        for (x, p) in block.iter_mut().zip(&kept) {
            if (p - 0.5).abs() > 0.425 || p.is_nan() {
                *x = quantile_of_tails(*p);
            }
        }
    }
}

#[cfg(test)]
#[path = "portable/tests.rs"]
mod tests;
