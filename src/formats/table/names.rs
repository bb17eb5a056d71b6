//! What the names of columns say: unit, kind and statistic, and which part of a row they hold.

use std::ops::RangeInclusive;

use crate::formats::{Stat, known};
use crate::source::Kind;
use crate::units::canonical;

/// Names of time columns, the likeliest first.
pub(super) const TIMES: [&str; 30] = [
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date_time",
    "date time",
    "@timestamp",
    "_time",
    "time_stamp",
    "date",
    "when",
    "epoch",
    "eventtime",
    "event_time",
    "sampletime",
    "sample_time",
    "starttime",
    "start_time",
    "start",
    "interval",
    "period",
    "hour",
    "day",
    "clock",
    "instant",
    "at",
    "zeit",
    "zeitstempel",
    "datum",
    "horodatage",
];

/// Names of columns that say which metric a row is of.
pub(super) const METRICS: [&str; 20] = [
    "metric",
    "metric_name",
    "metricname",
    "metric name",
    "__name__",
    "measurement",
    "measure",
    "variable",
    "counter",
    "counter_name",
    "countername",
    "kpi",
    "indicator",
    "sensor",
    "item",
    "parameter",
    "series",
    "key",
    "field",
    "name",
];

/// Names of columns with the unit of each row.
pub(super) const UNITS: [&str; 6] = ["unit", "units", "uom", "einheit", "unit_of_measure", "unité"];

/// Names of the one value column of the long form.
pub(super) const VALUES: [&str; 10] = ["value", "val", "values", "reading", "wert", "valeur", "metric_value", "sample", "v", "y"];

/// Words that name things by number as well as by name: columns of them are labels even when all of their cells are numbers.
const THINGS: [&str; 25] = [
    "id",
    "uid",
    "uuid",
    "pid",
    "host",
    "hostname",
    "instance",
    "node",
    "vm",
    "server",
    "machine",
    "device",
    "entity",
    "port",
    "interface",
    "disk",
    "partition",
    "shard",
    "rack",
    "cluster",
    "tenant",
    "account",
    "pod",
    "container",
    "index",
];

/// Units that are their own base and so are not told from any other word by their factor.
pub(super) fn is_base(unit: &str) -> bool {
    [
        "%",
        "percent",
        "ratio",
        "seconds",
        "s",
        "bytes",
        "B",
        "bytes/s",
        "B/s",
        "hertz",
        "Hz",
        "cores",
        "1/s",
        "requests/s",
        "rps",
        "ops/s",
        "packets/s",
    ]
    .contains(&unit)
}

/// Whether a column of that name names things, whatever it holds.
pub(super) fn names_things(name: &str) -> bool {
    words(name).last().is_some_and(|last| THINGS.contains(&last.as_str()))
}

/// Whether a column of that name holds times of any form.
pub(super) fn names_time(name: &str) -> bool {
    let known = ["time", "timestamp", "date", "datetime", "zeit", "datum", "utc", "epoch"];
    words(name).iter().any(|word| known.contains(&word.as_str()))
}

/// What a part of a date of that name lies between: `year`, `quarter`, `day_of_week`, `hour`. Parts of dates are no load.
pub(super) fn date_part(name: &str) -> Option<RangeInclusive<f64>> {
    let (low, high) = match words(name).join("_").as_str() {
        "year" | "fiscal_year" | "iso_year" => (1_900.0, 2_200.0),
        "quarter" | "fiscal_quarter" | "qtr" => (1.0, 4.0),
        "month" | "month_of_year" | "month_number" => (0.0, 12.0),
        "week" | "week_of_year" | "iso_week" | "week_number" => (0.0, 53.0),
        "day" | "day_of_month" => (1.0, 31.0),
        "day_of_year" | "yearday" => (0.0, 366.0),
        "weekday" | "day_of_week" | "dayofweek" | "dow" => (0.0, 7.0),
        "hour" | "hour_of_day" => (0.0, 24.0),
        "minute" | "minute_of_hour" => (0.0, 59.0),
        _ => return None,
    };
    Some(low..=high)
}

/// Whether a column of that name counts seconds from a start that the file does not tell.
pub(super) fn names_relative_time(name: &str) -> bool {
    let words = words(name);
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    has(&["elapsed"]) || has(&["since", "relative"]) && has(&["s", "sec", "secs", "seconds", "time", "start"])
}

/// The words of a name: `ifInOctets` is `if`, `in`, `octets`; `cpu_pct` is `cpu`, `pct`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for char in name.chars() {
        if !char.is_alphanumeric() || lower && char.is_uppercase() {
            words.push(String::new());
        }
        if char.is_alphanumeric() {
            let last = words.len() - 1;
            words[last].extend(char.to_lowercase());
        }
        lower = char.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The unit in brackets at the end of a name: `cpu [%]`, `net (kB/s)`. Words in brackets that are no unit say nothing.
fn bracketed(name: &str) -> Option<&str> {
    let name = name.trim_end();
    let open = match name.chars().last()? {
        ']' => '[',
        ')' => '(',
        _ => return None,
    };
    let inner = name[name.rfind(open)? + 1..name.len() - 1].trim();
    let inner = inner.strip_prefix("in ").unwrap_or(inner);
    // in square brackets stands a unit even when it is not known here
    let known = canonical(inner) != (inner.to_owned(), 1.0) || is_base(inner);
    (known || open == '[' && !inner.is_empty() && inner.len() <= 12).then_some(inner)
}

/// The unit that a column's name states.
pub(super) fn unit(name: &str) -> Option<String> {
    if let Some(unit) = bracketed(name) {
        return Some(unit.to_owned());
    }
    if name.ends_with('%') {
        return Some("%".to_owned());
    }
    // `net in Mbit/s`
    if let Some(word) = name.rsplit(' ').next().filter(|word| *word != name && word.contains('/'))
        && (canonical(word) != (word.to_owned(), 1.0) || is_base(word))
    {
        return Some(word.to_owned());
    }
    let lower = name.to_lowercase().replace([' ', '.', '-'], "_");
    let rates = ["_per_s", "_per_sec", "_per_second"];
    if let Some(amount) = rates.iter().find_map(|ending| lower.strip_suffix(ending)) {
        // a rate of something that has no unit is one of events
        return Some(suffix(amount).map_or_else(|| "1/s".to_owned(), |unit| format!("{unit}/s")));
    }
    // a statistic after the unit: `cpu_percent_avg`
    let base = lower.rsplit_once('_').filter(|(_, last)| stat(last).is_some()).map_or(lower.as_str(), |(base, _)| base);
    suffix(base).or_else(|| known::unit_of_name(base)).map(str::to_owned)
}

/// The unit that the last word of a name is. `kb` and `mbps` are left out: both bits and bytes, 1000 and 1024 are written so.
fn suffix(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let last = name.rsplit('_').next()?;
    if last == name && !["bytes", "octets", "percent", "seconds"].contains(&last) {
        let octets = name.ends_with("octets").then_some("bytes");
        return octets.or_else(|| name.ends_with("bytes").then_some("bytes"));
    }
    let known = [
        ("bytes", "bytes"),
        ("octets", "bytes"),
        ("byte", "bytes"),
        ("pct", "percent"),
        ("percent", "percent"),
        ("percentage", "percent"),
        ("perc", "percent"),
        ("ratio", "ratio"),
        ("seconds", "seconds"),
        ("secs", "seconds"),
        ("ms", "ms"),
        ("msec", "ms"),
        ("millis", "ms"),
        ("milliseconds", "ms"),
        ("kib", "KiB"),
        ("mib", "MiB"),
        ("gib", "GiB"),
        ("tib", "TiB"),
        ("cores", "cores"),
        ("millicores", "millicores"),
        ("hz", "hertz"),
        ("hertz", "hertz"),
        ("mhz", "MHz"),
        ("ghz", "GHz"),
        ("kwh", "kWh"),
        ("mwh", "MWh"),
        ("gwh", "GWh"),
        ("watts", "watts"),
        ("celsius", "celsius"),
        ("rps", "requests/s"),
    ];
    known.iter().find(|(ending, _)| *ending == last).map(|(_, unit)| *unit)
}

/// The kind that a name or its unit states: totals count, shares and rates are gauges. Objects of the interface MIB are counters
/// by RFC 2863.
pub(super) fn kind(name: &str, unit: Option<&str>) -> Option<Kind> {
    let interface = name.starts_with("ifIn") || name.starts_with("ifOut") || name.starts_with("ifHC");
    if interface && ["Octets", "Pkts", "Discards", "Errors"].iter().any(|ending| name.ends_with(ending)) {
        return Some(Kind::Counter);
    }
    known::kind_of_name(name).or_else(|| {
        let base = unit.map(|unit| canonical(unit).0)?;
        (["percent", "ratio"].contains(&base.as_str()) || base.ends_with("/s")).then_some(Kind::Gauge)
    })
}

/// The statistic that a word states without doubt. `sum`, `total`, `count` and `last` are names of things as well.
pub(super) fn stat(word: &str) -> Option<Stat> {
    let sure = [Stat::Average, Stat::Minimum, Stat::Maximum, Stat::P95, Stat::P99];
    Stat::named(word).filter(|found| sure.contains(found))
}

/// The word for a statistic that a name begins or ends with: `cpu_avg`, `Max CPU`.
pub(super) fn stat_word(name: &str) -> Option<String> {
    let name = name.split(['[', '(']).next().unwrap_or(name);
    let words = words(name);
    let ends = [words.last(), words.first()];
    ends.into_iter().flatten().find(|word| stat(word).is_some()).cloned()
}

/// The name that is nearest to `seen`, when it is near.
pub(super) fn nearest<'n>(seen: &str, names: &'n [String]) -> Option<&'n String> {
    let seen = seen.to_lowercase();
    let short = |name: &&String| name.len() <= 64 && seen.len() <= 64;
    let apart = |name: &&String| distance(&seen, &name.to_lowercase());
    let near = names.iter().filter(short).min_by_key(apart)?;
    (apart(&near) <= seen.chars().count().max(3) / 3).then_some(near)
}

/// Letters to insert, remove or change from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_in_brackets_or_at_the_end_of_a_name() {
        for (name, expected) in [
            ("CPU-Auslastung [%]", Some("%")),
            ("net (kB/s)", Some("kB/s")),
            ("load (15 minutes)", None),
            ("energy [MWh]", Some("MWh")),
            ("cpu_pct", Some("percent")),
            ("mem_avail_mib", Some("MiB")),
            ("rx_bytes_per_s", Some("bytes/s")),
            ("requests_per_second", Some("1/s")),
            ("cpu_percent_avg", Some("percent")),
            ("node_network_receive_bytes_total", Some("bytes")),
            ("ifInOctets", Some("bytes")),
            ("latency_ms", Some("ms")),
            ("requests", None),
            ("items", None),
        ] {
            assert_eq!(unit(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn statistics_are_told_by_the_first_or_last_word() {
        assert_eq!((stat_word("cpu_avg").as_deref(), stat_word("Max CPU [%]").as_deref()), (Some("avg"), Some("max")));
        assert_eq!((stat_word("requests_total"), stat_word("maxmemory")), (None, None));
    }

    #[test]
    fn numbers_in_columns_of_names_are_names() {
        assert!(names_things("vm_id") && names_things("machineId") && names_things("port") && names_things("Host"));
        assert!(!names_things("cpu_pct") && !names_things("ids_total") && !names_things("value"));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["timestamp".to_owned(), "host".to_owned()];
        assert_eq!((nearest("TimeStamp", &names), nearest("machine", &names)), (Some(&names[0]), None));
    }

    #[test]
    fn parts_of_dates_are_told_by_their_whole_name() {
        let parts = ["year", "Quarter", "month", "week", "day_of_week", "DayOfWeek", "hour"];
        assert!(parts.iter().all(|name| date_part(name).is_some()));
        assert!(
            ["requests", "week_total", "hours", "visits_per_day", "year_to_date"].iter().all(|name| date_part(name).is_none())
        );
        assert!(!date_part("quarter").unwrap().contains(&812.0), "a column of that name with other numbers is kept");
    }
}
