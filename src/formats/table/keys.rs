//! Which group of series a row belongs to: its label cells, looked up without a string for each row.

use std::collections::BTreeMap;

use super::rows::Row;

/// Places looked at before a key is looked up in order: a file made to collide costs no more than a sorted map.
const MOST_PROBES: usize = 16;

/// Groups by the bytes of their labels, numbered in order of their first row.
#[derive(Default)]
pub(super) struct Keys {
    /// Of each group, where its key lies in `bytes`.
    spans: Vec<(u32, u32)>,
    bytes: Vec<u8>,
    /// Of each group, which one came after it last: rows mostly stand in the same order at every instant.
    after: Vec<u32>,
    last: usize,
    /// Group number plus one by hash, 0 for none; a power of two.
    slots: Vec<(u32, u32)>,
    crowded: BTreeMap<Vec<u8>, usize>,
    key: Vec<u8>,
}

impl Keys {
    /// More or longer keys than any fleet has.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > 1 << 28
    }

    /// The group of a row by these columns, and whether it is new.
    pub(super) fn group(&mut self, row: &Row<'_>, columns: &[usize]) -> (usize, bool) {
        if let Some(next) = self.after.get(self.last).map(|next| *next as usize)
            && self.is(next, row, columns)
        {
            self.last = next;
            return (next, false);
        }
        let (group, new) = self.search(row, columns);
        if let Some(after) = self.after.get_mut(self.last) {
            *after = group as u32;
        }
        self.last = group;
        (group, new)
    }

    /// Whether a row has the key of that group.
    fn is(&self, group: usize, row: &Row<'_>, columns: &[usize]) -> bool {
        let mut rest = self.stored(group);
        for at in columns {
            let Some(after) = rest.strip_prefix(row.field(*at)).and_then(|rest| rest.strip_prefix(&[0xFF])) else { return false };
            rest = after;
        }
        true
    }

    fn search(&mut self, row: &Row<'_>, columns: &[usize]) -> (usize, bool) {
        self.key.clear();
        for at in columns {
            self.key.extend_from_slice(row.field(*at));
            self.key.push(0xFF); // in no text
        }
        let hash = hash(&self.key);
        if self.slots.len() < 2 * (self.spans.len() + 1) {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        for probe in 0..MOST_PROBES {
            let at = (hash as usize + probe) & mask;
            match self.slots[at] {
                (_, 0) => {
                    let group = self.add();
                    self.slots[at] = ((hash >> 32) as u32, group as u32 + 1);
                    return (group, true);
                }
                (tag, group) if tag == (hash >> 32) as u32 && self.stored(group as usize - 1) == self.key => {
                    return (group as usize - 1, false);
                }
                _ => {}
            }
        }
        if let Some(group) = self.crowded.get(&self.key) {
            return (*group, false);
        }
        let group = self.add();
        self.crowded.insert(self.key.clone(), group);
        (group, true)
    }

    fn stored(&self, group: usize) -> &[u8] {
        let (start, end) = self.spans[group];
        &self.bytes[start as usize..end as usize]
    }

    fn add(&mut self) -> usize {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(&self.key);
        self.spans.push((start, self.bytes.len() as u32));
        self.after.push(0);
        self.spans.len() - 1
    }

    /// Twice the slots, all keys placed anew.
    fn grow(&mut self) {
        let size = (4 * (self.spans.len() + 1)).next_power_of_two().max(64);
        self.slots = vec![(0, 0); size];
        self.crowded.clear();
        for group in 0..self.spans.len() {
            let hash = hash(self.stored(group));
            let free = (0..MOST_PROBES).map(|probe| (hash as usize + probe) & (size - 1)).find(|at| self.slots[*at].1 == 0);
            match free {
                Some(at) => self.slots[at] = ((hash >> 32) as u32, group as u32 + 1),
                None => drop(self.crowded.insert(self.stored(group).to_vec(), group)),
            }
        }
    }
}

/// Eight bytes at a time, folded by multiplication.
fn hash(bytes: &[u8]) -> u64 {
    let fold = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(bytes.len() as u64, |sum, word| fold(sum, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let sum = fold(sum, u64::from_le_bytes(last));
    sum ^ sum >> 29
}
