//! The default forecaster on every group below `forecasting/`: accuracy beside simple forecasts, and bands that hold what they say.
//!
//! `UPDATE_DOCS=1` writes what was measured to `docs/validation/forecasting.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::forecast::auto::Batch;
use plimsoll::forecast::scores::{carried_forward, interval, scale, seasonal_naive, smape};
use plimsoll::ingest::{Tidy, TidyColumns, TidySeries, tidy};
use plimsoll::run::{Asked, SeriesBatch, batches, forecasts};
use plimsoll::stats::percentile_of_sorted;
use plimsoll::stream::{Seed, Stream};
use serde_json::Value;

use crate::support::truth;

/// Sets of utilization: series that mostly have no trend, where the last season again is hard to beat.
const UTILIZATION: &[&str] = &["azure_vm", "bitbrains", "cluster_pool", "dc_traces", "nab", "subdaily"];

/// The most WAPE may be, relative to the seasonal naive forecast, in each group of the sets above.
const WAPE_GOAL: f64 = 1.02;

/// The most OWA may be, of a whole set or of one group.
const OWA_GOALS: &[(&str, Option<&str>, f64)] = &[
    ("m3", None, 0.81),
    ("m4", Some("hourly"), 0.48),
    ("m4", Some("weekly"), 0.80),
    ("tourism", None, 0.870),
    ("m1", None, M1_OF_ETS_AND_THETA),
];

/// OWA over m1 of the mean of statsforecast 2.1.1's AutoETS and DynamicOptimizedTheta.
const M1_OF_ETS_AND_THETA: f64 = 0.8515;

/// A group (or set) with so many series says something about coverage.
const MANY: usize = 200;
/// Percentage points that the coverage of 80 and 95 % bands may be off in a group, and over a set.
const COVERAGE_GOAL: (f64, f64) = (3.0, 1.5);
/// Percent of series whose highest value may lie inside the 95 % band of the highest value of paths.
const HIGHEST_GOAL: (f64, f64) = (90.0, 98.0);
/// A forecast so many ranges of its past away from it is wild.
const WILD: f64 = 10.0;
/// Joint paths a series.
const PATHS: u32 = 400;
/// Most values of a group in an unoptimised build: of larger groups some series are taken, spread evenly.
const MOST_VALUES: usize = if cfg!(debug_assertions) { 120_000 } else { usize::MAX };

/// Scores of one series, of ours and of two simple forecasts.
#[derive(Clone)]
struct One {
    /// sMAPE, MASE (NaN where the past never moved), summed absolute errors.
    ours: [f64; 3],
    naive2: [f64; 3],
    seasonal: [f64; 3],
    size: f64,
    inside: [f64; 2],
    msis: f64,
    highest_inside: bool,
    wild: Option<String>,
}

struct Group {
    set: String,
    name: String,
    of: usize,
    series: Vec<One>,
    seconds: f64,
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.filter(|value| value.is_finite()).fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// What a few series have in common.
struct Summary {
    n: usize,
    smape: f64,
    mase: f64,
    owa: f64,
    owa_seasonal: f64,
    wape: [f64; 3],
    inside: [f64; 2],
    msis: f64,
    highest: f64,
}

fn summary(series: &[&One]) -> Summary {
    let of = |scores: fn(&One) -> &[f64; 3], which: usize| mean(series.iter().map(|one| scores(one)[which]));
    let owa = |scores: fn(&One) -> &[f64; 3]| {
        let relative = |which| of(scores, which) / of(|one| &one.naive2, which);
        f64::midpoint(relative(0), relative(1))
    };
    let total = |value: &dyn Fn(&One) -> f64| series.iter().map(|one| value(one)).sum::<f64>();
    let size = total(&|one| one.size);
    Summary {
        n: series.len(),
        smape: of(|one| &one.ours, 0),
        mase: of(|one| &one.ours, 1),
        owa: owa(|one| &one.ours),
        owa_seasonal: owa(|one| &one.seasonal),
        wape: [total(&|one| one.ours[2]), total(&|one| one.naive2[2]), total(&|one| one.seasonal[2])]
            .map(|sum| 100.0 * sum / size),
        inside: [0, 1].map(|band| 100.0 * mean(series.iter().map(|one| one.inside[band]))),
        msis: mean(series.iter().map(|one| one.msis)),
        highest: 100.0 * mean(series.iter().map(|one| f64::from(u8::from(one.highest_inside)))),
    }
}

/// Whether M4's test finds a season: the autocorrelation at its lag beyond 90 % limits.
fn is_seasonal(past: &[f64], season: usize) -> bool {
    if season < 2 || past.len() < 3 * season {
        return false;
    }
    let n = past.len() as f64;
    let level = past.iter().sum::<f64>() / n;
    let total: f64 = past.iter().map(|value| (value - level).powi(2)).sum();
    let lagged = |lag: usize| past.iter().skip(lag).zip(past).map(|(a, b)| (a - level) * (b - level)).sum::<f64>() / total;
    let before: f64 = (1..season).map(|lag| 2.0 * lagged(lag).powi(2)).sum();
    let limit = 1.645 / n.sqrt() * (1.0 + before).sqrt();
    lagged(season).abs() > limit
}

/// Seasonal factors of the classical multiplicative decomposition, the phase of the first value first.
fn factors(past: &[f64], season: usize) -> Vec<f64> {
    let half = season / 2;
    let weights: Vec<f64> = if season % 2 == 1 {
        vec![1.0 / season as f64; season]
    } else {
        (0..=season).map(|i| if i == 0 || i == season { 0.5 } else { 1.0 } / season as f64).collect()
    };
    let ratio = |t: usize| {
        let window = past.get(t.checked_sub(half)?..=t + half)?;
        let trend: f64 = window.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
        Some(past[t] / trend).filter(|ratio| ratio.is_finite())
    };
    let each: Vec<f64> = (0..season)
        .map(|phase| {
            let ratios: Vec<f64> = (phase..past.len()).step_by(season).filter_map(ratio).collect();
            if ratios.is_empty() { 1.0 } else { ratios.iter().sum::<f64>() / ratios.len() as f64 }
        })
        .collect();
    let level = each.iter().sum::<f64>() / season as f64;
    each.into_iter().map(|factor| factor / level).collect()
}

/// The last value, with multiplicative seasonal factors where a season is found.
fn naive2(past: &[f64], season: usize, steps: usize) -> Vec<f64> {
    let last = *past.last().unwrap();
    if is_seasonal(past, season) {
        let factors = factors(past, season);
        if factors.iter().all(|factor| factor.is_finite() && factor.abs() > 1e-12) {
            let level = last / factors[(past.len() - 1) % season];
            return (0..steps).map(|step| level * factors[(past.len() + step) % season]).collect();
        }
    }
    vec![last; steps]
}

fn read(path: &Path) -> Tidy {
    let columns = TidyColumns { id: "unique_id".to_owned(), time: "ds".to_owned(), value: "y".to_owned() };
    tidy(path, &columns).unwrap_or_else(|problems| panic!("{}: {problems:?}", path.display()))
}

struct Declared {
    horizon: usize,
    season: usize,
    scale_season: usize,
    asked: Asked,
}

fn declared(path: &Path) -> Declared {
    let meta: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let number = |key: &str| meta[key].as_u64().unwrap_or_else(|| panic!("{}: no {key}", path.display())) as usize;
    let listed: Vec<usize> = meta["seasonalities"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let (horizon, season) = (number("horizon"), number("season_length"));
    let seasons = Some(if listed.is_empty() { vec![season] } else { listed });
    Declared { horizon, season, scale_season: number("mase_season"), asked: Asked { horizon, seasons, ..Asked::default() } }
}

fn judge(declared: &Declared, past: &TidySeries, came: &TidySeries, forecast: &Batch, at: usize) -> One {
    let one = &forecast.series[at];
    let known = carried_forward(&past.values);
    let unit = scale(&known, declared.scale_season).absolute;
    let (n2, sn) = (naive2(&known, declared.season, declared.horizon), seasonal_naive(&known, declared.season, declared.horizon));
    let rows: Vec<(usize, f64)> = came
        .values
        .iter()
        .enumerate()
        .filter_map(|(k, value)| {
            let step =
                past.index_of(came.stamp(k)).unwrap_or_else(|| panic!("{}: a time off the pace", past.id)) - past.values.len();
            assert!(step < declared.horizon, "{}: beyond the horizon", past.id);
            value.map(|value| (step, value))
        })
        .collect();
    let n = rows.len() as f64;
    let total = |value: &dyn Fn(usize, f64) -> f64| rows.iter().map(|(step, came)| value(*step, *came)).sum::<f64>();
    let scores = |stated: &dyn Fn(usize) -> f64| {
        let missed = total(&|step, came| (came - stated(step)).abs());
        [total(&|step, came| smape(came, stated(step))) / n, if unit > 0.0 { missed / n / unit } else { f64::NAN }, missed]
    };
    let band = |step: usize, level: f64| [0.5 - level / 2.0, 0.5 + level / 2.0].map(|p| one.quantile(step, p));
    let inside = |level: f64| {
        let held = |step: usize, came: f64| {
            let [low, high] = band(step, level);
            f64::from(u8::from(low <= came && came <= high))
        };
        total(&held) / n
    };
    let msis = total(&|step, came| interval(came, band(step, 0.95)[0], band(step, 0.95)[1], 0.95)) / n;
    One {
        ours: scores(&|step| one.median(step)),
        naive2: scores(&|step| n2[step]),
        seasonal: scores(&|step| sn[step]),
        size: total(&|_, came| came.abs()),
        inside: [inside(0.8), inside(0.95)],
        msis: if unit > 0.0 { msis / unit } else { f64::NAN },
        highest_inside: highest_inside(declared, forecast, at, &rows),
        wild: wild(&past.id, &known, &(0..declared.horizon).flat_map(|step| band(step, 0.95)).collect::<Vec<_>>()),
    }
}

/// Whether the highest value that came lies in the 95 % band of the highest values of paths.
fn highest_inside(declared: &Declared, forecast: &Batch, at: usize, rows: &[(usize, f64)]) -> bool {
    let mut path = vec![0.0; declared.horizon];
    let mut highest: Vec<f64> = (0..PATHS)
        .map(|r| {
            forecast.joint.path(at, &forecast.joint.dates(r), &mut path);
            assert!(path.iter().all(|value| value.is_finite()), "a path is not finite");
            rows.iter().map(|(step, _)| path[*step]).fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    highest.sort_by(f64::total_cmp);
    let came = rows.iter().map(|row| row.1).fold(f64::NEG_INFINITY, f64::max);
    let [low, high] = [0.025, 0.975].map(|p| percentile_of_sorted(&highest, p).unwrap());
    low <= came && came <= high
}

fn wild(id: &str, known: &[f64], stated: &[f64]) -> Option<String> {
    let (low, high) = known.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let room = WILD * (high - low).max(0.1 * high.abs().max(low.abs())).max(1e-9);
    let odd = stated.iter().find(|value| !value.is_finite() || **value < low - room || **value > high + room)?;
    Some(format!("{id} is stated at {odd}, its past was {low} to {high}"))
}

fn group(folder: &Path, set: &str, name: &str) -> Group {
    let path = |kind: &str| folder.join(set).join(format!("{name}.{kind}"));
    let declared = declared(&path("meta.json"));
    let (mut train, test) = (read(&path("train.parquet")), read(&path("test.parquet")));
    let of = train.series.len();
    let values: usize = train.series.iter().map(|one| one.values.len()).sum();
    let every = values.div_ceil(MOST_VALUES).max(1);
    train.series = train.series.into_iter().step_by(every).collect();
    let stream = Stream::root(Seed(42)).named("series");
    let begun = std::time::Instant::now();
    let judged =
        batches(&train, &declared.asked, None).iter().flat_map(|batch| judged(&declared, batch, &test, stream)).collect();
    Group { set: set.to_owned(), name: name.to_owned(), of, series: judged, seconds: begun.elapsed().as_secs_f64() }
}

fn judged(declared: &Declared, batch: &SeriesBatch<'_>, test: &Tidy, stream: Stream) -> Vec<One> {
    use rayon::prelude::*;
    let forecast = forecasts(batch, &declared.asked, stream).unwrap();
    let one = |(at, past): (usize, &&TidySeries)| {
        let came = test.series.iter().find(|came| came.id == past.id).unwrap_or_else(|| panic!("{}: nothing came", past.id));
        judge(declared, past, came, &forecast, at)
    };
    batch.series.par_iter().enumerate().map(one).collect()
}

/// Every `<set>/<group>` there is.
fn groups(folder: &Path) -> Vec<(String, String)> {
    let names = |folder: &Path| -> Vec<PathBuf> { fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let mut found = Vec::new();
    for set in names(folder).into_iter().filter(|path| path.is_dir()) {
        let set_name = set.file_name().unwrap().to_string_lossy().into_owned();
        for file in names(&set) {
            if let Some(name) = file.file_name().unwrap().to_string_lossy().strip_suffix(".meta.json") {
                found.push((set_name.clone(), name.to_owned()));
            }
        }
    }
    found.sort();
    found
}

/// A goal that is missed: in words, and by more than the series at hand leave to chance (five standard errors).
struct Miss {
    told: String,
    surely: bool,
}

/// The standard error of a mean over series, twice as much where all series lived through the same dates: one bad day is bad for all.
fn standard_error(set: &str, each: &[f64]) -> f64 {
    let n = each.len() as f64;
    let level = each.iter().sum::<f64>() / n;
    let spread = (each.iter().map(|value| (value - level).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    spread / n.sqrt() * if UTILIZATION.contains(&set) { 2.0 } else { 1.0 }
}

/// How far a figure lies beyond its bounds, and whether that is beyond chance too.
fn miss(told: String, beyond: f64, error: f64) -> Option<Miss> {
    (beyond > 0.0 || beyond.is_nan()).then(|| Miss { told, surely: beyond.is_nan() || beyond > 5.0 * error })
}

fn coverage_misses(set: &str, name: &str, series: &[&One], off: f64) -> Vec<Miss> {
    let told = summary(series);
    let mut misses = Vec::new();
    for (band, meant) in [80.0, 95.0].into_iter().enumerate() {
        let each: Vec<f64> = series.iter().map(|one| 100.0 * one.inside[band]).collect();
        let words = format!("{name}: {meant} % bands hold {:.1} %, the goal is {off} off at most", told.inside[band]);
        misses.extend(miss(words, (told.inside[band] - meant).abs() - off, standard_error(set, &each)));
    }
    let each: Vec<f64> = series.iter().map(|one| 100.0 * f64::from(u8::from(one.highest_inside))).collect();
    let beyond = (HIGHEST_GOAL.0 - told.highest).max(told.highest - HIGHEST_GOAL.1);
    let words = format!("{name}: the 95 % band of the highest value holds {:.1} %", told.highest);
    misses.extend(miss(words, beyond, standard_error(set, &each)));
    misses
}

/// Σ ours / Σ theirs less the most it may be, with its standard error by the delta method.
fn wape_miss(set: &str, name: &str, series: &[&One]) -> Option<Miss> {
    let (ours, theirs) = (mean(series.iter().map(|one| one.ours[2])), mean(series.iter().map(|one| one.seasonal[2])));
    let ratio = ours / theirs;
    let each: Vec<f64> = series.iter().map(|one| (one.ours[2] - ratio * one.seasonal[2]) / theirs).collect();
    let words = format!("{name}: WAPE is {ratio:.3} × that of seasonal naive, at most {WAPE_GOAL} is the goal");
    miss(words, ratio - WAPE_GOAL, standard_error(set, &each))
}

fn owa_miss(set: &str, name: &str, series: &[&One], goal: f64) -> Option<Miss> {
    let told = summary(series);
    let of = |scores: fn(&One) -> &[f64; 3], which: usize| mean(series.iter().map(|one| scores(one)[which]));
    let parts: Vec<(usize, f64, f64)> = [0, 1]
        .map(|which| {
            let naive2 = of(|one| &one.naive2, which);
            (which, naive2, of(|one| &one.ours, which) / naive2)
        })
        .to_vec();
    let influence = |one: &&One| {
        let each = parts.iter().map(|(which, naive2, ratio)| (one.ours[*which] - ratio * one.naive2[*which]) / naive2);
        0.5 * each.filter(|part| part.is_finite()).sum::<f64>()
    };
    let each: Vec<f64> = series.iter().map(influence).collect();
    miss(format!("{name}: OWA is {:.3}, at most {goal} is the goal", told.owa), told.owa - goal, standard_error(set, &each))
}

/// The goals that are missed.
fn missed(groups: &[Group]) -> Vec<Miss> {
    let mut missed = Vec::new();
    let sets: std::collections::BTreeSet<&str> = groups.iter().map(|group| group.set.as_str()).collect();
    for group in groups {
        let (set, name) = (group.set.as_str(), format!("{}/{}", group.set, group.name));
        let series: Vec<&One> = group.series.iter().collect();
        if series.len() >= MANY {
            missed.extend(coverage_misses(set, &name, &series, COVERAGE_GOAL.0));
        }
        if UTILIZATION.contains(&set) {
            missed.extend(wape_miss(set, &name, &series));
        }
        let wild = group.series.iter().filter_map(|one| one.wild.as_ref());
        missed.extend(wild.map(|wild| Miss { told: format!("{name}: {wild}"), surely: true }));
    }
    for set in &sets {
        let series: Vec<&One> = groups.iter().filter(|group| group.set == *set).flat_map(|group| &group.series).collect();
        if series.len() >= MANY {
            missed.extend(coverage_misses(set, set, &series, COVERAGE_GOAL.1));
        }
    }
    for (set, name, goal) in OWA_GOALS.iter().filter(|(set, ..)| sets.contains(set)) {
        let chosen = groups.iter().filter(|group| group.set == *set && name.is_none_or(|name| group.name == name));
        let series: Vec<&One> = chosen.flat_map(|group| &group.series).collect();
        missed.extend(owa_miss(set, &format!("{set}/{}", name.unwrap_or("all")), &series, *goal));
    }
    missed
}

const INTRODUCTION: &str = "\
# How well plain series are forecast

Made by `UPDATE_DOCS=1 cargo test --test it forecasting` with `PLIMSOLL_TRUTH` set: change the test, not this page. The default forecaster
(`plimsoll forecast --input … --horizon …`, no other flag but the seasons) on series that it has never seen, against what came.

**OWA**: the mean of sMAPE and MASE, each relative to Naive2 (the last value with seasonal factors), as in the M4 competition; under 1 is
better than Naive2. **WAPE**: sum of absolute errors over sum of absolute values, in percent. **Inside**: percent of what came inside
the 80 and 95 % bands. **Highest**: percent of series whose highest value over the horizon lies in the 95 % band that joint paths give
it.
";

fn page(groups: &[Group], missed: &[Miss]) -> String {
    let mut page = INTRODUCTION.to_owned();
    let sampled: Vec<String> = groups
        .iter()
        .filter(|group| group.series.len() < group.of)
        .map(|group| format!("{}/{}", group.set, group.name))
        .collect();
    if !sampled.is_empty() {
        let _ = write!(page, "\nOf {} some series only were taken, spread evenly over the names.\n", sampled.join(", "));
    }
    page += "\n## Accuracy\n\n| group | series | sMAPE | MASE | OWA | OWA of seasonal naive | WAPE | of Naive2 | of seasonal naive |\n";
    page += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    let sets: std::collections::BTreeSet<&str> = groups.iter().map(|group| group.set.as_str()).collect();
    let rows = || {
        sets.iter().flat_map(|set| {
            let of: Vec<&Group> = groups.iter().filter(|group| group.set == *set).collect();
            let each = of.iter().map(|group| (format!("{set}/{}", group.name), group.series.iter().collect::<Vec<_>>()));
            let whole = (of.len() > 1).then(|| (format!("**{set}**"), of.iter().flat_map(|group| &group.series).collect()));
            each.chain(whole).map(|(name, series)| (name, summary(&series))).collect::<Vec<_>>()
        })
    };
    for (name, told) in rows() {
        let [ours, naive2, seasonal] = told.wape;
        let _ = writeln!(
            page,
            "| {name} | {} | {:.2} | {:.3} | {:.3} | {:.3} | {ours:.2} | {naive2:.2} | {seasonal:.2} |",
            told.n, told.smape, told.mase, told.owa, told.owa_seasonal
        );
    }
    page += "\n## Calibration\n\n| group | series | inside 80 % | inside 95 % | MSIS | highest |\n| --- | ---: | ---: | ---: | ---: | ---: |\n";
    for (name, told) in rows() {
        let [narrow, wide] = told.inside;
        let _ = writeln!(page, "| {name} | {} | {narrow:.1} | {wide:.1} | {:.2} | {:.1} |", told.n, told.msis, told.highest);
    }
    page += "\n## Goals that are missed\n\n";
    if missed.is_empty() {
        page += "None.\n";
    } else {
        page += "The test fails where one is missed by more than five standard errors over the series.\n\n";
        for miss in missed {
            let _ = writeln!(page, "- {}", miss.told);
        }
    }
    page
}

#[test]
fn the_default_forecaster_keeps_its_goals_on_every_group() {
    let Some(folder) = truth("forecasting") else { return };
    let mut all = Vec::new();
    for (set, name) in groups(&folder) {
        let one = group(&folder, &set, &name);
        let told = summary(&one.series.iter().collect::<Vec<_>>());
        println!(
            "{set}/{name}: {} of {} series, OWA {:.3}, WAPE {:.2} (seasonal naive {:.2}), inside {:.1} {:.1}, highest {:.1}; {:.1} s",
            told.n, one.of, told.owa, told.wape[0], told.wape[2], told.inside[0], told.inside[1], told.highest, one.seconds
        );
        all.push(one);
    }
    assert!(!all.is_empty(), "{} holds no group", folder.display());
    let missed = missed(&all);
    let page = page(&all, &missed);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/validation/forecasting.md");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &page).unwrap();
    }
    let surely: Vec<&str> = missed.iter().filter(|miss| miss.surely).map(|miss| miss.told.as_str()).collect();
    assert!(surely.is_empty(), "{page}\nmissed by more than five standard errors:\n{}", surely.join("\n"));
}

#[test]
fn naive2_is_the_last_value_without_a_season_and_follows_it_with_one() {
    assert_eq!(naive2(&[1.0, 5.0, 2.0], 4, 3), [2.0, 2.0, 2.0]);
    // factors 1/2 and 3/2 of a level of 10
    let past: Vec<f64> = (0..24).map(|t| if t % 2 == 0 { 5.0 } else { 15.0 }).collect();
    let ahead = naive2(&past, 2, 3);
    for (seen, meant) in ahead.iter().zip([5.0, 15.0, 5.0]) {
        assert!((seen - meant).abs() < 1e-12, "{ahead:?}");
    }
}
