use crate::source::{Kind, OnDuplicate, OnInvalid, TimeForm};
use crate::time::Zone;

use super::Stat;

/// Which columns of a table hold what. Empty: found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// The time column.
    pub time: Option<String>,
    /// The columns whose values name the entity; `None`: found out; empty: the table is one series a value column.
    pub entity: Option<Vec<String>>,
    /// The column that names the metric (long form).
    pub metric: Option<String>,
    /// The value columns: one for long form, several for wide form.
    pub value: Vec<String>,
    /// The column of the unit of each row.
    pub unit: Option<String>,
}

impl Mapping {
    /// The declared entity columns; none where they are to be found out.
    #[must_use]
    pub fn entities(&self) -> &[String] {
        self.entity.as_deref().unwrap_or_default()
    }
}

/// What the user declares of an input; everything else is found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The format's name; `None` to find out.
    pub format: Option<String>,
    /// The zone of times without an offset; `None`: UTC is taken, and the question asked.
    pub zone: Option<Zone>,
    /// The instant of a snapshot that has no time of its own, in nanoseconds since 1970.
    pub at: Option<i64>,
    /// The instant from which relative times count, in nanoseconds since 1970.
    pub origin: Option<i64>,
    /// The meaning of the columns of a file without a header, in order.
    pub columns: Option<Vec<String>>,
    /// Which columns hold what.
    pub mapping: Mapping,
    /// The form of the times.
    pub time: TimeForm,
    /// The unit of all values, as written.
    pub unit: Option<String>,
    /// The kind of all series.
    pub kind: Option<Kind>,
    /// The statistic of all series.
    pub stat: Option<Stat>,
    /// Text in another encoding: `latin1`. UTF-8 and UTF-16 with a mark are found out.
    pub latin1: bool,
    /// See [`OnInvalid`].
    pub on_invalid: OnInvalid,
    /// See [`OnDuplicate`]. Identical ones are dropped in any case.
    pub on_duplicate: OnDuplicate,
    /// Highest share of rows that may be left out under `null` and `skip`, 0 to 1.
    pub max_bad: f64,
    /// Any warning refuses the file.
    pub strict: bool,
    /// Largest uncompressed size that is read whole into memory, in bytes.
    pub most_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: None,
            zone: None,
            at: None,
            origin: None,
            columns: None,
            mapping: Mapping::default(),
            time: TimeForm::Auto,
            unit: None,
            kind: None,
            stat: None,
            latin1: false,
            on_invalid: OnInvalid::Error,
            on_duplicate: OnDuplicate::Error,
            max_bad: 0.001,
            strict: false,
            most_bytes: 1 << 30,
        }
    }
}
