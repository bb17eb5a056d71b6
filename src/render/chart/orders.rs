use super::axis::{Days, Plot};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use super::{Rows, shown};
use crate::report::format;
use crate::time::Day;

/// Dates keep so far from upright lines.
const CLEAR: f64 = 4.0;
/// Height of a row.
pub(super) const ROW: f64 = 36.0;

pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    rows: &[(String, Day, Day, Day, Day, Day)],
    as_of: Day,
    drawn: Rows,
) -> Option<String> {
    let all = rows.len();
    let Rows { high, letters, .. } = drawn;
    let rows = &rows[..drawn.shown.min(all)];
    let (name, small) = (LABEL.larger(letters), AXIS.larger(letters));
    let thick = (high / 6.0).min(9.0 * letters);
    let room = 0.34 * (frame.right - frame.left);
    let widest = rows.iter().map(|row| name.width(&row.0)).fold(0.0, f64::max).min(room);
    let plot = Plot {
        left: frame.left + widest + 14.0,
        top: frame.top + 40.0,
        right: frame.right - 30.0,
        bottom: frame.top + 40.0 + rows.len().max(1) as f64 * high,
    };
    let first = rows.iter().map(|row| row.1).min().unwrap_or(as_of).min(as_of);
    let last = rows.iter().map(|row| row.4.max(row.5)).max().unwrap_or(as_of).plus(20);
    let x = Days { from: first.plus(-20), to: last, plot };
    x.draw(pen);
    legend(pen, (frame.left, frame.top + 4.0));
    let today = x.x(as_of);
    pen.dashed(&[(today, plot.top - 8.0), (today, plot.bottom)], MUTED, 1.0, 2.0);
    pen.text("data end", (today, plot.top - 16.0), AXIS, Anchor::Middle);
    for (r, (label, by, p10, p50, p90, needed)) in rows.iter().enumerate() {
        let y = plot.top + (r as f64 + 0.5) * high;
        pen.line(&[(plot.left, y + high / 2.0), (plot.right, y + high / 2.0)], GRID, 1.0);
        let [by_words, low, middle, late, needed_words] = [by, p10, p50, p90, needed].map(|day| format::day(*day));
        let words =
            format!("{label}: order by {by_words}; arrives {low} – {late} (8 of 10), median {middle}; needed {needed_words}");
        pen.spot((plot.left, y - high / 2.0), (plot.right, y + high / 2.0), words);
        pen.text(&name.named(label, widest), (plot.left - 10.0, y), name, Anchor::End);
        pen.dashed(&[(x.x(*by), y), (x.x(*p10), y)], MUTED, 1.0, 3.0);
        pen.rect((x.x(*p10), y - thick), (x.x(*p90), y + thick), BLUE, 0.3);
        pen.line(&[(x.x(*p50), y - thick), (x.x(*p50), y + thick)], BLUE, 2.5);
        pen.dot((x.x(*by), y), 5.5, INK);
        pen.line(&[(x.x(*needed), y - 1.8 * thick), (x.x(*needed), y + 1.8 * thick)], RED, 2.5);
        let date = format::day_of_month(*by);
        let places = beside(x.x(*by), small.width(&date), [today, x.x(*needed)], plot);
        let above = y - thick.max(6.0) - 7.0 * letters;
        pen.label_at_one_of(&date, &places.map(|left| ((left, above), Anchor::Start)), small.color(INK));
    }
    shown(rows.len(), all, "orders, the first to place,")
}

/// Left edges at which a date `wide` may stand over the dot at `at`, the best first: no upright line goes through it where that can be.
fn beside(at: f64, wide: f64, lines: [f64; 2], plot: Plot) -> [f64; 6] {
    let middle = at - wide / 2.0;
    let clear = |left: f64| !lines.iter().any(|line| (left - CLEAR..left + wide + CLEAR).contains(line));
    let [today, needed] = lines;
    let far = |left: f64| (left - middle).abs();
    let aside = CLEAR + 0.5;
    let mut places = [middle, today + aside, today - aside - wide, needed + aside, needed - aside - wide, at - 4.0];
    let bad = |left: f64| !clear(left) || left < plot.left || left + wide > plot.right;
    // far from its dot a date would be that of nothing
    places.sort_by(|a, b| {
        let key = |left: f64| (far(left) > wide / 2.0 + 20.0, bad(left), far(left));
        let (a, b) = (key(*a), key(*b));
        a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2))
    });
    places
}

fn legend(pen: &Pen<'_>, (left, y): (f64, f64)) {
    let mut at = left;
    pen.dot((at + 6.0, y), 5.5, INK);
    at += 16.0;
    pen.text("order by", (at, y), AXIS.color(INK), Anchor::Start);
    at += AXIS.width("order by") + 20.0;
    pen.rect((at, y - 6.0), (at + 24.0, y + 6.0), BLUE, 0.3);
    pen.line(&[(at + 11.0, y - 6.0), (at + 11.0, y + 6.0)], BLUE, 2.5);
    at += 29.0;
    let words = "arrival: 8 of 10, median";
    pen.text(words, (at, y), AXIS.color(BLUE), Anchor::Start);
    at += AXIS.width(words) + 20.0;
    pen.line(&[(at, y - 7.0), (at, y + 7.0)], RED, 2.5);
    pen.text("needed", (at + 7.0, y), AXIS.color(RED), Anchor::Start);
}
