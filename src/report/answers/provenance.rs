//! The end of question 12: how to get the same numbers again.

use crate::report::compose::{finding, section};
use crate::report::{Evidence, Section, Weight, format};

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let provenance = &evidence.provenance;
    let sentence = format!(
        "{}; seed {}; {} futures of each of {}; at most {} of a pool to find and check the orders; {} by checksum.",
        provenance.program,
        provenance.seed,
        format::number(f64::from(provenance.replications)),
        format::counted(evidence.scenarios.len(), "scenario"),
        format::counted(evidence.plan.simulations as usize, "more simulation"),
        format::counted(provenance.inputs.len(), "input")
    );
    let methods = [
        "Demand: levels by rolling-origin choice of forecaster, joint paths from blocks of past dates, bands corrected by the back-test; hours from past days kept whole.",
        "Failures: event by event over the domain tree from the steady state; orders after random lead times; draws addressed by seed, replication, component and purpose.",
    ];
    let mut findings = vec![finding(sentence, Weight::Good, "manifest.json holds all of it", "quality")];
    findings.extend(methods.map(|method| finding(method.to_owned(), Weight::Good, "see docs/concepts", "quality")));
    for finding in &mut findings {
        finding.evidence = None;
    }
    section(12, "provenance", "How do I get the same numbers again?", findings)
}
