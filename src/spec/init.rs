//! `plimsoll init`: a small commented model that runs, with data made for it.

use std::fmt::Write;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::stream::{Seed, Stream};
use crate::time::{DAY_SECONDS, Day, Timestamp};

/// Days of history in the starter data.
const DAYS: i32 = 240;

/// Writes the starter model and its data; nothing that is there is overwritten.
///
/// # Errors
/// [`Error::Output`] when a file is there already or cannot be written.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let files = [("model.toml", include_str!("starter.toml").to_owned()), ("cpu.csv", history())];
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Output { path, source }
    };
    if let Some(there) = paths.iter().find(|path| path.exists()) {
        let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "it is there already");
        return Err(failed(there)(source));
    }
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    for ((_, text), path) in files.iter().zip(&paths) {
        let mut file = std::fs::File::create_new(path).map_err(failed(path))?;
        file.write_all(text.as_bytes()).map_err(failed(path))?;
    }
    Ok(paths)
}

/// Cores used by three hosts, by the hour: 40 % growth a year, weekends lower, evenings higher, some noise; always the same.
fn history() -> String {
    let mut text = String::from("time,host,cores\n");
    let mut rng = Stream::root(Seed(1)).named("starter").rng();
    let first = Day::of(jiff::civil::date(2026, 3, 5));
    for day in 0..DAYS {
        let growth = (f64::from(day) / 365.25 * 1.4_f64.ln()).exp();
        let week = if first.plus(day).weekday() >= 5 { 0.8 } else { 1.0 };
        let shock = (0.04 * rng.normal()).exp();
        for hour in 0..24_i32 {
            let evening = (-(f64::from(hour - 20) / 5.0).powi(2)).exp();
            let at = Timestamp(i64::from(first.0 + day) * DAY_SECONDS + i64::from(hour) * 3_600);
            for host in 1..=3 {
                let cores = 5.2 * growth * week * shock * (0.35 + 0.65 * evening) * (0.03 * rng.normal()).exp();
                let _infallible = writeln!(text, "{at},web-{host},{cores:.3}");
            }
        }
    }
    text
}
