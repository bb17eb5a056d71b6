//! Catalog, domains, failures, pools.

use std::collections::BTreeMap;

use super::keys;
use super::reader::{Node, Reader};
use crate::model::{
    Arrival, Bounds, CapacityChange, Demand, DomainNode, DomainTree, FailureMode, Group, LawOf, Level, Model, Order, Place, Pool,
    Price, Redundancy, RiskRule, Routing, Statistic, Strikes, UnitType,
};
use crate::stats::Distribution;
use crate::time::Zone;
use crate::units::{Scale, Unit};

const DAY_HOURS: f64 = 24.0;

impl<'a> Reader<'a> {
    /// The model as far as it can be read; what is missing has been noted as a problem.
    pub(super) fn model(&self, node: &Node<'a>, plan: Option<&Node<'a>>) -> Model {
        let resources = self.resources(node);
        let catalog = self.catalog(node, &resources);
        let domains = self.domains(node);
        let mut model = Model {
            name: self.name(),
            question: self.text(node, "question").unwrap_or_default().to_owned(),
            zone: self.zone(node, "zone").unwrap_or_else(Zone::utc),
            currency: self.text(node, "currency").unwrap_or("EUR").to_owned(),
            resources,
            catalog,
            domains,
            failures: Vec::new(),
            crews: self.crews(node),
            shelves: self.shelves(node),
            drains: Vec::new(),
            deploys: Vec::new(),
            questions: Vec::new(),
            pools: Vec::new(),
            objective: self.objective(plan),
            bounds: Bounds::default(),
            uncertain: Vec::new(),
            correlations: Vec::new(),
        };
        model.pools = self.pools(node, &model);
        model.bounds = self.bounds(node, plan, &model);
        model.failures = self.failures(node, &model);
        model.drains = self.drains(node, &model);
        model.deploys = self.deploys(node, &model);
        model.questions = self.questions(node, &model);
        model.uncertain = self.take_uncertain();
        model
    }

    /// The folder's name for `…/name/model.toml`, otherwise the file's.
    fn name(&self) -> String {
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let absolute = std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned());
        let folder = absolute.parent().and_then(|folder| folder.file_name()).map(|name| name.to_string_lossy().into_owned());
        if stem == "model" { folder.unwrap_or(stem) } else { stem }
    }

    pub(super) fn zone(&self, node: &Node<'a>, key: &str) -> Option<Zone> {
        let name = self.text(node, key)?;
        let zone = Zone::named(name).ok();
        if zone.is_none() {
            let help = "IANA names such as `Europe/Berlin`, `America/New_York`, `UTC`".to_owned();
            self.problem("spec/unknown-zone", &node.span_of(key), format!("there is no time zone `{name}`"), Some(help));
        }
        zone
    }

    pub(super) fn resources(&self, node: &Node<'a>) -> BTreeMap<String, Unit> {
        let Some(table) = node.get("resource").and_then(|value| self.table_of_any("resource", value)) else {
            return BTreeMap::new();
        };
        let names: Vec<String> = table.table.keys().map(|name| name.get_ref().to_string()).collect();
        let unit = |name: &str| {
            let written = self.text(&table, name)?;
            let Scale { unit, factor } = Scale::of(written);
            if factor != 1.0 {
                // numbers without a unit would be taken in the base unit, and look as if they were in this one
                let message = format!("`resource.{name}` is {written}, which is kept in {unit}, expected {unit}");
                let help = format!(
                    "write `{name} = \"{unit}\"`; amounts may still be in {written}, and a source whose values are says `unit = \"{written}\"`"
                );
                self.problem("spec/unit-mismatch", &table.span_of(name), message, Some(help));
            }
            Some(unit)
        };
        names.into_iter().filter_map(|name| unit(&name).map(|unit| (name, unit))).collect()
    }

    /// A table whose keys are names of the user's own.
    pub(super) fn table_of_any(&self, name: &str, value: &'a super::reader::Value<'a>) -> Option<Node<'a>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(name, value, "a table");
            return None;
        };
        Some(Node { name: name.to_owned(), span: value.span(), table })
    }

    fn catalog(&self, node: &Node<'a>, resources: &BTreeMap<String, Unit>) -> BTreeMap<String, UnitType> {
        let units = self.named(node, "unit", keys::UNIT).into_iter().map(|(name, node)| {
            let price = node.get("price").and_then(|value| self.table(&node.path("price"), value, keys::PRICE));
            let money = |key: &str, place: Place| {
                let price = price.as_ref()?;
                self.number_or_law(price, key, (0.0, f64::INFINITY), || price.path(key), place)
            };
            let unit = UnitType {
                name: name.clone(),
                capacity: self.capacity(&node, &name, resources),
                price: Price {
                    purchase: money("purchase", Place::Purchase { unit: name.clone() }).unwrap_or(0.0),
                    monthly: money("monthly", Place::Monthly { unit: name.clone() }).unwrap_or(0.0),
                },
                terms: self.terms(&node),
                price_changes: self.price_changes(&node),
                lot: self.whole(&node, "lot", 1).unwrap_or(1),
                lead_time_days: self
                    .open_duration_law(&node, "lead_time", DAY_HOURS, &node.path("lead_time"), || LawOf::LeadTime(name.clone()))
                    .unwrap_or(Distribution::constant(0.0)),
                limit: self.whole(&node, "limit", 1),
            };
            (name, unit)
        });
        units.collect()
    }

    fn capacity(&self, node: &Node<'a>, unit_name: &str, resources: &BTreeMap<String, Unit>) -> BTreeMap<String, f64> {
        let Some(table) = node.get("capacity").and_then(|value| self.table_of_any(&node.path("capacity"), value)) else {
            return BTreeMap::new();
        };
        let mut capacity = BTreeMap::new();
        for (name, value) in table.table {
            match resources.get(name.get_ref().as_ref()) {
                Some(unit) => {
                    let place = Place::Capacity { unit: unit_name.to_owned(), resource: name.get_ref().to_string() };
                    let amount = self.amount_or_law(&table.path(name.get_ref()), value, unit, place);
                    capacity.extend(amount.map(|amount| (name.get_ref().to_string(), amount)));
                }
                None => self.unknown_name(&name.span(), "resource", name.get_ref(), &words(resources)),
            }
        }
        capacity
    }

    fn domains(&self, node: &Node<'a>) -> DomainTree {
        let levels = [("rack", Level::Rack), ("zone", Level::Zone), ("region", Level::Region)];
        let declared = self.named(node, "domain", keys::DOMAIN);
        let mut tree = DomainTree::default();
        for (name, node) in &declared {
            let parent = self.text(node, "within").map(str::to_owned);
            let level = self.one_of(node, "level", &levels);
            tree.nodes.insert(name.clone(), DomainNode { name: name.clone(), level, parent });
        }
        for (name, node) in &declared {
            let Some(parent) = tree.nodes[name].parent.clone() else { continue };
            match tree.nodes.get(&parent) {
                None => self.unknown_name(&node.span_of("within"), "domain", &parent, &words(&tree.nodes)),
                Some(_) if is_cyclic(&tree, name) => {
                    let message = format!("`{name}` lies within itself, by way of `{parent}`");
                    self.problem("spec/domain-cycle", &node.span_of("within"), message, Some("domains form a tree".to_owned()));
                }
                Some(above) if above.level <= tree.nodes[name].level => {
                    let message = format!("`{name}` cannot lie within `{parent}`, which is no higher than it");
                    self.problem("spec/domain-level", &node.span_of("within"), message, Some("rack < zone < region".to_owned()));
                }
                Some(_) => {}
            }
        }
        tree
    }

    fn failures(&self, node: &Node<'a>, model: &Model) -> Vec<FailureMode> {
        let nodes = self.tables(node, "failure", keys::FAILURE);
        self.no_twins(&nodes, "failure");
        let modes = nodes.iter().filter_map(|node| {
            let (name, strikes) = (self.text(node, "name"), self.strikes(node, model));
            let failure = name.unwrap_or_default().to_owned();
            let ratio =
                |key: &str, place| self.number_or_law(node, key, (0.0, 1.0), || format!("failure.{failure}.{key}"), place);
            let share = ratio("share", Place::ShareLost { failure: failure.clone() }).unwrap_or(1.0);
            if share == 0.0 {
                self.out_of_range(node, "share", "0", "above 0 to 1");
            }
            let law = |key, of: fn(String) -> LawOf| {
                self.open_duration_law(node, key, 1.0, &format!("failure.{failure}.{key}"), || of(failure.clone()))
            };
            let (life, repair) = (law("time_to_failure", LawOf::TimeToFailure), law("repair", LawOf::Repair));
            let hits_each_with = ratio("hits_each", Place::HitsEach { failure: failure.clone() });
            let overlapping = self.overlapping(node, life.as_ref());
            let (crew, shelf) = (self.crew_of(node, model), self.reference(node, "shelf", "shelf", &words(&model.shelves)));
            Some(FailureMode {
                name: name?.to_owned(),
                strikes: strikes?,
                time_to_failure_hours: life?,
                repair_hours: repair?,
                share_lost: share,
                hits_each_with,
                overlapping,
                crew,
                shelf,
            })
        });
        modes.collect()
    }

    fn strikes(&self, node: &Node<'a>, model: &Model) -> Option<Strikes> {
        let unit = self.reference(node, "unit", "unit", &words(&model.catalog));
        let pools: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        let pool = self.reference(node, "pool", "pool", &pools);
        Some(match self.text(node, "strikes")? {
            "host" => Strikes::Hosts { unit, pool },
            "rack" => Strikes::Every(Level::Rack),
            "zone" => Strikes::Every(Level::Zone),
            "region" => Strikes::Every(Level::Region),
            name if model.domains.nodes.contains_key(name) => Strikes::Node(name.to_owned()),
            name => {
                let mut accepted = vec!["host", "rack", "zone", "region"];
                accepted.extend(model.domains.nodes.keys().map(String::as_str));
                self.unknown_name(&node.span_of("strikes"), "domain", name, &accepted);
                return None;
            }
        })
    }

    /// A name that must be declared, where it is given.
    pub(super) fn reference(&self, node: &Node<'a>, key: &str, what: &str, declared: &[&str]) -> Option<String> {
        let name = self.text(node, key)?;
        if declared.contains(&name) {
            return Some(name.to_owned());
        }
        self.unknown_name(&node.span_of(key), what, name, declared);
        None
    }

    /// Notes names that two tables share.
    pub(super) fn no_twins(&self, nodes: &[Node<'a>], what: &str) {
        let mut seen = std::collections::BTreeSet::new();
        for node in nodes {
            if let Some(name) = node.get("name").and_then(|value| value.get_ref().as_str()).filter(|name| !seen.insert(*name)) {
                let message = format!("there are two {what}s named `{name}`");
                self.problem("spec/duplicate-name", &node.span_of("name"), message, None);
            }
        }
    }

    fn pools(&self, node: &Node<'a>, model: &Model) -> Vec<Pool> {
        let nodes = self.tables(node, "pool", keys::POOL);
        self.no_twins(&nodes, "pool");
        if nodes.is_empty() && node.get("pool").is_some() {
            self.problem("spec/no-pools", &node.span_of("pool"), "there is no pool", Some("declare a [[pool]]".to_owned()));
        }
        let mut pools: Vec<Pool> = nodes.iter().filter_map(|node| self.pool(node, model)).collect();
        pools.sort_by(|a, b| a.name.cmp(&b.name));
        pools
    }

    fn pool(&self, node: &Node<'a>, model: &Model) -> Option<Pool> {
        let name = self.text(node, "name")?.to_owned();
        let bought = self.bought_units(node, model);
        let buys = bought.first().cloned();
        let groups = self.tables(node, "units", keys::GROUP);
        let groups = groups.iter().filter_map(|group| self.group(group, model)).collect();
        let demands: Vec<Demand> =
            self.tables(node, "demand", keys::DEMAND).iter().filter_map(|demand| self.demand(demand, &name, model)).collect();
        let routing = self.one_of(node, "routing", &[("shared", Routing::Shared), ("pinned", Routing::Pinned)]);
        let transfers = self.transfers(node, model, routing);
        let overload = self.overload(node, routing);
        let redundancy = node.get("redundancy").and_then(|value| self.table(&node.path("redundancy"), value, keys::REDUNDANCY));
        let orders = self.tables(node, "order", keys::ORDER);
        self.no_twins(&orders, "order");
        let orders = orders.iter().filter_map(|order| self.order(order, model, buys.as_deref())).collect();
        let buys = buys?;
        for unit in &bought {
            self.buys_what_it_needs(node, model, unit, &demands);
        }
        let redundancy = redundancy.map_or(Redundancy::default(), |node| Redundancy {
            hosts: self.whole(&node, "hosts", 0).unwrap_or(0),
            rack: self.flag(&node, "rack").unwrap_or(false),
            zone: self.flag(&node, "zone").unwrap_or(false),
        });
        let service = self.text(node, "service").map(str::to_owned);
        Some(Pool {
            name,
            service,
            groups,
            demands,
            routing,
            transfers,
            overload,
            redundancy,
            orders,
            buys,
            or_buys: bought.into_iter().skip(1).collect(),
            notes: String::new(),
        })
    }

    /// The units of `buys`, in their order.
    fn bought_units(&self, node: &Node<'a>, model: &Model) -> Vec<String> {
        let listed = self.strings(node, "buys");
        if let Some(value) = node.get("buys").filter(|value| value.get_ref().as_array().is_some_and(|units| units.is_empty())) {
            self.problem("spec/out-of-range", &value.span(), format!("`{}` names no unit", node.path("buys")), None);
        }
        let mut units: Vec<String> = Vec::new();
        for (unit, span) in &listed {
            if !model.catalog.contains_key(unit) {
                self.unknown_name(span, "unit", unit, &words(&model.catalog));
            } else if units.contains(unit) {
                self.problem("spec/duplicate-name", span, format!("`{}` names `{unit}` twice", node.path("buys")), None);
            } else {
                units.push(unit.clone());
            }
        }
        let rule = model.objective.risk;
        if units.len() > 1 && !matches!(rule, RiskRule::ShortfallPerMonth(_)) {
            let message = format!("`{}` names several units, and the `risk` of `[plan]` counts units missing", node.path("buys"));
            let help = "name one unit, or give `risk` as the chance of a shortfall (`risk = 0.01`): it says the same of units of any size";
            self.problem("spec/conflicting-keys", &node.span_of("buys"), message, Some(help.to_owned()));
        }
        units
    }

    fn buys_what_it_needs(&self, node: &Node<'a>, model: &Model, buys: &str, demands: &[Demand]) {
        for demand in demands {
            let has =
                model.catalog.get(buys).and_then(|unit| unit.capacity.get(&demand.resource)).is_some_and(|amount| *amount > 0.0);
            if !has {
                let message = format!("`{buys}` has no `{}`, which this pool needs", demand.resource);
                self.problem("spec/unit-without-resource", &node.span_of("buys"), message, None);
            }
        }
    }

    fn group(&self, node: &Node<'a>, model: &Model) -> Option<Group> {
        let domain = self.reference(node, "in", "domain", &words(&model.domains.nodes));
        let racks = self.whole(node, "racks", 0).unwrap_or(0);
        let counts = self.counts(node);
        let unit = self.reference(node, "unit", "unit", &words(&model.catalog))?;
        let standby = self.standby(node, racks, &counts);
        Some(Group { unit, domain, racks, counts, standby })
    }

    fn counts(&self, node: &Node<'a>) -> Vec<CapacityChange> {
        let Some(value) = node.get("count") else { return Vec::new() };
        if !value.get_ref().is_array() {
            let units = self.whole(node, "count", 0).unwrap_or(0);
            return vec![CapacityChange { day: crate::time::Day(0), units }];
        }
        let nodes = self.tables(node, "count", keys::COUNT);
        let counts: Vec<CapacityChange> = nodes
            .iter()
            .filter_map(|node| Some(CapacityChange { day: self.date(node, "from")?, units: self.whole(node, "units", 0)? }))
            .collect();
        if counts.windows(2).any(|pair| pair[0].day >= pair[1].day) {
            let message = format!("the dates of `{}` do not rise", node.path("count"));
            self.problem("spec/dates-out-of-order", &value.span(), message, None);
        }
        counts
    }

    fn demand(&self, node: &Node<'a>, pool: &str, model: &Model) -> Option<Demand> {
        let statistics = [("p99", Statistic::P99), ("mean", Statistic::Mean), ("p95", Statistic::P95), ("max", Statistic::Max)];
        let statistic = self.one_of(node, "statistic", &statistics);
        let resource = self.reference(node, "resource", "resource", &words(&model.resources));
        let line = self.line(node, pool, resource.as_deref().unwrap_or_default());
        self.stated(node, pool, resource.as_deref().unwrap_or_default(), model);
        Some(Demand { resource: resource?, statistic, line: line? })
    }

    fn order(&self, node: &Node<'a>, model: &Model, buys: Option<&str>) -> Option<Order> {
        let unit = self.reference(node, "unit", "unit", &words(&model.catalog)).or_else(|| buys.map(str::to_owned));
        let domain = self.reference(node, "in", "domain", &words(&model.domains.nodes));
        let (name, units) = (self.text(node, "name"), self.whole(node, "units", 1));
        let (ordered, arrives, leaves) = (self.date(node, "ordered"), self.date(node, "arrives"), self.date(node, "leaves"));
        let lead = self.duration_law(node, "lead_time", DAY_HOURS);
        let committed = self.flag(node, "committed").unwrap_or(false);
        if let (Some(ordered), Some(arrives)) = (ordered, arrives)
            && arrives < ordered
        {
            self.out_of_range(node, "arrives", &arrives.to_string(), &format!("not before it is ordered on {ordered}"));
        }
        if let (Some(ordered), Some(leaves)) = (ordered, leaves)
            && leaves <= arrives.unwrap_or(ordered)
        {
            self.out_of_range(node, "leaves", &leaves.to_string(), "after it arrives");
        }
        let unit = unit?;
        let usual = || model.catalog.get(&unit).map_or(Distribution::constant(0.0), |unit| unit.lead_time_days.clone());
        let arrival = arrives.map_or_else(|| Arrival::LeadTimeDays(lead.unwrap_or_else(usual)), Arrival::On);
        Some(Order { name: name?.to_owned(), units: units?, domain, ordered: ordered?, arrival, leaves, committed, unit })
    }
}

pub(super) fn words<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

fn is_cyclic(tree: &DomainTree, name: &str) -> bool {
    let mut next = tree.nodes.get(name).and_then(|node| node.parent.as_ref());
    for _ in 0..=tree.nodes.len() {
        match next {
            None => return false,
            Some(above) if above == name => return true,
            Some(above) => next = tree.nodes.get(above).and_then(|node| node.parent.as_ref()),
        }
    }
    true
}
