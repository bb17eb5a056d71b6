//! Bytes to UTF-8 text, block by block: UTF-8 as it is, UTF-16 by its mark, Latin-1 when declared.

use std::io::{BufRead, Error, ErrorKind, Result};

/// How the bytes of a text stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, by the mark at its start: the little end first, or the big one.
    Utf16 {
        /// The low byte stands first.
        little: bool,
    },
    /// ISO 8859-1: every byte is the character of that number.
    Latin1,
}

/// Hands over a text as UTF-8, without its mark.
pub(super) struct Decoder<'a> {
    source: Box<dyn BufRead + 'a>,
    encoding: Encoding,
    /// Bytes read to look for a mark that were none, and what hindered reading more.
    ahead: Vec<u8>,
    failed: Option<Error>,
    /// Bytes of the mark.
    mark: u64,
    /// Half of a UTF-16 unit, and the first of a pair.
    half: Option<u8>,
    high: Option<u16>,
}

impl<'a> Decoder<'a> {
    /// Looks at the mark. `latin1` counts where there is none.
    pub(super) fn new(mut source: Box<dyn BufRead + 'a>, latin1: bool) -> Self {
        let (mut first, mut failed) = (Vec::new(), None);
        while first.len() < 3 {
            let block = match block(&mut *source) {
                Ok([]) => break,
                Ok(block) => block,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            let taken = block.len().min(3 - first.len());
            first.extend_from_slice(&block[..taken]);
            source.consume(taken);
        }
        let (encoding, mark) = match first[..] {
            [0xEF, 0xBB, 0xBF] => (Encoding::Utf8, 3),
            [0xFF, 0xFE, ..] => (Encoding::Utf16 { little: true }, 2),
            [0xFE, 0xFF, ..] => (Encoding::Utf16 { little: false }, 2),
            _ if latin1 => (Encoding::Latin1, 0),
            _ => (Encoding::Utf8, 0),
        };
        first.drain(..mark);
        Self { source, encoding, ahead: first, failed, mark: mark as u64, half: None, high: None }
    }

    /// What was found.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many bytes the mark has.
    pub(super) fn mark(&self) -> u64 {
        self.mark
    }

    /// Adds about `most` bytes of text to `into`; how many source bytes were read, 0 at the end.
    ///
    /// # Errors
    /// When the source fails: a packed stream that ends early.
    pub(super) fn fill(&mut self, into: &mut Vec<u8>, most: usize) -> Result<usize> {
        if !self.ahead.is_empty() {
            let ahead = std::mem::take(&mut self.ahead);
            self.append(&ahead, into);
            return Ok(ahead.len());
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut source = std::mem::replace(&mut self.source, Box::new(std::io::empty()));
        let taken = block(&mut *source).map(|block| {
            let taken = block.len().min(most);
            self.append(&block[..taken], into);
            taken
        });
        if let Ok(taken) = taken {
            source.consume(taken);
        }
        self.source = source;
        if matches!(taken, Ok(0)) && (self.half.take().is_some() | self.high.take().is_some()) {
            push(into, char::REPLACEMENT_CHARACTER);
        }
        taken
    }

    fn append(&mut self, block: &[u8], into: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf8 => into.extend_from_slice(block),
            Encoding::Latin1 => block.iter().for_each(|byte| push(into, char::from(*byte))),
            Encoding::Utf16 { little } => {
                for byte in block {
                    let Some(first) = self.half.take() else {
                        self.half = Some(*byte);
                        continue;
                    };
                    let pair = [first, *byte];
                    self.unit(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }, into);
                }
            }
        }
    }

    fn unit(&mut self, unit: u16, into: &mut Vec<u8>) {
        let units = [self.high.take(), Some(unit)];
        if units[0].is_none() && (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        for char in char::decode_utf16(units.into_iter().flatten()) {
            push(into, char.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

fn block<'b>(source: &'b mut (dyn BufRead + '_)) -> Result<&'b [u8]> {
    while let Err(error) = source.fill_buf() {
        if error.kind() != ErrorKind::Interrupted {
            return Err(error);
        }
    }
    source.fill_buf()
}

fn push(into: &mut Vec<u8>, char: char) {
    into.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    fn decoded(bytes: Vec<u8>, latin1: bool) -> (String, Encoding) {
        // blocks of one byte: every unit and pair is split
        let mut decoder = Decoder::new(Box::new(BufReader::with_capacity(1, Cursor::new(bytes))), latin1);
        let mut text = Vec::new();
        while decoder.fill(&mut text, 100).unwrap() > 0 {}
        (String::from_utf8(text).unwrap(), decoder.encoding())
    }

    #[test]
    fn utf_16_is_told_by_its_mark_in_either_order() {
        let text = "\u{FEFF}zeit;größe\n1;😀\n";
        let units = || text.encode_utf16();
        let little = decoded(units().flat_map(u16::to_le_bytes).collect(), false);
        let big = decoded(units().flat_map(u16::to_be_bytes).collect(), false);
        assert_eq!(little, (text[3..].to_owned(), Encoding::Utf16 { little: true }));
        assert_eq!(big, (text[3..].to_owned(), Encoding::Utf16 { little: false }));
        assert_eq!(decoded(vec![0xFF, 0xFE, b'a', 0, b'b'], false).0, "a\u{FFFD}");
    }

    #[test]
    fn every_byte_of_latin_1_is_a_character() {
        assert_eq!(decoded(b"web-\xe9".to_vec(), true), ("web-é".to_owned(), Encoding::Latin1));
        assert_eq!(decoded("\u{FEFF}a".into(), true), ("a".to_owned(), Encoding::Utf8));
    }
}
