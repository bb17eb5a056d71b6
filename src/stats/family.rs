use super::{Distribution, Invalid};

/// A law by the numbers that people write for it, so that one of them can be put in later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// value
    Constant,
    /// low, high
    Uniform,
    /// low, mode, high
    Triangular,
    /// low, mode, high
    Pert,
    /// alpha, beta, low, high
    Beta,
    /// mean, standard deviation
    Normal,
    /// median, sigma
    Lognormal,
    /// mean, standard deviation
    LognormalOfMean,
    /// median, P90
    LognormalOfP90,
    /// mean
    Exponential,
    /// shape, scale
    Weibull,
    /// shape, scale
    Gamma,
    /// phases, mean
    Erlang,
}

impl Family {
    /// How many numbers it has.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Constant | Self::Exponential => 1,
            Self::Triangular | Self::Pert => 3,
            Self::Beta => 4,
            _ => 2,
        }
    }

    /// The law with these numbers, in the order told at each family.
    ///
    /// ```
    /// use plimsoll::stats::Family;
    /// assert_eq!(Family::Erlang.law(&[4.0, 2.0]).unwrap().mean(), 2.0);
    /// assert!(Family::Uniform.law(&[1.0, 0.0]).is_err());
    /// ```
    ///
    /// # Errors
    /// When they are no law, or not as many as it has.
    pub fn law(self, numbers: &[f64]) -> Result<Distribution, Invalid> {
        let law = match (self, numbers) {
            (Self::Constant, &[value]) => Distribution::Constant { value },
            (Self::Uniform, &[low, high]) => Distribution::Uniform { low, high },
            (Self::Triangular, &[low, mode, high]) => Distribution::Triangular { low, mode, high },
            (Self::Pert, &[low, mode, high]) => Distribution::pert(low, mode, high)?,
            (Self::Beta, &[alpha, beta, low, high]) => Distribution::Beta { alpha, beta, low, high },
            (Self::Normal, &[mean, sd]) => Distribution::Normal { mean, sd },
            (Self::Lognormal, &[median, sigma]) => Distribution::Lognormal { median, sigma },
            (Self::LognormalOfMean, &[mean, sd]) => Distribution::lognormal_of_mean(mean, sd)?,
            (Self::LognormalOfP90, &[median, p90]) => Distribution::lognormal_of_p90(median, p90)?,
            (Self::Exponential, &[mean]) => Distribution::Exponential { mean },
            (Self::Weibull, &[shape, scale]) => Distribution::Weibull { shape, scale },
            (Self::Gamma, &[shape, scale]) => Distribution::Gamma { shape, scale },
            (Self::Erlang, &[phases, mean]) => Distribution::Gamma { shape: phases, scale: mean / phases },
            _ => {
                let seen = format!("are {}", numbers.len());
                return Err(Invalid { parameter: "numbers", seen, expected: "as many as the law has" });
            }
        };
        law.check().map(|()| law)
    }
}
