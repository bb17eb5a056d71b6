//! TODO

use super::Parser;

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[];
