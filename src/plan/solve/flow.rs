//! Least-cost leases over a line of months, exactly: a flow.
//!
//! A lease covers months that follow each other, so the matrix of "lease covers month" has its ones in a row in every column. The
//! differences of following rows leave +1 where a lease begins and -1 where it ends: a network matrix, whose vertices are whole
//! numbers (Ahuja, Magnanti & Orlin 1993, *Network Flows*, §9.6, covering consecutive months). Solved by successive shortest
//! paths (ibid. §9.7) in whole ten-thousandths of money, so that no rounding decides.

/// Money is counted in so many parts, rounded down, by the solver: what it finds is at most a part a lot off the least, and a bound stays one.
const PARTS: f64 = 10_000.0;

/// Units of one term, in force over months that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The first month.
    pub from: usize,
    /// The month after the last.
    pub to: usize,
    /// What one lot of it costs within the horizon.
    pub cost: f64,
    /// Which limits one lot of it draws on, and how much; positions of [`super::Shared::limits`].
    pub uses: Vec<(usize, f64)>,
}

/// One pool's question: lots in force in every month, at least cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// What can be bought.
    pub leases: Vec<Lease>,
    /// Lots wanted in each month.
    pub wanted: Vec<u32>,
    /// What each lot below the wanted costs in its month: (lots, cost of each), dearer from one to the next.
    pub short: Vec<Vec<(u32, f64)>>,
}

/// What was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// Lots of each lease.
    pub lots: Vec<u32>,
    /// Lots below the wanted, by month.
    pub short: Vec<u32>,
}

impl Cover {
    /// Cost of what was bought and of what is short.
    #[must_use]
    pub fn cost(&self, bought: &Bought) -> f64 {
        self.leases.iter().zip(&bought.lots).map(|(lease, lots)| lease.cost * f64::from(*lots)).sum::<f64>()
            + self.short_cost(bought)
    }

    /// Whether what is bought and what is short are what is wanted.
    pub(super) fn is_met(&self, bought: &Bought) -> bool {
        (0..self.wanted.len()).all(|m| self.in_force(bought, m).saturating_add(bought.short[m]) >= self.wanted[m])
    }

    /// Lots in force in a month.
    #[must_use]
    pub fn in_force(&self, bought: &Bought, month: usize) -> u32 {
        let here = self.leases.iter().zip(&bought.lots).filter(|(lease, _)| lease.from <= month && month < lease.to);
        here.fold(0, |sum: u32, (_, lots)| sum.saturating_add(*lots))
    }

    /// No schedule is better for more lots of one lease than this.
    pub(super) fn most(&self) -> u32 {
        self.wanted.iter().copied().max().unwrap_or(0)
    }

    /// Cost of what is short alone.
    #[must_use]
    pub fn short_cost(&self, bought: &Bought) -> f64 {
        let month = |(steps, short): (&Vec<(u32, f64)>, &u32)| {
            let mut left = *short;
            let each = steps.iter().map(move |(lots, cost)| {
                let here = left.min(*lots);
                left -= here;
                f64::from(here) * cost
            });
            each.sum::<f64>()
        };
        self.short.iter().zip(&bought.short).map(month).sum()
    }

    /// What is bought at least cost. Of equal cost, later leases.
    #[must_use]
    pub fn solve(&self) -> Bought {
        self.solve_within(&vec![(0, u32::MAX); self.leases.len()], |_| 0.0)
    }

    /// The same when a lot of each lease costs `surcharge` more, with at least and at most so many lots of each.
    pub(super) fn solve_within(&self, bounds: &[(u32, u32)], surcharge: impl Fn(&Lease) -> f64) -> Bought {
        let months = self.wanted.len();
        let mut net = Network::new(months + 1);
        // a hundredth of a part for each month earlier: ties go to the later
        let whole = |cost: f64| (cost.max(0.0) * PARTS).floor() as i128 * 128;
        let wanted = |m: Option<usize>| m.and_then(|m| self.wanted.get(m)).map_or(0, |lots| i64::from(*lots));
        let mut excess: Vec<i64> = (0..=months).map(|m| wanted(Some(m)) - wanted(m.checked_sub(1))).collect();
        let mut leases = Vec::with_capacity(self.leases.len());
        for (lease, (least, most)) in self.leases.iter().zip(bounds) {
            let sooner = (months - lease.from).min(127) as i128;
            excess[lease.from] -= i64::from(*least);
            excess[lease.to] += i64::from(*least);
            let cost = whole(lease.cost + surcharge(lease)) + sooner;
            leases.push(net.arc(lease.from, lease.to, i64::from(most - least), cost));
        }
        let short: Vec<Vec<usize>> = self
            .short
            .iter()
            .enumerate()
            .map(|(m, steps)| steps.iter().map(|(lots, cost)| net.arc(m, m + 1, i64::from(*lots), whole(*cost))).collect())
            .collect();
        for m in 0..months {
            net.arc(m + 1, m, i64::MAX, 0); // more than is wanted
        }
        net.send(excess);
        let lots = |arc: usize| u32::try_from(net.flow(arc)).unwrap_or(u32::MAX);
        Bought {
            lots: leases.into_iter().zip(bounds).map(|(arc, (least, _))| lots(arc) + least).collect(),
            short: short.into_iter().map(|steps| steps.into_iter().map(lots).sum()).collect(),
        }
    }
}

/// Arcs with room and cost; arc `2 i + 1` takes back what arc `2 i` carries.
struct Network {
    nodes: usize,
    from: Vec<usize>,
    to: Vec<usize>,
    room: Vec<i64>,
    cost: Vec<i128>,
}

impl Network {
    fn new(nodes: usize) -> Self {
        Self { nodes, from: Vec::new(), to: Vec::new(), room: Vec::new(), cost: Vec::new() }
    }

    fn arc(&mut self, from: usize, to: usize, room: i64, cost: i128) -> usize {
        for (from, to, room, cost) in [(from, to, room, cost), (to, from, 0, -cost)] {
            self.from.push(from);
            self.to.push(to);
            self.room.push(room);
            self.cost.push(cost);
        }
        self.from.len() - 2
    }

    fn flow(&self, arc: usize) -> i64 {
        self.room[arc + 1]
    }

    /// Sends every node's excess to where it is missing, along cheapest paths first.
    fn send(&mut self, mut excess: Vec<i64>) {
        while let Some((path, end)) = self.cheapest(&excess) {
            let mut amount = -excess[end];
            let mut start = end;
            let mut steps = Vec::new();
            while let Some(arc) = path[start] {
                amount = amount.min(self.room[arc]);
                steps.push(arc);
                start = self.from[arc];
            }
            amount = amount.min(excess[start]);
            for arc in steps {
                self.room[arc] = self.room[arc].saturating_sub(amount);
                self.room[arc ^ 1] = self.room[arc ^ 1].saturating_add(amount);
            }
            excess[start] -= amount;
            excess[end] += amount;
        }
    }

    /// The cheapest path from any node with excess to any where it is missing (Bellman–Ford): the arc into each node, the end.
    fn cheapest(&self, excess: &[i64]) -> Option<(Vec<Option<usize>>, usize)> {
        let mut reach: Vec<Option<i128>> = excess.iter().map(|amount| (*amount > 0).then_some(0)).collect();
        let mut by: Vec<Option<usize>> = vec![None; self.nodes];
        for _ in 0..self.nodes {
            let mut changed = false;
            for arc in 0..self.from.len() {
                let (Some(here), true) = (reach[self.from[arc]], self.room[arc] > 0) else { continue };
                let there = here + self.cost[arc];
                if reach[self.to[arc]].is_none_or(|known| there < known) {
                    reach[self.to[arc]] = Some(there);
                    by[self.to[arc]] = Some(arc);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        let ends = (0..self.nodes).filter(|node| excess[*node] < 0);
        let end = ends.filter_map(|node| Some((reach[node]?, node))).min()?.1;
        Some((by, end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The least cost over all ways to buy 0 to `most` lots of each lease, each short lot paid.
    pub(super) fn by_trying_all(cover: &Cover, most: u32) -> f64 {
        let mut best = f64::INFINITY;
        let ways = (most + 1).pow(cover.leases.len() as u32);
        for code in 0..ways {
            let lots: Vec<u32> = (0..cover.leases.len()).map(|j| code / (most + 1).pow(j as u32) % (most + 1)).collect();
            let in_force = |m: usize| -> u32 {
                cover.leases.iter().zip(&lots).filter(|(lease, _)| lease.from <= m && m < lease.to).map(|(_, lots)| lots).sum()
            };
            let short: Vec<u32> = (0..cover.wanted.len()).map(|m| cover.wanted[m].saturating_sub(in_force(m))).collect();
            let possible = short.iter().zip(&cover.short).all(|(n, steps)| *n <= steps.iter().map(|(lots, _)| lots).sum());
            if possible {
                best = best.min(cover.cost(&Bought { lots, short }));
            }
        }
        best
    }

    fn lease(from: usize, to: usize, cost: f64) -> Lease {
        Lease { from, to, cost, uses: Vec::new() }
    }

    #[test]
    fn a_peak_is_rented_and_the_rest_bought() {
        // 2 lots wanted always, 5 in month 1: buying costs 10, a month 4
        let leases = (0..3).map(|m| lease(m, 3, 10.0)).chain((0..3).map(|m| lease(m, m + 1, 4.0))).collect();
        let cover = Cover { leases, wanted: vec![2, 5, 2], short: vec![Vec::new(); 3] };
        let bought = cover.solve();
        assert_eq!(bought.lots, [2, 0, 0, 0, 3, 0]);
        assert_eq!(cover.cost(&bought), 32.0);
    }

    #[test]
    fn of_equal_cost_the_later_is_taken() {
        let leases = (0..3).map(|m| lease(m, 3, 10.0)).collect();
        let cover = Cover { leases, wanted: vec![0, 1, 2], short: vec![Vec::new(); 3] };
        assert_eq!(cover.solve().lots, [0, 1, 1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_cheaper_than_what_is_solved(
            wanted in prop::collection::vec(0_u32..3, 3),
            prices in prop::collection::vec(1_u32..40, 6),
            fine in prop::collection::vec((1_u32..30, 0_u32..30), 3),
        ) {
            let spans = [(0, 3), (1, 3), (2, 3), (0, 2), (1, 2), (0, 1)];
            let leases = spans.iter().zip(&prices).map(|((from, to), cost)| lease(*from, *to, f64::from(*cost))).collect();
            let short = fine.iter().map(|(first, more)| vec![(1, f64::from(*first)), (2, f64::from(first + more))]).collect();
            let cover = Cover { leases, wanted, short };
            prop_assert!((cover.cost(&cover.solve()) - by_trying_all(&cover, 2)).abs() < 1e-9);
        }
    }
}
