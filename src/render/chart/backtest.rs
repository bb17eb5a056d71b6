use super::axis::{Plot, Values, apart, lead, percent_label, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, INK, MUTED, RED};
use crate::report::Panel;

/// Room between panels.
const GAP: f64 = 64.0;
/// Room between the first and the last date under a panel.
const DATES: f64 = 16.0;
/// Steps of a panel that can be read, about.
const READ: usize = 48;

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, panels: &[Panel], coverage: &[(u32, f64, f64)]) {
    let middle = frame.top + 0.56 * (frame.bottom - frame.top);
    let count = panels.len().max(1) as f64;
    let left = frame.left + 48.0;
    let wide = (frame.right - left - (count - 1.0) * GAP) / count;
    for (i, panel) in panels.iter().enumerate() {
        let from = left + i as f64 * (wide + GAP);
        let plot = Plot { left: from, right: from + wide, top: frame.top + 26.0, bottom: middle - 34.0 };
        draw_panel(pen, plot, panel);
    }
    let plot = Plot { left, right: frame.right - 90.0, top: middle + 28.0, bottom: frame.bottom - 26.0 };
    draw_coverage(pen, plot, coverage);
}

fn draw_panel(pen: &Pen<'_>, plot: Plot, panel: &Panel) {
    pen.text(
        &LABEL.bold().fitted(&panel.name, plot.right - plot.left),
        (plot.left, plot.top - 13.0),
        LABEL.bold(),
        Anchor::Start,
    );
    let past = panel.past.len();
    let ahead = panel.steps.last().map_or(panel.median.len(), |last| *last as usize);
    let step_of = |h: usize| panel.steps.get(h).map_or(h, |step| (*step as usize).saturating_sub(1));
    let seen = panel.past.iter().chain(&panel.came).flatten().copied();
    let (mut low, mut high) = seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    // bands far outside of what was seen are cut: the series is to be read too
    let room = 0.5 * (high - low);
    let (floor, ceiling) = (low - room, high + room);
    if !(low.is_finite() && high.is_finite()) {
        (low, high) = (0.0, 0.0); // nothing came: the bands alone, as wide as they are
        let edges = panel.bands.iter().flat_map(|(_, lows, highs)| lows.iter().chain(highs)).copied();
        (low, high) = edges.fold((low, high), |(low, high), v| (low.min(v), high.max(v)));
    }
    for (_, lows, highs) in &panel.bands {
        low = lows.iter().fold(low, |low, v| low.min(v.max(floor)));
        high = highs.iter().fold(high, |high, v| high.max(v.min(ceiling)));
    }
    if high <= low {
        (low, high) = (low - 1.0, high + 1.0);
    }
    let y = Values { low: low - 0.04 * (high - low), high: high + 0.04 * (high - low), plot };
    y.draw_numbers(pen);
    let steps = (past + ahead).saturating_sub(1).max(1) as f64;
    let x = |step: usize| plot.left + step as f64 / steps * (plot.right - plot.left);
    let apart = panel.steps.windows(2).any(|pair| pair[1].saturating_sub(pair[0]) > 1);
    if apart {
        let places: Vec<f64> = (0..panel.median.len()).map(|h| x(past + step_of(h))).collect();
        draw_bars(pen, panel, &places, &y);
    } else {
        draw_bands(pen, panel, &|h| x(past + step_of(h)), &y);
    }
    let half = 0.5 / steps * (plot.right - plot.left);
    let count = panel.median.len();
    let every = count.div_ceil(READ).max(1);
    for h in (0..count).step_by(every) {
        let came = panel.came.get(step_of(h)).copied().flatten().map_or_else(|| "no data".to_owned(), short);
        let bands = panel.bands.iter().rev().filter_map(|(covers, lows, highs)| {
            Some(format!("{} %: {} – {}", short(100.0 * covers), short(*lows.get(h)?), short(*highs.get(h)?)))
        });
        let bands = bands.collect::<Vec<_>>().join("; ");
        let words = format!("{}, {} ahead: came {came}; median {}; {bands}", panel.name, step_of(h) + 1, short(panel.median[h]));
        let right = x(past + step_of((h + every).min(count) - 1)) + half;
        pen.spot(((x(past + step_of(h)) - half).max(plot.left), plot.top), (right.min(plot.right), plot.bottom), words);
    }
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (step, value) in panel.past.iter().chain(&panel.came).enumerate() {
        match value {
            Some(value) => run.push((x(step), y.y(*value))),
            None => pen.line(&std::mem::take(&mut run), INK, 1.0),
        }
    }
    pen.line(&run, INK, 1.0);
    let origin = x(past) - 0.5 / steps * (plot.right - plot.left);
    pen.dashed(&[(origin, plot.top), (origin, plot.bottom)], MUTED, 1.0, 4.0);
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    if let Some((first, last)) = &panel.ends {
        let y = plot.bottom + 13.0;
        pen.label(last, (plot.right, y), AXIS, Anchor::End);
        // side by side the two dates would read as a stretch: the first moves to the left of the day it was said on, or below
        let room = plot.right - AXIS.width(last) - DATES;
        let places = [((x(past), y), Anchor::Middle), ((origin - 4.0, y), Anchor::End), ((x(past), y + 14.0), Anchor::Middle)];
        let apart =
            |((at, row), anchor): &((f64, f64), Anchor)| *row > y || pen.boxed(first, (*at, *row), AXIS, *anchor).right < room;
        let places: Vec<_> = places.into_iter().filter(apart).collect();
        pen.label_at_one_of(first, &places, AXIS);
        return;
    }
    for (step, text) in [(past, "1".to_owned()), ((past + ahead).saturating_sub(1), ahead.to_string())] {
        pen.label(&text, (x(step), plot.bottom + 13.0), AXIS, Anchor::Middle);
    }
}

/// A bar a step: a line from one step that was scored to the next would say something of those between them.
fn draw_bars(pen: &Pen<'_>, panel: &Panel, places: &[f64], y: &Values) {
    let nearest = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let half = (0.35 * nearest).min(3.0);
    // the bars of the last step are as wide as they can be within the plot
    let (left, right) = (|at: &f64| (at - half).max(y.plot.left), |at: &f64| (at + half).min(y.plot.right));
    for ((_, lows, highs), opacity) in panel.bands.iter().zip([0.3, 0.45]) {
        for ((at, low), high) in places.iter().zip(lows).zip(highs) {
            pen.rect((left(at), y.y(*high)), (right(at), y.y(*low)), BLUE, opacity);
        }
    }
    for (at, median) in places.iter().zip(&panel.median) {
        pen.line(&[(left(at), y.y(*median)), (right(at), y.y(*median))], BLUE, 1.75);
    }
}

fn draw_bands(pen: &Pen<'_>, panel: &Panel, x: &dyn Fn(usize) -> f64, y: &Values) {
    for ((_, lows, highs), opacity) in panel.bands.iter().zip([0.16, 0.28]) {
        let up = highs.iter().enumerate().map(|(h, v)| (x(h), y.y(*v)));
        let down = lows.iter().enumerate().rev().map(|(h, v)| (x(h), y.y(*v)));
        pen.polygon(&up.chain(down).collect::<Vec<_>>(), BLUE, opacity);
    }
    let median: Vec<(f64, f64)> = panel.median.iter().enumerate().map(|(h, v)| (x(h), y.y(*v))).collect();
    pen.line(&median, BLUE, 1.75);
}

/// A share that was counted, to a tenth of a percent.
fn share(share: f64) -> String {
    percent_label((share * 1e3).round() / 1e3)
}

fn draw_coverage(pen: &Pen<'_>, plot: Plot, coverage: &[(u32, f64, f64)]) {
    let least = coverage.iter().map(|(_, narrow, _)| *narrow).fold(0.6, f64::min);
    let y = Values { low: (least - 0.02).max(0.0), high: 1.0, plot };
    y.draw(pen, "share of what came inside the band", &percent_label);
    let last = coverage.last().map_or(1, |(step, ..)| *step).max(2);
    let x = |step: f64| plot.left + (step - 1.0) / f64::from(last - 1) * (plot.right - plot.left);
    for (at, (step, narrow, wide)) in coverage.iter().enumerate() {
        let beside = |other: Option<&(u32, f64, f64)>| other.map_or(*step, |other| other.0);
        let left = f64::midpoint(f64::from(beside(at.checked_sub(1).and_then(|at| coverage.get(at)))), f64::from(*step));
        let right = f64::midpoint(f64::from(beside(coverage.get(at + 1))), f64::from(*step));
        let words = format!("{step} ahead: the 80 % band held {}, the 95 % band {}", share(*narrow), share(*wide));
        pen.spot((x(left) - 3.0, plot.top), (x(right) + 3.0, plot.bottom), words);
    }
    for level in [0.8, 0.95] {
        pen.dashed(&[(plot.left, y.y(level)), (plot.right, y.y(level))], MUTED, 1.25, 8.0);
    }
    // where both end at one share, the wider band is named above the narrower
    let lines = [
        (BLUE, coverage.iter().map(|(step, _, wide)| (*step, *wide)).collect::<Vec<_>>()),
        (RED, coverage.iter().map(|(step, narrow, _)| (*step, *narrow)).collect()),
    ];
    let ends: Vec<f64> = lines.iter().map(|(_, line)| line.last().map_or(plot.bottom, |(_, share)| y.y(*share))).collect();
    let placed = apart(&ends, 16.0, plot.top, plot.bottom - 8.0);
    for ((((color, line), at), end), name) in lines.iter().zip(placed).zip(&ends).zip(["95 % band", "80 % band"]) {
        let points: Vec<(f64, f64)> = line.iter().map(|(step, share)| (x(f64::from(*step)), y.y(*share))).collect();
        pen.line(&points, *color, 1.75);
        if points.len() <= 48 {
            for point in &points {
                pen.dot(*point, 2.5, *color);
            }
        }
        lead(pen, (plot.right, 2), (*end, at), *color);
        pen.text(name, (plot.right + 8.0, at), LABEL.color(*color), Anchor::Start);
    }
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    pen.text("steps ahead", (plot.right + 12.0, plot.bottom + 13.0), AXIS, Anchor::Start);
    for tick in ticks(1.0, f64::from(last), 8).into_iter().filter(|tick| tick.fract() == 0.0 && *tick >= 1.0) {
        pen.label(&short(tick), (x(tick), plot.bottom + 13.0), AXIS, Anchor::Middle);
    }
}
