//! Files to demand: what is summed, folded, repaired and refused.

use std::fs;
use std::io::Write;
use std::path::Path;

use plimsoll::ingest;
use plimsoll::observe::Silent;
use plimsoll::problem::Problem;
use plimsoll::series::{Panel, SeriesKey};
use plimsoll::spec;

/// Reads `data` (by file name) under a model whose source has these keys.
fn read(name: &str, data: &[u8], source: &str) -> Result<Panel, Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, data).unwrap();
    read_from(&path, source)
}

/// Reads what is at a path under such a model.
fn read_from(data: &Path, source: &str) -> Result<Panel, Vec<Problem>> {
    read_in("cores", data, source)
}

/// The same, the resource and its amounts in another unit.
fn read_in(unit: &str, data: &Path, source: &str) -> Result<Panel, Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    let name = data.display();
    let model = format!(
        r#"
question = "When?"
zone = "Europe/Berlin"
currency = "EUR"
[resource]
cpu = "cores"
[plan]
horizon = "30 d"
risk = 0.01
[unit.m8]
capacity = {{ cpu = "16 cores" }}
lead_time = "30 d"
[domain.a]
level = "zone"
[[pool]]
name = "web"
buys = "m8"
units = [{{ unit = "m8", in = "a", count = [{{ from = 2026-01-01, units = 2 }}, {{ from = 2026-03-02, units = 4 }}] }}]
demand = [{{ resource = "cpu", line = 0.7 }}]
[[source]]
name = "s"
files = "{name}"
pool = "web"
resource = "cpu"
{source}
"#
    );
    let path = folder.path().join("model.toml");
    fs::write(&path, model.replace("cores", unit)).unwrap();
    let declared = spec::load(&path)?;
    ingest::read(&declared.sources, &declared.model.capacity_in_force(), &declared.model.zone, &Silent)
}

fn values(panel: &Panel) -> Vec<Option<f64>> {
    panel.series[&SeriesKey::demand("web", "cpu")].bins.iter().map(|bin| bin.map(|bin| bin.max)).collect()
}

const LONG: &str = "time = \"t\"\nentity = \"host\"\nvalue = \"v\"";

fn rows(hours: u32, value: impl Fn(u32) -> Vec<(String, String)>) -> String {
    let mut text = "t,host,v\n".to_owned();
    for hour in 0..hours {
        for (host, v) in value(hour) {
            text.push_str(&format!("2026-03-{:02}T{:02}:00:00Z,{host},{v}\n", 1 + hour / 24, hour % 24));
        }
    }
    text
}

fn two(hour: u32) -> Vec<(String, String)> {
    vec![("a".into(), format!("{hour}")), ("b".into(), format!("{}", 100 - hour))]
}

#[test]
fn hosts_are_added_at_the_same_instant_before_the_peak() {
    let panel = read("cpu.csv", rows(48, two).as_bytes(), LONG).unwrap();
    assert_eq!(values(&panel), vec![Some(100.0); 48]); // the sum of separate peaks would be 147
}

#[test]
fn gzip_zstd_and_wide_files_say_the_same() {
    let text = rows(48, two);
    let plain = values(&read("cpu.csv", text.as_bytes(), LONG).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    assert_eq!(values(&read("cpu.csv.gz", &gzip.finish().unwrap(), LONG).unwrap()), plain);
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    assert_eq!(values(&read("cpu.csv.zst", &zstd, LONG).unwrap()), plain);
    let mut wide = "t,a,b\n".to_owned();
    for hour in 0..48 {
        wide.push_str(&format!("2026-03-{:02}T{:02}:00:00Z,{hour},{}\n", 1 + hour / 24, hour % 24, 100 - hour));
    }
    assert_eq!(values(&read("cpu.csv", wide.as_bytes(), "time = \"t\"\nvalues = [\"a\", \"b\"]").unwrap()), plain);
}

#[test]
fn utilization_times_capacity_in_force_is_demand() {
    // half of 2 × 16 cores until 2026-03-02 00:00 in Berlin, a quarter of 4 × 16 from then on: demand stays at 16 cores
    let text = rows(48, |hour| vec![("pool".into(), if hour < 23 { "50" } else { "25" }.into())]);
    let source = "time = \"t\"\nvalue = \"v\"\nunit = \"percent\"\nmeasures = \"utilization\"\nof = \"pool\"";
    assert_eq!(values(&read("cpu.csv", text.as_bytes(), source).unwrap()), vec![Some(16.0); 48]);
}

#[test]
fn a_counter_becomes_a_rate_and_its_reset_is_counted() {
    // 3,600 core-seconds an hour are one core; the process restarts at hour 30
    let text = rows(60, |hour| vec![("a".into(), format!("{}", 3_600 * if hour < 30 { hour } else { hour - 30 }))]);
    let panel = read("cpu.csv", text.as_bytes(), &format!("{LONG}\nkind = \"counter\"")).unwrap();
    assert_eq!(panel.quality[0].counter_resets, 1);
    let seen: Vec<f64> = values(&panel).into_iter().flatten().collect();
    assert!(seen.iter().all(|value| (value - 1.0).abs() < 1e-9 || *value == 0.0), "{seen:?}");
    assert!(seen.iter().filter(|value| (**value - 1.0).abs() < 1e-9).count() >= 57, "{seen:?}");
}

#[test]
fn a_rate_is_in_the_time_that_its_unit_is_per() {
    // 2 jobs every hour: 48 a day, 2/3600 a second; a total that grows by as much says the same
    let each = rows(48, |_| vec![("a".into(), "2".into())]);
    let total = rows(48, |hour| vec![("a".into(), format!("{}", 2 * hour))]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.csv");
    for (unit, expected) in
        [("jobs/day", 48.0), ("jobs/h", 2.0), ("jobs/min", 2.0 / 60.0), ("jobs/s", 2.0 / 3_600.0), ("jobs/week", 336.0)]
    {
        for (text, kind) in [(&each, "delta"), (&total, "counter")] {
            fs::write(&path, text).unwrap();
            let panel = read_in(unit, &path, &format!("{LONG}\nkind = \"{kind}\"")).unwrap();
            let seen: Vec<f64> = values(&panel).into_iter().flatten().collect();
            assert!(
                seen.len() >= 47 && seen.iter().all(|value| (value / expected - 1.0).abs() < 1e-12),
                "{unit} {kind}: {seen:?}"
            );
            let panel = read_in(unit, &path, &format!("{LONG}\nkind = \"{kind}\"\nunit = \"{unit}\"")).unwrap();
            assert_eq!(values(&panel).into_iter().flatten().collect::<Vec<f64>>(), seen);
        }
        // the same, named by the file: a column of jobs
        fs::write(&path, each.replace("host,v", "host,v [jobs]")).unwrap();
        let panel = read_in(unit, &path, "time = \"t\"\nentity = \"host\"\nvalue = \"v [jobs]\"\nkind = \"delta\"").unwrap();
        assert!(values(&panel).into_iter().flatten().all(|value| (value / expected - 1.0).abs() < 1e-12), "{unit}");
    }
    // a rate that is per no time is told
    fs::write(&path, &each).unwrap();
    let panel = read_in("jobs", &path, &format!("{LONG}\nkind = \"delta\"")).unwrap();
    assert!(panel.quality[0].remarks.iter().any(|remark| remark.kind == "rate-per-no-time"));
    let panel = read_in("jobs/day", &path, &format!("{LONG}\nkind = \"delta\"")).unwrap();
    assert!(panel.quality[0].remarks.iter().all(|remark| remark.kind != "rate-per-no-time"));
}

#[test]
fn demand_of_another_order_than_its_capacity_is_told() {
    // 4 × 16 cores in the end: what is told begins above 640 and below 0.064 cores
    for (value, told) in [("641", true), ("640", false), ("16", false), ("0.064", false), ("0.0639", true), ("0", false)] {
        let text = rows(72, |_| vec![("a".into(), value.to_owned())]);
        let panel = read("cpu.csv", text.as_bytes(), LONG).unwrap();
        assert_eq!(panel.quality[0].remarks.iter().any(|remark| remark.kind == "unlike-capacity"), told, "{value}");
    }
}

#[test]
fn a_series_by_its_name_is_an_entity() {
    let text = "when,srv-a,srv-b\n2026-03-01T00:00:00Z,1,2\n2026-03-01T01:00:00Z,3,4\n2026-03-01T02:00:00Z,5,6\n";
    for source in ["", "entity = \"metric\""] {
        let panel = read("cpu.csv", text.as_bytes(), source).unwrap();
        assert_eq!((values(&panel), panel.quality[0].entities), (vec![Some(3.0), Some(7.0), Some(11.0)], 2), "{source}");
    }
}

#[test]
fn gaps_duplicates_and_order_are_counted_and_never_filled_with_zero() {
    let mut lines: Vec<String> = rows(72, |hour| vec![("a".into(), format!("{hour}"))]).lines().map(str::to_owned).collect();
    lines.drain(30..34); // four hours are missing
    lines.push(lines[10].clone()); // the same row again, late
    lines.swap(5, 6);
    let panel = read("cpu.csv", (lines.join("\n") + "\n").as_bytes(), LONG).unwrap();
    let quality = &panel.quality[0];
    assert_eq!((quality.gap_bins, quality.duplicates), (4, 1), "{quality:?}");
    assert!(quality.out_of_order >= 1, "{quality:?}");
    assert_eq!(values(&panel).iter().filter(|value| value.is_none()).count(), 4);
}

#[test]
fn conflicting_duplicates_are_refused_unless_a_policy_is_declared() {
    let text = rows(48, |hour| {
        if hour == 7 { vec![("a".into(), "1".into()), ("a".into(), "3".into())] } else { vec![("a".into(), "2".into())] }
    });
    let refused = read("cpu.csv", text.as_bytes(), LONG).unwrap_err();
    assert_eq!(refused[0].slug, "ingest/conflicting-duplicates");
    for (policy, value) in [("first", 1.0), ("last", 3.0), ("max", 3.0), ("mean", 2.0)] {
        let panel = read("cpu.csv", text.as_bytes(), &format!("{LONG}\non_duplicate = \"{policy}\"")).unwrap();
        assert_eq!(values(&panel)[7], Some(value), "{policy}");
        assert_eq!(panel.quality[0].conflicts, 1);
    }
}

#[test]
fn saturated_samples_are_censored() {
    let text = rows(48, |hour| vec![("a".into(), if hour % 24 == 20 { "16" } else { "9" }.into())]);
    let panel = read("cpu.csv", text.as_bytes(), &format!("{LONG}\nsaturation = 16")).unwrap();
    assert_eq!(panel.quality[0].saturated, 2);
    let bins = &panel.series[&SeriesKey::demand("web", "cpu")].bins;
    assert!(bins[20].unwrap().censored && !bins[19].unwrap().censored);
}

#[test]
fn broken_cells_are_told_with_line_and_column() {
    let good = rows(48, |hour| vec![("a".into(), format!("{hour}"))]);
    for (from, to, slug, line) in [
        ("T07:00:00Z,a,7\n", "T07:00:00Z,a,seven\n", "ingest/bad-number", 9),
        ("2026-03-01T05", "2026-13-01T05", "ingest/bad-time", 7),
        ("T09:00:00Z,a,9\n", "T09:00:00Z,a\n", "ingest/ragged-row", 11),
    ] {
        let problems = read("cpu.csv", good.replacen(from, to, 1).as_bytes(), LONG).unwrap_err();
        assert_eq!((problems[0].slug, problems[0].line), (slug, Some(line)), "{problems:?}");
        assert!(problems[0].path.ends_with(Path::new("cpu.csv")));
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let good = rows(6, |hour| vec![("a".into(), format!("{hour}"))]).into_bytes();
    for cut in 0..good.len() {
        drop(read("cpu.csv", &good[..cut], LONG));
    }
    for (at, byte) in (0..good.len()).zip([0_u8, 255, b'"', b'\n', b','].into_iter().cycle()) {
        let mut broken = good.clone();
        broken[at] = byte;
        drop(read("cpu.csv", &broken, LONG));
    }
}

#[test]
fn a_column_named_metric_can_be_selected_by() {
    let mut text = "t,host,metric,v\n".to_owned();
    for hour in 0..48 {
        for (metric, v) in [("cpu", hour), ("mem", 1_000)] {
            text.push_str(&format!("2026-03-{:02}T{:02}:00:00Z,a,{metric},{v}\n", 1 + hour / 24, hour % 24));
        }
    }
    let panel = read("cpu.csv", text.as_bytes(), &format!("{LONG}\nselect = {{ metric = \"cpu\" }}")).unwrap();
    assert_eq!(values(&panel)[..3], [Some(0.0), Some(1.0), Some(2.0)]);
}

#[test]
fn an_export_says_its_own_units_statistics_and_entities() {
    // InfluxDB line protocol: nothing of it is declared but which field is meant
    let mut text = String::new();
    for hour in 0..48_i64 {
        for (host, busy) in [("a", 2.0), ("b", 3.0)] {
            let at = (1_772_323_200 + hour * 3_600) * 1_000_000_000;
            text.push_str(&format!("load,host={host} cores={busy},idle=9 {at}\n"));
        }
    }
    let panel = read("load.lp", text.as_bytes(), "select = { metric = \"cores\" }\nentity = \"host\"").unwrap();
    assert_eq!(values(&panel), vec![Some(5.0); 48]);
    assert_eq!(panel.quality[0].entities, 2);
    // two fields of one host are a doubt that only the user can settle
    let refused = read("load.lp", text.as_bytes(), "entity = \"host\"").unwrap_err();
    assert_eq!(refused[0].slug, "ingest/ambiguous-entity");
}

#[test]
fn a_unit_that_the_file_names_is_converted_and_another_thing_refused() {
    let text = rows(48, |_| vec![("a".into(), "2500".into())]).replace("t,host,v", "t,host,cpu_millicores");
    let source = "time = \"t\"\nentity = \"host\"\nvalue = \"cpu_millicores\"";
    let panel = read("cpu.csv", text.as_bytes(), source).unwrap();
    assert_eq!(values(&panel)[0], Some(2.5));
    assert!(panel.quality[0].remarks.iter().any(|remark| remark.kind == "unit"), "{:?}", panel.quality[0].remarks);
    let bytes = text.replace("cpu_millicores", "used_bytes");
    let refused = read("cpu.csv", bytes.as_bytes(), &source.replace("cpu_millicores", "used_bytes")).unwrap_err();
    assert_eq!(refused[0].slug, "ingest/unit-mismatch");
}

#[test]
fn utilization_at_its_ceiling_is_censored_without_being_told_where_that_is() {
    let text = rows(48, |hour| vec![("a".into(), if hour % 24 == 20 { "100" } else { "55" }.into())]);
    let source = format!("{LONG}\nunit = \"percent\"\nmeasures = \"utilization\"");
    let panel = read("cpu.csv", text.as_bytes(), &source).unwrap();
    assert_eq!(panel.quality[0].saturated, 2);
    let bins = &panel.series[&SeriesKey::demand("web", "cpu")].bins;
    assert!(bins[20].unwrap().censored && !bins[19].unwrap().censored);
}

#[test]
fn events_are_counted_by_time_and_silence_is_zero() {
    let mut text = "t,host,v\n".to_owned();
    for hour in 0..48 {
        for second in 0..if hour == 10 { 0 } else { 36 } {
            text.push_str(&format!("2026-03-{:02}T{:02}:00:{second:02}Z,a,100\n", 1 + hour / 24, hour % 24));
        }
    }
    let panel = read("cpu.csv", text.as_bytes(), &format!("{LONG}\nkind = \"event\"")).unwrap();
    let mean = |hour: usize| panel.series[&SeriesKey::demand("web", "cpu")].bins[hour].unwrap().mean;
    // 36 events of weight 100 an hour are one a second
    assert!((mean(9) - 1.0).abs() < 1e-12 && mean(10) == 0.0, "{} {}", mean(9), mean(10));
}

#[test]
fn a_store_is_a_source_like_any_file() {
    use plimsoll::formats::Options;
    use plimsoll::ingest::store::Writer;
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("a.csv");
    fs::write(&csv, rows(48, two)).unwrap();
    let store = folder.path().join("store");
    let mut writer = Writer::open(&store).unwrap();
    writer.add(&csv, &Options::default()).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let source = "select = { metric = \"v\" }\nentity = \"host\"";
    let panel = read_from(&store, source).unwrap();
    assert_eq!(values(&panel), vec![Some(100.0); 48]);
}
