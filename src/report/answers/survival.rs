//! Question 6: do we survive a loss at that day's peak?

use crate::model::{Level, Model, Pool};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, count, table, text};
use crate::report::{Cell, Chart, ChartBody, Evidence, Finding, Section, Table, Weight, format};
use crate::simulate::rare::Warning;
use crate::simulate::{Answered, rare};
use crate::stats::Estimate;
use crate::time::Month;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let (title, _, weight) = survived(evidence);
    let sentence = if title.is_empty() { title } else { format!("{title}.") };
    let finding = finding(sentence, weight, "the month's highest hour of each future against what is left", "survival");
    let findings: Vec<Finding> = std::iter::once(finding).chain(error_budget(evidence)).chain(rare_events(evidence)).collect();
    let tables: &[&str] = if evidence.plan.answers.is_empty() { &["survival"] } else { &["survival", "rare"] };
    section(6, "survival", "Do we survive the loss of a host, a rack, a zone at that day's peak?", findings)
        .show(&["survival", "error-budget"], tables)
}

/// Rare events that the model asks for, each with its error and how it was found.
fn rare_events(evidence: &Evidence<'_>) -> Vec<Finding> {
    let one = |one: &Answered| {
        let (asked, found) = (&one.question, &one.answer);
        let days = format::number(asked.within_hours / 24.0);
        let error = if found.standard_error > 0.0 { format!(" ± {:.1} %", 196.0 * found.relative_error) } else { String::new() };
        let check = found.cross_check.map_or_else(String::new, |check| {
            format!(", checked by {}: {:.1} standard errors apart", rare_method(check.method), check.z.abs())
        });
        let warning = found.warning.map_or_else(String::new, |warning| format!(" Beware: {}.", rare_warning(warning)));
        let bound = matches!(found.warning, Some(Warning::NothingSeen { .. }));
        let sentence = format!(
            "P({} has fewer than {} of {} hosts up at some moment within {days} days) {} {:.2e}{error} ({}{check}).{warning}",
            asked.pool,
            asked.below,
            one.hosts,
            if bound { "is below" } else { "=" },
            found.value,
            rare_method(found.method),
        );
        let weight = if found.warning.is_some() { Weight::Watch } else { Weight::Good };
        let method = "all up and new on the first day; 95 % interval; failures of hosts and domains as declared";
        finding(sentence, weight, method, "rare")
            .of(&asked.pool)
            .estimate(Estimate { value: found.value, standard_error: found.standard_error })
    };
    evidence.plan.answers.iter().map(one).collect()
}

/// Expected minutes above the line in the worst month, against what the availability objective allows.
fn error_budget(evidence: &Evidence<'_>) -> Option<Finding> {
    let plan = evidence.plan;
    let availability = evidence.scenarios.first()?.model.objective.availability?;
    let allowed = crate::slo::budget_minutes_per_month(availability);
    let each = plan
        .pools
        .iter()
        .flat_map(|pool| pool.adequacy.months.iter().enumerate().map(move |(m, month)| (pool, m, month.lole_hours.estimate)));
    let (pool, month, hours) = each.max_by(|a, b| a.2.value.total_cmp(&b.2.value))?;
    let minutes = Estimate { value: hours.value * 60.0, standard_error: hours.standard_error * 60.0 };
    let error = format!(" ± {}", format::number(minutes.standard_error));
    let spent = format::minutes(minutes.value) + if minutes.value < format::SHORTEST { "" } else { &error };
    let sentence = format!(
        "{} is expected to spend {spent} minutes above its line in {}, its worst month; {} of availability allows {} minutes a month.",
        pool.pool,
        format::month(plan.months[month]),
        format::declared(availability),
        format::number(allowed)
    );
    let weight = if minutes.value > allowed { Weight::Act } else { Weight::Good };
    Some(
        finding(sentence, weight, "LOLE of the orders as declared; time above the line counts as missed", "risk-by-month")
            .of(&pool.pool)
            .estimate(minutes),
    )
}

pub(in crate::report) fn survival_table(rows: Vec<Vec<Cell>>) -> Table {
    let columns = [
        ("pool", "Pool", ""),
        ("lost", "Lost", ""),
        ("month", "Month", ""),
        ("p_survives", "P(the month's peak is carried)", "ratio"),
        ("p_survives_se", "± s.e.", "ratio"),
    ];
    table("survival", "Is the peak of the month carried when the worst one is lost?", &columns, rows)
}

/// Its rows of one pool: of the losses that it can meet.
pub(in crate::report) fn survival_rows(
    model: &Model,
    pool: &Pool,
    months: &[Month],
    survival: &[(Level, Vec<Estimate>)],
) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (level, shares) in survival.iter().filter(|(level, _)| may_lose(model, pool, *level)) {
        for (month, share) in months.iter().zip(shares) {
            let mut row = vec![text(&pool.name), text(level.name()), text(&month.to_string())];
            row.extend(both(*share));
            rows.push(row);
        }
    }
    rows
}

/// Whether a pool stands in anything of this level, or is wanted to survive the loss of it: a pool of which no rack is declared loses none.
fn may_lose(model: &Model, pool: &Pool, level: Level) -> bool {
    let within = |domain: &str| {
        model.domains.ancestry(domain).iter().any(|name| model.domains.nodes.get(*name).is_some_and(|node| node.level == level))
    };
    let stands =
        pool.groups.iter().any(|group| (level == Level::Rack && group.racks > 0) || group.domain.as_deref().is_some_and(within));
    level == Level::Host || stands || wanted(pool, level)
}

/// Whether the plan must survive the loss.
fn wanted(pool: &Pool, level: Level) -> bool {
    match level {
        Level::Host => pool.redundancy.hosts > 0,
        Level::Rack => pool.redundancy.rack,
        _ => pool.redundancy.zone,
    }
}

/// Rare events: each probability with its error, method, what it rests on, what checks it, and why it may not be trusted.
pub(in crate::report) fn rare_table(answers: &[Answered]) -> Table {
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
    table("rare", "Rare events", &columns, answers.iter().map(row).collect())
}

/// How a rare event's probability was found, in words.
pub(in crate::report) fn rare_method(method: rare::Method) -> &'static str {
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
pub(in crate::report) fn rare_warning(warning: rare::Warning) -> String {
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

/// A share of futures below which a loss that must be survived is told.
const HELD: f64 = 0.9;

/// Row label and a probability a month.
type Row = (String, Vec<Option<f64>>);

/// The finding, the rows of the chart, and how much the finding matters.
fn survived(evidence: &Evidence<'_>) -> (String, Vec<Row>, Weight) {
    let plan = evidence.plan;
    let mut rows = Vec::new();
    let Some(base) = evidence.scenarios.first() else { return (String::new(), rows, Weight::Good) };
    let mut worst: Option<(String, Level, usize, Vec<f64>)> = None;
    // of what nothing was asked for, the loss that is carried least
    let mut least: Option<(String, Level, Month, f64)> = None;
    let mut none_asked = true;
    for (pool, declared) in plan.pools.iter().zip(&base.model.pools) {
        for (level, shares) in pool.survival.iter().filter(|(level, _)| may_lose(&base.model, declared, *level)) {
            let each: Vec<f64> = shares.iter().map(|share| share.value).collect();
            let asked = wanted(declared, *level);
            none_asked &= !asked;
            for (month, p) in plan.months.iter().zip(&each) {
                if least.as_ref().is_none_or(|(_, _, _, least)| p < least) {
                    least = Some((pool.pool.clone(), *level, *month, *p));
                }
            }
            let mark = if asked { " (wanted)" } else { "" };
            rows.push((format!("{}: a {}{mark}", pool.pool, level.name()), each.iter().copied().map(Some).collect()));
            if let (true, Some(m)) = (asked, each.iter().position(|p| *p < HELD))
                && worst.as_ref().is_none_or(|(_, _, held, _)| m < *held)
            {
                worst = Some((pool.pool.clone(), *level, m, each));
            }
        }
    }
    let (title, weight) = match (worst, least) {
        (Some((pool, level, m, each)), _) => (not_survived((&pool, level), plan.months[m], &each[m..]), Weight::Act),
        (None, Some((pool, level, month, p))) if none_asked => {
            (not_asked(&pool, level, month, p), if p < HELD { Weight::Watch } else { Weight::Good })
        }
        _ => ("Every loss that must be survived is survived in nine futures of ten, in every month".to_owned(), Weight::Good),
    };
    (title, rows, weight)
}

/// A loss that is not survived: from `month` on where no later month is better, in that month alone otherwise.
fn not_survived((pool, level): (&str, Level), month: Month, from_then: &[f64]) -> String {
    let most = from_then.iter().copied().fold(0.0, f64::max);
    let lasts = from_then.len() > 1 && most < HELD;
    let (when, p) = if lasts { ("From", most) } else { ("In", from_then.first().copied().unwrap_or(most)) };
    let share = match p {
        0.0 => "none of the futures".to_owned(),
        _ if lasts => format!("at most {} of futures", format::percent(p)),
        _ => format!("only {} of futures", format::percent(p)),
    };
    let on = if lasts { " on" } else { "" };
    format!("{when} {}{on}, {pool} survives the loss of a {} at peak in {share}", format::month(month), level.name())
}

/// No pool declares a redundancy: nothing has to be survived, and what would come of a loss is told.
fn not_asked(pool: &str, level: Level, month: Month, p: f64) -> String {
    format!(
        "The model asks for no loss to be survived (no pool has a `redundancy`); the one that is carried least, a {} of {pool} at the \
         peak of {}, is carried in {} of futures",
        level.name(),
        format::month(month),
        format::percent(p)
    )
}

pub(in crate::report) fn survival_chart(evidence: &Evidence<'_>) -> Option<Chart> {
    let (title, rows, _) = survived(evidence);
    if rows.is_empty() {
        return None;
    }
    let subtitle =
        "P(the month's highest hour is carried when the worst host, rack or zone is lost), orders as declared".to_owned();
    Some(chart(evidence, "survival", title, subtitle, ChartBody::Survival { months: evidence.plan.months.clone(), rows }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_said_to_last_only_where_no_later_month_is_better() {
        let month: Month = "2026-11".parse().unwrap();
        let said = |each: &[f64]| not_survived(("web", Level::Zone), month, each);
        assert_eq!(said(&[0.012, 0.95, 0.5]), "In Nov 2026, web survives the loss of a zone at peak in only 1.2 % of futures");
        assert_eq!(said(&[0.5, 0.2]), "From Nov 2026 on, web survives the loss of a zone at peak in at most 50 % of futures");
        assert_eq!(said(&[0.0, 0.0]), "From Nov 2026 on, web survives the loss of a zone at peak in none of the futures");
    }

    #[test]
    fn where_nothing_was_asked_for_nothing_is_said_to_hold() {
        let said = not_asked("web", Level::Host, "2026-11".parse().unwrap(), 0.25);
        assert!(said.starts_with("The model asks for no loss to be survived (no pool has a `redundancy`)"), "{said}");
        assert!(said.ends_with("a host of web at the peak of Nov 2026, is carried in 25 % of futures"), "{said}");
    }
}
