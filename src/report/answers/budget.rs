//! The error budget: minutes above the line, added up month by month.

use crate::plan::PoolPlan;
use crate::report::charts::chart;
use crate::report::{Chart, ChartBody, Evidence, format};

/// The pool that is expected to use most of its budget; `None` where the model has no availability objective.
pub(in crate::report) fn budget_chart(evidence: &Evidence<'_>) -> Option<Chart> {
    let plan = evidence.plan;
    let availability = evidence.scenarios.first()?.model.objective.availability?;
    let whole = |pool: &PoolPlan| pool.adequacy.months.iter().map(|month| month.lole_hours.estimate.value).sum::<f64>();
    let p = (0..plan.pools.len()).rev().max_by(|a, b| whole(&plan.pools[*a]).total_cmp(&whole(&plan.pools[*b])))?;
    let pool = &plan.pools[p];
    let monthly = crate::slo::budget_minutes_per_month(availability);
    let (mut expected, mut error, mut allowed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sum, mut deviation) = (0.0, 0.0);
    for month in &pool.adequacy.months {
        sum += month.lole_hours.estimate.value * 60.0;
        // months of one future go together: the errors add up at most like this
        deviation += month.lole_hours.estimate.standard_error * 60.0;
        expected.push(sum);
        error.push(crate::stats::TWO_SIDED_95 * deviation);
        allowed.push(monthly * (allowed.len() + 1) as f64);
    }
    let (end, given) = (expected.last().copied()?, allowed.last().copied()?);
    let spent = (0..expected.len()).find(|m| expected[*m] > allowed[*m]);
    let last = plan.months.last().map(|month| format::month(*month))?;
    // both in one unit
    let in_hours = |value: f64| if end.max(given) >= format::HOURS { hours(value) } else { format::spell(value) };
    let title = match spent {
        Some(m) => format!(
            "{} overspends its error budget in {}: {} expected by {last}, {} allowed",
            pool.pool,
            format::month(plan.months[m]),
            in_hours(end),
            in_hours(given)
        ),
        None => format!(
            "{} uses {} of its error budget by {last}: {} expected, {} allowed",
            pool.pool,
            if given > 0.0 { format::percent(end / given) } else { "none".to_owned() },
            in_hours(end),
            in_hours(given)
        ),
    };
    let others = if plan.pools.len() > 1 { format!("the worst of {} pools; ", plan.pools.len()) } else { String::new() };
    let subtitle = format!(
        "Time above the safe-load line, added up from {}, orders as declared; {others}{} of availability allows {} a month; dark \
         band: 95 % Monte Carlo at most, light band: 8 of 10 futures",
        format::month(*plan.months.first()?),
        format::declared(availability),
        format::spell(monthly)
    );
    let futures = pool.minutes_short.iter().map(|minutes| (minutes.p10, minutes.p90)).collect();
    let body = ChartBody::Budget { months: plan.months.clone(), expected, error, futures, allowed };
    Some(Chart { pool: Some(pool.pool.clone()), ..chart(evidence, "error-budget", title, subtitle, body) })
}

fn hours(minutes: f64) -> String {
    format!("{} hours", format::number(minutes / 60.0))
}
