//! The past: regular series of bins, panels of them, and what was wrong with the data.

mod key;
mod panel;
mod quality;

pub use key::SeriesKey;
pub use panel::{Bin, Daily, Panel, Series};
pub use quality::{Quality, Remark, Severity};
