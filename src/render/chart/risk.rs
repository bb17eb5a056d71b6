use super::axis::{Plot, Values, apart, percent_label};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{INK, MUTED, SERIES};
use crate::report::format;
use crate::time::Month;

/// Risk on a root scale: small risks are the ones decided on.
fn root(p: f64) -> f64 {
    p.max(0.0).sqrt()
}

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, months: &[Month], lines: &[(String, Vec<(f64, f64)>)], accepted: f64) {
    let plot = Plot { left: frame.left + 52.0, top: frame.top + 28.0, right: frame.right - 175.0, bottom: frame.bottom - 40.0 };
    let most = lines.iter().flat_map(|(_, each)| each.iter().map(|(p, se)| p + 2.0 * se)).fold(2.0 * accepted, f64::max);
    let y = Values { low: 0.0, high: root(most.min(1.0)), plot };
    let marks = [0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0];
    for tick in
        marks.into_iter().filter(|tick| root(*tick) <= y.high * 1.0001 && (*tick == 0.0 || y.y(0.0) - y.y(root(*tick)) > 14.0))
    {
        let at = y.y(root(tick));
        pen.line(&[(plot.left, at), (plot.right, at)], super::theme::GRID, 1.0);
        pen.text(&percent_label(tick), (plot.left - 8.0, at), AXIS, Anchor::End);
    }
    pen.text("P(shortfall in the month), root scale", (plot.left - 44.0, plot.top - 15.0), AXIS, Anchor::Start);
    let step = (plot.right - plot.left) / months.len().max(1) as f64;
    let x = |m: usize| plot.left + (m as f64 + 0.5) * step;
    for (m, month) in months.iter().enumerate() {
        pen.text(format::month_short(*month), (x(m), plot.bottom + 16.0), AXIS, Anchor::Middle);
        let date = month.first_day().date();
        if m == 0 || date.month() == 1 {
            pen.text(&date.year().to_string(), (x(m), plot.bottom + 31.0), AXIS.bold(), Anchor::Middle);
        }
    }
    let rule = y.y(root(accepted));
    pen.dashed(&[(plot.left, rule), (plot.right, rule)], INK, 1.25, 4.0);
    let mut wanted: Vec<f64> = lines.iter().map(|(_, each)| each.last().map_or(plot.bottom, |(p, _)| y.y(root(*p)))).collect();
    wanted.push(rule);
    let placed = apart(&wanted, 17.0, plot.top, plot.bottom);
    for (i, (name, each)) in lines.iter().enumerate() {
        let last = i + 1 == lines.len();
        let color = if last { INK } else { SERIES.get(i).copied().filter(|_| i + 1 < SERIES.len()).unwrap_or(MUTED) };
        let points: Vec<(f64, f64)> = each.iter().enumerate().map(|(m, (p, _))| (x(m), y.y(root(*p)))).collect();
        for (m, (p, se)) in each.iter().enumerate() {
            let (low, high) = (y.y(root(p - 2.0 * se)), y.y(root((p + 2.0 * se).min(1.0))));
            pen.line(&[(x(m), low), (x(m), high)], color, 1.0);
            pen.dot(points[m], 2.75, color);
        }
        pen.line(&points, color, if last { 2.5 } else { 1.75 });
        let kind = if last { LABEL.bold() } else { LABEL };
        pen.text(&kind.fitted(name, 165.0), (plot.right + 8.0, placed[i]), kind.color(color), Anchor::Start);
    }
    let text = format!("accepted {}", percent_label(accepted));
    pen.text(&text, (plot.right + 8.0, placed[lines.len()]), LABEL.color(INK), Anchor::Start);
}
