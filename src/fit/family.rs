use serde::Serialize;

use super::law::Law;

/// A family of laws that can be fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Exponential: mean.
    Exponential,
    /// Weibull: shape, scale.
    Weibull,
    /// Lognormal: mu, sigma.
    Lognormal,
    /// Gamma: shape, scale.
    Gamma,
    /// Gamma of a whole shape, found by search: phases, scale.
    Erlang,
    /// Two exponential branches: probability of the first, both means.
    Hyperexponential,
    /// The first of two Weibull risks, one of shape below 1 and one above: shape and scale of each.
    Bathtub,
}

impl Family {
    /// All of them, in the order in which ties are told.
    pub const ALL: [Self; 7] =
        [Self::Exponential, Self::Weibull, Self::Lognormal, Self::Gamma, Self::Erlang, Self::Hyperexponential, Self::Bathtub];

    /// The four of one or two parameters that nearly every data set can tell apart.
    pub const COMMON: [Self; 4] = [Self::Exponential, Self::Weibull, Self::Lognormal, Self::Gamma];

    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::Weibull => "Weibull",
            Self::Lognormal => "lognormal",
            Self::Gamma => "gamma",
            Self::Erlang => "Erlang",
            Self::Hyperexponential => "hyperexponential",
            Self::Bathtub => "bathtub",
        }
    }

    /// Its parameters by name.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Exponential => &["mean"],
            Self::Weibull | Self::Gamma => &["shape", "scale"],
            Self::Lognormal => &["mu", "sigma"],
            Self::Erlang => &["phases", "scale"],
            Self::Hyperexponential => &["probability_1", "mean_1", "mean_2"],
            Self::Bathtub => &["infant_shape", "infant_scale", "wearout_shape", "wearout_scale"],
        }
    }
}

/// Coordinates without bounds in which a likelihood is searched: ln of what is positive, logit of a probability, and shape and
/// mean for gamma, which hardly correlate. Erlang holds its phases fixed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Chart {
    Plain(Family),
    Erlang(u32),
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

impl Chart {
    pub(super) fn law(self, at: &[f64]) -> Option<Law> {
        let law = match self {
            Self::Erlang(phases) => Law::Gamma { shape: f64::from(phases), scale: at[0].exp() },
            Self::Plain(Family::Exponential) => Law::Exponential { mean: at[0].exp() },
            Self::Plain(Family::Weibull) => Law::Weibull { shape: at[0].exp(), scale: at[1].exp() },
            Self::Plain(Family::Lognormal) => Law::Lognormal { mu: at[0], sigma: at[1].exp() },
            Self::Plain(Family::Gamma | Family::Erlang) => Law::Gamma { shape: at[0].exp(), scale: (at[1] - at[0]).exp() },
            Self::Plain(Family::Hyperexponential) => {
                let p = logistic(at[0]);
                Law::Hyperexponential { branches: vec![(p, at[1].exp()), (1.0 - p, at[2].exp())] }
            }
            Self::Plain(Family::Bathtub) => {
                Law::CompetingWeibulls { risks: vec![(logistic(at[0]), at[1].exp()), (1.0 + at[2].exp(), at[3].exp())] }
            }
        };
        law.check().is_ok().then_some(law)
    }

    /// Where a law lies; `None` where it is not of the family.
    pub(super) fn place(self, law: &Law) -> Option<Vec<f64>> {
        Some(match (self, law) {
            (Self::Erlang(_), Law::Gamma { scale, .. }) => vec![scale.ln()],
            (Self::Plain(Family::Exponential), Law::Exponential { mean }) => vec![mean.ln()],
            (Self::Plain(Family::Weibull), Law::Weibull { shape, scale }) => vec![shape.ln(), scale.ln()],
            (Self::Plain(Family::Lognormal), Law::Lognormal { mu, sigma }) => vec![*mu, sigma.ln()],
            (Self::Plain(Family::Gamma), Law::Gamma { shape, scale }) => vec![shape.ln(), (shape * scale).ln()],
            (Self::Plain(Family::Hyperexponential), Law::Hyperexponential { branches }) if branches.len() == 2 => {
                vec![logit(branches[0].0), branches[0].1.ln(), branches[1].1.ln()]
            }
            (Self::Plain(Family::Bathtub), Law::CompetingWeibulls { risks }) if risks.len() == 2 => {
                vec![logit(risks[0].0), risks[0].1.ln(), (risks[1].0 - 1.0).ln(), risks[1].1.ln()]
            }
            _ => return None,
        })
    }

    /// The free parameters in their own units, and the slope of each by every coordinate.
    pub(super) fn parameters(self, at: &[f64]) -> Vec<Free> {
        let along = |name, value: f64, scale, slopes: &[(usize, f64)]| {
            let mut gradient = vec![0.0; at.len()];
            for (i, slope) in slopes {
                gradient[*i] = *slope;
            }
            Free { name, value, scale, gradient }
        };
        let log = |name, i: usize| along(name, at[i].exp(), Scale::Log, &[(i, 1.0)]);
        match self {
            Self::Erlang(_) => vec![log("scale", 0)],
            Self::Plain(Family::Exponential) => vec![log("mean", 0)],
            Self::Plain(Family::Weibull) => vec![log("shape", 0), log("scale", 1)],
            Self::Plain(Family::Lognormal) => vec![along("mu", at[0], Scale::Linear, &[(0, 1.0)]), log("sigma", 1)],
            Self::Plain(Family::Gamma | Family::Erlang) => {
                vec![log("shape", 0), along("scale", (at[1] - at[0]).exp(), Scale::Log, &[(0, -1.0), (1, 1.0)])]
            }
            Self::Plain(Family::Hyperexponential) => {
                vec![along("probability_1", logistic(at[0]), Scale::Logit, &[(0, 1.0)]), log("mean_1", 1), log("mean_2", 2)]
            }
            Self::Plain(Family::Bathtub) => vec![
                along("infant_shape", logistic(at[0]), Scale::Logit, &[(0, 1.0)]),
                log("infant_scale", 1),
                along("wearout_shape", 1.0 + at[2].exp(), Scale::LogAboveOne, &[(2, 1.0)]),
                log("wearout_scale", 3),
            ],
        }
    }
}

/// A free parameter: its value, the scale on which its interval is symmetric, and the slope of that scale by the coordinates.
pub(super) struct Free {
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) scale: Scale,
    pub(super) gradient: Vec<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    Linear,
    Log,
    Logit,
    LogAboveOne,
}

impl Scale {
    /// The value `by` further on this scale.
    pub(super) fn moved(self, value: f64, by: f64) -> f64 {
        match self {
            Self::Linear => value + by,
            Self::Log => value * by.exp(),
            Self::Logit => logistic(logit(value) + by),
            Self::LogAboveOne => 1.0 + (value - 1.0) * by.exp(),
        }
    }

    /// Slope of the value by this scale.
    pub(super) fn slope(self, value: f64) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Log => value,
            Self::Logit => value * (1.0 - value),
            Self::LogAboveOne => value - 1.0,
        }
    }
}
