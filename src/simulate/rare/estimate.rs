//! One question, one answer: exactly where that is possible, by crude sampling where it suffices, else by a method made for
//! rare events, checked by a second one.

use super::fleet::FleetClimb;
use super::forcing::by_strikes;
use super::group::{Group, GroupClimb};
use super::network::Network;
use super::overflow::{SingleClimb, Tandem, single};
use super::played::{Play, Played};
use super::renewal::horizon;
use super::splitting::{Climb, Splitting, climb_again, plan};
use super::system::System;
use super::tail::Tail;
use super::tally::{Effort, Tally};
use crate::simulate::exact::{KOfN, SingleOverflow, TandemOverflow};
use crate::stats::{Distribution, Estimate, Invalid};
use crate::stream::Stream;

/// What is asked: the probability of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// That a k-out-of-n group is down at some moment of `hours`, all up at the start. For erasure codes: data are lost.
    GroupWithin {
        /// The group.
        group: KOfN,
        /// The horizon.
        hours: f64,
    },
    /// That the capacity of a system is below need at some moment of `hours`, all up and new at the start.
    SystemWithin {
        /// The system.
        system: System,
        /// The horizon.
        hours: f64,
    },
    /// That the capacity of a system is below need at a moment in the long run.
    SystemSteady(System),
    /// That two nodes of a network are apart.
    Apart(Network),
    /// That a single queue overflows within a busy period.
    Overflow(SingleOverflow),
    /// That two queues in a row do.
    TandemOverflow(TandemOverflow),
    /// A tail of a sum or of a walk.
    Tail(Tail),
}

/// How sure the answer is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Half of the 95 % interval ÷ value.
    pub half_width: f64,
    /// Replications (cycles) of a method at most.
    pub budget: u64,
    /// Replications of crude sampling by which it is judged.
    pub crude: u64,
    /// Whether an exact answer is taken where there is one.
    pub exact: bool,
}

impl Default for Goal {
    /// To 10 %, in at most 4 million cycles; crude sampling is judged by 2,000.
    fn default() -> Self {
        Self { half_width: 0.1, budget: 4_000_000, crude: 2_000, exact: true }
    }
}

/// How a probability was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Closed form, convolution or uniformization.
    Exact,
    /// As it is.
    Crude,
    /// Balanced failure biasing, the first failure integrated.
    FailureBiasing,
    /// Fixed-effort multilevel splitting.
    Splitting,
    /// Cuts of a network, near zero variance.
    Cuts,
    /// Orders of links, time integrated.
    LinkOrder,
    /// Domains drawn, units summed.
    Conditional,
    /// A change of measure towards the event.
    Tilting,
    /// The same with the law moved three quarters of the way.
    WeakerTilting,
}

/// A second method's answer.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CrossCheck {
    /// The method.
    pub method: Method,
    /// Its value.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Difference ÷ standard error of the difference.
    pub z: f64,
}

/// Why an answer is not to be trusted as it stands.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// Nothing was seen: the value is the one-sided 95 % upper bound, not an estimate.
    NothingSeen {
        /// Replications without a hit.
        replications: u64,
    },
    /// Fewer equal weights than this would be as sure.
    FewEffective {
        /// (Σw)² ÷ Σw².
        effective_sample_size: f64,
    },
    /// One replication makes this share of the sum.
    OneWeight {
        /// Its share.
        share: f64,
    },
    /// Two methods are this many standard errors apart.
    Disagree {
        /// Standard errors.
        z: f64,
    },
    /// Splitting: so few paths reached one of the levels that a way which matters may not have been met.
    FewPaths {
        /// Paths a repetition, on average.
        paths: f64,
    },
    /// The second method saw nothing or is too unsure to check anything.
    NotChecked,
    /// The budget was used before the goal was reached.
    Unsure {
        /// Standard error ÷ value that was reached.
        relative_error: f64,
    },
}

/// A probability, how sure it is, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RareEstimate {
    /// The probability; with [`Warning::NothingSeen`] an upper bound.
    pub value: f64,
    /// Its standard error; 0 when exact.
    pub standard_error: f64,
    /// Standard error ÷ value.
    pub relative_error: f64,
    /// (Σw)² ÷ Σw² of the weights; infinite when exact.
    pub effective_sample_size: f64,
    /// Replications of the method.
    pub replications: u64,
    /// How it was found.
    pub method: Method,
    /// What a second method says.
    pub cross_check: Option<CrossCheck>,
    /// Why it cannot be trusted, most serious first.
    pub warning: Option<Warning>,
}

/// Crude sampling with this many hits needs no other method.
const ENOUGH_HITS: u64 = 10;
/// Below this many effective weights an interval is not to be trusted.
const FEW: f64 = 20.0;
/// Nor when one weight makes this share of the sum.
const HEAVY: f64 = 0.1;
/// Nor of splitting when fewer paths a repetition reached one of the levels.
const FEW_PATHS: f64 = 4.0;
/// Standard error ÷ value to which a check is taken at most.
const CHECK: f64 = 0.05;
/// A second method that is less sure than this checks nothing.
const LOOSE: f64 = 0.25;
/// Methods are not to be further apart than this many standard errors.
const APART: f64 = 4.0;
/// What a method saw.
#[derive(Debug, Clone, Copy)]
struct Seen {
    method: Method,
    estimate: Estimate,
    effective: f64,
    largest: f64,
    replications: u64,
    /// Of splitting: paths that reached the level which the fewest reached, a repetition.
    fewest: f64,
}

impl Seen {
    fn of(method: Method, tally: &Tally<1>) -> Self {
        Self {
            method,
            estimate: tally.estimate(0),
            effective: tally.effective(0),
            largest: tally.largest_share(0),
            replications: tally.count(),
            fewest: f64::INFINITY,
        }
    }

    fn relative_error(&self) -> f64 {
        if self.estimate.value > 0.0 { self.estimate.standard_error / self.estimate.value } else { f64::INFINITY }
    }
}

/// Answers a question about a rare event.
///
/// Exactly where the problem qualifies and the goal allows; else crude sampling first. When that sees fewer than 10 hits, the
/// method for its kind of problem is taken to the goal, and a second method checks it: to twice the goal's error or 5 %, in a
/// quarter of the budget.
///
/// # Errors
/// A problem with parameters that make none, or a goal without sense.
///
/// ```
/// use plimsoll::simulate::exact::KOfN;
/// use plimsoll::simulate::rare::{Goal, Method, Problem, estimate};
/// use plimsoll::stream::{Seed, Stream};
/// let group = KOfN { units: 5, needed: 2, mttf: 8_760.0, mttr: 24.0, crews: 5, standby: 1.0 };
/// let asked = Problem::GroupWithin { group, hours: 8_760.0 };
/// let goal = Goal { exact: false, ..Goal::default() };
/// let seen = estimate(&asked, &goal, Stream::root(Seed(1))).unwrap();
/// assert_eq!(seen.method, Method::FailureBiasing);
/// assert!((seen.value / 4.029e-7 - 1.0).abs() < 5.0 * seen.relative_error);
/// ```
pub fn estimate(problem: &Problem, goal: &Goal, stream: Stream) -> Result<RareEstimate, Invalid> {
    check(problem, goal)?;
    if let Some(value) = if goal.exact { exact(problem)? } else { None } {
        return Ok(exactly(value));
    }
    let judged = crude(problem, Effort::fixed(goal.crude), stream)?;
    let target = Effort::half_width(goal.half_width, goal.budget);
    if judged.hits(0) >= ENOUGH_HITS {
        return Ok(told(Seen::of(Method::Crude, &crude(problem, target, stream)?), None, target, 0));
    }
    let first = rare(problem, target, stream)?;
    // a check tells nothing that a twentieth does not, and is not to cost more than the answer
    let check = Effort { relative_error: (2.0 * target.relative_error).max(CHECK), budget: goal.budget.div_ceil(4) };
    let second = second(problem, check, stream)?;
    Ok(told(first, second, target, judged.count()))
}

/// Answers a question about a system that only the sequential engine plays: crews on several kinds of failures, shocks that hit
/// each host, planned work, releases, standby, spares, overload.
///
/// Crude sampling where it sees 10 hits or more, else splitting on spare capacity. Where the event is not too rare for it crude
/// sampling in a quarter of the budget checks the answer; no other method knows so general a system.
///
/// # Errors
/// A goal without sense.
pub(in crate::simulate) fn estimate_played(asked: &Played<'_>, goal: &Goal, stream: Stream) -> Result<RareEstimate, Invalid> {
    check_goal(goal)?;
    let play = Play::of(asked);
    let crude = |effort| followed(&play, stream.named("crude"), effort);
    let judged = crude(Effort::fixed(goal.crude));
    let target = Effort::half_width(goal.half_width, goal.budget);
    if judged.hits(0) >= ENOUGH_HITS {
        return Ok(told(Seen::of(Method::Crude, &crude(target)), None, target, 0));
    }
    let first = climbed(&play, target, stream);
    // so many replications that the check is sure enough to tell something
    let wanted = 3.0 / (LOOSE * LOOSE * first.estimate.value.max(f64::MIN_POSITIVE));
    let affordable = wanted <= goal.budget.div_ceil(4) as f64;
    let second = affordable.then(|| {
        let counted = followed(&play, stream.named("second method"), Effort::fixed(wanted as u64));
        Seen::of(Method::Crude, &counted)
    });
    Ok(told(first, second, target, judged.count()))
}

fn check_goal(goal: &Goal) -> Result<(), Invalid> {
    let refuse = |parameter, seen: String, expected| Err(Invalid { parameter, seen, expected });
    if !(goal.half_width > 0.0 && goal.half_width < 1.0) {
        return refuse("half_width", format!("is {}", goal.half_width), "above 0 and below 1");
    }
    if goal.budget == 0 || goal.crude == 0 {
        return refuse("budget", format!("is {} and {}", goal.budget, goal.crude), "1 or more");
    }
    Ok(())
}

fn check(problem: &Problem, goal: &Goal) -> Result<(), Invalid> {
    check_goal(goal)?;
    let refuse = |parameter, seen: String, expected| Err(Invalid { parameter, seen, expected });
    match problem {
        Problem::GroupWithin { hours, .. } | Problem::SystemWithin { hours, .. } if !(hours.is_finite() && *hours > 0.0) => {
            refuse("hours", format!("are {hours}"), "a finite number above 0")
        }
        Problem::GroupWithin { group, .. } => Group::new(group).map(drop),
        Problem::Overflow(queue) => match SingleOverflow::new(queue.arrivals, queue.service, queue.level) {
            Some(_) => Ok(()),
            None => refuse("queue", format!("is {queue:?}"), "rates above 0 and a level of 1 or more"),
        },
        Problem::TandemOverflow(queue) => match TandemOverflow::new(queue.arrivals, queue.first, queue.second, queue.level) {
            Some(_) => Ok(()),
            None => refuse("queue", format!("is {queue:?}"), "rates above 0 and a level of 1 or more"),
        },
        Problem::Tail(tail) => tail.check(),
        _ => Ok(()),
    }
}

/// Levels up to which two queues in a row are solved rather than sampled.
const SOLVED: u32 = 120;

/// The exact answer, where the problem has one here.
fn exact(problem: &Problem) -> Result<Option<f64>, Invalid> {
    Ok(match problem {
        Problem::GroupWithin { group, hours } => outage_within(group, *hours),
        Problem::SystemWithin { system, hours } => as_group(system).and_then(|group| outage_within(&group, *hours)),
        Problem::SystemSteady(system) => Some(system.steady()),
        Problem::Overflow(queue) => Some(queue.probability()),
        Problem::TandemOverflow(queue) => (queue.level <= SOLVED).then(|| queue.probability()),
        Problem::Apart(_) | Problem::Tail(_) => None,
    })
}

fn outage_within(group: &KOfN, hours: f64) -> Option<f64> {
    group.transient(hours).ok().map(|transient| transient.p_outage)
}

/// The group that a system is when it has one kind of units with exponential laws and no domain.
fn as_group(system: &System) -> Option<KOfN> {
    let [units] = &system.units[..] else { return None };
    let (Distribution::Exponential { mean: mttf }, Distribution::Exponential { mean: mttr }) = (&units.life, &units.repair)
    else {
        return None;
    };
    let needed = system.needed.div_ceil(u64::from(units.capacity)) as u32;
    system.domains.is_empty().then_some(KOfN {
        units: units.count,
        needed,
        mttf: *mttf,
        mttr: *mttr,
        crews: units.count,
        standby: 1.0,
    })
}

fn exactly(value: f64) -> RareEstimate {
    RareEstimate {
        value,
        standard_error: 0.0,
        relative_error: 0.0,
        effective_sample_size: f64::INFINITY,
        replications: 0,
        method: Method::Exact,
        cross_check: None,
        warning: None,
    }
}

fn crude(problem: &Problem, effort: Effort, stream: Stream) -> Result<Tally<1>, Invalid> {
    let stream = stream.named("crude");
    Ok(match problem {
        Problem::GroupWithin { group, hours } => {
            let group = Group::new(group)?;
            followed(&GroupClimb { group: &group, hours: *hours }, stream, effort)
        }
        Problem::SystemWithin { system, hours } => FleetClimb::new(system, *hours).crude(stream, effort),
        Problem::SystemSteady(system) => system.drawn(stream, effort),
        Problem::Apart(network) => network.crude(stream, effort),
        Problem::Overflow(queue) => single(queue, false, stream, effort),
        Problem::TandemOverflow(queue) => Tandem::new(queue, false).sample(stream, effort),
        Problem::Tail(tail) => tail.sample(0.0, stream, effort),
    })
}

/// Paths followed as they are to the top or to their end.
fn followed<C: Climb>(model: &C, stream: Stream, effort: Effort) -> Tally<1> {
    super::tally::replicate(
        stream,
        effort,
        0,
        || (),
        |(), rng| {
            let mut state = model.begin(rng);
            [f64::from(u8::from(model.climb(&mut state, model.top(), rng) >= model.top()))]
        },
    )
}

/// The method for the kind of problem.
fn rare(problem: &Problem, effort: Effort, stream: Stream) -> Result<Seen, Invalid> {
    Ok(match problem {
        Problem::GroupWithin { group, hours } => biased(&Group::new(group)?.horizon(*hours, stream, effort)),
        Problem::SystemWithin { system, hours } if system.biases() => biased(&horizon(system, *hours, stream, effort)),
        Problem::SystemWithin { system, hours } => climbed_system(system, *hours, effort, stream),
        Problem::SystemSteady(system) => {
            let seen = system.conditional(stream, effort);
            Seen {
                method: Method::Conditional,
                estimate: seen.unavailability,
                effective: seen.effective_sample_size,
                largest: seen.largest_share,
                replications: seen.replications,
                fewest: f64::INFINITY,
            }
        }
        Problem::Apart(network) => Seen::of(Method::Cuts, &network.by_cuts(stream, effort)),
        Problem::Overflow(queue) => Seen::of(Method::Tilting, &single(queue, true, stream, effort)),
        Problem::TandemOverflow(queue) => Seen::of(Method::Tilting, &Tandem::new(queue, true).sample(stream, effort)),
        Problem::Tail(tail) => Seen::of(Method::Tilting, &tail.sample(1.0, stream, effort)),
    })
}

fn biased(seen: &super::renewal::HorizonRare) -> Seen {
    Seen {
        method: Method::FailureBiasing,
        estimate: seen.p_outage,
        effective: seen.effective_sample_size,
        largest: seen.largest_share,
        replications: seen.replications,
        fewest: f64::INFINITY,
    }
}

/// Splitting in rounds of repetitions until the goal is reached or the paths are used; repetitions count as weights.
fn climbed<C: Climb>(model: &C, effort: Effort, stream: Stream) -> Seen {
    let settings = Splitting::default();
    let steps = plan(model, settings, stream);
    let paths: usize = steps.iter().map(|step| step.paths).sum();
    let most = (effort.budget / paths as u64).clamp(16, 16_384) as usize;
    let mut repetitions = 64.min(most);
    loop {
        let each = climb_again(model, &steps, Splitting { repetitions, ..settings }, stream);
        let seen = Seen {
            method: Method::Splitting,
            estimate: each.estimate,
            effective: each.effective,
            largest: each.largest,
            replications: each.paths,
            fewest: each.fewest,
        };
        // the goal is for the whole; repetitions that are added begin with those made before
        if seen.relative_error() <= effort.relative_error || repetitions >= most {
            return seen;
        }
        repetitions = (repetitions * 4).min(most);
    }
}

/// Splitting by the number of strikes on domains, where it has a simple law; else of all together.
fn climbed_system(system: &System, hours: f64, effort: Effort, stream: Stream) -> Seen {
    let Some(seen) = by_strikes(system, hours, effort, stream) else {
        return climbed(&FleetClimb::new(system, hours), effort, stream);
    };
    Seen {
        method: Method::Splitting,
        estimate: seen.estimate,
        effective: seen.effective,
        largest: seen.largest,
        replications: seen.paths,
        fewest: seen.fewest,
    }
}

fn second(problem: &Problem, effort: Effort, stream: Stream) -> Result<Option<Seen>, Invalid> {
    let stream = stream.named("second method");
    Ok(Some(match problem {
        Problem::GroupWithin { group, hours } => {
            let group = Group::new(group)?;
            climbed(&GroupClimb { group: &group, hours: *hours }, effort, stream)
        }
        Problem::SystemWithin { system, hours } if system.biases() => climbed_system(system, *hours, effort, stream),
        // with general lives: only failure biasing would be of another kind, and it needs constant rates
        Problem::SystemWithin { system, hours } if system.renews() => biased(&horizon(system, *hours, stream, effort)),
        Problem::SystemWithin { .. } => return Ok(None),
        Problem::SystemSteady(system) if system.biases() => {
            let seen = super::renewal::steady(system, stream, effort);
            Seen {
                method: Method::FailureBiasing,
                estimate: seen.unavailability,
                effective: seen.effective_sample_size,
                largest: seen.largest_share,
                replications: effort.budget,
                fewest: f64::INFINITY,
            }
        }
        Problem::SystemSteady(_) => return Ok(None),
        Problem::Apart(network) => Seen::of(Method::LinkOrder, &network.by_order(stream, effort)),
        Problem::Overflow(queue) => climbed(&SingleClimb(*queue), effort, stream),
        Problem::TandemOverflow(queue) => climbed(&Tandem::new(queue, true), effort, stream),
        Problem::Tail(tail) => Seen::of(Method::WeakerTilting, &tail.sample(0.75, stream, effort)),
    }))
}

/// The one-sided 95 % upper bound of a share of which none was seen: 1 − 0.05^(1/n). Clopper & Pearson (1934), *Biometrika* 26.
fn bound_if_none_seen(n: u64) -> f64 {
    -(0.05_f64.ln() / n as f64).exp_m1()
}

fn told(first: Seen, second: Option<Seen>, effort: Effort, crude: u64) -> RareEstimate {
    if first.estimate.value == 0.0 {
        return RareEstimate {
            value: bound_if_none_seen(crude.max(1)),
            standard_error: 0.0,
            relative_error: f64::INFINITY,
            effective_sample_size: 0.0,
            replications: first.replications,
            method: first.method,
            cross_check: None,
            warning: Some(Warning::NothingSeen { replications: crude }),
        };
    }
    let compare = |other: Seen| CrossCheck {
        method: other.method,
        value: other.estimate.value,
        standard_error: other.estimate.standard_error,
        z: (first.estimate.value - other.estimate.value) / first.estimate.standard_error.hypot(other.estimate.standard_error),
    };
    // where few paths met a level, or few repetitions make the sum, its spread says little
    let second = second.filter(|other| other.fewest >= FEW_PATHS && other.effective >= FEW);
    let cross_check = second.filter(|other| other.estimate.value > 0.0).map(compare);
    let relative_error = first.relative_error();
    let unsure = second.is_none_or(|other| other.relative_error() > LOOSE);
    let warning = if let Some(z) = cross_check.map(|check| check.z).filter(|z| z.is_nan() || z.abs() > APART) {
        Some(Warning::Disagree { z })
    } else if first.effective < FEW && relative_error > 1e-3 {
        Some(Warning::FewEffective { effective_sample_size: first.effective })
    } else if first.largest > HEAVY && relative_error > 1e-3 {
        Some(Warning::OneWeight { share: first.largest })
    } else if first.fewest < FEW_PATHS {
        Some(Warning::FewPaths { paths: first.fewest })
    } else if relative_error > effort.relative_error {
        Some(Warning::Unsure { relative_error })
    } else if first.method != Method::Crude && unsure {
        Some(Warning::NotChecked)
    } else {
        None
    };
    RareEstimate {
        value: first.estimate.value,
        standard_error: first.estimate.standard_error,
        relative_error,
        effective_sample_size: first.effective,
        replications: first.replications,
        method: first.method,
        cross_check,
        warning,
    }
}
