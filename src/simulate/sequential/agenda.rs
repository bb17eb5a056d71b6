/// What happens next: a heap of four children a node, smallest first, whose top can be replaced in one descent.
///
/// An entry is one number, the bits of its hour above those of what happens: hours are 0 or more, so that their bits sort as
/// they do, and equal hours have one order whatever was put in first.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda {
    entries: Vec<u128>,
}

fn entry(at: f64, what: u64) -> u128 {
    (u128::from(at.to_bits()) << 64) | u128::from(what)
}

impl Agenda {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// The hour of the next entry; infinity when there is none.
    #[inline]
    pub(super) fn next_at(&self) -> f64 {
        self.entries.first().map_or(f64::INFINITY, |top| f64::from_bits((top >> 64) as u64))
    }

    /// What the next entry is; 0 when there is none.
    #[inline]
    pub(super) fn next_what(&self) -> u64 {
        self.entries.first().map_or(0, |top| *top as u64)
    }

    /// The hour of the entry after the next.
    #[inline]
    pub(super) fn second_at(&self) -> f64 {
        let children = self.entries.get(1..self.entries.len().min(5)).unwrap_or(&[]);
        children.iter().min().map_or(f64::INFINITY, |least| f64::from_bits((least >> 64) as u64))
    }

    #[inline]
    pub(super) fn push(&mut self, at: f64, what: u64) {
        debug_assert!(at >= 0.0);
        let new = entry(at, what);
        let mut place = self.entries.len();
        self.entries.push(new);
        while place > 0 {
            let above = (place - 1) / 4;
            if self.entries[above] <= new {
                break;
            }
            self.entries[place] = self.entries[above];
            place = above;
        }
        self.entries[place] = new;
    }

    /// Puts an entry in place of the top.
    #[inline]
    pub(super) fn replace(&mut self, at: f64, what: u64) {
        self.sink(entry(at, what));
    }

    #[inline]
    pub(super) fn pop(&mut self) {
        if let Some(last) = self.entries.pop()
            && !self.entries.is_empty()
        {
            self.sink(last);
        }
    }

    #[inline]
    fn sink(&mut self, new: u128) {
        let entries = self.entries.as_mut_slice();
        let mut place = 0;
        loop {
            let first = 4 * place + 1;
            let Some(children) = entries.get(first..(first + 4).min(entries.len())).filter(|some| !some.is_empty()) else { break };
            let (mut least, mut offset) = (children[0], 0);
            for (i, child) in children.iter().enumerate().skip(1) {
                if *child < least {
                    (least, offset) = (*child, i);
                }
            }
            if least >= new {
                break;
            }
            entries[place] = least;
            place = first + offset;
        }
        if let Some(held) = entries.get_mut(place) {
            *held = new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    #[test]
    fn gives_what_a_sorted_list_gives() {
        let mut rng = Stream::root(Seed(1)).rng();
        let (mut agenda, mut list) = (Agenda::default(), Vec::new());
        for step in 0..20_000_u64 {
            let at = (rng.uniform() * 50.0).floor();
            match rng.below(4) {
                0 | 1 => {
                    agenda.push(at, step);
                    list.push((at, step));
                }
                2 if !list.is_empty() => {
                    list[0] = (at, step);
                    agenda.replace(at, step);
                }
                _ => {
                    agenda.pop();
                    if !list.is_empty() {
                        list.remove(0);
                    }
                }
            }
            list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let top = list.first().copied().unwrap_or((f64::INFINITY, 0));
            assert_eq!((agenda.next_at(), agenda.next_what()), top);
            assert_eq!(agenda.second_at(), list.get(1).map_or(f64::INFINITY, |second| second.0));
            list.truncate(300);
            if list.len() == 300 {
                agenda.clear();
                list.clear();
            }
        }
    }
}
