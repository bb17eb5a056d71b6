//! Systems that come back to "all up" and forget: cycles for the long run, and an excursion at any moment for a horizon.

use super::tally::{Effort, Tally, quotient, replicate};
use crate::stats::Estimate;
use crate::stream::{Generator, Stream};

/// What a system does from its first failure until all is up again.
#[derive(Debug, Default, Clone)]
pub(super) struct Excursion {
    /// Likelihood ratio of the biased excursion; 1 for a natural one. Of use only when the system went down.
    pub weight: f64,
    /// Outages as (begin, end), counted from the first failure.
    pub down: Vec<(f64, f64)>,
    /// Until all is up, or the age where it was cut off.
    pub length: f64,
    /// Failed units × hours.
    pub lost: f64,
}

/// A system whose first failure from "all up" comes at a constant rate, whatever was before.
pub(super) trait Renewing: Sync {
    /// What an excursion works with, kept between excursions.
    type Work: Default;

    /// Rate of the first failure, per hour.
    fn leave_rate(&self) -> f64;

    /// One excursion, cut off at the age `until`; biased towards outages up to the first, and natural from there on.
    fn excursion(&self, work: &mut Self::Work, biased: bool, until: f64, rng: &mut Generator, into: &mut Excursion);
}

/// Measures of the long run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadyRare {
    /// Share of time down.
    pub unavailability: Estimate,
    /// Outages per hour.
    pub outage_frequency: Estimate,
    /// Hours an outage.
    pub mean_outage: Estimate,
    /// Hours between the beginnings of outages.
    pub mtbf: Estimate,
    /// Mean hours from all up to the first outage.
    pub mttf: Estimate,
    /// Mean units failed.
    pub mean_failed: Estimate,
    /// (Σw)² ÷ Σw² of the weighted hours down.
    pub effective_sample_size: f64,
    /// The largest weight's share of their sum.
    pub largest_share: f64,
}

/// Regenerative cycles; hours down and outages from biased cycles, lengths from natural ones (measure-specific dynamic
/// importance sampling). Steady measures are ratios of cycle means.
///
/// Goyal, Shahabuddin, Heidelberger, Nicola & Glynn (1992), "A unified framework for simulating Markovian models of highly
/// dependable systems", *IEEE Transactions on Computers* 41(1), 36–51.
pub(super) fn steady<R: Renewing>(system: &R, stream: Stream, effort: Effort) -> SteadyRare {
    let idle = 1.0 / system.leave_rate();
    let cycle = |(work, out): &mut (R::Work, Excursion), biased, rng: &mut Generator| {
        system.excursion(work, biased, f64::INFINITY, rng, out);
        (out.down.iter().map(|(from, to)| to - from).sum::<f64>(), out.down.len() as f64)
    };
    let rare: Tally<3> = replicate(stream.named("biased cycle"), effort, 0, Default::default, |held, rng| {
        let (hours, outages) = cycle(held, true, rng);
        let weight = if outages > 0.0 { held.1.weight } else { 0.0 };
        [weight * hours, weight * outages, weight]
    });
    let natural: Tally<3> = replicate(stream.named("natural cycle"), effort, 0, Default::default, |held, rng| {
        cycle(held, false, rng);
        let first = held.1.down.first().map_or(held.1.length, |down| down.0);
        [idle + held.1.length, idle + first, held.1.lost]
    });
    let long = natural.estimate(0);
    let frequency = quotient(rare.estimate(1), long);
    SteadyRare {
        unavailability: quotient(rare.estimate(0), long),
        outage_frequency: frequency,
        mean_outage: rare.ratio(0, 1),
        mtbf: quotient(long, rare.estimate(1)),
        mttf: quotient(natural.estimate(1), rare.estimate(2)),
        mean_failed: natural.ratio(2, 0),
        effective_sample_size: rare.effective(0),
        largest_share: rare.largest_share(0),
    }
}

/// Measures over a horizon, all up at its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HorizonRare {
    /// P(at least one outage begins).
    pub p_outage: Estimate,
    /// Expected outages begun.
    pub outages: Estimate,
    /// Expected share of the time down.
    pub interval_unavailability: Estimate,
    /// P(down at the end).
    pub unavailability: Estimate,
    /// Replications made.
    pub replications: u64,
    /// (Σw)² ÷ Σw² of the weights of `p_outage`.
    pub effective_sample_size: f64,
    /// The largest weight's share of their sum.
    pub largest_share: f64,
}

/// Biased excursions that share a natural past.
const EXCURSIONS: usize = 8;

/// P(outage by T) and its kin when T spans many cycles, without a likelihood ratio over all of them.
///
/// An excursion that begins at t is down at t + v. Summed over all beginnings: ∫ P(all up at t) · rate · P(down at age v)
/// dt. All up at t is told by a natural past, the excursion is biased, and the moment t is integrated exactly: the first
/// failure need not even be forced (Nicola, Heidelberger & Shahabuddin 1992, "Uniformization and exponential transformation";
/// conditional expectation in place of the forced clock). For the first outage the past counts up to its own first outage.
pub(super) fn horizon<R: Renewing>(system: &R, hours: f64, stream: Stream, effort: Effort) -> HorizonRare {
    let rate = system.leave_rate();
    let tally: Tally<4> = replicate(stream.named("horizon"), effort, 0, Default::default, |held, rng| {
        let (work, past, out): &mut (R::Work, Past, Excursion) = held;
        past.draw(system, work, hours, rng, out);
        let mut sums = [0.0; 4];
        for _ in 0..EXCURSIONS {
            system.excursion(work, true, hours, rng, out);
            let Some((first, _)) = out.down.first().copied() else { continue };
            let weight = out.weight * rate / EXCURSIONS as f64;
            sums[0] += weight * past.idle((hours - first).min(past.first_outage)).0;
            for (from, to) in &out.down {
                let (begun, ended) = (past.idle(hours - from), past.idle(hours - to));
                sums[1] += weight * begun.0;
                sums[2] += weight * (begun.1 - ended.1) / hours;
                sums[3] += weight * (begun.0 - ended.0);
            }
        }
        sums
    });
    HorizonRare {
        p_outage: tally.estimate(0),
        outages: tally.estimate(1),
        interval_unavailability: tally.estimate(2),
        unavailability: tally.estimate(3),
        replications: tally.count(),
        effective_sample_size: tally.effective(0),
        largest_share: tally.largest_share(0),
    }
}

/// A natural course of the system: when all was up.
#[derive(Debug, Default)]
struct Past {
    /// All up from begin to end; hours all up before; their integral up to the begin.
    up: Vec<(f64, f64, f64, f64)>,
    first_outage: f64,
}

impl Past {
    fn draw<R: Renewing>(&mut self, system: &R, work: &mut R::Work, hours: f64, rng: &mut Generator, out: &mut Excursion) {
        self.up.clear();
        self.first_outage = f64::INFINITY;
        let (mut now, mut idle, mut area) = (0.0, 0.0, 0.0);
        while now < hours {
            let stay = rng.exponential() / system.leave_rate();
            let end = now + stay;
            self.up.push((now, end, idle, area));
            if end >= hours {
                break;
            }
            area += idle * stay + stay * stay / 2.0;
            idle += stay;
            system.excursion(work, false, hours - end, rng, out);
            if let Some((begin, _)) = out.down.first() {
                self.first_outage = self.first_outage.min(end + begin);
            }
            area += idle * out.length;
            now = end + out.length;
        }
    }

    /// Hours all up before `t`, and the integral of that up to `t`; 0 before the start.
    fn idle(&self, t: f64) -> (f64, f64) {
        if t <= 0.0 {
            return (0.0, 0.0);
        }
        let (begin, end, idle, area) = self.up[self.up.partition_point(|one| one.0 <= t) - 1];
        let stay = t.min(end) - begin;
        let after = (t - end).max(0.0);
        (idle + stay, area + idle * stay + stay * stay / 2.0 + (idle + stay) * after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_all_up_and_their_integral_are_those_of_the_course() {
        // up 0–2, away 2–5, up 5–9: by hand at 1, 4 and 7
        let past = Past { up: vec![(0.0, 2.0, 0.0, 0.0), (5.0, 9.0, 2.0, 8.0)], first_outage: f64::INFINITY };
        assert_eq!(past.idle(1.0), (1.0, 0.5));
        assert_eq!(past.idle(4.0), (2.0, 6.0));
        assert_eq!(past.idle(7.0), (4.0, 14.0));
        assert_eq!(past.idle(-1.0), (0.0, 0.0));
    }
}
