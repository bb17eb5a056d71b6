//! Logs of the Windows performance data helper (`typeperf`, `relog`, Performance Monitor) and of `esxtop -b`, which writes the same:
//! the first header cell names the format, the zone and its bias; each other is a counter's path `\\HOST\Object(instance)\Counter`.
//!
//! Traps: stamps are local and `MM/DD/YYYY` whatever the system's language; the bias (minutes from local time to UTC) is the one of the
//! moment when the log was opened or of winter, so it does not hold across a change to summer time; the first sample of a rate is a
//! blank; values are formatted, so counters are already rates. A log that was appended to has further headers.
//! Documented by Microsoft (PDH log files, counter paths) and Broadcom (resxtop batch mode).

use std::collections::BTreeSet;

use csv::ByteRecord;

use super::records::{Faults, Records, cut, push_row};
use crate::formats::{Clock, Head, Identity, Input, NANOS, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::Kind;

/// Reads performance logs.
pub(super) const PARSER: Parser =
    Parser { format: "pdh-csv", says: "a performance log of Windows (typeperf, relog) or esxtop -b", recognise, read };

/// Zones as Windows calls them in winter, without `Standard Time`, and their names in the tz database (CLDR's `windowsZones`).
const WINDOWS_ZONES: &[(&str, &str)] = &[
    ("AUS Eastern", "Australia/Sydney"),
    ("Alaskan", "America/Anchorage"),
    ("Arabian", "Asia/Dubai"),
    ("Argentina", "America/Argentina/Buenos_Aires"),
    ("Canada Central", "America/Regina"),
    ("Cen. Australia", "Australia/Adelaide"),
    ("Central", "America/Chicago"),
    ("Central Europe", "Europe/Budapest"),
    ("Central European", "Europe/Warsaw"),
    ("China", "Asia/Shanghai"),
    ("Coordinated Universal Time", "UTC"),
    ("E. Europe", "Europe/Chisinau"),
    ("E. South America", "America/Sao_Paulo"),
    ("Eastern", "America/New_York"),
    ("FLE", "Europe/Kyiv"),
    ("GMT", "Europe/London"),
    ("GTB", "Europe/Bucharest"),
    ("Greenwich", "Atlantic/Reykjavik"),
    ("Hawaiian", "Pacific/Honolulu"),
    ("India", "Asia/Kolkata"),
    ("Israel", "Asia/Jerusalem"),
    ("Korea", "Asia/Seoul"),
    ("Mountain", "America/Denver"),
    ("New Zealand", "Pacific/Auckland"),
    ("Pacific", "America/Los_Angeles"),
    ("Romance", "Europe/Paris"),
    ("Russian", "Europe/Moscow"),
    ("SA Pacific", "America/Bogota"),
    ("SE Asia", "Asia/Bangkok"),
    ("Singapore", "Asia/Singapore"),
    ("South Africa", "Africa/Johannesburg"),
    ("Taipei", "Asia/Taipei"),
    ("Tokyo", "Asia/Tokyo"),
    ("Turkey", "Europe/Istanbul"),
    ("US Eastern", "America/Indiana/Indianapolis"),
    ("US Mountain", "America/Phoenix"),
    ("UTC", "UTC"),
    ("W. Australia", "Australia/Perth"),
    ("W. Europe", "Europe/Berlin"),
];

fn recognise(head: &Head) -> Option<String> {
    let text = match head.bytes[..] {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => head.text.chars().filter(|c| *c != '\0' && *c != '\u{FFFD}').take(200).collect(),
        _ => head.text.chars().take(200).collect::<String>(),
    };
    let start = text.trim_start().trim_start_matches('"');
    let found = ["(PDH-CSV ", "(PDH-TSV "].iter().find(|mark| start.starts_with(**mark))?;
    Some(format!("the header begins with `{}`", found.trim_end()))
}

/// What the first header cell says of the times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Zoned {
    /// The zone's name as written.
    name: String,
    /// Minutes from local time to UTC: −60 where clocks are an hour ahead.
    bias: Option<i64>,
}

impl Zoned {
    /// Reads `(PDH-CSV 4.0) (W. Europe Standard Time)(-60)`.
    fn read(cell: &str) -> Self {
        let rest = cell.split_once(") ").map_or("", |(_, rest)| rest);
        let (name, bias) = rest.rsplit_once('(').unwrap_or((rest, ""));
        let name = name.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
        Self { name, bias: bias.trim_end_matches(')').trim().parse().ok().filter(|bias: &i64| bias.abs() <= 24 * 60) }
    }

    /// The name in the tz database.
    fn known(&self) -> Option<&'static str> {
        let name = ["Standard Time", "Daylight Time", "Summer Time"].iter().find_map(|end| self.name.strip_suffix(end));
        let name = name.unwrap_or(&self.name).trim();
        WINDOWS_ZONES.iter().find(|(windows, _)| *windows == name).map(|(_, zone)| *zone)
    }
}

/// How local stamps become instants.
struct Times {
    clock: Clock,
    /// Nanoseconds to add to local times, where neither the user nor a known name gives a zone.
    bias: Option<i64>,
}

impl Times {
    fn new(zoned: &Zoned, options: &Options, reading: &mut Reading<'_>) -> Self {
        let clock = Clock::new(options);
        if options.zone.is_some() {
            Self::compare(zoned, options, reading);
            return Self { clock, bias: None };
        }
        if let Some(zone) = zoned.known() {
            if zone != "UTC" {
                reading.note("named-zone", 1, || format!("the header names `{}`: times are taken in {zone}", zoned.name));
                reading.ask(3, "--tz", format!("Are the times in {zone}, as the header's `{}` says?", zoned.name));
            }
            return Self { clock: clock.or_named(zone), bias: None };
        }
        let bias = zoned.bias.map(|minutes| minutes * 60 * NANOS);
        if let Some(minutes) = zoned.bias.filter(|minutes| *minutes != 0) {
            reading.warn("zone-by-bias", 1, || {
                format!(
                    "the zone `{}` is not known: its bias of {minutes} min is taken for all times, summer time is not",
                    zoned.name
                )
            });
            reading.ask(1, "--tz", format!("Which zone is `{}`? Its bias of {minutes} min is assumed.", zoned.name));
        }
        Self { clock, bias }
    }

    /// Warns when the declared zone never has the offset that the header states.
    fn compare(zoned: &Zoned, options: &Options, reading: &mut Reading<'_>) {
        let (Some(zone), Some(bias)) = (&options.zone, zoned.bias) else { return };
        // Both halves of a year: whichever has summer time.
        let same = [1_767_225_600, 1_782_864_000].iter().any(|local| {
            matches!(zone.offsets_of_local(*local), jiff::tz::AmbiguousOffset::Unambiguous { offset }
                if i64::from(offset.seconds()) == -bias * 60)
        });
        if !same {
            reading.warn("zone-mismatch", 1, || {
                format!(
                    "the header says `{}` with a bias of {bias} min, which {} never has: the declared zone is taken",
                    zoned.name,
                    zone.name()
                )
            });
        }
    }

    fn instant(&mut self, stamp: Stamp, line: u64, reading: &mut Reading<'_>) -> Option<i64> {
        let stamp = match (stamp, self.bias) {
            (Stamp::Local(local), Some(bias)) => Stamp::Instant(local.saturating_add(bias)),
            (stamp, _) => stamp,
        };
        self.clock.instant(0, stamp, line, reading)
    }
}

/// Splits a counter's path `\\HOST\Object(instance)\Counter`. Instances may hold backslashes and brackets themselves.
fn path(text: &str) -> Identity {
    let (host, rest) = match text.strip_prefix("\\\\") {
        Some(rest) => rest.split_once('\\').unwrap_or((rest, "")),
        None => ("", text.trim_start_matches('\\')),
    };
    let (object, instance, counter) = match (rest.rfind(")\\"), rest.find('(')) {
        (Some(close), Some(open)) if open < close => (&rest[..open], &rest[open + 1..close], &rest[close + 2..]),
        _ => {
            let (object, counter) = rest.split_once('\\').unwrap_or(("", rest));
            (object, "", counter)
        }
    };
    Identity::named(counter).with("host", host).with("object", object).with("instance", instance)
}

/// The unit that a counter's name states.
fn unit_of(counter: &str) -> Option<&'static str> {
    let lower = counter.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let has = |word: &str| words.contains(&word);
    if lower.contains('%') || has("percent") {
        return Some("percent");
    }
    let rate = lower.ends_with("/sec") || lower.ends_with("/s") || lower.ends_with("/second") || lower.ends_with(" per second");
    let sizes = [
        (["bytes", "byte"], "bytes", "bytes/s"),
        (["kbytes", "kb"], "KiB", "KiB/s"),
        (["mbytes", "mb"], "MiB", "MiB/s"),
        (["kilobytes", "kibibytes"], "KiB", "KiB/s"),
        (["megabytes", "mebibytes"], "MiB", "MiB/s"),
        (["gbytes", "gigabytes"], "GiB", "GiB/s"),
        (["mbits", "megabits"], "", "Mbit/s"),
    ];
    for (names, size, speed) in sizes {
        if names.iter().any(|name| has(name)) {
            return Some(if rate { speed } else { size }).filter(|unit| !unit.is_empty());
        }
    }
    if rate {
        return Some("1/s");
    }
    if lower.contains("millisec") || has("ms") {
        return Some("ms");
    }
    if lower.contains("sec/") || lower == "elapsed time" || lower == "system up time" {
        return Some("seconds");
    }
    match lower.as_str() {
        "working set" | "working set peak" | "working set - private" | "commit limit" | "system cache resident bytes" => {
            Some("bytes")
        }
        "current bandwidth" => Some("bit/s"),
        "processor frequency" => Some("MHz"),
        _ => None,
    }
}

/// The columns of one header: where their samples go.
struct Table {
    header: Vec<String>,
    places: Vec<usize>,
}

impl Table {
    fn new(records: &Records<'_>, record: &ByteRecord, line: u64, reading: &mut Reading<'_>) -> Self {
        let mut header: Vec<String> = record.iter().map(|cell| records.text(cell).into_owned()).collect();
        // Some tools end each line with a separator.
        header.truncate(header.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
        let (mut places, mut seen) = (Vec::with_capacity(header.len()), BTreeSet::new());
        let first = reading.columns.is_empty();
        for (index, name) in header.iter().enumerate() {
            if first {
                reading.columns.push((name.clone(), if index == 0 { "time" } else { "value" }.to_owned()));
            }
            if index == 0 {
                continue;
            }
            let mut identity = path(name);
            let unit = unit_of(&identity.metric);
            if !seen.insert(identity.clone()) {
                reading.note("duplicate-column", line, || {
                    format!("columns of the same counter (`{}`): told apart by label `column`", cut(name))
                });
                identity = identity.with("column", &(index + 1).to_string());
            }
            let place = reading.series(identity);
            reading.kind(place, Kind::Gauge);
            reading.unit(place, unit.unwrap_or_default());
            places.push(place);
        }
        Self { header, places }
    }
}

fn is_header(text: &str) -> bool {
    text.starts_with("(PDH-")
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let tabs = input.head()?.text.trim_start().trim_start_matches('"').starts_with("(PDH-TSV");
    let mut records = Records::open(input, options, if tabs { b'\t' } else { b',' })?;
    let (mut record, mut faults) = (ByteRecord::new(), Faults::new(input, options));
    let mut now: Option<(Table, Times)> = None;
    while let Some(line) = records.next(&mut record)? {
        let first = records.text(record.get(0).unwrap_or_default());
        if is_header(&first) {
            let times = Times::new(&Zoned::read(&first), options, reading);
            now = Some((Table::new(&records, &record, line, reading), times));
            continue;
        }
        let Some((table, times)) = &mut now else {
            reading.note("text-before", line, || format!("lines before the header (`{}`): left out", cut(&first)));
            continue;
        };
        let stamp = ["%m/%d/%Y %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].iter().find_map(|form| Stamp::by_pattern(&first, form));
        let Some(stamp) = stamp else {
            // typeperf ends with sentences on the console
            if record.len() < table.header.len() && first.starts_with(char::is_alphabetic) {
                reading.note("text-after", line, || format!("lines that are no samples (`{}`): left out", cut(&first)));
                continue;
            }
            let message = format!("saw the time `{}`, expected MM/DD/YYYY HH:MM:SS", cut(&first));
            faults.row("ingest/bad-time", line, message, "try relog to write the log again", reading);
            continue;
        };
        if record.len() < table.header.len() || record.iter().skip(table.header.len()).any(|field| !field.trim_ascii().is_empty())
        {
            let message = format!("saw {} fields, expected {} as in the header", record.len(), table.header.len());
            faults.row("ingest/ragged-row", line, message, "try --on-invalid skip if the log was cut off", reading);
            continue;
        }
        let Some(at) = times.instant(stamp, line, reading) else { continue };
        push_row((&records, &record), (at, line), (&table.places, &table.header), &mut faults, reading)?;
    }
    faults.finish(reading)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    fn reading(text: &str, options: &Options) -> Reading<'static> {
        let (input, mut reading) = (Input::memory("t.csv", text.into()), Reading::default());
        assert!(recognise(&input.head().unwrap()).is_some());
        read(&input, options, &mut reading).unwrap();
        reading
    }

    #[test]
    fn paths_with_brackets_and_backslashes_in_the_instance_are_split() {
        let of = |text: &str| {
            let id = path(text);
            let label = |name: &str| id.labels.get(name).cloned().unwrap_or_default();
            [label("host"), label("object"), label("instance"), id.metric.clone()].join("|")
        };
        assert_eq!(of(r"\\A\Memory\Available Bytes"), "A|Memory||Available Bytes");
        assert_eq!(of(r"\\A\Paging File(\??\C:\pagefile.sys)\% Usage"), r"A|Paging File|\??\C:\pagefile.sys|% Usage");
        assert_eq!(of(r"\\A\Network Interface(Intel(R) 10G)\Bytes Sent/sec"), "A|Network Interface|Intel(R) 10G|Bytes Sent/sec");
        assert_eq!(of(r"\\e1\Group Cpu(1:idle)\% Used"), "e1|Group Cpu|1:idle|% Used");
        assert_eq!(
            of(r"\\A\SQLServer:Memory Manager\Total Server Memory (KB)"),
            "A|SQLServer:Memory Manager||Total Server Memory (KB)"
        );
        assert_eq!(of(r"\Memory\Pages/sec"), "|Memory||Pages/sec");
    }

    #[test]
    fn units_are_those_of_well_known_counters() {
        let known = [
            ("% Processor Time", "percent"),
            ("Disk Read Bytes/sec", "bytes/s"),
            ("Avg. Disk Bytes/Read", "bytes"),
            ("Avg. Disk sec/Read", "seconds"),
            ("Available MBytes", "MiB"),
            ("Free Megabytes", "MiB"),
            ("Page Faults/sec", "1/s"),
            ("Working Set - Private", "bytes"),
            ("MBits Received/sec", "Mbit/s"),
            ("MBytes Read/sec", "MiB/s"),
            ("Average Guest MilliSec/Command", "ms"),
            ("Total Server Memory (KB)", "KiB"),
            ("Prozessorzeit (%)", "percent"),
            ("Current Bandwidth", "bit/s"),
        ];
        for (counter, unit) in known {
            assert_eq!(unit_of(counter), Some(unit), "{counter}");
        }
        assert_eq!(unit_of("Current Disk Queue Length"), None);
    }

    #[test]
    fn a_known_zone_follows_summer_time_and_an_unknown_one_its_bias() {
        let text = |zone: &str| {
            format!("\"(PDH-CSV 4.0) ({zone})(-60)\",\"\\\\A\\Memory\\Available Bytes\"\r\n\"09/03/2017 16:11:11.604\",\"1\"\r\n")
        };
        let hour = |text: &str, options: &Options| {
            let reading = reading(text, options);
            let kinds: Vec<&str> = reading.findings.iter().map(|finding| finding.kind).collect();
            (reading.series[0].at[0] / NANOS % 86_400 / 3_600, kinds.join(" "))
        };
        let options = Options::default();
        assert_eq!(hour(&text("W. Europe Standard Time"), &options), (14, "named-zone".to_owned()));
        assert_eq!(hour(&text("Mitteleuropäische Zeit"), &options), (15, "zone-by-bias".to_owned()));
        let tokyo = Options { zone: Some(Zone::named("Asia/Tokyo").unwrap()), ..Options::default() };
        assert_eq!(hour(&text("W. Europe Standard Time"), &tokyo), (7, "zone-mismatch".to_owned()));
    }

    #[test]
    fn esxtop_in_utc_repeated_headers_and_words_of_the_console_are_read() {
        let one = "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\e1\\Physical Cpu(_Total)\\% Util Time\"\n\"11/23/2026 05:47:04\",\"12.5\"\n";
        let reading = reading(&format!("\r\n{one}{one}\r\nThe command completed successfully.\r\n"), &Options::default());
        assert_eq!((reading.series.len(), reading.series[0].at.len()), (1, 2));
        assert_eq!(reading.series[0].at[0], 1_795_412_824 * NANOS);
        assert!(reading.questions.is_empty());
        assert_eq!(reading.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>(), ["text-after"]);
    }

    #[test]
    fn a_log_in_utf16_is_read() {
        let text =
            "\u{FEFF}\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\A\\Memory\\Available Bytes\"\r\n\"11/23/2026 05:47:04.000\",\" \"\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (input, mut reading) = (Input::memory("t.csv", bytes), Reading::default());
        assert!(recognise(&input.head().unwrap()).is_some());
        read(&input, &Options::default(), &mut reading).unwrap();
        assert_eq!(reading.series[0].missing, 1);
    }
}
