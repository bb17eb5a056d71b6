use super::axis::{Plot, Values, percent_label, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use crate::report::{ChartBody, format};

/// The curve is drawn up to so many times the target.
const ABOVE: f64 = 2.2;
/// Places of the curve that can be read, about.
const READ: usize = 80;

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, body: &ChartBody) {
    let ChartBody::Latency { percentile, target, curve, measured, line, interval, knee, now } = body else { return };
    let plot = Plot { left: frame.left + 52.0, top: frame.top + 44.0, right: frame.right - 24.0, bottom: frame.bottom - 54.0 };
    let x = |share: f64| plot.left + share.clamp(0.0, 1.0) * (plot.right - plot.left);
    let (scale, unit) = if *target < 2.0 { (1e3, "ms") } else { (1.0, "s") };
    let y = Values { low: 0.0, high: (ABOVE * target * scale).max(f64::MIN_POSITIVE), plot };
    let p = format::number(percentile * 100.0);
    y.draw(pen, &format!("p{p} response [{unit}]"), &super::axis::short);
    for tick in ticks(0.0, 1.0, 10) {
        pen.line(&[(x(tick), plot.bottom), (x(tick), plot.bottom + 5.0)], MUTED, 1.0);
        pen.label(&percent_label(tick), (x(tick), plot.bottom + 16.0), AXIS, Anchor::Middle);
    }
    pen.text("utilization", (plot.right, plot.bottom + 34.0), AXIS, Anchor::End);
    pen.rect((x(*line), plot.top), (plot.right, plot.bottom), RED, 0.07);
    if let Some((low, high)) = interval {
        pen.rect((x(*low), plot.top), (x(*high), plot.bottom), RED, 0.14);
    }
    let level = y.y(target * scale);
    pen.dashed(&[(plot.left, level), (plot.right, level)], INK, 1.25, 4.0);
    let promise = format!("promised: {} {unit}", format::number(target * scale));
    pen.label(&promise, (plot.left + 8.0, level - 11.0), AXIS.color(INK), Anchor::Start);
    pen.line(&below(curve, target * ABOVE).iter().map(|(u, s)| (x(*u), y.y(s * scale))).collect::<Vec<_>>(), BLUE, 2.25);
    let reads =
        |share: f64, seconds: f64| format!("utilization {}: p{p} {} {unit}", share_words(share), format::number(seconds * scale));
    let drawn: Vec<&(f64, f64)> = curve.iter().filter(|(_, seconds)| *seconds <= ABOVE * target).collect();
    let every = drawn.len().div_ceil(READ).max(1);
    for at in (0..drawn.len()).step_by(every) {
        let (share, seconds) = *drawn[at];
        let next = drawn[(at + every).min(drawn.len() - 1)].0;
        pen.spot((x(share), plot.top), (x(next), plot.bottom), reads(share, seconds));
    }
    for (share, seconds) in measured.iter().filter(|(_, seconds)| *seconds <= ABOVE * target) {
        let at = (x(*share), y.y(seconds * scale));
        pen.dot(at, 4.5, BLUE);
        pen.spot((at.0 - 6.0, at.1 - 6.0), (at.0 + 6.0, at.1 + 6.0), format!("measured, {}", reads(*share, *seconds)));
    }
    pen.line(&[(x(*line), plot.top), (x(*line), plot.bottom)], RED, 2.25);
    pen.dot((x(*line), level), 6.0, RED);
    above(pen, plot, &format!("safe-load line {}", share_words(*line)), x(*line), RED);
    if let Some(now) = now {
        pen.dashed(&[(x(*now), plot.top), (x(*now), plot.bottom)], INK, 1.5, 3.0);
        above(pen, plot, &format!("peak of 28 days {}", share_words(*now)), x(*now), INK);
    }
    if let Some((share, seconds)) = knee.filter(|(_, seconds)| *seconds <= ABOVE * target) {
        let at = (x(share), y.y(seconds * scale));
        pen.dot(at, 5.0, MUTED);
        pen.line(&[at, (at.0, plot.bottom)], GRID, 1.0);
        let words = format!("knee {}", share_words(share));
        let mut places = vec![
            ((at.0 + 8.0, at.1 + 14.0), Anchor::Start),
            ((at.0 - 8.0, at.1 - 12.0), Anchor::End),
            ((at.0 - 8.0, at.1 + 14.0), Anchor::End),
        ];
        // where no line goes through the words; anywhere if there is no such place
        let kind = LABEL.color(MUTED);
        let uprights: Vec<f64> = [Some(x(*line)), now.map(x)].into_iter().flatten().collect();
        places.sort_by_key(|(at, anchor)| {
            let words = pen.boxed(&words, *at, kind, *anchor);
            let struck = uprights.iter().any(|at| words.left - 3.0 < *at && *at < words.right + 3.0);
            struck || (words.top < level + 2.0 && level - 2.0 < words.bottom)
        });
        pen.label_at_one_of(&words, &places, kind);
    }
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
}

fn share_words(share: f64) -> String {
    percent_label((share * 1e3).round() / 1e3)
}

/// A name of a line that goes from top to bottom, above it: beside or one higher where another stands there.
fn above(pen: &Pen<'_>, plot: Plot, words: &str, x: f64, color: plotters::style::RGBColor) {
    let kind = LABEL.bold().color(color);
    let places = [plot.top - 12.0, plot.top - 30.0].map(|y| ((x, y), Anchor::Middle));
    let sides = [((x - 6.0, plot.top + 12.0), Anchor::End), ((x + 6.0, plot.top + 12.0), Anchor::Start)];
    pen.label_at_one_of(words, &[places[0], places[1], sides[0], sides[1]], kind);
}

/// The part of a rising curve up to a level, cut there.
fn below(curve: &[(f64, f64)], level: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (share, seconds) in curve {
        if *seconds <= level {
            kept.push((*share, *seconds));
            continue;
        }
        if let Some((from, low)) = kept.last().copied() {
            kept.push((from + (share - from) * (level - low) / (seconds - low), level));
        }
        break;
    }
    kept
}
