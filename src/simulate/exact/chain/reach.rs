//! Which states lead where.

use super::{Chain, Invalid};

impl Chain {
    /// The states each state is entered from.
    fn entered_from(&self) -> Vec<Vec<usize>> {
        let mut from = vec![Vec::new(); self.states()];
        for state in 0..self.states() {
            for (to, _) in self.rates(state) {
                from[*to].push(state);
            }
        }
        from
    }

    /// The states from which one of `targets` can be reached (these included).
    pub(super) fn leads_to(&self, targets: &[bool]) -> Vec<bool> {
        let from = self.entered_from();
        let mut seen = targets.to_vec();
        let mut open: Vec<usize> = (0..self.states()).filter(|state| targets[*state]).collect();
        while let Some(state) = open.pop() {
            for before in &from[state] {
                if !std::mem::replace(&mut seen[*before], true) {
                    open.push(*before);
                }
            }
        }
        seen
    }

    /// How many jumps it takes at least from the states of `initial` to each state that can be reached from them.
    pub(super) fn distances(&self, initial: &[f64]) -> Vec<Option<usize>> {
        let mut at: Vec<Option<usize>> = initial.iter().map(|p| (*p > 0.0).then_some(0)).collect();
        let mut now: Vec<usize> = (0..self.states()).filter(|state| at[*state].is_some()).collect();
        for distance in 1.. {
            let mut next = Vec::new();
            for (to, _) in now.iter().flat_map(|state| self.rates(*state)) {
                if at[*to].is_none() {
                    at[*to] = Some(distance);
                    next.push(*to);
                }
            }
            if next.is_empty() {
                break;
            }
            now = next;
        }
        at
    }

    /// The one set of states that the chain ends up in and never leaves.
    ///
    /// The last root of a depth-first search along the reversed rates lies in such a set: whatever can be reached from it could
    /// otherwise not have been left for a later root. Sharir (1981), "A strong-connectivity algorithm and its applications in data
    /// flow analysis", *Computers & Mathematics with Applications* 7(1).
    pub(super) fn closed_class(&self) -> Result<Vec<bool>, Invalid> {
        let from = self.entered_from();
        let mut seen = vec![false; self.states()];
        let mut root = 0;
        for state in 0..self.states() {
            if seen[state] {
                continue;
            }
            root = state;
            seen[state] = true;
            let mut open = vec![state];
            while let Some(one) = open.pop() {
                for before in &from[one] {
                    if !std::mem::replace(&mut seen[*before], true) {
                        open.push(*before);
                    }
                }
            }
        }
        let class: Vec<bool> = self.distances(&self.start(root)).iter().map(Option::is_some).collect();
        let all = self.leads_to(&self.start(root).iter().map(|p| *p > 0.0).collect::<Vec<_>>());
        if all.iter().all(|leads| *leads) { Ok(class) } else { Err(Invalid::SeveralClosedClasses) }
    }
}
