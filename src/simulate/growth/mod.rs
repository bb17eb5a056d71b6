//! Growth that compounds month by month into a capacity line: many possible paths at once.
//!
//! Demand X starts at S and grows by a log-normal factor a month, ln(X_t / X_(t-1)) ~ N(ln(1 + g) - σ²/2, σ²), so that with
//! known inputs E(X_t) = S (1 + g)^t. S, g, σ and the sizes of launches and steps may be uncertain, and go together. Paths are
//! played in blocks; see `docs/concepts/growth-paths.md`.

mod answer;
mod block;
mod construction;
mod draws;
mod error;
mod law;
mod normals;
mod part;
mod projection;
mod sobol;
#[cfg(test)]
mod tests;
mod words;

pub use answer::{Answer, Month, Passage, Sure};
pub use block::PATHS_PER_BLOCK;
pub use construction::Construction;
pub use draws::{Sampling, Way};
pub use error::{Foreign, Invalid};
pub use part::{BATCHES, Part, play, project};
pub use projection::{Change, Event, Input, Projection, Question};
pub use words::{Misread, Words};
