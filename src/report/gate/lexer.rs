//! From text to tokens.

use std::ops::Range;

use super::Fault;
use super::ast::{begins_word, in_word};

/// A condition may have so many bytes.
pub(super) const LONGEST: usize = 4_096;

/// Numbers are at most this.
const LARGEST: f64 = 1e15;

/// The smallest pieces.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A number; percents are divided by 100 already.
    Number(f64),
    /// A length of time.
    Days(f64),
    /// Text in quotes.
    Text(String),
    /// A word, or a name behind `pool.` and `scenario.`.
    Word(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// Nothing more.
    End,
}

/// Symbols, longer ones before their beginnings.
const SYMBOLS: [&str; 14] = ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ",", "."];

/// What other languages write, and what to write here.
const ELSEWHERE: [(&str, &str); 4] = [("&&", "and"), ("||", "or"), ("=", "=="), ("!", "not")];

/// The tokens of a condition with their places, [`Token::End`] last.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    if text.len() > LONGEST {
        let message = format!("the condition has {} bytes; at most {LONGEST} are read", text.len());
        return Err(Fault::new("gate/too-long", 0..0, message).help("give several gates: each flag may be repeated"));
    }
    let mut lexer = Lexer { text, at: 0, found: Vec::new(), expects: Expects::Anything };
    while let Some(c) = lexer.skip_space() {
        lexer.one(c)?;
    }
    lexer.found.push((Token::End, text.len()..text.len()));
    Ok(lexer.found)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    found: Vec<(Token, Range<usize>)>,
    expects: Expects,
}

/// Behind `pool.` and `scenario.` stands a name, which may have hyphens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    Anything,
    Dot,
    Name,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The bytes from here on whose characters are all so.
    fn run(&self, is: impl Fn(char) -> bool) -> usize {
        self.rest().find(|c| !is(c)).unwrap_or(self.rest().len())
    }

    fn skip_space(&mut self) -> Option<char> {
        self.at += self.run(char::is_whitespace);
        self.rest().chars().next()
    }

    fn push(&mut self, token: Token, bytes: usize) {
        self.expects = match (&token, self.expects) {
            (Token::Word(word), Expects::Anything) if word == "pool" || word == "scenario" => Expects::Dot,
            (Token::Symbol("."), Expects::Dot) => Expects::Name,
            _ => Expects::Anything,
        };
        self.found.push((token, self.at..self.at + bytes));
        self.at += bytes;
    }

    fn one(&mut self, c: char) -> Result<(), Fault> {
        if c.is_ascii_digit() {
            return self.number();
        }
        if c == '"' || c == '\'' {
            return self.quoted(c);
        }
        if begins_word(c) {
            let bytes = if self.expects == Expects::Name { self.name() } else { self.run(in_word) };
            let word = self.rest()[..bytes].to_owned();
            self.push(Token::Word(word), bytes);
            return Ok(());
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest().starts_with(symbol)) {
            self.push(Token::Symbol(symbol), symbol.len());
            return Ok(());
        }
        let elsewhere = ELSEWHERE.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        let seen = elsewhere.map_or(c.len_utf8(), |(sign, _)| sign.len());
        let span = self.at..self.at + seen;
        let fault = Fault::new("gate/syntax", span.clone(), format!("`{}` means nothing here", &self.text[span]));
        Err(match elsewhere {
            Some((_, here)) => fault.help(format!("write `{here}`")),
            None => fault,
        })
    }

    fn name(&self) -> usize {
        let mut bytes = self.run(in_word);
        while let Some(after) = self.rest()[bytes..].strip_prefix('-') {
            let more = after.find(|c| !in_word(c)).unwrap_or(after.len());
            if more == 0 {
                break;
            }
            bytes += 1 + more;
        }
        bytes
    }

    fn number(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        let digits = |from: usize| from + rest[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - from);
        let mut end = digits(0);
        if rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
            end = digits(end + 1);
        }
        let mantissa = end;
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            if digits(end + 1 + sign) > end + 1 + sign {
                end = digits(end + 1 + sign);
            }
        }
        let gap = rest[end..].len() - rest[end..].trim_start().len();
        let unit_from = end + gap;
        let word = rest[unit_from..].find(|c| !in_word(c)).map_or(rest.len(), |more| unit_from + more);
        let (token, bytes) = match &rest[unit_from..word] {
            "d" => (Token::Days(self.value(&rest[..end], 1.0)?), word),
            "w" => (Token::Days(self.value(&rest[..end], 7.0)?), word),
            // shifted in the text, so that 7 % is the number nearest to 0.07
            "" if rest[unit_from..].starts_with('%') && end == mantissa => {
                (Token::Number(self.value(&format!("{}e-2", &rest[..end]), 1.0)?), unit_from + 1)
            }
            unit if !unit.is_empty() && gap == 0 => {
                let span = self.at + unit_from..self.at + word;
                return Err(Fault::new("gate/syntax", span, format!("`{unit}` is no unit of a number"))
                    .help("lengths of time are in days or weeks: `30 d`, `4 w`; shares may be in percent: `5 %`"));
            }
            _ => (Token::Number(self.value(&rest[..end], 1.0)?), end),
        };
        self.push(token, bytes);
        Ok(())
    }

    fn value(&self, digits: &str, times: f64) -> Result<f64, Fault> {
        let number = digits.parse().ok().map(|number: f64| number * times).filter(|number| *number <= LARGEST);
        let wrong = || Fault::new("gate/syntax", self.at..self.at + 1, format!("numbers are at most {LARGEST:e}"));
        number.ok_or_else(wrong)
    }

    fn quoted(&mut self, quote: char) -> Result<(), Fault> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.push(Token::Text(text), at + 1);
                    return Ok(());
                }
                '\\' => text.extend(chars.next().map(|(_, next)| next)),
                c => text.push(c),
            }
        }
        let message = format!("the text that {quote} opens here is never closed");
        Err(Fault::new("gate/syntax", self.at..self.at + 1, message))
    }
}
