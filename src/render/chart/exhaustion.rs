use super::axis::{Days, Plot, Values, apart, percent_label};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{MUTED, SERIES};
use crate::report::format;
use crate::time::Day;

/// Lines drawn with colours of their own; the rest are grey.
const COLORED: usize = SERIES.len();

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, curves: &[(String, Vec<(Day, f64)>)], (today, horizon): (Day, Day)) {
    let plot = Plot { left: frame.left + 52.0, top: frame.top + 24.0, right: frame.right - 190.0, bottom: frame.bottom - 40.0 };
    let x = Days { from: today, to: horizon, plot };
    let y = Values { low: 0.0, high: 1.0, plot };
    y.draw(pen, "P(has crossed)", &percent_label);
    x.draw(pen);
    pen.dashed(&[(plot.left, y.y(0.5)), (plot.right, y.y(0.5))], MUTED, 1.0, 3.0);
    let mut order: Vec<usize> = (0..curves.len()).collect();
    let last = |i: usize| curves[i].1.last().map_or(0.0, |(_, p)| *p);
    order.sort_by(|a, b| last(*b).total_cmp(&last(*a)).then(a.cmp(b)));
    let shown: Vec<usize> = order.iter().copied().take(14).collect();
    let ends: Vec<f64> = shown.iter().map(|i| y.y(last(*i))).collect();
    let placed = apart(&ends, 17.0, plot.top, plot.bottom - 4.0);
    for (rank, i) in order.iter().enumerate().rev() {
        let color = if rank < COLORED { SERIES[rank] } else { MUTED };
        let mut points = vec![(plot.left, y.y(0.0))];
        for (day, p) in &curves[*i].1 {
            let before = points[points.len() - 1].1;
            points.extend([(x.x(*day), before), (x.x(*day), y.y(*p))]);
        }
        points.push((plot.right, y.y(last(*i))));
        pen.line(&points, color, 2.0);
        if let Some(day) = middle(&curves[*i].1) {
            pen.dot((x.x(day), y.y(0.5)), 4.5, color);
        }
        if let Some(at) = placed.get(rank) {
            let never = format::percent(1.0 - last(*i));
            let text = LABEL.fitted(&curves[*i].0, 88.0);
            pen.text(&text, (plot.right + 8.0, *at), LABEL.bold().color(color), Anchor::Start);
            let never = format!("never {never}");
            pen.text(&never, (plot.right + 12.0 + LABEL.bold().width(&text), *at), AXIS, Anchor::Start);
        }
    }
    // where no curve crosses the line
    let mut middles: Vec<f64> = curves.iter().filter_map(|(_, curve)| middle(curve)).map(|day| x.x(day)).collect();
    middles.extend([plot.left, plot.right]);
    middles.sort_by(f64::total_cmp);
    let widest = middles.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    let at = widest.map_or(plot.left, |gap| f64::midpoint(gap[0], gap[1]));
    pen.text("half of the futures", (at, y.y(0.5) - 10.0), AXIS, Anchor::Middle);
}

/// The day on which half of the futures have crossed.
fn middle(curve: &[(Day, f64)]) -> Option<Day> {
    curve.iter().find(|(_, p)| *p >= 0.5).map(|(day, _)| *day)
}
