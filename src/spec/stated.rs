//! Demand that a model file states in place of a history: `level`, `growth`, `volatility`, `noise`, `hours`.

use super::reader::{Node, Reader, Value, number};
use crate::model::{Model, Place, UncertainNumber};
use crate::stats::Distribution;

/// Hours of a day.
const HOURS: usize = 24;

impl<'a> Reader<'a> {
    /// Notes the numbers of a stated demand, uncertain or not.
    pub(super) fn stated(&self, node: &Node<'a>, pool: &str, resource: &str, model: &Model) {
        const OTHERS: [&str; 4] = ["growth", "volatility", "noise", "hours"];
        let Some(value) = node.get("level") else {
            for key in OTHERS.into_iter().filter(|key| node.get(key).is_some()) {
                let message = format!("`{}` is said of a demand without a `level`", node.path(key));
                let help = "a demand with a history needs none of them; one without is stated by its `level`".to_owned();
                self.problem("spec/missing-key", &node.span_of(key), message, Some(help));
            }
            return;
        };
        let Some(unit) = model.resources.get(resource) else { return };
        let name = |key: &str| format!("pool.{pool}.demand.{resource}.{key}");
        let at = || (pool.to_owned(), resource.to_owned());
        // a plain number is noted too: a law that has one value
        let known = |key: &str, value: &Value<'a>, read: Option<f64>, place: Place| {
            if let Some(read) = read.filter(|_| !value.get_ref().is_table()) {
                self.is_uncertain(UncertainNumber { name: name(key), law: Distribution::constant(read), place });
            }
        };
        let ((pool, resource), hours) = (at(), self.hours(node));
        let place = Place::Level { pool, resource, hours };
        let read = self.stated_amount(node, value, unit, name("level"), place.clone());
        known("level", value, read, place);
        let ratio = |key: &str, range: (f64, f64), place: Place| {
            let read = self.number_or_law(node, key, range, || name(key), place.clone());
            if let Some(value) = node.get(key) {
                known(key, value, read, place);
            }
        };
        let ((p, r), (q, s), (t, u)) = (at(), at(), at());
        ratio("growth", (-0.99, f64::INFINITY), Place::Growth { pool: p, resource: r });
        ratio("volatility", (0.0, f64::INFINITY), Place::Volatility { pool: q, resource: s });
        ratio("noise", (0.0, f64::INFINITY), Place::Noise { pool: t, resource: u });
    }

    fn hours(&self, node: &Node<'a>) -> Vec<f64> {
        let flat = vec![1.0; HOURS];
        let Some(value) = node.get("hours") else { return flat };
        let each = value.get_ref().as_array().map(|array| array.iter().map(number).collect::<Option<Vec<f64>>>());
        match each.flatten() {
            Some(hours) if hours.len() == HOURS && hours.iter().all(|hour| *hour >= 0.0) => hours,
            _ => {
                let message = format!("`{}` is no list of 24 numbers of 0 or more", node.path("hours"));
                let help = "one for each hour of the day, as shares of the day's level".to_owned();
                self.problem("spec/out-of-range", &value.span(), message, Some(help));
                flat
            }
        }
    }
}
