//! The Snappy block format: the first bytes of a block for finding out what it is, and whole blocks.

use super::super::{Input, Options, Problems};
use super::wire::varint;

/// The first bytes that a block unpacks to, about `most`. `None` when it cannot be a block.
pub(super) fn prefix(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let (length, mut rest) = varint(bytes)?;
    if length == 0 || length > u64::from(u32::MAX) {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    while out.len() < most && (out.len() as u64) < length {
        let Some((tag, after)) = rest.split_first() else { break };
        let upper = usize::from(tag >> 2);
        let number = |count: usize| {
            let bytes = after.get(..count)?;
            Some(bytes.iter().rev().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte)))
        };
        let (copied, used) = match tag & 3 {
            0 => {
                let extra = upper.saturating_sub(59);
                let Some(size) = (if extra == 0 { Some(upper) } else { number(extra) }) else { break };
                let literal = &after[extra..];
                let size = size.saturating_add(1).min(literal.len());
                out.extend_from_slice(&literal[..size]);
                (None, extra + size)
            }
            1 => (number(1).map(|low| (usize::from(tag >> 5) << 8 | low, 4 + (upper & 7))), 1),
            kind => (number(if kind == 2 { 2 } else { 4 }).map(|offset| (offset, upper + 1)), if kind == 2 { 2 } else { 4 }),
        };
        if let Some((offset, count)) = copied {
            for _ in 0..count {
                let from = out.len().checked_sub(offset).filter(|_| offset > 0)?;
                out.push(out[from]);
            }
        }
        rest = after.get(used..).unwrap_or(&[]);
    }
    (out.len() as u64 <= length).then_some(out)
}

/// A whole block, unpacked, when it says that it holds at most what is allowed.
///
/// # Errors
/// `ingest/too-large`, and `ingest/truncated` for a block that is cut off or damaged.
pub(super) fn whole(input: &Input, options: &Options, bytes: &[u8]) -> Result<Vec<u8>, Problems> {
    let broken = |error: snap::Error| {
        let message = format!("saw a Snappy block that is damaged or ends early ({error}), expected it whole");
        vec![input.problem("ingest/truncated", message).help("try to save the answer's body again, byte by byte")]
    };
    let length = snap::raw::decompress_len(bytes).map_err(broken)?;
    if length as u64 > options.most_bytes {
        let message = format!("saw a Snappy block of {length} bytes, expected at most {}", options.most_bytes);
        return Err(vec![input.problem("ingest/too-large", message).help("try to split the export by time or by series")]);
    }
    snap::raw::Decoder::new().decompress_vec(bytes).map_err(broken)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_first_bytes_of_a_block_are_those_of_the_whole() {
        let plain: Vec<u8> = (0..9_000_u32).flat_map(|at| format!("series{};", at % 70).into_bytes()).collect();
        let packed = snap::raw::Encoder::new().compress_vec(&plain).unwrap();
        for cut in [8, 40, 200, packed.len()] {
            let first = super::prefix(&packed[..cut], 4_096).unwrap();
            assert!(!first.is_empty() && plain.starts_with(&first), "{cut}");
        }
        assert_eq!(super::prefix(b"\x05\x01\x09", 64), None);
    }
}
