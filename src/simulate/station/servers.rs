use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// When each server is free again: the recursion of Kiefer & Wolfowitz (1955), "On the theory of queues with many servers",
/// *Transactions of the AMS* 78, 1–18. First come, first served: each customer takes the server that is free first.
///
/// Up to 16 servers a sorted array without branches, padded with servers that are never free; more in a heap whose top is
/// replaced. Times are not negative, so their bits order as they do.
#[derive(Debug, Clone)]
pub(super) enum Servers {
    One(Sorted<1>),
    Two(Sorted<2>),
    Four(Sorted<4>),
    Eight(Sorted<8>),
    Sixteen(Sorted<16>),
    Many(BinaryHeap<Reverse<u64>>),
}

impl Servers {
    /// All free at time 0.
    pub(super) fn new(servers: u32) -> Self {
        match servers {
            0..=1 => Self::One(Sorted::new(servers)),
            2 => Self::Two(Sorted::new(servers)),
            3..=4 => Self::Four(Sorted::new(servers)),
            5..=8 => Self::Eight(Sorted::new(servers)),
            9..=16 => Self::Sixteen(Sorted::new(servers)),
            _ => Self::Many((0..servers).map(|_| Reverse(0)).collect()),
        }
    }

    /// When the first server is free.
    #[inline]
    pub(super) fn soonest(&self) -> f64 {
        match self {
            Self::One(few) => few.0[0],
            Self::Two(few) => few.0[0],
            Self::Four(few) => few.0[0],
            Self::Eight(few) => few.0[0],
            Self::Sixteen(few) => few.0[0],
            Self::Many(many) => many.peek().map_or(f64::INFINITY, |at| f64::from_bits(at.0)),
        }
    }

    /// The first server is free again at `until`, which is not before it was.
    #[inline]
    pub(super) fn occupy(&mut self, until: f64) {
        match self {
            Self::One(few) => few.replace(until),
            Self::Two(few) => few.replace(until),
            Self::Four(few) => few.replace(until),
            Self::Eight(few) => few.replace(until),
            Self::Sixteen(few) => few.replace(until),
            Self::Many(many) => {
                if let Some(mut top) = many.peek_mut() {
                    *top = Reverse(until.to_bits());
                }
            }
        }
    }
}

/// Ascending; the first is the server that is free first.
#[derive(Debug, Clone)]
pub(super) struct Sorted<const N: usize>(pub(super) [f64; N]);

impl<const N: usize> Sorted<N> {
    pub(super) fn new(servers: u32) -> Self {
        let mut free = [f64::INFINITY; N];
        free[..servers as usize].fill(0.0);
        Self(free)
    }

    /// Takes the first out and puts `value` in: each place holds the middle of its old value, the next one and `value`.
    #[inline]
    pub(super) fn replace(&mut self, value: f64) {
        let old = self.0;
        for place in 0..N {
            let next = if place + 1 < N { old[place + 1] } else { f64::INFINITY };
            let lower = if value < next { value } else { next };
            self.0[place] = if place > 0 && old[place] > lower { old[place] } else { lower };
        }
    }
}

/// Waits of customers one after another at an empty station of up to N servers: the recursion alone, a block at a time.
///
/// `gaps` are the times before each arrival and `services` how long each is served; `waits` is filled. The state goes on with
/// the next block; times are kept relative to the last arrival of the block before, so that a long run loses no digits.
#[derive(Debug, Clone)]
pub struct Waits<const N: usize> {
    free: Sorted<N>,
}

impl<const N: usize> Waits<N> {
    /// All `servers` free; `None` for no server or more than N.
    #[must_use]
    pub fn new(servers: u32) -> Option<Self> {
        (servers > 0 && servers as usize <= N).then(|| Self { free: Sorted::new(servers) })
    }

    /// The waits of the next customers, as many as the shortest of the three slices.
    ///
    /// ```
    /// use plimsoll::simulate::station::Waits;
    /// let mut waits = [0.0; 3];
    /// Waits::<1>::new(1).unwrap().fill(&[1.0, 1.0, 1.0], &[3.0, 1.0, 1.0], &mut waits);
    /// assert_eq!(waits, [0.0, 2.0, 2.0]);
    /// ```
    pub fn fill(&mut self, gaps: &[f64], services: &[f64], waits: &mut [f64]) {
        let mut now = 0.0;
        let mut free = self.free.clone();
        for ((gap, service), wait) in gaps.iter().zip(services).zip(waits) {
            now += gap;
            let start = if free.0[0] > now { free.0[0] } else { now };
            *wait = start - now;
            free.replace(start + service);
        }
        for one in &mut free.0 {
            *one = (*one - now).max(0.0);
        }
        self.free = free;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    #[test]
    fn the_first_free_server_is_the_least_of_a_plain_list() {
        for count in [1_u32, 2, 3, 4, 5, 8, 11, 16, 17, 40] {
            let mut rng = Stream::root(Seed(1)).replication(count).rng();
            let (mut servers, mut plain) = (Servers::new(count), vec![0.0_f64; count as usize]);
            let mut now = 0.0;
            for _ in 0..2_000 {
                now += rng.exponential() / f64::from(count);
                let least = plain.iter().copied().fold(f64::INFINITY, f64::min);
                assert_eq!(servers.soonest(), least, "{count}");
                let until = least.max(now) + 0.9 * rng.exponential();
                let place = plain.iter().position(|free| *free == least).unwrap();
                plain[place] = until;
                servers.occupy(until);
            }
        }
    }

    #[test]
    fn blocks_go_on_where_the_last_one_ended() {
        let mut rng = Stream::root(Seed(2)).rng();
        let gaps: Vec<f64> = (0..999).map(|_| rng.exponential() / 3.0).collect();
        let services: Vec<f64> = (0..999).map(|_| rng.exponential()).collect();
        let (mut whole, mut parts) = (vec![0.0; 999], vec![0.0; 999]);
        Waits::<4>::new(3).unwrap().fill(&gaps, &services, &mut whole);
        let mut state = Waits::<4>::new(3).unwrap();
        for at in (0..999).step_by(37) {
            let end = (at + 37).min(999);
            state.fill(&gaps[at..end], &services[at..end], &mut parts[at..end]);
        }
        assert!(whole.iter().zip(&parts).all(|(one, other)| (one - other).abs() < 1e-10));
        assert!(Waits::<4>::new(5).is_none() && Waits::<4>::new(0).is_none());
    }
}
