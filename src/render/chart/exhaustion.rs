use super::axis::{Days, Plot, Values, apart, lead, percent_label, room_for};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::risk::TURN;
use super::shown;
use super::theme::{MUTED, SERIES};
use crate::report::format;
use crate::time::{Day, Month};

/// Lines drawn with colours of their own; the rest are grey.
const COLORED: usize = SERIES.len();
/// Lines with a name at most.
const NAMED: usize = 14;
/// Dots that can be read at most.
const READ: usize = 120;
/// Names that a month tells of those that have not crossed.
const NEXT: usize = 3;

pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    curves: &[(String, Vec<(Day, f64)>)],
    (today, horizon): (Day, Day),
) -> Option<String> {
    let last = |i: usize| curves[i].1.last().map_or(0.0, |(_, p)| *p);
    let mut order: Vec<usize> = (0..curves.len()).collect();
    // the first to cross first; of those that mostly do not, the likeliest
    let key = |i: usize| middle(&curves[i].1).map_or(i32::MAX, |day| day.0);
    order.sort_by(|a, b| key(*a).cmp(&key(*b)).then(last(*b).total_cmp(&last(*a))).then(a.cmp(b)));
    let named = NAMED.min(order.len());
    let room = 0.2 * (frame.right - frame.left);
    // a curve that is the same as that named above it begins with "="
    let equal = |rank: usize| rank > 0 && curves[order[rank]].1 == curves[order[rank - 1]].1;
    let name = |rank: usize| {
        let name = &curves[order[rank]].0;
        LABEL.bold().named(&format!("{}{name}", if equal(rank) { "= " } else { "" }), room)
    };
    let never = |i: usize| format!("never {}", format::percent(1.0 - last(i)));
    let words = |rank: usize| LABEL.bold().width(&name(rank)) + 4.0 + AXIS.width(&never(order[rank]));
    let labels = (0..named).map(words).fold(0.0, f64::max) + 12.0;
    let plot = Plot { left: frame.left + 52.0, top: frame.top + 24.0, right: frame.right - labels, bottom: frame.bottom - 54.0 };
    let x = Days { from: today, to: horizon, plot };
    let y = Values { low: 0.0, high: 1.0, plot };
    y.draw(pen, "P(has crossed)", &percent_label);
    x.draw(pen);
    pen.dashed(&[(plot.left, y.y(0.5)), (plot.right, y.y(0.5))], MUTED, 1.0, 3.0);
    let shown_names: Vec<usize> = order[..named.min(room_for(plot, 17.0))].to_vec();
    let ends: Vec<f64> = shown_names.iter().map(|i| y.y(last(*i))).collect();
    let placed = apart(&ends, 17.0, plot.top, plot.bottom - 4.0);
    for (rank, i) in order.iter().enumerate().rev() {
        let color = if rank < COLORED { SERIES[rank] } else { MUTED };
        let mut points = vec![(plot.left, y.y(0.0))];
        for (day, p) in &curves[*i].1 {
            let before = points[points.len() - 1].1;
            points.extend([(x.x(*day), before), (x.x(*day), y.y(*p))]);
        }
        points.push((plot.right, y.y(last(*i))));
        let alike: Vec<usize> = (0..order.len()).filter(|other| curves[order[*other]].1 == curves[*i].1).collect();
        let turn = alike.iter().position(|other| *other == rank).unwrap_or(0);
        pen.in_turn(&points, color, if rank < COLORED { 2.0 } else { 1.0 }, TURN, (turn, alike.len()));
        if let Some(day) = middle(&curves[*i].1) {
            pen.dot((x.x(day), y.y(0.5)), if rank < COLORED { 4.5 } else { 2.5 }, color);
        }
        if let Some(at) = placed.get(rank) {
            let text = name(rank);
            lead(pen, (plot.right, placed.len()), (ends[rank], *at), color);
            pen.text(&text, (plot.right + 8.0, *at), LABEL.bold().color(color), Anchor::Start);
            let left = plot.right + 12.0 + LABEL.bold().width(&text);
            pen.text(&never(*i), (left, *at), AXIS, Anchor::Start);
        }
    }
    read(pen, curves, &order, &x);
    // where no curve crosses the line
    let mut middles: Vec<f64> = curves.iter().filter_map(|(_, curve)| middle(curve)).map(|day| x.x(day)).collect();
    middles.extend([plot.left, plot.right]);
    middles.sort_by(f64::total_cmp);
    let widest = middles.windows(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])));
    let at = widest.map_or(plot.left, |gap| f64::midpoint(gap[0], gap[1]));
    // on the side of the rule that fewer curves pass there
    let passes = |low: f64, high: f64| {
        let value = |curve: &[(Day, f64)]| curve.iter().rev().find(|(day, _)| x.x(*day) <= at).map_or(0.0, |(_, p)| *p);
        curves.iter().filter(|(_, curve)| (low..high).contains(&value(curve))).count()
    };
    let side = if passes(0.5, 0.58) > passes(0.42, 0.5) { 11.0 } else { -10.0 };
    pen.label_on_paper("half of the futures", (at, y.y(0.5) + side), AXIS, Anchor::Middle);
    shown(placed.len(), curves.len(), "names, the first to cross,")
}

/// The values by month, and at the dots of the first curves: how many have crossed, and which next.
fn read(pen: &Pen<'_>, curves: &[(String, Vec<(Day, f64)>)], order: &[usize], x: &Days) {
    let plot = x.plot;
    let by = |i: usize, day: Day| curves[i].1.iter().rev().find(|(at, _)| *at <= day).map_or(0.0, |(_, p)| *p);
    for month in Month::spanning(x.from, x.to) {
        let (first, last) = (month.first_day().max(x.from), month.next().first_day().plus(-1).min(x.to));
        let crossed = order.iter().filter(|i| middle(&curves[**i].1).is_some_and(|day| day <= last)).count();
        let mut next: Vec<(f64, &str)> = order.iter().map(|i| (by(*i, last), curves[*i].0.as_str())).collect();
        next.retain(|(p, _)| *p > 0.0 && *p < 0.5);
        next.sort_by(|a, b| b.0.total_cmp(&a.0));
        let next: Vec<String> = next.iter().take(NEXT).map(|(p, name)| format!("{name} {}", format::percent(*p))).collect();
        let next = if next.is_empty() { String::new() } else { format!("; the likeliest of the others: {}", next.join(", ")) };
        let words = format!("by {}: {crossed} of {} have crossed in half of the futures{next}", format::day(last), curves.len());
        pen.spot((x.x(first), plot.top), (x.x(last.plus(1).min(x.to)), plot.bottom), words);
    }
    let y = Values { low: 0.0, high: 1.0, plot };
    for i in order.iter().take(READ) {
        let (name, curve) = &curves[*i];
        let never = 1.0 - curve.last().map_or(0.0, |(_, p)| *p);
        if let Some(day) = middle(curve) {
            let words =
                format!("{name}: crossed in half of the futures by {}; never in {}", format::day(day), format::percent(never));
            pen.spot((x.x(day) - 5.0, y.y(0.5) - 5.0), (x.x(day) + 5.0, y.y(0.5) + 5.0), words);
        }
    }
}

/// The day on which half of the futures have crossed.
fn middle(curve: &[(Day, f64)]) -> Option<Day> {
    curve.iter().find(|(_, p)| *p >= 0.5).map(|(day, _)| *day)
}
