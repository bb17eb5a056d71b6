//! Exact M/M/c: from utilization to waits.
//!
//! Erlang (1917); Kleinrock (1975), *Queueing Systems* vol. 1, §3.5; Gross & Harris (1998), §2.3.

/// Probability that all of `servers` are busy in a loss system with `offered` erlangs (Erlang B; any service law).
///
/// B(0) = 1, B(n) = a·B(n-1) / (n + a·B(n-1)): no factorial, stable for any number of servers.
#[must_use]
pub fn erlang_b(offered: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |blocked, n| offered * blocked / (f64::from(n) + offered * blocked))
}

/// The fewest servers that block at most `probability` of `offered` erlangs.
#[must_use]
pub fn servers_for_blocking(offered: f64, probability: f64) -> u32 {
    let (mut servers, mut blocked) = (0, 1.0);
    while blocked > probability && servers < u32::MAX {
        servers += 1;
        blocked = offered * blocked / (f64::from(servers) + offered * blocked);
    }
    servers
}

/// `servers` alike behind one first-come queue, Poisson arrivals, exponential service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmc {
    arrivals: f64,
    service: f64,
    servers: u32,
    waits: f64,
}

impl Mmc {
    /// A queue from arrivals per second, services per second and server, and servers; `None` when it has no steady state
    /// (arrivals at or above `servers × service`).
    ///
    /// ```
    /// let queue = plimsoll::simulate::queue::Mmc::new(7.2, 1.0, 8).unwrap();
    /// assert!((queue.p_wait() - 0.701_532_990_146_257).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, service: f64, servers: u32) -> Option<Self> {
        let utilization = arrivals / (service * f64::from(servers));
        if !(arrivals >= 0.0 && service > 0.0 && servers > 0 && utilization < 1.0) {
            return None;
        }
        let blocked = erlang_b(arrivals / service, servers);
        Some(Self { arrivals, service, servers, waits: blocked / (1.0 - utilization * (1.0 - blocked)) })
    }

    /// Offered load in erlangs.
    #[must_use]
    pub fn offered(&self) -> f64 {
        self.arrivals / self.service
    }

    /// Busy share of each server.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.offered() / f64::from(self.servers)
    }

    /// Probability that an arrival waits (Erlang C): B / (1 - ρ (1 - B)).
    #[must_use]
    pub fn p_wait(&self) -> f64 {
        self.waits
    }

    /// How fast the wait of those who wait dies out: cμ - λ, per second.
    fn drain(&self) -> f64 {
        f64::from(self.servers) * self.service - self.arrivals
    }

    /// Mean wait in seconds: C / (cμ - λ).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.waits / self.drain()
    }

    /// Mean wait of those who wait, in seconds: 1 / (cμ - λ).
    #[must_use]
    pub fn mean_wait_given_wait(&self) -> f64 {
        1.0 / self.drain()
    }

    /// Mean response in seconds: wait and service.
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.mean_wait() + 1.0 / self.service
    }

    /// Mean number waiting (Little).
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.arrivals * self.mean_wait()
    }

    /// Mean number waiting or in service.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.mean_queue() + self.offered()
    }

    /// P(no one is in the system): 1 / (Σ aᵏ/k!, k < c, and aᶜ/c! / (1 - ρ)), with the terms scaled by the last.
    #[must_use]
    pub fn p_empty(&self) -> f64 {
        let offered = self.offered();
        if offered == 0.0 {
            return 1.0;
        }
        // from the c-th term down: each is the one above × k / a
        let (mut term, mut sum) = (1.0, 1.0 / (1.0 - self.utilization()));
        for k in (1..=self.servers).rev() {
            term *= f64::from(k) / offered;
            sum += term;
            if sum > 1e250 {
                (term, sum) = (term / sum, 1.0);
            }
        }
        term / sum
    }

    /// P(wait <= seconds) = 1 - C e^{-(cμ - λ) t}.
    #[must_use]
    pub fn p_wait_within(&self, seconds: f64) -> f64 {
        1.0 - self.waits * (-self.drain() * seconds).exp()
    }

    /// The percentile of the wait, in seconds; 0 when that share does not wait at all.
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> f64 {
        if p <= 1.0 - self.waits { 0.0 } else { (self.waits / (1.0 - p)).ln() / self.drain() }
    }

    /// P(response > seconds): e^{-μt} (1 + C (1 - e^{-(cμ-λ-μ)t}) μ / (cμ-λ-μ)), and its limit e^{-μt} (1 + C μ t) where the
    /// two rates are equal.
    #[must_use]
    pub fn p_response_above(&self, seconds: f64) -> f64 {
        let apart = self.drain() - self.service;
        // (1 - e^{-xt}) / x without cancellation, t at x = 0.
        let waited = if (apart * seconds).abs() < 1e-12 { seconds } else { -(-apart * seconds).exp_m1() / apart };
        (-self.service * seconds).exp() * (1.0 + self.waits * self.service * waited)
    }

    /// The percentile of the response, in seconds, to the last bit by bisection of its tail.
    #[must_use]
    pub fn response_percentile(&self, p: f64) -> f64 {
        let mut high = 1.0 / self.service;
        while self.p_response_above(high) > 1.0 - p {
            high *= 2.0;
        }
        let mut low = 0.0;
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return middle;
            }
            if self.p_response_above(middle) > 1.0 - p { low = middle } else { high = middle }
        }
    }
}

/// The fewest servers for which P(wait <= target) >= level, and the queue they make.
#[must_use]
pub fn servers_for_wait(arrivals: f64, service: f64, target_seconds: f64, level: f64) -> (u32, Mmc) {
    let mut servers = (arrivals / service).floor() as u32 + 1;
    loop {
        if let Some(queue) = Mmc::new(arrivals, service, servers).filter(|queue| queue.p_wait_within(target_seconds) >= level) {
            return (servers, queue);
        }
        servers += 1;
    }
}
