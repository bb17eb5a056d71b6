use super::axis::{Plot, short, ticks};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, GRID, INK, MUTED, RED};
use super::{Rows, shown};
use crate::report::TornadoBar;

/// Height of a row.
pub(super) const ROW: f64 = 40.0;
/// Words at an end of a bar are cut beyond this width.
const WORDS: f64 = 104.0;
/// Half the height of a bar at most.
const THICK: f64 = 24.0;

/// A bar an input from the mean outcome to what is expected at its P10 (blue) and its P90 (red), its values written at the ends.
pub(super) fn draw(pen: &Pen<'_>, frame: Plot, (outcome, mean): (&str, f64), bars: &[TornadoBar], drawn: Rows) -> Option<String> {
    let all = bars.len();
    let (bars, high_row) = (&bars[..drawn.shown.min(all)], drawn.high);
    let (name, small) = (LABEL.larger(drawn.letters), AXIS.larger(drawn.letters));
    let thick = (0.23 * high_row).min(THICK);
    let widest = bars.iter().map(|bar| name.width(&bar.input)).fold(60.0, f64::max).min(0.3 * (frame.right - frame.left));
    // the words at both ends of the longest bar have room within the plot
    let word = |end: usize| bars.iter().map(|bar| small.width(&bar.at[end])).fold(0.0, f64::max).min(WORDS * drawn.letters);
    let room = word(0).max(word(1)) + 14.0;
    let share = bars.iter().map(|bar| name.width(&bar.share)).fold(AXIS.width("share of variance"), f64::max).min(130.0);
    let plot = Plot {
        left: frame.left + widest + 14.0 + room,
        top: frame.top + 42.0,
        right: frame.right - share - 18.0 - room,
        bottom: frame.top + 42.0 + bars.len().max(1) as f64 * high_row,
    };
    let reach = |(value, error): (f64, f64)| (value - 2.0 * error, value + 2.0 * error);
    let ends = || bars.iter().flat_map(|bar| bar.outcome).map(reach);
    let low = ends().fold(mean, |low, end| low.min(end.0));
    let high = ends().fold(mean, |high, end| high.max(end.1));
    let x = |value: f64| plot.left + (value - low) / (high - low).max(f64::MIN_POSITIVE) * (plot.right - plot.left);
    let most = ((plot.right - plot.left) / 70.0).clamp(2.0, 6.0) as usize;
    // a scale of one number is none
    let scale = (most..8).map(|count| ticks(low, high, count)).find(|ticks| ticks.len() > 1).unwrap_or_default();
    for tick in scale {
        pen.line(&[(x(tick), plot.top), (x(tick), plot.bottom)], GRID, 1.0);
        pen.label(&short(tick), (x(tick), plot.bottom + 14.0), AXIS, Anchor::Middle);
    }
    pen.text(outcome, (f64::midpoint(plot.left, plot.right), plot.bottom + 33.0), AXIS, Anchor::Middle);
    pen.text("share of variance", (frame.right, frame.top + 4.0), AXIS, Anchor::End);
    legend(pen, (frame.left, frame.top + 4.0));
    for (b, bar) in bars.iter().enumerate() {
        let y = plot.top + (b as f64 + 0.5) * high_row;
        pen.text(&name.named(&bar.input, widest), (frame.left + widest, y), name, Anchor::End);
        let rises = bar.outcome[1].0 >= bar.outcome[0].0;
        let at = |end: usize| {
            let (value, error) = bar.outcome[end];
            format!("at its P{} ({}) {} ± {}", [10, 90][end], bar.at[end], short(value), short(error))
        };
        let words = format!(
            "{}: {}, {} (± standard error); mean {}, {outcome}; share of variance {}",
            bar.input,
            at(0),
            at(1),
            short(mean),
            bar.share
        );
        pen.spot((plot.left, y - high_row / 2.0), (plot.right, y + high_row / 2.0), words);
        for (end, color) in [(0, BLUE), (1, RED)] {
            let value = bar.outcome[end].0;
            let (from, to) = reach(bar.outcome[end]);
            pen.rect((x(mean).min(x(value)), y - thick), (x(mean).max(x(value)), y + thick), color, 0.75);
            pen.line(&[(x(from), y), (x(to), y)], INK, 1.25);
            // the end with the lower outcome has its word on the left, whatever crosses the mean
            let first = bar.outcome.map(reach).iter().fold(x(mean), |first, end| first.min(x(end.0)));
            let last = bar.outcome.map(reach).iter().fold(x(mean), |last, end| last.max(x(end.1)));
            let (at, anchor) = if (end == 0) == rises { (first - 6.0, Anchor::End) } else { (last + 6.0, Anchor::Start) };
            pen.text(&small.fitted(&bar.at[end], WORDS * drawn.letters), (at, y), small.color(color), anchor);
        }
        pen.text(&name.fitted(&bar.share, share), (frame.right, y), name, Anchor::End);
    }
    pen.line(&[(x(mean), plot.top), (x(mean), plot.bottom)], MUTED, 1.5);
    pen.text(&format!("mean {}", short(mean)), (x(mean), plot.top - 9.0), AXIS, Anchor::Middle);
    shown(bars.len(), all, "inputs, the strongest,")
}

fn legend(pen: &Pen<'_>, (left, y): (f64, f64)) {
    let mut at = left;
    for (name, color) in [("input at its P10", BLUE), ("at its P90", RED)] {
        pen.rect((at, y - 5.0), (at + 12.0, y + 5.0), color, 0.75);
        pen.text(name, (at + 17.0, y), AXIS, Anchor::Start);
        at += AXIS.width(name) + 31.0;
    }
}
