use super::system::{Node, System};

/// Who is down, and what is left: kept by changes, in whole numbers, so that nothing drifts.
///
/// A leaf holds its own capacity, a domain the sum of what its children pass on. A node passes on nothing while anything has it
/// down, else the least of its sum and its limit, times the shares that partial outages leave: a function of the state alone,
/// so the amounts never depend on the way to it. A change walks up the tree until a node that is down swallows it.
#[derive(Debug, Clone)]
pub struct Standing {
    width: usize,
    places: Vec<Place>,
    /// `[node * width + lane]`; empty where no node has one.
    limit: Vec<i64>,
    limited: Vec<bool>,
    /// What is left under partial outages that last, by node: shares lost.
    partial: Vec<Vec<f64>>,
    /// `[node * width + lane]`.
    sum: Vec<i64>,
    total: Vec<i64>,
}

/// A node where it stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    parent: u32,
    /// Full outages; any takes it down.
    down: u32,
    /// Whether it passes on its sum as it is.
    plain: bool,
}

/// The parent of a root.
pub(super) const NONE: u32 = u32::MAX;

fn limits(system: &System) -> Vec<i64> {
    if system.nodes().iter().all(|node| node.limit.is_empty()) {
        return Vec::new();
    }
    let lane = |node: &Node, lane| node.limit.get(lane).copied().unwrap_or(i64::MAX);
    system.nodes().iter().flat_map(|node| (0..system.lanes()).map(move |l| lane(node, l))).collect()
}

fn place(node: &Node) -> Place {
    Place { parent: node.parent.unwrap_or(NONE), down: 0, plain: node.limit.is_empty() }
}

impl Standing {
    pub(super) fn all_up(system: &System) -> Self {
        let (nodes, width) = (system.nodes().len(), system.lanes());
        let mut standing = Self {
            width,
            places: system.nodes().iter().map(place).collect(),
            limit: limits(system),
            limited: system.nodes().iter().map(|node| !node.limit.is_empty()).collect(),
            partial: vec![Vec::new(); nodes],
            sum: vec![0; nodes * width],
            total: vec![0; width],
        };
        for (n, node) in system.nodes().iter().enumerate() {
            for (lane, amount) in node.capacity.iter().enumerate().filter(|(_, amount)| **amount != 0) {
                standing.add(n, lane, *amount);
            }
        }
        standing
    }

    pub(super) fn copy_from(&mut self, base: &Self) {
        self.places.copy_from_slice(&base.places);
        for partial in self.partial.iter_mut().filter(|partial| !partial.is_empty()) {
            partial.clear();
        }
        self.sum.copy_from_slice(&base.sum);
        self.total.copy_from_slice(&base.total);
    }

    /// Capacity left in a lane.
    #[inline]
    #[must_use]
    pub fn total(&self, lane: usize) -> i64 {
        self.total[lane]
    }

    /// Capacity left, by lane.
    #[inline]
    #[must_use]
    pub fn totals(&self) -> &[i64] {
        &self.total
    }

    /// Full outages that last on a node itself, not on what it stands in.
    #[inline]
    #[must_use]
    pub fn outages(&self, node: u32) -> u32 {
        self.places[node as usize].down
    }

    /// What a node passes on, by its own state and that of what is below it.
    #[must_use]
    pub fn passes(&self, node: u32, lane: usize) -> i64 {
        self.pass(node as usize, lane, self.sum[node as usize * self.width + lane])
    }

    /// What of a node's own gets through all that it stands in: nothing where one of them is down.
    #[must_use]
    pub fn delivers(&self, node: u32, lane: usize) -> i64 {
        let (mut amount, mut above) = (self.passes(node, lane), self.places[node as usize].parent);
        while above != NONE && amount != 0 {
            amount = self.pass(above as usize, lane, amount);
            above = self.places[above as usize].parent;
        }
        amount
    }

    #[inline]
    fn pass(&self, node: usize, lane: usize, sum: i64) -> i64 {
        if self.places[node].down > 0 { 0 } else { self.what_is_left(node, lane, sum) }
    }

    /// What a node passes on of a sum while nothing has it down.
    #[inline]
    fn what_is_left(&self, node: usize, lane: usize, sum: i64) -> i64 {
        if self.places[node].plain {
            return sum;
        }
        let sum = if self.limited[node] { sum.min(self.limit[node * self.width + lane]) } else { sum };
        if self.partial[node].is_empty() {
            return sum;
        }
        let left: f64 = self.partial[node].iter().map(|lost| 1.0 - lost).product();
        (sum as f64 * left).round() as i64
    }

    /// Adds to the sum of a node and to all that it is passed on to.
    #[inline(never)]
    fn add(&mut self, mut node: usize, lane: usize, mut amount: i64) {
        loop {
            let at = node * self.width + lane;
            let before = self.sum[at];
            self.sum[at] = before + amount;
            if !self.places[node].plain {
                amount = self.pass(node, lane, before + amount) - self.pass(node, lane, before);
            } else if self.places[node].down > 0 {
                return;
            }
            let above = self.places[node].parent;
            if above == NONE || amount == 0 {
                break;
            }
            node = above as usize;
        }
        self.total[lane] += amount;
    }

    /// The same as [`Standing::moved`] where there is one lane.
    #[inline]
    fn moved_plainly(&mut self, mut above: u32, amount: i64) {
        while above != NONE {
            let at = above as usize;
            let place = &self.places[at];
            if !place.plain {
                return self.add(at, 0, amount);
            }
            self.sum[at] += amount;
            if place.down > 0 {
                return;
            }
            above = place.parent;
        }
        self.total[0] += amount;
    }

    /// Tells those above that a node passes on something else than before.
    #[inline]
    fn moved(&mut self, node: usize, lane: usize, amount: i64) {
        match self.places[node].parent {
            _ if amount == 0 => {}
            NONE => self.total[lane] += amount,
            above => self.add(above as usize, lane, amount),
        }
    }

    /// An outage begins that takes `lost` of a node: all of it at 1.
    #[inline]
    pub(super) fn fall(&mut self, node: u32, lost: f64) {
        if lost < 1.0 {
            return self.fall_in_part(node as usize, lost);
        }
        let node = node as usize;
        let before = self.places[node].down;
        self.places[node].down = before + 1;
        if before == 0 {
            self.passes_again(node, -1);
        }
    }

    /// An outage of a whole node begins (1) or ends (-1): the same as [`Standing::fall`] and [`Standing::rise`] without a branch
    /// between them, which the processor would guess wrong every other time.
    #[inline]
    pub(super) fn turn(&mut self, node: u32, outages: i32) {
        let place = &mut self.places[node as usize];
        let before = place.down;
        let after = before.wrapping_add_signed(outages);
        debug_assert!(after.abs_diff(before) == 1);
        place.down = after;
        // one of them is 0
        if before.wrapping_add(after) == 1 {
            self.passes_again(node as usize, -i64::from(outages));
        }
    }

    /// A node passes on what it can (1) or nothing (-1) from now on.
    #[inline]
    fn passes_again(&mut self, node: usize, sign: i64) {
        let place = &self.places[node];
        if self.width == 1 && place.plain {
            return self.moved_plainly(place.parent, sign * self.sum[node]);
        }
        self.passes_again_by_lane(node, sign);
    }

    #[inline(never)]
    fn passes_again_by_lane(&mut self, node: usize, sign: i64) {
        for lane in 0..self.width {
            let passed = self.what_is_left(node, lane, self.sum[node * self.width + lane]);
            self.moved(node, lane, sign * passed);
        }
    }

    #[inline(never)]
    fn fall_in_part(&mut self, node: usize, lost: f64) {
        self.change_partial(node, |partial| {
            let at = partial.partition_point(|one| *one < lost);
            partial.insert(at, lost);
        });
    }

    #[inline(never)]
    fn rise_in_part(&mut self, node: usize, lost: f64) {
        self.change_partial(node, |partial| {
            if let Some(at) = partial.iter().position(|one| *one == lost) {
                partial.remove(at);
            }
        });
    }

    /// An outage ends that took `lost` of a node.
    #[inline]
    pub(super) fn rise(&mut self, node: u32, lost: f64) {
        if lost < 1.0 {
            return self.rise_in_part(node as usize, lost);
        }
        let node = node as usize;
        debug_assert!(self.places[node].down > 0);
        let after = self.places[node].down.saturating_sub(1);
        self.places[node].down = after;
        if after == 0 {
            self.passes_again(node, 1);
        }
    }

    /// Shares are kept sorted, so that their product does not depend on which began first.
    fn change_partial(&mut self, node: usize, change: impl FnOnce(&mut Vec<f64>)) {
        let passed = |of: &Self| -> Vec<i64> { (0..of.width).map(|lane| of.passes(node as u32, lane)).collect() };
        let before = passed(self);
        change(&mut self.partial[node]);
        self.places[node].plain = !self.limited[node] && self.partial[node].is_empty();
        for (lane, (after, before)) in passed(self).into_iter().zip(before).enumerate() {
            self.moved(node, lane, after - before);
        }
    }
}
