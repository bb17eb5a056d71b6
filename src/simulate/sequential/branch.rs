use super::engine::{Engine, Start, State, Watch, kind};
use super::law::Law;
use super::system::System;
use crate::stats::Distribution;
use crate::stream::{Generator, Stream};

/// What is left of a time of some law that is so old already; `None` where that cannot be drawn.
pub(in crate::simulate) type Rest = fn(&Distribution, f64, &mut Generator) -> Option<f64>;

impl<'s> Engine<'s> {
    /// An engine that can be copied on its way, each copy then going on by draws of its own: nothing is drawn ahead, and the age
    /// of what is under way is kept.
    #[must_use]
    pub(in crate::simulate) fn that_branches(system: &'s System) -> Self {
        let mut engine = Self::of(system, false);
        engine.began = vec![0.0; engine.busy.len()];
        engine
    }

    /// Hour 0 of the future that `stream` names, everything in force, up and new; play it by [`Engine::go_on`].
    ///
    /// It has no horizon that matters, the watch ends it: what lies beyond one would be forgotten, and then only what lies before it could be
    /// drawn anew, which would make it rarer.
    pub(in crate::simulate) fn set_out(&mut self, stream: Stream) {
        self.start(stream, Start::AllUp, f64::MAX, &[]);
        self.planned = 0;
        self.began.fill(0.0);
    }

    /// Plays on until the watch ends it: before the span that the watch was told of passes, so that it is told of it again when
    /// the future is played on.
    pub(in crate::simulate) fn go_on(&mut self, watch: &mut impl Watch) {
        let mut planned = self.planned;
        self.play(&mut planned, watch);
        self.planned = planned;
    }

    /// How things stand.
    pub(in crate::simulate) fn state(&self) -> &State {
        &self.state
    }

    /// Goes on by the draws of another stream from now on, given all that has happened: lives and repairs under way get a new
    /// rest by `rest(law, age)`, strikes of memoryless modes and what has not begun are drawn anew. What `rest` has no answer
    /// for, planned work, parts on their way and releases under way keep their hour, which is as right, and only less varied.
    ///
    /// The rests are independent of each other given their ages, as nothing but that they lasted so long is known of them.
    pub(in crate::simulate) fn branch(&mut self, stream: Stream, rest: Rest) {
        self.stream = stream;
        let mut rng = stream.named("rest").rng();
        self.draw_rests(rest, &mut rng);
        for queue in &mut self.queues {
            for job in queue.jobs.values_mut() {
                job.hours = self.system.parts().modes[job.mode as usize].repair.draw(&mut rng);
            }
        }
        for job in self.state.waiting.iter_mut().flatten() {
            job.hours = self.system.parts().modes[job.mode as usize].repair.draw(&mut rng);
        }
        self.strike_anew();
        self.other_streams();
    }

    fn draw_rests(&mut self, rest: Rest, rng: &mut Generator) {
        let (parts, now) = (self.system.parts(), self.now);
        let (clocks, began, hits) = (&self.clocks, &self.began, &self.hits);
        self.agenda.redraw(|_, entry| {
            let (part, slot) = ((entry >> 8) as usize & 0x00FF_FFFF, (entry >> 32) as usize);
            let mut left = |law: &Law, began: f64| Some(now + rest(law.distribution(), now - began, rng)?);
            match entry & 0xFF {
                kind::LIFE => left(&parts.modes[part].life, began[clocks[part].first + slot]),
                // several may be under way in one slot, of which one began last
                kind::REPAIR if parts.modes[part].overlapping => None,
                kind::REPAIR => left(&parts.modes[part].repair, began[clocks[part].first + slot]),
                kind::RELIEF => left(&parts.modes[part].repair, hits[slot].began),
                kind::DEPLOY if parts.deploys[part].every.is_memoryless() => Some(now + parts.deploys[part].every.life(rng)),
                _ => None,
            }
        });
    }

    /// Clocks without memory run anew.
    fn strike_anew(&mut self) {
        self.strikes.clear();
        for (part, mode) in self.system.parts().modes.iter().enumerate() {
            if !mode.life.is_memoryless() || mode.pooled {
                continue;
            }
            let mut rng = self.stream.named("failure").at(mode.address).rng();
            let first = self.now + self.clocks[part].gap * rng.exponential();
            self.strikes.push(first, part as u64);
            self.clocks[part].strikes.begin(rng);
        }
    }

    /// What is drawn later comes from the new stream, by the addresses of a future that begins with it.
    fn other_streams(&mut self) {
        let (parts, stream) = (self.system.parts(), self.stream);
        for (mode, clock) in parts.modes.iter().zip(&self.clocks).filter(|(mode, _)| !mode.life.is_memoryless()) {
            for (slot, node) in mode.members.iter().enumerate() {
                let address = mode.address.joined(self.system.nodes()[*node as usize].address);
                self.own[clock.first + slot] = stream.named("failure").at(address).rng();
            }
        }
        for (rng, depot) in self.leads.iter_mut().zip(&parts.depots) {
            *rng = stream.named("lead time").at(depot.address).rng();
        }
        for (rng, deploys) in self.deploy_rngs.iter_mut().zip(&parts.deploys) {
            *rng = stream.named("deploy").at(deploys.address).rng();
        }
        for (rng, cascade) in self.cascade_rngs.iter_mut().zip(&parts.cascades) {
            *rng = stream.named("cascade").at(cascade.address).rng();
        }
    }
}
