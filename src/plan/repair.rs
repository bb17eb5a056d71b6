//! What is changed where a simulated schedule is above the rule: an order is placed earlier, or more is ordered.

use std::collections::BTreeSet;
use std::ops::Range;

use super::measure::needs_of;
use super::search::Desk;
use super::terms::ROUNDING;
use super::{Tranche, needs};
use crate::simulate::Outcomes;
use crate::time::Day;

/// Rounds of repair, for each month that is planned for: its order is placed earlier at most twice, and made larger.
const ROUNDS: usize = 4;
/// An order that is needed so many days before a month or less is the order for that month.
const CLOSE: i32 = 45;
/// An order that comes too late too often is placed so many days earlier, at most twice.
const EARLIER: u32 = 21;
/// Units that take off less than this share of what a month has above the rule help too little.
const HELPS: f64 = 0.1;
/// So many additions in turn that help too little are not the month's remedy: what takes all units at once is not mended by more of them.
const TRIES: u32 = 3;

/// How far the repair of one pool has come.
#[derive(Debug, Default)]
pub(super) struct Repairs<T> {
    /// Months that more units do not help.
    left: BTreeSet<usize>,
    given: Option<Given<T>>,
}

/// The month that was given units last, what it had above the rule and what was ordered before, and additions since then.
#[derive(Debug)]
struct Given<T> {
    month: usize,
    above: f64,
    ordered: T,
    tries: u32,
}

impl<T> Repairs<T> {
    /// What was ordered before units were added that help too little; their month is then left.
    fn back(&mut self, above: impl Fn(usize) -> f64) -> Option<T> {
        let given = self.given.take()?;
        if above(given.month) <= (1.0 - HELPS) * given.above {
            return None;
        }
        if given.tries < TRIES {
            self.given = Some(given);
            return None;
        }
        self.left.insert(given.month);
        Some(given.ordered)
    }

    /// The first month above the rule that is not left.
    fn month(&self, mut months: Range<usize>, above: impl Fn(usize) -> f64) -> Option<usize> {
        months.find(|month| above(*month) > ROUNDING && !self.left.contains(month))
    }

    /// Notes that units are added for a month.
    fn give(&mut self, month: usize, above: f64, ordered: T) {
        let given = self.given.take().filter(|given| given.month == month);
        let given = given.unwrap_or(Given { month, above, ordered, tries: 0 });
        self.given = Some(Given { tries: given.tries + 1, ..given });
    }
}

/// What a pool wants beside what the solver finds: lots at least by month, and days earlier by (term, day needed).
#[derive(Debug)]
pub(super) struct Raised {
    pub lots: Vec<u32>,
    pub earlier: Vec<(usize, Day, u32)>,
    repairs: Repairs<Vec<u32>>,
}

impl Raised {
    pub(super) fn none(months: usize) -> Self {
        Self { lots: vec![0; months], earlier: Vec::new(), repairs: Repairs::default() }
    }
}

impl Desk<'_> {
    /// Rounds of repair at most.
    pub(super) fn rounds(&self) -> usize {
        ROUNDS * self.months.len()
    }

    /// Adds what the first month above the rule lacks, or places its order earlier, or takes back what did not help; `false` when nothing
    /// is (or can be) done.
    pub(super) fn repair(
        &self,
        p: usize,
        seen: &Outcomes,
        tranches: &mut Vec<Tranche>,
        repairs: &mut Repairs<Vec<Tranche>>,
    ) -> bool {
        let (pool, months) = (&self.model().pools[p], self.months.len());
        let Some(unit) = self.unit(pool) else { return false };
        let risk = self.risk(p, seen);
        let above = |month: usize| risk[month].value - self.accepted();
        if let Some(before) = repairs.back(above) {
            *tranches = before;
            return true;
        }
        let Some(month) = repairs.month(self.first_month(pool)..months, above) else { return false };
        let day = self.months[month].first_day();
        // the order for that month: one that comes long before brings nothing that is wanted only now
        let at = tranches.partition_point(|tranche| tranche.needed <= day);
        let arriving = at.checked_sub(1).filter(|before| day.since(tranches[*before].needed) < CLOSE);
        if let Some(tranche) = arriving.map(|before| &mut tranches[before])
            && tranche.earlier_days < 2 * EARLIER
            && self.in_time(tranche).placed(&unit.lead_time_days, self.model().objective.late_arrival, self.today())
                > self.today()
        {
            tranche.earlier_days += EARLIER;
            return true;
        }
        let before = tranches.clone();
        let missing = needs(&seen.pools[p].room_units, months, self.accepted())[month].max(1);
        let units = missing.div_ceil(unit.lot.max(1)) * unit.lot.max(1);
        match arriving {
            Some(before) => tranches[before].units += units,
            None => tranches.insert(at, Tranche { needed: day, units, earlier_days: 0, term: 0, until: None }),
        }
        // what a later order was to bring is there already
        let mut too_many = units;
        for later in tranches.iter_mut().filter(|tranche| tranche.needed > day) {
            let cut = later.units.min(too_many) / unit.lot.max(1) * unit.lot.max(1);
            later.units -= cut;
            too_many -= cut;
        }
        *tranches = self.limited(unit, std::mem::take(tranches));
        let changed = *tranches != before;
        if changed {
            repairs.give(month, above(month), before);
        }
        changed
    }

    /// Whether something is changed for a month above the rule: its order is placed earlier, or more is wanted, or what did not help is
    /// taken back.
    pub(super) fn raise(&self, p: usize, seen: &Outcomes, tranches: &[Tranche], raised: &mut Raised) -> bool {
        let (pool, months) = (&self.model().pools[p], self.months.len());
        let Some(unit) = self.unit(pool) else { return false };
        let measure = self.measure(&seen.pools[p], seen.replications);
        let above = |month: usize| measure[month].value - self.rule().at_most();
        if let Some(before) = raised.repairs.back(above) {
            raised.lots = before;
            return true;
        }
        let first = self.first_month(pool);
        let Some(month) = raised.repairs.month(first..months, above) else { return false };
        let day = self.months[month].first_day();
        let ways = unit.ways_to_pay();
        let movable = |tranche: &&Tranche| {
            let lead = unit.lead(&ways[tranche.term]);
            tranche.needed <= day
                && day.since(tranche.needed) < CLOSE
                && tranche.earlier_days < 2 * EARLIER
                && lead.quantile(0.5) < lead.quantile(0.999)
                && self.in_time(tranche).placed(lead, self.late_of(unit), self.today()) > self.today()
        };
        if let Some(tranche) = tranches.iter().rev().find(movable) {
            match raised.earlier.iter_mut().find(|(term, needed, _)| (*term, *needed) == (tranche.term, tranche.needed)) {
                Some((.., days)) => *days += EARLIER,
                None => raised.earlier.push((tranche.term, tranche.needed, EARLIER)),
            }
            return true;
        }
        raised.repairs.give(month, above(month), raised.lots.clone());
        let more = needs_of(self.rule(), &seen.pools[p].room_units, months);
        for m in (first..months).filter(|m| more[*m] > 0) {
            let there =
                |t: &&Tranche| self.month_of(t.needed) <= m && t.until.is_none_or(|until| until > self.months[m].first_day());
            let have: u32 = tranches.iter().filter(there).map(|tranche| tranche.units).sum();
            raised.lots[m] = raised.lots[m].max((have + more[m]).div_ceil(unit.lot.max(1)));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helps_too_little_three_times_is_taken_back_and_its_month_left() {
        let mut repairs = Repairs::default();
        for ordered in 1..=3 {
            assert_eq!(repairs.back(|_| 0.5), None);
            assert_eq!(repairs.month(2..5, |_| 0.5), Some(2));
            repairs.give(2, 0.5, ordered);
        }
        assert_eq!(repairs.back(|_| 0.46), Some(1));
        assert_eq!(repairs.month(2..5, |_| 0.46), Some(3));
        assert_eq!(repairs.back(|_| 0.46), None);
    }

    #[test]
    fn what_helps_at_last_stays() {
        let mut repairs = Repairs::default();
        repairs.give(2, 0.5, 1);
        assert_eq!(repairs.back(|_| 0.5), None);
        repairs.give(2, 0.5, 2);
        assert_eq!(repairs.back(|_| 0.44), None);
        repairs.give(2, 0.44, 3);
        assert_eq!(repairs.back(|_| 0.43), None);
        assert_eq!(repairs.month(2..5, |month| if month == 2 { 0.0 } else { 0.1 }), Some(3));
    }
}
