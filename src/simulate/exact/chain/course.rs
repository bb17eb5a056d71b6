//! Where a chain is after a time, and how long it was where until then.

use super::poisson::Poisson;
use super::{Chain, Invalid};
use crate::simulate::exact::invalid::{not_negative, probability};

/// Jumps before the shape of the probabilities is looked at for the first time.
const FIRST_LOOK: usize = 64;
/// A relative change of every probability between k and 2k jumps that counts as none.
const SETTLED: f64 = 1e-14;

/// A chain over a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Probability of each state at the end.
    pub at_end: Vec<f64>,
    /// Expected time in each state until then.
    pub time_in: Vec<f64>,
}

/// Whether a set of states is met within a time. Both are sums of positive terms: neither is 1 less the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstPassage {
    /// P(met).
    pub met: f64,
    /// P(not met).
    pub not_met: f64,
}

impl Chain {
    /// The chain over a time, from the probabilities `initial` at its start.
    ///
    /// Uniformization: the chain looked at by a Poisson clock of rate Λ is a chain in discrete time with P = I + Q ÷ Λ;
    /// p(t) = Σ Poisson(k; Λt) p P^k, and the time in each state is Σ P(N > k) p P^k ÷ Λ. Jensen (1953), "Markoff chains as an aid in
    /// the study of Markoff processes", *Skandinavisk Aktuarietidskrift* 36; Grassmann (1977), *Computers & OR* 4, 47–53.
    ///
    /// # Errors
    /// [`Invalid::Missing`] when `initial` has not one value a state, [`Invalid::Number`] for a value that is no probability or a
    /// time that is negative.
    pub fn course(&self, initial: &[f64], hours: f64) -> Result<Course, Invalid> {
        not_negative("time", hours)?;
        if initial.len() != self.states() {
            return Err(Invalid::Missing { what: "initial probability", seen: initial.len(), count: self.states() });
        }
        initial.iter().try_for_each(|p| probability("initial probability", *p).map(drop))?;
        // a little faster than the fastest state, so that no state is left at every jump: the discrete chain has no period
        let rate = self.exit.iter().copied().fold(0.0, f64::max) * 1.02;
        if rate * hours == 0.0 {
            return Ok(Course { at_end: initial.to_vec(), time_in: initial.iter().map(|p| p * hours).collect() });
        }
        let further = self.distances(initial).into_iter().flatten().max().unwrap_or(0);
        Ok(self.jumps(rate).run(initial, &Poisson::new(rate * hours, further)))
    }

    /// Whether one of `targets` is met within a time.
    ///
    /// # Errors
    /// As [`Self::course`].
    pub fn first_passage(&self, initial: &[f64], targets: &[bool], hours: f64) -> Result<FirstPassage, Invalid> {
        if let Some(seen) = [initial.len(), targets.len()].into_iter().find(|seen| *seen != self.states()) {
            return Err(Invalid::Missing { what: "initial probability or target", seen, count: self.states() });
        }
        let absorbing = self.with_absorbing(targets);
        // states behind the targets are never reached, and must not set the pace of the clock
        let still: Vec<bool> = absorbing.distances(initial).iter().zip(targets).map(|(at, end)| at.is_none() || *end).collect();
        let course = absorbing.with_absorbing(&still).course(initial, hours)?;
        let sum = |wanted: bool| course.at_end.iter().zip(targets).filter(|one| *one.1 == wanted).map(|one| one.0).sum();
        Ok(FirstPassage { met: sum(true), not_met: sum(false) })
    }

    fn jumps(&self, rate: f64) -> Jumps {
        let states = self.states();
        let mut first = vec![0; states + 1];
        for (to, _) in &self.rates {
            first[to + 1] += 1;
        }
        for state in 0..states {
            first[state + 1] += first[state];
        }
        let mut place = first.clone();
        let mut from = vec![(0_u32, 0.0); self.rates.len()];
        for state in 0..states {
            for (to, q) in self.rates(state) {
                from[place[*to]] = (state as u32, q / rate);
                place[*to] += 1;
            }
        }
        let stay = self.exit.iter().map(|exit| 1.0 - exit / rate).collect();
        let absorbing = self.exit.iter().map(|exit| *exit == 0.0).collect();
        Jumps { rate, first, from, stay, absorbing }
    }
}

/// The chain of the jumps, with probabilities by the state jumped to.
struct Jumps {
    rate: f64,
    first: Vec<usize>,
    from: Vec<(u32, f64)>,
    stay: Vec<f64>,
    absorbing: Vec<bool>,
}

impl Jumps {
    /// What a jump brings into a state from others.
    fn inflow(&self, to: usize, now: &[f64]) -> f64 {
        self.from[self.first[to]..self.first[to + 1]].iter().map(|(from, p)| p * now[*from as usize]).sum()
    }

    fn step(&self, now: &[f64], next: &mut [f64]) {
        for (to, p) in next.iter_mut().enumerate() {
            *p = now[to] * self.stay[to] + self.inflow(to, now);
        }
    }

    fn run(&self, initial: &[f64], poisson: &Poisson) -> Course {
        let total: f64 = initial.iter().sum();
        let states = initial.len();
        let mut course = Course { at_end: vec![0.0; states], time_in: vec![0.0; states] };
        let (mut now, mut next) = (initial.to_vec(), vec![0.0; states]);
        let mut look = FIRST_LOOK;
        let mut before: Vec<f64> = Vec::new();
        for k in 0..=poisson.last() {
            if k == look {
                keep_total(&mut now, total);
                let shape = self.shape(&now);
                if settled(&before, &shape) {
                    self.rest(k, &now, poisson, &mut course);
                    return course;
                }
                before = shape;
                look *= 2;
            }
            let (weight, beyond) = poisson.at(k);
            add(&mut course.time_in, &now, beyond / self.rate);
            if weight > 0.0 {
                add(&mut course.at_end, &now, weight);
            }
            self.step(&now, &mut next);
            std::mem::swap(&mut now, &mut next);
        }
        course
    }

    /// The probabilities of the states that can be left, as shares of their sum.
    fn shape(&self, now: &[f64]) -> Vec<f64> {
        let alive: f64 = now.iter().zip(&self.absorbing).filter(|one| !one.1).map(|one| one.0).sum();
        now.iter().zip(&self.absorbing).filter(|one| !one.1).map(|(p, _)| p / alive).collect()
    }

    /// The rest of the sum once the shape no longer changes: what is alive then shrinks by the same factor at each jump, 1 less the
    /// share κ that is absorbed, which is 0 in a chain that has a long run (steady-state detection is this case).
    fn rest(&self, from: usize, now: &[f64], poisson: &Poisson, course: &mut Course) {
        let alive: f64 = now.iter().zip(&self.absorbing).filter(|one| !one.1).map(|one| one.0).sum();
        let absorbed: Vec<f64> =
            (0..now.len()).map(|to| if self.absorbing[to] { self.inflow(to, now) / alive } else { 0.0 }).collect();
        let lost: f64 = absorbed.iter().sum();
        let decay = (-lost).ln_1p();
        let mut end = Shares::default();
        let mut time = Shares::default();
        let (mut left, mut gone) = (1.0, 0.0);
        for k in from..=poisson.last() {
            if (k - from).is_multiple_of(64) {
                let exponent = (k - from) as f64 * decay;
                (left, gone) = (exponent.exp(), -exponent.exp_m1());
            }
            let (weight, beyond) = poisson.at(k);
            end.add(weight, left, gone);
            time.add(beyond / self.rate, left, gone);
            gone += lost * left;
            left -= lost * left;
        }
        for (state, p) in now.iter().enumerate() {
            if self.absorbing[state] {
                let share = if lost > 0.0 { alive * absorbed[state] / lost } else { 0.0 };
                course.at_end[state] += end.all * p + end.gone * share;
                course.time_in[state] += time.all * p + time.gone * share;
            } else {
                course.at_end[state] += end.left * p;
                course.time_in[state] += time.left * p;
            }
        }
    }
}

/// Sums of weights, of what is left of them and of what has gone.
#[derive(Default)]
struct Shares {
    all: f64,
    left: f64,
    gone: f64,
}

impl Shares {
    fn add(&mut self, weight: f64, left: f64, gone: f64) {
        self.all += weight;
        self.left += weight * left;
        self.gone += weight * gone;
    }
}

/// Whether a shape is the same as that of half as many jumps, each probability relative to itself: what is left of a change that
/// fades by a constant factor a jump is then the square of what is seen.
fn settled(before: &[f64], now: &[f64]) -> bool {
    before.len() == now.len() && before.iter().zip(now).all(|(a, b)| (a - b).abs() <= SETTLED * (a + b))
}

fn add(into: &mut [f64], what: &[f64], weight: f64) {
    for (sum, p) in into.iter_mut().zip(what) {
        *sum += weight * p;
    }
}

/// Takes off what rounding added to the sum.
fn keep_total(now: &mut [f64], total: f64) {
    let sum: f64 = now.iter().sum();
    for p in now {
        *p *= total / sum;
    }
}
