use std::collections::VecDeque;
use std::sync::Arc;

use super::agenda::Agenda;
use super::ahead::Ahead;
use super::capacity::Standing;
use super::outage::{Hit, Job, Queue};
use super::planned::Rollout;
use super::pool::Pool;
use super::strikes::Strikes;
use super::system::{Mode, System};
use crate::stream::{Generator, Stream};

/// Where a replication begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Everything is up and new.
    AllUp,
    /// Each clock in its own steady state. Modes that wait for crews or parts, or stand by, have none by themselves and begin
    /// all up: give them hours to warm up.
    Steady,
}

/// When a node is in force, in hours after the start; other nodes always are. Its own clock starts when it comes; once it has
/// left it asks for no crew and no part, and what it waits for is let go (a repair under way is done to its end).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// The node.
    pub node: u32,
    /// From this hour on; 0 or before: there at the start.
    pub from: f64,
    /// Until this hour.
    pub until: f64,
}

/// Is told of every span in which nothing happens.
pub trait Watch {
    /// Nothing happened from one hour to another, and this is how things stood. `false` ends the replication.
    fn hold(&mut self, from: f64, until: f64, state: &State) -> bool;
}

impl<F: FnMut(f64, f64, &State) -> bool> Watch for F {
    #[inline]
    fn hold(&mut self, from: f64, until: f64, state: &State) -> bool {
        self(from, until, state)
    }
}

/// How things stand at an instant.
#[derive(Debug, Clone)]
pub struct State {
    /// Capacity and who is down.
    pub standing: Standing,
    /// Parts on each shelf.
    pub shelf: Vec<u32>,
    /// Failures by mode so far; those of pooled modes are not counted.
    pub failures: Vec<u64>,
    /// Parts asked for at each depot so far, and those that were on the shelf.
    pub asked: Vec<u64>,
    /// See `asked`.
    pub served: Vec<u64>,
    /// Carriers tripped by overload so far.
    pub trips: u64,
    pub(super) waiting: Vec<VecDeque<Job>>,
}

impl State {
    /// Jobs that wait for a part of this depot.
    #[must_use]
    pub fn waiting(&self, depot: usize) -> usize {
        self.waiting[depot].len()
    }

    /// Capacity left in a lane.
    #[inline]
    #[must_use]
    pub fn total(&self, lane: usize) -> i64 {
        self.standing.total(lane)
    }
}

/// What an entry of the agenda is, in its lowest bits.
pub(super) mod kind {
    /// A life of a mode whose units age ends.
    pub const LIFE: u64 = 1;
    /// A repair ends.
    pub const REPAIR: u64 = 2;
    /// A common-cause outage ends: the number of its list of hits.
    pub const RELIEF: u64 = 3;
    /// A pooled mode fails or repairs one.
    pub const POOL: u64 = 4;
    /// A part arrives.
    pub const PART: u64 = 5;
    /// Gathered orders are placed.
    pub const PERIOD: u64 = 6;
    pub const DRAIN: u64 = 7;
    pub const DRAINED: u64 = 8;
    pub const DEPLOY: u64 = 9;
    pub const WAVE: u64 = 10;
    pub const ROLLBACK: u64 = 11;
    pub const RESTART: u64 = 12;
    /// The load of a cascade changes.
    pub const LOAD: u64 = 13;
}

/// An entry: kind (8 bits), number of the mode or other part (24 bits), slot (32 bits).
#[inline]
pub(super) fn what(kind: u64, part: usize, slot: usize) -> u64 {
    kind | ((part as u64) << 8) | ((slot as u64) << 32)
}

/// A mode as it runs.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    pub strikes: Strikes,
    /// Where its slots begin in what is kept by slot.
    pub first: usize,
    /// Mean hours between two strikes of all slots, of a memoryless mode.
    pub gap: f64,
    /// Whether what it does is drawn ahead.
    pub ahead: bool,
}

/// Plays one possible future at a time; its buffers are used again.
///
/// ```
/// use plimsoll::simulate::sequential::{Engine, Law, Mode, Node, Parts, Start, State, System};
/// use plimsoll::stats::Distribution;
/// use plimsoll::stream::{Address, Seed, Stream};
/// let hours = |mean| Law::of(&Distribution::Exponential { mean }).unwrap();
/// let unit = |i| Node::unit(None, 1, Address::of("host").child(i));
/// let mode = Mode::new(Address::of("fails"), vec![0, 1, 2], hours(1_000.0), hours(10.0));
/// let parts = Parts { lanes: 1, nodes: (0..3).map(unit).collect(), modes: vec![mode], ..Parts::default() };
/// let system = System::new(parts).unwrap();
/// let mut lowest = 3;
/// let mut watch = |_: f64, _: f64, state: &State| { lowest = lowest.min(state.total(0)); true };
/// Engine::new(&system).run(Stream::root(Seed(1)), Start::AllUp, 8_760.0, &[], &mut watch);
/// assert!(lowest < 3);
/// ```
#[derive(Debug, Clone)]
pub struct Engine<'s> {
    pub(super) system: &'s System,
    base: Standing,
    pub(super) state: State,
    pub(super) agenda: Agenda,
    /// The next strike of each other memoryless mode: never fewer, so that each is put in place of the last.
    pub(super) strikes: Agenda,
    pub(super) ahead: Ahead,
    pub(super) now: f64,
    pub(super) horizon: f64,
    pub(super) stream: Stream,
    pub(super) clocks: Vec<Clock>,
    /// By slot: whether its own failure lasts.
    pub(super) busy: Vec<bool>,
    /// By slot of a mode whose units age: its draws.
    pub(super) own: Vec<Generator>,
    pub(super) pools: Vec<Pool>,
    /// By node: the hour it comes into force.
    pub(super) born: Vec<f64>,
    /// By node: the hour it leaves.
    pub(super) gone: Vec<f64>,
    /// (hour, node, whether it rises, share): what is known beforehand, by hour.
    pub(super) calendar: Vec<(f64, u32, bool, f64)>,
    pub(super) hits: Vec<Hit>,
    pub(super) free_hits: Vec<u32>,
    pub(super) queues: Vec<Queue>,
    /// Orders gathered at each depot, and its draws.
    pub(super) gathered: Vec<u32>,
    pub(super) leads: Vec<Generator>,
    /// Slots whose failure no spare took over.
    pub(super) uncovered: Vec<(u32, u32)>,
    pub(super) due: Vec<u32>,
    pub(super) rollouts: Vec<Rollout>,
    pub(super) deploy_rngs: Vec<Generator>,
    pub(super) cascade_rngs: Vec<Generator>,
    /// By cascade: its load by the hour, which copies of an engine share.
    pub(super) loads: Vec<Arc<[f64]>>,
    pub(super) tripped: Vec<(u32, u32)>,
    pub(super) unsettled: bool,
    pub(super) settles: bool,
    /// By slot: when its life or its repair began. Empty in an engine that is not copied on its way.
    pub(super) began: Vec<f64>,
    /// The next of the calendar, of an engine that is played on.
    pub(super) planned: usize,
}

impl<'s> Engine<'s> {
    /// An engine for a system.
    #[must_use]
    pub fn new(system: &'s System) -> Self {
        Self::of(system, true)
    }

    /// The same, with or without plain memoryless modes drawn ahead.
    pub(super) fn of(system: &'s System, ahead: bool) -> Self {
        let parts = system.parts();
        let base = Standing::all_up(system);
        let rng = Stream::root(crate::stream::Seed(0)).rng();
        let mut first = 0;
        let mut clock = |mode: &Mode| {
            let clock = Clock {
                strikes: Strikes::new(rng.clone()),
                first,
                gap: mode.life.mean() / f64::from(mode.slots.max(1)),
                ahead: ahead && mode.is_known_ahead(),
            };
            first += mode.slots as usize;
            clock
        };
        let clocks: Vec<Clock> = parts.modes.iter().map(&mut clock).collect();
        let ages = parts.modes.iter().any(|mode| !mode.life.is_memoryless());
        Self {
            system,
            state: State {
                standing: base.clone(),
                shelf: parts.depots.iter().map(|depot| depot.parts).collect(),
                failures: vec![0; parts.modes.len()],
                asked: vec![0; parts.depots.len()],
                served: vec![0; parts.depots.len()],
                trips: 0,
                waiting: vec![VecDeque::new(); parts.depots.len()],
            },
            base,
            agenda: Agenda::default(),
            strikes: Agenda::default(),
            ahead: Ahead::of(system, &clocks),
            now: 0.0,
            horizon: 0.0,
            stream: Stream::root(crate::stream::Seed(0)),
            clocks,
            busy: vec![false; first],
            own: if ages { vec![rng.clone(); first] } else { Vec::new() },
            pools: parts.modes.iter().map(Pool::of).collect(),
            born: vec![0.0; parts.nodes.len()],
            gone: vec![f64::INFINITY; parts.nodes.len()],
            calendar: Vec::new(),
            hits: Vec::new(),
            free_hits: Vec::new(),
            queues: parts.crews.iter().map(|jobs| Queue::of(*jobs)).collect(),
            gathered: vec![0; parts.depots.len()],
            leads: vec![rng.clone(); parts.depots.len()],
            uncovered: Vec::new(),
            due: Vec::new(),
            rollouts: Vec::new(),
            deploy_rngs: vec![rng.clone(); parts.deploys.len()],
            cascade_rngs: vec![rng; parts.cascades.len()],
            loads: parts.cascades.iter().map(|cascade| cascade.load.as_slice().into()).collect(),
            tripped: Vec::new(),
            unsettled: false,
            began: Vec::new(),
            planned: 0,
            settles: !parts.drains.is_empty() || !parts.cascades.is_empty(),
        }
    }

    /// Plays the future that `stream` names, from hour 0 to `horizon` (which may be infinite where the watch ends it).
    ///
    /// Draws are addressed by the stream and the addresses of modes and nodes alone: another mode, another order of the parts or
    /// another thread moves nothing.
    pub fn run(&mut self, stream: Stream, start: Start, horizon: f64, presence: &[Presence], watch: &mut impl Watch) {
        self.start(stream, start, horizon, presence);
        let mut planned = 0;
        self.play(&mut planned, watch);
    }

    /// Hour 0 of a future, before anything happens.
    pub(super) fn start(&mut self, stream: Stream, start: Start, horizon: f64, presence: &[Presence]) {
        self.reset(stream, horizon);
        self.begin(start, presence);
    }

    /// Plays on until the horizon, or until the watch ends it: before the span that it was told of passes, so that it can be
    /// played on from there. `at` is the next of the calendar.
    pub(super) fn play(&mut self, at: &mut usize, watch: &mut impl Watch) {
        let mut planned = *at;
        loop {
            *at = planned;
            if self.unsettled && self.next_at(planned) > self.now {
                self.settle();
            }
            let (struck, other) = (self.strikes.next_at(), self.agenda.next_at());
            let known = self.calendar.get(planned).map_or(f64::INFINITY, |change| change.0);
            let next = struck.min(other).min(known).min(self.horizon);
            if self.ahead.next_at() <= next {
                if !self.play_ahead(next, watch) {
                    return;
                }
                self.unsettled = self.settles;
                continue;
            }
            if next > self.now {
                if !watch.hold(self.now, next, &self.state) {
                    return;
                }
                self.now = next;
            }
            if next >= self.horizon {
                return;
            }
            if struck <= next {
                self.strike(self.strikes.next_what() as usize);
            } else if known <= next {
                let (_, node, rises, lost) = self.calendar[planned];
                if rises {
                    self.state.standing.rise(node, lost);
                } else {
                    self.state.standing.fall(node, lost);
                }
                planned += 1;
            } else if !self.happen(struck.min(known).min(self.horizon).min(self.ahead.next_at()), watch) {
                return;
            }
            self.unsettled = self.settles;
        }
    }

    /// Replaces the load of a cascade from the next run on: that of each hour, again and again from hour 0. An empty load or an
    /// unknown cascade changes nothing.
    pub fn carry(&mut self, cascade: usize, load: Vec<f64>) {
        if let Some(kept) = self.loads.get_mut(cascade).filter(|_| !load.is_empty()) {
            *kept = load.into();
        }
    }

    /// Failures in the replication that was played last.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.state.failures.iter().sum()
    }

    #[inline]
    fn next_at(&self, planned: usize) -> f64 {
        let known = self.calendar.get(planned).map_or(f64::INFINITY, |change| change.0);
        self.agenda.next_at().min(self.strikes.next_at()).min(self.ahead.next_at()).min(known)
    }

    fn reset(&mut self, stream: Stream, horizon: f64) {
        self.stream = stream;
        self.now = 0.0;
        self.horizon = horizon;
        self.state.standing.copy_from(&self.base);
        self.state.failures.fill(0);
        self.state.asked.fill(0);
        self.state.served.fill(0);
        self.state.trips = 0;
        self.agenda.clear();
        self.strikes.clear();
        self.ahead.clear();
        self.busy.fill(false);
        self.born.fill(0.0);
        self.gone.fill(f64::INFINITY);
        self.calendar.clear();
        self.hits.clear();
        self.free_hits.clear();
        self.uncovered.clear();
        self.due.clear();
        self.rollouts.clear();
        self.tripped.clear();
        self.unsettled = self.settles;
        let parts = self.system.parts();
        for (queue, jobs) in self.queues.iter_mut().zip(&parts.crews) {
            queue.empty(*jobs);
        }
        for (d, depot) in parts.depots.iter().enumerate() {
            self.state.shelf[d] = depot.parts;
            self.state.waiting[d].clear();
            self.gathered[d] = 0;
            self.leads[d] = stream.named("lead time").at(depot.address).rng();
        }
        for (rng, deploys) in self.deploy_rngs.iter_mut().zip(&parts.deploys) {
            *rng = stream.named("deploy").at(deploys.address).rng();
        }
        for (rng, cascade) in self.cascade_rngs.iter_mut().zip(&parts.cascades) {
            *rng = stream.named("cascade").at(cascade.address).rng();
        }
    }

    /// Puts an entry on the agenda, unless it is too late to matter.
    #[inline]
    pub(super) fn later(&mut self, at: f64, what: u64) {
        if at < self.horizon {
            self.agenda.push(at, what);
        }
    }

    /// Puts an entry in place of the top of the agenda.
    #[inline]
    pub(super) fn instead(&mut self, at: f64, what: u64) {
        if at < self.horizon { self.agenda.replace(at, what) } else { self.agenda.pop() }
    }

    /// What stands on top of the agenda; a pooled mode goes on until something else happens, at `until` at the latest. `false`
    /// when the watch ends the replication.
    #[inline]
    fn happen(&mut self, until: f64, watch: &mut impl Watch) -> bool {
        let entry = self.agenda.next_what();
        let (part, slot) = ((entry >> 8) as usize & 0x00FF_FFFF, (entry >> 32) as usize);
        match entry & 0xFF {
            kind::REPAIR => self.repaired(part, slot),
            kind::LIFE => self.life_ends(part, slot),
            kind::POOL => return self.pooled(part, until.min(self.agenda.second_at()), watch),
            other => self.happen_rarely(other, part, slot),
        }
        true
    }

    #[inline(never)]
    fn happen_rarely(&mut self, kind: u64, part: usize, slot: usize) {
        match kind {
            kind::RELIEF => self.relieved(part, slot),
            kind::PART => self.part_arrives(part),
            kind::PERIOD => self.period_ends(part),
            kind::DRAIN => {
                self.agenda.pop();
                self.due.push(part as u32);
            }
            kind::DRAINED => {
                self.agenda.pop();
                self.state.standing.rise(self.system.parts().drains[part].node, 1.0);
            }
            kind::DEPLOY => self.deployed(part),
            kind::WAVE => self.wave(part, slot),
            kind::ROLLBACK => self.rolled_back(part, slot),
            kind::RESTART => self.restarted(part, slot),
            _ => self.load_changes(part),
        }
    }

    /// One of all the strikes of a memoryless mode of which something may hold a strike back or a repair up. As those that are
    /// drawn ahead, it draws the same numbers whether it is void or not.
    #[inline(never)]
    fn strike(&mut self, part: usize) {
        let mode = &self.system.parts().modes[part];
        let clock = &mut self.clocks[part];
        let (slot, hours, wait) = clock.strikes.next(mode.slots, &mode.repair);
        let next = self.now + clock.gap * wait;
        let at = clock.first + slot;
        let rng = &mut clock.strikes.rng;
        let chance = if mode.standby.is_some() { [rng.uniform(), rng.uniform()] } else { [0.0; 2] };
        self.strikes.replace(next, part as u64);
        let Some(node) = mode.members.get(slot) else { return };
        if self.busy[at] || self.born[*node as usize] > self.now || self.gone[*node as usize] <= self.now {
            return;
        }
        if mode.only_up && self.state.standing.outages(*node) > 0 {
            return;
        }
        if mode.standby.is_some() && !self.stands_by(part, slot, chance) {
            return;
        }
        self.busy[at] = !mode.overlapping;
        self.outage(part, slot, hours);
    }

    /// Plays a pooled mode from the event on top of the agenda to its last before `until`. `false` when the watch ends the
    /// replication.
    fn pooled(&mut self, part: usize, until: f64, watch: &mut impl Watch) -> bool {
        let (pool, strikes) = (&mut self.pools[part], &mut self.clocks[part].strikes);
        let mut now = self.now;
        loop {
            let (choice, wait) = strikes.next_of_pool();
            pool.step(choice, &mut self.state.standing);
            let next = now + pool.wait(wait);
            if next >= until || self.settles {
                self.now = now;
                self.instead(next, what(kind::POOL, part, 0));
                return true;
            }
            if !watch.hold(now, next, &self.state) {
                self.now = now;
                self.instead(next, what(kind::POOL, part, 0));
                return false;
            }
            now = next;
        }
    }
}
