//! From a condition as written to one that can be answered: names looked up, types checked, every fault told.

use std::ops::Range;

use super::ast::{Call, Expr, Kind, Name, Of, Op, Pools};
use super::functions::{Ask, FUNCTIONS, Function, Home, Null, Parameter, Type};
use super::{Fault, Names};
use crate::model::Level;
use crate::problem::nearest;
use crate::time::{Day, Month};

/// A condition that can be answered.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Known(bool),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
    Compared(Op, Amount, Amount),
    /// A function is null.
    Null(Box<Term>),
    /// For any or every pool; the terms know their scenario.
    Pools {
        every: bool,
        body: Box<Condition>,
    },
}

impl Condition {
    /// Every term that it rests on.
    pub(super) fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Known(_) => Vec::new(),
            Self::Not(of) => of.terms(),
            Self::Both(left, right) | Self::Either(left, right) => [left.terms(), right.terms()].concat(),
            Self::Compared(_, left, right) => [left.terms(), right.terms()].concat(),
            Self::Null(term) => vec![term],
            Self::Pools { body, .. } => body.terms(),
        }
    }
}

impl Amount {
    fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Fixed(_) | Self::Today | Self::End => Vec::new(),
            Self::Negative(of) => of.terms(),
            Self::Joined(_, left, right) => [left.terms(), right.terms()].concat(),
            Self::Term(term) => vec![term],
        }
    }
}

/// A number, or a day counted from 1970-01-01.
#[derive(Debug, Clone)]
pub(super) enum Amount {
    Fixed(f64),
    Today,
    End,
    Negative(Box<Amount>),
    Joined(Op, Box<Amount>, Box<Amount>),
    Term(Box<Term>),
}

/// A function with what it is given.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// Position among the scenarios.
    pub scenario: usize,
    pub whose: Whose,
    pub ask: Ask,
    pub gives: Type,
    pub null: Null,
    pub arguments: Vec<Argument>,
    /// As written.
    pub call: Call,
}

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Report,
    /// Position among the pools.
    Pool(usize),
    /// The pool that is looked at in turn.
    Each,
}

/// What a function is given.
#[derive(Debug, Clone)]
pub(super) enum Argument {
    Day(Amount),
    Month(Month),
    Share(f64),
    Loss(Level),
    /// Position among the rare events.
    Event(usize),
}

/// Looks up and checks a whole condition.
pub(super) fn checked(expr: &Expr, names: &Names) -> Result<Condition, Vec<Fault>> {
    let mut checker = Checker { names, faults: Vec::new(), within: None };
    match checker.condition(expr) {
        Some(condition) if checker.faults.is_empty() => Ok(condition),
        _ => Err(checker.faults),
    }
}

struct Checker<'n> {
    names: &'n Names,
    faults: Vec<Fault>,
    /// The scenario whose pools are looked at in turn here.
    within: Option<usize>,
}

fn is_comparison(op: Op) -> bool {
    matches!(op, Op::Less | Op::AtMost | Op::More | Op::AtLeast | Op::Same | Op::Differs)
}

impl Checker<'_> {
    fn fault<T>(&mut self, slug: &'static str, span: &Range<usize>, message: String, help: &str) -> Option<T> {
        let fault = Fault::new(slug, span.clone(), message);
        self.faults.push(if help.is_empty() { fault } else { fault.help(help) });
        None
    }

    fn condition(&mut self, expr: &Expr) -> Option<Condition> {
        match &expr.kind {
            Kind::Truth(truth) => Some(Condition::Known(*truth)),
            Kind::Not(of) => Some(Condition::Not(Box::new(self.condition(of)?))),
            Kind::Binary(op @ (Op::And | Op::Or), left, right) => {
                let (left, right) = (self.condition(left), self.condition(right));
                let (left, right) = (Box::new(left?), Box::new(right?));
                Some(if *op == Op::And { Condition::Both(left, right) } else { Condition::Either(left, right) })
            }
            Kind::Binary(op, left, right) if is_comparison(*op) => self.comparison(*op, left, right),
            Kind::Pools(pools) => self.pools(pools, &expr.span),
            Kind::Text(_) | Kind::Null => {
                self.fault("gate/type", &expr.span, "this is not a condition".to_owned(), "a condition compares: `… > 0.05`")
            }
            Kind::Number(_) | Kind::Days(_) | Kind::Call(_) | Kind::Negative(_) | Kind::Binary(..) => {
                let (_, gives) = self.amount(expr)?;
                let message = format!("this is {}, not a condition", gives.says());
                self.fault("gate/type", &expr.span, message, "compare it: `… > 0.05`, `… < \"2027-03-31\"`, `… == null`")
            }
        }
    }

    fn pools(&mut self, pools: &Pools, span: &Range<usize>) -> Option<Condition> {
        if self.within.is_some() {
            let message = "this already looks at every pool in turn".to_owned();
            return self.fault("gate/type", span, message, "`any_pool` and `all_pools` do not stand within each other");
        }
        let scenario = self.scenario(pools.scenario.as_ref());
        self.within = Some(scenario.unwrap_or(0));
        let body = self.condition(&pools.body);
        self.within = None;
        scenario?;
        Some(Condition::Pools { every: pools.every, body: Box::new(body?) })
    }

    fn comparison(&mut self, op: Op, left: &Expr, right: &Expr) -> Option<Condition> {
        match (&left.kind, &right.kind) {
            (Kind::Null, _) => return self.null(op, right, &left.span),
            (_, Kind::Null) => return self.null(op, left, &right.span),
            _ => {}
        }
        let is_text = |expr: &Expr| matches!(expr.kind, Kind::Text(_));
        let (a, b) = if is_text(left) && !is_text(right) {
            let right = self.amount(right)?;
            (self.as_wanted(left, right.1), Some(right))
        } else {
            let left = self.amount(left);
            let wanted = left.as_ref().map_or(Type::Date, |(_, gives)| *gives);
            (left, self.as_wanted(right, wanted))
        };
        let ((a, a_gives), (b, b_gives)) = (a?, b?);
        let numbers = |gives| matches!(gives, Type::Number | Type::Share);
        if a_gives != b_gives && !(numbers(a_gives) && numbers(b_gives)) {
            let span = left.span.start..right.span.end;
            let message = format!("{} and {} cannot be compared", a_gives.says(), b_gives.says());
            return self.fault("gate/type", &span, message, "days are text: \"2027-03-31\"; lengths of time have a unit: `30 d`");
        }
        for (expr, amount, other) in [(right, &b, a_gives), (left, &a, b_gives)] {
            if let Amount::Fixed(number) = amount
                && other == Type::Share
                && !(0.0..=1.0).contains(number)
            {
                let message = format!("a probability is between 0 and 1, never {number}");
                return self.fault("gate/out-of-range", &expr.span, message, "write `5 %` or `0.05`");
            }
        }
        Some(Condition::Compared(op, a, b))
    }

    /// Text is a day where a day is wanted.
    fn as_wanted(&mut self, expr: &Expr, wanted: Type) -> Option<(Amount, Type)> {
        match &expr.kind {
            Kind::Text(text) if wanted == Type::Date => Some((Amount::Fixed(self.day(text, &expr.span)?), Type::Date)),
            _ => self.amount(expr),
        }
    }

    fn null(&mut self, op: Op, other: &Expr, null: &Range<usize>) -> Option<Condition> {
        if op != Op::Same && op != Op::Differs {
            let message = "null is neither less nor more than anything".to_owned();
            return self.fault("gate/type", null, message, "write `== null` or `!= null`");
        }
        let (Amount::Term(term), _) = self.amount(other)? else {
            return self.fault("gate/type", &other.span, "only a function may be null".to_owned(), "");
        };
        if term.null == Null::No {
            let message = format!("`{}` is never null", term.call.function.text);
            return self.fault("gate/type", &other.span, message, "");
        }
        let is = Condition::Null(term);
        Some(if op == Op::Same { is } else { Condition::Not(Box::new(is)) })
    }

    fn amount(&mut self, expr: &Expr) -> Option<(Amount, Type)> {
        match &expr.kind {
            Kind::Number(number) => Some((Amount::Fixed(*number), Type::Number)),
            Kind::Days(days) => Some((Amount::Fixed(*days), Type::Days)),
            Kind::Text(_) => {
                let message = "text stands where a number or a date is wanted".to_owned();
                self.fault("gate/type", &expr.span, message, "a day in a sum is written `date(\"2027-03-31\")`")
            }
            Kind::Null => {
                self.fault("gate/type", &expr.span, "null is no number".to_owned(), "compare a function with it: `… == null`")
            }
            Kind::Negative(of) => {
                let (of, gives) = self.amount(of)?;
                let gives = match gives {
                    Type::Number | Type::Share => Type::Number,
                    Type::Days => Type::Days,
                    Type::Date => return self.fault("gate/type", &expr.span, "a date has no minus".to_owned(), ""),
                };
                let negative =
                    if let Amount::Fixed(number) = of { Amount::Fixed(-number) } else { Amount::Negative(Box::new(of)) };
                Some((negative, gives))
            }
            Kind::Binary(op @ (Op::Add | Op::Subtract | Op::Multiply | Op::Divide), left, right) => {
                self.arithmetic(*op, left, right, &expr.span)
            }
            Kind::Call(call) => self.call(call, &expr.span),
            Kind::Truth(_) | Kind::Not(_) | Kind::Binary(..) | Kind::Pools(_) => {
                self.fault("gate/type", &expr.span, "a condition stands where a number or a date is wanted".to_owned(), "")
            }
        }
    }

    fn arithmetic(&mut self, op: Op, left: &Expr, right: &Expr, span: &Range<usize>) -> Option<(Amount, Type)> {
        let (left, right) = (self.amount(left), self.amount(right));
        let ((left, a), (right, b)) = (left?, right?);
        let plain = |gives| if gives == Type::Share { Type::Number } else { gives };
        let gives = match (plain(a), op, plain(b)) {
            (Type::Number, _, Type::Number) => Type::Number,
            (Type::Days, Op::Add | Op::Subtract, Type::Days)
            | (Type::Days, Op::Multiply | Op::Divide, Type::Number)
            | (Type::Number, Op::Multiply, Type::Days)
            | (Type::Date, Op::Subtract, Type::Date) => Type::Days,
            (Type::Days, Op::Divide, Type::Days) => Type::Number,
            (Type::Date, Op::Add | Op::Subtract, Type::Days) | (Type::Days, Op::Add, Type::Date) => Type::Date,
            _ => {
                let message = format!("`{}` does not join {} and {}", op.text(), a.says(), b.says());
                return self.fault("gate/type", span, message, "lengths of time have a unit: `today + 90 d`");
            }
        };
        Some((Amount::Joined(op, Box::new(left), Box::new(right)), gives))
    }

    fn day(&mut self, text: &str, span: &Range<usize>) -> Option<f64> {
        match text.parse::<Day>() {
            Ok(day) => Some(f64::from(day.0)),
            Err(_) => self.fault("gate/not-a-date", span, format!("`{text}` is not a day"), "days are written \"2027-03-31\""),
        }
    }

    fn scenario(&mut self, name: Option<&Name>) -> Option<usize> {
        let Some(name) = name else { return Some(0) };
        let names = self.names;
        self.named(name, &names.scenarios, "gate/unknown-scenario", "scenario")
    }

    fn named(&mut self, name: &Name, known: &[String], slug: &'static str, what: &str) -> Option<usize> {
        if let Some(found) = known.iter().position(|one| *one == name.text) {
            return Some(found);
        }
        let words: Vec<&str> = known.iter().map(String::as_str).collect();
        self.fault(slug, &name.span, format!("no {what} is named `{}`", name.text), &suggestion(&name.text, &words))
    }

    fn call(&mut self, call: &Call, span: &Range<usize>) -> Option<(Amount, Type)> {
        let scenario = match (&call.of, self.within) {
            (Of::Unnamed, Some(scenario)) => Some(scenario),
            _ => self.scenario(call.scenario.as_ref()),
        };
        let names = self.names;
        let whose = match &call.of {
            Of::Report => Some(Whose::Report),
            Of::Pool(name) => self.named(name, &names.pools, "gate/unknown-pool", "pool").map(Whose::Pool),
            Of::Unnamed => Some(Whose::Each),
        };
        let function = self.function(call);
        let (scenario, whose, function) = (scenario?, whose?, function?);
        let arguments = self.arguments(call, function, span)?;
        if function.home == Home::PlannedPool && scenario != 0 {
            let message = format!("`{}` is known for `{}` only: the plan is made for it", function.name, self.names.scenarios[0]);
            return self.fault("gate/base-only", &call.function.span, message, "");
        }
        let amount = match (function.ask, arguments.as_slice()) {
            (Ask::Today, _) => Amount::Today,
            (Ask::End, _) => Amount::End,
            (Ask::Date, [Argument::Day(day)]) => day.clone(),
            (ask, _) => Amount::Term(Box::new(Term {
                scenario,
                whose,
                ask,
                gives: function.gives,
                null: function.null,
                arguments,
                call: call.clone(),
            })),
        };
        Some((amount, function.gives))
    }

    fn function(&mut self, call: &Call) -> Option<&'static Function> {
        let name = call.function.text.as_str();
        let is_of_pool = |home| matches!(home, Home::Pool | Home::PlannedPool);
        let fits = |function: &&Function| match call.of {
            Of::Report => function.home == Home::Report,
            Of::Pool(_) => is_of_pool(function.home),
            Of::Unnamed => function.home == Home::Free || (self.within.is_some() && is_of_pool(function.home)),
        };
        if let Some(found) = FUNCTIONS.iter().filter(fits).find(|function| function.name == name) {
            return Some(found);
        }
        if call.of == Of::Unnamed && FUNCTIONS.iter().any(|function| function.name == name && is_of_pool(function.home)) {
            let help = format!("write `pool.NAME.{name}`, or `any_pool(…)` around the condition");
            return self.fault("gate/needs-a-pool", &call.function.span, format!("`{name}` is asked of a pool"), &help);
        }
        let mut words: Vec<&str> = FUNCTIONS.iter().filter(fits).map(|function| function.name).collect();
        if call.of == Of::Unnamed {
            words.extend(["pool", "scenario", "report", "any_pool", "all_pools", "not", "and", "or", "true", "false", "null"]);
        }
        let whose = match call.of {
            Of::Report => "of the report ",
            Of::Pool(_) => "of a pool ",
            Of::Unnamed => "",
        };
        let help = suggestion(name, &words);
        self.fault("gate/unknown-function", &call.function.span, format!("nothing {whose}is named `{name}`"), &help)
    }

    fn arguments(&mut self, call: &Call, function: &Function, span: &Range<usize>) -> Option<Vec<Argument>> {
        if call.arguments.len() != function.takes.len() {
            let takes: Vec<&str> = function.takes.iter().map(|parameter| parameter.says()).collect();
            let wanted = if takes.is_empty() { "nothing".to_owned() } else { format!("({})", takes.join(", ")) };
            let message = format!("`{}` takes {wanted}, but was given {}", function.name, call.arguments.len());
            return self.fault("gate/arguments", span, message, "");
        }
        let each = call.arguments.iter().zip(function.takes);
        let found: Vec<Option<Argument>> = each.map(|(expr, parameter)| self.argument(expr, *parameter)).collect();
        found.into_iter().collect()
    }

    fn argument(&mut self, expr: &Expr, parameter: Parameter) -> Option<Argument> {
        let span = &expr.span;
        match (parameter, &expr.kind) {
            (Parameter::Month, Kind::Text(text)) if text.len() == 7 => match format!("{text}-01").parse::<Day>() {
                Ok(day) => Some(Argument::Month(day.month())),
                Err(_) => {
                    self.fault("gate/not-a-date", span, format!("`{text}` is not a month"), "months are written \"2027-03\"")
                }
            },
            (Parameter::Month, Kind::Text(text)) => {
                let day = self.day(text, span)?;
                Some(Argument::Month(Day(day as i32).month()))
            }
            (Parameter::Day | Parameter::Month, _) => {
                let (amount, gives) = self.as_wanted(expr, Type::Date)?;
                if gives != Type::Date || !is_fixed(&amount) {
                    let message = "a fixed date is wanted here".to_owned();
                    return self.fault("gate/type", span, message, "such as \"2027-03-31\" or `today + 90 d`");
                }
                Some(Argument::Day(amount))
            }
            (Parameter::Share, Kind::Number(share)) if *share > 0.0 && *share < 1.0 => Some(Argument::Share(*share)),
            (Parameter::Share, _) => {
                let message = "a number strictly between 0 and 1 is wanted here".to_owned();
                self.fault("gate/out-of-range", span, message, "such as `0.5` or `10 %`")
            }
            (Parameter::Loss, Kind::Text(text)) => {
                let levels = [Level::Host, Level::Rack, Level::Zone];
                match levels.into_iter().find(|level| level.name() == text) {
                    Some(level) => Some(Argument::Loss(level)),
                    None => self.fault("gate/arguments", span, format!("`{text}` is no loss"), "\"host\", \"rack\" or \"zone\""),
                }
            }
            (Parameter::Event, Kind::Text(text)) => {
                let (name, names) = (Name { text: text.clone(), span: span.clone() }, self.names);
                self.named(&name, &names.events, "gate/unknown-event", "rare event").map(Argument::Event)
            }
            (Parameter::Loss | Parameter::Event, _) => {
                self.fault("gate/type", span, "text in quotes is wanted here".to_owned(), "")
            }
        }
    }
}

/// It does not rest on what the run finds.
fn is_fixed(amount: &Amount) -> bool {
    match amount {
        Amount::Fixed(_) | Amount::Today | Amount::End => true,
        Amount::Negative(of) => is_fixed(of),
        Amount::Joined(_, left, right) => is_fixed(left) && is_fixed(right),
        Amount::Term(_) => false,
    }
}

fn suggestion(seen: &str, known: &[&str]) -> String {
    // names that nobody types are not worth the work of comparing them
    if seen.chars().count() <= 64
        && let Some(near) = nearest(seen, known)
    {
        return format!("did you mean `{near}`?");
    }
    let some: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
    match (some.len(), known.len().saturating_sub(12)) {
        (0, _) => "there is none".to_owned(),
        (_, 0) => format!("there are {}", some.join(", ")),
        (_, more) => format!("there are {} and {more} more", some.join(", ")),
    }
}
