//! What RRDtool writes that is not for us: its databases, whose layout is that of the machine, and their description.

use crate::formats::{Head, Input, Options, Parser, Reading};
use crate::problem::Problem;

/// A round-robin database.
pub(super) const RRD_BINARY: Parser =
    Parser { format: "rrd-binary", says: "RRDtool's database file", recognise: is_binary, read: refuse_binary };

/// `rrdtool info`.
pub(super) const RRD_INFO: Parser =
    Parser { format: "rrd-info", says: "rrdtool info, the description of a database", recognise: is_info, read: refuse_info };

fn is_binary(head: &Head) -> Option<String> {
    head.bytes.starts_with(b"RRD\0").then(|| "it begins with RRD and a zero byte".to_owned())
}

fn refuse_binary(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let message = "saw a binary RRD file, which is bound to the architecture that wrote it; expected its export as text";
    let help =
        "try to export it: rrdtool fetch FILE AVERAGE -r 300 -s START -e END (again for MAX), or rrdtool xport, or rrdtool dump";
    Err(vec![input.problem("ingest/not-a-series", message).help(help)])
}

fn is_info(head: &Head) -> Option<String> {
    let described = head.first_line().starts_with("filename = ") && head.text.contains("\nrrd_version = ");
    described.then(|| "it describes an RRD file".to_owned())
}

fn refuse_info(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let message =
        "saw rrdtool info: the description of data sources and archives, which holds no samples; expected an export of samples";
    Err(vec![input.problem("ingest/not-a-series", message).help("try rrdtool fetch, xport or dump on the database itself")])
}
