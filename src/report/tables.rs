//! The tidy tables: one fact a row, amounts in base units.

use super::{Cell, Column, Evidence, Table};
use crate::paths::Forecast;
use crate::plan::{Exhaustion, PlanOption, PoolPlan, Spread, Why};
use crate::simulate::{Answered, Measure, Method, rare};
use crate::stats::{Estimate, proportion};
use crate::time::Day;

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn day(value: Option<Day>) -> Cell {
    value.map_or(Cell::Missing, Cell::Day)
}

fn count(value: u64) -> Cell {
    Cell::Integer(value as i64)
}

fn both(estimate: Estimate) -> [Cell; 2] {
    [Cell::Number(estimate.value), Cell::Number(estimate.standard_error)]
}

fn table(id: &str, title: &str, columns: &[(&str, &str, &str)], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(|(name, heading, unit)| Column::new(name, heading, unit)).collect();
    Table { id: id.to_owned(), title: title.to_owned(), columns, rows }
}

/// Every table of a report.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Table> {
    let mut tables = vec![
        quality(evidence),
        headroom(evidence),
        lines(evidence),
        forecasts(evidence.forecasts),
        backtests(evidence),
        exhaustion(evidence),
        survival(evidence),
        schedule(evidence),
        options(evidence),
        risk(evidence),
        adequacy(evidence),
        scenarios(evidence),
        frontier(evidence),
    ];
    if !evidence.plan.answers.is_empty() {
        tables.push(rare_events(evidence));
    }
    tables
}

fn quality(evidence: &Evidence<'_>) -> Table {
    let row = |quality: &crate::series::Quality| {
        let remarks: Vec<&str> = quality.remarks.iter().map(|remark| remark.text.as_str()).collect();
        let instant = |at: Option<crate::time::Timestamp>| at.map_or(Cell::Missing, |at| Cell::Text(at.to_string()));
        vec![
            text(&quality.source),
            text(&quality.series),
            count(quality.rows),
            count(quality.entities),
            instant(quality.first),
            instant(quality.last),
            quality.step_seconds.map_or(Cell::Missing, Cell::Integer),
            count(quality.gap_bins),
            count(quality.partial_bins),
            count(quality.duplicates),
            count(quality.conflicts),
            count(quality.out_of_order),
            count(quality.counter_resets),
            count(quality.saturated),
            count(quality.invalid),
            Cell::Flag(quality.averaged),
            text(&remarks.join("; ")),
        ]
    };
    let columns = [
        ("source", "Source", ""),
        ("series", "Series", ""),
        ("rows", "Rows", ""),
        ("entities", "Entities", ""),
        ("first", "First", ""),
        ("last", "Last", ""),
        ("step_seconds", "Step", "s"),
        ("gap_bins", "Gaps", ""),
        ("partial_bins", "Partial", ""),
        ("duplicates", "Duplicates", ""),
        ("conflicts", "Conflicts", ""),
        ("out_of_order", "Out of order", ""),
        ("counter_resets", "Resets", ""),
        ("saturated", "Saturated", ""),
        ("invalid", "Invalid", ""),
        ("averaged", "Averaged", ""),
        ("remarks", "Remarks", ""),
    ];
    table("quality", "What was read, repaired and left out", &columns, evidence.panel.quality.iter().map(row).collect())
}

fn spread(spread: Spread) -> [Cell; 3] {
    [spread.p10, spread.p50, spread.p90].map(|value| Cell::Integer(i64::from(value)))
}

fn headroom(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for headroom in [&pool.now, &pool.at_end] {
            let mut row = vec![text(&pool.pool), text(&headroom.month.to_string()), text(&pool.unit), text(&headroom.binding)];
            row.extend(spread(headroom.all_up));
            row.extend(spread(headroom.reserve));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("unit", "Unit to buy", ""),
        ("binding", "Binds", ""),
        ("room_p10", "Room P10", "units"),
        ("room_p50", "Room P50", "units"),
        ("room_p90", "Room P90", "units"),
        ("reserve_p10", "With reserve P10", "units"),
        ("reserve_p50", "With reserve P50", "units"),
        ("reserve_p90", "With reserve P90", "units"),
    ];
    table("headroom", "Room at the month's worst planned level, in units to buy", &columns, rows)
}

fn lines(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for line in &pool.lines {
            let recent = recent_peak(evidence, &pool.pool, &line.resource);
            rows.push(vec![
                text(&pool.pool),
                text(&line.resource),
                text(line.unit.name()),
                Cell::Number(line.capacity),
                Cell::Number(line.ratio),
                line.interval.map_or(Cell::Missing, |(low, _)| Cell::Number(low)),
                line.interval.map_or(Cell::Missing, |(_, high)| Cell::Number(high)),
                Cell::Number(line.capacity * line.ratio),
                recent.map_or(Cell::Missing, Cell::Number),
                recent.map_or(Cell::Missing, |level| Cell::Number(level / (line.capacity * line.ratio))),
                text(&line.method),
            ]);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("capacity", "Capacity", ""),
        ("line_ratio", "Safe share", "ratio"),
        ("line_low", "At least", "ratio"),
        ("line_high", "At most", "ratio"),
        ("line", "Safe-load line", ""),
        ("recent_peak", "Peak of the last 28 days", ""),
        ("used", "Of the line", "ratio"),
        ("method", "Line by", ""),
    ];
    table("load-lines", "Demand against the safe-load line today", &columns, rows)
}

/// The highest level of the last 28 days of history.
pub(super) fn recent_peak(evidence: &Evidence<'_>, pool: &str, resource: &str) -> Option<f64> {
    let key = crate::series::SeriesKey::demand(pool, resource);
    let forecast = evidence.forecasts.iter().find(|forecast| forecast.key == key)?;
    let from = forecast.start.plus(-28);
    let recent = forecast.history.iter().filter(|(day, _)| *day >= from).filter_map(|(_, level)| *level);
    recent.fold(None, |peak, level| Some(peak.map_or(level, |peak: f64| peak.max(level))))
}

/// Levels ahead: one row a series and step.
pub(super) fn forecasts(forecasts: &[Forecast]) -> Table {
    let mut rows = Vec::new();
    for forecast in forecasts {
        for (step, quantiles) in forecast.quantiles.iter().enumerate() {
            let mut row = vec![
                text(forecast.key.pool().unwrap_or("")),
                text(&forecast.key.metric),
                Cell::Day(forecast.start.plus(step as i32 * forecast.step_days as i32)),
                text(forecast.unit.name()),
                Cell::Number(forecast.mean[step]),
            ];
            row.extend(quantiles.iter().map(|at| Cell::Number(at.value)));
            rows.push(row);
        }
    }
    let mut table = table(
        "forecasts",
        "Demand ahead: quantiles of the planned level",
        &[("pool", "Pool", ""), ("resource", "Resource", ""), ("day", "Day", ""), ("unit", "Unit", ""), ("mean", "Mean", "")],
        rows,
    );
    for probability in crate::forecast::PROBABILITIES {
        let percent = probability * 100.0;
        table.columns.push(Column::new(&format!("p{percent}"), &format!("P{percent}"), ""));
    }
    table
}

fn backtests(evidence: &Evidence<'_>) -> Table {
    let row = |forecast: &Forecast| {
        let mut row = vec![
            text(forecast.key.pool().unwrap_or("")),
            text(&forecast.key.metric),
            text(forecast.unit.name()),
            text(&forecast.model),
        ];
        match &forecast.backtest {
            Some(test) => row.extend([
                count(test.origins as u64),
                count(test.points as u64),
                Cell::Number(test.crps),
                Cell::Number(test.crps_standard_error),
                Cell::Number(test.naive_crps),
                Cell::Number(if test.naive_crps > 0.0 { test.crps / test.naive_crps } else { 1.0 }),
                Cell::Number(test.coverage_80),
                Cell::Number(test.coverage_95),
            ]),
            None => row.extend(vec![Cell::Missing; 8]),
        }
        row.push(Cell::Text(forecast.reasons.join("; ")));
        row
    };
    let columns = [
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("model", "Forecaster", ""),
        ("origins", "Origins", ""),
        ("points", "Points held back", ""),
        ("crps", "CRPS", ""),
        ("crps_standard_error", "± s.e.", ""),
        ("naive_crps", "CRPS of seasonal naive", ""),
        ("ratio", "Ratio to naive", "ratio"),
        ("coverage_80", "80 % band covers", "ratio"),
        ("coverage_95", "95 % band covers", "ratio"),
        ("reasons", "Why", ""),
    ];
    table("backtest", "How well the forecasts did on held-back history", &columns, evidence.forecasts.iter().map(row).collect())
}

fn exhaustion(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        let mut add = |variant: &str, found: &Exhaustion| {
            let mut row = vec![text(&pool.pool), text(variant), day(found.p10), day(found.p50), day(found.p90)];
            row.extend([day(found.p50_interval.0), day(found.p50_interval.1)]);
            row.extend(both(found.never));
            rows.push(row);
        };
        add("everything up", &pool.exhaustion);
        if let Some(found) = &pool.reserve_exhaustion {
            add("redundancy lost", found);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("variant", "With", ""),
        ("p10", "P10", ""),
        ("p50", "P50", ""),
        ("p90", "P90", ""),
        ("p50_low", "P50, 95 % low", ""),
        ("p50_high", "P50, 95 % high", ""),
        ("p_never", "P(never in the horizon)", "ratio"),
        ("p_never_se", "± s.e.", "ratio"),
    ];
    table("exhaustion", "When demand stays above the safe-load line", &columns, rows)
}

fn survival(evidence: &Evidence<'_>) -> Table {
    let Some(base) = evidence.outcomes.first() else { return table("survival", "", &[], Vec::new()) };
    let mut rows = Vec::new();
    for pool in &base.pools {
        for loss in &pool.survival {
            for (m, month) in base.months.iter().enumerate() {
                let kept = loss.survives.iter().skip(m).step_by(base.months.len()).filter(|kept| **kept).count();
                let share = proportion(kept as u64, u64::from(base.replications));
                let mut row = vec![text(&pool.pool), text(loss.level.name()), text(&month.to_string())];
                row.extend(both(share));
                rows.push(row);
            }
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("lost", "Lost", ""),
        ("month", "Month", ""),
        ("p_survives", "P(the month's peak is carried)", "ratio"),
        ("p_survives_se", "± s.e.", "ratio"),
    ];
    table("survival", "Is the peak of the month carried when the worst one is lost?", &columns, rows)
}

/// The chosen option of a pool.
pub(super) fn chosen(pool: &PoolPlan) -> &PlanOption {
    &pool.options[pool.chosen]
}

fn schedule(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for order in &chosen(pool).orders {
            rows.push(vec![
                text(&pool.pool),
                text(&order.unit),
                Cell::Integer(i64::from(order.units)),
                Cell::Day(order.order_by),
                Cell::Day(order.needed),
                Cell::Day(order.arrival.0),
                Cell::Day(order.arrival.1),
                Cell::Day(order.arrival.2),
                Cell::Number(order.late),
                Cell::Flag(order.overdue),
                Cell::Number(order.cost.0),
            ]);
        }
    }
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("pool", "Pool", ""),
        ("unit", "Unit", ""),
        ("units", "How many", ""),
        ("order_by", "Order by", ""),
        ("needed", "Needed on", ""),
        ("arrival_p10", "Arrives P10", ""),
        ("arrival_p50", "Arrives P50", ""),
        ("arrival_p90", "Arrives P90", ""),
        ("p_late", "P(late)", "ratio"),
        ("overdue", "Overdue", ""),
        ("cost", "Cost in the horizon", currency),
    ];
    table("schedule", "What to order, and by when", &columns, rows)
}

fn options(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    let currency = evidence.plan.currency.as_str();
    for pool in &evidence.plan.pools {
        for option in &pool.options {
            let mut row =
                vec![text(&pool.pool), text(&option.name), Cell::Integer(i64::from(option.units())), Cell::Number(option.cost.0)];
            row.push(text(&evidence.plan.months[option.worst_month].to_string()));
            row.extend(both(option.worst()));
            row.push(Cell::Flag(option.meets));
            row.push(Cell::Text(why(option, evidence)));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("option", "Option", ""),
        ("units", "Units", ""),
        ("cost", "Cost in the horizon", currency),
        ("worst_month", "Worst month", ""),
        ("risk", "P(shortfall) there", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("meets", "Within the rule", ""),
        ("why", "Why, why not", ""),
    ];
    table("options", "What was considered", &columns, rows)
}

/// Why an option was taken or left, as a sentence.
pub(super) fn why(option: &PlanOption, evidence: &Evidence<'_>) -> String {
    let accepted = super::format::percent(evidence.plan.accepted);
    match &option.why {
        Why::Chosen => "chosen: the cheapest found that keeps within the rule".to_owned(),
        Why::Tie => "within the rule at the same cost: a tie".to_owned(),
        Why::Dearer(more) => format!("within the rule, but {} dearer", super::format::money(*more, &evidence.plan.currency)),
        Why::TooRisky(month) => format!(
            "risk in {} is {}, accepted is {accepted}",
            super::format::month(evidence.plan.months[*month]),
            super::format::percent(option.worst().value)
        ),
        Why::LeastRisky => format!("nothing found keeps within {accepted}; this is the least risky"),
    }
}

fn risk(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for (m, month) in evidence.plan.months.iter().enumerate() {
            let risk = &pool.adequacy.months[m];
            let mut row = vec![text(&pool.pool), text(&month.to_string())];
            row.extend(both(risk.lolp.estimate));
            row.extend(both(risk.lole_hours.estimate));
            row.push(Cell::Number(chosen(pool).risk[m].value));
            row.push(Cell::Number(chosen(pool).risk[m].standard_error));
            row.push(Cell::Number(pool.fresh[m].value));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("lolp", "LOLP as declared", "ratio"),
        ("lolp_se", "± s.e.", "ratio"),
        ("lole_hours", "LOLE as declared", "h"),
        ("lole_hours_se", "± s.e.", "h"),
        ("lolp_recommended", "LOLP recommended", "ratio"),
        ("lolp_recommended_se", "± s.e.", "ratio"),
        ("lolp_recommended_fresh", "LOLP recommended, fresh failures", "ratio"),
    ];
    table("risk-by-month", "Risk of a shortfall by month", &columns, rows)
}

/// Every measure of risk with the orders as declared, by month and over the horizon: its error, how it was found, what it rests on.
fn adequacy(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        let months = evidence.plan.months.iter().map(ToString::to_string).zip(&pool.adequacy.months);
        for (month, of) in months.chain([("horizon".to_owned(), &pool.adequacy.horizon)]) {
            let amounts = pool.lines.iter().zip(&of.eue);
            let amounts = amounts.map(|(line, eue)| (format!("EUE {}", line.resource), format!("{}·h", line.unit.name()), eue));
            let others = [("LOLP".to_owned(), "ratio".to_owned(), &of.lolp), ("LOLE".to_owned(), "h".to_owned(), &of.lole_hours)];
            for (measure, unit, found) in others.into_iter().chain(amounts) {
                let mut row = vec![text(&pool.pool), text(&month), text(&measure), text(&unit)];
                row.extend(both(found.estimate));
                row.push(found.interval.map_or(Cell::Missing, |interval| Cell::Number(interval.low)));
                row.push(found.interval.map_or(Cell::Missing, |interval| Cell::Number(interval.high)));
                row.push(text(method(found)));
                row.push(Cell::Number(found.effective));
                row.push(found.check.map_or(Cell::Missing, Cell::Number));
                rows.push(row);
            }
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("measure", "Measure", ""),
        ("unit", "Unit", ""),
        ("value", "As declared", ""),
        ("standard_error", "± s.e.", ""),
        ("low", "95 % from", ""),
        ("high", "95 % to", ""),
        ("method", "Method", ""),
        ("effective", "Futures it rests on", ""),
        ("check", "Counted against it, in s.e.", ""),
    ];
    table("adequacy", "Risk of a shortfall: each number with its method", &columns, rows)
}

/// Rare events: each probability with its error, method, what it rests on, what checks it, and why it may not be trusted.
fn rare_events(evidence: &Evidence<'_>) -> Table {
    let row = |one: &Answered| {
        let (asked, found) = (&one.question, &one.answer);
        let check = found.cross_check;
        vec![
            text(&asked.name),
            text(&asked.pool),
            count(u64::from(asked.below)),
            count(u64::from(one.hosts)),
            Cell::Number(asked.within_hours),
            Cell::Number(found.value),
            Cell::Number(found.standard_error),
            text(rare_method(found.method)),
            if found.effective_sample_size.is_finite() { Cell::Number(found.effective_sample_size) } else { Cell::Missing },
            check.map_or(Cell::Missing, |check| text(rare_method(check.method))),
            check.map_or(Cell::Missing, |check| Cell::Number(check.value)),
            check.map_or(Cell::Missing, |check| Cell::Number(check.z)),
            found.warning.map_or(Cell::Missing, |warning| text(&rare_warning(warning))),
        ]
    };
    let columns = [
        ("name", "Event", ""),
        ("pool", "Pool", ""),
        ("below", "Fewer hosts up than", "hosts"),
        ("hosts", "Of", "hosts"),
        ("within", "At some moment within", "h"),
        ("probability", "Probability", "ratio"),
        ("standard_error", "± s.e.", "ratio"),
        ("method", "Method", ""),
        ("effective", "Effective sample size", ""),
        ("check_method", "Checked by", ""),
        ("check_probability", "Its probability", "ratio"),
        ("check_z", "Apart, in s.e.", ""),
        ("warning", "Not to be trusted because", ""),
    ];
    table("rare", "Rare events", &columns, evidence.plan.answers.iter().map(row).collect())
}

/// How a rare event's probability was found, in words.
pub(super) fn rare_method(method: rare::Method) -> &'static str {
    match method {
        rare::Method::Exact => "exact",
        rare::Method::Crude => "crude sampling",
        rare::Method::FailureBiasing => "failure biasing",
        rare::Method::Splitting => "multilevel splitting",
        rare::Method::Conditional => "domains drawn, units summed",
        _ => "importance sampling",
    }
}

/// Why it cannot be trusted, in words.
pub(super) fn rare_warning(warning: rare::Warning) -> String {
    match warning {
        rare::Warning::NothingSeen { replications } => {
            format!("nothing was seen in {replications} replications: the value is a 95 % upper bound")
        }
        rare::Warning::FewEffective { effective_sample_size } => {
            format!("it rests on {effective_sample_size:.0} equal weights")
        }
        rare::Warning::OneWeight { share } => format!("one replication makes {:.0} % of it", 100.0 * share),
        rare::Warning::Disagree { z } => format!("a second method is {z:.1} standard errors apart"),
        rare::Warning::FewPaths { paths } => {
            format!("{paths:.1} paths a repetition reached one of the levels: a way that matters may not have been met")
        }
        rare::Warning::NotChecked => "no second method was sure enough to check it".to_owned(),
        rare::Warning::Unsure { relative_error } => format!("it is only known to {:.0} %", 196.0 * relative_error),
    }
}

/// How a measure was found, in words.
fn method(found: &Measure) -> &'static str {
    match found.method {
        Method::FailuresExact if found.estimate.standard_error == 0.0 => "exact",
        Method::FailuresExact => "failures exact, demand sampled",
        Method::Counted if found.is_thin() => "counted, too few hits to trust",
        Method::Counted => "counted",
    }
}

fn scenarios(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for scenario in &evidence.plan.scenarios {
        for pool in &scenario.pools {
            let mut row = vec![text(&scenario.scenario), text(&pool.pool)];
            row.extend(both(pool.risk_over_horizon));
            row.extend(both(pool.difference));
            row.extend(both(pool.hours_short));
            row.extend([
                day(pool.exhaustion.p50),
                Cell::Number(pool.exhaustion.never.value),
                Cell::Integer(i64::from(pool.units_needed)),
            ]);
            rows.push(row);
        }
    }
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("risk", "P(shortfall in the horizon)", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("difference", "Less base", "ratio"),
        ("difference_se", "± s.e., paired", "ratio"),
        ("hours_short", "Hours short", "h"),
        ("hours_short_se", "± s.e.", "h"),
        ("exhaustion_p50", "Crosses P50", ""),
        ("p_never", "P(never)", "ratio"),
        ("units_needed", "Units missing under the rule", ""),
    ];
    table("scenarios", "What if?", &columns, rows)
}

fn frontier(evidence: &Evidence<'_>) -> Table {
    let rows = evidence.plan.frontier.iter().map(|(accepted, cost, worst)| {
        let mut row = vec![Cell::Number(*accepted), Cell::Number(cost.0)];
        row.extend(both(*worst));
        row
    });
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("accepted", "Risk accepted", "ratio"),
        ("cost", "Cost in the horizon", currency),
        ("risk", "Worst month's risk, simulated", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
    ];
    table("frontier", "What other accepted risks would cost", &columns, rows.collect())
}
