use std::ops::RangeInclusive;

use plotters::style::RGBColor;

use super::axis::{Plot, Values, apart, draw_roots, lead, months_with_labels, percent_label, room_for, root};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::shown;
use super::theme::{INK, MUTED, SERIES};
use crate::time::Month;

/// Lines that are nearer than this lie on each other.
const ON_EACH_OTHER: f64 = 0.75;
/// Length of the dashes of lines that lie on each other.
pub(super) const TURN: f64 = 7.0;
/// Bars of ± 2 standard errors that would hide each other stand so far apart, where months have the room.
const BESIDE: f64 = 3.5;

/// One line a scenario; the last, the recommended orders, is dark. Lines that lie on each other take turns, and the name of one that
/// is the same in all months as that above it begins with "=".
pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    months: &[Month],
    lines: &[(String, Vec<(f64, f64)>)],
    accepted: Option<f64>,
) -> Option<String> {
    let room = 0.22 * (frame.right - frame.left);
    let plot =
        Plot { left: frame.left + 52.0, top: frame.top + 28.0, right: frame.right - room - 10.0, bottom: frame.bottom - 54.0 };
    let most =
        lines.iter().flat_map(|(_, each)| each.iter().map(|(p, se)| p + 2.0 * se)).fold(2.0 * accepted.unwrap_or(0.0), f64::max);
    let y = Values { low: 0.0, high: root(most.clamp(1e-4, 1.0)), plot };
    draw_roots(pen, &y);
    pen.text("P(shortfall in the month), root scale", (plot.left - 44.0, plot.top - 17.0), AXIS, Anchor::Start);
    let step = (plot.right - plot.left) / months.len().max(1) as f64;
    let x = |m: usize| plot.left + (m as f64 + 0.5) * step;
    months_with_labels(pen, months, &x, step, (plot.bottom + 16.0, plot.bottom + 31.0));
    let rule = accepted.map(|accepted| (y.y(root(accepted)), format!("accepted {}", percent_label(accepted))));
    if let Some((rule, _)) = &rule {
        pen.dashed(&[(plot.left, *rule), (plot.right, *rule)], INK, 1.25, 4.0);
    }
    // the recommended orders and the rule are always named; of scenarios, the riskiest at the end
    let end = |i: usize| lines[i].1.last().map_or(0.0, |(p, _)| *p);
    let like = |i: usize| (0..i).find(|j| same(&lines[*j].1, &lines[i].1)).unwrap_or(i);
    let last = lines.len().saturating_sub(1);
    let key = |i: usize| (i != last, like(i) != like(last));
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| key(*a).cmp(&key(*b)).then(end(*b).total_cmp(&end(*a))).then(like(*a).cmp(&like(*b))).then(a.cmp(b)));
    order.truncate(room_for(plot, 17.0).saturating_sub(1).min(16));
    let mut wanted: Vec<f64> = order.iter().map(|i| y.y(root(end(*i)))).collect();
    wanted.extend(rule.as_ref().map(|(rule, _)| *rule));
    let placed = apart(&wanted, 17.0, plot.top, plot.bottom);
    let of = |each: &[(f64, f64)]| each.iter().enumerate().map(|(m, (p, _))| (x(m), y.y(root(*p)))).collect::<Vec<_>>();
    let points: Vec<Vec<(f64, f64)>> = lines.iter().map(|(_, each)| of(each)).collect();
    for (i, (_, each)) in lines.iter().enumerate() {
        let color = color(i, lines.len());
        for (m, (p, se)) in each.iter().enumerate() {
            let (low, high) = (y.y(root(p - 2.0 * se)), y.y(root((p + 2.0 * se).min(1.0))));
            let (turn, of) = turn(&points, i, m..=m);
            let aside = (turn as f64 - 0.5 * (of as f64 - 1.0)) * BESIDE.min(0.6 * step / of as f64);
            pen.line(&[(x(m) + aside, low), (x(m) + aside, high)], color, 1.0);
            pen.dot((x(m) + aside, points[i][m].1), 2.75, color);
        }
        line(pen, &points, i, color, if i == last { 2.5 } else { 1.75 });
    }
    for (rank, (i, at)) in order.iter().zip(&placed).enumerate() {
        let kind = if i + 1 == lines.len() { LABEL.bold() } else { LABEL };
        let color = color(*i, lines.len());
        lead(pen, (plot.right, placed.len()), (y.y(root(end(*i))), *at), color);
        let equal = rank > 0 && like(order[rank - 1]) == like(*i);
        let name = format!("{}{}", if equal { "= " } else { "" }, lines[*i].0);
        pen.text(&kind.named(&name, room), (plot.right + 8.0, *at), kind.color(color), Anchor::Start);
    }
    if let Some(((rule, words), at)) = rule.zip(placed.last()) {
        lead(pen, (plot.right, placed.len()), (rule, *at), INK);
        pen.text(&words, (plot.right + 8.0, *at), LABEL.color(INK), Anchor::Start);
    }
    shown(order.len(), lines.len(), "names, the riskiest at the end,")
}

/// Whether two scenarios have the same risk in every month.
fn same(one: &[(f64, f64)], other: &[(f64, f64)]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.0.total_cmp(&b.0).is_eq())
}

/// Which of the lines that lie on each other in some months a line is, and of how many.
fn turn(points: &[Vec<(f64, f64)>], i: usize, months: RangeInclusive<usize>) -> (usize, usize) {
    let near = |j: usize| {
        points[j]
            .get(months.clone())
            .is_some_and(|other| other.iter().zip(&points[i][months.clone()]).all(|(a, b)| (a.1 - b.1).abs() < ON_EACH_OTHER))
    };
    let together: Vec<usize> = (0..points.len()).filter(|j| *j == i || near(*j)).collect();
    (together.iter().position(|j| *j == i).unwrap_or(0), together.len())
}

/// A line, in turns with others where it lies on them.
fn line(pen: &Pen<'_>, points: &[Vec<(f64, f64)>], i: usize, color: RGBColor, width: f64) {
    let all = &points[i];
    let mut run: Vec<(f64, f64)> = all.first().copied().into_iter().collect();
    for m in 1..all.len() {
        let (turn, of) = turn(points, i, m - 1..=m);
        if of == 1 {
            run.push(all[m]);
            continue;
        }
        if run.len() > 1 {
            pen.line(&run, color, width);
        }
        pen.in_turn(&all[m - 1..=m], color, width, TURN, (turn, of));
        run = vec![all[m]];
    }
    if run.len() > 1 {
        pen.line(&run, color, width);
    }
}

fn color(i: usize, all: usize) -> RGBColor {
    if i + 1 == all { INK } else { SERIES.get(i).copied().filter(|_| i + 1 < SERIES.len()).unwrap_or(MUTED) }
}
