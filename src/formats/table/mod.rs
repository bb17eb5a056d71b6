//! Tables: downloads, logs and traces of particular producers first, then any delimited text.

use super::Parser;

mod azure_trace;
mod bitbrains;
mod grafana;
mod grafana_cells;
mod pdh;
mod records;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[grafana::PARSER, pdh::PARSER, bitbrains::PARSER, azure_trace::PARSER];
