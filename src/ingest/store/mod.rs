//! The store: series of many exports in one folder, acknowledged file by file.
//!
//! ```text
//! store/index.json                              what was acknowledged, and the table of series; replaced whole
//! store/data/<yyyy-mm>/<hash>-<n>.parquet       series, at, value, whole; sorted by series and instant; never changed
//! store/.lock                                   held by the one writer
//! ```
//!
//! A part is on disk before the index that names it, and the index is written beside its place, synced and renamed: a process
//! that is killed at any instant loses nothing that it acknowledged, and what no index names is removed by the next writer. An
//! input is known by the checksum of its content: the same bytes again are nothing new, and other bytes under the same path
//! replace what that path gave before. Whether two inputs overlap is settled when reading, so that inputs can come in any order.

mod bins;
mod chunks;
mod index;
mod inputs;
mod merge;
mod parts;
mod scan;
mod writer;

pub use bins::HourBin;
pub use index::{Acknowledged, Entry, Part};
pub use inputs::inputs;
pub use scan::{Select, Store, Stored};
pub use writer::{Fill, Outcome, Place, Receipt, Writer, ingest};
