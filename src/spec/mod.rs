//! Model files: TOML as typed by a person, resolved to `Model`, sources and scenarios.
