//! The pictures of `docs/gallery.md` are what the program makes of the models that come with it.
//!
//! `UPDATE_DOCS=1 cargo test --test it gallery` writes them anew.

use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll::render::{self, Size};
use plimsoll::run::Charts;

/// The run, the chart in it, the picture.
const CHARTS: [(&str, &str, &str); 13] = [
    ("database", "demand-orders", "fan"),
    ("webshop", "fleet", "fans"),
    ("database", "backtest-orders", "backtest-run"),
    ("database", "season-orders", "season"),
    ("database", "latency-orders", "latency"),
    ("database", "exhaustion", "exhaustion"),
    ("webshop", "survival", "survival"),
    ("database", "error-budget", "budget"),
    ("database", "risk", "risk"),
    ("database", "cost-risk", "cost-risk"),
    ("database", "orders", "orders"),
    ("webshop", "tornado", "tornado"),
    ("database", "changes", "waterfall"),
];
/// Bytes of a picture at most.
const LARGEST: usize = 60_000;

fn plimsoll(desk: &Path, arguments: &[&str]) {
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(desk).output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// The load of three hosts by the hour over eight weeks, with a spike, a shift and a gap.
fn load() -> String {
    let mut text = "unique_id,ds,y\n".to_owned();
    for host in 1..=3_u32 {
        for hour in 0..24 * 56_u32 {
            let wave = (std::f64::consts::TAU * (f64::from(hour % 24) - 8.0) / 24.0).sin();
            let noise = f64::from((hour * 7_919 + host * 104_729) % 11);
            let mut load = 40.0 + 5.0 * f64::from(host) + 20.0 * wave + noise;
            if host == 2 && hour >= 900 {
                load += 25.0;
            }
            if host == 1 && hour == 800 {
                load = 140.0;
            }
            if host == 3 && (850..860).contains(&hour) {
                continue;
            }
            let (month, day) = if hour / 24 < 31 { (10, hour / 24 + 1) } else { (11, hour / 24 - 30) };
            text.push_str(&format!("web-{host},2026-{month}-{day:02}T{:02}:00:00Z,{load:.1}\n", hour % 24));
        }
    }
    text
}

/// A drawing with its font inside, as one that names it.
fn plain(svg: &str) -> String {
    let (before, rest) = svg.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}{after}").replace("font-family=\"Inter\"", "font-family=\"Inter, Helvetica, Arial, sans-serif\"")
}

fn drawn() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let desk = tempfile::tempdir().unwrap();
    let runs = desk.path().join("runs");
    let run = |arguments: &[&str]| {
        let fixed = ["--runs", runs.to_str().unwrap(), "--replications", "200", "--quiet"];
        plimsoll(root, &[&["run"], arguments, &fixed[..]].concat());
    };
    run(&["models/database", "--as-of", "2026-06-30"]);
    run(&["models/database"]);
    run(&["models/webshop"]);
    let mut drawn: Vec<(String, String)> = CHARTS
        .into_iter()
        .map(|(model, chart, picture)| {
            let chart = Charts::open(&runs.join(model)).unwrap().chart(chart).unwrap();
            assert!(picture.starts_with(&chart.body.kind().replace('_', "-")), "{picture}");
            (picture.to_owned(), render::plain_svg(&chart, Size::Report))
        })
        .collect();
    fs::write(desk.path().join("load.csv"), load()).unwrap();
    let backtest = "backtest --input load.csv --horizon 24 --origins 3 --plot backtest.svg --output scores.csv --quiet";
    let anomalies = "anomalies --input load.csv --output found.csv --plot anomalies.svg --quiet";
    for command in [backtest, anomalies] {
        plimsoll(desk.path(), &command.split(' ').collect::<Vec<_>>());
    }
    for name in ["backtest", "anomalies"] {
        drawn.push((name.to_owned(), plain(&fs::read_to_string(desk.path().join(format!("{name}.svg"))).unwrap())));
    }
    drawn
}

#[test]
fn the_gallery_shows_what_the_program_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/gallery.md")).unwrap();
    for (name, svg) in drawn() {
        let path = root.join(format!("docs/images/gallery/{name}.svg"));
        assert!(svg.len() < LARGEST, "{name}: {} bytes", svg.len());
        assert!(page.contains(&format!("](images/gallery/{name}.svg)")), "docs/gallery.md does not show {name}");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &svg).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(kept == svg, "{} is not what the program makes: UPDATE_DOCS=1 cargo test --test it gallery", path.display());
    }
}
