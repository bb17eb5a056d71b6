//! k-out-of-n groups: a birth–death chain biased towards failure.

use super::renewal::{Excursion, HorizonRare, Renewing, SteadyRare, horizon, steady};
use super::splitting::Climb;
use super::tally::Effort;
use crate::simulate::exact::KOfN;
use crate::stats::Invalid;
use crate::stream::{Generator, Stream};

/// A k-out-of-n group made ready to sample: per number of units failed, the rate out and the share of it that is a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    states: Vec<(f64, f64)>,
    down: usize,
    bias: f64,
}

impl Group {
    /// A group from its description.
    ///
    /// # Errors
    /// The first parameter that makes no group, what it is and what is accepted.
    pub fn new(of: &KOfN) -> Result<Self, Invalid> {
        let refuse = |ok: bool, parameter, seen: f64, expected| {
            if ok { Ok(()) } else { Err(Invalid { parameter, seen: format!("is {seen}"), expected }) }
        };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        refuse(of.units >= 1, "units", f64::from(of.units), "1 or more")?;
        refuse((1..=of.units).contains(&of.needed), "needed", f64::from(of.needed), "from 1 to the units there are")?;
        refuse(of.crews >= 1, "crews", f64::from(of.crews), "1 or more")?;
        refuse(positive(of.mttf), "mttf", of.mttf, "a finite number of hours above 0")?;
        refuse(positive(of.mttr), "mttr", of.mttr, "a finite number of hours above 0")?;
        refuse((0.0..=1.0).contains(&of.standby), "standby", of.standby, "from 0 (cold) to 1 (hot)")?;
        let state = |failed: u32| {
            let active = of.needed.min(of.units - failed);
            let fails = (f64::from(active) + of.standby * f64::from(of.units - failed - active)) / of.mttf;
            let repairs = f64::from(failed.min(of.crews)) / of.mttr;
            (fails + repairs, fails / (fails + repairs))
        };
        let down = (of.units - of.needed + 1) as usize;
        Ok(Self { states: (0..=of.units).map(state).collect(), down, bias: bias(down) })
    }

    /// Long-run measures from biased regenerative cycles.
    #[must_use]
    pub fn steady(&self, stream: Stream, effort: Effort) -> SteadyRare {
        steady(self, stream, effort)
    }

    /// Measures over `hours`, all up at the start.
    #[must_use]
    pub fn horizon(&self, hours: f64, stream: Stream, effort: Effort) -> HorizonRare {
        horizon(self, hours, stream, effort)
    }
}

/// Probability with which a biased step fails, when `needed` failures in a row bring the system down: 1 − 1/needed, at
/// least ½. Straight ways down then keep the share (1 − 1/k)^(k−1) ≥ e^−1 of the cycles, where ½ would keep 2^−(k−1), and
/// detours stay likely enough: for each, weights shrink by rates of order mttr/mttf and grow by k at most.
///
/// Balanced failure biasing: Shahabuddin (1994), "Importance sampling for the simulation of highly reliable Markovian
/// systems", *Management Science* 40(3), 333–352: any share bounded away from 0 and 1 gives bounded relative error.
pub(super) fn bias(needed: usize) -> f64 {
    (1.0 - 1.0 / needed.max(1) as f64).max(0.5)
}

impl Renewing for Group {
    type Work = ();

    fn leave_rate(&self) -> f64 {
        self.states[0].0
    }

    fn excursion(&self, (): &mut (), mut biased: bool, until: f64, rng: &mut Generator, into: &mut Excursion) {
        into.down.clear();
        (into.weight, into.lost) = (1.0, 0.0);
        let (mut now, mut failed, mut since) = (0.0, 1, None);
        while failed > 0 && now < until {
            if failed >= self.down && since.is_none() {
                since = Some(now);
                biased = false;
            }
            let (rate, natural) = self.states[failed];
            let stay = rng.exponential() / rate;
            now += stay;
            into.lost += stay * failed as f64;
            let chosen = if biased { natural.max(self.bias) } else { natural };
            if rng.uniform() < chosen {
                into.weight *= natural / chosen;
                failed += 1;
            } else {
                into.weight *= (1.0 - natural) / (1.0 - chosen);
                failed -= 1;
                if failed + 1 == self.down {
                    into.down.extend(since.take().map(|from| (from, now)));
                }
            }
        }
        into.down.extend(since.map(|from| (from, now)));
        into.length = now;
    }
}

/// The number of failed units as a height to climb within a horizon.
pub(super) struct GroupClimb<'a> {
    pub group: &'a Group,
    pub hours: f64,
}

impl Climb for GroupClimb<'_> {
    type State = (f64, usize);

    fn begin(&self, _: &mut Generator) -> Self::State {
        (0.0, 0)
    }

    fn height(&self, state: &Self::State) -> f64 {
        state.1 as f64
    }

    fn top(&self) -> f64 {
        self.group.down as f64
    }

    fn climb(&self, (now, failed): &mut Self::State, level: f64, rng: &mut Generator) -> f64 {
        let mut highest = *failed;
        while (highest as f64) < level {
            let (rate, fails) = self.group.states[*failed];
            *now += rng.exponential() / rate;
            if *now > self.hours {
                break;
            }
            if rng.uniform() < fails {
                *failed += 1;
            } else {
                *failed -= 1;
            }
            highest = highest.max(*failed);
        }
        highest as f64
    }
}
