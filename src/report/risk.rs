//! What a simulation says before anything is planned: pool by pool, so that pools may come a few at a time.

use super::answers::orders::{adequacy_rows, adequacy_table};
use super::answers::survival::{rare_table, survival_rows, survival_table};
use super::{Cell, Table};
use crate::model::Model;
use crate::simulate::{Answered, Outcomes, PoolAdequacy};
use crate::units::Unit;

/// Tables that grow with the pools that are added.
#[derive(Debug, Default)]
pub struct Risk {
    adequacy: Vec<Vec<Cell>>,
    survival: Vec<Vec<Cell>>,
    answers: Vec<Answered>,
}

impl Risk {
    /// Adds the pools of a model, in its order: what they saw, how adequate they are, and what was asked of them.
    pub fn add(&mut self, model: &Model, seen: &Outcomes, adequacy: &[PoolAdequacy], answers: Vec<Answered>) {
        for (pool, of) in model.pools.iter().zip(adequacy) {
            let unit = |resource: &String| model.resources.get(resource).cloned().unwrap_or_else(Unit::ratio);
            let resources: Vec<(String, String)> =
                pool.demands.iter().map(|demand| (demand.resource.clone(), unit(&demand.resource).name().to_owned())).collect();
            self.adequacy.extend(adequacy_rows(&resources, &seen.months, of));
        }
        for (p, pool) in model.pools.iter().enumerate().take(seen.pools.len()) {
            self.survival.extend(survival_rows(model, pool, &seen.months, &seen.survival(p)));
        }
        self.answers.extend(answers);
    }

    /// `adequacy`, `survival`, and `rare` where the model asks for rare events.
    #[must_use]
    pub fn tables(self) -> Vec<Table> {
        let mut tables = vec![adequacy_table(self.adequacy), survival_table(self.survival)];
        if !self.answers.is_empty() {
            tables.push(rare_table(&self.answers));
        }
        tables
    }
}
