//! Spares and their lead time.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF, Poisson};

/// A fleet of `needed` units with spares whose replacement takes a lead time; times in one unit of your choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spares {
    /// Units that must run.
    pub needed: u32,
    /// Spares.
    pub spares: u32,
    /// Mean time to failure of a running unit.
    pub mttf: f64,
    /// Mean time to replace.
    pub lead_time: f64,
}

impl Spares {
    /// All `needed + spares` run, each failed one is replaced after the lead time (any law): P(fewer than needed up), binomial.
    ///
    /// # Panics
    /// Never: the availability is within 0 to 1 by construction.
    #[must_use]
    pub fn p_short_hot(&self) -> f64 {
        let down = self.lead_time / (self.mttf + self.lead_time);
        let failed =
            Binomial::new(down, u64::from(self.needed + self.spares)).expect("a ratio of positive times is a probability");
        failed.sf(u64::from(self.spares))
    }

    /// Orders under way when spares sit on a shelf and each failure orders one: Poisson by Palm's theorem (any lead-time law).
    fn pipeline(&self) -> Poisson {
        Poisson::new(f64::from(self.needed) * self.lead_time / self.mttf).expect("times are positive")
    }

    /// P(a position is empty) = P(under way > spares).
    #[must_use]
    pub fn p_short_palm(&self) -> f64 {
        self.pipeline().sf(u64::from(self.spares))
    }

    /// P(a failure finds a spare on the shelf) = P(under way < spares), as arrivals see time averages.
    #[must_use]
    pub fn fill_rate_palm(&self) -> f64 {
        if self.spares == 0 { 0.0 } else { self.pipeline().cdf(u64::from(self.spares) - 1) }
    }

    /// Expected empty positions: E[(under way - spares)+] = (m - k) P(N > k) + m·P(N = k) for a Poisson mean m.
    #[must_use]
    pub fn backorders_palm(&self) -> f64 {
        let (mean, k) = (f64::from(self.needed) * self.lead_time / self.mttf, u64::from(self.spares));
        (mean - k as f64) * self.pipeline().sf(k) + mean * self.pipeline().pmf(k)
    }

    /// The fewest spares with P(a position is empty) at most `probability`.
    #[must_use]
    pub fn spares_for(&self, probability: f64) -> u32 {
        (0..u32::MAX).find(|spares| Self { spares: *spares, ..*self }.p_short_palm() <= probability).unwrap_or(u32::MAX)
    }

    /// Ordering once an interval: P(failures over interval and lead time exceed the spares).
    #[must_use]
    pub fn p_stockout_periodic(&self, interval: f64) -> f64 {
        let mean = f64::from(self.needed) * (interval + self.lead_time) / self.mttf;
        Poisson::new(mean).expect("times are positive").sf(u64::from(self.spares))
    }
}
