//! Text in UTF-16 with a mark, as PowerShell's `>` writes whatever a command prints: handed over as UTF-8.

use std::io::{BufRead, Read, Result};

/// Units looked at to tell text from other bytes that happen to begin like a mark.
const LOOKED_AT: usize = 32;

/// Whether bytes begin with the mark of UTF-16 and go on as text, and if so, whether the low byte stands first.
pub(super) fn little_end_first(bytes: &[u8]) -> Option<bool> {
    let little = match bytes {
        [0xFF, 0xFE, ..] => true,
        [0xFE, 0xFF, ..] => false,
        _ => return None,
    };
    let units: Vec<u16> = bytes[2..].chunks_exact(2).take(LOOKED_AT).map(|pair| unit([pair[0], pair[1]], little)).collect();
    // Separators, digits and ends of lines are ASCII in whatever language; other bytes have it in one unit of 256.
    let plain = units.iter().filter(|unit| (0x20..0x7F).contains(*unit) || [9, 10, 13].contains(*unit)).count();
    (plain * 4 >= units.len() && !units.is_empty()).then_some(little)
}

fn unit(pair: [u8; 2], little: bool) -> u16 {
    if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
}

/// Reads UTF-16 as UTF-8, without its mark. What is no character becomes a replacement character.
pub(super) struct Utf16<R> {
    source: R,
    little: bool,
    /// Half of a unit, and the first unit of a pair.
    half: Option<u8>,
    high: Option<u16>,
    begun: bool,
    /// UTF-8 that waits to be taken.
    ready: Vec<u8>,
    taken: usize,
}

impl<R: BufRead> Utf16<R> {
    pub(super) fn new(source: R, little: bool) -> Self {
        Self { source, little, half: None, high: None, begun: false, ready: Vec::new(), taken: 0 }
    }

    fn refill(&mut self) -> Result<()> {
        self.taken = 0;
        self.ready.clear();
        let block = self.source.fill_buf()?;
        if block.is_empty() && (self.half.take().is_some() | self.high.take().is_some()) {
            push(&mut self.ready, char::REPLACEMENT_CHARACTER);
        }
        for byte in block {
            let Some(first) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            let unit = unit([first, *byte], self.little);
            if self.high.is_none() && (0xD800..0xDC00).contains(&unit) {
                self.high = Some(unit);
                continue;
            }
            for char in char::decode_utf16(self.high.take().into_iter().chain([unit])) {
                push(&mut self.ready, char.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        let count = block.len();
        self.source.consume(count);
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if !std::mem::replace(&mut self.begun, true) {
            self.source.read_exact(&mut [0; 2])?;
        }
        while self.taken == self.ready.len() {
            let ended = self.source.fill_buf()?.is_empty();
            if ended && self.half.is_none() && self.high.is_none() {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = into.len().min(self.ready.len() - self.taken);
        into[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

fn push(into: &mut Vec<u8>, char: char) {
    into.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    #[test]
    fn either_order_is_decoded_wherever_blocks_end() {
        let text = "\u{FEFF}größe,1\r\n😀,2\r\n";
        let (little, big): (Vec<u8>, Vec<u8>) =
            (text.encode_utf16().flat_map(u16::to_le_bytes).collect(), text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        for (bytes, order) in [(little, true), (big, false)] {
            assert_eq!(little_end_first(&bytes), Some(order));
            for size in [1, 2, 3, 7, 1_000] {
                let source = BufReader::with_capacity(size, Cursor::new(&bytes));
                let mut read = String::new();
                Utf16::new(source, order).read_to_string(&mut read).unwrap();
                assert_eq!(read, text[3..], "{size}");
            }
        }
    }

    #[test]
    fn text_that_is_cut_ends_in_a_replacement_and_other_bytes_are_no_text() {
        let mut read = String::new();
        Utf16::new(Cursor::new([0xFF, 0xFE, b'a', 0, b'b']), true).read_to_string(&mut read).unwrap();
        assert_eq!(read, "a\u{FFFD}");
        assert_eq!(little_end_first(&[0xFF, 0xFE]), None);
        assert_eq!(little_end_first(&[0xFF, 0xFE, 0x05, 0xF0, 0x9A, 0x0A, 0x57, 0x33]), None);
    }
}
