use super::capacity::Standing;
use super::system::Mode;

/// 2^32: choices are whole numbers below it.
const CHOICES: f64 = 4_294_967_296.0;

/// Members of a pooled mode: those that are up come first.
#[derive(Debug, Clone, Default)]
pub(super) struct Pool {
    pub members: Vec<u32>,
    pub up: usize,
    /// By members up.
    odds: Vec<Odds>,
}

/// What comes next while so many are up.
#[derive(Debug, Clone, Copy)]
struct Odds {
    /// Choices below this let one fail, the others let one be repaired.
    fails: u64,
    /// Members by choice, of those that may fail and of those that may be repaired.
    each: [f64; 2],
    /// Mean hours until then.
    hours: f64,
}

impl Odds {
    /// By the failures an hour of one that is up, and the repairs of one that is down.
    fn of(up: usize, down: usize, rates: [f64; 2]) -> Self {
        let [failing, mending] = [up as f64 * rates[0], down as f64 * rates[1]];
        let fails = (failing / (failing + mending) * CHOICES).round();
        Self { fails: fails as u64, each: [up as f64 / fails, down as f64 / (CHOICES - fails)], hours: 1.0 / (failing + mending) }
    }
}

impl Pool {
    pub(super) fn of(mode: &Mode) -> Self {
        if !mode.pooled {
            return Self::default();
        }
        let rates = [1.0 / mode.life.mean(), 1.0 / mode.repair.mean().max(f64::MIN_POSITIVE)];
        let units = mode.members.len();
        let odds = (0..=units).map(|up| Odds::of(up, units - up, rates)).collect();
        Self { members: mode.members.clone(), up: units, odds }
    }

    /// Hours until one of the pool fails or is repaired, from an exponential of mean 1.
    #[inline]
    pub(super) fn wait(&self, exponential: f64) -> f64 {
        exponential * self.odds[self.up].hours
    }

    /// One fails (side 0) or is repaired (side 1), by their shares of the rates: no branch between them, which the processor
    /// would guess wrong every other time. The number that is up waits for a comparison of whole numbers alone; which member
    /// it is, for a product that nothing else waits for.
    #[inline]
    pub(super) fn step(&mut self, choice: u32, standing: &mut Standing) {
        let odds = &self.odds[self.up];
        let side = usize::from(u64::from(choice) >= odds.fails);
        let within = (u64::from(choice) - side as u64 * odds.fails) as u32;
        let (first, end) = (side * self.up, self.up + side * (self.members.len() - self.up));
        let chosen = first + ((f64::from(within) + 0.5) * odds.each[side]) as usize;
        // those that are up come first: the one chosen trades places with the last of them, or with the first that is down
        let border = self.up + side - 1;
        self.members.swap(chosen.min(end - 1), border);
        self.up = border + side;
        standing.turn(self.members[border], 1 - 2 * side as i32);
    }
}
