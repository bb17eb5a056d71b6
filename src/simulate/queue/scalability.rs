//! The universal scalability law: what more work at once brings, and what it costs.

use crate::stats::Invalid;

/// Throughput and response of a unit with N requests in it at a time:
/// `X(N) = λN / (1 + σ(N - 1) + κN(N - 1))`, and by Little's law `R(N) = N / X(N)`.
///
/// Gunther (2007), *Guerrilla Capacity Planning*, ch. 4–6; Little (1961), "A proof for the queuing formula L = λW", *Operations
/// Research* 9(3), 383–387.
///
/// ```
/// use plimsoll::simulate::queue::Scalability;
/// let law = Scalability::new(100.0, 0.02, 0.0005)?;
/// // most is done with √((1 - σ) / κ) = 44.3 at a time
/// assert!((law.peak() - law.throughput(44.271_887)).abs() < 1e-9);
/// assert!(law.throughput(60.0) < law.peak());
/// # Ok::<(), plimsoll::stats::Invalid>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scalability {
    rate: f64,
    contention: f64,
    coherence: f64,
}

impl Scalability {
    /// From λ, requests a second of a unit that has one at a time; σ, contention; κ, coherence.
    ///
    /// # Errors
    /// λ that is not above 0, σ outside [0, 1), κ below 0, and both 0: then there is no peak, and nothing that utilization
    /// could be a share of.
    pub fn new(rate: f64, contention: f64, coherence: f64) -> Result<Self, Invalid> {
        let refuse = |parameter, seen: f64, expected| Err(Invalid { parameter, seen: format!("is {seen}"), expected });
        if !(rate > 0.0 && rate.is_finite()) {
            return refuse("rate", rate, "a finite number a second above 0");
        }
        if !(0.0..1.0).contains(&contention) {
            return refuse("contention", contention, "0 or more and below 1");
        }
        if !(coherence >= 0.0 && coherence.is_finite()) {
            return refuse("coherence", coherence, "a finite number of 0 or more");
        }
        if contention + coherence == 0.0 {
            return refuse("contention", 0.0, "above 0 where `coherence` is 0: without either there is no peak");
        }
        Ok(Self { rate, contention, coherence })
    }

    /// Seconds that a request takes when `at_once` are in the unit; below one at a time as with one.
    #[must_use]
    pub fn response(&self, at_once: f64) -> f64 {
        let n = at_once.max(1.0);
        (1.0 + self.contention * (n - 1.0) + self.coherence * n * (n - 1.0)) / self.rate
    }

    /// Requests a second when `at_once` are in the unit.
    #[must_use]
    pub fn throughput(&self, at_once: f64) -> f64 {
        at_once / self.response(at_once)
    }

    /// With how many at once most is done, √((1 - σ) / κ); infinite without coherence.
    #[must_use]
    pub fn at_peak(&self) -> f64 {
        if self.coherence > 0.0 { ((1.0 - self.contention) / self.coherence).sqrt().max(1.0) } else { f64::INFINITY }
    }

    /// The most requests a second: at [`Scalability::at_peak`], or λ/σ, which is approached but not reached.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let most = self.at_peak();
        if most.is_finite() { self.throughput(most) } else { self.rate / self.contention }
    }

    /// The highest throughput ÷ peak at which a request takes at most `seconds` on average; `None` when one alone takes longer.
    ///
    /// The root of κN² + (σ - κ)N = λ seconds - 1 + σ, or the peak if that comes first.
    #[must_use]
    pub fn utilization_at(&self, seconds: f64) -> Option<f64> {
        let room = self.rate * seconds - 1.0;
        if room < 0.0 {
            return None;
        }
        let (half, constant) = ((self.contention - self.coherence) / 2.0, room + self.contention);
        // the positive root without cancellation, whichever sign `half` has; its product form holds at κ = 0 too
        let root = (half * half + self.coherence * constant).sqrt();
        let at_once = if half >= 0.0 { constant / (half + root) } else { (root - half) / self.coherence };
        let share = self.throughput(at_once.min(self.at_peak())) / self.peak();
        // σ alone and no end to the response: all of the peak
        Some(if share.is_nan() { 1.0 } else { share.min(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_at_the_utilization_found_is_the_one_asked_for() {
        for (contention, coherence) in [(0.02, 0.0005), (0.3, 0.0), (0.0, 0.01), (0.001, 0.2)] {
            let law = Scalability::new(50.0, contention, coherence).unwrap();
            for seconds in [0.02, 0.021, 0.03] {
                let found = law.utilization_at(seconds).unwrap() * law.peak();
                // by halving on the number at once, where the throughput still rises
                let (mut low, mut high) = (0.5, law.at_peak().min(1e6));
                for _ in 0..200 {
                    let middle = f64::midpoint(low, high);
                    if law.response(middle) <= seconds { low = middle } else { high = middle }
                }
                assert!((found / law.throughput(low) - 1.0).abs() < 1e-9, "{contention} {coherence} {seconds}");
            }
        }
    }

    #[test]
    fn contention_alone_is_amdahls_law() {
        // R = (1 + σ(N - 1)) / λ: at twice the lone response N = 1 + 1/σ, X = λ(1 + 1/σ)/2, of a peak of λ/σ that is (1 + σ)/2
        let law = Scalability::new(10.0, 0.25, 0.0).unwrap();
        assert!((law.utilization_at(0.2).unwrap() - 0.625).abs() < 1e-15);
        assert_eq!(law.utilization_at(0.099), None);
        assert_eq!(law.utilization_at(f64::INFINITY), Some(1.0));
    }

    #[test]
    fn a_patient_objective_is_held_up_to_the_peak_and_not_beyond() {
        let law = Scalability::new(10.0, 0.1, 0.01).unwrap();
        assert_eq!(law.utilization_at(100.0), Some(1.0));
    }

    #[test]
    fn what_is_no_law_is_told() {
        let told = |rate, contention, coherence| Scalability::new(rate, contention, coherence).unwrap_err().to_string();
        assert_eq!(told(0.0, 0.1, 0.1), "rate is 0, expected a finite number a second above 0");
        assert_eq!(told(1.0, 1.0, 0.1), "contention is 1, expected 0 or more and below 1");
        assert_eq!(told(1.0, 0.1, -0.1), "coherence is -0.1, expected a finite number of 0 or more");
        assert!(told(1.0, 0.0, 0.0).contains("no peak"));
    }
}
