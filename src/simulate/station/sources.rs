use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Law;
use crate::stream::Stream;

/// A loss system with few sources: each is idle for a while, then asks for one of the servers; refused, it is idle again.
#[derive(Debug, Clone)]
pub struct Sources {
    /// How many sources.
    pub sources: u32,
    /// How many servers.
    pub servers: u32,
    /// Time that a source is idle.
    pub idle: Law,
    /// Time that it holds a server.
    pub holding: Law,
}

/// What a replication saw in its window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SourcesTally {
    /// Requests.
    pub requests: f64,
    /// Of them, refused.
    pub refused: f64,
    /// Time in which all servers were busy.
    pub full: f64,
    /// ∫ busy servers dt.
    pub busy: f64,
    /// Length of the window.
    pub length: f64,
}

impl Sources {
    /// One replication from all idle, counted for `length` after `warm_up`. A source forgets its start after a few idle and
    /// holding times.
    #[must_use]
    pub fn run(&self, warm_up: f64, length: f64, stream: Stream) -> SourcesTally {
        let mut rng = stream.named("sources").rng();
        // when, which source, whether it holds a server until then
        let mut next: BinaryHeap<Reverse<(u64, u32, bool)>> =
            (0..self.sources).map(|source| Reverse((self.idle.draw(&mut rng).to_bits(), source, false))).collect();
        let mut tally = SourcesTally { length, ..SourcesTally::default() };
        let (mut last, mut busy, end) = (0.0, 0_u32, warm_up + length);
        while let Some(mut top) = next.peek_mut() {
            let Reverse((bits, source, holds)) = *top;
            let now = f64::from_bits(bits);
            let span = (now.min(end) - f64::max(last, warm_up)).max(0.0);
            tally.busy += f64::from(busy) * span;
            tally.full += if busy >= self.servers { span } else { 0.0 };
            if now > end {
                break;
            }
            last = now;
            let counts = f64::from(u8::from(now >= warm_up));
            let takes = !holds && busy < self.servers;
            if holds {
                busy -= 1;
            } else {
                tally.requests += counts;
                tally.refused += if takes { 0.0 } else { counts };
            }
            busy += u32::from(takes);
            let time = if takes { self.holding.draw(&mut rng) } else { self.idle.draw(&mut rng) };
            *top = Reverse(((now + time).to_bits(), source, takes));
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
        // two sources in step, one server
        let law = |value| Law::new(Distribution::constant(value)).unwrap();
        let both = Sources { sources: 2, servers: 1, idle: law(2.0), holding: law(1.0) };
        let tally = both.run(0.0, 4.5, Stream::root(Seed(1)));
        // source 0: holds 2..3, asks again at 5; source 1: refused at 2, holds 4..5
        assert_eq!(tally, SourcesTally { requests: 3.0, refused: 1.0, full: 1.5, busy: 1.5, length: 4.5 });
    }
}
