//! Paths of one block, side by side, month after month.
#![expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]

use super::draws::{Scores, Source};
use super::part::Tally;
use super::projection::{Change, Projection};
use crate::portable::{exp, ln_1p, near_exp};
use crate::wide::{Loop, exp_in_place, ln_in_place, wide};

/// Paths played side by side.
pub const PATHS_PER_BLOCK: usize = 1024;
const WIDTH: usize = PATHS_PER_BLOCK;
/// ln X is kept within ± this, so that X and its sums are finite: amounts beyond 1e299 are told as that.
const FARTHEST: f64 = 690.0;
/// Sums run side by side, so that the order of additions is fixed and yet vector instructions serve.
const LANES: usize = 8;

/// The path with median inputs and no events: ln start, drift a month, volatility, ln of the mean growth.
struct Control {
    ln_start: f64,
    drift: f64,
    volatility: f64,
}

/// What plays blocks, with its memory.
pub(super) struct Player<'a> {
    projection: &'a Projection,
    scores: Scores,
    /// A row an input: values.
    inputs: Vec<f64>,
    state: State,
    control: Option<Control>,
    /// Whether a block was played.
    begun: bool,
}

/// Numbers of each path of the block.
struct State {
    /// ln of where they start.
    start: Vec<f64>,
    log: Vec<f64>,
    drift: Vec<f64>,
    /// The largest ln X - ln capacity so far.
    nearest: Vec<f64>,
    /// Σ of the scores so far, for the control.
    walk: Vec<f64>,
}

impl<'a> Player<'a> {
    pub(super) fn new(projection: &'a Projection, scores: Scores, control: bool) -> Self {
        let row = || vec![0.0; WIDTH];
        let state = State { start: row(), log: row(), drift: row(), nearest: row(), walk: row() };
        let inputs = vec![0.0; projection.laws.len() * WIDTH];
        let control = control.then(|| {
            let [start, growth, volatility] = [0, 1, 2].map(|place: usize| projection.laws[place].median());
            let drift = ln_1p(growth) - volatility * volatility / 2.0;
            Control { ln_start: crate::portable::ln(start), drift, volatility }
        });
        Self { projection, scores, inputs, state, control, begun: false }
    }

    /// Plays block `block` and adds what was seen.
    pub(super) fn play(&mut self, source: &Source, block: u32, into: &mut Tally) {
        source.fill(block, &mut self.scores, WIDTH);
        self.begin();
        into.paths += WIDTH as u64;
        for month in 0..self.projection.question().months {
            self.grow(month);
            self.change(month);
            let tally = &mut into.months[month];
            tally.sum.add(sum_of_exp(&self.state.log));
            tally.sketch.add_logs(&self.state.log).expect("logarithms are kept within bounds");
            if let Some(line) = &self.projection.ln_capacity {
                tally.reached += reached(&self.state.log, line[month], &mut self.state.nearest);
            }
            if let Some(control) = &self.control {
                tally.control.add(control.sum(month, &self.scores.steps[month * WIDTH..][..WIDTH], &mut self.state.walk));
            }
        }
    }

    /// Values of the inputs, and where the paths start. What is known stays from the first block on, but for sizes, which
    /// events write over.
    fn begin(&mut self) {
        let mut scores = self.scores.inputs.chunks_exact(WIDTH);
        let mut drawn = [!self.begun; 3];
        for (place, (row, law)) in self.inputs.chunks_exact_mut(WIDTH).zip(&self.projection.laws).enumerate() {
            if !law.is_known() {
                row.copy_from_slice(scores.next().expect("a row for each uncertain input"));
                if let Some(drawn) = drawn.get_mut(place) {
                    *drawn = true;
                }
            }
            if drawn.get(place).is_none_or(|drawn| *drawn) {
                law.apply(row);
            }
        }
        self.begun = true;
        let [start_drawn, growth_drawn, volatility_drawn] = drawn;
        let (head, _) = self.inputs.split_at(3 * WIDTH);
        let (start, rest) = head.split_at(WIDTH);
        let (growth, volatility) = rest.split_at(WIDTH);
        if start_drawn {
            self.state.start.copy_from_slice(start);
            ln_in_place(&mut self.state.start);
        }
        self.state.log.copy_from_slice(&self.state.start);
        if growth_drawn || volatility_drawn {
            for ((drift, growth), volatility) in self.state.drift.iter_mut().zip(growth).zip(volatility) {
                *drift = ln_1p(*growth) - volatility * volatility / 2.0;
            }
        }
        self.state.nearest.fill(f64::NEG_INFINITY);
        self.state.walk.fill(0.0);
    }

    fn grow(&mut self, month: usize) {
        let steps = &self.scores.steps[month * WIDTH..][..WIDTH];
        let volatility = &self.inputs[2 * WIDTH..][..WIDTH];
        wide(Grow { logs: &mut self.state.log, drifts: &self.state.drift, volatilities: volatility, steps });
    }

    fn change(&mut self, month: usize) {
        let events = self.projection.question().events.iter().zip(self.inputs[3 * WIDTH..].chunks_exact_mut(WIDTH));
        for (event, size) in events.filter(|(event, _)| event.month == month + 1) {
            match event.change {
                Change::Adds => {
                    exp_in_place(&mut self.state.log);
                    for (amount, size) in self.state.log.iter_mut().zip(size) {
                        *amount += *size;
                    }
                    ln_in_place(&mut self.state.log);
                }
                Change::Multiplies => {
                    ln_in_place(size);
                    for (log, factor) in self.state.log.iter_mut().zip(size) {
                        *log = within(*log + *factor);
                    }
                }
            }
        }
    }
}

impl Control {
    /// The sum over paths at the end of month `month`, counted from 0.
    fn sum(&self, month: usize, steps: &[f64], walk: &mut [f64]) -> f64 {
        for (at, step) in walk.iter_mut().zip(steps) {
            *at += step;
        }
        let mut logs = [0.0; WIDTH];
        let centre = self.ln_start + self.drift * (month + 1) as f64;
        for (log, at) in logs.iter_mut().zip(walk) {
            *log = within(centre + self.volatility * *at);
        }
        sum_of_exp(&logs)
    }
}

/// The known mean of the control at the end of month `month`, counted from 0.
pub(super) fn control_mean(projection: &Projection, month: usize) -> f64 {
    let [start, growth] = [0, 1].map(|place: usize| projection.laws[place].median());
    start * exp(ln_1p(growth) * (month + 1) as f64)
}

#[inline(always)]
fn within(log: f64) -> f64 {
    log.clamp(-FARTHEST, FARTHEST)
}

/// Σ e^x to 13 digits, in a fixed order.
fn sum_of_exp(logs: &[f64]) -> f64 {
    wide(SumOfExp(logs))
}

/// How many paths have been at the capacity or above at the end of this month or of one before.
fn reached(logs: &[f64], ln_capacity: f64, nearest: &mut [f64]) -> u64 {
    wide(Reached { logs, ln_capacity, nearest })
}

struct SumOfExp<'a>(&'a [f64]);

impl Loop for SumOfExp<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut sums = [0.0; LANES];
        for logs in self.0.chunks_exact(LANES) {
            for (sum, log) in sums.iter_mut().zip(logs) {
                *sum += near_exp(*log);
            }
        }
        sums.iter().sum()
    }
}

struct Grow<'a> {
    logs: &'a mut [f64],
    drifts: &'a [f64],
    volatilities: &'a [f64],
    steps: &'a [f64],
}

impl Loop for Grow<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let rates = self.drifts.iter().zip(self.volatilities);
        for ((log, (drift, volatility)), step) in self.logs.iter_mut().zip(rates).zip(self.steps) {
            *log = within(*log + (drift + volatility * step));
        }
    }
}

struct Reached<'a> {
    logs: &'a [f64],
    ln_capacity: f64,
    nearest: &'a mut [f64],
}

impl Loop for Reached<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let mut count = 0;
        for (nearest, log) in self.nearest.iter_mut().zip(self.logs) {
            *nearest = nearest.max(log - self.ln_capacity);
            count += u64::from(*nearest >= 0.0);
        }
        count
    }
}
