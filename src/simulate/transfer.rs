/// Load that cells may send to each other: limits by (from, to), as shares of all demand.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Transfers {
    /// (from, to, at most).
    pub edges: Vec<(usize, usize, f64)>,
}

/// Less than this share of demand is not worth a way.
const NOTHING: f64 = 1e-12;

/// Whether a cell carries more than it could.
#[inline]
pub(super) fn lacks(share: f64, capacity: f64) -> bool {
    share - capacity > NOTHING
}

impl Transfers {
    /// Moves load from cells that lack capacity to cells that have some left, as much as the limits allow: the maximum flow of
    /// what is lacking (Ford & Fulkerson 1956, "Maximal flow through a network"; shortest ways first, Edmonds & Karp 1972).
    ///
    /// `shares` are what each cell carries, `capacity` what it could, both as shares of all demand; a load may pass through cells
    /// on its way. `shares` become what each carries after it.
    pub(super) fn balance(&self, capacity: &[f64], shares: &mut [f64]) {
        let cells = shares.len();
        let (source, sink, nodes) = (cells, cells + 1, cells + 2);
        let mut left = vec![0.0; nodes * nodes];
        for (from, to, most) in &self.edges {
            left[from * nodes + to] += most;
        }
        for (cell, (share, capacity)) in shares.iter().zip(capacity).enumerate() {
            left[source * nodes + cell] = (share - capacity).max(0.0);
            left[cell * nodes + sink] = (capacity - share).max(0.0);
        }
        while let Some(before) = way(&left, nodes, source, sink) {
            let mut steps = Vec::new();
            let mut at = sink;
            while at != source {
                steps.push((before[at], at));
                at = before[at];
            }
            let flow = steps.iter().map(|(from, to)| left[from * nodes + to]).fold(f64::INFINITY, f64::min);
            for (from, to) in &steps {
                left[from * nodes + to] -= flow;
                left[to * nodes + from] += flow;
            }
            if let (Some((last, _)), Some((_, first))) = (steps.first(), steps.last()) {
                shares[*first] -= flow;
                shares[*last] += flow;
            }
        }
    }
}

/// The node before each on a way with the fewest steps on which something is left; `None` when there is none.
fn way(left: &[f64], nodes: usize, source: usize, sink: usize) -> Option<Vec<usize>> {
    let mut before = vec![usize::MAX; nodes];
    before[source] = source;
    let mut reached = vec![source];
    let mut next = 0;
    while next < reached.len() {
        let from = reached[next];
        next += 1;
        for to in 0..nodes {
            if before[to] == usize::MAX && left[from * nodes + to] > NOTHING {
                before[to] = from;
                reached.push(to);
            }
        }
    }
    (before[sink] != usize::MAX).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Address, Seed, Stream};

    fn lack(capacity: &[f64], shares: &[f64]) -> f64 {
        shares.iter().zip(capacity).map(|(share, capacity)| (share - capacity).max(0.0)).sum()
    }

    #[test]
    fn a_zone_borrows_what_another_has_left_up_to_the_limit() {
        let transfers = Transfers { edges: vec![(0, 1, 0.2)] };
        let mut shares = [0.5, 0.5];
        transfers.balance(&[0.1, 0.6], &mut shares);
        assert!((shares[0] - 0.4).abs() < 1e-12 && (shares[1] - 0.6).abs() < 1e-12, "{shares:?}");
        let mut shares = [0.5, 0.5];
        transfers.balance(&[0.1, 0.9], &mut shares);
        assert!((shares[0] - 0.3).abs() < 1e-12 && (shares[1] - 0.7).abs() < 1e-12, "{shares:?}");
        // and not the other way
        let mut shares = [0.5, 0.5];
        transfers.balance(&[0.9, 0.1], &mut shares);
        assert_eq!(shares, [0.5, 0.5]);
    }

    /// What is lacking after transfers is the largest, over all sets of cells, of what the set lacks less what may leave it
    /// (max-flow is min-cut).
    #[test]
    fn what_is_lacking_is_that_of_the_smallest_cut() {
        for case in 0..400_u32 {
            let mut rng = Stream::root(Seed(1)).replication(case).at(Address::of("cut")).rng();
            let cells = 2 + rng.below(4);
            let shares: Vec<f64> = (0..cells).map(|_| rng.uniform()).collect();
            let capacity: Vec<f64> = (0..cells).map(|_| rng.uniform()).collect();
            let edges: Vec<(usize, usize, f64)> = (0..cells * cells)
                .filter(|at| at / cells != at % cells && rng.uniform() < 0.6)
                .map(|at| (at / cells, at % cells, 0.4 * f64::from((at * 7 % 5) as u32) / 5.0))
                .collect();
            let mut after = shares.clone();
            Transfers { edges: edges.clone() }.balance(&capacity, &mut after);
            let left_in = |set: usize| {
                let within = |cell: usize| set >> cell & 1 == 1;
                let own: f64 = (0..cells).filter(|c| within(*c)).map(|c| shares[c] - capacity[c]).sum();
                let leaves: f64 = edges.iter().filter(|(a, b, _)| within(*a) && !within(*b)).map(|edge| edge.2).sum();
                own - leaves
            };
            let exactly = (0..1_usize << cells).map(left_in).fold(0.0, f64::max);
            assert!((lack(&capacity, &after) - exactly).abs() < 1e-9, "{case}: {} {exactly}", lack(&capacity, &after));
            assert!((after.iter().sum::<f64>() - shares.iter().sum::<f64>()).abs() < 1e-12);
        }
    }
}
