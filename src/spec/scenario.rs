//! `[scenario.*]`.

use super::keys;
use super::load::ScenarioDeclared;
use super::reader::{Node, Reader};
use crate::model::Model;
use crate::scenario::Override;
use crate::stats::Distribution;

const DAY_HOURS: f64 = 24.0;
const MOST_WEIGHT: f64 = 1e6;

impl<'a> Reader<'a> {
    /// All scenarios, `base` first, the others in the order of the file.
    pub(super) fn scenarios(&self, node: &Node<'a>, model: &Model) -> Vec<ScenarioDeclared> {
        let (name, supposes) = ("base".to_owned(), "Demand goes on as forecast.".to_owned());
        let base = ScenarioDeclared { name, supposes, weight: 1.0, overrides: vec![] };
        let mut scenarios = vec![base];
        for (name, node) in self.named(node, "scenario", keys::SCENARIO) {
            if name == "base" {
                self.problem(
                    "spec/duplicate-name",
                    &node.span,
                    "`base` is the scenario without changes; name this one otherwise",
                    None,
                );
            }
            let supposes = self.text(&node, "supposes").unwrap_or_default().to_owned();
            let weight = self.number_within(&node, "weight", 0.0, MOST_WEIGHT).unwrap_or(1.0);
            scenarios.push(ScenarioDeclared { name, supposes, weight, overrides: self.overrides(&node, model) });
        }
        scenarios
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
            let delay_days = self.duration_law(node, "delay", DAY_HOURS).unwrap_or(Distribution::constant(0.0));
            let ramp_days = self.duration_law(node, "ramp", DAY_HOURS).unwrap_or(Distribution::constant(1.0));
            let (start, size) = (self.date(node, "start"), self.law(node, "size"));
            Some(Override::Launch { name: name(node)?, pool: pool(node), start: start?, delay_days, size: size?, ramp_days })
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
        growth.chain(launches).chain(gains).chain(losses).collect()
    }
}
