//! What names and unit codes say of a metric's unit and kind: the conventions of Prometheus, OpenMetrics and OpenTelemetry.

use crate::source::Kind;

/// Endings of names and the unit they state.
const UNITS: &[(&str, &str)] = &[
    ("_bytes", "bytes"),
    ("_seconds", "seconds"),
    ("_milliseconds", "ms"),
    ("_microseconds", "us"),
    ("_nanoseconds", "ns"),
    ("_ratio", "ratio"),
    ("_percent", "percent"),
    ("_pct", "percent"),
    ("_hertz", "hertz"),
    ("_celsius", "celsius"),
    ("_volts", "volts"),
    ("_amperes", "amperes"),
    ("_watts", "watts"),
    ("_joules", "joules"),
    ("_cores", "cores"),
    ("_millicores", "millicores"),
    ("_kilobytes", "kB"),
    ("_megabytes", "MB"),
    ("_mib", "MiB"),
    ("_gib", "GiB"),
    ("_kib", "KiB"),
];

/// Units whose metrics are levels unless the name ends in `_total`. Not so `_seconds`: times add up as often as they stand.
const LEVELS: &[&str] = &["_bytes", "_ratio", "_percent", "_pct", "_hertz", "_celsius", "_volts", "_amperes", "_watts", "_cores"];

/// Words in names of totals from before the ending `_total` became the rule (`node_network_receive_bytes`).
const FLOWS: &[&str] =
    &["receive", "transmit", "read", "written", "sent", "rx_", "tx_", "alloc_bytes_", "_io_", "inbound", "outbound"];

/// The unit that a name in the style of Prometheus ends with (before `_total`): `node_memory_free_bytes`, `up_seconds`. Counts
/// (`_count`, `_bucket`) have none.
#[must_use]
pub fn unit_of_name(name: &str) -> Option<&'static str> {
    if name.ends_with("_created") {
        return Some("seconds");
    }
    let name = name.strip_suffix("_total").unwrap_or(name);
    let name = name.strip_suffix("_sum").unwrap_or(name);
    UNITS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, unit)| *unit)
}

/// Counter for names that end in `_total`, and for buckets; gauge for amounts by their unit and for names that every Prometheus
/// server has as gauges; `None` when the name does not say.
#[must_use]
pub fn kind_of_name(name: &str) -> Option<Kind> {
    if name.ends_with("_total") || name.ends_with("_bucket") {
        return Some(Kind::Counter);
    }
    let summed = ["_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending));
    if let Some(family) = summed {
        // The sum and count of a histogram or summary, whose family is named after a unit.
        return unit_of_name(family).map(|_| Kind::Counter);
    }
    // Recording rules name the operation after the last colon: `instance:node_cpu:rate5m`.
    let operation = name.rsplit_once(':').map_or("", |(_, operation)| operation);
    let computed = ["rate", "irate", "avg", "ratio", "deriv"].iter().any(|word| operation.contains(word));
    let gauge = name == "up"
        || name.starts_with("scrape_")
        || ["node_load1", "node_load5", "node_load15"].contains(&name)
        || name.ends_with("_info")
        || name.ends_with("_created")
        || name.ends_with("_timestamp_seconds")
        || name.ends_with("_start_time_seconds")
        || LEVELS.iter().any(|ending| name.ends_with(ending)) && !FLOWS.iter().any(|word| name.contains(word));
    (gauge || computed).then_some(Kind::Gauge)
}

/// A unit in the code of UCUM, as OpenTelemetry writes it, in our words: `By` is `bytes`, `MiBy/s` is `MiB/s`, `{requests}` counts
/// requests. `1` has no word of its own: what it is of is told by the metric.
pub(super) fn unit_of_ucum(code: &str) -> Option<String> {
    let code = code.trim();
    if code.is_empty() || code == "1" {
        return None;
    }
    if let Some((amount, per)) = code.split_once('/') {
        let amount = if amount.is_empty() { Some("1".to_owned()) } else { unit_of_ucum(amount).or(Some("1".to_owned())) };
        return Some(match (amount.as_deref(), per) {
            (Some("bytes"), "s") => "bytes/s".to_owned(),
            (Some(amount), per) => format!("{amount}/{per}"),
            (None, _) => code.to_owned(),
        });
    }
    if let Some(annotation) = code.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Some(if ["cpu", "core", "vcpu"].contains(&annotation) { "cores".to_owned() } else { annotation.to_owned() });
    }
    let known = match code {
        "s" => "seconds",
        "ms" | "us" | "ns" | "min" | "h" | "d" | "%" => code,
        "Hz" => "hertz",
        "Cel" => "celsius",
        "V" => "volts",
        "A" => "amperes",
        "W" => "watts",
        "J" => "joules",
        "By" | "B" | "byte" | "bytes" => "bytes",
        "bit" => "bit",
        "kBy" => "kB",
        "MBy" => "MB",
        "GBy" => "GB",
        "TBy" => "TB",
        "KiBy" => "KiB",
        "MiBy" => "MiB",
        "GiBy" => "GiB",
        "TiBy" => "TiB",
        other => other,
    };
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_state_their_unit_before_total_and_sum() {
        let seen: Vec<_> =
            ["a_bytes_total", "a_seconds_sum", "a_seconds_bucket", "a_seconds_count", "load"].map(unit_of_name).into();
        assert_eq!(seen, [Some("bytes"), Some("seconds"), None, None, None]);
    }

    #[test]
    fn names_of_flows_without_total_do_not_state_a_kind() {
        assert_eq!(kind_of_name("node_network_receive_bytes"), None);
        assert_eq!(kind_of_name("node_filesystem_avail_bytes"), Some(Kind::Gauge));
        assert_eq!(kind_of_name("http_request_duration_seconds_count"), Some(Kind::Counter));
        assert_eq!(kind_of_name("instance:cpu_seconds:rate5m"), Some(Kind::Gauge));
        assert_eq!(kind_of_name("queue_count"), None);
    }

    #[test]
    fn ucum_codes_are_read() {
        let seen: Vec<_> = ["By", "MiBy/s", "{requests}/s", "1", "1/s", "{cpu}", "ms"].map(unit_of_ucum).into();
        let words = ["bytes", "MiB/s", "requests/s", "", "1/s", "cores", "ms"];
        assert_eq!(seen, words.map(|word| (!word.is_empty()).then(|| word.to_owned())));
    }
}
