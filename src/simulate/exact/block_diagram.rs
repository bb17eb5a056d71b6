//! Systems whose parts fail independently and that are up or down by which of them are: reliability block diagrams and static fault
//! trees.

use super::decision::{Diagrams, Node};
use super::invalid::{Invalid, not_negative, positive, probability};

/// When a system, or a part of it, works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// When the part of this number works; it may stand in several places.
    Part(usize),
    /// When all work.
    Series(Vec<Block>),
    /// When any works.
    Parallel(Vec<Block>),
    /// When at least so many work.
    AtLeast(usize, Vec<Block>),
}

impl Block {
    /// When all parts of any of the paths work.
    #[must_use]
    pub fn paths(paths: &[Vec<usize>]) -> Self {
        Self::Parallel(paths.iter().map(|path| Self::Series(path.iter().copied().map(Self::Part).collect())).collect())
    }
}

/// P(works) and P(does not), each to its own relative accuracy: neither is 1 less the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// P(works).
    pub works: f64,
    /// P(does not).
    pub fails: f64,
}

impl Odds {
    /// Of a given P(does not work).
    ///
    /// # Errors
    /// [`Invalid::Number`] when it is no probability.
    pub fn failing(fails: f64) -> Result<Self, Invalid> {
        Ok(Self { works: 1.0 - probability("probability of failure", fails)?, fails })
    }

    /// After `hours` without repair: exp(−rate × hours).
    ///
    /// # Errors
    /// [`Invalid::Number`] for a negative rate or time.
    pub fn surviving(rate: f64, hours: f64) -> Result<Self, Invalid> {
        let exponent = -not_negative("failure rate", rate)? * not_negative("time", hours)?;
        Ok(Self { works: exponent.exp(), fails: -exponent.exp_m1() })
    }

    /// In the long run, failing and repaired on its own: mttf ÷ (mttf + mttr), whatever the shapes of the two distributions.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a time that is not positive.
    pub fn alternating(mttf: f64, mttr: f64) -> Result<Self, Invalid> {
        let cycle = positive("mean time to failure", mttf)? + positive("mean time to repair", mttr)?;
        Ok(Self { works: mttf / cycle, fails: mttr / cycle })
    }
}

/// A block diagram, ready to be evaluated for any odds of its parts.
///
/// A static fault tree is the same thing seen from the other side: its top event is that the diagram does not work, an OR of events
/// is a series, an AND a parallel.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockDiagram {
    diagrams: Diagrams,
    works: Node,
    /// For each part: where the system hangs on it alone.
    critical: Vec<Node>,
}

impl BlockDiagram {
    /// A system of `parts` parts that works when `block` does.
    ///
    /// # Errors
    /// [`Invalid::Missing`] for a part that is not among them.
    pub fn new(block: &Block, parts: usize) -> Result<Self, Invalid> {
        let mut diagrams = Diagrams::new();
        let works = build(&mut diagrams, block, parts)?;
        let critical = (0..parts).map(|part| diagrams.critical(works, part)).collect();
        Ok(Self { diagrams, works, critical })
    }

    fn check<T>(&self, held: &[T]) -> Result<(), Invalid> {
        if held.len() == self.critical.len() {
            return Ok(());
        }
        Err(Invalid::Missing { what: "odds of part", seen: held.len(), count: self.critical.len() })
    }

    /// The odds of the system, by summing over the paths of a binary decision diagram: all terms are positive.
    ///
    /// # Errors
    /// [`Invalid::Missing`] when there is not one value a part.
    pub fn odds(&self, parts: &[Odds]) -> Result<Odds, Invalid> {
        self.check(parts)?;
        Ok(self.evaluate(parts))
    }

    fn evaluate(&self, parts: &[Odds]) -> Odds {
        let (fails, works) = self.diagrams.probability(self.works, &pairs(parts));
        Odds { works, fails }
    }

    /// Birnbaum's importance of each part: P(the system works with it and does not without it).
    ///
    /// Birnbaum (1969), "On the importance of different components in a multicomponent system", *Multivariate Analysis II*. Computed as
    /// the probability of that event itself, not as a difference.
    ///
    /// # Errors
    /// [`Invalid::Missing`] when there is not one value a part.
    pub fn birnbaum(&self, parts: &[Odds]) -> Result<Vec<f64>, Invalid> {
        self.check(parts)?;
        let pairs = pairs(parts);
        Ok(self.critical.iter().map(|node| self.diagrams.probability(*node, &pairs).1).collect())
    }

    /// Outages of the system per hour in the long run, from the failures per hour of each part: Σ importance × frequency.
    ///
    /// Schneeweiss (1981), "Computing failure frequency, MTBF & MTTR via mixed products of availabilities and unavailabilities",
    /// *IEEE Transactions on Reliability* R-30(4).
    ///
    /// # Errors
    /// [`Invalid::Missing`] when there is not one value a part.
    pub fn frequency(&self, parts: &[Odds], failures_per_hour: &[f64]) -> Result<f64, Invalid> {
        self.check(failures_per_hour)?;
        Ok(self.birnbaum(parts)?.iter().zip(failures_per_hour).map(|(importance, often)| importance * often).sum())
    }

    /// Mean hours to failure without repair, parts failing at constant `rates`: ∫ P(works at t) dt over all t.
    ///
    /// # Errors
    /// [`Invalid::Missing`] when there is not one rate a part, [`Invalid::Number`] for one that is not positive.
    pub fn mttf(&self, rates: &[f64]) -> Result<f64, Invalid> {
        self.check(rates)?;
        rates.iter().try_for_each(|rate| positive("failure rate", *rate).map(drop))?;
        if self.works == Diagrams::YES {
            return Ok(f64::INFINITY);
        }
        let reliability = |hours: f64| {
            let odds = |rate: &f64| Odds { works: (-rate * hours).exp(), fails: -(-rate * hours).exp_m1() };
            self.evaluate(&rates.iter().map(odds).collect::<Vec<_>>()).works
        };
        let fastest: f64 = rates.iter().sum();
        Ok(integral(|at| reliability(at / fastest)) / fastest)
    }
}

fn pairs(parts: &[Odds]) -> Vec<(f64, f64)> {
    parts.iter().map(|odds| (odds.fails, odds.works)).collect()
}

fn build(diagrams: &mut Diagrams, block: &Block, parts: usize) -> Result<Node, Invalid> {
    let mut all =
        |blocks: &[Block]| -> Result<Vec<Node>, Invalid> { blocks.iter().map(|one| build(diagrams, one, parts)).collect() };
    Ok(match block {
        Block::Part(seen) if *seen >= parts => return Err(Invalid::Missing { what: "part", seen: *seen, count: parts }),
        Block::Part(part) => diagrams.part(*part),
        Block::Series(blocks) => all(blocks)?.into_iter().fold(Diagrams::YES, |sum, one| diagrams.and(sum, one)),
        Block::Parallel(blocks) => all(blocks)?.into_iter().fold(Diagrams::NO, |sum, one| diagrams.or(sum, one)),
        Block::AtLeast(wanted, blocks) if *wanted > blocks.len() => Diagrams::NO,
        Block::AtLeast(wanted, blocks) => {
            let nodes = all(blocks)?;
            diagrams.at_least(*wanted, &nodes)
        }
    })
}

/// ∫ f over 0..∞ for an f that is smooth and falls exponentially or faster from 1 at 0: the trapezoidal rule after x = exp(u − exp(−u)),
/// halving its step until nothing changes.
///
/// Takahasi & Mori (1974), "Double exponential formulas for numerical integration", *Publications of RIMS* 9, 721–741.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    let at = |u: f64| {
        let x = (u - (-u).exp()).exp();
        let slope = x * (1.0 + (-u).exp());
        if slope > 0.0 && slope.is_finite() { f(x) * slope } else { 0.0 }
    };
    // up to x = exp(40), in units of the time in which the fastest part may fail; below −5 the slope is 0
    let (from, to) = (-5.0, 40.0);
    let mut step = 0.5;
    let points = |step: f64, offset: f64| {
        let count = ((to - from) / step) as usize;
        (0..=count).map(|k| at(from + offset + k as f64 * step)).sum::<f64>()
    };
    let mut sum = points(step, 0.0);
    let mut value = sum * step;
    for _ in 0..8 {
        sum += points(step, step / 2.0);
        step /= 2.0;
        let last = std::mem::replace(&mut value, sum * step);
        if (value - last).abs() <= 1e-14 * value {
            break;
        }
    }
    value
}
