mod answers;
mod grammar;
mod logic;
mod names;
mod verdicts;

use super::*;

/// Two pools, two scenarios, one rare event.
fn names() -> Names {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Names { pools: list(&["api", "check out"]), scenarios: list(&["base", "launch-2027"]), events: list(&["three down"]) }
}

fn read(text: &str) -> Result<Gate, Refused> {
    Gate::read(Severity::Fail, text, &names())
}
