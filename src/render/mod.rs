//! From the evidence to files: HTML, Markdown, JSON, tables, charts. No number is made here.

mod cell;
mod chart;
mod error;
mod files;
mod font;
mod frame;
mod html;
mod json;
mod markdown;
mod png;

pub use chart::{Size, plain_svg, sized_svg, svg};
pub use error::Error;
pub use files::files;
pub use frame::{Frame, FrameWriter, Values, csv, frame_csv, frame_parquet, noted_parquet, parquet, read_noted_parquet};
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use png::png;
