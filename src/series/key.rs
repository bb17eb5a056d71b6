use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// A metric name and its labels, written as Prometheus does: `cpu_cores{service="web",zone="a"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SeriesKey {
    /// What is measured.
    pub metric: String,
    /// Whose it is.
    pub labels: BTreeMap<String, String>,
}

impl SeriesKey {
    /// The demand of a pool for one resource: `cpu{pool="web"}`.
    #[must_use]
    pub fn demand(pool: &str, resource: &str) -> Self {
        Self { metric: resource.to_owned(), labels: BTreeMap::from([("pool".to_owned(), pool.to_owned())]) }
    }

    /// The pool label, where there is one.
    #[must_use]
    pub fn pool(&self) -> Option<&str> {
        self.labels.get("pool").map(String::as_str)
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        if self.labels.is_empty() {
            return Ok(());
        }
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
        write!(f, "{{{}}}", labels.join(","))
    }
}
