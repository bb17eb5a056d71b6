use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::{Law, Stationary};
use crate::stats::Invalid;
use crate::stream::{Generator, Stream};

/// A node of a network: alike servers behind one queue, first come, first served.
#[derive(Debug, Clone)]
pub struct Node {
    /// Customers per unit of time who come from outside (Poisson).
    pub external: f64,
    /// How many servers.
    pub servers: u32,
    /// Service of one visit.
    pub service: Law,
    /// Share of those who leave this node and go on to each node; what is left to 1 leaves the network.
    pub routing: Vec<f64>,
}

/// An open network with any routing: retries and calls back and forth.
#[derive(Debug, Clone)]
pub struct Network {
    nodes: Vec<Node>,
    /// Total flow into each node.
    flows: Vec<f64>,
}

/// What a replication saw at one node in its window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NodeTally {
    /// Visits that began.
    pub came: f64,
    /// Of them, those that did not start at once.
    pub waited: f64,
    /// ∫ number at the node dt.
    pub number: f64,
    /// ∫ busy servers dt.
    pub busy: f64,
}

/// What a replication saw in its window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NetworkTally {
    /// Length of the window.
    pub length: f64,
    /// Customers from outside.
    pub came: f64,
    /// Time in which nobody was in the network.
    pub empty: f64,
    /// By node.
    pub nodes: Vec<NodeTally>,
    /// Time in the network of those who left in the window and came from outside after the start, in the order of leaving.
    pub responses: Vec<f64>,
}

impl Network {
    /// A network from its nodes.
    ///
    /// # Errors
    /// Rates and shares that are none, a routing that nobody leaves, a node whose flow is more than its servers carry.
    pub fn new(nodes: Vec<Node>) -> Result<Self, Invalid> {
        let shares = |node: &Node| {
            let whole: f64 = node.routing.iter().sum();
            node.routing.len() == nodes.len() && node.routing.iter().all(|share| *share >= 0.0) && whole <= 1.0 + 1e-12
        };
        if let Some(node) = nodes.iter().find(|node| !shares(node)) {
            let expected = "a share for each node, together at most 1";
            return Err(Invalid { parameter: "routing", seen: format!("is {:?}", node.routing), expected });
        }
        let rates: Vec<f64> = nodes.iter().map(|node| node.external).collect();
        if rates.iter().any(|rate| !(rate.is_finite() && *rate >= 0.0)) || rates.iter().all(|rate| *rate <= 0.0) {
            let expected = "numbers from 0, one of them above";
            return Err(Invalid { parameter: "external", seen: format!("are {rates:?}"), expected });
        }
        let flows = flows(&nodes).ok_or_else(|| Invalid {
            parameter: "routing",
            seen: "keeps customers for ever".to_owned(),
            expected: "a way out from every node",
        })?;
        for (node, flow) in nodes.iter().zip(&flows) {
            let load = flow * node.service.mean() / f64::from(node.servers);
            if node.servers == 0 || load.is_nan() || load >= 1.0 {
                let expected = "below 1 at every node";
                return Err(Invalid { parameter: "utilization", seen: format!("is {load}"), expected });
            }
        }
        Ok(Self { nodes, flows })
    }

    /// Total flow into each node: the traffic equations λ = γ + λP.
    #[must_use]
    pub fn flows(&self) -> &[f64] {
        &self.flows
    }

    /// The exact stationary law of each node's number when all services are exponential: independent M/M/c (Jackson (1957),
    /// "Networks of waiting lines", *Operations Research* 5(4), 518–521).
    #[must_use]
    pub fn product_form(&self) -> Option<Vec<Stationary>> {
        let of = |(node, flow): (&Node, &f64)| {
            let law = Stationary::station(*flow, 1.0 / node.service.mean(), node.servers, None, 0.0);
            law.filter(|_| node.service.is_exponential())
        };
        self.nodes.iter().zip(&self.flows).map(of).collect()
    }

    /// One replication, counted for `length` after `warm_up`: from the product form where there is one, else from empty.
    #[must_use]
    pub fn run(&self, warm_up: f64, length: f64, stream: Stream) -> NetworkTally {
        let mut rng = stream.named("start").rng();
        let numbers: Vec<u32> = self
            .product_form()
            .map_or_else(|| vec![0; self.nodes.len()], |laws| laws.iter().map(|law| law.draw(&mut rng)).collect());
        let mut at = AtWork::new(self, stream.named("network").rng());
        for (node, number) in numbers.iter().enumerate() {
            (0..*number).for_each(|_| at.enter(node, f64::NEG_INFINITY, 0.0, false));
        }
        let total: f64 = self.nodes.iter().map(|node| node.external).sum();
        let mut tally = NetworkTally { length, nodes: vec![NodeTally::default(); self.nodes.len()], ..NetworkTally::default() };
        let (mut last, end) = (0.0, warm_up + length);
        let mut arrival = at.rng.exponential() / total;
        loop {
            let now = at.ends.peek().map_or(arrival, |one| f64::from_bits(one.0.0).min(arrival));
            at.pass(&mut tally, now.min(end) - f64::max(last, warm_up));
            if now > end {
                return tally;
            }
            last = now;
            let counts = now >= warm_up;
            if now == arrival {
                tally.came += f64::from(u8::from(counts));
                let node = at.pick(total, |node| node.external);
                at.visit(node, now, now, counts, &mut tally);
                arrival = now + at.rng.exponential() / total;
            } else if let Some((node, born)) = at.leave(now) {
                match at.route(node) {
                    Some(next) => at.visit(next, born, now, counts, &mut tally),
                    None if counts && born > f64::NEG_INFINITY => tally.responses.push(now - born),
                    None => {}
                }
            }
        }
    }
}

/// The traffic equations by repeated substitution: visits die out by the shares that leave.
fn flows(nodes: &[Node]) -> Option<Vec<f64>> {
    let mut flows: Vec<f64> = nodes.iter().map(|node| node.external).collect();
    for _ in 0..100_000 {
        let mut next: Vec<f64> = nodes.iter().map(|node| node.external).collect();
        for (node, flow) in nodes.iter().zip(&flows) {
            for (into, share) in next.iter_mut().zip(&node.routing) {
                *into += flow * share;
            }
        }
        let change = next.iter().zip(&flows).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
        let most = next.iter().copied().fold(0.0, f64::max);
        flows = next;
        if change <= 1e-15 * most {
            return Some(flows);
        }
    }
    None
}

struct AtWork<'a> {
    of: &'a Network,
    rng: Generator,
    /// Customers at each node, in service and waiting.
    numbers: Vec<u32>,
    /// When those who wait at each node came into the network.
    queues: Vec<VecDeque<f64>>,
    /// End of service, number of the event, node, when the customer came into the network.
    ends: BinaryHeap<Reverse<(u64, u64, usize, Born)>>,
    events: u64,
    all: u32,
}

/// A time that is compared by its bits: never reached, for the number of the event differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Born(u64);

impl<'a> AtWork<'a> {
    fn new(of: &'a Network, rng: Generator) -> Self {
        let count = of.nodes.len();
        let (numbers, queues) = (vec![0; count], vec![VecDeque::new(); count]);
        Self { of, rng, numbers, queues, ends: BinaryHeap::new(), events: 0, all: 0 }
    }

    fn pass(&self, tally: &mut NetworkTally, span: f64) {
        if span <= 0.0 {
            return;
        }
        tally.empty += if self.all == 0 { span } else { 0.0 };
        for ((node, seen), number) in self.of.nodes.iter().zip(&mut tally.nodes).zip(&self.numbers) {
            seen.number += span * f64::from(*number);
            seen.busy += span * f64::from(*number.min(&node.servers));
        }
    }

    /// A node by weight.
    fn pick(&mut self, whole: f64, weight: impl Fn(&Node) -> f64) -> usize {
        let mut left = self.rng.uniform() * whole;
        let found = self.of.nodes.iter().position(|node| {
            left -= weight(node);
            left <= 0.0
        });
        // rounding: the last one that has any
        found.unwrap_or_else(|| self.of.nodes.iter().rposition(|node| weight(node) > 0.0).unwrap_or(0))
    }

    fn route(&mut self, from: usize) -> Option<usize> {
        let mut left = self.rng.uniform();
        self.of.nodes[from].routing.iter().position(|share| {
            left -= share;
            left < 0.0
        })
    }

    fn visit(&mut self, node: usize, born: f64, now: f64, counts: bool, tally: &mut NetworkTally) {
        let waits = self.numbers[node] >= self.of.nodes[node].servers;
        if counts {
            tally.nodes[node].came += 1.0;
            tally.nodes[node].waited += f64::from(u8::from(waits));
        }
        self.enter(node, born, now, waits);
    }

    fn enter(&mut self, node: usize, born: f64, now: f64, waits: bool) {
        self.numbers[node] += 1;
        self.all += 1;
        if waits || self.numbers[node] > self.of.nodes[node].servers {
            self.queues[node].push_back(born);
        } else {
            self.serve(node, born, now);
        }
    }

    fn serve(&mut self, node: usize, born: f64, now: f64) {
        let end = now + self.of.nodes[node].service.draw(&mut self.rng);
        self.events += 1;
        self.ends.push(Reverse((end.to_bits(), self.events, node, Born(born.to_bits()))));
    }

    /// The next end of service: where, and who.
    fn leave(&mut self, now: f64) -> Option<(usize, f64)> {
        let Reverse((_, _, node, Born(born))) = self.ends.pop()?;
        self.numbers[node] -= 1;
        self.all -= 1;
        if let Some(next) = self.queues[node].pop_front() {
            self.serve(node, next, now);
        }
        Some((node, f64::from_bits(born)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Distribution, ratio};
    use crate::stream::Seed;

    fn node(external: f64, service: Law, routing: Vec<f64>) -> Node {
        Node { external, servers: 1, service, routing }
    }

    #[test]
    fn flows_are_those_of_the_traffic_equations() {
        let law = || Law::exponential(0.1).unwrap();
        // half of the first goes to the second, all of the second back: λ1 = 1 + λ2, λ2 = λ1/2
        let both = Network::new(vec![node(1.0, law(), vec![0.0, 0.5]), node(0.0, law(), vec![1.0, 0.0])]).unwrap();
        assert!((both.flows()[0] - 2.0).abs() < 1e-12 && (both.flows()[1] - 1.0).abs() < 1e-12);
        assert!(Network::new(vec![node(1.0, law(), vec![1.0])]).is_err());
        assert!(Network::new(vec![node(20.0, law(), vec![0.0])]).is_err());
        assert!(Network::new(vec![node(1.0, law(), vec![0.7, 0.7])]).is_err());
    }

    #[test]
    fn a_network_of_one_constant_server_is_md1() {
        let law = Law::new(Distribution::constant(1.0)).unwrap();
        let one = Network::new(vec![node(0.7, law, vec![0.0])]).unwrap();
        let seen: Vec<NetworkTally> =
            (0..40).map(|run| one.run(300.0, 5_000.0, Stream::root(Seed(3)).replication(run))).collect();
        let numbers: Vec<f64> = seen.iter().map(|one| one.nodes[0].number).collect();
        let mean = ratio(&numbers, &[5_000.0; 40]).unwrap();
        // Pollaczek–Khinchine: ρ + ρ²/(2(1-ρ))
        let wanted = 0.7 + 0.49 / 0.6;
        assert!((mean.value - wanted).abs() < 5.0 * mean.standard_error, "{mean:?} {wanted}");
        let sums: Vec<f64> = seen.iter().map(|one| one.responses.iter().sum()).collect();
        let counts: Vec<f64> = seen.iter().map(|one| one.responses.len() as f64).collect();
        let response = ratio(&sums, &counts).unwrap();
        assert!((response.value - wanted / 0.7).abs() < 5.0 * response.standard_error, "{response:?}");
    }
}
