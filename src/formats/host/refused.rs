//! What sysstat writes that carries no series for us: its binary data files and the description of one.

use crate::formats::{Head, Input, Options, Parser, Reading};
use crate::problem::Problem;

/// The daily data files of sadc (`/var/log/sa/sa23`): a magic number, then records whose layout changes with every version.
pub(super) const SA_BINARY: Parser =
    Parser { format: "sa-binary", says: "sadc's binary data file", recognise: is_sa_file, read: refuse_sa_file };

/// `sadf -H`.
pub(super) const SADF_HEADER: Parser =
    Parser { format: "sadf-header", says: "sadf -H, the description of a data file", recognise: is_header, read: refuse_header };

fn is_sa_file(head: &Head) -> Option<String> {
    // sysstat's magic 0xD596, then that of the layout, 0x21xx since version 7; either byte order
    let sa = matches!(head.bytes[..], [0x96, 0xD5, _, 0x21, ..] | [0xD5, 0x96, 0x21, _, ..]);
    sa.then(|| "it begins with the magic number of sysstat's data files".to_owned())
}

fn refuse_sa_file(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let message =
        "saw a binary sar data file, which is bound to the version of sysstat that wrote it; expected its export as text";
    let help = "try to export it on its host: sadf -d -U FILE -- -A (or sadf -j FILE -- -A)";
    Err(vec![input.problem("ingest/not-a-series", message).help(help)])
}

fn is_header(head: &Head) -> Option<String> {
    let line = head.first_line();
    let described =
        line.starts_with("System activity data file:") || (line.starts_with("File: ") && head.text.contains("sysstat version"));
    described.then(|| "its first line describes a sar data file".to_owned())
}

fn refuse_header(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let message = "saw the description of a sar data file (sadf -H), which holds no samples; expected the export of its samples";
    Err(vec![input.problem("ingest/not-a-series", message).help("try sadf -d -U FILE -- -A on the data file itself")])
}
