use super::axis::{Days, Plot};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::format;
use crate::time::Day;

/// Height of a row.
pub(super) const ROW: f64 = 36.0;

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, rows: &[(String, Day, Day, Day, Day, Day)], as_of: Day) {
    let widest = rows.iter().map(|row| LABEL.width(&row.0)).fold(0.0, f64::max).min(240.0);
    let plot = Plot {
        left: frame.left + widest + 14.0,
        top: frame.top + 30.0,
        right: frame.right - 30.0,
        bottom: frame.top + 30.0 + rows.len().max(1) as f64 * ROW,
    };
    let last = rows.iter().map(|row| row.4.max(row.5)).max().unwrap_or(as_of).plus(20);
    let x = Days { from: as_of.plus(-20), to: last, plot };
    x.draw(pen);
    let today = x.x(as_of);
    pen.dashed(&[(today, plot.top - 8.0), (today, plot.bottom)], MUTED, 1.0, 2.0);
    pen.text("data end", (today, plot.top - 16.0), AXIS, Anchor::Middle);
    for (r, (label, by, p10, p50, p90, needed)) in rows.iter().enumerate() {
        let y = plot.top + (r as f64 + 0.5) * ROW;
        pen.line(&[(plot.left, y + ROW / 2.0), (plot.right, y + ROW / 2.0)], GRID, 1.0);
        pen.text(&LABEL.fitted(label, widest), (plot.left - 10.0, y), LABEL, Anchor::End);
        pen.dashed(&[(x.x(*by), y), (x.x(*p10), y)], MUTED, 1.0, 3.0);
        pen.rect((x.x(*p10), y - 6.0), (x.x(*p90), y + 6.0), BLUE, 0.3);
        pen.line(&[(x.x(*p50), y - 6.0), (x.x(*p50), y + 6.0)], BLUE, 2.5);
        pen.dot((x.x(*by), y), 5.5, INK);
        pen.line(&[(x.x(*needed), y - 11.0), (x.x(*needed), y + 11.0)], RED, 2.5);
        pen.text(&format::day_of_month(*by), (x.x(*by), y - 12.0), AXIS.color(INK), Anchor::Middle);
    }
    if !rows.is_empty() {
        let y = plot.top - 16.0;
        let parts = [("● order by", INK), ("arrival, 8 of 10", BLUE), ("| needed", RED)];
        let mut at = plot.right;
        for (text, color) in parts.into_iter().rev() {
            pen.text(text, (at, y), AXIS.color(color), Anchor::End);
            at -= AXIS.width(text) + 16.0;
            if color == BLUE {
                pen.rect((at - 8.0, y - 6.0), (at + 12.0, y + 6.0), BLUE, 0.3);
                at -= 22.0;
            }
        }
    }
}
