//! What stands in an input, told before anything is done with it: format and why, series, span, steps, units, labels, what is odd, what
//! only the user knows, and the command and model lines that follow from it.

mod command;
mod describe;
mod questions;
mod steps;
mod text;

pub use describe::{
    Column, FormatLine, Found, Inspection, LabelLine, Metric, QuestionLine, SampleLine, Samples, describe, formats,
};
pub use steps::Step;
pub use text::{formats_text, text};
