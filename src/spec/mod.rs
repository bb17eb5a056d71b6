//! Model files: TOML as typed by a person, resolved to `Model`, sources and scenarios. All problems are told at once.

mod choice;
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
mod source;
mod uncertain;
mod values;
mod work;

pub use choice::{ChoiceDeclared, UnitDeclared, load_choice, parse_choice};
pub use explain::explain;
pub use init::init;
pub use load::{Declared, ScenarioDeclared, Settings, load, parse};
pub use reference::{reference, schema};
