//! Problems of one input, gathered while it is read: the first ones in full, the rest counted.

use super::Input;
use crate::problem::Problem;

/// Problems told in full.
const MOST: usize = 20;

/// Longest piece of the input that a message repeats, in characters.
const LONGEST_SEEN: usize = 40;

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Problem>,
    more: u64,
}

impl Faults {
    /// One more.
    pub(super) fn add(&mut self, problem: Problem) {
        if self.found.len() < MOST { self.found.push(problem) } else { self.more += 1 }
    }

    /// All of them, or nothing.
    ///
    /// # Errors
    /// What was found, and how many more there are.
    pub(super) fn told(mut self, input: &Input) -> Result<(), Vec<Problem>> {
        if self.more > 0 {
            let message = format!("saw {} more problems like these, expected none", self.more);
            self.found.push(input.problem("ingest/more", message).help("try to fix the ones above first"));
        }
        if self.found.is_empty() { Ok(()) } else { Err(self.found) }
    }
}

/// A piece of the input as messages show it: cut, and without control characters.
pub(super) fn seen(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let cut: String = text.chars().take(LONGEST_SEEN).map(plain).collect();
    if cut.len() < text.len() && text.chars().count() > LONGEST_SEEN { format!("{cut}…") } else { cut }
}

/// An input that is of a known format and carries no series: `saw` says what it is.
pub(super) fn not_a_series(input: &Input, saw: &str, help: &str) -> Vec<Problem> {
    vec![input.problem("ingest/not-a-series", format!("saw {saw}, expected series of numbers over time")).help(help)]
}

/// An answer in which a server says that it could not answer: its own words are told, shortened where they are very long.
pub(super) fn server_error(input: &Input, server: &str, said: &str) -> Vec<Problem> {
    let said: String = said.chars().filter(|c| !c.is_control()).take(500).collect();
    let message = format!("saw an error document of {server}: {said}; expected series of numbers over time");
    vec![input.problem("ingest/server-error", message).help("try the query again with what the server asks for")]
}
