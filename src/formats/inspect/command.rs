//! The command that ingests an input as it was read, and what a model file says of the result.

use std::fmt::Write as _;
use std::path::Path;

use super::describe::{Inspection, Metric, kind_name};
use crate::formats::{Mapping, OnInvalid, Options};
use crate::source::{OnDuplicate, TimeForm};

/// Metrics that get lines of their own in a model file; the others are counted.
const MOST_SOURCES: usize = 3;

/// The store that `ingest` is told to fill.
pub(super) const STORE: &str = "store";

/// The whole command line, with everything that was found out or assumed.
pub(super) fn command(path: &Path, inspection: &Inspection, options: &Options) -> String {
    let mut words = vec!["plimsoll".to_owned(), "ingest".to_owned(), quoted(&path.display().to_string())];
    let mut flag = |name: &str, value: &str| words.extend([name.to_owned(), quoted(value)]);
    flag("--format", &inspection.format);
    if let Some(zone) = &options.zone {
        flag("--tz", zone.name());
    } else if inspection.naive {
        flag("--tz", "UTC");
    }
    for (name, at) in [("--at", options.at), ("--origin", options.origin)] {
        if let Some(at) = at.and_then(|at| jiff::Timestamp::from_nanosecond(i128::from(at)).ok()) {
            flag(name, &at.to_string());
        }
    }
    if let Some(columns) = &options.columns {
        flag("--columns", &columns.join(","));
    }
    let mapping = mapping(inspection, options);
    let one = [("timestamp", &mapping.time), ("metric", &mapping.metric), ("unit", &mapping.unit)];
    let roles = one.into_iter().filter_map(|(role, column)| Some((role, column.as_ref()?)));
    let several = [("entity", mapping.entities()), ("value", mapping.value.as_slice())];
    let roles = roles.chain(several.into_iter().flat_map(|(role, columns)| columns.iter().map(move |column| (role, column))));
    let map: Vec<String> = roles.map(|(role, column)| format!("{role}={column}")).collect();
    if !map.is_empty() {
        flag("--map", &map.join(","));
    }
    if let Some(form) = time_form(&options.time) {
        flag("--time-format", &form);
    }
    declared(options, &mut flag);
    flag("-o", STORE);
    words.join(" ")
}

/// Which columns hold what, in a table whose columns the user may declare: as declared, or as found out.
fn mapping(inspection: &Inspection, options: &Options) -> Mapping {
    let tables = ["csv", "spreadsheet", "parquet", "hive", "arrow"];
    if options.mapping != Mapping::default() || !tables.iter().any(|table| inspection.format.starts_with(table)) {
        return options.mapping.clone();
    }
    let of = |role: &str| -> Vec<String> {
        // a role may say more in brackets: `time (ISO 8601)`
        let columns = inspection.columns.iter().filter(|column| column.role.split(" (").next() == Some(role));
        columns.map(|column| column.name.clone()).collect()
    };
    let first = |role: &str| of(role).into_iter().next();
    let value = of("value");
    // In wide form every other column is a value, with a unit of its own (`value [MWh]`) or none: they need not be named.
    let with_unit = inspection.columns.iter().any(|column| column.role.starts_with("value ["));
    let long = value.len() == 1 && !with_unit;
    Mapping {
        time: first("time"),
        entity: Some(of("entity")),
        metric: first("metric"),
        value: if long { value } else { Vec::new() },
        unit: first("unit"),
    }
}

/// The form of times in the words of flags and model files; `None` where it is found out.
fn time_form(form: &TimeForm) -> Option<String> {
    match form {
        TimeForm::Auto | TimeForm::SecondsSince(_) => None,
        TimeForm::Epoch { per_second } => {
            let word = [(1, "s"), (1_000, "ms"), (1_000_000, "us")].iter().find(|(each, _)| each == per_second);
            Some(format!("epoch_{}", word.map_or("ns", |(_, word)| word)))
        }
        TimeForm::Pattern(pattern) => Some(pattern.clone()),
    }
}

fn declared(options: &Options, flag: &mut impl FnMut(&str, &str)) {
    if let Some(unit) = &options.unit {
        flag("--unit", unit);
    }
    if let Some(kind) = options.kind {
        flag("--kind", kind_name(kind));
    }
    if let Some(stat) = options.stat {
        flag("--stat", stat.name());
    }
    match options.on_invalid {
        OnInvalid::Error => {}
        OnInvalid::Null => flag("--on-invalid", "null"),
        OnInvalid::Skip => flag("--on-invalid", "skip"),
    }
    match options.on_duplicate {
        OnDuplicate::Error => {}
        OnDuplicate::First => flag("--on-duplicate", "first"),
        OnDuplicate::Last => flag("--on-duplicate", "last"),
        OnDuplicate::Max => flag("--on-duplicate", "max"),
        OnDuplicate::Mean => flag("--on-duplicate", "mean"),
    }
    if options.latin1 {
        flag("--encoding", "latin1");
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:=,@%+-".contains(&byte));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The lines of a model file for the first metrics. What only the user knows stands in capitals.
pub(super) fn source(inspection: &Inspection, files: &str) -> String {
    // Capacities and settings stand still; least values and counts are no demand.
    let capacity = |name: &str| inspection.columns.iter().any(|column| column.name == name && column.role == "capacity");
    let (mut metrics, others): (Vec<&Metric>, Vec<&Metric>) =
        inspection.metrics.iter().partition(|metric| no_demand(metric).is_none() || inspection.metrics.len() == 1);
    metrics.sort_by_key(|metric| {
        (capacity(&metric.name), metric.low == metric.high, ["min", "count", "sum"].contains(&metric.stat))
    });
    let all = metrics.len() + inspection.metrics_left_out;
    let many = all > MOST_SOURCES && alike(&inspection.metrics);
    // What many columns alike are called are rather machines than resources: their names say nothing of one.
    let named = |metric: &Metric| if many { resource_of_all(&inspection.metrics) } else { resource(metric) };
    let blocks: Vec<String> =
        metrics.iter().take(MOST_SOURCES).map(|metric| block(metric, named(metric), inspection, files)).collect();
    let mut text = blocks.join("\n");
    let more = all.saturating_sub(MOST_SOURCES);
    if more > 0 {
        let s = if more == 1 { "" } else { "s" };
        let _ = write!(text, "\n# {more} more metric{s} in the same way.\n");
    }
    for (metric, why) in others.iter().filter_map(|metric| Some((metric, no_demand(metric)?))).take(MOST_SOURCES) {
        let _ = write!(text, "\n# `{}` has no source: {why}.\n", metric.name);
    }
    if many {
        text.push_str(
            "# Is each of them a machine of one pool? One source takes them all: leave `select` out.\n\
             # Is each a pool by itself? One source again: `pool_from = \"metric\"` in place of `pool` and `select`.\n",
        );
    }
    text
}

/// Why a metric is not asked of a pool, where its name says so.
fn no_demand(metric: &Metric) -> Option<&'static str> {
    let name = metric.name.to_ascii_lowercase();
    let said = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if said(&["temperature", "humidity", "weather", "price"]) {
        return Some("rather what demand depends on than demand (a driver)");
    }
    let used = said(&["used", "usage", "consumed", "free", "utilization", "utilisation", "percent"]);
    (!used && said(&["capacity", "quota"])).then_some("capacity is what the units of the model have")
}

/// Whether all metrics are single series of one unit and statistic, as where each column is a machine.
fn alike(metrics: &[Metric]) -> bool {
    let Some(first) = metrics.first() else { return false };
    metrics.iter().all(|metric| metric.series == 1 && (&metric.unit, metric.stat) == (&first.unit, first.stat))
}

/// The resource that all names speak of.
fn resource_of_all(metrics: &[Metric]) -> &'static str {
    let mut named = metrics.iter().map(resource);
    let first = named.next().unwrap_or(UNKNOWN);
    if named.all(|one| one == first) { first } else { UNKNOWN }
}

/// What stands where the user must name the resource.
const UNKNOWN: &str = "RESOURCE";

fn block(metric: &Metric, resource: &str, inspection: &Inspection, files: &str) -> String {
    let name = if metric.name.is_empty() { "history" } else { &metric.name };
    let twins = inspection.metrics.iter().filter(|other| other.name == metric.name).count() > 1;
    let name = if twins { format!("{name} {}", metric.stat) } else { name.to_owned() };
    let mut select = Vec::new();
    if inspection.metrics.len() > 1 && !metric.name.is_empty() {
        select.push(format!("metric = {}", toml(&metric.name)));
    }
    if twins {
        select.push(format!("stat = {}", toml(metric.stat)));
    }
    let listed: Vec<String> = metric.told_apart_by.iter().map(|label| toml(label)).collect();
    let mut text = format!("[[source]]\nname = {}\nfiles = {}\n", toml(&name), toml(files));
    let _ = write!(text, "resource = {}\npool = \"POOL\"\n", toml(resource));
    match listed.len() {
        0 => {}
        1 => drop(writeln!(text, "entity = {}", listed[0])),
        _ => drop(writeln!(text, "entity = [{}]", listed.join(", "))),
    }
    if metric.base_unit.as_deref().is_some_and(|unit| ["percent", "ratio"].contains(&unit)) {
        text.push_str("measures = \"utilization\"\n");
    }
    if !select.is_empty() {
        let _ = writeln!(text, "select = {{ {} }}", select.join(", "));
    }
    text
}

/// The resource that a metric's name or unit speaks of.
fn resource(metric: &Metric) -> &'static str {
    let name = metric.name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    let known: [(&[&str], &str); 5] = [
        (&["cpu", "processor", "core", "cores", "load", "idle"], "cpu"),
        (&["mem", "memory", "ram", "heap", "rss", "swap"], "memory"),
        (&["disk", "filesystem", "storage", "volume", "fs", "df"], "disk"),
        (&["net", "network", "rx", "tx", "received", "sent", "transmitted", "bandwidth", "ifhcinoctets"], "network"),
        (&["requests", "request", "req", "queries", "http"], "requests"),
    ];
    // `CPUUtilization` and `kbmemused` are single words
    let within = || ["cpu", "mem", "disk", "network"].into_iter().find(|part| name.contains(part));
    let of = |word: &str| known.iter().find(|(list, _)| list.contains(&word));
    let by_name = words.iter().find_map(|word| of(word)).or_else(|| within().and_then(of));
    by_name.map_or(if metric.base_unit.as_deref() == Some("cores") { "cpu" } else { UNKNOWN }, |(_, resource)| resource)
}

/// A text in TOML.
fn toml(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => drop(write!(quoted, "\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_shells_and_toml() {
        assert_eq!(quoted("a b's.csv"), r"'a b'\''s.csv'");
        assert_eq!(quoted("data/x-1.csv"), "data/x-1.csv");
        assert_eq!(toml("C:\\ \"x\"\n"), r#""C:\\ \"x\"\u000A""#);
    }
}
