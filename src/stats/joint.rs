//! Uncertain numbers drawn together, by address.

use super::{ByScore, Copula, Distribution, Invalid, NoCorrelation, Repair};
use crate::stream::{Address, Stream};

/// Laws of several uncertain numbers, each with a name, joined by rank correlations.
///
/// Draw *r* of a number depends on the seed, its name and *r* only, and on the numbers that it is correlated with and that stand
/// before it: another number in the list moves no draw.
///
/// ```
/// use plimsoll::stats::{Distribution, JointLaw};
/// use plimsoll::stream::{Seed, Stream};
/// let growth = ("growth.web".to_owned(), Distribution::quantiles(&[(0.1, 0.01), (0.5, 0.03), (0.9, 0.08)]));
/// let price = ("unit.m8.price.purchase".to_owned(), Distribution::pert(8_000.0, 9_000.0, 13_000.0).unwrap());
/// let joint = JointLaw::new(&[growth, price], &[(0, 1, 0.5)]).unwrap();
/// let drawn = joint.draw(Stream::root(Seed(42)), 7);
/// assert!(drawn[0] > 0.0 && drawn[1] > 8_000.0 && drawn[1] < 13_000.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JointLaw {
    addresses: Vec<Address>,
    laws: Vec<ByScore>,
    copula: Copula,
}

/// Why there is no joint law.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoJointLaw {
    /// A number's own law.
    #[error("`{name}`: {invalid}")]
    Law {
        /// The number.
        name: String,
        /// What is wrong with its law.
        invalid: Invalid,
    },
    /// Two numbers have one name, and would have one draw.
    #[error("there are two uncertain numbers named `{0}`")]
    Twins(String),
    /// A correlation.
    #[error(transparent)]
    Correlation(#[from] NoCorrelation),
}

/// Draws are made so many replications at a time, each number from one stream.
pub const DRAWN_TOGETHER: u32 = 64;

impl JointLaw {
    /// Numbers by name, and rank correlations (first, second, rank) of pairs of them.
    ///
    /// # Errors
    /// When a law is none, two numbers share a name, or correlations are none.
    pub fn new(numbers: &[(String, Distribution)], pairs: &[(usize, usize, f64)]) -> Result<Self, NoJointLaw> {
        for (i, (name, law)) in numbers.iter().enumerate() {
            law.check().map_err(|invalid| NoJointLaw::Law { name: name.clone(), invalid })?;
            if numbers[..i].iter().any(|(other, _)| other == name) {
                return Err(NoJointLaw::Twins(name.clone()));
            }
        }
        let copula = Copula::of_ranks(numbers.len(), pairs)?;
        let addresses = numbers.iter().map(|(name, _)| Address::of(name)).collect();
        Ok(Self { addresses, laws: numbers.iter().map(|(_, law)| law.by_score()).collect(), copula })
    }

    /// How many numbers there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.laws.len()
    }

    /// What was changed most to make the stated correlations possible.
    #[must_use]
    pub fn repair(&self) -> Option<Repair> {
        self.copula.repair()
    }

    /// The numbers of one replication, in the order of the list.
    #[must_use]
    pub fn draw(&self, stream: Stream, replication: u32) -> Vec<f64> {
        let at = (replication % DRAWN_TOGETHER) as usize;
        self.block(stream, replication / DRAWN_TOGETHER, at + 1).into_iter().map(|column| column[at]).collect()
    }

    /// The numbers of replications `block * 64` to `block * 64 + 63`, a column each.
    #[must_use]
    pub fn draw_block(&self, stream: Stream, block: u32) -> Vec<Vec<f64>> {
        self.block(stream, block, DRAWN_TOGETHER as usize)
    }

    /// The first `count` of a block.
    fn block(&self, stream: Stream, block: u32, count: usize) -> Vec<Vec<f64>> {
        let stream = stream.named("uncertain number").replication(block);
        let score = |address: &Address| {
            let mut scores = vec![0.0; count];
            stream.at(*address).rng().fill_normal(&mut scores);
            scores
        };
        let mut columns: Vec<Vec<f64>> = self.addresses.iter().map(score).collect();
        let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        self.copula.correlate(&mut slices);
        for (column, law) in columns.iter_mut().zip(&self.laws) {
            for x in column {
                *x = law.at(*x);
            }
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate;
    use crate::stream::Seed;

    fn numbers() -> Vec<(String, Distribution)> {
        vec![
            ("growth".to_owned(), Distribution::quantiles(&[(0.1, 0.01), (0.5, 0.03), (0.9, 0.08)])),
            ("price".to_owned(), Distribution::Triangular { low: 8.0, mode: 9.0, high: 13.0 }),
            ("launch".to_owned(), Distribution::Discrete { points: vec![(0.0, 0.7), (0.25, 0.3)] }),
        ]
    }

    #[test]
    fn one_replication_is_its_place_in_the_block() {
        let joint = JointLaw::new(&numbers(), &[(0, 1, 0.6), (1, 2, -0.3)]).unwrap();
        let stream = Stream::root(Seed(8));
        let block = joint.draw_block(stream, 3);
        for replication in [192, 200, 255] {
            let one: Vec<f64> = block.iter().map(|column| column[replication as usize - 192]).collect();
            assert_eq!(joint.draw(stream, replication), one);
        }
    }

    #[test]
    fn another_number_in_the_list_moves_no_draw() {
        let (mut more, stream) = (numbers(), Stream::root(Seed(8)));
        more.insert(0, ("delay".to_owned(), Distribution::Exponential { mean: 3.0 }));
        let few = JointLaw::new(&numbers(), &[(0, 1, 0.6)]).unwrap().draw(stream, 77);
        let many = JointLaw::new(&more, &[(1, 2, 0.6)]).unwrap().draw(stream, 77);
        assert_eq!(few, many[1..]);
    }

    #[test]
    fn each_number_keeps_its_law_whatever_it_is_correlated_with() {
        let joint = JointLaw::new(&numbers(), &[(0, 1, 0.8), (0, 2, -0.5)]).unwrap();
        let blocks: Vec<Vec<Vec<f64>>> = (0..1_000).map(|block| joint.draw_block(Stream::root(Seed(9)), block)).collect();
        for (number, (name, law)) in numbers().iter().enumerate() {
            let draws = || blocks.iter().flat_map(|block| block[number].iter().copied());
            let seen = estimate(draws());
            assert!((seen.value - law.mean()).abs() < 5.0 * seen.standard_error, "{name}: {seen:?} {}", law.mean());
            for p in [0.1, 0.5, 0.9_f64] {
                let at = law.by_score().at(crate::stats::normal_quantile(p));
                let (share, want) = (draws().filter(|x| *x <= at).count() as f64 / 64_000.0, law.cdf(at));
                assert!((share - want).abs() < 5.0 * (p * (1.0 - p) / 64_000.0).sqrt(), "{name} {p}: {share} {want}");
            }
        }
    }

    #[test]
    fn what_is_no_joint_law_is_refused_with_the_reason() {
        let said = |numbers: &[(String, Distribution)], pairs: &[(usize, usize, f64)]| {
            JointLaw::new(numbers, pairs).unwrap_err().to_string()
        };
        let one = |law| vec![("a".to_owned(), law)];
        assert_eq!(said(&one(Distribution::Exponential { mean: 0.0 }), &[]), "`a`: mean is 0, expected a finite number above 0");
        let twins = [one(Distribution::constant(1.0)), one(Distribution::constant(2.0))].concat();
        assert_eq!(said(&twins, &[]), "there are two uncertain numbers named `a`");
        assert_eq!(said(&numbers(), &[(0, 0, 0.1)]), "number 1 is correlated with itself, expected two different numbers");
    }
}
