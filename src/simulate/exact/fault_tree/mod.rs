//! Dynamic fault trees: what must fail, in which order and with which spares, before a system does.

mod galileo;
mod states;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::chain::{Chain, FirstPassage, explore};
use super::invalid::{Invalid, not_negative, probability};
use states::State;

/// An element of a fault tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// A part that fails at a constant rate per hour; `dormancy` is the share of it that holds while the part is a spare not in use
    /// (0: cold, 1: hot). Nothing is repaired.
    Basic {
        /// Failures per hour in use.
        rate: f64,
        /// Rate not in use ÷ rate in use.
        dormancy: f64,
    },
    /// A gate over other elements, by name.
    Gate(Gate, Vec<String>),
}

/// What a gate makes of its inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gate {
    /// Fails with the last input.
    And,
    /// Fails with the first.
    Or,
    /// Fails when so many inputs have.
    AtLeast(u32),
    /// Priority AND: fails when all inputs have, and did so from left to right (at once counts).
    InOrder,
    /// Priority OR: fails when the first input does, unless another failed before.
    First,
    /// Uses the inputs from left to right, skipping those that have failed or that another spare gate uses; fails when none is left.
    Spare,
    /// The failure of the first input fails the others at once, all with this probability or none.
    Depends(f64),
    /// The inputs can fail only from left to right. No input of other gates.
    Sequence,
}

impl Gate {
    /// Whether it only constrains other elements, and never fails itself.
    fn constrains(self) -> bool {
        matches!(self, Self::Depends(_) | Self::Sequence)
    }
}

/// A dynamic fault tree.
///
/// Dugan, Bavuso & Boyd (1992), "Dynamic fault-tree models for fault-tolerant computer systems", *IEEE Transactions on Reliability*
/// 41(3), 363–377; Vesely et al. (2002), *Fault Tree Handbook with Aerospace Applications*, NASA, ch. 8.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultTree {
    top: usize,
    elements: Vec<Held>,
    /// Gates (not constraints) before their inputs.
    downwards: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Held {
    kind: Kind,
    inputs: Vec<usize>,
    /// Gates that it is an input of, constraints left out.
    parents: Vec<usize>,
    /// Constraints that it is an input of.
    constraints: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Basic { rate: f64, dormancy: f64 },
    Gate(Gate),
}

impl FaultTree {
    /// A tree of named elements with the top event `top`.
    ///
    /// # Errors
    /// [`Invalid::FaultTree`] for a name that is missing or used twice, a gate without inputs, a gate that depends on itself, or a
    /// constraint that is an input; [`Invalid::Number`] for a rate, dormancy or probability outside its range.
    pub fn new(top: &str, elements: &[(String, Element)]) -> Result<Self, Invalid> {
        let wrong = |what: String| Err(Invalid::FaultTree(what));
        let mut numbers = BTreeMap::new();
        for (number, (name, _)) in elements.iter().enumerate() {
            if numbers.insert(name.as_str(), number).is_some() {
                return wrong(format!("`{name}` is declared twice"));
            }
        }
        let find = |name: &str| numbers.get(name).copied().ok_or_else(|| Invalid::FaultTree(format!("`{name}` is not declared")));
        let mut held = Vec::with_capacity(elements.len());
        for (name, element) in elements {
            let (kind, inputs) = checked_element(name, element)?;
            let inputs: Vec<usize> = inputs.iter().map(|input| find(input)).collect::<Result<_, _>>()?;
            held.push(Held { kind, inputs, parents: Vec::new(), constraints: Vec::new() });
        }
        for gate in 0..held.len() {
            let constrains = matches!(held[gate].kind, Kind::Gate(gate) if gate.constrains());
            for input in held[gate].inputs.clone() {
                if matches!(held[input].kind, Kind::Gate(gate) if gate.constrains()) {
                    return wrong(format!("`{}` is a constraint and cannot be an input", elements[input].0));
                }
                let list = if constrains { &mut held[input].constraints } else { &mut held[input].parents };
                if !list.contains(&gate) {
                    list.push(gate);
                }
            }
        }
        let top = find(top)?;
        if matches!(held[top].kind, Kind::Gate(gate) if gate.constrains()) {
            return wrong(format!("the top event `{}` is a constraint, which never fails", elements[top].0));
        }
        let downwards = downwards(&held).ok_or_else(|| Invalid::FaultTree("a gate is among its own inputs".to_owned()))?;
        Ok(Self { top, elements: held, downwards })
    }

    /// The chain of its states, at most `limit` of them.
    ///
    /// Parts that can no longer matter count as failed, so that states which differ only in them are one.
    ///
    /// # Errors
    /// [`Invalid::TooManyStates`].
    pub fn solve(&self, limit: usize) -> Result<TopEvent, Invalid> {
        let next = |state: &Option<State>| state.as_ref().map_or_else(Vec::new, |state| self.failures(state));
        let (chain, states) = explore(Some(self.all_good()), limit, next)?;
        Ok(TopEvent { chain, failed: states.iter().map(Option::is_none).collect() })
    }
}

fn checked_element<'a>(name: &str, element: &'a Element) -> Result<(Kind, &'a [String]), Invalid> {
    let wrong = |what: &str| Err(Invalid::FaultTree(format!("`{name}` {what}")));
    match element {
        Element::Basic { rate, dormancy } => {
            not_negative("failure rate", *rate)?;
            not_negative("dormancy", *dormancy)?;
            Ok((Kind::Basic { rate: *rate, dormancy: *dormancy }, &[]))
        }
        Element::Gate(gate, inputs) => {
            let least = if gate.constrains() { 2 } else { 1 };
            if inputs.len() < least || inputs.len() > 255 {
                return wrong(&format!("has {} inputs, expected {least} to 255", inputs.len()));
            }
            if let Gate::Depends(p) = gate {
                probability("probability of a dependency", *p)?;
            }
            match gate {
                Gate::AtLeast(wanted) if !(1..=inputs.len()).contains(&(*wanted as usize)) => {
                    wrong(&format!("fails with {wanted} of {} inputs, expected 1 to {0}", inputs.len()))
                }
                _ => Ok((Kind::Gate(*gate), inputs)),
            }
        }
    }
}

/// All elements, each after every gate that it is an input of; none when a gate leads back to itself.
fn downwards(held: &[Held]) -> Option<Vec<usize>> {
    let mut open: Vec<usize> = held.iter().map(|one| one.parents.len()).collect();
    let mut order: Vec<usize> = (0..held.len()).filter(|one| open[*one] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for input in 0..held.len() {
            if held[input].parents.contains(&order[at]) {
                open[input] -= 1;
                if open[input] == 0 {
                    order.push(input);
                }
            }
        }
        at += 1;
    }
    (order.len() == held.len()).then_some(order)
}

/// When the top event of a fault tree happens.
#[derive(Debug, Clone, PartialEq)]
pub struct TopEvent {
    chain: Chain,
    failed: Vec<bool>,
}

impl TopEvent {
    /// Mean hours until it happens; infinite when it may never.
    #[must_use]
    pub fn mttf(&self) -> f64 {
        self.chain.mean_time_to(&self.failed)[0]
    }

    /// Whether it happens within `hours`.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a negative time.
    pub fn within(&self, hours: f64) -> Result<FirstPassage, Invalid> {
        self.chain.first_passage(&self.chain.start(0), &self.failed, hours)
    }

    /// How many states the chain has.
    #[must_use]
    pub fn states(&self) -> usize {
        self.chain.states()
    }
}
