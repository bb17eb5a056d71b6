//! Every kind of chart, drawn from fixed numbers, looks as its picture in `tests/golden/`.
//!
//! Pictures are compared as eyes do: both are brought to CIE L*a*b* (D65, CIE 1976; IEC 61966-2-1 for sRGB) and averaged over blocks of
//! 4 × 4 pixels, and the distance ΔE of the blocks is looked at. Tolerances, from what must pass and what must not:
//!
//! - Rounding on another machine moves a channel by one of 255 levels, nowhere more than ΔE 1 (the steepest is blue in the dark), and
//!   of either sign, so that blocks of 16 pixels are off by a fraction of it. Edges of letters and lines, which cover a pixel in part, may
//!   move by some levels in a few pixels of a block: 4 of 16 pixels by 5 levels are ΔE 0.5. [`MOST`] is 2.3, the difference that is just
//!   noticed (Mahy, Van Eycken & Oosterlinck 1994).
//! - A stroke of a letter is about 1.3 pixels wide: in a block that it crosses it covers a third, and moved by 5 pixels it leaves that block. Ink
//!   has ΔE 90 from paper, muted ink 55: 18 or more. A line of 2 units in another colour covers half of a block, and colours of the theme
//!   are ΔE 40 or more apart: 20.
//! - [`MEAN`] finds what is spread thin, such as a tint of the paper: 0.1 is a fifth of what one level on all pixels makes at its most.
//!
//! `UPDATE_DOCS=1 cargo test --test it pictures` writes the pictures anew: look at them.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::render::{self, Size};
use plimsoll::report::{Chart, ChartBody, Marker, Panel, SmallFan, TornadoBar, UnusualPanel};
use plimsoll::time::{Day, Month};
use resvg::tiny_skia::Pixmap;

/// Pixels of a side of a block.
const BLOCK: u32 = 4;
/// Mean distance of all blocks at most.
const MEAN: f64 = 0.1;
/// Distance of any block at most.
const MOST: f64 = 2.3;

fn lab(red: f64, green: f64, blue: f64) -> [f64; 3] {
    let linear = |v: f64| if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) };
    let (r, g, b) = (linear(red / 255.0), linear(green / 255.0), linear(blue / 255.0));
    let x = (0.412_456 * r + 0.357_576 * g + 0.180_438 * b) / 0.950_47;
    let y = 0.212_673 * r + 0.715_152 * g + 0.072_175 * b;
    let z = (0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83;
    let f = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
}

/// Means of L*, a*, b* of each block.
fn blocks(picture: &Pixmap) -> Vec<[f64; 3]> {
    let (wide, high) = (picture.width(), picture.height());
    let mut blocks = Vec::new();
    // most pixels are as the one before them
    let mut last = ((255, 255, 255), lab(255.0, 255.0, 255.0));
    for top in (0..high).step_by(BLOCK as usize) {
        for left in (0..wide).step_by(BLOCK as usize) {
            let mut sum = [0.0; 3];
            let mut count = 0.0;
            for y in top..(top + BLOCK).min(high) {
                for x in left..(left + BLOCK).min(wide) {
                    let pixel = picture.pixel(x, y).unwrap();
                    let color = (pixel.red(), pixel.green(), pixel.blue());
                    if color != last.0 {
                        last = (color, lab(f64::from(color.0), f64::from(color.1), f64::from(color.2)));
                    }
                    let one = last.1;
                    (0..3).for_each(|i| sum[i] += one[i]);
                    count += 1.0;
                }
            }
            blocks.push(sum.map(|one| one / count));
        }
    }
    blocks
}

/// Mean and largest distance of the blocks of two pictures; infinite for other sizes.
fn apart(one: &Pixmap, other: &Pixmap) -> (f64, f64) {
    if (one.width(), one.height()) != (other.width(), other.height()) {
        return (f64::INFINITY, f64::INFINITY);
    }
    let distance = |(a, b): (&[f64; 3], &[f64; 3])| (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt();
    let (one, other) = (blocks(one), blocks(other));
    let each: Vec<f64> = one.iter().zip(&other).map(distance).collect();
    (each.iter().sum::<f64>() / each.len() as f64, each.iter().copied().fold(0.0, f64::max))
}

fn same(one: &Pixmap, other: &Pixmap) -> bool {
    let (mean, most) = apart(one, other);
    mean <= MEAN && most <= MOST
}

fn drawn(svg: &str) -> Pixmap {
    Pixmap::decode_png(&render::png(svg, 1.0).unwrap()).unwrap()
}

fn day(after: i32) -> Day {
    Day(20_758 + after) // 2026-11-01
}

fn months() -> Vec<Month> {
    Month::spanning(day(0), day(364))
}

/// A wave that looks like demand.
fn wave(i: usize) -> f64 {
    let t = i as f64;
    60.0 + 0.06 * t + 9.0 * (t / 58.0).sin() + 4.0 * (t * 0.9).sin()
}

fn fan() -> ChartBody {
    let days: Vec<Day> = (0..365).map(day).collect();
    let at = |z: f64| (0..365).map(|i| wave(400 + i) * (1.0 + z * 0.02 * (i as f64).sqrt())).collect::<Vec<f64>>();
    ChartBody::Fan {
        unit: "cores".to_owned(),
        history: (0..400).map(|i| (day(i - 400), (i != 90).then(|| wave(i as usize)))).collect(),
        bands: vec![(0.95, at(-1.0), at(1.0)), (0.8, at(-0.6), at(0.6)), (0.5, at(-0.3), at(0.3))],
        median: at(0.0),
        line: vec![(day(-400), 67.0), (day(-200), 100.0)],
        capacity: vec![(day(-400), 96.0), (day(-200), 143.0)],
        crossing: Some((day(290), 100.0)),
        markers: vec![Marker { day: day(200), label: "order 3 m8".to_owned() }],
        as_of: day(-1),
        days,
    }
}

fn fans() -> ChartBody {
    let panel = |name: &str, scale: f64, crosses: Option<i32>| SmallFan {
        pool: name.to_owned(),
        crosses: crosses.map_or("no crossing in 100 % of futures".to_owned(), |_| "crosses 4 Sep 2027".to_owned()),
        unit: "cores".to_owned(),
        history: (0..57).map(|w| (day(7 * w - 400), scale * wave(7 * w as usize))).collect(),
        days: (0..52).map(|w| day(7 * w)).collect(),
        band: (0..52).map(|w| (scale * wave(400 + 7 * w) * 0.8, scale * wave(400 + 7 * w) * (1.0 + 0.006 * w as f64))).collect(),
        median: (0..52).map(|w| scale * wave(400 + 7 * w)).collect(),
        line: vec![(day(-400), 100.0)],
        crossing: crosses.map(|at| (day(at), 100.0)),
    };
    let panels =
        vec![panel("checkout", 1.0, Some(307)), panel("search in the second region", 0.7, None), panel("web", 0.4, None)];
    ChartBody::Fans { panels, pools: 40, as_of: day(-1) }
}

fn tornado() -> ChartBody {
    let bar = |input: &str, low: f64, high: f64| TornadoBar {
        input: input.to_owned(),
        at: ["71.1 cores".to_owned(), "81.8 cores".to_owned()],
        outcome: [(low, 0.1), (high, 0.12)],
        share: "35 % ± 5".to_owned(),
    };
    let bars = vec![bar("checkout: cpu demand", -1.8, 0.2), bar("launch: size", -1.0, -0.5), bar("m8: price", -0.7, -0.9)];
    ChartBody::Tornado { outcome: "units that checkout lacks in Sep 2027".to_owned(), mean: -0.8, bars }
}

fn backtest() -> ChartBody {
    let line = |from: usize, count: usize| (from..from + count).map(|i| Some(wave(3 * i))).collect::<Vec<_>>();
    let panel = |name: &str, from: usize| Panel {
        name: name.to_owned(),
        past: line(from, 60),
        came: line(from + 60, 24),
        median: (0..24).map(|h| wave(3 * (from + 60 + h)) + 1.0).collect(),
        bands: [(0.95, 12.0), (0.8, 6.0)]
            .map(|(share, half)| {
                let edge = |sign: f64| (0..24).map(|h| wave(3 * (from + 60 + h)) + 1.0 + sign * half).collect::<Vec<_>>();
                (share, edge(-1.0), edge(1.0))
            })
            .to_vec(),
        steps: Vec::new(),
        ends: None,
    };
    let coverage = (1..=24).map(|h| (h, 0.83 - 0.002 * f64::from(h), 0.96 - 0.001 * f64::from(h))).collect();
    ChartBody::Backtest { panels: vec![panel("web", 0), panel("search", 50), panel("checkout", 120)], coverage }
}

fn anomalies() -> ChartBody {
    let value = |i: usize| if (200..204).contains(&i) { 95.0 } else { wave(i) };
    let panel = UnusualPanel {
        name: "web: a spike of 95 on 3 Mar".to_owned(),
        values: (0..400).map(|i| (i != 90).then(|| value(i))).collect(),
        usual: (0..400).map(|i| (i > 20).then(|| (wave(i) - 8.0, wave(i) + 8.0))).collect(),
        unusual: vec![(200, 204, 201)],
        changes: vec![300],
        ceiling: Some(100.0),
        ends: ("1 Jan 2026".to_owned(), "4 Feb 2027".to_owned()),
    };
    ChartBody::Anomalies {
        panels: vec![panel.clone(), UnusualPanel { name: "search: nothing".to_owned(), unusual: vec![], ..panel }],
    }
}

fn season() -> ChartBody {
    let cell = |d: usize, h: usize| (d != 2 || h != 3).then(|| 20.0 + 15.0 * (1.0 - (h as f64 - 14.0).abs() / 14.0) + d as f64);
    ChartBody::Season { unit: "cores".to_owned(), cells: (0..7).map(|d| (0..24).map(|h| cell(d, h)).collect()).collect() }
}

fn budget() -> ChartBody {
    let expected: Vec<f64> = (1..=12).map(|m| 4.0 * f64::from(m * m)).collect();
    ChartBody::Budget {
        months: months(),
        error: expected.iter().map(|minutes| 0.12 * minutes).collect(),
        futures: expected.iter().map(|minutes| (0.1 * minutes, 1.6 * minutes)).collect(),
        allowed: (1..=12).map(|m| 43.8 * f64::from(m)).collect(),
        expected,
    }
}

/// A chart of each kind, with numbers that never change.
fn charts() -> Vec<Chart> {
    let by_month = |of: &dyn Fn(i32) -> f64| (0..12).map(|m| (of(m), 0.004)).collect::<Vec<_>>();
    let curve = |from: i32, top: f64| (0..60).map(|i| (day(from + 3 * i), top * f64::from(i) / 59.0)).collect::<Vec<_>>();
    let row = |from: i32| (0..12).map(|m| (m != 3).then(|| (1.0 - 0.08 * f64::from(m - from).max(0.0)).max(0.0))).collect();
    let mm1 = |u: f64| 0.09 / (1.0 - u);
    let bodies = [
        fan(),
        fans(),
        ChartBody::Exhaustion {
            curves: vec![("checkout".to_owned(), curve(20, 0.9)), ("web".to_owned(), curve(150, 0.4))],
            today: day(0),
            horizon: day(364),
        },
        ChartBody::Survival {
            months: months(),
            rows: vec![("web: a host (wanted)".to_owned(), row(9)), ("web: a rack".to_owned(), row(1))],
        },
        ChartBody::Risk {
            months: months(),
            lines: vec![
                ("base".to_owned(), by_month(&|m| 0.003 * f64::from(m * m))),
                ("recommended orders".to_owned(), by_month(&|m| 0.0005 * f64::from(m))),
            ],
            accepted: Some(0.01),
        },
        ChartBody::CostRisk {
            currency: "EUR".to_owned(),
            points: vec![
                ("no further orders".to_owned(), 0.0, 0.2, 0.02),
                ("recommended".to_owned(), 28_475.0, 0.008, 0.002),
                ("as declared".to_owned(), 63_336.0, 0.004, 0.002),
            ],
            chosen: "recommended".to_owned(),
            accepted: Some(0.01),
        },
        ChartBody::Orders {
            rows: vec![
                ("checkout: 3 × m8".to_owned(), day(40), day(75), day(90), day(120), day(121)),
                ("search: 12 × m8".to_owned(), day(150), day(185), day(200), day(240), day(231)),
            ],
            as_of: day(-1),
        },
        tornado(),
        backtest(),
        anomalies(),
        season(),
        ChartBody::Latency {
            percentile: 0.99,
            target: 0.25,
            curve: (0..97).map(|i| f64::from(i) / 100.0).map(|u| (u, mm1(u))).collect(),
            measured: [0.1, 0.4, 0.7].map(|u| (u, mm1(u))).to_vec(),
            line: 0.64,
            interval: Some((0.6, 0.7)),
            knee: Some((0.5, mm1(0.5))),
            now: Some(0.31),
        },
        ChartBody::Waterfall {
            unit: "EUR".to_owned(),
            from: ("plan of 31 Jul 2026".to_owned(), 36_572.0),
            steps: vec![("search: 0 → 3 units".to_owned(), 28_475.0), ("checkout: 3 → 1 units".to_owned(), -20_000.0)],
            to: ("plan of 31 Oct 2026".to_owned(), 45_047.0),
        },
        budget(),
    ];
    let whole = |body: ChartBody| Chart {
        id: body.kind().replace('_', "-"),
        title: format!("The finding of a {} chart stands here as a sentence", body.kind().replace('_', "-")),
        subtitle: "What is drawn, with units, and how it was made".to_owned(),
        footer: "plimsoll · model fixed · seed 1 · data to 31 Oct 2026".to_owned(),
        pool: None,
        body,
    };
    bodies.into_iter().map(whole).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn every_kind_of_chart_looks_as_its_picture() {
    let mut wrong = Vec::new();
    for chart in charts() {
        let drawing = render::sized_svg(&chart, Size::Slide);
        let path = folder().join(format!("{}.png", chart.id));
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, render::png(&drawing, 1.0).unwrap()).unwrap();
        }
        let golden = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; UPDATE_DOCS=1 makes it", path.display()));
        let (mean, most) = apart(&Pixmap::decode_png(&golden).unwrap(), &drawn(&drawing));
        if mean > MEAN || most > MOST {
            wrong.push(format!("{}: mean ΔE {mean:.3}, largest {most:.1}", chart.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:#?}\nif that is meant: UPDATE_DOCS=1 cargo test --test it pictures, and look at tests/golden"
    );
}

#[test]
fn there_is_no_picture_without_its_chart() {
    let mut kinds: Vec<String> = charts().iter().map(|chart| format!("{}.png", chart.id)).collect();
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> = files.collect();
    files.sort();
    kinds.sort();
    assert_eq!(files, kinds);
}

#[test]
fn a_label_that_moves_or_a_colour_that_changes_is_found() {
    for chart in charts() {
        let drawing = render::sized_svg(&chart, Size::Slide);
        let golden = drawn(&drawing);
        assert!(same(&golden, &drawn(&drawing)));
        // the last text of the drawing, five units to the right: eight steps of the drawing's own grid are a unit
        let at = drawing.rfind("<text x=\"").unwrap() + "<text x=\"".len();
        let end = at + drawing[at..].find('"').unwrap();
        let x: i64 = drawing[at..end].parse().unwrap();
        let moved = format!("{}{}{}", &drawing[..at], x + 40, &drawing[end..]);
        assert!(!same(&golden, &drawn(&moved)), "{}: {:?}", chart.id, apart(&golden, &drawn(&moved)));
        for (from, to) in [("#0072B2", "#56B4E9"), ("#D55E00", "#E69F00")] {
            if drawing.contains(from) {
                let other = drawn(&drawing.replace(from, to));
                assert!(!same(&golden, &other), "{}: {from} {:?}", chart.id, apart(&golden, &other));
            }
        }
    }
}

#[test]
fn rounding_of_single_levels_is_not_found() {
    let golden = drawn(&render::sized_svg(&charts()[0], Size::Slide));
    let mut rounded = golden.clone();
    for (i, byte) in rounded.data_mut().iter_mut().enumerate() {
        // every third byte one level off, alpha left alone
        if i % 4 != 3 && i % 3 == 0 && *byte > 0 && *byte < 255 {
            *byte = if i % 2 == 0 { *byte + 1 } else { *byte - 1 };
        }
    }
    assert!(golden.data() != rounded.data());
    assert!(same(&golden, &rounded), "{:?}", apart(&golden, &rounded));
}
