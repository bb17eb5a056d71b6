//! What is not known, in words: the one place where keys of a model become what tables, findings and charts call them.

use crate::model::{LawOf, Model, Place};
use crate::plan::Explains;
use crate::report::{Evidence, format};
use crate::simulate::Kind;
use crate::units::{Money, Unit};

/// An input of question 10 by its name: `pool.assistant.demand.cpu.level` is `assistant: cpu demand, level`. A name that nothing is known of
/// is left as it is.
pub(in crate::report) fn words(evidence: &Evidence<'_>, name: &str) -> String {
    let model = evidence.scenarios.first().map(|scenario| &scenario.model);
    let declared = model.and_then(|model| of_model(model, name));
    declared.or_else(|| of_path(name)).or_else(|| of_scenario(name)).unwrap_or_else(|| name.to_owned())
}

/// An uncertain number of the model, by where it stands.
fn of_model(model: &Model, name: &str) -> Option<String> {
    let number = model.uncertain.iter().find(|number| number.name == name)?;
    let last = || name.rsplit('.').next().unwrap_or(name).replace('_', " ");
    Some(match &number.place {
        Place::Purchase { unit } => format!("{unit}: purchase price"),
        Place::Monthly { unit } => format!("{unit}: monthly price"),
        Place::Capacity { unit, resource } => format!("{unit}: {resource} of one unit"),
        Place::Line { pool, resource } => format!("{pool}: {resource} safe-load line"),
        Place::ShareLost { failure } => format!("{failure}: share of the capacity lost"),
        Place::HitsEach { failure } => format!("{failure}: P(each unit is lost)"),
        Place::Level { pool, resource, .. } => format!("{pool}: {resource} demand, level"),
        Place::Growth { pool, resource } => format!("{pool}: {resource} demand, growth a year"),
        Place::Volatility { pool, resource } => format!("{pool}: {resource} demand, volatility"),
        Place::Noise { pool, resource } => format!("{pool}: {resource} demand, noise of a day"),
        Place::Parameter { of: LawOf::TimeToFailure(failure), .. } => format!("{failure}: time to failure, {}", last()),
        Place::Parameter { of: LawOf::Repair(failure), .. } => format!("{failure}: repair time, {}", last()),
        Place::Parameter { of: LawOf::LeadTime(unit), .. } => format!("{unit}: lead time, {}", last()),
    })
}

/// A value of an input as people read it: with its currency, in percent, in days or in the unit of its resource.
pub(in crate::report) fn value(evidence: &Evidence<'_>, input: &Explains, value: f64) -> String {
    if let Some(unit) = &input.unit {
        return if input.kind == Kind::Demand {
            format::amount(value, unit)
        } else {
            format!("{} {unit}", format::number(value))
        };
    }
    let model = evidence.scenarios.first().map(|scenario| &scenario.model);
    let declared = model.and_then(|model| of_model_value(model, &evidence.plan.currency, &input.input, value));
    declared.or_else(|| of_scenario_value(&input.input, value)).unwrap_or_else(|| format::number(value))
}

/// What is written for one of these is in the unit of its law.
const IN_UNIT: [&str; 9] = ["value", "low", "mode", "high", "mean", "sd", "median", "p90", "scale"];

fn of_model_value(model: &Model, currency: &str, name: &str, value: f64) -> Option<String> {
    let number = model.uncertain.iter().find(|number| number.name == name)?;
    let amount = |resource: &str| model.resources.get(resource).map(|unit: &Unit| format::amount(value, unit));
    let length = |unit: &str| {
        let parameter = name.rsplit('.').next().unwrap_or(name);
        IN_UNIT.contains(&parameter).then(|| format!("{} {unit}", format::number(value)))
    };
    match &number.place {
        Place::Purchase { .. } => Some(format::money(Money(value), currency)),
        Place::Monthly { .. } => Some(format!("{} a month", format::money(Money(value), currency))),
        Place::Capacity { resource, .. } | Place::Level { resource, .. } => amount(resource),
        Place::Line { .. } | Place::ShareLost { .. } | Place::HitsEach { .. } | Place::Growth { .. } => Some(percent(value)),
        Place::Volatility { .. } | Place::Noise { .. } => None,
        Place::Parameter { of: LawOf::LeadTime(_), .. } => length("days"),
        Place::Parameter { .. } => length("hours"),
    }
}

/// A change may be more than the whole.
fn percent(value: f64) -> String {
    format!("{} %", format::number(value * 100.0))
}

fn of_scenario_value(name: &str, value: f64) -> Option<String> {
    if name == "growth" || name.starts_with("growth.") {
        return Some(percent(value));
    }
    let (kind, rest) = name.split_once('.')?;
    let days = |words: &str| format!("{} days{words}", format::number(value.abs()));
    Some(match (kind, rest.rsplit_once('.')?.1) {
        ("launch", "delay") if value < 0.0 => days(" early"),
        ("launch", "delay") => days(" late"),
        ("launch", "ramp") => days(""),
        ("launch", "size") | ("efficiency", "gain") => percent(value),
        _ => return None,
    })
}

/// What sums up a path of demand or the lead times of a pool.
fn of_path(name: &str) -> Option<String> {
    if let Some(pool) = name.strip_prefix("lead time of ") {
        return Some(format!("{pool}: lead time of its orders"));
    }
    let (pool, resource) = name.strip_prefix("demand of ")?.rsplit_once(", ")?;
    Some(format!("{pool}: {resource} demand"))
}

/// A number of a change that a scenario makes.
fn of_scenario(name: &str) -> Option<String> {
    if name == "growth" {
        return Some("all pools: growth a year".to_owned());
    }
    if let Some(pool) = name.strip_prefix("growth.") {
        return Some(format!("{pool}: growth a year"));
    }
    let (kind, rest) = name.split_once('.')?;
    let (of, number) = rest.rsplit_once('.')?;
    let words = match (kind, number) {
        ("launch", "delay") => "date of the launch",
        ("launch", "size") => "size of the launch",
        ("launch", "ramp") => "ramp of the launch",
        ("efficiency", "gain") => "gain of efficiency",
        _ => return None,
    };
    Some(format!("{of}: {words}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_numbers_become_words_and_others_stay() {
        let all = |name: &str| of_path(name).or_else(|| of_scenario(name));
        for (name, words) in [
            ("demand of web, eu, cpu", "web, eu: cpu demand"),
            ("lead time of web", "web: lead time of its orders"),
            ("growth", "all pools: growth a year"),
            ("growth.web", "web: growth a year"),
            ("launch.app.v2.delay", "app.v2: date of the launch"),
            ("launch.app.v2.size", "app.v2: size of the launch"),
            ("efficiency.gc.gain", "gc: gain of efficiency"),
        ] {
            assert_eq!(all(name).as_deref(), Some(words), "{name}");
        }
        assert_eq!(all("pool.web.unheard"), None);
    }

    #[test]
    fn values_of_a_change_have_their_unit() {
        for (name, value, words) in [
            ("growth", 0.0923, "9.23 %"),
            ("growth.web", 1.34, "134 %"),
            ("launch.app.v2.delay", -147.0, "147 days early"),
            ("launch.app.v2.delay", 161.0, "161 days late"),
            ("launch.app.v2.ramp", 30.0, "30 days"),
            ("launch.app.v2.size", 0.25, "25 %"),
            ("efficiency.gc.gain", 0.148, "14.8 %"),
        ] {
            assert_eq!(of_scenario_value(name, value).as_deref(), Some(words), "{name}");
        }
        assert_eq!(of_scenario_value("launch.app.v2.colour", 1.0), None);
    }
}
