//! The charts as data, each titled with its finding.

use super::answers::{backtest, budget, cost, demand, exhaustion, fleet, latency, matters, orders, season, survival};
use super::{Chart, ChartBody, Evidence, format};

/// Pools that have a week and a latency of their own: in a fleet, the first to cross.
const DRAWN: usize = 12;

/// Every chart of a report.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Chart> {
    let first = exhaustion::by_crossing(evidence);
    let each = |one: fn(&Evidence<'_>, usize) -> Option<Chart>| {
        first.iter().filter_map(|p| one(evidence, *p)).take(DRAWN).collect::<Vec<_>>()
    };
    let mut charts: Vec<Chart> = fleet::fans_chart(evidence).into_iter().collect();
    charts.extend((0..evidence.plan.pools.len()).filter_map(|p| demand::fan_chart(evidence, p)));
    charts.extend(each(backtest::backtest_chart));
    charts.extend(each(season::season_chart));
    charts.extend(each(latency::latency_chart));
    charts.push(exhaustion::exhaustion_chart(evidence));
    charts.extend(survival::survival_chart(evidence));
    charts.extend(budget::budget_chart(evidence));
    charts.push(orders::risk_chart(evidence));
    charts.push(cost::cost_risk_chart(evidence));
    charts.extend(orders::orders_chart(evidence));
    charts.extend(matters::tornadoes(evidence));
    charts
}

pub(super) fn chart(evidence: &Evidence<'_>, id: &str, title: String, subtitle: String, body: ChartBody) -> Chart {
    let provenance = &evidence.provenance;
    let model = evidence.scenarios.first().map_or("", |scenario| scenario.model.name.as_str());
    let footer = format!(
        "{} · model {model} · seed {} · {} futures · data to {}",
        provenance.program,
        provenance.seed,
        format::number(f64::from(provenance.replications)),
        format::day(evidence.plan.today.plus(-1))
    );
    Chart { id: id.to_owned(), title, subtitle, footer, pool: None, body }
}
