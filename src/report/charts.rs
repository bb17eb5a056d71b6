//! The charts as data, each titled with its finding.

use super::answers::{budget, cost, demand, exhaustion, fleet, latency, matters, orders, season, survival};
use super::{Chart, ChartBody, Evidence, format};

/// Every chart of a report.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Chart> {
    let mut charts: Vec<Chart> = fleet::fans_chart(evidence).into_iter().collect();
    charts.extend((0..evidence.plan.pools.len()).filter_map(|p| demand::fan_chart(evidence, p)));
    charts.extend(season::season_charts(evidence));
    charts.extend(latency::latency_charts(evidence));
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
