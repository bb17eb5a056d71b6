//! Charts as drawings: one theme, one font, titles that say the finding.

mod anomalies;
mod axis;
mod backtest;
mod budget;
mod cost_risk;
mod exhaustion;
mod fan;
mod fans;
mod latency;
mod orders;
mod pen;
mod risk;
mod season;
mod survival;
#[cfg(test)]
mod tests;
pub(super) mod theme;
mod tornado;
mod waterfall;

use axis::Plot;
pub(super) use pen::Spot;
use pen::{AXIS, Anchor, FINE, FOOTER, Label, Pen, SUBTITLE, TITLE};

use crate::report::{Chart, ChartBody};

/// What a drawing is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// The report: 960 units wide, as high as its rows.
    #[default]
    Report,
    /// A slide: 960 × 540 units, 16:9; rows that do not fit are counted.
    Slide,
    /// A page of a document: 680 units wide, as high as its rows, so that letters keep their size on paper.
    Page,
}

/// Height of a chart whose rows do not ask for more.
const HEIGHT: f64 = 540.0;
const MARGIN: f64 = 24.0;
/// Below the rows of a chart: axis, words, footer.
const BELOW: f64 = 124.0;
/// Rows of a chart at most: what has more is a table.
const MOST_ROWS: usize = 60;

impl Size {
    fn width(self) -> f64 {
        if self == Self::Page { 680.0 } else { 960.0 }
    }

    /// How many of so many rows are drawn, and how high each is: on a slide a little less than usual where there are many, and more,
    /// with larger letters, where there are few.
    fn rows(self, count: usize, usual: f64, top: f64) -> Rows {
        if self != Self::Slide {
            return Rows { shown: count.min(MOST_ROWS), high: usual, letters: 1.0 };
        }
        let room = HEIGHT - top - BELOW;
        let shown = count.min((room / (0.8 * usual)).max(1.0) as usize);
        let high = (room / shown.max(1) as f64).clamp(0.8 * usual, 5.0 * usual);
        Rows { shown, high, letters: (high / (1.6 * usual)).clamp(1.0, 1.3) }
    }
}

/// Rows that are drawn.
#[derive(Debug, Clone, Copy)]
struct Rows {
    shown: usize,
    /// Height of one.
    high: f64,
    /// How many times as large as usual its letters are.
    letters: f64,
}

/// Rows of the kinds of chart that are as high as their rows: their number, the height of one, the least height of the chart.
fn rows_of(body: &ChartBody) -> Option<(usize, f64, f64)> {
    match body {
        ChartBody::Survival { rows, .. } => Some((rows.len(), survival::ROW, 220.0)),
        ChartBody::Orders { rows, .. } => Some((rows.len(), orders::ROW, 260.0)),
        ChartBody::Tornado { bars, .. } => Some((bars.len(), tornado::ROW, 240.0)),
        ChartBody::Waterfall { steps, .. } => Some((steps.len() + 2, waterfall::ROW, 240.0)),
        _ => None,
    }
}

fn height(body: &ChartBody, size: Size, top: f64) -> f64 {
    if size == Size::Slide {
        return HEIGHT;
    }
    if let Some((count, each, least)) = rows_of(body) {
        return (top + size.rows(count.max(1), each, top).shown as f64 * each + BELOW).max(least.max(top + 150.0));
    }
    match body {
        ChartBody::Backtest { .. } => 620.0,
        ChartBody::Anomalies { panels } => {
            top + size.rows(panels.len().max(1), anomalies::ROW, top).shown as f64 * anomalies::ROW + 44.0
        }
        ChartBody::Fans { panels, .. } => top + fans::height(panels.len(), size.width() - 2.0 * MARGIN) + 44.0,
        ChartBody::Season { .. } if size == Size::Page => top + 330.0,
        _ if size == Size::Page => (top + 340.0).max(HEIGHT - 60.0),
        _ => HEIGHT,
    }
}

/// The drawing without a font of its own, for a page that has it; and the values that can be read in it, in units of the drawing.
pub(super) fn svg_body(chart: &Chart) -> (String, Vec<Spot>) {
    let (svg, (_, spots)) = told(chart, Size::Report);
    (svg, spots)
}

/// The drawing, and its texts.
fn drawing(chart: &Chart, size: Size) -> (String, Vec<Label>) {
    let (svg, (texts, _)) = told(chart, size);
    (svg, texts)
}

/// The drawing, its texts, and the values that can be read.
fn told(chart: &Chart, size: Size) -> (String, (Vec<Label>, Vec<Spot>)) {
    let width = size.width();
    let inner = width - 2.0 * MARGIN;
    let title = TITLE.balanced(&chart.title, inner, 3);
    let subtitle = SUBTITLE.wrapped(&chart.subtitle, inner, 3);
    let top = 22.0 + title.len() as f64 * 27.0 + subtitle.len() as f64 * 19.0 + 12.0;
    let height = height(&chart.body, size, top);
    let mut out = String::new();
    let told = {
        let pen = Pen::new(&mut out, width, height);
        let mut y = 32.0;
        for line in &title {
            pen.text(line, (MARGIN, y), TITLE, Anchor::Start);
            y += 27.0;
        }
        for line in &subtitle {
            pen.text(line, (MARGIN, y), SUBTITLE, Anchor::Start);
            y += 19.0;
        }
        pen.text(&FOOTER.fitted(&chart.footer, inner), (MARGIN, height - 16.0), FOOTER, Anchor::Start);
        let plot = Plot { left: MARGIN, top, right: width - MARGIN, bottom: height - 34.0 };
        let rows = rows_of(&chart.body)
            .map_or(Rows { shown: 0, high: 0.0, letters: 1.0 }, |(count, each, _)| size.rows(count, each, top));
        let left_out = body(&pen, plot, &chart.body, rows);
        if let Some(words) = left_out {
            pen.label(&AXIS.fitted(&words, inner), (MARGIN, height - 34.0), AXIS, Anchor::Start);
        }
        pen.told()
    };
    let (wide, high) = ((width * FINE) as u32, (height * FINE) as u32);
    let sized = format!("width=\"{width}\" height=\"{height}\"");
    (out.replacen(&format!("width=\"{wide}\" height=\"{high}\""), &sized, 1), told)
}

/// Draws the data, of charts of rows some of them. What is not shown, in words.
fn body(pen: &Pen<'_>, plot: Plot, body: &ChartBody, rows: Rows) -> Option<String> {
    match body {
        ChartBody::Fan { .. } => fan::draw(pen, plot, body),
        ChartBody::Exhaustion { curves, today, horizon } => return exhaustion::draw(pen, plot, curves, (*today, *horizon)),
        ChartBody::Survival { months, rows: all } => return survival::draw(pen, plot, months, all, rows),
        ChartBody::Risk { months, lines, accepted } => return risk::draw(pen, plot, months, lines, *accepted),
        ChartBody::CostRisk { currency, points, chosen, accepted } => {
            return cost_risk::draw(pen, plot, &cost_risk::Points { currency, points, chosen, accepted: *accepted });
        }
        ChartBody::Backtest { panels, coverage } => backtest::draw(pen, plot, panels, coverage),
        ChartBody::Anomalies { panels } => return anomalies::draw(pen, plot, panels),
        ChartBody::Tornado { outcome, mean, bars } => return tornado::draw(pen, plot, (outcome, *mean), bars, rows),
        ChartBody::Orders { rows: all, as_of } => return orders::draw(pen, plot, all, *as_of, rows),
        ChartBody::Season { unit, cells } => season::draw(pen, plot, unit, cells),
        ChartBody::Latency { .. } => latency::draw(pen, plot, body),
        ChartBody::Fans { panels, pools, as_of } => return fans::draw(pen, plot, panels, *pools, *as_of),
        ChartBody::Waterfall { unit, from, steps, to } => waterfall::draw(pen, plot, unit, (from, to), steps, rows),
        ChartBody::Budget { .. } => budget::draw(pen, plot, body),
    }
    None
}

/// "12 of 60 rows are shown", where not all are.
fn shown(shown: usize, all: usize, what: &str) -> Option<String> {
    (shown < all).then(|| format!("{shown} of {all} {what} are shown; the tables have all of them."))
}

/// The drawing of a chart as a file of its own, as large as in the report, with the font inside.
#[must_use]
pub fn svg(chart: &Chart) -> String {
    sized_svg(chart, Size::Report)
}

/// The drawing of a chart as a file of its own, with the font inside.
#[must_use]
pub fn sized_svg(chart: &Chart, size: Size) -> String {
    let style = format!("<style>{}</style>", super::font::fonts());
    drawing(chart, size).0.replacen('>', &format!(">{style}"), 1)
}

/// The drawing of a chart as a small file that names the font and others that are near it: for where the font is at hand.
#[must_use]
pub fn plain_svg(chart: &Chart, size: Size) -> String {
    drawing(chart, size).0.replace("font-family=\"Inter\"", "font-family=\"Inter, Helvetica, Arial, sans-serif\"")
}
