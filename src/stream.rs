//! Random streams reached by address, never taken in turn.
//!
//! A draw belongs to (seed, purpose, replication, component). Adding a part to a model, sorting its file or using more
//! threads leaves every other draw where it was, and two scenarios meet the same weather.

use std::convert::Infallible;

use rand::rand_core::TryRng;

use crate::portable::{exp, ln};
use crate::wide::{Loop, wide};
use crate::ziggurat::{EXPONENTIAL, NORMAL, Table};

/// The number that makes a run repeatable; printed in every manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Seed(pub u64);

/// The address of a component: a hash of its name path, such as `web/zone-a/rack-1/host-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u64);

impl Address {
    /// The address of a name path. FNV-1a over its bytes, finished with the SplitMix64 mixer.
    #[must_use]
    pub fn of(path: &str) -> Self {
        Self(mix(fnv1a(path)))
    }

    /// The address of part number `index` below this one: same as naming it, without building the name.
    #[must_use]
    pub fn child(self, index: u64) -> Self {
        Self(mix(self.0 ^ mix(index.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }

    /// The address of `other` seen from this one: a failure mode on a host.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        self.child(other.0)
    }
}

/// A place in the space of random numbers. `Copy`: narrowing it never changes the original.
///
/// ```
/// use plimsoll::stream::{Address, Seed, Stream};
/// let failures = Stream::root(Seed(42)).named("failure");
/// let mut a = failures.replication(7).at(Address::of("web/zone-a")).rng();
/// let mut b = failures.replication(7).at(Address::of("web/zone-a")).rng();
/// assert_eq!(a.uniform(), b.uniform());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: u64,
    replication: u32,
    component: u64,
}

impl Stream {
    /// The root of all streams of a run.
    #[must_use]
    pub fn root(seed: Seed) -> Self {
        Self { key: mix(seed.0 ^ 0x706C_696D_736F_6C6C), replication: 0, component: 0 }
    }

    /// The streams of one purpose, such as `demand` or `failure`.
    #[must_use]
    pub fn named(self, purpose: &str) -> Self {
        Self { key: mix(self.key ^ fnv1a(purpose)), ..self }
    }

    /// The streams of one possible future.
    #[must_use]
    pub fn replication(self, replication: u32) -> Self {
        Self { replication, ..self }
    }

    /// The streams of one component.
    #[must_use]
    pub fn at(self, component: Address) -> Self {
        Self { component: component.0, ..self }
    }

    /// The generator at this place, from its first number.
    #[must_use]
    pub fn rng(self) -> Generator {
        Generator {
            key: [low(self.key), high(self.key)],
            lane: [self.replication, low(self.component), high(self.component)],
            block: 0,
            words: [0; WORDS],
            next: HALVES,
        }
    }
}

/// How many 64-bit words a generator keeps: four Philox blocks. Its first time it makes two, as many streams are short.
const WORDS: usize = 8;
const HALVES: usize = 2 * WORDS;

/// Philox4x32-10: key = (seed, purpose), counter = (block, replication, component).
///
/// Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", *SC'11*. Passes BigCrush; the
/// published known answers are pinned in the tests. One stream holds 2^34 words before its block counter wraps.
#[derive(Debug, Clone)]
pub struct Generator {
    key: [u32; 2],
    lane: [u32; 3],
    block: u32,
    words: [u64; WORDS],
    /// The next of the 32-bit halves, low ones first.
    next: usize,
}

impl Generator {
    /// The next 32 bits.
    #[inline]
    pub fn bits32(&mut self) -> u32 {
        if self.next == HALVES {
            self.refill();
        }
        let word = self.words[self.next / 2];
        let half = if self.next.is_multiple_of(2) { low(word) } else { high(word) };
        self.next += 1;
        half
    }

    /// The next 64 bits.
    #[inline]
    pub fn bits64(&mut self) -> u64 {
        if self.next % 2 == 1 {
            return self.bits64_of_two();
        }
        if self.next == HALVES {
            self.refill();
        }
        let word = self.words[(self.next / 2) % WORDS];
        self.next += 2;
        word
    }

    #[cold]
    fn bits64_of_two(&mut self) -> u64 {
        let low = u64::from(self.bits32());
        (u64::from(self.bits32()) << 32) | low
    }

    /// Uniform on the open interval (0, 1): the midpoints of 2^52 equal cells, so that `ln` is always finite.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.bits64())
    }

    /// Exponential with mean 1, never 0 (ziggurat).
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        let bits = self.bits64();
        self.exponential_from(bits)
    }

    /// The exponential that begins with these 64 bits of this generator, drawn before: for draws in blocks.
    #[inline]
    pub(crate) fn exponential_from(&mut self, bits: u64) -> f64 {
        match EXPONENTIAL.inside(bits) {
            Some(x) => x,
            None => self.exponential_outside(bits),
        }
    }

    /// Past the inner rectangle of a layer: one draw in 50.
    #[inline(never)]
    fn exponential_outside(&mut self, mut bits: u64) -> f64 {
        let mut from = 0.0;
        loop {
            if let Some(x) = EXPONENTIAL.inside(bits) {
                return from + x;
            }
            if Table::layer(bits) == 0 {
                // what is left beyond the start of the tail is exponential again
                from += EXPONENTIAL.tail();
            } else if let Some(x) = EXPONENTIAL.under_the_curve(bits, self.uniform(), |x| exp(-x)) {
                return from + x;
            }
            bits = self.bits64();
        }
    }

    /// Standard normal, never 0 (ziggurat).
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let bits = self.bits64();
        self.normal_from(bits)
    }

    /// The normal that begins with these 64 bits of this generator, drawn before: for draws in blocks.
    #[inline]
    pub(crate) fn normal_from(&mut self, bits: u64) -> f64 {
        match NORMAL.inside(bits) {
            Some(x) => signed(x, bits),
            None => self.normal_outside(bits),
        }
    }

    /// Past the inner rectangle of a layer: one draw in 80.
    #[inline(never)]
    fn normal_outside(&mut self, mut bits: u64) -> f64 {
        loop {
            if let Some(x) = NORMAL.inside(bits) {
                return signed(x, bits);
            }
            if Table::layer(bits) == 0 {
                return signed(self.normal_tail(), bits);
            }
            if let Some(x) = NORMAL.under_the_curve(bits, self.uniform(), |x| exp(-0.5 * x * x)) {
                return signed(x, bits);
            }
            bits = self.bits64();
        }
    }

    /// A normal above the start of the tail: Marsaglia (1964), "Generating a variable from the tail of the normal
    /// distribution", *Technometrics* 6(1).
    fn normal_tail(&mut self) -> f64 {
        let start = NORMAL.tail();
        loop {
            let beyond = -ln(self.uniform()) / start;
            let height = -ln(self.uniform());
            if 2.0 * height > beyond * beyond {
                return start + beyond;
            }
        }
    }

    /// Fills with the next numbers of [`Generator::bits64`], in blocks.
    pub fn fill_bits64(&mut self, out: &mut [u64]) {
        let kept = ((HALVES - self.next) / 2).min(out.len());
        let (head, rest) = out.split_at_mut(kept);
        for word in head {
            *word = self.bits64();
        }
        let whole = if self.next == HALVES { rest.len() - rest.len() % ROW } else { 0 };
        let (middle, tail) = rest.split_at_mut(whole);
        wide(Rows { first: self.block, lane: self.lane, key: self.key, out: middle });
        self.block = self.block.wrapping_add((whole / 2) as u32);
        for word in tail {
            *word = self.bits64();
        }
    }

    /// Fills with the next numbers of [`Generator::uniform`], in blocks.
    pub fn fill_uniform(&mut self, out: &mut [f64]) {
        let mut bits = [0; BLOCK];
        for block in out.chunks_mut(BLOCK) {
            let bits = &mut bits[..block.len()];
            self.fill_bits64(bits);
            for (x, bits) in block.iter_mut().zip(bits) {
                *x = open_unit(*bits);
            }
        }
    }

    /// Fills with the next numbers of [`Generator::exponential`].
    pub fn fill_exponential(&mut self, out: &mut [f64]) {
        for x in out {
            *x = self.exponential();
        }
    }

    /// Fills with the next numbers of [`Generator::normal`].
    pub fn fill_normal(&mut self, out: &mut [f64]) {
        for x in out {
            *x = self.normal();
        }
    }

    /// Uniform on `0..bound` without modulo bias worth measuring (bias < bound / 2^64).
    #[inline]
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits64()) * bound as u128) >> 64) as usize
    }

    #[inline(never)]
    fn refill(&mut self) {
        let first = if self.block == 0 { WORDS - PAIR } else { 0 };
        for at in (first..WORDS).step_by(PAIR) {
            let pair = self.pair();
            self.words[at..at + PAIR].copy_from_slice(&pair);
        }
        self.next = 2 * first;
    }

    /// The next two blocks.
    #[inline]
    fn pair(&mut self) -> [u64; PAIR] {
        let pair = philox_pair(self.block, self.lane, self.key);
        self.block = self.block.wrapping_add(2);
        pair
    }
}

impl TryRng for Generator {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.bits32())
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits64())
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.bits32().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// 64-bit words of two blocks.
const PAIR: usize = 4;

/// Blocks that are made side by side on the way to a slice, and their words.
const ABREAST: usize = 8;
const ROW: usize = 2 * ABREAST;

/// Draws that are made at once on the way to a slice of numbers.
const BLOCK: usize = 64;

/// Blocks number `first` and the next, as 64-bit words in the order in which [`Generator::bits64`] gives them.
///
/// Two side by side, each 32-bit word in 64 bits: that is what the smallest vector unit multiplies at once.
#[inline]
fn philox_pair(first: u32, lane: [u32; 3], mut key: [u32; 2]) -> [u64; PAIR] {
    let mut counter = [[u64::from(first), u64::from(first.wrapping_add(1))], [0; 2], [0; 2], [0; 2]];
    for (word, lane) in counter[1..].iter_mut().zip(lane) {
        *word = [u64::from(lane); 2];
    }
    for _ in 0..10 {
        let mut next = [[0; 2]; 4];
        for i in 0..2 {
            let a = (counter[0][i] & 0xFFFF_FFFF) * 0xD251_1F53;
            let b = (counter[2][i] & 0xFFFF_FFFF) * 0xCD9E_8D57;
            next[0][i] = (b >> 32) ^ counter[1][i] ^ u64::from(key[0]);
            next[1][i] = b & 0xFFFF_FFFF;
            next[2][i] = (a >> 32) ^ counter[3][i] ^ u64::from(key[1]);
            next[3][i] = a & 0xFFFF_FFFF;
        }
        counter = next;
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    let word = |of: usize, i: usize| counter[of][i] | (counter[of + 1][i] << 32);
    [word(0, 0), word(2, 0), word(0, 1), word(2, 1)]
}

/// Blocks from number `first` on, whole rows of them.
struct Rows<'a> {
    first: u32,
    lane: [u32; 3],
    key: [u32; 2],
    out: &'a mut [u64],
}

impl Loop for Rows<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
    #[inline(always)]
    fn run(self) {
        for (row, words) in self.out.chunks_exact_mut(ROW).enumerate() {
            philox_row(self.first.wrapping_add((row * ABREAST) as u32), self.lane, self.key, words);
        }
    }
}

/// Blocks number `first` and the next seven, as [`philox_pair`] makes two.
#[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
#[inline(always)]
fn philox_row(first: u32, lane: [u32; 3], mut key: [u32; 2], out: &mut [u64]) {
    let blocks = std::array::from_fn(|i| u64::from(first.wrapping_add(i as u32)));
    let [second, third, fourth] = lane.map(|word| [u64::from(word); ABREAST]);
    let mut counter: [[u64; ABREAST]; 4] = [blocks, second, third, fourth];
    for _ in 0..10 {
        let [c0, c1, c2, c3] = counter;
        for i in 0..ABREAST {
            let a = (c0[i] & 0xFFFF_FFFF) * 0xD251_1F53;
            let b = (c2[i] & 0xFFFF_FFFF) * 0xCD9E_8D57;
            counter[0][i] = (b >> 32) ^ c1[i] ^ u64::from(key[0]);
            counter[1][i] = b & 0xFFFF_FFFF;
            counter[2][i] = (a >> 32) ^ c3[i] ^ u64::from(key[1]);
            counter[3][i] = a & 0xFFFF_FFFF;
        }
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    for (i, pair) in out.chunks_exact_mut(2).take(ABREAST).enumerate() {
        pair[0] = counter[0][i] | (counter[1][i] << 32);
        pair[1] = counter[2][i] | (counter[3][i] << 32);
    }
}

/// The midpoint of the cell that the top 52 bits name.
#[inline]
fn open_unit(bits: u64) -> f64 {
    // 1 + cell / 2^52 by writing the cell under the exponent of 1; what is taken off leaves its midpoint, exactly
    f64::from_bits((bits >> 12) | 0x3FF0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0)
}

/// `x` with the sign that bit 8 gives.
#[inline]
fn signed(x: f64, bits: u64) -> f64 {
    f64::from_bits(x.to_bits() | ((bits & 0x100) << 55))
}

fn low(word: u64) -> u32 {
    (word & 0xFFFF_FFFF) as u32
}

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The SplitMix64 finalizer: every input bit changes about half of the output bits.
fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One block as the paper writes it.
    fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
        for _ in 0..10 {
            let a = u64::from(counter[0]) * 0xD251_1F53;
            let b = u64::from(counter[2]) * 0xCD9E_8D57;
            counter = [high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)];
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        counter
    }

    fn words(block: [u32; 4]) -> [u64; 2] {
        [u64::from(block[0]) | u64::from(block[1]) << 32, u64::from(block[2]) | u64::from(block[3]) << 32]
    }

    #[test]
    fn philox_gives_the_published_known_answers() {
        // Random123 kat_vectors, philox4x32 10
        let known = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for ([block, lane @ ..], key, answer) in known {
            assert_eq!(philox4x32_10([block, lane[0], lane[1], lane[2]], key), answer);
            assert_eq!(philox_pair(block, lane, key)[..2], words(answer));
            assert_eq!(philox_pair(block.wrapping_sub(1), lane, key)[2..], words(answer));
        }
    }

    #[test]
    fn any_mix_of_ways_to_draw_gives_the_words_in_their_order() {
        let stream = Stream::root(Seed(9)).named("mix").replication(3).at(Address::of("x"));
        let mut plain = stream.rng();
        let halves: Vec<u32> = (0..4_000).map(|_| plain.bits32()).collect();
        let expected = |at: usize| u64::from(halves[at]) | u64::from(halves[at + 1]) << 32;
        let (mut rng, mut choice, mut at) = (stream.rng(), Stream::root(Seed(1)).rng(), 0);
        while at < 3_700 {
            match choice.below(3) {
                0 => {
                    assert_eq!(rng.bits32(), halves[at]);
                    at += 1;
                }
                1 => {
                    assert_eq!(rng.bits64(), expected(at));
                    at += 2;
                }
                _ => {
                    let mut block = vec![0; choice.below(70)];
                    rng.fill_bits64(&mut block);
                    for word in block {
                        assert_eq!(word, expected(at));
                        at += 2;
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_of_draws_is_the_draws_one_by_one() {
        let stream = Stream::root(Seed(4)).named("block");
        let same = |fill: fn(&mut Generator, &mut [f64]), one: fn(&mut Generator) -> f64| {
            let (mut a, mut b) = (stream.rng(), stream.rng());
            for length in [1, 3, 64, 200, 7, 65] {
                let mut block = vec![0.0; length];
                fill(&mut a, &mut block);
                for x in &block {
                    assert_eq!(x.to_bits(), one(&mut b).to_bits());
                }
            }
        };
        same(Generator::fill_uniform, Generator::uniform);
        same(Generator::fill_exponential, Generator::exponential);
        same(Generator::fill_normal, Generator::normal);
    }

    #[test]
    fn a_uniform_is_the_middle_of_its_cell_and_never_an_end() {
        assert_eq!(open_unit(0), 2.0f64.powi(-53));
        assert_eq!(open_unit(u64::MAX), 1.0 - 2.0f64.powi(-53));
        for bits in [0x1234_5678_9ABC_DEF0, 1 << 12, 1 << 63, 0x7FFF_FFFF_FFFF_FFFF_u64] {
            assert_eq!(open_unit(bits), ((bits >> 12) as f64 + 0.5) * 2.0f64.powi(-52));
        }
    }

    #[test]
    fn our_addresses_are_frozen() {
        // Changing any of these changes every result of every user: announce it in CHANGELOG first.
        let stream = Stream::root(Seed(42)).named("failure").replication(3).at(Address::of("web/zone-a"));
        let mut rng = stream.rng();
        let first: Vec<u32> = (0..4).map(|_| rng.bits32()).collect();
        assert_eq!(first, FROZEN);
    }
    const FROZEN: [u32; 4] = [1_707_841_695, 555_090_572, 4_254_801_682, 4_256_205_757];

    #[test]
    fn every_part_of_the_address_moves_the_stream() {
        let base = Stream::root(Seed(1)).named("a").replication(1).at(Address::of("x"));
        let others = [
            Stream::root(Seed(2)).named("a").replication(1).at(Address::of("x")),
            Stream::root(Seed(1)).named("b").replication(1).at(Address::of("x")),
            Stream::root(Seed(1)).named("a").replication(2).at(Address::of("x")),
            Stream::root(Seed(1)).named("a").replication(1).at(Address::of("y")),
        ];
        for other in others {
            assert_ne!(base.rng().bits64(), other.rng().bits64());
        }
    }

    #[test]
    fn uniform_has_the_moments_of_a_uniform() {
        let n = 200_000;
        let mut rng = Stream::root(Seed(5)).rng();
        let mean = (0..n).map(|_| rng.uniform()).sum::<f64>() / f64::from(n);
        let standard_error = (1.0f64 / 12.0 / f64::from(n)).sqrt();
        assert!((mean - 0.5).abs() < 5.0 * standard_error, "{mean}");
    }
}
