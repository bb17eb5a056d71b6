//! Loops with the widest vector instructions of the machine at hand.
//!
//! The program is built for any x86-64, whose vectors hold two doubles; most machines have vectors of four or eight. What runs
//! inside [`wide`] is compiled for those too, and chosen when the program runs. The bytes do not depend on the choice: Rust
//! fuses no multiplication with an addition by itself, and each element meets the same operations in the same order.
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the narrow vectors; measured")]

use crate::portable;

/// A loop. Its `run` must be `#[inline(always)]`, and all that it calls inlined; closures are not reliably.
pub trait Loop {
    /// What it gives.
    type Output;
    /// The loop.
    fn run(self) -> Self::Output;
}

struct Dispatched<L>(L);

impl<L: Loop> pulp::WithSimd for Dispatched<L> {
    type Output = L::Output;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> L::Output {
        self.0.run()
    }
}

/// Runs a loop compiled for the widest vectors at hand.
#[inline]
pub fn wide<L: Loop>(work: L) -> L::Output {
    pulp::Arch::new().dispatch(Dispatched(work))
}

struct Exponentials<'a>(&'a mut [f64]);

impl Loop for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        portable::exp_in_place(self.0);
    }
}

/// [`portable::exp_in_place`] with the widest vectors at hand.
pub fn exp_in_place(values: &mut [f64]) {
    wide(Exponentials(values));
}

struct Logarithms<'a>(&'a mut [f64]);

impl Loop for Logarithms<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        portable::ln_in_place(self.0);
    }
}

/// [`portable::ln_in_place`] with the widest vectors at hand.
pub fn ln_in_place(values: &mut [f64]) {
    wide(Logarithms(values));
}

struct Quantiles<'a>(&'a mut [f64]);

impl Loop for Quantiles<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        portable::normal_quantile_in_place(self.0);
    }
}

/// [`portable::normal_quantile_in_place`] with the widest vectors at hand.
pub fn normal_quantile_in_place(probabilities: &mut [f64]) {
    wide(Quantiles(probabilities));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_loops_give_the_bits_of_narrow_ones() {
        let at: Vec<f64> = (0..1_000).map(|n| (f64::from(n) + 0.5) / 1_000.0).collect();
        let same = |of_wide: fn(&mut [f64]), one: fn(f64) -> f64, from: &dyn Fn(f64) -> f64| {
            let arguments: Vec<f64> = at.iter().map(|x| from(*x)).collect();
            let narrow: Vec<f64> = arguments.iter().map(|x| one(*x)).collect();
            let mut seen = arguments;
            of_wide(&mut seen);
            assert_eq!(seen, narrow);
        };
        same(exp_in_place, portable::exp, &|x| 60.0 * x - 29.0);
        same(ln_in_place, portable::ln, &|x| 20.0 * x);
        same(normal_quantile_in_place, portable::normal_quantile, &|x| x);
    }
}
