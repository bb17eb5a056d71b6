use super::axis::{Plot, Values};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::shown;
use super::theme::{BLUE, INK, MUTED, RED};
use crate::report::UnusualPanel;

/// Height of a panel.
pub(super) const ROW: f64 = 168.0;
/// Most points of a line: of longer series the least and the largest value of each stretch are drawn.
const POINTS: usize = 1_600;
/// Marks are at least so wide.
const NARROWEST: f64 = 3.0;

/// As many panels as have room, each at least four fifths of [`ROW`] high.
pub(super) fn draw(pen: &Pen<'_>, frame: Plot, panels: &[UnusualPanel]) -> Option<String> {
    let room = frame.bottom - frame.top - 10.0;
    let drawn = ((room / (0.8 * ROW)) as usize).clamp(1, panels.len().max(1));
    let each = (room / drawn as f64).min(1.4 * ROW);
    for (i, panel) in panels.iter().take(drawn).enumerate() {
        let top = frame.top + i as f64 * each;
        let plot = Plot { left: frame.left + 56.0, right: frame.right - 8.0, top: top + 26.0, bottom: top + each - 28.0 };
        draw_panel(pen, plot, panel);
    }
    shown(drawn, panels.len(), "series, the most unusual,")
}

fn range(panel: &UnusualPanel) -> (f64, f64) {
    let reach = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
    let (low, high) = panel.values.iter().flatten().copied().fold((f64::INFINITY, f64::NEG_INFINITY), reach);
    // a band far outside of what was seen is cut: the series is to be read
    let room = 0.15 * (high - low);
    let edges = panel.usual.iter().flatten().flat_map(|(low, high)| [*low, *high]);
    let bands = edges.map(|edge| edge.clamp(low - room, high + room));
    let (low, high) = bands.chain(panel.ceiling).fold((low, high), reach);
    if high > low { (low - 0.04 * (high - low), high + 0.04 * (high - low)) } else { (low - 1.0, high + 1.0) }
}

fn draw_panel(pen: &Pen<'_>, plot: Plot, panel: &UnusualPanel) {
    let name = LABEL.bold().fitted(&panel.name, plot.right - plot.left);
    pen.text(&name, (plot.left, plot.top - 13.0), LABEL.bold(), Anchor::Start);
    let (low, high) = range(panel);
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let y = Values { low, high, plot };
    y.draw_numbers(pen);
    let steps = panel.values.len().saturating_sub(1).max(1) as f64;
    let x = |step: usize| plot.left + step as f64 / steps * (plot.right - plot.left);
    for (from, to, _) in &panel.unusual {
        let (left, right) = (x(*from), x(to.saturating_sub(1)));
        let short = (NARROWEST - (right - left)).max(0.0) / 2.0;
        pen.rect((left - short, plot.top), (right + short, plot.bottom), RED, 0.14);
    }
    let each = panel.values.len().div_ceil(POINTS / 2).max(1);
    draw_band(pen, panel, each, &x, &y);
    draw_line(pen, panel, each, &x, &y);
    for change in &panel.changes {
        pen.dashed(&[(x(*change), plot.top), (x(*change), plot.bottom)], BLUE, 1.25, 4.0);
    }
    if let Some(ceiling) = panel.ceiling {
        pen.dashed(&[(plot.left, y.y(ceiling)), (plot.right, y.y(ceiling))], MUTED, 1.25, 4.0);
    }
    for (_, _, peak) in &panel.unusual {
        if let Some(value) = panel.values.get(*peak).copied().flatten() {
            pen.dot((x(*peak), y.y(value)), 3.5, RED);
        }
    }
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    pen.label(&panel.ends.0, (plot.left, plot.bottom + 13.0), AXIS, Anchor::Start);
    pen.label(&panel.ends.1, (plot.right, plot.bottom + 13.0), AXIS, Anchor::End);
}

fn draw_band(pen: &Pen<'_>, panel: &UnusualPanel, each: usize, x: &impl Fn(usize) -> f64, y: &Values) {
    let mut run: Vec<(f64, f64, f64)> = Vec::new();
    let flush = |run: &mut Vec<(f64, f64, f64)>| {
        let up = run.iter().map(|(at, _, high)| (*at, *high));
        let down = run.iter().rev().map(|(at, low, _)| (*at, *low));
        pen.polygon(&up.chain(down).collect::<Vec<_>>(), BLUE, 0.2);
        run.clear();
    };
    for (i, stretch) in panel.usual.chunks(each).enumerate() {
        let wide = stretch.iter().flatten().copied().reduce(|one, two| (one.0.min(two.0), one.1.max(two.1)));
        match wide {
            Some((low, high)) => run.push((x(i * each + stretch.len() / 2), y.y(low), y.y(high))),
            None => flush(&mut run),
        }
    }
    flush(&mut run);
}

fn draw_line(pen: &Pen<'_>, panel: &UnusualPanel, each: usize, x: &impl Fn(usize) -> f64, y: &Values) {
    let mut run: Vec<(f64, f64)> = Vec::new();
    for (i, stretch) in panel.values.chunks(each).enumerate() {
        let seen = || stretch.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
        let least = seen().min_by(|a, b| a.1.total_cmp(&b.1));
        let most = seen().max_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(least), Some(most)) = (least, most) else {
            pen.line(&std::mem::take(&mut run), INK, 1.0);
            continue;
        };
        let (first, then) = if least.0 <= most.0 { (least, most) } else { (most, least) };
        run.push((x(i * each + first.0), y.y(first.1)));
        if then.0 > first.0 {
            run.push((x(i * each + then.0), y.y(then.1)));
        }
    }
    pen.line(&run, INK, 1.0);
}
