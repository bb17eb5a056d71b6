//! XOR chunks of Prometheus: times as differences of differences, values as differing bits, after Facebook's Gorilla paper with
//! Prometheus' own sizes (see its `tsdb/docs/format/chunks.md`).
//!
//! Two bytes, big-endian: how many samples. The first sample in full, the second with the difference of times; each later one with the
//! difference of differences in 0, 14, 17, 20 or 64 bits, and the bits of its value that differ from the one before.

/// Bits from the left.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1 == 1;
        self.at += 1;
        Some(bit)
    }

    fn bits(&mut self, count: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u64::from(self.bit()?);
        }
        Some(value)
    }

    /// A number in base 128, least first.
    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10 {
            let byte = self.bits(8)?;
            value |= (byte & 0x7F).checked_shl(7 * place).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The same with the sign in the lowest bit.
    fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

/// The samples of a chunk, in milliseconds. `None` when it ends early.
pub(super) fn samples(chunk: &[u8]) -> Option<Vec<(i64, f64)>> {
    let count = usize::from(u16::from_be_bytes([*chunk.first()?, *chunk.get(1)?]));
    let mut bits = Bits { bytes: &chunk[2..], at: 0 };
    // A sample takes at least two bits.
    let mut samples = Vec::with_capacity(count.min(bits.bytes.len() * 4));
    let (mut time, mut apart, mut value, mut window) = (0_i64, 0_i64, 0_u64, (0_u32, 0_u32));
    for at in 0..count {
        if at == 0 {
            time = bits.signed()?;
            value = bits.bits(64)?;
        } else {
            apart = if at == 1 { bits.unsigned()? as i64 } else { apart.wrapping_add(change(&mut bits)?) };
            time = time.wrapping_add(apart);
            value ^= difference(&mut bits, &mut window)?;
        }
        samples.push((time, f64::from_bits(value)));
    }
    Some(samples)
}

/// A difference of differences: ones up to a zero say how many bits it has.
fn change(bits: &mut Bits<'_>) -> Option<i64> {
    let mut ones = 0;
    while ones < 4 && bits.bit()? {
        ones += 1;
    }
    let size = [0, 14, 17, 20, 64][ones];
    let value = bits.bits(size)? as i64;
    if size == 0 || size == 64 {
        return Some(value);
    }
    Some(if value > 1 << (size - 1) { value - (1 << size) } else { value })
}

/// The bits of a value that differ, within the window of leading and trailing zeros of the one before, or a new one.
fn difference(bits: &mut Bits<'_>, window: &mut (u32, u32)) -> Option<u64> {
    if !bits.bit()? {
        return Some(0);
    }
    if bits.bit()? {
        let leading = bits.bits(5)? as u32;
        let size = match bits.bits(6)? as u32 {
            0 => 64,
            size => size,
        };
        *window = (leading, 64_u32.checked_sub(leading + size)?);
    }
    let (leading, trailing) = *window;
    bits.bits(64 - leading - trailing)?.checked_shl(trailing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes bits, for making chunks.
    #[derive(Default)]
    struct Pen(Vec<bool>);

    impl Pen {
        fn put(&mut self, value: u64, count: u32) -> &mut Self {
            self.0.extend((0..count).rev().map(|at| value >> at & 1 == 1));
            self
        }
        fn bytes(&self) -> Vec<u8> {
            self.0
                .chunks(8)
                .map(|eight| eight.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at)))
                .collect()
        }
    }

    #[test]
    fn every_size_of_time_and_value_is_read() {
        let mut pen = Pen::default();
        pen.put(7, 16).put(2_000, 16 - 16).put(0xD0, 8).put(0x0F, 8).put(1.5_f64.to_bits(), 64); // 1000 ms, zigzag
        pen.put(0x3C, 8).put(0, 1); // 60 later, the same value
        pen.put(0b0, 1).put(0, 1); // 60 later
        pen.put(0b10, 2).put((1 << 14) - 10, 14).put(0, 1); // 50 later
        pen.put(0b110, 3).put(10_000, 17).put(0b11, 2).put(0, 5).put(0, 6).put(1.5_f64.to_bits() ^ (-2.0_f64).to_bits(), 64);
        pen.put(0b1110, 4).put((1 << 20) - 10_000, 20).put(0b11, 2).put(12, 5).put(1, 6).put(1, 1);
        pen.put(0b1111, 4).put(1 << 40, 64).put(0b10, 2).put(1, 1);
        let seen = samples(&pen.bytes()).unwrap();
        let times: Vec<i64> = seen.iter().map(|sample| sample.0).collect();
        assert_eq!(times, [1_000, 1_060, 1_120, 1_170, 11_220, 11_270, 11_320 + (1 << 40)]);
        let values: Vec<f64> = seen.iter().map(|sample| sample.1).collect();
        assert_eq!(values, [1.5, 1.5, 1.5, 1.5, -2.0, -3.0, -2.0]);
    }

    #[test]
    fn a_chunk_that_ends_early_has_no_samples() {
        assert_eq!(samples(&[0]), None);
        assert_eq!(samples(&[0, 9, 2, 0, 0]), None);
        assert_eq!(samples(&[0, 0]), Some(Vec::new()));
    }
}
