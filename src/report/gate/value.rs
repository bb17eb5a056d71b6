//! Truth with a third value, and numbers with the interval that they are known to lie in.

use serde::{Deserialize, Serialize};

use super::ast::Op;

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// Whether something holds: strong three-valued logic. Kleene (1952), *Introduction to Metamathematics*, §64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not.
    No,
    /// It cannot be told.
    Unknown,
    /// It does.
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// As in JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }

    /// Both hold: the lesser of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them holds: the greater of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// A number and what it is known to lie within. Days are counted from 1970-01-01; ends may be infinite, none is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// The estimate; `None`: there is none.
    pub value: Option<f64>,
    /// At least this.
    pub low: f64,
    /// At most this.
    pub high: f64,
}

impl Spread {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { value: None, low: f64::NEG_INFINITY, high: f64::INFINITY };

    /// Known exactly.
    pub fn exact(value: f64) -> Self {
        Self { value: Some(value), low: value, high: value }
    }

    /// An estimate with its interval.
    pub fn between(value: f64, low: f64, high: f64) -> Self {
        Self { value: Some(value), low, high }
    }

    /// The same with the sign turned.
    pub fn negative(self) -> Self {
        Self { value: self.value.map(|value| -value), low: -self.high, high: -self.low }
    }

    /// The interval that an operation must lie within, whatever the operands are within theirs; [`Spread::UNKNOWN`] where it is not
    /// defined, as for a division by what may be 0. Moore (1966), *Interval Analysis*, §2.
    pub fn joined(self, op: Op, other: Self) -> Self {
        let apply = |a: f64, b: f64| match op {
            Op::Add => a + b,
            Op::Subtract => a - b,
            Op::Multiply => a * b,
            _ => a / b,
        };
        if op == Op::Divide && other.low <= 0.0 && other.high >= 0.0 {
            return Self::UNKNOWN;
        }
        let ends = match op {
            Op::Add => vec![self.low + other.low, self.high + other.high],
            Op::Subtract => vec![self.low - other.high, self.high - other.low],
            _ => [self.low, self.high].iter().flat_map(|a| [other.low, other.high].map(|b| apply(*a, b))).collect(),
        };
        if ends.iter().any(|end| end.is_nan()) {
            return Self::UNKNOWN;
        }
        let value = self.value.zip(other.value).map(|(a, b)| apply(a, b)).filter(|value| !value.is_nan());
        Self {
            value,
            low: ends.iter().copied().fold(f64::INFINITY, f64::min),
            high: ends.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Surely, surely not, or not to be told.
    pub fn compared(self, op: Op, other: Self) -> Truth {
        match op {
            Op::Less => less(self, other),
            Op::More => less(other, self),
            Op::AtLeast => !less(self, other),
            Op::AtMost => !less(other, self),
            Op::Differs => !same(self, other),
            _ => same(self, other),
        }
    }
}

fn less(a: Spread, b: Spread) -> Truth {
    if a.high < b.low {
        Truth::Yes
    } else if a.low >= b.high {
        Truth::No
    } else {
        Truth::Unknown
    }
}

fn same(a: Spread, b: Spread) -> Truth {
    if a.low == a.high && b.low == b.high && a.low == b.low {
        Truth::Yes
    } else if a.high < b.low || b.high < a.low {
        Truth::No
    } else {
        Truth::Unknown
    }
}
