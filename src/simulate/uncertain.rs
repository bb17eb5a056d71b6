//! Uncertain numbers of a scenario: of its model, and those of its changes that are correlated with another.

use std::sync::Arc;

use super::Error;
use crate::model::{Model, Place};
use crate::scenario::{Override, Scenario, drawn_together};
use crate::stats::{JointLaw, Sampler};
use crate::stream::{Address, Generator, Stream};

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

/// Where the numbers of a change that are drawn alone have their draws; `None`: it has no numbers.
pub(super) fn address_of(change: &Override) -> Option<Address> {
    let scope = |pool: &Option<String>| pool.clone().unwrap_or_else(|| "*".to_owned());
    Some(Address::of(&match change {
        Override::Growth { pool, .. } => format!("growth/{}", scope(pool)),
        Override::Launch { name, pool, .. } => format!("launch/{name}/{}", scope(pool)),
        Override::Efficiency { name, pool, .. } => format!("efficiency/{name}/{}", scope(pool)),
        Override::DomainLoss { .. } | Override::Migration { .. } | Override::Freeze { .. } | Override::PriceChange { .. } => {
            return None;
        }
    }))
}

fn changes(model: &Model) -> Option<&'static str> {
    let mut seen = model.uncertain.iter().map(|number| &number.place).filter(|place| place.is_simulated()).peekable();
    seen.peek()?;
    let all_laws = seen.all(|place| matches!(place, Place::Parameter { .. }));
    Some(if all_laws { "its failures or arrivals have laws that are uncertain" } else { "its capacity is uncertain" })
}

/// All numbers that are drawn together: the model's first, then those of the scenario's changes that a correlation names.
#[derive(Debug, Clone)]
pub(super) struct Uncertain {
    names: Vec<String>,
    joint: JointLaw,
    /// How many are the model's.
    of_model: usize,
    /// What differs from one replication to the next, where the simulation sees it.
    changes: Option<&'static str>,
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
            changes: changes(model),
        })
    }

    /// Why hosts, lines, failures or arrivals differ from one replication to the next, where they do.
    pub(super) fn changes(&self) -> Option<&'static str> {
        self.changes
    }

    /// How the numbers of a change are drawn.
    pub(super) fn drawn(&self, change: &Override) -> Vec<Drawn> {
        let place = |name: &String| self.names.iter().position(|other| other == name);
        let each = change.numbers().into_iter();
        each.map(|(name, law)| place(&name).map_or_else(|| Drawn::Alone(law.sampler()), Drawn::Together)).collect()
    }

    /// Their names, in order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// All of them, in one replication.
    pub(super) fn draw(&self, stream: Stream, replication: u32) -> Vec<f64> {
        if self.names.is_empty() { Vec::new() } else { self.joint.draw(stream, replication) }
    }

    /// The scenario with the model of one replication, where it is not that of all.
    pub(super) fn model_of(&self, scenario: &Scenario, stream: Stream, replication: u32) -> Option<Scenario> {
        let drawn = self.changes.map(|_| self.draw(stream, replication))?;
        Some(Scenario { model: Arc::new(scenario.model.with(&drawn[..self.of_model])), ..scenario.clone() })
    }
}
