use super::{Arrival, LoadLine, Model};
use crate::stats::{Distribution, Family, Invalid};

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
#[derive(Debug, Clone, PartialEq)]
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
    /// Level on the first day of a demand that is stated, not forecast.
    Level {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
        /// Demand of each hour of the day ÷ level, 24 of them.
        hours: Vec<f64>,
    },
    /// Its growth a year, as a ratio.
    Growth {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
    },
    /// Standard deviation of the logarithm that it has wandered after a year.
    Volatility {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
    },
    /// Standard deviation of the logarithm of each day around it.
    Noise {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
    },
    /// A number of a law.
    Parameter {
        /// The law.
        of: LawOf,
        /// The law with all that is uncertain of it at its mean.
        form: Form,
        /// Which number of the form.
        index: usize,
    },
}

/// A law of the model whose own numbers may be uncertain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LawOf {
    /// Time to failure of a failure mode.
    TimeToFailure(String),
    /// Repair time of a failure mode.
    Repair(String),
    /// Lead time of a unit type, and of orders of it that have none of their own.
    LeadTime(String),
}

/// A law as written: its family and its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The family.
    pub family: Family,
    /// Its numbers, in the family's order.
    pub numbers: Vec<f64>,
}

/// So far into either tail of an uncertain number of a law is its law made: beyond one draw in a billion, it stands at that edge.
const EDGE: f64 = 1e-9;
/// Laws in the mixture over what a law may be.
const MIXED: usize = 64;

impl Form {
    /// The law with uncertain numbers (place, law) left open: an even mixture over their percentiles, each independent of the others.
    ///
    /// It is what is expected of a draw before the numbers are known.
    ///
    /// # Errors
    /// When the numbers make no law at some of the edges of what they may be.
    pub fn mixture(&self, open: &[(usize, Distribution)]) -> Result<Distribution, Invalid> {
        let ends = |law: &Distribution| [law.quantile(EDGE), law.quantile(1.0 - EDGE)];
        self.over(open, &open.iter().map(|(_, law)| ends(law).to_vec()).collect::<Vec<_>>())?;
        let each = (MIXED as f64).powf(1.0 / open.len().max(1) as f64).round().max(2.0) as usize;
        let middles = |law: &Distribution| (0..each).map(|i| law.quantile((i as f64 + 0.5) / each as f64)).collect();
        let laws = self.over(open, &open.iter().map(|(_, law)| middles(law)).collect::<Vec<Vec<f64>>>())?;
        Ok(Distribution::Mixture { parts: laws.into_iter().map(|law| (1.0, law)).collect() })
    }

    /// The laws at every combination of these values.
    fn over(&self, open: &[(usize, Distribution)], values: &[Vec<f64>]) -> Result<Vec<Distribution>, Invalid> {
        let mut forms = vec![self.numbers.clone()];
        for ((index, _), values) in open.iter().zip(values) {
            let with = |numbers: &Vec<f64>| {
                let numbers = numbers.clone();
                values.iter().map(move |value| {
                    let mut numbers = numbers.clone();
                    numbers[*index] = *value;
                    numbers
                })
            };
            forms = forms.iter().flat_map(with).collect();
        }
        forms.iter().map(|numbers| self.family.law(numbers)).collect()
    }
}

impl Place {
    /// Whether the compiled system depends on it. Prices are only counted afterwards, demand is in its paths.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        !matches!(self, Self::Purchase { .. } | Self::Monthly { .. }) && !self.is_demand()
    }

    /// Whether it is a number of a stated demand.
    #[must_use]
    pub fn is_demand(&self) -> bool {
        matches!(self, Self::Level { .. } | Self::Growth { .. } | Self::Volatility { .. } | Self::Noise { .. })
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
            // all numbers of a law are put together; those of demand are in its paths
            Self::Parameter { .. } | Self::Level { .. } | Self::Growth { .. } | Self::Volatility { .. } | Self::Noise { .. } => {}
        }
    }
}

impl LawOf {
    fn put(&self, model: &mut Model, law: &Distribution) {
        let mut failure = |name: &String, put: fn(&mut super::FailureMode, Distribution)| {
            model.failures.iter_mut().filter(|mode| mode.name == *name).for_each(|mode| put(mode, law.clone()));
        };
        match self {
            Self::TimeToFailure(name) => failure(name, |mode, law| mode.time_to_failure_hours = law),
            Self::Repair(name) => failure(name, |mode, law| mode.repair_hours = law),
            Self::LeadTime(name) => {
                let Some(unit) = model.catalog.get_mut(name) else { return };
                let before = Arrival::LeadTimeDays(std::mem::replace(&mut unit.lead_time_days, law.clone()));
                let orders = model.pools.iter_mut().flat_map(|pool| &mut pool.orders);
                let usual = orders.filter(|order| order.unit == *name && order.arrival == before);
                usual.for_each(|order| order.arrival = Arrival::LeadTimeDays(law.clone()));
            }
        }
    }
}

impl Model {
    /// Whether a demand is stated by the model itself, and has no history.
    #[must_use]
    pub fn states(&self, pool: &str, resource: &str) -> bool {
        let here = |place: &Place| matches!(place, Place::Level { pool: p, resource: r, .. } if p == pool && r == resource);
        self.uncertain.iter().any(|number| here(&number.place))
    }

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
        let mut laws: Vec<(&LawOf, Form)> = Vec::new();
        for (number, value) in self.uncertain.iter().zip(values) {
            number.place.put(&mut model, *value);
            let Place::Parameter { of, form, index } = &number.place else { continue };
            let at = laws.iter().position(|(other, _)| *other == of).unwrap_or_else(|| {
                laws.push((of, form.clone()));
                laws.len() - 1
            });
            laws[at].1.numbers[*index] = value.clamp(number.law.quantile(EDGE), number.law.quantile(1.0 - EDGE));
        }
        for (of, form) in laws {
            // a law at every edge of its numbers (`Form::mixture`) is one at all between
            if let Ok(law) = form.family.law(&form.numbers) {
                of.put(&mut model, &law);
            }
        }
        model
    }
}
