//! What engines tell while they work. No result depends on it.

/// Something an engine wants known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage begins; `work` is how many parts it will report.
    Started {
        /// The stage, such as `forecast`.
        stage: &'a str,
        /// How many parts it has.
        work: u64,
    },
    /// `parts` more parts of the stage are done.
    Advanced {
        /// The stage.
        stage: &'a str,
        /// How many parts were finished since it last told.
        parts: u64,
    },
    /// The stage is done.
    Finished {
        /// The stage.
        stage: &'a str,
    },
}

/// Told of events, possibly from several threads; asked now and then whether to go on.
pub trait Observer: Sync {
    /// Takes note of an event.
    fn on(&self, event: &Event<'_>);

    /// Whether the user wants the work to stop; engines ask between parts and return early with their `Interrupted` error.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _event: &Event<'_>) {}
}
