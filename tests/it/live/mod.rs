//! Live sources against a real Prometheus (and VictoriaMetrics) on the loopback, and against a proxy that breaks what it can.

mod failures;
mod oracle;
mod program;
mod proxy;
mod secrets;
mod values;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plimsoll::formats::Reading;
use plimsoll::live::{Access, Clock, Context, Limits, Query, fetch};
use plimsoll::observe::{Event, Observer, Silent};
use plimsoll::problem::Problem;
use plimsoll::time::{Step, Timestamp};

/// The samples lie within these.
const START: i64 = 1_504_447_811;
const END: i64 = 1_504_547_237;

/// A clock that only sleeping moves on, and that notes how long was slept.
#[derive(Default)]
struct Still {
    passed: AtomicU64,
    slept: Mutex<Vec<Duration>>,
}

impl Clock for Still {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.passed.load(Ordering::SeqCst))
    }
    fn sleep(&self, time: Duration) {
        self.passed.fetch_add(time.as_millis().max(1) as u64, Ordering::SeqCst);
        self.slept.lock().unwrap().push(time);
    }
}

/// Asks to stop after so many parts.
struct Impatient {
    left: AtomicU64,
}

impl Observer for Impatient {
    fn on(&self, event: &Event<'_>) {
        if let Event::Advanced { parts, .. } = event {
            let left = self.left.load(Ordering::SeqCst);
            self.left.store(left.saturating_sub(*parts), Ordering::SeqCst);
        }
    }
    fn interrupted(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

/// What tests vary.
struct Setting<'s> {
    access: Access,
    limits: Limits,
    observer: &'s dyn Observer,
    cache: Option<&'s Path>,
    now: i64,
    clock: Still,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self {
            access: Access::none(),
            limits: Limits::default(),
            observer: &Silent,
            cache: None,
            now: 1_700_000_000,
            clock: Still::default(),
        }
    }
}

impl Setting<'_> {
    fn with(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    fn fetch(&self, query: &Query) -> Result<Reading<'static>, Vec<Problem>> {
        let Self { access, limits, observer, cache, now, clock } = self;
        fetch(query, &Context { access, limits, observer: *observer, clock, cache: *cache, now: Timestamp(*now) })
    }
}

impl Setting<'_> {
    /// What a fetch that must not succeed says.
    #[track_caller]
    fn refused(&self, query: &Query) -> Vec<Problem> {
        match self.fetch(query) {
            Ok(reading) => panic!("answered: {} series", reading.series.len()),
            Err(problems) => problems,
        }
    }
}

fn query(url: &str, text: &str, step: i64) -> Query {
    Query::new(url, text, Timestamp(START), Timestamp(END), Step(step))
}

#[track_caller]
fn same(one: &Reading<'_>, other: &Reading<'_>) {
    assert_eq!(one.series.len(), other.series.len());
    for (one, other) in one.series.iter().zip(&other.series) {
        assert_eq!(one.id, other.id);
        assert!(one == other, "{} differs: {} and {} samples", one.id, one.at.len(), other.at.len());
    }
}

/// Everything that a user might see of problems.
fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n{problem:?}\n")).collect()
}
