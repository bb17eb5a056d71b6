use super::{Arrivals, Law};
use crate::stream::Stream;

/// One server that switches off when nobody is there and takes a setup when the next customer comes: scaling from zero.
#[derive(Debug, Clone)]
pub struct Setup {
    /// How customers come.
    pub arrivals: Arrivals,
    /// Service.
    pub service: Law,
    /// Time to switch on.
    pub setup: Law,
}

/// What a replication with setups saw after its warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SetupTally {
    /// Time of complete stretches, from a moment when the server went off to another.
    pub length: f64,
    /// Of it, off.
    pub off: f64,
    /// Of it, switching on.
    pub setup: f64,
    /// Customers.
    pub customers: f64,
    /// Σ of their responses.
    pub response: f64,
}

impl Setup {
    /// One replication of `cycles` stretches from off to off: they are independent of one another, so that nothing has to be
    /// thrown away, and ratios of sums over them are steady-state figures (renewal reward).
    ///
    /// Asmussen (2003), *Applied Probability and Queues*, 2nd ed., VI.1. Response follows D(n+1) = max(A(n+1), D(n)) + S, with
    /// a setup added where the server was off.
    #[must_use]
    pub fn run(&self, cycles: u32, stream: Stream) -> SetupTally {
        let (mut gaps, mut services) = (stream.named("arrivals").rng(), stream.named("services").rng());
        let mut tally = SetupTally::default();
        let (mut off_since, mut arrival, mut seen) = (0.0, self.arrivals.after(0.0, 1.0, &mut gaps), 0);
        while seen < cycles {
            let setup = self.setup.draw(&mut services);
            tally.off += arrival - off_since;
            tally.setup += setup;
            let mut free = arrival + setup;
            while arrival <= free {
                free += self.service.draw(&mut services);
                tally.customers += 1.0;
                tally.response += free - arrival;
                arrival = self.arrivals.after(arrival, 1.0, &mut gaps);
            }
            tally.length += free - off_since;
            off_since = free;
            seen += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;
    use crate::stream::Seed;

    #[test]
    fn by_hand() {
        let law = |value| Law::new(Distribution::constant(value)).unwrap();
        let server = Setup { arrivals: Arrivals::Renewal { gap: law(5.0) }, service: law(3.0), setup: law(2.5) };
        // at 5: setup to 7.5, served to 10.5; at 10 already there: to 13.5; off until 15
        let tally = server.run(1, Stream::root(Seed(1)));
        let wanted = SetupTally { length: 13.5, off: 5.0, setup: 2.5, customers: 2.0, response: 5.5 + 3.5 };
        assert_eq!(tally, wanted);
    }
}
