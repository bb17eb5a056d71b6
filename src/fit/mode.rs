use std::fmt::{self, Write};

use serde::Serialize;

use crate::stream::Stream;

use super::family::Family;
use super::fitted::{FittedLaw, figures, fit_law};
use super::goodness::{Goodness, goodness_of_fit};
use super::law::Law;
use super::nonparametric::{SurvivalStep, survival};
use super::observation::{Error, Lifetimes, Observation};

/// By what the best of several laws is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Akaike's: 2k - 2 ln L.
    Aic,
    /// Schwarz's: k ln n - 2 ln L; prefers fewer parameters on much data.
    Bic,
}

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The families to try.
    pub families: Vec<Family>,
    /// What chooses among them.
    pub criterion: Criterion,
    /// Confidence of all intervals.
    pub confidence: f64,
    /// Data sets drawn and refitted for the p-values of the best law; 0 for none.
    pub refits: u32,
    /// Where those draws come from.
    pub stream: Stream,
}

impl Options {
    /// The four common families by AIC, 95 % intervals, 199 refits.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self { families: Family::COMMON.to_vec(), criterion: Criterion::Aic, confidence: 0.95, refits: 199, stream }
    }
}

/// Laws fitted to the same lifetimes, best first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FittedQuantity {
    /// The laws, by the criterion; the first is the best.
    pub laws: Vec<FittedLaw>,
    /// Families that could not be fitted, and why.
    pub left_out: Vec<(Family, String)>,
    /// What chose.
    pub criterion: Criterion,
    /// Kaplan–Meier and Nelson–Aalen; `None` where a failure is not exactly dated.
    pub survival: Option<Vec<SurvivalStep>>,
    /// How well the best law fits; `None` where it was not asked for or a failure is not exactly dated.
    pub goodness: Option<Goodness>,
}

/// Fits each family, sorts by the criterion and tests the best.
///
/// # Errors
/// Those of [`Lifetimes::new`]; the error of the first family when none could be fitted.
pub fn fit_best(rows: &[Observation], options: &Options) -> Result<FittedQuantity, Error> {
    let lifetimes = Lifetimes::new(rows)?;
    let (mut laws, mut errors) = (Vec::new(), Vec::new());
    for family in &options.families {
        match fit_law(*family, &lifetimes, options.confidence) {
            Ok(fitted) => laws.push(fitted),
            Err(error) => errors.push((*family, error)),
        }
    }
    let score = |fitted: &FittedLaw| match options.criterion {
        Criterion::Aic => fitted.aic,
        Criterion::Bic => fitted.bic,
    };
    laws.sort_by(|a, b| score(a).total_cmp(&score(b)).then(a.family.cmp(&b.family)));
    let Some(best) = laws.first() else {
        return Err(errors.into_iter().next().map_or(Error::Empty, |(_, error)| error));
    };
    let goodness = if options.refits == 0 {
        None
    } else {
        goodness_of_fit(best, &lifetimes, options.refits, options.stream.named("goodness of fit"))
    };
    let left_out = errors.iter().map(|(family, error)| (*family, error.to_string())).collect();
    let survival = survival(&lifetimes, options.confidence);
    Ok(FittedQuantity { laws, left_out, criterion: options.criterion, survival, goodness })
}

impl FittedQuantity {
    /// The best law.
    #[must_use]
    pub fn best(&self) -> &FittedLaw {
        // `fit_best` makes none without a law
        &self.laws[0]
    }
}

impl fmt::Display for FittedQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let best = self.best();
        write!(f, "{best}; mean {} h", figures(best.mean.value))?;
        write!(f, " ({} to {})", figures(best.mean.interval.low), figures(best.mean.interval.high))?;
        if let Some(goodness) = &self.goodness {
            let p = goodness.anderson_darling.p_value;
            let words = if p <= 0.05 { "it does not fit well" } else { "nothing speaks against it" };
            write!(f, "; {words} (Anderson–Darling p = {}, {} refits)", figures(p), goodness.refits)?;
        }
        Ok(())
    }
}

/// Times to failure and to repair, in hours.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    /// From new or from the last repair to failure.
    pub time_to_failure: Vec<Observation>,
    /// From failure to repair.
    pub repair: Vec<Observation>,
}

/// A failure mode as fitted, ready to be written into a model file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FittedMode {
    /// Hours to failure; `None` where there was nothing to fit.
    pub time_to_failure: Option<FittedQuantity>,
    /// Hours to repair; `None` where there was nothing to fit.
    pub repair: Option<FittedQuantity>,
}

/// Fits both laws of a failure mode.
///
/// # Errors
/// As [`fit_best`], for whichever side has observations; [`Error::Empty`] when neither has.
pub fn fit(observed: &Observed, options: &Options) -> Result<FittedMode, Error> {
    if observed.time_to_failure.is_empty() && observed.repair.is_empty() {
        return Err(Error::Empty);
    }
    let side = |rows: &[Observation], purpose| {
        let options = Options { stream: options.stream.named(purpose), ..options.clone() };
        if rows.is_empty() { Ok(None) } else { fit_best(rows, &options).map(Some) }
    };
    Ok(FittedMode { time_to_failure: side(&observed.time_to_failure, "failure")?, repair: side(&observed.repair, "repair")? })
}

impl FittedMode {
    /// The `[[failure]]` table of a model file, with what was fitted as comments. A side that was not fitted is a comment that says
    /// so, so that the file is refused until it is filled in.
    #[must_use]
    pub fn to_model_toml(&self, name: &str, strikes: &str) -> String {
        let mut text = String::new();
        for (key, side) in [("time_to_failure", &self.time_to_failure), ("repair", &self.repair)] {
            if let Some(side) = side {
                writeln!(text, "# {key}: {side}").ok();
            }
        }
        writeln!(text, "[[failure]]\nname = {}\nstrikes = {}", quoted(name), quoted(strikes)).ok();
        for (key, side) in [("time_to_failure", &self.time_to_failure), ("repair", &self.repair)] {
            let law = side.as_ref().map(|side| law_toml(&side.best().law));
            match law {
                Some(law) => writeln!(text, "{key} = {law}").ok(),
                None => writeln!(text, "# {key} was not fitted: give it here").ok(),
            };
        }
        text
    }
}

fn quoted(text: &str) -> String {
    // a JSON string is a TOML basic string
    serde_json::Value::from(text).to_string()
}

/// As a model file writes a law of hours; six figures, far inside any interval.
fn law_toml(law: &Law) -> String {
    let number = |value: f64| {
        let places = (5 - value.abs().log10().floor() as i32).clamp(0, 17) as usize;
        format!("{value:.places$}")
    };
    let hours = |value: f64| format!("\"{} h\"", number(value));
    let weibull =
        |shape: f64, scale: f64| format!("{{ law = \"weibull\", shape = {}, scale = {} }}", number(shape), hours(scale));
    match law {
        Law::Exponential { mean } => format!("{{ law = \"exponential\", mean = {} }}", hours(*mean)),
        Law::Weibull { shape, scale } => weibull(*shape, *scale),
        Law::Lognormal { mu, sigma } => {
            format!("{{ law = \"lognormal\", median = {}, sigma = {} }}", hours(mu.exp()), number(*sigma))
        }
        Law::Gamma { shape, scale } => format!("{{ law = \"gamma\", shape = {}, scale = {} }}", number(*shape), hours(*scale)),
        Law::Hyperexponential { branches } => {
            let weights: Vec<String> = branches.iter().map(|(weight, _)| number(*weight)).collect();
            let means: Vec<String> = branches.iter().map(|(_, mean)| hours(*mean)).collect();
            format!("{{ law = \"hyperexponential\", weights = [{}], means = [{}] }}", weights.join(", "), means.join(", "))
        }
        Law::CompetingWeibulls { risks } => {
            let causes: Vec<String> = risks.iter().map(|(shape, scale)| weibull(*shape, *scale)).collect();
            format!("{{ law = \"minimum\", laws = [{}] }}", causes.join(", "))
        }
    }
}
