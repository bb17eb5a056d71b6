//! Gates: conditions on what a run found, for jobs that must stop when a plan is not safe.
//!
//! A condition is a small expression, such as `pool.checkout.p_shortfall_by("2027-03-31") > 0.05`. It can do nothing but read the
//! numbers of the table in `functions.rs`. Every number has an interval; a comparison that the interval spans is *unknown*, and
//! unknown is carried by Kleene's logic to the verdict, which then is none. A gate that fired stays so until its condition surely
//! holds no more.

mod ast;
mod check;
mod evaluate;
mod facts;
mod functions;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
mod value;
mod verdict;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::Model;

pub use facts::{Asked, Facts, Sight};
pub use functions::reference;
pub use value::Truth;
pub use verdict::{Judged, JudgedGate, JudgedTerm, Memory, Reading, State, Verdict, judge};

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// What a gate that fires does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The job fails.
    Fail,
    /// It is told.
    Warn,
}

impl Severity {
    /// Its flag on the command line.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Fail => "--fail-if",
            Self::Warn => "--warn-if",
        }
    }

    /// As in JSON.
    fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
        }
    }
}

/// One thing wrong with a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its stable name: `gate/unknown-pool`.
    pub slug: &'static str,
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What was seen.
    pub message: String,
    /// What is accepted, or what to do.
    pub help: Option<String>,
}

impl Fault {
    fn new(slug: &'static str, span: Range<usize>, message: String) -> Self {
        Self { slug, span, message, help: None }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// A condition that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What the gate would have done.
    pub severity: Severity,
    /// The condition as typed.
    pub text: String,
    /// All that is wrong with it; one or more.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Refused {
    /// Each fault under the condition, with a caret below its place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "error[{}]: {}", fault.slug, fault.message)?;
            let begin = self.text[..fault.span.start].rfind('\n').map_or(0, |at| at + 1);
            let line = self.text[begin..].split('\n').next().unwrap_or("");
            let (before, marked) = line.split_at(fault.span.start - begin);
            let marked = &marked[..marked.len().min(fault.span.end - fault.span.start)];
            let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let flag = self.severity.flag();
            if shown.len() <= lexer::LONGEST {
                write!(f, "\n  {flag} {shown}")?;
                let indent = " ".repeat(2 + flag.len() + 1 + before.chars().count());
                write!(f, "\n{indent}{}", "^".repeat(marked.chars().count().max(1)))?;
            }
            if let Some(help) = &fault.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

/// What a condition may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Pools, in the model's order.
    pub pools: Vec<String>,
    /// Scenarios, `base` first.
    pub scenarios: Vec<String>,
    /// Rare events, in the model's order.
    pub events: Vec<String>,
}

impl Names {
    /// Those of a model and its scenarios.
    #[must_use]
    pub fn of(model: &Model, scenarios: Vec<String>) -> Self {
        Self {
            pools: model.pools.iter().map(|pool| pool.name.clone()).collect(),
            scenarios,
            events: model.questions.iter().map(|question| question.name.clone()).collect(),
        }
    }
}

/// A gate that can be judged.
#[derive(Debug, Clone)]
pub struct Gate {
    /// What it does when it fires.
    pub severity: Severity,
    /// Its condition, printed in one way only: the same condition has the same text, however it was spaced.
    pub text: String,
    condition: check::Condition,
}

impl Gate {
    /// Reads a condition and looks its names up.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(severity: Severity, text: &str, names: &Names) -> Result<Self, Refused> {
        let refused = |faults| Refused { severity, text: text.to_owned(), faults };
        let expr = parser::parse(text).map_err(|fault| refused(vec![fault]))?;
        let condition = check::checked(&expr, names).map_err(refused)?;
        Ok(Self { severity, text: expr.to_string(), condition })
    }

    /// What it is remembered by from one run to the next.
    #[must_use]
    pub fn key(&self) -> String {
        verdict::key(self.severity, &self.text)
    }
}
