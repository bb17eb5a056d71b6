//! Capacity of units in nested failure domains: how much is up, how often it falls, and what a demand curve misses.

use super::convolution::{Adequacy, Pmf, adequacy, convolve};
use super::invalid::{Invalid, checked, not_negative};

/// When something is down: from time to time, independently of everything else. Only the two means matter for the long run, not the
/// shape of the distributions (for alternating outages: of both; for overlapping shocks: of the outage).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outages {
    up: f64,
    down: f64,
    /// Outages begun per hour of the long run.
    frequency: f64,
}

impl Outages {
    /// Never down.
    pub const NONE: Self = Self { up: 1.0, down: 0.0, frequency: 0.0 };

    /// Up for 1 ÷ `rate` hours on average, then down for `mean` hours on average: up 1 ÷ (1 + rate × mean) of the time.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a rate or mean that is negative or not finite.
    pub fn alternating(rate: f64, mean: f64) -> Result<Self, Invalid> {
        let load = not_negative("outages per hour up", rate)? * not_negative("mean outage", mean)?;
        let up = 1.0 / (1.0 + load);
        Ok(Self { up, down: load * up, frequency: rate * up })
    }

    /// Struck at `rate` per hour whether up or down, each time for `mean` hours on average, until the last outage in progress ends:
    /// up exp(−rate × mean) of the time.
    ///
    /// # Errors
    /// As [`Self::alternating`].
    pub fn overlapping(rate: f64, mean: f64) -> Result<Self, Invalid> {
        let load = not_negative("shocks per hour", rate)? * not_negative("mean outage", mean)?;
        let up = (-load).exp();
        Ok(Self { up, down: -(-load).exp_m1(), frequency: rate * up })
    }

    /// Share of the time up.
    #[must_use]
    pub fn availability(&self) -> f64 {
        self.up
    }
}

/// What a pool's capacity is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum CapacityModel {
    /// Alike units, each of `each` (a whole amount), failing independently.
    Units {
        /// How many.
        count: u32,
        /// Capacity of one.
        each: u32,
        /// When one is down.
        outages: Outages,
    },
    /// A failure domain: all within it is lost while it is down, and goes on failing and being repaired underneath.
    Domain {
        /// When it is down.
        outages: Outages,
        /// What is in it.
        within: Vec<CapacityModel>,
    },
    /// The sum of independent parts.
    All(Vec<CapacityModel>),
}

/// A capacity in the long run.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// P(capacity = k), k = 0 to all up.
    pub pmf: Pmf,
    /// How often per hour capacity falls from at least k to below k; `falls[0]` = 0.
    pub falls: Vec<f64>,
}

/// The most capacity a model may have: the tables have an entry a unit of it.
const LARGEST: f64 = 1e6;

impl CapacityModel {
    /// Its capacity in the long run, by convolution.
    ///
    /// Frequencies along with probabilities: Hall, Ringlee & Wood (1968), "Frequency and duration methods for power system
    /// reliability calculations", *IEEE Transactions on PAS* 87; Billinton & Allan (1996), *Reliability Evaluation of Power Systems*,
    /// §2.7. As no two parts jump at the same instant, a sum X + Y falls below k as often as X falls below k − y, weighted by P(Y = y),
    /// and the other way round; a domain with frequency f and availability A falls below k as often as A × what is within does, and
    /// f × P(what is within is at least k) beside.
    ///
    /// # Errors
    /// [`Invalid::Number`] when all up is more than 1,000,000.
    pub fn capacity(&self) -> Result<Capacity, Invalid> {
        checked("capacity with all up", self.largest(), "at most 1000000", self.largest() <= LARGEST)?;
        Ok(self.table())
    }

    fn largest(&self) -> f64 {
        match self {
            Self::Units { count, each, .. } => f64::from(*count) * f64::from(*each),
            Self::Domain { within, .. } | Self::All(within) => within.iter().map(Self::largest).sum(),
        }
    }

    fn table(&self) -> Capacity {
        match self {
            Self::Units { count, each, outages } => Capacity::of_unit(*each, outages).times(*count),
            Self::Domain { outages, within } => Self::sum(within).under(outages),
            Self::All(parts) => Self::sum(parts),
        }
    }

    /// Neighbours that are alike are worked out once.
    fn sum(parts: &[Self]) -> Capacity {
        parts.chunk_by(PartialEq::eq).fold(Capacity::none(), |sum, alike| sum.plus(&alike[0].table().times(alike.len() as u32)))
    }
}

impl Capacity {
    /// No capacity.
    fn none() -> Self {
        Self { pmf: vec![1.0], falls: vec![0.0] }
    }

    fn of_unit(each: u32, outages: &Outages) -> Self {
        let each = each as usize;
        if each == 0 {
            return Self::none();
        }
        let mut pmf = vec![0.0; each + 1];
        (pmf[0], pmf[each]) = (outages.down, outages.up);
        let falls = (0..=each).map(|k| if k == 0 { 0.0 } else { outages.frequency }).collect();
        Self { pmf, falls }
    }

    fn plus(&self, other: &Self) -> Self {
        let falls = convolve(&self.falls, &other.pmf).into_iter().zip(convolve(&other.falls, &self.pmf));
        Self { pmf: convolve(&self.pmf, &other.pmf), falls: falls.map(|(a, b)| a + b).collect() }
    }

    /// The sum of `count` independent ones, by doubling.
    fn times(&self, count: u32) -> Self {
        let (mut sum, mut power, mut left) = (Self::none(), self.clone(), count);
        while left > 0 {
            if left % 2 == 1 {
                sum = sum.plus(&power);
            }
            left /= 2;
            if left > 0 {
                power = power.plus(&power);
            }
        }
        sum
    }

    fn under(&self, outages: &Outages) -> Self {
        let mut pmf: Pmf = self.pmf.iter().map(|p| p * outages.up).collect();
        pmf[0] += outages.down;
        let mut falls: Vec<f64> = self.falls.iter().map(|often| often * outages.up).collect();
        let mut at_least = 0.0;
        for k in (1..falls.len()).rev() {
            at_least += self.pmf[k];
            falls[k] += outages.frequency * at_least;
        }
        Self { pmf, falls }
    }

    /// Whole units that a load needs.
    fn needed(&self, load: f64) -> usize {
        (load.ceil().max(0.0) as usize).min(self.pmf.len())
    }

    /// P(capacity < load) in the long run.
    #[must_use]
    pub fn p_below(&self, load: f64) -> f64 {
        self.pmf[..self.needed(load)].iter().sum()
    }

    /// How often per hour capacity falls below a constant load: 0 for a load above all capacity, which is never met.
    #[must_use]
    pub fn frequency_below(&self, load: f64) -> f64 {
        self.falls.get(self.needed(load)).copied().unwrap_or(0.0)
    }

    /// Mean hours that capacity stays below the load: share of the time ÷ frequency.
    #[must_use]
    pub fn mean_hours_below(&self, load: f64) -> f64 {
        self.p_below(load) / self.frequency_below(load)
    }

    /// Loss-of-load hours and unserved amount against a load by the hour: LOLE and EUE; LOLP is LOLE ÷ hours.
    #[must_use]
    pub fn adequacy(&self, loads: &[f64]) -> Adequacy {
        adequacy(&self.pmf, loads)
    }

    /// Expected number of shortages begun over a load by the hour that comes round again (a day, a week, a year): capacity falls
    /// below the load within an hour, or the load rises above it at the full hour.
    #[must_use]
    pub fn shortages(&self, loads: &[f64]) -> f64 {
        let Some(last) = loads.last() else { return 0.0 };
        let before = std::iter::once(last).chain(loads);
        loads.iter().zip(before).map(|(load, before)| self.frequency_below(*load) + self.between(*before, *load)).sum()
    }

    /// P(enough for the load before, not for this one).
    fn between(&self, before: f64, load: f64) -> f64 {
        let (from, to) = (self.needed(before), self.needed(load));
        if from < to { self.pmf[from..to].iter().sum() } else { 0.0 }
    }
}
