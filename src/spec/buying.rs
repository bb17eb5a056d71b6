//! What is bought how: terms, prices from a date on, budgets, limits, the rule of the plan.

use std::collections::BTreeMap;
use std::ops::Range;

use super::keys;
use super::model::words;
use super::reader::{Node, Reader, Value, number};
use super::values::number_and_word;
use crate::model::{Bounds, Budget, Limit, Model, PriceChange, RiskRule, Term};
use crate::time::{Day, MONTH_HOURS};
use crate::units::{Scale, Unit};

const DAY_HOURS: f64 = 24.0;
/// Unless a file says otherwise.
const RISK: f64 = 0.01;
const LEVEL: f64 = 0.95;

impl<'a> Reader<'a> {
    pub(super) fn terms(&self, unit: &Node<'a>) -> Vec<Term> {
        let nodes = self.tables(unit, "term", keys::TERM);
        self.no_twins(&nodes, "term");
        if !nodes.is_empty() && unit.get("price").is_some() {
            let message = format!("`{}` has both `price` and `term`", unit.name);
            self.problem("spec/two-prices", &unit.span_of("price"), message, Some("make the price a term of its own".to_owned()));
        }
        let money = |node: &Node<'a>, key| self.number_within(node, key, 0.0, f64::INFINITY).unwrap_or(0.0);
        let terms = nodes.iter().filter_map(|node| {
            Some(Term {
                upfront: money(node, "upfront"),
                monthly: money(node, "monthly"),
                commits_months: self.whole_months(node, "commits"),
                lead_time_days: self.duration_law(node, "lead_time", DAY_HOURS),
                name: self.text(node, "name")?.to_owned(),
            })
        });
        terms.collect()
    }

    fn whole_months(&self, node: &Node<'a>, key: &str) -> Option<u32> {
        let months = self.duration(node, key)? / MONTH_HOURS;
        if (1.0 - 0.02..=120.0).contains(&months) && (months - months.round()).abs() <= 0.02 {
            return Some(months.round() as u32);
        }
        let seen = self.text(node, key).unwrap_or_default();
        self.out_of_range(node, key, seen, "whole months up to 10 years, such as \"1 month\", \"1 y\" or \"3 y\"");
        None
    }

    pub(super) fn price_changes(&self, unit: &Node<'a>) -> Vec<PriceChange> {
        let nodes = self.tables(unit, "price_change", keys::PRICE_CHANGE);
        let each = nodes.iter().filter_map(|node| {
            Some(PriceChange::of_all(self.date(node, "from")?, self.number_within(node, "factor", 0.0, f64::INFINITY)?))
        });
        let changes: Vec<PriceChange> = each.collect();
        self.rising(unit, "price_change", &changes.iter().map(|change| change.from).collect::<Vec<_>>());
        changes
    }

    fn rising(&self, node: &Node<'a>, key: &str, days: &[Day]) {
        if days.windows(2).any(|pair| pair[0] >= pair[1]) {
            let message = format!("the dates of `{}` do not rise", node.path(key));
            self.problem("spec/dates-out-of-order", &node.span_of(key), message, None);
        }
    }

    /// The rule of the plan: a probability, or a table with one other rule.
    pub(super) fn risk(&self, plan: Option<&Node<'a>>) -> RiskRule {
        let Some((plan, value)) = plan.and_then(|plan| Some((plan, plan.get("risk")?))) else {
            return RiskRule::ShortfallPerMonth(RISK);
        };
        if !value.get_ref().is_table() {
            return RiskRule::ShortfallPerMonth(self.number_within(plan, "risk", 0.0, 1.0).unwrap_or(RISK));
        }
        let rule = self.table(&plan.path("risk"), value, keys::RISK).and_then(|node| {
            let most = |key: &str| self.number_within(&node, key, 0.0, f64::INFINITY);
            let (expected, cvar, penalty) = (most("expected_shortfall"), most("cvar"), most("penalty"));
            let level = self.number_within(&node, "level", 0.0, 0.999_999).unwrap_or(LEVEL);
            let rules = [
                expected.map(RiskRule::ExpectedShortfall),
                cvar.map(|at_most| RiskRule::Cvar { level, at_most }),
                penalty.map(RiskRule::LeastCost),
            ];
            let mut given = rules.into_iter().flatten();
            if let (Some(rule), None) = (given.next(), given.next()) {
                return Some(rule);
            }
            let help = "one of `expected_shortfall`, `cvar`, `penalty`".to_owned();
            self.problem("spec/risk-rule", &value.span(), "the rule of the plan is not one rule", Some(help));
            None
        });
        rule.unwrap_or(RiskRule::ShortfallPerMonth(RISK))
    }

    pub(super) fn bounds(&self, model_node: &Node<'a>, plan: Option<&Node<'a>>, model: &Model) -> Bounds {
        let limits = self.named(model_node, "limit", keys::LIMIT);
        Bounds {
            budgets: plan.map(|plan| self.budgets(plan)).unwrap_or_default(),
            limits: limits.into_iter().filter_map(|(name, node)| self.limit(name, &node, model)).collect(),
        }
    }

    fn budgets(&self, plan: &Node<'a>) -> Vec<Budget> {
        let Some(value) = plan.get("budget") else { return Vec::new() };
        if !value.get_ref().is_array() {
            let amount = self.number_within(plan, "budget", 0.0, f64::INFINITY);
            return amount.map(|amount| Budget { from: Day(i32::MIN), amount }).into_iter().collect();
        }
        let nodes = self.tables(plan, "budget", keys::BUDGET);
        let each = nodes.iter().filter_map(|node| {
            Some(Budget { from: self.date(node, "from")?, amount: self.number_within(node, "amount", 0.0, f64::INFINITY)? })
        });
        let budgets: Vec<Budget> = each.collect();
        self.rising(plan, "budget", &budgets.iter().map(|budget| budget.from).collect::<Vec<_>>());
        budgets
    }

    fn limit(&self, name: String, node: &Node<'a>, model: &Model) -> Option<Limit> {
        let domain = self.reference(node, "in", "domain", &words(&model.domains.nodes));
        let most = node.get("at_most")?;
        let (at_most, unit) = self.with_unit(&node.path("at_most"), most, None)?;
        let uses = node.get("uses").and_then(|value| self.table_of_any(&node.path("uses"), value))?;
        let mut drawn = BTreeMap::new();
        for (key, value) in uses.table {
            let (span, key): (Range<usize>, &str) = (key.span(), key.get_ref());
            if !model.catalog.contains_key(key) {
                self.unknown_name(&span, "unit", key, &words(&model.catalog));
                continue;
            }
            let each = self.with_unit(&uses.path(key), value, Some(unit.as_ref()));
            drawn.extend(each.map(|(each, _)| (key.to_owned(), each)));
        }
        Some(Limit { name, at_most, uses: drawn, domain })
    }

    /// A number 0 or more, with the unit that is written with it; `of`: it must be this unit, or none.
    #[expect(clippy::option_option, reason = "any unit, no unit, this unit")]
    fn with_unit(&self, name: &str, value: &'a Value<'a>, of: Option<Option<&Unit>>) -> Option<(f64, Option<Unit>)> {
        let found = match number(value) {
            Some(number) => Some((number, None)),
            None => value.get_ref().as_str().and_then(number_and_word).map(|(amount, word)| {
                let scale = Scale::of(word);
                (amount * scale.factor, Some(scale.unit))
            }),
        };
        let Some((amount, unit)) = found.filter(|(amount, _)| *amount >= 0.0) else {
            self.wrong_type(name, value, "a number 0 or more, such as 40 or \"450 W\"");
            return None;
        };
        if of.is_some_and(|of| of != unit.as_ref()) {
            let told = |unit: Option<&Unit>| unit.map_or_else(|| "no unit".to_owned(), ToString::to_string);
            let message = format!("`{name}` is in {}, its limit in {}", told(unit.as_ref()), told(of.flatten()));
            self.problem("spec/unit-mismatch", &value.span(), message, None);
            return None;
        }
        Some((amount, unit))
    }
}
