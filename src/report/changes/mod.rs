//! What changed between two runs: each conclusion before and after, and whether that is more than Monte Carlo error.

mod facts;
#[cfg(test)]
mod tests;
mod waterfall;

use serde::Serialize;

pub use facts::{Conclusion, Facts, Known, What};
pub use waterfall::{add_waterfall, waterfall};

use super::tables::{table, text};
use super::{Cell, Report, Table, Weight, compose, format};
use crate::stats::TWO_SIDED_95;
use crate::time::Day;
use crate::units::Money;

/// How a change stands against the error of sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// More than the Monte Carlo error of the two (95 %).
    Beyond,
    /// Within it.
    Within,
    /// A decision, which has no sampling error of its own.
    Decision,
}

impl Size {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Beyond => "more than Monte Carlo error",
            Self::Within => "within Monte Carlo error",
            Self::Decision => "decision",
        }
    }
}

/// One conclusion that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Which.
    #[serde(flatten)]
    pub conclusion: Conclusion,
    /// In the first run; `None`: that run says nothing of it.
    pub before: Option<Known>,
    /// In the second.
    pub after: Option<Known>,
    /// After less before, in days for days; `None` where one of them is not there.
    pub difference: Option<f64>,
    /// Against the error of sampling.
    pub size: Size,
}

/// Every conclusion of two runs that differs, in the order in which they are told. Months that only one of the runs plans for are no
/// change: their conclusions are left out.
#[must_use]
pub fn compare(before: &Facts, after: &Facts) -> Vec<Change> {
    let mut keys: Vec<&Conclusion> = before.facts.keys().chain(after.facts.keys()).collect();
    keys.sort();
    keys.dedup();
    let each = keys.into_iter().filter_map(|key| {
        let (old, new) = (before.facts.get(key).copied(), after.facts.get(key).copied());
        let by_month = matches!(key.what, What::Risk | What::Survival);
        let one_sided = old.is_none() || new.is_none();
        (old != new && !(by_month && one_sided)).then(|| Change {
            conclusion: key.clone(),
            before: old,
            after: new,
            difference: difference(old, new),
            size: size(old, new),
        })
    });
    each.filter(|change| change.difference != Some(0.0)).collect()
}

/// After less before: numbers, or days.
#[must_use]
pub fn difference(before: Option<Known>, after: Option<Known>) -> Option<f64> {
    match (before?, after?) {
        (Known::Estimate { value: old, .. }, Known::Estimate { value: new, .. }) | (Known::Amount(old), Known::Amount(new)) => {
            Some(new - old)
        }
        (Known::Crossing { day: old, .. }, Known::Crossing { day: new, .. }) | (Known::Date(old), Known::Date(new)) => {
            if old == new {
                return Some(0.0);
            }
            Some(f64::from(new?.since(old?)))
        }
        _ => None,
    }
}

/// Whether two conclusions differ by more than the error of sampling, taken as independent: |Δ| > √(h₁² + h₂²) with the half-widths of
/// their 95 % intervals. Two runs of one seed share their luck, so for them this errs towards "within".
fn size(before: Option<Known>, after: Option<Known>) -> Size {
    let beyond = |yes: bool| if yes { Size::Beyond } else { Size::Within };
    match (before, after) {
        (Some(Known::Estimate { value: a, standard_error: s }), Some(Known::Estimate { value: b, standard_error: t })) => {
            beyond((b - a).abs() > TWO_SIDED_95 * s.hypot(t))
        }
        (Some(Known::Crossing { day: a, low: al, high: ah }), Some(Known::Crossing { day: b, low: bl, high: bh })) => {
            let half = |low: Option<Day>, high: Option<Day>| Some(f64::from(high?.since(low?)) / 2.0);
            if let (Some((a, b)), Some(s), Some(t)) = (a.zip(b), half(al, ah), half(bl, bh)) {
                return beyond(f64::from(b.since(a)).abs() > s.hypot(t));
            }
            // an open interval ends after the horizon: beyond only when the two do not meet
            let ends_before = |high: Option<Day>, low: Option<Day>| high.is_some_and(|high| low.is_none_or(|low| high < low));
            beyond(ends_before(ah, bl) || ends_before(bh, al))
        }
        _ => Size::Decision,
    }
}

/// `1 conclusion has changed`, `2 conclusions have changed`.
#[must_use]
pub fn changed(conclusions: usize) -> String {
    format!("{} {} changed", format::counted(conclusions, "conclusion"), if conclusions == 1 { "has" } else { "have" })
}

/// A conclusion's value in words.
#[must_use]
pub fn words(what: What, known: Option<Known>, currency: &str) -> String {
    match known {
        None => "–".to_owned(),
        Some(Known::Estimate { value, standard_error }) => format::estimated(crate::stats::Estimate { value, standard_error }),
        Some(Known::Crossing { day, .. }) => day.map_or_else(|| "not within the horizon".to_owned(), format::day),
        Some(Known::Date(day)) => day.map_or_else(|| "nothing to order".to_owned(), format::day),
        Some(Known::Amount(amount)) if what == What::Cost => format::money(Money(amount), currency),
        Some(Known::Amount(amount)) => format::number(amount),
    }
}

impl Change {
    /// What it is of, in words: `web, P(shortfall), 2027-03`.
    #[must_use]
    pub fn name(&self) -> String {
        let parts = [self.conclusion.pool.as_str(), self.conclusion.what.word(), self.conclusion.of.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// The changes as a table; `because` has a text for each, where causes are known.
#[must_use]
pub fn changes_table(changes: &[Change], currency: &str, because: Option<&[String]>) -> Table {
    let row = |(at, change): (usize, &Change)| {
        let what = change.conclusion.what;
        let mut row = vec![
            text(what.word()),
            text(&change.conclusion.pool),
            text(&change.conclusion.of),
            Cell::Text(words(what, change.before, currency)),
            Cell::Text(words(what, change.after, currency)),
            change.difference.map_or(Cell::Missing, Cell::Number),
            text(change.size.word()),
        ];
        row.extend(because.map(|because| Cell::Text(because[at].clone())));
        row
    };
    let mut columns = vec![
        ("conclusion", "Conclusion", ""),
        ("pool", "Pool", ""),
        ("of", "Of", ""),
        ("before", "Before", ""),
        ("after", "After", ""),
        ("difference", "Difference", ""),
        ("size", "Against sampling", ""),
    ];
    columns.extend(because.map(|_| ("because", "Because of", "")));
    table("changes", "What changed", &columns, changes.iter().enumerate().map(row).collect())
}

/// Adds what changed since an earlier run to question 11 of a report.
pub fn add_since(report: &mut Report, changes: &[Change], since: &str, currency: &str) {
    let Some(section) = report.sections.iter_mut().find(|section| section.id == "why") else { return };
    let beyond = changes.iter().filter(|change| change.size != Size::Within).count();
    let sentence = if changes.is_empty() {
        format!("Since the last run ({since}) no conclusion has changed.")
    } else {
        let changed = changed(changes.len());
        let these = if beyond == changes.len() { "all".to_owned() } else { beyond.to_string() };
        format!(
            "Since the last run ({since}) {changed}, {these} of them decisions or by more than Monte Carlo error; \
             `plimsoll diff` says why."
        )
    };
    let weight = if beyond > 0 { Weight::Watch } else { Weight::Good };
    section.findings.push(compose::finding(sentence, weight, "conclusions of both runs side by side", "changes"));
    for change in changes.iter().filter(|change| matches!(change.conclusion.what, What::OrderBy | What::Units | What::Cost)) {
        let (what, pool) = (change.conclusion.what, change.conclusion.pool.as_str());
        let (old, new) = (words(what, change.before, currency), words(what, change.after, currency));
        let sentence = format!("{}: {old} in the last run, {new} now.", change.name());
        let finding = compose::finding(sentence, Weight::Watch, "conclusions of both runs side by side", "changes");
        section.findings.push(if pool.is_empty() { finding } else { finding.of(pool) });
    }
    "Why this and not that, and what changed since the last run?".clone_into(&mut section.question);
    section.tables.push("changes".to_owned());
    report.tables.push(changes_table(changes, currency, None));
}
