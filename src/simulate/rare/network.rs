//! Networks of links that fail on their own: P(two nodes are apart).

use super::tally::{Effort, Tally, replicate};
use crate::stats::Invalid;
use crate::stream::Stream;

/// Nodes that do not fail, links that do; the question is whether `source` and `target` are connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    links: Vec<(usize, usize, f64)>,
    nodes: usize,
    source: usize,
    target: usize,
}

impl Network {
    /// Links as (node, node, probability of failure); nodes are numbered from 0.
    ///
    /// # Errors
    /// Links without a probability above 0 and below 1, source and target that are the same or without a link.
    ///
    /// ```
    /// use plimsoll::simulate::rare::Network;
    /// assert!(Network::new(&[(0, 1, 0.01), (0, 1, 0.01)], 0, 1).is_ok());
    /// assert!(Network::new(&[(0, 1, 0.0)], 0, 1).is_err());
    /// ```
    pub fn new(links: &[(usize, usize, f64)], source: usize, target: usize) -> Result<Self, Invalid> {
        let refuse = |parameter, seen: String, expected| Err(Invalid { parameter, seen, expected });
        if let Some(link) = links.iter().find(|link| !(link.2 > 0.0 && link.2 < 1.0)) {
            return refuse("link", format!("fails with {}", link.2), "a probability above 0 and below 1");
        }
        let touched = |node| links.iter().any(|link| link.0 == node || link.1 == node);
        if source == target || !touched(source) || !touched(target) {
            return refuse("source", format!("{source} to {target}"), "two different nodes with links");
        }
        // nodes are counted, not their names: a large number is no large graph
        let mut names: Vec<usize> = links.iter().flat_map(|link| [link.0, link.1]).collect();
        names.sort_unstable();
        names.dedup();
        let number = |node: usize| names.partition_point(|name| *name < node);
        let links = links.iter().map(|(a, b, q)| (number(*a), number(*b), *q)).collect();
        Ok(Self { links, nodes: names.len(), source: number(source), target: number(target) })
    }

    /// As it is.
    pub(super) fn crude(&self, stream: Stream, effort: Effort) -> Tally<1> {
        replicate(stream.named("network"), effort, 0, Vec::new, |parts, rng| {
            separate(parts, self.nodes);
            for (a, b, q) in &self.links {
                if rng.uniform() >= *q {
                    unite(parts, *a, *b);
                }
            }
            [f64::from(u8::from(root(parts, self.source) != root(parts, self.target)))]
        })
    }

    /// Links decided one after another, each failing with probability ∝ q × the likeliest cut that is then left.
    ///
    /// That is the zero-variance change of measure with P(apart | decided so far) put as its likeliest minimal cut: relative
    /// error stays bounded as q → 0. L'Ecuyer, Rubino, Saggadi & Tuffin (2011), "Approximate zero-variance importance
    /// sampling for static network reliability estimation", *IEEE Transactions on Reliability* 60(3), 590–604.
    ///
    /// Both outcomes keep a probability of 1/(2m) with m links. Without that the standard error falls to 0 as q → 0, faster
    /// than the share of the cuts that are then never drawn: bridge at q = 1e-3, 2.0000e-6 ± 3e-11 against 2.0020e-6. With
    /// it every way contributes at a rate that does not depend on q (bounded normal approximation, Tuffin 1999, *Journal of
    /// Applied Probability* 36(4), 974–986), and the ways that matter grow by (1 − 1/(2m))^−m < 1.7 at most.
    pub(super) fn by_cuts(&self, stream: Stream, effort: Effort) -> Tally<1> {
        let floor = 0.5 / self.links.len() as f64;
        replicate(
            stream.named("cuts"),
            effort,
            0,
            || Cuts::of(self),
            |cuts, rng| {
                cuts.reset();
                let mut weight = 1.0;
                for (link, (_, _, q)) in self.links.iter().enumerate() {
                    if cuts.within_a_part(link) {
                        continue;
                    }
                    let (failed, works) = (cuts.likeliest(Some((link, false))), cuts.likeliest(Some((link, true))));
                    let (down, up) = (q * (-failed).exp(), (1.0 - q) * (-works).exp());
                    // a link that must fail, as it would connect them, fails
                    let chosen = if up > 0.0 { (down / (down + up)).clamp(floor, 1.0 - floor) } else { 1.0 };
                    if rng.uniform() < chosen {
                        weight *= q / chosen;
                        cuts.fail(link);
                        if failed == 0.0 {
                            return [weight]; // no link left across: apart, whatever the others do
                        }
                    } else {
                        weight *= (1.0 - q) / (1.0 - chosen);
                        if cuts.join(link) {
                            return [0.0];
                        }
                    }
                }
                [0.0]
            },
        )
    }

    /// Links come up at rate −ln q each, up by time 1 with probability 1 − q; the order in which they come is drawn, the
    /// time at which the two nodes are first connected is integrated exactly.
    ///
    /// Elperin, Gertsbakh & Lomonosov (1991), "Estimation of network reliability using graph evolution models", *IEEE
    /// Transactions on Reliability* 40(5), 572–581 (permutation Monte Carlo).
    pub(super) fn by_order(&self, stream: Stream, effort: Effort) -> Tally<1> {
        let rates: Vec<f64> = self.links.iter().map(|link| -link.2.ln()).collect();
        let alike = self.links.iter().all(|link| link.2 == self.links[0].2);
        let table: Vec<f64> = if alike { later_than_one(&descending(&rates)) } else { Vec::new() };
        replicate(
            stream.named("order"),
            effort,
            0,
            || (Vec::new(), Vec::new(), Vec::new()),
            |work, rng| {
                let (order, parts, left): &mut (Vec<(f64, usize)>, Vec<usize>, Vec<f64>) = work;
                order.clear();
                order.extend(rates.iter().enumerate().map(|(link, rate)| (rng.exponential() / rate, link)));
                order.sort_by(|a, b| a.0.total_cmp(&b.0));
                separate(parts, self.nodes);
                left.clear();
                let mut rate: f64 = rates.iter().sum();
                for (_, link) in order.iter() {
                    left.push(rate);
                    rate -= rates[*link];
                    unite(parts, self.links[*link].0, self.links[*link].1);
                    if root(parts, self.source) == root(parts, self.target) {
                        let late = if alike { table[left.len() - 1] } else { later_than_one(left).pop().unwrap_or(1.0) };
                        return [late];
                    }
                }
                [1.0]
            },
        )
    }
}

/// Total rates left when links of these rates come one after another.
fn descending(rates: &[f64]) -> Vec<f64> {
    (0..rates.len()).map(|come| rates[come..].iter().sum()).collect()
}

/// P(the first b of exponential stages of these falling rates take longer than 1), for b = 1, 2, …: a pure birth process by
/// uniformization, all terms of one sign.
fn later_than_one(rates: &[f64]) -> Vec<f64> {
    let clock = rates[0];
    let jumps = (clock + 12.0 * clock.sqrt() + 60.0) as u32;
    let mut at = vec![0.0; rates.len() + 1];
    at[0] = 1.0;
    let mut here = vec![0.0; rates.len() + 1];
    let mut log_weight = -clock;
    for k in 0..=jumps {
        let weight = log_weight.exp();
        here.iter_mut().zip(&at).for_each(|(sum, p)| *sum += weight * p);
        for stage in (0..rates.len()).rev() {
            let moved = at[stage] * rates[stage] / clock;
            at[stage + 1] += moved;
            at[stage] = (at[stage] * (clock - rates[stage]) / clock).max(0.0);
        }
        log_weight += (clock / f64::from(k + 1)).ln();
    }
    let mut sum = 0.0;
    here[..rates.len()]
        .iter()
        .map(|p| {
            sum += p;
            sum
        })
        .collect()
}

fn separate(parts: &mut Vec<usize>, nodes: usize) {
    parts.clear();
    parts.extend(0..nodes);
}

fn root(parts: &mut [usize], mut node: usize) -> usize {
    while parts[node] != node {
        parts[node] = parts[parts[node]];
        node = parts[node];
    }
    node
}

fn unite(parts: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parts, a), root(parts, b));
    parts[a] = b;
}

/// Minimal cuts of the links that are not yet decided, by maximum flow with capacities −ln q.
struct Cuts {
    /// (node, node, capacity) of each link.
    links: Vec<(usize, usize, f64)>,
    nodes: usize,
    ends: (usize, usize),
    parts: Vec<usize>,
    decided: Vec<bool>,
    /// Flow through each link, from its first node to its second.
    flow: Vec<f64>,
    at: Vec<Vec<usize>>,
    reached_by: Vec<Option<usize>>,
    queue: Vec<usize>,
    name: Vec<usize>,
}

impl Cuts {
    fn of(network: &Network) -> Self {
        Self {
            links: network.links.iter().map(|(a, b, q)| (*a, *b, -q.ln())).collect(),
            nodes: network.nodes,
            ends: (network.source, network.target),
            parts: Vec::new(),
            decided: vec![false; network.links.len()],
            flow: vec![0.0; network.links.len()],
            at: vec![Vec::new(); network.nodes],
            reached_by: vec![None; network.nodes],
            queue: Vec::new(),
            name: vec![0; network.nodes],
        }
    }

    fn reset(&mut self) {
        separate(&mut self.parts, self.nodes);
        self.decided.fill(false);
    }

    fn within_a_part(&mut self, link: usize) -> bool {
        let (a, b, _) = self.links[link];
        root(&mut self.parts, a) == root(&mut self.parts, b)
    }

    fn fail(&mut self, link: usize) {
        self.decided[link] = true;
    }

    /// Whether source and target are now connected.
    fn join(&mut self, link: usize) -> bool {
        self.decided[link] = true;
        unite(&mut self.parts, self.links[link].0, self.links[link].1);
        root(&mut self.parts, self.ends.0) == root(&mut self.parts, self.ends.1)
    }

    /// −ln of the likeliest cut of links that are not decided, supposing one more: 0 when already apart, ∞ when connected.
    fn likeliest(&mut self, suppose: Option<(usize, bool)>) -> f64 {
        for node in 0..self.nodes {
            self.name[node] = root(&mut self.parts, node);
        }
        if let Some((link, true)) = suppose {
            let (a, b) = (self.name[self.links[link].0], self.name[self.links[link].1]);
            self.name.iter_mut().filter(|name| **name == a).for_each(|name| *name = b);
        }
        let (source, target) = (self.name[self.ends.0], self.name[self.ends.1]);
        if source == target {
            return f64::INFINITY;
        }
        self.at.iter_mut().for_each(Vec::clear);
        self.flow.fill(0.0);
        for (link, (a, b, _)) in self.links.iter().enumerate() {
            let (a, b) = (self.name[*a], self.name[*b]);
            if a != b && !self.decided[link] && suppose.is_none_or(|one| one.0 != link) {
                self.at[a].push(link);
                self.at[b].push(link);
            }
        }
        let mut total = 0.0;
        while self.reach(source, target) {
            total += self.augment(source, target);
        }
        total
    }

    /// What more can flow through `link` out of `node`.
    fn spare(&self, link: usize, node: usize) -> f64 {
        let (a, _, capacity) = self.links[link];
        if self.name[a] == node { capacity - self.flow[link] } else { capacity + self.flow[link] }
    }

    fn across(&self, link: usize, node: usize) -> usize {
        let (a, b, _) = self.links[link];
        if self.name[a] == node { self.name[b] } else { self.name[a] }
    }

    /// Breadth first; what is under 1e-9 of a capacity is rounding.
    fn reach(&mut self, source: usize, target: usize) -> bool {
        self.reached_by.fill(None);
        self.queue.clear();
        self.queue.push(source);
        let mut next = 0;
        while let Some(node) = self.queue.get(next).copied() {
            next += 1;
            for i in 0..self.at[node].len() {
                let link = self.at[node][i];
                let to = self.across(link, node);
                if to != source && self.reached_by[to].is_none() && self.spare(link, node) > 1e-9 * self.links[link].2 {
                    self.reached_by[to] = Some(link);
                    if to == target {
                        return true;
                    }
                    self.queue.push(to);
                }
            }
        }
        false
    }

    /// Edmonds & Karp (1972), *JACM* 19(2), 248–264.
    fn augment(&mut self, source: usize, target: usize) -> f64 {
        let mut path = Vec::new();
        let mut node = target;
        while node != source {
            let Some(link) = self.reached_by[node] else { return 0.0 };
            node = self.across(link, node);
            path.push((link, node));
        }
        let amount = path.iter().map(|(link, from)| self.spare(*link, *from)).fold(f64::INFINITY, f64::min);
        for (link, from) in path {
            self.flow[link] += if self.name[self.links[link].0] == from { amount } else { -amount };
        }
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Seed;

    fn bridge(q: [f64; 5]) -> (Network, f64) {
        let ends = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)];
        let links: Vec<_> = ends.iter().zip(q).map(|((a, b), q)| (*a, *b, q)).collect();
        let network = Network::new(&links, 0, 3).expect("valid");
        // by the middle link: closed, two pairs in series; open, two ways in parallel
        // (as sums, so that nothing cancels)
        let either = |a: f64, b: f64| a + b - a * b;
        let closed = either(q[0] * q[1], q[3] * q[4]);
        let open = either(q[0], q[3]) * either(q[1], q[4]);
        (network, (1.0 - q[2]) * closed + q[2] * open)
    }

    #[test]
    fn both_methods_find_the_bridge_with_links_alike_and_unlike() {
        for (seed, q) in
            [[0.2; 5], [1e-4; 5], [0.3, 0.01, 0.1, 0.02, 0.4], [1e-3, 1e-2, 1e-5, 1e-4, 1e-3]].into_iter().enumerate()
        {
            let (network, exact) = bridge(q);
            let stream = Stream::root(Seed(seed as u64 + 1));
            for tally in [network.by_cuts(stream, Effort::fixed(20_000)), network.by_order(stream, Effort::fixed(20_000))] {
                let seen = tally.estimate(0);
                assert!((seen.value - exact).abs() < 5.0 * seen.standard_error.max(1e-9 * exact), "{q:?} {seen:?} {exact}");
                assert!(seen.standard_error < 0.05 * exact, "{q:?} {seen:?} {exact}");
            }
        }
    }

    #[test]
    fn relative_error_stays_bounded_as_links_get_better() {
        for q in [1e-2, 1e-4, 1e-6, 1e-9] {
            let (network, exact) = bridge([q; 5]);
            let seen = network.by_cuts(Stream::root(Seed(9)), Effort::fixed(4_096)).estimate(0);
            assert!(seen.standard_error < 0.02 * exact && (seen.value / exact - 1.0).abs() < 0.1, "{q} {seen:?} {exact}");
        }
    }

    #[test]
    fn stages_take_longer_than_one_as_by_hand() {
        // two stages of rates 3 and 1: e^-3, then + 3/2 (e^-1 - e^-3)
        let late = later_than_one(&[3.0, 1.0]);
        let e = |x: f64| (-x).exp();
        assert!((late[0] / e(3.0) - 1.0).abs() < 1e-13);
        assert!((late[1] / (e(3.0) + 1.5 * (e(1.0) - e(3.0))) - 1.0).abs() < 1e-13);
    }
}
