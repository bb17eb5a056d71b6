//! A real Prometheus on the loopback, filled with real samples, and the same samples read here by other means.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tempfile::TempDir;

use crate::support::truth;

/// Series by their text `name{labels}`, samples as (milliseconds, value).
pub type Samples = BTreeMap<String, Vec<(i64, f64)>>;

/// A server with its samples; it ends with the last test that holds it.
pub struct Server {
    child: Child,
    pub port: u16,
    pub samples: Samples,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Samples of our own at the edges of bins of five minutes, to the millisecond.
pub const EDGE: i64 = 1_504_500_000;

fn own() -> String {
    let mut text = String::from("# TYPE edge gauge\n");
    for (seconds, value) in [("-0.001", 1.0), ("0", 2.0), ("299.999", 3.0), ("300", 4.0), ("300.001", 5.0)] {
        let at = EDGE as f64 + seconds.parse::<f64>().unwrap();
        writeln!(text, "edge{{stat=\"own\"}} {value} {at:.3}").unwrap();
    }
    text.push_str("# TYPE odd gauge\n");
    for (seconds, value) in [(0, "1"), (60, "NaN"), (120, "+Inf"), (180, "-Inf"), (240, "4")] {
        writeln!(text, "odd {value} {}", EDGE + seconds).unwrap();
    }
    text
}

pub fn parse(text: &str) -> Samples {
    let mut samples = Samples::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (rest, at) = line.rsplit_once(' ').unwrap();
        let (series, value) = rest.rsplit_once(' ').unwrap();
        let at = (at.parse::<f64>().unwrap() * 1_000.0).round() as i64;
        samples.entry(series.to_owned()).or_default().push((at, value.parse().unwrap()));
    }
    samples
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Tells that something was left out; written straight to stderr, so that it is told of passing tests too.
pub fn left_out(why: &str) {
    drop(writeln!(std::io::stderr(), "left out: {why}"));
}

/// The samples of the truth and of our own as OpenMetrics; `None`, told on stderr, without the truth or without these programs.
/// CI must have those that are `needed` there.
fn exposition(programs: &[&str], needed: bool) -> Option<String> {
    let folder = truth("formats")?;
    if let Some(missing) = programs.iter().find(|program| !is_installed(program)) {
        assert!(!needed || std::env::var_os("CI").is_none(), "`{missing}` is not installed, and CI must not leave tests out");
        left_out(&format!("`{missing}` is not installed, so it was not asked"));
        return None;
    }
    let real = std::fs::read_to_string(folder.join("prometheus/backfill_bozo.om")).unwrap();
    Some(real.replace("# EOF", &format!("{}# EOF", own())))
}

/// The shared server; `None` where it cannot be.
pub fn server() -> Option<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(start(&[])?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// A server of one's own, with further arguments.
pub fn start(arguments: &[String]) -> Option<Server> {
    Some(serve(&exposition(&["prometheus", "promtool"], true)?, arguments))
}

/// A server with these samples; `None` where it cannot be.
pub fn with(text: &str) -> Option<Server> {
    exposition(&["prometheus", "promtool"], true)?;
    Some(serve(text, &[]))
}

fn serve(text: &str, arguments: &[String]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("all.om"), text).unwrap();
    std::fs::write(at("prometheus.yml"), "global: {scrape_interval: 15s}\n").unwrap();
    let filled = Command::new("promtool")
        // blocks of two hours, as by default, would be thousands for a long history
        .args(["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=2400h"])
        .args([at("all.om"), at("data")])
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    let port = free_port();
    let mut command = Command::new("prometheus");
    command
        .arg(format!("--config.file={}", at("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", at("data").display()))
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--log.level=error")
        .args(arguments)
        .current_dir(folder.path());
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let server = Server { child, port, samples: parse(text), _folder: folder };
    if arguments.is_empty() {
        wait_for("prometheus", || get(port, "/-/ready").contains(" 200 "));
    } else {
        wait_for("prometheus", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    }
    server
}

pub fn wait_for(what: &str, is_ready: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_ready() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} was not ready within a minute");
}

/// The answer to a plain request; empty when there is none.
pub fn get(port: u16, path: &str) -> String {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    ask().unwrap_or_default()
}

/// VictoriaMetrics with the same samples, where it is installed.
pub fn victoria() -> Option<Server> {
    let text = exposition(&["victoria-metrics"], false)?;
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let child = Command::new("victoria-metrics")
        .arg(format!("-storageDataPath={}", folder.path().join("data").display()))
        .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
        .args(["-retentionPeriod=100y", "-loggerLevel=ERROR"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let samples = parse(&text);
    let server = Server { child, port, samples, _folder: folder };
    wait_for("victoria-metrics", || get(port, "/health").contains(" 200 "));
    let mut lines = String::new();
    for (series, samples) in &server.samples {
        for (at, value) in samples.iter().filter(|(_, value)| value.is_finite()) {
            writeln!(lines, "{series} {value} {at}").unwrap();
        }
    }
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let path = "/api/v1/import/prometheus";
    write!(stream, "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{lines}", lines.len())
        .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.contains(" 204 "), "{said}");
    get(port, "/internal/force_flush");
    Some(server)
}

/// A file of the system, made by a command.
pub fn run(folder: &Path, program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}
