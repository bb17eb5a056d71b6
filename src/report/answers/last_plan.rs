//! Question 2: how did the last plan do?

use crate::report::compose::{finding, section};
use crate::report::score::{Score, Timing, decision_table, demand_table};
use crate::report::{Finding, Report, Weight, format, links};
use crate::units::Money;

/// Adds the scorecard of earlier runs to a report as question 2, with what it had to leave out; nothing when no run has met any history yet.
pub fn add_to(report: &mut Report, scores: &[Score], left_out: Vec<String>, currency: &str) {
    if scores.iter().all(|run| run.demands.is_empty()) && left_out.is_empty() {
        return;
    }
    let mut findings: Vec<Finding> = coverage(scores).into_iter().collect();
    findings.extend(sharpness(scores));
    findings.extend(crossings(scores));
    findings.extend(orders(scores, currency));
    let mut section = section(2, "last-plan", "How did the last plan do?", findings)
        .show(&[], if scores.is_empty() { &[] } else { &["last-plan", "last-decisions"] })
        .beware(&[
            "The levels of one future go together: a band that holds on every day of one run, or on none, may still be right. Judge by \
             several runs.",
            "Orders are judged as if they had been placed on their day and had come on the median of their arrival, against the \
             capacity that the plan counted on.",
        ]);
    section.caveats.extend(left_out);
    let tables = if scores.is_empty() { Vec::new() } else { vec![demand_table(scores), decision_table(scores, currency)] };
    links::link(std::slice::from_mut(&mut section), &tables);
    let after_data = report.sections.iter().position(|section| section.number > 1).unwrap_or(report.sections.len());
    report.sections.insert(after_data, section);
    report.tables.extend(tables);
}

fn coverage(scores: &[Score]) -> Option<Finding> {
    let all = || scores.iter().flat_map(|run| &run.demands);
    let points: u32 = all().map(|one| one.points).sum();
    let share = |band: usize| f64::from(all().map(|one| one.inside[band]).sum::<u32>()) / f64::from(points.max(1));
    let runs = scores.iter().filter(|run| !run.demands.is_empty()).count();
    let sentence = format!(
        "Of {} levels that came since, {} lay inside the 50 % band, {} inside the 80 % band, {} inside the 95 % band ({runs} earlier {}).",
        format::number(f64::from(points)),
        format::percent(share(0)),
        format::percent(share(1)),
        format::percent(share(2)),
        if runs == 1 { "run" } else { "runs" }
    );
    let weight = if share(1) < 0.6 { Weight::Watch } else { Weight::Good };
    let one = finding(sentence, weight, "levels that came, counted against the percentiles of the earlier runs", "last-plan");
    (points > 0).then(|| Finding { value: Some(share(1)), ..one })
}

fn sharpness(scores: &[Score]) -> Option<Finding> {
    // errors of pools in cores and in bytes: each is held against the naive one of its own, and their shares are averaged by points
    let all = scores.iter().flat_map(|run| &run.demands);
    let shares: Vec<(f64, f64)> =
        all.filter_map(|one| Some((one.crps / one.naive_crps.filter(|naive| *naive > 0.0)?, f64::from(one.points)))).collect();
    let weight: f64 = shares.iter().map(|(_, points)| points).sum();
    let mean = shares.iter().map(|(share, points)| share * points).sum::<f64>() / weight;
    let sentence = format!(
        "Their error (CRPS) was {} of that of the last week repeated, over all pools and resources.",
        format::percent(mean)
    );
    let word = if mean > 1.0 { Weight::Watch } else { Weight::Good };
    let one = finding(sentence, word, "CRPS from percentiles; the naive forecast is one number a day", "last-plan");
    (!shares.is_empty()).then_some(Finding { value: Some(mean), ..one })
}

/// What the latest of the runs said of each pool that has crossed, or should have.
fn crossings(scores: &[Score]) -> Vec<Finding> {
    let Some(last) = scores.iter().rfind(|run| !run.demands.is_empty()) else { return Vec::new() };
    let told = last.pools.iter().filter(|one| one.crossed.is_some() || one.says().contains("later"));
    let each = told.map(|one| {
        let expected = one.predicted.1.map_or_else(|| "not within the horizon".to_owned(), format::day);
        let came =
            one.crossed.map_or_else(|| format!("not by {}", format::day(one.until)), |day| format!("on {}", format::day(day)));
        let sentence = format!(
            "{}: crossed {came}; the run of {} expected it {expected} (P50): {}.",
            one.pool,
            format::day(last.as_of),
            one.says()
        );
        let weight = if one.says().starts_with("within") { Weight::Good } else { Weight::Watch };
        finding(sentence, weight, "first day above the line that the plan counted on, confirmed", "last-decisions").of(&one.pool)
    });
    each.collect()
}

fn orders(scores: &[Score], currency: &str) -> Option<Finding> {
    let all: Vec<_> = scores.iter().flat_map(|run| &run.orders).filter(|order| order.timing != Timing::Open).collect();
    let count = |timing: &[Timing]| all.iter().filter(|order| timing.contains(&order.timing)).count();
    let idle: f64 = all.iter().map(|order| order.idle_cost).sum();
    let short: f64 = all.iter().map(|order| order.hours_short).sum();
    let sentence = format!(
        "Of {} recommended orders that can be judged, {} came too early or are not needed yet (idle units cost {}), {} on the day, {} too \
         late ({} hours short).",
        all.len(),
        count(&[Timing::TooEarly, Timing::Idle]),
        format::money(Money(idle), currency),
        count(&[Timing::OnTime]),
        count(&[Timing::TooLate]),
        format::number(short)
    );
    let weight = if count(&[Timing::TooLate]) > 0 { Weight::Watch } else { Weight::Good };
    let one =
        finding(sentence, weight, "units × monthly price × calendar months; hours above the line without them", "last-decisions");
    (!all.is_empty()).then_some(Finding { value: Some(idle), ..one })
}
