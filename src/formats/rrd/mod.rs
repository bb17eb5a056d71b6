//! What RRDtool writes: fetch, xport, dump; and what it writes that carries no series.

mod dump;
mod fetch;
mod refused;
mod xport;

use super::Parser;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] =
    &[refused::RRD_BINARY, refused::RRD_INFO, xport::RRD_XPORT_JSON, xport::RRD_XPORT_XML, dump::RRD_DUMP_XML, fetch::RRD_FETCH];
