use super::Error;
use crate::report::Report;

/// The whole report as one line of JSON, numbers in full precision.
///
/// # Errors
/// [`Error::Json`], which no report built by `compose` causes.
pub fn json(report: &Report) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec(report)?;
    bytes.push(b'\n');
    Ok(bytes)
}
