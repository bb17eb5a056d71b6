//! M/D/1: the exact law of the wait behind constant services, stable at any load and however far out.

use super::tail::where_tail_reaches;

/// One server, Poisson arrivals, constant service, first come first served.
///
/// Erlang's (1909) and Crommelin's (1932) sums alternate in sign and lose all digits beyond some twenty services. This is Franx's
/// form (2001, "A simple solution for the M/D/c waiting time distribution", *Operations Research Letters* 29, 221–229): between
/// kD - D and kD, the wait is over by then if the j that come in the last kD - x leave at most k - 1 - j of the present ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Md1 {
    arrivals: f64,
    seconds: f64,
}

impl Md1 {
    /// From arrivals per second and the constant service time in seconds; `None` without a steady state.
    ///
    /// ```
    /// let queue = plimsoll::simulate::queue::Md1::new(0.95, 1.0).unwrap();
    /// assert!((queue.wait_percentile(0.999) / 67.573_302_155_697_72 - 1.0).abs() < 1e-13);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, seconds: f64) -> Option<Self> {
        (arrivals > 0.0 && seconds > 0.0 && arrivals * seconds < 1.0).then_some(Self { arrivals, seconds })
    }

    /// ρ = λD; also the probability that an arrival waits.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.arrivals * self.seconds
    }

    /// Mean wait in seconds: ρ D / (2 (1 - ρ)).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.utilization() * self.seconds / (2.0 * (1.0 - self.utilization()))
    }

    /// Variance of the wait in seconds²: ρ D² / (3 (1 - ρ)) + (mean wait)².
    #[must_use]
    pub fn variance_of_wait(&self) -> f64 {
        self.utilization() * self.seconds.powi(2) / (3.0 * (1.0 - self.utilization())) + self.mean_wait().powi(2)
    }

    /// Mean response in seconds.
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.mean_wait() + self.seconds
    }

    /// The percentile of the wait in seconds; 0 when that share does not wait.
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> f64 {
        let level = 1.0 - p;
        let more = self.more_waiting(level);
        // P(wait > kD) = P(more than k - 1 wait): first the whole services, then within one
        let whole = more.partition_point(|tail| *tail > level);
        let tail = |seconds: f64| self.tail_within(whole + 1, seconds, &more);
        whole as f64 * self.seconds + where_tail_reaches(level, self.seconds, tail)
    }

    /// P(wait > (k - 1) D + `seconds`), 0 <= seconds <= D: Σ P(j come in the rest of the stretch)·P(more than k - 1 - j wait),
    /// and 1 in place of the latter from j = k on. All terms are positive.
    fn tail_within(&self, k: usize, seconds: f64, more: &[f64]) -> f64 {
        let mean = self.arrivals * (self.seconds - seconds).max(0.0);
        let (mut weight, mut tail) = ((-mean).exp(), 0.0);
        for j in 0..k.max(1) + 40 {
            tail += weight * if j < k { more.get(k - 1 - j).copied().unwrap_or(0.0) } else { 1.0 };
            weight *= mean / (j + 1) as f64;
            if weight < 1e-40 {
                break;
            }
        }
        tail
    }

    /// P(more than n wait), n = 0, 1, …, down to 1e-18 of `level`: from the level crossings of the number left behind,
    /// p(n+1)·a(0) = p(0)·P(A > n) + Σ p(i)·P(A > n + 1 - i), i = 1..=n, with A the Poisson arrivals in one service.
    fn more_waiting(&self, level: f64) -> Vec<f64> {
        let load = self.utilization();
        let exceeds = poisson_tails(load);
        let at = |n: usize| exceeds.get(n).copied().unwrap_or(0.0);
        let none = (-load).exp();
        let mut number = vec![1.0 - load];
        while number.len() < 3 || number[number.len() - 1] > level * (1.0 - load) * 1e-18 {
            let n = number.len() - 1;
            let first = (n + 2).saturating_sub(exceeds.len()).max(1);
            let up: f64 = (first..=n).map(|i| number[i] * at(n + 1 - i)).sum();
            number.push((number[0] * at(n) + up) / none);
        }
        // from the last to the first, starting with what a geometric tail leaves beyond the end
        let last = number.len() - 1;
        let ratio = number[last] / number[last - 1];
        let mut beyond = number[last] * ratio / (1.0 - ratio);
        let mut more = vec![0.0; last];
        for n in (0..last).rev() {
            // more than n wait: more than n + 1 are in the system
            more[n] = beyond;
            beyond += number[n + 1];
        }
        more
    }
}

/// P(A > n) of a Poisson number, n = 0, 1, …, added from the small end.
fn poisson_tails(mean: f64) -> Vec<f64> {
    let mut weight = (-mean).exp();
    let mut weights = Vec::new();
    for n in 1..60 {
        weight *= mean / f64::from(n);
        weights.push(weight);
    }
    let mut sum = 0.0;
    for weight in weights.iter_mut().rev() {
        sum += *weight;
        *weight = sum;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Erlang's alternating sum, good while few services are waited for.
    fn alternating(load: f64, wait: f64) -> f64 {
        let term = |j: u32| {
            let left = load * (wait - f64::from(j));
            (1..=j).fold(1.0, |product, i| product * -left / f64::from(i)) * left.exp()
        };
        1.0 - (1.0 - load) * (0..=wait as u32).map(term).sum::<f64>()
    }

    #[test]
    fn it_is_erlangs_sum_where_that_has_digits() {
        for (load, p) in [(0.3, 0.9), (0.8, 0.5), (0.8, 0.95), (0.6, 0.999)] {
            let wait = Md1::new(load * 4.0, 0.25).unwrap().wait_percentile(p) * 4.0;
            assert!((alternating(load, wait) - (1.0 - p)).abs() < 1e-11, "{load} {p}: {wait}");
        }
    }

    #[test]
    fn far_out_it_falls_by_its_exponential_rate() {
        // P(wait > x) ~ c e^{-sx} with s the root of s = λ (e^s - 1) - …: e^{s D} = 1 + s/λ
        let (load, mut rate) = (0.95_f64, 0.1_f64);
        for _ in 0..200 {
            rate -= (rate.exp() - 1.0 - rate / load) / (rate.exp() - 1.0 / load);
        }
        let queue = Md1::new(load, 1.0).unwrap();
        let apart = queue.wait_percentile(1.0 - 1e-8) - queue.wait_percentile(1.0 - 1e-6);
        // 1 - 1e-8 keeps nine digits of 1e-8
        assert!((apart * rate / 100.0_f64.ln() - 1.0).abs() < 1e-8, "{apart}");
    }

    #[test]
    fn a_percentile_at_a_whole_service_and_one_below_the_share_that_waits() {
        let queue = Md1::new(0.5, 1.0).unwrap();
        // P(wait <= 1) = P(at most one waits or none is there) = (1 - ρ) (e^ρ + …): by Erlang's sum at 1
        let at_one = 1.0 - alternating(0.5, 1.0);
        assert!((queue.wait_percentile(at_one) - 1.0).abs() < 1e-12, "{}", queue.wait_percentile(at_one));
        assert_eq!(queue.wait_percentile(0.4), 0.0);
    }
}
