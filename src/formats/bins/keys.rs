//! The label bytes of a row to the number of its series.

/// Known label bytes, numbered in the order of their first appearance.
///
/// Rows mostly follow each other as they did before: after the row of one host comes the row of the next, or one more of the same. So
/// each key remembers which one followed it, and a comparison of bytes replaces hashing.
pub(super) struct Keys {
    bytes: Vec<u8>,
    known: Vec<Key>,
    /// Number + 1 by hash, open addressing; 0 is free. Its length is a power of two, at least twice the number of keys.
    table: Vec<u32>,
    last: usize,
}

struct Key {
    from: usize,
    until: usize,
    hash: u64,
    followed_by: usize,
}

/// Most bytes of keys held; a table of more labels is not one of series.
const MOST_BYTES: usize = 1 << 26;

/// Most places looked at for a key: a file made to collide is left to others.
const MOST_PROBES: usize = 128;

impl Keys {
    pub fn new() -> Self {
        Self { bytes: Vec::new(), known: Vec::new(), table: vec![0; 1 << 12], last: 0 }
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }

    fn is(&self, number: usize, key: &[u8]) -> bool {
        self.known.get(number).is_some_and(|known| self.bytes[known.from..known.until] == *key)
    }

    /// The number of a known key.
    #[inline]
    pub fn find(&mut self, key: &[u8]) -> Option<usize> {
        let expected = self.known.get(self.last).map_or(0, |last| last.followed_by);
        let number = if self.is(expected, key) { expected } else { self.look_up(key)? };
        self.last = number;
        Some(number)
    }

    fn look_up(&mut self, key: &[u8]) -> Option<usize> {
        let hash = hash(key);
        let mask = self.table.len() - 1;
        for probe in 0..MOST_PROBES {
            let number = (self.table[(hash as usize).wrapping_add(probe) & mask] as usize).checked_sub(1)?;
            if self.known[number].hash == hash && self.is(number, key) {
                self.known[self.last].followed_by = number;
                return Some(number);
            }
        }
        None
    }

    /// Adds a key that is not known, and gives its number; `None` when there are too many.
    pub fn add(&mut self, key: &[u8]) -> Option<usize> {
        let (number, from) = (self.known.len(), self.bytes.len());
        if from + key.len() + size_of::<Key>() * number > MOST_BYTES {
            return None;
        }
        self.bytes.extend_from_slice(key);
        let hash = hash(key);
        self.known.push(Key { from, until: self.bytes.len(), hash, followed_by: number });
        if let Some(last) = self.known.get_mut(self.last) {
            last.followed_by = number;
        }
        self.last = number;
        if self.table.len() < 2 * self.known.len() {
            self.table = vec![0; 2 * self.table.len()];
            (0..number).try_for_each(|known| self.place(known))?;
        }
        self.place(number)?;
        Some(number)
    }

    fn place(&mut self, number: usize) -> Option<()> {
        let (hash, mask) = (self.known[number].hash as usize, self.table.len() - 1);
        let slot = (0..MOST_PROBES).map(|probe| hash.wrapping_add(probe) & mask).find(|slot| self.table[*slot] == 0)?;
        self.table[slot] = number as u32 + 1;
        Some(())
    }
}

/// Eight bytes at a time, each folded by a multiplication of 128 bits. Only speed depends on it: bytes are always compared.
fn hash(bytes: &[u8]) -> u64 {
    let fold = |left: u64, right: u64| {
        let product = u128::from(left) * u128::from(right);
        product as u64 ^ (product >> 64) as u64
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut tail = [0; 8];
    tail[..rest.len()].copy_from_slice(rest);
    let start = 0x9E37_79B9_7F4A_7C15 ^ bytes.len() as u64;
    let sum = words.iter().fold(start, |sum, word| fold(sum ^ u64::from_le_bytes(*word), 0xA076_1D64_78BD_642F));
    fold(sum ^ u64::from_le_bytes(tail), 0xE703_7ED1_A0B4_28DB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_numbers_in_any_order() {
        let mut keys = Keys::new();
        let names: Vec<String> = (0..10_000).map(|index| format!("host-{index},zone-{}", index % 7)).collect();
        for (number, name) in names.iter().enumerate() {
            assert_eq!(keys.find(name.as_bytes()), None);
            assert_eq!(keys.add(name.as_bytes()), Some(number));
        }
        let forth =
            (0..names.len()).chain((0..names.len()).rev()).chain((0..names.len()).map(|index| index * 7_919 % names.len()));
        for number in forth {
            assert_eq!(keys.find(names[number].as_bytes()), Some(number));
        }
        assert_eq!((keys.find(b""), keys.find(b"host-1,zone-2")), (None, None));
        assert_eq!((keys.add(b""), keys.find(b"")), (Some(10_000), Some(10_000)));
    }
}
