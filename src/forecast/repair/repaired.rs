//! Spikes and shifts of one series together, in numbers and in words.

use super::features::Features;
use super::shifts::{Shift, ShiftOptions, cut, relevel, shifts};
use super::spikes::{Cleaned, Spike, SpikeKind, SpikeOptions, clean};

/// A history with its spikes set aside and its lasting changes known.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The values without spikes, the spikes, and the seasonal expectation.
    pub cleaned: Cleaned,
    /// The lasting changes, on the scale of the expectation: ratios where it is logarithmic.
    pub shifts: Vec<Shift>,
}

/// Sets the one-off spikes of `values` (gaps NaN) aside and finds their lasting changes, given candidate `seasons` in steps; `None`
/// for fewer than eight values.
///
/// ```
/// let mut values: Vec<f64> = (0..70).map(|t| 100.0 + f64::from(t % 7) + 0.1 * f64::from(t * 37 % 11)).collect();
/// values[20] = 400.0;
/// values[45..].iter_mut().for_each(|value| *value += 50.0);
/// let repaired = plimsoll::forecast::repair::repair(&values, &[7]).unwrap();
/// assert_eq!(repaired.cleaned.spikes[0].index, 20);
/// assert_eq!(repaired.shifts[0].index, 45);
/// assert!((repaired.relevelled()[3] - 153.0).abs() < 3.0);
/// ```
#[must_use]
pub fn repair(values: &[f64], seasons: &[usize]) -> Option<Repaired> {
    let cleaned = clean(values, seasons, SpikeOptions::default())?;
    let shifts = shifts(&cleaned.profile.deseasonalised(), ShiftOptions::default());
    Some(Repaired { cleaned, shifts })
}

impl Repaired {
    /// The cleaned values, what was before each step lifted to the level after the last one.
    #[must_use]
    pub fn relevelled(&self) -> Vec<f64> {
        relevel(&self.cleaned.cleaned, &self.cleaned.profile, &self.shifts)
    }

    /// The cleaned values since the last change that leaves at least `least` steps; all of them where none does.
    #[must_use]
    pub fn since_last_shift(&self, least: usize) -> &[f64] {
        &self.cleaned.cleaned[cut(self.cleaned.cleaned.len(), &self.shifts, least)..]
    }

    /// What the series looks like; `values`, `seasons` and `ceiling` as in [`Features::of`].
    #[must_use]
    pub fn features(&self, values: &[f64], seasons: &[usize], ceiling: Option<f64>) -> Features {
        Features::from_parts(values, seasons, ceiling, Some(&self.cleaned), &self.shifts)
    }

    /// A sentence for each spike (or run of them) and each lasting change; `date` turns a step into words.
    #[must_use]
    pub fn sentences(&self, date: impl Fn(usize) -> String) -> Vec<String> {
        let mut said = Vec::new();
        let same = |one: &Spike, two: &Spike| one.kind == two.kind && two.index == one.index + 1;
        for group in self.cleaned.spikes.chunk_by(same) {
            said.extend(spike(group, &date));
        }
        said.extend(self.shifts.iter().map(|shift| self.change(shift, &date)));
        said
    }

    fn change(&self, shift: &Shift, date: &impl Fn(usize) -> String) -> String {
        let log = self.cleaned.profile.log;
        let mut said = format!("{}:", date(shift.index));
        if shift.size != 0.0 {
            let (low, high) = (shift.size - 2.0 * shift.standard_error, shift.size + 2.0 * shift.standard_error);
            said += &if log {
                format!(" the level changes by a factor of {:.3} ({:.3} to {:.3})", shift.size.exp(), low.exp(), high.exp())
            } else {
                format!(" the level changes by {:.4} ({low:.4} to {high:.4})", shift.size)
            };
        }
        if shift.slope != 0.0 {
            let unit = if log { " (of its logarithm)" } else { "" };
            let also = if shift.size == 0.0 { "" } else { " and" };
            said += &format!("{also} the slope changes by {:.4}{unit} a step", shift.slope);
        }
        format!("{said}; confidence {:.1} %.", 100.0 * shift.confidence)
    }
}

fn spike(group: &[Spike], date: &impl Fn(usize) -> String) -> Option<String> {
    let worst = group.iter().copied().reduce(|one, two| if two.score.abs() > one.score.abs() { two } else { one })?;
    let what = match worst.kind {
        SpikeKind::Up => "a spike",
        SpikeKind::Down => "a dip",
        SpikeKind::Dropout => "a dropout to zero",
        SpikeKind::Run => "a run of unusual values",
    };
    let steps = if group.len() == 1 { String::new() } else { format!(" of {} steps", group.len()) };
    Some(format!(
        "{}: {what}{steps}; {:.4} where {:.4} was expected ({:.1} deviations). Set aside for fitting.",
        date(worst.index),
        worst.value,
        worst.expected,
        worst.score
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_repaired_is_said() {
        let mut values: Vec<f64> = (0..140).map(|t| 100.0 + f64::from(t % 7) + 0.1 * f64::from(t * 37 % 11)).collect();
        values[20] = 400.0;
        values[33] = 0.0;
        values[90..].iter_mut().for_each(|value| *value += 50.0);
        let repaired = repair(&values, &[7]).unwrap();
        let said = repaired.sentences(|step| format!("step {step}"));
        assert!(said[0].starts_with("step 20: a spike; 400.0000 where"), "{said:?}");
        assert!(said[1].starts_with("step 33: a dropout to zero; 0.0000 where"), "{said:?}");
        assert!(said[2].starts_with("step 90: the level changes by"), "{said:?}");
        assert_eq!(said.len(), 3);
        assert_eq!(repaired.since_last_shift(50).len(), 50);
        assert_eq!(repaired.since_last_shift(51).len(), 140);
        let features = repaired.features(&values, &[7], None);
        assert_eq!((features.spikes, features.shifts), (2, 1));
    }
}
