//! Model files: TOML as typed by a person, resolved to `Model`, sources and scenarios. All problems are told at once.

mod buying;
mod called;
mod choice;
mod commit;
mod explain;
mod init;
mod keys;
mod laws;
mod line;
mod load;
mod model;
mod plan;
mod reader;
mod reference;
mod scenario;
mod set;
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a model file is written and read back")]
mod set_tests;
mod source;
mod stated;
mod uncertain;
mod values;
mod work;

pub use choice::{ChoiceDeclared, UnitDeclared, load_choice, parse_choice};
pub use commit::commit;
pub use explain::explain;
pub use init::init;
pub use load::{Declared, ScenarioDeclared, Settings, load, load_with, parse};
pub use reference::{reference, schema};
pub use values::hours;
