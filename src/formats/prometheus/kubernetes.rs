//! The metrics API of Kubernetes (`metrics.k8s.io`): `NodeMetricsList`, `PodMetricsList` and single ones, as
//! `kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes` prints them. Each is a snapshot: several, one after the other, make a history.
//!
//! Quantities change their suffix from node to node (`302101428n`, `151399u`, `144m` cores; `Ki`, `Mi` bytes), so that values are
//! taken in cores and bytes. `window` is the span that a usage is the average of.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{Clock, Head, Identity, Input, Options, Problems, Reading, Stamp};
use super::documents::each_document;
use super::quantity::quantity;
use super::told::{Told, seen};
use crate::problem::Problem;
use crate::source::Kind;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Document {
    kind: String,
    api_version: String,
    metadata: Metadata,
    items: Option<Vec<Metrics>>,
    message: Option<String>,
    reason: Option<String>,
    #[serde(flatten)]
    one: Metrics,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    name: String,
    namespace: String,
    #[serde(rename = "continue")]
    more: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metrics {
    metadata: Option<Metadata>,
    timestamp: Option<String>,
    usage: BTreeMap<String, String>,
    containers: Option<Vec<Container>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Container {
    name: String,
    usage: BTreeMap<String, String>,
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    if !head.has_keys(&["kind", "apiVersion"]) {
        return None;
    }
    if head.text.contains("\"metrics.k8s.io/") {
        return Some("JSON of the API metrics.k8s.io".to_owned());
    }
    (head.has_keys(&["metadata"])).then(|| "JSON of a Kubernetes API (kind, apiVersion, metadata)".to_owned())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut told, mut clock) = (Told::new(input), Clock::new(options));
    each_document(input, options, &mut told, &mut |line, document: Document, told| {
        if document.kind == "Status" {
            let text = document.message.or(document.reason).unwrap_or_default();
            let message = format!("saw an error of the server: {}, expected metrics", seen(&text));
            told.add(input.problem("ingest/server-error", message).help("try again when the metrics server answers"));
            return Ok(());
        }
        let measured = |one: &Metrics| !one.usage.is_empty() || one.containers.is_some();
        let none = document.items.as_ref().map_or_else(|| !measured(&document.one), |all| !all.iter().any(measured));
        if none && !document.api_version.starts_with("metrics.k8s.io/") {
            let count = document.items.as_ref().map_or(1, Vec::len);
            let message = format!(
                "saw {count} objects of Kubernetes ({}), no metrics of nodes or pods, expected those",
                seen(&document.kind)
            );
            let help = "try kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes, or a range query of Prometheus for a history";
            told.add(input.problem("ingest/not-a-series", message).help(help));
            return Ok(());
        }
        if document.metadata.more.is_some_and(|more| !more.is_empty()) {
            let text = "the list goes on under its `continue` token";
            reading.warn("more-pages", line, || text.to_owned());
            reading.incomplete = Some(text.to_owned());
        }
        let metadata = Metadata { more: None, ..document.metadata };
        let one = Metrics { metadata: Some(metadata), ..document.one };
        for item in document.items.unwrap_or_else(|| vec![one]) {
            metrics(input, options, &item, line, &mut clock, told, reading)?;
        }
        Ok(())
    })?;
    told.finish(reading, options)
}

fn metrics(
    input: &Input,
    options: &Options,
    item: &Metrics,
    line: u64,
    clock: &mut Clock,
    told: &mut Told<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), Problem> {
    let stamp = item.timestamp.as_deref().and_then(Stamp::iso);
    let at = match stamp {
        Some(stamp) => clock.instant(0, stamp, line, reading),
        None => options.at,
    };
    let Some(at) = at else {
        if stamp.is_none() {
            let message = "saw metrics without a timestamp, expected the instant of the snapshot";
            told.add(input.problem("ingest/needs-instant", message).help("try --at with the instant of the snapshot"));
        }
        return Ok(());
    };
    let empty = Metadata::default();
    let metadata = item.metadata.as_ref().unwrap_or(&empty);
    let mut all = Vec::new();
    if let Some(containers) = &item.containers {
        for container in containers {
            let id = Identity::default().with("namespace", &metadata.namespace).with("pod", &metadata.name);
            all.push((id.with("container", &container.name), &container.usage));
        }
    } else {
        all.push((Identity::default().with("node", &metadata.name), &item.usage));
    }
    for (id, usage) in all {
        for (resource, text) in usage {
            reading.rows += 1;
            let place = reading.series(Identity { metric: resource.clone(), ..id.clone() });
            reading.kind(place, Kind::Gauge);
            reading.unit(place, unit(resource));
            match quantity(text) {
                Some(number) => reading.push(place, at, number, line)?,
                None => {
                    told.invalid(reading, options, line, format!("saw `{}`, expected a quantity like 250m or 64Mi", seen(text)));
                }
            }
        }
    }
    Ok(())
}

/// The unit of a resource; devices are counted and have none.
fn unit(resource: &str) -> &'static str {
    match resource {
        "cpu" => "cores",
        "memory" | "swap" | "storage" | "ephemeral-storage" => "bytes",
        _ if resource.starts_with("hugepages-") => "bytes",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    #[test]
    fn errors_and_other_objects_are_refused_as_what_they_are() {
        let told = |text: &str| read_any(&Input::memory("a", text.into()), &Options::default()).err().unwrap().remove(0);
        let status =
            r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"unable to handle","code":503}"#;
        assert_eq!(told(status).slug, "ingest/server-error");
        let nodes = r#"{"apiVersion":"v1","kind":"NodeList","metadata":{},"items":[{"metadata":{"name":"n"}},{"metadata":{"name":"m"}}]}"#;
        let problem = told(nodes);
        assert!(problem.slug == "ingest/not-a-series" && problem.message.contains("2 objects"), "{problem}");
    }

    #[test]
    fn pods_have_a_series_for_each_container_and_resource() {
        let text = r#"{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[{"metadata":{"name":"p",
            "namespace":"n"},"timestamp":"2026-01-01T00:00:00Z","window":"15s","containers":[{"name":"c","usage":{"cpu":"1m","memory":"1Ki"}},
            {"name":"d","usage":{"cpu":"2"}}]}]}"#;
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &Options::default()).unwrap();
        let ids: Vec<String> = reading.series.iter().map(|series| series.id.to_string()).collect();
        let c = r#"container="c",namespace="n",pod="p""#;
        assert_eq!(ids, [format!("cpu{{{c}}}"), format!("memory{{{c}}}"), format!("cpu{{{}}}", c.replace("\"c\"", "\"d\""))]);
    }
}
