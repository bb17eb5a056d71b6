//! collectd's CSV plugin: one file for each value list and day, at `HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]-YYYY-MM-DD`.
//!
//! Everything but the numbers stands in the path. Times are seconds since 1970 with milliseconds. With `StoreRates false` counters are
//! written as they are, without decimals; with `StoreRates true` (the default since version 5) they are rates per second with
//! decimals, and the first row, which has no rate yet, is `nan`. Gauges always have decimals. So how a number is printed tells which it
//! is; what a type is in the first place is told by collectd's `types.db`. Specification: collectd.conf(5), types.db(5).

use super::collectd_types::{self, Source};
use super::faults::Faults;
use super::lines::Lines;
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::{Kind, TimeForm};

type Problems = Vec<Problem>;

/// collectd's CSV plugin.
pub(super) const COLLECTD_CSV: Parser = Parser { format: "collectd-csv", says: "collectd's CSV plugin", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    head.first_line().strip_prefix("epoch,")?;
    let name = head.path.file_name()?.to_string_lossy().into_owned();
    if split_date(plain(&name)).is_some() {
        return Some("its header begins with epoch, its name ends with a date".to_owned());
    }
    // renamed: then the milliseconds
    let row = head.lines().nth(1)?;
    let (seconds, fraction) = row.split(',').next()?.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let stamped = (9..=10).contains(&seconds.len()) && fraction.len() == 3 && digits(seconds) && digits(fraction);
    stamped.then(|| "its header begins with epoch, its times are seconds with three decimals".to_owned())
}

/// A name without the endings that packers and users add.
fn plain(name: &str) -> &str {
    ["gz", "zst", "csv", "txt"]
        .iter()
        .fold(name, |name, ending| name.strip_suffix(ending).and_then(|name| name.strip_suffix('.')).unwrap_or(name))
}

/// `type-instance` of `type-instance-2026-11-23`.
fn split_date(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(11)?;
    let (rest, date) = (name.get(..at)?, name.get(at..)?);
    let dashed =
        date.bytes().enumerate().all(|(at, byte)| if matches!(at, 0 | 5 | 8) { byte == b'-' } else { byte.is_ascii_digit() });
    (dashed && !rest.is_empty()).then_some(rest)
}

/// What the path says: the type, and labels for host, plugin and instances.
fn identity(input: &Input) -> Identity {
    let name = input.name();
    let name = plain(&name);
    let (kind, instance) = parted(split_date(name).unwrap_or(name));
    let mut above =
        input.path().parent().into_iter().flat_map(|folder| folder.components().rev()).filter_map(|part| match part {
            std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
    let (plugin, host) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
    let (plugin, plugin_instance) = parted(&plugin);
    Identity::named(kind)
        .with("type_instance", instance)
        .with("plugin", plugin)
        .with("plugin_instance", plugin_instance)
        .with("host", &host)
}

/// A name and its instance, at the first dash.
fn parted(name: &str) -> (&str, &str) {
    name.split_once('-').unwrap_or((name, ""))
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut lines = Lines::of(input, options)?;
    let mut faults = Faults::of(input, options);
    let mut clock = Clock::new(options);
    let base = identity(input);
    let source = collectd_types::source(&base.metric);
    let mut places: Vec<usize> = Vec::new();
    let mut decimals: Option<bool> = None;
    while let Some((line, text)) = lines.next()? {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let [stamp, values @ ..] = &fields[..] else { continue };
        if *stamp == "epoch" {
            let of = |name: &&str| if *name == "value" { base.clone() } else { base.clone().with("ds", name) };
            places = values.iter().map(|name| reading.placed(of(name), None, None)).collect();
            continue;
        }
        if text.trim().is_empty() {
            continue;
        }
        if values.len() != places.len() {
            faults.ragged(reading, line, fields.len(), places.len() + 1);
            continue;
        }
        let number = stamp.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let Some(stamp) = Stamp::parse(stamp, &TimeForm::Epoch { per_second: 1 }).filter(|_| number) else {
            faults.bad_time(reading, line, stamp);
            continue;
        };
        let printed = values.iter().any(|value| !value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'));
        if decimals.is_none() || (decimals == Some(false) && printed) {
            decimals = Some(printed);
            mean(&base.metric, source, printed, &places, line, reading);
        }
        let Some(at) = clock.instant(0, stamp, line, reading) else { continue };
        let cells: Vec<(usize, &str)> = places.iter().copied().zip(values.iter().copied()).collect();
        faults.push_row(reading, at, &cells, line)?;
    }
    faults.end()
}

/// Sets kind and unit of the series, by the type and by how its numbers are printed.
fn mean(metric: &str, source: Option<Source>, decimals: bool, places: &[usize], line: u64, reading: &mut Reading<'_>) {
    let rate = decimals && matches!(source, Some(Source::Counted | Source::Absolute));
    let kind = match (source, decimals) {
        (_, true) | (Some(Source::Gauge), _) => Kind::Gauge,
        (Some(Source::Absolute), false) => Kind::Delta,
        _ => Kind::Counter,
    };
    if rate {
        reading.note("stored-rates", line, || "counters are stored as rates per second (StoreRates true)".to_owned());
    }
    if source.is_none() && decimals {
        let text = "types that are not in collectd's own types.db and have decimals: gauges, or rates of counters";
        reading.note("unknown-type", line, || text.to_owned());
    }
    let unit = collectd_types::unit(metric, rate);
    for place in places {
        reading.kind(*place, kind);
        reading.unit(*place, unit.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(path: &str, text: &str) -> Reading<'static> {
        crate::formats::read(&Input::memory(path, text.as_bytes().to_vec()), &Options::default()).unwrap()
    }

    #[test]
    fn rates_have_decimals_and_their_first_row_is_nan() {
        let text = "epoch,rx,tx\n1795412964.067,nan,nan\n1795412974.067,1048576.000000,12.500000\n";
        let reading = read_at("db1/interface-eth0/if_octets-2026-11-23", text);
        let rx = &reading.series[0];
        assert_eq!((rx.kind, rx.unit.as_deref(), rx.missing, rx.at.len()), (Some(Kind::Gauge), Some("bytes/s"), 1, 1));
        let labels: Vec<(&str, &str)> = rx.id.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(labels, [("ds", "rx"), ("host", "db1"), ("plugin", "interface"), ("plugin_instance", "eth0")]);
    }

    #[test]
    fn counters_are_whole_numbers_and_gauges_are_gauges_in_both_settings() {
        let reading = read_at("h/disk-sda/disk_ops-2026-11-23", "epoch,read,write\n1795412964.067,18446744073709551615,2\n");
        assert_eq!(
            (reading.series[0].kind, reading.series[0].values.at(0)),
            (Some(Kind::Counter), crate::formats::Number::Whole(u64::MAX))
        );
        let reading = read_at("h/memory/memory-used-2026-11-23", "epoch,value\n1795412964,7.000000\n");
        assert_eq!((reading.series[0].kind, reading.series[0].unit.as_deref()), (Some(Kind::Gauge), Some("bytes")));
        assert_eq!(reading.series[0].id.labels.get("type_instance").map(String::as_str), Some("used"));
    }

    #[test]
    fn a_file_alone_says_what_its_name_says() {
        let reading = read_at("percent-idle-2026-11-23.csv", "epoch,value\n1795412964.067,7.000000\n");
        assert_eq!(reading.series[0].id.to_string(), "percent{type_instance=\"idle\"}");
        let other = Input::memory("t.csv", b"epoch,value\n1795412964,7.0\n".to_vec());
        assert!(recognise(&other.head().unwrap()).is_none());
    }
}
