use super::axis::{Plot, Values, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::{SmallFan, format};
use crate::time::Day;
use crate::units::Unit;

/// Least width of a panel with what parts it from the next.
const WIDE: f64 = 210.0;
/// Height of a panel with its words; on a slide a little less will do.
const HIGH: f64 = 148.0;
/// Stretches of history, and of the future, that can be read.
const READ: usize = 24;

/// As many as have room, fewer where the last row would be half empty.
fn columns(panels: usize, width: f64) -> usize {
    let most = ((width / WIDE) as usize).max(1);
    match panels {
        2 | 4 if most > 2 => 2,
        5 | 6 => most.min(3),
        few => most.min(few.max(1)),
    }
}

/// Height of so many panels.
pub(super) fn height(panels: usize, width: f64) -> f64 {
    panels.max(1).div_ceil(columns(panels, width)) as f64 * HIGH + 20.0
}

/// As many panels as have room; each has a scale of its own, from zero to its highest.
pub(super) fn draw(pen: &Pen<'_>, frame: Plot, panels: &[SmallFan], pools: usize, as_of: Day) -> Option<String> {
    let across = columns(panels.len(), frame.right - frame.left);
    let down = (((frame.bottom - frame.top - 20.0) / (0.84 * HIGH)) as usize).clamp(1, panels.len().div_ceil(across).max(1));
    let high = ((frame.bottom - frame.top - 20.0) / down as f64).min(2.8 * HIGH);
    let wide = (frame.right - frame.left) / across as f64;
    let drawn = panels.len().min(across * down);
    for (i, panel) in panels.iter().take(drawn).enumerate() {
        let (left, top) = (frame.left + (i % across) as f64 * wide, frame.top + (i / across) as f64 * high);
        let plot = Plot { left: left + 44.0, right: left + wide - 16.0, top: top + 44.0, bottom: top + high - 24.0 };
        draw_panel(pen, plot, left, panel, as_of);
    }
    (drawn < pools).then(|| format!("{drawn} of {pools} pools, the first to cross; {} are not shown.", pools - drawn))
}

fn draw_panel(pen: &Pen<'_>, plot: Plot, left: f64, panel: &SmallFan, as_of: Day) {
    let room = plot.right - left;
    let color = if panel.crossing.is_some() { RED } else { MUTED };
    pen.text(&AXIS.fitted(&panel.crosses, room), (left, plot.top - 19.0), AXIS.color(color), Anchor::Start);
    let first = panel.history.first().map_or(as_of, |(day, _)| *day);
    let last = panel.days.last().copied().unwrap_or(as_of).max(as_of);
    let span = f64::from(last.since(first).max(1));
    let x = |day: Day| plot.left + f64::from(day.since(first)).clamp(0.0, span) / span * (plot.right - plot.left);
    let y = Values { low: 0.0, high: 1.08 * highest(panel), plot };
    let unit = Unit::named(&panel.unit);
    let (prefix, factor) = format::prefix(y.high, &unit);
    let most = if plot.bottom - plot.top > HIGH { 4 } else { 2 };
    for level in ticks(0.0, y.high / factor, most).into_iter().map(|tick| tick * factor) {
        pen.line(&[(plot.left, y.y(level)), (plot.right, y.y(level))], GRID, 1.0);
        pen.label(&short(level / factor), (plot.left - 6.0, y.y(level)), AXIS, Anchor::End);
    }
    let edges = panel.days.iter().zip(&panel.band).map(|(day, (low, high))| (x(*day), y.y(*low), y.y(*high)));
    pen.band(&edges.collect::<Vec<_>>(), BLUE, 0.25);
    let most = panel.band.iter().map(|(_, high)| *high).fold(0.0, f64::max);
    if most > y.high {
        pen.dashed(&[(x(as_of), plot.top), (plot.right, plot.top)], MUTED, 1.0, 3.0);
        pen.label_on_paper(&format!("band to {}", short(most / factor)), (plot.right - 2.0, plot.top + 8.0), AXIS, Anchor::End);
    }
    let points = |line: &[(Day, f64)]| line.iter().map(|(day, level)| (x(*day), y.y(*level))).collect::<Vec<_>>();
    pen.line(&points(&panel.history), INK, 1.0);
    let median: Vec<(Day, f64)> = panel.days.iter().copied().zip(panel.median.iter().copied()).collect();
    pen.line(&points(&median), BLUE, 1.75);
    let name = &panel.pool;
    let amount = |value: f64| format!("{} {}", short(value / factor), format::unit_name(prefix, &unit));
    let read = |from: Day, to: Day, words: String| pen.spot((x(from), plot.top), (x(to), plot.bottom), words);
    for some in panel.history.chunks(panel.history.len().div_ceil(READ).max(1)) {
        let (from, to) = (some[0].0, some[some.len() - 1].0.plus(7));
        let most = some.iter().map(|(_, level)| *level).fold(f64::NEG_INFINITY, f64::max);
        read(from, to.min(as_of), format!("{name}, {}: highest {}", spell(from, to.min(as_of)), amount(most)));
    }
    let steps: Vec<(Day, f64, (f64, f64))> =
        panel.days.iter().zip(&panel.median).zip(&panel.band).map(|((day, median), band)| (*day, *median, *band)).collect();
    for some in steps.chunks(steps.len().div_ceil(READ).max(1)) {
        // of some weeks together that with the highest median, as capacity must carry it
        let Some((day, median, (low, high))) = some.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        let words = format!("median {} (8 of 10: {} – {})", amount(median), amount(low), amount(high));
        let safe = panel.line.iter().rev().find(|(from, _)| *from <= day).map(|(_, level)| amount(*level));
        let safe = safe.map_or_else(String::new, |level| format!("; safe-load line {level}"));
        let (from, to) = (some[0].0, some[some.len() - 1].0.plus(7));
        read(from, to.min(last), format!("{name}, week of {}: {words}{safe}", format::day(day)));
    }
    let mut stairs = Vec::new();
    for (i, (day, level)) in panel.line.iter().enumerate() {
        let until = panel.line.get(i + 1).map_or(last, |next| next.0);
        stairs.extend([(x(*day), y.y(*level)), (x(until), y.y(*level))]);
    }
    pen.line(&stairs, RED, 1.75);
    if let Some((day, level)) = panel.crossing {
        pen.dot((x(day), y.y(level)), 4.0, RED);
    }
    pen.dashed(&[(x(as_of), plot.top), (x(as_of), plot.bottom)], MUTED, 1.0, 2.0);
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    pen.label(&format::month(first.month()), (plot.left, plot.bottom + 12.0), AXIS, Anchor::Start);
    pen.label(&format::month(last.month()), (plot.right, plot.bottom + 12.0), AXIS, Anchor::End);
    let unit = AXIS.fitted(&format::unit_name(prefix, &unit), 0.35 * room);
    pen.text(&unit, (plot.right, plot.top - 36.0), AXIS, Anchor::End);
    let name = LABEL.bold().named(&panel.pool, room - AXIS.width(&unit) - 8.0);
    pen.text(&name, (left, plot.top - 36.0), LABEL.bold(), Anchor::Start);
}

fn spell(from: Day, to: Day) -> String {
    format!("{} – {}", format::day(from), format::day(to))
}

fn highest(panel: &SmallFan) -> f64 {
    let seen = panel.history.iter().chain(&panel.line).map(|(_, level)| *level);
    let most = seen.fold(0.0, f64::max);
    // a band that opens wide is cut at twice what was seen or installed, which is then written where it is cut
    let ahead = panel.band.iter().map(|(_, high)| *high).fold(0.0, f64::max);
    let most = if most > 0.0 { most.max(ahead.min(2.0 * most)) } else { ahead };
    most.max(f64::MIN_POSITIVE)
}
