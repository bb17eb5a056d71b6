use super::engine::{Engine, kind, what};

/// A bad release on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Rollout {
    /// Waves begun.
    waves: usize,
    /// No wave begins from this hour on.
    seen_at: f64,
}

impl Engine<'_> {
    pub(super) fn begin_planned(&mut self) {
        let parts = self.system.parts();
        for (d, drain) in parts.drains.iter().enumerate() {
            self.later(drain.due, what(kind::DRAIN, d, 0));
        }
        for (d, deploys) in parts.deploys.iter().enumerate() {
            let first = deploys.every.life(&mut self.deploy_rngs[d]);
            self.later(first, what(kind::DEPLOY, d, 0));
        }
        for c in 0..parts.cascades.len() {
            self.later(1.0, what(kind::LOAD, c, 0));
        }
    }

    /// What follows from how things stand at an instant: drains that waited begin, carriers asked for too much trip.
    pub(super) fn settle(&mut self) {
        self.unsettled = false;
        let mut waiting = std::mem::take(&mut self.due);
        waiting.retain(|drain| !self.drain(*drain as usize));
        self.due = waiting;
        for cascade in 0..self.system.parts().cascades.len() {
            self.trip(cascade);
        }
    }

    /// Begins a drain, if none of those it must not meet is down.
    fn drain(&mut self, part: usize) -> bool {
        let parts = self.system.parts();
        let drain = parts.drains[part];
        let others = drain.exclusive.map_or(&[][..], |set| &parts.exclusive[set as usize]);
        if others.iter().any(|node| *node != drain.node && self.state.standing.outages(*node) > 0) {
            return false;
        }
        self.state.standing.fall(drain.node, 1.0);
        self.later(self.now + drain.hours, what(kind::DRAINED, part, 0));
        true
    }

    pub(super) fn deployed(&mut self, part: usize) {
        let deploys = &self.system.parts().deploys[part];
        let rng = &mut self.deploy_rngs[part];
        let seen_at = self.now + deploys.detection.draw(rng);
        let back = seen_at + deploys.rollback.draw(rng);
        let next = self.now + deploys.every.life(rng);
        let number = self.rollouts.len();
        self.instead(next, what(kind::DEPLOY, part, 0));
        // one that a freeze holds back draws the same numbers, so that no other draw moves
        if self.system.parts().frozen.iter().any(|(from, until)| *from <= self.now && self.now < *until) {
            return;
        }
        self.rollouts.push(Rollout { waves: 0, seen_at });
        self.later(back, what(kind::ROLLBACK, part, number));
        self.begin_wave(part, number);
    }

    fn begin_wave(&mut self, part: usize, number: usize) {
        let deploys = &self.system.parts().deploys[part];
        let Some(nodes) = deploys.waves.get(self.rollouts[number].waves) else { return };
        for node in nodes {
            self.state.standing.fall(*node, deploys.lost);
        }
        self.rollouts[number].waves += 1;
        let next = self.now + deploys.gap;
        if next < self.rollouts[number].seen_at {
            self.later(next, what(kind::WAVE, part, number));
        }
    }

    pub(super) fn wave(&mut self, part: usize, number: usize) {
        self.agenda.pop();
        self.begin_wave(part, number);
    }

    pub(super) fn rolled_back(&mut self, part: usize, number: usize) {
        self.agenda.pop();
        let deploys = &self.system.parts().deploys[part];
        for node in deploys.waves.iter().take(self.rollouts[number].waves).flatten() {
            self.state.standing.rise(*node, deploys.lost);
        }
    }

    /// Trips carriers one by one, the one that carries most first, until the others can carry the load or none is left.
    fn trip(&mut self, part: usize) {
        let cascade = &self.system.parts().cascades[part];
        let load = self.loads[part][self.now.floor() as usize % self.loads[part].len()];
        loop {
            let each = |node: &u32| self.state.standing.delivers(*node, cascade.lane as usize);
            let all: i64 = cascade.carriers.iter().map(each).sum();
            if all == 0 || load <= cascade.limit * all as f64 {
                return;
            }
            let most = (0..cascade.carriers.len()).rev().max_by_key(|i| each(&cascade.carriers[*i]));
            let Some(most) = most else { return };
            self.state.standing.fall(cascade.carriers[most], 1.0);
            self.state.trips += 1;
            let hours = cascade.restart.life(&mut self.cascade_rngs[part]);
            self.later(self.now + hours, what(kind::RESTART, part, most));
        }
    }

    pub(super) fn restarted(&mut self, part: usize, carrier: usize) {
        self.agenda.pop();
        self.state.standing.rise(self.system.parts().cascades[part].carriers[carrier], 1.0);
    }

    pub(super) fn load_changes(&mut self, part: usize) {
        self.instead(self.now.floor() + 1.0, what(kind::LOAD, part, 0));
    }
}
