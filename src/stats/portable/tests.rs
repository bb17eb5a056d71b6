use super::*;

/// Function, arguments and value (the sum of two doubles) at 60 digits: `scripts/oracles/portable_math.py reference`.
fn reference() -> impl Iterator<Item = (&'static str, Vec<f64>, f64, f64)> {
    include_str!("reference.tsv").lines().map(|line| {
        let (name, numbers) = line.split_once('\t').expect("a name");
        let mut numbers: Vec<f64> = numbers
            .split('\t')
            .map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).expect("the bits of a double")))
            .collect();
        let (low, high) = (numbers.pop().expect("low part"), numbers.pop().expect("high part"));
        (name, numbers, high, low)
    })
}

/// How many units in the last place `seen` is off.
fn off(seen: f64, high: f64, low: f64) -> f64 {
    if seen == high {
        return low.abs() / unit(high);
    }
    ((seen - high) - low).abs() / unit(high)
}

fn unit(x: f64) -> f64 {
    let x = x.abs();
    f64::from_bits(x.to_bits() + 1) - x
}

/// The largest errors seen, by function.
fn worst() -> Vec<(&'static str, f64, Vec<f64>)> {
    let mut worst: Vec<(&'static str, f64, Vec<f64>)> = Vec::new();
    for (name, at, high, low) in reference() {
        let seen = match name {
            "ln" => ln(at[0]),
            "exp" => exp(at[0]),
            "ln_1p" => ln_1p(at[0]),
            "exp_m1" => exp_m1(at[0]),
            "sin_pi" => sin_cos_pi(at[0]).0,
            "cos_pi" => sin_cos_pi(at[0]).1,
            "normal_quantile" => normal_quantile(at[0]),
            "powf" => powf(at[0], at[1]),
            other => panic!("{other} is in the reference and not here"),
        };
        let error = off(seen, high, low);
        match worst.iter_mut().find(|(of, ..)| *of == name) {
            Some(entry) if error.is_nan() || error > entry.1 => *entry = (name, error, at),
            Some(_) => {}
            None => worst.push((name, error, at)),
        }
    }
    worst
}

#[test]
fn errors_stay_within_what_is_promised() {
    let limits = [
        ("ln", 1.0),
        ("exp", 1.0),
        ("ln_1p", 1.0),
        ("exp_m1", 2.0),
        ("sin_pi", 1.0),
        ("cos_pi", 1.0),
        ("normal_quantile", 4.0),
        ("powf", 1.0),
    ];
    let worst = worst();
    assert_eq!(worst.len(), limits.len());
    for (name, limit) in limits {
        let (_, error, at) = worst.iter().find(|(of, ..)| *of == name).expect("a function of the reference");
        assert!(*error <= limit, "{name}{at:?} is off by {error} units, at most {limit} promised; all: {worst:?}");
    }
}

#[test]
fn the_ends_of_the_domain_are_what_ieee_754_asks() {
    assert_eq!((ln(0.0), ln(1.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, 0.0, f64::INFINITY));
    assert!(
        ln(-1.0).is_nan()
            && ln(f64::NAN).is_nan()
            && exp(f64::NAN).is_nan()
            && powf(-1.0, 0.5).is_nan()
            && powf(0.0, f64::NAN).is_nan()
    );
    assert_eq!(
        (exp(0.0), exp(f64::NEG_INFINITY), exp(f64::INFINITY), exp(-745.2), exp(709.79)),
        (1.0, 0.0, f64::INFINITY, 0.0, f64::INFINITY)
    );
    assert_eq!((ln_1p(0.0), ln_1p(-1.0), ln_1p(f64::INFINITY)), (0.0, f64::NEG_INFINITY, f64::INFINITY));
    assert!(ln_1p(-1.5).is_nan() && ln_1p(f64::NAN).is_nan());
    assert_eq!((exp_m1(0.0), exp_m1(f64::NEG_INFINITY), exp_m1(f64::INFINITY)), (0.0, -1.0, f64::INFINITY));
    assert_eq!((powf(0.0, 2.0), powf(0.0, -2.0), powf(0.0, 0.0), powf(3.0, 0.0)), (0.0, f64::INFINITY, 1.0, 1.0));
    assert_eq!((powf(2.0, 10.0), powf(2.0, 1e6), powf(2.0, -1e6), powf(0.5, f64::INFINITY)), (1024.0, f64::INFINITY, 0.0, 0.0));
    assert_eq!((powf(f64::INFINITY, 2.0), powf(f64::INFINITY, -2.0)), (f64::INFINITY, 0.0));
    assert_eq!((normal_quantile(0.0), normal_quantile(0.5), normal_quantile(1.0)), (f64::NEG_INFINITY, 0.0, f64::INFINITY));
    assert!(normal_quantile(-0.1).is_nan() && normal_quantile(1.1).is_nan() && normal_quantile(f64::NAN).is_nan());
    assert_eq!((sin_cos_pi(0.5), sin_cos_pi(-1.0).1, sin_cos_pi(1e300)), ((1.0, 0.0), -1.0, (0.0, 1.0)));
    assert!(sin_cos_pi(f64::INFINITY).0.is_nan());
}

#[test]
fn a_value_in_a_slice_has_the_bits_of_the_value_alone() {
    let special = [0.0, -1.0, 5e-324, f64::INFINITY, f64::NAN, 1e-310, 0.5, 1.0];
    let plain = (1..500).map(|i| f64::from(i) / 500.0);
    let all: Vec<f64> = plain.clone().chain(special).chain(plain.map(|x| 1.0 - x * 1e-3)).collect();
    let same = |whole: fn(&mut [f64]), one: fn(f64) -> f64| {
        let mut seen = all.clone();
        whole(&mut seen);
        for (x, seen) in all.iter().zip(&seen) {
            let alone = one(*x);
            assert!(seen.to_bits() == alone.to_bits() || seen.is_nan() && alone.is_nan(), "{x}: {seen} {alone}");
        }
    };
    same(ln_in_place, ln);
    same(exp_in_place, exp);
    same(normal_quantile_in_place, normal_quantile);
}

#[test]
fn our_bytes_are_frozen() {
    // Changing any of these changes every result of every user: announce it in CHANGELOG first.
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |x: f64| hash = (hash ^ x.to_bits()).wrapping_mul(0x0100_0000_01B3).rotate_left(29);
    for i in 1..4_000 {
        let x = f64::from(i) / 4_000.0;
        let (sine, cosine) = sin_cos_pi(7.0 * x);
        for value in [ln(x), exp(-40.0 * x), ln_1p(-x), exp_m1(x), powf(10.0 * x, 0.7), sine, cosine, normal_quantile(x)] {
            add(value);
        }
    }
    assert_eq!(hash, FROZEN, "{hash:#x}");
}
const FROZEN: u64 = 0x8382_fea2_1e5a_5884;
