//! A request that waits for the slowest of many.

/// A request that fans out to `width` servers and waits for all. Dean & Barroso (2013), "The tail at scale", *CACM* 56(2), 74–80.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fanout {
    width: u32,
}

impl Fanout {
    /// To so many servers; `None` for none.
    #[must_use]
    pub fn new(width: u32) -> Option<Self> {
        (width > 0).then_some(Self { width })
    }

    /// P(at least one is slow) when each is with probability `slow`: 1 - (1 - p)ⁿ, without cancellation where p is small.
    ///
    /// ```
    /// let request = plimsoll::simulate::queue::Fanout::new(100).unwrap();
    /// assert!((request.p_slow(0.01) - 0.633_967_658_726_770_5).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn p_slow(&self, slow: f64) -> f64 {
        -(f64::from(self.width) * (-slow).ln_1p()).exp_m1()
    }

    /// The same when each call goes to `copies` servers and the fastest counts: slow with pᶜ.
    #[must_use]
    pub fn p_slow_hedged(&self, slow: f64, copies: u32) -> f64 {
        self.p_slow(slow.powf(f64::from(copies)))
    }

    /// The quantile of one server's time that is the quantile `p` of the request's: p^(1/n).
    #[must_use]
    pub fn server_quantile(&self, p: f64) -> f64 {
        (p.ln() / f64::from(self.width)).exp()
    }

    /// Mean of the slowest of n exponential times, in means of one: 1 + 1/2 + … + 1/n.
    #[must_use]
    pub fn mean_slowest_exponential(&self) -> f64 {
        (1..=self.width).rev().map(|i| 1.0 / f64::from(i)).sum()
    }

    /// The quantile of the slowest of n exponential times, in means of one: -ln(1 - p^(1/n)).
    #[must_use]
    pub fn slowest_exponential_quantile(&self, p: f64) -> f64 {
        -(-(p.ln() / f64::from(self.width)).exp_m1()).ln()
    }
}
