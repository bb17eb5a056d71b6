use super::Law;
use crate::stats::Invalid;
use crate::stream::Generator;

/// How customers come.
#[derive(Debug, Clone)]
pub enum Arrivals {
    /// A Poisson process with a rate that stays, per unit of time.
    Poisson {
        /// Customers per unit of time.
        rate: f64,
    },
    /// Independent times between arrivals.
    Renewal {
        /// Their law.
        gap: Law,
    },
    /// A Poisson process whose rate follows a profile.
    Profile {
        /// The rates.
        profile: Profile,
    },
}

impl Arrivals {
    /// A Poisson process.
    ///
    /// # Errors
    /// A rate that is not a finite number above 0.
    pub fn poisson(rate: f64) -> Result<Self, Invalid> {
        above_zero("rate", rate)?;
        Ok(Self::Poisson { rate })
    }

    /// Customers per unit of time in the long run.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match self {
            Self::Poisson { rate } => *rate,
            Self::Renewal { gap } => 1.0 / gap.mean(),
            Self::Profile { profile } => profile.mean(),
        }
    }

    /// Squared coefficient of variation of the times between arrivals; of a Poisson process with a profile, that of its pieces.
    #[must_use]
    pub fn scv(&self) -> f64 {
        match self {
            Self::Renewal { gap } => gap.scv(),
            Self::Poisson { .. } | Self::Profile { .. } => 1.0,
        }
    }

    /// The same process at `factor` times the rate: times between arrivals shrink, the profile keeps its hours.
    #[must_use]
    pub fn after(&self, now: f64, factor: f64, rng: &mut Generator) -> f64 {
        match self {
            Self::Poisson { rate } => now + rng.exponential() / (rate * factor),
            Self::Renewal { gap } => now + gap.draw(rng) / factor,
            Self::Profile { profile } => profile.after(now, rng.exponential() / factor),
        }
    }
}

/// Rates that are constant on pieces of equal length and repeat: a day by hours, a week by hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    rates: Vec<f64>,
    piece: f64,
}

impl Profile {
    /// Rates (customers per unit of time) of the pieces, and how long a piece is.
    ///
    /// # Errors
    /// No rates, rates that are negative or not finite, all of them 0, a length that is not above 0.
    pub fn new(rates: Vec<f64>, piece: f64) -> Result<Self, Invalid> {
        above_zero("piece", piece)?;
        if rates.iter().any(|rate| !(rate.is_finite() && *rate >= 0.0)) || rates.iter().all(|rate| *rate <= 0.0) {
            let seen = format!("are {rates:?}");
            return Err(Invalid { parameter: "rates", seen, expected: "finite numbers from 0, one of them above" });
        }
        Ok(Self { rates, piece })
    }

    /// The mean rate.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.rates.iter().sum::<f64>() / self.rates.len() as f64
    }

    /// The highest rate.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }

    /// How long the pieces are together.
    #[must_use]
    pub fn period(&self) -> f64 {
        self.piece * self.rates.len() as f64
    }

    /// The time at which `amount` more is expected to have come since `now`: with a unit exponential amount, the next arrival.
    /// Inversion of the cumulative rate, piece by piece; no draw is thrown away.
    ///
    /// Çinlar (1975), *Introduction to Stochastic Processes*, §4.7.
    ///
    /// ```
    /// use plimsoll::simulate::station::Profile;
    /// let day = Profile::new(vec![2.0, 0.0, 4.0], 1.0).unwrap();
    /// assert_eq!(day.after(0.5, 3.0), 2.5); // 1 in what is left of the first piece, none in the second, 2 in half the third
    /// ```
    #[must_use]
    pub fn after(&self, now: f64, amount: f64) -> f64 {
        let whole = self.mean() * self.period();
        let (rounds, mut left) = ((amount / whole).floor(), amount % whole);
        let mut at = now + rounds * self.period();
        let mut piece = (at / self.piece).floor();
        loop {
            let rate = self.rates[(piece % self.rates.len() as f64) as usize];
            let end = (piece + 1.0) * self.piece;
            let here = rate * (end - at).max(0.0);
            if left < here {
                return at + left / rate;
            }
            left -= here;
            at = end;
            piece += 1.0;
        }
    }
}

pub(super) fn above_zero(parameter: &'static str, seen: f64) -> Result<(), Invalid> {
    if seen.is_finite() && seen > 0.0 {
        return Ok(());
    }
    Err(Invalid { parameter, seen: format!("is {seen}"), expected: "a finite number above 0" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    #[test]
    fn arrivals_of_a_profile_are_poisson_in_each_piece() {
        let profile = Profile::new(vec![5.0, 0.0, 20.0, 1.0], 2.0).unwrap();
        let mut rng = Stream::root(Seed(4)).rng();
        let (rounds, mut counts, mut now) = (2_000, [0_u32; 4], 0.0);
        loop {
            now = profile.after(now, rng.exponential());
            if now >= f64::from(rounds) * profile.period() {
                break;
            }
            counts[((now / 2.0).floor() as usize) % 4] += 1;
        }
        for (count, rate) in counts.iter().zip([5.0, 0.0, 20.0, 1.0]) {
            let wanted = rate * 2.0 * f64::from(rounds);
            assert!((f64::from(*count) - wanted).abs() <= 5.0 * wanted.sqrt(), "{counts:?}");
        }
    }

    #[test]
    fn rates_that_are_none_are_refused() {
        assert!(Profile::new(vec![], 1.0).is_err());
        assert!(Profile::new(vec![0.0], 1.0).is_err());
        assert!(Profile::new(vec![-1.0, 2.0], 1.0).is_err());
        assert!(Profile::new(vec![1.0], 0.0).is_err());
        assert!(Arrivals::poisson(f64::NAN).is_err());
    }
}
