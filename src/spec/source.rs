//! `[[source]]`: files, columns, units, pools.
#![expect(clippy::disallowed_methods, reason = "file patterns are looked up here")]

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::keys;
use super::reader::{Node, Reader};
use crate::model::Model;
use crate::source::{Columns, Kind, Live, Measures, OnDuplicate, OnInvalid, Sampled, Source, TimeForm, Whole, matches};
use crate::time::Timestamp;
use crate::units::{Scale, Unit};

impl<'a> Reader<'a> {
    /// Every source, one for each pool where `pool_from` is given, and every file they name.
    pub(super) fn sources(&self, node: &Node<'a>, model: &Model) -> (Vec<Source>, Vec<PathBuf>) {
        let nodes = self.tables(node, "source", keys::SOURCE);
        self.no_twins(&nodes, "source");
        let sources: Vec<Source> = nodes.iter().flat_map(|node| self.source(node, model).unwrap_or_default()).collect();
        let files = sources.iter().flat_map(|source| source.paths.iter().cloned()).collect();
        for pool in &model.pools {
            for demand in &pool.demands {
                let fed = sources.iter().any(|source| source.pool == pool.name && source.resource == demand.resource);
                let stated = model.states(&pool.name, &demand.resource);
                if fed && stated {
                    let message = format!(
                        "the `{}` of pool `{}` is stated by its `level`, and a source gives it",
                        demand.resource, pool.name
                    );
                    let help = "leave out the `level` or the source".to_owned();
                    self.problem("spec/conflicting-keys", &node.span_of("source"), message, Some(help));
                }
                if !fed && !stated && self.is_clean() {
                    let message = format!("no source gives the `{}` of pool `{}`", demand.resource, pool.name);
                    self.problem("spec/no-source", &node.span_of("source"), message, None);
                }
            }
        }
        (sources, files)
    }

    fn source(&self, node: &Node<'a>, model: &Model) -> Option<Vec<Source>> {
        let names: Vec<&str> = model.resources.keys().map(String::as_str).collect();
        let paths: Vec<PathBuf> =
            self.strings(node, "files").iter().flat_map(|(pattern, span)| self.files(pattern, span)).collect();
        let columns = self.columns(node);
        let time = self.time_form(node);
        let zone = self.zone(node, "zone").unwrap_or_else(|| model.zone.clone());
        let resource = self.reference(node, "resource", "resource", &names);
        let select = self.select(node);
        let kind = self.one_of_these(node, "kind", KINDS);
        let sampled = self.one_of_these(node, "sampled", SAMPLED);
        let on_duplicate = self.one_of(node, "on_duplicate", DUPLICATES);
        let on_invalid = self.one_of(node, "on_invalid", INVALID);
        let max_bad = self.number_within(node, "max_bad", 0.0, 1.0).unwrap_or(0.001);
        let live = self.live(node);
        let utilization = self.one_of(node, "measures", &[("demand", false), ("utilization", true)]);
        let pools = self.described_pools(node, model);
        let (name, resource) = (self.text(node, "name")?.to_owned(), resource?);
        let base = model.resources[&resource].clone();
        let times = self.number(node, "scale").unwrap_or(1.0);
        let scale = self.scale(node, &if utilization { Unit::ratio() } else { base.clone() });
        let saturation =
            self.number(node, "saturation").map(|value| value * scale.as_ref().map_or(1.0, |scale| scale.factor) * times);
        let saturation = saturation.or(utilization.then_some(1.0));
        let pool_from = self.text(node, "pool_from").map(|label| {
            let told_apart = pools.iter().map(|(pool, _)| pool.clone()).collect::<Vec<_>>();
            (label.to_owned(), told_apart)
        });
        let one = |pool: String, select: BTreeMap<String, Vec<String>>| {
            let measures = if utilization { self.utilization(node, model, &pool, &resource)? } else { Measures::Demand };
            Some(Source {
                name: name.clone(),
                pool_from: pool_from.clone(),
                paths: paths.clone(),
                columns: columns.clone()?,
                time: time.clone(),
                zone: zone.clone(),
                live: live.clone(),
                format: self.text(node, "format").map(str::to_owned),
                header: node.get("columns").map(|_| self.strings(node, "columns").into_iter().map(|(text, _)| text).collect()),
                at: self.instant(node, "at"),
                scale: scale.clone(),
                times,
                kind,
                sampled,
                select,
                on_duplicate,
                latin1: self.one_of(node, "encoding", &[("utf8", false), ("latin1", true)]),
                on_invalid,
                max_bad,
                strict: self.flag(node, "strict").unwrap_or(false),
                pool,
                resource: resource.clone(),
                unit: base.clone(),
                measures,
                saturation,
            })
        };
        let sources = pools
            .into_iter()
            .filter_map(|(pool, extra)| one(pool, select.iter().chain(&extra).map(|(k, v)| (k.clone(), v.clone())).collect()));
        Some(sources.collect())
    }

    /// The pools of a source, and by which column each is selected.
    fn described_pools(&self, node: &Node<'a>, model: &Model) -> Vec<(String, BTreeMap<String, Vec<String>>)> {
        let names: Vec<&str> = model.pools.iter().map(|pool| pool.name.as_str()).collect();
        match (self.text(node, "pool_from"), node.get("pool")) {
            (Some(column), None) => names
                .iter()
                .map(|pool| ((*pool).to_owned(), BTreeMap::from([(column.to_owned(), vec![(*pool).to_owned()])])))
                .collect(),
            (None, Some(_)) => {
                self.reference(node, "pool", "pool", &names).map(|pool| (pool, BTreeMap::new())).into_iter().collect()
            }
            (None, None) => {
                let message = format!("`{}` says neither `pool` nor `pool_from`", node.name);
                self.problem("spec/missing-key", &node.head(), message, Some("which pool does it describe?".to_owned()));
                Vec::new()
            }
            (Some(_), Some(_)) => {
                let message = format!("`{}` says both `pool` and `pool_from`", node.name);
                self.problem("spec/conflicting-keys", &node.span_of("pool_from"), message, None);
                Vec::new()
            }
        }
    }

    fn select(&self, node: &Node<'a>) -> BTreeMap<String, Vec<String>> {
        let Some(value) = node.get("select") else { return BTreeMap::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(&node.path("select"), value, "a table of texts, or of lists of them");
            return BTreeMap::new();
        };
        let below = Node { name: node.path("select"), span: value.span(), table };
        let names: Vec<String> = table.keys().map(|name| name.get_ref().to_string()).collect();
        let meant = |name: &String| self.strings(&below, name).into_iter().map(|(text, _)| text).collect();
        names.into_iter().map(|name| (name.clone(), meant(&name))).collect()
    }

    /// The declared unit, where there is one; noted when it is of another thing.
    fn scale(&self, node: &Node<'a>, base: &Unit) -> Option<Scale> {
        let written = self.text(node, "unit").map(Scale::of)?;
        if written.unit != *base {
            let message = format!("`{}` is {}, expected {base} or a multiple of it", node.path("unit"), written.unit);
            self.problem("spec/unit-mismatch", &node.span_of("unit"), message, None);
        }
        Some(written)
    }

    /// A server in place of files; noted when both or neither are given.
    fn live(&self, node: &Node<'a>) -> Option<Live> {
        match (self.text(node, "url"), node.get("files")) {
            (None, Some(_)) => None,
            (None, None) => {
                let message = format!("`{}` says neither `files` nor `url`", node.name);
                self.problem("spec/missing-key", &node.head(), message, Some("where is its history?".to_owned()));
                None
            }
            (Some(_), Some(_)) => {
                let message = format!("`{}` says both `files` and `url`", node.name);
                self.problem("spec/conflicting-keys", &node.span_of("url"), message, None);
                None
            }
            (Some(url), None) => {
                let missing = |key: &str, help: &str| {
                    let message = format!("`{}` has a `url` but no `{key}`", node.name);
                    self.problem("spec/missing-key", &node.head(), message, Some(help.to_owned()));
                };
                let (query, start) = (self.text(node, "query"), self.date(node, "start"));
                if query.is_none() {
                    missing("query", "such as `sum by (pool) (rate(container_cpu_usage_seconds_total[5m]))`");
                }
                if start.is_none() && node.get("start").is_none() {
                    missing("start", "the first day of history to ask for, such as `start = 2025-11-01`");
                }
                let step = self.duration(node, "step").map_or(300, |span| (span * 3_600.0).round() as i64);
                Some(Live {
                    url: url.to_owned(),
                    query: query?.to_owned(),
                    step_seconds: step.max(1),
                    start: start?,
                    end: self.date(node, "end"),
                })
            }
        }
    }

    fn instant(&self, node: &Node<'a>, key: &str) -> Option<Timestamp> {
        let value = node.get(key)?;
        // TOML has instants of its own
        let written = if let DeValue::Datetime(at) = value.get_ref() { at.to_string() } else { self.text(node, key)?.to_owned() };
        let text = written.as_str();
        let at = text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_second()));
        if at.is_none() {
            self.out_of_range(node, key, text, "an instant such as \"2024-01-01T00:00:00Z\"");
        }
        at
    }

    fn utilization(&self, node: &Node<'a>, model: &Model, pool: &str, resource: &str) -> Option<Measures> {
        let of = match node.get("of") {
            None => {
                let buys = model.pools.iter().find(|one| one.name == pool).and_then(|pool| model.catalog.get(&pool.buys));
                buys.and_then(|unit| unit.capacity.get(resource)).copied().map_or(Whole::Pool, Whole::Unit)
            }
            Some(value) if value.get_ref().as_str() == Some("pool") => Whole::Pool,
            Some(value) => Whole::Each(self.amount(&node.path("of"), value, &model.resources[resource])?),
        };
        Some(Measures::Utilization { of })
    }

    fn columns(&self, node: &Node<'a>) -> Option<Columns> {
        let list = |key: &str| self.strings(node, key).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let Some(time) = self.text(node, "time").map(str::to_owned) else {
            if let Some(key) = ["value", "values"].into_iter().find(|key| node.get(key).is_some()) {
                let message = format!("`{}` says `{key}` but not `time`", node.name);
                let help = "name the time column too, or leave out both to have the columns found out";
                self.problem("spec/missing-key", &node.span_of(key), message, Some(help.to_owned()));
            }
            return Some(Columns::Found { entity: list("entity") });
        };
        match (self.text(node, "value"), node.get("values").is_some()) {
            (Some(value), false) => Some(Columns::Long { time, entity: list("entity"), value: value.to_owned() }),
            (None, _) => Some(Columns::Wide { time, values: list("values") }),
            (Some(_), true) => {
                let message = format!("`{}` says both `value` (long form) and `values` (wide form)", node.name);
                self.problem("spec/conflicting-keys", &node.span_of("values"), message, None);
                None
            }
        }
    }

    fn time_form(&self, node: &Node<'a>) -> TimeForm {
        if let Some(at) = self.instant(node, "since") {
            return TimeForm::SecondsSince(at);
        }
        match self.text(node, "time_form") {
            None | Some("auto") => TimeForm::Auto,
            Some("epoch_s") => TimeForm::Epoch { per_second: 1 },
            Some("epoch_ms") => TimeForm::Epoch { per_second: 1_000 },
            Some("epoch_us") => TimeForm::Epoch { per_second: 1_000_000 },
            Some("epoch_ns") => TimeForm::Epoch { per_second: 1_000_000_000 },
            Some(pattern) if pattern.contains('%') => TimeForm::Pattern(pattern.to_owned()),
            Some(other) => {
                self.out_of_range(node, "time_form", other, "auto, epoch_s, epoch_ms, epoch_us, epoch_ns, or a pattern with %");
                TimeForm::Auto
            }
        }
    }

    /// The files of a pattern, sorted; noted when there are none.
    fn files(&self, pattern: &str, span: &Range<usize>) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let path = folder.join(pattern);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut found: Vec<PathBuf> = if name.contains('*') {
            let entries = std::fs::read_dir(path.parent().unwrap_or(folder)).into_iter().flatten().flatten();
            let named = entries.filter(|entry| matches(&name, &entry.file_name().to_string_lossy()));
            named.map(|entry| entry.path()).collect()
        } else {
            [path.clone()].into_iter().filter(|path| path.exists()).collect()
        };
        found.sort();
        if found.is_empty() {
            let help = format!("looked for {}", std::path::absolute(&path).unwrap_or(path).display());
            self.problem("spec/missing-file", span, format!("there is no file `{pattern}`"), Some(help));
        }
        found
    }
}

const KINDS: &[(&str, Kind)] =
    &[("gauge", Kind::Gauge), ("counter", Kind::Counter), ("delta", Kind::Delta), ("event", Kind::Event)];

const SAMPLED: &[(&str, Sampled)] = &[("raw", Sampled::Raw), ("average", Sampled::Average), ("maximum", Sampled::Maximum)];

const INVALID: &[(&str, OnInvalid)] = &[("error", OnInvalid::Error), ("null", OnInvalid::Null), ("skip", OnInvalid::Skip)];

const DUPLICATES: &[(&str, OnDuplicate)] = &[
    ("error", OnDuplicate::Error),
    ("first", OnDuplicate::First),
    ("last", OnDuplicate::Last),
    ("max", OnDuplicate::Max),
    ("mean", OnDuplicate::Mean),
];
