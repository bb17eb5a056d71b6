//! What blocks of paths saw, to be put together in any order.

use std::ops::Range;

use rayon::prelude::*;

use super::answer::{Answer, answer};
use super::block::Player;
use super::draws::{Sampling, Scores, Source};
use super::error::Foreign;
use super::projection::{Projection, Question};
use crate::simulate::stopping::{Progress, Stopping};
use crate::stats::{ExactSum, Sketch};
use crate::stream::Stream;

/// Batches whose spread tells the standard errors: block b belongs to batch b mod 32, a scrambling of its own.
pub const BATCHES: u32 = 32;
/// The relative error of a number by rank in the sketch; of a quantile between the ends of its bucket far less.
pub(super) const SKETCHED: f64 = 1e-4;

/// What was seen of one month in one batch.
#[derive(Debug, Clone)]
pub(super) struct MonthTally {
    pub(super) sum: ExactSum,
    pub(super) control: ExactSum,
    pub(super) sketch: Sketch,
    /// Paths that were at the capacity or above in this month or one before.
    pub(super) reached: u64,
}

/// What was seen in one batch.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub(super) paths: u64,
    pub(super) months: Vec<MonthTally>,
}

impl Tally {
    fn new(months: usize) -> Self {
        let sketch = Sketch::new(SKETCHED).expect("the relative error is in range");
        let month = MonthTally { sum: ExactSum::default(), control: ExactSum::default(), sketch, reached: 0 };
        Self { paths: 0, months: vec![month; months] }
    }

    fn merge(&mut self, other: &Self) {
        self.paths += other.paths;
        for (mine, theirs) in self.months.iter_mut().zip(&other.months) {
            mine.sum.merge(&theirs.sum);
            mine.control.merge(&theirs.control);
            mine.sketch.merge(&theirs.sketch).expect("all sketches here have one relative error");
            mine.reached += theirs.reached;
        }
    }
}

/// What some blocks of paths of one projection saw.
///
/// Parts of the same projection, way of sampling and seed merge in any order to the same bytes: sums are exact, counts are
/// integers, and a block's draws depend on its number alone.
#[derive(Debug, Clone)]
pub struct Part {
    pub(super) projection: Projection,
    pub(super) sampling: Sampling,
    stream: Stream,
    /// Rising, apart.
    blocks: Vec<Range<u32>>,
    pub(super) tallies: Vec<Tally>,
}

/// Plays blocks `blocks` of [`super::PATHS_PER_BLOCK`] paths, on all threads.
#[must_use]
pub fn play(projection: &Projection, sampling: Sampling, stream: Stream, blocks: Range<u32>) -> Part {
    let months = projection.question().months;
    let batch = |batch: u32| {
        let mut tally = Tally::new(months);
        let first = blocks.start + (batch + BATCHES - blocks.start % BATCHES) % BATCHES;
        if first < blocks.end {
            let source = Source::new(projection, sampling.way, stream, batch);
            let scores = Scores::new(projection, sampling.way, super::PATHS_PER_BLOCK);
            let mut player = Player::new(projection, scores, sampling.control);
            for block in (first..blocks.end).step_by(BATCHES as usize) {
                player.play(&source, block, &mut tally);
            }
        }
        tally
    };
    let tallies = (0..BATCHES).into_par_iter().map(batch).collect();
    let played = if blocks.is_empty() { Vec::new() } else { vec![blocks.clone()] };
    Part { projection: projection.clone(), sampling, stream, blocks: played, tallies }
}

impl Part {
    /// Whether the other is of the same question, way of sampling and seed.
    fn is_of_same(&self, other: &Self) -> bool {
        let same: fn(&Question, &Question) -> bool = |a, b| a == b;
        same(self.projection.question(), other.projection.question())
            && self.sampling == other.sampling
            && self.stream == other.stream
    }

    /// Adds what another part saw.
    ///
    /// # Errors
    /// Where the other is of another projection, or both hold a block.
    pub fn merge(&mut self, other: &Self) -> Result<(), Foreign> {
        if !self.is_of_same(other) {
            return Err(Foreign::Question);
        }
        let mut all: Vec<Range<u32>> = self.blocks.iter().chain(&other.blocks).cloned().collect();
        all.sort_by_key(|range| range.start);
        if let Some(pair) = all.windows(2).find(|pair| pair[1].start < pair[0].end) {
            return Err(Foreign::Overlap(pair[1].start));
        }
        all.dedup_by(|next, before| {
            let touches = before.end == next.start;
            if touches {
                before.end = next.end;
            }
            touches
        });
        self.blocks = all;
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.merge(theirs);
        }
        Ok(())
    }

    /// What all paths together say: quantiles at the shares `p` of each month.
    ///
    /// # Errors
    /// Where blocks from 0 on are missing, or batches are of unequal size.
    pub fn answer(&self, p: &[f64], confidence: f64) -> Result<Answer, Foreign> {
        let whole = match self.blocks.as_slice() {
            [] => return Err(Foreign::Uneven(0)),
            [one] if one.start == 0 => one.end,
            [first, ..] if first.start == 0 => return Err(Foreign::Hole(first.end)),
            _ => return Err(Foreign::Hole(0)),
        };
        if !whole.is_multiple_of(BATCHES) {
            return Err(Foreign::Uneven(whole));
        }
        Ok(answer(self, p, confidence))
    }
}

/// Plays until the answer is as sure as asked for, or the budget of blocks is used, or `go_on` says no.
///
/// # Panics
/// Never: blocks are played from 0 on, in whole rounds of 32.
#[must_use]
pub fn project(
    projection: &Projection,
    sampling: Sampling,
    stream: Stream,
    p: &[f64],
    stopping: &Stopping,
    go_on: impl FnMut(&Progress) -> bool,
) -> Answer {
    let mut all = play(projection, sampling, stream, 0..0);
    let mut told = None;
    let stopped = stopping.run(
        |rounds| {
            let blocks = rounds.start * BATCHES..rounds.end * BATCHES;
            all.merge(&play(projection, sampling, stream, blocks)).expect("rounds follow each other");
            let answer = all.answer(p, stopping.confidence()).expect("rounds are whole");
            let half_width = answer.relative_half_width();
            told = Some(answer);
            half_width
        },
        go_on,
    );
    let mut answer = told.expect("at least one round is played");
    answer.stopped = Some(stopped.why);
    answer
}
