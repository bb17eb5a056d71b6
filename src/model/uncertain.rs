use super::{LoadLine, Model};
use crate::stats::Distribution;

/// A number of the model that is not known: drawn once for each possible future.
#[derive(Debug, Clone, PartialEq)]
pub struct UncertainNumber {
    /// Its name, the path of its key: `unit.m8.price.purchase`. Draws are addressed by it.
    pub name: String,
    /// What it may be.
    pub law: Distribution,
    /// Where it stands.
    pub place: Place,
}

/// A rank correlation (Spearman) between two uncertain numbers, by name: of the model, or of the changes of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct RankCorrelation {
    /// The two.
    pub between: [String; 2],
    /// From -1 to 1.
    pub rank: f64,
}

/// Where an uncertain number stands in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Paid once for a unit.
    Purchase {
        /// The unit type.
        unit: String,
    },
    /// Paid each month for a unit.
    Monthly {
        /// The unit type.
        unit: String,
    },
    /// What one unit has of a resource.
    Capacity {
        /// The unit type.
        unit: String,
        /// The resource.
        resource: String,
    },
    /// The share of capacity that may safely be used.
    Line {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
    },
    /// The share of the capacity below that a failure takes.
    ShareLost {
        /// The failure mode.
        failure: String,
    },
    /// P(each unit below is lost) of a common cause.
    HitsEach {
        /// The failure mode.
        failure: String,
    },
}

impl Place {
    /// Whether a simulation sees it. Prices are only counted afterwards.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        !matches!(self, Self::Purchase { .. } | Self::Monthly { .. })
    }

    /// Writes a number to its place; what the model does not have (a pool that is left out) is passed over.
    fn put(&self, model: &mut Model, value: f64) {
        match self {
            Self::Purchase { unit } => {
                if let Some(unit) = model.catalog.get_mut(unit) {
                    unit.price.purchase = value;
                }
            }
            Self::Monthly { unit } => {
                if let Some(unit) = model.catalog.get_mut(unit) {
                    unit.price.monthly = value;
                }
            }
            Self::Capacity { unit, resource } => {
                if let Some(amount) = model.catalog.get_mut(unit).and_then(|unit| unit.capacity.get_mut(resource)) {
                    *amount = value;
                }
            }
            Self::Line { pool, resource } => {
                let pools = model.pools.iter_mut().filter(|one| one.name == *pool);
                let demands = pools.flat_map(|pool| &mut pool.demands).filter(|demand| demand.resource == *resource);
                demands.for_each(|demand| demand.line = LoadLine::Utilization(value));
            }
            Self::ShareLost { failure } => {
                model.failures.iter_mut().filter(|mode| mode.name == *failure).for_each(|mode| mode.share_lost = value);
            }
            Self::HitsEach { failure } => {
                model.failures.iter_mut().filter(|mode| mode.name == *failure).for_each(|mode| mode.hits_each_with = Some(value));
            }
        }
    }
}

impl Model {
    /// The model of one possible future: `values` in place of its uncertain numbers, in their order.
    ///
    /// ```
    /// # fn one(model: &plimsoll::model::Model) {
    /// let means: Vec<f64> = model.uncertain.iter().map(|number| number.law.mean()).collect();
    /// assert_eq!(model.with(&means).uncertain, model.uncertain);
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, values: &[f64]) -> Self {
        let mut model = self.clone();
        for (number, value) in self.uncertain.iter().zip(values) {
            number.place.put(&mut model, *value);
        }
        model
    }
}
