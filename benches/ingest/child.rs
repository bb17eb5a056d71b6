//! What a process of its own does, to be measured from outside: see `benches/peers/ingest.py` for what it prints.

use std::io::Write;
use std::path::Path;

use plimsoll::formats::{Bins, Input, Options, bins};
use plimsoll::time::Step;

const NANOS: i64 = 1_000_000_000;

/// `csv PATH`: hourly bins of all series of a table; prints the sample.
pub fn run(args: &[String]) {
    let [what, path] = args else { panic!("expected what to read, and where") };
    assert_eq!(what, "csv");
    let bins = bins(&Input::file(Path::new(path)), &Options::default(), Step::HOUR);
    show(&bins.unwrap_or_else(|problems| panic!("{}", problems[0])));
}

/// Hosts whose name ends in 7, the hour from 13:00 UTC of each day.
fn show(bins: &Bins) {
    let mut lines = Vec::new();
    for (series, bins) in bins.reading.series.iter().zip(&bins.bins) {
        let host = &series.id.labels["host"];
        for (at, bin) in bins.iter().filter(|bin| host.ends_with('7') && bin.0 / NANOS % 86_400 == 13 * 3_600) {
            let (metric, at) = (&series.id.metric, at / NANOS);
            lines.push((
                host,
                metric,
                at,
                format!("{host},{metric},{at},{},{:?},{:?},{:?}", bin.count, bin.mean, bin.max, bin.p95),
            ));
        }
    }
    lines.sort();
    let mut out = std::io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.3)).expect("stdout is open");
}
