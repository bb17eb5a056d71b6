/// A rare event that is asked for by name: fewer than so many hosts of a pool up, at some moment within a time.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Question {
    /// Its name, part of the address of its draws.
    pub name: String,
    /// The pool.
    pub pool: String,
    /// Fewer hosts up than this; at least 1.
    pub below: u32,
    /// Within so many hours of a first day on which everything is up and new.
    pub within_hours: f64,
    /// Half of the 95 % interval ÷ probability at which it is sure enough, in (0, 1].
    pub precision: f64,
}
