use super::Rows;
use super::axis::{Plot, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::format;
use crate::units::Unit;

/// Height of a row.
pub(super) const ROW: f64 = 34.0;

/// One bar of the fall: what it is called, from where to where, its words.
struct Bar {
    name: String,
    from: f64,
    to: f64,
    total: bool,
}

/// A row for each total and each step between them, from top to bottom; more steps than rows are put together.
pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    unit: &str,
    (from, to): (&(String, f64), &(String, f64)),
    steps: &[(String, f64)],
    rows: Rows,
) {
    let bars = bars(from, to, steps, rows.shown);
    let (high_row, thick) = (rows.high, (0.3 * rows.high).min(24.0));
    let widest = bars.iter().map(|bar| LABEL.width(&bar.name)).fold(0.0, f64::max).min(0.34 * (frame.right - frame.left));
    let words = bars.iter().map(|bar| LABEL.bold().width(&amount(bar))).fold(0.0, f64::max) + 10.0;
    let plot = Plot {
        left: frame.left + widest + 14.0 + words,
        top: frame.top + 8.0,
        right: frame.right - words,
        bottom: frame.top + 8.0 + bars.len() as f64 * high_row,
    };
    let ends = || bars.iter().flat_map(|bar| [bar.from, bar.to]);
    let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    let span = (high - low).max(f64::MIN_POSITIVE);
    let x = |value: f64| plot.left + ((value - low) / span).clamp(0.0, 1.0) * (plot.right - plot.left);
    for tick in ticks(low, high, ((plot.right - plot.left) / 80.0).clamp(1.0, 6.0) as usize) {
        pen.line(&[(x(tick), plot.top), (x(tick), plot.bottom)], GRID, 1.0);
        pen.label(&short(tick), (x(tick), plot.bottom + 14.0), AXIS, Anchor::Middle);
    }
    let unit = format::unit_name("", &Unit::named(unit));
    pen.text(&AXIS.fitted(&unit, plot.right - plot.left), (plot.right, plot.bottom + 33.0), AXIS, Anchor::End);
    for (row, bar) in bars.iter().enumerate() {
        let y = plot.top + (row as f64 + 0.5) * high_row;
        let kind = if bar.total { LABEL.bold() } else { LABEL };
        pen.text(&kind.named(&bar.name, widest), (frame.left + widest, y), kind, Anchor::End);
        // more is red and less is blue: a director reads cost
        let color = match bar {
            Bar { total: true, .. } => MUTED,
            Bar { from, to, .. } if to > from => RED,
            _ => BLUE,
        };
        let (left, right) = (x(bar.from.min(bar.to)), x(bar.from.max(bar.to)));
        let from = if bar.total { String::new() } else { format!(", from {} to {}", short(bar.from), short(bar.to)) };
        let words = format!("{}: {} {unit}{from}", bar.name, amount(bar));
        pen.spot((plot.left, y - high_row / 2.0), (plot.right, y + high_row / 2.0), words);
        pen.rect((left, y - thick), (right.max(left + 1.0), y + thick), color, 0.8);
        if row + 1 < bars.len() {
            pen.line(&[(x(bar.to), y + thick), (x(bar.to), y + high_row - thick)], INK, 1.0);
        }
        let rises = bar.to >= bar.from;
        let (at, anchor) = if rises { (right + 6.0, Anchor::Start) } else { (left - 6.0, Anchor::End) };
        pen.text(&amount(bar), (at, y), kind.color(if bar.total { INK } else { color }), anchor);
    }
    pen.line(&[(x(0.0), plot.top), (x(0.0), plot.bottom)], MUTED, 1.5);
}

fn amount(bar: &Bar) -> String {
    let change = bar.to - bar.from;
    if bar.total || change < 0.0 { short(change) } else { format!("+{}", short(change)) }
}

fn bars(from: &(String, f64), to: &(String, f64), steps: &[(String, f64)], rows: usize) -> Vec<Bar> {
    let room = rows.saturating_sub(2).max(1);
    let kept = if steps.len() > room { room - 1 } else { steps.len() };
    let mut bars = vec![Bar { name: from.0.clone(), from: 0.0, to: from.1, total: true }];
    let mut level = from.1;
    let rest: f64 = steps[kept..].iter().map(|(_, change)| change).sum();
    let others = (kept < steps.len()).then(|| (format!("{} others", steps.len() - kept), rest));
    for (name, change) in steps[..kept].iter().cloned().chain(others) {
        bars.push(Bar { name, from: level, to: level + change, total: false });
        level += change;
    }
    bars.push(Bar { name: to.0.clone(), from: 0.0, to: to.1, total: true });
    bars
}
