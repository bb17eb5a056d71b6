//! A choice file to a ranked table.

use std::path::PathBuf;

use crate::error::Error;
use crate::plan::{self, Candidate, Choice, ChoiceQuestion, Need, Ranked, Rejected};
use crate::problem::Problem;
use crate::report::{Cell, Column, Table};
use crate::spec::{self, ChoiceDeclared};
use crate::stream::{Seed, Stream};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceRequest {
    /// The choice file.
    pub path: PathBuf,
    /// Worlds, in place of the file's.
    pub worlds: Option<u32>,
    /// The seed, in place of the file's.
    pub seed: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// A row a type of unit.
    pub table: Table,
    /// What to know first, in words.
    pub summary: Vec<String>,
}

/// Ranks the types of units of a choice file.
///
/// # Errors
/// All problems of the file, or why the question is none.
pub fn choose(request: &ChoiceRequest) -> Result<Chosen, Error> {
    let mut declared = spec::load_choice(&request.path).map_err(Error::Problems)?;
    declared.worlds = request.worlds.unwrap_or(declared.worlds);
    declared.seed = request.seed.map_or(declared.seed, Seed);
    let choice = plan::choose(&question(&declared), Stream::root(declared.seed)).map_err(|none| {
        let help = "see docs/concepts/capacity-choice.md for what a choice is made of";
        Error::Problems(vec![Problem::new("spec/invalid-choice", &request.path, none.to_string()).help(help)])
    })?;
    Ok(Chosen { table: table(&choice, &declared.currency), summary: summary(&choice, &declared) })
}

fn question(declared: &ChoiceDeclared) -> ChoiceQuestion {
    let need = |(resource, demand): &(String, _)| Need {
        resource: resource.clone(),
        demand: crate::stats::Distribution::clone(demand),
        line: declared.line,
    };
    let candidate = |unit: &spec::UnitDeclared| Candidate {
        name: unit.name.clone(),
        capacity: declared.requirement.iter().map(|(of, _)| unit.capacity.get(of).copied().unwrap_or(0.0)).collect(),
        price: unit.price,
        lot: unit.lot,
        most: unit.limit,
    };
    ChoiceQuestion {
        needs: declared.requirement.iter().map(need).collect(),
        correlations: declared.correlations.clone(),
        candidates: declared.units.iter().map(candidate).collect(),
        spare: declared.spare,
        penalty: declared.penalty,
        risk: declared.risk,
        worlds: declared.worlds,
    }
}

fn summary(choice: &Choice, declared: &ChoiceDeclared) -> Vec<String> {
    let mut told: Vec<String> = declared.question.iter().cloned().collect();
    let Some(first) = choice.ranked.first() else {
        told.push(format!("None of {} types of units can do it: see why in the table.", choice.rejected.len()));
        return told;
    };
    let money = |amount: f64| format!("{amount:.0} {}", declared.currency);
    told.push(format!(
        "{} × {} costs {} ± {:.0} (standard error over {} worlds), {} of it for sure; {} binds; the cheapest choice in {:.0} % of worlds.",
        first.units,
        first.name,
        money(first.cost.value),
        first.cost.standard_error,
        choice.worlds,
        money(first.price),
        first.binding,
        100.0 * first.best_in.value
    ));
    let ties: Vec<String> =
        choice.ranked.iter().skip(1).filter(|one| one.tie).map(|one| format!("{} × {}", one.units, one.name)).collect();
    match (ties.is_empty(), choice.ranked.iter().find(|one| !one.tie)) {
        (false, _) => told.push(format!("Not told apart from it, a tie: {}.", ties.join(", "))),
        (true, Some(next)) => told.push(format!(
            "Next: {} × {}, dearer by {} ± {:.0}.",
            next.units,
            next.name,
            money(next.behind.value),
            next.behind.standard_error
        )),
        (true, None) => {}
    }
    told
}

fn table(choice: &Choice, currency: &str) -> Table {
    let columns = [
        ("rank", "Rank", ""),
        ("name", "Unit", ""),
        ("units", "Units", "units"),
        ("cost", "Expected cost", currency),
        ("cost_error", "±", currency),
        ("price", "For sure", currency),
        ("p_short", "P(short)", "ratio"),
        ("p_short_error", "±", "ratio"),
        ("best_in", "Cheapest in", "ratio"),
        ("best_in_error", "±", "ratio"),
        ("behind", "Behind the first", currency),
        ("behind_error", "±", currency),
        ("binding", "Binds", ""),
        ("why", "Why", ""),
    ];
    let ranked = choice.ranked.iter().enumerate().map(|(i, one)| row(i, one, currency));
    let rejected = choice.rejected.iter().map(|(name, why)| {
        let mut cells = vec![Cell::Missing, Cell::Text(name.clone())];
        cells.extend(std::iter::repeat_n(Cell::Missing, columns.len() - 3));
        cells.push(Cell::Text(why_not(why)));
        cells
    });
    Table {
        id: "choice".to_owned(),
        title: "Types of units by expected cost, each with its best count, and why others cannot do it".to_owned(),
        columns: columns.iter().map(|(name, heading, unit)| Column::new(name, heading, unit)).collect(),
        rows: ranked.chain(rejected).collect(),
    }
}

fn row(place: usize, one: &Ranked, currency: &str) -> Vec<Cell> {
    let why = match (place, one.tie) {
        (0, _) => "the least expected cost".to_owned(),
        (_, true) => "a tie with the first".to_owned(),
        (_, false) => format!("dearer by {:.0} {currency}", one.behind.value),
    };
    let mut cells = vec![Cell::Integer(place as i64 + 1), Cell::Text(one.name.clone()), Cell::Integer(i64::from(one.units))];
    cells.extend([one.cost.value, one.cost.standard_error, one.price].map(Cell::Number));
    for estimate in [one.short, one.best_in, one.behind] {
        cells.extend([estimate.value, estimate.standard_error].map(Cell::Number));
    }
    cells.extend([Cell::Text(one.binding.clone()), Cell::Text(why)]);
    cells
}

fn why_not(why: &Rejected) -> String {
    match why {
        Rejected::Lacks { resource } => format!("it has no {resource}"),
        Rejected::TooMany { needed, most, binding } => {
            format!("{needed} would be needed to keep within the accepted risk ({binding} binds), at most {most} may be")
        }
    }
}
