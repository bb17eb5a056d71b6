//! What the samples themselves say: duplicates, order, resets, impossible values, changes of unit.

use super::{Options, Reading};
use crate::problem::Problem;
use crate::series::Severity;

/// Looks at every series and adds what it finds.
pub(super) fn examine(_reading: &mut Reading<'_>, _options: &Options) {}

/// Under `strict`, every warning is a problem.
pub(super) fn strict(reading: &Reading<'_>, options: &Options, path: &std::path::Path) -> Result<(), Vec<Problem>> {
    let warnings = reading.findings.iter().filter(|finding| options.strict && finding.severity == Severity::Warning);
    let problems: Vec<Problem> = warnings
        .map(|finding| {
            let problem = Problem::new(
                "ingest/strict",
                path,
                format!("saw {} ({}), expected none under --strict", finding.text, finding.kind),
            );
            finding.lines.first().map_or(problem.clone(), |line| problem.at_line(*line))
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
