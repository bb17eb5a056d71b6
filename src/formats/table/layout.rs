//! What each column of a table holds: the time, names of things, the metric, the unit, values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::cells::{self, Cell, Marks};
use super::look::Look;
use super::times::{Form, number_form, text_forms};
use super::{cut, names};
use crate::formats::{Input, Options};
use crate::problem::Problem;
use crate::source::Kind;

/// A column of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) at: usize,
    /// Its name, and what that states.
    pub(super) name: String,
    pub(super) unit: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) stat: Option<String>,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) names: Vec<String>,
    pub(super) time: usize,
    /// The column with the time of day, where the time column has dates only.
    pub(super) clock: Option<usize>,
    /// The forms that the times may have: several when nothing seen so far tells them apart.
    pub(super) forms: Vec<Form>,
    pub(super) labels: Vec<usize>,
    pub(super) metric: Option<usize>,
    pub(super) unit: Option<usize>,
    pub(super) values: Vec<Value>,
    pub(super) marks: Marks,
    /// Columns left out, and why.
    pub(super) ignored: Vec<(usize, &'static str)>,
    /// Marks between thousands were seen, or a comma before decimals: an example.
    pub(super) example: Option<String>,
}

impl Layout {
    /// The time that a row of the first look has, put together where date and time of day stand apart.
    pub(super) fn time_of<'r>(&self, row: &'r [String]) -> Option<Cow<'r, str>> {
        let date = row.get(self.time)?;
        let Some(clock) = self.clock else { return Some(Cow::Borrowed(date)) };
        Some(Cow::Owned(joined(date, row.get(clock)?)))
    }

    /// One row an observation of a named metric (or of the one value), rather than a column for each.
    pub(super) fn is_long(&self) -> bool {
        let one = self.values.len() == 1 && !self.labels.is_empty();
        self.metric.is_some() || one && names::VALUES.contains(&self.values[0].name.to_lowercase().as_str())
    }

    /// Each column with its role, for `inspect`.
    pub(super) fn roles(&self) -> Vec<(String, String)> {
        let mut roles = vec!["left out (not mapped)".to_owned(); self.names.len()];
        let mut play = |at: usize, role: String| roles.get_mut(at).map(|place| *place = role);
        // what comes later counts more
        for value in self.values.iter().rev() {
            play(value.at, value.unit.as_ref().map_or_else(|| "value".to_owned(), |unit| format!("value [{unit}]")));
        }
        for (at, why) in self.ignored.iter().rev() {
            play(*at, format!("left out ({why})"));
        }
        for at in &self.labels {
            play(*at, "entity".to_owned());
        }
        for (at, role) in [(self.unit, "unit"), (self.metric, "metric")] {
            at.and_then(|at| play(at, role.to_owned()));
        }
        for at in self.clock.into_iter().chain([self.time]) {
            play(at, format!("time ({})", self.forms[0].says()));
        }
        self.names.iter().cloned().zip(roles).collect()
    }
}

/// A date and a time of day that stand apart, as one text.
pub(super) fn joined(date: &str, of_day: &str) -> String {
    let zero = if of_day.as_bytes().get(1) == Some(&b':') { "0" } else { "" };
    format!("{date} {zero}{of_day}")
}

/// What the looked-at cells of one column are.
#[derive(Debug, Default)]
struct Profile {
    filled: usize,
    numbers: usize,
    /// All numbers are whole.
    whole: bool,
    distinct: usize,
    /// Numbers are 0, 1, 2, … or 1, 2, 3, …
    counts_rows: bool,
}

impl Profile {
    fn is_numeric(&self) -> bool {
        self.numbers * 2 >= self.filled
    }
}

struct Finder<'l> {
    input: &'l Input,
    options: &'l Options,
    look: &'l Look,
    marks: Marks,
    profiles: Vec<Profile>,
}

/// Finds out what each column holds; what is declared counts first.
///
/// # Errors
/// `ingest/missing-column`, `ingest/no-time-column`, `ingest/no-value-column`, `ingest/needs-origin`.
pub(super) fn layout(input: &Input, options: &Options, look: &Look) -> Result<Layout, Vec<Problem>> {
    let (marks, example) = marks(look);
    let profiles = (0..look.names.len()).map(|at| profile(look, at, marks)).collect();
    let mut layout = Finder { input, options, look, marks, profiles }.layout()?;
    layout.example = example;
    Ok(layout)
}

impl Finder<'_> {
    fn layout(&self) -> Result<Layout, Vec<Problem>> {
        self.mapped_exist()?;
        let (time, clock, forms) = self.time()?;
        let mut free: Vec<usize> = (0..self.look.names.len()).filter(|at| *at != time && clock != Some(*at)).collect();
        let mut ignored = Vec::new();
        let mapping = &self.options.mapping;
        let unit = self.mapped(mapping.unit.as_ref()).or_else(|| self.unit(&free));
        let metric = self.mapped(mapping.metric.as_ref()).or_else(|| {
            // a declared value column names its metric itself
            if mapping.value.is_empty() { self.metric(&free) } else { None }
        });
        free.retain(|at| unit != Some(*at) && metric != Some(*at));
        let named = |names: &[String]| -> Vec<usize> { names.iter().filter_map(|name| self.mapped(Some(name))).collect() };
        let mut values = named(&mapping.value);
        let mut labels = named(mapping.entities());
        free.retain(|at| !values.contains(at) && !labels.contains(at));
        if mapping.value.is_empty() || mapping.entity.is_none() {
            for at in free {
                let role = self.role(at, time);
                match role {
                    Role::Label if mapping.entity.is_none() => labels.push(at),
                    Role::Value if mapping.value.is_empty() => values.push(at),
                    Role::Ignored(why) => ignored.push((at, why)),
                    _ => {}
                }
            }
        }
        if values.is_empty() && mapping.value.is_empty() {
            // numbers that were taken for names, for want of anything else
            let numeric = |at: &usize| self.profiles[*at].filled > 0 && self.profiles[*at].is_numeric();
            (values, labels) = labels.into_iter().partition(numeric);
        }
        if values.is_empty() {
            return Err(vec![self.no_values(time)]);
        }
        let several = metric.is_some() && values.len() > 1;
        let values = values.into_iter().map(|at| self.value(at, several)).collect();
        let names = self.look.names.clone();
        Ok(Layout { names, time, clock, forms, labels, metric, unit, values, marks: self.marks, ignored, example: None })
    }

    fn no_values(&self, time: usize) -> Problem {
        let example = self.look.rows.first().and_then(|row| row.iter().enumerate().find(|(at, _)| *at != time));
        let seen =
            example.map_or(String::new(), |(at, cell)| format!(", with `{}` in the column `{}`", cut(cell), self.name(at)));
        let message = format!("saw the columns {}{seen}, expected at least one of numbers", self.listed());
        self.input
            .problem("ingest/no-value-column", message)
            .at_line(self.look.header.max(1))
            .at_field(1)
            .help("try --map value=NAME with the column of values")
    }

    fn name(&self, at: usize) -> String {
        cut(&self.look.names[at])
    }

    /// The columns for a message, not all of many.
    fn listed(&self) -> String {
        let all = &self.look.names;
        let shown: Vec<String> = all.iter().take(12).map(|name| format!("`{}`", cut(name))).collect();
        let more = if all.len() > 12 { format!(" and {} more", all.len() - 12) } else { String::new() };
        shown.join(", ") + &more
    }

    fn position(&self, name: &str) -> Option<usize> {
        let same = |other: &String| other == name;
        let alike = |other: &String| other.eq_ignore_ascii_case(name);
        self.look.names.iter().position(same).or_else(|| self.look.names.iter().position(alike))
    }

    fn mapped(&self, name: Option<&String>) -> Option<usize> {
        name.and_then(|name| self.position(name))
    }

    /// Every mapped column is there.
    fn mapped_exist(&self) -> Result<(), Vec<Problem>> {
        let mapping = &self.options.mapping;
        let one = [("time", &mapping.time), ("metric", &mapping.metric), ("unit", &mapping.unit)];
        let one = one.into_iter().filter_map(|(role, name)| name.as_ref().map(|name| (role, name)));
        let many = [("entity", mapping.entities()), ("value", mapping.value.as_slice())];
        let many = many.into_iter().flat_map(|(role, names)| names.iter().map(move |name| (role, name)));
        let absent = one.chain(many).filter(|(_, name)| self.position(name).is_none());
        let problems: Vec<Problem> = absent
            .take(20)
            .map(|(role, name)| {
                let message = format!("saw the columns {}, expected `{}` for the {role}", self.listed(), cut(name));
                let near = names::nearest(name, &self.look.names).map_or_else(|| "NAME".to_owned(), |near| cut(near));
                let problem = self.input.problem("ingest/missing-column", message).at_line(self.look.header.max(1)).at_field(1);
                problem.help(format!("try --map {role}={near}"))
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Cells of a column that are not markers of no value.
    fn cells(&self, at: usize) -> Vec<&str> {
        let cells = self.look.rows.iter().filter(|row| row.len() >= self.look.names.len());
        cells.filter_map(|row| row.get(at)).map(String::as_str).filter(|cell| !cells::is_missing(cell.as_bytes())).collect()
    }

    /// The time column, the column of the time of day if there is one apart, and the forms that the times may have.
    fn time(&self) -> Result<(usize, Option<usize>, Vec<Form>), Vec<Problem>> {
        let rank = |at: usize| {
            let name = self.look.names[at].to_lowercase();
            let exact = names::TIMES.iter().position(|known| *known == name.trim());
            exact.or_else(|| (names::names_time(&name) || names::names_relative_time(&name)).then_some(names::TIMES.len()))
        };
        let declared = Form::declared(&self.options.time);
        if let Some(at) = self.mapped(self.options.mapping.time.as_ref()) {
            let forms = declared.map_or_else(|| self.forms(at, true), |form| vec![form]);
            let clock = self.clock(at, &forms);
            return if forms.is_empty() { Err(vec![self.unreadable_times(at)]) } else { Ok((at, clock, forms)) };
        }
        if let Some(form) = declared {
            let fits = |at: &usize| self.fit(*at, &form);
            let best = (0..self.look.names.len()).filter(fits).min_by_key(|at| (rank(*at).unwrap_or(99), *at));
            return best
                .map(|at| (at, self.clock(at, std::slice::from_ref(&form)), vec![form]))
                .ok_or_else(|| vec![self.no_time()]);
        }
        let all = (0..self.look.names.len()).filter_map(|at| {
            let named = rank(at);
            let forms = self.forms(at, named.is_some() && self.options.origin.is_some());
            let text = !matches!(forms.first()?, Form::Epoch { .. } | Form::Serial | Form::Since(_));
            // numbers may be anything: without a name only the first column is taken for times
            let serial = matches!(forms[0], Form::Serial);
            (text || named.is_some() || at == 0 || !serial).then_some(((named.is_none(), !text, named, at), (at, forms)))
        });
        let (_, (at, forms)) = all.min_by_key(|(key, _)| *key).ok_or_else(|| vec![self.no_time()])?;
        Ok((at, self.clock(at, &forms), forms))
    }

    /// Whether a form reads most cells of a column.
    fn fit(&self, at: usize, form: &Form) -> bool {
        let cells = self.cells(at);
        let read = cells.iter().filter(|cell| form.read(cell).is_some_and(crate::formats::Stamp::is_sane)).count();
        !cells.is_empty() && read * 10 >= cells.len() * 6
    }

    /// The forms that a column's cells may be in; `relative`: numbers of any size count from a declared origin.
    fn forms(&self, at: usize, relative: bool) -> Vec<Form> {
        let cells = self.cells(at);
        let first = cells.len().min(20);
        if cells.is_empty() || text_forms(&cells[..first]).is_empty() {
            let numbers: Vec<f64> = cells.iter().filter_map(|cell| cell.replace(',', ".").parse().ok()).collect();
            if numbers.is_empty() || numbers.len() * 10 < cells.len() * 8 {
                return Vec::new();
            }
            if let Some(origin) = self.options.origin.filter(|_| relative && numbers.iter().all(|number| *number < 4e8)) {
                return vec![Form::Since(origin)];
            }
            return number_form(&numbers).into_iter().collect();
        }
        text_forms(&cells)
    }

    /// A column of times of day beside one of dates.
    fn clock(&self, time: usize, forms: &[Form]) -> Option<usize> {
        let dated = self.cells(time).iter().all(|cell| cell.len() <= 10 && !cell.contains(':'));
        if !dated || !matches!(forms.first(), Some(Form::Iso | Form::Parts(_))) {
            return None;
        }
        let of_day = |at: &usize| {
            let cells = self.cells(*at);
            let of_day = |cell: &&str| {
                let (hour, rest) = cell.split_once(':').unwrap_or(("", ""));
                let number = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
                number(hour) && rest.get(..2).is_some_and(number)
            };
            *at != time && !cells.is_empty() && cells.iter().all(of_day)
        };
        (0..self.look.names.len()).find(of_day)
    }

    fn unreadable_times(&self, at: usize) -> Problem {
        let cells = self.cells(at);
        let seen = cut(cells.first().unwrap_or(&""));
        let relative = cells.first().is_some_and(|cell| cell.parse::<f64>().is_ok());
        let problem = |slug, expected: &str| {
            let message = format!("saw `{seen}`, expected {expected}");
            self.input.problem(slug, message).at_line(self.look.begin + 1).at_field(at as u64 + 1).in_column(self.name(at))
        };
        if relative && self.options.origin.is_none() {
            return problem("ingest/needs-origin", "a time since 1970, or the instant from which the numbers count")
                .help("try --origin with the instant of 0, such as 2026-03-02T00:00:00Z");
        }
        problem("ingest/bad-time", "a time such as 2026-03-02T12:00:00Z")
            .help("try --time-format with its pattern, such as \"%d/%m/%Y %H:%M\"")
    }

    fn no_time(&self) -> Problem {
        let named = |at: &usize| {
            let name = &self.look.names[*at];
            names::TIMES[..12].contains(&name.to_lowercase().as_str()) || names::names_relative_time(name)
        };
        if let Some(at) = (0..self.look.names.len()).find(named).filter(|at| !self.cells(*at).is_empty()) {
            return self.unreadable_times(at);
        }
        let message = format!("saw the columns {}, expected one with times", self.listed());
        let problem = self.input.problem("ingest/no-time-column", message).at_line(self.look.header.max(1)).at_field(1);
        problem.help("try --map time=NAME with the column of times, and --time-format with their pattern")
    }

    fn unit(&self, free: &[usize]) -> Option<usize> {
        let named = |at: &usize| names::UNITS.contains(&self.look.names[*at].to_lowercase().as_str());
        free.iter().copied().find(|at| named(at) && self.profiles[*at].numbers == 0)
    }

    /// The column that names the metric: words in a column of such a name, beside at least one of numbers.
    fn metric(&self, free: &[usize]) -> Option<usize> {
        let lower = |at: usize| self.look.names[at].to_lowercase();
        let numeric = |at: &&usize| self.profiles[**at].is_numeric() && !names::names_things(&self.look.names[**at]);
        let numbers: Vec<&usize> = free.iter().filter(numeric).collect();
        let sure = numbers.len() == 1 || numbers.iter().any(|at| names::VALUES.contains(&lower(**at).as_str()));
        let words = |at: &usize| self.profiles[*at].filled > 0 && self.profiles[*at].numbers == 0;
        let rank = |at: usize| names::METRICS.iter().position(|name| *name == lower(at)).filter(|rank| sure || *rank < 6);
        free.iter().copied().filter(|at| words(at) && rank(*at).is_some() && !numbers.is_empty()).min_by_key(|at| rank(*at))
    }

    fn role(&self, at: usize, time: usize) -> Role {
        let (profile, rows, name) = (&self.profiles[at], self.look.rows.len(), &self.look.names[at]);
        if profile.counts_rows && name.starts_with("column ") {
            return Role::Ignored("row numbers");
        }
        if profile.filled == 0 {
            return if names::names_things(name) { Role::Label } else { Role::Value };
        }
        if profile.is_numeric() {
            let numbers = || -> Vec<f64> { self.cells(at).iter().filter_map(|cell| cell.parse().ok()).collect() };
            if names::names_time(name) && matches!(number_form(&numbers()), Some(Form::Epoch { .. })) {
                return Role::Ignored("another time");
            }
            if profile.whole && names::date_part(name).is_some_and(|range| numbers().iter().all(|n| range.contains(n))) {
                return Role::Ignored("a part of the date");
            }
            return if profile.whole && names::names_things(name) { Role::Label } else { Role::Value };
        }
        if profile.numbers == 0 && !text_forms(&self.cells(at)).is_empty() {
            return Role::Ignored("another time");
        }
        let flag = |cell: &&str| ["true", "false", "yes", "no"].iter().any(|word| cell.eq_ignore_ascii_case(word));
        if self.cells(at).iter().all(flag) {
            return Role::Ignored("a flag");
        }
        // a word of its own in nearly every row, and in nearly every row another time, names no series
        let singular = |profile: &Profile| rows >= 20 && profile.distinct * 2 > rows;
        if singular(profile) && singular(&self.profiles[time]) {
            Role::Ignored("another word in nearly every row")
        } else {
            Role::Label
        }
    }

    /// `several`: beside a column of metrics, so that the column's name has to tell the series apart.
    fn value(&self, at: usize, several: bool) -> Value {
        let name = self.look.names[at].clone();
        let unit = names::unit(&name);
        let stat = names::stat_word(&name);
        let stat = if several && stat.is_none() { Some(name.clone()) } else { stat };
        Value { at, kind: names::kind(&name, unit.as_deref()), unit, stat, name }
    }
}

enum Role {
    Label,
    Value,
    Ignored(&'static str),
}

fn profile(look: &Look, at: usize, marks: Marks) -> Profile {
    let mut profile = Profile { whole: true, counts_rows: look.rows.len() > 1, ..Profile::default() };
    let mut distinct = BTreeSet::new();
    let mut before = None;
    for cell in look.rows.iter().filter_map(|row| row.get(at)) {
        let number = match cells::cell(cell.as_bytes(), marks) {
            Cell::Missing => continue,
            Cell::Number(number) | Cell::Measured(number, _) => Some(number),
            Cell::Other => None,
        };
        profile.filled += 1;
        distinct.insert(cell);
        let Some(number) = number else {
            profile.counts_rows = false;
            continue;
        };
        profile.numbers += 1;
        profile.whole &= number.real().fract() == 0.0;
        profile.counts_rows &= before.map_or([0.0, 1.0].contains(&number.real()), |before: f64| number.real() == before + 1.0);
        before = Some(number.real());
    }
    profile.distinct = distinct.len();
    profile
}

/// Which mark stands before decimals, and an example where that is not a point, or where thousands are marked. Decided for the
/// whole file: `1.234` alone tells nothing, `24.117,42` does.
fn marks(look: &Look) -> (Marks, Option<String>) {
    let (mut point, mut comma, mut maybe_comma) = (0, 0, 0);
    let mut examples: [Option<&String>; 2] = [None, None];
    for cell in look.rows.iter().flatten() {
        match evidence(cell) {
            Evidence::Point { thousands } => {
                point += 1;
                if thousands {
                    examples[0].get_or_insert(cell);
                }
            }
            Evidence::Comma => {
                comma += 1;
                examples[1].get_or_insert(cell);
            }
            Evidence::PerhapsComma => {
                maybe_comma += 1;
                examples[0].get_or_insert(cell);
            }
            Evidence::Nothing => {}
        }
    }
    // where `;` separates, it does so because the comma is taken
    let by_separator = look.separator == b';' && maybe_comma > 0 && point == 0;
    if comma > point || comma == 0 && by_separator {
        return (Marks::Comma, examples[1].or(examples[0]).cloned());
    }
    (Marks::Point, examples[0].cloned())
}

#[derive(Debug, PartialEq)]
enum Evidence {
    Point {
        thousands: bool,
    },
    Comma,
    /// `1,234`
    PerhapsComma,
    Nothing,
}

/// What one number says of its marks.
fn evidence(cell: &str) -> Evidence {
    let end = cell.rfind(|char: char| char.is_ascii_digit()).map_or(0, |at| at + 1);
    let number = cell[..end].trim_start_matches(['-', '+']);
    if number.len() > 40 || !number.contains([',', '.']) {
        return Evidence::Nothing;
    }
    if !number.chars().all(|char| char.is_ascii_digit() || ",. '\u{A0}\u{202F}".contains(char)) {
        return Evidence::Nothing;
    }
    let count = |mark: char| number.matches(mark).count();
    let grouped = |mark: char| {
        let mut parts = number.split(mark);
        let first = parts.next().is_some_and(|part| (1..=3).contains(&part.len()) && part != "0");
        first && parts.all(|part| part.len() == 3)
    };
    let ends_in = |mark: char| number.rfind(mark) > number.rfind(if mark == '.' { ',' } else { '.' });
    match (count('.'), count(',')) {
        (1, 0) if grouped('.') => Evidence::Nothing,
        (1, 0) => Evidence::Point { thousands: false },
        (0, 1) if grouped(',') => Evidence::PerhapsComma,
        (0, 1) => Evidence::Comma,
        (1, _) if ends_in('.') => Evidence::Point { thousands: true },
        (_, 1) if ends_in(',') => Evidence::Comma,
        (0, _) if grouped(',') => Evidence::Point { thousands: true },
        (_, 0) if grouped('.') => Evidence::Comma,
        _ => Evidence::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_is_a_decimal_mark_where_it_can_be_nothing_else() {
        for (cell, expected) in [
            ("30,45", Evidence::Comma),
            ("24.117,42", Evidence::Comma),
            ("1.234.567", Evidence::Comma),
            ("2,52 %", Evidence::Comma),
            ("0,123", Evidence::Comma),
            ("1,234", Evidence::PerhapsComma),
            ("1,234.5", Evidence::Point { thousands: true }),
            ("1,234,567", Evidence::Point { thousands: true }),
            ("30.45", Evidence::Point { thousands: false }),
            ("1.234", Evidence::Nothing),
            ("03.09.2017", Evidence::Nothing),
            ("web-01,a", Evidence::Nothing),
            ("42", Evidence::Nothing),
        ] {
            assert_eq!(evidence(cell), expected, "{cell}");
        }
    }
}
