//! From what happened to an exit code.

use std::process::ExitCode;

use crate::run::Verdict;

/// The code of a run that was asked to judge itself.
pub fn judged(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Within => 0,
        Verdict::Missed => 10,
        Verdict::Unsure => 11,
    })
}
