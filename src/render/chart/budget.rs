use super::axis::{Plot, Values, apart, lead, months_with_labels, short};
use super::pen::{AXIS, Anchor, LABEL, Pen};
use super::theme::{BLUE, INK, MUTED, RED};
use crate::report::{ChartBody, format};

pub(super) fn draw(pen: &Pen<'_>, frame: Plot, body: &ChartBody) {
    let ChartBody::Budget { months, expected, error, futures, allowed } = body else { return };
    let room = 0.21 * (frame.right - frame.left);
    let plot =
        Plot { left: frame.left + 52.0, top: frame.top + 26.0, right: frame.right - room - 10.0, bottom: frame.bottom - 54.0 };
    let last = |line: &[f64]| line.last().copied().unwrap_or(0.0);
    let nine = futures.iter().map(|(_, high)| *high).fold(0.0, f64::max);
    let sure = expected.iter().zip(error).map(|(e, half)| e + half).fold(0.0, f64::max).max(last(allowed));
    // a few bad futures may reach far: they are cut at three times what is expected or allowed
    let most = sure.max(nine.min(3.0 * sure)).max(f64::MIN_POSITIVE);
    let hours = most > format::HOURS;
    let (scale, unit) =
        if hours { (1.0 / 60.0, "hours above the line, added up") } else { (1.0, "minutes above the line, added up") };
    let words = |minutes: f64| format!("{} {}", short(minutes * scale), if hours { "h" } else { "min" });
    let y = Values { low: 0.0, high: 1.05 * most * scale, plot };
    y.draw(pen, unit, &short);
    let step = (plot.right - plot.left) / months.len().max(1) as f64;
    let x = |m: usize| plot.left + (m as f64 + 0.5) * step;
    months_with_labels(pen, months, &x, step, (plot.bottom + 16.0, plot.bottom + 31.0));
    pen.line(&[(plot.left, plot.bottom), (plot.right, plot.bottom)], MUTED, 1.0);
    // each value stands at the end of its month; nothing is used before the first
    let end = |m: usize| plot.left + (m as f64 + 1.0) * step;
    let start = (plot.left, plot.bottom);
    let points = |line: &[f64]| {
        let points = line.iter().enumerate().map(|(m, minutes)| (end(m), y.y(minutes * scale)));
        std::iter::once(start).chain(points).collect::<Vec<_>>()
    };
    let spread = |low: &[f64], high: &[f64], opacity: f64| {
        let back = points(low).into_iter().rev();
        pen.polygon(&points(high).into_iter().chain(back).collect::<Vec<_>>(), BLUE, opacity);
    };
    let (one, nine): (Vec<f64>, Vec<f64>) = futures.iter().copied().unzip();
    spread(&one, &nine, 0.14);
    let ends = |sign: f64| expected.iter().zip(error).map(|(e, half)| (e + sign * half).max(0.0)).collect::<Vec<_>>();
    spread(&ends(-1.0), &ends(1.0), 0.34);
    pen.dashed(&points(allowed), INK, 1.75, 5.0);
    pen.line(&points(expected), BLUE, 2.25);
    for (m, month) in months.iter().enumerate().take(expected.len().min(error.len()).min(futures.len()).min(allowed.len())) {
        let used = format!("expected {} ± {} (95 %)", words(expected[m]), words(error[m]));
        let spread = format!("8 of 10 futures {} – {}", words(futures[m].0), words(futures[m].1));
        let text = format!("to the end of {}: {used}; {spread}; budget {}", format::month(*month), words(allowed[m]));
        pen.spot((end(m) - step, plot.top), (end(m), plot.bottom), text);
    }
    let over = (0..expected.len().min(allowed.len())).find(|m| expected[*m] > allowed[*m]);
    if let Some(m) = over {
        pen.dot((end(m), y.y(expected[m] * scale)), 6.0, RED);
    }
    let labels = [
        (last(allowed), format!("budget {}", words(last(allowed))), INK, true),
        (last(expected), format!("expected {}", words(last(expected))), BLUE, true),
        (last(&nine), nine_of_ten(last(&nine), &words), BLUE, false),
    ];
    let wanted: Vec<f64> = labels.iter().map(|(at, ..)| y.y(at * scale)).collect();
    let placed = apart(&wanted, 17.0, plot.top, plot.bottom);
    for (((_, text, color, bold), at), end) in labels.iter().zip(placed).zip(&wanted) {
        lead(pen, (plot.right, labels.len()), (*end, at), *color);
        let kind = if *bold { LABEL.bold() } else { AXIS };
        pen.text(&kind.fitted(text, room), (plot.right + 8.0, at), kind.color(*color), Anchor::Start);
    }
    if let (Some(m), Some(month)) = (over, over.and_then(|m| months.get(m))) {
        let text = format!("spent in {}", format::month(*month));
        let at = (end(m), y.y(expected[m] * scale));
        let kind = LABEL.bold().color(RED);
        // not over the axis: where the month is one of the first, higher and within the plot
        let (left, first) = (at.0 - 9.0 - kind.width(&text), plot.left + 6.0);
        let above = if left < first { (first, at.1 - 20.0) } else { (left, at.1 - 12.0) };
        pen.label_at_one_of(&text, &[above, (at.0 + 9.0, at.1 + 12.0)].map(|at| (at, Anchor::Start)), kind);
    }
}

/// What nine futures in ten use at most; where most use none, "below 0" beside an expected amount would read as a fault.
fn nine_of_ten(most: f64, words: &dyn Fn(f64) -> String) -> String {
    if most > 0.0 { format!("9 of 10 below {}", words(most)) } else { "9 of 10 use none".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn futures_that_use_none_are_said_to() {
        let words = |minutes: f64| format!("{minutes} min");
        assert_eq!(nine_of_ten(0.0, &words), "9 of 10 use none");
        assert_eq!(nine_of_ten(2.5, &words), "9 of 10 below 2.5 min");
    }
}
