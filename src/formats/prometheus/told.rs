//! Problems of one input, gathered until its end: the first twenty are told, the others counted.

use super::super::{Input, OnInvalid, Options, Reading};
use crate::problem::Problem;

/// Problems told one by one; the rest is a number.
const MOST: usize = 20;

/// What is wrong with an input so far.
pub(super) struct Told<'i> {
    input: &'i Input,
    problems: Vec<Problem>,
    more: u64,
    left_out: u64,
}

impl<'i> Told<'i> {
    pub(super) fn new(input: &'i Input) -> Self {
        Self { input, problems: Vec::new(), more: 0, left_out: 0 }
    }

    /// One more problem that refuses the input.
    pub(super) fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST { self.problems.push(problem) } else { self.more += 1 }
    }

    /// A record that cannot be read: a problem, unless the user has bad records left out.
    pub(super) fn invalid(&mut self, reading: &mut Reading<'_>, options: &Options, line: u64, message: impl Into<String>) {
        if options.on_invalid == OnInvalid::Error {
            let problem = self.input.problem("ingest/malformed", message);
            let problem = if line > 0 { problem.at_line(line) } else { problem };
            self.add(problem.help("try --on-invalid skip, or correct the line"));
            return;
        }
        self.left_out += 1;
        let message = message.into();
        reading.warn("invalid-left-out", line, || format!("records that cannot be read are left out; the first: {message}"));
    }

    /// Refuses when there is a problem, or when more records were left out than allowed.
    pub(super) fn finish(mut self, reading: &Reading<'_>, options: &Options) -> Result<(), Vec<Problem>> {
        if self.left_out as f64 > options.max_bad * reading.rows as f64 {
            let message = format!(
                "saw {} of {} records that cannot be read, expected a share of at most {}",
                self.left_out, reading.rows, options.max_bad
            );
            self.add(self.input.problem("ingest/too-many-bad", message).help("try --max-bad with a larger share"));
        }
        if self.more > 0 {
            let message = format!("saw {} more problems like these", self.more);
            self.problems.push(self.input.problem("ingest/malformed", message).help("try to correct the first ones"));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

/// Text seen, cut for a message.
pub(super) fn seen(text: &str) -> String {
    let mut cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}
