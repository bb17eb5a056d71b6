//! What the readers of XML share.

use quick_xml::events::{BytesRef, BytesStart};

use crate::formats::{Input, Options};
use crate::problem::Problem;

/// XML as text: UTF-8, or ISO-8859-1 where it is not (the tools write what they were given, whatever they declare).
pub(in crate::formats) fn text(input: &Input, options: &Options) -> Result<String, Vec<Problem>> {
    let bytes = input.bytes(options.most_bytes)?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| error.as_bytes().iter().map(|byte| char::from(*byte)).collect()))
}

/// A problem of the XML itself, at its line.
pub(in crate::formats) fn broken(input: &Input, text: &str, position: u64, saw: &str) -> Vec<Problem> {
    let before = usize::try_from(position).ok().and_then(|end| text.as_bytes().get(..end)).unwrap_or(text.as_bytes());
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    vec![input.problem("ingest/bad-xml", format!("saw {saw}, expected XML")).at_line(line).help("try the export again")]
}

/// The name of an element.
pub(in crate::formats) fn name(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

/// The text of `&amp;` and its like.
pub(in crate::formats) fn resolved(reference: &BytesRef<'_>) -> String {
    let whole = format!("&{};", &**reference);
    quick_xml::escape::unescape(&whole).map_or_else(|_| whole.clone(), std::borrow::Cow::into_owned)
}

/// Names and values of an element's attributes.
pub(in crate::formats) fn attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let unescaped =
        |value: &str| quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), std::borrow::Cow::into_owned);
    start.attributes().with_checks(false).flatten().map(|one| (one.key.as_ref().to_owned(), unescaped(&one.value))).collect()
}
