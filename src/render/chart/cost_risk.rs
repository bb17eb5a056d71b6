use super::axis::{Plot, Values, draw_roots, percent_label, room_for, root, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Label, Pen, Type};
use super::shown;
use super::theme::{BLUE, INK, MUTED, PAPER, RED};
use crate::report::format;
use crate::units::Money;

/// What the upward axis is.
const RISK: &str = "worst month's risk, root scale";

/// What is drawn.
pub(super) struct Points<'a> {
    pub currency: &'a str,
    /// Label, cost, risk, standard error.
    pub points: &'a [(String, f64, f64, f64)],
    pub chosen: &'a str,
    pub accepted: Option<f64>,
}

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, what: &Points<'_>) -> Option<String> {
    let plot = Plot {
        left: frame.left + 52.0,
        top: frame.top + 28.0,
        right: frame.right - margin(what.accepted),
        bottom: frame.bottom - 58.0,
    };
    let most =
        what.points.iter().map(|(_, _, p, se)| p + 2.0 * se).fold(2.0 * what.accepted.unwrap_or(0.0), f64::max).clamp(1e-4, 1.0);
    let y = Values { low: 0.0, high: root(most) * 1.04, plot };
    let dearest = what.points.iter().map(|(_, cost, ..)| *cost).fold(0.0, f64::max);
    let high = if dearest > 0.0 { dearest * 1.3 } else { 1.0 };
    // what costs nothing stands beside the axis, not on it
    let x = |cost: f64| plot.left + ZERO + cost / high * (plot.right - plot.left - ZERO);
    draw_roots(pen, &y);
    pen.text(RISK, (plot.left - 44.0, plot.top - 17.0), AXIS, Anchor::Start);
    for tick in if dearest > 0.0 { ticks(0.0, high, 6) } else { vec![0.0] } {
        pen.line(&[(x(tick), plot.bottom), (x(tick), plot.bottom + 5.0)], MUTED, 1.0);
        pen.label(&short(tick), (x(tick), plot.bottom + 15.0), AXIS, Anchor::Middle);
    }
    let axis = format!("cost of orders in the horizon [{}]", what.currency);
    pen.text(&axis, (plot.right, plot.bottom + 34.0), AXIS, Anchor::End);
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    if let Some(accepted) = what.accepted {
        let rule = y.y(root(accepted));
        pen.dashed(&[(plot.left, rule), (plot.right, rule)], INK, 1.25, 4.0);
        pen.text(&rule_words(accepted), (plot.right + 8.0, rule), AXIS.color(INK), Anchor::Start);
    }
    let place = |point: &(String, f64, f64, f64)| (x(point.1), y.y(root(point.2)));
    for point in what.points {
        let (at, (p, se)) = (place(point), (point.2, point.3));
        let ends = [(at.0, y.y(root(p - 2.0 * se))), (at.0, y.y(root((p + 2.0 * se).min(1.0))))];
        pen.line(&ends, color(&point.0, what), 1.25);
    }
    let (names, left_out) = names(pen, plot, what, &place, &y);
    for name in &names {
        if let Some((from, to)) = name.leader {
            pen.line(&[from, to], MUTED, 0.75);
        }
    }
    // words stand over the grid, which parts words from bars
    for Name { place, .. } in &names {
        pen.rect((place.left - 2.0, place.top - 2.0), (place.right + 2.0, place.bottom + 2.0), PAPER, 1.0);
    }
    for point in what.points {
        pen.dot(place(point), radius(&point.0, what), color(&point.0, what));
    }
    for name in &names {
        pen.text(&name.place.text, name.at, name.kind, name.anchor);
    }
    left_out
}

fn rule_words(accepted: f64) -> String {
    format!("accepted {}", percent_label(accepted))
}

/// Room beside the plot for what the rule is; names of points may stand above and below it.
fn margin(accepted: Option<f64>) -> f64 {
    accepted.map_or(0.0, |accepted| AXIS.width(&rule_words(accepted))) + 12.0
}

/// A name of so few letters stands whole or not at all: what is left of it would name nothing.
const SHORT: usize = 24;
/// From the axis to what costs nothing.
const ZERO: f64 = 12.0;
/// A name is cut before it stands so many steps above or below its point; that of the recommended plan is not.
const CUT: i32 = 10;
/// Words keep so far from marks and from each other.
const CLEAR: f64 = 4.0;
/// From a point to words beside it.
const BESIDE: f64 = 12.0;
/// How far above or below its point a name may stand: farther ones are not found again.
const FAR: i32 = 20;

/// The words of a point.
struct Name {
    kind: Type,
    at: (f64, f64),
    anchor: Anchor,
    /// The box that its letters fill.
    place: Label,
    /// From its point to the words, where they do not stand beside it.
    leader: Option<((f64, f64), (f64, f64))>,
}

/// The box of a mark: left, top, right, bottom.
type Mark = (f64, f64, f64, f64);

fn meets(place: &Label, mark: Mark, clear: f64) -> bool {
    place.left - clear < mark.2 && mark.0 < place.right + clear && place.top - clear < mark.3 && mark.1 < place.bottom + clear
}

/// Whether a line goes through a box.
fn crosses(place: &Label, (from, to): ((f64, f64), (f64, f64))) -> bool {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (start, end, low, high) in [(from.0, to.0, place.left, place.right), (from.1, to.1, place.top, place.bottom)] {
        let way = end - start;
        if way == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / way, (high - start) / way);
        enters = enters.max(one.min(other));
        leaves = leaves.min(one.max(other));
    }
    enters <= leaves
}

fn radius(name: &str, what: &Points<'_>) -> f64 {
    if name == what.chosen { 7.0 } else { 4.5 }
}

fn color(name: &str, what: &Points<'_>) -> plotters::style::RGBColor {
    if name == what.chosen { RED } else { BLUE }
}

/// The points and bars, and the rule of what is accepted.
fn marks(plot: Plot, what: &Points<'_>, place: &dyn Fn(&(String, f64, f64, f64)) -> (f64, f64), y: &Values) -> Vec<Mark> {
    let each = what.points.iter().flat_map(|point| {
        let ((x, at), r) = (place(point), radius(&point.0, what));
        let (low, high) = (y.y(root(point.2 - 2.0 * point.3)), y.y(root((point.2 + 2.0 * point.3).min(1.0))));
        [(x - r, at - r, x + r, at + r), (x - 0.7, high, x + 0.7, low)]
    });
    let rule = what.accepted.into_iter().flat_map(|accepted| {
        let rule = y.y(root(accepted));
        // beside the plot stands what the rule is
        let words = (plot.right, rule - 6.0, plot.right + margin(what.accepted), rule + 7.0);
        [(plot.left, rule - 0.7, plot.right, rule + 0.7), words]
    });
    each.chain(rule).collect()
}

/// The words of as many points as have room, the chosen one first; what is left out. No words stand on a mark or on others. A point without
/// a name has its place and its bar only.
fn names(
    pen: &Pen<'_>,
    plot: Plot,
    what: &Points<'_>,
    place: &dyn Fn(&(String, f64, f64, f64)) -> (f64, f64),
    y: &Values,
) -> (Vec<Name>, Option<String>) {
    let marks = marks(plot, what, place, y);
    let mut order: Vec<usize> = (0..what.points.len()).filter(|i| !what.points[*i].0.is_empty()).collect();
    let all = order.len();
    order.sort_by(|a, b| {
        let chosen = |i: usize| what.points[i].0 == what.chosen;
        chosen(*b).cmp(&chosen(*a)).then(what.points[*a].1.total_cmp(&what.points[*b].1)).then(a.cmp(b))
    });
    let mut names: Vec<Name> = Vec::new();
    for i in order {
        if names.len() == room_for(plot, 18.0).saturating_sub(1).min(14) {
            break;
        }
        let (name, cost, p, _) = &what.points[i];
        let chosen = name == what.chosen;
        let kind = if chosen { LABEL.bold() } else { LABEL }.color(color(name, what));
        let numbers = format!(": {}, {}", format::money(Money(*cost), what.currency), format::percent(*p));
        let point = place(&what.points[i]);
        let free = |words: &Name| {
            let Name { place, leader, .. } = words;
            let others = |other: &Name| {
                let taken = (other.place.left, other.place.top, other.place.right, other.place.bottom);
                meets(place, taken, CLEAR)
                    || other.leader.is_some_and(|leader| crosses(place, leader))
                    || leader.is_some_and(|leader| crosses(&other.place, leader))
            };
            !marks.iter().any(|mark| meets(place, *mark, CLEAR)) && !names.iter().any(others)
        };
        let wide = Plot { right: plot.right + margin(what.accepted), ..plot };
        let mut places = beside(pen, wide, (name, &numbers, kind), point);
        let whole = kind.width(&format!("{name}{numbers}"));
        if name.chars().count() <= SHORT {
            places.retain(|(_, one)| one.place.text.starts_with(name.as_str()));
        }
        // whole words first, as far as that does not take them far away
        places.sort_by_key(|(step, one)| {
            let cut = one.place.right - one.place.left < whole - 0.5;
            (cut || (!chosen && *step > CUT), !cut)
        });
        let found = places.into_iter().map(|(_, one)| one).find(free);
        names.extend(found.or_else(|| chosen.then(|| above(pen, plot, (name, &numbers, kind), point))));
    }
    let left_out = shown(names.len(), all, "names");
    (names, left_out)
}

/// Where the words of a point may stand: beside it on the side that has room, on the other, then farther and farther above and below, with
/// the steps from it.
fn beside(pen: &Pen<'_>, plot: Plot, (name, numbers, kind): (&str, &str, Type), point: (f64, f64)) -> Vec<(i32, Name)> {
    let whole = kind.width(&format!("{name}{numbers}"));
    let rooms = [(plot.right - point.0 - BESIDE, Anchor::Start), (point.0 - BESIDE - plot.left, Anchor::End)];
    let mut sides: Vec<(String, f64, Anchor)> = Vec::new();
    for (room, anchor) in rooms {
        let left = (room - kind.width(numbers)).min(0.42 * (plot.right - plot.left));
        let x = if anchor == Anchor::End { point.0 - BESIDE } else { point.0 + BESIDE };
        if left >= 30.0 {
            sides.push((format!("{}{numbers}", kind.named(name, left)), x, anchor));
        }
    }
    if sides.len() == 2 && rooms[0].0 < whole && rooms[1].0 > rooms[0].0 {
        sides.swap(0, 1);
    }
    let mut places = Vec::new();
    for step in 0..=FAR {
        for (up, (text, x, anchor)) in [-1.0, 1.0].into_iter().flat_map(|up| sides.iter().map(move |side| (up, side))) {
            let at = (*x, point.1 - 1.0 + up * 7.0 * f64::from(step));
            if at.1 < plot.top + 4.0 || at.1 > plot.bottom - 10.0 {
                continue;
            }
            let place = pen.boxed(text, at, kind, *anchor);
            let end = if *anchor == Anchor::End { place.right } else { place.left };
            let leader = (step > 2).then_some((point, (end, at.1)));
            places.push((step, Name { kind, at, anchor: *anchor, place, leader }));
        }
    }
    places
}

/// The place over the plot, where no mark is.
fn above(pen: &Pen<'_>, plot: Plot, (name, numbers, kind): (&str, &str, Type), point: (f64, f64)) -> Name {
    let room = plot.right - plot.left - AXIS.width(RISK) - 20.0 + 44.0;
    let text = kind.fitted(&format!("{}{numbers}", kind.named(name, (room - kind.width(numbers)).max(30.0))), room);
    let at = (plot.right, plot.top - 17.0);
    let place = pen.boxed(&text, at, kind, Anchor::End);
    let leader = Some((point, (point.0.clamp(place.left, place.right), place.bottom)));
    Name { kind, at, anchor: Anchor::End, place, leader }
}
