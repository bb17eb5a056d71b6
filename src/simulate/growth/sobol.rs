//! Sobol's points, each of several times scrambled anew.
//!
//! Direction numbers: `joe_kuo.txt`, a line a dimension from the second on, "a m₁ … m_s", the first 511 lines of
//! `new-joe-kuo-6.21201` (F. Y. Kuo's page at UNSW, 16 September 2010). S. Joe, F. Y. Kuo (2008), "Constructing Sobol
//! sequences with better two-dimensional projections", *SIAM J. Sci. Comput.* 30(5), 2635–2654.
//! Scrambling: J. Matoušek (1998), "On the L₂-discrepancy for anchored boxes", *J. Complexity* 14(4), 527–556, §4: each
//! direction number times a random lower triangle of bits with ones on its diagonal, and a digital shift. A scrambled point is
//! uniform, and the set keeps its balance, so the mean over a scrambling is unbiased and scramblings are independent.

use crate::stream::{Address, Stream};

/// Digits of an index: 2^32 points before a sequence repeats itself.
const DIGITS: usize = 32;
/// Most dimensions that have direction numbers here.
#[cfg(test)]
pub(super) const MOST_DIMENSIONS: usize = 512;

static JOE_KUO: &str = include_str!("joe_kuo.txt");

/// The direction numbers of one dimension as fractions of 2^64: v_k = m_k 2^(64-k), m_k by the recurrence of its polynomial.
fn directions(line: Option<&str>) -> [u64; DIGITS] {
    let mut m = [1_u64; DIGITS];
    if let Some(line) = line {
        let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().expect("the table holds numbers")).collect();
        let (a, first) = (numbers[0], &numbers[1..]);
        let degree = first.len();
        m[..degree].copy_from_slice(first);
        for k in degree..DIGITS {
            m[k] = m[k - degree] ^ (m[k - degree] << degree);
            for i in 1..degree {
                m[k] ^= ((a >> (degree - 1 - i)) & 1) * (m[k - i] << i);
            }
        }
    }
    std::array::from_fn(|k| m[k] << (63 - k))
}

/// The points of one scrambling, or of none.
pub(super) struct Sobol {
    dimensions: Vec<([u64; DIGITS], u64)>,
}

impl Sobol {
    /// The points as published, from the origin on: what the tests hold against the publication.
    #[cfg(test)]
    fn plain(dimensions: usize) -> Self {
        let lines = std::iter::once(None).chain(JOE_KUO.lines().map(Some));
        Self { dimensions: lines.take(dimensions).map(|line| (directions(line), 0)).collect() }
    }

    /// Scrambling number `replication` of `stream`; at most 512 dimensions.
    pub(super) fn scrambled(dimensions: usize, stream: Stream, replication: u32) -> Self {
        let stream = stream.named("scramble").replication(replication);
        let lines = std::iter::once(None).chain(JOE_KUO.lines().map(Some)).take(dimensions);
        let scrambled = |(place, line): (usize, Option<&str>)| {
            let mut rng = stream.at(Address::of("dimension").child(place as u64)).rng();
            let shift = rng.bits64();
            let rows: [u64; 64] = std::array::from_fn(|row| lower_row(row, rng.bits64()));
            (directions(line).map(|direction| times(&rows, direction)), shift)
        };
        Self { dimensions: lines.enumerate().map(scrambled).collect() }
    }

    /// Coordinates of points `block` × n, …, (`block` + 1) × n - 1 in one dimension, as fractions of 2^64; n = `out.len()` is a
    /// power of two.
    pub(super) fn fill(&self, dimension: usize, block: u32, out: &mut [u64]) {
        let (directions, shift) = &self.dimensions[dimension];
        let low = out.len().trailing_zeros() as usize;
        let chosen = directions[low..].iter().enumerate().filter(|(digit, _)| block >> digit & 1 == 1);
        out[0] = chosen.fold(*shift, |point, (_, direction)| point ^ direction);
        for (digit, direction) in directions[..low].iter().enumerate() {
            let (known, next) = out.split_at_mut(1 << digit);
            for (point, known) in next.iter_mut().zip(known) {
                *point = *known ^ direction;
            }
        }
    }
}

/// Row `row` of the triangle: one on the diagonal, random digits above it in weight, counted from the highest bit.
fn lower_row(row: usize, random: u64) -> u64 {
    let diagonal = 1 << (63 - row);
    (random & !(diagonal | (diagonal - 1))) | diagonal
}

fn times(rows: &[u64; 64], direction: u64) -> u64 {
    rows.iter().fold(0, |product, row| product << 1 | u64::from((row & direction).count_ones() & 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Seed;

    fn column(points: &Sobol, dimension: usize, block: u32, count: usize) -> Vec<u64> {
        let mut out = vec![0; count];
        points.fill(dimension, block, &mut out);
        out
    }

    #[test]
    fn points_are_those_of_an_independent_program() {
        // SciPy 1.17.1, qmc.Sobol(512, scramble=False).random(64): points 5 and 37 in the order of the Gray code, which are 7 and
        // 55 in ours
        let points = Sobol::plain(MOST_DIMENSIONS);
        let of = |place: usize| {
            let share = |dimension| column(&points, dimension, 0, 64)[place] as f64 / 2_f64.powi(64);
            [0, 1, 2, 100, 511].map(share)
        };
        assert_eq!(of(7), [0.875, 0.875, 0.125, 0.125, 0.875]);
        assert_eq!(of(55), [0.921_875, 0.640_625, 0.578_125, 0.359_375, 0.046_875]);
    }

    #[test]
    fn every_block_of_a_power_of_two_has_one_point_in_each_cell() {
        let stream = Stream::root(Seed(3));
        for points in [Sobol::plain(MOST_DIMENSIONS), Sobol::scrambled(MOST_DIMENSIONS, stream, 4)] {
            for dimension in [0, 1, 2, 30, 254, 511] {
                for block in [0, 1, 6] {
                    let mut cells: Vec<u64> = column(&points, dimension, block, 256).iter().map(|x| x >> 56).collect();
                    cells.sort_unstable();
                    assert!(cells.iter().copied().eq(0..256), "{dimension}, {block}");
                }
            }
        }
    }

    #[test]
    fn blocks_of_any_size_hold_the_same_points() {
        let points = Sobol::scrambled(3, Stream::root(Seed(3)), 0);
        let whole = column(&points, 2, 0, 128);
        assert_eq!(whole[96..], column(&points, 2, 3, 32));
    }

    #[test]
    fn a_scrambled_point_is_uniform_over_scramblings() {
        // P(x < 1/3) of the same point over 20,000 scramblings; five standard errors
        let below = (0..20_000).filter(|r| {
            let points = Sobol::scrambled(2, Stream::root(Seed(5)), *r);
            column(&points, 1, 0, 8)[5] < u64::MAX / 3
        });
        let share = below.count() as f64 / 20_000.0;
        assert!((share - 1.0 / 3.0).abs() < 5.0 * (2.0_f64 / 9.0 / 20_000.0).sqrt(), "{share}");
    }
}
