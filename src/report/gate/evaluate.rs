//! Whether a condition holds of a run, and on which numbers that rests.

use std::collections::BTreeSet;

use super::ast::{Call, Name, Of};
use super::check::{Amount, Condition, Term, Whose};
use super::facts::{Facts, Found};
use super::functions::Type;
use super::value::{Spread, Truth};

/// A term with what it gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    /// As written, with the pool's name where it was looked at in turn.
    pub text: String,
    pub gives: Type,
    pub found: Found,
}

/// Whether it holds, and what it was read from, each once, in the order of the text and of the pools.
///
/// Of `any_pool` and `all_pools` only the pools that decide are kept.
pub(super) fn holds(condition: &Condition, facts: &Facts<'_>) -> (Truth, Vec<Read>) {
    let mut reader = Reader { facts, pool: None, log: Log::default() };
    let truth = reader.holds(condition);
    (truth, reader.log.read)
}

/// What was read, each text once.
#[derive(Default)]
struct Log {
    read: Vec<Read>,
    texts: BTreeSet<String>,
}

impl Log {
    fn keep(&mut self, read: Read) {
        if self.texts.insert(read.text.clone()) {
            self.read.push(read);
        }
    }
}

struct Reader<'a> {
    facts: &'a Facts<'a>,
    /// The pool that is looked at in turn.
    pool: Option<usize>,
    log: Log,
}

impl Reader<'_> {
    fn holds(&mut self, condition: &Condition) -> Truth {
        match condition {
            Condition::Known(truth) => Truth::from(*truth),
            Condition::Not(of) => !self.holds(of),
            Condition::Both(left, right) => {
                let left = self.holds(left);
                left.and(self.holds(right))
            }
            Condition::Either(left, right) => {
                let left = self.holds(left);
                left.or(self.holds(right))
            }
            Condition::Compared(op, left, right) => {
                let left = self.amount(left);
                left.compared(*op, self.amount(right))
            }
            Condition::Null(term) => self.term(term).null,
            Condition::Pools { every, body } => self.pools(*every, body),
        }
    }

    fn pools(&mut self, every: bool, body: &Condition) -> Truth {
        let before = std::mem::take(&mut self.log);
        let mut each = Vec::new();
        for pool in 0..self.facts.model().map_or(0, |model| model.pools.len()) {
            self.pool = Some(pool);
            let truth = self.holds(body);
            each.push((truth, std::mem::take(&mut self.log)));
        }
        (self.pool, self.log) = (None, before);
        let all = each.iter().map(|(truth, _)| *truth);
        let whole = if every { all.fold(Truth::Yes, Truth::and) } else { all.fold(Truth::No, Truth::or) };
        for read in each.into_iter().filter(|(truth, _)| *truth == whole).flat_map(|(_, log)| log.read) {
            self.log.keep(read);
        }
        whole
    }

    fn amount(&mut self, amount: &Amount) -> Spread {
        match amount {
            Amount::Negative(of) => self.amount(of).negative(),
            Amount::Joined(op, left, right) => {
                let left = self.amount(left);
                left.joined(*op, self.amount(right))
            }
            Amount::Term(term) => self.term(term).spread,
            Amount::Fixed(_) | Amount::Today | Amount::End => self.facts.fixed(amount),
        }
    }

    fn term(&mut self, term: &Term) -> Found {
        let found = self.facts.ask(term, self.pool);
        self.log.keep(Read { text: self.text(term), gives: term.gives, found: found.clone() });
        found
    }

    fn text(&self, term: &Term) -> String {
        let pool = self.pool.filter(|_| term.whose == Whose::Each).zip(self.facts.model());
        let Some(pool) = pool.and_then(|(pool, model)| model.pools.get(pool)) else { return term.call.to_string() };
        let named = |text: &str| Name { text: text.to_owned(), span: 0..0 };
        // a term within `scenario.NAME.any_pool(…)` is of that scenario, though it does not name it
        let other = (term.scenario > 0).then(|| self.facts.scenarios.get(term.scenario)).flatten();
        let scenario = other.map(|scenario| named(&scenario.name));
        Call { scenario, of: Of::Pool(named(&pool.name)), ..term.call.clone() }.to_string()
    }
}
