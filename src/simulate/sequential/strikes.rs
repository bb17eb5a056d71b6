use super::Law;
use crate::portable::near_minus_ln;
use crate::stream::Generator;
use crate::wide::{Loop, wide};

/// Strikes drawn at once.
const BLOCK: usize = 32;
/// Strikes of the first block: a rare mode needs no more. Later blocks are twice as long each, up to [`BLOCK`].
const FIRST: usize = 4;

/// The strikes of a memoryless mode in turn, drawn in blocks: which slot, for how long, and when the next one comes. What they
/// are does not depend on what they do.
#[derive(Debug, Clone)]
pub(super) struct Strikes {
    pub rng: Generator,
    slots: [u32; BLOCK],
    hours: [f64; BLOCK],
    waits: [f64; BLOCK],
    next: usize,
    drawn: usize,
}

impl Strikes {
    pub(super) fn new(rng: Generator) -> Self {
        Self { rng, slots: [0; BLOCK], hours: [0.0; BLOCK], waits: [0.0; BLOCK], next: 0, drawn: 0 }
    }

    pub(super) fn begin(&mut self, rng: Generator) {
        self.rng = rng;
        self.next = 0;
        self.drawn = 0;
    }

    /// The slot struck, the hours of its repair, and the hours until the next strike in units of their mean.
    #[inline]
    pub(super) fn next(&mut self, slots: u32, repair: &Law) -> (usize, f64, f64) {
        if self.next == self.drawn {
            self.draw(slots, repair);
        }
        let at = self.next % BLOCK;
        self.next += 1;
        (self.slots[at] as usize, self.hours[at], self.waits[at])
    }

    /// Of a pooled mode, the bits that choose what happens, and the hours until the event after it in units of their mean.
    #[inline]
    pub(super) fn next_of_pool(&mut self) -> (u32, f64) {
        if self.next == self.drawn {
            self.draw_for_pool();
        }
        let at = self.next % BLOCK;
        self.next += 1;
        (self.slots[at], self.waits[at])
    }

    /// Of 64 bits, the lower half chooses; the upper half names one of 2^32 cells of (0, 1), of whose middle the wait is minus
    /// the logarithm: at most 22.9, where one in 9e9 is beyond.
    #[inline(never)]
    fn draw_for_pool(&mut self) {
        let drawn = self.next_block();
        let mut bits = [0; BLOCK];
        let bits = &mut bits[..drawn];
        self.rng.fill_bits64(bits);
        wide(Steps { bits, choices: &mut self.slots[..drawn], waits: &mut self.waits[..drawn] });
    }

    fn next_block(&mut self) -> usize {
        self.drawn = (self.drawn * 2).clamp(FIRST, BLOCK);
        self.next = 0;
        self.drawn
    }

    #[inline]
    fn draw_waits(&mut self, bits: &[u64]) {
        for (wait, bits) in self.waits.iter_mut().zip(bits) {
            *wait = self.rng.exponential_from(*bits);
        }
    }

    #[inline(never)]
    fn draw(&mut self, slots: u32, repair: &Law) {
        let drawn = self.next_block();
        let mut bits = [0; 2 * BLOCK + BLOCK / 2];
        let bits = &mut bits[..2 * drawn + drawn / 2];
        self.rng.fill_bits64(bits);
        let (of_hours, rest) = bits.split_at(drawn);
        let (of_waits, of_slots) = rest.split_at(drawn);
        for (pair, bits) in self.slots.chunks_exact_mut(2).zip(of_slots) {
            pair[0] = ((u64::from(*bits as u32) * u64::from(slots)) >> 32) as u32;
            pair[1] = (((*bits >> 32) * u64::from(slots)) >> 32) as u32;
        }
        repair.fill(&mut self.rng, of_hours, &mut self.hours[..drawn]);
        self.draw_waits(of_waits);
    }
}

/// Choices and waits of a pooled mode from random bits.
struct Steps<'a> {
    bits: &'a [u64],
    choices: &'a mut [u32],
    waits: &'a mut [f64],
}

impl Loop for Steps<'_> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
    #[inline(always)]
    fn run(self) {
        for ((bits, choice), wait) in self.bits.iter().zip(self.choices).zip(self.waits) {
            *choice = *bits as u32;
            // written under the exponent of 1, the cell is 1 + cell / 2^32
            let above_one = f64::from_bits(0x3FF0_0000_0000_0000 | (bits >> 32 << 20));
            *wait = near_minus_ln(above_one - (1.0 - 1.0 / 8_589_934_592.0));
        }
    }
}
