use super::axis::{Plot, Values, apart, percent_label, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::format;
use crate::units::Money;

/// What is drawn.
pub(super) struct Points<'a> {
    pub currency: &'a str,
    /// Label, cost, risk, standard error.
    pub points: &'a [(String, f64, f64, f64)],
    pub chosen: &'a str,
    pub accepted: f64,
}

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, what: &Points<'_>) {
    let plot = Plot { left: frame.left + 52.0, top: frame.top + 28.0, right: frame.right - 20.0, bottom: frame.bottom - 44.0 };
    let root = |p: f64| p.max(0.0).sqrt();
    let most = what.points.iter().map(|(_, _, p, se)| p + 2.0 * se).fold(2.0 * what.accepted, f64::max).min(1.0);
    let y = Values { low: 0.0, high: root(most) * 1.04, plot };
    let dearest = what.points.iter().map(|(_, cost, ..)| *cost).fold(0.0, f64::max);
    let high = if dearest > 0.0 { dearest * 1.3 } else { 1.0 };
    let x = |cost: f64| plot.left + cost / high * (plot.right - plot.left);
    let marks = [0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0];
    for tick in marks.into_iter().filter(|tick| root(*tick) <= y.high && (*tick == 0.0 || y.y(0.0) - y.y(root(*tick)) > 14.0)) {
        let at = y.y(root(tick));
        pen.line(&[(plot.left, at), (plot.right, at)], GRID, 1.0);
        pen.text(&percent_label(tick), (plot.left - 8.0, at), AXIS, Anchor::End);
    }
    pen.text("worst month's risk, root scale", (plot.left - 44.0, plot.top - 15.0), AXIS, Anchor::Start);
    if dearest > 0.0 {
        for tick in ticks(0.0, high, 6) {
            pen.line(&[(x(tick), plot.bottom), (x(tick), plot.bottom + 5.0)], MUTED, 1.0);
            pen.text(&format::money(Money(tick), ""), (x(tick), plot.bottom + 15.0), AXIS, Anchor::Middle);
        }
    }
    let axis = format!("cost of orders in the horizon [{}]", what.currency);
    pen.text(&axis, (plot.right, plot.bottom + 32.0), AXIS, Anchor::End);
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    let rule = y.y(root(what.accepted));
    pen.dashed(&[(plot.left, rule), (plot.right, rule)], INK, 1.25, 4.0);
    pen.text(&format!("accepted {}", percent_label(what.accepted)), (plot.right, rule - 10.0), AXIS.color(INK), Anchor::End);
    // a point without a name has its place and its bar only
    let mut order: Vec<usize> = (0..what.points.len()).filter(|i| !what.points[*i].0.is_empty()).collect();
    order.sort_by(|a, b| what.points[*a].1.total_cmp(&what.points[*b].1).then(a.cmp(b)));
    let wanted: Vec<f64> = order.iter().map(|i| y.y(root(what.points[*i].2)) - 2.0).collect();
    let placed = apart(&wanted, 18.0, plot.top, plot.bottom - 8.0);
    let color = |name: &str| if name == what.chosen { RED } else { BLUE };
    for (name, cost, p, se) in what.points {
        let at = (x(*cost), y.y(root(*p)));
        pen.line(&[(at.0, y.y(root(p - 2.0 * se))), (at.0, y.y(root((p + 2.0 * se).min(1.0))))], color(name), 1.25);
        pen.dot(at, if name == what.chosen { 7.0 } else { 4.5 }, color(name));
    }
    // words stand over all bars, those of dearer points too
    for (i, label) in order.into_iter().zip(placed) {
        let (name, cost, p, _) = &what.points[i];
        let at = (x(*cost), y.y(root(*p)));
        let kind = if name == what.chosen { LABEL.bold() } else { LABEL };
        let text = format!("{name}: {}, {}", format::money(Money(*cost), what.currency), format::percent(*p));
        let left = at.0 + 12.0 + kind.width(&text) > plot.right;
        let (dx, anchor) = if left { (-12.0, Anchor::End) } else { (12.0, Anchor::Start) };
        if (label - at.1).abs() > 9.0 {
            pen.line(&[at, (at.0 + dx * 0.8, label)], GRID, 1.0);
        }
        let (from, to) =
            if left { (at.0 + dx - kind.width(&text), at.0 + dx) } else { (at.0 + dx, at.0 + dx + kind.width(&text)) };
        pen.rect((from - 2.0, label - 8.0), (to + 2.0, label + 8.0), super::theme::PAPER, 0.85);
        pen.text(&text, (at.0 + dx, label), kind.color(color(name)), anchor);
    }
}
