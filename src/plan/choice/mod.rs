//! Which type of unit to run, and how many of them, before demand is known.
//!
//! In a possible world a fleet of type *i* needs x = max over resources of demand ÷ (capacity of a unit × line) units. With n of them up it
//! leaves the share (1 − n / x)⁺ of demand unserved. The count is the least-cost one of n × price + penalty × E[(1 − n / x)⁺], which is
//! convex in n, that keeps P(x > n) within the accepted risk: a newsvendor's question for each type (Arrow, Harris & Marschak 1951,
//! "Optimal inventory policy", *Econometrica* 19(3), 250–272). Counts are found in some worlds and judged in as many others, all types in
//! the same ones, so that differences between types are paired.

mod count;
mod judge;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::stats::{Distribution, Estimate, JointLaw, NoJointLaw};
use crate::stream::Stream;

/// What is asked of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The resource.
    pub resource: String,
    /// Its demand, in the unit of the candidates' capacities.
    pub demand: Distribution,
    /// The share of capacity that may be used, in (0, 1].
    pub line: f64,
}

/// A type of unit that could be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Capacity of one unit, by resource as needed.
    pub capacity: Vec<f64>,
    /// What one unit costs over the span that is planned.
    pub price: f64,
    /// Units come in multiples of this; 1 or more.
    pub lot: u32,
    /// At most so many.
    pub most: Option<u32>,
}

/// A choice to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceQuestion {
    /// What is asked of each resource.
    pub needs: Vec<Need>,
    /// Rank correlations of needs: first, second, rank.
    pub correlations: Vec<(usize, usize, f64)>,
    /// The types to choose from.
    pub candidates: Vec<Candidate>,
    /// Units that may be lost without a shortage.
    pub spare: u32,
    /// What it costs over the span to serve nothing; a share of demand unserved costs that share of it.
    pub penalty: f64,
    /// Accepted P(some demand is unserved).
    pub risk: f64,
    /// Worlds to find counts in, and as many to judge them in; 2 or more, rounded up to a multiple of 64.
    pub worlds: u32,
}

/// A type of unit with its best count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// The type.
    pub name: String,
    /// How many, those that may be lost among them.
    pub units: u32,
    /// What they cost for sure.
    pub price: f64,
    /// Price and expected penalty.
    pub cost: Estimate,
    /// P(some demand is unserved), those that may be lost being lost.
    pub short: Estimate,
    /// The resource that binds most often.
    pub binding: String,
    /// Share of the worlds in which no other choice costs less; where several cost the same they share it.
    pub best_in: Estimate,
    /// What it costs more than the first, world by world.
    pub behind: Estimate,
    /// The first, or within 1.96 standard errors of it.
    pub tie: bool,
}

/// Why a type of unit was not considered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejected {
    /// It has nothing of a resource that is asked for.
    Lacks {
        /// The resource.
        resource: String,
    },
    /// More would be needed than there may be.
    TooMany {
        /// Units that keep the risk within what is accepted.
        needed: u32,
        /// Units that there may be.
        most: u32,
        /// The resource that binds most often.
        binding: String,
    },
}

/// The types in order of expected cost, and those that cannot do it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Cheapest first.
    pub ranked: Vec<Ranked>,
    /// By name, in the order given.
    pub rejected: Vec<(String, Rejected)>,
    /// Worlds in which they were judged.
    pub worlds: u32,
}

/// Why nothing can be chosen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoChoice {
    /// Nothing is asked for, or there is nothing to choose from.
    #[error(
        "nothing to choose: {needs} resources are asked for and there are {candidates} types of units, expected one or more of both"
    )]
    Nothing {
        /// Resources asked for.
        needs: usize,
        /// Types of units.
        candidates: usize,
    },
    /// Without a price on shortage any count will do.
    #[error(
        "a penalty of {penalty} and a risk of {risk} ask for nothing: expected a penalty above 0 or a risk below 1, neither negative"
    )]
    NoRule {
        /// The penalty.
        penalty: f64,
        /// The accepted risk.
        risk: f64,
    },
    /// A number of a candidate, or a line.
    #[error("`{name}`: {seen}, expected {expected}")]
    OutOfRange {
        /// Of what.
        name: String,
        /// What was seen.
        seen: String,
        /// What is accepted.
        expected: &'static str,
    },
    /// Laws of demand.
    #[error(transparent)]
    Law(#[from] NoJointLaw),
}

/// Above so many units there is no type that does it.
const MOST_UNITS: u32 = 1_000_000;

impl ChoiceQuestion {
    fn check(&self) -> Result<JointLaw, NoChoice> {
        let (needs, candidates) = (self.needs.len(), self.candidates.len());
        if needs == 0 || candidates == 0 {
            return Err(NoChoice::Nothing { needs, candidates });
        }
        let (penalty, risk) = (self.penalty, self.risk);
        let asks = penalty.is_finite() && penalty >= 0.0 && risk >= 0.0 && (penalty > 0.0 || risk < 1.0);
        if !asks {
            return Err(NoChoice::NoRule { penalty, risk });
        }
        let out = |name: &str, seen: String, expected| Err(NoChoice::OutOfRange { name: name.to_owned(), seen, expected });
        if self.spare >= MOST_UNITS {
            return out("spare", self.spare.to_string(), "fewer than a million units");
        }
        for need in &self.needs {
            if !(need.line > 0.0 && need.line <= 1.0) {
                return out(&need.resource, format!("a line of {}", need.line), "a share above 0 and up to 1");
            }
            if need.demand.check().is_ok() && need.demand.least() < 0.0 {
                let seen = format!("a demand of {}", need.demand);
                return out(&need.resource, seen, "a law of amounts, none below zero: bound it by `low = 0`");
            }
        }
        for one in &self.candidates {
            if one.capacity.len() != needs || one.capacity.iter().any(|amount| !amount.is_finite() || *amount < 0.0) {
                return out(&one.name, format!("capacities {:?}", one.capacity), "an amount of 0 or more for each resource");
            }
            if !one.price.is_finite() || one.price < 0.0 || one.lot == 0 {
                let seen = format!("a price of {} in lots of {}", one.price, one.lot);
                return out(&one.name, seen, "a price of 0 or more, and lots of 1 or more");
            }
        }
        let named: Vec<(String, Distribution)> =
            self.needs.iter().map(|need| (need.resource.clone(), need.demand.clone())).collect();
        Ok(JointLaw::new(&named, &self.correlations)?)
    }
}

/// Ranks the types of units by expected cost, each with its best count.
///
/// # Errors
/// When the question is none: see [`NoChoice`].
pub fn choose(question: &ChoiceQuestion, stream: Stream) -> Result<Choice, NoChoice> {
    let law = question.check()?;
    let found = count::counts(question, &law, stream.named("choice"));
    let (mut able, mut rejected) = (Vec::new(), Vec::new());
    for (one, found) in question.candidates.iter().zip(found) {
        match found {
            Ok(counted) => able.push((one, counted)),
            Err(why) => rejected.push((one.name.clone(), why)),
        }
    }
    let (ranked, worlds) = judge::judge(question, &law, &able, stream.named("fresh"));
    Ok(Choice { ranked, rejected, worlds })
}

/// Units that each resource asks of a type, and the most of them with its resource: `demand[r] / (capacity[r] × line[r])`.
fn units_needed(per_unit: &[f64], demand: impl Fn(usize) -> f64) -> (f64, usize) {
    let mut most = (0.0, 0);
    for (r, per_unit) in per_unit.iter().enumerate() {
        let demand = demand(r);
        let units = if demand > 0.0 { demand * per_unit } else { 0.0 };
        if units > most.0 {
            most = (units, r);
        }
    }
    most
}

/// One over the usable capacity of a unit, by resource.
fn inverse(question: &ChoiceQuestion, one: &Candidate) -> Vec<f64> {
    one.capacity.iter().zip(&question.needs).map(|(amount, need)| 1.0 / (amount * need.line)).collect()
}

/// The share of demand unserved when `up` units serve what needs `x`.
#[inline]
fn unserved(up: f64, x: f64) -> f64 {
    // a hair of rounding is not a unit short
    if x > up * (1.0 + 1e-12) { 1.0 - up / x } else { 0.0 }
}
