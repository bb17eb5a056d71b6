//! Shares of a capacity become demand; demand that is unlike the capacity which carries it is told.

use super::combine::Track;
use super::entity::Sample;
use super::read::note;
use crate::series::{Quality, Severity};
use crate::source::{Columns, Measures, Source, Whole};
use crate::time::{DAY_SECONDS, Timestamp};

/// Capacity in force from each instant on.
type Steps = [(Timestamp, f64)];

/// What a share is of; `None`: the pool's capacity in force, or amounts that are no shares. Where the model file does not say it, it is
/// told: one series without an entity is the whole pool, and as many machines are expected as units are in force.
pub(super) fn whole(source: &Source, entities: &[Vec<Sample>], steps: &Steps, quality: &mut Quality) -> Option<f64> {
    let each = match source.measures {
        Measures::Demand | Measures::Utilization { of: Whole::Pool } => return None,
        Measures::Utilization { of: Whole::Each(amount) } => return Some(amount),
        Measures::Utilization { of: Whole::Unit(amount) } => amount,
    };
    let in_force = steps.last().map_or(0.0, |step| step.1);
    let (unit, amounts) = (&source.unit, (short(each), short(in_force)));
    let unnamed = match &source.columns {
        Columns::Found { entity } | Columns::Long { entity, .. } => entity.is_empty(),
        Columns::Wide { .. } => true,
    };
    if unnamed && entities.len() == 1 && in_force > each {
        let text = format!(
            "one series and no `entity`: its shares are taken of the whole pool ({} {unit} in force), as by `of = \"pool\"`",
            amounts.1
        );
        note(quality, Severity::Note, "shares", text);
        return None;
    }
    let ends = entities.iter().filter_map(|samples| samples.last()).map(|sample| sample.at);
    let newest = ends.clone().max().unwrap_or(0);
    let there = ends.filter(|end| *end > newest - DAY_SECONDS).count();
    // off by a tenth, so is demand
    if (there as f64 * each - in_force).abs() > 0.1 * in_force {
        let machines = if there == 1 { "1 machine".to_owned() } else { format!("{there} machines") };
        let text = format!(
            "shares of {machines} on the last day, each taken of {} {unit}, and {} {unit} were in force: do machines lack, is a \
             count of `units` wrong, or is each a share of something else (`of`)?",
            amounts.0, amounts.1
        );
        note(quality, Severity::Warning, "shares", text);
    }
    Some(each)
}

/// Utilization × capacity = demand: of `each`, or of what is in force at that instant.
pub(super) fn to_demand(source: &Source, each: Option<f64>, steps: &Steps, track: &mut Track) {
    match (&source.measures, each) {
        (Measures::Demand, _) => {}
        (_, Some(amount)) => track.values.iter_mut().for_each(|value| *value *= amount),
        (_, None) => {
            for (index, value) in track.values.iter_mut().enumerate() {
                let at = Timestamp(track.start + index as i64 * track.step);
                let after = steps.partition_point(|step| step.0 <= at);
                *value *= steps.get(after.saturating_sub(1)).map_or(0.0, |step| step.1);
            }
        }
    }
}

/// Demand of another order than the capacity that carries it: mostly a unit, a factor or a count that is wrong.
pub(super) fn unlike(source: &Source, steps: &Steps, track: &Track, quality: &mut Quality) {
    let Some((_, amount)) = steps.last().filter(|step| step.1 > 0.0) else { return };
    let bins = (LATELY / track.step).max(1) as usize;
    let lately = track.values.iter().rev().take(bins).copied().filter(|value| value.is_finite());
    let Some(peak) = lately.fold(None, |peak: Option<f64>, value| Some(peak.map_or(value, |peak| peak.max(value)))) else {
        return;
    };
    let times = peak / amount;
    let said = match times {
        times if times > MOST_TIMES => format!("{times:.0} times the capacity in force"),
        times if times > 0.0 && times < LEAST_SHARE => {
            format!("less than a thousandth of the capacity in force ({} of {} {})", short(peak), short(*amount), source.unit)
        }
        _ => return,
    };
    let text = format!("the peak of the last 28 days is {said}: is a unit, a `scale`, or a count of units wrong?");
    note(quality, Severity::Warning, "unlike-capacity", text);
}

/// Three digits, by powers of ten far from 1.
fn short(amount: f64) -> String {
    if (0.1..1e6).contains(&amount) { format!("{amount:.1}") } else { format!("{amount:.2e}") }
}

/// The last days, in seconds.
const LATELY: i64 = 28 * DAY_SECONDS;
/// Demand above so many times its capacity, or below such a share of it, is told.
const MOST_TIMES: f64 = 10.0;
const LEAST_SHARE: f64 = 1e-3;
