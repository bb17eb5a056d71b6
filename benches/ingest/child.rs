//! What a process of its own does, to be measured from outside: see `benches/peers/ingest.py` for what it prints.

use std::io::Write;
use std::path::Path;

use plimsoll::formats::{Bins, Input, NANOS, Options, Reading, bins};
use plimsoll::ingest::store::{HourBin, Place, Select, Store, Writer, ingest};
use plimsoll::source::OnDuplicate;
use plimsoll::time::Step;

/// `csv PATH`: hourly bins of all series of a table. `ingest PATH FOLDER`: the table into a store. `store FOLDER`: hourly bins of
/// all series of a store. What has bins prints the sample.
pub fn run(args: &[String]) {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["csv", path] => from_table(Path::new(path)),
        ["ingest", path, folder] => into_store(Path::new(path), Path::new(folder)),
        ["store", folder] => from_store(Path::new(folder)),
        _ => panic!("expected csv PATH, ingest PATH FOLDER or store FOLDER"),
    }
}

fn from_table(path: &Path) {
    let Bins { reading, bins, .. } =
        bins(&Input::file(path), &Options::default(), Step::HOUR).unwrap_or_else(|told| panic!("{}", told[0]));
    let mut sample = Sample::default();
    for (series, bins) in reading.series.iter().zip(&bins) {
        for (at, bin) in bins {
            let hour = at / (3_600 * NANOS);
            let bin = HourBin { hour, count: bin.count, mean: bin.mean, max: bin.max, p95: bin.p95 };
            sample.add(&series.id.labels["host"], &series.id.metric, &bin);
        }
    }
    sample.show();
}

fn into_store(path: &Path, folder: &Path) {
    let mut writer = Writer::open(folder).unwrap_or_else(|told| panic!("{told}"));
    let places = [Place::Path(path.to_owned())];
    let nothing = &mut |_: &str, _: &mut Reading<'_>| Ok(());
    let told = ingest(&mut writer, &places, &Options::default(), nothing, &mut |_, receipt| receipt.is_ok());
    told.unwrap_or_else(|told| panic!("{told}"));
}

fn from_store(folder: &Path) {
    let store = Store::open(folder).unwrap_or_else(|told| panic!("{told}"));
    let mut sample = Sample::default();
    let hourly = store.hourly(&Select::default(), OnDuplicate::Error, &mut |entry, bins| {
        for bin in bins {
            sample.add(&entry.labels["host"], &entry.metric, bin);
        }
        Ok(())
    });
    hourly.unwrap_or_else(|told| panic!("{}", told[0]));
    sample.show();
}

/// Hosts whose name ends in 7, the hour from 13:00 UTC of each day.
#[derive(Default)]
struct Sample(Vec<(String, String, i64, String)>);

impl Sample {
    fn add(&mut self, host: &str, metric: &str, bin: &HourBin) {
        if host.ends_with('7') && bin.hour % 24 == 13 {
            let HourBin { hour, count, mean, max, p95 } = bin;
            let at = hour * 3_600;
            let line = format!("{host},{metric},{at},{count},{mean:?},{max:?},{p95:?}");
            self.0.push((host.to_owned(), metric.to_owned(), at, line));
        }
    }

    fn show(mut self) {
        self.0.sort();
        let mut out = std::io::stdout().lock();
        self.0.iter().try_for_each(|(.., line)| writeln!(out, "{line}")).expect("stdout is open");
    }
}
