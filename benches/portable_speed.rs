//! Whose elementary functions agree: ours (`plimsoll::portable`), the system's (`std`, which asks the C library) and those of the
//! `libm` crate. Printed: `function TAB what TAB figure`. `docs/decisions/0014-same-bytes-everywhere.md` says what follows.
//!
//! Shares of a million random arguments at which two differ in a bit; shares of the arguments of `src/portable/reference.tsv` at
//! which one is not the double nearest to the 60-digit value; nanoseconds a value over a slice, CPU time, the least of rounds.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use std::hint::black_box;

use plimsoll::portable;
use plimsoll::stream::{Generator, Seed, Stream};

use clock::{cpu, least};

const VALUES: usize = 1 << 20;
/// Values timed at once: what stays close to the processor.
const SLICE: usize = 1 << 12;
const ROUNDS: u32 = 40;

type One = fn(f64, f64) -> f64;

/// A function of one or two numbers, ours, the system's and the crate's, and arguments that are met.
struct Function {
    name: &'static str,
    each: [One; 3],
    drawn: fn(&mut Generator) -> (f64, f64),
}

const WHO: [&str; 3] = ["ours", "system", "libm crate"];

const FUNCTIONS: [Function; 7] = [
    Function {
        name: "ln",
        each: [|x, _| portable::ln(x), |x, _| x.ln(), |x, _| libm::log(x)],
        drawn: |rng| (rng.uniform() * 10.0, 0.0),
    },
    Function {
        name: "exp",
        each: [|x, _| portable::exp(x), |x, _| x.exp(), |x, _| libm::exp(x)],
        drawn: |rng| (30.0 * rng.uniform() - 20.0, 0.0),
    },
    Function {
        name: "ln_1p",
        each: [|x, _| portable::ln_1p(x), |x, _| x.ln_1p(), |x, _| libm::log1p(x)],
        drawn: |rng| (2.0 * rng.uniform() - 0.9, 0.0),
    },
    Function {
        name: "exp_m1",
        each: [|x, _| portable::exp_m1(x), |x, _| x.exp_m1(), |x, _| libm::expm1(x)],
        drawn: |rng| (4.0 * rng.uniform() - 3.0, 0.0),
    },
    Function {
        name: "powf",
        each: [portable::powf, f64::powf, libm::pow],
        drawn: |rng| (5.0 * rng.uniform(), 6.0 * rng.uniform() - 3.0),
    },
    // ours takes the angle in half turns: of these two only the others are compared
    Function {
        name: "sin_pi",
        each: [
            |x, _| portable::sin_cos_pi(x).0,
            |x, _| (std::f64::consts::PI * x).sin(),
            |x, _| libm::sin(std::f64::consts::PI * x),
        ],
        drawn: |rng| (4.0 * rng.uniform() - 2.0, 0.0),
    },
    Function {
        name: "cos_pi",
        each: [
            |x, _| portable::sin_cos_pi(x).1,
            |x, _| (std::f64::consts::PI * x).cos(),
            |x, _| libm::cos(std::f64::consts::PI * x),
        ],
        drawn: |rng| (4.0 * rng.uniform() - 2.0, 0.0),
    },
];

fn main() {
    let reference = reference();
    for function in &FUNCTIONS {
        let mut rng = Stream::root(Seed(14)).named(function.name).rng();
        let at: Vec<(f64, f64)> = (0..VALUES).map(|_| (function.drawn)(&mut rng)).collect();
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let differs = |(x, y): &&(f64, f64)| function.each[one](*x, *y).to_bits() != function.each[other](*x, *y).to_bits();
            let share = at.iter().filter(differs).count() as f64 / VALUES as f64;
            told(function.name, &format!("{} and {} differ", WHO[one], WHO[other]), share);
        }
        let known: Vec<_> = reference.iter().filter(|(name, ..)| name == function.name).collect();
        for (who, of) in WHO.iter().zip(function.each) {
            let off = known.iter().filter(|(_, x, y, right)| of(*x, *y) != *right).count() as f64 / known.len() as f64;
            told(function.name, &format!("{who}: not the nearest double, of {}", known.len()), off);
            let mut out = vec![0.0; SLICE];
            let (spent, ()) = least(cpu, ROUNDS, || {
                for (out, (x, y)) in out.iter_mut().zip(&at) {
                    *out = of(*x, *y);
                }
                black_box(&out);
            });
            told(function.name, &format!("{who}: ns a value, one by one"), spent * 1e9 / SLICE as f64);
        }
    }
    blocks();
}

fn told(name: &str, what: &str, figure: f64) {
    println!("{name}\t{what}\t{figure:.4}");
}

/// Ours in blocks, where the compiler makes vectors of them.
fn blocks() {
    let mut rng = Stream::root(Seed(14)).named("blocks").rng();
    let mut at = vec![0.0; SLICE];
    rng.fill_uniform(&mut at);
    let each: [(&str, fn(&mut [f64])); 3] =
        [("ln", portable::ln_in_place), ("exp", portable::exp_in_place), ("normal_quantile", portable::normal_quantile_in_place)];
    for (name, whole) in each {
        let mut values = at.clone();
        let (spent, ()) = least(cpu, ROUNDS, || {
            values.copy_from_slice(&at);
            whole(&mut values);
            black_box(&values);
        });
        told(name, "ours: ns a value, in blocks", spent * 1e9 / SLICE as f64);
    }
}

/// Function, arguments and the double nearest to the value.
fn reference() -> Vec<(String, f64, f64, f64)> {
    let line = |line: &str| {
        let (name, numbers) = line.split_once('\t').expect("a name");
        let numbers: Vec<f64> = numbers
            .split('\t')
            .map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).expect("the bits of a double")))
            .collect();
        let second = if numbers.len() == 4 { numbers[1] } else { 0.0 };
        (name.to_owned(), numbers[0], second, numbers[numbers.len() - 2])
    };
    include_str!("../src/portable/reference.tsv").lines().map(line).collect()
}
