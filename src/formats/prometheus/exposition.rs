//! Exposition text of Prometheus (0.0.4) and OpenMetrics (1.0), as exporters, `/federate`, textfile collectors and `promtool` write it.
//!
//! The two look alike and differ where it hurts: times are whole MILLISECONDS in the one and SECONDS, with fractions, in the other;
//! OpenMetrics names a counter's family without `_total`, has `# UNIT`, exemplars after a `#`, and ends with `# EOF`, without which it
//! is cut off. A scrape mostly has no times at all: its instant has to be declared. See the exposition format page of Prometheus and
//! the OpenMetrics specification.

use std::collections::BTreeMap;

use super::super::{Clock, Head, Input, Number, Options, Problems, Reading, Stamp};
use super::exposition_types::Families;
use super::labels::{Quoting, is_metric_name, parse, split};
use super::lines::{LONGEST, each_line};
use super::naming::place;
use super::told::{Told, seen};
use crate::problem::Problem;
use crate::source::TimeForm;

/// A sample line, split.
struct Sample<'l> {
    key: &'l str,
    value: &'l str,
    time: Option<&'l str>,
    exemplar: bool,
}

/// Splits a sample line: name and labels, value, time where there is one, exemplar where there is one.
fn sample(line: &str) -> Result<Sample<'_>, String> {
    let (key, rest) = split(line).ok_or("saw labels that do not close, expected `}`")?;
    let (plain, exemplar) = rest.split_once('#').map_or((rest, false), |(plain, _)| (plain, true));
    // Newer writers add the start of a counter as `st@…`.
    let mut words = plain.split_whitespace().filter(|word| !word.starts_with("st@"));
    let value = words.next().ok_or_else(|| format!("saw `{}` without a value, expected one", seen(line)))?;
    let time = words.next();
    match words.next() {
        Some(more) if !value.starts_with('{') => {
            Err(format!("saw `{}` after value and time, expected the end of the line", seen(more)))
        }
        _ => Ok(Sample { key, value, time, exemplar }),
    }
}

/// What the first lines show.
#[derive(Default)]
struct Shown {
    declared: u64,
    open: Option<&'static str>,
    labelled: u64,
    /// Lines `name number` alone, the name in the manner of metrics.
    bare: u64,
    odd: bool,
    samples: u64,
    /// Times that are milliseconds by their size: the old text format, whatever its types are called.
    millis: bool,
}

fn show(head: &Head) -> Shown {
    let (mut shown, mut counters) = (Shown::default(), Vec::new());
    let whole = if head.bytes.len() < 1 << 16 { head.text.len() } else { head.text.rfind('\n').unwrap_or(0) };
    for line in head.text[..whole].lines().map(str::trim_end).filter(|line| !line.trim().is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            let words: Vec<&str> = comment.split_whitespace().take(3).collect();
            match words[..] {
                ["EOF"] => shown.open = Some("ends with `# EOF`"),
                ["UNIT", _, _] => shown.open = Some("has `# UNIT` lines"),
                ["TYPE", _, "unknown" | "info" | "stateset" | "gaugehistogram"] => shown.open = Some("has types of OpenMetrics"),
                ["TYPE", family, kind] => {
                    shown.declared += 1;
                    if kind == "counter" && !family.ends_with("_total") {
                        counters.push(format!("{family}_total"));
                    }
                }
                ["HELP", ..] => shown.declared += 1,
                _ => {}
            }
            continue;
        }
        match sample(line).ok().filter(|found| Number::parse(found.value).is_some()) {
            Some(found) => shown.take(&found, &counters),
            None => shown.odd = shown.samples == 0 || shown.odd,
        }
        if shown.samples > 200 || shown.odd {
            break;
        }
    }
    shown
}

impl Shown {
    fn take(&mut self, found: &Sample<'_>, counters: &[String]) {
        self.samples += 1;
        let (name, labels) = found.key.find('{').map_or((found.key, ""), |open| found.key.split_at(open));
        let named = is_metric_name(name.trim()) || name.is_empty() && labels.starts_with("{\"");
        self.odd |= !named || parse(found.key, Quoting::Exposition).is_err();
        self.labelled += u64::from(labels.contains("=\""));
        let words = name.trim_matches('_').contains(['_', ':']);
        self.bare += u64::from(words && labels.is_empty() && found.time.is_none() && !found.exemplar);
        if found.exemplar {
            self.open = Some("has exemplars");
        }
        self.millis |= found.time.is_some_and(|time| time.parse::<i64>().is_ok_and(|time| time > 100_000_000_000));
        let small = |time: &str| time.contains('.') || time.parse::<f64>().is_ok_and(|time| time > 0.0 && time < 1e11);
        if found.time.is_some_and(small) {
            self.open = Some("has times in seconds");
        }
        if counters.iter().any(|counter| counter == name) {
            self.open = Some("declares counters without `_total`");
        }
    }

    fn is_exposition(&self) -> bool {
        let bare = self.samples > 0 && self.bare == self.samples;
        !self.odd && (self.declared > 0 || self.labelled > 0 || bare || self.open == Some("ends with `# EOF`"))
    }
}

pub(super) fn recognise_open(head: &Head) -> Option<String> {
    let shown = show(head);
    let open = shown.open.filter(|_| shown.is_exposition() && !shown.millis)?;
    Some(format!("lines of samples as in exposition text; {open}, as OpenMetrics"))
}

pub(super) fn recognise_text(head: &Head) -> Option<String> {
    let shown = show(head);
    let why = match (shown.declared, shown.labelled) {
        (0, 0) => "lines `metric_name number`",
        (0, _) => "lines `name{label=\"value\"} number`",
        _ => "`# TYPE` or `# HELP` lines",
    };
    ((shown.open.is_none() || shown.millis) && shown.is_exposition()).then(|| why.to_owned())
}

pub(super) fn read_open(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    read(input, options, reading, true)
}

pub(super) fn read_text(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    read(input, options, reading, false)
}

/// The state between lines.
struct Scrape<'i> {
    input: &'i Input,
    open: bool,
    clock: Clock,
    families: Families,
    places: BTreeMap<String, usize>,
    told: Told<'i>,
    ended: bool,
    asked: bool,
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>, open: bool) -> Result<(), Problems> {
    let mut scrape = Scrape {
        input,
        open,
        clock: Clock::new(options),
        families: Families::default(),
        places: BTreeMap::new(),
        told: Told::new(input),
        ended: false,
        asked: false,
    };
    each_line(input, LONGEST, &mut |line, text| scrape.line(line, text.trim(), options, reading))?;
    if open && !scrape.ended {
        reading.warn("truncated", 0, || "the text does not end with `# EOF`: its end is missing".to_owned());
        reading.incomplete = Some("the text does not end with `# EOF`, as OpenMetrics has to".to_owned());
    }
    scrape.told.finish(reading, options)
}

impl Scrape<'_> {
    fn line(&mut self, line: u64, text: &str, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        if text.starts_with('#') {
            self.ended |= self.open && text == "# EOF";
            self.families.comment(text);
            return Ok(());
        }
        if self.ended {
            let after = || "lines stand after `# EOF`, as in texts put together: they are read".to_owned();
            reading.note("after-eof", line, after);
        }
        reading.rows += 1;
        let read = sample(text).and_then(|sample| {
            let number = Number::parse(sample.value);
            if number.is_none() && sample.value.starts_with('{') {
                return Ok((sample, None));
            }
            let number = number.ok_or_else(|| format!("saw `{}`, expected a number", seen(sample.value)))?;
            Ok((sample, Some(number)))
        });
        let (sample, number) = match read {
            Ok(read) => read,
            Err(message) => {
                self.told.invalid(reading, options, line, message);
                return Ok(());
            }
        };
        let Some(number) = number else {
            reading.warn("native-histogram", line, || "native histograms are not series of numbers: left out".to_owned());
            return Ok(());
        };
        if sample.exemplar {
            let text = || "exemplars are single examples beside the samples, not series: left out".to_owned();
            reading.note("exemplar", line, text);
        }
        let (place, at) = (self.place(&sample, line, options, reading), self.time(sample.time, line, options, reading));
        match (place, at) {
            (Some(place), Some(at)) => reading.push(place, at, number, line),
            _ => Ok(()),
        }
    }

    /// The series of a line; its labels are read once.
    fn place(&mut self, sample: &Sample<'_>, line: u64, options: &Options, reading: &mut Reading<'_>) -> Option<usize> {
        if let Some(place) = self.places.get(sample.key) {
            return Some(*place);
        }
        match parse(sample.key, Quoting::Exposition) {
            Ok(pairs) => {
                let place = place(reading, pairs.iter().map(|(label, value)| (label.as_str(), value.as_str())));
                let metric = reading.series[place].id.metric.clone();
                self.families.apply(reading, place, &metric);
                self.places.insert(sample.key.to_owned(), place);
                Some(place)
            }
            Err(message) => {
                self.told.invalid(reading, options, line, message);
                None
            }
        }
    }

    fn time(&mut self, time: Option<&str>, line: u64, options: &Options, reading: &mut Reading<'_>) -> Option<i64> {
        let Some(text) = time else {
            if options.at.is_none() && !self.asked {
                self.asked = true;
                let message = "saw samples without a time, as a scrape has them, expected the instant of the scrape";
                let problem = self.input.problem("ingest/needs-instant", message).at_line(line);
                self.told.add(problem.help("try --at with the instant of the snapshot"));
            }
            return options.at;
        };
        let per_second = if self.open { 1 } else { 1_000 };
        let Some(stamp) = Stamp::parse(text, &TimeForm::Epoch { per_second }) else {
            self.told.invalid(reading, options, line, format!("saw `{}`, expected a time as a number since 1970", seen(text)));
            return None;
        };
        let at = self.clock.instant(0, stamp, line, reading)?;
        // Seconds read as milliseconds end up in January 1970.
        if !self.open && at < 100_000_000 * super::super::NANOS {
            let message = || "times before 1973: they may be seconds, as in OpenMetrics, not milliseconds".to_owned();
            reading.warn("time-unit", line, message);
            reading.ask(1, "--format", "Are the times seconds (--format openmetrics)? Milliseconds are assumed.");
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{RawSeries, read as read_any};
    use super::*;
    use crate::source::Kind;

    fn of(text: &str) -> (&'static str, Reading<'static>) {
        let options = Options { at: Some(1_700_000_000_000_000_000), ..Options::default() };
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &options).unwrap();
        (reading.format, reading)
    }

    fn kinds(series: &[RawSeries]) -> Vec<(String, Option<Kind>, Option<&str>)> {
        series.iter().map(|one| (one.id.to_string(), one.kind, one.unit.as_deref())).collect()
    }

    #[test]
    fn seconds_in_openmetrics_and_milliseconds_in_text_are_the_same_instant() {
        let (open, a) = of("# TYPE a gauge\na{b=\"c\"} 1 1700000000.5\n# EOF\n");
        let (text, b) = of("# TYPE a gauge\na{b=\"c\"} 1 1700000000500\n");
        assert_eq!((open, text, &a.series[0].at), ("openmetrics", "prometheus-text", &b.series[0].at));
        let (mixed, c) = of("# TYPE a unknown\na{b=\"c\"} 1 1700000000500\n");
        assert_eq!((mixed, &c.series[0].at), ("prometheus-text", &b.series[0].at));
    }

    #[test]
    fn openmetrics_without_its_end_is_incomplete() {
        let (format, reading) = of("# TYPE a counter\na_total 5 1700000000\na_total 6 1700000060\n");
        assert_eq!((format, reading.findings[0].kind), ("openmetrics", "truncated"));
        assert!(reading.incomplete.is_some());
    }

    #[test]
    fn histograms_summaries_and_created_have_their_own_kinds_and_units() {
        let text = "# TYPE h histogram\n# UNIT h seconds\nh_bucket{le=\"+Inf\"} 3 # {trace=\"x}\"} 0.5 1\nh_sum 1.5\nh_created 17e8\n\
                    # TYPE s summary\ns{quantile=\"0.5\"} NaN\ns_count 4\n# TYPE g info\ng_info{v=\"1\"} 1\n# EOF\n";
        let (_, reading) = of(text);
        let seen = kinds(&reading.series);
        let expected = [
            ("h_bucket{le=\"+Inf\"}", Some(Kind::Counter), None),
            ("h_sum", Some(Kind::Counter), Some("seconds")),
            ("h_created", Some(Kind::Gauge), Some("seconds")),
            ("s{quantile=\"0.5\"}", Some(Kind::Gauge), None),
            ("s_count", Some(Kind::Counter), None),
            ("g_info{v=\"1\"}", Some(Kind::Gauge), None),
        ];
        assert_eq!(seen, expected.map(|(name, kind, unit)| (name.to_owned(), kind, unit)));
        assert_eq!((reading.series[3].missing, reading.findings[0].kind), (1, "exemplar"));
    }

    #[test]
    fn a_scrape_without_times_asks_for_its_instant_once_and_bad_lines_are_all_told() {
        let text = b"# TYPE a gauge\na 1\na{b=\"c\"} x\na{b=\"c} 2\na 3\n".to_vec();
        let problems = read_any(&Input::memory("a", text), &Options::default()).err().unwrap();
        let told: Vec<_> = problems.iter().map(|problem| (problem.slug, problem.line)).collect();
        let bad = "ingest/malformed";
        assert_eq!(told, [("ingest/needs-instant", Some(2)), (bad, Some(3)), (bad, Some(4))]);
    }

    #[test]
    fn other_line_formats_are_not_taken() {
        for text in [
            "cpu,host=a value=1 1700000000\n",
            "servers.web.cpu 12 1700000000\n",
            "cpu 12 1700000000\n",
            "# a\n1,2\n",
            "cpu_load 12 1700000000\n",
            "a_b 1\nc 2\n",
        ] {
            let head = Input::memory("a", text.as_bytes().to_vec()).head().unwrap();
            assert_eq!((recognise_open(&head), recognise_text(&head)), (None, None), "{text}");
        }
    }
}
