use super::axis::Plot;
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, INK, PAPER};
use crate::report::format;
use crate::time::Month;

/// Height of a row.
pub(super) const ROW: f64 = 25.0;

/// Cells from white (surely lost) to blue (surely kept), the share written in each.
pub(super) fn draw(pen: &Pen<'_>, frame: Plot, months: &[Month], rows: &[(String, Vec<Option<f64>>)]) {
    let widest = rows.iter().map(|(label, _)| LABEL.width(label)).fold(0.0, f64::max).min(230.0);
    let (left, top) = (frame.left + widest + 12.0, frame.top + 34.0);
    let width = (frame.right - left) / months.len().max(1) as f64;
    for (m, month) in months.iter().enumerate() {
        let x = left + (m as f64 + 0.5) * width;
        pen.text(format::month_short(*month), (x, frame.top + 22.0), AXIS, Anchor::Middle);
        let date = month.first_day().date();
        if m == 0 || date.month() == 1 {
            pen.text(&date.year().to_string(), (x, frame.top + 6.0), AXIS.bold(), Anchor::Middle);
        }
    }
    for (r, (label, cells)) in rows.iter().enumerate() {
        let y = top + r as f64 * ROW;
        pen.text(&LABEL.fitted(label, widest), (left - 10.0, y + ROW / 2.0), LABEL, Anchor::End);
        for (m, p) in cells.iter().enumerate() {
            let (x, to) = (left + m as f64 * width + 1.0, left + (m as f64 + 1.0) * width - 1.0);
            let Some(p) = p else { continue };
            pen.rect((x, y + 1.0), (to, y + ROW - 1.0), BLUE, 0.06 + 0.84 * p.powi(3));
            let ink = if *p > 0.9 { PAPER } else { INK };
            pen.text(&cell(*p), (f64::midpoint(x, to), y + ROW / 2.0), AXIS.color(ink), Anchor::Middle);
        }
    }
    let y = top + rows.len() as f64 * ROW + 18.0;
    pen.text("Percent of futures in which the peak is carried; 100 only when all carry it.", (left, y), AXIS, Anchor::Start);
}

/// Percent, never rounded up to 100 nor down to 0.
fn cell(p: f64) -> String {
    let percent = p * 100.0;
    match percent {
        all if all >= 100.0 => "100".to_owned(),
        none if none <= 0.0 => "0".to_owned(),
        most if most > 99.0 => ">99".to_owned(),
        few if few < 1.0 => "<1".to_owned(),
        some => format!("{some:.0}"),
    }
}
