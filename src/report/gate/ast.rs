//! A condition as written, and how it is printed: the printed form is read back as the same condition.

use std::fmt;
use std::ops::Range;

/// A part of a condition, with its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// What can be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// `0.05`, `5 %`.
    Number(f64),
    /// `30 d`, `4 w`.
    Days(f64),
    /// `"2027-03-31"`.
    Text(String),
    /// `true`, `false`.
    Truth(bool),
    /// `null`.
    Null,
    /// `pool.checkout.exhaustion(0.5)`.
    Call(Call),
    /// `any_pool(…)`, `all_pools(…)`.
    Pools(Pools),
    /// `not …`.
    Not(Box<Expr>),
    /// `-…`.
    Negative(Box<Expr>),
    /// `… + …`.
    Binary(Op, Box<Expr>, Box<Expr>),
}

/// A name with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    /// Without quotes.
    pub text: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

/// A function that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// `scenario.NAME.`, where written.
    pub scenario: Option<Name>,
    /// Whose.
    pub of: Of,
    /// Its name.
    pub function: Name,
    /// What it is given.
    pub arguments: Vec<Expr>,
}

/// Whose a function is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Of {
    /// `report.`
    Report,
    /// `pool.NAME.`
    Pool(Name),
    /// Nobody's is named: each pool's in turn, or a function that needs none.
    Unnamed,
}

/// A condition on every pool in turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pools {
    /// `scenario.NAME.`, where written.
    pub scenario: Option<Name>,
    /// It must hold for all, not for any.
    pub every: bool,
    /// The condition.
    pub body: Box<Expr>,
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Less,
    AtMost,
    More,
    AtLeast,
    Same,
    Differs,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// How strongly `not` binds.
pub(super) const NOT: u8 = 3;
/// How strongly a comparison binds.
pub(super) const COMPARE: u8 = 4;
/// How strongly the minus before an operand binds.
pub(super) const NEGATIVE: u8 = 7;
/// An operand that is no operation.
const WHOLE: u8 = 8;

impl Op {
    /// Every operator, as written.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Or, "or"),
        (Self::And, "and"),
        (Self::Less, "<"),
        (Self::AtMost, "<="),
        (Self::More, ">"),
        (Self::AtLeast, ">="),
        (Self::Same, "=="),
        (Self::Differs, "!="),
        (Self::Add, "+"),
        (Self::Subtract, "-"),
        (Self::Multiply, "*"),
        (Self::Divide, "/"),
    ];

    /// As written.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(op, _)| *op == self).map_or("", |(_, text)| text)
    }

    /// How strongly it binds: more is tighter.
    pub fn binds(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less | Self::AtMost | Self::More | Self::AtLeast | Self::Same | Self::Differs => COMPARE,
            Self::Add | Self::Subtract => 5,
            Self::Multiply | Self::Divide => 6,
        }
    }
}

impl Expr {
    fn binds(&self) -> u8 {
        match &self.kind {
            Kind::Binary(op, ..) => op.binds(),
            Kind::Not(_) => NOT,
            Kind::Negative(_) => NEGATIVE,
            _ => WHOLE,
        }
    }

    /// In parentheses when it binds less than it must here.
    fn within(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.binds() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(number) => write!(f, "{}", shortest(*number)),
            Kind::Days(days) => write!(f, "{} d", shortest(*days)),
            Kind::Text(text) => quoted(f, text),
            Kind::Truth(truth) => write!(f, "{truth}"),
            Kind::Null => write!(f, "null"),
            Kind::Call(call) => write!(f, "{call}"),
            Kind::Pools(pools) => {
                scenario(f, pools.scenario.as_ref())?;
                write!(f, "{}({})", if pools.every { "all_pools" } else { "any_pool" }, pools.body)
            }
            Kind::Not(of) => {
                write!(f, "not ")?;
                of.within(f, NOT)
            }
            Kind::Negative(of) => {
                write!(f, "-")?;
                of.within(f, NEGATIVE)
            }
            Kind::Binary(op, left, right) => {
                // a comparison of a comparison makes no sense: both sides bind more; the others group from the left
                left.within(f, op.binds() + u8::from(op.binds() == COMPARE))?;
                write!(f, " {} ", op.text())?;
                right.within(f, op.binds() + 1)
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        scenario(f, self.scenario.as_ref())?;
        match &self.of {
            Of::Report => write!(f, "report.")?,
            Of::Pool(name) => {
                write!(f, "pool.")?;
                plain_or_quoted(f, &name.text)?;
                write!(f, ".")?;
            }
            Of::Unnamed => {}
        }
        write!(f, "{}", self.function.text)?;
        if self.arguments.is_empty() {
            return Ok(());
        }
        for (i, argument) in self.arguments.iter().enumerate() {
            write!(f, "{}{argument}", if i == 0 { "(" } else { ", " })?;
        }
        write!(f, ")")
    }
}

fn scenario(f: &mut fmt::Formatter<'_>, name: Option<&Name>) -> fmt::Result {
    let Some(name) = name else { return Ok(()) };
    write!(f, "scenario.")?;
    plain_or_quoted(f, &name.text)?;
    write!(f, ".")
}

/// The fewest digits that give the same number again.
fn shortest(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn plain_or_quoted(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) { write!(f, "{name}") } else { quoted(f, name) }
}

/// A name of a pool or scenario that needs no quotes: words joined by single hyphens, the first not beginning with a digit.
pub(super) fn is_plain(name: &str) -> bool {
    name.chars().next().is_some_and(begins_word) && name.split('-').all(|word| !word.is_empty() && word.chars().all(in_word))
}

/// May stand first in a word.
pub(super) fn begins_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// May stand in a word.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
