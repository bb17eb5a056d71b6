//! Whether day or month stands first in the dates of a table: `02/03/2026` tells nothing, the whole column mostly does.
//!
//! A number above 12 proves it. So does the calendar, where rows are hours or less apart: in the wrong order midnight is a jump of a
//! month. Without proof the custom is followed where there is a clear one (AM and PM, a decimal comma), and told; otherwise asked for.

use super::cells::Marks;
use super::cut;
use super::layout::{Layout, joined};
use super::look::Look;
use super::rows::{Fault, Rows};
use super::times::{Form, Order};
use crate::formats::{Input, NANOS, Options, Reading, Stamp};
use crate::problem::Problem;

/// Seconds of a step that is a jump to another month, and of one within a day.
const JUMP: i64 = 20 * 86_400;
const SHORT: i64 = 86_400 / 2;

/// A form that the times may have, and how they follow each other if they have it.
struct Candidate<'l> {
    form: &'l Form,
    last: Option<i64>,
    jumps: u64,
}

impl Candidate<'_> {
    /// Seconds since the time before.
    fn follow(&mut self, stamp: Stamp) -> Option<i64> {
        let (Stamp::Instant(at) | Stamp::Local(at)) = stamp;
        let second = at.div_euclid(NANOS);
        let step = second - self.last.replace(second)?;
        self.jumps += u64::from(step.abs() > JUMP);
        Some(step.abs())
    }
}

/// Which of several forms the times have, by the whole column.
///
/// # Errors
/// `ingest/ambiguous-date` when every time fits more than one, and nothing else tells.
pub(super) fn proven(
    input: &Input,
    options: &Options,
    look: &Look,
    layout: &Layout,
    reading: &mut Reading<'_>,
) -> Result<Form, Vec<Problem>> {
    let mut rows = Rows::new(input.open()?, look.separator, options.latin1);
    let mut candidates: Vec<Candidate<'_>> = layout.forms.iter().map(|form| Candidate { form, last: None, jumps: 0 }).collect();
    let (mut last, mut steps, mut short) = (String::new(), 0_u64, 0_u64);
    loop {
        let row = match rows.next() {
            Ok(Some(row)) if row.line <= look.begin => continue,
            Ok(Some(row)) => row,
            Ok(None) | Err(Fault::Truncated { .. }) => break,
            Err(_) => continue,
        };
        let text = row.text(layout.time);
        let text = layout.clock.map_or_else(|| text.to_owned(), |clock| joined(text, row.text(clock)));
        if text == last {
            continue;
        }
        let mut fit = candidates.iter_mut().filter_map(|one| Some((one.form.read(&text)?, one))).collect::<Vec<_>>();
        if let [(_, one)] = &fit[..] {
            return Ok(one.form.clone());
        }
        for (position, (stamp, one)) in fit.iter_mut().enumerate() {
            let step = one.follow(*stamp);
            if position == 0 {
                steps += u64::from(step.is_some());
                short += u64::from(step.is_some_and(|step| step < SHORT));
            }
        }
        last = text;
    }
    if short * 2 > steps
        && let Some(form) = without_jumps(&candidates)
    {
        let says = form.says();
        reading.note("date-order", 0, || format!("dates could be in two orders: only as {says} does one day follow the other"));
        return Ok(form);
    }
    by_custom(look, layout, &last, reading).ok_or_else(|| vec![undecided(input, look, layout)])
}

/// The form in which times follow each other while they jump in the others. In a file of one entity after the other they jump back
/// once for each, in any form.
fn without_jumps(candidates: &[Candidate<'_>]) -> Option<Form> {
    let best = candidates.iter().min_by_key(|one| one.jumps)?;
    let others = candidates.iter().filter(|one| one.form != best.form);
    others.map(|one| one.jumps).min().filter(|jumps| *jumps > 2 * best.jumps)?;
    Some(best.form.clone())
}

/// The order by the custom of those who write AM and PM, or decimal commas.
fn by_custom(look: &Look, layout: &Layout, last: &str, reading: &mut Reading<'_>) -> Option<Form> {
    let lower = last.to_ascii_lowercase();
    let (order, why) = if lower.ends_with("am") || lower.ends_with("pm") {
        (Order::Month, "month first, as is the custom beside AM and PM")
    } else if layout.marks == Marks::Comma {
        (Order::Day, "day first, as is the custom where numbers have a decimal comma")
    } else {
        return None;
    };
    let form = layout.forms.iter().find(|form| **form == Form::Parts(order))?;
    let seen = look.rows.first().and_then(|row| row.get(layout.time)).map_or("", String::as_str);
    reading.warn("ambiguous-date", 0, || format!("dates such as `{}` are taken with the {why}: no date proves it", cut(seen)));
    reading.ask(1, "--time-format", format!("Are dates such as `{}` day/month or month/day?", cut(seen)));
    Some(form.clone())
}

fn undecided(input: &Input, look: &Look, layout: &Layout) -> Problem {
    let seen = look.rows.first().and_then(|row| row.get(layout.time)).map_or("", String::as_str);
    let message = format!(
        "saw `{}`, and no time in the column that tells day and month apart, expected the order to be declared",
        cut(seen)
    );
    let problem = input.problem("ingest/ambiguous-date", message).at_line(look.begin + 1).at_field(layout.time as u64 + 1);
    let problem = problem.in_column(cut(&layout.names[layout.time]));
    problem.help("try --time-format \"%d/%m/%Y %H:%M\" (day first) or \"%m/%d/%Y %H:%M\" (month first)")
}
