//! Crews, shelves, planned work, releases, transfers, overload, standby, rare events.

use std::collections::BTreeMap;

use super::keys;
use super::model::words;
use super::reader::{Node, Reader};
use crate::model::{
    CapacityChange, Crew, Deploy, Drain, Level, Model, Overload, Question, Routing, Shelf, Standby, Takes, Transfer,
};
use crate::stats::Distribution;

impl<'a> Reader<'a> {
    pub(super) fn crews(&self, node: &Node<'a>) -> BTreeMap<String, Crew> {
        let crews = self.named(node, "crew", keys::CREW).into_iter().filter_map(|(name, node)| {
            let jobs = self.whole(&node, "jobs", 1)?;
            Some((name.clone(), Crew { name, jobs }))
        });
        crews.collect()
    }

    pub(super) fn shelves(&self, node: &Node<'a>) -> BTreeMap<String, Shelf> {
        let shelves = self.named(node, "shelf", keys::SHELF).into_iter().filter_map(|(name, node)| {
            let (parts, lead) = (self.whole(&node, "parts", 0), self.duration_law(&node, "lead_time", 1.0));
            let review_hours = self.duration(&node, "review").unwrap_or(0.0);
            Some((name.clone(), Shelf { name, parts: parts?, lead_hours: lead?, review_hours }))
        });
        shelves.collect()
    }

    /// Shocks that overlap have no memory.
    pub(super) fn overlapping(&self, node: &Node<'a>, life: Option<&Distribution>) -> bool {
        let overlapping = self.flag(node, "overlapping").unwrap_or(false);
        if overlapping && life.is_some_and(|life| !matches!(life, Distribution::Exponential { .. })) {
            self.out_of_range(node, "overlapping", "true with another law", "true with an exponential `time_to_failure`");
        }
        overlapping
    }

    pub(super) fn crew_of(&self, node: &Node<'a>, model: &Model) -> Option<(String, u32)> {
        let rank = self.whole(node, "rank", 0);
        let crew = self.reference(node, "crew", "crew", &words(&model.crews));
        if rank.is_some() && node.get("crew").is_none() {
            let message = "`rank` is a place in the queue of a crew, and there is no `crew`";
            self.problem("spec/missing-key", &node.span_of("rank"), message, Some("add `crew` or leave `rank` out".to_owned()));
        }
        crew.map(|crew| (crew, rank.unwrap_or(0)))
    }

    pub(super) fn drains(&self, node: &Node<'a>, model: &Model) -> Vec<Drain> {
        let nodes = self.tables(node, "drain", keys::DRAIN);
        self.no_twins(&nodes, "drain");
        nodes.iter().filter_map(|node| self.drain(node, model)).collect()
    }

    fn drain(&self, node: &Node<'a>, model: &Model) -> Option<Drain> {
        let (name, takes) = (self.text(node, "name"), self.takes(node, model));
        let (first, lasts) = (self.date(node, "first"), self.duration(node, "lasts"));
        let every_hours = self.duration(node, "every");
        let apart_hours = self.duration(node, "apart").unwrap_or(24.0);
        let one_at_a_time = self.flag(node, "one_at_a_time").unwrap_or(true);
        if let (Some(every), Some(lasts)) = (every_hours, lasts)
            && every < lasts
        {
            self.out_of_range(node, "every", &format!("{every} h"), &format!("not below the {lasts} h that each lasts"));
        }
        Some(Drain {
            name: name?.to_owned(),
            takes: takes?,
            first: first?,
            every_hours,
            apart_hours,
            lasts_hours: lasts?,
            one_at_a_time,
        })
    }

    fn takes(&self, node: &Node<'a>, model: &Model) -> Option<Takes> {
        Some(match self.text(node, "takes")? {
            "rack" => Takes::Every(Level::Rack),
            "zone" => Takes::Every(Level::Zone),
            "region" => Takes::Every(Level::Region),
            name if model.domains.nodes.contains_key(name) => Takes::Node(name.to_owned()),
            name => {
                let mut accepted = vec!["rack", "zone", "region"];
                accepted.extend(words(&model.domains.nodes));
                self.unknown_name(&node.span_of("takes"), "domain", name, &accepted);
                return None;
            }
        })
    }

    pub(super) fn deploys(&self, node: &Node<'a>, model: &Model) -> Vec<Deploy> {
        let nodes = self.tables(node, "deploy", keys::DEPLOY);
        self.no_twins(&nodes, "deploy");
        nodes.iter().filter_map(|node| self.deploy(node, model)).collect()
    }

    fn deploy(&self, node: &Node<'a>, model: &Model) -> Option<Deploy> {
        let pools: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        let (name, pool) = (self.text(node, "name"), self.reference(node, "pool", "pool", &pools));
        let law = |key| self.duration_law(node, key, 1.0);
        let (every, detection, rollback) = (law("every"), law("detection"), law("rollback"));
        let share = self.number_within(node, "share", 0.0, 1.0).unwrap_or(1.0);
        if share == 0.0 {
            self.out_of_range(node, "share", "0", "above 0 to 1");
        }
        Some(Deploy {
            name: name?.to_owned(),
            pool,
            every_hours: every?,
            waves: self.one_of(node, "waves", &[("zone", Level::Zone), ("rack", Level::Rack)]),
            gap_hours: self.duration(node, "gap").unwrap_or(1.0),
            detection_hours: detection?,
            rollback_hours: rollback?,
            share_lost: share,
        })
    }

    pub(super) fn transfers(&self, node: &Node<'a>, model: &Model, routing: Routing) -> Vec<Transfer> {
        let zones: Vec<&str> =
            model.domains.nodes.values().filter(|node| node.level == Level::Zone).map(|node| node.name.as_str()).collect();
        let nodes = self.tables(node, "transfer", keys::TRANSFER);
        if routing == Routing::Shared && !nodes.is_empty() {
            let help = Some("say `routing = \"pinned\"`, or leave `transfer` out".to_owned());
            let message = "`transfer` moves load that is pinned to zones, and this pool's load is shared by all";
            self.problem("spec/out-of-range", &node.span_of("transfer"), message, help);
        }
        let mut transfers = Vec::new();
        for node in &nodes {
            let ends = (self.reference(node, "from", "zone", &zones), self.reference(node, "to", "zone", &zones));
            let at_most = self.number_within(node, "at_most", 0.0, 1.0);
            let both = self.flag(node, "both_ways").unwrap_or(false);
            let ((Some(from), Some(to)), Some(at_most)) = (ends, at_most) else { continue };
            if from == to {
                self.out_of_range(node, "to", &to, "another zone than `from`");
            }
            let back = both.then(|| Transfer { from: to.clone(), to: from.clone(), at_most });
            transfers.push(Transfer { from, to, at_most });
            transfers.extend(back);
        }
        transfers
    }

    pub(super) fn overload(&self, node: &Node<'a>, routing: Routing) -> Option<Overload> {
        let value = node.get("overload")?;
        let table = self.table(&node.path("overload"), value, keys::OVERLOAD)?;
        let (trips_at, restart) = (self.number(&table, "trips_at"), self.duration_law(&table, "restart", 1.0));
        if routing == Routing::Pinned {
            let help = Some("say `routing = \"shared\"`, or leave `overload` out".to_owned());
            let message = "`overload` spreads over all hosts that share one load, and this pool's load is pinned to zones";
            self.problem("spec/out-of-range", &node.span_of("overload"), message, help);
        }
        if let Some(ratio) = trips_at.filter(|ratio| *ratio < 1.0) {
            self.out_of_range(&table, "trips_at", &ratio.to_string(), "1 or more");
        }
        Some(Overload { trips_at: trips_at?, restart_hours: restart? })
    }

    pub(super) fn standby(&self, node: &Node<'a>, racks: u32, counts: &[CapacityChange]) -> Option<Standby> {
        let value = node.get("standby")?;
        let table = self.table(&node.path("standby"), value, keys::STANDBY)?;
        let units = self.whole(&table, "units", 1);
        let ratio = |key| self.number_within(&table, key, 0.0, 1.0).unwrap_or(1.0);
        let (ages, takes_over) = (ratio("ages"), ratio("takes_over"));
        if counts.len() != 1 || racks > 0 {
            let help = Some("give the group one `count` and no `racks`, or leave `standby` out".to_owned());
            let message = "`standby` needs a group of one size in one place";
            self.problem("spec/out-of-range", &node.span_of("standby"), message, help);
        }
        let most = counts.first().map_or(0, |change| change.units);
        if let Some(units) = units.filter(|units| *units >= most) {
            self.out_of_range(&table, "units", &units.to_string(), &format!("below the group's count of {most}"));
        }
        Some(Standby { units: units?, ages, takes_over })
    }

    pub(super) fn questions(&self, node: &Node<'a>, model: &Model) -> Vec<Question> {
        let nodes = self.tables(node, "rare", keys::RARE);
        self.no_twins(&nodes, "rare");
        let pools: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        let question = |node: &Node<'a>| {
            let (name, pool) = (self.text(node, "name"), self.reference(node, "pool", "pool", &pools));
            let (below, within) = (self.whole(node, "below", 1), self.duration(node, "within"));
            let precision = self.number_within(node, "precision", 0.0, 1.0).unwrap_or(0.1);
            if precision == 0.0 {
                self.out_of_range(node, "precision", "0", "above 0 to 1");
            }
            Some(Question { name: name?.to_owned(), pool: pool?, below: below?, within_hours: within?, precision })
        };
        nodes.iter().filter_map(question).collect()
    }
}
