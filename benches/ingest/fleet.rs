//! A fleet's export as CSV, made up: every five minutes one row for each of six metrics of each of 400 hosts. Seeded: the same bytes
//! on every machine.

use std::io::{self, BufWriter, Write};

/// Hosts of the fleet.
const HOSTS: u64 = 400;
/// Samples a day.
pub const SLOTS: u64 = 288;
/// Seconds between two samples.
const STEP: u64 = 300;
/// 2026-03-01T00:00:00Z.
const FIRST: jiff::Timestamp = jiff::Timestamp::constant(1_772_323_200, 0);

/// Name, mean value and standard deviation of its noise in units of the last decimal, and decimals.
const METRICS: [(&str, u64, u64, usize); 6] = [
    ("cpu_utilization_percent", 3_400, 250, 2),
    ("memory_used_gib", 23_500, 90, 3),
    ("disk_iops", 84_000, 9_000, 2),
    ("network_receive_mib", 61_250, 7_000, 3),
    ("request_latency_ms", 183_000, 21_000, 4),
    ("requests_per_second", 41_200, 1_700, 2),
];
const SERVICES: [&str; 8] = ["checkout", "search", "catalog", "identity", "payments", "ledger", "media", "edge"];
const ZONES: [&str; 3] = ["eu-central-1a", "eu-central-1b", "eu-central-1c"];

/// In which order the rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As collectors write: all series of an instant, then the next instant.
    ByTime,
    /// As exports of one query after another stand: all instants of a series, then the next series.
    BySeries,
}

/// One series of the fleet.
struct Member {
    labels: String,
    mean: u64,
    noise: u64,
    decimals: usize,
}

/// Series of the fleet.
pub const SERIES: u64 = HOSTS * METRICS.len() as u64;

/// Writes the export of so many instants, 288 a day. 30 days of 2,400 series are 20.7 million rows.
pub fn write(sink: impl Write, instants: u64, order: Order) -> io::Result<()> {
    let mut sink = BufWriter::with_capacity(1 << 20, sink);
    sink.write_all(b"timestamp,host,service,zone,metric,value\n")?;
    let members = members();
    let stamps: Vec<String> = (0..instants).map(stamp).collect();
    let mut random = Random(0x5EED);
    let mut line = Vec::with_capacity(128);
    let mut row = |slot: usize, member: &Member| {
        line.clear();
        line.extend_from_slice(stamps[slot].as_bytes());
        line.extend_from_slice(member.labels.as_bytes());
        decimal(&mut line, value(member, slot as u64, &mut random), member.decimals);
        line.push(b'\n');
        sink.write_all(&line)
    };
    match order {
        Order::ByTime => (0..stamps.len()).try_for_each(|slot| members.iter().try_for_each(|member| row(slot, member)))?,
        Order::BySeries => members.iter().try_for_each(|member| (0..stamps.len()).try_for_each(|slot| row(slot, member)))?,
    }
    sink.flush()
}

fn members() -> Vec<Member> {
    let member = |host: u64, (name, mean, noise, decimals): (&str, u64, u64, usize)| {
        let (service, zone) = (SERVICES[(host / 50) as usize % 8], ZONES[host as usize % 3]);
        let size = 70 + host * 7_919 % 61; // hosts differ: 70 % to 130 % of the mean
        Member { labels: format!(",{service}-{host:03},{service},{zone},{name},"), mean: mean * size / 100, noise, decimals }
    };
    (0..HOSTS).flat_map(|host| METRICS.into_iter().map(move |metric| member(host, metric))).collect()
}

fn stamp(slot: u64) -> String {
    (FIRST + jiff::SignedDuration::from_secs((slot * STEP) as i64)).to_string()
}

/// The mean, ±40 % over the day, −20 % at weekends, with noise; now and then a burst.
fn value(member: &Member, slot: u64, random: &mut Random) -> u64 {
    let hour = (slot % SLOTS) as f64 / SLOTS as f64;
    let daily = 1.0 + 0.4 * (std::f64::consts::TAU * (hour - 0.6)).cos();
    let weekly = if matches!(slot / SLOTS % 7, 0 | 6) { 0.8 } else { 1.0 }; // 2026-03-01 is a Sunday
    let bits = random.next();
    // The sum of four uniform numbers is near enough to a normal one; its deviation is 1/√3 of the range of one.
    let noise =
        (0..4).map(|part| (bits >> (16 * part) & 0xFFFF) as f64 / 65_536.0 - 0.5).sum::<f64>() * 1.732 * member.noise as f64;
    let burst = if bits % 4_096 == 7 { 1.8 } else { 1.0 };
    (member.mean as f64 * daily * weekly * burst + noise).max(0.0) as u64
}

/// A number of units of the last decimal, with its point.
fn decimal(line: &mut Vec<u8>, mut value: u64, decimals: usize) {
    let start = line.len();
    for place in 0.. {
        if place > decimals && value == 0 {
            break;
        }
        if place == decimals {
            line.push(b'.');
        }
        line.push(b'0' + (value % 10) as u8);
        value /= 10;
    }
    line[start..].reverse();
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
