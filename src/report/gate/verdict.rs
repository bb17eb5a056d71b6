//! From what holds to what a job is told: severity, the run before, sentences, tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::evaluate::{Read, holds};
use super::facts::Facts;
use super::functions::Type;
use super::value::Truth;
use super::{Gate, Severity};
use crate::report::{Cell, Column, Finding, Report, Section, Table, Weight, format};
use crate::time::Day;

/// Terms shown in a sentence; the table has all.
const SHOWN: usize = 4;

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its condition surely does not hold.
    Clear,
    /// Its condition surely holds.
    Fired,
    /// It fired in the run before, and cannot be told to hold no more.
    Held,
    /// It cannot be told, and did not fire before.
    Unsure,
}

impl State {
    /// As in JSON.
    fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Fired => "fired",
            Self::Held => "held",
            Self::Unsure => "unsure",
        }
    }
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// What all gates say together. Only those of severity [`Severity::Fail`] count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All are clear.
    Pass,
    /// One fired, or is still held.
    Fail,
    /// None of them fired, but one cannot be told.
    None,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A number, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reading {
    /// A day.
    Day(Day),
    /// A number.
    Number(f64),
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A term of a condition with what the run says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedTerm {
    /// As written.
    pub term: String,
    /// Its value; `None`: never within the horizon, overdue, or not known, as `says` says.
    pub value: Option<Reading>,
    /// At least this; `None`: no bound is known.
    pub low: Option<Reading>,
    /// At most this; `None`: no bound is known.
    pub high: Option<Reading>,
    /// All of it in words.
    pub says: String,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// A gate with what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedGate {
    /// What it does when it fires.
    pub severity: Severity,
    /// Its condition.
    pub condition: String,
    /// Whether it holds.
    pub holds: Truth,
    /// It had fired, or was held, in the run before.
    pub fired_before: bool,
    /// What it says.
    pub state: State,
    /// All of it in a sentence.
    pub sentence: String,
    /// What it rests on. Of `any_pool` and `all_pools` the pools that decide.
    pub terms: Vec<JudgedTerm>,
}

impl JudgedGate {
    /// As [`Gate::key`].
    #[must_use]
    pub fn key(&self) -> String {
        key(self.severity, &self.condition)
    }
}

/// What a gate is remembered by from one run to the next.
pub(super) fn key(severity: Severity, condition: &str) -> String {
    format!("{} {condition}", severity.flag())
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// All gates of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What they say together.
    pub verdict: Verdict,
    /// The confidence of every interval.
    pub confidence: f64,
    /// By gate, those that fail first, as they were given.
    pub gates: Vec<JudgedGate>,
}

/// Judges the gates of a run. `fired_before` knows gates by [`Gate::key`].
#[must_use]
pub fn judge(gates: &[Gate], facts: &Facts<'_>, fired_before: &dyn Fn(&str) -> bool) -> Judged {
    let gates: Vec<JudgedGate> = gates.iter().map(|gate| one(gate, facts, fired_before(&gate.key()))).collect();
    let counts = |state: &[State]| gates.iter().any(|gate| gate.severity == Severity::Fail && state.contains(&gate.state));
    let verdict = if counts(&[State::Fired, State::Held]) {
        Verdict::Fail
    } else if counts(&[State::Unsure]) {
        Verdict::None
    } else {
        Verdict::Pass
    };
    Judged { verdict, confidence: facts.confidence, gates }
}

fn one(gate: &Gate, facts: &Facts<'_>, fired_before: bool) -> JudgedGate {
    let (truth, read) = holds(&gate.condition, facts);
    let state = match (truth, fired_before) {
        (Truth::Yes, _) => State::Fired,
        (Truth::No, _) => State::Clear,
        (Truth::Unknown, true) => State::Held,
        (Truth::Unknown, false) => State::Unsure,
    };
    let confidence = share(facts.confidence);
    let terms: Vec<JudgedTerm> = read.iter().map(|read| judged_term(read, &confidence)).collect();
    let sentence = sentence(gate, state, &terms, &confidence);
    JudgedGate { severity: gate.severity, condition: gate.text.clone(), holds: truth, fired_before, state, sentence, terms }
}

fn sentence(gate: &Gate, state: State, terms: &[JudgedTerm], confidence: &str) -> String {
    let condition = &gate.text;
    let said = match (state, gate.severity) {
        (State::Clear, _) => format!("Gate clear: {condition} does not hold"),
        (State::Fired, Severity::Fail) => format!("Gate failed: {condition} holds"),
        (State::Fired, Severity::Warn) => format!("Gate warns: {condition} holds"),
        (State::Held, Severity::Fail) => format!("Gate still failed: {condition} held before and may still hold"),
        (State::Held, Severity::Warn) => format!("Gate still warns: {condition} held before and may still hold"),
        (State::Unsure, _) => format!("Gate without a verdict: {condition} cannot be told with {confidence} confidence"),
    };
    let mut read: Vec<String> = terms.iter().take(SHOWN).map(|term| format!("{} is {}", term.term, term.says)).collect();
    if terms.len() > SHOWN {
        read.push(format!("and {} more", terms.len() - SHOWN));
    }
    if read.is_empty() { format!("{said}.") } else { format!("{said}; {}.", read.join("; ")) }
}

fn share(value: f64) -> String {
    format!("{} %", format::number(100.0 * value))
}

fn judged_term(read: &Read, confidence: &str) -> JudgedTerm {
    let spread = read.found.spread;
    let reading = |number: f64| {
        number.is_finite().then(|| match read.gives {
            // results lie around the horizon; the calendar ends somewhere
            Type::Date => Reading::Day(Day(number.floor().clamp(-3e6, 2e6) as i32)),
            _ => Reading::Number(number),
        })
    };
    let words = |number: f64| match (reading(number), read.gives) {
        (Some(Reading::Day(day)), _) => format::day(day),
        (Some(Reading::Number(number)), Type::Share) => share(number),
        (Some(Reading::Number(number)), _) => format::number(number),
        (None, _) if read.found.null == Truth::No && read.gives != Type::Date => "no bound".to_owned(),
        (None, _) if number > 0.0 => "never within the horizon".to_owned(),
        (None, _) => "overdue".to_owned(),
    };
    let value = spread.value.map_or_else(|| "not known".to_owned(), words);
    let mut more = Vec::new();
    let open = read.found.null != Truth::Yes && spread.low != spread.high;
    if open && (spread.low.is_finite() || spread.high.is_finite()) {
        more.push(format!("{confidence}: {} to {}", words(spread.low), words(spread.high)));
    }
    more.extend(read.found.note.map(str::to_owned));
    let says = if more.is_empty() { value } else { format!("{value} ({})", more.join("; ")) };
    JudgedTerm {
        term: read.text.clone(),
        value: spread.value.and_then(reading),
        low: reading(spread.low),
        high: reading(spread.high),
        says,
    }
}

impl Judged {
    /// Adds the gates to a report: its JSON, a section, two tables.
    pub fn add_to(self, report: &mut Report) {
        let findings = self.gates.iter().map(|gate| Finding {
            sentence: gate.sentence.clone(),
            pool: None,
            weight: match (gate.state, gate.severity) {
                (State::Clear, _) => Weight::Good,
                (State::Fired | State::Held, Severity::Fail) => Weight::Act,
                _ => Weight::Watch,
            },
            value: None,
            low: None,
            high: None,
            interval: Some(format!("{} confidence", share(self.confidence))),
            method: "three-valued comparison of each number's interval".to_owned(),
            evidence: Some("gate-terms".to_owned()),
            row: None,
        });
        let section = Section {
            // the numbered questions of a plan come before those of a job
            number: report.sections.last().map_or(1, |last| last.number + 1),
            id: "gates".to_owned(),
            question: "What do the gates of this job say?".to_owned(),
            findings: findings.collect(),
            tables: vec!["gates".to_owned(), "gate-terms".to_owned()],
            charts: Vec::new(),
            caveats: vec![
                "The intervals are those of the simulation; whether the model and its forecasts are right they cannot say."
                    .to_owned(),
            ],
        };
        report.sections.push(section);
        report.tables.extend([self.table(), self.terms()]);
        report.gates = Some(self);
    }

    fn table(&self) -> Table {
        let row = |(i, gate): (usize, &JudgedGate)| {
            vec![
                Cell::Integer(i as i64 + 1),
                Cell::Text(gate.severity.word().to_owned()),
                Cell::Text(gate.state.word().to_owned()),
                Cell::Text(gate.holds.word().to_owned()),
                Cell::Flag(gate.fired_before),
                Cell::Text(gate.condition.clone()),
            ]
        };
        let columns = [
            ("gate", "Gate"),
            ("severity", "Severity"),
            ("state", "Says"),
            ("holds", "Holds"),
            ("fired_before", "Fired in the run before"),
            ("condition", "Condition"),
        ];
        table("gates", "Gates of this job", &columns, self.gates.iter().enumerate().map(row).collect())
    }

    fn terms(&self) -> Table {
        let number = |reading: Option<Reading>| match reading {
            Some(Reading::Number(number)) => Cell::Number(number),
            _ => Cell::Missing,
        };
        let day = |reading: Option<Reading>| match reading {
            Some(Reading::Day(day)) => Cell::Day(day),
            _ => Cell::Missing,
        };
        let each = self.gates.iter().enumerate().flat_map(|(i, gate)| gate.terms.iter().map(move |term| (i, term)));
        let row = |(i, term): (usize, &JudgedTerm)| {
            let mut row = vec![Cell::Integer(i as i64 + 1), Cell::Text(term.term.clone()), Cell::Text(term.says.clone())];
            row.extend([term.value, term.low, term.high].map(number));
            row.extend([term.value, term.low, term.high].map(day));
            row
        };
        let columns = [
            ("gate", "Gate"),
            ("term", "Asked"),
            ("says", "Is"),
            ("value", "Number"),
            ("low", "Low"),
            ("high", "High"),
            ("day", "Day"),
            ("day_low", "Earliest"),
            ("day_high", "Latest"),
        ];
        table("gate-terms", "What the gates rest on", &columns, each.map(row).collect())
    }
}

fn table(id: &str, title: &str, columns: &[(&str, &str)], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(|(name, heading)| Column::new(name, heading, "")).collect();
    Table { id: id.to_owned(), title: title.to_owned(), columns, rows }
}

/// What gates said in the last run of a model, for the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// By [`Gate::key`].
    pub gates: BTreeMap<String, Remembered>,
}

/// What one gate said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The last day of the history of the run that said it.
    pub as_of: Day,
    /// The digest of that run.
    pub run: String,
    /// It fired, or was held.
    pub fired: bool,
    /// So it had in the run before that one.
    pub fired_before: bool,
}

impl Memory {
    /// Whether a gate had fired before a run. The same run again has the same past; a run of an earlier day knows nothing of later ones.
    #[must_use]
    pub fn fired_before(&self, key: &str, as_of: Day, run: &str) -> bool {
        self.gates.get(key).is_some_and(|held| match held {
            held if held.run == run => held.fired_before,
            held => held.fired && held.as_of <= as_of,
        })
    }

    /// Remembers what a run said. What a run of a later day said stays.
    pub fn remember(&mut self, judged: &Judged, as_of: Day, run: &str) {
        for gate in &judged.gates {
            let key = gate.key();
            if self.gates.get(&key).is_some_and(|held| held.as_of > as_of) {
                continue;
            }
            let fired = matches!(gate.state, State::Fired | State::Held);
            self.gates.insert(key, Remembered { as_of, run: run.to_owned(), fired, fired_before: gate.fired_before });
        }
    }
}
