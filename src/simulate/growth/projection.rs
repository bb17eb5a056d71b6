use std::fmt;

use super::error::Invalid;
use super::law::Law;
use crate::portable::{ln, sin_cos_pi};
use crate::stats::{Distribution, cholesky};
use crate::stream::Address;

/// Most months of a projection: fifty years, less inputs still fit the dimensions of Sobol's points.
const MOST_MONTHS: usize = 480;
/// Most launches and steps.
const MOST_EVENTS: usize = 29;

/// A number that may be uncertain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Demand before the first month.
    Start,
    /// Expected growth a month.
    Growth,
    /// Standard deviation of the logarithm of a month's factor.
    Volatility,
    /// The size of an event, by its place in [`Question::events`].
    Event(usize),
}

impl Input {
    fn place(self) -> usize {
        match self {
            Self::Start => 0,
            Self::Growth => 1,
            Self::Volatility => 2,
            Self::Event(event) => 3 + event,
        }
    }

    pub(super) fn at(place: usize) -> Self {
        [Self::Start, Self::Growth, Self::Volatility].get(place).copied().unwrap_or(Self::Event(place.saturating_sub(3)))
    }

    /// The address of its draws.
    pub(super) fn address(self) -> Address {
        match self {
            Self::Event(event) => Address::of("event").child(event as u64),
            other => Address::of(&other.to_string()),
        }
    }

    /// What its values may be, and the bounds of that.
    fn bounds(self, change: Option<Change>) -> (&'static str, f64, f64) {
        match (self, change) {
            (Self::Growth, _) => ("above -1 and at most 100", -1.0 + 1e-9, 100.0),
            (Self::Volatility, _) => ("0 to 10", 0.0, 10.0),
            (Self::Event(_), Some(Change::Adds)) => ("0 to 1e200", 0.0, 1e200),
            _ => ("an amount above 1e-200 and below 1e200", 1e-200, 1e200),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Growth => f.write_str("growth"),
            Self::Volatility => f.write_str("volatility"),
            Self::Event(event) => write!(f, "event {}", event + 1),
        }
    }
}

/// What an event does to demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A launch: its size is added.
    Adds,
    /// A step, such as of price or efficiency: demand is multiplied by it.
    Multiplies,
}

/// A change of demand at the end of a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The month, 1 for the first.
    pub month: usize,
    /// What it does.
    pub change: Change,
    /// An amount for a launch, a factor for a step.
    pub size: Distribution,
}

/// A growth question as asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Demand before the first month.
    pub start: Distribution,
    /// Expected growth a month, as a share: 0.03 for 3 %.
    pub growth: Distribution,
    /// Standard deviation of the logarithm of a month's factor.
    pub volatility: Distribution,
    /// How many months are looked ahead.
    pub months: usize,
    /// Launches and steps, in any order; those of one month happen in this order, after its growth.
    pub events: Vec<Event>,
    /// Rank correlations (Spearman) of pairs of uncertain inputs; all others are independent.
    pub correlations: Vec<(Input, Input, f64)>,
    /// Capacity at the end of each month, or none.
    pub capacity: Option<Vec<f64>>,
}

/// A growth question that can be played.
#[derive(Debug, Clone)]
pub struct Projection {
    question: Question,
    pub(super) laws: Vec<Law>,
    /// Places of the uncertain ones among `laws`.
    pub(super) uncertain: Vec<usize>,
    /// The triangle that makes independent scores of the uncertain inputs go together; none where all are independent.
    pub(super) together: Option<Vec<f64>>,
    /// ln of the capacity of each month.
    pub(super) ln_capacity: Option<Vec<f64>>,
}

impl Projection {
    /// Checks a question.
    ///
    /// # Errors
    /// What of it cannot be, what was seen and what is accepted.
    pub fn new(question: Question) -> Result<Self, Invalid> {
        count("the number of months", question.months, 1, MOST_MONTHS)?;
        count("the number of events", question.events.len(), 0, MOST_EVENTS)?;
        let mut laws = Vec::new();
        let sizes = question.events.iter().map(|event| (&event.size, Some(event.change)));
        let all = [&question.start, &question.growth, &question.volatility].map(|law| (law, None)).into_iter().chain(sizes);
        for (place, (distribution, change)) in all.enumerate() {
            laws.push(checked(Input::at(place), distribution, change)?);
        }
        for event in &question.events {
            count("the month of an event", event.month, 1, question.months)?;
        }
        let uncertain: Vec<usize> = (0..laws.len()).filter(|place| !laws[*place].is_known()).collect();
        let together = together(&question.correlations, &uncertain)?;
        let ln_capacity = question.capacity.as_deref().map(|line| logs(line, question.months)).transpose()?;
        Ok(Self { question, laws, uncertain, together, ln_capacity })
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }
}

fn count(what: &'static str, seen: usize, least: usize, most: usize) -> Result<(), Invalid> {
    if (least..=most).contains(&seen) { Ok(()) } else { Err(Invalid::Count { what, seen, least, most }) }
}

fn checked(input: Input, distribution: &Distribution, change: Option<Change>) -> Result<Law, Invalid> {
    distribution.check().map_err(|source| Invalid::Law { input, source })?;
    let law = Law::of(distribution).ok_or(Invalid::Slow(input))?;
    let (low, high) = law.range();
    let (accepted, least, most) = input.bounds(change);
    if low >= least && high <= most { Ok(law) } else { Err(Invalid::Range { input, low, high, accepted }) }
}

fn logs(line: &[f64], months: usize) -> Result<Vec<f64>, Invalid> {
    count("the number of capacities", line.len(), months, months)?;
    match line.iter().position(|amount| !(amount.is_finite() && *amount > 0.0)) {
        Some(month) => Err(Invalid::Capacity { month: month + 1, seen: line[month] }),
        None => Ok(line.iter().map(|amount| ln(*amount)).collect()),
    }
}

/// The Cholesky triangle of the scores' correlations 2 sin(πr/6), which give Spearman's r. K. Pearson (1907); R. T. Clemen, T.
/// Reilly (1999), "Correlations and copulas for decision and risk analysis", *Management Science* 45(2), 208–224.
fn together(correlations: &[(Input, Input, f64)], uncertain: &[usize]) -> Result<Option<Vec<f64>>, Invalid> {
    if correlations.is_empty() {
        return Ok(None);
    }
    let n = uncertain.len();
    let mut matrix = vec![0.0; n * n];
    for place in 0..n {
        matrix[place * n + place] = 1.0;
    }
    for (one, other, rank) in correlations {
        let place = |input: &Input| uncertain.iter().position(|place| *place == input.place());
        let (Some(a), Some(b)) = (place(one), place(other)) else { return Err(Invalid::Pair(*one, *other)) };
        if a == b {
            return Err(Invalid::Pair(*one, *other));
        }
        if rank.is_nan() || rank.abs() >= 1.0 {
            return Err(Invalid::Correlation(*one, *other, *rank));
        }
        let of_scores = 2.0 * sin_cos_pi(rank / 6.0).0;
        matrix[a * n + b] = of_scores;
        matrix[b * n + a] = of_scores;
    }
    cholesky(&matrix, n).map(Some).ok_or(Invalid::Correlations)
}
