//! `plimsoll run --dry-run`: a run that was not made, in words.

use serde_json::json;

use super::args::Talk;
use super::{json, show};
use crate::error::Error;
use crate::report::format::counted;
use crate::run::DryRun;

/// Files named one by one; more are counted.
const MOST_FILES: usize = 12;

/// Tells it on stdout.
pub fn tell(dry: &DryRun, talk: Talk) -> Result<(), Error> {
    if talk.json { json::print(&as_json(dry)) } else { show::data(as_text(dry).as_bytes()) }
}

fn as_text(dry: &DryRun) -> String {
    let bytes: u64 = dry.reads.iter().map(|(_, bytes)| bytes).sum();
    let mut text = format!("Would read {}, {}:\n", counted(dry.reads.len(), "file"), size(bytes));
    for (path, bytes) in dry.reads.iter().take(MOST_FILES) {
        text.push_str(&format!("  {:>8}  {}\n", size(*bytes), path.display()));
    }
    if dry.reads.len() > MOST_FILES {
        text.push_str(&format!("  and {} more\n", dry.reads.len() - MOST_FILES));
    }
    for asked in &dry.asks {
        text.push_str(&format!("Would ask a server: {asked}\n"));
    }
    if let Some(done) = &dry.done {
        return text + &format!("Would compute nothing: {} is there (same program, inputs and settings)\n", done.display());
    }
    text.push_str(&match dry.scenarios.len() {
        0 => "Would take what every future saw from the file of --outcomes\n".to_owned(),
        scenarios => format!(
            "Would simulate {} × {} futures × {} × {} days ({}), in {}\n",
            counted(scenarios, "scenario"),
            dry.replications,
            counted(dry.pools, "pool"),
            dry.days,
            dry.scenarios.join(", "),
            counted(dry.blocks as usize, "block")
        ),
    });
    let turn = dry.pools_at_once.map_or_else(String::new, |pools| format!(", {pools} pools at a time"));
    text.push_str(&format!(
        "Would hold paths of {}{turn} in {} of memory\n",
        counted(dry.demands, "demand"),
        size(dry.bytes_of_paths)
    ));
    let like = dry.last_outputs.map_or_else(String::new, |(files, bytes)| format!(" ({files} files, {} last time)", size(bytes)));
    text.push_str(&format!(
        "Would write a folder below {}: report.html, .md, .json, charts, tables, manifest.json{like}\n",
        dry.home.display()
    ));
    text + &time(dry)
}

/// The estimate, with what it rests on.
fn time(dry: &DryRun) -> String {
    let stages: Vec<String> = dry.seconds.iter().map(|(stage, seconds)| format!("{stage} {}", span(*seconds))).collect();
    let others = if dry.from_last_run { "the last run of this model here" } else { "rates by bytes, series and pools: rough" };
    let rare = match dry.rare_events {
        0 => String::new(),
        n => format!("; {n} rare events come on top, and can take as long again"),
    };
    format!(
        "Would take about {}: {}\n  simulate and plan: from {} futures simulated just now under a made-up demand; ingest, forecast, render: \
         from {others}{rare}\nNothing was written.\n",
        span(dry.total_seconds()),
        stages.join(", "),
        dry.measured
    )
}

fn as_json(dry: &DryRun) -> serde_json::Value {
    json!({
        "reads": dry.reads.iter().map(|(path, bytes)| json!({"path": path, "bytes": bytes})).collect::<Vec<_>>(),
        "asks": dry.asks,
        "scenarios": dry.scenarios,
        "replications": dry.replications,
        "blocks": dry.blocks,
        "pools": dry.pools,
        "demands": dry.demands,
        "days": dry.days,
        "rare_events": dry.rare_events,
        "bytes_of_paths": dry.bytes_of_paths,
        "pools_at_once": dry.pools_at_once,
        "writes_below": dry.home,
        "already_there": dry.done,
        "about_seconds": dry.total_seconds(),
        "stages": dry.seconds.iter().map(|(stage, seconds)| json!({"stage": stage, "about_seconds": seconds})).collect::<Vec<_>>(),
        "measured_futures": dry.measured,
        "from_last_run": dry.from_last_run,
    })
}

/// Two digits or so: more would claim more than is known.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 0.95 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        b if b < 1e3 => format!("{b:.0} B"),
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{size, span};

    #[test]
    fn sizes_and_times_are_rounded() {
        assert_eq!([0, 999, 2_099_953, 3_000_000_000].map(size), ["0 B", "999 B", "2.1 MB", "3.0 GB"]);
        assert_eq!([0.04, 0.94, 59.6, 200.0, 7_200.0].map(span), ["0.0 s", "0.9 s", "60 s", "3 min", "2.0 h"]);
    }
}
