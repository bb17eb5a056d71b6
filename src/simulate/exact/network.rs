//! Networks whose links fail.

use std::collections::BTreeMap;

use super::block_diagram::Odds;
use super::invalid::{Invalid, probability};

/// An undirected network of perfect nodes and links that fail independently.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    nodes: usize,
    links: Vec<(usize, usize, f64)>,
}

/// Which of the nodes at the frontier hang together: their group's number, numbered in the order of the nodes.
type Groups = Vec<u8>;

/// The most nodes at the frontier.
const WIDEST: usize = 250;

impl Network {
    /// `nodes` nodes and links `(node, node, P(the link fails))`.
    ///
    /// # Errors
    /// [`Invalid::Missing`] for a node that is not there, [`Invalid::Number`] for a probability outside 0 to 1.
    pub fn new(nodes: usize, links: impl IntoIterator<Item = (usize, usize, f64)>) -> Result<Self, Invalid> {
        let links: Vec<_> = links.into_iter().collect();
        for (a, b, fails) in &links {
            probability("probability that a link fails", *fails)?;
            if let Some(seen) = [*a, *b].into_iter().find(|node| *node >= nodes) {
                return Err(Invalid::Missing { what: "node", seen, count: nodes });
            }
        }
        Ok(Self { nodes, links })
    }

    /// The odds that `source` and `target` are connected.
    ///
    /// Link by link, outwards from the source, along with which nodes at the frontier (those with links on either side) are already
    /// connected: Carlier & Lucet (1996), "A decomposition algorithm for network reliability evaluation", *Discrete Applied
    /// Mathematics* 65. Every outcome's probability is added to one of two sums as soon as it is certain, so that both keep their
    /// relative accuracy; work grows with the number of partitions of the frontier, not with 2^links.
    ///
    /// # Errors
    /// [`Invalid::Missing`] for a node that is not there, [`Invalid::TooManyStates`] when the frontier is too wide.
    pub fn connected(&self, source: usize, target: usize) -> Result<Odds, Invalid> {
        if let Some(seen) = [source, target].into_iter().find(|node| *node >= self.nodes) {
            return Err(Invalid::Missing { what: "node", seen, count: self.nodes });
        }
        if source == target {
            return Ok(Odds { works: 1.0, fails: 0.0 });
        }
        let links = self.in_order(source);
        let last_use: BTreeMap<usize, usize> = links.iter().enumerate().flat_map(|(i, (a, b, _))| [(*a, i), (*b, i)]).collect();
        let mut sums = Odds { works: 0.0, fails: 0.0 };
        // source and target stay at the frontier throughout, first and second
        let mut frontier = vec![source, target];
        let mut now: BTreeMap<Groups, f64> = BTreeMap::from([(vec![0, 1], 1.0)]);
        for (i, (a, b, fails)) in links.iter().enumerate() {
            for node in [*a, *b] {
                if !frontier.contains(&node) {
                    frontier.push(node);
                    now = now.into_iter().map(|(groups, p)| (with_own_group(groups), p)).collect();
                }
            }
            if frontier.len() > WIDEST {
                return Err(Invalid::TooManyStates { limit: WIDEST });
            }
            let place = |node: usize| frontier.iter().position(|one| *one == node).expect("it was added above");
            let (a, b) = (place(*a), place(*b));
            let ends: Vec<bool> = frontier.iter().map(|node| last_use.get(node).is_none_or(|last| *last <= i)).collect();
            let mut next = BTreeMap::new();
            for (groups, p) in now {
                for (groups, p) in [(joined(&groups, a, b), p * (1.0 - fails)), (groups, p * fails)] {
                    settle(&groups, p, &ends, &mut sums, &mut next);
                }
            }
            frontier =
                frontier.iter().zip(&ends).enumerate().filter(|(at, one)| *at < 2 || !one.1).map(|(_, one)| *one.0).collect();
            now = next;
        }
        // without links left, what is not connected stays so
        sums.fails += now.into_values().sum::<f64>();
        Ok(sums)
    }

    /// The links in the order in which a breadth-first walk from `source` has met both ends; links out of reach last.
    fn in_order(&self, source: usize) -> Vec<(usize, usize, f64)> {
        let mut met = vec![self.nodes; self.nodes];
        met[source] = 0;
        let mut walk = vec![source];
        let mut at = 0;
        while at < walk.len() {
            for (a, b, _) in &self.links {
                for (here, there) in [(*a, *b), (*b, *a)] {
                    if here == walk[at] && met[there] == self.nodes {
                        met[there] = walk.len();
                        walk.push(there);
                    }
                }
            }
            at += 1;
        }
        let mut links = self.links.clone();
        links.sort_by_key(|(a, b, _)| (met[*a].max(met[*b]), met[*a].min(met[*b])));
        links
    }
}

fn with_own_group(mut groups: Groups) -> Groups {
    let next = groups.iter().copied().max().map_or(0, |most| most + 1);
    groups.push(next);
    groups
}

fn joined(groups: &[u8], a: usize, b: usize) -> Groups {
    let (keep, gone) = (groups[a], groups[b]);
    groups.iter().map(|group| if *group == gone { keep } else { *group }).collect()
}

/// Adds an outcome to the sum it has become certain for, or keeps it with the nodes that still have links.
fn settle(groups: &[u8], p: f64, ends: &[bool], sums: &mut Odds, next: &mut BTreeMap<Groups, f64>) {
    if p == 0.0 {
        return;
    }
    if groups[0] == groups[1] {
        sums.works += p;
        return;
    }
    // one of the two is cut off when no node of its group has a link left
    let open = |group: u8| groups.iter().zip(ends).any(|(one, ends)| *one == group && !ends);
    if !open(groups[0]) || !open(groups[1]) {
        sums.fails += p;
        return;
    }
    let kept = groups.iter().zip(ends).enumerate().filter(|(at, one)| *at < 2 || !one.1).map(|(_, one)| *one.0);
    let mut names: Vec<u8> = Vec::new();
    let renamed = kept.map(|group| {
        let known = names.iter().position(|one| *one == group);
        known.unwrap_or_else(|| {
            names.push(group);
            names.len() - 1
        }) as u8
    });
    let renamed: Groups = renamed.collect();
    *next.entry(renamed).or_insert(0.0) += p;
}
