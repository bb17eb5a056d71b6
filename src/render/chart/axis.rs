//! Scales, ticks and the frame around a plot.

use plotters::style::RGBColor;

use super::pen::{AXIS, Anchor, Pen};
use super::theme::{GRID, MUTED};
use crate::report::format;
use crate::time::{Day, Month};
use crate::units::Unit;

/// The rectangle that data are drawn in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plot {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Days to x.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub from: Day,
    pub to: Day,
    pub plot: Plot,
}

impl Days {
    pub fn x(&self, day: Day) -> f64 {
        let share = f64::from(day.since(self.from)) / f64::from(self.to.since(self.from).max(1));
        self.plot.left + share.clamp(0.0, 1.0) * (self.plot.right - self.plot.left)
    }

    /// Ticks at firsts of months, so few that labels keep apart; the year is written where it begins. Spans without two firsts of months
    /// have the dates of their ends.
    pub fn draw(&self, pen: &Pen<'_>) {
        pen.line(&[(self.plot.left, self.plot.bottom), (self.plot.right, self.plot.bottom)], MUTED, 1.0);
        let months: Vec<Month> = Month::spanning(self.from, self.to).into_iter().filter(|m| m.first_day() >= self.from).collect();
        if months.len() < 2 {
            let y = self.plot.bottom + 16.0;
            pen.label(&format::day(self.from), (self.plot.left, y), AXIS, Anchor::Start);
            if self.to > self.from {
                pen.label(&format::day(self.to), (self.plot.right, y), AXIS, Anchor::End);
            }
            return;
        }
        let x = |m: usize| self.x(months[m].first_day());
        let step = (self.plot.right - self.plot.left) / (f64::from(self.to.since(self.from).max(1)) / 30.44);
        for m in months_with_labels(pen, &months, &x, step, (self.plot.bottom + 16.0, self.plot.bottom + 31.0)) {
            pen.line(&[(x(m), self.plot.bottom), (x(m), self.plot.bottom + 5.0)], MUTED, 1.0);
        }
    }
}

/// Room that the name of a month takes, in units of the page.
const MONTH: f64 = 34.0;

/// Writes names of months, so few that they keep apart, at the first of two heights, and the years where they begin at the second.
/// `step` is the width of a month. Which months have one.
pub(super) fn months_with_labels(
    pen: &Pen<'_>,
    months: &[Month],
    x: &dyn Fn(usize) -> f64,
    step: f64,
    (name, year): (f64, f64),
) -> Vec<usize> {
    let every = [1, 2, 3, 6, 12, 24, 60].into_iter().find(|every| step * f64::from(*every) >= MONTH).unwrap_or(120);
    let mut labelled = Vec::new();
    for (m, month) in months.iter().enumerate() {
        let date = month.first_day().date();
        let index = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        if index % every != 0 {
            continue;
        }
        if every < 12 {
            pen.label(format::month_short(*month), (x(m), name), AXIS, Anchor::Middle);
        }
        let begins = labelled.is_empty() || date.month() == 1;
        if every >= 12 || begins {
            pen.label(&date.year().to_string(), (x(m), if every < 12 { year } else { name }), AXIS.bold(), Anchor::Middle);
        }
        labelled.push(m);
    }
    labelled
}

/// Round steps that cut `low..high` into about `count` parts.
pub(super) fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) {
        return vec![low];
    }
    let raw = span / count as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= raw * 0.999).unwrap_or(raw);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Values to y, upwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values {
    pub low: f64,
    pub high: f64,
    pub plot: Plot,
}

impl Values {
    pub fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        self.plot.bottom - share.clamp(-0.02, 1.02) * (self.plot.bottom - self.plot.top)
    }

    /// Grid lines with labels; the unit stands above them.
    pub fn draw(&self, pen: &Pen<'_>, unit: &str, label: &dyn Fn(f64) -> String) {
        self.draw_in(pen, unit, 1.0, label);
    }

    /// The same with ticks at round multiples of `factor`.
    fn draw_in(&self, pen: &Pen<'_>, unit: &str, factor: f64, label: &dyn Fn(f64) -> String) {
        let count = ((self.plot.bottom - self.plot.top) / 34.0).clamp(1.0, 5.0) as usize;
        let mut widest: f64 = 0.0;
        for tick in ticks(self.low / factor, self.high / factor, count).into_iter().map(|tick| tick * factor) {
            let y = self.y(tick);
            let text = label(tick);
            pen.line(&[(self.plot.left, y), (self.plot.right, y)], GRID, 1.0);
            pen.label(&text, (self.plot.left - 8.0, y), AXIS, Anchor::End);
            widest = widest.max(AXIS.width(&text));
        }
        if !unit.is_empty() {
            let from = self.plot.left - 8.0 - widest.min(44.0);
            pen.label(&AXIS.fitted(unit, self.plot.right - from), (from, self.plot.top - 17.0), AXIS, Anchor::Start);
        }
    }

    /// Amounts in a unit whose prefix fits the largest.
    pub fn draw_amounts(&self, pen: &Pen<'_>, unit: &str) {
        let unit = Unit::named(unit);
        let (prefix, factor) = format::prefix(self.high, &unit);
        self.draw_in(pen, &format::unit_name(prefix, &unit), factor, &|value| short(value / factor));
    }

    /// Numbers that have no unit, or one that stands elsewhere.
    pub fn draw_numbers(&self, pen: &Pen<'_>) {
        self.draw_in(pen, "", magnitude(self.low.abs().max(self.high.abs())).0, &short);
    }
}

/// The factor and letter by which large numbers are shortened.
fn magnitude(size: f64) -> (f64, &'static str) {
    [(1e12, " T"), (1e9, " G"), (1e6, " M")].into_iter().find(|(factor, _)| size >= *factor).unwrap_or((1.0, ""))
}

/// A number in few letters: `12,500`, `2.5 M`, `1.2e18`.
pub(super) fn short(value: f64) -> String {
    let (factor, letter) = magnitude(value.abs());
    if value.abs() >= 1e15 {
        return format!("{value:.1e}");
    }
    format!("{}{letter}", format::number(value / factor))
}

/// A share on a root scale: small risks are the ones decided on.
pub(super) fn root(p: f64) -> f64 {
    p.max(0.0).sqrt()
}

/// Grid lines and labels of a root scale of shares.
pub(super) fn draw_roots(pen: &Pen<'_>, y: &Values) {
    let mut before = f64::INFINITY;
    for tick in [0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0] {
        let at = y.y(root(tick));
        let fits = root(tick) <= y.high * 1.0001 && before - at >= 20.0;
        if fits && pen.label(&percent_label(tick), (y.plot.left - 8.0, at), AXIS, Anchor::End) {
            pen.line(&[(y.plot.left, at), (y.plot.right, at)], GRID, 1.0);
            before = at;
        }
    }
}

/// Joins the ends of so many lines to their names, where those had to stand higher or lower: one of them. Of more than [`JOINED`], what joins
/// them would be a tangle that tells nothing.
pub(super) fn lead(pen: &Pen<'_>, (right, lines): (f64, usize), (end, name): (f64, f64), color: RGBColor) {
    if lines <= JOINED && (end - name).abs() > NEAR {
        pen.line(&[(right + 1.0, end), (right + 6.5, name)], color, 0.75);
    }
}

/// Names that are joined to their lines at most.
const JOINED: usize = 10;
/// A name so near to the end of its line needs nothing that joins them.
const NEAR: f64 = 5.0;

/// Percent without needless digits.
pub(super) fn percent_label(probability: f64) -> String {
    format!("{} %", format::number((probability * 1e4).round() / 100.0))
}

/// How many labels have room one below the other.
pub(super) fn room_for(plot: Plot, gap: f64) -> usize {
    ((plot.bottom - plot.top) / gap).max(0.0) as usize + 1
}

/// Pushes labels apart that would overlap: their y, in the order given, at least `gap` apart and within `low..high`.
pub(super) fn apart(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut placed = wanted.to_vec();
    let mut next = low;
    for i in &order {
        placed[*i] = wanted[*i].max(next);
        next = placed[*i] + gap;
    }
    let mut limit = high;
    for i in order.iter().rev() {
        placed[*i] = placed[*i].min(limit);
        limit = placed[*i] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(0.0, 100.0, 5), vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(0.0, 0.0, 5), vec![0.0]);
        for high in [1e-9, 3.7, 88.0, 1e12] {
            let found = ticks(0.0, high, 5);
            assert!(
                found.len() >= 3 && found.len() <= 8 && found.iter().all(|tick| *tick <= high * 1.000_001),
                "{high}: {found:?}"
            );
        }
    }

    #[test]
    fn labels_are_pushed_apart_but_not_out() {
        assert_eq!(apart(&[10.0, 11.0, 12.0], 5.0, 0.0, 100.0), vec![10.0, 15.0, 20.0]);
        assert_eq!(apart(&[98.0, 99.0], 5.0, 0.0, 100.0), vec![95.0, 100.0]);
    }
}
