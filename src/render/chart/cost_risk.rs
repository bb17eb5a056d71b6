use super::axis::{Plot, Values, apart, draw_roots, percent_label, room_for, root, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::shown;
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

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, what: &Points<'_>) -> Option<String> {
    let rule_words = format!("accepted {}", percent_label(what.accepted));
    let plot = Plot {
        left: frame.left + 52.0,
        top: frame.top + 28.0,
        right: frame.right - AXIS.width(&rule_words) - 12.0,
        bottom: frame.bottom - 58.0,
    };
    let most = what.points.iter().map(|(_, _, p, se)| p + 2.0 * se).fold(2.0 * what.accepted, f64::max).clamp(1e-4, 1.0);
    let y = Values { low: 0.0, high: root(most) * 1.04, plot };
    let dearest = what.points.iter().map(|(_, cost, ..)| *cost).fold(0.0, f64::max);
    let high = if dearest > 0.0 { dearest * 1.3 } else { 1.0 };
    let x = |cost: f64| plot.left + cost / high * (plot.right - plot.left);
    draw_roots(pen, &y);
    pen.text("worst month's risk, root scale", (plot.left - 44.0, plot.top - 17.0), AXIS, Anchor::Start);
    if dearest > 0.0 {
        for tick in ticks(0.0, high, 6) {
            pen.line(&[(x(tick), plot.bottom), (x(tick), plot.bottom + 5.0)], MUTED, 1.0);
            pen.label(&short(tick), (x(tick), plot.bottom + 15.0), AXIS, Anchor::Middle);
        }
    }
    let axis = format!("cost of orders in the horizon [{}]", what.currency);
    pen.text(&axis, (plot.right, plot.bottom + 34.0), AXIS, Anchor::End);
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    let rule = y.y(root(what.accepted));
    pen.dashed(&[(plot.left, rule), (plot.right, rule)], INK, 1.25, 4.0);
    pen.text(&rule_words, (plot.right + 8.0, rule), AXIS.color(INK), Anchor::Start);
    for (name, cost, p, se) in what.points {
        let at = (x(*cost), y.y(root(*p)));
        let color = color(name, what);
        pen.line(&[(at.0, y.y(root(p - 2.0 * se))), (at.0, y.y(root((p + 2.0 * se).min(1.0))))], color, 1.25);
        pen.dot(at, if name == what.chosen { 7.0 } else { 4.5 }, color);
    }
    name(pen, plot, what, &|point| (x(point.1), y.y(root(point.2))))
}

fn color(name: &str, what: &Points<'_>) -> plotters::style::RGBColor {
    if name == what.chosen { RED } else { BLUE }
}

/// Words stand over all bars, those of dearer points too. A point without a name has its place and its bar only.
fn name(
    pen: &Pen<'_>,
    plot: Plot,
    what: &Points<'_>,
    place: &dyn Fn(&(String, f64, f64, f64)) -> (f64, f64),
) -> Option<String> {
    let mut order: Vec<usize> = (0..what.points.len()).filter(|i| !what.points[*i].0.is_empty()).collect();
    let all = order.len();
    order.sort_by(|a, b| {
        let chosen = |i: usize| what.points[i].0 == what.chosen;
        chosen(*b).cmp(&chosen(*a)).then(what.points[*a].1.total_cmp(&what.points[*b].1)).then(a.cmp(b))
    });
    order.truncate(room_for(plot, 18.0).saturating_sub(1).min(14));
    let wanted: Vec<f64> = order.iter().map(|i| place(&what.points[*i]).1 - 2.0).collect();
    let placed = apart(&wanted, 18.0, plot.top + 4.0, plot.bottom - 8.0);
    for (i, label) in order.iter().zip(placed) {
        let (name, cost, p, _) = &what.points[*i];
        let at = place(&what.points[*i]);
        let kind = if name == what.chosen { LABEL.bold() } else { LABEL };
        let numbers = format!(": {}, {}", format::money(Money(*cost), what.currency), format::percent(*p));
        let (before, after) = (at.0 - 12.0 - plot.left, plot.right - at.0 - 12.0);
        let whole = kind.width(&format!("{name}{numbers}"));
        let left = whole > after && before > after;
        let room = if left { before } else { after } - kind.width(&numbers);
        let text = format!("{}{numbers}", kind.fitted(name, room.max(30.0)));
        let (dx, anchor) = if left { (-12.0, Anchor::End) } else { (12.0, Anchor::Start) };
        if (label - at.1).abs() > 9.0 {
            pen.line(&[at, (at.0 + dx * 0.8, label)], GRID, 1.0);
        }
        let wide = kind.width(&text);
        let (from, to) = if left { (at.0 + dx - wide, at.0 + dx) } else { (at.0 + dx, at.0 + dx + wide) };
        pen.rect((from - 2.0, label - 8.0), (to + 2.0, label + 8.0), super::theme::PAPER, 1.0);
        pen.text(&text, (at.0 + dx, label), kind.color(color(name, what)), anchor);
    }
    shown(order.len(), all, "names")
}
