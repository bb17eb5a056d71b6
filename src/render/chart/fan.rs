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
    let first = history.first().map_or(*as_of, |(day, _)| *day);
    let last = days.last().copied().unwrap_or(*as_of);
    let wide = Plot { left: frame.left + 52.0, right: frame.right - LABELS, top: frame.top + 30.0, bottom: frame.bottom - 44.0 };
    let (flags, rows) = flags(markers, &Days { from: first, to: last, plot: wide });
    let plot = Plot { top: wide.top + ROW * rows as f64, ..wide };
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
    mark(pen, &flags, plot);
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

/// Height of a row of markers above the plot.
const ROW: f64 = 16.0;
/// Rows of markers at most.
const ROWS: usize = 4;
/// From the line of a marker to its words.
const BESIDE: f64 = 4.0;

/// A marker: its line stands at `x`, its words beside it in a row above the plot; one without room keeps its line.
struct Flag {
    x: f64,
    words: String,
    anchor: Anchor,
    /// Counted from the highest.
    row: Option<usize>,
}

impl Flag {
    /// From where to where its words go.
    fn ends(&self) -> (f64, f64) {
        let wide = AXIS.width(&self.words);
        if self.anchor == Anchor::End {
            (self.x - BESIDE - wide, self.x - BESIDE)
        } else {
            (self.x + BESIDE, self.x + BESIDE + wide)
        }
    }

    /// Whether its words in row `r` stand on those of another, or a line goes through the words of one of the two.
    fn meets(&self, r: usize, other: &Self) -> bool {
        let Some(row) = other.row else { return false };
        let ((left, right), (from, to)) = (self.ends(), other.ends());
        let strikes = |x: f64, left: f64, right: f64| left - 2.0 < x && x < right + 2.0;
        (r == row && left < to + BESIDE && from < right + BESIDE)
            || (r <= row && strikes(self.x, from, to))
            || (row <= r && strikes(other.x, left, right))
    }
}

/// All markers in as few rows as hold the words of all, or in as many as there are; and how many those are.
fn flags(markers: &[Marker], x: &Days) -> (Vec<Flag>, usize) {
    let placed = |rows: usize| {
        let mut flags: Vec<Flag> = Vec::new();
        for marker in markers {
            let mut flag = flag(marker, x);
            let inside = flag.ends().0 > x.plot.left;
            flag.row = (0..rows).find(|r| inside && !flags.iter().any(|other| flag.meets(*r, other)));
            flags.push(flag);
        }
        flags
    };
    let most = ROWS.min(markers.len());
    let fewest = (0..most).find(|rows| placed(*rows).iter().all(|flag| flag.row.is_some())).unwrap_or(most);
    (placed(fewest), fewest)
}

fn flag(marker: &Marker, x: &Days) -> Flag {
    let at = x.x(marker.day);
    let room = 0.4 * (x.plot.right - x.plot.left);
    let words = format!("{}, {}", AXIS.fitted(&marker.label, room), format::day_of_month(marker.day));
    let beyond = at + BESIDE + AXIS.width(&words) > x.plot.right + LABELS;
    Flag { x: at, words, anchor: if beyond { Anchor::End } else { Anchor::Start }, row: None }
}

fn mark(pen: &Pen<'_>, flags: &[Flag], plot: Plot) {
    let rows = flags.iter().filter_map(|flag| flag.row).max().map_or(0, |row| row + 1);
    let middle = |r: usize| plot.top - 38.0 - ROW * (rows - 1 - r) as f64;
    for flag in flags {
        let (left, right) = flag.ends();
        let written = flag.row.filter(|r| {
            let at = if flag.anchor == Anchor::End { right } else { left };
            pen.label(&flag.words, (at, middle(*r)), AXIS, flag.anchor)
        });
        let from = written.map_or(plot.top - 6.0, |r| middle(r) - 5.0);
        pen.line(&[(flag.x, from), (flag.x, plot.bottom)], GRID, 1.0);
        pen.line(&[(flag.x, from), (flag.x, plot.top)], MUTED, 1.0);
    }
}
