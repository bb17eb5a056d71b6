//! The scores of a block of paths: independent standard normals for its inputs, and the increments of its walks.

use super::construction::{Builder, Construction};
use super::normals::fill_normal;
use super::part::BATCHES;
use super::projection::{Input, Projection};
use super::sobol::Sobol;
use crate::stream::{Address, Stream};
use crate::wide::normal_quantile_in_place;

/// Where the scores come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Independent draws, each at its address.
    Plain,
    /// The second half of each block has the scores of the first with the other sign. J. M. Hammersley, K. W. Morton (1956).
    Antithetic,
    /// Scrambled Sobol points, a scrambling of its own for each batch.
    Sobol(Construction),
}

/// How paths are sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// Where the scores come from.
    pub way: Way,
    /// Whether means are corrected by what the path with median inputs and no events is off its known mean.
    pub control: bool,
}

/// What draws blocks of one batch.
pub(super) struct Source<'a> {
    projection: &'a Projection,
    stream: Stream,
    way: Way,
    points: Option<(Sobol, Builder)>,
}

/// Scores of one block; rows of `width` numbers, one a path.
pub(super) struct Scores {
    /// A row an uncertain input, in the order of the projection.
    pub(super) inputs: Vec<f64>,
    /// A row a month.
    pub(super) steps: Vec<f64>,
    work: Vec<f64>,
    bits: Vec<u64>,
}

impl Scores {
    pub(super) fn new(projection: &Projection, way: Way, width: usize) -> Self {
        let steps = projection.question().months * width;
        let is_sobol = matches!(way, Way::Sobol(_));
        Self {
            inputs: vec![0.0; projection.uncertain.len() * width],
            steps: vec![0.0; steps],
            work: vec![0.0; if is_sobol { steps } else { 0 }],
            bits: vec![0; width],
        }
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(projection: &'a Projection, way: Way, stream: Stream, batch: u32) -> Self {
        let months = projection.question().months;
        let dimensions = projection.uncertain.len() + months;
        let points = match way {
            Way::Sobol(construction) => Some((Sobol::scrambled(dimensions, stream, batch), Builder::new(construction, months))),
            Way::Plain | Way::Antithetic => None,
        };
        Self { projection, stream, way, points }
    }

    /// Fills the scores of block `block`, inputs made to go together.
    pub(super) fn fill(&self, block: u32, scores: &mut Scores, width: usize) {
        match &self.points {
            Some((points, builder)) => Self::by_points(points, builder, block / BATCHES, scores, width),
            None => self.by_streams(block, scores, width),
        }
        if let Some(triangle) = &self.projection.together {
            go_together(triangle, &mut scores.inputs, width);
        }
    }

    fn by_points(points: &Sobol, builder: &Builder, block: u32, scores: &mut Scores, width: usize) {
        let rows = scores.inputs.chunks_exact_mut(width).chain(scores.steps.chunks_exact_mut(width));
        for (dimension, row) in rows.enumerate() {
            points.fill(dimension, block, &mut scores.bits);
            for (score, bits) in row.iter_mut().zip(&scores.bits) {
                *score = open_unit(*bits);
            }
            normal_quantile_in_place(row);
        }
        builder.increments(&mut scores.steps, &mut scores.work, width);
    }

    fn by_streams(&self, block: u32, scores: &mut Scores, width: usize) {
        let drawn = if self.way == Way::Antithetic { width / 2 } else { width };
        let stream = self.stream.replication(block);
        for (row, place) in scores.inputs.chunks_exact_mut(width).zip(&self.projection.uncertain) {
            let mut rng = stream.at(Input::at(*place).address()).rng();
            fill_normal(&mut rng, &mut scores.bits, &mut row[..drawn]);
        }
        let mut rng = stream.at(Address::of("steps")).rng();
        for row in scores.steps.chunks_exact_mut(width) {
            fill_normal(&mut rng, &mut scores.bits, &mut row[..drawn]);
        }
        for row in scores.inputs.chunks_exact_mut(width).chain(scores.steps.chunks_exact_mut(width)) {
            let (drawn, mirrored) = row.split_at_mut(drawn);
            for (mirror, score) in mirrored.iter_mut().zip(drawn) {
                *mirror = -*score;
            }
        }
    }
}

/// The midpoint of the cell of (0, 1) that the top 52 bits name.
fn open_unit(bits: u64) -> f64 {
    f64::from_bits((bits >> 12) | 0x3FF0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0)
}

/// Rows of independent scores times the triangle, from the last row up so that no row is needed after it was overwritten.
fn go_together(triangle: &[f64], rows: &mut [f64], width: usize) {
    let n = rows.len() / width;
    for row in (0..n).rev() {
        let (above, from) = rows.split_at_mut(row * width);
        let own = triangle[row * n + row];
        for score in &mut from[..width] {
            *score *= own;
        }
        for (other, scores) in above.chunks_exact(width).enumerate() {
            let weight = triangle[row * n + other];
            if weight != 0.0 {
                for (score, z) in from[..width].iter_mut().zip(scores) {
                    *score += weight * z;
                }
            }
        }
    }
}
