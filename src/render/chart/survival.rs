use super::axis::{Plot, months_with_labels};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, ink_on_blue};
use super::{Rows, shown};
use crate::report::format;
use crate::time::Month;

/// Height of a row.
pub(super) const ROW: f64 = 25.0;
/// Cells narrower than this have a colour and no number.
const NARROWEST: f64 = 27.0;

/// Cells from white (surely lost) to blue (surely kept), the share written in each. Where not all are drawn, those
/// that are kept least.
pub(super) fn draw(
    pen: &Pen<'_>,
    frame: Plot,
    months: &[Month],
    rows: &[(String, Vec<Option<f64>>)],
    drawn: Rows,
) -> Option<String> {
    let Rows { high, letters, .. } = drawn;
    let (name, number) = (LABEL.larger(letters), AXIS.larger(letters));
    let drawn = worst(rows, drawn.shown);
    let widest = drawn.iter().map(|r| name.width(&rows[*r].0)).fold(0.0, f64::max).min(0.32 * (frame.right - frame.left));
    let (left, top) = (frame.left + widest + 12.0, frame.top + 34.0);
    let width = (frame.right - left) / months.len().max(1) as f64;
    let x = |m: usize| left + (m as f64 + 0.5) * width;
    months_with_labels(pen, months, &x, width, (frame.top + 22.0, frame.top + 6.0));
    for (place, (label, cells)) in drawn.iter().map(|r| &rows[*r]).enumerate() {
        let y = top + place as f64 * high;
        pen.text(&name.named(label, widest), (left - 10.0, y + high / 2.0), name, Anchor::End);
        for (m, p) in cells.iter().enumerate().take(months.len()) {
            let gap = if width > 4.0 { 1.0 } else { 0.0 };
            let (from, to) = (left + m as f64 * width + gap, left + (m as f64 + 1.0) * width - gap);
            let Some(p) = p else { continue };
            pen.rect((from, y + 1.0), (to, y + high - 1.0), BLUE, shade(*p));
            let words = format!("{label}, {}: carried in {} of futures", format::month(months[m]), format::percent(*p));
            pen.spot((from, y + 1.0), (to, y + high - 1.0), words);
            if width >= NARROWEST * letters {
                let ink = ink_on_blue(shade(*p));
                pen.text(&cell(*p), (x(m), y + high / 2.0), number.color(ink), Anchor::Middle);
            }
        }
    }
    let y = top + drawn.len() as f64 * high + 18.0;
    let words = "Percent of futures in which the peak is carried; 100 only when all carry it.";
    pen.text(&AXIS.fitted(words, frame.right - frame.left), (left, y), AXIS, Anchor::Start);
    shown(drawn.len(), rows.len(), "losses, those that are survived least,")
}

fn shade(p: f64) -> f64 {
    0.06 + 0.94 * p.clamp(0.0, 1.0).powi(3)
}

/// The rows that are kept least in some month, in the order given.
fn worst(rows: &[(String, Vec<Option<f64>>)], most: usize) -> Vec<usize> {
    let least = |r: usize| rows[r].1.iter().flatten().copied().fold(1.0, f64::min);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| least(*a).total_cmp(&least(*b)).then(a.cmp(b)));
    order.truncate(most);
    order.sort_unstable();
    order
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
