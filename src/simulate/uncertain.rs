//! Uncertain numbers of a scenario: of its model, and those of its changes that are correlated with another.

use std::sync::Arc;

use super::Error;
use crate::scenario::{Override, Scenario, drawn_together};
use crate::stats::{JointLaw, Sampler};
use crate::stream::{Generator, Stream};

/// A number of a change of demand.
#[derive(Debug, Clone)]
pub(super) enum Drawn {
    /// From its own stream.
    Alone(Sampler),
    /// With others, by its place among them.
    Together(usize),
}

impl Drawn {
    #[inline]
    pub(super) fn draw(&self, rng: &mut Generator, together: &[f64]) -> f64 {
        match self {
            Self::Alone(sampler) => sampler.draw(rng),
            Self::Together(place) => together[*place],
        }
    }
}

/// All numbers that are drawn together: the model's first, then those of the scenario's changes that a correlation names.
#[derive(Debug, Clone)]
pub(super) struct Uncertain {
    names: Vec<String>,
    joint: JointLaw,
    /// How many are the model's.
    of_model: usize,
    changes_the_model: bool,
}

impl Uncertain {
    /// # Errors
    /// When laws or correlations are none, or two numbers that are drawn together share a name.
    pub(super) fn of(scenario: &Scenario) -> Result<Self, Error> {
        let model = &scenario.model;
        let (numbers, pairs) = drawn_together(model, &scenario.overrides);
        let joint = JointLaw::new(&numbers, &pairs)?;
        Ok(Self {
            names: numbers.into_iter().map(|(name, _)| name).collect(),
            joint,
            of_model: model.uncertain.len(),
            changes_the_model: model.uncertain.iter().any(|number| number.place.is_simulated()),
        })
    }

    /// Whether hosts, lines or failures differ from one replication to the next.
    pub(super) fn changes_the_model(&self) -> bool {
        self.changes_the_model
    }

    /// How the numbers of a change are drawn.
    pub(super) fn drawn(&self, change: &Override) -> Vec<Drawn> {
        let place = |name: &String| self.names.iter().position(|other| other == name);
        let each = change.numbers().into_iter();
        each.map(|(name, law)| place(&name).map_or_else(|| Drawn::Alone(law.sampler()), Drawn::Together)).collect()
    }

    /// All of them, in one replication.
    pub(super) fn draw(&self, stream: Stream, replication: u32) -> Vec<f64> {
        if self.names.is_empty() { Vec::new() } else { self.joint.draw(stream, replication) }
    }

    /// The scenario with the model of one replication, where it is not that of all.
    pub(super) fn model_of(&self, scenario: &Scenario, stream: Stream, replication: u32) -> Option<Scenario> {
        let drawn = self.changes_the_model.then(|| self.draw(stream, replication))?;
        Some(Scenario { model: Arc::new(scenario.model.with(&drawn[..self.of_model])), ..scenario.clone() })
    }
}
