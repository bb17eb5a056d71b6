/// What happens next: a heap of four children a node, soonest first, whose top can be replaced in one descent.
///
/// Below the last entry stand some that never come, so that a node always has all its children or none.
#[derive(Debug, Clone)]
pub(super) struct Agenda {
    entries: Vec<Entry>,
    len: usize,
}

/// An hour, and what happens then.
#[derive(Debug, Clone, Copy)]
struct Entry {
    at: f64,
    what: u64,
}

const NEVER: Entry = Entry { at: f64::INFINITY, what: 0 };

impl Default for Agenda {
    fn default() -> Self {
        Self { entries: vec![NEVER; 8], len: 0 }
    }
}

impl Agenda {
    pub(super) fn clear(&mut self) {
        self.entries[..self.len].fill(NEVER);
        self.len = 0;
    }

    /// Draws entries anew: each takes the hour that it is told, or keeps its own.
    pub(super) fn redraw(&mut self, mut anew: impl FnMut(f64, u64) -> Option<f64>) {
        let entries: Vec<Entry> = self.entries[..self.len].to_vec();
        self.clear();
        for Entry { at, what } in entries {
            self.push(anew(at, what).unwrap_or(at), what);
        }
    }

    /// The hour of the next entry; infinity when there is none.
    #[inline]
    pub(super) fn next_at(&self) -> f64 {
        self.entries[0].at
    }

    /// What the next entry is; 0 when there is none.
    #[inline]
    pub(super) fn next_what(&self) -> u64 {
        self.entries[0].what
    }

    /// The hour of the entry after the next.
    #[inline]
    pub(super) fn second_at(&self) -> f64 {
        self.entries[1..5].iter().fold(f64::INFINITY, |least, entry| least.min(entry.at))
    }

    #[inline]
    pub(super) fn push(&mut self, at: f64, what: u64) {
        debug_assert!(at >= 0.0);
        let mut place = self.len;
        self.len += 1;
        if self.len + 4 > self.entries.len() {
            self.entries.resize(2 * self.entries.len(), NEVER);
        }
        while place > 0 {
            let above = (place - 1) / 4;
            if self.entries[above].at <= at {
                break;
            }
            self.entries[place] = self.entries[above];
            place = above;
        }
        self.entries[place] = Entry { at, what };
    }

    /// Puts an entry in place of the top; the agenda must not be empty.
    #[inline]
    pub(super) fn replace(&mut self, at: f64, what: u64) {
        debug_assert!(self.len > 0);
        self.sink(Entry { at, what });
    }

    #[inline]
    pub(super) fn pop(&mut self) {
        if self.len == 0 {
            return;
        }
        self.len -= 1;
        let last = self.entries[self.len];
        self.entries[self.len] = NEVER;
        if self.len > 0 {
            self.sink(last);
        }
    }

    #[inline]
    fn sink(&mut self, new: Entry) {
        let mut place = 0;
        loop {
            let first = 4 * place + 1;
            if first >= self.len {
                break;
            }
            let (mut soonest, mut entry) = (first, self.entries[first]);
            for (i, child) in self.entries[first + 1..first + 4].iter().enumerate() {
                if child.at < entry.at {
                    (soonest, entry) = (first + 1 + i, *child);
                }
            }
            if entry.at >= new.at {
                break;
            }
            self.entries[place] = entry;
            place = soonest;
        }
        self.entries[place] = new;
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
            let at = rng.uniform() * 50.0;
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
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
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
