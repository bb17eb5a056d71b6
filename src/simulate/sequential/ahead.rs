use super::engine::{Clock, Engine, Watch};
use super::system::{Mode, System};

/// Strikes in a span that is drawn at once, about: what is kept of it stays close to the processor.
const SPAN: f64 = 256.0;

/// What plain memoryless modes do is known before it happens: nothing that others do moves their strikes or their repairs. So
/// their changes are drawn a span at a time and sorted by buckets, which are as many as the changes; a heap would compare each
/// change with others on its way in and out.
#[derive(Debug, Clone, Default)]
pub(super) struct Ahead {
    clocks: Vec<Ticking>,
    /// By slot of the engine: the node, and the hour from which a strike takes it (never where there is none).
    slots: Vec<(f64, u32)>,
    /// Hours drawn at once, and until when it is done.
    span: f64,
    until: f64,
    /// Ends of outages after that.
    later: Vec<Change>,
    drawn: Vec<Change>,
    places: Vec<u32>,
    /// The changes of this span by hour, then one that never comes.
    changes: Vec<Change>,
    next: usize,
}

/// A plain mode, and the hour of its next strike.
#[derive(Debug, Clone, Copy)]
struct Ticking {
    part: u32,
    strikes_at: f64,
}

/// An outage of a whole node begins or ends.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: f64,
    node: u32,
    /// The mode, and in the lowest bit whether the outage ends.
    what: u32,
}

const NEVER: Change = Change { at: f64::INFINITY, node: 0, what: 0 };

impl Ahead {
    pub(super) fn of(system: &System, clocks: &[Clock]) -> Self {
        let modes = &system.parts().modes;
        let each = modes.iter().zip(clocks).enumerate().filter(|(_, (_, clock))| clock.ahead);
        let ticking = each.clone().count();
        let rate: f64 = each.clone().map(|(_, (_, clock))| 1.0 / clock.gap).sum();
        let lasting: f64 = each.map(|(_, (mode, clock))| mode.repair.mean() / clock.gap).sum();
        let slots = if ticking == 0 { 0 } else { modes.iter().map(|mode| mode.slots as usize).sum() };
        Self {
            span: if rate > 0.0 { SPAN.max(ticking as f64).max(lasting) / rate } else { f64::INFINITY },
            slots: vec![(f64::INFINITY, 0); slots],
            clocks: Vec::with_capacity(ticking),
            changes: vec![NEVER],
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        self.clocks.clear();
        self.until = 0.0;
        self.later.clear();
        self.changes.clear();
        self.changes.push(NEVER);
        self.next = 0;
    }

    /// The hour of the next change; infinity when there is none before the horizon.
    #[inline]
    pub(super) fn next_at(&self) -> f64 {
        self.changes[self.next].at
    }

    /// A mode begins, all of whose slots are up from the hour that their nodes come into force.
    pub(super) fn begin(&mut self, mode: &Mode, first: usize, born: &[f64]) {
        let slots = &mut self.slots[first..first + mode.slots as usize];
        let (there, others) = slots.split_at_mut(mode.members.len());
        for (slot, node) in there.iter_mut().zip(&mode.members) {
            *slot = (born[*node as usize], *node);
        }
        others.fill((f64::INFINITY, 0));
    }

    /// The first strike of a mode.
    pub(super) fn first(&mut self, part: usize, strikes_at: f64) {
        self.clocks.push(Ticking { part: part as u32, strikes_at });
    }

    /// An outage of a slot that lasts at hour 0 already.
    pub(super) fn lasts(&mut self, part: usize, overlapping: bool, at: usize, until: f64) {
        let (free, node) = &mut self.slots[at];
        if !overlapping {
            *free = until;
        }
        self.later.push(Change { at: until, node: *node, what: (part as u32) << 1 | 1 });
    }

    /// Draws the next span that has a change in it, if there is one before the horizon.
    #[inline(never)]
    pub(super) fn draw(&mut self, system: &System, clocks: &mut [Clock], horizon: f64) {
        self.drawn.clear();
        let mut from = self.until;
        while self.drawn.is_empty() && self.until < horizon {
            from = self.until;
            self.until = (from + self.span).min(horizon);
            let until = self.until;
            let drawn = &mut self.drawn;
            self.later.retain(|end| {
                if end.at < until {
                    drawn.push(*end);
                }
                end.at >= until
            });
            for clock in &mut self.clocks {
                if clock.strikes_at < until {
                    let mode = &system.parts().modes[clock.part as usize];
                    let of = &mut clocks[clock.part as usize];
                    let slots = &mut self.slots[of.first..of.first + mode.slots as usize];
                    clock.strike(mode, of, slots, (until, horizon), (drawn, &mut self.later));
                }
            }
        }
        self.sort(from);
    }

    /// Brings what is drawn into order: by buckets, then each to its place in them.
    fn sort(&mut self, from: f64) {
        let (count, buckets) = (self.drawn.len(), self.drawn.len().next_power_of_two());
        let scale = (buckets - 1) as f64 / (self.until - from);
        // a number below 2^52 is rounded to a whole one by adding 2^52
        let bucket = |at: f64| ((at - from) * scale + 4_503_599_627_370_496.0).to_bits() as usize & (buckets - 1);
        self.places.clear();
        self.places.resize(buckets, 0);
        self.changes.resize(count + 1, NEVER);
        self.changes[count] = NEVER;
        let (drawn, places, changes) = (&self.drawn[..], &mut self.places[..buckets], &mut self.changes[..count]);
        for change in drawn {
            places[bucket(change.at)] += 1;
        }
        let mut before = 0;
        for place in &mut *places {
            (*place, before) = (before, before + *place);
        }
        for change in drawn {
            let place = &mut places[bucket(change.at)];
            changes[*place as usize] = *change;
            *place += 1;
        }
        let mut last = 0.0;
        for i in 0..count {
            let change = changes[i];
            if change.at < last {
                insert(changes, i, change);
            } else {
                last = change.at;
            }
        }
        self.next = 0;
    }
}

/// Brings a change to its place among those before `place`, which are in order.
fn insert(changes: &mut [Change], mut place: usize, change: Change) {
    while place > 0 && changes[place - 1].at > change.at {
        changes[place] = changes[place - 1];
        place -= 1;
    }
    changes[place] = change;
}

impl Ticking {
    /// Strikes until an hour. They come at the rate of all slots together. The slot is drawn, and a strike on one that is down
    /// already or not there is void: thinning, exact for clocks without memory (Lewis & Shedler 1979, "Simulation of
    /// nonhomogeneous Poisson processes by thinning", *Naval Research Logistics* 26(3)). A strike draws the same numbers whether
    /// it is void or not, so that what others do moves none of them.
    fn strike(
        &mut self,
        mode: &Mode,
        clock: &mut Clock,
        slots: &mut [(f64, u32)],
        (until, horizon): (f64, f64),
        (drawn, later): (&mut Vec<Change>, &mut Vec<Change>),
    ) {
        let what = self.part << 1;
        let mut at = self.strikes_at;
        while at < until {
            let (slot, hours, wait) = clock.strikes.next(mode.slots, &mode.repair);
            let (free, node) = slots[slot];
            if free <= at {
                let end = at + hours;
                if !mode.overlapping {
                    slots[slot].0 = end;
                }
                drawn.push(Change { at, node, what });
                let end = Change { at: end, node, what: what | 1 };
                if end.at < until {
                    drawn.push(end);
                } else if end.at < horizon {
                    later.push(end);
                }
            }
            at += clock.gap * wait;
        }
        self.strikes_at = at;
    }
}

impl Engine<'_> {
    /// Plays what was drawn ahead, until another hour. `false` when the watch ends the replication.
    #[inline]
    pub(super) fn play_ahead(&mut self, until: f64, watch: &mut impl Watch) -> bool {
        let changes = std::mem::take(&mut self.ahead.changes);
        let goes_on = self.play_span(&changes[..changes.len() - 1], until, watch);
        let over = self.ahead.next + 1 == changes.len();
        self.ahead.changes = changes;
        if over {
            self.ahead.draw(self.system, &mut self.clocks, self.horizon);
        }
        goes_on
    }

    #[inline]
    fn play_span(&mut self, changes: &[Change], until: f64, watch: &mut impl Watch) -> bool {
        let mut now = self.now;
        for Change { at, node, what } in &changes[self.ahead.next..] {
            if *at > until {
                break;
            }
            if *at > now {
                if !watch.hold(now, *at, &self.state) {
                    self.now = now;
                    return false;
                }
                now = *at;
            }
            let ends = what & 1;
            self.state.failures[(what >> 1) as usize] += u64::from(1 - ends);
            self.state.standing.turn(*node, 1 - 2 * ends as i32);
            self.ahead.next += 1;
            if self.settles {
                break;
            }
        }
        self.now = now;
        true
    }
}
