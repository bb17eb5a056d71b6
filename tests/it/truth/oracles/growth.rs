//! Demand that grows into a capacity.

use super::case::Check;

/// Families answered here.
pub const FAMILIES: &[&str] = &[];

pub fn simulated(_into: &mut Vec<Check>) {}
