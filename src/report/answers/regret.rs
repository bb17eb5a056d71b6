//! Question 8, continued: what another plan, another policy or other prices would have cost.

use crate::plan::{CostSpread, PlanRegret, PolicyResult, Priced, Regret};
use crate::report::compose::finding;
use crate::report::tables::{both, table, text};
use crate::report::{Cell, Evidence, Finding, Table, Weight, format};
use crate::stats::{Estimate, TWO_SIDED_95};
use crate::units::Money;

/// Fewer futures than this say nothing of a policy.
const FEW: u32 = 16;

/// The sentences.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(spread(evidence));
    findings.extend(stability(evidence));
    findings.extend(regret(evidence));
    findings.extend(policies(evidence));
    findings
}

fn money(evidence: &Evidence<'_>, amount: f64) -> String {
    format::money(Money(amount), &evidence.plan.currency)
}

fn spread(evidence: &Evidence<'_>) -> Option<Finding> {
    let policies = &evidence.plan.policies;
    let CostSpread { mean, p10, p50, p90 } = policies.spread;
    if mean.value == 0.0 {
        return None;
    }
    let uncertain =
        evidence.scenarios.first().is_some_and(|base| base.model.uncertain.iter().any(|one| !one.place.is_simulated()));
    let varies = if uncertain { "Prices and arrivals are drawn" } else { "Prices are certain, arrivals are drawn" };
    let sentence = format!(
        "{varies}: their cost is {} to {} in eight futures out of ten, {} in the middle one.",
        money(evidence, p10),
        money(evidence, p90),
        money(evidence, p50)
    );
    let found = finding(sentence, Weight::Good, "the orders priced in every future", "cost");
    Some(found.number(mean.value, p10, p90, "80 % of futures"))
}

/// How often other futures like these would have made the same choice.
fn stability(evidence: &Evidence<'_>) -> Option<Finding> {
    // resamples are judged by the chance of a shortfall
    evidence.plan.accepted?;
    let frontier = &evidence.plan.frontier;
    if frontier.len() < 2 {
        return None;
    }
    let at = frontier.iter().position(|point| point.recommended)?;
    // a sum of nothing is −0
    let dearer = frontier[at + 1..].iter().map(|point| point.stability).sum::<f64>() + 0.0;
    let sentence = format!(
        "{} of bootstrap resamples of the futures choose this plan of those on the frontier, {} a dearer one.",
        format::percent(frontier[at].stability),
        format::percent(dearer)
    );
    let weight = if frontier[at].stability < 0.5 { Weight::Watch } else { Weight::Good };
    let method = "futures drawn again with replacement: the cheapest plan that keeps the rule in them";
    Some(Finding { value: Some(frontier[at].stability), ..finding(sentence, weight, method, "frontier") })
}

fn regret(evidence: &Evidence<'_>) -> Option<Finding> {
    let regret = &evidence.plan.regret;
    let recommended = regret.plans.first()?;
    if regret.plans.len() < 2 {
        return None;
    }
    let scenarios = format::counted(regret.scenarios.len(), "scenario");
    let among = format!("Of {} plans in {} futures of {scenarios}", regret.plans.len(), regret.futures);
    let method = "every plan simulated in the same futures of every scenario, scenarios by weight";
    let (Some(least), Some(worst)) = (regret.least_expected, regret.least_maximum) else {
        let sentence = match recommended.cheapest_between {
            Some((low, high)) => {
                let high = high.map_or_else(|| " or more".to_owned(), |high| format!(" to {}", money(evidence, high)));
                format!(
                    "{among} the recommended one costs least in the mean where a unit missing for an hour is worth {}{high}.",
                    money(evidence, low)
                )
            }
            None => format!(
                "{among} the recommended one costs least at no price of a unit missing for an hour: some other is cheaper in the mean over these scenarios, whatever it is."
            ),
        };
        return Some(finding(sentence, Weight::Good, method, "regret"));
    };
    let (best, maximum) = (&regret.plans[least], &regret.plans[worst]);
    let (priced, at_worst) = (best.priced.as_ref()?, maximum.priced.as_ref()?);
    let sentence = format!(
        "{among} “{}” has the least expected regret, {}, and {} of bootstrap resamples choose it{}; “{}” has the least in the scenario that is worst for it, {}.",
        best.name,
        money(evidence, priced.expected.value),
        format::percent(priced.stability),
        beside(evidence, regret, least),
        maximum.name,
        money(evidence, at_worst.maximum)
    );
    Some(finding(sentence, if least == 0 { Weight::Good } else { Weight::Watch }, method, "regret").estimate(priced.expected))
}

/// What the recommended plan has more, and which plans cannot be told from the best.
fn beside(evidence: &Evidence<'_>, regret: &Regret, least: usize) -> String {
    let priced = |plan: &PlanRegret| plan.priced.clone();
    let tied =
        |(p, plan): (usize, &PlanRegret)| (p != least && priced(plan).is_some_and(|one| one.tied)).then(|| plan.name.clone());
    let ties: Vec<String> = regret.plans.iter().enumerate().filter_map(tied).collect();
    let more = regret.plans.first().and_then(priced).filter(|one| least != 0 && !one.tied);
    let more = more.map_or_else(String::new, |one: Priced| {
        format!("; the recommended one costs {} more in the mean", money(evidence, one.above_least.value))
    });
    let ties = if ties.is_empty() { String::new() } else { format!("; tied with it: “{}”", ties.join("”, “")) };
    format!("{more}{ties}")
}

fn policies(evidence: &Evidence<'_>) -> Vec<Finding> {
    let policies = &evidence.plan.policies;
    let Some(fixed) = policies.policies.first().filter(|fixed| fixed.futures >= FEW) else { return Vec::new() };
    let others = policies.policies[1..].iter().filter(|one| one.cost.mean.value > 0.0 || fixed.cost.mean.value > 0.0);
    others.map(|one| against_fixed(evidence, one)).collect()
}

fn against_fixed(evidence: &Evidence<'_>, one: &PolicyResult) -> Finding {
    let days = evidence.plan.policies.review_days;
    let clear = |of: Estimate| of.value.abs() > TWO_SIDED_95 * of.standard_error;
    let cost = match one.cost_difference {
        of if !clear(of) => "costs as much as the fixed schedule, within the error,".to_owned(),
        of if of.value < 0.0 => format!("costs {} less than the fixed schedule", money(evidence, -of.value)),
        of => format!("costs {} more than the fixed schedule", money(evidence, of.value)),
    };
    let hours = match one.hours_difference {
        of if !clear(of) => "is short for as long, within the error".to_owned(),
        of if of.value < 0.0 => format!("is short for {} h less", format::number(-of.value)),
        of => format!("is short for {} h more", format::number(of.value)),
    };
    let sentence = format!(
        "Reviewed every {days} days, “{}” {cost} and {hours}, in the mean of the same {} futures; its worst month's risk is {}.",
        one.name,
        one.futures,
        format::percent(one.worst.value)
    );
    let method = "closed loop: at each review the planner sees that future so far, and learned from other futures";
    finding(sentence, Weight::Good, method, "policies").estimate(one.cost_difference)
}

/// Cost of the recommended orders as stated and over futures.
pub(in crate::report) fn cost_table(evidence: &Evidence<'_>) -> Table {
    let plan = evidence.plan;
    let spread = plan.policies.spread;
    let mut row = vec![text("recommended"), Cell::Number(plan.cost().0)];
    row.extend(both(spread.mean));
    row.extend([spread.p10, spread.p50, spread.p90].map(Cell::Number));
    let currency = plan.currency.as_str();
    let columns = [
        ("plan", "Plan", ""),
        ("cost", "At mean prices and arrivals", currency),
        ("mean", "Mean over futures", currency),
        ("mean_se", "± s.e.", currency),
        ("p10", "P10", currency),
        ("p50", "P50", currency),
        ("p90", "P90", currency),
    ];
    table("cost", "What the recommended orders cost, by future", &columns, vec![row])
}

pub(in crate::report) fn regret_table(evidence: &Evidence<'_>) -> Table {
    let regret = &evidence.plan.regret;
    let cell = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
    let pair = |of: Option<Estimate>| [cell(of.map(|of| of.value)), cell(of.map(|of| of.standard_error))];
    let row = |plan: &PlanRegret| {
        let priced = plan.priced.as_ref();
        let mut row = vec![text(&plan.name), Cell::Number(plan.orders.0)];
        row.extend(both(plan.unit_hours));
        row.extend([cell(plan.cheapest_between.map(|(low, _)| low)), cell(plan.cheapest_between.and_then(|(_, high)| high))]);
        row.extend(pair(priced.map(|one| one.cost)));
        row.extend(pair(priced.map(|one| one.expected)));
        row.extend(pair(priced.map(|one| one.above_least)));
        row.push(priced.map_or(Cell::Missing, |one| Cell::Flag(one.tied)));
        row.extend([cell(priced.map(|one| one.stability)), cell(priced.map(|one| one.maximum))]);
        row.push(cell(priced.map(|one| one.stability_of_maximum)));
        row
    };
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("plan", "Plan", ""),
        ("orders", "Cost of its orders", currency),
        ("unit_hours", "Unit-hours missing", "h"),
        ("unit_hours_se", "± s.e.", "h"),
        ("price_low", "Cheapest where an hour is worth", currency),
        ("price_high", "to; empty: any more, or never", currency),
        ("cost", "Cost with what is missing", currency),
        ("cost_se", "± s.e.", currency),
        ("regret", "Expected regret", currency),
        ("regret_se", "± s.e.", currency),
        ("above_least", "Above the least, same futures", currency),
        ("above_least_se", "± s.e.", currency),
        ("tied", "Tied with the least", ""),
        ("stability", "Resamples that choose it", "ratio"),
        ("maximum", "Regret in its worst scenario", currency),
        ("stability_maximum", "Resamples that choose it by that", "ratio"),
    ];
    let title = "Regret: plans in the futures of every scenario; money for what is missing only where it has a price";
    table("regret", title, &columns, regret.plans.iter().map(row).collect())
}

pub(in crate::report) fn policies_table(evidence: &Evidence<'_>) -> Table {
    let row = |one: &PolicyResult| {
        let mut row = vec![text(&one.name), Cell::Integer(i64::from(one.futures))];
        row.extend(both(one.cost.mean));
        row.extend([one.cost.p10, one.cost.p90].map(Cell::Number));
        row.extend([one.worst, one.hours_short, one.cost_difference, one.hours_difference].into_iter().flat_map(both));
        row
    };
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("policy", "Policy", ""),
        ("futures", "Futures", ""),
        ("cost", "Cost", currency),
        ("cost_se", "± s.e.", currency),
        ("cost_p10", "P10", currency),
        ("cost_p90", "P90", currency),
        ("risk", "Worst month's risk", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("hours_short", "Hours short", "h"),
        ("hours_short_se", "± s.e.", "h"),
        ("cost_difference", "Cost less the fixed schedule's", currency),
        ("cost_difference_se", "± s.e.", currency),
        ("hours_difference", "Hours short, likewise", "h"),
        ("hours_difference_se", "± s.e.", "h"),
    ];
    let rows = evidence.plan.policies.policies.iter().map(row).collect();
    table("policies", "Policies in closed loop against the fixed schedule, in the same futures", &columns, rows)
}
