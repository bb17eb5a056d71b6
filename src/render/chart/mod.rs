//! Charts as drawings: one theme, one font, titles that say the finding.

mod anomalies;
mod axis;
mod backtest;
mod cost_risk;
mod exhaustion;
mod fan;
mod orders;
mod pen;
mod risk;
mod survival;
pub(super) mod theme;
mod tornado;

use axis::Plot;
use pen::{Anchor, FINE, FOOTER, Pen, SUBTITLE, TITLE};

use crate::report::{Chart, ChartBody};

/// Width of every chart, in units of the page.
const WIDTH: f64 = 960.0;
/// Height of a chart whose rows do not ask for more.
const HEIGHT: f64 = 540.0;
const MARGIN: f64 = 24.0;

fn height(body: &ChartBody, top: f64) -> f64 {
    let rows = |count: usize, each: f64| top + count as f64 * each + 110.0;
    match body {
        ChartBody::Survival { rows: all, .. } => rows(all.len(), survival::ROW),
        ChartBody::Orders { rows: all, .. } => rows(all.len(), orders::ROW).max(260.0),
        ChartBody::Tornado { bars, .. } => rows(bars.len().max(1), tornado::ROW).max(230.0),
        ChartBody::Backtest { .. } => 620.0,
        ChartBody::Anomalies { panels } => top + panels.len().max(1) as f64 * anomalies::ROW + 44.0,
        _ => HEIGHT,
    }
}

/// The drawing without a font of its own: for a page that has it.
pub(super) fn svg_body(chart: &Chart) -> String {
    let inner = WIDTH - 2.0 * MARGIN;
    let title = TITLE.wrapped(&chart.title, inner);
    let subtitle = SUBTITLE.wrapped(&chart.subtitle, inner);
    let top = 22.0 + title.len() as f64 * 27.0 + subtitle.len() as f64 * 19.0 + 12.0;
    let height = height(&chart.body, top);
    let mut out = String::new();
    {
        let pen = Pen::new(&mut out, WIDTH, height);
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
        let plot = Plot { left: MARGIN, top, right: WIDTH - MARGIN, bottom: height - 34.0 };
        match &chart.body {
            ChartBody::Fan { .. } => fan::draw(&pen, plot, &chart.body),
            ChartBody::Exhaustion { curves, today, horizon } => exhaustion::draw(&pen, plot, curves, (*today, *horizon)),
            ChartBody::Survival { months, rows } => survival::draw(&pen, plot, months, rows),
            ChartBody::Risk { months, lines, accepted } => risk::draw(&pen, plot, months, lines, *accepted),
            ChartBody::CostRisk { currency, points, chosen, accepted } => {
                cost_risk::draw(&pen, plot, &cost_risk::Points { currency, points, chosen, accepted: *accepted });
            }
            ChartBody::Backtest { panels, coverage } => backtest::draw(&pen, plot, panels, coverage),
            ChartBody::Anomalies { panels } => anomalies::draw(&pen, plot, panels),
            ChartBody::Tornado { outcome, mean, bars } => tornado::draw(&pen, plot, outcome, *mean, bars),
            ChartBody::Orders { rows, as_of } => orders::draw(&pen, plot, rows, *as_of),
        }
    }
    let (wide, high) = ((WIDTH * FINE) as u32, (height * FINE) as u32);
    out.replacen(&format!("width=\"{wide}\" height=\"{high}\""), &format!("width=\"{WIDTH}\" height=\"{height}\""), 1)
}

/// The drawing of a chart as a file of its own, with the font inside.
#[must_use]
pub fn svg(chart: &Chart) -> String {
    let body = svg_body(chart);
    let style = format!("<style>{}</style>", super::font::fonts());
    body.replacen('>', &format!(">{style}"), 1)
}
