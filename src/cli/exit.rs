//! From what happened to an exit code.

use std::process::ExitCode;

use crate::report::gate;
use crate::run::{Finished, Verdict};

/// The code of a finished run: the worst of what its gates say and, where asked for, of its own objective. What was missed is worse than
/// what cannot be told.
pub fn judged(finished: &Finished, check: bool) -> ExitCode {
    let objective = match finished.verdict {
        _ if !check => gate::Verdict::Pass,
        Verdict::Within => gate::Verdict::Pass,
        Verdict::Missed => gate::Verdict::Fail,
        Verdict::Unsure => gate::Verdict::None,
    };
    let gates = finished.gates.as_ref().map_or(gate::Verdict::Pass, |judged| judged.verdict);
    ExitCode::from(match (objective, gates) {
        (gate::Verdict::Fail, _) | (_, gate::Verdict::Fail) => 10,
        (gate::Verdict::None, _) | (_, gate::Verdict::None) => 11,
        _ => 0,
    })
}
