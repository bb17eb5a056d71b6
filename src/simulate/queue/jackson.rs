//! Open Jackson networks.

use super::Mmc;

/// Why a network has no steady state.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Lists of unlike length, or a routing row that is none.
    #[error("{what} has {seen} entries, the network has {wanted} nodes")]
    Shape {
        /// Which list.
        what: &'static str,
        /// Its length.
        seen: usize,
        /// The nodes.
        wanted: usize,
    },
    /// A routing row that adds up to more than 1, or has an entry that is no probability.
    #[error("the routing out of node {node} is {seen:?}, expected probabilities that add up to at most 1")]
    Routing {
        /// The node, from 0.
        node: usize,
        /// Its row.
        seen: Vec<f64>,
    },
    /// Requests that never leave.
    #[error("some requests never leave the network: no way out is reached from every node")]
    Closed,
    /// A node that gets more than it can serve.
    #[error("node {node} gets {arrivals} per second, it serves fewer than {capacity}")]
    Overloaded {
        /// The node, from 0.
        node: usize,
        /// What it gets.
        arrivals: f64,
        /// What it can serve.
        capacity: f64,
    },
}

/// A station of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Arrivals from outside per second.
    pub external: f64,
    /// Services per second and server.
    pub service: f64,
    /// Servers.
    pub servers: u32,
}

/// Poisson arrivals from outside, exponential services, random routing: in steady state each node is M/M/c on its own, and the
/// nodes are independent at any instant. Jackson (1957), *Operations Research* 5(4); (1963), *Management Science* 10(1).
#[derive(Debug, Clone, PartialEq)]
pub struct Jackson {
    external: f64,
    nodes: Vec<Mmc>,
    arrivals: Vec<f64>,
}

impl Jackson {
    /// From the nodes and the probabilities `routing[i][j]` that a request goes from i to j; what is left of a row leaves.
    ///
    /// # Errors
    /// [`NetworkError`]: the first list, row or node that does not fit.
    pub fn new(nodes: &[Node], routing: &[Vec<f64>]) -> Result<Self, NetworkError> {
        let wanted = nodes.len();
        if routing.len() != wanted {
            return Err(NetworkError::Shape { what: "routing", seen: routing.len(), wanted });
        }
        for (node, row) in routing.iter().enumerate() {
            if row.len() != wanted {
                return Err(NetworkError::Shape { what: "a row of routing", seen: row.len(), wanted });
            }
            if !(row.iter().all(|p| *p >= 0.0) && row.iter().sum::<f64>() <= 1.0 + 1e-12) {
                return Err(NetworkError::Routing { node, seen: row.clone() });
            }
        }
        let arrivals = traffic(nodes, routing).ok_or(NetworkError::Closed)?;
        let queues = nodes.iter().zip(&arrivals).enumerate().map(|(node, (of, arrivals))| {
            Mmc::new(*arrivals, of.service, of.servers).ok_or(NetworkError::Overloaded {
                node,
                arrivals: *arrivals,
                capacity: of.service * f64::from(of.servers),
            })
        });
        let external = nodes.iter().map(|node| node.external).sum();
        Ok(Self { external, nodes: queues.collect::<Result<_, _>>()?, arrivals })
    }

    /// The nodes, each a queue of its own.
    #[must_use]
    pub fn nodes(&self) -> &[Mmc] {
        &self.nodes
    }

    /// Requests into each node per second, from outside and from other nodes.
    #[must_use]
    pub fn arrivals(&self) -> &[f64] {
        &self.arrivals
    }

    /// Mean number in the network.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.nodes.iter().map(Mmc::mean_in_system).sum()
    }

    /// Mean time from entry to exit in seconds (Little).
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.mean_in_system() / self.external
    }

    /// P(no one is in the network).
    #[must_use]
    pub fn p_empty(&self) -> f64 {
        self.nodes.iter().map(Mmc::p_empty).product()
    }
}

/// Solves λ = γ + Pᵀλ by elimination of the nodes one by one, as in the GTH algorithm: each pivot is the probability to leave for
/// what is left, added up and never subtracted (Grassmann, Taksar & Heyman 1985, *Operations Research* 33(5)). `None` where
/// requests that come in never leave.
fn traffic(nodes: &[Node], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let size = nodes.len();
    let mut flow: Vec<f64> = nodes.iter().map(|node| node.external).collect();
    let mut p: Vec<Vec<f64>> = routing.to_vec();
    let mut leaves: Vec<f64> = p.iter().map(|row| (1.0 - row.iter().sum::<f64>()).max(0.0)).collect();
    let mut pivots = vec![1.0; size];
    // what comes to a node before it is eliminated stands in `flow`; then it goes on to those before it
    for node in (0..size).rev() {
        let pivot = leaves[node] + p[node][..node].iter().sum::<f64>();
        pivots[node] = pivot;
        if pivot <= 1e-15 {
            if flow[node] > 0.0 {
                return None;
            }
            continue;
        }
        for from in 0..node {
            let share = p[from][node] / pivot;
            let (before, rest) = p.split_at_mut(node);
            for (through, on) in before[from].iter_mut().zip(&rest[0][..node]) {
                *through += share * on;
            }
            leaves[from] += share * leaves[node];
        }
        for to in 0..node {
            flow[to] += flow[node] * p[node][to] / pivot;
        }
    }
    let mut arrivals = vec![0.0; size];
    for node in 0..size {
        let came: f64 = flow[node] + (0..node).map(|from| arrivals[from] * p[from][node]).sum::<f64>();
        if pivots[node] <= 1e-15 && came > 0.0 {
            return None;
        }
        arrivals[node] = if came > 0.0 { came / pivots[node] } else { 0.0 };
    }
    Some(arrivals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(external: f64, service: f64, servers: u32) -> Node {
        Node { external, service, servers }
    }

    #[test]
    fn feedback_multiplies_the_traffic() {
        // one node, comes back with 0.2: λ = γ / 0.8; the time inside is that of M/M/1 at μ (1 - 0.2)
        let net = Jackson::new(&[node(2.0, 4.0, 1)], &[vec![0.2]]).unwrap();
        assert!((net.arrivals()[0] - 2.5).abs() < 1e-15);
        assert!((net.mean_response() - 1.0 / (4.0 * 0.8 - 2.0)).abs() < 1e-14);
        assert!((net.p_empty() - (1.0 - 0.625)).abs() < 1e-15);
    }

    #[test]
    fn traffic_balances_at_every_node() {
        let routing = vec![vec![0.0, 0.9, 0.0, 0.1], vec![0.05, 0.0, 0.8, 0.1], vec![0.0, 0.1, 0.3, 0.5], vec![0.0; 4]];
        let nodes: Vec<Node> = [100.0, 3.0, 0.0, 7.0].into_iter().map(|external| node(external, 1_000.0, 1)).collect();
        let net = Jackson::new(&nodes, &routing).unwrap();
        for to in 0..4 {
            let came: f64 = nodes[to].external + (0..4).map(|from| net.arrivals()[from] * routing[from][to]).sum::<f64>();
            assert!((came / net.arrivals()[to] - 1.0).abs() < 1e-14, "{to}");
        }
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let two = [node(1.0, 4.0, 1), node(0.0, 4.0, 1)];
        assert_eq!(Jackson::new(&two, &[vec![0.0, 1.0], vec![1.0, 0.0]]), Err(NetworkError::Closed));
        assert!(matches!(Jackson::new(&two, &[vec![0.0, 1.0], vec![0.9, 0.0]]), Err(NetworkError::Overloaded { node: 0, .. })));
        assert!(matches!(Jackson::new(&two, &[vec![0.6, 0.6], vec![0.0, 0.0]]), Err(NetworkError::Routing { node: 0, .. })));
        assert!(matches!(Jackson::new(&two, &[vec![0.6, 0.4]]), Err(NetworkError::Shape { .. })));
    }
}
