//! `[scenario.*]`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::keys;
use super::load::ScenarioDeclared;
use super::reader::{Node, Reader};
use crate::model::Model;
use crate::scenario::Override;
use crate::stats::Distribution;
use crate::time::Day;

const DAY_HOURS: f64 = 24.0;
const MOST_WEIGHT: f64 = 1e6;

/// A scenario as written, before what it is made of is put in.
struct Written<'a> {
    name: String,
    node: Node<'a>,
    supposes: String,
    own: Vec<Override>,
    with: Vec<(String, Range<usize>)>,
    committed: bool,
}

impl<'a> Reader<'a> {
    /// All scenarios, `base` first, the others in the order of the file. What is committed, and the growth that pools declare, is in `base`
    /// and in every other.
    pub(super) fn scenarios(&self, node: &Node<'a>, model: &Model) -> Vec<ScenarioDeclared> {
        let written: Vec<Written<'a>> = self
            .named(node, "scenario", keys::SCENARIO)
            .into_iter()
            .map(|(name, node)| self.written(name, node, model))
            .collect();
        let mut base = self.growth_of_pools(node);
        let mut held = BTreeSet::new();
        for one in written.iter().filter(|one| one.committed) {
            self.no_price(one);
            base.extend(self.composed(one, &written, &mut Vec::new(), &mut held));
        }
        let mut supposes = "Demand goes on as forecast.".to_owned();
        for one in written.iter().filter(|one| one.committed) {
            supposes.push_str(&format!(" Committed: {}", one.supposes));
        }
        let mut scenarios =
            vec![ScenarioDeclared { name: "base".to_owned(), supposes, weight: 1.0, overrides: base.clone(), committed: false }];
        for one in &written {
            let own = self.composed(one, &written, &mut Vec::new(), &mut held.clone());
            let overrides = base.iter().cloned().chain(own).collect();
            let (name, supposes) = (one.name.clone(), one.supposes.clone());
            let weight = self.number_within(&one.node, "weight", 0.0, MOST_WEIGHT).unwrap_or(1.0);
            scenarios.push(ScenarioDeclared { name, supposes, weight, overrides, committed: one.committed });
        }
        scenarios
    }

    fn written(&self, name: String, node: Node<'a>, model: &Model) -> Written<'a> {
        if name == "base" {
            let message = "`base` is the scenario that all others are held against; name this one otherwise";
            self.problem("spec/duplicate-name", &node.span, message, None);
        }
        Written {
            supposes: self.text(&node, "supposes").unwrap_or_default().to_owned(),
            own: self.overrides(&node, model),
            with: self.strings(&node, "with"),
            committed: self.flag(&node, "committed").unwrap_or(false),
            name,
            node,
        }
    }

    /// What a scenario and those that it is made of change, each of these once; noted when it is made of itself.
    fn composed(
        &self,
        one: &Written<'a>,
        all: &[Written<'a>],
        within: &mut Vec<String>,
        held: &mut BTreeSet<String>,
    ) -> Vec<Override> {
        if !held.insert(one.name.clone()) {
            return Vec::new();
        }
        within.push(one.name.clone());
        let mut changes = Vec::new();
        for (name, span) in &one.with {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            match all.iter().find(|other| other.name == *name) {
                None => self.unknown_name(span, "scenario", name, &names),
                Some(_) if within.contains(name) => {
                    let message = format!("scenario `{}` is made of itself, by way of `{}`", name, within.join("` and `"));
                    self.problem("spec/scenario-cycle", span, message, None);
                }
                Some(other) => changes.extend(self.composed(other, all, within, held)),
            }
        }
        within.pop();
        changes.extend(one.own.iter().cloned());
        changes
    }

    fn growth_of_pools(&self, node: &Node<'a>) -> Vec<Override> {
        let pools = self.tables(node, "pool", keys::POOL);
        let growth = pools.iter().filter(|pool| pool.get("growth").is_some()).filter_map(|pool| {
            Some(Override::Growth { pool: Some(self.text(pool, "name")?.to_owned()), annual: self.law(pool, "growth")? })
        });
        growth.collect()
    }

    /// Prices of what is planned are those of the catalog: a committed change of one would be in no plan.
    fn no_price(&self, one: &Written<'a>) {
        if one.node.get("price").is_some() {
            let help = "write the new price into [unit.…], where every plan takes it from".to_owned();
            let message = format!("scenario `{}` is committed, and a price cannot be", one.name);
            self.problem("spec/committed-price", &one.node.span_of("price"), message, Some(help));
        }
    }

    fn migrations(&self, node: &Node<'a>, model: &Model) -> Vec<Override> {
        let pools: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        let nodes = self.tables(node, "migration", keys::MIGRATION);
        let moves = nodes.iter().filter_map(|node| {
            let (from, to) = (self.reference(node, "from", "pool", &pools), self.reference(node, "to", "pool", &pools));
            let (name, begins, share) = (self.text(node, "name"), self.begins(node), self.share(node, "share"));
            let ramp_days = self.duration_law(node, "ramp", DAY_HOURS).unwrap_or(Distribution::constant(1.0));
            let (from, to) = (from?, to?);
            self.carries(node, model, &from, &to);
            let (name, (start, delay_days)) = (name?.to_owned(), begins?);
            Some(Override::Migration { name, from, to, start, delay_days, share: share?, ramp_days })
        });
        moves.collect()
    }

    /// The day in the middle of when something may begin, and how many days later (negative: earlier) it does.
    fn begins(&self, node: &Node<'a>) -> Option<(Day, Distribution)> {
        let start = self.date_law(node, "start");
        let delay = self.duration_law(node, "delay", DAY_HOURS);
        if start.as_ref().is_some_and(|(_, law)| !matches!(law, Distribution::Constant { .. })) && delay.is_some() {
            self.out_of_range(
                node,
                "delay",
                "beside a `start` that is a law",
                "one of the two: the law of the date, or the delay",
            );
            return None;
        }
        let (day, law) = start?;
        Some((day, delay.unwrap_or(law)))
    }

    fn share(&self, node: &Node<'a>, key: &str) -> Option<Distribution> {
        let law = self.law(node, key)?;
        if law.least() < 0.0 || law.most() > 1.0 {
            self.out_of_range(node, key, &law.to_string(), "a share, nowhere below 0 or above 1");
            return None;
        }
        Some(law)
    }

    /// Notes a pool that lacks a resource of the load that comes to it.
    fn carries(&self, node: &Node<'a>, model: &Model, from: &str, to: &str) {
        let resources = |name: &str| {
            let pool = model.pools.iter().find(|pool| pool.name == name);
            pool.into_iter().flat_map(|pool| &pool.demands).map(|demand| demand.resource.as_str()).collect::<Vec<_>>()
        };
        if from == to {
            self.out_of_range(node, "to", &format!("`{to}`, where the load is already"), "another pool");
        }
        let has = resources(to);
        if let Some(lacks) = resources(from).into_iter().find(|resource| !has.contains(resource)) {
            let message = format!("`{to}` carries no `{lacks}`, which the load of `{from}` needs");
            self.problem("spec/pool-without-resource", &node.span_of("to"), message, None);
        }
    }

    fn price_moves(&self, node: &Node<'a>, model: &Model) -> Vec<Override> {
        let units: Vec<&str> = model.catalog.keys().map(String::as_str).collect();
        let nodes = self.tables(node, "price", keys::SCENARIO_PRICE);
        let changes = nodes.iter().filter_map(|node| {
            let times = |key: &str| self.number_within(node, key, 0.0, f64::INFINITY).unwrap_or(1.0);
            let (unit, from) = (self.reference(node, "unit", "unit", &units), self.date(node, "from"));
            Some(Override::PriceChange { unit: unit?, from: from?, purchase: times("purchase"), monthly: times("monthly") })
        });
        changes.collect()
    }

    fn freezes(&self, node: &Node<'a>) -> Vec<Override> {
        let nodes = self.tables(node, "freeze", keys::FREEZE);
        let each = nodes.iter().filter_map(|node| {
            let (from, until) = (self.date(node, "from"), self.date(node, "until"));
            let (from, until) = (from?, until?);
            if until <= from {
                self.out_of_range(node, "until", &until.to_string(), &format!("a day after `from`, {from}"));
                return None;
            }
            Some(Override::Freeze { from, until })
        });
        each.collect()
    }

    fn overrides(&self, node: &Node<'a>, model: &Model) -> Vec<Override> {
        let pools: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        let pool = |node: &Node<'a>| self.reference(node, "pool", "pool", &pools);
        let name = |node: &Node<'a>| self.text(node, "name").map(str::to_owned);
        let growth = self.tables(node, "growth", keys::GROWTH);
        let growth =
            growth.iter().filter_map(|node| Some(Override::Growth { pool: pool(node), annual: self.law(node, "annual")? }));
        let launches = self.tables(node, "launch", keys::LAUNCH);
        let launches = launches.iter().filter_map(|node| {
            let ramp_days = self.duration_law(node, "ramp", DAY_HOURS).unwrap_or(Distribution::constant(1.0));
            let (begins, size) = (self.begins(node), self.law(node, "size"));
            let (name, pool, (start, delay_days)) = (name(node)?, pool(node), begins?);
            Some(Override::Launch { name, pool, start, delay_days, size: size?, ramp_days })
        });
        let gains = self.tables(node, "efficiency", keys::EFFICIENCY);
        let gains = gains.iter().filter_map(|node| {
            let (from, gain) = (self.date(node, "from"), self.law(node, "gain"));
            Some(Override::Efficiency { name: name(node)?, pool: pool(node), from: from?, gain: gain? })
        });
        let losses = self.tables(node, "domain_loss", keys::DOMAIN_LOSS);
        let domains: Vec<&str> = model.domains.nodes.keys().map(String::as_str).collect();
        let losses = losses.iter().filter_map(|node| {
            let (on, hours) = (self.date(node, "on"), self.duration(node, "lasts"));
            Some(Override::DomainLoss { node: self.reference(node, "domain", "domain", &domains)?, on: on?, hours: hours? })
        });
        let (moves, prices) = (self.migrations(node, model), self.price_moves(node, model));
        growth.chain(launches).chain(gains).chain(losses).chain(moves).chain(self.freezes(node)).chain(prices).collect()
    }
}
