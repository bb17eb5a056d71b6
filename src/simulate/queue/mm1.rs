//! M/M/1 in steady state, with and without a setup time, and a pair of them forked and joined.

/// One server, Poisson arrivals, exponential service, first come first served. Kleinrock (1975), *Queueing Systems* vol. 1, §3.2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mm1 {
    arrivals: f64,
    service: f64,
}

impl Mm1 {
    /// From arrivals and services per second; `None` when it has no steady state (arrivals at or above services).
    ///
    /// ```
    /// let queue = plimsoll::simulate::queue::Mm1::new(8.0, 10.0).unwrap();
    /// assert!((queue.mean_wait() - 0.4).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, service: f64) -> Option<Self> {
        (arrivals >= 0.0 && service.is_finite() && arrivals < service).then_some(Self { arrivals, service })
    }

    /// ρ = λ / μ, the busy share of time; also the probability that an arrival waits.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.arrivals / self.service
    }

    /// μ - λ, per second: how fast the response dies out.
    fn drain(&self) -> f64 {
        self.service - self.arrivals
    }

    /// Mean number waiting or in service: λ / (μ - λ).
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.arrivals / self.drain()
    }

    /// Variance of that number: ρ / (1 - ρ)².
    #[must_use]
    pub fn variance_in_system(&self) -> f64 {
        self.arrivals * self.service / self.drain().powi(2)
    }

    /// Mean number waiting: ρ λ / (μ - λ).
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.utilization() * self.mean_in_system()
    }

    /// Mean wait in seconds: ρ / (μ - λ).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.utilization() / self.drain()
    }

    /// Mean response in seconds: 1 / (μ - λ); also the mean length of a busy period.
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        1.0 / self.drain()
    }

    /// The percentile of the wait in seconds, from P(wait > t) = ρ e^{-(μ-λ)t}; 0 when that share does not wait.
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> f64 {
        (self.utilization() / (1.0 - p)).ln().max(0.0) / self.drain()
    }

    /// The percentile of the response in seconds: it is exponential with rate μ - λ.
    #[must_use]
    pub fn response_percentile(&self, p: f64) -> f64 {
        -(-p).ln_1p() / self.drain()
    }

    /// P(number in system >= n) = ρⁿ.
    #[must_use]
    pub fn p_number_at_least(&self, n: u32) -> f64 {
        self.utilization().powf(f64::from(n))
    }

    /// lim T · Var(time average of the number over T), in seconds: 2 ρ (1 + ρ) / (μ (1 - ρ)⁴), so that a run of T seconds knows
    /// the mean number to √(this / T). Whitt (1989), "Planning queueing simulations", *Management Science* 35(11), 1341–1366.
    #[must_use]
    pub fn asymptotic_variance_of_number(&self) -> f64 {
        2.0 * self.arrivals * (self.service + self.arrivals) * self.service / self.drain().powi(4)
    }

    /// Mean response in seconds when every request is forked to two such queues and is done when both parts are:
    /// (12 - ρ) / (8 (μ - λ)). Flatto & Hahn (1984), *SIAM J. Appl. Math.* 44(5); Nelson & Tantawi (1988), *IEEE Trans.
    /// Computers* 37(6), eq. 6.
    #[must_use]
    pub fn mean_response_of_two_joined(&self) -> f64 {
        (12.0 - self.utilization()) / (8.0 * self.drain())
    }
}

/// M/M/1 whose server goes off when idle and needs an exponential setup before the next service (scale from zero).
///
/// Welch (1964), *Operations Research* 12(5), 736–752; Gandhi et al. (2014), *Queueing Systems* 77, 177–209.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SetupQueue {
    queue: Mm1,
    setup: f64,
}

impl SetupQueue {
    /// From arrivals, services and setups per second; `None` without a steady state or without a setup rate above 0.
    #[must_use]
    pub fn new(arrivals: f64, service: f64, setup: f64) -> Option<Self> {
        let queue = Mm1::new(arrivals, service)?;
        (setup > 0.0).then_some(Self { queue, setup })
    }

    /// Mean response in seconds: that without setup and one mean setup (the wait decomposes).
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.queue.mean_response() + 1.0 / self.setup
    }

    /// Share of time that the server is off: (1 - ρ) α / (α + λ). An idle stretch is 1/λ long, the setup after it 1/α.
    #[must_use]
    pub fn p_off(&self) -> f64 {
        self.idle() * self.setup / (self.setup + self.queue.arrivals)
    }

    /// Share of time that it is being set up: (1 - ρ) λ / (α + λ).
    #[must_use]
    pub fn p_setup(&self) -> f64 {
        self.idle() * self.queue.arrivals / (self.setup + self.queue.arrivals)
    }

    fn idle(&self) -> f64 {
        self.queue.drain() / self.queue.service
    }
}
