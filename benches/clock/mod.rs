//! Clocks of the benches that print `work TAB cpu_seconds TAB note`.

#![allow(dead_code, reason = "each bench uses some of it")]

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// User and system time of this process in seconds, all threads.
pub fn cpu() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

/// Seconds of wall time.
pub fn wall() -> f64 {
    seconds(ClockId::Monotonic)
}

fn seconds(clock: ClockId) -> f64 {
    let now = clock_gettime(clock);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// The least seconds on a clock of some rounds, and what the last one gave.
pub fn least<T>(clock: fn() -> f64, rounds: u32, mut one: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let from = clock();
        let seen = black_box(one());
        (clock() - from, seen)
    };
    let (mut least, mut seen) = timed();
    for _ in 1..rounds {
        let (spent, last) = timed();
        (least, seen) = (least.min(spent), last);
    }
    (least, seen)
}
