//! When to ask again: backoff with jitter, what the server wishes, deadlines. The clock is handed in, so that tests do not wait.
#![expect(clippy::disallowed_methods, reason = "deadlines of requests; no result depends on them")]

use std::time::{Duration, Instant};

/// Time that passes.
pub trait Clock: Sync {
    /// Since the fetch began.
    fn elapsed(&self) -> Duration;
    /// Lets some pass.
    fn sleep(&self, time: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy)]
pub struct Wall(Instant);

impl Wall {
    /// Begins now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Wall {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Exponential backoff with full jitter: a random share of `base × 2^tries`, at most `most`. The share depends on the request and the
/// try only, never on which thread is first.
pub(super) fn backoff(base: Duration, most: Duration, tries: u32, address: u64) -> Duration {
    let ceiling = base.saturating_mul(1 << tries.min(20)).min(most);
    let share = (mixed(address ^ (u64::from(tries) << 56)) >> 11) as f64 / (1_u64 << 53) as f64;
    ceiling.mul_f64(share)
}

/// A well-mixed number from an address (the finalizer of SplitMix64).
pub(super) fn mixed(address: u64) -> u64 {
    let mut bits = address.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// What `Retry-After` says: seconds, or a date, which counts from the server's own `Date` (or ours, when it has none).
pub(super) fn retry_after(value: &str, date: Option<&str>, now: i64) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp().as_second());
    let then = instant(value)?;
    let from = date.and_then(instant).unwrap_or(now);
    Some(Duration::from_secs(then.saturating_sub(from).max(0) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_full_bounded_and_repeatable() {
        let (base, most) = (Duration::from_millis(500), Duration::from_secs(30));
        let waits = |tries| (0..1_000).map(move |address| backoff(base, most, tries, address).as_secs_f64());
        for (tries, ceiling) in [(0, 0.5), (3, 4.0), (10, 30.0), (40, 30.0)] {
            let mean = waits(tries).sum::<f64>() / 1_000.0;
            assert!(waits(tries).all(|wait| (0.0..=ceiling).contains(&wait)));
            assert!((mean / ceiling - 0.5).abs() < 0.05, "{tries}: {mean}");
        }
        assert_eq!(backoff(base, most, 2, 77), backoff(base, most, 2, 77));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 ", None, 0), Some(Duration::from_secs(7)));
        let (then, date) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT");
        assert_eq!(retry_after(then, Some(date), 0), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(then, None, 784_111_770), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(then, None, 900_000_000), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", None, 0), None);
    }
}
