use super::axis::{Plot, Values, apart, draw_roots, percent_label, room_for, root, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen, Type};
use super::shown;
use super::theme::{BLUE, GRID, INK, MUTED, PAPER, RED};
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
    let place = |point: &(String, f64, f64, f64)| (x(point.1), y.y(root(point.2)));
    for point in what.points {
        let (at, (p, se)) = (place(point), (point.2, point.3));
        let ends = [(at.0, y.y(root(p - 2.0 * se))), (at.0, y.y(root((p + 2.0 * se).min(1.0))))];
        pen.line(&ends, color(&point.0, what), 1.25);
    }
    let (names, left_out) = names(plot, what, &place);
    // words stand over all bars, and points over what parts words from bars
    for name in &names {
        let (from, to) = name.ends();
        pen.rect((from - 2.0, name.y - 8.0), (to + 2.0, name.y + 8.0), PAPER, 1.0);
        if (name.y - name.point.1).abs() > 9.0 {
            pen.line(&[name.point, (name.x - 0.2 * (name.x - name.point.0), name.y)], GRID, 1.0);
        }
    }
    for point in what.points {
        pen.dot(place(point), if point.0 == what.chosen { 7.0 } else { 4.5 }, color(&point.0, what));
    }
    for name in &names {
        pen.text(&name.text, (name.x, name.y), name.kind, name.anchor);
    }
    left_out
}

/// The words of a point.
struct Name {
    text: String,
    kind: Type,
    point: (f64, f64),
    x: f64,
    y: f64,
    anchor: Anchor,
}

impl Name {
    fn ends(&self) -> (f64, f64) {
        let wide = self.kind.width(&self.text);
        if self.anchor == Anchor::End { (self.x - wide, self.x) } else { (self.x, self.x + wide) }
    }
}

fn color(name: &str, what: &Points<'_>) -> plotters::style::RGBColor {
    if name == what.chosen { RED } else { BLUE }
}

/// The words of as many points as have room, the chosen one first; what is left out. A point without a name has its place and its bar only.
fn names(plot: Plot, what: &Points<'_>, place: &dyn Fn(&(String, f64, f64, f64)) -> (f64, f64)) -> (Vec<Name>, Option<String>) {
    let mut order: Vec<usize> = (0..what.points.len()).filter(|i| !what.points[*i].0.is_empty()).collect();
    let all = order.len();
    order.sort_by(|a, b| {
        let chosen = |i: usize| what.points[i].0 == what.chosen;
        chosen(*b).cmp(&chosen(*a)).then(what.points[*a].1.total_cmp(&what.points[*b].1)).then(a.cmp(b))
    });
    order.truncate(room_for(plot, 18.0).saturating_sub(1).min(14));
    let each = order.iter().map(|i| {
        let (name, cost, p, _) = &what.points[*i];
        let point = place(&what.points[*i]);
        let kind = if name == what.chosen { LABEL.bold() } else { LABEL };
        let numbers = format!(": {}, {}", format::money(Money(*cost), what.currency), format::percent(*p));
        let (before, after) = (point.0 - 12.0 - plot.left, plot.right - point.0 - 12.0);
        let left = kind.width(&format!("{name}{numbers}")) > after && before > after;
        let room = (if left { before } else { after } - kind.width(&numbers)).clamp(30.0, 0.42 * (plot.right - plot.left));
        let (dx, anchor) = if left { (-12.0, Anchor::End) } else { (12.0, Anchor::Start) };
        let text = format!("{}{numbers}", kind.named(name, room));
        let mut name = Name { text, kind: kind.color(color(name, what)), point, x: point.0 + dx, y: point.1 - 2.0, anchor };
        // beside the point, or a little above or below it where another point would be covered
        let (from, to) = name.ends();
        let covers = |y: f64| {
            let near = |at: (f64, f64)| at != point && at.0 > from - 5.0 && at.0 < to + 5.0 && (at.1 - y).abs() < 12.0;
            what.points.iter().any(|other| near(place(other)))
        };
        name.y += [0.0, -14.0, 16.0].into_iter().find(|dy| !covers(name.y + dy)).unwrap_or(0.0);
        name
    });
    let mut names: Vec<Name> = each.collect();
    let wanted: Vec<f64> = names.iter().map(|name| name.y).collect();
    let placed = apart(&wanted, 18.0, plot.top + 4.0, plot.bottom - 8.0);
    names.iter_mut().zip(placed).for_each(|(name, y)| name.y = y);
    (names, shown(order.len(), all, "names"))
}
