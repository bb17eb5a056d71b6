//! What a metric's name says of its unit and kind, by the conventions of Prometheus and OpenMetrics.

use crate::source::Kind;

/// The unit that a name in the style of Prometheus ends with (before `_total`): `node_memory_free_bytes`, `up_seconds`.
pub(crate) fn unit_of_name(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let name = name.strip_suffix("_sum").unwrap_or(name);
    let known = [
        ("_bytes", "bytes"),
        ("_seconds", "seconds"),
        ("_ratio", "ratio"),
        ("_percent", "percent"),
        ("_pct", "percent"),
        ("_hertz", "hertz"),
        ("_celsius", "celsius"),
        ("_volts", "volts"),
        ("_cores", "cores"),
        ("_mib", "MiB"),
        ("_gib", "GiB"),
        ("_kib", "KiB"),
    ];
    known.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, unit)| *unit)
}

/// Counter for names that end in `_total`; `None` when the name does not say.
pub(crate) fn kind_of_name(name: &str) -> Option<Kind> {
    name.ends_with("_total").then_some(Kind::Counter)
}
