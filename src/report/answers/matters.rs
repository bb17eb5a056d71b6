//! Question 10: what matters most?

use super::inputs::{value as reading, words};
use crate::plan::{Explains, Matter, Measured, REMOVED, Worth};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, table, text};
use crate::report::{Cell, Chart, ChartBody, Evidence, Finding, Section, Table, TornadoBar, Weight, format};
use crate::simulate::Part;
use crate::stats::Estimate;
use crate::units::Money;

/// Pools that sentences and charts are about; tables have all.
const TOLD: usize = 5;
/// Bars of a chart.
const BARS: usize = 10;

/// The answer; `None` where nothing was explained.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Option<Section> {
    let plan = evidence.plan;
    let told = told(evidence);
    let mut findings: Vec<Finding> = told.iter().filter_map(|matter| top(evidence, matter)).collect();
    findings.extend(plan.matters.iter().filter(|matter| is_told(&told, matter)).filter_map(|matter| parts(evidence, matter)));
    findings
        .extend(plan.worth.iter().filter(|worth| told.iter().any(|one| one.pool == worth.pool)).map(|one| value(evidence, one)));
    if findings.is_empty() {
        return None;
    }
    let mut tables = vec!["matters"];
    tables.extend((!plan.worth.is_empty()).then_some("worth"));
    tables.extend(plan.matters.iter().any(|matter| !matter.parts.is_empty()).then_some("parts"));
    let charts: Vec<String> = tornadoes(evidence).into_iter().map(|chart| chart.id).collect();
    let charts: Vec<&str> = charts.iter().map(String::as_str).collect();
    let section = section(10, "matters", "What matters most?", findings).show(&charts, &tables).beware(&[
        "A first-order share is the part of the outcome's variance that would go, on average, if this input alone were known. Demand stands there as its mean level over the last 28 days: one number of a whole path, which explains less than the path.",
        "Where inputs go together (a correlation, pools that peak together), a share counts what an input tells about the others too; shares need not add up to 1. They add up to less where inputs act together.",
    ]);
    let unpriced = plan.worth.is_empty().then_some(
        "What it would be worth to know more is told in money when `[plan]` has a `shortfall_price`, the cost of a unit missing for an hour.",
    );
    Some(section.beware(&unpriced.into_iter().collect::<Vec<_>>()))
}

/// For each scenario, what decides the most telling outcome of the pools at the highest risk there.
fn told<'a>(evidence: &'a Evidence<'_>) -> Vec<&'a Matter> {
    let mut told = Vec::new();
    for scenario in &evidence.plan.scenarios {
        let mut pools: Vec<_> = scenario.pools.iter().collect();
        pools.sort_by(|a, b| b.risk_over_horizon.value.total_cmp(&a.risk_over_horizon.value));
        let of = |pool: &str| {
            let mine = |matter: &&Matter| matter.scenario == scenario.scenario && matter.pool == pool;
            evidence.plan.matters.iter().find(mine)
        };
        told.extend(pools.iter().filter_map(|pool| of(&pool.pool)).take(TOLD));
    }
    told
}

fn is_told(told: &[&Matter], matter: &Matter) -> bool {
    told.iter().any(|one| one.pool == matter.pool && one.scenario == matter.scenario)
}

/// The outcome in words, of a pool.
fn outcome(evidence: &Evidence<'_>, matter: &Matter) -> String {
    let plan = evidence.plan;
    match matter.measured {
        Measured::UnitsMissing => {
            let month = plan.months[plan.months.len().saturating_sub(2)];
            format!("units that {} lacks in {}", matter.pool, format::month(month))
        }
        Measured::DaysToCrossing => format!("days until {} crosses its line", matter.pool),
        Measured::HoursShort => format!("hours that {} is short", matter.pool),
    }
}

fn scenario_prefix(matter: &Matter) -> String {
    if matter.scenario == "base" { String::new() } else { format!("Scenario {}: ", matter.scenario) }
}

/// The outcome as people read it: of units, fewer than none are missing where some are left.
fn told_outcome(measured: Measured, outcome: f64) -> String {
    let outcome = rounded(outcome);
    if measured == Measured::UnitsMissing && outcome < 0.0 {
        format!("{} to spare", format::number(-outcome))
    } else {
        format::number(outcome)
    }
}

/// From the least to the most that is expected of an outcome.
fn span(measured: Measured, one: &Explains) -> String {
    let (low, high) = (one.low.outcome.value, one.high.outcome.value);
    let (low, high) = (rounded(low.min(high)), rounded(low.max(high)));
    match measured {
        Measured::UnitsMissing if low < 0.0 && high <= 0.0 => {
            format!("{} to {} to spare", format::number(-low), format::number(high.abs()))
        }
        Measured::UnitsMissing if low < 0.0 => {
            format!("from {} to spare to {} missing", format::number(-low), format::number(high))
        }
        _ => format!("{} to {}", format::number(low), format::number(high)),
    }
}

fn share(estimate: Estimate) -> String {
    let percent = (estimate.value * 100.0).clamp(0.0, 100.0);
    format!("{percent:.0} % ± {:.0}", (estimate.standard_error * 100.0).max(0.5).round())
}

/// The input with the highest share.
fn top(evidence: &Evidence<'_>, matter: &Matter) -> Option<Finding> {
    let top = matter.inputs.iter().filter(|one| one.is_seen()).max_by(|a, b| a.share.value.total_cmp(&b.share.value));
    let of = outcome(evidence, matter);
    let start = scenario_prefix(matter);
    let method = "first-order share from the simulated futures, lines in stretches; ± one standard error";
    let Some(top) = top else {
        let sentence = format!("{start}the {of}: no single input explains a part that can be told from none.");
        let sentence = if start.is_empty() { capital(&sentence) } else { sentence };
        return (!matter.inputs.is_empty()).then(|| finding(sentence, Weight::Good, method, "matters").of(&matter.pool));
    };
    let sentence = format!(
        "{start}“{}” explains {} of the variance of the {of}: {} expected at {}, {} at {} (its P10 and P90).",
        words(evidence, &top.input),
        share(top.share),
        told_outcome(matter.measured, top.low.outcome.value),
        reading(evidence, top, top.low.input),
        told_outcome(matter.measured, top.high.outcome.value),
        reading(evidence, top, top.high.input)
    );
    let sentence = if start.is_empty() { capital(&sentence) } else { sentence };
    Some(finding(sentence, Weight::Watch, method, "matters").of(&matter.pool).estimate(top.share))
}

/// To a tenth: no planner needs more of units, days and hours.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Demand => "the path of demand",
        Part::Numbers => "the uncertain numbers",
        Part::LeadTimes => "lead times",
        Part::Failures => "failures and repairs",
    }
}

/// The total shares of whole parts.
fn parts(evidence: &Evidence<'_>, matter: &Matter) -> Option<Finding> {
    let mut shares = matter.parts.clone();
    shares.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let (_, first) = *shares.first()?;
    let each: Vec<String> = shares.iter().map(|(part, total)| format!("{} {}", part_name(*part), share(*total))).collect();
    let sum: f64 = shares.iter().map(|(_, total)| total.value).sum();
    let error: f64 = shares.iter().map(|(_, total)| total.standard_error.powi(2)).sum::<f64>().sqrt();
    let together = if sum - 1.0 > 2.0 * error { "; above 100 % in all, because they act together" } else { "" };
    let sentence = format!(
        "What the variance of the {} comes from: {} (what each would leave if all else were known{together}).",
        outcome(evidence, matter),
        each.join(", ")
    );
    let method = "total share: the same futures with one part drawn anew";
    Some(finding(sentence, Weight::Watch, method, "parts").of(&matter.pool).estimate(first))
}

/// What knowing the most valuable input would be worth.
fn value(evidence: &Evidence<'_>, worth: &Worth) -> Finding {
    let money = |amount: f64| format::money(Money(amount.max(0.0)), &evidence.plan.currency);
    let seen = |estimate: Estimate| estimate.value > 2.0 * estimate.standard_error;
    let priced = format!(
        "At {} for a unit missing for an hour, “{}” costs {} least on average",
        money(worth.shortfall_price),
        worth.taken,
        worth.pool
    );
    let plus = |estimate: Estimate| format!("{} ± {}", money(estimate.value), format::number(estimate.standard_error.round()));
    let method = "expected value of information over the simulated options; ± one standard error";
    if !seen(worth.certainty) {
        let sentence = format!("{priced} in every future or nearly so: knowing more would change nothing.");
        return finding(sentence, Weight::Good, method, "worth").of(&worth.pool).estimate(worth.certainty);
    }
    let whole = format!("knowing the whole future first would be worth {}", plus(worth.certainty));
    let sentence = match worth.inputs.first().filter(|(_, knowing, _)| seen(*knowing)) {
        Some((name, knowing, sample)) => {
            let sample = if seen(*sample) { plus(*sample) } else { "nothing that can be told from none".to_owned() };
            let name = words(evidence, name);
            format!("{priced}; knowing “{name}” first would be worth {}, halving its variance {sample}; {whole}.", plus(*knowing))
        }
        None => format!("{priced}; {whole}, and no single input is worth an amount that can be told from none."),
    };
    finding(sentence, Weight::Watch, method, "worth").of(&worth.pool).estimate(worth.certainty)
}

/// One chart for each scenario: what moves the first outcome that is told of it.
pub(in crate::report) fn tornadoes(evidence: &Evidence<'_>) -> Vec<Chart> {
    let told = told(evidence);
    let mut charts: Vec<(String, Chart)> = Vec::new();
    for matter in told {
        if matter.inputs.len() > 1 && charts.iter().all(|(scenario, _)| *scenario != matter.scenario) {
            charts.push((matter.scenario.clone(), tornado(evidence, matter)));
        }
    }
    charts.into_iter().map(|(_, chart)| chart).collect()
}

fn tornado(evidence: &Evidence<'_>, matter: &Matter) -> Chart {
    let of = outcome(evidence, matter);
    let widest = &matter.inputs[0];
    let start = scenario_prefix(matter);
    let title = if widest.is_seen() {
        format!("{start}the {of} depend most on {}: {}", words(evidence, &widest.input), span(matter.measured, widest))
    } else {
        format!("{start}no single input moves the {of} by more than chance does")
    };
    let title = if start.is_empty() { capital(&title) } else { title };
    let subtitle = format!(
        "{of} expected at each input's P10 and P90, all else at its own law{}; lines of ± 2 standard errors",
        if matter.scenario == "base" { String::new() } else { format!("; scenario {}", matter.scenario) }
    );
    let bar = |one: &Explains| TornadoBar {
        input: words(evidence, &one.input),
        at: [reading(evidence, one, one.low.input), reading(evidence, one, one.high.input)],
        outcome: [one.low.outcome, one.high.outcome].map(|end| (end.value, end.standard_error)),
        share: share(one.share),
    };
    let bars: Vec<TornadoBar> = matter.inputs.iter().take(BARS).map(bar).collect();
    let spare =
        matter.measured == Measured::UnitsMissing && bars.iter().flat_map(|bar| bar.outcome).any(|(value, _)| value < 0.0);
    let outcome = if spare { format!("{of} (below 0: to spare)") } else { of };
    let body = ChartBody::Tornado { outcome, mean: matter.mean.value, bars };
    let place = evidence.plan.scenarios.iter().position(|one| one.scenario == matter.scenario).unwrap_or(0);
    let id = if place == 0 { "tornado".to_owned() } else { format!("tornado-{}", place + 1) };
    Chart { pool: Some(matter.pool.clone()), ..chart(evidence, &id, title, capital(&subtitle), body) }
}

fn measured_id(measured: Measured) -> &'static str {
    match measured {
        Measured::UnitsMissing => "units missing, last whole month",
        Measured::DaysToCrossing => "days to crossing",
        Measured::HoursShort => "hours short",
    }
}

/// All tables of this question that have something in them.
pub(in crate::report) fn all_tables(evidence: &Evidence<'_>) -> Vec<Table> {
    let plan = evidence.plan;
    let mut tables = Vec::new();
    if !plan.matters.is_empty() {
        tables.push(matters_table(evidence));
    }
    if plan.matters.iter().any(|matter| !matter.parts.is_empty()) {
        tables.push(parts_table(evidence));
    }
    if !plan.worth.is_empty() {
        tables.push(worth_table(evidence));
    }
    tables
}

fn matters_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for matter in &evidence.plan.matters {
        for one in &matter.inputs {
            let mut row = vec![text(&matter.scenario), text(&matter.pool), text(measured_id(matter.measured))];
            row.push(text(&words(evidence, &one.input)));
            row.extend(both(one.share));
            for end in [one.low, one.high] {
                row.push(Cell::Number(end.input));
                row.extend(both(end.outcome));
            }
            row.push(text(&one.input));
            rows.push(row);
        }
    }
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("outcome", "Outcome", ""),
        ("input", "Input", ""),
        ("share", "First-order share", "ratio"),
        ("share_se", "± s.e.", "ratio"),
        ("input_p10", "Input P10", ""),
        ("outcome_p10", "Outcome expected there", ""),
        ("outcome_p10_se", "± s.e.", ""),
        ("input_p90", "Input P90", ""),
        ("outcome_p90", "Outcome expected there", ""),
        ("outcome_p90_se", "± s.e.", ""),
        ("key", "Name of the input", ""),
    ];
    table("matters", "What each outcome depends on", &columns, rows)
}

fn parts_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for matter in &evidence.plan.matters {
        for (part, total) in &matter.parts {
            let mut row =
                vec![text(&matter.scenario), text(&matter.pool), text(measured_id(matter.measured)), text(part_name(*part))];
            row.extend(both(*total));
            row.push(Cell::Number(matter.deviation));
            rows.push(row);
        }
    }
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("outcome", "Outcome", ""),
        ("part", "Part", ""),
        ("total", "Total share", "ratio"),
        ("total_se", "± s.e.", "ratio"),
        ("deviation", "Standard deviation of the outcome", ""),
    ];
    table("parts", "What is left if all but this part were known", &columns, rows)
}

fn worth_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for worth in &evidence.plan.worth {
        let mut push = |what: &str, knowing: Estimate, sample: Option<Estimate>| {
            let mut row = vec![text(&worth.pool), text(what)];
            row.extend(both(knowing));
            row.extend(sample.map_or([Cell::Missing, Cell::Missing], both));
            row.extend([text(&worth.taken), Cell::Number(worth.cost.value)]);
            rows.push(row);
        };
        push("the whole future", worth.certainty, None);
        worth.inputs.iter().for_each(|(name, knowing, sample)| push(&words(evidence, name), *knowing, Some(*sample)));
    }
    let currency = evidence.plan.currency.as_str();
    let sample = format!("A sample that takes away {:.0} % of its variance", REMOVED * 100.0);
    let columns = [
        ("pool", "Pool", ""),
        ("input", "Knowing", ""),
        ("knowing", "is worth", currency),
        ("knowing_se", "± s.e.", currency),
        ("sample", sample.as_str(), currency),
        ("sample_se", "± s.e.", currency),
        ("taken", "Taken otherwise", ""),
        ("cost", "Its expected cost", currency),
    ];
    table("worth", "What knowing more would be worth", &columns, rows)
}
