use super::engine::{Engine, Presence, Start, kind, what};
use super::system::Mode;
use crate::portable::ln;
use crate::stream::Generator;

impl Engine<'_> {
    /// The first entries of the agenda, and who is down at hour 0.
    pub(super) fn begin(&mut self, start: Start, presence: &[Presence]) {
        let parts = self.system.parts();
        for one in presence {
            if one.from > 0.0 {
                self.born[one.node as usize] = one.from;
                self.state.standing.fall(one.node, 1.0);
                self.plan(one.from, one.node, true, 1.0);
            }
            self.gone[one.node as usize] = one.until;
            self.plan(one.until, one.node, false, 1.0);
        }
        for outage in &parts.outages {
            if outage.until > 0.0 {
                self.plan(outage.from.max(0.0), outage.node, false, outage.lost);
                self.plan(outage.until, outage.node, true, outage.lost);
            }
        }
        self.calendar.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        for part in 0..parts.modes.len() {
            self.begin_mode(part, start);
        }
        self.ahead.draw(self.system, &mut self.clocks, self.horizon);
        self.begin_planned();
        for (d, depot) in parts.depots.iter().enumerate().filter(|(_, depot)| depot.every > 0.0) {
            self.later(depot.every, what(kind::PERIOD, d, 0));
        }
    }

    fn plan(&mut self, at: f64, node: u32, rises: bool, lost: f64) {
        if at < self.horizon {
            self.calendar.push((at, node, rises, lost));
        }
    }

    fn begin_mode(&mut self, part: usize, start: Start) {
        let mode = &self.system.parts().modes[part];
        let waits = mode.crew.is_some() || mode.depot.is_some() || mode.standby.is_some();
        let steady = start == Start::Steady && !waits;
        let stream = self.stream.named("failure").at(mode.address);
        if !mode.life.is_memoryless() {
            return self.begin_ageing(part, steady);
        }
        let mut rng = stream.rng();
        if mode.pooled {
            self.begin_pool(part, steady, &mut rng);
        } else {
            if self.clocks[part].ahead {
                self.ahead.begin(mode, self.clocks[part].first, &self.born);
            }
            if steady && mode.overlapping {
                self.begin_overlapping(part, &mut rng);
            } else if steady {
                self.begin_alternating(part, &mut rng);
            }
            let first = self.clocks[part].gap * rng.exponential();
            if self.clocks[part].ahead {
                self.ahead.first(part, first);
            } else {
                self.strikes.push(first, part as u64);
            }
        }
        self.clocks[part].strikes.begin(rng);
    }

    /// Slots that are down at hour 0: each with probability mean repair ÷ (mean life + mean repair), by skips of geometric length.
    fn slots_down(mode: &Mode, slots: usize, rng: &mut Generator, mut each: impl FnMut(usize, f64)) {
        let (life, repair) = (mode.life.mean(), mode.repair.mean());
        if repair <= 0.0 {
            return;
        }
        let stays_up = ln(life / (life + repair));
        let mut slot = 0.0;
        loop {
            slot += (ln(rng.uniform()) / stays_up).floor();
            if slot >= slots as f64 {
                return;
            }
            each(slot as usize, mode.repair.left(rng));
            slot += 1.0;
        }
    }

    fn begin_alternating(&mut self, part: usize, rng: &mut Generator) {
        let mode = &self.system.parts().modes[part];
        let first = self.clocks[part].first;
        let mut down = std::mem::take(&mut self.tripped);
        let mut left = Vec::new();
        Self::slots_down(mode, mode.slots as usize, rng, |slot, hours| {
            down.push((slot as u32, 0));
            left.push(hours);
        });
        for ((slot, _), hours) in down.drain(..).zip(left) {
            let Some(node) = mode.members.get(slot as usize) else { continue };
            if self.born[*node as usize] <= 0.0 {
                self.busy[first + slot as usize] = true;
                self.lasts(part, slot as usize, hours);
            }
        }
        self.tripped = down;
    }

    /// An outage that lasts at hour 0 already, of a memoryless mode.
    fn lasts(&mut self, part: usize, slot: usize, hours: f64) {
        let mode = &self.system.parts().modes[part];
        if !self.clocks[part].ahead {
            return self.outage(part, slot, hours);
        }
        self.state.failures[part] += 1;
        self.state.standing.fall(mode.members[slot], 1.0);
        self.ahead.lasts(part, mode.overlapping, self.clocks[part].first + slot, hours);
    }

    /// A Poisson number in progress: arrivals of a unit-rate process before the mean.
    fn begin_overlapping(&mut self, part: usize, rng: &mut Generator) {
        let mode = &self.system.parts().modes[part];
        let mean = mode.repair.mean() / self.clocks[part].gap;
        let mut passed = rng.exponential();
        while passed < mean {
            let slot = rng.below(mode.slots as usize);
            let hours = mode.repair.left(rng);
            if mode.members.get(slot).is_some_and(|node| self.born[*node as usize] <= 0.0) {
                self.lasts(part, slot, hours);
            }
            passed += rng.exponential();
        }
    }

    fn begin_pool(&mut self, part: usize, steady: bool, rng: &mut Generator) {
        let mode = &self.system.parts().modes[part];
        let pool = &mut self.pools[part];
        pool.members.copy_from_slice(&mode.members);
        pool.up = pool.members.len();
        if pool.members.is_empty() {
            return;
        }
        if steady {
            let mut down = Vec::new();
            Self::slots_down(mode, mode.members.len(), rng, |slot, _| down.push(slot));
            // from the last on, so that those before keep their places
            for slot in down.into_iter().rev() {
                pool.up -= 1;
                self.state.standing.fall(pool.members[slot], 1.0);
                pool.members.swap(slot, pool.up);
            }
        }
        let first = pool.wait(rng.exponential());
        self.later(first, what(kind::POOL, part, 0));
    }

    /// Units that age have a stream each, so that another one moves nothing.
    fn begin_ageing(&mut self, part: usize, steady: bool) {
        let mode = &self.system.parts().modes[part];
        let stream = self.stream.named("failure");
        for (slot, node) in mode.members.iter().enumerate() {
            let mut rng = stream.at(mode.address.joined(self.system.nodes()[*node as usize].address)).rng();
            let (born, at) = (self.born[*node as usize], self.clocks[part].first + slot);
            let down = steady && born <= 0.0 && rng.uniform() * (mode.life.mean() + mode.repair.mean()) < mode.repair.mean();
            if down {
                let hours = mode.repair.left(&mut rng);
                self.own[at] = rng;
                self.busy[at] = true;
                self.outage(part, slot, hours);
                continue;
            }
            let life = if steady && born <= 0.0 { mode.life.left(&mut rng) } else { mode.life.life(&mut rng) };
            self.own[at] = rng;
            self.later(born.max(0.0) + life, what(kind::LIFE, part, slot));
        }
    }
}
