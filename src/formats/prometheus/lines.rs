//! Lines of an input, each of bounded length.

use std::io::{BufRead, Read};

use super::super::Input;
use crate::problem::Problem;

/// The longest line of a text of samples.
pub(super) const LONGEST: u64 = 1 << 20;

/// Gives every line, without its ending, to `each` with its number from 1. `each` may stop with problems of its own.
///
/// # Errors
/// `ingest/huge-field` for a line longer than `longest`, `ingest/not-utf8`, `ingest/truncated`, and those of `each`.
pub(super) fn each_line(
    input: &Input,
    longest: u64,
    each: &mut dyn FnMut(u64, &str) -> Result<(), Problem>,
) -> Result<(), Vec<Problem>> {
    let (mut source, mut bytes, mut line) = (input.open()?, Vec::new(), 0_u64);
    loop {
        bytes.clear();
        line += 1;
        let read = source.by_ref().take(longest.saturating_add(1)).read_until(b'\n', &mut bytes);
        let count = read.map_err(|error| vec![input.broken(&error, &format!("{} lines", line - 1))])?;
        if count == 0 {
            return Ok(());
        }
        if bytes.len() as u64 > longest {
            let message = format!("saw a line of more than {longest} bytes, expected at most that");
            return Err(vec![input.problem("ingest/huge-field", message).at_line(line).help("try to split the export by time")]);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            let message = "saw a byte that is not UTF-8, expected UTF-8 text";
            vec![input.problem("ingest/not-utf8", message).at_line(line).help("try to save it as UTF-8")]
        })?;
        let text = if line == 1 { text.trim_start_matches('\u{FEFF}') } else { text };
        each(line, text.trim_end_matches(['\n', '\r'])).map_err(|problem| vec![problem])?;
    }
}
