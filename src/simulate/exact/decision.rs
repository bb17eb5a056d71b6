//! Binary decision diagrams: yes-or-no functions of parts that are up or down.

use std::collections::BTreeMap;

/// A node of a [`Diagrams`]: equal nodes are equal functions.
pub(super) type Node = usize;

/// Reduced ordered binary decision diagrams that share their nodes. Part 0 is asked first.
///
/// Bryant (1986), "Graph-based algorithms for Boolean function manipulation", *IEEE Transactions on Computers* C-35(8).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Diagrams {
    /// Part asked, node when it is down, node when it is up; the two constants ask a part that is not there.
    nodes: Vec<(usize, Node, Node)>,
    known: BTreeMap<(usize, Node, Node), Node>,
    choices: BTreeMap<(Node, Node, Node), Node>,
}

impl Diagrams {
    pub const NO: Node = 0;
    pub const YES: Node = 1;

    pub fn new() -> Self {
        let constant = |node| (usize::MAX, node, node);
        Self { nodes: vec![constant(Self::NO), constant(Self::YES)], known: BTreeMap::new(), choices: BTreeMap::new() }
    }

    fn node(&mut self, part: usize, down: Node, up: Node) -> Node {
        if down == up {
            return down;
        }
        let next = self.nodes.len();
        let node = *self.known.entry((part, down, up)).or_insert(next);
        if node == next {
            self.nodes.push((part, down, up));
        }
        node
    }

    /// The part is up.
    pub fn part(&mut self, part: usize) -> Node {
        self.node(part, Self::NO, Self::YES)
    }

    /// `yes` where `condition` holds, `no` elsewhere.
    pub fn choose(&mut self, condition: Node, yes: Node, no: Node) -> Node {
        match (condition, yes, no) {
            (Self::YES, _, _) => return yes,
            (Self::NO, _, _) => return no,
            _ if yes == no => return yes,
            (_, Self::YES, Self::NO) => return condition,
            _ => {}
        }
        if let Some(node) = self.choices.get(&(condition, yes, no)) {
            return *node;
        }
        let part = [condition, yes, no].map(|node| self.nodes[node].0).into_iter().min().unwrap_or(usize::MAX);
        let [c, y, n] = [condition, yes, no].map(|node| self.branches(node, part));
        let down = self.choose(c.0, y.0, n.0);
        let up = self.choose(c.1, y.1, n.1);
        let node = self.node(part, down, up);
        self.choices.insert((condition, yes, no), node);
        node
    }

    fn branches(&self, node: Node, part: usize) -> (Node, Node) {
        let (asked, down, up) = self.nodes[node];
        if asked == part { (down, up) } else { (node, node) }
    }

    pub fn and(&mut self, a: Node, b: Node) -> Node {
        self.choose(a, b, Self::NO)
    }

    pub fn or(&mut self, a: Node, b: Node) -> Node {
        self.choose(a, Self::YES, b)
    }

    /// At least `wanted` of `all` hold.
    pub fn at_least(&mut self, wanted: usize, all: &[Node]) -> Node {
        // ways[j]: at least j of those after the current one
        let mut ways = vec![Self::NO; wanted + 1];
        ways[0] = Self::YES;
        for one in all.iter().rev() {
            for j in (1..=wanted).rev() {
                ways[j] = self.choose(*one, ways[j - 1], ways[j]);
            }
        }
        ways[wanted]
    }

    /// Where the function, which must not fall when a part comes up, hangs on the part alone: it holds with it and not without.
    pub fn critical(&mut self, node: Node, part: usize) -> Node {
        let with = self.fixed(node, part, true, &mut BTreeMap::new());
        let without = self.fixed(node, part, false, &mut BTreeMap::new());
        self.choose(without, Self::NO, with)
    }

    fn fixed(&mut self, node: Node, part: usize, up: bool, done: &mut BTreeMap<Node, Node>) -> Node {
        let (asked, if_down, if_up) = self.nodes[node];
        if asked == usize::MAX || asked > part {
            return node;
        }
        if asked == part {
            return if up { if_up } else { if_down };
        }
        if let Some(known) = done.get(&node) {
            return *known;
        }
        let (a, b) = (self.fixed(if_down, part, up, done), self.fixed(if_up, part, up, done));
        let fixed = self.node(asked, a, b);
        done.insert(node, fixed);
        fixed
    }

    /// P(does not hold) and P(holds), each a sum of positive terms, from P(down) and P(up) of each part.
    pub fn probability(&self, node: Node, parts: &[(f64, f64)]) -> (f64, f64) {
        let mut values = vec![(0.0, 0.0); node.max(1) + 1];
        (values[Self::NO], values[Self::YES]) = ((1.0, 0.0), (0.0, 1.0));
        // a node's branches were made before it
        for (at, (part, down, up)) in self.nodes.iter().enumerate().take(node + 1).skip(2) {
            let (q, p) = parts[*part];
            values[at] = (q * values[*down].0 + p * values[*up].0, q * values[*down].1 + p * values[*up].1);
        }
        values[node]
    }
}
