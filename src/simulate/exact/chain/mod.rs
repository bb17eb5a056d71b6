//! Continuous-time Markov chains: the states of a system and the rates at which it passes from one to another.

mod course;
mod elimination;
mod explore;
mod poisson;
mod reach;
#[cfg(test)]
mod tests;

pub use course::{Course, FirstPassage};
pub use explore::explore;

use super::invalid::{Invalid, not_negative};

/// A continuous-time Markov chain, sparse. States are numbered from 0; rates are per unit of time (here per hour).
///
/// Nothing in it subtracts: long-run probabilities, mean times and rewards come from elimination in the way of Grassmann, Taksar
/// & Heyman, transients from uniformization. All of them keep their relative accuracy however small they are.
///
/// ```
/// use plimsoll::simulate::exact::Chain;
/// // one unit that fails every 1,000 h and is repaired within 10 h on average
/// let unit = Chain::new(2, [(0, 1, 1.0 / 1_000.0), (1, 0, 1.0 / 10.0)])?;
/// assert!((unit.steady()?[1] - 10.0 / 1_010.0).abs() < 1e-16);
/// # Ok::<(), plimsoll::simulate::exact::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Where the rates out of each state begin in `rates`; one more at the end.
    first: Vec<usize>,
    rates: Vec<(usize, f64)>,
    exit: Vec<f64>,
}

impl Chain {
    /// A chain of `states` states with rates `(from, to, rate)`. Rates of the same pair add up; a rate of 0, and one from a state
    /// to itself, change nothing and are left out.
    ///
    /// # Errors
    /// [`Invalid::Number`] for no state at all or for a rate that is negative or not finite, [`Invalid::Missing`] for a state that
    /// is not there.
    pub fn new(states: usize, rates: impl IntoIterator<Item = (usize, usize, f64)>) -> Result<Self, Invalid> {
        if states == 0 {
            return Err(Invalid::Number { name: "number of states", seen: 0.0, accepted: "at least 1" });
        }
        let mut rates: Vec<(usize, usize, f64)> = rates.into_iter().collect();
        for (from, to, rate) in &rates {
            not_negative("rate", *rate)?;
            if let Some(seen) = [*from, *to].into_iter().find(|state| *state >= states) {
                return Err(Invalid::Missing { what: "state", seen, count: states });
            }
        }
        rates.retain(|(from, to, rate)| from != to && *rate > 0.0);
        // stable: rates of the same pair add up in the order given
        rates.sort_by_key(|(from, to, _)| (*from, *to));
        let mut chain =
            Self { first: Vec::with_capacity(states + 1), rates: Vec::with_capacity(rates.len()), exit: vec![0.0; states] };
        let mut last = None;
        for (from, to, rate) in rates {
            while chain.first.len() <= from {
                chain.first.push(chain.rates.len());
            }
            match chain.rates.last_mut() {
                Some(held) if last == Some((from, to)) => held.1 += rate,
                _ => chain.rates.push((to, rate)),
            }
            last = Some((from, to));
            chain.exit[from] += rate;
        }
        while chain.first.len() <= states {
            chain.first.push(chain.rates.len());
        }
        Ok(chain)
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.exit.len()
    }

    /// The rates out of a state, as `(to, rate)` in the order of `to`.
    #[must_use]
    pub fn rates(&self, from: usize) -> &[(usize, f64)] {
        &self.rates[self.first[from]..self.first[from + 1]]
    }

    /// The sum of the rates out of a state: 0 where the chain stays for ever.
    #[must_use]
    pub fn exit(&self, from: usize) -> f64 {
        self.exit[from]
    }

    /// All probability on one state.
    #[must_use]
    pub fn start(&self, state: usize) -> Vec<f64> {
        (0..self.states()).map(|one| if one == state { 1.0 } else { 0.0 }).collect()
    }

    /// How often, per unit of time, the chain passes from outside `states` into them, with `weights` the probability of each state
    /// (or the time in it, then the answer is a number of times).
    #[must_use]
    pub fn frequency_into(&self, states: &[bool], weights: &[f64]) -> f64 {
        let into = |from: usize| -> f64 { self.rates(from).iter().filter(|(to, _)| states[*to]).map(|(_, rate)| rate).sum() };
        (0..self.states()).filter(|from| !states[*from]).map(|from| weights[from] * into(from)).sum()
    }
}
