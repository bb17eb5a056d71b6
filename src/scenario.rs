//! One question: a model, its overrides, horizon, replications, seed, `as_of`.

mod freeze;
mod migration;

use std::sync::Arc;

use crate::model::{DomainTree, Level, Model, Pool, PriceChange};
use crate::stats::Distribution;
use crate::stream::Seed;
use crate::time::Day;

pub use freeze::Freezes;
pub(crate) use freeze::{put_off, thawed};
pub use migration::migrated;

/// What a scenario changes. Pools by name; `None` is all of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Override {
    /// Demand grows by this much *more* than the forecast: at day t it is multiplied by (1 + annual)^(t / 365.25).
    Growth {
        /// Which pool.
        pool: Option<String>,
        /// Extra growth a year as a ratio: 0.10 is 10 %.
        annual: Distribution,
    },
    /// A launch: demand × (1 + size), reached by a straight ramp from the start day.
    Launch {
        /// Its name.
        name: String,
        /// Which pool.
        pool: Option<String>,
        /// The planned start.
        start: Day,
        /// How many days later it may be.
        delay_days: Distribution,
        /// Ratio of demand added: 0.25 is 25 %.
        size: Distribution,
        /// Days from start to full size.
        ramp_days: Distribution,
    },
    /// An efficiency gain: demand × (1 - gain) from a day on.
    Efficiency {
        /// Its name.
        name: String,
        /// Which pool.
        pool: Option<String>,
        /// The day it takes effect.
        from: Day,
        /// Ratio saved, below 1.
        gain: Distribution,
    },
    /// A domain is lost on purpose: from a day on, for so many hours.
    DomainLoss {
        /// The node's name.
        node: String,
        /// The day, from 00:00.
        on: Day,
        /// For how long.
        hours: f64,
    },
    /// Load moves from one pool to another: `from` loses the share of its demand, `to` gains as much of each resource.
    Migration {
        /// Its name; draws are addressed by it.
        name: String,
        /// The pool that loses load.
        from: String,
        /// The pool that gains it: it carries every resource of `from`.
        to: String,
        /// The planned start.
        start: Day,
        /// How many days later it may be.
        delay_days: Distribution,
        /// Share of the demand of `from` that has moved in the end, 0 to 1.
        share: Distribution,
        /// Days from start to the whole share.
        ramp_days: Distribution,
    },
    /// Nothing is changed from a day on until another: what arrives or leaves waits for its end, planned work is put off, no release
    /// begins.
    Freeze {
        /// The first day.
        from: Day,
        /// The day after the last.
        until: Day,
    },
    /// A price is another from a day on: it moves no demand and no risk, only what units cost.
    PriceChange {
        /// The unit type.
        unit: String,
        /// The first day with the new price.
        from: Day,
        /// Purchase and upfront prices, of every term, are multiplied by this.
        purchase: f64,
        /// So are monthly prices: a commitment made before that day keeps its own.
        monthly: f64,
    },
}

impl Override {
    /// The pool whose demand it changes; `None`: all, or it changes no demand.
    #[must_use]
    pub fn pool(&self) -> Option<&str> {
        match self {
            Self::Growth { pool, .. } | Self::Launch { pool, .. } | Self::Efficiency { pool, .. } => pool.as_deref(),
            Self::DomainLoss { .. } | Self::Migration { .. } | Self::Freeze { .. } | Self::PriceChange { .. } => None,
        }
    }

    /// The numbers of this change that may be uncertain, by name: `growth.web` (`growth` for all pools), `launch.<name>.size`,
    /// `launch.<name>.delay`, `launch.<name>.ramp`, `efficiency.<name>.gain`.
    #[must_use]
    pub fn numbers(&self) -> Vec<(String, &Distribution)> {
        match self {
            Self::Growth { pool, annual } => {
                vec![(pool.as_ref().map_or_else(|| "growth".to_owned(), |pool| format!("growth.{pool}")), annual)]
            }
            Self::Launch { name, delay_days, size, ramp_days, .. } => vec![
                (format!("launch.{name}.delay"), delay_days),
                (format!("launch.{name}.size"), size),
                (format!("launch.{name}.ramp"), ramp_days),
            ],
            Self::Efficiency { name, gain, .. } => vec![(format!("efficiency.{name}.gain"), gain)],
            // moves and prices are drawn, or known, on their own: no correlation names them
            Self::DomainLoss { .. } | Self::Migration { .. } | Self::Freeze { .. } | Self::PriceChange { .. } => Vec::new(),
        }
    }
}

impl Scenario {
    /// A question that changes nothing.
    #[cfg(test)]
    pub(crate) fn bare(name: &str, model: &Arc<Model>, as_of: Day, horizon_days: u32, replications: u32) -> Self {
        Self {
            name: name.to_owned(),
            supposes: String::new(),
            model: Arc::clone(model),
            weight: 1.0,
            overrides: Vec::new(),
            as_of,
            horizon_days,
            replications,
            seed: Seed(1),
        }
    }

    /// The same question with the scenario's changes of prices written into the catalog, where every cost is counted from. They come on
    /// top of the catalog's own and of each other: factors multiply.
    #[must_use]
    pub fn priced(&self) -> Self {
        let mut priced = self.clone();
        for change in &self.overrides {
            let Override::PriceChange { unit, from, purchase, monthly } = change else { continue };
            let catalog = &mut Arc::make_mut(&mut priced.model).catalog;
            if let Some(one) = catalog.remove(unit) {
                let change = PriceChange { from: *from, upfront: *purchase, monthly: *monthly };
                catalog.insert(unit.clone(), one.with_price_change(change));
            }
        }
        priced
    }

    /// The same question about some of the pools: only domains that they stand in, or that the scenario takes away, are left. Of what
    /// the catalog limits, they have what the pools that are left out do not have on the last day.
    #[must_use]
    pub fn about(&self, pools: Vec<Pool>) -> Self {
        let mut about = self.stripped().with(&self.model, pools);
        let end = self.as_of.plus(self.horizon_days as i32);
        let have = |model: &Model, unit: &str| -> u32 {
            let groups = model.pools.iter().flat_map(|pool| &pool.groups).filter(|group| group.unit == unit);
            groups.map(|group| group.units_on(end)).sum()
        };
        let model = Arc::make_mut(&mut about.model);
        let left_out: Vec<u32> =
            model.catalog.keys().map(|unit| have(&self.model, unit).saturating_sub(have(model, unit))).collect();
        for (unit, left_out) in model.catalog.values_mut().zip(left_out) {
            unit.limit = unit.limit.map(|limit| limit.saturating_sub(left_out));
        }
        about
    }

    /// One question a pool.
    #[must_use]
    pub fn each_pool_alone(&self) -> Vec<Self> {
        let stripped = self.stripped();
        self.model.pools.iter().map(|pool| stripped.with(&self.model, vec![pool.clone()])).collect()
    }

    /// Without pools and domains, of which there may be many.
    fn stripped(&self) -> Self {
        let mut model = (*self.model).clone();
        model.pools.clear();
        model.domains = DomainTree::default();
        Self { model: Arc::new(model), ..self.clone() }
    }

    fn with(&self, whole: &Model, pools: Vec<Pool>) -> Self {
        let taken = self.overrides.iter().filter_map(|change| match change {
            Override::DomainLoss { node, .. } => Some(node),
            _ => None,
        });
        let groups = pools.iter().flat_map(|pool| pool.groups.iter().filter_map(|group| group.domain.as_ref()));
        let orders = pools.iter().flat_map(|pool| pool.orders.iter().filter_map(|order| order.domain.as_ref()));
        let kept = groups.chain(orders).chain(taken).flat_map(|name| whole.domains.ancestry(name));
        let node = |name: &str| Some((name.to_owned(), whole.domains.nodes.get(name)?.clone()));
        let nodes = kept.filter_map(node).collect();
        let mut model = (*self.model).clone();
        model.domains = DomainTree { nodes };
        model.questions.retain(|question| pools.iter().any(|pool| pool.name == question.pool));
        model.pools = pools;
        Self { model: Arc::new(model), ..self.clone() }
    }
}

/// The numbers that are drawn together in one future, and their rank correlations by place: all uncertain numbers of the model, then
/// those of the scenario's changes that a correlation names. A correlation with what this scenario does not change is left out.
#[must_use]
pub fn drawn_together(model: &Model, changes: &[Override]) -> (Vec<(String, Distribution)>, Vec<(usize, usize, f64)>) {
    let mut numbers: Vec<_> = model.uncertain.iter().map(|number| (number.name.clone(), number.law.clone())).collect();
    let named = |name: &String| model.correlations.iter().any(|one| one.between.contains(name));
    let of_changes = changes.iter().flat_map(Override::numbers).filter(|(name, _)| named(name));
    numbers.extend(of_changes.map(|(name, law)| (name, law.clone())));
    let place = |name: &String| numbers.iter().position(|(other, _)| other == name);
    let pairs = model.correlations.iter().filter_map(|one| {
        let [a, b] = &one.between;
        Some((place(a)?, place(b)?, one.rank))
    });
    let pairs = pairs.collect();
    (numbers, pairs)
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its name: `base` is the one that the others are held against.
    pub name: String,
    /// What it supposes, in a sentence.
    pub supposes: String,
    /// The declared system, shared by all scenarios of a run.
    pub model: Arc<Model>,
    /// Its weight among the scenarios where plans are compared over all of them; 1 unless given.
    pub weight: f64,
    /// What it changes.
    pub overrides: Vec<Override>,
    /// The last full day of history; the plan begins the day after.
    pub as_of: Day,
    /// Days planned for.
    pub horizon_days: u32,
    /// Possible futures simulated.
    pub replications: u32,
    /// The seed.
    pub seed: Seed,
}

/// What may be lost at a peak, for the survival table.
pub const LOSSES: [Level; 3] = [Level::Host, Level::Rack, Level::Zone];
