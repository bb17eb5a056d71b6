use std::collections::BTreeMap;

use super::engine::{Engine, kind, what};
use crate::stream::Generator;

/// A repair that has not begun or is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Job {
    pub mode: u32,
    /// The slot; of a common cause the number of its list of hits.
    pub slot: u32,
    pub hours: f64,
}

/// The leaves that a common cause took.
#[derive(Debug, Clone, Default)]
pub(super) struct Hit {
    pub slot: u32,
    /// When its repair began.
    pub began: f64,
    pub leaves: Vec<u32>,
}

/// A crew, and the jobs that wait for it by rank and arrival.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    idle: u32,
    arrived: u64,
    pub jobs: BTreeMap<(u32, u64), Job>,
}

impl Queue {
    pub(super) fn of(idle: u32) -> Self {
        Self { idle, arrived: 0, jobs: BTreeMap::new() }
    }

    pub(super) fn empty(&mut self, idle: u32) {
        self.idle = idle;
        self.arrived = 0;
        self.jobs.clear();
    }
}

impl Engine<'_> {
    /// An outage begins: what it takes, and the way of its repair.
    #[inline]
    pub(super) fn outage(&mut self, part: usize, slot: usize, hours: f64) {
        let mode = &self.system.parts().modes[part];
        self.state.failures[part] += 1;
        if mode.hits.is_none() && mode.depot.is_none() && mode.crew.is_none() {
            self.state.standing.fall(mode.members[slot], mode.lost);
            self.begins(self.clocks[part].first + slot);
            return self.later(self.now + hours, what(kind::REPAIR, part, slot));
        }
        self.outage_that_waits(part, slot, hours);
    }

    /// A life or a repair of a slot begins now.
    #[inline]
    fn begins(&mut self, at: usize) {
        if let Some(began) = self.began.get_mut(at) {
            *began = self.now;
        }
    }

    fn outage_that_waits(&mut self, part: usize, slot: usize, hours: f64) {
        let mode = &self.system.parts().modes[part];
        let slot = match mode.hits {
            Some(_) if mode.each => return self.hit_each(part, slot),
            Some(p) => self.common_cause(part, slot, p),
            None => {
                self.state.standing.fall(mode.members[slot], mode.lost);
                slot as u32
            }
        };
        self.ask_part(Job { mode: part as u32, slot, hours });
    }

    fn ask_part(&mut self, job: Job) {
        let mode = &self.system.parts().modes[job.mode as usize];
        let Some(depot) = mode.depot.map(|depot| depot as usize) else { return self.ask_crew(job) };
        self.order(depot);
        self.state.asked[depot] += 1;
        if self.state.shelf[depot] == 0 {
            return self.state.waiting[depot].push_back(job);
        }
        self.state.shelf[depot] -= 1;
        self.state.served[depot] += 1;
        self.ask_crew(job);
    }

    fn ask_crew(&mut self, job: Job) {
        let Some((crew, rank)) = self.system.parts().modes[job.mode as usize].crew else { return self.repair(job) };
        let queue = &mut self.queues[crew as usize];
        if queue.idle == 0 {
            queue.arrived += 1;
            queue.jobs.insert((rank, queue.arrived), job);
        } else {
            queue.idle -= 1;
            self.repair(job);
        }
    }

    fn repair(&mut self, job: Job) {
        let mode = &self.system.parts().modes[job.mode as usize];
        let kind = if mode.hits.is_some() { kind::RELIEF } else { kind::REPAIR };
        if mode.hits.is_some() {
            self.hits[job.slot as usize].began = self.now;
        } else {
            self.begins(self.clocks[job.mode as usize].first + job.slot as usize);
        }
        self.later(self.now + job.hours, what(kind, job.mode as usize, job.slot as usize));
    }

    /// The leaves below are each taken with probability `p`, by a draw of their own: another leaf moves nothing.
    fn common_cause(&mut self, part: usize, slot: usize, p: f64) -> u32 {
        let number = self.new_hit(slot);
        let mut leaves = std::mem::take(&mut self.hits[number as usize].leaves);
        self.struck(part, slot, |engine, leaf, rng| {
            if rng.uniform() < p {
                engine.state.standing.fall(leaf, 1.0);
                leaves.push(leaf);
            }
        });
        self.hits[number as usize].leaves = leaves;
        number
    }

    /// The same, each with a repair of its own.
    fn hit_each(&mut self, part: usize, slot: usize) {
        let mode = &self.system.parts().modes[part];
        let Some(p) = mode.hits else { return };
        self.busy[self.clocks[part].first + slot] = false;
        self.struck(part, slot, |engine, leaf, rng| {
            let (taken, hours) = (rng.uniform() < p, mode.repair.draw(rng));
            let is_there = engine.gone[leaf as usize] > engine.now;
            if !taken || !is_there || (mode.only_up && engine.state.standing.outages(leaf) > 0) {
                return;
            }
            engine.state.standing.fall(leaf, 1.0);
            let number = engine.new_hit(slot);
            engine.hits[number as usize].leaves.push(leaf);
            engine.ask_part(Job { mode: part as u32, slot: number, hours });
        });
    }

    fn new_hit(&mut self, slot: usize) -> u32 {
        let number = self.free_hits.pop().unwrap_or_else(|| {
            self.hits.push(Hit::default());
            (self.hits.len() - 1) as u32
        });
        self.hits[number as usize].slot = slot as u32;
        self.hits[number as usize].leaves.clear();
        number
    }

    /// The leaves below a node that a common cause strikes, each with draws of its own.
    fn struck(&mut self, part: usize, slot: usize, mut each: impl FnMut(&mut Self, u32, &mut Generator)) {
        let mode = &self.system.parts().modes[part];
        let node = mode.members[slot];
        let struck = mode.address.joined(self.system.nodes()[node as usize].address).child(self.state.failures[part]);
        let stream = self.stream.named("common cause");
        for leaf in self.system.leaves(node) {
            let address = struck.joined(self.system.nodes()[*leaf as usize].address);
            each(self, *leaf, &mut stream.at(address).rng());
        }
    }

    /// A repair ends, of one whole node.
    #[inline]
    pub(super) fn repaired(&mut self, part: usize, slot: usize) {
        let mode = &self.system.parts().modes[part];
        self.state.standing.rise(mode.members[slot], mode.lost);
        self.over(part, slot);
    }

    pub(super) fn relieved(&mut self, part: usize, number: usize) {
        let hit = std::mem::take(&mut self.hits[number]);
        for leaf in &hit.leaves {
            self.state.standing.rise(*leaf, 1.0);
        }
        let slot = hit.slot as usize;
        self.hits[number].leaves = hit.leaves;
        self.free_hits.push(number as u32);
        self.over(part, slot);
    }

    /// The outage on top of the agenda is over: the slot may fail again, the crew takes its next job.
    #[inline]
    fn over(&mut self, part: usize, slot: usize) {
        let mode = &self.system.parts().modes[part];
        let at = self.clocks[part].first + slot;
        self.busy[at] = false;
        if mode.life.is_memoryless() {
            self.agenda.pop();
        } else {
            let life = mode.life.life(&mut self.own[at]);
            self.begins(at);
            self.instead(self.now + life, what(kind::LIFE, part, slot));
        }
        if let Some(standby) = mode.standby
            && let Some(found) = self.uncovered.iter().position(|one| *one == (part as u32, slot as u32))
        {
            self.uncovered.swap_remove(found);
            self.state.standing.rise(standby.group, 1.0);
        }
        if let Some((crew, _)) = mode.crew {
            match self.next_job(crew as usize) {
                Some(job) => self.repair(job),
                None => self.queues[crew as usize].idle += 1,
            }
        }
    }

    /// The next job of a crew, on something that is still there.
    fn next_job(&mut self, crew: usize) -> Option<Job> {
        loop {
            let (_, job) = self.queues[crew].jobs.pop_first()?;
            if self.is_wanted(job) {
                return Some(job);
            }
        }
    }

    /// Whether what a job repairs has not left.
    fn is_wanted(&self, job: Job) -> bool {
        let mode = &self.system.parts().modes[job.mode as usize];
        let node = match mode.hits {
            None => mode.members.get(job.slot as usize),
            Some(_) if mode.each => self.hits[job.slot as usize].leaves.first(),
            Some(_) => None,
        };
        node.is_none_or(|node| self.gone[*node as usize] > self.now)
    }

    /// A life ends of a unit that ages.
    pub(super) fn life_ends(&mut self, part: usize, slot: usize) {
        let mode = &self.system.parts().modes[part];
        if self.gone[mode.members[slot] as usize] <= self.now {
            return self.agenda.pop();
        }
        let at = self.clocks[part].first + slot;
        let hours = mode.repair.draw(&mut self.own[at]);
        self.busy[at] = true;
        if mode.hits.is_none() && mode.depot.is_none() && mode.crew.is_none() {
            self.state.failures[part] += 1;
            self.state.standing.fall(mode.members[slot], mode.lost);
            self.begins(at);
            return self.instead(self.now + hours, what(kind::REPAIR, part, slot));
        }
        self.agenda.pop();
        self.outage(part, slot, hours);
    }

    /// Whether a strike on a unit of a standby group takes it: one that waits fails more rarely. When an active one fails and
    /// the spare that waits does not take over, the group is down until the repair.
    pub(super) fn stands_by(&mut self, part: usize, slot: usize, [ages, switches]: [f64; 2]) -> bool {
        let mode = &self.system.parts().modes[part];
        let Some(standby) = mode.standby else { return true };
        let first = self.clocks[part].first;
        // while nobody took over nothing runs that could wear
        let stopped = self.state.standing.outages(standby.group) > 0 && standby.coverage < 1.0;
        let up = |slots: std::ops::Range<usize>| slots.filter(|s| !self.busy[first + s]).count();
        let (before, all) = (up(0..slot), up(0..mode.members.len()));
        let active = before < standby.active as usize && !stopped;
        if !active {
            return ages < standby.factor;
        }
        if all > standby.active as usize && switches >= standby.coverage {
            self.uncovered.push((part as u32, slot as u32));
            self.state.standing.fall(standby.group, 1.0);
        }
        true
    }

    fn order(&mut self, depot: usize) {
        if self.system.parts().depots[depot].every > 0.0 {
            self.gathered[depot] += 1;
        } else {
            self.order_now(depot);
        }
    }

    fn order_now(&mut self, depot: usize) {
        let hours = self.system.parts().depots[depot].lead.draw(&mut self.leads[depot]);
        self.later(self.now + hours, what(kind::PART, depot, 0));
    }

    pub(super) fn period_ends(&mut self, depot: usize) {
        let every = self.system.parts().depots[depot].every;
        self.instead(self.now + every, what(kind::PERIOD, depot, 0));
        for _ in 0..std::mem::take(&mut self.gathered[depot]) {
            self.order_now(depot);
        }
    }

    pub(super) fn part_arrives(&mut self, depot: usize) {
        self.agenda.pop();
        while let Some(job) = self.state.waiting[depot].pop_front() {
            if self.is_wanted(job) {
                return self.ask_crew(job);
            }
        }
        self.state.shelf[depot] += 1;
    }
}
