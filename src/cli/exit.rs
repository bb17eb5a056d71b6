//! From what happened to an exit code.

use std::process::ExitCode;

use crate::report::gate;
use crate::run::{Finished, Verdict};

/// The code of a run that was asked to judge itself.
pub fn judged(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Within => 0,
        Verdict::Missed => 10,
        Verdict::Unsure => 11,
    })
}

/// The code of a finished run: the worst of what its gates say and, where `check` asks, of its own objective. What was missed is worse
/// than what cannot be told.
pub fn of_run(finished: &Finished, check: bool) -> ExitCode {
    let objective = if check { finished.verdict } else { Verdict::Within };
    let gates = finished.gates.as_ref().map_or(Verdict::Within, |judged| match judged.verdict {
        gate::Verdict::Pass => Verdict::Within,
        gate::Verdict::Fail => Verdict::Missed,
        gate::Verdict::None => Verdict::Unsure,
    });
    judged(match (objective, gates) {
        (Verdict::Missed, _) | (_, Verdict::Missed) => Verdict::Missed,
        (Verdict::Unsure, _) | (_, Verdict::Unsure) => Verdict::Unsure,
        _ => Verdict::Within,
    })
}
