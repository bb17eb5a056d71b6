//! A system event by event with any laws, as a path that climbs from spare capacity to none.

use super::splitting::Climb;
use super::system::{Fleet, Law, System};
use super::tally::{Effort, Tally, replicate};
use crate::stats::Distribution;
use crate::stream::{Generator, Stream};

/// The system over a horizon; height is minus the least capacity.
pub(super) struct FleetClimb<'a> {
    system: &'a System,
    hours: f64,
    /// The class of each unit and domain.
    class: Vec<usize>,
    draws: Vec<(crate::stats::Sampler, crate::stats::Sampler)>,
    /// Strikes on domains without memory, where their number is given.
    forced: Option<Forced>,
}

/// So many strikes within the horizon, and the domains that one may be on: their part, and the share of the strikes up to it.
struct Forced {
    strikes: u32,
    domains: Vec<(usize, f64)>,
}

/// All that the future depends on: who is up, since when, and what comes next.
#[derive(Debug, Clone)]
pub(super) struct State {
    now: f64,
    fleet: Fleet,
    up: Vec<bool>,
    since: Vec<f64>,
    next: Soonest,
    /// Hours of the strikes to come, falling, where their number is given.
    strikes: Vec<f64>,
}

impl<'a> FleetClimb<'a> {
    pub(super) fn new(system: &'a System, hours: f64) -> Self {
        let fleet = Fleet::new(system);
        let class = fleet.up.iter().enumerate().flat_map(|(class, count)| vec![class; *count as usize]).collect();
        let draws = system.laws().iter().map(|law| (law.life.sampler(), law.repair.sampler())).collect();
        Self { system, hours, class, draws, forced: None }
    }

    /// Mean number of strikes within the horizon on domains that fail without memory, each as often whether it is out or not (one
    /// on a domain that is out is void).
    pub(super) fn mean_strikes(&self) -> f64 {
        self.hours * self.rates().iter().map(|(_, rate)| rate).sum::<f64>()
    }

    /// The system given that so many strikes on domains come: at hours drawn evenly, on each domain by its rate.
    ///
    /// The strikes of clocks without memory are a Poisson process; given their number they are independent and uniform. Cox &
    /// Lewis (1966), *The Statistical Analysis of Series of Events*, ch. 2.
    pub(super) fn given_strikes(mut self, strikes: u32) -> Self {
        let (rates, mut before) = (self.rates(), 0.0);
        let all: f64 = rates.iter().map(|(_, rate)| rate).sum();
        let upto = |(part, rate): (usize, f64)| {
            before += rate / all;
            (part, before)
        };
        self.forced = Some(Forced { strikes, domains: rates.into_iter().map(upto).collect() });
        self
    }

    /// Domains without memory, by part, and their rates.
    fn rates(&self) -> Vec<(usize, f64)> {
        let kinds = self.system.units.len();
        let domains = (0..self.class.len()).filter(|part| self.class[*part] >= kinds);
        let rate = |part: usize| match self.law(part).life {
            Distribution::Exponential { mean } => Some((part, 1.0 / mean)),
            _ => None,
        };
        domains.filter_map(rate).collect()
    }

    /// Whether strikes on a part come from their given number.
    fn is_forced(&self, part: usize) -> bool {
        self.forced.as_ref().is_some_and(|forced| forced.domains.iter().any(|(domain, _)| *domain == part))
    }

    fn life(&self, part: usize, rng: &mut Generator) -> f64 {
        if self.is_forced(part) { f64::INFINITY } else { self.draws[self.class[part]].0.draw(rng) }
    }

    /// So many strikes from an hour on, falling.
    fn strikes(&self, count: usize, from: f64, rng: &mut Generator) -> Vec<f64> {
        let mut strikes: Vec<f64> = (0..count).map(|_| from + (self.hours - from) * rng.uniform()).collect();
        strikes.sort_by(|a, b| b.total_cmp(a));
        strikes
    }

    /// The part that the next strike is on.
    fn struck(&self, rng: &mut Generator) -> Option<usize> {
        let domains = &self.forced.as_ref()?.domains;
        let aim = rng.uniform();
        domains.iter().find(|(_, upto)| aim < *upto).or(domains.last()).map(|(part, _)| *part)
    }

    /// A part that is up fails, or one that is down is up again.
    fn turn(&self, state: &mut State, part: usize, time: f64, rng: &mut Generator) {
        let class = self.class[part];
        let was_up = state.up[part];
        state.up[part] = !was_up;
        state.since[part] = time;
        let stay = if was_up { self.draws[class].1.draw(rng) } else { self.life(part, rng) };
        state.next.set(part, time + stay);
        if was_up {
            state.fleet.up[class] -= 1;
        } else {
            state.fleet.up[class] += 1;
        }
    }

    /// As it is: 1 when the capacity was too low within the horizon.
    pub(super) fn crude(&self, stream: Stream, effort: Effort) -> Tally<1> {
        replicate(
            stream.named("fleet"),
            effort,
            0,
            || (),
            |(), rng| {
                let mut state = self.begin(rng);
                [f64::from(u8::from(self.climb(&mut state, self.top(), rng) >= self.top()))]
            },
        )
    }

    fn law(&self, part: usize) -> &Law {
        &self.system.laws()[self.class[part]]
    }
}

impl Climb for FleetClimb<'_> {
    type State = State;

    fn begin(&self, rng: &mut Generator) -> State {
        let parts = self.class.len();
        let times = (0..parts).map(|part| self.life(part, rng)).collect::<Vec<_>>();
        let fleet = Fleet::new(self.system);
        let strikes = self.strikes(self.forced.as_ref().map_or(0, |forced| forced.strikes as usize), 0.0, rng);
        State { now: 0.0, fleet, up: vec![true; parts], since: vec![0.0; parts], next: Soonest::new(&times), strikes }
    }

    fn height(&self, state: &State) -> f64 {
        -(self.system.capacity(&state.fleet) as f64)
    }

    fn top(&self) -> f64 {
        1.0 - self.system.needed as f64
    }

    fn climb(&self, state: &mut State, level: f64, rng: &mut Generator) -> f64 {
        let mut highest = self.height(state);
        while highest < level {
            let (part, time) = state.next.first();
            let struck = state.strikes.last().copied().filter(|at| *at < time);
            let time = struck.unwrap_or(time);
            if time > self.hours {
                break;
            }
            state.now = time;
            if struck.is_some() {
                state.strikes.pop();
                match self.struck(rng).filter(|part| state.up[*part]) {
                    Some(part) => self.turn(state, part, time, rng),
                    None => continue,
                }
            } else {
                self.turn(state, part, time, rng);
            }
            highest = highest.max(self.height(state));
        }
        highest
    }

    fn refresh(&self, state: &mut State, rng: &mut Generator) {
        state.strikes = self.strikes(state.strikes.len(), state.now, rng);
        for part in 0..self.class.len() {
            if state.up[part] && self.is_forced(part) {
                continue;
            }
            let law = self.law(part);
            let law = if state.up[part] { &law.life } else { &law.repair };
            // where the rest of a life cannot be drawn anew it stays as drawn: right as well, only less varied
            if let Some(rest) = rest_of(law, state.now - state.since[part], rng) {
                state.next.set(part, state.now + rest);
            }
        }
    }
}

/// What is left of a time that is `age` old already.
pub(super) fn rest_of(law: &Distribution, age: f64, rng: &mut Generator) -> Option<f64> {
    Some(match law {
        Distribution::Exponential { mean } => mean * rng.exponential(),
        Distribution::Weibull { shape, scale } => {
            (scale * ((age / scale).powf(*shape) + rng.exponential()).powf(1.0 / shape) - age).max(0.0)
        }
        Distribution::Lognormal { median, sigma } => {
            let least = if age > 0.0 { (age / median).ln() / sigma } else { f64::NEG_INFINITY };
            (median * (sigma * normal_above(least, rng)).exp() - age).max(0.0)
        }
        Distribution::Constant { .. } | Distribution::Empirical { .. } | Distribution::Discrete { .. } => return None,
        // each branch with what its age leaves of its weight, scaled by the slowest so that they do not all vanish
        Distribution::Hyperexponential { branches } => {
            let slowest = branches.iter().map(|branch| branch.1).fold(0.0, f64::max);
            let alive = |branch: &(f64, f64)| branch.0 * (age / slowest - age / branch.1).exp();
            let mut aim = rng.uniform() * branches.iter().map(alive).sum::<f64>();
            let met = branches.iter().find(|branch| {
                aim -= alive(branch);
                aim <= 0.0
            });
            met.unwrap_or(&branches[branches.len() - 1]).1 * rng.exponential()
        }
        // causes are independent, and each is as old
        Distribution::Minimum { laws } => {
            let rests: Option<Vec<f64>> = laws.iter().map(|law| rest_of(law, age, rng)).collect();
            rests?.into_iter().fold(f64::INFINITY, f64::min)
        }
        other => {
            let beyond = 1.0 - other.cdf(age);
            // nearer to the end of the tail 1 - cdf has no digits left
            if beyond < 1e-9 {
                return None;
            }
            (other.quantile(1.0 - rng.uniform() * beyond) - age).max(0.0)
        }
    })
}

/// A standard normal given that it is above `least`. Robert (1995), "Simulation of truncated normal variables", *Statistics
/// and Computing* 5, 121–125: by trial, far out with an exponential proposal.
fn normal_above(least: f64, rng: &mut Generator) -> f64 {
    if least < 0.5 {
        loop {
            let z = rng.normal();
            if z > least {
                return z;
            }
        }
    }
    let rate = f64::midpoint(least, least.hypot(2.0));
    loop {
        let z = least + rng.exponential() / rate;
        if rng.uniform() < (-(z - rate).powi(2) / 2.0).exp() {
            return z;
        }
    }
}

/// The soonest of many times, as a tournament.
#[derive(Debug, Clone)]
struct Soonest {
    leaves: usize,
    times: Vec<f64>,
}

impl Soonest {
    fn new(of: &[f64]) -> Self {
        let leaves = of.len().next_power_of_two();
        let mut times = vec![f64::INFINITY; 2 * leaves];
        times[leaves..leaves + of.len()].copy_from_slice(of);
        for i in (1..leaves).rev() {
            times[i] = times[2 * i].min(times[2 * i + 1]);
        }
        Self { leaves, times }
    }

    fn first(&self) -> (usize, f64) {
        let mut i = 1;
        while i < self.leaves {
            i = if self.times[2 * i] <= self.times[2 * i + 1] { 2 * i } else { 2 * i + 1 };
        }
        (i - self.leaves, self.times[i])
    }

    fn set(&mut self, leaf: usize, time: f64) {
        let mut i = self.leaves + leaf;
        self.times[i] = time;
        while i > 1 {
            i /= 2;
            self.times[i] = self.times[2 * i].min(self.times[2 * i + 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Seed;

    #[test]
    fn the_tournament_tells_the_soonest_time() {
        let mut times = vec![5.0, 2.0, 9.0, 4.0, 7.0];
        let mut soonest = Soonest::new(&times);
        let mut rng = Stream::root(Seed(4)).rng();
        for _ in 0..1_000 {
            let slow = (0..5).min_by(|a, b| times[*a].total_cmp(&times[*b])).expect("five");
            assert_eq!(soonest.first(), (slow, times[slow]));
            times[slow] += rng.exponential() * 10.0;
            soonest.set(slow, times[slow]);
        }
    }

    #[test]
    fn the_rest_of_a_life_has_the_law_of_a_life_that_is_longer_than_its_age() {
        let laws = [
            Distribution::Exponential { mean: 3.0 },
            Distribution::Weibull { shape: 2.0, scale: 3.0 },
            Distribution::Weibull { shape: 0.7, scale: 3.0 },
            Distribution::Lognormal { median: 2.0, sigma: 1.0 },
            Distribution::Gamma { shape: 3.0, scale: 1.0 },
            Distribution::Uniform { low: 1.0, high: 9.0 },
            Distribution::Hyperexponential { branches: vec![(0.7, 0.5), (0.3, 6.0)] },
            Distribution::Minimum {
                laws: vec![Distribution::Weibull { shape: 0.7, scale: 9.0 }, Distribution::Gamma { shape: 3.0, scale: 2.0 }],
            },
        ];
        let n = 20_000;
        for (i, law) in laws.iter().enumerate() {
            for age in [0.0, 1.0, 5.0] {
                let mut rng = Stream::root(Seed(i as u64)).rng();
                let drawn: Vec<f64> = (0..n).map(|_| age + rest_of(law, age, &mut rng).expect("a law that has one")).collect();
                for x in [1.5, 3.0, 6.0, 8.0].into_iter().filter(|x| *x > age) {
                    let p = (1.0 - law.cdf(x)) / (1.0 - law.cdf(age));
                    let seen = drawn.iter().filter(|one| **one > x).count() as f64 / f64::from(n);
                    let standard_error = (p * (1.0 - p) / f64::from(n)).sqrt();
                    assert!((seen - p).abs() <= 5.0 * standard_error + 1e-9, "{law} from {age}: {seen} against {p} above {x}");
                }
            }
        }
    }
}
