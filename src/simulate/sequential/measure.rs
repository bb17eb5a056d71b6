use super::engine::{State, Watch};

/// What one replication fell short of a load by the hour that repeats, and its lowest capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adequacy {
    /// Hours in which capacity was below the load.
    pub hours_short: f64,
    /// Amount × hours that it was below.
    pub unserved: f64,
    /// The lowest capacity.
    pub lowest: i64,
}

/// A load by the hour, and what capacity in lane 0 falls short of it. Spans whose capacity is above every load are skipped.
#[derive(Debug, Clone)]
pub struct DailyLoad {
    loads: Vec<f64>,
    peak: i64,
    /// What was seen since [`DailyLoad::start`].
    pub seen: Adequacy,
}

impl DailyLoad {
    /// The loads of hours 0, 1, …, again and again; `None` when there is none or one is not a number.
    #[must_use]
    pub fn new(loads: Vec<f64>) -> Option<Self> {
        let peak = loads.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if loads.is_empty() || loads.iter().any(|load| !load.is_finite()) {
            return None;
        }
        Some(Self { loads, peak: peak.ceil() as i64, seen: Self::NOTHING })
    }

    const NOTHING: Adequacy = Adequacy { hours_short: 0.0, unserved: 0.0, lowest: i64::MAX };

    /// Forgets what was seen.
    pub fn start(&mut self) {
        self.seen = Self::NOTHING;
    }

    #[cold]
    fn compare(&mut self, from: f64, until: f64, capacity: f64) {
        let (mut at, mut hour) = (from, from.floor());
        let mut index = hour as usize % self.loads.len();
        while at < until {
            hour += 1.0;
            let next = hour.min(until);
            let lack = self.loads[index] - capacity;
            if lack > 0.0 {
                self.seen.hours_short += next - at;
                self.seen.unserved += lack * (next - at);
            }
            at = next;
            index = if index + 1 == self.loads.len() { 0 } else { index + 1 };
        }
    }
}

impl Watch for DailyLoad {
    #[inline]
    fn hold(&mut self, from: f64, until: f64, state: &State) -> bool {
        let capacity = state.total(0);
        self.seen.lowest = self.seen.lowest.min(capacity);
        if capacity < self.peak {
            self.compare(from, until, capacity as f64);
        }
        true
    }
}
