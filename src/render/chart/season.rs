use super::axis::{Plot, short};
use super::pen::{AXIS, Anchor, LABEL, Pen, Type};
use super::theme::{BLUE, RED, ink_on_blue};
use crate::report::format;
use crate::units::Unit;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS: usize = 24;
/// From white to blue it is at least this share of the highest hour.
const FLAT: f64 = 0.25;
/// Letters of a cell.
const CELL: Type = Type { size: 11.0, ..AXIS };

/// Cells from white (the least of the week) to blue (the most, or a quarter of it above the least), the mean written in each where all have room; the highest is framed.
pub(super) fn draw(pen: &Pen<'_>, frame: Plot, unit: &str, cells: &[Vec<Option<f64>>]) {
    let plot = Plot { left: frame.left + 44.0, top: frame.top + 24.0, right: frame.right, bottom: frame.bottom - 50.0 };
    let (wide, high) = ((plot.right - plot.left) / HOURS as f64, (plot.bottom - plot.top) / DAYS.len() as f64);
    let at = |day: usize, hour: usize| (plot.left + hour as f64 * wide, plot.top + day as f64 * high);
    let known: Vec<(usize, usize, f64)> = cells
        .iter()
        .take(DAYS.len())
        .enumerate()
        .flat_map(|(day, row)| row.iter().take(HOURS).enumerate().filter_map(move |(hour, cell)| Some((day, hour, (*cell)?))))
        .collect();
    let least = known.iter().map(|cell| cell.2).fold(f64::INFINITY, f64::min);
    let most = known.iter().map(|cell| cell.2).fold(f64::NEG_INFINITY, f64::max);
    let unit = Unit::named(unit);
    let (prefix, factor) = format::prefix(if most.is_finite() { most } else { 0.0 }, &unit);
    for (day, name) in DAYS.iter().enumerate() {
        pen.text(name, (plot.left - 10.0, at(day, 0).1 + high / 2.0), LABEL, Anchor::End);
    }
    for hour in (0..HOURS).step_by(if wide >= 24.0 { 1 } else { 3 }) {
        pen.label(&hour.to_string(), (at(0, hour).0 + wide / 2.0, plot.top - 10.0), AXIS, Anchor::Middle);
    }
    pen.label("hour", (plot.left - 10.0, plot.top - 10.0), AXIS, Anchor::End);
    // as many digits in all cells as the largest needs three for
    let digits = (2 - (most / factor).abs().log10().floor().clamp(-9.0, 9.0) as i32).max(0) as usize;
    let words = |value: f64| if digits > 4 || value.abs() >= 1e6 { short(value) } else { format!("{value:.digits$}") };
    let written = known.iter().all(|cell| CELL.width(&words(cell.2 / factor)) <= wide - 4.0);
    // a week that is nearly flat looks so
    let blue = most.max(least + FLAT * most.abs());
    let share = |value: f64| if blue > least { (value - least) / (blue - least) } else { 0.5 };
    for (day, hour, value) in &known {
        let (x, y) = at(*day, *hour);
        pen.rect((x + 1.0, y + 1.0), (x + wide - 1.0, y + high - 1.0), BLUE, shade(share(*value)));
        let read = format!("{} {hour}:00 – {}:00: {}", DAYS[*day], hour + 1, format::amount(*value, &unit));
        pen.spot((x, y), (x + wide, y + high), read);
        if written {
            let ink = ink_on_blue(shade(share(*value)));
            pen.text(&words(value / factor), (x + wide / 2.0, y + high / 2.0), CELL.color(ink), Anchor::Middle);
        }
    }
    // of ties the first
    if let Some((day, hour, _)) = known.iter().rev().max_by(|a, b| a.2.total_cmp(&b.2)) {
        let (x, y) = at(*day, *hour);
        let corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)];
        pen.line(&corners, RED, 2.5);
    }
    if known.is_empty() {
        return;
    }
    // the scale of colours
    let y = plot.bottom + 26.0;
    let (from, to) = (format!("{} {}", short(least / factor), format::unit_name(prefix, &unit)), short(blue / factor));
    pen.label(&from, (plot.left, y), AXIS, Anchor::Start);
    let (left, step) = (plot.left + AXIS.width(&from) + 10.0, 8.0);
    for i in 0..20 {
        let x = left + f64::from(i) * step;
        pen.rect((x, y - 6.0), (x + step, y + 6.0), BLUE, shade((f64::from(i) + 0.5) / 20.0));
    }
    let end = left + 20.0 * step + 8.0;
    if pen.label(&to, (end, y), AXIS, Anchor::Start) {
        let words = "highest hour framed";
        pen.label(words, (end + AXIS.width(&to) + 24.0, y), AXIS.color(RED), Anchor::Start);
    }
}

fn shade(share: f64) -> f64 {
    0.05 + 0.95 * share
}
