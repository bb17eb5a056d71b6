use super::axis::{Plot, Values, apart, draw_roots, lead, months_with_labels, percent_label, room_for, root};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::shown;
use super::theme::{INK, MUTED, SERIES};
use crate::time::Month;

/// One line a scenario; the last, the recommended orders, is dark.
pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    months: &[Month],
    lines: &[(String, Vec<(f64, f64)>)],
    accepted: f64,
) -> Option<String> {
    let room = 0.22 * (frame.right - frame.left);
    let plot =
        Plot { left: frame.left + 52.0, top: frame.top + 28.0, right: frame.right - room - 10.0, bottom: frame.bottom - 54.0 };
    let most = lines.iter().flat_map(|(_, each)| each.iter().map(|(p, se)| p + 2.0 * se)).fold(2.0 * accepted, f64::max);
    let y = Values { low: 0.0, high: root(most.clamp(1e-4, 1.0)), plot };
    draw_roots(pen, &y);
    pen.text("P(shortfall in the month), root scale", (plot.left - 44.0, plot.top - 17.0), AXIS, Anchor::Start);
    let step = (plot.right - plot.left) / months.len().max(1) as f64;
    let x = |m: usize| plot.left + (m as f64 + 0.5) * step;
    months_with_labels(pen, months, &x, step, (plot.bottom + 16.0, plot.bottom + 31.0));
    let rule = y.y(root(accepted));
    pen.dashed(&[(plot.left, rule), (plot.right, rule)], INK, 1.25, 4.0);
    // the recommended orders and the rule are always named; of scenarios, the riskiest at the end
    let end = |i: usize| lines[i].1.last().map_or(0.0, |(p, _)| *p);
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| (*b + 1 == lines.len()).cmp(&(*a + 1 == lines.len())).then(end(*b).total_cmp(&end(*a))).then(a.cmp(b)));
    order.truncate(room_for(plot, 17.0).saturating_sub(1).min(16));
    let mut wanted: Vec<f64> = order.iter().map(|i| y.y(root(end(*i)))).collect();
    wanted.push(rule);
    let placed = apart(&wanted, 17.0, plot.top, plot.bottom);
    for (i, (_, each)) in lines.iter().enumerate() {
        let (color, last) = (color(i, lines.len()), i + 1 == lines.len());
        let points: Vec<(f64, f64)> = each.iter().enumerate().map(|(m, (p, _))| (x(m), y.y(root(*p)))).collect();
        for (m, (p, se)) in each.iter().enumerate() {
            let (low, high) = (y.y(root(p - 2.0 * se)), y.y(root((p + 2.0 * se).min(1.0))));
            pen.line(&[(x(m), low), (x(m), high)], color, 1.0);
            pen.dot(points[m], 2.75, color);
        }
        pen.line(&points, color, if last { 2.5 } else { 1.75 });
    }
    for (i, at) in order.iter().zip(&placed) {
        let kind = if i + 1 == lines.len() { LABEL.bold() } else { LABEL };
        let color = color(*i, lines.len());
        lead(pen, (plot.right, placed.len()), (y.y(root(end(*i))), *at), color);
        pen.text(&kind.named(&lines[*i].0, room), (plot.right + 8.0, *at), kind.color(color), Anchor::Start);
    }
    if let Some(at) = placed.last() {
        lead(pen, (plot.right, placed.len()), (rule, *at), INK);
        pen.text(&format!("accepted {}", percent_label(accepted)), (plot.right + 8.0, *at), LABEL.color(INK), Anchor::Start);
    }
    shown(order.len(), lines.len(), "names, the riskiest at the end,")
}

fn color(i: usize, all: usize) -> plotters::style::RGBColor {
    if i + 1 == all { INK } else { SERIES.get(i).copied().filter(|_| i + 1 < SERIES.len()).unwrap_or(MUTED) }
}
