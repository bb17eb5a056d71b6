use super::axis::{Days, Plot, Values, apart, lead};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::{ChartBody, Marker, format};
use crate::time::Day;
use crate::units::Unit;

/// Room on the right for labels of the lines.
const LABELS: f64 = 128.0;

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, body: &ChartBody) {
    let ChartBody::Fan { unit, history, days, bands, median, line, capacity, crossing, markers, as_of } = body else { return };
    let rows = marker_rows(markers);
    let plot = Plot {
        left: frame.left + 52.0,
        top: frame.top + 30.0 + 16.0 * rows as f64,
        right: frame.right - LABELS,
        bottom: frame.bottom - 44.0,
    };
    let first = history.first().map_or(*as_of, |(day, _)| *day);
    let last = days.last().copied().unwrap_or(*as_of);
    let x = Days { from: first, to: last, plot };
    let y = Values { low: 0.0, high: 1.06 * highest(history, bands, line, capacity), plot };
    y.draw_amounts(pen, unit);
    x.draw(pen);
    for ((_, low, high), opacity) in bands.iter().zip([0.13, 0.2, 0.3]) {
        let edges = days.iter().zip(low.iter().zip(high));
        pen.band(&edges.map(|(day, (low, high))| (x.x(*day), y.y(*low), y.y(*high))).collect::<Vec<_>>(), BLUE, opacity);
    }
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (day, level) in history {
        if let Some(level) = level {
            run.push((x.x(*day), y.y(*level)));
        } else {
            pen.line(&std::mem::take(&mut run), INK, 1.0);
        }
    }
    pen.line(&run, INK, 1.0);
    let middle: Vec<(f64, f64)> = days.iter().zip(median).map(|(day, v)| (x.x(*day), y.y(*v))).collect();
    pen.line(&middle, BLUE, 1.75);
    pen.dashed(&stairs(capacity, &x, &y, last), MUTED, 1.25, 5.0);
    pen.line(&stairs(line, &x, &y, last), RED, 2.25);
    let today = x.x(*as_of);
    pen.dashed(&[(today, plot.top), (today, plot.bottom)], MUTED, 1.0, 2.0);
    let side = if today - plot.left > 80.0 { (today - 6.0, Anchor::End) } else { (today + 6.0, Anchor::Start) };
    pen.label_on_paper("data end", (side.0, plot.bottom - 10.0), AXIS, side.1);
    mark(pen, markers, &x, plot);
    let most = bands.iter().flat_map(|(_, _, high)| high.iter().copied()).fold(0.0, f64::max);
    if most > y.high {
        let words = format!("cut here: the 95 % band goes on to {}", format::amount(most, &Unit::named(unit)));
        pen.dashed(&[(today, plot.top), (plot.right, plot.top)], MUTED, 1.0, 3.0);
        pen.label_on_paper(&words, (plot.right - 4.0, plot.top + 12.0), AXIS, Anchor::End);
    }
    if let Some((day, level)) = crossing {
        let at = (x.x(*day), y.y(*level));
        pen.dot(at, 6.0, RED);
        pen.line(&[at, (at.0, plot.bottom)], RED, 1.0);
        let words = format::day(*day);
        let room = LABEL.width(&words) + 12.0;
        let (dx, anchor) = if at.0 + room > plot.right { (-7.0, Anchor::End) } else { (7.0, Anchor::Start) };
        pen.label(&words, (at.0 + dx, plot.bottom - 28.0), LABEL.bold().color(RED), anchor);
    }
    let end = |steps: &[(Day, f64)]| steps.last().map(|(_, level)| y.y(*level));
    let labels = [
        (end(line), "safe-load line", RED),
        (end(capacity), "capacity", MUTED),
        (middle.last().map(|p| p.1), "median future", BLUE),
        (bands.iter().find(|band| band.0 == 0.8).and_then(|band| band.2.last()).map(|v| y.y(*v)), "9 of 10 below", BLUE),
    ];
    let there: Vec<_> = labels.into_iter().filter_map(|(at, text, color)| Some((at?, text, color))).collect();
    let placed = apart(&there.iter().map(|label| label.0).collect::<Vec<_>>(), 17.0, plot.top, plot.bottom);
    for ((end, text, color), at) in there.iter().zip(placed) {
        lead(pen, (plot.right, there.len()), (*end, at), *color);
        pen.text(text, (plot.right + 8.0, at), LABEL.color(*color), Anchor::Start);
    }
}

fn highest(
    history: &[(Day, Option<f64>)],
    bands: &[(f64, Vec<f64>, Vec<f64>)],
    line: &[(Day, f64)],
    capacity: &[(Day, f64)],
) -> f64 {
    let seen = history.iter().filter_map(|(_, level)| *level);
    let ahead = bands.iter().flat_map(|(_, _, high)| high.iter().copied());
    let drawn = line.iter().chain(capacity).map(|(_, level)| *level);
    let most = drawn.clone().fold(0.0, f64::max).max(seen.fold(0.0, f64::max));
    // a fan that opens wide is cut at three times what was seen or installed, which is then written where it is cut
    most.max(ahead.fold(0.0, f64::max).min(3.0 * most)).max(f64::MIN_POSITIVE)
}

fn stairs(steps: &[(Day, f64)], x: &Days, y: &Values, last: Day) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for (i, (day, level)) in steps.iter().enumerate() {
        let until = steps.get(i + 1).map_or(last, |next| next.0);
        points.extend([(x.x(*day), y.y(*level)), (x.x(until), y.y(*level))]);
    }
    points
}

/// Rows of labels above the plot.
fn marker_rows(markers: &[Marker]) -> usize {
    markers.len().min(4)
}

/// Labels above the plot, each in the first row where it has room and its line strikes out no other; what has none keeps its line.
fn mark(pen: &Pen<'_>, markers: &[Marker], x: &Days, plot: Plot) {
    let rows = marker_rows(markers);
    let mut taken: Vec<Vec<(f64, f64)>> = vec![Vec::new(); rows];
    for marker in markers {
        let at = x.x(marker.day);
        let (day, room) = (format::day_of_month(marker.day), 0.4 * (plot.right - plot.left));
        let text = format!("{}, {day}", AXIS.fitted(&marker.label, room));
        let wide = AXIS.width(&text);
        let anchor = if at + wide > plot.right + LABELS { Anchor::End } else { Anchor::Start };
        let dx = if anchor == Anchor::End { 4.0 } else { -1.0 };
        let row = |r: usize| plot.top - 38.0 - 16.0 * (rows - 1 - r) as f64;
        // its line strikes out no label below
        let strikes = |r: usize| taken[r + 1..].iter().flatten().any(|(left, right)| (left - 2.0..right + 2.0).contains(&at));
        let placed = (0..rows).find(|r| !strikes(*r) && pen.label(&text, (at + dx, row(*r)), AXIS, anchor));
        if let Some(r) = placed {
            let place = pen.boxed(&text, (at + dx, row(r)), AXIS, anchor);
            taken[r].push((place.left, place.right));
        }
        let from = placed.map_or(plot.top - 6.0, |r| row(r) + 8.0);
        pen.line(&[(at, from), (at, plot.bottom)], GRID, 1.0);
        pen.line(&[(at, from), (at, plot.top)], MUTED, 1.0);
    }
}
