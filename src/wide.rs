//! Loops with the widest vector instructions of the machine at hand.
//!
//! The program is built for any x86-64, whose vectors hold two doubles; most machines have vectors of four or eight. What runs
//! inside [`wide`] is compiled for those too, and chosen when the program runs. The bytes do not depend on the choice: Rust
//! fuses no multiplication with an addition by itself, and each element meets the same operations in the same order.
#![expect(clippy::inline_always, reason = "what is not inlined is compiled for the narrow vectors; measured")]

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable::exp;

    struct Exponentials<'a>(&'a mut [f64]);

    impl Loop for Exponentials<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            for x in self.0 {
                *x = exp(*x);
            }
        }
    }

    #[test]
    fn wide_loops_give_the_bits_of_narrow_ones() {
        let narrow: Vec<f64> = (0..1_000).map(|n| exp(f64::from(n) / 17.0 - 29.0)).collect();
        let mut seen: Vec<f64> = (0..1_000).map(|n| f64::from(n) / 17.0 - 29.0).collect();
        wide(Exponentials(&mut seen));
        assert_eq!(seen, narrow);
    }
}
