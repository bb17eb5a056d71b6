//! The thirty forms of exponential smoothing.

/// How the error enters: added to what was expected, or as a share of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EtsError {
    /// y = μ + ε.
    Additive,
    /// y = μ (1 + ε); for positive series.
    Multiplicative,
}

/// How the level moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EtsTrend {
    /// It stays.
    None,
    /// By a slope a step.
    Additive,
    /// By a slope that fades by φ a step.
    AdditiveDamped,
    /// By a ratio a step.
    Multiplicative,
    /// By a ratio that fades toward 1 by the power φ a step.
    MultiplicativeDamped,
}

/// How the season enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EtsSeason {
    /// Not at all.
    None,
    /// Added to the level.
    Additive,
    /// As a factor on the level.
    Multiplicative,
}

/// One form of exponential smoothing, ETS(error,trend,season) in the taxonomy of Hyndman, Koehler, Ord & Snyder (2008),
/// *Forecasting with Exponential Smoothing*, table 2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EtsForm {
    /// How the error enters.
    pub error: EtsError,
    /// How the level moves on.
    pub trend: EtsTrend,
    /// How the season enters.
    pub season: EtsSeason,
}

impl EtsForm {
    /// Simple exponential smoothing, ETS(A,N,N).
    pub const SIMPLE: Self = Self::additive(EtsTrend::None, EtsSeason::None);
    /// Holt's linear trend, ETS(A,A,N).
    pub const HOLT: Self = Self::additive(EtsTrend::Additive, EtsSeason::None);
    /// Holt's trend damped as Gardner proposed, ETS(A,Ad,N).
    pub const DAMPED: Self = Self::additive(EtsTrend::AdditiveDamped, EtsSeason::None);
    /// Holt–Winters with an added season, ETS(A,A,A).
    pub const HOLT_WINTERS: Self = Self::additive(EtsTrend::Additive, EtsSeason::Additive);
    /// Holt–Winters with seasonal factors, ETS(M,A,M).
    pub const HOLT_WINTERS_MULTIPLICATIVE: Self =
        Self { error: EtsError::Multiplicative, trend: EtsTrend::Additive, season: EtsSeason::Multiplicative };

    const fn additive(trend: EtsTrend, season: EtsSeason) -> Self {
        Self { error: EtsError::Additive, trend, season }
    }

    /// Its name in the field, such as `ETS(M,Ad,A)`.
    #[must_use]
    pub fn name(self) -> String {
        let error = if self.error == EtsError::Additive { "A" } else { "M" };
        let trend = match self.trend {
            EtsTrend::None => "N",
            EtsTrend::Additive => "A",
            EtsTrend::AdditiveDamped => "Ad",
            EtsTrend::Multiplicative => "M",
            EtsTrend::MultiplicativeDamped => "Md",
        };
        let season = match self.season {
            EtsSeason::None => "N",
            EtsSeason::Additive => "A",
            EtsSeason::Multiplicative => "M",
        };
        format!("ETS({error},{trend},{season})")
    }

    pub(super) fn damped(self) -> bool {
        matches!(self.trend, EtsTrend::AdditiveDamped | EtsTrend::MultiplicativeDamped)
    }

    pub(super) fn trended(self) -> bool {
        self.trend != EtsTrend::None
    }

    pub(super) fn seasonal(self) -> bool {
        self.season != EtsSeason::None
    }

    pub(super) fn grows_by_ratio(self) -> bool {
        matches!(self.trend, EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped)
    }

    /// Whether it makes sense of positive values only.
    pub(super) fn positive_only(self) -> bool {
        self.error == EtsError::Multiplicative || self.season == EtsSeason::Multiplicative || self.grows_by_ratio()
    }

    /// Numbers fitted: smoothing parameters, first states (a season of m has m − 1) and the error's variance.
    pub(super) fn parameters(self, season: usize) -> usize {
        3 + 2 * usize::from(self.trended()) + usize::from(self.damped()) + if self.seasonal() { season } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parameter_counts_are_the_fields() {
        assert_eq!(EtsForm::DAMPED.name(), "ETS(A,Ad,N)");
        assert_eq!(EtsForm::HOLT_WINTERS_MULTIPLICATIVE.name(), "ETS(M,A,M)");
        // α β γ, level, slope, 11 seasons, σ²
        assert_eq!(EtsForm::HOLT_WINTERS.parameters(12), 17);
        assert_eq!((EtsForm::SIMPLE.parameters(12), EtsForm::DAMPED.parameters(1)), (3, 6));
    }
}
