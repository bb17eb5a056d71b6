//! Numbers that are not known, and how they go together.

use super::keys;
use super::laws::Leaf;
use super::load::ScenarioDeclared;
use super::reader::{Node, Reader, Value};
use crate::model::{Model, Place, RankCorrelation, UncertainNumber};
use crate::scenario::{Override, drawn_together};
use crate::stats::{Distribution, JointLaw};
use crate::units::Unit;

impl<'a> Reader<'a> {
    /// A number within `low..=high`, or a law of it: then the number is noted as uncertain, and its mean stands for it.
    pub(super) fn number_or_law(
        &self,
        node: &Node<'a>,
        key: &str,
        range: (f64, f64),
        name: impl FnOnce() -> String,
        place: Place,
    ) -> Option<f64> {
        let value = node.get(key)?;
        if !value.get_ref().is_table() {
            return self.number_within(node, key, range.0, range.1);
        }
        let law = self.law_at(&node.path(key), value, Leaf::Plain)?;
        self.noted(&node.path(key), value, law, range, name(), place)
    }

    /// The level of a stated demand.
    pub(super) fn stated_amount(
        &self,
        node: &Node<'a>,
        value: &'a Value<'a>,
        unit: &Unit,
        name: String,
        place: Place,
    ) -> Option<f64> {
        let path = node.path("level");
        if !value.get_ref().is_table() {
            return self.amount(&path, value, unit);
        }
        let law = self.law_at(&path, value, Leaf::Amount(unit))?;
        self.noted(&path, value, law, (0.0, f64::INFINITY), name, place)
    }

    /// An amount, or a law of it.
    pub(super) fn amount_or_law(&self, path: &str, value: &'a Value<'a>, unit: &Unit, place: Place) -> Option<f64> {
        if !value.get_ref().is_table() {
            return self.amount(path, value, unit);
        }
        let law = self.law_at(path, value, Leaf::Amount(unit))?;
        self.noted(path, value, law, (0.0, f64::INFINITY), path.to_owned(), place)
    }

    fn noted(
        &self,
        path: &str,
        value: &Value<'a>,
        law: Distribution,
        (low, high): (f64, f64),
        name: String,
        place: Place,
    ) -> Option<f64> {
        if law.least() < low || law.most() > high {
            let accepted = if high.is_finite() { format!("{low} to {high}") } else { format!("{low} or more") };
            let help =
                "quantiles take bounds: `low = …`, `high = …`; beta, pert, triangular and uniform laws have them".to_owned();
            let message = format!("`{path}` is {law}, expected a law of numbers that are {accepted}");
            self.problem("spec/out-of-range", &value.span(), message, Some(help));
            return None;
        }
        let mean = law.mean();
        if !mean.is_finite() {
            let message = format!("`{path}` is {law}, which has no finite mean");
            self.problem("spec/invalid-law", &value.span(), message, Some("bound it: `high = …`".to_owned()));
            return None;
        }
        self.is_uncertain(UncertainNumber { name, law, place });
        Some(mean)
    }

    /// `[[correlation]]`: between numbers of the model and of the changes of scenarios.
    pub(super) fn correlations(&self, node: &Node<'a>, model: &mut Model, scenarios: &[ScenarioDeclared]) {
        let open = |number: &&UncertainNumber| !matches!(number.law, Distribution::Constant { .. });
        let mut names: Vec<String> = model.uncertain.iter().filter(open).map(|number| number.name.clone()).collect();
        let changes = scenarios.iter().flat_map(|scenario| &scenario.overrides).flat_map(Override::numbers);
        names.extend(changes.filter(|(_, law)| !matches!(law, Distribution::Constant { .. })).map(|(name, _)| name));
        names.sort();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let nodes = self.tables(node, "correlation", keys::CORRELATION);
        model.correlations = nodes.iter().filter_map(|node| self.correlation(node, &names)).collect();
        // the whole is judged only where every part could be read
        if !self.is_clean() {
            return;
        }
        for scenario in scenarios {
            let (numbers, pairs) = drawn_together(model, &scenario.overrides);
            match JointLaw::new(&numbers, &pairs) {
                Ok(joint) => self.tell_repair(node, scenario, &numbers, &joint),
                Err(none) => {
                    let message = format!("scenario `{}`: {none}", scenario.name);
                    self.problem("spec/invalid-correlation", &node.span_of("correlation"), message, None);
                }
            }
        }
    }

    fn correlation(&self, node: &Node<'a>, names: &[&str]) -> Option<RankCorrelation> {
        let between = self.strings(node, "between");
        let rank = self.number_within(node, "rank", -1.0, 1.0);
        let unknown: Vec<_> = between.iter().filter(|(name, _)| !names.contains(&name.as_str())).collect();
        for (name, span) in &unknown {
            self.unknown_name(span, "uncertain number", name, names);
        }
        let [(a, _), (b, _)] = between.as_slice() else {
            self.out_of_range(node, "between", &format!("a list of {}", between.len()), "two names");
            return None;
        };
        if a == b {
            self.out_of_range(node, "between", &format!("`{a}` twice"), "two different names");
            return None;
        }
        unknown.is_empty().then_some(())?;
        Some(RankCorrelation { between: [a.clone(), b.clone()], rank: rank? })
    }

    fn tell_repair(&self, node: &Node<'a>, scenario: &ScenarioDeclared, numbers: &[(String, Distribution)], joint: &JointLaw) {
        let Some(repair) = joint.repair() else { return };
        let (a, b) = repair.pair;
        let message = format!(
            "scenario `{}`: no numbers have all of these rank correlations at once; the nearest that some have are used. Changed \
             most: `{}` with `{}`, from {:.3} to {:.3}",
            scenario.name, numbers[a].0, numbers[b].0, repair.stated, repair.used
        );
        let help = "a pair that is not stated has rank correlation 0: state it too".to_owned();
        self.warn("spec/correlations-repaired", &node.span_of("correlation"), message, Some(help));
    }
}
