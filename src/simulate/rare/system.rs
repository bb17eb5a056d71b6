//! Units in a tree of failure domains with general laws, and the question whether their capacity falls too low.

use super::renewal::{Excursion, HorizonRare, Renewing, SteadyRare, horizon, steady};
use super::tally::Effort;
use crate::stats::{Distribution, Invalid, Sampler};
use crate::stream::{Generator, Stream};

/// Things down at once on average, from which on "all up" is too seldom to return to.
const CROWDED: f64 = 1.0;

/// A failure domain: while it is out, all below it are out with it and go on failing and being repaired underneath.
#[derive(Debug, Clone, PartialEq)]
pub struct Domain {
    /// The domain around it: an earlier one of the list.
    pub parent: Option<usize>,
    /// Hours from the end of an outage to the next.
    pub between: Distribution,
    /// Hours an outage takes.
    pub outage: Distribution,
}

/// Alike units in the same place; each has its own repair.
#[derive(Debug, Clone, PartialEq)]
pub struct Units {
    /// How many.
    pub count: u32,
    /// Capacity of each.
    pub capacity: u32,
    /// The domain they are in.
    pub domain: Option<usize>,
    /// Hours from new (or repaired) to failure.
    pub life: Distribution,
    /// Hours to repair.
    pub repair: Distribution,
}

/// A system that is down while its capacity is below `needed`. All is up and new at the start.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    pub(super) domains: Vec<Domain>,
    pub(super) units: Vec<Units>,
    pub(super) needed: u64,
    /// Domains around each kind of units, itself included.
    pub(super) around: Vec<Vec<usize>>,
    laws: Vec<Law>,
    bias: f64,
}

/// Failure and repair of a class: units of a kind, then domains.
#[derive(Debug, Clone)]
pub(super) struct Law {
    pub life: Distribution,
    pub repair: Distribution,
    rate: Option<f64>,
    draw: Sampler,
    longer: Option<Sampler>,
    mean: f64,
}

impl PartialEq for Law {
    fn eq(&self, other: &Self) -> bool {
        self.life == other.life && self.repair == other.repair
    }
}

impl Law {
    fn of(life: &Distribution, repair: &Distribution) -> Self {
        let rate = if let Distribution::Exponential { mean } = life { Some(1.0 / mean) } else { None };
        Self {
            life: life.clone(),
            repair: repair.clone(),
            rate,
            draw: repair.sampler(),
            longer: longer(repair).map(|law| law.sampler()),
            mean: repair.mean(),
        }
    }

    /// A repair, half of them length-biased where that law is known, with its likelihood ratio 1 ÷ (½ + ½ x/mean) ≤ 2. In a
    /// state with several down at once each is seen with probability ∝ its length.
    fn biased_repair(&self, rng: &mut Generator) -> (f64, f64) {
        let Some(longer) = &self.longer else { return (self.draw.draw(rng), 1.0) };
        let x = if rng.uniform() < 0.5 { longer.draw(rng) } else { self.draw.draw(rng) };
        (x, 1.0 / (0.5 + 0.5 * x / self.mean))
    }
}

/// The law with density ∝ x × density, where it is of the same kind.
fn longer(law: &Distribution) -> Option<Distribution> {
    match law {
        Distribution::Exponential { mean } => Some(Distribution::Gamma { shape: 2.0, scale: *mean }),
        Distribution::Gamma { shape, scale } => Some(Distribution::Gamma { shape: shape + 1.0, scale: *scale }),
        Distribution::Lognormal { median, sigma } => {
            Some(Distribution::Lognormal { median: median * (sigma * sigma).exp(), sigma: *sigma })
        }
        _ => None,
    }
}

impl System {
    /// A system from its parts.
    ///
    /// # Errors
    /// The first part that makes no system: a law without valid parameters or with times of 0 or less, a domain around a
    /// domain that is not before it, no units, or a need that is 0 or above all capacity.
    pub fn new(domains: Vec<Domain>, units: Vec<Units>, needed: u64) -> Result<Self, Invalid> {
        let refuse = |parameter, seen: String, expected| Err(Invalid { parameter, seen, expected });
        for law in domains
            .iter()
            .flat_map(|one| [&one.between, &one.outage])
            .chain(units.iter().flat_map(|one| [&one.life, &one.repair]))
        {
            times(law)?;
        }
        if let Some((i, bad)) = domains.iter().enumerate().find(|(i, one)| one.parent.is_some_and(|parent| parent >= *i)) {
            return refuse("parent", format!("of domain {i} is {:?}", bad.parent), "an earlier domain");
        }
        if let Some(bad) = units.iter().find_map(|one| one.domain.filter(|domain| *domain >= domains.len())) {
            return refuse("domain", format!("is {bad}"), "the number of a domain of the list");
        }
        let all: u64 = units.iter().map(|one| u64::from(one.count) * u64::from(one.capacity)).sum();
        if needed == 0 || needed > all {
            return refuse("needed", format!("is {needed} of {all}"), "a capacity above 0 that there is when all are up");
        }
        let around =
            units.iter().map(|one| std::iter::successors(one.domain, |inner| domains[*inner].parent).collect()).collect();
        let laws = units.iter().map(|one| Law::of(&one.life, &one.repair));
        let laws = laws.chain(domains.iter().map(|one| Law::of(&one.between, &one.outage))).collect();
        let mut system = Self { domains, units, needed, around, laws, bias: 0.5 };
        system.bias = super::group::bias(system.fewest());
        Ok(system)
    }

    /// About how few failures bring it down: the largest blow first.
    pub(super) fn fewest(&self) -> usize {
        let mut state = Fleet::new(self);
        let mut failures = 0;
        while self.capacity(&state) >= self.needed {
            let open: Vec<usize> = (0..self.laws.len()).filter(|class| state.up[*class] > 0).collect();
            let after = |class: &usize| {
                let mut then = state.clone();
                then.up[*class] -= 1;
                self.capacity(&then)
            };
            let Some(worst) = open.into_iter().min_by_key(|class| after(class)) else { break };
            state.up[worst] -= 1;
            failures += 1;
        }
        failures
    }

    /// Whether all failures come at constant rates: all up is then a renewal.
    pub(super) fn renews(&self) -> bool {
        self.laws.iter().all(|law| law.rate.is_some())
    }

    /// Mean number of things down at once, if all failures come at constant rates: how far the system is from all up.
    pub(super) fn mean_down(&self) -> f64 {
        let fleet = Fleet::new(self);
        self.laws.iter().zip(&fleet.up).map(|(law, up)| f64::from(*up) * law.mean / (law.mean + law.life.mean())).sum()
    }

    /// Long-run measures from biased regenerative cycles; `None` when not all failures come at constant rates, or so many
    /// things are down at once on average (1 or more) that all up is seldom met.
    #[must_use]
    pub fn cycles(&self, stream: Stream, effort: Effort) -> Option<SteadyRare> {
        self.biases().then(|| steady(self, stream, effort))
    }

    /// Measures over `hours` from biased excursions, all up and new at the start; `None` as for [`Self::cycles`].
    #[must_use]
    pub fn horizon(&self, hours: f64, stream: Stream, effort: Effort) -> Option<HorizonRare> {
        self.biases().then(|| horizon(self, hours, stream, effort))
    }

    /// Whether failure biasing serves: failures at constant rates, and all up often enough to begin from.
    pub(super) fn biases(&self) -> bool {
        self.renews() && self.mean_down() < CROWDED
    }

    pub(super) fn laws(&self) -> &[Law] {
        &self.laws
    }

    pub(super) fn capacity(&self, fleet: &Fleet) -> u64 {
        let kinds = self
            .units
            .iter()
            .enumerate()
            .filter(|(kind, _)| self.around[*kind].iter().all(|domain| fleet.up[self.units.len() + domain] > 0));
        kinds.map(|(kind, one)| u64::from(fleet.up[kind]) * u64::from(one.capacity)).sum()
    }
}

/// Times are finite and above 0, with a mean that is.
fn times(law: &Distribution) -> Result<(), Invalid> {
    law.check()?;
    // no mass at 0 either
    if law.least() >= 0.0 && law.cdf(0.0) == 0.0 && law.mean().is_finite() {
        return Ok(());
    }
    Err(Invalid { parameter: "law", seen: format!("is {law}"), expected: "times above 0 with a finite mean" })
}

/// What is up, by class: units of each kind, then domains (1 or 0).
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub up: Vec<u32>,
}

impl Fleet {
    pub(super) fn new(system: &System) -> Self {
        let kinds = system.units.iter().map(|one| one.count);
        Self { up: kinds.chain(system.domains.iter().map(|_| 1)).collect() }
    }
}

/// An excursion's fleet and its repairs under way: (when done, class).
#[derive(Default)]
pub(super) struct Work {
    fleet: Fleet,
    repairs: Vec<(f64, usize)>,
}

/// Failures at constant rates, repairs of any law. With a repair that ends in R hours known, the next failure comes before it
/// with probability 1 − exp(−ΛR): a biased step makes that `bias` at least and draws the moment of the failure from the
/// truncated exponential; which fails is chosen half by rate, half evenly over classes (balanced). Until the system is down;
/// from then on all is natural.
///
/// Nicola, Nakayama, Heidelberger & Goyal (1993), "Fast simulation of highly dependable systems with general failure and
/// repair processes", *IEEE Transactions on Computers* 42(12), 1440–1452; Heidelberger (1995), "Fast simulation of rare
/// events in queueing and reliability models", *ACM TOMACS* 5(1), 43–85, §4.
impl Renewing for System {
    type Work = Work;

    fn leave_rate(&self) -> f64 {
        self.rate(&Fleet::new(self)).0
    }

    fn excursion(&self, work: &mut Work, mut biased: bool, until: f64, rng: &mut Generator, into: &mut Excursion) {
        into.down.clear();
        (into.weight, into.lost) = (1.0, 0.0);
        work.repairs.clear();
        work.fleet.up.clear();
        work.fleet.up.extend(self.units.iter().map(|one| one.count).chain(self.domains.iter().map(|_| 1)));
        into.weight *= self.fail(work, 0.0, biased, rng);
        let (mut now, mut since) = (0.0, None);
        loop {
            let down = self.capacity(&work.fleet) < self.needed;
            match since {
                None if down => {
                    since = Some(now);
                    biased = false;
                }
                Some(from) if !down => {
                    into.down.push((from, now));
                    since = None;
                }
                _ => {}
            }
            let Some(next) = (0..work.repairs.len()).min_by(|a, b| work.repairs[*a].0.total_cmp(&work.repairs[*b].0)) else {
                break;
            };
            let left = work.repairs[next].0 - now;
            let rate = self.rate(&work.fleet).0;
            let natural = -(-rate * left).exp_m1();
            let chosen = if biased && rate > 0.0 { natural.max(self.bias) } else { natural };
            if rng.uniform() < chosen {
                now += -(-rng.uniform() * natural).ln_1p() / rate;
                into.weight *= natural / chosen * self.fail(work, now, biased, rng);
            } else {
                into.weight *= (1.0 - natural) / (1.0 - chosen);
                let (done, class) = work.repairs.swap_remove(next);
                now = done;
                work.fleet.up[class] += 1;
            }
            if now >= until {
                break;
            }
        }
        into.down.extend(since.map(|from| (from, now)));
        into.length = now;
    }
}

impl System {
    /// Total failure rate, and the classes that can fail.
    fn rate(&self, fleet: &Fleet) -> (f64, usize) {
        self.laws.iter().zip(&fleet.up).fold((0.0, 0), |(rate, open), (law, up)| {
            (rate + f64::from(*up) * law.rate.unwrap_or(0.0), open + usize::from(*up > 0))
        })
    }

    /// Something fails at `now`; the likelihood ratio of which, and of its repair.
    fn fail(&self, work: &mut Work, now: f64, biased: bool, rng: &mut Generator) -> f64 {
        let (total, open) = self.rate(&work.fleet);
        let share = |class: usize, up: u32| {
            let natural = f64::from(up) * self.laws[class].rate.unwrap_or(0.0) / total;
            let even = f64::from(u8::from(up > 0)) / open as f64;
            (natural, if biased { 0.5 * natural + 0.5 * even } else { natural })
        };
        let mut left = rng.uniform();
        let mut chosen = None;
        for (class, up) in work.fleet.up.iter().enumerate().filter(|(_, up)| **up > 0) {
            chosen = Some((class, share(class, *up)));
            left -= share(class, *up).1;
            if left < 0.0 {
                break;
            }
        }
        let Some((class, (natural, drawn))) = chosen else { return 1.0 };
        let law = &self.laws[class];
        let (repair, ratio) = if biased { law.biased_repair(rng) } else { (law.draw.draw(rng), 1.0) };
        work.fleet.up[class] -= 1;
        work.repairs.push((now + repair, class));
        natural / drawn * ratio
    }
}
