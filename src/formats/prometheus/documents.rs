//! JSON inputs of one or several documents: one in many lines, or one in each line.

use serde::de::DeserializeOwned;

use super::super::{Input, Options};
use super::lines::each_line;
use super::told::Told;
use crate::problem::Problem;

/// Gives every document to `each`, with its line (0 where documents span lines). What cannot be parsed is told; lines after it are
/// still read.
///
/// # Errors
/// Those of reading, and those of `each`.
pub(super) fn each_document<T: DeserializeOwned>(
    input: &Input,
    options: &Options,
    told: &mut Told<'_>,
    each: &mut dyn FnMut(u64, T, &mut Told<'_>) -> Result<(), Problem>,
) -> Result<(), Vec<Problem>> {
    if one_a_line(input)? {
        return each_line(input, options.most_bytes, &mut |line, text| {
            if text.trim().is_empty() {
                return Ok(());
            }
            match serde_json::from_str(text) {
                Ok(document) => each(line, document, told),
                Err(error) => {
                    told.add(broken(input, &error).at_line(line));
                    Ok(())
                }
            }
        });
    }
    let bytes = input.bytes(options.most_bytes)?;
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
    for document in serde_json::Deserializer::from_slice(bytes).into_iter() {
        match document {
            Ok(document) => each(0, document, told).map_err(|problem| vec![problem])?,
            Err(error) => told.add(broken(input, &error).at_line(error.line() as u64)),
        }
    }
    Ok(())
}

/// Whether the first line is a whole document and something follows it.
fn one_a_line(input: &Input) -> Result<bool, Vec<Problem>> {
    let head = input.head()?;
    let mut lines = head.text.lines();
    let first = lines.find(|line| !line.trim().is_empty()).unwrap_or("");
    if lines.next().is_none() {
        // The first line is longer than the head: one document in one line, or the first of several such lines.
        return Ok(head.bytes.len() >= 1 << 16);
    }
    let mut documents = serde_json::Deserializer::from_str(first).into_iter::<serde::de::IgnoredAny>();
    Ok(matches!(documents.next(), Some(Ok(_))) && documents.next().is_none())
}

/// A document that is not JSON, ends early, or has another shape.
pub(super) fn broken(input: &Input, error: &serde_json::Error) -> Problem {
    if error.is_eof() {
        let message = format!("saw the document end early ({error}), expected it whole");
        return input.problem("ingest/truncated", message).help("try to copy or download the file again");
    }
    let message = format!("saw JSON of another shape ({error}), expected the published one");
    input.problem("ingest/malformed", message).help("try the export again, or --format with another format")
}
