//! The safe-load line of a demand: a share, a law of it, or a latency objective and how latency grows with the load.

use super::keys;
use super::laws::is_law;
use super::reader::{Node, Reader};
use crate::model::{LatencyCurve, LatencyObjective, LoadLine, Place};
use crate::stats::Distribution;

const SECOND_HOURS: f64 = 1.0 / 3_600.0;
/// Service times more spread than this are a typing error; a gamma law of them would be almost always 0.
const MOST_VARIATION: f64 = 100.0;

/// Keys that say how latency grows, each with the words that use it.
const USED_BY: &[(&str, &[&str])] = &[
    ("service_time", &["mmc", "mgc"]),
    ("servers", &["mmc", "mgc"]),
    ("variation", &["mgc"]),
    ("rate", &["scalability"]),
    ("contention", &["scalability"]),
    ("coherence", &["scalability"]),
    ("points", &["measured"]),
];

impl<'a> Reader<'a> {
    pub(super) fn line(&self, node: &Node<'a>, pool: &str, resource: &str) -> Option<LoadLine> {
        let value = node.get("line")?;
        if is_law(value) {
            let place = Place::Line { pool: pool.to_owned(), resource: resource.to_owned() };
            let name = || format!("pool.{pool}.demand.{resource}.line");
            return self.number_or_law(node, "line", (0.0, 1.0), name, place).map(LoadLine::Utilization);
        }
        if value.get_ref().is_table() {
            let node = self.table(&node.path("line"), value, keys::LATENCY)?;
            return self.latency(&node).map(LoadLine::Latency);
        }
        let ratio = self.number(node, "line")?;
        if ratio > 0.0 && ratio <= 1.0 {
            return Some(LoadLine::Utilization(ratio));
        }
        self.out_of_range(node, "line", &ratio.to_string(), "above 0 to 1");
        None
    }

    fn latency(&self, node: &Node<'a>) -> Option<LatencyObjective> {
        let percentile = self.number_within(node, "percentile", 0.0, 1.0);
        let target = self.duration(node, "target").map(|hours| hours * 3_600.0);
        let words = ["mmc", "mgc", "scalability", "measured"].map(|word| (word, word));
        let by = self.one_of(node, "by", &words);
        for (key, _) in USED_BY.iter().filter(|(_, users)| !users.contains(&by)) {
            if let Some((name, _)) = node.table.iter().find(|(name, _)| name.get_ref() == *key) {
                let used: Vec<&str> = USED_BY.iter().filter(|(_, users)| users.contains(&by)).map(|(key, _)| *key).collect();
                let message = format!("`{}` says nothing where latency is by `{by}`", node.path(key));
                self.problem("spec/unknown-key", &name.span(), message, Some(format!("`{by}` uses {}", used.join(", "))));
            }
        }
        let curve = match by {
            "mmc" => self.mmc(node),
            "mgc" => self.mgc(node),
            "scalability" => self.scalability(node),
            _ => self.measured(node, target),
        };
        Some(LatencyObjective { percentile: percentile?, target_seconds: target?, curve: curve? })
    }

    /// Notes a key that this way needs.
    fn needed(&self, node: &Node<'a>, key: &str) -> bool {
        let given = node.get(key).is_some();
        if !given {
            let says = keys::LATENCY.iter().find(|known| known.name == key).map(|known| known.says.to_owned());
            self.problem("spec/missing-key", &node.head(), format!("`{}` has no `{key}`", node.name), says);
        }
        given
    }

    fn mmc(&self, node: &Node<'a>) -> Option<LatencyCurve> {
        let given = [self.needed(node, "service_time"), self.needed(node, "servers")];
        let service = self.duration(node, "service_time").map(|hours| hours * 3_600.0);
        let servers = self.whole(node, "servers", 1);
        (given == [true; 2]).then_some(LatencyCurve::Mmc { service_seconds: service?, servers: servers? })
    }

    fn mgc(&self, node: &Node<'a>) -> Option<LatencyCurve> {
        let given = [self.needed(node, "service_time"), self.needed(node, "servers")];
        let law = self.duration_law(node, "service_time", SECOND_HOURS);
        let servers = self.whole(node, "servers", 1);
        let variation = self.number_within(node, "variation", 0.0, MOST_VARIATION);
        let is_law = node.get("service_time").is_some_and(|value| value.get_ref().is_table());
        if given[0] && is_law == node.get("variation").is_some() {
            let (slug, message) = if is_law {
                ("spec/unknown-key", format!("`{}` is given beside a law, which says it already", node.path("variation")))
            } else {
                (
                    "spec/missing-key",
                    format!("`{}` is a mean only, and `{}` is not given", node.path("service_time"), node.path("variation")),
                )
            };
            let help = "a law as `service_time`, or a mean and `variation` (0: always as long, 1: exponential)".to_owned();
            self.problem(slug, &node.span_of(if is_law { "variation" } else { "service_time" }), message, Some(help));
            return None;
        }
        let service = match (law?, variation) {
            (Distribution::Constant { value }, Some(scv)) if scv > 0.0 => {
                Distribution::Gamma { shape: 1.0 / scv, scale: value * scv }
            }
            (law, _) => law,
        };
        if service.least() < 0.0 {
            self.out_of_range(node, "service_time", &service.to_string(), "a law without negative values");
            return None;
        }
        Some(LatencyCurve::Mgc { service, servers: servers? })
    }

    fn scalability(&self, node: &Node<'a>) -> Option<LatencyCurve> {
        let given = self.needed(node, "rate");
        let rate = self.number_within(node, "rate", f64::MIN_POSITIVE, f64::INFINITY);
        let [contention, coherence] =
            ["contention", "coherence"].map(|key| (key, self.number_within(node, key, 0.0, 1.0).unwrap_or(0.0)));
        if contention.1 >= 1.0 {
            self.out_of_range(node, contention.0, "1", "0 or more and below 1");
            return None;
        }
        if contention.1 + coherence.1 == 0.0 {
            let message =
                format!("`{}` has neither `contention` nor `coherence` above 0: there is no peak of throughput", node.name);
            self.problem(
                "spec/missing-key",
                &node.head(),
                message,
                Some("fit them to throughput measured under load".to_owned()),
            );
            return None;
        }
        given.then_some(LatencyCurve::Scalability { rate: rate?, contention: contention.1, coherence: coherence.1 })
    }

    fn measured(&self, node: &Node<'a>, target: Option<f64>) -> Option<LatencyCurve> {
        if !self.needed(node, "points") {
            return None;
        }
        let nodes = self.tables(node, "points", keys::POINT);
        let read = |node: &Node<'a>| {
            let utilization = self.number_within(node, "utilization", f64::MIN_POSITIVE, 1.0);
            let latency = self.duration(node, "latency").map(|hours| hours * 3_600.0);
            Some((utilization?, latency?))
        };
        let points: Vec<Option<(f64, f64)>> = nodes.iter().map(read).collect();
        let points: Vec<(f64, f64)> = points.into_iter().collect::<Option<_>>()?;
        if points.len() < 2 {
            self.out_of_range(node, "points", &format!("{} points", points.len()), "two or more");
            return None;
        }
        let mut rises = true;
        for (pair, node) in points.windows(2).zip(&nodes[1..]) {
            for (key, before, here) in [("utilization", pair[0].0, pair[1].0), ("latency", pair[0].1, pair[1].1)] {
                if here <= before {
                    let message = format!("`{}` does not rise from the point before it", node.path(key));
                    let help =
                        "points in order of utilization, with latencies that rise: repeat the measurement, or leave one out";
                    self.problem("spec/curve-not-rising", &node.span_of(key), message, Some(help.to_owned()));
                    rises = false;
                }
            }
        }
        let (first, last) = (points[0], points[points.len() - 1]);
        if let Some(target) = target.filter(|target| rises && !(first.1..=last.1).contains(target)) {
            let message = format!(
                "`{}` is {target} s, outside the measured curve, which goes from {} s at {} to {} s at {}",
                node.path("target"),
                first.1,
                first.0,
                last.1,
                last.0
            );
            let help = "measure on until the target is passed, or declare the line as a share".to_owned();
            self.problem("spec/outside-latency-curve", &node.span_of("target"), message, Some(help));
            return None;
        }
        rises.then_some(LatencyCurve::Measured { points })
    }
}
