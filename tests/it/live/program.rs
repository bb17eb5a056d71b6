//! The program against a real Prometheus: inspected, ingested, and a model run straight from its address.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::oracle::{self, Server};

/// 2026-01-01T00:00:00Z.
const FIRST: i64 = 1_767_225_600;
const DAYS: i64 = 120;
const HOSTS: i64 = 3;

/// Cores in use on a host at an hour: a day's wave, and growth.
fn cores(host: i64, hour: i64) -> f64 {
    let wave = ((hour % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
    8.0 + 2.0 * wave + 0.5 * host as f64 + 0.001 * hour as f64
}

fn fleet() -> Option<Server> {
    let mut text = String::from("# TYPE cpu_cores gauge\n");
    for host in 0..HOSTS {
        for hour in 0..24 * DAYS {
            // two samples an hour: the second is the peak
            for (minutes, extra) in [(10, 0.0), (40, 1.0)] {
                let at = FIRST + hour * 3_600 + minutes * 60;
                writeln!(text, "cpu_cores{{host=\"h{host}\",pool=\"web\"}} {} {at}", cores(host, hour) + extra).unwrap();
            }
        }
    }
    text.push_str("# EOF\n");
    oracle::with(&text)
}

fn plimsoll(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(folder).output().unwrap()
}

fn good(folder: &Path, arguments: &[&str]) -> String {
    let out = plimsoll(folder, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn model(url: &str) -> String {
    format!(
        r#"
question = "When?"
currency = "EUR"
[resource]
cpu = "cores"
[plan]
horizon = "30 d"
replications = 100
[unit.m]
capacity = {{ cpu = "16 cores" }}
lead_time = "10 d"
[domain.a]
level = "zone"
[[pool]]
name = "web"
buys = "m"
units = [{{ unit = "m", in = "a", count = 4 }}]
demand = [{{ resource = "cpu", line = 0.7 }}]
[[source]]
name = "live cpu"
url = "{url}"
query = "cpu_cores"
step = "1 h"
start = 2026-01-01
end = 2026-05-01
pool = "web"
resource = "cpu"
"#
    )
}

#[test]
fn a_model_runs_straight_from_a_servers_address_and_again_without_the_server() {
    let Some(server) = fleet() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", server.port);
    fs::create_dir(folder.path().join("m")).unwrap();
    fs::write(folder.path().join("m/model.toml"), model(&url)).unwrap();
    good(folder.path(), &["run", "m"]);
    let report = folder.path().join("runs/m/latest/report.json");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let tables = report["tables"].as_array().unwrap();
    let quality = tables.iter().find(|table| table["id"] == "quality").unwrap();
    let at = |name: &str| quality["columns"].as_array().unwrap().iter().position(|column| column["name"] == name).unwrap();
    let row = &quality["rows"][0];
    assert_eq!((row[at("rows")].as_i64(), row[at("entities")].as_i64()), (Some(HOSTS * 24 * DAYS), Some(HOSTS)), "{row}");
    drop(server);
    good(folder.path(), &["rerun", "runs/m/latest"]); // ends with 3 when a single byte differs
    let refused = plimsoll(folder.path(), &["run", "m", "--again"]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("live/unreachable"), "{said}");
}

#[test]
fn a_server_is_inspected_and_ingested_like_a_file() {
    let Some(server) = fleet() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", server.port);
    let asked = ["--query", "cpu_cores", "--start", "2026-01-01", "--end", "2026-01-03", "--step", "1h"];
    let told = good(folder.path(), &[&["inspect", &url][..], &asked].concat());
    let numbers = format!("{} numbers", HOSTS * 48 * 2); // two days by the hour, averages and maxima
    assert!(told.contains("cpu_cores") && told.contains(&numbers), "{told}");
    let ingest = || good(folder.path(), &[&["ingest", &url, "-o", "store"][..], &asked].concat());
    assert!(ingest().starts_with("new: "));
    assert!(ingest().starts_with("known: "), "the same answers are nothing new");
    let told = good(folder.path(), &["inspect", "store", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let metrics = told[0]["metrics"].as_array().unwrap();
    let highest = |stat: &str| {
        let metric = metrics.iter().find(|metric| metric["stat"] == stat).unwrap_or_else(|| panic!("{metrics:?}"));
        metric["high"].as_f64().unwrap()
    };
    let peak = (0..48).map(|hour| cores(HOSTS - 1, hour)).fold(0.0, f64::max);
    assert!((highest("max") - (peak + 1.0)).abs() < 1e-9 * peak, "{}", highest("max"));
    assert!((highest("avg") - (peak + 0.5)).abs() < 1e-9 * peak, "{}", highest("avg"));
}
