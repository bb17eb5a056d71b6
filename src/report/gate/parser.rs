//! From tokens to a condition, by binding powers: Pratt (1973), *Top down operator precedence*, POPL.

use std::ops::Range;

use super::Fault;
use super::ast::{COMPARE, Call, Expr, Kind, NEGATIVE, NOT, Name, Of, Op, Pools};
use super::lexer::{Token, tokens};

/// Operations and brackets may lie so deep within each other.
pub(super) const DEEPEST: usize = 100;

const WORDS: [&str; 6] = ["and", "or", "not", "true", "false", "null"];

/// Reads a condition.
pub(super) fn parse(text: &str) -> Result<Expr, Fault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let (expr, _) = parser.operation(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        Token::Symbol(")") => Err(parser.wrong("no bracket is open that this one could close".to_owned())),
        _ => Err(parser.wrong(format!("expected an operator, but found {}", parser.seen()))),
    }
}

fn too_deep(span: Range<usize>) -> Fault {
    Fault::new("gate/too-deep", span, format!("operations lie more than {DEEPEST} deep within each other"))
        .help("give several gates: each flag may be repeated")
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
}

/// A part and how deep it is.
type Deep = (Expr, usize);

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at].1.clone()
    }

    /// The token here, [`Token::End`] any number of times.
    fn take(&mut self) -> (Token, Range<usize>) {
        let taken = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        taken
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(here) if *here == symbol)
    }

    fn expect(&mut self, symbol: &'static str) -> Result<Range<usize>, Fault> {
        if self.is_symbol(symbol) {
            return Ok(self.take().1);
        }
        Err(self.wrong(format!("expected `{symbol}`, but found {}", self.seen())))
    }

    fn wrong(&self, message: String) -> Fault {
        Fault::new("gate/syntax", self.span(), message)
    }

    fn seen(&self) -> String {
        match self.peek() {
            Token::Number(_) | Token::Days(_) => "a number".to_owned(),
            Token::Text(_) => "text in quotes".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::End => "the end".to_owned(),
        }
    }

    /// The operator here, if one is.
    fn operator(&self) -> Option<Op> {
        let text = match self.peek() {
            Token::Symbol(symbol) => *symbol,
            Token::Word(word) => word.as_str(),
            _ => return None,
        };
        Op::ALL.iter().find(|(_, written)| *written == text).map(|(op, _)| *op)
    }

    /// Operands joined by operators that bind at least so.
    fn operation(&mut self, least: u8) -> Result<Deep, Fault> {
        if self.depth >= DEEPEST {
            return Err(too_deep(self.span()));
        }
        self.depth += 1;
        let done = self.joined(least);
        self.depth -= 1;
        done
    }

    fn joined(&mut self, least: u8) -> Result<Deep, Fault> {
        let (mut left, mut depth) = self.operand()?;
        let mut compared = false;
        while let Some(op) = self.operator().filter(|op| op.binds() >= least) {
            let (_, place) = self.take();
            if compared && op.binds() == COMPARE {
                let message = "a comparison cannot be compared again".to_owned();
                return Err(Fault::new("gate/syntax", place, message).help("join two comparisons: `a < b and b < c`"));
            }
            compared = op.binds() == COMPARE;
            let (right, right_depth) = self.operation(op.binds() + 1)?;
            depth = depth.max(right_depth) + 1;
            if depth > DEEPEST {
                return Err(too_deep(place));
            }
            let span = left.span.start..right.span.end;
            left = Expr { kind: Kind::Binary(op, Box::new(left), Box::new(right)), span };
        }
        Ok((left, depth))
    }

    fn operand(&mut self) -> Result<Deep, Fault> {
        let (token, span) = self.take();
        let whole = |kind, span| Ok((Expr { kind, span }, 1));
        match token {
            Token::Number(number) => whole(Kind::Number(number), span),
            Token::Days(days) => whole(Kind::Days(days), span),
            Token::Text(text) => whole(Kind::Text(text), span),
            Token::Symbol("(") => {
                let (mut inner, depth) = self.operation(0)?;
                inner.span = span.start..self.expect(")")?.end;
                Ok((inner, depth))
            }
            Token::Symbol("-") => self.prefixed(span, NEGATIVE, Kind::Negative),
            Token::Word(word) => match word.as_str() {
                "not" => self.prefixed(span, NOT, Kind::Not),
                "true" | "false" => whole(Kind::Truth(word == "true"), span),
                "null" => whole(Kind::Null, span),
                "and" | "or" => Err(Fault::new("gate/syntax", span, format!("`{word}` needs something before it"))),
                _ => self.path(word, span),
            },
            Token::Symbol(symbol) => Err(Fault::new("gate/syntax", span, format!("`{symbol}` needs something before it"))),
            Token::End => {
                let message = if self.tokens.len() == 1 { "the condition is empty" } else { "something is missing at the end" };
                Err(Fault::new("gate/syntax", span, message.to_owned()))
            }
        }
    }

    fn prefixed(&mut self, span: Range<usize>, binds: u8, kind: fn(Box<Expr>) -> Kind) -> Result<Deep, Fault> {
        let (inner, depth) = self.operation(binds)?;
        if depth >= DEEPEST {
            return Err(too_deep(span));
        }
        let span = span.start..inner.span.end;
        Ok((Expr { kind: kind(Box::new(inner)), span }, depth + 1))
    }

    /// `scenario.NAME.pool.NAME.function(…)` and its shorter forms, from its first word on.
    fn path(&mut self, first: String, start: Range<usize>) -> Result<Deep, Fault> {
        let (mut word, mut place, mut scenario) = (first, start.clone(), None);
        if word == "scenario" {
            scenario = Some(self.name("scenario")?);
            self.expect(".")?;
            (word, place) = self.word("`pool`, `any_pool` or `all_pools`")?;
        }
        if word == "any_pool" || word == "all_pools" {
            self.expect("(")?;
            let (body, depth) = self.operation(0)?;
            let end = self.expect(")")?.end;
            if depth >= DEEPEST {
                return Err(too_deep(place));
            }
            let pools = Pools { scenario, every: word == "all_pools", body: Box::new(body) };
            return Ok((Expr { kind: Kind::Pools(pools), span: start.start..end }, depth + 1));
        }
        let of = match word.as_str() {
            "pool" => Of::Pool(self.name("pool")?),
            "report" if scenario.is_none() => Of::Report,
            _ if scenario.is_some() => {
                let message = format!("`{word}` is nothing of a scenario");
                return Err(Fault::new("gate/syntax", place, message)
                    .help("a scenario has `pool.NAME.…`, `any_pool(…)` and `all_pools(…)`"));
            }
            _ if self.is_symbol(".") => {
                return Err(Fault::new("gate/syntax", place, format!("nothing begins with `{word}.`"))
                    .help("names begin with `pool.NAME.`, `scenario.NAME.` or `report.`"));
            }
            _ => Of::Unnamed,
        };
        if of != Of::Unnamed {
            self.expect(".")?;
            (word, place) = self.word("the name of a function")?;
        }
        let function = Name { text: word, span: place };
        let (arguments, end, depth) = self.arguments(function.span.end)?;
        let call = Call { scenario, of, function, arguments };
        Ok((Expr { kind: Kind::Call(call), span: start.start..end }, depth + 1))
    }

    fn word(&mut self, what: &str) -> Result<(String, Range<usize>), Fault> {
        match self.peek().clone() {
            Token::Word(word) if !WORDS.contains(&word.as_str()) => Ok((word, self.take().1)),
            _ => Err(self.wrong(format!("expected {what}, but found {}", self.seen()))),
        }
    }

    /// `.NAME`, plain or in quotes.
    fn name(&mut self, of: &str) -> Result<Name, Fault> {
        self.expect(".")?;
        match self.peek().clone() {
            Token::Word(text) | Token::Text(text) => Ok(Name { text, span: self.take().1 }),
            _ => Err(self
                .wrong(format!("expected the name of a {of}, but found {}", self.seen()))
                .help("names of other characters than letters, digits, `_` and `-` stand in quotes: `pool.\"my pool\"`")),
        }
    }

    /// What stands in the brackets, if any, where they end, and how deep it is.
    fn arguments(&mut self, end: usize) -> Result<(Vec<Expr>, usize, usize), Fault> {
        if !self.is_symbol("(") {
            return Ok((Vec::new(), end, 0));
        }
        let open = self.take().1;
        let (mut arguments, mut deepest) = (Vec::new(), 0);
        while !self.is_symbol(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            let (argument, depth) = self.operation(0)?;
            deepest = deepest.max(depth);
            arguments.push(argument);
        }
        if deepest >= DEEPEST {
            return Err(too_deep(open));
        }
        Ok((arguments, self.take().1.end, deepest))
    }
}
