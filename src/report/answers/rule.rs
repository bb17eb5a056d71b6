//! What the rule bounds, and whether it is kept, in words.

use crate::model::RiskRule;
use crate::plan::Plan;
use crate::report::format;
use crate::report::tables::chosen;
use crate::units::Money;

/// What the rule bounds, in words.
pub(in crate::report) fn measure(rule: RiskRule) -> String {
    match rule {
        RiskRule::ShortfallPerMonth(_) => "risk".to_owned(),
        RiskRule::ExpectedShortfall(_) | RiskRule::LeastCost(_) => "the mean of units missing".to_owned(),
        RiskRule::Cvar { level, .. } => format!("the mean of units missing in the worst {}", format::declared(1.0 - level)),
    }
}

/// A value of it: a probability, or units.
pub(in crate::report) fn measured(rule: RiskRule, value: f64) -> String {
    match rule {
        RiskRule::ShortfallPerMonth(_) => format::percent(value),
        _ => format::number(value),
    }
}

/// What the rule accepts.
pub(in crate::report) fn accepted(rule: RiskRule) -> String {
    match rule {
        RiskRule::LeastCost(_) => "any at its price".to_owned(),
        RiskRule::ShortfallPerMonth(_) => format::declared(rule.at_most()),
        _ => measured(rule, rule.at_most()),
    }
}

/// Whether the orders keep the rule where they can help, as a sentence after another; nothing where the rule bounds the chance of a shortfall,
/// of which all risks are told.
pub(in crate::report) fn kept(plan: &Plan) -> String {
    let (rule, money) = (plan.rule, |amount: f64| format::money(Money(amount), &plan.currency));
    let worst = || {
        let each = plan.pools.iter().map(|pool| (pool, chosen(pool)));
        each.rev().max_by(|a, b| {
            (!a.1.meets, a.1.worst_measure().value)
                .partial_cmp(&(!b.1.meets, b.1.worst_measure().value))
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    };
    match (rule, worst()) {
        (RiskRule::ShortfallPerMonth(_), _) | (_, None) => String::new(),
        (RiskRule::LeastCost(price), _) => {
            let penalty = plan.pools.iter().map(|pool| chosen(pool).penalty.value).sum();
            format!(" What is still missing costs {} in the mean, at {} a unit and month.", money(penalty), money(price))
        }
        (_, Some((pool, worst))) => {
            let (value, most) = (measured(rule, worst.worst_measure().value), accepted(rule));
            if worst.meets {
                return format!(" Where orders can help, {} is at most {value} ({most} is accepted).", measure(rule));
            }
            let (month, name) = (format::month(plan.months[worst.worst_month]), &pool.pool);
            format!(" The rule is not kept: {} is {value} for {name} in {month} ({most} is accepted).", measure(rule))
        }
    }
}
